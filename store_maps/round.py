"""A round through a shop: from the door to the last shelf."""

from typing import Final

import msgspec
import numpy as np

from store_maps.quirks import GUILT_P, ON_THE_WAY, PUT_OFF_P, Quirk, aside, guilt, put_off
from store_maps.script import Script
from store_maps.trip import Deeds, Stop, Trip, buy_p, draw_dwell_s, draw_stops

# A browser's walk leads past another shelf near by.
DETOUR_P: Final = 0.45
DETOUR_M: Final = 20.0
# Who looks for one thing and does not find it: quick looks, little taken, criss-cross. These make
# those who leave with nothing walk more (published: 80 % more of their time).
IN_VAIN_P: Final = 0.2
IN_VAIN_LOOK: Final = (0.2, 0.5)
IN_VAIN_KEEPS_P: Final = 0.08
# Someone who compares goes back to one of the last few shelves.
RETURN_AMONG: Final = 3
# Share with the store's page open at the door, and of the others those who open it on the way.
APP_P: Final = 0.5
APP_S: Final = (0.0, 40.0)
APP_LATER_P: Final = 0.2
APP_LATER_S: Final = (40.0, 400.0)
# Of groups: those who stop for a talk once.
TALK_P: Final = 0.4


def shop_round(script: Script, trip: Trip, *, talks: bool) -> bool:
    """All shelves of a visit.

    Args:
        script: at the entrance.
        trip: what they came for.
        talks: once, more than one of them, they stop for a talk.

    Returns:
        whether they now go to the tills.
    """
    rng = script.rng
    open_app(script)
    stops = draw_stops(script.shop, trip, script.person, rng)
    if happens(script, IN_VAIN_P):
        trip = msgspec.structs.replace(trip, browse_p=0.0, return_p=trip.return_p / 2)
        stops = [in_vain(script, stops[place]) for place in rng.permutation(len(stops)).tolist()]
    quirks = drawn_quirks(script, len(stops), talks=talks)
    dear = int(rng.integers(len(stops))) if happens(script, PUT_OFF_P) else -1
    for place, stop in enumerate(stops):
        for at, quirk in quirks:
            if at == place:
                quirk(script, stop.cell)
        visit_shelf(script, trip, stop, is_dear=place == dear)
        if script.is_put_off:
            return False
    if not script.basket or rng.random() >= buys_p(script, trip):
        return False
    if happens(script, GUILT_P):
        guilt(script)
    return bool(script.basket) and not script.is_put_off


def in_vain(script: Script, stop: Stop) -> Stop:
    """A stop at a shelf that mostly has not what is looked for."""
    keeps = script.rng.random() < IN_VAIN_KEEPS_P
    look_s = stop.dwell_s * script.between(IN_VAIN_LOOK)
    return Stop(stop.cell, look_s, stop.items if keeps else ())


def happens(script: Script, p: float) -> bool:
    """Whether a quirk of such a chance comes into this visit."""
    return bool(script.rng.random() < p * script.person.quirks_share)


def open_app(script: Script) -> None:
    """Who opens the store's page; some of them look products up."""
    rng = script.rng
    if rng.random() < APP_P:
        script.note("app_open", script.between(APP_S))
    elif rng.random() < APP_LATER_P:
        script.note("app_open", script.between(APP_LATER_S))
    script.scans = bool(script.events) and bool(rng.random() < script.person.scan_p / APP_P)


def drawn_quirks(script: Script, stops: int, *, talks: bool) -> list[tuple[int, Quirk]]:
    """What comes between, and before which stop."""
    wanted = [chance.quirk for chance in ON_THE_WAY if happens(script, chance.p)]
    if talks and script.rng.random() < TALK_P:
        wanted.append(aside)
    return [(int(script.rng.integers(stops)), quirk) for quirk in wanted]


def visit_shelf(script: Script, trip: Trip, stop: Stop, *, is_dear: bool) -> None:
    """Walk to a shelf, look, and maybe go back to one before."""
    rng = script.rng
    slow = bool(rng.random() < trip.browse_p)
    if slow and rng.random() < DETOUR_P:
        script.go(script.spot_within(DETOUR_M), slow=True)
    if is_dear:
        put_off(script, stop)
        return
    script.look(stop, slow=slow)
    if len(script.stops) > 1 and rng.random() < trip.return_p:
        recent = script.stops[-1 - RETURN_AMONG : -1]
        back = recent[int(rng.integers(len(recent)))]
        script.look(Stop(back.cell, draw_dwell_s(trip, script.person, rng)))


def buys_p(script: Script, trip: Trip) -> float:
    """How likely they buy, by what they did."""
    usual_s = script.person.dwell_s * trip.dwell * float(np.exp(trip.dwell_sigma**2 / 2))
    kinds = {event.kind for event in script.events}
    did = Deeds(
        stops=len(script.stops),
        dwell_share=float(np.mean([stop.dwell_s for stop in script.stops])) / usual_s,
        things=len(script.basket),
        opened="app_open" in kinds,
        scanned="scan" in kinds,
    )
    return buy_p(trip, did)
