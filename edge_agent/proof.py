"""How well a calibration fits checkpoints: in dB what was heard there, in metres where they are."""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Calibration
from edge_agent.checkpoints import Checkpoints, Flags
from edge_agent.estimate import RADIUS_SDS, RADIUS_SHARE
from edge_agent.fix import Fix
from edge_agent.locator import Locator
from edge_agent.measurements import Measurements
from edge_agent.path_loss import rays
from edge_agent.radio_map import RadioMap
from edge_agent.replay import fixes
from edge_agent.shadow import Shadow
from edge_agent.truth import Floats, Indices
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

# Keeps 0 / 0 out where every anchor heard the same everywhere.
TINY_DB: Final = 1e-3
# 19 times in 20 a normal number is within so many standard deviations of its mean.
Z_95: Final = 1.96

Fit = Callable[[Measurements], Calibration]
"""Makes a calibration of measurements."""
Tell = Callable[[str], None]
"""Takes a line of progress."""


class Ground(msgspec.Struct, frozen=True, eq=False):
    """Where everything happens."""

    floor_map: FloorMap
    grid: FloorGrid


class Proof(msgspec.Struct, frozen=True, eq=False):
    """What a calibration is wrong by."""

    misfit_db: Floats
    """(rows of the measurements,) heard less expected, less the tag's own offset."""
    law_misfit_db: Floats
    """The same by the law alone, without what is smoothed in between the measured places."""
    error_m: Floats
    """(fixes,)"""
    radius_m: Floats
    """(fixes,) what the locator said of it."""
    is_zone_right: Flags
    """(fixes,) of those that truly are in a zone."""
    item: Indices
    """(fixes,) whose each error is."""

    @property
    def rms_db(self) -> float:
        """All measurements together."""
        return rms(self.misfit_db)

    @property
    def mean_m(self) -> float:
        """NaN where nothing could be located."""
        return float(self.error_m.mean()) if len(self.error_m) else float("nan")

    @property
    def median_m(self) -> float:
        """NaN where nothing could be located."""
        return float(np.median(self.error_m)) if len(self.error_m) else float("nan")

    @property
    def place_sd_m(self) -> float:
        """What has to be added to every radius for them to hold what they say; 0 if nothing.

        Two independent normal errors in the plane add up by their squares.
        """
        lacks_m = np.sqrt(np.maximum(self.error_m**2 - self.radius_m**2, 0.0)) / RADIUS_SDS
        return float(np.quantile(lacks_m, RADIUS_SHARE)) if len(lacks_m) else 0.0

    @property
    def zone_share(self) -> float:
        """How many of the zones are right; NaN where none was asked for."""
        right = self.is_zone_right
        return float(right.mean()) if len(right) else float("nan")


class Difference(msgspec.Struct, frozen=True):
    """By how much one proof's errors are larger than another's of the same checkpoints."""

    mean_m: float
    within_m: float
    """19 times in 20 the true difference is within this of the mean; infinite with one item."""

    @classmethod
    def of(cls, one: Proof, other: Proof) -> "Difference":
        """`one` less `other`: an item's fixes err together, so items are counted, not fixes."""
        difference_m = one.error_m - other.error_m
        mean_m = float(difference_m.mean())
        items, item = np.unique(one.item, return_inverse=True)
        sums_m = np.bincount(item, difference_m - mean_m)
        degrees = len(items) - 1
        if not degrees:
            return cls(mean_m, float("inf"))
        sd_m = float(np.sqrt((sums_m**2).sum() * len(items) / degrees)) / len(difference_m)
        return cls(mean_m, t_95(degrees) * sd_m)

    @property
    def is_sure(self) -> bool:
        """Whether it is more than chance."""
        return abs(self.mean_m) > self.within_m

    def than(self, other: str) -> str:
        """In words."""
        word = "more" if self.mean_m > 0 else "less"
        chance = "" if self.is_sure else ", so it may be chance"
        return (
            f"errs {abs(self.mean_m):.2f} m {word} than {other} "
            f"(+-{self.within_m:.2f} m 19 times in 20{chance})"
        )


def t_95(degrees: int) -> float:
    """As `Z_95`, of Student's t: few items know little of their own spread.

    (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, two terms.)
    """
    z = Z_95
    first = (z**3 + z) / (4 * degrees)
    return z + first + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def proof(ground: Ground, checkpoints: Checkpoints, calibration: Calibration, tell: Tell) -> Proof:
    """What a calibration that never saw the checkpoints is wrong by."""
    return judged(ground, checkpoints, lambda _: calibration, tell)


def left_out(ground: Ground, checkpoints: Checkpoints, fit: Fit, tell: Tell) -> Proof:
    """What a calibration is wrong by at items that it was not fitted to."""
    return judged(ground, checkpoints, lambda out: fit(checkpoints.without(out)), tell)


def judged(
    ground: Ground, checkpoints: Checkpoints, made: Callable[[Flags], Calibration], tell: Tell
) -> Proof:
    """The proof of what is `made` for each part of the checkpoints; `made` is told the part."""
    floor_map = ground.floor_map
    misfit_db = np.zeros((2, len(checkpoints.item)))
    located = Located(ground, checkpoints)
    for number in range(checkpoints.parts_count):
        part = checkpoints.part(number)
        calibration = made(part)
        points = checkpoints.of_items(part)
        rows = part[checkpoints.item]
        misfit_db[0, rows] = misfits_db(calibration, floor_map, points)
        misfit_db[1, rows] = misfits_db(bare(calibration), floor_map, points)
        located.add(calibration, part)
        tell(f"{calibration.rung}: part {number + 1} of {checkpoints.parts_count}")
    misfit_db -= [tag_offsets_db(checkpoints.points.tag, one) for one in misfit_db]
    return Proof(misfit_db[0], misfit_db[1], *located.columns())


