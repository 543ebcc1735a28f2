import numpy as np
import pytest

from hub_server.features import FEATURES, SCALES
from hub_server.journeys import STAGES
from hub_server.stage_rules import OTHERWISE, RULES, rules


def row(**values: float) -> np.ndarray:
    return np.array([[values.get(n, 0.0) / SCALES[n] for n in FEATURES]], np.float32)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"in_store_s": 10, "map_entrance": 1}, "arriving"),
        ({"in_store_s": 100, "till_p": 0.6}, "checkout"),
        (
            {"in_store_s": 150, "since_till_s": 30, "exit_approach_10s_mps": 0.6},
            "leaving",
        ),
        (
            {
                "in_store_s": 400,
                "since_till_s": 240,
                "speed_10s_mps": 0.9,
                "speed_20s_mps": 0.9,
                "efficiency_10s": 0.9,
            },
            "purposeful",
        ),
        ({"in_store_s": 400, "since_till_s": 240}, "engaged"),
        ({"in_store_s": 400, "since_till_s": 240, "speed_20s_mps": 0.3}, "exploring"),
    ],
)
def test_a_rule_answers(values: dict[str, float], expected: str) -> None:
    p = rules(row(**values))
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
