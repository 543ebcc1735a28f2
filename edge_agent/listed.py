"""Names in an error: the first few, and how many more there are."""

from collections.abc import Sequence
from typing import Final

# As many as fit in a line of an error.
NAMED_MAX: Final = 5


def listed(names: Sequence[str], most: int = NAMED_MAX) -> str:
    """The first `most` names with commas between them, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
