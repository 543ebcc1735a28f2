"""How the features of a map must lie among each other."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

import shapely

from store_maps.feature_list import Feature
from store_maps.problem import AUTHOR, Problem, shown

# Tools round, and walls are drawn twice: what sticks out less is no mistake (FORMATS.md).
TOLERANCE_M: Final = 0.05
# Coordinates are binary: 10.05 - 10 is a little more than 0.05.
ROUNDING_M: Final = 1e-6
# No drawn mistake leaves more corners outside; to shrink what has 100,000 takes a minute.
EXCESS_POINTS_MAX: Final = 1_000
# Features times the points of the area they lie in: a second of work where the area is a comb. The
# largest mall here has 160,000.
COMPARISONS_MAX: Final = 5_000_000
INSIDE_KINDS: Final = frozenset({"zone", "anchor", "beacon", "checkout"})
# Enough to see the mistake in a name.
NAMED_LEVELS_MAX: Final = 9


def place_problems(features: list[Feature]) -> Iterator[Problem]:
    """Every problem between features; what is refused by itself is left out."""
    levels = {
        str(feature.properties["level"]): feature
        for feature in reversed(features)
        if feature.kind == "level" and "level" in feature.properties
    }
    zones = {feature.id: feature for feature in features if feature.kind == "zone"}
    return chain(
        level_problems(features, levels),
        parent_problems(zones),
        inside_problems(features, levels, zones),
        identity_problems(features),
    )


def level_problems(features: list[Feature], levels: Mapping[str, Feature]) -> Iterator[Problem]:
    """No level at all, a level twice, or a level that nothing declares."""
    if not levels:
        yield Problem(None, "no feature of kind level", "at least one", AUTHOR)
        return
    known = f"a level of this map: {', '.join(sorted(levels)[:NAMED_LEVELS_MAX])}"
    for feature in features:
        for key in ("from", "to") if feature.kind == "connector" else ("level",):
            name = feature.properties.get(key)
            if name is not None and name not in levels:
                yield Problem(feature.id, f"{key} is {shown(name)}", known, AUTHOR)
        name = feature.properties.get("level")
        if feature.kind == "level" and name is not None and levels[str(name)] is not feature:
            found = f"level is {shown(name)}, as in {levels[str(name)].id}"
            yield Problem(feature.id, found, "each level once", AUTHOR)


def parent_problems(zones: Mapping[str, Feature]) -> Iterator[Problem]:
    """Parents that are no zone of the same level, and zones that contain themselves."""
    for zone in zones.values():
        name = zone.properties.get("parent")
        if name is None:
            continue
        parent = zones.get(str(name))
        level = zone.properties.get("level")
        if parent is None:
            yield Problem(zone.id, f"parent is {shown(name)}", "the id of a zone, or null", AUTHOR)
        elif parent.properties.get("level") not in {level, None}:
            found = f"parent {name} is on level {parent.properties['level']}"
            yield Problem(zone.id, found, f"a zone of level {level}", AUTHOR)
    for name in looping(zones):
        yield Problem(name, "parent leads back to the zone itself", "a tree of zones", AUTHOR)


def looping(zones: Mapping[str, Feature]) -> Iterator[str]:
    """The zones whose chain of parents comes back to them."""
    state: dict[str, str] = {}
    for start in zones:
        path: list[str] = []
        name: object = start
        while isinstance(name, str) and name in zones and name not in state:
            state[name] = start
            path.append(name)
            name = zones[name].properties.get("parent")
        if isinstance(name, str) and name in path:
            yield from path[path.index(name) :]


def inside_problems(
    features: list[Feature], levels: Mapping[str, Feature], zones: Mapping[str, Feature]
) -> Iterator[Problem]:
    """Zones that reach out of level or parent; anchors, beacons, checkouts out of their level."""
    on_level: dict[str, list[Feature]] = {}
    in_parent: dict[str, list[Feature]] = {}
    for feature in features:
        if feature.kind in INSIDE_KINDS and feature.geometry is not None:
            on_level.setdefault(str(feature.properties.get("level")), []).append(feature)
        if feature.kind == "zone" and feature.geometry is not None:
            in_parent.setdefault(str(feature.properties.get("parent")), []).append(feature)
    for word, areas, inner in (("level", levels, on_level), ("parent", zones, in_parent)):
        for name, area in areas.items():
            if area.geometry is not None:
                yield from outside(inner.get(name, []), area.geometry, f"{word} {name}")


def outside(features: list[Feature], area: shapely.Geometry, of: str) -> Iterator[Problem]:
    """The features that reach out of an area by more than the tolerance."""
    points_count = shapely.get_num_coordinates(area)
    if len(features) * points_count > COMPARISONS_MAX:
        found = f"{len(features):,} features lie in {of}, drawn with {points_count:,} points"
        yield Problem(None, found, "fewer of them, or a simpler outline", AUTHOR)
        return
    shapely.prepare(area)
    rest = [feature for feature in features if not shapely.covers(area, feature.geometry)]
    for feature in rest:
        if is_far_out(feature.geometry, area):
            yield protrusion(feature, of)


def is_far_out(shape: shapely.Geometry, area: shapely.Geometry) -> bool:
    """Whether any part of a shape is farther from an area than the tolerance.

    What sticks out is farthest at a corner, or, where the shape fills a hole of the area, inside;
    there it is wider than twice the tolerance. (An area grown by the tolerance would say the same,
    but growing a comb of 5,000 points takes seconds.)
    """
    excess = shapely.difference(shape, area)
    corners = shapely.points(shapely.get_coordinates(excess))
    if len(corners) > EXCESS_POINTS_MAX:
        return True
    if (shapely.distance(area, corners) > TOLERANCE_M + ROUNDING_M).any():
        return True
    return not shapely.is_empty(shapely.buffer(excess, -TOLERANCE_M))


def protrusion(feature: Feature, of: str) -> Problem:
    """How a feature that lies outside is reported."""
    x_m, y_m = feature.geometry.representative_point().coords[0]
    found = f"{feature.kind} at ({x_m:.3f}, {y_m:.3f}) reaches out of {of}"
    return Problem(feature.id, found, f"at most {TOLERANCE_M * 100:g} cm outside", AUTHOR)


def identity_problems(features: list[Feature]) -> Iterator[Problem]:
    """Two beacons that say the same cannot be told apart."""
    seen: dict[object, str] = {}
    for feature in features:
        identity = feature.properties.get("beacon")
        if feature.kind == "beacon" and identity is not None:
            first = seen.setdefault(identity, feature.id)
            if first != feature.id:
                found = f"beacon is {shown(identity)}, as in {first}"
                yield Problem(feature.id, found, "each identity once", AUTHOR)
