"""How the features of a map must lie among each other."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

import shapely

from store_maps.feature_list import Feature
from store_maps.problem import AUTHOR, Problem, shown

# Tools round, and walls are drawn twice: what sticks out less is no mistake (FORMATS.md).
TOLERANCE_M: Final = 0.05
POINT_KINDS: Final = frozenset({"anchor", "beacon", "checkout"})


def place_problems(features: list[Feature], level_names: frozenset[str]) -> Iterator[Problem]:
    """Every problem between features; a level that is refused by itself counts as known."""
    levels = {
        str(feature.properties["level"]): feature for feature in features if feature.kind == "level"
    }
    return chain(
        level_problems(features, level_names),
        parent_problems(features),
        inside_problems(features, levels),
        identity_problems(features),
    )


def level_problems(features: list[Feature], level_names: frozenset[str]) -> Iterator[Problem]:
    """No level at all, a level twice, or a level that nothing declares."""
    if not level_names:
        yield Problem(None, "no feature of kind level", "at least one", AUTHOR)
        return
    seen: dict[object, str] = {}
    known = f"a level of this map: {', '.join(sorted(level_names)[:9])}"
    for feature in features:
        for key in ("from", "to") if feature.kind == "connector" else ("level",):
            name = feature.properties[key]
            if name not in level_names:
                yield Problem(feature.id, f"{key} is {shown(name)}", known, AUTHOR)
        if feature.kind == "level":
            first = seen.setdefault(feature.properties["level"], feature.id)
            if first != feature.id:
                found = f"level is {shown(feature.properties['level'])}, as in {first}"
                yield Problem(feature.id, found, "each level once", AUTHOR)


def parent_problems(features: list[Feature]) -> Iterator[Problem]:
    """Parents that are no zone of the same level, and zones that contain themselves."""
    zones = {feature.id: feature for feature in features if feature.kind == "zone"}
    for zone in zones.values():
        name = zone.properties["parent"]
        if name is None:
            continue
        parent = zones.get(str(name))
        if parent is None:
            yield Problem(zone.id, f"parent is {shown(name)}", "the id of a zone, or null", AUTHOR)
        elif parent.properties["level"] != zone.properties["level"]:
            found = f"parent {name} is on level {parent.properties['level']}"
            expected = f"a zone of level {zone.properties['level']}"
            yield Problem(zone.id, found, expected, AUTHOR)
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
            name = zones[name].properties["parent"]
        if isinstance(name, str) and name in path:
            yield from path[path.index(name) :]


def inside_problems(features: list[Feature], levels: Mapping[str, Feature]) -> Iterator[Problem]:
    """Zones that reach out of level or parent; anchors, beacons, checkouts out of their level."""
    zones = {feature.id: feature for feature in features if feature.kind == "zone"}
    for name, level in levels.items():
        inner = [
            feature
            for feature in features
            if feature.properties.get("level") == name
            and (feature.kind in POINT_KINDS or feature.kind == "zone")
        ]
        for feature in outside(inner, level.geometry):
            yield protrusion(feature, f"level {name}")
    for parent in zones.values():
        children = [zone for zone in zones.values() if zone.properties["parent"] == parent.id]
        for zone in outside(children, parent.geometry):
            yield protrusion(zone, f"parent {parent.id}")


def outside(features: list[Feature], area: shapely.Geometry) -> Iterator[Feature]:
    """The features that reach out of the area by more than the tolerance."""
    shapely.prepare(area)
    rest = [feature for feature in features if not shapely.covers(area, feature.geometry)]
    if not rest:
        return
    wide = shapely.buffer(area, TOLERANCE_M)
    shapely.prepare(wide)
    for feature in rest:
        if not shapely.covers(wide, feature.geometry):
            yield feature


def protrusion(feature: Feature, of: str) -> Problem:
    """How a feature that lies outside is reported."""
    x_m, y_m = feature.geometry.representative_point().coords[0]
    found = f"{feature.kind} at ({x_m:.3f}, {y_m:.3f}) reaches out of {of}"
    return Problem(feature.id, found, f"at most {TOLERANCE_M * 100:g} cm outside", AUTHOR)


def identity_problems(features: list[Feature]) -> Iterator[Problem]:
    """Two beacons that say the same cannot be told apart."""
    seen: dict[object, str] = {}
    for feature in features:
        if feature.kind == "beacon":
            identity = feature.properties["beacon"]
            first = seen.setdefault(identity, feature.id)
            if first != feature.id:
                found = f"beacon is {shown(identity)}, as in {first}"
                yield Problem(feature.id, found, "each identity once", AUTHOR)
