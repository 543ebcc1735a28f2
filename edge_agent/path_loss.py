"""Log-distance path loss with the walls and fixtures in the way; its fit on standing measurements.

    rssi = power_dbm_1m - 10 n log10(d) - share x loss(walls, fixtures, floors)

(Seidel and Rappaport, IEEE Trans. Antennas Propag. 40(2), 1992, eq. 4 with attenuation factors.)
"""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.floor_map import Anchor, Beacon, FloorMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# What beacons are sold at: measured power at 1 m of an iBeacon at 0 dBm.
POWER_DBM_1M: Final = -59.0
# Between open space (2) and a shop full of people and shelves (3).
EXPONENT: Final = 2.5
# Nearer than this an antenna's pattern decides, not the distance.
DISTANCE_MIN_M: Final = 0.5
# One storey of concrete at 2.4 GHz (ITU-R P.1238-11, table 3: 14 to 18 dB).
STOREY_DB: Final = 15.0

# Priors of the fit, one standard deviation. Boards, antennas and mounts spread by some 6 dB;
# measured exponents lie from 1.6 to 3.5; the map's attenuations are good to a third.
POWER_SD_DB: Final = 6.0
EXPONENT_SD: Final = 0.5
LOSS_SHARE_SD: Final = 0.3
# Phones of one kind read alike to a few dB, kinds differ by more (library: -2, -1, +16 dB).
OFFSET_SD_DB: Final = 6.0
# Exponents of a site's anchors are one: with 0.3 each, what was left out is predicted as well on
# every site (office 3.38 dB, mall 4.85 for 4.88), and both malls are located 3 to 6 % worse.
EXPONENT_OWN_SD: Final = 1e-3
# What a mean over a standing measurement still differs from any smooth law by: shadowing.
SHADOWING_SD_DB: Final = 3.0
# Student-t weights (nu 4) tame the few points behind a pillar; 30 rounds settle to 1e-6 dB.
FIT_NU: Final = 4.0
FIT_ROUNDS: Final = 30


class Rays(msgspec.Struct, frozen=True, eq=False):
    """From each anchor to each of some places, both (anchors, places)."""

    distance_m: Floats
    loss_db: Floats
    """Walls, fixtures and storeys in between, as the map says."""

    @property
    def decades_db(self) -> Floats:
        """-10 log10 of the distance: what the exponent multiplies."""
        return -10 * np.log10(np.maximum(self.distance_m, DISTANCE_MIN_M))


class Readings(msgspec.Struct, frozen=True, eq=False):
    """Measured means as columns, (readings,) each."""

    anchor: Indices
    rssi_dbm: Floats
    variance_db: Floats
    """Of the means, dB squared."""
    tag: Indices
    """Which tag was measured, from 0; -1 is the reference, which has no offset."""

    @property
    def tags_count(self) -> int:
        """Tags with an offset of their own."""
        return int(self.tag.max(initial=-1)) + 1


class PathLoss(msgspec.Struct, frozen=True, eq=False):
    """The law with its numbers."""

    power_dbm_1m: Floats
    """(anchors,)"""
    exponent: Floats
    """(anchors,)"""
    loss_share: float = 1.0
    """How much of the map's attenuations is real."""

    def expected_dbm(self, rays: Rays) -> Floats:
        """The law at each ray, (anchors, places)."""
        spread = self.exponent[:, None] * rays.decades_db - self.loss_share * rays.loss_db
        return self.power_dbm_1m[:, None] + spread


class Spread(msgspec.Struct, frozen=True):
    """How far the law may lie from its prior: one standard deviation of each parameter."""

    power_db: float = POWER_SD_DB
    exponent_own: float = EXPONENT_OWN_SD
    """Of one anchor's from the common one."""
    exponent: float = EXPONENT_SD
    loss_share: float = LOSS_SHARE_SD
    offset_db: float = OFFSET_SD_DB


# Of what a map says by itself.
WIDE: Final = Spread()
# Of a law that the site's own walking taught. Its hundreds of seconds know the law better than a
# handful of points do: at 2 dB and 0.2, five to twenty office points locate 10 to 35 % worse than
# the law alone, at these not worse; from forty on it hardly matters (tests/bench/survey_draws.py).
TAUGHT_SPREAD: Final = Spread(power_db=0.5, exponent=0.05, loss_share=0.05)


class Fit(msgspec.Struct, frozen=True, eq=False):
    """What measurements say of the law."""

    law: PathLoss
    offsets_db: Floats
    """(tags,): by how much each reads stronger."""

    def of_tag(self, tag: Indices) -> Floats:
        """The offset of each of some tags; 0 for the reference, -1."""
        return np.append(self.offsets_db, [0.0])[tag]


