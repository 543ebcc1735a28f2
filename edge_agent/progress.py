"""How far a command is, for whoever waits."""

import time
from typing import Final, TextIO

# Who waits for less asks nothing.
PATIENCE_S: Final = 3.0


class Progress:
    """Says how far it is to whoever has waited for a while.

    Args:
        out: where to.
        name: the command's, before each line.
        patience_s: how long it is silent.
    """

    def __init__(self, out: TextIO, name: str, patience_s: float = PATIENCE_S) -> None:
        self._out = out
        self._name = name
        self._from_s = time.monotonic() + patience_s

    def tell(self, line: str) -> None:
        """A line, once it takes long."""
        if time.monotonic() >= self._from_s:
            say(self._out, f"{self._name}: {line}")


def say(out: TextIO, line: str) -> None:
    """A line at once: who waits wants to see how far it is."""
    out.write(f"{line}\n")
    out.flush()
