import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.messages import FixRow
from hub_server import features
from hub_server.features import FEATURES, LIMIT, SCALES, SCHEMA_SHA
from hub_server.journey.tracks import EVENTS
from hub_server.journeys import Journeys
from store_maps.floor_map import FloorMap, parse
from tests.hub_server.whole_visit import EVENTS_TOLD, MAP, Batch, Fix


def random_visit(seed: int) -> tuple[list[Fix], list[float]]:
    """A walk with stands, error, outliers, withheld places, gaps, and ticks as they come."""
    rng = np.random.default_rng(seed)
    left, bottom, right, top = MAP.levels[0].polygon.bounds
    ticks, now = [], 0.0
    while now < 150.0:
        jump = rng.choice([1.0, 1.0, 1.0, 0.6, 2.7, 45.0], p=[0.5, 0.2, 0.17, 0.07, 0.05, 0.01])
        now += float(jump)
        ticks.append(round(now, 3))
    place, speed = rng.uniform([left, bottom], [right, top]), 0.0
    fixes: list[Fix] = []
    at = 0.3
    names = [zone.id for zone in MAP.leaf_zones]
    while at < now:
        speed = float(rng.choice([speed, 0.0, 0.8], p=[0.9, 0.05, 0.05]))
        place = np.clip(place + speed * rng.normal(0, 1, 2), [left, bottom], [right, top])
        seen = (place + rng.normal(0, 1.5, 2)).astype(np.float32)  # as the ring keeps them
        radius = float(rng.choice([2.0, 3.5, 30.0], p=[0.6, 0.35, 0.05]))
        zone = str(rng.choice(names)) if rng.random() < 0.7 else None
        zone_p = round(float(rng.random()), 2) if zone else 0.0
        fixes.append((round(at, 3), float(seen[0]), float(seen[1]), radius, zone, zone_p))
        at += float(rng.choice([0.9, 1.8, 7.0, 26.0], p=[0.7, 0.25, 0.04, 0.01]))
    return fixes, ticks


def stream(fixes: list[Fix], ticks: list[float], others: np.random.Generator) -> np.ndarray:
    """The journey followed tick by tick among others that come and go."""
    journeys = Journeys(MAP)
    journeys.open("other", 0.0)
    journeys.open("it", 0.0)
    rows, taken, told = [], 0, list(EVENTS_TOLD)
    for tick in ticks:
        while told and told[0][0] <= tick:
            at_s, kind = told.pop(0)
            known = journeys.tracks.event(journeys.handles.index("it"), kind, at_s)
            assert known == (kind in EVENTS)
        while taken < len(fixes) and fixes[taken][0] <= tick:
            at_s, x_m, y_m, radius_m, zone, zone_p = fixes[taken]
            journeys.fix([FixRow("it", 0, x_m, y_m, radius_m, zone, zone_p, "L0")], at_s)
            journeys.fix([FixRow("other", 0, 3.0, 3.0, 2.0, None, 0.0, "L0")], at_s)
            taken += 1
        if others.random() < 0.2:
            name = f"n{others.integers(9)}"
            (journeys.close if name in journeys else lambda n: journeys.open(n, 0.0))(name)
        if others.random() < 0.05:
            journeys.close("other")
        rows.append(features.step(journeys, tick)[journeys.handles.index("it")])
    return np.array(rows)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_streaming_gives_what_the_whole_visit_gives(seed: int) -> None:
    fixes, ticks = random_visit(seed)
    streamed = stream(fixes, ticks, np.random.default_rng(seed))
    batch = Batch(fixes, ticks, 0.0)
    for n in range(0, len(ticks), 3):
        row = batch.row(n)
        expected = [np.clip(row[name] / SCALES[name], -LIMIT, LIMIT) for name in FEATURES]
        off = np.abs(streamed[n] - expected)
        worst = int(off.argmax())
        assert off[worst] <= 1e-6, (FEATURES[worst], n, streamed[n][worst], expected[worst])


def test_the_schema_names_every_feature_once_with_its_unit() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    assert len(SCHEMA_SHA) == 64
    pure: tuple[str, ...] = (
        "_m",
        "_s",
        "_mps",
        "_p",
        "0s",
        "placed",
        "map_shelves",
        "map_tills",
        "map_entrance",
    )
    pure += ("_fresh", "stays", "_share", "scans", "app_opens")
    assert all(name.endswith(pure) for name in FEATURES)


@pytest.mark.parametrize("x_m", [1e9, -1e9, math.nan, math.inf])
def test_a_place_that_is_none_gives_finite_features(x_m: float) -> None:
    journeys = Journeys(MAP)
    journeys.open("h", 0.0)
    for tick, level in ((1.0, "elsewhere"), (2.0, "L0"), (3.0, "elsewhere")):
        journeys.fix([FixRow("h", 0, x_m, 3.0, 2.0, None, 0.0, level)], tick)
        assert np.isfinite(features.step(journeys, tick)).all()


