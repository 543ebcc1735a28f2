"""The stages by a small rule table: what answers where there is no good model."""

import operator
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub_server.features import SCALES
from hub_server.journeys import STAGES, Stage

Operator = Literal["<", ">="]
_OPERATORS: Final[dict[str, Callable[[Any, Any], NDArray[np.bool_]]]] = {
    "<": operator.lt,
    ">=": operator.ge,
}


class Rule(NamedTuple):
    """While every condition holds, the stage is `stage` with probability `p`."""

    stage: Stage
    p: float
    conditions: tuple[tuple[str, Operator, float], ...]


# The first rule whose conditions hold answers; without one, OTHERWISE. Thresholds are the labels'
# own (models/labels.py), widened by the error of the smoothed place and tried by hand on the
# training stores of the first draw; each p is how often its stage was right there. Rules for stuck
# with returns to a zone among them were right one time in fifteen: at 2-3 m of error zones flicker.
RULES: Final = (
    Rule(
        "arriving",
        0.66,
        (("in_store_s", "<", 45), ("entrance_far_m", "<", 7), ("map_entrance", ">=", 1)),
    ),
    Rule("checkout", 0.84, (("till_p", ">=", 0.3), ("speed_10s_mps", "<", 0.45))),
    Rule(
        "leaving",
        0.35,
        (
            ("in_store_s", ">=", 120),
            ("since_till_s", "<", 60),
            ("exit_approach_10s_mps", ">=", 0.5),
        ),
    ),
    Rule(
        "leaving",
        0.35,
        (
            ("in_store_s", ">=", 90),
            ("entrance_m", "<", 12),
            ("exit_approach_10s_mps", ">=", 0.4),
        ),
    ),
    Rule(
        "stuck", 0.78, (("still_s", ">=", 15), ("shelf_mean_10s_m", ">=", 3), ("till_m", ">=", 6))
    ),
    Rule(
        "weighing",
        0.46,
        (("speed_20s_mps", "<", 0.2), ("back_m", "<", 3), ("back_long_s", ">=", 8)),
    ),
    Rule("weighing", 0.46, (("still_s", ">=", 40),)),
    Rule("engaged", 0.44, (("speed_20s_mps", "<", 0.2),)),
    Rule("purposeful", 0.22, (("speed_10s_mps", ">=", 0.5), ("efficiency_10s", ">=", 0.65))),
)
OTHERWISE: Final = Rule("exploring", 0.32, ())


def rules(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table's answer (n, 8), in the order of STAGES, to features (n, len(FEATURES))."""
    columns = {name: x[:, k] * scale for k, (name, scale) in enumerate(SCALES.items())}
    p = np.empty((len(x), len(STAGES)), np.float32)
    for rule in (OTHERWISE, *reversed(RULES)):
        holds = np.ones(len(x), bool)
        for name, operator_name, value in rule.conditions:
            holds &= _OPERATORS[operator_name](columns[name], np.float32(value))
        p[holds] = (1.0 - rule.p) / (len(STAGES) - 1)
        p[holds, STAGES.index(rule.stage)] = rule.p
    return p