def explained_share(checkpoints: Checkpoints, proved: Proof) -> float:
    """How much the left-out law explains of what was heard, beyond each anchor's own mean.

    1 is everything; 0 is nothing, and below 0 the law is worse than no law.
    """
    points = checkpoints.points
    flat_db = np.zeros(len(checkpoints.item))
    for number in range(checkpoints.parts_count):
        part = checkpoints.part(number)
        rows = part[checkpoints.item]
        flat_db[rows] = points.rssi_dbm[rows] - means_dbm(
            checkpoints.without(part), points.anchor[rows]
        )
    flat_db -= tag_offsets_db(points.tag, flat_db)
    return 1 - float((proved.law_misfit_db**2).mean() / max((flat_db**2).mean(), TINY_DB**2))


def means_dbm(points: Measurements, anchor: Indices) -> Floats:
    """The mean of all that each of some anchors heard, drawn a little to the mean of all."""
    all_dbm = points.rssi_dbm.mean()
    count = np.bincount(points.anchor, minlength=int(anchor.max()) + 1)
    sums_dbm = np.bincount(points.anchor, points.rssi_dbm, len(count))
    means: Floats = ((sums_dbm + all_dbm) / (count + 1))[anchor]
    return means


def bare(calibration: Calibration) -> Calibration:
    """The law alone."""
    anchors = [msgspec.structs.replace(anchor, left=()) for anchor in calibration.anchors]
    return msgspec.structs.replace(calibration, anchors=tuple(anchors))


class Located:
    """Collects the errors of fixes, by the locator as it is shipped."""

    def __init__(self, ground: Ground, checkpoints: Checkpoints) -> None:
        self._ground = ground
        self._probes = checkpoints.probes
        self._known: tuple[Calibration, RadioMap] | None = None
        self._error_m: list[float] = []
        self._radius_m: list[float] = []
        self._right: list[bool] = []
        self._item: list[int] = []

    def columns(self) -> tuple[Floats, Floats, Flags, Indices]:
        """Errors, radii, right zones, items."""
        error_m, radius_m = np.array(self._error_m, float), np.array(self._radius_m, float)
        return error_m, radius_m, np.array(self._right, bool), np.array(self._item, np.int64)

    def add(self, calibration: Calibration, part: Flags) -> None:
        """Locate the items of one part."""
        item_of = {self._probes[item].tag: int(item) for item in np.flatnonzero(part)}
        probes = [self._probes[item] for item in item_of.values()]
        heard = sorted(
            (sighting for probe in probes for sighting in probe.sightings),
            key=lambda sighting: sighting.t_s,
        )
        until_s = max(probe.until_s for probe in probes)
        radio_map = self._radio_map(calibration)
        locator = Locator(self._ground.floor_map, self._ground.grid, radio_map)
        for fix in takewhile(lambda fix: fix.t_s <= until_s, fixes(locator, heard)):
            self._judge(item_of[fix.tag], fix)

    def _radio_map(self, calibration: Calibration) -> RadioMap:
        """The table, made once for a calibration that is the same for every part."""
        if self._known is None or self._known[0] is not calibration:
            made = RadioMap.of(calibration, self._ground.floor_map, self._ground.grid)
            self._known = calibration, made
        return self._known[1]

    def _judge(self, item: int, fix: Fix) -> None:
        probe = self._probes[item]
        if not probe.from_s <= fix.t_s <= probe.until_s:
            return
        there = probe.where(np.array([fix.t_s]))
        if not there.is_known[0]:
            return
        x_m, y_m = there.xy_m[0]
        self._error_m.append(float(np.hypot(fix.x_m - x_m, fix.y_m - y_m)))
        self._radius_m.append(fix.radius_m)
        self._item.append(item)
        floor_map = self._ground.floor_map
        zone = int(floor_map.zone_at(x_m, y_m, there.level_index[0]))
        if zone >= 0:
            self._right.append(fix.zone == floor_map.leaf_zones[zone].id)


def misfits_db(calibration: Calibration, floor_map: FloorMap, points: Measurements) -> Floats:
    """Each measurement less what the calibration expects there."""
    there = rays(floor_map, points.xy_m, points.level_index, calibration.tag_height_m)
    rows = np.arange(len(points.anchor))
    expected_dbm = calibration.law.expected_dbm(there)[points.anchor, rows]
    for index in np.unique(points.anchor):
        anchor = calibration.anchors[index]
        if anchor.left:
            mine = points.anchor == index
            shadow = Shadow.of(anchor.left, floor_map)
            expected_dbm[mine] += shadow.at(points.places_m[mine])
    misfit_db: Floats = points.rssi_dbm - expected_dbm
    return misfit_db


def tag_offsets_db(tag: Indices, misfit_db: Floats) -> Floats:
    """(rows,) the median misfit of each row's tag: the locator finds that out by itself."""
    offsets_db = np.zeros(len(tag))
    for one in np.unique(tag):
        mine = tag == one
        offsets_db[mine] = np.median(misfit_db[mine])
    return offsets_db


def rms(values: npt.NDArray[np.float64] | Sequence[float]) -> float:
    """The root mean square; NaN of nothing."""
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else float("nan")
