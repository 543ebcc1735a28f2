"""What people type into a phone, made one clean line; and what of it names a thing."""

import re
from typing import Final

# "2", "2x", "500 g", "1,5 l", "3 Stück": how much, before or after what.
_AMOUNT: Final = re.compile(
    r"(?<!\w)\d+(?:[.,]\d+)?\s*(?:x|\xd7|kg|g|l|ml|cl|pcs?|pieces?|packs?|st(?:ück|k)?\.?)?(?!\w)",
    re.IGNORECASE,
)


def one_line(text: str | None, chars_max: int) -> str:
    """The printable part of `text` with single spaces, cut to a length."""
    shown = "".join(char if char.isprintable() else " " for char in text or "")
    return " ".join(shown.split())[:chars_max].rstrip()


def without_amount(text: str) -> str:
    """`text` without how much of it; "2 milk" is milk."""
    return " ".join(_AMOUNT.sub(" ", text).split())
