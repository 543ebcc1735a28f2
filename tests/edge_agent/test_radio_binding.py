import msgspec
import pytest

from edge_agent.radio_binding import Binding, Change, Place, changed, changes
from store_maps.floor_map import FloorMap, parse
from tests.edge_agent.small_store import Feature, feature, rectangle, two_zones, wall

AT = Place(x_m=1.0, y_m=2.0, height_m=2.5, level="L0", nominal_dbm_1m=-59.0)
BACK = "it has the others' typical path loss; ops: calibrate again"
SHELF = feature("s", rectangle(4, 4, 2, 1), kind="fixture", category="shelf")
WALL = wall("w", (8.0, 0.0), (8.0, 8.0))


def edited(floor_map: FloorMap, id_: str, **properties: object) -> FloorMap:
    """The map with some properties of one feature changed."""
    document = msgspec.json.decode(msgspec.json.encode(floor_map.document))
    for item in document["features"]:
        if item["id"] == id_:
            item["properties"] |= properties
    return parse(msgspec.json.encode(document))


def test_the_same_map_has_changed_nothing() -> None:
    assert changes(Binding.of(two_zones()), Binding.of(two_zones())) == []
    assert Binding.of(two_zones()).places["p1"] == Place(
        x_m=1.0, y_m=7.0, height_m=2.5, level="L0", nominal_dbm_1m=-59.0
    )


@pytest.mark.parametrize("more", [[SHELF], [WALL], [WALL, SHELF]])
def test_what_stands_in_the_way_counts_and_its_order_and_names_do_not(more: list[Feature]) -> None:
    bare, full = Binding.of(two_zones()), Binding.of(two_zones(*more))
    assert bare.levels_sha == full.levels_sha
    assert bare.obstacles_sha != full.obstacles_sha
    assert [change.anchor for change in changes(bare, full)] == [None]
    assert changes(full, Binding.of(two_zones(*more[::-1]))) == []
    renamed = edited(two_zones(*more), more[0]["id"], name="other", category="rack")
    assert changes(full, Binding.of(renamed)) == []
    thicker = edited(two_zones(*more), more[0]["id"], attenuation_db=9.0)
    assert len(changes(full, Binding.of(thicker))) == 1


def test_a_door_in_a_wall_counts() -> None:
    line = {"type": "LineString", "coordinates": [[8, 3], [8, 5]]}
    door = feature("d", line, kind="opening", category="entrance")
    walled, open_ = Binding.of(two_zones(WALL)), Binding.of(two_zones(WALL, door))
    assert walled.obstacles_sha != open_.obstacles_sha


def test_a_level_is_its_outline_and_height_not_its_name() -> None:
    levels = Binding.of(two_zones()).levels_sha
    assert Binding.of(edited(two_zones(), "L0", name="Ground")).levels_sha == levels
    assert Binding.of(edited(two_zones(), "L0", floor_z_m=1.0)).levels_sha != levels
    assert Binding.of(two_zones(x_m=5.0)).levels_sha != levels


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (AT, ""),
        (msgspec.structs.replace(AT, x_m=1.05), ""),
        (None, f"anchor 'p' is new on the map: {BACK}"),
        (
            msgspec.structs.replace(AT, height_m=1.5),
            f"anchor 'p' moved by 1.00 m, from {AT} to {AT}: {BACK}".replace("2.5", "1.5", 1),
        ),
        (
            msgspec.structs.replace(AT, level="L1"),
            f"anchor 'p' was at {AT}, and is now at {AT}: {BACK}".replace("L0", "L1", 1),
        ),
        (
            msgspec.structs.replace(AT, nominal_dbm_1m=-67.0),
            f"anchor 'p' had -67 dBm at 1 m on the map, and has -59 now: {BACK}",
        ),
    ],
)
def test_why_an_anchor_s_law_holds_no_more(then: Place | None, said: str) -> None:
    assert changed("p", then, AT) == said


def test_a_place_is_shown_as_people_say_it() -> None:
    assert str(AT) == "(1, 2), 2.5 m high, on L0"


def test_an_anchor_that_is_gone_is_said_and_its_law_is_none() -> None:
    now = Binding.of(two_zones())
    then = msgspec.structs.replace(now, places={**now.places, "q": AT})
    assert changes(then, now) == [
        Change("anchor 'q' is no more on the map: ignored; ops: nothing to do", "q")
    ]
