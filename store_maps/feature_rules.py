"""What each kind of feature must say: one table, and the walk over it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from store_maps.document import ID_FORM, is_id, is_text, is_whole
from store_maps.feature import ZONE_TYPES
from store_maps.problem import AUTHOR, Problem, shown

# Metres; farther than any building, near enough that squares of lengths stay exact.
COORDINATE_MAX_M: Final = 10_000.0


class Rule(msgspec.Struct, frozen=True):
    """One property: when it is good, and what it is where the map is silent."""

    holds: Callable[[object], bool]
    expected: str
    required: bool = False
    default: object = None
    nullable: bool = False
    """Null is an answer, though the property must be there."""
    attribute: str | None = None
    """The field of the parsed feature, where it is not the property's own name."""


class Kind(msgspec.Struct, frozen=True):
    """One kind of feature: its geometry and its properties."""

    geometry_types: tuple[str, ...]
    rules: Mapping[str, Rule]


def number(low: float, high: float, *, required: bool = False, default: object = None) -> Rule:
    """A finite number within bounds."""

    def holds(value: object) -> bool:
        return type(value) in {int, float} and low <= value <= high  # type: ignore[operator]

    return Rule(holds, f"a number from {low:g} to {high:g}", required, default)


def whole(low: int, high: int, *, required: bool = False) -> Rule:
    """A whole number within bounds."""

    def holds(value: object) -> bool:
        return is_whole(value) and low <= value <= high  # type: ignore[operator]

    return Rule(holds, f"a whole number from {low} to {high}", required)


def text(*, required: bool = False, default: object = None) -> Rule:
    """A short printable text."""
    return Rule(is_text, "a text of 1 to 200 printable characters", required, default)


def name_of(what: str, *, required: bool = False, attribute: str | None = None) -> Rule:
    """A safe id."""
    return Rule(is_id, f"{what}: {ID_FORM}", required=required, attribute=attribute)


def one_of(*words: str, required: bool = False) -> Rule:
    """A word of a closed list."""
    return Rule(lambda value: value in words, f"one of {', '.join(words)}", required)


def flag(*, default: object = None) -> Rule:
    """True or false."""
    return Rule(lambda value: isinstance(value, bool), "true or false", default=default)


def is_text_list(value: object) -> bool:
    """Whether the value is a list of short printable texts."""
    return isinstance(value, list) and all(is_text(item) for item in value)


def is_picture(value: object) -> bool:
    """Whether the value names a picture beside the map: nothing is fetched from elsewhere."""
    return isinstance(value, str) and all(is_id(part) for part in value.split("/"))


LEVEL: Final = name_of("the level's id", required=True)
HEIGHT: Final = number(0, 100, required=True)
AREA: Final = ("Polygon", "MultiPolygon")

KINDS: Final[Mapping[str, Kind]] = {
    "level": Kind(
        AREA,
        {
            "level": LEVEL,
            "ordinal": whole(-100, 200, required=True),
            "name": text(),
            "floor_z_m": number(-1_000, 1_000, default=0.0),
            "ceiling_m": number(0, 100),
        },
    ),
    "walkable": Kind(AREA, {"level": LEVEL}),
    "zone": Kind(
        AREA,
        {
            "level": LEVEL,
            "name": text(required=True),
            "zone_type": one_of(*ZONE_TYPES, required=True),
            "parent": Rule(is_id, f"a zone's id ({ID_FORM}) or null", required=True, nullable=True),
            "capacity": whole(0, 1_000_000),
            "categories": Rule(is_text_list, "a list of texts", default=()),
            "messages_allowed": flag(),
            "sensitive": flag(),
            "dwell_min_s": number(0, 86_400),
        },
    ),
    "fixture": Kind(
        ("Polygon",),
        {
            "level": LEVEL,
            "category": text(default="fixture"),
            "name": text(default=""),
            "height_m": number(0, 100, default=2.0),
            "attenuation_db": number(0, 100, default=0.0),
            "blocks_walking": flag(default=True),
        },
    ),
    "wall": Kind(
        ("LineString",),
        {
            "level": LEVEL,
            "attenuation_db": number(0, 100, default=4.0),
            "thickness_m": number(0, 10),
        },
    ),
    "opening": Kind(
        ("LineString",),
        {
            "level": LEVEL,
            "category": one_of("entrance", "exit", "entrance_exit", "emergency", "staff"),
        },
    ),
    "checkout": Kind(
        ("Polygon", "Point"),
        {"level": LEVEL, "category": one_of("staffed", "self", "scan_and_go")},
    ),
    "anchor": Kind(
        ("Point",),
        {
            "level": LEVEL,
            "height_m": HEIGHT,
            "rssi_offset_db": number(-60, 60, default=0.0),
            "agent_id": name_of("an agent's id"),
        },
    ),
    "beacon": Kind(
        ("Point",),
        {
            "level": LEVEL,
            "height_m": HEIGHT,
            "beacon": name_of("what the beacon advertises", required=True),
            "tx_power_dbm_1m": number(-127, 20),
        },
    ),
    "connector": Kind(
        ("LineString", "MultiPoint"),
        {
            "category": one_of("elevator", "escalator", "stairs", "ramp", required=True),
            "from": name_of("a level's id", required=True, attribute="from_level"),
            "to": name_of("a level's id", required=True, attribute="to_level"),
            "wheelchair": flag(),
            "cost_s": number(0, 86_400),
        },
    ),
    "poi": Kind(("Point",), {"level": LEVEL, "name": text(default=""), "category": text()}),
    "underlay": Kind(
        ("Polygon",),
        {
            "level": LEVEL,
            "href": Rule(is_picture, "the path of a picture beside the map"),
            "opacity": number(0, 1, default=1.0),
        },
    ),
}


def property_problems(
    feature: str, kind: Kind, properties: Mapping[str, object]
) -> Iterator[tuple[str, Problem]]:
    """Each property that is wrong, and why; those that the table does not list are kept."""
    for key, rule in kind.rules.items():
        if key not in properties:
            if rule.required:
                yield key, Problem(feature, f"{key} is missing", rule.expected, AUTHOR)
            continue
        value = properties[key]
        is_silent = value is None and (rule.nullable or not rule.required)
        if not is_silent and not rule.holds(value):
            yield key, Problem(feature, f"{key} is {shown(value)}", rule.expected, AUTHOR)


def values(kind: Kind, properties: Mapping[str, object]) -> dict[str, object]:
    """The properties as fields of the parsed feature, with the defaults in place."""
    result: dict[str, object] = {}
    for key, rule in kind.rules.items():
        value = properties.get(key)
        result[rule.attribute or key] = rule.default if value is None else value
    return result
