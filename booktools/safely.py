"""Write a file as a whole or not at all.

A full disk, a folder that may not be written to, or a command that is killed halfway leaves
the file as it was: the new text goes into a file beside it, which then takes its name.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


class NotWritten(OSError):
    """A file could not be written, and is as it was before."""


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 with plain line ends, in the place of what the file held.

    Parameters
    ----------
    path : Path
        The file; its folder has to be there.
    text : str
        What it shall hold.

    Raises
    ------
    NotWritten
        If that fails, with the reason that the system gives. The file is as it was.
    """
    beside = None
    try:
        number, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
        with open(number, "w", encoding="utf8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())  # a full disk may show here for the first time
        os.chmod(beside, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        os.replace(beside, path)
        beside = None
    except OSError as error:
        reason = error.strerror or str(error)
        kept = "it is as it was" if path.exists() else "there is none of that name"
        raise NotWritten(f"{path} could not be written ({reason}); {kept}") from error
    finally:
        if beside is not None:
            Path(beside).unlink(missing_ok=True)
