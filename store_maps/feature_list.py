"""The features of a map file, each checked by itself."""

from collections.abc import Iterator, Mapping

import msgspec
import shapely

from store_maps.document import ID_FORM, is_id
from store_maps.feature_rules import KINDS, property_problems
from store_maps.geometry_rules import read_geometry
from store_maps.problem import AUTHOR, PROBLEMS_MAX, Problem, shown


class Feature(msgspec.Struct, frozen=True):
    """A feature that is sound by itself; how it lies among the others is not known yet."""

    id: str
    kind: str
    properties: Mapping[str, object]
    geometry: shapely.Geometry


def read_features(items: list[object], points_max: int) -> tuple[list[Feature], list[Problem]]:
    """The sound features, and every problem of the others."""
    features: list[Feature] = []
    problems: list[Problem] = []
    first_index: dict[str, int] = {}
    for index, item in enumerate(items):
        if len(problems) > PROBLEMS_MAX:
            break
        name, found = named(index, item, first_index)
        problems += found
        if isinstance(item, dict):
            result = read_feature(name, item, points_max)
            problems += (entry for entry in result if isinstance(entry, Problem))
            features += (entry for entry in result if isinstance(entry, Feature))
    return features, problems


def named(index: int, item: object, first_index: dict[str, int]) -> tuple[str, list[Problem]]:
    """What to call a feature in a report, and what is wrong with its name."""
    place = f"features[{index}]"
    if not isinstance(item, dict):
        return place, [Problem(place, f"a feature is {shown(item)}", "an object", AUTHOR)]
    name = item.get("id")
    if not isinstance(name, str) or not is_id(name):
        found = "id is missing" if "id" not in item else f"id is {shown(name)}"
        return place, [Problem(place, found, ID_FORM, AUTHOR)]
    if name in first_index:
        found = f"id is that of features[{first_index[name]}] too"
        return place, [Problem(name, f"{place}: {found}", "each id once", AUTHOR)]
    first_index[name] = index
    return name, []


def read_feature(name: str, item: dict[str, object], points_max: int) -> list[Feature | Problem]:
    """The feature, or all that is wrong with it."""
    problems: list[Feature | Problem] = []
    if item.get("type") != "Feature":
        problems.append(Problem(name, f"type is {shown(item.get('type'))}", '"Feature"', AUTHOR))
    properties = item.get("properties")
    if not isinstance(properties, dict):
        found = f"properties is {shown(properties)}"
        return [*problems, Problem(name, found, "an object", AUTHOR)]
    word = properties.get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None or not isinstance(word, str):
        found = f"kind is {shown(word)}"
        return [*problems, Problem(name, found, f"one of {', '.join(KINDS)}", AUTHOR)]
    problems += property_problems(name, kind, properties)
    geometry = read_geometry(name, item.get("geometry"), kind.geometry_types, points_max)
    if isinstance(geometry, Problem):
        problems.append(geometry)
    if problems or isinstance(geometry, Problem):
        return problems
    return [Feature(name, word, properties, geometry)]


def declared_levels(items: list[object]) -> Iterator[object]:
    """The names of all levels in the file, of those that are refused too."""
    for item in items:
        properties = item.get("properties") if isinstance(item, dict) else None
        if isinstance(properties, dict) and properties.get("kind") == "level":
            yield properties.get("level")
