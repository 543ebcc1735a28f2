"""Where one more anchor would help most: all places by a bound, the best ones by simulation."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from edge_agent.calibration import AnchorCalibration, Calibration
from edge_agent.carrier import kind
from edge_agent.coverage import open_cells
from edge_agent.error_bound import ErrorBound
from edge_agent.path_loss import PathLoss, place_ids, rays
from edge_agent.possible_air import PACKETS_PER_S
from edge_agent.radio_map import RadioMap
from store_maps.feature import Anchor, Beacon, Level
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]

# How far apart places are tried, and how many at most; a large floor's lie farther apart.
APART_M: Final = 2.0
PLACES_MAX: Final = 240
# No place where one hangs already; and the best ones are not neighbours.
FREE_M: Final = 1.0
ASIDE_M: Final = 4.0
# A beacon needs something to hang on: a place tried moves to a wall, an edge of the floor (so far
# inside of it) or a fixture within reach; in the open it is not tried.
WALL_M: Final = 0.1
NEAR_M: Final = 1.5
NEW_ID: Final = "new"


class Spot(msgspec.Struct, frozen=True):
    """A place for one more anchor."""

    x_m: float
    y_m: float
    height_m: float
    level: str
    gain_m: float = 0.0
    """By how much the bound's mean falls."""


