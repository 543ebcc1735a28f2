"""Which tags may leave this machine's memory, under which handle, until when."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from edge_agent.messages import Tags


class Change(NamedTuple):
    """What a new list took away."""

    gone: frozenset[str]
    """Handles that the list before had and this one has not."""
    withdrawn: frozenset[str]
    """Handles whose rows that wait are to be emptied."""


class _Window(NamedTuple):
    handle: str
    from_s: float
    until_s: float


class Roster:
    """The hub's list of tags. Times are seconds on the agent's own monotonic clock.

    A row lapses `ttl_s` after receipt unless a newer list renews it: an agent that the hub cannot
    reach falls silent by itself.
    """

    def __init__(self) -> None:
        self._by_identity: Mapping[str, tuple[_Window, ...]] = {}
        self._until_s: dict[str, float] = {}

    def replace(self, tags: Tags, now_s: float, speed: float = 1.0) -> Change:
        """Take the whole of `tags` in place of the list before.

        Lists count in real seconds; `speed` is seconds of the agent's clock in a real one.
        """
        withdrawn = frozenset(tags.withdrawn)
        rows = [row for row in tags.rows if row.handle not in withdrawn]
        before = frozenset(self._until_s)
        self._until_s = {row.handle: now_s + row.ttl_s * speed for row in rows}
        windows: dict[str, tuple[_Window, ...]] = {}
        for row in rows:
            for one in row.identities:
                ends_s = row.ttl_s if one.until_s is None else min(one.until_s, row.ttl_s)
                from_s, until_s = now_s + one.from_s * speed, now_s + ends_s * speed
                window = _Window(row.handle, from_s, until_s)
                windows[one.identity] = (*windows.get(one.identity, ()), window)
        self._by_identity = windows
        return Change(before - frozenset(self._until_s), withdrawn)

    def admit(self, identity: str, now_s: float) -> str | None:
        """The handle that `identity` has now, None for a stranger.

        An identity that two handles claim at once is a stranger: it could be either's.
        """
        windows = self._by_identity.get(identity)
        if windows is None:
            return None
        handles = {w.handle for w in windows if w.from_s <= now_s < w.until_s}
        return handles.pop() if len(handles) == 1 else None

    def is_live(self, handle: str, now_s: float) -> bool:
        """Whether `handle` is on the list and has not lapsed."""
        until_s = self._until_s.get(handle)
        return until_s is not None and now_s < until_s

    def live(self, now_s: float) -> frozenset[str]:
        """The handles that have not lapsed."""
        return frozenset(h for h, until_s in self._until_s.items() if now_s < until_s)

    def lapse(self, now_s: float) -> frozenset[str]:
        """Take the rows off whose time is over, and say which."""
        over = frozenset(self._until_s) - self.live(now_s)
        if over:
            self._forget(over)
        return over

    def _forget(self, handles: Iterable[str]) -> None:
        gone = frozenset(handles)
        self._until_s = {h: s for h, s in self._until_s.items() if h not in gone}
        self._by_identity = {
            identity: kept
            for identity, windows in self._by_identity.items()
            if (kept := tuple(w for w in windows if w.handle not in gone))
        }
