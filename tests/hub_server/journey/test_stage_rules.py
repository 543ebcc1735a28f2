import numpy as np
import pytest

from hub_server.features import FEATURES, SCALES
from hub_server.journey.stage_rules import OTHERWISE, RULES, rules
from hub_server.journeys import STAGES

# Minutes into a visit, far from door and till, by a shelf where nobody was before.
AMONG_SHELVES = {
    "in_store_s": 400.0,
    "since_till_s": 240.0,
    "exit_m": 15.0,
    "stay_shelf_p": 0.9,
    "back_m": 8.0,
}


def row(**values: float) -> np.ndarray:
    return np.array([[values.get(n, 0.0) / SCALES[n] for n in FEATURES]], np.float32)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"in_store_s": 10, "map_entrance": 1}, "arriving"),
        ({"stay_s": 10, "stay_till_p": 0.6}, "checkout"),
        ({"till_p": 0.5, "speed_10s_mps": 0.2}, "checkout"),
        (
            {
                "since_till_s": 30,
                "exit_approach_20s_mps": 0.6,
                "line_10s_mps": 0.8,
                "speed_10s_mps": 0.8,
            },
            "leaving",
        ),
        ({"exit_m": 2}, "leaving"),
        ({"stay_s": 20, "stay_shelf_p": 0}, "stuck"),
        ({"stay_s": 10, "back_m": 1}, "weighing"),
        ({"stay_s": 50}, "weighing"),
        ({"stay_s": 10}, "engaged"),
        ({"line_10s_mps": 0.9, "line_20s_mps": 0.8}, "purposeful"),
        ({}, "exploring"),
    ],
)
def test_a_rule_answers(values: dict[str, float], expected: str) -> None:
    p = rules(row(**{**AMONG_SHELVES, **values}))
    assert STAGES[int(p.argmax())] == expected
    assert p.sum() == pytest.approx(1.0)


def test_the_first_rule_that_holds_wins() -> None:
    p = rules(row(in_store_s=10, map_entrance=1, till_p=0.9))
    assert STAGES[int(p.argmax())] == "arriving"


@pytest.mark.parametrize("rule", [*RULES, OTHERWISE])
def test_every_rule_names_what_there_is(rule: object) -> None:
    assert isinstance(rule, type(OTHERWISE))
    assert rule.stage in STAGES
    assert 1 / 8 < rule.p < 1
    assert {name for name, _, _ in rule.conditions} <= set(FEATURES)
