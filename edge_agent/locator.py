"""Sightings become fixes: a Bayes filter over the walkable cells, all tags at once.

Once a second: everyone may have walked, behind walls nobody comes through; each anchor's mean RSSI
says which cells fit; the posterior's mass in each zone is that zone's probability. A tag's own
offset is estimated beside its place. Pure: time comes in with the sightings and with `step`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.belief import WALK, Belief, Likelihood, Reading
from edge_agent.estimate import Estimate, Estimator
from edge_agent.fix import Fix
from edge_agent.motion import Motion
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.smoother import History, Second, smoothed
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, Level

Masses = npt.NDArray[np.float32]

# Beyond any radius that the hub takes for a place (12 m), or a withheld fix of a small store would
# be a shopper in its middle.
WITHHELD_RADIUS_MIN_M: Final = 15.0
# A longer silence ends a track (FORMATS: Fixes).
TRACK_SILENCE_S: Final = 30
# Posteriors in one matrix: beyond 100 tags nothing is faster, and the work needs more memory.
TAGS_AT_ONCE: Final = 128
# Agents publish once a second: a sighting may come this late and still counts, in the next second.
LATE_MAX_S: Final = 3
# The radius of a silent tag grows by a slow walk: the random walk alone believes in its return.
SILENT_M_PER_S: Final = 0.5
# Packets are lost in bursts; a second or two without any says nothing yet.
SILENT_FREE_S: Final = 2


# Radio maps that were measured standing, all over the floor; others err along whole halls.
MEASURED: Final = ("survey",)


class LocatorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The filter's numbers; one set for every site."""

    # Standing tags sway, and are found again from beside. With one walk of 0.75 m for all, the
    # library (nobody walks) is 25 % worse, malls (1.2 m/s along a hall) 15 %.
    stand_sd_m: float = 0.3
    """Standard deviation along each axis of a second in which a tag stands."""
    # Looking around at 0.3 to 0.8 m/s: 0.6 costs the office 10 %, 1.0 the library 10 %.
    walk_sd_m: float = 0.8
    """The same where it walks."""
    stride_sd_m: float = 1.5
    """The same where it strides; 2.0 is as good."""
    # A tag that was carried past a wall faster than it could walk is found again within seconds.
    leak: float = 0.001
    """Share of the posterior spread over all cells each second."""
    # Second means at the true places are nearly normal: 10 to 30 differ by 1 %, 4 costs 4 %.
    nu: float = 15.0
    """Student-t degrees of freedom of an anchor's error in dB."""
    # Anchors' errors share the body that carries the tag, and a standing tag repeats them.
    # 0.6 and 0.9 change mean errors by 2 to 4 % (simulated store down, library up at 0.9), and what
    # radii hold by 0.05.
    temper: float = 0.75
    """Power of the likelihood."""
    # Below this even the best zone is a guess among many.
    zone_p_min: float = 0.25
    """Zones less probable than this are not named."""
    # At 1 m/s a tag has crossed a department in this time.
    zone_silence_s: int = 8
    """A tag silent for longer has no zone."""
    # DESIGN, Sensitive zones.
    sensitive_p: float = 0.2
    """From here on the fix withholds where the tag is."""


DEFAULT: Final = LocatorSettings()


class Told(msgspec.Struct, frozen=True):
    """What is said of a place; without a zone it is unknown."""

    x_m: float
    y_m: float
    radius_m: float
    zone: str | None = None
    zone_p: float = 0.0


class Track:
    """What is known of one tag from its first sighting to the end of its silence."""

    def __init__(self, tag: str, second: int, shape: tuple[int, int], lag_s: int) -> None:
        self.tag = tag
        self.first = second
        self.heard_s = -math.inf
        """When an anchor of the map last heard it."""
        self.belief = Belief(*shape)
        self.readings: tuple[Reading, ...] = ()
        """What the last second's evidence was."""
        self.history = History(lag_s)

    @property
    def end(self) -> int:
        """The last second with a fix, as far as is known."""
        return math.floor(self.heard_s + TRACK_SILENCE_S)

    def goes_on(self, heard: Sequence[Sighting]) -> bool:
        """Whether new sightings belong to this track."""
        return any(sighting.t_s <= self.heard_s + TRACK_SILENCE_S for sighting in heard)


