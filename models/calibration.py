"""From logits to what is served: offsets for the mean F1, temperatures for honesty, gates."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.journeys import SIX, STAGES, Stage

Numbers = NDArray[np.floating]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Offsets are sought in steps that get smaller; below the last one the mean F1 is noise.
STEPS: Final = (0.4, 0.2, 0.1, 0.05)
# A stage that is never right would pull its offset without end.
OFFSET_MAX: Final = 2.0
TEMPERATURES: Final = np.geomspace(0.4, 3.0, 80)
# With fewer seconds a stage keeps the temperature 1.
SECONDS_MIN: Final = 50
# How often a stage must be right where it passes its gate: a message at the till costs most.
PRECISION: Final[dict[Stage, float]] = {"engaged": 0.9, "weighing": 0.9, "checkout": 0.97}
PRECISION_ELSE: Final = 0.85
# The measured precision of the validation split is that of other stores less this.
PRECISION_SPARE: Final = 0.01
# A gate that lets less than this share of its stage through is as good as none. Then the precision
# is eased in these steps: seconds of the neighbouring stage (weighing for engaged, a shelf beside
# the till for checkout) are most of what it lets through wrongly.
GATED_SHARE_MIN: Final = 0.05
EASED: Final = (0.0, 0.05, 0.1)
NEVER: Final = 1.0


def _f1(truth: Ints, guess: Ints) -> float:
    """Mean F1 of the classes that occur in `truth`."""
    size = len(STAGES)
    counts = np.bincount(truth * size + guess, minlength=size * size).reshape(size, size)
    both = counts.sum(axis=1) + counts.sum(axis=0)
    there = counts.sum(axis=1) > 0
    return float((2 * counts.diagonal()[there] / both[there]).mean())


def offsets(logits: Numbers, truth: Ints) -> Numbers:
    """What to add to the logits (n, 8) so that their arg-max has the best mean F1, 8 and 6 stages.

    Class weights in the loss go half of the way, because they also shape what is learnt (Menon et
    al. 2021, logit adjustment); the other half is found here, one stage after another.
    """

    def found(added: Numbers) -> float:
        guess = (logits + added).argmax(axis=1)
        return _f1(truth, guess) + _f1(SIX[truth], SIX[guess])

    best: Numbers = np.zeros(len(STAGES))
    for step in STEPS:
        for stage in range(len(STAGES)):
            best = _climb(found, best, stage, step)
    return np.asarray(best - best.mean())


def _climb(found: Callable[[Numbers], float], start: Numbers, stage: int, step: float) -> Numbers:
    best, value = start, found(start)
    for move in (step, -step):
        while abs(best[stage] + move) <= OFFSET_MAX:
            tried = best.copy()
            tried[stage] += move
            if (now := found(tried)) <= value:
                break
            best, value = tried, now
    return best


def softmax(logits: Numbers) -> Numbers:
    """Probabilities (n, 8)."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def temperatures(logits: Numbers, truth: Ints) -> Numbers:
    """For each top stage the divisor that makes its probability most likely (Guo et al. 2017)."""
    top = logits.argmax(axis=1)
    out = np.ones(len(STAGES))
    for stage in range(len(STAGES)):
        here = top == stage
        if here.sum() >= SECONDS_MIN:
            out[stage] = _temperature(logits[here], truth[here] == stage)
    return out


def _temperature(logits: Numbers, right: Mask) -> float:
    losses = []
    for value in TEMPERATURES:
        p = np.clip(softmax(logits / value).max(axis=1), 1e-6, 1 - 1e-6)
        losses.append(float(-np.log(np.where(right, p, 1 - p)).mean()))
    return float(TEMPERATURES[int(np.argmin(losses))])


def calibrated(logits: Numbers, divisors: Numbers) -> Numbers:
    """Probabilities (n, 8) of logits under the temperatures of their top stages."""
    return softmax(logits / divisors[logits.argmax(axis=1)][:, None])


def gates(p: Numbers, truth: Ints) -> dict[Stage, float]:
    """For each stage the least probability from which on it is right often enough, else NEVER."""
    return {
        stage: _gate(p[:, k], truth == k, PRECISION.get(stage, PRECISION_ELSE) + PRECISION_SPARE)
        for k, stage in enumerate(STAGES)
    }


def _gate(p: Numbers, right: Mask, precision: float) -> float:
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(right[order])
    found = hits / np.arange(1, len(p) + 1)
    enough = hits >= max(GATED_SHARE_MIN * right.sum(), 1)
    for eased in EASED:
        good = np.flatnonzero((found >= precision - eased) & enough)
        if len(good):
            return float(np.ceil(p[order[good[-1]]] * 1000) / 1000)
    return NEVER
