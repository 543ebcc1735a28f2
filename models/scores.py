"""Figures of stage predictions, as `score_stage.py` of the project's data defines them.

A `Tally` takes visit after visit and keeps counts only, so any number of visits fits in memory.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub_server.journeys import ONE_OF_P, SIX, STAGES
from hub_server.stage import StageModel
from models.sequences import Followed

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ECE_BINS: Final = 15
# At these shares of the time before the first checkout or leaving P(buy) is judged.
BUY_SHARES: Final = (0.25, 0.5, 0.75)
CHECKOUT: Final = 6
# A change of stage counts when the new stage lasts this long, and is recognized by so many right
# seconds in a row.
LASTING_S: Final = 10
RECOGNIZED_S: Final = 3
# What P(buy) is taken for where there is no answer.
BUY_UNKNOWN: Final = 0.5
# The confusion's last column: no answer.
NO_ANSWER: Final = len(STAGES)
# The precision of a stage is also told at that share of its own seconds, wherever its gate lies:
# what a message may be worth at the shelf and at the till.
AT_SHARE: Final = {"engaged": 0.2, "checkout": 0.8}
STEPS: Final = 1000
# The stages of the six that are two of the eight, by the name of the second.
ALIKE: Final = {"moving": ("exploring", "purposeful"), "engaged": ("engaged", "weighing")}
# Digits of a probability in the predictions file and in what is judged: both are the same numbers.
DIGITS: Final = 5


class Judged(NamedTuple):
    """One visit as it is judged, a row for each labelled second."""

    t_s: Floats
    stages: Ints
    """(n,) labels."""
    p: Floats
    """(n, 8); a row of NaN = no answer."""
    served: Ints
    """(n,) after hysteresis; -1 = unknown."""
    p_buy: Floats
    """(n,); NaN = no answer."""
    bought: bool
    visit: str = ""


class Gated(msgspec.Struct, frozen=True):
    """How far a stage can be acted upon where its p reaches the gate; None = no such second."""

    gate: float
    precision: float | None
    share: float | None
    """Of the stage's own seconds."""


class Figures(msgspec.Struct, frozen=True):
    """Everything `score_stage.py` prints, and the confusion."""

    visits: int
    seconds: int
    answered: float
    macro_f1_8: float
    macro_f1_6: float
    accuracy: float
    ece: float
    delay_median_s: float | None
    delay_p90_s: float | None
    missed: float
    flips_per_min: float
    true_flips_per_min: float
    p_buy_auc_25: float | None
    p_buy_auc_50: float | None
    p_buy_auc_75: float | None
    gated: dict[str, Gated]
    f1: dict[str, float]
    together: dict[str, Gated]
    """Of the stages that are one to a message (ALIKE), where they are ONE_OF_P likely together."""
    at_share: dict[str, float]
    """Of the stages in AT_SHARE that occur: precision among the likeliest seconds that hold the
    share."""
    confusion: list[list[int]]
    """(8, 9) seconds: a row a label, a column a guess, the last one for no answer."""


def judged(visit: Followed, p: Floats | None = None, p_buy: Floats | None = None) -> Judged:
    """A followed visit, with its own answers or with those given, from its opening on."""
    p = np.round((visit.p if p is None else p).astype(np.float64), DIGITS)
    p_buy = np.round((visit.p_buy if p_buy is None else p_buy).astype(np.float64), DIGITS)
    p[: visit.opened] = np.nan
    p_buy[: visit.opened] = np.nan
    return Judged(visit.t_s, visit.stages, p, visit.served, p_buy, visit.bought, visit.visit)


def gates(model: StageModel) -> dict[str, float]:
    """From which probability on the hub calls each stage sure; of the rules none is asked for."""
    return dict(zip(STAGES, model.gates.tolist(), strict=True)) if model.manifest else {}


def f1(confusion: NDArray[np.int64]) -> dict[int, float]:
    """F1 of each class (row) that occurs in a confusion (k, k + 1)."""
    out = {}
    for c in np.flatnonzero(confusion.sum(axis=1)).tolist():
        hit = int(confusion[c, c])
        out[c] = 2 * hit / int(confusion[c].sum() + confusion[:, c].sum())
    return out


