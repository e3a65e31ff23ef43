"""How the book shows what it found: figures, cards, tables, interactive figures, progress."""
