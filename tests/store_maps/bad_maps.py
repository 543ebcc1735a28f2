"""A good map made bad in one place, and what is said of it, word for word: the table."""

import math
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Change = Callable[[Document], object]

AUTHOR = "(the map's author mends it)"
SENDER = "(who exported the file mends it)"
IDS = "1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit"
WORDS = "a text of 1 to 200 printable characters"
KINDS = (
    "one of level, walkable, zone, fixture, wall, opening, checkout, anchor, beacon, connector, "
    "poi, underlay"
)
TYPES = (
    "one of department, aisle, bay, entrance, checkout, service, queue, cart_bay, fitting_room, "
    "restroom, staff"
)
METRES = "a finite number of metres from -10000 to 10000"


def find(document: Document, name: str) -> Document:
    return next(item for item in document["features"] if item["id"] == name)


def head(key: str, value: object) -> Change:
    return lambda document: document.__setitem__(key, value)


def member(name: str, key: str, value: object) -> Change:
    return lambda document: find(document, name).__setitem__(key, value)


def prop(name: str, key: str, value: object) -> Change:
    return lambda document: find(document, name)["properties"].__setitem__(key, value)


def without(name: str, key: str) -> Change:
    return lambda document: find(document, name)["properties"].pop(key)


def coordinates(name: str, value: object) -> Change:
    return lambda document: find(document, name)["geometry"].__setitem__("coordinates", value)


def drop_levels(document: Document) -> None:
    document["features"] = [f for f in document["features"] if f["properties"]["kind"] != "level"]


def circle(points: int) -> list[list[list[float]]]:
    angles = [2 * math.pi * i / (points - 1) for i in range(points - 1)]
    ring = [[3 + math.cos(a), 3 + math.sin(a)] for a in angles]
    return [[*ring, ring[0]]]


def box(x_0: float, y_0: float, x_1: float, y_1: float) -> list[list[list[float]]]:
    return [[[x_0, y_0], [x_1, y_0], [x_1, y_1], [x_0, y_1], [x_0, y_0]]]


