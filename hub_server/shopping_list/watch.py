"""What a shopper does about a shopping list: stops at a shelf, passes it, goes without.

Pure: it is told distances second by second and says what follows from them.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

# Fixes are 2 to 3 m off, and 3 s late: of lines whose thing is in the cart this takes 89 % for
# visited, of those whose shelf nobody came to 25 %; 3 m and 10 s take 78 and 16 %.
NEAR_M: Final = 4.0
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
# Ways of shoppers cross the zone of the tills all the time: as a sign of leaving, 3 s in it or at
# the door, came too early for two of three. So whoever has most of the list to do leaves nowhere.
LEFT_SHARE_MAX: Final = 0.4
LEFT_FEW: Final = 1
# A sure sign must last: one fix is a fix beside it.
SIGN_S: Final = 3.0
# The zone of the tills is sure after so long: it is passed faster, and looked at from shelves.
AT_TILLS_S: Final = 30.0
# A word helps on the way to the tills: so much nearer to them within so many seconds (a slow
# walker's 0.7 m/s), so near by now, much less nearer to anything that is left, none of it here.
# On stores not tuned on (tests/bench/leaving.py) it is due in time for 21 %, too early for 18 % of
# 236; with other air and other things forgotten 27 and 13 % of 230, where boosted trees over 37
# features had 27 and 10 %. Most of the loss is fixes: on stores tuned on, true places give 45 %.
HEADING_S: Final = 10.0
HEADING_M: Final = 7.0
TILL_M: Final = 14.0
NEARER_SHARE: Final = 0.6
AWAY_M: Final = 6.0
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


class _Lasting:
    """Whether something holds for so long."""

    def __init__(self, least_s: float) -> None:
        self._least_s = least_s
        self._since_s: float | None = None

    def see(self, at_s: float, *, on: bool) -> bool:
        """Go on by a moment."""
        if not on:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = at_s
        return self._since_s is not None and at_s - self._since_s >= self._least_s


class ListWatch:
    """The list of one visit.

    Args:
        visited: lines whose shelf the shopper stood before, as far as it was noted.
    """

    def __init__(self, visited: Iterable[str] = ()) -> None:
        self.rev = 0
        """Another number: a line was visited, passed or found again, or the shopper leaves."""
        self.stopped_at: tuple[str, ...] = ()
        """The lines that count as visited since the last second."""
        self._lines = {line: _Seen(near_s=STOP_S) for line in visited}
        self._followed: set[str] = set()
        """Lines that were open at some time."""
        self._at_s = float("-inf")
        self._inside = False
        self._track: deque[tuple[float, float, Mapping[str, float]]] = deque()
        """When, how far the tills were, and each line's shelf: the last HEADING_S and one more."""
        self._sign = _Lasting(SIGN_S)
        self._tills = _Lasting(AT_TILLS_S)
        self._heads_s: float | None = None
        self._out_s: float | None = None
        self._nudged = False
        self._is_there = False
        """At the tills, or past them, a moment ago."""

    def see(
        self,
        at_s: float,
        metres: Mapping[str, float],
        to_till_m: float,
        to_door_m: float,
        *,
        at_tills: bool = False,
        leaves: bool = False,
    ) -> tuple[str, ...]:
        """Take in where the shopper is now; which lines were passed just now.

        Args:
            at_s: the hub's clock.
            metres: on foot to each open line's shelf.
            to_till_m: on foot to the nearest till, else the door.
            to_door_m: on foot to the nearest door.
            at_tills: the zone is where one pays, or waits to.
            leaves: the stage is surely that of who pays or leaves.
        """
        passed_s = min(max(at_s - self._at_s, 0.0), TICK_MAX_S)
        self._at_s = at_s
        self._lines = {line: self._lines.get(line) or _Seen() for line in metres}
        self._followed.update(metres)
        changed = [
            line for line, seen in self._lines.items() if _step(seen, metres[line], passed_s, at_s)
        ]
        self.rev += bool(changed)
        self.stopped_at = tuple([line for line in changed if self._lines[line].stopped])
        self._inside = self._inside or min(to_till_m, to_door_m) > INSIDE_M
        self._track.append((at_s, to_till_m, metres))
        while len(self._track) > 1 and at_s - self._track[1][0] >= HEADING_S:
            self._track.popleft()
        is_out = self._sign.see(at_s, on=leaves or to_door_m <= DOOR_M)
        is_out |= self._tills.see(at_s, on=at_tills)
        self._is_there = at_tills or leaves
        self._follow_out(is_out=is_out)
        return tuple([line for line in changed if self._lines[line].passed_s is not None])

    def forget(self, line: str) -> None:
        """It is wanted anew: where the shopper stood before says nothing of it."""
        self._lines.pop(line, None)

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
        left_s = max((one for one in (self._heads_s, self._out_s) if one is not None), default=None)
        if self._nudged or left_s is None or self._at_s - left_s > LEAVING_S:
            return ()
        return self._left()

    def word(self) -> tuple[str, ...]:
        """The same while a message about it helps: on the way, not at the tills, where it nags."""
        if self._heads_s is None or self._out_s is not None or self._is_there:
            return ()
        return self.leaving_without()

    @property
    def left_s(self) -> float | None:
        """Since when the shopper is on the way out."""
        return min((one for one in (self._heads_s, self._out_s) if one is not None), default=None)

    def nudge(self) -> None:
        """It was said: never again in this visit."""
        self._nudged = True

    def _left(self) -> tuple[str, ...]:
        return tuple(line for line, seen in self._lines.items() if not seen.stopped)

    def _follow_out(self, *, is_out: bool) -> None:
        """Note the first moment of each kind, of who has begun to shop and is nearly done."""
        left = self._left()
        is_few = 0 < len(left) <= max(LEFT_FEW, LEFT_SHARE_MAX * len(self._followed))
        if not (self._inside and is_few):
            return
        if self._out_s is None and is_out:
            self._out_s = self._at_s
            self.rev += 1
        is_way = not (self._is_there or self._out_s is not None)
        if self._heads_s is None and is_way and self._heads_out(left):
            self._heads_s = self._at_s
            self.rev += 1

    def _heads_out(self, left: Sequence[str]) -> bool:
        """Whether the last seconds lead to the tills and away from what is left."""
        then_s, then_m, before = self._track[0]
        at_s, to_till_m, metres = self._track[-1]
        fell_m = then_m - to_till_m
        is_seen = HEADING_S <= at_s - then_s <= HEADING_S + TICK_MAX_S
        if not (is_seen and fell_m >= HEADING_M and to_till_m <= TILL_M):
            return False
        nearer_m = max(before.get(line, metres[line]) - metres[line] for line in left)
        nearest_m = min(metres[line] for line in left)
        return nearest_m >= AWAY_M and nearer_m <= NEARER_SHARE * fell_m


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
