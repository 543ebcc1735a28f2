"""Whether people pay while the stage says "checkout": its episodes against the tills' payments.

Counts only: a handle is kept while its episode is open, and for no longer. Time is ticks of about
a second, so that a clock that is set back changes nothing.
"""

from collections import deque
from collections.abc import Collection, Iterable
from typing import Final

import msgspec

# A receipt comes while the shopper packs; the labels too bridge pauses at a till of up to 60 s. So
# near a payment the stage must have been checkout, and after so long without it an episode is over.
NEAR_TICKS: Final = 60
# What the page calls the last hour: long enough for a dozen payments of a quiet store.
WINDOW_TICKS: Final = 3600


class Share(msgspec.Struct, frozen=True):
    """`part` of `count`."""

    part: int
    count: int


class Tally:
    """Yes or no, one after another: all of them counted, those of the last hour kept."""

    def __init__(self) -> None:
        self.yes = 0
        self.no = 0
        self._recent: deque[tuple[int, bool]] = deque()

    def add(self, tick: int, *, yes: bool) -> None:
        """One more."""
        self.yes += yes
        self.no += not yes
        self._recent.append((tick, yes))
        self._forget(tick)

    def recent(self, tick: int) -> Share:
        """How many of the last hour's were yes."""
        self._forget(tick)
        return Share(sum(yes for _, yes in self._recent), len(self._recent))

    def _forget(self, tick: int) -> None:
        while self._recent and self._recent[0][0] <= tick - WINDOW_TICKS:
            self._recent.popleft()


class Episode(msgspec.Struct):
    """One stop at the tills, by the stage."""

    seen_tick: int
    """The last one in stage checkout."""
    paid: bool = False


class Checkouts:
    """The open episodes, and how the past ones and the payments went together."""

    def __init__(self) -> None:
        self.payments: Final = Tally()
        """Yes: the shopper was in stage checkout within NEAR_TICKS before."""
        self.episodes: Final = Tally()
        """Yes: a payment came in it, or within NEAR_TICKS after it."""
        self._tick = 0
        self._open: dict[str, Episode] = {}

    def see(self, handles: Iterable[str]) -> None:
        """A tick in which `handles` are in stage checkout."""
        self._tick += 1
        for handle in handles:
            self._open.setdefault(handle, Episode(self._tick)).seen_tick = self._tick
        over = [h for h, one in self._open.items() if self._tick - one.seen_tick > NEAR_TICKS]
        for handle in over:
            self.close(handle)

    def pay(self, handles: Collection[str], *, judged: bool = True) -> None:
        """A payment of the visit that holds `handles`; unjudged ones only end their stops well."""
        found = [self._open[handle] for handle in handles if handle in self._open]
        for episode in found:
            episode.paid = True
        if judged:
            self.payments.add(self._tick, yes=bool(found))

    def close(self, handle: str) -> None:
        """The episode of `handle`, if one is open, is over."""
        episode = self._open.pop(handle, None)
        if episode is not None:
            self.episodes.add(self._tick, yes=episode.paid)

    def recent(self) -> tuple[Share, Share]:
        """(payments from checkout, episodes with a payment) of the last hour."""
        return self.payments.recent(self._tick), self.episodes.recent(self._tick)