def macro_f1(confusion: NDArray[np.int64]) -> float:
    """Mean F1 of the classes that occur."""
    return float(np.mean(list(f1(confusion).values())))


def in_six(confusion: NDArray[np.int64]) -> NDArray[np.int64]:
    """The confusion with the stages that are alike for messages taken together."""
    out = np.zeros_like(confusion)
    np.add.at(out, (SIX[:, None], np.r_[SIX, NO_ANSWER][None]), confusion)
    return out


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


def delays(t_s: Floats, stages: Ints, guess: Ints) -> tuple[list[float], int]:
    """(seconds from each lasting change of stage to its recognition, how many were missed)."""
    found: list[float] = []
    missed = 0
    edges = np.r_[np.flatnonzero(np.diff(stages)) + 1, len(stages)].tolist()
    for first, end in pairwise(edges):
        if end - first < LASTING_S:
            continue
        run = np.convolve(guess[first:end] == stages[first], np.ones(RECOGNIZED_S), "valid")
        hits = np.flatnonzero(run == RECOGNIZED_S)
        if len(hits):
            found.append(float(t_s[first + hits[0] + RECOGNIZED_S - 1] - t_s[first]))
        else:
            missed += 1
    return found, missed


def buy_values(visit: Judged) -> list[float]:
    """P(buy) at `BUY_SHARES` of the time before the first checkout or leaving label."""
    over = np.flatnonzero(visit.stages >= CHECKOUT)
    end = int(over[0]) if len(over) else len(visit.stages) - 1
    values = visit.p_buy[[int(share * end) for share in BUY_SHARES]]
    known: list[float] = np.nan_to_num(values, nan=BUY_UNKNOWN).tolist()
    return known


