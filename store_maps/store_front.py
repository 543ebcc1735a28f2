"""Doors and tills of a drawn store: one or two doors, one to eight tills, near or far from them."""

from collections.abc import Callable
from typing import Final

from store_maps.plan import Box, Door, Range, Rng, Till, chance, gap_m, grown, span

DOOR_WIDE_M: Final = (1.2, 2.6)
# Middle of the door from the corner of the front wall.
DOOR_CORNER_M: Final = 1.8
# Supermarkets let in at one end of the tills and out at the other.
TWO_DOORS_P: Final = 0.4
TWO_DOORS_WIDTH_M: Final = 14.0
DOORS_APART_M: Final = 4.0
SIDE_EXIT_P: Final = 0.25
# How tills stand: lanes side by side; a bank of self-service tills in two rows; lanes and a bank;
# a counter with one to three tills.
LANE_PITCH_M: Final = (1.7, 2.8)
LANE_WIDE_M: Final = (0.6, 0.9)
LANE_LONG_M: Final = (1.2, 2.2)
BANK_PITCH_M: Final = (1.1, 1.6)
BANK_ROWS_M: Final = (1.3, 1.8)
BANK_TILL_M: Final = 0.5
COUNTER_PITCH_M: Final = (1.1, 1.8)
COUNTER_TILL_M: Final = (0.9, 0.7)
TILLS_MAX: Final = 8
# Of the front wall's length at most this belongs to tills.
TILLS_SHARE: Final = 0.55
TILL_FROM_M: Final = (0.8, 2.0)
# From a door to the nearest till: one does not pay in the doorway.
TILL_DOOR_M: Final = 1.2
BESIDE_DOOR_P: Final = 0.35
BESIDE_M: Final = 2.5
POINTS_P: Final = 0.5
SELF_COUNTER_P: Final = 0.1
PLACES: Final = 60
# A counter away from the front stands this far from the wall behind it.
BEHIND_M: Final = 0.9


def doors(rng: Rng, width_m: float, front_m: float) -> tuple[Door, ...]:
    """One door for both ways, or one in and one out."""
    low, high = DOOR_CORNER_M, width_m - DOOR_CORNER_M
    middle_m, wide_m = span(rng, (low, high)), span(rng, DOOR_WIDE_M)
    if width_m < TWO_DOORS_WIDTH_M or not chance(rng, TWO_DOORS_P):
        return (_front_door(middle_m, wide_m, "entrance_exit"),)
    entrance = _front_door(middle_m, wide_m, "entrance")
    if chance(rng, SIDE_EXIT_P):
        x_m = 0.0 if middle_m > width_m / 2 else width_m
        y_m = front_m / 2
        return entrance, Door(((x_m, y_m - wide_m / 2), (x_m, y_m + wide_m / 2)), "exit")
    free = [
        limits
        for limits in ((low, middle_m - DOORS_APART_M), (middle_m + DOORS_APART_M, high))
        if limits[0] < limits[1]
    ]
    other_m = span(rng, free[int(rng.integers(len(free)))])
    return entrance, _front_door(other_m, wide_m, "exit")


def _front_door(middle_m: float, wide_m: float, category: str) -> Door:
    return Door(((middle_m - wide_m / 2, 0.0), (middle_m + wide_m / 2, 0.0)), category)


def front_tills(rng: Rng, width_m: float, ways: tuple[Door, ...]) -> tuple[Till, ...]:
    """Tills behind the front wall, as many as fit beside the doors."""
    arrange = _ARRANGEMENTS[int(rng.choice(len(_ARRANGEMENTS), p=(0.45, 0.2, 0.2, 0.15)))]
    tills = arrange(rng, TILLS_SHARE * width_m)
    block_m = max(till.box[2] for till in tills)
    beside = chance(rng, BESIDE_DOOR_P)
    for number in range(PLACES):
        left_m = span(rng, (0.6, max(0.7, width_m - block_m - 0.6)))
        block: Box = (left_m, 0.0, left_m + block_m, 3.0)
        nearest_m = min(gap_m(block, door.keep_m) for door in ways)
        wanted_m = BESIDE_M if beside and number < PLACES // 2 else width_m
        if TILL_DOOR_M - 0.6 <= nearest_m <= wanted_m:
            return tuple(_moved(till, left_m) for till in tills)
    return _corner_till(width_m, ways)


