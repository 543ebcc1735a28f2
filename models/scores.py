"""Figures of stage predictions, as `score_stage.py` of the project's data defines them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.journeys import STAGES

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# exploring and purposeful are both moving; engaged and weighing are both engaged.
SIX: Final = np.array([0, 1, 1, 3, 3, 5, 6, 7])
ECE_BINS: Final = 15
# At these shares of the time before the first checkout or leaving P(buy) is judged.
BUY_SHARES: Final = (0.25, 0.5, 0.75)
CHECKOUT: Final = 6


def f1(truth: Ints, guess: Ints) -> dict[int, float]:
    """F1 of each class that occurs in `truth`."""
    out = {}
    for c in np.unique(truth).tolist():
        hit = int(((guess == c) & (truth == c)).sum())
        wrong = int(((guess == c) != (truth == c)).sum())
        out[c] = 2 * hit / (2 * hit + wrong)
    return out


def macro_f1(truth: Ints, guess: Ints) -> float:
    """Mean F1 of the classes that occur in `truth`."""
    return float(np.mean(list(f1(truth, guess).values())))


def ece(p: Floats, truth: Ints) -> float:
    """Expected calibration error of the top probability: sum over bins of share x |hit - p|."""
    there = np.isfinite(p).all(axis=1)
    top, right = p[there].max(axis=1), p[there].argmax(axis=1) == truth[there]
    bins = np.minimum((top * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = [
        abs(float(right[here].mean() - top[here].mean())) * float(here.sum()) / len(p)
        for b in range(ECE_BINS)
        if (here := bins == b).any()
    ]
    return float(sum(gaps))


def auc(truth: Mask, score: Floats) -> float | None:
    """Area under the ROC curve, ties counting half; None where all are alike."""
    if truth.all() or not truth.any():
        return None
    _, rank, count = np.unique(score, return_inverse=True, return_counts=True)
    upto = np.cumsum(count)
    middle = upto - (count - 1) / 2
    positives, negatives = int(truth.sum()), int((~truth).sum())
    wins = middle[rank][truth].sum() - positives * (positives + 1) / 2
    return float(wins / (positives * negatives))


def buy_auc(
    p_buy: Sequence[Floats], truth: Sequence[Ints], bought: Sequence[bool]
) -> dict[str, float]:
    """AUC of P(buy) at `BUY_SHARES` of the time before the first checkout or leaving label."""
    out = {}
    for share in BUY_SHARES:
        values = []
        for guess, stages in zip(p_buy, truth, strict=True):
            over = stages >= CHECKOUT
            end = int(over.argmax()) if over.any() else len(stages) - 1
            values.append(guess[int(share * end)])
        area = auc(np.array(bought, bool), np.array(values))
        if area is not None:
            out[f"p_buy_auc_{share * 100:.0f}"] = area
    return out


def scores(p: Floats, truth: Ints) -> dict[str, float]:
    """The figures of probabilities (n, 8) against stages (n,); NaN = no answer, which is wrong."""
    there = np.isfinite(p).all(axis=1)
    guess = np.where(there, np.nan_to_num(p).argmax(axis=1), -1).astype(np.int64)
    per_stage = {f"f1_{STAGES[c]}": value for c, value in f1(truth, guess).items()}
    return {
        "macro_f1_8": macro_f1(truth, guess),
        "macro_f1_6": macro_f1(SIX[truth], np.where(there, SIX[guess], -1)),
        "accuracy": float((guess == truth).mean()),
        "ece": ece(p, truth),
        **per_stage,
    }
