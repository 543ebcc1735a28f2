import argparse
import io
import json
from pathlib import Path

import pytest

from edge_agent import coverage_command
from edge_agent.calibration import Calibration
from edge_agent.coverage import CoverageSettings
from edge_agent.coverage_command import CELLS_MAX, grid_of, run
from edge_agent.exit import Exit, Stop
from edge_agent.path_loss import nominal
from edge_agent.radio_map_file import write
from edge_agent.refusals import refusals
from store_maps.floor_map import FloorMap
from tests.edge_agent.drawn_store import beacon
from tests.edge_agent.small_store import anchor, level, rectangle, store, two_zones, zone

FEW = CoverageSettings(walkers_count=6, seconds=20)


@pytest.fixture
def map_path(tmp_path: Path) -> Path:
    return saved(two_zones(), tmp_path)


def saved(floor_map: FloorMap, folder: Path) -> Path:
    path = folder / "map.geojson"
    path.write_text(json.dumps(floor_map.document))
    return path


def options(map_path: Path, *more: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    coverage_command.add_arguments(parser)
    out = str(map_path.parent / "coverage.svg")
    return parser.parse_args(["--map", str(map_path), "--out", out, *more])


def refused(map_path: Path, *more: str) -> Stop:
    with pytest.raises(Stop) as stopped:
        coverage_command.main(options(map_path, *more))
    assert not (map_path.parent / "coverage.svg").exists()
    return stopped.value


def test_without_a_radio_map_it_tells_of_the_map_alone_and_of_a_survey(
    map_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    assert run(options(map_path), FEW, out) == Exit.OK
    lines = out.getvalue().splitlines()
    assert lines[0] == "small: a tag heard by the 6 anchors"
    assert lines[1].startswith("by the map alone, not calibrated: mean error ")
    assert lines[2].startswith("once surveyed at 30 points: mean error ")
    assert lines[3].startswith("eight of ten walks ")
    assert any(line.startswith("one more anchor: ") for line in lines)
    assert lines[-1].endswith("coverage.svg written")
    assert "simulating a survey: 100 %" in capsys.readouterr().err
    assert (map_path.parent / "coverage.svg").read_text().startswith("<svg ")


def test_with_a_radio_map_all_is_of_that(map_path: Path) -> None:
    floor_map = two_zones()
    radio_map = map_path.parent / "radio_map.json"
    write(radio_map, Calibration.of_law(nominal(floor_map), floor_map, "survey", 1.0), floor_map)
    out = io.StringIO()
    assert run(options(map_path, "--radio-map", str(radio_map)), FEW, out) == Exit.OK
    assert out.getvalue().splitlines()[1].startswith("surveyed: mean error ")
    assert "map alone" not in out.getvalue()


def test_tags_and_carts_are_told_apart_and_none_is_located_by_both(tmp_path: Path) -> None:
    hung = [beacon(f"b{i}", 2 + 6 * i, 4) for i in range(3)]
    path = saved(two_zones(*hung), tmp_path)
    both, carts = io.StringIO(), io.StringIO()
    assert run(options(path), FEW, both) == Exit.OK
    lines = both.getvalue().splitlines()
    assert lines[0] == "small: a tag heard by the 6 anchors"
    beside = "a cart that hears the 3 beacons, once surveyed at 30 points: mean error "
    assert [line.startswith(beside) for line in lines].count(True) == 1
    page = (tmp_path / "coverage.svg").read_text()
    assert "how well a tag heard by the 6 anchors will be located" in page
    assert run(options(path, "--carriers", "carts"), FEW, carts) == Exit.OK
    assert carts.getvalue().startswith("small: a cart that hears the 3 beacons\n")
    assert "anchors" not in carts.getvalue()
    assert "one more beacon" in carts.getvalue()


def test_carts_without_beacons_are_refused(map_path: Path) -> None:
    stop = refused(map_path, "--carriers", "carts")
    assert stop.code == Exit.MAP
    assert "has 0 beacons, expected at least 2 to locate carts by" in str(stop)


def test_the_sheet_says_at_its_foot_what_it_stands_on(map_path: Path) -> None:
    run(options(map_path), FEW, io.StringIO())
    page = (map_path.parent / "coverage.svg").read_text()
    assert "revision 1; tag height 1 m; 2 packets a second; radio map: none yet" in page
    moved = two_zones(anchor("p6", 4.0, 4.0))
    radio_map = map_path.parent / "radio_map.json"
    write(radio_map, Calibration.of_law(nominal(moved), moved, "survey", 1.0), moved)
    run(options(map_path, "--radio-map", str(radio_map)), FEW, io.StringIO())
    page = (map_path.parent / "coverage.svg").read_text()
    assert "radio map: surveyed." in page
    assert "p6" in page


def test_a_radio_map_of_another_site_is_refused(map_path: Path, tmp_path: Path) -> None:
    other = two_zones(store_id="other")
    radio_map = tmp_path / "radio_map.json"
    write(radio_map, Calibration.defaults(other), other)
    stop = refused(map_path, "--radio-map", str(radio_map))
    assert stop.code == Exit.MAP
    assert "of the store" in str(stop)
    assert "'small'" in str(stop)


@pytest.mark.parametrize("count", [0, 1])
def test_a_map_with_nothing_to_locate_by_is_refused(tmp_path: Path, count: int) -> None:
    hung = [anchor(f"p{i}", 1, 1) for i in range(count)]
    stop = refused(saved(store([level("L0"), *hung]), tmp_path))
    assert stop.code == Exit.MAP
    assert f"has {count} anchors, expected at least 2 to locate tags by" in str(stop)


def test_a_map_where_nobody_may_be_located_is_refused(tmp_path: Path) -> None:
    everywhere = zone("a", rectangle(0, 0, 16, 8), zone_type="restroom")
    floor_map = store([level("L0"), everywhere, anchor("p0", 1, 1), anchor("p1", 2, 2)])
    stop = refused(saved(floor_map, tmp_path))
    assert stop.code == Exit.MAP
    assert "outside of sensitive zones" in str(stop)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--tag-height-m", "21"), "--tag-height-m 21.0: expected 0 to 20"),
        (("--tag-height-m", "nan"), "--tag-height-m nan: expected 0 to 20"),
        (("--packets-per-s", "0"), "--packets-per-s 0.0: expected 0.1 to 20"),
        (("--out", "no/folder/here.svg"), "its folder is not there"),
        (("--packets-per-s", "nan"), "--packets-per-s nan: expected 0.1 to 20"),
        (("--radio-map", "r.json", "--tag-height-m", "1"), "leave one of them out"),
    ],
)
def test_options_without_sense_are_refused(
    map_path: Path, more: tuple[str, ...], words: str
) -> None:
    stop = refused(map_path, *more)
    assert stop.code == Exit.USAGE
    assert words in str(stop)