def _corner_till(width_m: float, ways: tuple[Door, ...]) -> tuple[Till, ...]:
    """One till at the end of the front wall that is farther from the doors."""
    corners: list[Box] = [(0.6, 1.2, 1.4, 2.6), (width_m - 1.4, 1.2, width_m - 0.6, 2.6)]
    best = max(corners, key=lambda box: min(gap_m(box, door.keep_m) for door in ways))
    return (Till(best, "staffed", is_point=False),)


def _moved(till: Till, by_m: float) -> Till:
    left, bottom, right, top = till.box
    return Till((left + by_m, bottom, right + by_m, top), till.category, till.is_point)


def _count(rng: Rng, room_m: float, pitch_m: float, most: int) -> int:
    """The larger of two draws: who has room for tills mostly has them."""
    fit = max(1, min(most, int(room_m / pitch_m)))
    return int(rng.integers(1, fit + 1, 2).max())


def _lanes(rng: Rng, room_m: float) -> list[Till]:
    pitch_m, wide_m, long_m = (span(rng, m) for m in (LANE_PITCH_M, LANE_WIDE_M, LANE_LONG_M))
    from_m = span(rng, TILL_FROM_M)
    return [
        Till((x, from_m, x + wide_m, from_m + long_m), "staffed", is_point=False)
        for x in (k * pitch_m for k in range(_count(rng, room_m, pitch_m, TILLS_MAX)))
    ]


def _bank(rng: Rng, room_m: float) -> list[Till]:
    pitch_m, rows_m, from_m = (span(rng, m) for m in (BANK_PITCH_M, BANK_ROWS_M, TILL_FROM_M))
    columns = _count(rng, room_m, pitch_m, TILLS_MAX // 2)
    points = chance(rng, POINTS_P)
    return [
        Till(_square(k * pitch_m, from_m + row * rows_m), "self", is_point=points)
        for k in range(columns)
        for row in (0, 1)
    ]


def _square(x_m: float, y_m: float) -> Box:
    return x_m, y_m, x_m + BANK_TILL_M, y_m + BANK_TILL_M


def _lanes_and_bank(rng: Rng, room_m: float) -> list[Till]:
    lanes = _lanes(rng, room_m * 0.6)
    along_m = max(till.box[2] for till in lanes) + span(rng, (1.2, 2.0))
    bank = _bank(rng, room_m * 0.3)
    return [*lanes, *(_moved(till, along_m) for till in bank)][:TILLS_MAX]


def _counter(rng: Rng, room_m: float) -> list[Till]:
    pitch_m, from_m = span(rng, COUNTER_PITCH_M), span(rng, TILL_FROM_M)
    wide_m, deep_m = COUNTER_TILL_M
    category = "self" if chance(rng, SELF_COUNTER_P) else "staffed"
    return [
        Till((x, from_m, x + wide_m, from_m + deep_m), category, is_point=False)
        for x in (k * pitch_m for k in range(_count(rng, room_m, pitch_m, 3)))
    ]


_ARRANGEMENTS: Final[tuple[Callable[[Rng, float], list[Till]], ...]] = (
    _lanes,
    _counter,
    _bank,
    _lanes_and_bank,
)


def inner_tills(rng: Rng, width_m: float, depth_m: float, front_m: float) -> tuple[Till, ...]:
    """A counter away from the front: at the back wall, at a side wall, or in the middle."""
    tills = _counter(rng, width_m * 0.4)
    long_m = max(till.box[2] for till in tills)
    where = int(rng.integers(3))
    middle: Range = (width_m * 0.2, max(width_m * 0.8 - long_m, width_m * 0.2 + 0.1))
    if where == 0:
        x_m, y_m = span(rng, middle), depth_m - BEHIND_M - COUNTER_TILL_M[1]
    elif where == 1:
        y_m = span(rng, (front_m, depth_m * 0.7))
        x_m = BEHIND_M if chance(rng, 0.5) else width_m - BEHIND_M - long_m
    else:
        x_m, y_m = span(rng, middle), span(rng, (front_m, depth_m * 0.6))
    down_m = y_m - tills[0].box[1]
    return tuple(
        Till(
            (t.box[0] + x_m, t.box[1] + down_m, t.box[2] + x_m, t.box[3] + down_m),
            t.category,
            is_point=False,
        )
        for t in tills
    )


def keep_free(ways: tuple[Door, ...], tills: tuple[Till, ...]) -> list[Box]:
    """Where nothing else may stand: before doors, and around tills as wide as a person."""
    return [*(door.keep_m for door in ways), *(grown(till.box, 0.2) for till in tills)]
