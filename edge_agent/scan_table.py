"""What `edge-agent scan` shows: packets a second and RSSI of each name that it was told."""

import statistics
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final, Literal

# Rates and means speak of the last seconds: long enough for a beacon of 1 Hz to show ten packets,
# short enough to follow a person who turns an antenna.
WINDOW_S: Final = 10.0
# The locator looks once a second: slower, and some of its seconds know nothing of a beacon.
RATE_MIN_HZ: Final = 1.0
SLOW: Final = "! under 1 Hz; ops: bring it nearer, check its battery, raise its rate"
# A rate of a window that has just begun says nothing.
SETTLED_S: Final = 3.0

Kind = Literal["beacon", "tag", "active tag"]


class Tally:
    """The packets of one name in the last `WINDOW_S` seconds."""

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._heard: deque[tuple[float, float]] = deque()

    def hear(self, t_s: float, rssi_dbm: float) -> None:
        """One packet."""
        self._heard.append((t_s, rssi_dbm))

    def forget_before(self, t_s: float) -> None:
        """Drop what is older."""
        while self._heard and self._heard[0][0] < t_s:
            self._heard.popleft()

    def rate_hz(self, now_s: float) -> float:
        """Packets a second, over the window or the time since it began."""
        return len(self._heard) / max(min(now_s - self._began_s, WINDOW_S), 1.0)

    def rssi_dbm(self) -> tuple[float, float] | None:
        """(mean, standard deviation), None where nothing was heard."""
        values = [rssi_dbm for _, rssi_dbm in self._heard]
        return (statistics.fmean(values), statistics.pstdev(values)) if values else None


class ScanTable:
    """Rows of known names only: a packet of any other name has no place to go.

    Args:
        kinds: name -> what it is, in the order of the rows.
        began_s: when the scan began, on the sightings' clock.
    """

    def __init__(self, kinds: Mapping[str, Kind], began_s: float) -> None:
        self._began_s = began_s
        self._kinds: dict[str, Kind] = dict(kinds)
        self._tallies = {name: Tally(began_s) for name in kinds}

    def hear(self, name: str, rssi_dbm: float, t_s: float) -> None:
        """One packet of `name`; an active tag gets its row by being heard."""
        if name not in self._kinds:
            self._kinds[name] = "active tag"
            self._tallies[name] = Tally(t_s)
        self._tallies[name].hear(t_s, rssi_dbm)

    def keep_active(self, names: Iterable[str]) -> None:
        """Drop the rows of tags that are active no more."""
        active = set(names)
        for name in [n for n, kind in self._kinds.items() if kind == "active tag"]:
            if name not in active:
                del self._kinds[name]
                del self._tallies[name]

    def active(self) -> list[str]:
        """The active tags that have a row."""
        return [name for name, kind in self._kinds.items() if kind == "active tag"]

    def lines(self, now_s: float) -> list[str]:
        """The table as text, a head and a line for each name."""
        width = max([len("name"), *map(len, self._kinds)])
        head = f"{'name':<{width}}  {'kind':<10}  {'Hz':>5}  {'dBm':>6}  {'sd':>4}"
        return [head, *(self._line(name, width, now_s) for name in self._kinds)]

    def _line(self, name: str, width: int, now_s: float) -> str:
        tally = self._tallies[name]
        tally.forget_before(now_s - WINDOW_S)
        rate_hz = tally.rate_hz(now_s)
        rssi = tally.rssi_dbm()
        mean_sd = f"{'-':>6}  {'-':>4}" if rssi is None else f"{rssi[0]:>6.1f}  {rssi[1]:>4.1f}"
        is_settled = now_s - self._began_s >= SETTLED_S
        warning = f"  {SLOW}" if is_settled and rate_hz < RATE_MIN_HZ else ""
        return f"{name:<{width}}  {self._kinds[name]:<10}  {rate_hz:>5.1f}  {mean_sd}{warning}"
