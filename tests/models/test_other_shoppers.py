import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from models import other_shoppers
from models.labels import Marks, label
from models.other_day import Days
from models.other_ground import Ground, ground, potentials
from models.other_shoppers import stores, visits, write
from models.visits import Visit, each_visit
from store_maps.floor_map import FloorMap

Grouped = list[tuple[FloorMap, list[Visit]]]
EVENTS = {"door_in", "door_out", "pos", "scan", "app_open", "help_tap", "staff_help"}


@pytest.fixture(scope="module")
def small() -> list[FloorMap]:
    return [one for one in stores(3) if one.name in ("Kiosk", "Delicatessen")]


@pytest.fixture(scope="module")
def grouped(small: list[FloorMap]) -> Grouped:
    return visits(5, 8, small)


def test_fourteen_stores_each_another_shop() -> None:
    found = stores(1)
    assert len({one.store_id for one in found}) == len({one.name for one in found}) == 14
    assert [one.map_sha for one in found] == [one.map_sha for one in stores(1)]
    assert not {one.map_sha for one in found} & {one.map_sha for one in stores(2)}


def test_visits_are_whole(grouped: Grouped) -> None:
    every = [visit for _, found in grouped for visit in found]
    assert len({visit.visit for visit in every}) == len(every) == 8
    for visit in every:
        times_s = [point[0] for point in visit.track]
        assert np.diff(times_s) == pytest.approx(1)
        assert len(visit.fixes) > 1
        assert times_s[0] <= visit.fixes[0].t_s <= visit.fixes[-1].t_s <= times_s[-1]
        assert {event["kind"] for event in visit.events} <= EVENTS
    assert {visit.bought for visit in every} == {False, True}


def test_half_of_the_stores_name_zones(grouped: Grouped) -> None:
    with_zones = [any(fix.zone for one in found for fix in one.fixes) for _, found in grouped]
    assert sorted(with_zones) == [False, True]
    leaves = {zone.id for floor_map, _ in grouped for zone in floor_map.leaf_zones}
    assert {fix.zone for _, found in grouped for one in found for fix in one.fixes} <= {
        None,
        *leaves,
    }


def test_nobody_walks_through_things_or_runs(grouped: Grouped) -> None:
    for floor_map, found in grouped:
        solid = shapely.union_all([one.polygon.buffer(-0.15) for one in floor_map.fixtures])
        outline = floor_map.levels[0].polygon.buffer(0.2)
        for visit in found:
            xy = np.array(visit.track)[:, 1:]
            assert not shapely.intersects_xy(solid, xy[:, 0], xy[:, 1]).any()
            assert shapely.intersects_xy(outline, xy[:, 0], xy[:, 1]).all()
            assert np.hypot(*np.diff(xy, axis=0).T).max() < 3


def test_the_locator_is_two_to_four_metres_off(grouped: Grouped) -> None:
    off = []
    for visit in (one for _, found in grouped for one in found):
        true = {t_s: (x_m, y_m) for t_s, x_m, y_m in visit.track}
        off += [np.hypot(f.x_m - true[f.t_s][0], f.y_m - true[f.t_s][1]) for f in visit.fixes]
    assert 1.5 < np.sqrt(np.mean(np.square(off))) < 4


def test_people_do_more_than_walk(grouped: Grouped) -> None:
    stages = {
        int(stage)
        for floor_map, found in grouped
        for one in found
        for stage in label(Marks(floor_map), np.array(one.track)[:, 1:])
    }
    assert len(stages) >= 6


def test_files_can_be_read_back(grouped: Grouped, tmp_path: Path) -> None:
    write(tmp_path, grouped)
    every = [visit for _, found in grouped for visit in found]
    assert list(each_visit(tmp_path / "visits.jsonl.gz")) == every
    for visit in every:
        assert json.loads((tmp_path / visit.map).read_bytes())["format"] == "floor-map"


def test_the_command_refuses_no_visits(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        other_shoppers.main(["--out", "nowhere", "--seed", "1", "--count", "0"])
    assert "expected 1 or more" in capsys.readouterr().err


def test_a_potential_leads_around_a_wall() -> None:
    pace = np.ones((20, 20), np.float32)
    pace[:15, 10] = 0.0005
    away = potentials(pace, np.array([[2, 2]]))[0]
    # Straight along free ground; around the wall's end elsewhere. Cells of 0.25 m.
    assert away[2, 8] == pytest.approx(1.5)
    around = np.hypot(8, 13) + np.hypot(8, 13)
    assert away[2, 18] == pytest.approx(0.25 * around, rel=0.1)


@pytest.fixture(scope="module")
def kiosk(small: list[FloorMap]) -> Ground:
    return ground(small[0], np.random.default_rng(0))


def test_the_same_seed_is_the_same_day(kiosk: Ground) -> None:
    days = [Days([kiosk], [range(3)], np.random.default_rng(seed)) for seed in (1, 1, 2)]
    for day in days:
        day.run(until_s=120)
    assert days[0].tracks == days[1].tracks != days[2].tracks


def test_a_ground_has_places_for_all_that_people_do(small: list[FloorMap], kiosk: Ground) -> None:
    found = kiosk
    assert len(found.tills) == len(small[0].checkouts)
    assert len(found.spots) > 10
    assert (found.at(found.clearance, found.places) > 0.2).all()
    assert (np.hypot(*np.diff(found.queue, axis=0).T) < 1).all()
