"""What makes drawn stores differ: service counters, store rooms, pillars, racks at the tills."""

from typing import Final

from store_maps.feature import SHELF_CATEGORIES
from store_maps.plan import (
    WAY_M,
    Box,
    Piece,
    Plan,
    Rng,
    Service,
    Till,
    chance,
    clear_of,
    grown,
    is_clear,
    span,
)
from store_maps.shelving import FAMILIES, Hall
from store_maps.store_front import doors, front_tills, inner_tills, keep_free

# Width and depth of each family's stores, 15 x 10 to 60 x 40 m together; drawn evenly by their
# logarithm, as small stores are the common ones.
SIZES_M: Final = {
    "grid": ((18.0, 60.0), (15.0, 40.0)),
    "islands": ((15.0, 50.0), (12.0, 32.0)),
    "boutique": ((11.0, 20.0), (10.0, 16.0)),
    "racetrack": ((20.0, 60.0), (17.0, 40.0)),
}
LONGEST_TO_SHORTEST: Final = 2.5
# With fewer there is nothing to walk to and fro between; one store in 100 is drawn again.
SHELVES_MIN: Final = 5
FRONT_M: Final = (4.2, 7.0)
FRONT_WITHOUT_TILLS_M: Final = (2.2, 4.0)
# How often one pays away from the front.
INNER_TILLS_P: Final = {"grid": 0.05, "islands": 0.25, "boutique": 0.5, "racetrack": 0.1}
# A counter with somebody behind it (cheese, advice), as long as this, and who waits before it.
SERVICE_P: Final = 0.3
SERVICE_LONG_M: Final = (2.5, 7.0)
SERVICE_DEEP_M: Final = 0.9
WAITING_M: Final = 1.8
# A store room or a cellar's stairs cuts a corner off the floor.
ROOM_P: Final = 0.2
ROOM_M: Final = (2.5, 6.0)
ROOM_SHARE: Final = 0.3
PILLARS_P: Final = 0.25
PILLAR_M: Final = (0.3, 0.6)
PILLARS_APART_M: Final = (6.0, 9.0)
# Chewing gum and batteries: where a shopper at a till and one at a shelf stand side by side.
TILL_RACKS_P: Final = 0.6
TILL_RACKS: Final = 4
TILL_RACK_M: Final = ((0.4, 1.2), (0.4, 0.8))
TILL_RACK_WAY_M: Final = (1.2, 2.6)
# Tables with offers in the front strip.
OFFERS_P: Final = 0.5
OFFERS: Final = 3


def furnished(rng: Rng, family: str) -> Plan:
    """A store of a family with everything in it, and goods to look at."""
    plan = _drawn(rng, family)
    while sum(piece.category in SHELF_CATEGORIES for piece in plan.pieces) < SHELVES_MIN:
        plan = _drawn(rng, family)
    return plan


def _drawn(rng: Rng, family: str) -> Plan:
    hall, has_inner = _hall(rng, family)
    width_m, front_m, depth_m = hall.width_m, hall.front_m, hall.depth_m
    ways = doors(rng, width_m, front_m)
    if has_inner:
        tills = inner_tills(rng, width_m, depth_m, front_m)
    else:
        tills = front_tills(rng, width_m, ways)
    services = _services(rng, hall, tills)
    rooms = _rooms(rng, hall, [*(t.box for t in tills), *(s.waiting for s in services)])
    fixed = [*(Piece(s.box, "counter") for s in services), *rooms]
    goods = FAMILIES[family](rng, hall)
    solid = [piece.box for piece in fixed]
    keep = keep_free(ways, tills)
    walls = clear_of(clear_of(goods.walls, solid, 0.0), keep, WAY_M - 0.2)
    floor = clear_of(clear_of(goods.floor, solid), keep, WAY_M - 0.2)
    standing = [*fixed, *walls, *floor]
    standing += _extras(rng, hall, tills, keep, [piece.box for piece in standing])
    return Plan(width_m, depth_m, front_m, ways, tills, tuple(standing), services, goods.rows)


