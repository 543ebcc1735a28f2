"""Zones and points by what people call them."""

from hub_server.place.places import Places
from hub_server.place.routes import Routes
from tests.hub_server.drawn_floor import NORTH, SHELF, SOUTH, drawn, rect

WC = (
    "wc",
    {"type": "Point", "coordinates": [6, 1]},
    {"kind": "poi", "name": "Room 3", "category": "toilet"},
)
NOOK = (
    "nook",
    {"type": "Point", "coordinates": [6, 1.5]},
    {"kind": "poi", "name": "Reading nook"},
)
OFFICE = (
    "office",
    rect(0, 0, 2, 1),
    {"kind": "zone", "name": "Office", "zone_type": "staff", "parent": None},
)


def test_by_name_or_by_what_it_is_but_not_what_is_for_staff() -> None:
    floor_map = drawn(SHELF, SOUTH, NORTH, WC, NOOK, OFFICE)
    places = Places(floor_map, Routes(floor_map))
    for text in ("toilet", "Toiletten", "WC", "restroom", "room 3"):
        assert [one.id for one in places.find(text, 3)] == ["wc"], text
    assert [one.id for one in places.find("nook", 3)] == ["nook"]
    assert places.find("office", 3) == places.find("toilex", 3) == []
    assert places.cell("wc") >= 0
    assert places.cell("office") == -1
    assert places.holds("north", "north")
    assert not places.holds("north", "south")