class OneMore:
    """A store, and what it would be with one more anchor, or beacon where it has more of these."""

    def __init__(self, floor_map: FloorMap, grid: FloorGrid, calibration: Calibration) -> None:
        self._map = floor_map
        self._grid = grid
        self._calibration = calibration
        self.kind: Final = kind(floor_map)
        """What one more would be."""
        self._is_beacon = self.kind == "beacon"
        radio_map = RadioMap.of(calibration, floor_map, grid)
        self._fading_variance = radio_map.fading_sd_db**2 / PACKETS_PER_S
        sd_db = np.sqrt(radio_map.map_sd_db.astype(float) ** 2 + self._fading_variance)
        self._bound = ErrorBound(grid, radio_map.expected_dbm.astype(float), sd_db)
        self._counted = open_cells(floor_map, grid)

    def best(self, count: int) -> list[Spot]:
        """The places where the bound falls most, far enough from each other; the best first."""
        ranked = sorted(self.ranked(), key=lambda spot: -spot.gain_m)
        chosen: list[Spot] = []
        for spot in ranked:
            if len(chosen) < count and all(is_aside(spot, other) for other in chosen):
                chosen.append(spot)
        return chosen

    def ranked(self) -> list[Spot]:
        """Every place tried, with its gain."""
        spots = self._spots()
        if not spots:
            return []
        law = self._typical_law(len(spots))
        seen = rays(
            self._map_of(spots),
            self._grid.xy_m,
            self._grid.level_index,
            self._calibration.tag_height_m,
        )
        sd_db = np.sqrt(self._typical.map_sd_db**2 + self._fading_variance)
        before_m = self._bound.error_m()[self._counted].mean()
        gains_m = [
            before_m - self._bound.error_m(self._bound.told(row, sd_db))[self._counted].mean()
            for row in law.expected_dbm(seen)
        ]
        pairs = zip(spots, gains_m, strict=True)
        return [msgspec.structs.replace(spot, gain_m=float(gain)) for spot, gain in pairs]

    def with_one(self, spot: Spot) -> tuple[FloorMap, Calibration]:
        """The store with an anchor at `spot`, calibrated as the others are on average."""
        names = place_ids(self._map)
        name = next(new for n in range(len(names) + 1) if (new := f"{NEW_ID}-{n}") not in names)
        row = msgspec.structs.replace(self._typical, anchor=name)
        calibrated = self._calibration.anchors
        anchors = len(self._map.anchors)
        place = len(calibrated) if self._is_beacon else anchors
        grown = self._map_of([spot], name, keep=True)
        return grown, msgspec.structs.replace(
            self._calibration, anchors=(*calibrated[:place], row, *calibrated[place:])
        )

    @property
    def _typical(self) -> AnchorCalibration:
        """One like the others."""
        every = self._calibration.anchors
        return AnchorCalibration(
            anchor=NEW_ID,
            power_dbm_1m=float(np.mean([anchor.power_dbm_1m for anchor in every])),
            exponent=float(np.mean([anchor.exponent for anchor in every])),
            map_sd_db=float(np.mean([anchor.map_sd_db for anchor in every])),
        )

    def _typical_law(self, count: int) -> PathLoss:
        typical = self._typical
        power_dbm_1m = np.full(count, typical.power_dbm_1m)
        exponent = np.full(count, typical.exponent)
        return PathLoss(power_dbm_1m, exponent, self._calibration.loss_share)

    def _spots(self) -> list[Spot]:
        """A lattice over each level, as high as the others hang."""
        area = sum(level.polygon.area for level in self._map.levels)
        apart_m = max(APART_M, float(np.sqrt(area / PLACES_MAX)))
        return [spot for level in self._map.levels for spot in self._on(level, apart_m)]

    def _on(self, level: Level, apart_m: float) -> list[Spot]:
        left, bottom, right, top = level.polygon.bounds
        x_m, y_m = np.meshgrid(
            np.arange(left + apart_m / 2, right, apart_m),
            np.arange(bottom + apart_m / 2, top, apart_m),
        )
        hung = [self._map.place(name) for name in place_ids(self._map)]
        here = [place for place in hung if place[3] == level.id]
        height_m = float(np.median([place[2] for place in here or hung]))
        taken = shapely.MultiPoint([place[:2] for place in here])
        points = shapely.points(x_m.ravel(), y_m.ravel())
        if self._is_beacon:
            points = self._mountable(level, points)
        is_free = shapely.within(points, level.polygon) & ~shapely.dwithin(points, taken, FREE_M)
        return [Spot(point.x, point.y, height_m, level.id) for point in points[is_free]]

    def _mountable(self, level: Level, points: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
        """Places of beacons near these: on the next wall or fixture, hung lower than a ceiling."""
        lines = [wall.line for wall in self._map.walls if wall.level == level.id]
        lines += [one.polygon.boundary for one in self._map.fixtures if one.level == level.id]
        lines.append(shapely.buffer(level.polygon, -WALL_M).boundary)
        there = shapely.get_point(shapely.shortest_line(shapely.union_all(lines), points), 0)
        near = there[shapely.distance(there, points) <= NEAR_M]
        chosen: list[shapely.Point] = []
        for point in near:
            if all(point.distance(other) >= FREE_M for other in chosen):
                chosen.append(point)
        return np.array(chosen, object)

    def _map_of(self, spots: list[Spot], name: str = NEW_ID, *, keep: bool = False) -> FloorMap:
        """The map with these places, or of these places alone."""
        anchors = [
            Anchor(
                id=name,
                level=spot.level,
                x_m=spot.x_m,
                y_m=spot.y_m,
                height_m=spot.height_m,
                rssi_offset_db=0.0,
                agent_id=None,
            )
            for spot in spots
        ]
        if not keep:
            return msgspec.structs.replace(self._map, anchors=tuple(anchors), beacons=())
        if not self._is_beacon:
            return msgspec.structs.replace(self._map, anchors=(*self._map.anchors, *anchors))
        beacons = [as_beacon(anchor) for anchor in anchors]
        return msgspec.structs.replace(self._map, beacons=(*self._map.beacons, *beacons))


def as_beacon(anchor: Anchor) -> Beacon:
    """A beacon in an anchor's place."""
    return Beacon(
        id=anchor.id,
        level=anchor.level,
        x_m=anchor.x_m,
        y_m=anchor.y_m,
        height_m=anchor.height_m,
        beacon=anchor.id,
        tx_power_dbm_1m=None,
    )


def is_aside(one: Spot, other: Spot) -> bool:
    """Whether two places are far enough apart to be two proposals."""
    far_m = float(np.hypot(one.x_m - other.x_m, one.y_m - other.y_m))
    return one.level != other.level or far_m >= ASIDE_M
