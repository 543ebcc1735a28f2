"""The features of a map file, each checked by itself."""

from collections.abc import Mapping
from typing import Any

import msgspec

from store_maps.document import ID_FORM, is_id
from store_maps.feature_rules import KINDS, property_problems
from store_maps.geometry_rules import read_geometry
from store_maps.problem import AUTHOR, PROBLEMS_MAX, Problem, shown


class Feature(msgspec.Struct, frozen=True):
    """What is sound of a feature by itself; how it lies among the others is not known yet."""

    id: str
    kind: str
    properties: Mapping[str, object]
    """Less those that are refused."""
    geometry: Any
    """A shapely geometry, None where it is refused."""


def read_features(items: list[object], points_max: int) -> tuple[list[Feature], list[Problem]]:
    """What is sound, and every problem."""
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
            features += (entry for entry in result if isinstance(entry, Feature) and not found)
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
    """All that is wrong with a feature, and what of it can be compared with the others."""
    result: list[Feature | Problem] = []
    if item.get("type") != "Feature":
        result.append(Problem(name, f"type is {shown(item.get('type'))}", '"Feature"', AUTHOR))
    properties = item.get("properties")
    if not isinstance(properties, dict):
        found = f"properties is {shown(properties)}"
        return [*result, Problem(name, found, "an object", AUTHOR)]
    word = properties.get("kind")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        found = f"kind is {shown(word)}"
        return [*result, Problem(name, found, f"one of {', '.join(KINDS)}", AUTHOR)]
    sound = dict(properties)
    for key, problem in property_problems(name, kind, properties):
        sound.pop(key, None)
        result.append(problem)
    geometry = read_geometry(name, item.get("geometry"), kind.geometry_types, points_max)
    if isinstance(geometry, Problem):
        result.append(geometry)
        geometry = None
    return [*result, Feature(name, str(word), sound, geometry)]
