"""What is wrong with a map: every problem, with who mends it."""

import json
from typing import Final

import msgspec

AUTHOR: Final = "the map's author"
SENDER: Final = "who exported the file"
US: Final = "us, please report it"

# A hostile file could hold millions; a person mends the first few and checks again.
PROBLEMS_MAX: Final = 1_000
# Longer values are cut: a line of a report is read, not scrolled.
SHOWN_CHARACTERS_MAX: Final = 60


class Problem(msgspec.Struct, frozen=True):
    """One reason to refuse a map."""

    feature: str | None
    """The feature's id, `features[7]` where it has none, or None for the file as a whole."""
    value: str
    """What was found, with the name of the property that holds it."""
    expected: str
    who: str
    """Who mends it."""

    def __str__(self) -> str:  # type: ignore[explicit-override] # typing has it from 3.12 on
        where = self.feature or "the file"
        return f"{where}: {self.value}; expected {self.expected} ({self.who} mends it)"


class MapError(ValueError):
    """A map that is refused; `problems` holds every reason, `str()` prints a line for each."""

    def __init__(self, problems: list[Problem]) -> None:
        kept = problems[:PROBLEMS_MAX]
        if len(problems) > PROBLEMS_MAX:
            rest = Problem(None, f"more than {PROBLEMS_MAX:,} problems", "a map with fewer", SENDER)
            kept.append(rest)
        self.problems = tuple(kept)
        super().__init__("\n".join(str(problem) for problem in kept))


def shown(value: object) -> str:
    """A value as a line of a report can hold it: short, printable, in JSON's own spelling."""
    if isinstance(value, list):
        return f"a list of {len(value):,}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, str):
        cut = value if len(value) <= SHOWN_CHARACTERS_MAX else value[:SHOWN_CHARACTERS_MAX] + "…"
        return json.dumps(cut, ensure_ascii=not cut.isprintable())
    text = json.dumps(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[:SHOWN_CHARACTERS_MAX] + "…"
