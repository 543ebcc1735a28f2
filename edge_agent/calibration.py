"""What one rung of the radio-map ladder knows about a store, whatever the size of the cells."""

from typing import Final, Literal

import msgspec
import numpy as np

from edge_agent.path_loss import PathLoss, nominal, place_ids
from store_maps.floor_map import FloorMap

Rung = Literal["defaults", "self-calibrated", "survey", "walks"]

# What a law from the map alone is wrong by at a place, and how much packets from one place spread.
# Less each site's own tag, the defaults missed what was measured by 5.3 dB (office), 5.4 (library),
# 5.6 and 5.1 (malls, whose powers were fitted); whichever site is left out, the others say 5.3 to
# 5.4. Some more is kept for stores that nobody measured. Packets spread by 3.7 to 4.0 dB, in the
# library by 7.9.
DEFAULT_MAP_SD_DB: Final = 6.0
DEFAULT_FADING_SD_DB: Final = 4.0


class Left(msgspec.Struct, frozen=True):
    """What measurements at one place leave over from one anchor's law."""

    x_m: float
    y_m: float
    level: str
    left_db: float
    """Measured less expected."""
    variance_db: float
    """Of the measured mean, dB squared."""


class AnchorCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """One anchor's law, and what measurements said beyond it."""

    anchor: str
    power_dbm_1m: float
    exponent: float
    map_sd_db: float
    """How wrong the law is at a place, however many packets are heard; less near `left`."""
    left: tuple[Left, ...] = ()
    """Empty where nothing was measured."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """A rung, as a file holds it: `RadioMap.of` makes the table from it for any grid."""

    rung: Rung
    tag_height_m: float
    loss_share: float
    """How much of the map's attenuations is real."""
    fading_sd_db: float
    """How much single packets at one place spread."""
    place_sd_m: float = 0.0
    """What places err by together, however long a tag is heard: what left-out walks' radii lack."""
    anchors: tuple[AnchorCalibration, ...]
    """In the order of `place_ids`."""

    @property
    def law(self) -> PathLoss:
        """The path loss alone."""
        return PathLoss(
            np.array([anchor.power_dbm_1m for anchor in self.anchors], float),
            np.array([anchor.exponent for anchor in self.anchors], float),
            self.loss_share,
        )

    @classmethod
    def defaults(cls, floor_map: FloorMap, tag_height_m: float = 1.0) -> "Calibration":
        """The map's own words: powers, walls, fixtures, and a common exponent."""
        return cls.of_law(nominal(floor_map), floor_map, "defaults", tag_height_m)

    @classmethod
    def of_law(
        cls,
        law: PathLoss,
        floor_map: FloorMap,
        rung: Rung,
        tag_height_m: float,
        map_sd_db: float = DEFAULT_MAP_SD_DB,
    ) -> "Calibration":
        """A law that is as wrong everywhere, without any measurement beyond it."""
        parameters = zip(place_ids(floor_map), law.power_dbm_1m, law.exponent, strict=True)
        return cls(
            rung=rung,
            tag_height_m=tag_height_m,
            loss_share=law.loss_share,
            fading_sd_db=DEFAULT_FADING_SD_DB,
            anchors=tuple(
                AnchorCalibration(
                    anchor=anchor,
                    power_dbm_1m=float(power_dbm_1m),
                    exponent=float(exponent),
                    map_sd_db=map_sd_db,
                )
                for anchor, power_dbm_1m, exponent in parameters
            ),
        )
