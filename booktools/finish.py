"""What is done to the built pages once all of them are written.

Sphinx rewrites only pages that changed, so every step leaves a finished page as it is.
"""

from __future__ import annotations

from pathlib import Path

from booktools import dataframes, light, maths_font, metadata, policy, weight


def pages(folder: Path) -> list[Path]:
    """Return the built pages of a folder, without the templates that the theme leaves there."""
    found = (path for path in folder.rglob("*.html") if "_static" not in path.parts)
    return sorted(path for path in found if "_sources" not in path.parts)


def finish(folder: Path, address: str | None = None) -> None:
    """Make the pages light and safe; write what is known when all are written.

    Parameters
    ----------
    folder : Path
        The built book.
    address : str, optional
        Where it will stand on the web, if that is known: it goes into the list of the pages
        for search engines and into the page for addresses that lead nowhere.
    """
    characters: set[str] = set()
    for path in pages(folder):
        text = path.read_text("utf8")
        characters |= maths_font.characters(text)
        finished = light.only_used(dataframes.align(text))
        if path == folder / metadata.NOT_FOUND:
            finished = metadata.from_anywhere(finished, address)
        finished = policy.with_policy(finished)
        if finished != text:
            path.write_text(finished, "utf8")
    maths_font.write(folder / "_static" / maths_font.NAME, characters)
    metadata.write_sitemap(folder, address)
    weight.fill_in(folder)