def bare(*kinds: str) -> FloorMap:
    """The map without everything of some kinds."""
    document = dict(MAP.document)
    document["features"] = [f for f in document["features"] if f["properties"]["kind"] not in kinds]
    return parse(json.dumps(document).encode())


@pytest.mark.parametrize(
    "kinds",
    [("checkout",), ("fixture",), ("opening",), ("zone",), ("checkout", "fixture", "opening")],
)
def test_a_map_that_lacks_something_gives_finite_features(kinds: tuple[str, ...]) -> None:
    journeys = Journeys(bare(*kinds))
    journeys.open("h", 0.0)
    x = np.zeros((1, len(FEATURES)), np.float32)
    for tick in range(60):
        row = FixRow("h", 0, 4.0 + 0.05 * tick, 6.0, 2.0, None, 0.0, "L0")
        journeys.fix([row], float(tick))
        x = features.step(journeys, float(tick))
        assert np.isfinite(x).all()
    has = {name: x[0, FEATURES.index(name)] for name in FEATURES if name.startswith("map_")}
    lacks = {"checkout": "map_tills", "fixture": "map_shelves", "opening": "map_entrance"}
    assert {n for n, v in has.items() if v == 0.0} == {lacks[k] for k in kinds if k in lacks}


def test_one_wild_place_does_not_swallow_the_hops_after_it() -> None:
    journeys = Journeys(MAP)
    journeys.open("h", 0.0)
    x = np.zeros((1, len(FEATURES)), np.float32)
    for tick in range(40):
        x_m = 1e30 if tick == 5 else 4.0 + tick % 2
        journeys.fix([FixRow("h", 0, x_m, 6.0, 2.0, None, 0.0, "L0")], float(tick))
        x = features.step(journeys, float(tick))
    assert x[0, FEATURES.index("hops_10s_mps")] * SCALES["hops_10s_mps"] == pytest.approx(1.0)


@pytest.mark.parametrize("jump_s", [-500.0, -3.0, 300.0, 4000.0])
def test_gaps_and_clocks_set_back_give_finite_features(jump_s: float) -> None:
    journeys = Journeys(MAP)
    journeys.open("walks", 0.0)
    journeys.open("once", 0.0)
    journeys.fix([FixRow("once", 0, 4.0, 6.0, 2.0, None, 0.0, "L0")], 1.0)
    now_s = 0.0
    for tick in range(120):
        now_s += jump_s if tick == 60 else 1.0
        row = FixRow("walks", 0, 3.0 + 0.04 * tick, 6.0, 2.0, None, 0.0, "L0")
        journeys.fix([row], now_s)
        x = features.step(journeys, now_s)
        assert np.isfinite(x).all()
        assert (np.abs(x) <= LIMIT).all()


def test_nobody_has_no_features() -> None:
    assert features.step(Journeys(MAP), 1.0).shape == (0, len(FEATURES))


def test_ten_thousand_at_once() -> None:
    journeys = Journeys(MAP)
    names = [f"h{k}" for k in range(10_000)]
    for name in names:
        journeys.open(name, 0.0)
    for tick in (1.0, 2.0, 3.0):
        rows = [FixRow(n, 0, 1.0 + k % 9, 5.0, 2.0, None, 0.0, "L0") for k, n in enumerate(names)]
        assert journeys.fix(rows, tick) == 10_000
        x = features.step(journeys, tick)
        assert x.shape == (10_000, len(FEATURES))
        assert np.isfinite(x).all()
    for name in names[::2]:
        journeys.close(name)
    assert len(features.step(journeys, 4.0)) == 5_000
    journey = journeys.at("h9999")
    assert journey is not None
    assert journey.x_m == 1.0 + 9999 % 9


def test_more_than_a_ring_of_ticks() -> None:
    journeys = Journeys(MAP)
    journeys.open("h", 0.0)
    x = np.zeros((1, len(FEATURES)), np.float32)
    for tick in range(400):
        journeys.fix([FixRow("h", 0, 5.0, 5.0, 2.0, None, 0.0, "L0")], float(tick))
        x = features.step(journeys, float(tick))
    named = dict(zip(FEATURES, x[0], strict=True))
    assert named["speed_10s_mps"] == 0.0
    assert named["still_s"] == LIMIT
    assert named["stay_s"] == LIMIT
    assert named["stays"] == 0.0
    assert named["back_m"] == pytest.approx(8.0 / SCALES["back_m"])
