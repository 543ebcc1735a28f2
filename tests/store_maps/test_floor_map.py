from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from store_maps import floor_map
from store_maps.floor_map import FloorMap

Parse = Callable[..., FloorMap]
Document = dict[str, Any]
# Three places on the good map's ground floor, at the height of a tag.
WEST, EAST, SOUTH = [1.0, 6.0, 1.0], [9.0, 6.0, 1.0], [2.0, 0.5, 1.0]


def change_of(name: str, key: str, value: object) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        feature = next(item for item in document["features"] if item["id"] == name)
        feature["properties"][key] = value

    return change


@pytest.mark.parametrize("site", ["library", "mall_f1", "mall_f2", "office"])
def test_every_site_loads(shared: Path, site: str) -> None:
    loaded = floor_map.load(shared / "sites" / site / "map.geojson")
    assert loaded.leaf_zones
    assert loaded.anchors or loaded.beacons


def test_the_map_of_the_visits_loads(shared: Path) -> None:
    assert len(floor_map.load(shared / "visits" / "map-0.geojson").leaf_zones) == 31


def test_every_kind_is_read(good_map: FloorMap) -> None:
    assert (good_map.store_id, good_map.revision) == ("test-store", 3)
    assert good_map.timezone == "Europe/Berlin"
    assert [level.name for level in good_map.levels] == ["L0", "Up"]
    assert good_map.level("L1").ordinal == 1
    assert good_map.level_index("L1") == 1
    assert good_map.zone("fruit").categories == ("fruit",)
    assert good_map.zone("fruit").capacity == 12
    assert good_map.zone("bread").dwell_min_s == 5
    assert [zone.id for zone in good_map.leaf_zones] == ["fruit", "bread", "care", "attic"]
    assert (good_map.fixtures[0].is_shelf, good_map.fixtures[1].is_shelf) == (True, False)
    assert good_map.fixtures[0].height_m == 2
    assert good_map.walls[0].attenuation_db == 4
    assert [opening.category for opening in good_map.openings] == [None, "entrance_exit"]
    assert good_map.anchors[0].agent_id == "test-store.pi-1"
    assert good_map.beacons[0].beacon == "ib-00-1-1"
    assert (good_map.connectors[0].from_level, good_map.connectors[0].to_level) == ("L0", "L1")
    assert good_map.pois[0].name == "Information"
    assert good_map.underlays[0].href == "plans/ground.png"
    assert good_map.document["name"] == "Test store"


def test_what_is_not_there_has_no_name(good_map: FloorMap) -> None:
    for ask in (good_map.zone, good_map.level, good_map.place, good_map.level_index):
        with pytest.raises(KeyError):
            ask("nothing")


def test_a_map_is_frozen(good_map: FloorMap) -> None:
    with pytest.raises(AttributeError):
        good_map.name = "other"  # type: ignore[misc]


def test_places_are_anchors_and_beacons(good_map: FloorMap) -> None:
    assert good_map.place("a1") == (1, 7, 2.5, "L0")
    assert good_map.place("b1") == (9, 7, 1.5, "L0")
    assert good_map.nearest_place(2, 2, "L0") == "a1"
    assert good_map.nearest_place(8, 2, "L0") == "b1"
    assert good_map.nearest_place(8, 2, "L1") is None


def test_sensitivity_goes_from_parent_to_child(good_map: FloorMap, parsed: Parse) -> None:
    said = {zone.id: (zone.sensitive, zone.messages_allowed) for zone in good_map.zones}
    assert said["fruit"] == (False, True)
    assert said["bread"] == (False, False)
    assert said["care"] == (True, False)
    assert said["attic"] == (True, False), "a restroom is sensitive unless the map says no"
    inherited = parsed(change_of("food", "sensitive", True))
    assert inherited.zone("fruit").sensitive
    assert not inherited.zone("fruit").messages_allowed
    spoken = parsed(change_of("care", "messages_allowed", True))
    assert spoken.zone("care").messages_allowed
    assert not parsed(change_of("attic", "sensitive", False)).zone("attic").sensitive


def test_zone_at_takes_arrays_of_any_shape_and_levels(good_map: FloorMap) -> None:
    x_m = np.array([[1.0, 1.0], [8.0, 20.0]])
    y_m = np.array([[1.0, 7.0], [1.0, 1.0]])
    assert good_map.zone_at(x_m, y_m, "L0").tolist() == [[0, 1], [2, -1]]
    assert good_map.zone_at([1, 1], [1, 1], np.array([0, 1])).tolist() == [0, 3]
    assert good_map.zone_at(1.0, 1.0, "L1") == 3
    assert good_map.zone_at([], [], "L0").shape == (0,)


def test_a_shared_border_belongs_to_the_first_zone(good_map: FloorMap) -> None:
    assert good_map.zone_at([3, 6, 6], [4, 2, 4], "L0").tolist() == [0, 0, 0]


@given(
    st_numpy.arrays(
        float, (7, 2), elements=st.floats(-1e4, 1e4) | st.sampled_from([0.0, 4.0, 6.0, 8.0, 10.0])
    )
)
def test_each_point_is_in_the_first_zone_that_covers_it(
    good_session_map: FloorMap, xy_m: np.ndarray[Any, Any]
) -> None:
    loaded = good_session_map
    found = loaded.zone_at(xy_m[:, 0], xy_m[:, 1], "L0")
    for (x_m, y_m), index in zip(xy_m, found, strict=True):
        boxes = [zone.polygon.bounds for zone in loaded.leaf_zones if zone.level == "L0"]
        inside = [
            n
            for n, (left, low, right, top) in enumerate(boxes)
            if left <= x_m <= right and low <= y_m <= top
        ]
        assert index == (inside[0] if inside else -1)