BAD: dict[str, tuple[Change, str]] = {
    # The head.
    "type": (
        head("type", "Feature"),
        f'the file: type is "Feature"; expected "FeatureCollection" {AUTHOR}',
    ),
    "format": (
        head("format", None),
        f'the file: format is null; expected "floor-map" {AUTHOR}',
    ),
    "version": (head("version", 2), f"the file: version is 2; expected 1 {AUTHOR}"),
    "version true": (
        head("version", True),
        f"the file: version is true; expected 1 {AUTHOR}",
    ),
    "store id": (
        head("store_id", "a/b"),
        f'the file: store_id is "a/b"; expected {IDS} {AUTHOR}',
    ),
    "name": (head("name", ""), f'the file: name is ""; expected {WORDS} {AUTHOR}'),
    "revision": (
        head("revision", 1.5),
        f"the file: revision is 1.5; expected a whole number {AUTHOR}",
    ),
    "timezone": (
        head("timezone", "Mars time"),
        'the file: timezone is "Mars time"; expected a name such as Europe/Berlin ' + AUTHOR,
    ),
    "units": (
        head("frame", {"units": "ft"}),
        f'the file: frame is an object; expected an object with "units": "m" {AUTHOR}',
    ),
    # Ids, kinds, levels.
    "id twice": (
        member("rug", "id", "shelf"),
        f"shelf: features[8]: id is that of features[7] too; expected each id once {AUTHOR}",
    ),
    "id unsafe": (
        member("rug", "id", "rug/+"),
        f'features[8]: id is "rug/+"; expected {IDS} {AUTHOR}',
    ),
    "id of umlauts": (
        member("rug", "id", "tür"),
        f'features[8]: id is "tür"; expected {IDS} {AUTHOR}',
    ),
    "id of a newline": (
        member("rug", "id", "rug\n"),
        f'features[8]: id is "rug\\n"; expected {IDS} {AUTHOR}',
    ),
    "id too long": (
        member("rug", "id", "r" * 65),
        f'features[8]: id is "{"r" * 60}…"; expected {IDS} {AUTHOR}',
    ),
    "id a number": (
        member("rug", "id", 7),
        f"features[8]: id is 7; expected {IDS} {AUTHOR}",
    ),
    "id a list": (
        member("rug", "id", [1, 2]),
        f"features[8]: id is a list of 2; expected {IDS} {AUTHOR}",
    ),
    "id missing": (
        lambda document: find(document, "rug").pop("id"),
        f"features[8]: id is missing; expected {IDS} {AUTHOR}",
    ),
    "kind": (
        prop("rug", "kind", "carpet"),
        f'rug: kind is "carpet"; expected {KINDS} {AUTHOR}',
    ),
    "kind a list": (
        prop("rug", "kind", []),
        f"rug: kind is a list of 0; expected {KINDS} {AUTHOR}",
    ),
    "level unknown": (
        prop("rug", "level", "L9"),
        f'rug: level is "L9"; expected a level of this map: L0, L1 {AUTHOR}',
    ),
    "level missing": (
        without("rug", "level"),
        f"rug: level is missing; expected the level's id: {IDS} {AUTHOR}",
    ),
    "level twice": (
        prop("upper", "level", "L0"),
        (
            f'upper: level is "L0", as in ground; expected each level once {AUTHOR}\n'
            f'attic: level is "L1"; expected a level of this map: L0 {AUTHOR}\n'
            f'stairs: to is "L1"; expected a level of this map: L0 {AUTHOR}'
        ),
    ),
    "no level": (
        drop_levels,
        f"the file: no feature of kind level; expected at least one {AUTHOR}",
    ),
    "connector's level": (
        prop("stairs", "to", "L7"),
        f'stairs: to is "L7"; expected a level of this map: L0, L1 {AUTHOR}',
    ),
    # Features and properties.
    "no feature": (
        lambda document: document["features"].append("zone"),
        f'features[19]: a feature is "zone"; expected an object {AUTHOR}',
    ),
    "feature type": (
        member("rug", "type", "Thing"),
        f'rug: type is "Thing"; expected "Feature" {AUTHOR}',
    ),
    "properties": (
        member("rug", "properties", None),
        f"rug: properties is null; expected an object {AUTHOR}",
    ),
    "ordinal missing": (
        without("upper", "ordinal"),
        f"upper: ordinal is missing; expected a whole number from -100 to 200 {AUTHOR}",
    ),
    "ordinal true": (
        prop("upper", "ordinal", True),
        f"upper: ordinal is true; expected a whole number from -100 to 200 {AUTHOR}",
    ),
    "zone name": (
        prop("fruit", "name", "a\nb"),
        f'fruit: name is "a\\nb"; expected {WORDS} {AUTHOR}',
    ),
    "zone type": (
        prop("fruit", "zone_type", "shop"),
        f'fruit: zone_type is "shop"; expected {TYPES} {AUTHOR}',
    ),
    "zone type null": (
        prop("care", "zone_type", None),
        f"care: zone_type is null; expected {TYPES} {AUTHOR}",
    ),
    "capacity": (
        prop("fruit", "capacity", -1),
        f"fruit: capacity is -1; expected a whole number from 0 to 1000000 {AUTHOR}",
    ),
    "categories": (
        prop("fruit", "categories", ["a", 1]),
        f"fruit: categories is a list of 2; expected a list of texts {AUTHOR}",
    ),
    "sensitive": (
        prop("care", "sensitive", "yes"),
        f'care: sensitive is "yes"; expected true or false {AUTHOR}',
    ),
    "attenuation": (
        prop("wall", "attenuation_db", "4"),
        f'wall: attenuation_db is "4"; expected a number from 0 to 100 {AUTHOR}',
    ),
    "opening category": (
        prop("door", "category", "in"),
        'door: category is "in"; expected one of entrance, exit, entrance_exit, emergency, staff '
        + AUTHOR,
    ),
    "anchor height missing": (
        without("a1", "height_m"),
        f"a1: height_m is missing; expected a number from 0 to 100 {AUTHOR}",
    ),
    "anchor height huge": (
        prop("a1", "height_m", 10**400),
        f"a1: height_m is 1{'0' * 59}…; expected a number from 0 to 100 {AUTHOR}",
    ),
    "beacon identity": (
        prop("b1", "beacon", "ib 1"),
        f'b1: beacon is "ib 1"; expected what the beacon advertises: {IDS} {AUTHOR}',
    ),
    "picture elsewhere": (
        prop("plan", "href", "https://example.org/x.png"),
        'plan: href is "https://example.org/x.png"; expected the path of a picture beside the map '
        + AUTHOR,
    ),
    "picture above": (
        prop("plan", "href", "../x.png"),
        f'plan: href is "../x.png"; expected the path of a picture beside the map {AUTHOR}',
    ),
    # Geometry.
    "geometry missing": (
        member("rug", "geometry", None),
        f"rug: geometry is null; expected Polygon {AUTHOR}",
    ),
    "geometry type": (
        member("a1", "geometry", {"type": "Polygon", "coordinates": []}),
        f'a1: geometry is "Polygon"; expected Point {AUTHOR}',
    ),
    "geometry type a list": (
        member("fruit", "geometry", {"type": [], "coordinates": []}),
        f"fruit: geometry is a list of 0; expected Polygon or MultiPolygon {AUTHOR}",
    ),
    "no rings": (
        coordinates("rug", []),
        f"rug: coordinates hold a list of 0; expected a list of rings {AUTHOR}",
    ),
    "ring a number": (
        coordinates("rug", [7]),
        f"rug: coordinates hold 7; expected a list of points {AUTHOR}",
    ),
    "ring short": (
        coordinates("rug", [[[4, 5], [5, 5], [4, 5]]]),
        f"rug: a ring of 3 points; expected at least 4 points {AUTHOR}",
    ),
    "ring open": (
        coordinates("rug", [[[4, 5], [5, 5], [5, 6], [4, 6]]]),
        f"rug: a ring that ends at [4, 6]; expected its first point, [4, 5], again {AUTHOR}",
    ),
    "ring crossed": (
        coordinates("rug", [[[4, 5], [5, 6], [5, 5], [4, 6], [4, 5]]]),
        (
            "rug: geometry is not valid: Self-intersection[4.5 5.5]; expected an outline that does "
            f"not cross or touch itself {AUTHOR}"
        ),
    ),
    "ring long": (
        coordinates("rug", circle(5001)),
        f"rug: a ring of 5,001 points; expected at most 5,000 points {SENDER}",
    ),
    "line short": (
        coordinates("wall", [[6, 0]]),
        f"wall: a line of 1 points; expected at least 2 points {AUTHOR}",
    ),
    "line of one place": (
        coordinates("wall", [[6, 0], [6, 0]]),
        (
            "wall: geometry is not valid: Too few points in geometry component[6 0]; expected an "
            f"outline that does not cross or touch itself {AUTHOR}"
        ),
    ),
    "coordinate NaN": (
        coordinates("a1", [math.nan, 1]),
        f"a1: a coordinate is NaN; expected {METRES} {AUTHOR}",
    ),
    "coordinate infinite": (
        coordinates("a1", [1, -math.inf]),
        f"a1: a coordinate is -Infinity; expected {METRES} {AUTHOR}",
    ),
    "coordinate far": (
        coordinates("a1", [10_000.5, 1]),
        f"a1: a coordinate is 10000.5; expected {METRES} {AUTHOR}",
    ),
    "coordinate text": (
        coordinates("a1", ["1", 1]),
        f'a1: a coordinate is "1"; expected {METRES} {AUTHOR}',
    ),
    "coordinate true": (
        coordinates("a1", [True, 1]),
        f"a1: a coordinate is true; expected {METRES} {AUTHOR}",
    ),
    "coordinate of three": (
        coordinates("a1", [1, 1, 1]),
        f"a1: a coordinate is a list of 3; expected [x, y] in metres, two numbers {AUTHOR}",
    ),
    # How features lie.
    "parent unknown": (
        prop("fruit", "parent", "foods"),
        f'fruit: parent is "foods"; expected the id of a zone, or null {AUTHOR}',
    ),
    "parent no zone": (
        prop("fruit", "parent", "shelf"),
        f'fruit: parent is "shelf"; expected the id of a zone, or null {AUTHOR}',
    ),
    "parent missing": (
        without("fruit", "parent"),
        f"fruit: parent is missing; expected a zone's id ({IDS}) or null {AUTHOR}",
    ),
    "parent upstairs": (
        prop("fruit", "parent", "attic"),
        f"fruit: parent attic is on level L1; expected a zone of level L0 {AUTHOR}",
    ),
    "parent of itself": (
        prop("food", "parent", "food"),
        f"food: parent leads back to the zone itself; expected a tree of zones {AUTHOR}",
    ),
    "zone out of its level": (
        coordinates("care", box(6, 0, 10.051, 8)),
        "care: zone at (8.026, 4.000) reaches out of level L0; expected at most 5 cm outside "
        + AUTHOR,
    ),
    "zone out of its parent": (
        coordinates("fruit", box(0, 0, 6.06, 4)),
        "fruit: zone at (3.030, 2.000) reaches out of parent food; expected at most 5 cm outside "
        + AUTHOR,
    ),
    "anchor outside": (
        coordinates("a1", [1, 9]),
        (
            f"a1: anchor at (1.000, 9.000) reaches out of level L0; expected at most 5 cm outside "
            f"{AUTHOR}"
        ),
    ),
    "beacon outside": (
        coordinates("b1", [-1, 1]),
        (
            f"b1: beacon at (-1.000, 1.000) reaches out of level L0; expected at most 5 cm outside "
            f"{AUTHOR}"
        ),
    ),
    "checkout outside": (
        coordinates("till-2", [5, -0.2]),
        (
            "till-2: checkout at (5.000, -0.200) reaches out of level L0; expected at most 5 cm "
            f"outside {AUTHOR}"
        ),
    ),
    "zone over a courtyard": (
        lambda document: find(document, "ground")["geometry"]["coordinates"].append(
            box(7, 6, 9, 6.5)[0][::-1]
        ),
        (
            f"care: zone at (8.000, 4.000) reaches out of level L0; expected at most 5 cm outside "
            f"{AUTHOR}"
        ),
    ),
    "identity twice": (
        lambda document: document["features"].append(
            find(document, "b1") | {"id": "b2"},
        ),
        f'b2: beacon is "ib-00-1-1", as in b1; expected each identity once {AUTHOR}',
    ),
    "NaN where nobody looks": (
        prop("rug", "colour", [1, math.nan]),
        f"rug: a number that is not finite; expected finite numbers; JSON knows no NaN {AUTHOR}",
    ),
    "NaN in the head": (
        head("scale", math.inf),
        "the file: a number that is not finite; expected finite numbers; JSON knows no NaN "
        + AUTHOR,
    ),
}
