import json
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_agent.calibration import Calibration
from edge_agent.coverage import CoverageSettings, figure, gained, predict
from edge_agent.path_loss import nominal
from edge_agent.radio_map import from_survey
from edge_agent.recording import read_survey
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load
from tests.edge_agent.small_store import anchor, level, rectangle, store, two_zones, zone

FEW = CoverageSettings(walkers_count=10, seconds=40)
# What `make bench-location` measured: instant fixes of the public sites, the whole tracks.
FIGURES = Path(__file__).parent.parent / "bench" / "location_figures.json"


def measured_m(site: str) -> float:
    rows = json.loads(FIGURES.read_text())["rows"]
    ours = [
        row["score"]
        for row in rows
        if (row["site"], row["knows"]) == (site, "survey") and row["who"] == "Instep"
    ]
    return float(max(ours, key=lambda score: int(score["n"]))["mean_m"])


def surveyed(floor_map: FloorMap, map_sd_db: float = 4.0) -> Calibration:
    return Calibration.of_law(nominal(floor_map), floor_map, "survey", 1.0, map_sd_db)


def test_a_prediction_holds_a_figure_of_the_store_of_each_cell_and_of_each_zone() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    told: list[float] = []
    found = predict(floor_map, grid, surveyed(floor_map), FEW, told.append)
    assert 0.3 < found.error_m.mean < 3.0
    assert found.error_m.mean < found.error_p90_m
    assert found.stores_m[0] < found.error_m.mean < found.stores_m[1]
    assert 0.7 < found.accuracy.mean <= 1.0
    assert found.cell_error_m.shape == found.cell_accuracy.shape == (grid.cells_count,)
    assert np.isfinite(found.cell_error_m).all()
    assert [(one.zone, one.anchors_heard, one.is_sensitive) for one in found.zones] == [
        (0, 6.0, False),
        (1, 6.0, False),
    ]
    assert {one.confused for one in found.zones} <= {-1, 0, 1}
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_same_seed_gives_the_same_figures() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    one, same, other = (
        predict(floor_map, grid, surveyed(floor_map), msgspec.structs.replace(FEW, seed=seed))
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.cell_error_m, same.cell_error_m)
    assert one.error_m == same.error_m != other.error_m


def test_a_worse_map_and_fewer_packets_are_a_larger_error() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    slow = msgspec.structs.replace(FEW, packets_per_s=0.3)
    good, bad, unmeasured, sparse = (
        predict(floor_map, grid, calibration, settings).error_m.mean
        for calibration, settings in (
            (surveyed(floor_map, 2.0), FEW),
            (surveyed(floor_map, 8.0), FEW),
            (Calibration.defaults(floor_map), FEW),
            (surveyed(floor_map, 2.0), slow),
        )
    )
    assert good < bad
    assert good < unmeasured
    assert good < sparse


def test_the_floor_without_anchors_near_is_the_worse_one() -> None:
    floor_map = store(
        [
            level("L0"),
            zone("a", rectangle(0, 0, 8, 8)),
            zone("b", rectangle(8, 0, 8, 8)),
            *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate([(1, 1), (1, 7), (7, 1), (7, 7)])),
        ]
    )
    left, right = predict(
        floor_map, FloorGrid.build(floor_map), surveyed(floor_map, 6.0), FEW
    ).zones
    assert left.error_m < right.error_m


def test_nobody_is_counted_in_a_sensitive_zone_and_what_is_withheld_is_no_error() -> None:
    floor_map = two_zones(sensitive=True)
    grid = FloorGrid.build(floor_map)
    found = predict(floor_map, grid, surveyed(floor_map), FEW)
    is_right = grid.zone_mask[1]
    assert np.isnan(found.cell_error_m[is_right]).all()
    assert np.isnan(found.cell_accuracy[is_right]).all()
    assert np.isfinite(found.cell_error_m[~is_right]).all()
    assert [one.is_sensitive for one in found.zones] == [False, True]
    assert found.error_m.mean < 2.5


def test_a_store_without_zones_has_an_error_and_no_accuracy() -> None:
    floor_map = store([level("L0"), anchor("p0", 1, 1), anchor("p1", 15, 1), anchor("p2", 8, 7)])
    found = predict(floor_map, FloorGrid.build(floor_map), surveyed(floor_map), FEW)
    assert found.error_m.mean > 0
    assert math.isnan(found.accuracy.mean)
    assert np.isnan(found.cell_accuracy).all()
    assert not found.zones


def test_a_corner_that_nobody_walks_takes_the_figures_around_it() -> None:
    floor_map = store(
        [
            level("L0"),
            zone("small", rectangle(0, 0, 0.6, 0.6)),
            zone("rest", rectangle(1, 0, 15, 8)),
            *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate([(1, 1), (1, 7), (15, 1), (15, 7)])),
        ]
    )
    grid = FloorGrid.build(floor_map)
    small, _ = predict(floor_map, grid, surveyed(floor_map), FEW).zones
    assert 0 < small.error_m < 5
    assert 0 <= small.accuracy <= 1


def test_a_figure_is_as_sure_as_walks_are_many_and_alike() -> None:
    few, many = (figure(1.0, np.tile([0.5, 1.5], count)) for count in (2, 50))
    assert few.within == pytest.approx(1.96 * 0.5 / 2)
    assert many.within == pytest.approx(1.96 * 0.5 / 10)
    assert math.isnan(figure(1.0, np.array([np.nan])).within)


def test_a_gain_is_counted_on_the_same_walks() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    good, bad = (predict(floor_map, grid, surveyed(floor_map, sd), FEW) for sd in (3.0, 6.0))
    gain_m, gain_accuracy = gained(bad, good)
    assert gain_m.mean == pytest.approx(bad.walk_errors_m.mean() - good.walk_errors_m.mean())
    assert 0 < gain_m.within < 0.5
    assert gain_accuracy.mean > -0.05


@pytest.mark.parametrize("site", ["office", "library"])
def test_the_prediction_is_within_30_percent_of_what_was_measured(shared: Path, site: str) -> None:
    folder = shared / "sites" / site
    floor_map = load(folder / "map.geojson")
    (survey,) = folder.glob("survey*.csv")
    height_m = float(msgspec.json.decode((folder / "site.json").read_bytes())["tag_height_m"])
    calibration = from_survey(floor_map, read_survey(survey), height_m)
    settings = CoverageSettings(walkers_count=24, seconds=90)
    found = predict(floor_map, FloorGrid.build(floor_map), calibration, settings)
    assert 0.7 < found.error_m.mean / measured_m(site) < 1.3
