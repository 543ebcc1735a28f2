"""What the stage model must beat: gradient boosting on one tick's features, and an HMM over it.

Needs scikit-learn (extra `train`). Both train in under a minute of one core, the same each time.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from hub_server.journeys import STAGES
from models.scores import CHECKOUT, macro_f1
from models.sequences import Followed

Numbers = NDArray[np.float64]
Answer = tuple[Numbers, Numbers]
"""p (n, 8) and p_buy (n,) of one visit."""

# Seconds that the boosting learns from, spread evenly over all of them: neighbours are alike, and
# twice as many gave 0.002 macro-F1 on validation for twice the time.
ROWS: Final = 60_000
# 60 rounds of 31 leaves take half a minute; 100 rounds were 0.01 worse on validation, and classes
# weighted by their rarity (powers -0.5 and -1 of the frequency) 0.01 to 0.02.
ROUNDS: Final = 60
LEAVES: Final = 31
LEAF_ROWS: Final = 100
# P(buy) is one number a visit: larger trees, with smaller leaves, learn the training's visits by
# heart (31 leaves of 100 rows: AUC 0.01 worse on validation).
BUY_ROUNDS: Final = 40
BUY_LEAVES: Final = 8
BUY_LEAF_ROWS: Final = 500
# How much of a tick's posterior counts as new: neighbouring ticks say the same. 1 = all.
NOVELTIES: Final = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
# A chain of ticks that say the same is far too sure of itself.
TEMPERATURES: Final = np.geomspace(0.5, 6.0, 50)
P_MIN: Final = 1e-6


def _boosting(rounds: int, leaves: int, leaf_rows: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=rounds,
        max_leaf_nodes=leaves,
        min_samples_leaf=leaf_rows,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=0,
    )


class _Rows(NamedTuple):
    x: NDArray[np.float32]
    stages: NDArray[np.int64]
    bought: NDArray[np.bool_]


def _open_rows(visits: Sequence[Followed]) -> _Rows:
    """Every second with an open journey."""
    return _joined(visits, [np.arange(v.opened, len(v.stages)) for v in visits])


def _joined(visits: Sequence[Followed], at: Sequence[NDArray[np.int64]]) -> _Rows:
    """The seconds `at` of each visit."""
    both = list(zip(visits, at, strict=True))
    return _Rows(
        np.concatenate([visit.x[here] for visit, here in both]),
        np.concatenate([visit.stages[here] for visit, here in both]),
        np.concatenate([np.full(len(here), visit.bought) for visit, here in both]),
    )


def _spread(visits: Sequence[Followed], until: Sequence[int]) -> _Rows:
    """ROWS of the open seconds before `until`, evenly spread over all visits."""
    first = np.array([visit.opened for visit in visits])
    counts = np.maximum(np.array(until) - first, 0)
    every = max(int(counts.sum()) // ROWS, 1)
    starts = np.cumsum(counts) - counts
    at = [
        np.arange(-start % every, count, every) + begin
        for start, count, begin in zip(starts, counts, first, strict=True)
    ]
    return _joined(visits, at)


def _loss(p: Numbers, stages: NDArray[np.int64]) -> float:
    """Mean negative log-likelihood."""
    return float(-np.log(np.maximum(p[np.arange(len(p)), stages], P_MIN)).mean())


def _macro_f1(p: Numbers, stages: NDArray[np.int64]) -> float:
    confusion = np.zeros((len(STAGES), len(STAGES) + 1), np.int64)
    np.add.at(confusion, (stages, p.argmax(axis=1)), 1)
    return macro_f1(confusion)


def tempered(p: Numbers, temperature: float) -> Numbers:
    """Probabilities whose logits are divided by `temperature`."""
    raised = np.maximum(p, P_MIN) ** (1 / temperature)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def _temperature(p: Numbers, stages: NDArray[np.int64]) -> float:
    losses = [_loss(tempered(p, t), stages) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


class Chain:
    """A hidden Markov model of the stages: counted transitions, scaled posteriors as emissions.

    Args:
        sequences: the labels of visits, second by second.
    """

    def __init__(self, sequences: Sequence[NDArray[np.int64]]) -> None:
        counts = np.ones((len(STAGES), len(STAGES)))
        first = np.ones(len(STAGES))
        for stages in sequences:
            np.add.at(counts, (stages[:-1], stages[1:]), 1)
            first[stages[:1]] += 1
        self._step: Numbers = counts / counts.sum(axis=1, keepdims=True)
        self._first: Numbers = first / first.sum()
        self._prior: Numbers = counts.sum(axis=1) / counts.sum()

    def filtered(self, posterior: Numbers, novelty: float) -> Numbers:
        """P(stage | all ticks so far), (n, 8), from posteriors of one tick each (n, 8)."""
        likelihood = (np.maximum(posterior, P_MIN) / self._prior) ** novelty
        out: Numbers = np.empty_like(likelihood)
        belief = self._first
        for k, tick in enumerate(likelihood):
            belief = (belief if k == 0 else belief @ self._step) * tick
            belief = belief / belief.sum()
            out[k] = belief
        return out


class Baselines:
    """Both baselines, trained.

    Args:
        visits: to learn from.
        held: other visits, for the temperatures and the chain's novelty.
    """

    def __init__(self, visits: Sequence[Followed], held: Sequence[Followed]) -> None:
        rows = _spread(visits, [len(visit.stages) for visit in visits])
        self._stage: Final = _boosting(ROUNDS, LEAVES, LEAF_ROWS).fit(rows.x, rows.stages)
        rows = _spread(visits, [_end(visit) for visit in visits])
        buying = _boosting(BUY_ROUNDS, BUY_LEAVES, BUY_LEAF_ROWS)
        self._buy: Final = buying.fit(rows.x, rows.bought)
        self._chain: Final = Chain([visit.stages[visit.opened :] for visit in visits])
        posteriors, truth = self._posteriors(held), _open_rows(held).stages
        joined = np.concatenate(posteriors)
        self._temperature: Final = _temperature(joined, truth)
        found = [_macro_f1(self._chained(posteriors, novelty), truth) for novelty in NOVELTIES]
        self._novelty: Final = NOVELTIES[int(np.argmax(found))]
        filtered = self._chained(posteriors, self._novelty)
        self._chain_temperature: Final = _temperature(filtered, truth)

    def _posteriors(self, visits: Sequence[Followed]) -> list[Numbers]:
        """The boosting's p of each visit's open seconds."""
        p = np.zeros((sum(len(v.x) - v.opened for v in visits), len(STAGES)))
        p[:, self._stage.classes_] = self._stage.predict_proba(_open_rows(visits).x)
        return np.split(p, np.cumsum([len(v.x) - v.opened for v in visits])[:-1])

    def _chained(self, posteriors: Sequence[Numbers], novelty: float) -> Numbers:
        return np.concatenate([self._chain.filtered(p, novelty) for p in posteriors])

    def answers(self, visits: Sequence[Followed]) -> dict[str, list[Answer]]:
        """What each baseline says of each visit; before a journey opens, all alike."""
        posteriors = self._posteriors(visits)
        buys = np.split(
            self._buy.predict_proba(_open_rows(visits).x)[:, -1],
            np.cumsum([len(p) for p in posteriors])[:-1],
        )
        found: dict[str, list[Answer]] = {"gbdt": [], "hmm": []}
        for visit, posterior, buy in zip(visits, posteriors, buys, strict=True):
            filtered = self._chain.filtered(posterior, self._novelty)
            p_buy = _whole(visit, buy, 0.5)
            for name, p, temperature in (
                ("gbdt", posterior, self._temperature),
                ("hmm", filtered, self._chain_temperature),
            ):
                p_stage = _whole(visit, tempered(p, temperature), 1 / len(STAGES))
                found[name].append((p_stage, p_buy))
        return found


def _end(visit: Followed) -> int:
    """The first second of checkout or leaving; without one, the end."""
    over = visit.stages >= CHECKOUT
    return int(over.argmax()) if over.any() else len(over)


def _whole(visit: Followed, values: Numbers, unknown: float) -> Numbers:
    """Values of the open seconds with `unknown` before them."""
    before = np.full((visit.opened, *values.shape[1:]), unknown)
    return np.concatenate([before, values])
