"""One advertisement, heard."""

import msgspec


class Sighting(msgspec.Struct, frozen=True, gc=False):
    """A tag and an anchor within radio reach of each other, whichever of the two transmitted."""

    tag: str
    """What moves: its handle on the Pi, the recording's name for it in a replay."""
    anchor: str
    """The known place: a feature id of kind anchor or beacon."""
    rssi_dbm: float
    """Received signal strength, dBm, -127 to 20 (Bluetooth Core 5.4, Vol 4, Part E, 7.7.65.2)."""
    t_s: float
    """When it was heard, seconds on the source's monotonic clock (any origin)."""