class Terms(msgspec.Struct, frozen=True, eq=False):
    """The fit's linear terms: each reading has five parameters that are its own."""

    anchors_count: int
    columns: Indices
    """(readings, 5) which parameters: power, exponent's deviation, exponent, share, offset."""
    factors: Floats
    """(readings, 5) what multiplies them."""
    centre: Floats
    """(parameters,) the priors' centres: powers, deviations, exponent, share, offsets."""
    spread: Floats
    """(parameters,) the priors' standard deviations."""

    @classmethod
    def of(cls, prior: PathLoss, measured: Rays, readings: Readings, spread: Spread) -> "Terms":
        """The terms of `readings`, whose places are those of `measured`."""
        count = len(prior.power_dbm_1m)
        tags = max(readings.tags_count, 1)
        row = np.arange(len(readings.anchor))
        ones = np.ones(len(row))
        decades_db = measured.decades_db[readings.anchor, row]
        loss_db = measured.loss_db[readings.anchor, row]
        is_tag = readings.tag >= 0
        exponent = float(prior.exponent.mean())
        common = np.full(len(row), 2 * count)
        columns = [readings.anchor, count + readings.anchor, common, common + 1]
        shared = np.append([exponent, prior.loss_share], np.zeros(tags))
        offset = 2 * count + 2 + np.where(is_tag, readings.tag, 0)
        return cls(
            anchors_count=count,
            columns=np.column_stack([*columns, offset]),
            factors=np.column_stack([ones, decades_db, decades_db, -loss_db, is_tag]),
            centre=np.concatenate([prior.power_dbm_1m, prior.exponent - exponent, shared]),
            spread=np.repeat(
                msgspec.structs.astuple(spread),
                [count, count, 1, 1, tags],
            ),
        )

    def times(self, parameters: Floats) -> Floats:
        """Each reading's expectation."""
        expected: Floats = (self.factors * parameters[self.columns]).sum(1)
        return expected

    def transposed_times(self, values: Floats) -> Floats:
        """(parameters,) sums of `values` over the readings, by their factors."""
        weights = (self.factors * values[:, None]).ravel()
        sums: Floats = np.bincount(self.columns.ravel(), weights, len(self.centre)).astype(float)
        return sums

    def normal(self, weight: Floats) -> Floats:
        """The normal matrix (parameters, parameters) of weighted readings."""
        size = len(self.centre)
        pairs = self.columns[:, :, None] * size + self.columns[:, None, :]
        weights = self.factors[:, :, None] * self.factors[:, None, :] * weight[:, None, None]
        sums: Floats = np.bincount(pairs.ravel(), weights.ravel(), size**2).astype(float)
        return sums.reshape(size, size)

    def fit(self, parameters: Floats) -> Fit:
        """The law and the offsets of such parameters."""
        ends = np.cumsum([self.anchors_count, self.anchors_count, 1, 1])
        power_dbm_1m, own, common, share, offsets_db = np.split(parameters, ends)
        return Fit(PathLoss(power_dbm_1m, common + own, float(share[0])), offsets_db)


def place_ids(floor_map: FloorMap) -> tuple[str, ...]:
    """The anchors' and beacons' ids in the order of every radio map."""
    anchors = [anchor.id for anchor in floor_map.anchors]
    return (*anchors, *(beacon.id for beacon in floor_map.beacons))


def nominal(floor_map: FloorMap) -> PathLoss:
    """What the map itself says: each beacon's power, each anchor's offset."""
    anchors = [POWER_DBM_1M + anchor.rssi_offset_db for anchor in floor_map.anchors]
    beacons = [
        POWER_DBM_1M if beacon.tx_power_dbm_1m is None else beacon.tx_power_dbm_1m
        for beacon in floor_map.beacons
    ]
    power_dbm_1m = np.array([*anchors, *beacons], float)
    return PathLoss(power_dbm_1m, np.full(len(power_dbm_1m), EXPONENT))


def rays(floor_map: FloorMap, xy_m: Floats, level_index: npt.ArrayLike, height_m: float) -> Rays:
    """The rays from the map's anchors and beacons, in this order, to tags.

    Args:
        floor_map: where anchors, walls and fixtures are.
        xy_m: (places, 2).
        level_index: (places,) positions in the map's levels.
        height_m: the tags', above their level's floor.
    """
    levels = np.asarray(level_index)
    tags = np.column_stack([xy_m, np.full(len(xy_m), height_m)])
    floor_z_m = np.array([level.floor_z_m for level in floor_map.levels])
    ordinal = np.array([level.ordinal for level in floor_map.levels])
    places: list[Anchor | Beacon] = [*floor_map.anchors, *floor_map.beacons]
    own = np.array([floor_map.level_index(place.level) for place in places], int)
    anchors = np.array([(place.x_m, place.y_m, place.height_m) for place in places], float)
    up_m = (anchors[:, 2] + floor_z_m[own])[:, None] - (height_m + floor_z_m[levels])
    flat_m = np.hypot(*(anchors[:, None, :2] - tags[None, :, :2]).transpose(2, 0, 1))
    loss_db = STOREY_DB * np.abs(ordinal[own][:, None] - ordinal[levels]).astype(float)
    for index, level in enumerate(floor_map.levels):
        mine = np.flatnonzero(own == index)
        here = np.flatnonzero(levels == index)
        crossed_db = floor_map.crossings_db(anchors[mine], tags[here], level.id)
        loss_db[np.ix_(mine, here)] += crossed_db
    return Rays(np.hypot(flat_m, up_m), loss_db)


def fit(prior: PathLoss, measured: Rays, readings: Readings, spread: Spread = WIDE) -> Fit:
    """The law that measurements and `prior` make likely: robust weighted least squares.

    An anchor's exponent is the common one and its own deviation; a tag's offset belongs to the tag.

    Args:
        prior: centre of each parameter's normal prior.
        measured: rays from each anchor to each reading's place, (anchors, readings).
        readings: what was measured.
        spread: how far from the prior the law may lie.
    """
    terms = Terms.of(prior, measured, readings, spread)
    precision = 1 / (readings.variance_db + SHADOWING_SD_DB**2)
    wanted_dbm = readings.rssi_dbm - terms.times(terms.centre)
    weight: Floats = precision
    moved: Floats = np.zeros(len(terms.centre))
    for _ in range(FIT_ROUNDS):
        normal = terms.normal(weight) + np.diag(terms.spread**-2.0)
        right = terms.transposed_times(weight * wanted_dbm)
        moved = np.asarray(np.linalg.solve(normal, right), float)
        misfit = (wanted_dbm - terms.times(moved)) ** 2 * precision
        weight = precision * (FIT_NU + 1) / (FIT_NU + misfit)
    return terms.fit(terms.centre + moved)
