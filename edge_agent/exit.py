"""How the command ends: one code for each kind of trouble, so that a script can tell who acts."""

import enum


class Exit(enum.IntEnum):
    """Exit codes of `edge-agent`; 1 is Python's own, for a bug of ours."""

    OK = 0
    USAGE = 2
    """The command line or the settings file, or an output that cannot be written."""
    MAP = 3
    """The floor map, the survey, the radio map, or a place in the settings that the map has not."""
    BROKER = 4
    """The broker is away or refuses this agent."""
    RADIO = 5
    """The Bluetooth adapter or BlueZ."""
    STATE = 6
    """The state folder."""
    RECORDING = 7
    """The recording, also one with anchors that the map has not, or its truth."""
    CLOCK = 8
    """The clock is not synchronized."""
    WORSE = 9
    """A new radio map that was refused: nothing was written."""
    INTERRUPTED = 130
    """Ctrl-C before the command was done; the shells' own number for it."""


class Stop(Exception):  # noqa: N818 - it ends the command, and not always because of an error
    """Ends the command with `code`; the text names the thing, the value and who acts."""

    def __init__(self, code: Exit, text: str) -> None:
        super().__init__(text)
        self.code = code