def _hall(rng: Rng, family: str) -> tuple[Hall, bool]:
    (least_w, most_w), (least_d, most_d) = SIZES_M[family]
    width_m = least_w * (most_w / least_w) ** rng.random()
    depth_m = least_d * (most_d / least_d) ** rng.random()
    depth_m = min(max(depth_m, width_m / LONGEST_TO_SHORTEST), most_d)
    has_inner = chance(rng, INNER_TILLS_P[family])
    front_m = span(rng, FRONT_WITHOUT_TILLS_M if has_inner else FRONT_M)
    return Hall(round(width_m, 2), front_m, round(depth_m, 2)), has_inner


def _services(rng: Rng, hall: Hall, tills: tuple[Till, ...]) -> tuple[Service, ...]:
    """A counter at the back wall, where no till is."""
    if not chance(rng, SERVICE_P):
        return ()
    long_m = min(span(rng, SERVICE_LONG_M), hall.width_m / 2)
    left_m = span(rng, (0.0, hall.width_m - long_m))
    bottom_m = hall.depth_m - SERVICE_DEEP_M
    box = (left_m, bottom_m, left_m + long_m, hall.depth_m)
    waiting = (left_m, bottom_m - WAITING_M, left_m + long_m, bottom_m)
    return (Service(box, waiting),) if is_clear(waiting, (t.box for t in tills)) else ()


def _rooms(rng: Rng, hall: Hall, keep: list[Box]) -> list[Piece]:
    """A closed room in a corner at the back."""
    if not chance(rng, ROOM_P):
        return []
    wide_m = min(span(rng, ROOM_M), hall.width_m * ROOM_SHARE)
    deep_m = min(span(rng, ROOM_M), (hall.depth_m - hall.front_m) * ROOM_SHARE)
    left_m = 0.0 if chance(rng, 0.5) else hall.width_m - wide_m
    box = (left_m, hall.depth_m - deep_m, left_m + wide_m, hall.depth_m)
    return [Piece(box, "room")] if is_clear(box, keep) else []


def _extras(
    rng: Rng, hall: Hall, tills: tuple[Till, ...], keep: list[Box], standing: list[Box]
) -> list[Piece]:
    """What is put where there is room: racks at the tills, offers, pillars."""
    wanted = [*_till_racks(rng, tills), *_offers(rng, hall), *_pillars(rng, hall)]
    out: list[Piece] = []
    for piece in wanted:
        others = [*keep, *standing, *(other.box for other in out)]
        inside = is_inside(piece.box, hall)
        if inside and is_clear(piece.box, others):
            out.append(piece)
    return out


def is_inside(box: Box, hall: Hall) -> bool:
    """Whether a box leaves the outer walls free, or stands in the hall at all."""
    return min(box[0], box[1], hall.width_m - box[2], hall.depth_m - box[3]) > 0.0


def _till_racks(rng: Rng, tills: tuple[Till, ...]) -> list[Piece]:
    if not chance(rng, TILL_RACKS_P):
        return []
    out: list[Piece] = []
    for _ in range(TILL_RACKS):
        wide_m, deep_m = (span(rng, m) for m in TILL_RACK_M)
        ring = grown(tills[int(rng.integers(len(tills)))].box, span(rng, TILL_RACK_WAY_M) + 0.2)
        above = chance(rng, 0.6)
        x_m = span(rng, (ring[0], ring[2])) if above else ring[2]
        y_m = ring[3] if above else span(rng, (ring[1], ring[3]))
        category = ("rack", "endcap", "shelf")[int(rng.integers(3))]
        out.append(Piece((x_m, y_m, x_m + wide_m, y_m + deep_m), category))
    return out


def _offers(rng: Rng, hall: Hall) -> list[Piece]:
    if not chance(rng, OFFERS_P):
        return []
    places = [
        (span(rng, (1.5, hall.width_m - 2.5)), span(rng, (1.2, hall.front_m)))
        for _ in range(OFFERS)
    ]
    return [Piece((x, y, x + span(rng, (0.6, 1.4)), y + 0.8), "table") for x, y in places]


def _pillars(rng: Rng, hall: Hall) -> list[Piece]:
    if not chance(rng, PILLARS_P):
        return []
    apart_m, side_m = span(rng, PILLARS_APART_M), span(rng, PILLAR_M)
    return [
        Piece((x, y, x + side_m, y + side_m), "pillar")
        for x in (apart_m * k for k in range(1, int(hall.width_m / apart_m) + 1))
        for y in (apart_m * k for k in range(1, int(hall.depth_m / apart_m) + 1))
    ]
