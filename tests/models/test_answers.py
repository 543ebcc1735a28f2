import numpy as np
import pytest

from hub_server.journeys import STAGES
from hub_server.stage import StageModel
from models.answers import by_answers, by_model
from models.scores import judged
from models.sequences import run
from models.visits import ObservedFix, Visit
from store_maps.layouts import store


def stroll(name: str, seconds: int, heard: np.ndarray) -> Visit:
    rng = np.random.default_rng(seconds)
    xy_m = np.cumsum(rng.normal(0, 0.4, (seconds, 2)), axis=0) + 8.0
    return Visit(
        name,
        "map.geojson",
        [(float(t), float(x), float(y)) for t, (x, y) in enumerate(xy_m)],
        [ObservedFix(float(t), float(xy_m[t, 0]), float(xy_m[t, 1]), 2.0) for t in heard],
        bought=True,
    )


@pytest.fixture(scope="module")
def visits() -> list[Visit]:
    """One seen throughout, one seen late, one with a gap, one of which nothing is heard."""
    return [
        stroll("whole", 150, np.arange(150)),
        stroll("late", 90, np.arange(40, 90, 2)),
        stroll("gap", 200, np.r_[np.arange(30), np.arange(120, 200)]),
        stroll("silent", 60, np.arange(0)),
    ]


@pytest.mark.parametrize("model", [StageModel(None), StageModel.load()], ids=["rules", "model"])
def test_the_answers_are_those_of_the_served_path(visits: list[Visit], model: StageModel) -> None:
    floor_map = store("grid", 3)
    followed = run(floor_map, visits, model)
    expected = {one.visit: judged(one) for one in followed}
    assert [one.visit for one in by_model(followed, model)] == [one.visit for one in visits]
    for one in by_model(followed, model):
        name = one.visit
        np.testing.assert_allclose(one.p, expected[name].p, atol=2e-5, err_msg=name)
        np.testing.assert_allclose(one.p_buy, expected[name].p_buy, atol=2e-5, err_msg=name)
        np.testing.assert_array_equal(one.served, expected[name].served, err_msg=name)


def test_what_was_said_is_served_with_hysteresis(visits: list[Visit]) -> None:
    followed = run(store("grid", 3), visits, StageModel(None))
    said = []
    for one in followed:
        p = np.full((len(one.stages), len(STAGES)), 0.02)
        p[:, 3] = 0.86
        p[::7] = 0.05
        p[::7, 3:5] = (0.3, 0.4)
        said.append((p, np.full(len(p), 0.3)))
    whole, *_, silent = by_answers(followed, said)
    assert (whole.p[::7].argmax(axis=1) == 4).all()
    assert set(whole.served[20:].tolist()) == {3}
    assert (whole.p_buy == 0.3).all()
    assert np.isnan(silent.p).all()
