"""What a radio map is bound to: the store, its levels, what stands in the way, each anchor's place.

Zones, products and pictures are not in it, so that drawing them anew keeps the radio map.
"""

import itertools
import math
from collections.abc import Iterable
from typing import Final

import msgspec
import shapely

from edge_agent.path_loss import nominal, place_ids
from store_maps.document import canonical_sha
from store_maps.floor_map import FloorMap

# A tape measure's error: an anchor drawn a hand's breadth beside hangs where it hung. Its shadows
# reach metres (`shadow.SHADOW_REACH_M`), so 0.05 m or 0.3 m would lose or keep nothing either.
MOVED_MIN_M: Final = 0.1
# The map's own word for an anchor's power: a changed one is a changed radio.
POWER_CHANGED_MIN_DB: Final = 0.1


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an anchor hung when it was calibrated, and what the map said of its power."""

    x_m: float
    y_m: float
    height_m: float
    level: str
    nominal_dbm_1m: float

    def __str__(self) -> str:  # type: ignore[explicit-override] # typing has it from 3.12 on
        return f"({self.x_m:g}, {self.y_m:g}), {self.height_m:g} m high, on {self.level}"


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """The places that a radio map holds for."""

    store_id: str
    levels_sha: str
    """sha256 of the levels' ids, ordinals, heights and outlines."""
    obstacles_sha: str
    """sha256 of walls, fixtures and openings: shapes, levels, heights, attenuations."""
    places: dict[str, Place]
    """Each anchor's and beacon's, in the order of `place_ids`."""

    @classmethod
    def of(cls, floor_map: FloorMap) -> "Binding":
        """What this map says today."""
        return cls(
            store_id=floor_map.store_id,
            levels_sha=levels_sha(floor_map),
            obstacles_sha=obstacles_sha(floor_map),
            places=places(floor_map),
        )


def levels_sha(floor_map: FloorMap) -> str:
    """Names and pictures of a level are nothing to a radio; its outline and height are."""
    return joined_sha(
        [level.id, level.ordinal, level.floor_z_m, shape(level.polygon)]
        for level in floor_map.levels
    )


def obstacles_sha(floor_map: FloorMap) -> str:
    """What lies between anchors and tags, under whatever ids and names."""
    walls = (
        ["wall", wall.level, wall.attenuation_db, shape(wall.line)] for wall in floor_map.walls
    )
    openings = (["opening", opening.level, shape(opening.line)] for opening in floor_map.openings)
    fixtures = (
        ["fixture", one.level, one.attenuation_db, one.height_m, shape(one.polygon)]
        for one in floor_map.fixtures
    )
    return joined_sha(itertools.chain(walls, openings, fixtures))


def joined_sha(things: Iterable[object]) -> str:
    """One hash of many things, in whatever order they come."""
    return canonical_sha(sorted(canonical_sha(thing) for thing in things))


def shape(geometry: shapely.Geometry) -> object:
    """The corners of a shape, as lists."""
    return msgspec.json.decode(shapely.to_geojson(geometry))


def places(floor_map: FloorMap) -> dict[str, Place]:
    """Where each anchor and beacon hangs."""
    powers_dbm = nominal(floor_map).power_dbm_1m
    found = {}
    for anchor, power_dbm in zip(place_ids(floor_map), powers_dbm, strict=True):
        x_m, y_m, height_m, level = floor_map.place(anchor)
        found[anchor] = Place(
            x_m=x_m, y_m=y_m, height_m=height_m, level=level, nominal_dbm_1m=float(power_dbm)
        )
    return found


class Change(msgspec.Struct, frozen=True):
    """One thing that is no more as it was."""

    warning: str
    anchor: str | None = None
    """The anchor whose law holds no more."""


def changes(then: Binding, now: Binding) -> list[Change]:
    """What differs between two bindings of one store's levels, anchors in the order of now."""
    found = []
    if then.obstacles_sha != now.obstacles_sha:
        warning = (
            "walls, fixtures or openings of the map are not those it was made with: positions "
            "near them may be worse; ops: calibrate again once the store stands as drawn"
        )
        found.append(Change(warning))
    for anchor, place in now.places.items():
        warning = changed(anchor, then.places.get(anchor), place)
        if warning:
            found.append(Change(warning, anchor))
    found += [
        Change(f"anchor {anchor!r} is no more on the map: ignored; ops: nothing to do", anchor)
        for anchor in then.places
        if anchor not in now.places
    ]
    return found


def changed(anchor: str, then: Place | None, now: Place) -> str:
    """Why an anchor's law holds no more; empty where it does."""
    back = "it has the others' typical path loss; ops: calibrate again"
    if then is None:
        return f"anchor {anchor!r} is new on the map: {back}"
    if then.level != now.level:
        return f"anchor {anchor!r} was at {then}, and is now at {now}: {back}"
    moved_m = math.dist(
        (then.x_m, then.y_m, then.height_m),
        (now.x_m, now.y_m, now.height_m),
    )
    if moved_m >= MOVED_MIN_M:
        return f"anchor {anchor!r} moved by {moved_m:.2f} m, from {then} to {now}: {back}"
    if abs(then.nominal_dbm_1m - now.nominal_dbm_1m) >= POWER_CHANGED_MIN_DB:
        return (
            f"anchor {anchor!r} had {then.nominal_dbm_1m:g} dBm at 1 m on the map, and has "
            f"{now.nominal_dbm_1m:g} now: {back}"
        )
    return ""
