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
# own (models/labels.py), moved by hand on training stores to where the error of the places leaves
# them; there every one of them can move by a fifth for less than 0.004 of the mean F1. Each p is
# how often its stage was right there. `stay` is the standing under way (tracks.py).
# Rules for stuck with returns to a zone among them were right one time in fifteen: at 2-3 m of
# error zones flicker.
RULES: Final = (
    Rule(
        "arriving",
        0.58,
        (("in_store_s", "<", 40), ("entrance_far_m", "<", 6), ("map_entrance", ">=", 1)),
    ),
    Rule("checkout", 0.63, (("stay_till_p", ">=", 0.3), ("stay_s", ">=", 6))),
    Rule("checkout", 0.45, (("till_p", ">=", 0.4), ("speed_10s_mps", "<", 0.4))),
    Rule(
        "leaving",
        0.24,
        (
            ("in_store_s", ">=", 120),
            ("since_till_s", "<", 60),
            ("exit_approach_20s_mps", ">=", 0.35),
            ("line_10s_mps", ">=", 0.4),
        ),
    ),
    Rule("leaving", 0.22, (("in_store_s", ">=", 120), ("exit_m", "<", 4))),
    Rule("stuck", 0.24, (("stay_s", ">=", 15), ("stay_shelf_p", "<", 0.15))),
    Rule("weighing", 0.42, (("stay_s", ">=", 6), ("back_m", "<", 2))),
    Rule("weighing", 0.51, (("stay_s", ">=", 45),)),
    Rule("engaged", 0.54, (("stay_s", ">=", 6),)),
    Rule("purposeful", 0.29, (("line_10s_mps", ">=", 0.6), ("line_20s_mps", ">=", 0.4))),
)
OTHERWISE: Final = Rule("exploring", 0.34, ())


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
