"""The open journeys: one a handle, with where it is, for how long, and in which stage.

Fixes are taken in as they come (a few list writes each); once a second `sample` moves them into
the columns of `Tracks`, for all journeys at once.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_agent.messages import FixRow, StayRow
from hub_server.journey.tracks import STAGE_COUNT, Tracks
from hub_server.model.memory import Memory
from hub_server.place.ground import FAR_M, SHELF_M, TILL_M, Floats, ground_of
from store_maps.floor_map import FloorMap

Stage = Literal[
    "arriving", "exploring", "purposeful", "engaged", "weighing", "stuck", "checkout", "leaving"
]
STAGES: Final[tuple[Stage, ...]] = (
    "arriving",
    "exploring",
    "purposeful",
    "engaged",
    "weighing",
    "stuck",
    "checkout",
    "leaving",
)
# Where a person stands because others are served first.
WAITING: Final = frozenset({"queue", "service"})
# A served stage changes once the log odds of another against it, summed over the ticks in which the
# other leads, reach this: one tick at 0.85 to 0.07, or several that are less sure. Measured on 360
# validation visits with 2.41 true changes a minute (of six): 1.2 serves 3.1, 2.0 serves 2.6, 2.5
# serves 2.4, 3.0 serves 2.3, each about 0.005 less accurate than the one before. Counting ticks
# that lead was 0.010 less accurate at the same changes, and a second later.
LEAD_NATS: Final = 2.5
# No odds are longer than those of this probability.
P_MIN: Final = 1e-6
# After this long without a place the stage is unknown: a walker has crossed the store by then.
STAGE_STALE_S: Final = 30.0

# A place measured longer ago than this is no place: fixes come every second or two.
UNPLACED_S: Final = 5.0
# The stages by six: what a flip counts, as two stages of one group are one to a message.
SIX: Final = np.array([0, 1, 1, 3, 3, 5, 6, 7])
# Which of the two it is need not be sure, only that it is one of them: so sure as decisions ask of
# the zone. On the first test split 88 % of such seconds were right, 29 % of all (seed 1).
ONE_OF_P: Final = 0.8
# The gate that no probability passes; finite, as JSON knows no infinity.
NEVER: Final = np.full(STAGE_COUNT, 2.0)

StayOutcome = Literal["opened", "folded", "closed", "ignored"]


class OpenStay(msgspec.Struct, frozen=True, gc=False):
    """A handle in one leaf zone, entered and not left."""

    stay: str
    """The id of the first enter; later ones fold into it."""
    zone: str
    since_s: float
    term: int


class Journey(msgspec.Struct, frozen=True, gc=False):
    """One journey as decisions and pages see it."""

    handle: str
    zone: str | None
    """Of the last fix; None = unknown."""
    zone_p: float
    zone_type: str | None
    dwell_s: float
    """Seconds since the stay in `zone` began; 0 before the stay is certain."""
    waiting_s: float
    """The dwell where `zone_type` is queue or service, else 0."""
    in_store_s: float
    last_fix_age_s: float | None
    """None before the first fix."""
    x_m: float | None
    y_m: float | None
    radius_m: float | None
    level: str | None
    stage: Stage | None
    """As served, after hysteresis; None = unknown."""
    stage_p: dict[str, float]
    """Of every stage; empty where `stage` is None."""
    p_buy: float | None
    stage_gate: float | None = None
    """From this probability of `stage` on it is sure; None where `stage` is None."""
    stands_since_s: float = -np.inf
    """Since when it has not left the spot (STAY_M); -inf before its first place."""


class Seconds(msgspec.Struct):
    """Ticks of open journeys since the start, a tick taken as a second."""

    followed: int = 0
    unplaced: int = 0
    """Of these, no place measured within the last UNPLACED_S."""
    staged: int = 0
    """Of these, a stage is served."""
    sure: int = 0
    """Of the staged, it passes its gate."""
    flips: int = 0
    """Changes of the served stage by six; a journey's first is none."""


class _Served(NamedTuple):
    stage: Stage | None
    stage_p: dict[str, float]
    p_buy: float | None
    stage_gate: float | None


T = TypeVar("T")


def _move_last(column: list[T], row: int) -> None:
    """Take the last entry into the place of `row`, as Tracks.remove does."""
    last = column.pop()
    if row < len(column):
        column[row] = last


