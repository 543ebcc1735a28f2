"""What the offline commands' options may be, and how they refuse the rest."""

from collections.abc import Iterable
from pathlib import Path

from edge_agent.settings import TAG_HEIGHT_MAX_M


class OptionError(ValueError):
    """What the command was told cannot be: option, value, what was expected, who acts."""


def refuse_height(height_m: float) -> None:
    """Raise OptionError on a tag height without sense."""
    if not 0 <= height_m <= TAG_HEIGHT_MAX_M:
        msg = f"--tag-height-m {height_m}: expected 0 to {TAG_HEIGHT_MAX_M:.0f}; you: correct it"
        raise OptionError(msg)


def refuse_overwriting(out: Path, inputs: Iterable[Path | None]) -> None:
    """Raise OptionError where `out` is one of the inputs, under whatever name."""
    if any(
        one is not None and one.exists() and out.exists() and out.samefile(one) for one in inputs
    ):
        msg = f"--out {out}: is an input and would be overwritten; you: choose another"
        raise OptionError(msg)


def unwritable(out: Path, error: OSError) -> OptionError:
    """What to raise where `out` cannot be written."""
    return OptionError(
        f"--out {out}: cannot be written: {error.strerror}; you: make room or choose another"
    )