class Locator:
    """The filter of one store; give it sightings, ask it once a second.

    Raises:
        ValueError: the radio map is of other places or another grid.
    """

    def __init__(
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        radio_map: RadioMap,
        settings: LocatorSettings = DEFAULT,
        lag_s: int = 0,
    ) -> None:
        refuse_misfit(floor_map, grid, radio_map)
        self.unknown_anchors_count = 0
        """Sightings by anchors that the map does not know."""
        self.late_count = 0
        """Sightings that came too late to count."""
        self._floor_map = floor_map
        self._settings = settings
        self._lag_s = lag_s
        self._is_measured = radio_map.rung in MEASURED
        paces_m = (settings.stand_sd_m, settings.walk_sd_m, settings.stride_sd_m)
        self._motion = Motion(grid, paces_m, settings.leak)
        order = self._motion.order
        ordered = msgspec.structs.replace(
            radio_map,
            expected_dbm=radio_map.expected_dbm[:, order],
            map_sd_db=radio_map.map_sd_db[:, order],
        )
        self._likelihood = Likelihood(ordered, settings.nu, settings.temper)
        self._estimator = Estimator(floor_map, grid, order, radio_map.place_sd_m)
        self._shape = (len(paces_m), len(order))
        self._anchors = {name: row for row, name in enumerate(radio_map.anchor_ids)}
        self._waiting: dict[str, list[Sighting]] = {}
        self._tracks: dict[str, Track] = {}
        self._ended: list[Track] = []
        self._settled: list[Fix] = []
        self._second: int | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags with a track, sorted."""
        return tuple(sorted(self._tracks))

    def offset_db(self, tag: str) -> float:
        """By how much a tag reads stronger than the radio map expects; KeyError without a track."""
        return self._tracks[tag].belief.offset_db

    def offsets(self, tag: str) -> list[tuple[float, float]]:
        """Offsets in dB and how probable each is; KeyError without a track."""
        return self._tracks[tag].belief.offsets

    def posterior(self, tag: str) -> Masses:
        """How probable each of the grid's cells is (cells,); KeyError without a track."""
        result = np.empty(self._shape[1], np.float32)
        result[self._motion.order] = self._tracks[tag].belief.place
        return result

    def readings(self, tag: str) -> tuple[Reading, ...]:
        """What counted in the last second, rows of the radio map; KeyError without a track."""
        return self._tracks[tag].readings

    def observe(self, sightings: Iterable[Sighting]) -> None:
        """Take sightings in any order; they count in the second that their time falls into.

        One that comes after its second was stepped counts in the next, up to LATE_MAX_S late.
        """
        for sighting in sightings:
            if sighting.anchor not in self._anchors:
                self.unknown_anchors_count += 1
            elif self._second is not None and sighting.t_s <= self._second - LATE_MAX_S:
                self.late_count += 1
            else:
                self._waiting.setdefault(sighting.tag, []).append(sighting)

    def forget(self, tag: str) -> None:
        """Drop everything about a tag; its next sighting begins anew."""
        self._waiting.pop(tag, None)
        self._tracks.pop(tag, None)
        self._ended = [track for track in self._ended if track.tag != tag]

    def step(self, now_s: float) -> list[Fix]:
        """The fixes of every whole second up to `now_s` that was not stepped yet.

        Called once a second it gives one fix a tag, by tag; after a pause it catches up.
        """
        target = math.floor(now_s)
        fixes: list[Fix] = []
        self._settled = []
        while self._second is None or self._second < target:
            second = self._next_second(target)
            if second > target:
                break
            self._second = second
            fixes += self._tick(second)
        return fixes

    def settled(self) -> list[Fix]:
        """What is known by now of `lag_s` seconds ago: the fixes that came due in the last step.

        A track's last ones come after its end. Without a lag there are none.
        """
        return self._settled

    def _next_second(self, target: int) -> int:
        """The next second in which anything can happen; silence is skipped."""
        if self._second is not None and (self._tracks or self._ended):
            return self._second + 1
        times_s = [heard.t_s for rows in self._waiting.values() for heard in rows]
        begin = math.ceil(min(times_s)) if times_s else target
        return begin if self._second is None else max(begin, self._second + 1)

    def _tick(self, second: int) -> list[Fix]:
        heard = self._heard(second)
        self._retire(second, heard)
        tracks = list(self._tracks.values())
        for first in range(0, len(tracks), TAGS_AT_ONCE):
            self._walk([track.belief for track in tracks[first : first + TAGS_AT_ONCE]])
        for tag in sorted(heard.keys() - self._tracks.keys()):
            self._tracks[tag] = Track(tag, second, self._shape, self._lag_s)
        for tag, track in self._tracks.items():
            self._weigh(track, second, heard.get(tag, []))
        if self._lag_s:
            self._settled += self._fixes(second - self._lag_s, second)
        return self._fixes(second, second)

    def _heard(self, second: int) -> dict[str, list[Sighting]]:
        """What was heard up to `second` and did not count yet, by tag."""
        heard: dict[str, list[Sighting]] = {}
        waiting: dict[str, list[Sighting]] = {}
        for tag, rows in self._waiting.items():
            for row in rows:
                (heard if row.t_s <= second else waiting).setdefault(tag, []).append(row)
        self._waiting = waiting
        return heard

    def _retire(self, second: int, heard: Mapping[str, Sequence[Sighting]]) -> None:
        """End the tracks whose silence was too long; a lagged one still has fixes to give."""
        over = [
            track
            for track in self._tracks.values()
            if second > track.end and not track.goes_on(heard.get(track.tag, []))
        ]
        for track in over:
            del self._tracks[track.tag]
        ended = [*self._ended, *over]
        self._ended = [track for track in ended if second - self._lag_s <= track.end]

    def _walk(self, beliefs: Sequence[Belief]) -> None:
        """Move posteriors by one second, all of one pace in one matrix."""
        for belief in beliefs:
            belief.drift()
        count = len(beliefs)
        masses = np.stack([belief.mass for belief in beliefs], 1)
        moved = np.empty_like(masses)
        for pace, mass in enumerate(masses):
            if pace != WALK:
                moved[pace] = self._motion.apply(mass, pace)
        carried = np.stack([belief.carried() for belief in beliefs])
        walked = self._motion.apply(np.concatenate([masses[WALK], carried]), WALK)
        moved[WALK] = walked[:count]
        for number, belief in enumerate(beliefs):
            belief.arrive(moved[:, number], walked[count + number])

    def _readings(self, sightings: Sequence[Sighting]) -> tuple[Reading, ...]:
        """The mean per anchor; exact sums, so that the order of the sightings is nothing."""
        by_anchor: defaultdict[int, list[float]] = defaultdict(list)
        for sighting in sightings:
            by_anchor[self._anchors[sighting.anchor]].append(sighting.rssi_dbm)
        return tuple(
            Reading(anchor, math.fsum(values) / len(values), len(values))
            for anchor, values in sorted(by_anchor.items())
        )

    def _weigh(self, track: Track, second: int, sightings: Sequence[Sighting]) -> None:
        belief = track.belief
        predicted = belief.place if self._lag_s else None
        pace_weight = belief.pace_weight
        track.readings = self._readings(sightings)
        if sightings:
            track.heard_s = max(track.heard_s, *(sighting.t_s for sighting in sightings))
            if not self._is_measured:
                belief.doubt()
            belief.weigh(self._likelihood, track.readings, self._motion.blocks)
        if predicted is not None:
            track.history.add(second, Second(predicted, belief.place, pace_weight))

    def _fixes(self, due: int, second: int) -> list[Fix]:
        """What is known in `second` of where the tags were in second `due`."""
        known = [*self._ended, *self._tracks.values()]
        told = [track for track in known if track.first <= due <= track.end]
        told.sort(key=lambda track: track.tag)
        fixes: list[Fix] = []
        for first in range(0, len(told), TAGS_AT_ONCE):
            tracks = told[first : first + TAGS_AT_ONCE]
            estimates = self._estimator.of(self._posteriors(tracks, due, second))
            pairs = zip(tracks, estimates, strict=True)
            fixes += [self._fix(track, estimate, due) for track, estimate in pairs]
        return fixes

    def _posteriors(self, tracks: Sequence[Track], due: int, second: int) -> Masses:
        """Where each tag was in second `due`, offsets summed out, (tracks, cells)."""
        if due < second:
            return smoothed([track.history for track in tracks], due, self._motion)
        return np.stack([track.belief.place for track in tracks])

    def _fix(self, track: Track, estimate: Estimate, due: int) -> Fix:
        """A fix as files and the wire hold it: millimetres, and four digits of probability."""
        level = self._floor_map.levels[estimate.level]
        if estimate.sensitive_p >= self._settings.sensitive_p or estimate.in_sensitive:
            told = withheld(level)
        else:
            told = self._told(estimate, due - track.heard_s)
        return Fix(
            t_s=float(due),
            tag=track.tag,
            x_m=round(told.x_m, 3),
            y_m=round(told.y_m, 3),
            radius_m=round(told.radius_m, 3),
            zone=told.zone,
            zone_p=round(min(told.zone_p, 1.0), 4),
            level=level.id,
            map_sha=self._floor_map.map_sha,
        )

    def _told(self, estimate: Estimate, silence_s: float) -> Told:
        growth_m = SILENT_M_PER_S * max(0.0, silence_s - SILENT_FREE_S)
        spot = (estimate.x_m, estimate.y_m, estimate.radius_m + growth_m)
        is_known = (
            estimate.zone >= 0
            and estimate.zone_p >= self._settings.zone_p_min
            and silence_s <= self._settings.zone_silence_s
        )
        if not is_known:
            return Told(*spot)
        return Told(*spot, self._floor_map.leaf_zones[estimate.zone].id, estimate.zone_p)


def withheld(level: Level) -> Told:
    """Somewhere on the level: what is said of a tag that may be in a sensitive zone."""
    left, bottom, right, top = level.polygon.bounds
    radius_m = max(math.hypot(right - left, top - bottom) / 2, WITHHELD_RADIUS_MIN_M)
    return Told((left + right) / 2, (bottom + top) / 2, radius_m)


def refuse_misfit(floor_map: FloorMap, grid: FloorGrid, radio_map: RadioMap) -> None:
    """Raise ValueError where a radio map is of other places or another grid."""
    if radio_map.places_sha != floor_map.places_sha:
        msg = (
            f"radio map of places {radio_map.places_sha[:12]}, expected "
            f"{floor_map.places_sha[:12]} of the map of {floor_map.store_id!r}; "
            "ops: survey this map"
        )
        raise ValueError(msg)
    cells = radio_map.expected_dbm.shape[1]
    if cells != grid.cells_count:
        msg = f"radio map of {cells} cells, expected the grid's {grid.cells_count}; us: report it"
        raise ValueError(msg)
