"""Why the stage "stuck" never speaks by itself: a long stay has to bear it out.

Of the eight stages it is the one told worst (F1 about 0.4), and a shopper who stands in thought or
reads a message looks the same from the ceiling. Any campaign may go out as a push, so this holds
for all: what only `stuck` sets off needs STUCK_DWELL_S in one zone, or of waiting, besides.
"""

from collections.abc import Callable, Sequence
from itertools import product
from math import inf, nextafter
from typing import Final

import msgspec

from hub_server.decision.conditions import All, AnyOf, Clause, Condition, Not, compiled
from hub_server.decision.snapshot import STAGES, ContextSnapshot, StageP

# Twice the 15 s of standing from which the labels speak of stuck: a shorter stay tells nothing that
# the stage has not told. Shorter lets in everybody who looks at the phone for a moment; from 60 s
# on, who needs help has found it or given up.
STUCK_DWELL_S: Final = 30.0
EVIDENCE: Final = frozenset({"dwell_s", "waiting_s"})
STUCK: Final = "stuck"
# Somebody who walks about and shows no need: what this stage sets off too is not stuck's doing.
UNREMARKABLE: Final = "exploring"

# What a condition says of one moment, and of the same one were the shopper not stuck.
Pair = tuple[bool, bool]
Pairs = frozenset[Pair]
_EITHER: Final[Pairs] = frozenset({(False, False), (True, True)})


def has_evidence(snapshot: ContextSnapshot) -> bool:
    """Whether something besides the stage says that the shopper may need help."""
    return max(snapshot.dwell_s, snapshot.waiting_s) >= STUCK_DWELL_S


def not_stuck(snapshot: ContextSnapshot) -> ContextSnapshot:
    """The same moment of a shopper who is surely not stuck."""
    return msgspec.structs.replace(
        snapshot,
        stage=_otherwise(snapshot.stage),
        stage_p=msgspec.structs.replace(snapshot.stage_p, stuck=0.0),
    )


def _otherwise(stage: str | None) -> str | None:
    return UNREMARKABLE if stage == STUCK else stage


def met_by_stuck_alone(condition: Condition) -> bool:
    """Whether there is a moment without evidence in which only being stuck meets the condition.

    Clauses on anything but stage and evidence count as free to hold or not, each for itself. So a
    condition that contradicts itself may be called met; one that can be met is never missed.
    """
    return any((True, False) in _pairs(condition, stage) for stage in (None, *STAGES))


def _pairs(condition: Condition, stage: str | None) -> Pairs:
    """Every pair that a moment in `stage` without evidence may give."""
    match condition:
        case All(parts):
            return _folded(parts, stage, (True, True), all)
        case AnyOf(parts):
            return _folded(parts, stage, (False, False), any)
        case Not(part):
            return frozenset((not now, not otherwise) for now, otherwise in _pairs(part, stage))
        case _:
            return _clause_pairs(condition, stage)


def _folded(
    parts: Sequence[Condition],
    stage: str | None,
    of_none: Pair,
    joined: Callable[[Sequence[bool]], bool],
) -> Pairs:
    # Part by part, since all combinations of 40 clauses at once would be too many.
    found = frozenset({of_none})
    for part in parts:
        found = frozenset(
            (joined((a[0], b[0])), joined((a[1], b[1])))
            for a, b in product(found, _pairs(part, stage))
        )
    return found


def _clause_pairs(clause: Clause, stage: str | None) -> Pairs:
    if clause.field == "stage":
        moments = [ContextSnapshot(at_s=0.0, stage=stage)]
    elif clause.field == "stage_p" and clause.of == STUCK:
        moments = [ContextSnapshot(at_s=0.0, stage_p=StageP(stuck=p)) for p in _edges(clause, 1.0)]
    elif clause.field in EVIDENCE:
        below_s = nextafter(STUCK_DWELL_S, -inf)
        moments = [
            ContextSnapshot(at_s=0.0, dwell_s=x, waiting_s=x) for x in _edges(clause, below_s)
        ]
    else:
        return _EITHER
    check = compiled(clause)
    return frozenset((check(moment), check(not_stuck(moment))) for moment in moments)


def _edges(clause: Clause, high: float) -> list[float]:
    """Numbers from 0 to `high` between which the clause does not change its mind."""
    values = clause.value if isinstance(clause.value, tuple) else (clause.value,)
    near = [edge for x in values for edge in (nextafter(x, -inf), x, nextafter(x, inf))]
    return [x for x in (0.0, *near, high) if 0.0 <= x <= high]