def test_a_map_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    missing = refused(tmp_path / "none.geojson")
    assert missing.code == Exit.MAP
    assert "cannot be read" in str(missing)
    broken = tmp_path / "map.geojson"
    broken.write_text("{}")
    assert refused(broken).code == Exit.MAP


def test_the_map_is_not_overwritten(map_path: Path) -> None:
    told = options(map_path)
    told.out = map_path
    with pytest.raises(Stop, match="would be overwritten") as stopped:
        coverage_command.main(told)
    assert stopped.value.code == Exit.USAGE


def test_a_picture_that_cannot_be_written_is_an_error(map_path: Path) -> None:
    told = options(map_path)
    told.out = map_path.parent / "none" / "coverage.svg"
    with pytest.raises(Stop, match="cannot be written") as stopped, refusals():
        run(told, FEW, io.StringIO())
    assert stopped.value.code == Exit.USAGE


def test_a_large_floor_has_cells_of_a_metre() -> None:
    outline = rectangle(0, 0, 80, 60)
    floor = {**level("L0"), "geometry": outline}
    floor_map = store([floor, anchor("p0", 1, 1), anchor("p1", 2, 2)])
    grid = grid_of(floor_map)
    assert grid.cell_m == 1.0
    assert grid.cells_count < CELLS_MAX


def test_a_level_too_large_for_any_grid_is_refused() -> None:
    floor = {**level("L0"), "geometry": rectangle(0, 0, 9_000, 9_000)}
    floor_map = store([floor, anchor("p0", 1, 1), anchor("p1", 2, 2)])
    with pytest.raises(Stop, match="is it drawn in metres") as stopped:
        grid_of(floor_map)
    assert stopped.value.code == Exit.MAP
