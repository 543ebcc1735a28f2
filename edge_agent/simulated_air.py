"""What anchors hear of simulated tags: path loss, walls, bodies, fading, lost packets."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]

# A beacon's packet at 1 m (what iBeacons are calibrated to), and the exponent of a shop between
# open space (2) and a warehouse full of metal (3): the locator's defaults, so that the demo needs
# no survey. Real anchors differ by these from each other, which the locator must stand.
POWER_DBM_1M: Final = -59.0
EXPONENT: Final = 2.5
ANCHOR_OFFSET_SD_DB: Final = 1.5
ANCHOR_EXPONENT_SD: Final = 0.05
# Tags of one make differ by 2 dB, under a full cart's goods by 8; phones differ by as much as 16.
TAG_OFFSET_SD_DB: Final = 4.0
# Bodies between tag and anchor: what people who pass take, and for how long. Kinder than a crowded
# store, where one who stands in the way takes 3 to 6 dB: a locator without survey must show itself.
BODY_SD_DB: Final = 2.0
BODY_TAU_S: Final = 4.0
# Power of the direct path over that of the echoes: 6 dB indoors with a view of the anchor. Makes
# an sd of about 3 dB, with fades deeper than peaks are high.
RICE_K: Final = 4.0
# Packets that the anchor gets a second from a tag near by: a tag that sends at 3 Hz, heard on one
# channel at a time, a third of it lost to others' packets.
PACKETS_PER_S: Final = 2.0
# Half of the packets are lost at this strength, nearly all 6 dB below. An nRF52840 dongle loses
# 31 % at -95 dBm (Product Specification, 1 Mbps: -95 dBm at a bit error rate of 0.1 %, which is
# that share of 37-byte packets by the Core Specification, volume 6, part A, 4); the phones of the
# library hear down to -97 to -102, the best receivers of the office to -98 to -101.
SENSITIVITY_DBM: Final = -96.0
SENSITIVITY_WIDTH_DB: Final = 1.5
# Nearer than this the formula promises more than a receiver can report.
DISTANCE_MIN_M: Final = 0.3


class Packets(msgspec.Struct, frozen=True):
    """The packets of one tick, each a column."""

    tag: npt.NDArray[np.int64]
    anchor: npt.NDArray[np.int64]
    rssi_dbm: Floats
    after_s: Floats
    """Since the tick began."""


class Air:
    """The air of one store between all its anchors and a number of tags.

    Args:
        floor_map: its anchors, walls and fixtures.
        grid: its cells are the resolution of what walls take.
        tags_count: how many tags there are.
        tag_height_m: where a cart carries its tag.
        rng: where all chance comes from.
    """

    def __init__(
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        tags_count: int,
        tag_height_m: float,
        rng: np.random.Generator,
    ) -> None:
        anchors = floor_map.anchors
        self.anchor_ids = tuple(anchor.id for anchor in anchors)
        self._rng = rng
        self._tag_height_m = tag_height_m
        self._places_m = np.array([(a.x_m, a.y_m, a.height_m) for a in anchors]).reshape(-1, 3)
        self._levels = np.array([floor_map.level_index(a.level) for a in anchors], np.int32)
        self._crossings_db = crossings_by_cell(floor_map, grid, tag_height_m)
        declared_db = np.array([anchor.rssi_offset_db for anchor in anchors])
        count = len(anchors)
        self._power_dbm = POWER_DBM_1M + declared_db + rng.normal(0, ANCHOR_OFFSET_SD_DB, count)
        self._exponent = EXPONENT + rng.normal(0, ANCHOR_EXPONENT_SD, count)
        self.tag_offset_db: Floats = rng.normal(0, TAG_OFFSET_SD_DB, tags_count)
        self._body_db: Floats = rng.normal(0, BODY_SD_DB, (tags_count, count))

    def expected_dbm(self, xy_m: Floats, cells: Integers) -> Floats:
        """What each anchor gets of each tag on average, (tags, anchors), without bodies.

        RSSI = P(1 m) - 10 n log10(d) - walls + tag offset.
        """
        plane = xy_m[:, None, :] - self._places_m[None, :, :2]
        rise = self._tag_height_m - self._places_m[:, 2]
        distance_m = np.sqrt((plane**2).sum(axis=2) + rise**2)
        loss_db = 10 * self._exponent * np.log10(np.maximum(distance_m, DISTANCE_MIN_M))
        through_db = self._crossings_db[:, cells].T
        result: Floats = self._power_dbm - loss_db - through_db + self.tag_offset_db[:, None]
        return result

    def packets(self, xy_m: Floats, cells: Integers, levels: Integers, dt_s: float) -> Packets:
        """What is heard within `dt_s` of tags that stand at `xy_m` (tags, 2), sorted by time."""
        self._move_bodies(dt_s)
        mean_dbm = self.expected_dbm(xy_m, cells) + self._body_db
        rssi_dbm = np.round(mean_dbm + self._fading_db(mean_dbm.shape))
        edge = (rssi_dbm - SENSITIVITY_DBM) / SENSITIVITY_WIDTH_DB
        heard_p = PACKETS_PER_S * dt_s / (1 + np.exp(-np.clip(edge, -50, 50)))
        heard_p *= levels[:, None] == self._levels[None, :]
        tag, anchor = np.nonzero(self._rng.random(rssi_dbm.shape) < heard_p)
        after_s = self._rng.random(len(tag)) * dt_s
        order = np.argsort(after_s, kind="stable")
        tag, anchor = tag[order], anchor[order]
        return Packets(tag, anchor, rssi_dbm[tag, anchor], after_s[order])

    def _move_bodies(self, dt_s: float) -> None:
        """First-order Gauss-Markov: keeps its sd whatever the tick."""
        kept = np.exp(-dt_s / BODY_TAU_S)
        fresh = self._rng.normal(0, BODY_SD_DB, self._body_db.shape)
        self._body_db = kept * self._body_db + np.sqrt(1 - kept**2) * fresh

    def _fading_db(self, shape: tuple[int, ...]) -> Floats:
        """Rice fading in dB: one direct path and echoes of random phase."""
        scatter = np.sqrt(1 / (2 * (RICE_K + 1)))
        real = np.sqrt(RICE_K / (RICE_K + 1)) + self._rng.normal(0, scatter, shape)
        imaginary = self._rng.normal(0, scatter, shape)
        fading: Floats = 10 * np.log10(real**2 + imaginary**2)
        return fading


def crossings_by_cell(floor_map: FloorMap, grid: FloorGrid, tag_height_m: float) -> Floats:
    """What walls and fixtures take between each anchor and each cell, (anchors, cells) dB."""
    result = np.zeros((len(floor_map.anchors), len(grid.xy_m)))
    for index, level in enumerate(floor_map.levels):
        cells = np.flatnonzero(grid.level_index == index)
        rows = np.flatnonzero([anchor.level == level.id for anchor in floor_map.anchors])
        places = np.array([floor_map.place(floor_map.anchors[i].id)[:3] for i in rows])
        heights = np.full((len(cells), 1), tag_height_m)
        ends = np.hstack([grid.xy_m[cells], heights])
        if len(rows) and len(cells):
            result[np.ix_(rows, cells)] = floor_map.crossings_db(places, ends, level.id)
    return result
