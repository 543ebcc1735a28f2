"""How people of one world walk, look, wait: the ranges, and what one visit drew from them."""

from typing import Final

import msgspec
import numpy as np

Range = tuple[float, float]


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """Ranges; each visit draws its own value from each, evenly."""

    speed_mps: Range
    """Of walking with a goal."""
    browse_share: Range
    """Speed while browsing, as a share of it."""
    pace_sd: Range
    """How much the speed varies within one walk, as a share."""
    wander_m: Range
    """Spread of the way around the shortest one, sideways and along."""
    dwell_s: Range
    """Median of the looks at a shelf; a visit's looks are log-normal around it."""
    stops_share: Range
    """Of the trip's number of stops."""
    stand_m: Range
    """From whom one looks at to the shelf; single stops vary around it (`shop.stand_cell`)."""
    sway_m: Range
    """Spread of a body that stands."""
    sway_memory_s: Range
    jitter_m: Range
    """Of whoever measured the truth: independent from second to second."""
    shifts_per_min: Range
    """Steps to the side while standing."""
    glances_per_min: Range
    """Slow looks in passing, while browsing."""
    patience_s: Range
    """Who is to wait longer gives the queue up."""
    quirks_share: Range
    """How often things come between, against the table in `quirks`."""
    service_s: Range
    """A till takes this for each customer."""
    item_s: Range
    """And this for each thing."""
    shoppers_per_till: Range
    """How busy `visits` are."""
    group_p: Range
    """Two or three people who shop together."""
    scan_p: Range
    """Someone who looks products up on their phone."""


# The demo's and the radio tests' crowd: unhurried, whole in body, no measuring noise in the truth.
# Shoppers measured in supermarkets walk 0.6 to 1.3 m/s with a cart among shelves (corridors' 1.4 is
# for people without goods to look at); a till with staff takes 20 s and 4 s for each thing.
EVERYDAY: Final = Habits(
    speed_mps=(0.72, 1.18),
    browse_share=(0.5, 0.8),
    pace_sd=(0.05, 0.15),
    wander_m=(0.03, 0.07),
    dwell_s=(21.0, 27.0),
    stops_share=(0.7, 0.9),
    stand_m=(0.4, 0.6),
    sway_m=(0.03, 0.05),
    sway_memory_s=(3.0, 6.0),
    jitter_m=(0.0, 0.01),
    shifts_per_min=(4.0, 8.0),
    glances_per_min=(1.0, 3.0),
    patience_s=(200.0, 500.0),
    quirks_share=(0.15, 0.35),
    service_s=(18.0, 22.0),
    item_s=(3.5, 4.5),
    shoppers_per_till=(4.0, 6.0),
    group_p=(0.1, 0.2),
    scan_p=(0.2, 0.3),
)
# Training and test share no value of any habit, so that a test is of people never met. Both lie
# around what is published of stores (`python -m models.realism` prints where): who looks longer
# stops less often, so that visits last about the same.
TRAIN_HABITS: Final = Habits(
    speed_mps=(0.7, 1.0),
    browse_share=(0.48, 0.75),
    pace_sd=(0.08, 0.24),
    wander_m=(0.08, 0.28),
    dwell_s=(12.0, 20.0),
    stops_share=(0.95, 1.3),
    stand_m=(0.35, 0.75),
    sway_m=(0.03, 0.13),
    sway_memory_s=(2.5, 6.0),
    jitter_m=(0.0, 0.2),
    shifts_per_min=(1.0, 3.0),
    glances_per_min=(1.0, 3.5),
    patience_s=(120.0, 360.0),
    quirks_share=(0.7, 1.15),
    service_s=(16.0, 30.0),
    item_s=(1.5, 3.5),
    shoppers_per_till=(2.0, 5.0),
    group_p=(0.1, 0.25),
    scan_p=(0.15, 0.4),
)
TEST_HABITS: Final = Habits(
    speed_mps=(1.02, 1.22),
    browse_share=(0.34, 0.46),
    pace_sd=(0.25, 0.34),
    wander_m=(0.3, 0.42),
    dwell_s=(20.5, 25.0),
    stops_share=(0.82, 0.94),
    stand_m=(0.8, 1.05),
    sway_m=(0.14, 0.2),
    sway_memory_s=(6.5, 9.0),
    jitter_m=(0.21, 0.35),
    shifts_per_min=(3.2, 4.5),
    glances_per_min=(3.7, 5.0),
    patience_s=(75.0, 118.0),
    quirks_share=(1.17, 1.35),
    service_s=(30.5, 38.0),
    item_s=(3.6, 5.0),
    shoppers_per_till=(5.1, 6.0),
    group_p=(0.26, 0.4),
    scan_p=(0.41, 0.55),
)


class Person(msgspec.Struct, frozen=True):
    """What one visit drew, in the order of `Habits`; units are those of its ranges."""

    speed_mps: float
    browse_share: float
    pace_sd: float
    wander_m: float
    dwell_s: float
    stops_share: float
    stand_m: float
    sway_m: float
    sway_memory_s: float
    jitter_m: float
    shifts_per_min: float
    glances_per_min: float
    patience_s: float
    quirks_share: float
    service_s: float
    item_s: float
    shoppers_per_till: float
    group_p: float
    scan_p: float


def draw_person(habits: Habits, rng: np.random.Generator) -> Person:
    """Whoever comes in next."""
    low, high = np.array(msgspec.structs.astuple(habits)).T
    return Person(*(low + (high - low) * rng.random(len(low))).tolist())
