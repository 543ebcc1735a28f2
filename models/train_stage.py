"""Train the journey-stage model on simulated shoppers and write it with its manifest.

    python -m models.train_stage --seed 1 --out hub_server/journey_stage.onnx

Needs the extra `train`. One thread; the same seed gives the same bytes. Prints how it does on the
validation split, from which temperatures and gates are read; frozen splits are for models.figures.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from hub_server.features import FEATURES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES
from models.calibration import calibrated, gates, offsets, temperatures
from models.data import Observe, followed
from models.network import StageNetwork
from models.observation import observe as by_stand_in
from models.package import Package, golden_ticks, package
from models.scores import Figures, judged, score
from models.sequences import Followed
from models.streams import STREAMS, Chunk, Seconds, chunk_count, chunks, joined

Numbers = NDArray[np.float32]

EPOCHS: Final = 4
RATE: Final = 5e-3
DECAY: Final = 1e-3
# The rate climbs to RATE in this share of the steps, then falls to nearly nothing.
CLIMB: Final = 0.15
# P(buy) is a second task that must not outweigh the first.
BUY_WEIGHT: Final = 0.2
# Class weights are frequencies to this power.
BALANCE: Final = -0.5
GRADIENT_MAX: Final = 1.0
# Visits whose answers are computed together.
ASKED_AT_ONCE: Final = 128


class Answer(NamedTuple):
    """Of a network to one visit, from its opening on."""

    logits: Numbers
    p_buy: Numbers


class _Targets:
    """The seconds as tensors, cut as the chunks say."""

    def __init__(self, seconds: Seconds) -> None:
        self.seconds = seconds
        counts = np.bincount(seconds.stages, minlength=len(STAGES)) / len(seconds.stages)
        weights = np.maximum(counts, 1e-6) ** BALANCE
        self.weights = torch.tensor(weights / (weights * counts).sum(), dtype=torch.float32)

    def loss(
        self, network: StageNetwork, chunk: Chunk, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss of a chunk, and the state after it."""
        seconds = self.seconds
        x = torch.from_numpy(seconds.x[chunk.at])
        logits, buy, state = network(x, state)
        there = torch.from_numpy(chunk.there.astype(np.float32))
        stages = torch.from_numpy(seconds.stages[chunk.at].astype(np.int64))
        each = nn.functional.cross_entropy(
            logits.flatten(0, 1), stages.flatten(), weight=self.weights, reduction="none"
        )
        before = torch.from_numpy((seconds.before[chunk.at] & chunk.there).astype(np.float32))
        bought = torch.from_numpy(seconds.bought[chunk.visit].astype(np.float32))
        buys = nn.functional.binary_cross_entropy_with_logits(
            buy, bought.expand_as(buy), weight=before, reduction="sum"
        )
        total = (each * there.flatten()).sum() + BUY_WEIGHT * buys
        return total / there.sum(), state.detach()


def fit(network: StageNetwork, visits: Sequence[Followed], seed: int, epochs: int) -> None:
    """Train `network` in place."""
    order = np.random.default_rng(seed)
    seconds = joined(visits)
    targets = _Targets(seconds)
    adam = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * chunk_count(seconds)
    rates = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=steps, pct_start=CLIMB)
    network.train()
    for _ in range(epochs):
        state = torch.zeros(STREAMS, STATE_WIDTH)
        for chunk in chunks(seconds, order):
            goes_on = torch.from_numpy((~chunk.begins).astype(np.float32))
            adam.zero_grad()
            loss, state = targets.loss(network, chunk, state * goes_on[:, None])
            loss.backward()  # type: ignore[no-untyped-call,unused-ignore]
            nn.utils.clip_grad_norm_(network.parameters(), GRADIENT_MAX)
            adam.step()
            rates.step()
    network.eval()


def answers(network: StageNetwork, visits: Sequence[Followed]) -> Iterator[Answer]:
    """What `network` says of each visit, in their order; nothing for one that never opened."""
    for first in range(0, len(visits), ASKED_AT_ONCE):
        part = visits[first : first + ASKED_AT_ONCE]
        longest = max(len(visit.x) - visit.opened for visit in part)
        x = np.zeros((longest, len(part), len(FEATURES)), np.float32)
        for k, visit in enumerate(part):
            x[: len(visit.x) - visit.opened, k] = visit.x[visit.opened :]
        with torch.no_grad():
            logits, buy, _ = network(torch.from_numpy(x), torch.zeros(len(part), STATE_WIDTH))
        p_buy = torch.sigmoid(buy).numpy()
        for k, visit in enumerate(part):
            n = len(visit.x) - visit.opened
            yield Answer(logits[:n, k].numpy(), p_buy[:n, k])


class Trained(NamedTuple):
    """A model and how it does on the validation split."""

    package: Package
    figures: Figures


def calibrate(network: StageNetwork, held: Sequence[Followed], seed: int) -> Trained:
    """The package of `network`: offsets, temperatures and gates from the visits `held`."""
    said = list(answers(network, held))
    raw = np.concatenate([one.logits for one in said])
    truth = np.concatenate([visit.stages[visit.opened :] for visit in held])
    added = offsets(raw, truth)
    divisors = temperatures(raw + added, truth)
    chosen = gates(calibrated(raw + added, divisors), truth)
    found = package(network.weights(added, divisors), chosen, golden_ticks(list(held)), seed)

    def whole(visit: Followed, values: Numbers) -> Numbers:
        out = np.full((len(visit.x), *values.shape[1:]), np.nan, np.float32)
        out[visit.opened :] = values
        return out

    rows = (
        judged(v, whole(v, calibrated(one.logits + added, divisors)), whole(v, one.p_buy))
        for v, one in zip(held, said, strict=True)
    )
    figures = score(rows, {str(k): v for k, v in chosen.items()})
    return Trained(found.scored("validation: model", figures), figures)


def train(
    seed: int, epochs: int = EPOCHS, scale: float = 1.0, observe: Observe = by_stand_in
) -> Trained:
    """The model of a seed.

    Args:
        seed: draws shoppers and weights.
        epochs: passes over the training visits.
        scale: share of stores and visits; 1 for all.
        observe: what is seen of a track; the oracle sees the truth.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    network = StageNetwork()
    fit(network, followed("train", seed, scale, observe), seed, epochs)
    return calibrate(network, followed("validation", seed, scale, observe), seed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write, print."""
    parser = argparse.ArgumentParser(prog="python -m models.train_stage", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the .onnx; its manifest: .json")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the data, for a trial")
    chosen = parser.parse_args(arguments)
    trained = train(chosen.seed, chosen.epochs, chosen.scale)
    trained.package.write(chosen.out)
    sha = trained.package.manifest.sha256
    sys.stdout.write(f"{len(trained.package.model)} bytes, sha256 {sha}\n")
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(trained.figures)).decode() + "\n")


if __name__ == "__main__":
    main()
