"""A small store with one of everything that a sheet draws, and its picture."""

import xml.etree.ElementTree as ET

import numpy as np

from edge_agent.coverage import Figure, Prediction, ZoneFigure
from edge_agent.coverage_plan import Store
from edge_agent.coverage_sheet import Sheet
from edge_agent.coverage_table import Proposal, verdict
from edge_agent.next_anchor import Spot
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import Feature, anchor, level, rectangle, store, zone

SVG = "{http://www.w3.org/2000/svg}"


def shop(*more: Feature) -> FloorMap:
    line = {"type": "LineString", "coordinates": [[4, 0], [6, 0]]}
    till = {"type": "Point", "coordinates": [14, 1]}
    desk = rectangle(12, 5, 2, 1)
    return store(
        [
            level("L0"),
            named("a", rectangle(0, 0, 8, 8), "Fresh & <new>"),
            named("b", rectangle(8, 0, 6, 8), "Dairy"),
            named("quiet", rectangle(14, 0, 2, 8), "Pharmacy", sensitive=True),
            *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate([(1, 1), (1, 7), (9, 7), (9.2, 7)])),
            fixture("s1", rectangle(3, 3, 2, 2), blocks_walking=True),
            fixture("s2", rectangle(10, 1, 1, 1), blocks_walking=False),
            feature_of("w", {"type": "LineString", "coordinates": [[8, 0], [8, 3]]}, "wall"),
            feature_of("door", line, "opening"),
            feature_of("till", till, "checkout"),
            feature_of("desk", desk, "checkout"),
            beacon("b0", 6, 6),
            *more,
        ]
    )


def named(zone_id: str, geometry: Feature, name: str, **properties: object) -> Feature:
    made = zone(zone_id, geometry)
    made["properties"] |= {"name": name, **properties}
    return made


def feature_of(name: str, geometry: Feature, kind: str, **properties: object) -> Feature:
    told = {"kind": kind, "level": "L0", **properties}
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": told}


def fixture(name: str, geometry: Feature, **properties: object) -> Feature:
    return feature_of(name, geometry, "fixture", category="shelf", **properties)


def beacon(name: str, x_m: float, y_m: float) -> Feature:
    point = {"type": "Point", "coordinates": [x_m, y_m]}
    return feature_of(name, point, "beacon", beacon=f"ab-{name}", height_m=1.5)


def prediction(floor_map: FloorMap, grid: FloorGrid, weak: int = 1) -> Prediction:
    error_m = np.linspace(0.5, 6.0, grid.cells_count)
    sensitive = [zone.sensitive for zone in floor_map.leaf_zones]
    error_m[grid.zone_mask[np.array(sensitive, bool)].any(0)] = np.nan
    zones = tuple(
        ZoneFigure(
            zone=number,
            error_m=1.0 + number,
            accuracy=0.6 if number < weak else 0.9,
            anchors_heard=4.0,
            confused=-1,
            is_sensitive=sensitive[number],
        )
        for number in range(len(sensitive))
    )
    return Prediction(
        error_m=Figure(1.2, 0.1),
        error_p90_m=2.0,
        accuracy=Figure(0.8, 0.02),
        stores_m=(0.9, 1.5),
        cell_error_m=error_m,
        cell_accuracy=np.ones(grid.cells_count),
        zones=zones,
        walk_errors_m=np.ones(2),
        walk_accuracies=np.ones(2),
    )


def sheet(floor_map: FloorMap, proposals: tuple[Proposal, ...] = (), weak: int = 1) -> ET.Element:
    grid = FloorGrid.build(floor_map)
    found = prediction(floor_map, grid, weak)
    page = Sheet(
        store=Store(floor_map, grid, found, proposals),
        basis="surveyed",
        below="far and wide",
        verdict=verdict(proposals, found),
        footer=("Map small, revision 1", "anchor p0: was moved"),
    )
    return ET.fromstring(page.svg())  # noqa: S314 - our own


def words(page: ET.Element) -> list[str]:
    return ["".join(one.itertext()) for one in page.iter(f"{SVG}text")]


def proposal(x_m: float, on: str = "L0") -> Proposal:
    return Proposal(
        spot=Spot(x_m, 4.0, 2.5, on), gain_m=Figure(0.3, 0.1), gain_accuracy=Figure(0.05, 0.01)
    )


def of_class(page: ET.Element, word: str) -> list[ET.Element]:
    return [one for one in page.iter() if one.get("class") == word]
