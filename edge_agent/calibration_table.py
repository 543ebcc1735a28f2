"""What `edge-agent calibrate` prints: each anchor before and after, each rung, and the verdict."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from edge_agent.calibration import AnchorCalibration
from edge_agent.checkpoints import BESIDE_M, STAND_S, WARM_UP_S, Checkpoints, Flags
from edge_agent.climb import Climb, Step
from edge_agent.proof import rms

ONE_ANCHOR: Final = (
    "the map has a single anchor: a radio map tells how far from it a tag is, never which way, so "
    "expect zones near it and radii of the room's size; ops: hang at least 3"
)


def lines(checkpoints: Checkpoints, found: Climb) -> Iterator[str]:
    """All of it."""
    yield from anchor_lines(checkpoints, found.below, found.top)
    yield ""
    yield from rung_lines(found.steps)
    yield from method_lines(checkpoints)
    yield ""
    yield verdict(found)


def anchor_lines(checkpoints: Checkpoints, below: Step, top: Step) -> Iterator[str]:
    """A head, a line for each anchor in the map's order, and one for all."""
    anchors = top.calibration.anchors
    width = max([len("anchor"), *(len(anchor.anchor) for anchor in anchors)])
    yield f"{'anchor':<{width}}  measured  {'dBm at 1 m':^18}  {'exponent':^13}  {'misfit dB':^13}"
    pairs = zip(below.calibration.anchors, anchors, strict=True)
    for index, (before, after) in enumerate(pairs):
        is_its = checkpoints.points.anchor == index
        misfit = arrow([misfit_db(step, is_its) for step in (below, top)], 1)
        yield f"{after.anchor:<{width}}  {is_its.sum():>8}  {laws(before, after)}  {misfit:>13}"
    everything = np.ones(len(checkpoints.item), bool)
    misfit = arrow([misfit_db(step, everything) for step in (below, top)], 1)
    yield f"{'all':<{width}}  {len(everything):>8}  {'':18}  {'':13}  {misfit:>13}"


def laws(before: AnchorCalibration, after: AnchorCalibration) -> str:
    """Two laws of one anchor."""
    power = arrow([before.power_dbm_1m, after.power_dbm_1m], 1)
    return f"{power:>18}  {arrow([before.exponent, after.exponent], 2):>13}"


def misfit_db(step: Step, rows: Flags) -> float:
    """Of some measurements; NaN where nothing says."""
    return math.nan if step.proof is None else rms(step.proof.misfit_db[rows])


def arrow(values: Sequence[float], digits: int) -> str:
    """Before and after; a dash for what nothing says."""
    return " -> ".join("-" if math.isnan(one) else f"{one:.{digits}f}" for one in values)


def rung_lines(steps: Sequence[Step]) -> Iterator[str]:
    """A head, and a line for each rung from the defaults up."""
    yield f"{'rung':<16}  misfit dB  mean m  median m  zone"
    for step in steps:
        rung = step.calibration.rung
        if step.proof is None:
            yield f"{rung:<16}  {'-':>9}  {'-':>6}  {'-':>8}  {'-':>4}"
            continue
        one = step.proof
        yield (
            f"{rung:<16}  {one.rms_db:>9.1f}  {one.mean_m:>6.2f}  {one.median_m:>8.2f}  "
            f"{one.zone_share:>4.2f}"
        )


def method_lines(checkpoints: Checkpoints) -> Iterator[str]:
    """How the errors came about."""
    things = []
    if checkpoints.survey_points:
        points = counted(checkpoints.survey_points, "survey point")
        things.append(f"{points}, after {STAND_S} s of standing")
    if checkpoints.walks:
        pieces = counted(checkpoints.walks, "piece")
        things.append(f"{pieces} of walks, each second from {WARM_UP_S:.0f} s on")
    yield f"errors: of the shipped locator at {'; at '.join(things)}"
    yield (
        f"left out in {checkpoints.parts_count} parts, with all surveyed within {BESIDE_M} m; "
        "misfit: heard less expected, less the tag's own offset"
    )


def counted(count: int, thing: str) -> str:
    """1 point, 2 points."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def verdict(found: Climb) -> str:
    """Whether the last rung is better than the one below, and how sure that is."""
    rung, below = found.top.calibration.rung, found.below.calibration.rung
    difference = found.difference
    if difference is None:
        return (
            f"{rung}: nothing could be left out of it, so nobody knows whether {below} are better"
        )
    word = "worse" if difference.mean_m > 0 else "better"
    return (
        f"{rung}: {abs(difference.mean_m):.2f} m {word} than {below} "
        f"(+-{difference.within_m:.2f} m, 19 times in 20)"
    )
