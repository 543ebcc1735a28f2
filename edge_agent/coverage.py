"""How well tags will be located, by simulation: expected error and zone accuracy, cell by cell.

Simulated people walk all of the floor; what the anchors may hear of them goes through the real
locator, and what it says is compared with where they are. Pure: the same seed, the same figures.
"""

import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Calibration
from edge_agent.fix import Fix
from edge_agent.locator import Locator, withheld
from edge_agent.possible_air import BESIDE_M, PACKETS_PER_S, PossibleAir, tag_name
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.simulated_air import SENSITIVITY_DBM
from edge_agent.stroll import Strolls
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.track import Track

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Tell = Callable[[float], None]
"""Is told what share of the work is done."""

# The filter has found a tag by then; the scorer of fixes leaves as much out.
WARM_UP_S: Final = 5
# Samples of a cell count for those around it, as far as one walks (not through walls): without
# that a cell of a market of 468 m2 has six of them.
SMOOTH_M: Final = 1.2
# And each cell leans on the floor's mean by this many samples.
PRIOR_SAMPLES: Final = 2.0
# A zone with fewer samples of its own than this takes its cells' smoothed figures.
ZONE_SAMPLES_MIN: Final = 30
# Of the work, what anchors hear takes this share; the locator the rest.
HEARING_SHARE: Final = 0.2
# 95 % of a normal distribution.
INTERVAL_SDS: Final = 1.96


class CoverageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much is simulated."""

    # An office of 364 m2 is known to 4 % with it, in 5 s of one core.
    walkers_count: int = 60
    seconds: int = 180
    packets_per_s: float = PACKETS_PER_S
    seed: int = 1


DEFAULT: Final = CoverageSettings()


class Figure(msgspec.Struct, frozen=True):
    """A mean and how far a second simulation's may lie from it (95 %)."""

    mean: float
    within: float


class ZoneFigure(msgspec.Struct, frozen=True, kw_only=True):
    """What a leaf zone may expect."""

    zone: int
    """Position in the map's leaf zones."""
    error_m: float
    accuracy: float
    """How often somebody there is said to be there."""
    anchors_heard: float
    """Anchors that hear somebody there, on average."""
    confused: int
    """The zone it is most often taken for; -1 where mostly none is named."""
    is_sensitive: bool
    """Nobody is to be located there; the figures are none."""