def test_walls_take_their_decibels_unless_an_opening_lets_through(good_map: FloorMap) -> None:
    loss_db = good_map.crossings_db(np.array([WEST]), np.array([EAST, SOUTH]), "L0")
    assert loss_db.tolist() == [[4.0, 3.0]], "the wall to the east, the shelf to the south"
    through_gap = good_map.crossings_db(
        np.array([[5.0, 4.0, 1.0]]), np.array([[7.0, 4.0, 1.0]]), "L0"
    )
    assert through_gap.tolist() == [[0.0]]
    assert good_map.crossings_db(np.array([WEST]), np.array([EAST]), "L1").tolist() == [[0.0]]


@pytest.mark.parametrize(
    ("height_m", "loss_db"),
    [(1.0, 3.0), (1.9, 3.0), (3.0, 0.0)],
    ids=["low", "below the top", "over it"],
)
def test_a_fixture_counts_below_its_height(
    good_map: FloorMap, height_m: float, loss_db: float
) -> None:
    start, end = np.array([[0.5, 1.5, height_m]]), np.array([[3.5, 1.5, height_m]])
    assert good_map.crossings_db(start, end, "L0").tolist() == [[loss_db]]


def test_a_ray_that_only_dips_behind_the_fixture_is_free(good_map: FloorMap) -> None:
    start = np.array([[0.5, 1.5, 3.5]])
    assert good_map.crossings_db(start, np.array([[3.1, 1.5, 2.1]]), "L0").tolist() == [[0.0]]
    assert good_map.crossings_db(start, np.array([[3.9, 1.5, 0.1]]), "L0").tolist() == [[3.0]]


def test_ends_within_a_fixture_and_on_its_face(good_map: FloorMap) -> None:
    inside, face = np.array([[2.0, 1.5, 1.0]]), np.array([[2.0, 2.0, 1.0]])
    north, south = np.array([[2.0, 4.0, 1.0]]), np.array([[2.0, 0.5, 1.0]])
    assert good_map.crossings_db(inside, north, "L0").tolist() == [[3.0]]
    assert good_map.crossings_db(north, inside, "L0").tolist() == [[3.0]]
    assert good_map.crossings_db(face, north, "L0").tolist() == [[0.0]]
    assert good_map.crossings_db(face, south, "L0").tolist() == [[3.0]]
    assert good_map.crossings_db(inside, inside, "L0").tolist() == [[3.0]]


def test_the_walkable_area_is_drawn_or_what_fixtures_leave(
    good_map: FloorMap, parsed: Parse
) -> None:
    assert good_map.walkable_area("L0").area == pytest.approx(80 - 2)

    def drawn(document: Document) -> None:
        area = {"type": "Polygon", "coordinates": [[[0, 0], [5, 0], [5, 5], [0, 5], [0, 0]]]}
        for name, level in (("way", "L0"), ("way-2", "L0"), ("way-3", "L1")):
            properties = {"kind": "walkable", "level": level}
            document["features"].append(
                {"type": "Feature", "id": name, "geometry": area, "properties": properties}
            )

    assert parsed(drawn).walkable_area("L0").area == pytest.approx(25), "fixtures or not"
    assert parsed(drawn).walkable_area("L1").area == pytest.approx(25)


def test_a_zone_and_a_point_have_names_by_language(parsed: Parse) -> None:
    def named(document: Document) -> None:
        for feature in document["features"]:
            if feature["id"] in {"fruit", "info"}:
                more = {"name_de": "Obst", "name_fr": 7, "name_": "x", "name_deutsch": "y"}
                feature["properties"].update(more)

    loaded = parsed(named)
    fruit = loaded.zone("fruit")
    assert fruit.names == (("de", "Obst"),), "what is no text is kept in the file and no name"
    assert [fruit.name_in(one) for one in ("de", "fr")] == ["Obst", "Fruit"]
    (info,) = (one for one in loaded.pois if one.id == "info")
    assert info.names == (("de", "Obst"),)


def test_the_map_sha_is_of_the_meaning_not_of_the_spelling(
    good_map: FloorMap, parsed: Parse
) -> None:
    plain = good_map
    again = parsed(lambda document: document["frame"].update(document["frame"]))
    assert plain.map_sha == again.map_sha
    assert parsed(lambda d: d.update(revision=3)).map_sha == plain.map_sha
    assert parsed(change_of("a1", "height_m", 2.5000001)).map_sha == plain.map_sha
    assert parsed(change_of("info", "name", "Help")).map_sha != plain.map_sha


def test_the_places_sha_keeps_through_edits_of_zones(good_map: FloorMap, parsed: Parse) -> None:
    plain = good_map
    edited = parsed(change_of("fruit", "name", "Fresh fruit"))
    assert edited.places_sha == plain.places_sha
    assert edited.map_sha != plain.map_sha
    for name, key, value in (("a1", "height_m", 2.6), ("shelf", "height_m", 1), ("wall", "a", 1)):
        assert parsed(change_of(name, key, value)).places_sha != plain.places_sha
    backwards = parsed(lambda document: document["features"].reverse())
    assert backwards.places_sha == plain.places_sha


def test_the_canonical_json_stays_what_it_is(good_map: FloorMap) -> None:
    """A radio map in the field is bound to such a hash."""
    assert good_map.map_sha == "3488aa32cf0df77c49c6c972fe4e191dcb80f0c4a2dc274755d82b84fde5a3aa"
