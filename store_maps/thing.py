"""From checked features to the frozen structs of `feature`."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import shapely

from store_maps.feature import (
    SENSITIVE_ZONE_TYPES,
    Anchor,
    Beacon,
    Checkout,
    Connector,
    Fixture,
    Level,
    Opening,
    Poi,
    Underlay,
    Walkable,
    Wall,
    Zone,
)
from store_maps.feature_list import Feature
from store_maps.feature_rules import KINDS, values
from store_maps.naming import names_of

# Shoppers read what these are called.
NAMED: Final = frozenset({"zone", "poi"})
# The struct of each kind, and the field that takes its geometry; a spot becomes x_m and y_m.
STRUCTS: Final[Mapping[str, tuple[type[msgspec.Struct], str]]] = {
    "level": (Level, "polygon"),
    "walkable": (Walkable, "polygon"),
    "zone": (Zone, "polygon"),
    "fixture": (Fixture, "polygon"),
    "wall": (Wall, "line"),
    "opening": (Opening, "line"),
    "checkout": (Checkout, "geometry"),
    "anchor": (Anchor, "spot"),
    "beacon": (Beacon, "spot"),
    "connector": (Connector, "geometry"),
    "poi": (Poi, "spot"),
    "underlay": (Underlay, "polygon"),
}


def things(features: Iterable[Feature]) -> dict[str, tuple[Any, ...]]:
    """All structs by kind, in the file's order; every kind is there."""
    result: dict[str, list[Any]] = {kind: [] for kind in STRUCTS}
    every = list(features)
    inherited = inherit({feature.id: feature for feature in every if feature.kind == "zone"})
    for feature in every:
        struct, fields = STRUCTS[feature.kind][0], fields_of(feature)
        result[feature.kind].append(struct(**fields | inherited.get(feature.id, {})))
    return {kind: tuple(made) for kind, made in result.items()}


def fields_of(feature: Feature) -> dict[str, Any]:
    """The fields of a feature's struct."""
    fields: dict[str, Any] = values(KINDS[feature.kind], feature.properties)
    fields["id"] = feature.id
    slot = STRUCTS[feature.kind][1]
    if slot == "spot":
        fields["x_m"], fields["y_m"] = feature.geometry.coords[0]
    else:
        shapely.prepare(feature.geometry)
        fields[slot] = feature.geometry
    if feature.kind == "level":
        fields["id"] = fields.pop("level")
        fields["name"] = fields["name"] or fields["id"]
    if feature.kind in NAMED:
        fields["names"] = names_of(feature.properties)
    if feature.kind == "zone":
        fields["categories"] = tuple(fields["categories"])
    return fields


def inherit(zones: Mapping[str, Feature]) -> dict[str, dict[str, bool]]:
    """What each zone is by its own word or its ancestors': sensitive, messages allowed.

    A child cannot be less sensitive than the zone that holds it.
    """
    result: dict[str, dict[str, bool]] = {}
    for zone_id in zones:
        line = [zone_id]
        while (parent := zones[line[-1]].properties["parent"]) and parent not in result:
            line.append(str(parent))
        above = result.get(str(parent), {"sensitive": False, "messages_allowed": True})
        for name in reversed(line):
            above = result[name] = inherited_from(above, zones[name])
    return result


def inherited_from(above: Mapping[str, bool], zone: Feature) -> dict[str, bool]:
    """What a zone is under a parent that is `above`."""
    sensitive = above["sensitive"] or is_sensitive(zone)
    said = zone.properties.get("messages_allowed")
    wanted = not sensitive if said is None else said is True
    return {"sensitive": sensitive, "messages_allowed": wanted and above["messages_allowed"]}


def is_sensitive(zone: Feature) -> bool:
    """Whether a zone says so, or is of a type where silence means so."""
    said = zone.properties.get("sensitive")
    return bool(zone.properties["zone_type"] in SENSITIVE_ZONE_TYPES if said is None else said)
