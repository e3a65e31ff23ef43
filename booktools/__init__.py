"""What builds and checks the book; a reader of the chapters never needs it."""
