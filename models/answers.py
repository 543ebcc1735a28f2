"""What an estimator says of followed visits, and what the hub would serve of it.

The visits run side by side, a tick a second, through the model's own step and the hub's own
hysteresis: the answers are those of models/sequences.py (a test holds them together), from features
that are there already and so in a tenth of the time.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.features import SCALES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGE_STALE_S, STAGES, Journeys
from hub_server.model.network import Answer
from hub_server.stage import StageModel
from models.scores import Judged, judged
from models.sequences import Followed
from store_maps import corner_market

Numbers = NDArray[np.floating]
Ints = NDArray[np.int64]
Ask = Callable[[Ints, NDArray[np.float32]], Answer]
"""The answers to rows of all seconds of all visits, given the states before."""

# Visits side by side: a tick's cost is then that of its rows, and the longest one is not waited for
# by many.
AT_ONCE: Final = 256


def by_model(visits: Sequence[Followed], model: StageModel) -> list[Judged]:
    """What a model says of each visit."""

    def asked(some: Sequence[Followed]) -> Ask:
        x = np.concatenate([visit.x[visit.opened :] for visit in some])
        return lambda at, state: model.predict(x[at], state)

    return _judge(visits, asked, model.gates)


def by_answers(
    visits: Sequence[Followed], answers: Sequence[tuple[Numbers, Numbers]]
) -> list[Judged]:
    """What was said of each visit, p (n, 8) and p_buy (n,), and would be served of it."""
    said = {visit.visit: answer for visit, answer in zip(visits, answers, strict=True)}

    def asked(some: Sequence[Followed]) -> Ask:
        p, p_buy = (
            np.concatenate([said[visit.visit][k][visit.opened :] for visit in some]).astype(
                np.float32
            )
            for k in (0, 1)
        )
        return lambda at, state: Answer(p[at], p_buy[at], state)

    return _judge(visits, asked, np.ones(len(STAGES)))


def _judge(
    visits: Sequence[Followed],
    asked: Callable[[Sequence[Followed]], Ask],
    gates: NDArray[np.float64],
) -> list[Judged]:
    """Visits of like length together, so that few wait for the longest."""
    order = sorted(range(len(visits)), key=lambda i: len(visits[i].stages) - visits[i].opened)
    out: dict[int, Judged] = {}
    for begin in range(0, len(order), AT_ONCE):
        numbers = order[begin : begin + AT_ONCE]
        some = [visits[i] for i in numbers]
        out.update(zip(numbers, _together(some, asked(some), gates), strict=True))
    return [out[i] for i in range(len(visits))]


def _together(visits: Sequence[Followed], ask: Ask, gates: NDArray[np.float64]) -> list[Judged]:
    lengths = np.array([max(len(visit.stages) - visit.opened, 0) for visit in visits])
    first, last = np.cumsum(lengths) - lengths, np.maximum(lengths - 1, 0)
    # A visit without a second of its own asks for another's, and keeps nothing of it.
    first = np.minimum(first, max(int(lengths.sum()) - 1, 0))
    seconds = int(lengths.max())
    p = np.full((seconds, len(visits), len(STAGES)), np.nan, np.float32)
    p_buy, served = np.full((seconds, len(visits)), np.nan, np.float32), np.zeros_like(p[..., 0])
    journeys = _opened(len(visits))
    state = np.zeros((len(visits), STATE_WIDTH), np.float32)
    for k in range(seconds):
        answer = ask(first + np.minimum(k, last), state)
        journeys.follow(*answer, gates)
        p[k], p_buy[k], state = answer
        served[k] = journeys.tracks["served"]
    return [
        _judged(visit, p[:n, i], p_buy[:n, i], served[:n, i])
        for i, (visit, n) in enumerate(zip(visits, lengths.tolist(), strict=True))
    ]


def _opened(count: int) -> Journeys:
    """Journeys for their hysteresis only; where they are is of no matter to it."""
    journeys = Journeys(corner_market.load())
    for number in range(count):
        journeys.open(f"{number}", 0.0)
    return journeys


def _judged(visit: Followed, p: Numbers, p_buy: Numbers, served: Numbers) -> Judged:
    x = visit.x[visit.opened :]
    columns = {name: x[:, list(SCALES).index(name)] for name in ("map_shelves", "map_tills")}
    age_s = x[:, list(SCALES).index("place_age_s")] * SCALES["place_age_s"]
    known = (age_s <= STAGE_STALE_S) & (columns["map_shelves"] > 0) & (columns["map_tills"] > 0)
    whole = visit._replace(
        p=_from_opening(visit, p, np.nan),
        p_buy=_from_opening(visit, p_buy, np.nan),
        served=_from_opening(visit, np.where(known, served, -1), -1).astype(np.int64),
    )
    return judged(whole)


def _from_opening(visit: Followed, values: Numbers, before: float) -> Numbers:
    shape = (min(visit.opened, len(visit.stages)), *values.shape[1:])
    return np.concatenate([np.full(shape, before, values.dtype), values])