class Tally:
    """Counts over visits, one labelled second a row.

    Args:
        gates: of stages whose gated precision is asked for.
    """

    def __init__(self, gates: Mapping[str, float] | None = None) -> None:
        self._gates: Final = dict(gates or {})
        self._confusion = np.zeros((len(STAGES), len(STAGES) + 1), np.int64)
        # For each bin: seconds, sum of the top probability, right ones.
        self._bins = np.zeros((3, ECE_BINS))
        # For each gate: seconds that reach it, those of its stage.
        self._gated = np.zeros((2, len(self._gates)), np.int64)
        # For each of ALIKE: seconds in which they are likely together, those right, and their own.
        self._together = np.zeros((len(ALIKE), 3), np.int64)
        # For each stage of AT_SHARE and each thousandth of its p: all seconds, its own.
        self._ranked = np.zeros((len(AT_SHARE), 2, STEPS + 1), np.int64)
        self._delays: list[float] = []
        self._missed = 0
        self._flips = np.zeros(2, np.int64)
        self._buys: list[tuple[bool, list[float]]] = []

    @property
    def visits(self) -> int:
        """How many were counted."""
        return len(self._buys)

    def add(self, visit: Judged) -> None:
        """Count one visit of at least one labelled second."""
        there = np.asarray(np.isfinite(visit.p).all(axis=1))
        p = np.where(there[:, None], visit.p, 0.0)
        guess = np.where(there, p.argmax(axis=1), NO_ANSWER)
        np.add.at(self._confusion, (visit.stages, guess), 1)
        self._calibration(p[there].max(axis=1), (guess == visit.stages)[there])
        for column, (stage, gate) in enumerate(self._gates.items()):
            sure = there & (p[:, STAGES.index(stage)] >= gate)
            own = visit.stages[sure] == STAGES.index(stage)
            self._gated[:, column] += (int(sure.sum()), int(own.sum()))
        self._together += [_pair(p, visit.stages, pair) for pair in ALIKE.values()]
        self._rank(p[there], visit.stages[there])
        found, missed = delays(visit.t_s, visit.stages, guess)
        self._delays += found
        self._missed += missed
        served = np.where(there & (visit.served >= 0), SIX[visit.served], -1)
        self._flips += [int((np.diff(six) != 0).sum()) for six in (served, SIX[visit.stages])]
        self._buys.append((visit.bought, buy_values(visit)))

    def _calibration(self, top: Floats, right: Mask) -> None:
        bins = np.minimum((top * ECE_BINS).astype(int), ECE_BINS - 1)
        for row, weights in enumerate((np.ones(len(top)), top, right.astype(float))):
            self._bins[row] += np.bincount(bins, weights, ECE_BINS)

    def _rank(self, p: Floats, stages: Ints) -> None:
        for row, stage in enumerate(AT_SHARE):
            number = STAGES.index(stage)
            steps = (p[:, number] * STEPS).astype(int)
            for k, some in enumerate((steps, steps[stages == number])):
                self._ranked[row, k] += np.bincount(some, minlength=STEPS + 1)

    def _at_share(self) -> dict[str, float]:
        out = {}
        for (every, own), (stage, share) in zip(self._ranked, AT_SHARE.items(), strict=True):
            seconds = int(self._confusion[STAGES.index(stage)].sum())
            found = np.cumsum(own[::-1])
            if seconds and found[-1] >= share * seconds:
                k = int(np.argmax(found >= share * seconds))
                out[stage] = float(found[k] / np.cumsum(every[::-1])[k])
        return out

    def figures(self) -> Figures:
        """What was counted, as figures.

        Raises:
            ValueError: nothing was counted.
        """
        seconds = int(self._confusion.sum())
        if not seconds:
            msg = "no labelled second to judge, expected visits with a track"
            raise ValueError(msg)
        lasting = len(self._delays) + self._missed
        bought = np.array([one for one, _ in self._buys], bool)
        buys = np.array([values for _, values in self._buys])
        found = {
            f"p_buy_auc_{share * 100:.0f}": auc(bought, buys[:, k])
            for k, share in enumerate(BUY_SHARES)
        }
        flips, true_flips = (self._flips / (seconds / 60)).tolist()
        return Figures(
            visits=self.visits,
            seconds=seconds,
            answered=float(self._confusion[:, :NO_ANSWER].sum() / seconds),
            macro_f1_8=macro_f1(self._confusion),
            macro_f1_6=macro_f1(in_six(self._confusion)),
            accuracy=float(np.trace(self._confusion) / seconds),
            ece=float(np.abs(self._bins[2] - self._bins[1]).sum() / seconds),
            delay_median_s=float(np.median(self._delays)) if self._delays else None,
            delay_p90_s=float(np.percentile(self._delays, 90)) if self._delays else None,
            missed=self._missed / max(lasting, 1),
            flips_per_min=flips,
            true_flips_per_min=true_flips,
            gated=self._gates_found(),
            f1={STAGES[c]: value for c, value in f1(self._confusion).items()},
            together={
                name: _gated(ONE_OF_P, *counts)
                for name, counts in zip(ALIKE, self._together.tolist(), strict=True)
            },
            at_share=self._at_share(),
            confusion=self._confusion.tolist(),
            **found,
        )

    def _gates_found(self) -> dict[str, Gated]:
        out = {}
        for column, (stage, gate) in enumerate(self._gates.items()):
            sure, right = self._gated[:, column].tolist()
            own = int(self._confusion[STAGES.index(stage)].sum())
            out[stage] = _gated(gate, sure, right, own)
        return out


def _gated(gate: float, sure: int, right: int, own: int) -> Gated:
    return Gated(gate, right / sure if sure else None, right / own if own else None)


def _pair(p: Floats, stages: Ints, pair: tuple[str, str]) -> list[int]:
    """Seconds in which the pair is likely together, those right, and their own."""
    numbers = [STAGES.index(stage) for stage in pair]
    sure, own = p[:, numbers].sum(axis=1) >= ONE_OF_P, np.isin(stages, numbers)
    return [int(sure.sum()), int((sure & own).sum()), int(own.sum())]


def score(visits: Iterable[Judged], gates: Mapping[str, float] | None = None) -> Figures:
    """The figures of visits."""
    tally = Tally(gates)
    for visit in visits:
        tally.add(visit)
    return tally.figures()