class Journeys:
    """All open journeys of one store.

    Args:
        floor_map: the store's map.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        self.ground: Final = ground_of(floor_map)
        self.tracks: Final = Tracks(self.ground)
        self.memory: Final = Memory()
        self.seconds: Final = Seconds()
        self._gates = NEVER
        self.open_stays: Final[dict[str, OpenStay]] = {}
        # Stages are told by shelves and tills: on a map without either they are unknown.
        self._has_stages = all(self.ground.nearest_m[what] < FAR_M for what in (SHELF_M, TILL_M))
        self._types = dict(zip(self.ground.zone_ids, self.ground.zone_types, strict=True))
        self._row: dict[str, int] = {}
        self._handles: list[str] = []
        self._fix: list[FixRow | None] = []
        self._fix_s: list[float] = []

    def __len__(self) -> int:
        return len(self._handles)

    def __contains__(self, handle: object) -> bool:
        return handle in self._row

    @property
    def handles(self) -> tuple[str, ...]:
        """The open handles, in the order of the columns' rows."""
        return tuple(self._handles)

    def open(self, handle: str, at_s: float) -> None:
        """Begin the journey of `handle`; one that is open stays as it is."""
        if handle in self._row:
            return
        self._row[handle] = self.tracks.append(at_s)
        self.memory.append()
        self._handles.append(handle)
        self._fix.append(None)
        self._fix_s.append(-np.inf)

    def close(self, handle: str) -> None:
        """Forget everything of `handle`; nothing happens where it is not open."""
        row = self._row.pop(handle, None)
        if row is None:
            return
        self.open_stays.pop(handle, None)
        self.tracks.remove(row)
        self.memory.remove(row)
        _move_last(self._handles, row)
        _move_last(self._fix, row)
        _move_last(self._fix_s, row)
        if row < len(self._handles):
            self._row[self._handles[row]] = row

    def fix(self, rows: Iterable[FixRow], at_s: float) -> int:
        """Take in fixes received at `at_s` (each is dated `age_ms` before).

        Returns:
            How many counted: rows of handles that are not open, and rows older than the last one
            of their handle, change nothing.
        """
        index, fixes, times_s = self._row, self._fix, self._fix_s
        taken = 0
        for row in rows:
            i = index.get(row.handle)
            if i is None:
                continue
            fix_s = at_s - row.age_ms * 0.001
            if fix_s <= times_s[i]:
                continue
            fixes[i] = row
            times_s[i] = fix_s
            taken += 1
        return taken

    def stay(self, row: StayRow, at_s: float) -> StayOutcome:
        """Take in an enter or leave that happened at `at_s` on the hub's clock.

        An enter for the zone in which the handle already stands folds into the open stay (the
        locator began anew); one for another zone closes it. A leave closes the open stay of its
        zone, except one of an older term, whose locator speaks no more.
        """
        now = self.open_stays.get(row.handle)
        if row.handle not in self._row or row.kind == "void":
            return "ignored"
        if row.kind == "leave":
            if now is None or now.zone != row.zone or row.term < now.term:
                return "ignored"
            del self.open_stays[row.handle]
            return "closed"
        if now is not None and now.zone == row.zone:
            term = max(now.term, row.term)
            self.open_stays[row.handle] = OpenStay(now.stay, now.zone, now.since_s, term)
            return "folded"
        self.open_stays[row.handle] = OpenStay(row.stay, row.zone, at_s, row.term)
        return "opened"

    def event(self, handle: str, kind: str, at_s: float) -> bool:
        """Take in what till, phone or staff tell of a journey at `at_s` (the hub's clock).

        Returns:
            Whether it counts: not for a handle that is not open, nor of a kind that says nothing.
        """
        row = self._row.get(handle)
        return row is not None and bool(np.isfinite(at_s)) and self.tracks.event(row, kind, at_s)

    def sample(self, now_s: float) -> bool:
        """Move the fixes of this tick into the columns; False when the last tick was just now."""
        if now_s < self.tracks.now_s:
            back_s = now_s - self.tracks.now_s
            self._fix_s = [min(at_s + back_s, now_s) for at_s in self._fix_s]
            for handle, one in self.open_stays.items():
                moved = OpenStay(one.stay, one.zone, one.since_s + back_s, one.term)
                self.open_stays[handle] = moved
        return self.tracks.sample(now_s, self._last_fixes())

    def _last_fixes(self) -> Floats:
        out = np.full((len(self._fix), 5), np.nan)
        heard = [i for i, row in enumerate(self._fix) if row is not None]
        level = self.ground.level_index
        out[heard] = [
            (self._fix_s[i], row.x_m, row.y_m, row.radius_m, level.get(row.level, np.nan))
            for i, row in enumerate(self._fix)
            if row is not None
        ] or np.empty((0, 5))
        return out

    def zones(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """(zone index or -1, zone_p, radius_m) of each row's last fix; radius NaN without one."""
        index = self.ground.zone_index
        if not self._fix:
            return np.empty(0, np.int64), np.empty(0), np.empty(0)
        zone, zone_p, radius_m = zip(
            *(
                (-1, 0.0, np.nan)
                if row is None
                else (index.get(row.zone or "", -1), row.zone_p, row.radius_m)
                for row in self._fix
            ),
            strict=True,
        )
        return np.array(zone), np.array(zone_p), np.array(radius_m)

    def follow(
        self,
        p: NDArray[np.float32],
        p_buy: NDArray[np.float32],
        state: NDArray[np.float32],
        gates: Floats = NEVER,
    ) -> None:
        """Keep the model's answer for this tick, and serve a stage once it has led for a while.

        Args:
            p: (n, 8) in the order of STAGES.
            p_buy: (n,)
            state: (n, STATE_WIDTH) for the next tick.
            gates: (8,) from which probability on a served stage is sure.
        """
        tracks = self.tracks
        tracks["stage_p"], tracks["p_buy"], tracks["state"] = p, p_buy, state
        self._gates = gates
        before, top = tracks["served"].astype(np.int64), p.argmax(axis=1)
        rows = np.arange(len(p))
        odds = np.log(np.maximum(p[rows, top], P_MIN) / np.maximum(p[rows, before], P_MIN))
        lead = np.where(top != before, tracks["lead_nats"] + odds, 0.0)
        change = (lead >= LEAD_NATS) | (before < 0)
        served = np.where(change, top, before)
        tracks["served"] = served
        tracks["lead_nats"] = np.where(change, 0.0, lead)
        self._count(before, served)

    def _count(self, before: NDArray[np.int64], served: NDArray[np.int64]) -> None:
        seconds, tracks, fresh = self.seconds, self.tracks, self.fresh()
        placed = tracks["placed_s"] >= tracks.now_s - UNPLACED_S
        p = tracks["stage_p"][np.arange(len(served)), served]
        gate = self._gates[served]
        alike_p = np.where(SIX[served][:, None] == SIX, tracks["stage_p"], 0.0).sum(axis=1)
        sure = (p >= gate) | ((alike_p >= ONE_OF_P) & (alike_p > p) & (gate < NEVER[served]))
        flipped = (before >= 0) & (SIX[before] != SIX[served])
        seconds.followed += len(served)
        seconds.unplaced += int(np.count_nonzero(~placed))
        seconds.staged += int(np.count_nonzero(fresh))
        seconds.sure += int(np.count_nonzero(fresh & sure))
        seconds.flips += int(np.count_nonzero(fresh & flipped))

    def at(self, handle: str, now_s: float | None = None) -> Journey | None:
        """The journey of `handle` at `now_s` (the last tick's time without it); None = not open."""
        row = self._row.get(handle)
        if row is None:
            return None
        fix, fix_s = self._fix[row], self._fix_s[row]
        now_s = max(self.tracks.now_s, fix_s) if now_s is None else now_s
        zone = fix.zone if fix else None
        zone_type = self._types.get(zone) if zone else None
        stay = self.open_stays.get(handle)
        dwell_s = max(now_s - stay.since_s, 0.0) if stay and stay.zone == zone else 0.0
        stage, stage_p, p_buy, stage_gate = self._stage(row, now_s)
        return Journey(
            handle=handle,
            zone=zone,
            zone_p=fix.zone_p if fix and zone else 0.0,
            zone_type=zone_type,
            dwell_s=dwell_s,
            waiting_s=dwell_s if zone_type in WAITING else 0.0,
            in_store_s=max(now_s - float(self.tracks["opened_s"][row]), 0.0),
            last_fix_age_s=max(now_s - fix_s, 0.0) if fix else None,
            x_m=fix.x_m if fix else None,
            y_m=fix.y_m if fix else None,
            radius_m=fix.radius_m if fix else None,
            level=fix.level if fix else None,
            stage=stage,
            stage_p=stage_p,
            p_buy=p_buy,
            stage_gate=stage_gate,
            stands_since_s=float(self.tracks["stay_since_s"][row]),
        )

    def _stage(self, row: int, now_s: float) -> "_Served":
        served = int(self.tracks["served"][row])
        is_old = self.tracks["placed_s"][row] < now_s - STAGE_STALE_S
        if not self._has_stages or served < 0 or is_old:
            return _Served(None, {}, None, None)
        p = self.tracks["stage_p"][row].tolist()
        return _Served(
            STAGES[served],
            dict(zip(STAGES, p, strict=True)),
            float(self.tracks["p_buy"][row]),
            float(self._gates[served]),
        )

    def fresh(self) -> NDArray[np.bool_]:
        """Which rows have a place recent enough to speak of a stage."""
        recent = self.tracks["placed_s"] >= self.tracks.now_s - STAGE_STALE_S
        return np.asarray(recent & self._has_stages)

    def stage_counts(self) -> dict[str, int]:
        """How many journeys are in each stage now, unknown ones left out."""
        served = self.tracks["served"][self.fresh()].astype(np.int64)
        counts = np.bincount(served[served >= 0], minlength=STAGE_COUNT)
        return dict(zip(STAGES, counts.tolist(), strict=True))
