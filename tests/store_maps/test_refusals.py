"""Bad maps are refused word for word, and what is allowed passes."""

from collections.abc import Callable

import pytest

from store_maps import floor_map
from store_maps.floor_map import MapError
from tests.store_maps.bad_maps import (
    BAD,
    Change,
    Document,
    box,
    circle,
    coordinates,
    head,
    member,
    prop,
)

Parse = Callable[..., floor_map.FloorMap]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_map_is_refused_word_for_word(parsed: Parse, name: str) -> None:
    change, expected = BAD[name]
    with pytest.raises(MapError) as refused:
        parsed(change)
    assert str(refused.value) == expected


def test_features_that_are_no_list_are_refused(parsed: Parse) -> None:
    with pytest.raises(MapError, match=r"^the file: features is an object; expected a list of"):
        parsed(head("features", {}))


def test_every_problem_is_reported_at_once(parsed: Parse) -> None:
    def change(document: Document) -> None:
        BAD["version"][0](document)
        BAD["kind"][0](document)
        BAD["anchor outside"][0](document)
        BAD["anchor height missing"][0](document)
        BAD["beacon outside"][0](document)

    with pytest.raises(MapError) as refused:
        parsed(change)
    assert [(p.feature, p.value.split(" ")[0]) for p in refused.value.problems] == [
        (None, "version"),
        ("rug", "kind"),
        ("a1", "height_m"),
        ("a1", "anchor"),
        ("b1", "beacon"),
    ]


def test_an_upload_is_held_to_500_points(parsed: Parse) -> None:
    assert parsed(coordinates("rug", circle(500)), uploaded=True)
    assert parsed(coordinates("rug", circle(5000)))
    with pytest.raises(MapError, match="a ring of 501 points; expected at most 500 points"):
        parsed(coordinates("rug", circle(501)), uploaded=True)


ALLOWED: dict[str, Change] = {
    "5 cm out of the level": coordinates("care", box(6, 0, 10.05, 8)),
    "an anchor in the wall": coordinates("a1", [1, 8.04]),
    "a shelf out of the level": coordinates("shelf", box(-2, 1, 3, 2)),
    "a wall out of the level": coordinates("wall", [[6, -3], [6, 12]]),
    "a door out of the level": coordinates("door", [[-1, 0], [2, 0]]),
    "a lift's two doors": member(
        "stairs", "geometry", {"type": "MultiPoint", "coordinates": [[9, 1], [9, 2]]}
    ),
    "null for silence": prop("fruit", "capacity", None),
    "properties of others": prop("rug", "colour", {"deep": ["grün", 1e300, 0.1]}),
    "no time zone": head("timezone", None),
    "members of others": head("made_by", "hand"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_passes(parsed: Parse, name: str) -> None:
    assert parsed(ALLOWED[name])
