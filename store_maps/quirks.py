"""What comes between a shopper and the list: the ways people really behave, one function each."""

from collections.abc import Callable
from typing import Final, NamedTuple

from store_maps.script import Script
from store_maps.trip import Stop

Quirk = Callable[[Script, int], None]
"""Does something on the way to the cell; whoever walks there next starts from where it ends."""

# The phone rings or is read: in the middle of an aisle, or before shelves that are of no interest;
# afterwards one walks on slower.
PHONE_AT: Final = (0.15, 0.85)
PHONE_S: Final = (8.0, 70.0)
PHONE_IN_AISLE_P: Final = 0.55
PHONE_SPEED: Final = (0.5, 0.8)
# Someone stops, thinks, turns round, and looks once more at where they came from.
FORGOT_AT: Final = (0.3, 0.8)
FORGOT_S: Final = (2.0, 9.0)
FORGOT_LOOK_S: Final = (5.0, 25.0)
# Lost people go to and fro between a few places near by.
LOST_HOPS: Final = (5, 9)
LOST_PLACES: Final = 3
LOST_WITHIN_M: Final = 14.0
LOST_PAUSE_S: Final = (0.0, 5.0)
# Who finds no way asks; someone comes after a while and shows them.
ASKS_P: Final = 0.45
STAFF_AFTER_S: Final = (12.0, 60.0)
SHOWN_S: Final = (5.0, 20.0)
# Standing aside: a call, a child, a bag.
ASIDE_S: Final = (15.0, 70.0)
# What is too dear is looked at so many times longer, then left; and mostly so is the store.
DEAR_LOOK: Final = (1.3, 2.6)
DEAR_GONE_P: Final = 0.55
# Before paying someone takes a thing back to its shelf, or stands and thinks again.
PUTS_BACK_P: Final = 0.55
PUTS_BACK_S: Final = (4.0, 20.0)
THINKS_S: Final = (8.0, 35.0)
GUILT_GONE_P: Final = 0.2
# Neighbourhood for what happens on the way.
NEAR_M: Final = 12.0


def phone(script: Script, cell: int) -> None:
    """Distracted by the phone."""
    if script.rng.random() < PHONE_IN_AISLE_P:
        part = script.between(PHONE_AT)
        seconds, speed = script.between(PHONE_S), script.between(PHONE_SPEED)
        script.stop_on_the_way(cell, part, seconds, speed)
    else:
        script.go(script.spot_within(NEAR_M), slow=True)
        script.linger(script.between(PHONE_S))


def forgot(script: Script, cell: int) -> None:
    """Forgot what they came for: turns round and goes back."""
    script.turn_back(cell, script.between(FORGOT_AT), script.between(FORGOT_S))
    script.linger(script.between(FORGOT_LOOK_S))


def lost(script: Script, _: int) -> None:
    """To and fro between zones without a stop at any; some ask."""
    places = places_around(script)
    hops = int(script.rng.integers(*LOST_HOPS, endpoint=True))
    for hop in range(hops):
        script.go(places[hop % len(places)], slow=bool(script.rng.random() < 0.5))  # noqa: PLR2004 - a coin
        script.wait(script.between(LOST_PAUSE_S))
    if script.rng.random() < ASKS_P:
        script.note("help_tap")
        script.wait(script.between(STAFF_AFTER_S))
        script.note("staff_help")
        script.wait(script.between(SHOWN_S))


def places_around(script: Script) -> list[int]:
    """A few places near by, each in another zone where there are enough."""
    spots = script.shop.spots
    far_m = script.shop.ways.field(script.cell)
    near = [spots[i] for i in script.rng.permutation(len(spots)).tolist()]
    near = [spot for spot in near if far_m[spot.cell] < LOST_WITHIN_M] or near
    by_zone = {spot.zone: spot.cell for spot in near}
    return [*by_zone.values(), *(spot.cell for spot in near)][:LOST_PLACES]


def aside(script: Script, _: int) -> None:
    """Stand about, away from the shelves."""
    script.go(script.shop.open_cell(script.cell))
    script.linger(script.between(ASIDE_S))


def put_off(script: Script, stop: Stop) -> None:
    """A long look at something that is left where it is: it costs too much."""
    longer_s = stop.dwell_s * script.between(DEAR_LOOK)
    script.look(Stop(stop.cell, longer_s))
    script.is_put_off = bool(script.rng.random() < DEAR_GONE_P)


def guilt(script: Script) -> None:
    """Thinks again before paying: puts something back or hesitates; some go with nothing."""
    taken = [stop for stop in script.stops if stop.items]
    if taken and script.rng.random() < PUTS_BACK_P:
        back = taken[int(script.rng.integers(len(taken)))]
        script.go(back.cell)
        script.linger(script.between(PUTS_BACK_S))
        script.stops = [stop for stop in script.stops if stop is not back]
    else:
        script.go(script.shop.mouth)
        script.wait(script.between(THINKS_S))
    script.is_put_off = bool(script.rng.random() < GUILT_GONE_P)


class Chance(NamedTuple):
    """How often a quirk comes into a visit, at a share of 1 (`Habits.quirks_share`)."""

    quirk: Quirk
    p: float


# Nobody counts these in stores. Set by what one sees: every third visit with the phone, every
# seventh with a search; twice as often, visits no longer have their half at the shelves.
ON_THE_WAY: Final = (
    Chance(phone, 0.30),
    Chance(forgot, 0.12),
    Chance(lost, 0.15),
    Chance(aside, 0.15),
)
PUT_OFF_P: Final = 0.12
GUILT_P: Final = 0.08
