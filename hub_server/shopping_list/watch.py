"""What a shopper does about a shopping list: stops at a shelf, passes it, goes without.

Pure: it is told distances second by second and says what follows from them.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final

import msgspec

# Fixes are 2 to 3 m off: who walks past a shelf is within this for some 5 s, who shops for longer.
NEAR_M: Final = 3.0
STOP_S: Final = 10.0
# "Passed it 5 m back": nearer, the next fix may be at the shelf again.
PASSED_M: Final = 5.0
# A minute and a half later it is no longer "just passed", but a walk of its own.
FRESH_S: Final = 90.0
# So near to the door one is about to leave.
DOOR_M: Final = 4.0
# Who has not been farther than this from tills and door has not begun to shop: one step more than
# what counts as being there.
INSIDE_M: Final = 5.0
# A sign of leaving must last: one fix in the zone of the tills is a fix beside it.
SIGN_S: Final = 3.0
# Tills and queue are often quiet zones, so the way there counts too: so much nearer to the tills
# within so many seconds, near them now, hardly nearer to anything that is left, and not much is.
# Of 145 simulated shoppers with lists (7 stores, fixes 2 m off) this told 25 % before the queue and
# 12 % too early, wider limits 28 and 17 %, narrower ones 20 and 10 %; the others are told by the
# zone of the tills: on the list, and not by a message where that zone is quiet.
HEADING_S: Final = 8.0
HEADING_M: Final = 6.0
TILL_M: Final = 6.0
NEARER_SHARE: Final = 0.3
LEFT_MAX: Final = 3
# How long "you leave without" may be said: from the tills to the car park.
LEAVING_S: Final = 120.0
# A second counts as one even where the tick was late.
TICK_MAX_S: Final = 2.0


class _Seen(msgspec.Struct):
    """One line, as far as feet tell."""

    metres: float = float("inf")
    near_s: float = 0.0
    is_near: bool = False
    passed_s: float | None = None

    @property
    def stopped(self) -> bool:
        return self.near_s >= STOP_S


class ListWatch:
    """The list of one visit."""

    def __init__(self) -> None:
        self.rev = 0
        """Another number: a line was visited, passed or found again, or the shopper leaves."""
        self._lines: dict[str, _Seen] = {}
        self._at_s = float("-inf")
        self._inside = False
        self._track: deque[tuple[float, float, Mapping[str, float]]] = deque()
        """When, how far the tills were, and each line's shelf: the last HEADING_S and one more."""
        self._sign_s: float | None = None
        self._leaving_s: float | None = None
        self._nudged = False

    def see(
        self,
        at_s: float,
        metres: Mapping[str, float],
        to_till_m: float,
        to_door_m: float,
        *,
        leaves: bool,
    ) -> tuple[str, ...]:
        """Take in where the shopper is now; which lines were passed just now.

        Args:
            at_s: the hub's clock.
            metres: on foot to each open line's shelf.
            to_till_m: on foot to the nearest till, else the door.
            to_door_m: on foot to the nearest door.
            leaves: zone or stage say that the shopper pays or leaves.
        """
        passed_s = min(max(at_s - self._at_s, 0.0), TICK_MAX_S)
        self._at_s = at_s
        self._lines = {line: self._lines.get(line) or _Seen() for line in metres}
        changed = [
            line for line, seen in self._lines.items() if _step(seen, metres[line], passed_s, at_s)
        ]
        self.rev += bool(changed)
        self._inside = self._inside or min(to_till_m, to_door_m) > INSIDE_M
        self._follow_out(at_s, signs=self._inside and (leaves or to_door_m <= DOOR_M))
        self._track.append((at_s, to_till_m, metres))
        while len(self._track) > 1 and at_s - self._track[1][0] >= HEADING_S:
            self._track.popleft()
        if self._leaving_s is None and self._inside and self._heads_out():
            self._leave(at_s)
        return tuple([line for line in changed if self._lines[line].passed_s is not None])

    def metres(self, line: str) -> float:
        """How far its shelf is; inf where it is not followed."""
        return self._lines[line].metres if line in self._lines else float("inf")

    def visited(self, line: str) -> bool:
        """Whether the shopper stood before its shelf."""
        return line in self._lines and self._lines[line].stopped

    def passed_m(self, line: str) -> float | None:
        """How far back it is, where it was passed without a stop."""
        seen = self._lines.get(line)
        return None if seen is None or seen.passed_s is None else seen.metres

    def just_passed(self, line: str) -> bool:
        """Whether that was a moment ago."""
        seen = self._lines.get(line)
        passed_s = None if seen is None else seen.passed_s
        return passed_s is not None and self._at_s - passed_s <= FRESH_S

    def leaving_without(self) -> tuple[str, ...]:
        """The lines that were never visited, once the shopper is on the way out; once a visit."""
        is_over = self._nudged or self._leaving_s is None
        if is_over or self._at_s - (self._leaving_s or 0.0) > LEAVING_S:
            return ()
        return tuple(line for line, seen in self._lines.items() if not seen.stopped)

    @property
    def left_s(self) -> float | None:
        """Since when the shopper is on the way out."""
        return self._leaving_s

    def nudge(self) -> None:
        """It was said: never again in this visit."""
        self._nudged = True

    def _heads_out(self) -> bool:
        """Whether the last seconds lead to the tills and away from what is left."""
        left = [line for line, seen in self._lines.items() if not seen.stopped]
        then_s, then_m, before = self._track[0]
        at_s, to_till_m, metres = self._track[-1]
        fell_m = then_m - to_till_m
        is_seen = HEADING_S <= at_s - then_s <= HEADING_S + TICK_MAX_S
        is_way = is_seen and fell_m >= HEADING_M and to_till_m <= TILL_M
        if not (is_way and 0 < len(left) <= LEFT_MAX):
            return False
        nearer_m = max(before.get(line, metres[line]) - metres[line] for line in left)
        return nearer_m <= NEARER_SHARE * fell_m

    def _follow_out(self, at_s: float, *, signs: bool) -> None:
        if not signs:
            self._sign_s = None
        elif self._sign_s is None:
            self._sign_s = at_s
        elif self._leaving_s is None and at_s - self._sign_s >= SIGN_S:
            self._leave(at_s)

    def _leave(self, at_s: float) -> None:
        self._leaving_s = at_s
        self.rev += 1


def _step(seen: _Seen, metres: float, passed_s: float, at_s: float) -> bool:
    """Go on by a moment; whether the line is now told otherwise."""
    seen.metres = metres
    before = seen.passed_s, seen.stopped
    if metres <= NEAR_M:
        seen.near_s += passed_s
        seen.is_near = True
        seen.passed_s = None
    elif seen.is_near and metres >= PASSED_M:
        seen.is_near = False
        seen.passed_s = None if seen.stopped else at_s
    return before != (seen.passed_s, seen.stopped)