class Prediction(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What to expect of a store."""

    error_m: Figure
    error_p90_m: float
    """Nine of ten fixes are better."""
    accuracy: Figure
    """How often the zone is right, of people in zones; unknown counts as wrong."""
    stores_m: tuple[float, float]
    """The mean error of the tenth best and the tenth worst of walks in stores like this one."""
    cell_error_m: Floats
    """(cells,) of the grid; not a number in sensitive zones."""
    cell_accuracy: Floats
    """(cells,); not a number outside all zones."""
    zones: tuple[ZoneFigure, ...]
    """Of each leaf zone with a cell."""
    walk_errors_m: Floats
    """(walkers,) the mean of each."""
    walk_accuracies: Floats
    """(walkers,); not a number for one who was in no zone."""


class Samples(msgspec.Struct, frozen=True, eq=False):
    """One row for each second of each walker."""

    walker: Indices
    cell: Indices
    zone: Indices
    """Where the walker is, -1 outside of all."""
    error_m: Floats
    """Not a number where the place is withheld."""
    said: Indices
    """The zone that the fix names, -1 for none."""


def predict(
    floor_map: FloorMap,
    grid: FloorGrid,
    calibration: Calibration,
    settings: CoverageSettings = DEFAULT,
    tell: Tell = lambda _share: None,
) -> Prediction:
    """What to expect of a store with such a calibration.

    Args:
        floor_map: the store, with at least one anchor or beacon, and a place where people may be
            located (`open_cells`).
        grid: its cells.
        calibration: of this map.
        settings: how much to simulate.
        tell: is told how far it is, 0 to 1.

    Raises:
        ValueError: the calibration is of other anchors.
    """
    air = PossibleAir(floor_map, grid, calibration, settings.packets_per_s, settings.seed)
    strolls = Strolls(floor_map, grid, settings.seed)
    tracks = strolls.take(settings.walkers_count, float(settings.seconds))
    fixes = located(floor_map, grid, air, tracks, settings.seconds, tell)
    samples = compared(floor_map, grid, tracks, fixes)
    return Summary(floor_map, grid, samples, len(tracks)).prediction(anchors_heard(air.radio_map))


def located(
    floor_map: FloorMap,
    grid: FloorGrid,
    air: PossibleAir,
    tracks: Sequence[Track],
    seconds: int,
    tell: Tell,
) -> list[tuple[int, Fix]]:
    """What the locator says of each (number, fix), second by second."""
    locator = Locator(floor_map, grid, air.radio_map)
    waiting: list[list[Sighting]] = [[] for _ in range(seconds + 1)]
    for number, track in enumerate(tracks):
        for sighting in air.heard(number, track, seconds):
            waiting[math.ceil(sighting.t_s)].append(sighting)
        tell(HEARING_SHARE * (number + 1) / len(tracks))
    number_of = {tag_name(number): number for number in range(len(tracks))}
    found: list[tuple[int, Fix]] = []
    for second in range(1, seconds + 1):
        locator.observe(waiting[second])
        fixes = locator.step(float(second))
        if second > WARM_UP_S:
            found += [(number_of[fix.tag], fix) for fix in fixes]
        tell(HEARING_SHARE + (1 - HEARING_SHARE) * second / seconds)
    return found


def compared(
    floor_map: FloorMap,
    grid: FloorGrid,
    tracks: Sequence[Track],
    fixes: Sequence[tuple[int, Fix]],
) -> Samples:
    """Fixes beside the truth."""
    walker = np.array([number for number, _ in fixes], np.int64)
    places = np.array([tracks[number].at(fix.t_s) for number, fix in fixes]).reshape(-1, 3)
    level = places[:, 2].astype(np.int64)
    zone_of = {zone.id: index for index, zone in enumerate(floor_map.leaf_zones)}
    told_m = np.array([place_of(floor_map, fix) for _, fix in fixes]).reshape(-1, 2)
    return Samples(
        walker=walker,
        cell=grid.cell_at(places[:, 0], places[:, 1], level, within_m=BESIDE_M).astype(np.int64),
        zone=floor_map.zone_at(places[:, 0], places[:, 1], level).astype(np.int64),
        error_m=np.hypot(*(told_m - places[:, :2]).T),
        said=np.array([zone_of.get(fix.zone or "", -1) for _, fix in fixes], np.int64),
    )


def place_of(floor_map: FloorMap, fix: Fix) -> tuple[float, float]:
    """Where a fix says that the tag is; not a number where it withholds that."""
    nowhere = withheld(floor_map.level(fix.level))
    told = (nowhere.x_m, nowhere.y_m, nowhere.radius_m)
    if fix.zone is None and np.allclose((fix.x_m, fix.y_m, fix.radius_m), told, atol=1e-3):
        return math.nan, math.nan
    return fix.x_m, fix.y_m


def open_cells(floor_map: FloorMap, grid: FloorGrid) -> Flags:
    """(cells,) where people may be located: in no sensitive zone."""
    sensitive = np.array([zone.sensitive for zone in floor_map.leaf_zones], bool)
    outside: Flags = ~grid.zone_mask[sensitive].any(0)
    return outside


def anchors_heard(radio_map: RadioMap) -> Floats:
    """How many anchors a tag of no offset is heard by in each cell (cells,)."""
    return np.asarray((radio_map.expected_dbm > SENSITIVITY_DBM).sum(0), float)


class Summary:
    """Samples by cell, zone and store."""

    def __init__(
        self, floor_map: FloorMap, grid: FloorGrid, samples: Samples, walkers_count: int
    ) -> None:
        sensitive = np.array([*(zone.sensitive for zone in floor_map.leaf_zones), False])
        is_open = ~sensitive[samples.zone]
        self._samples = Samples(*(column[is_open] for column in columns(samples)))
        self._mask = grid.zone_mask
        self._spread = grid.step_matrix(SMOOTH_M, 0.0)
        self._cells_count = grid.cells_count
        self._walkers_count = walkers_count
        self._is_sensitive = sensitive

    def prediction(self, heard: Floats) -> Prediction:
        """All figures; `heard` are the anchors heard in each cell."""
        told = np.isfinite(self._samples.error_m)
        zoned = self._samples.zone >= 0
        right = (self._samples.said == self._samples.zone).astype(float)
        walk_errors_m = self._walks(self._samples.error_m, told)
        walk_accuracies = self._walks(right, zoned)
        cell_error_m = self._cells(self._samples.error_m, told)
        cell_accuracy = self._cells(right, zoned)
        zones = [
            self._zone(zone, (cell_error_m, cell_accuracy, heard))
            for zone in np.flatnonzero(self._mask.any(1)).tolist()
        ]
        cell_error_m[self._mask[self._is_sensitive[:-1]].any(0)] = np.nan
        cell_accuracy[~self._mask[~self._is_sensitive[:-1]].any(0)] = np.nan
        low_m, high_m = np.nanquantile(walk_errors_m, (0.1, 0.9)).tolist()
        return Prediction(
            error_m=figure(self._samples.error_m[told].mean(), walk_errors_m),
            error_p90_m=float(np.quantile(self._samples.error_m[told], 0.9)),
            accuracy=figure(right[zoned].mean() if zoned.any() else math.nan, walk_accuracies),
            stores_m=(low_m, high_m),
            cell_error_m=cell_error_m,
            cell_accuracy=cell_accuracy,
            zones=tuple(zones),
            walk_errors_m=walk_errors_m,
            walk_accuracies=walk_accuracies,
        )

    def _walks(self, values: Floats, counted: Flags) -> Floats:
        """The mean of each walker; not a number where nothing counted."""
        walker = self._samples.walker[counted]
        count = np.bincount(walker, minlength=self._walkers_count)
        total = np.bincount(walker, values[counted], self._walkers_count)
        mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return mean

    def _cells(self, values: Floats, counted: Flags) -> Floats:
        """The mean around each cell."""
        cell = self._samples.cell[counted]
        sums = [
            np.bincount(cell, weights, self._cells_count) for weights in (values[counted], None)
        ]
        total, count = self._spread.apply(np.column_stack(sums).astype(np.float32)).T
        mean = values[counted].mean() if counted.any() else math.nan
        around: Floats = (total + PRIOR_SAMPLES * mean) / (count + PRIOR_SAMPLES)
        return around.astype(float)

    def _zone(self, zone: int, by_cell: tuple[Floats, Floats, Floats]) -> ZoneFigure:
        mine = self._samples.zone == zone
        error_m = self._samples.error_m[mine]
        said = self._samples.said[mine]
        cells = self._mask[zone]
        smooth_error_m, smooth_accuracy, heard = (float(column[cells].mean()) for column in by_cell)
        is_own = np.isfinite(error_m).sum() >= ZONE_SAMPLES_MIN
        wrong = said[said != zone]
        values, counts = np.unique(wrong, return_counts=True)
        return ZoneFigure(
            zone=zone,
            error_m=float(np.nanmean(error_m)) if is_own else smooth_error_m,
            accuracy=float((said == zone).mean()) if is_own else smooth_accuracy,
            anchors_heard=heard,
            confused=int(values[counts.argmax()]) if len(wrong) else -1,
            is_sensitive=bool(self._is_sensitive[zone]),
        )


def columns(samples: Samples) -> tuple[Indices, Indices, Indices, Floats, Indices]:
    """In the order of the struct's fields."""
    return samples.walker, samples.cell, samples.zone, samples.error_m, samples.said


def figure(mean: float, walks: Floats) -> Figure:
    """A mean over all samples; seconds of one walk are alike, walks are not."""
    known = walks[np.isfinite(walks)]
    within = INTERVAL_SDS * known.std() / math.sqrt(len(known)) if len(known) else math.nan
    return Figure(float(mean), float(within))


def gained(before: Prediction, after: Prediction) -> tuple[Figure, Figure]:
    """By how much the error falls and the share of right zones grows, of the same people."""
    fell_m = before.walk_errors_m - after.walk_errors_m
    grew = after.walk_accuracies - before.walk_accuracies
    return figure(mean_of(fell_m), fell_m), figure(mean_of(grew), grew)


def mean_of(values: Floats) -> float:
    """The mean of what is known; not a number where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan
