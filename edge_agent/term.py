"""The number that tells a locator's runs apart; the hub believes the highest."""

import contextlib
import os
from pathlib import Path


def begin_term(path: Path, wall_s: float) -> int:
    """A term above every one before, kept in `path` and on the disk on return.

    At least the wall clock's seconds, so that it also grows past a lost disk.
    """
    before = 0
    with contextlib.suppress(OSError, ValueError):
        before = int(path.read_text(encoding="ascii"))
    term = max(before + 1, int(wall_s))
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="ascii") as file:
        file.write(str(term))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return term
