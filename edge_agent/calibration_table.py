"""What `edge-agent calibrate` prints: each anchor before and after, each rung, and the verdict."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from edge_agent.calibration import AnchorCalibration
from edge_agent.checkpoints import BESIDE_M, STAND_S, WARM_UP_S, Checkpoints
from edge_agent.climb import Climb, Step
from edge_agent.proof import rms


def head(store: str, tag_height_m: float) -> str:
    """What it is made for."""
    return (
        f"radio map of {store!r} for tags {tag_height_m:g} m above the floor (--tag-height-m); "
        "misfit: how many dB readings are off, left what there was, right what is new"
    )


def lines(
    found: Climb, checkpoints: Checkpoints | None, *, is_forced: bool = False
) -> Iterator[str]:
    """All of it but the last refusal, which is an error and says itself, unless it is forced."""
    yield from anchor_lines(found, checkpoints)
    yield ""
    yield from rung_lines(found.steps)
    yield from method_lines(checkpoints)
    yield ""
    for step in found.steps:
        if step is not found.top or found.is_better or is_forced:
            yield from [verdict(step)] if step.judgement is not None else []


def anchor_lines(found: Climb, checkpoints: Checkpoints | None) -> Iterator[str]:
    """A head, a line for each anchor in the map's order, and one for all."""
    anchors = found.top.calibration.anchors
    width = max([len("anchor"), *(len(anchor.anchor) for anchor in anchors)])
    counts = measured(found.top, checkpoints)
    unit = "seconds" if checkpoints is None else "places"
    yield f"{'anchor':<{width}}  {unit:>7}  {'dBm at 1 m':^16}  {'exponent':^12}  {'misfit dB':>10}"
    pairs = zip(found.below.calibration.anchors, anchors, strict=True)
    for index, (before, after) in enumerate(pairs):
        sides = [misfit_db(step, index, checkpoints) for step in (found.below, found.top)]
        misfit = arrow(sides[0], sides[1], 1, 4)
        yield f"{after.anchor:<{width}}  {counts[index]:>7}  {laws(before, after)}  {misfit}"
    misfit = arrow(all_misfit_db(found.below), all_misfit_db(found.top), 1, 4)
    yield f"{'all':<{width}}  {sum(counts):>7}  {'':16}  {'':12}  {misfit}"


def swapped_lines(swapped: Mapping[int, int], names: Sequence[str]) -> Iterator[str]:
    """A line for each two anchors that read like each other."""
    for one, other in swapped.items():
        if one < other:
            yield (
                f"{names[one]} reads as if it hung where {names[other]} does, and the other way "
                "round: are their names swapped?"
            )


def measured(top: Step, checkpoints: Checkpoints | None) -> list[int]:
    """(anchors,) how many places, or seconds of unlabelled walking, an anchor was measured in."""
    count = len(top.calibration.anchors)
    if checkpoints is not None:
        return [int(one) for one in np.bincount(checkpoints.points.anchor, minlength=count)]
    return [0] * count if top.walking is None else [int(one) for one in top.walking.seconds]


def misfit_db(step: Step, anchor: int, checkpoints: Checkpoints | None) -> float:
    """Of one anchor; NaN where nothing says."""
    if step.proof is not None and checkpoints is not None:
        return rms(step.proof.misfit_db[checkpoints.points.anchor == anchor])
    return math.nan if step.walking is None else step.walking.rms_db(anchor)


def all_misfit_db(step: Step) -> float:
    """Of all anchors."""
    if step.proof is not None:
        return step.proof.rms_db
    return math.nan if step.walking is None else step.walking.all_rms_db


def laws(before: AnchorCalibration, after: AnchorCalibration) -> str:
    """Two laws of one anchor."""
    power = arrow(before.power_dbm_1m, after.power_dbm_1m, 1, 6)
    return f"{power}  {arrow(before.exponent, after.exponent, 2, 4)}"


def arrow(before: float, after: float, digits: int, width: int) -> str:
    """Before and after; a dash for what nothing says."""
    return f"{number(before, digits):>{width}} -> {number(after, digits):>{width}}"


def number(value: float, digits: int) -> str:
    """A dash for NaN."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def rung_lines(steps: Sequence[Step]) -> Iterator[str]:
    """A head, and a line for each rung from the defaults up."""
    yield f"{'radio map':<16}  misfit dB  mean m  median m  zone"
    for step in steps:
        one = step.proof
        errors = [math.nan] * 3 if one is None else [one.mean_m, one.median_m, one.zone_share]
        told = [number(all_misfit_db(step), 1), *(number(error, 2) for error in errors)]
        columns = zip(told, (9, 6, 8, 4), strict=True)
        yield "  ".join([f"{step.calibration.rung:<16}", *(f"{one:>{w}}" for one, w in columns)])


def method_lines(checkpoints: Checkpoints | None) -> Iterator[str]:
    """How the errors came about."""
    if checkpoints is None:
        yield "misfit: at the places where each radio map puts the tags itself; no place is known"
        return
    things = []
    if checkpoints.survey_points:
        points = counted(checkpoints.survey_points, "survey point")
        things.append(f"{points}, after {STAND_S} s of standing")
    if checkpoints.walks:
        pieces = counted(checkpoints.walks, "piece")
        things.append(f"{pieces} of walks, each covered second from {WARM_UP_S:.0f} s on")
    beside = f" with all within {BESIDE_M} m" if checkpoints.survey_points else ""
    yield f"errors: of the shipped locator at {'; at '.join(things)}"
    yield (
        f"left out in {checkpoints.parts_count} parts{beside}; misfit: heard less expected, less "
        "the tag's own offset"
    )
    if checkpoints.survey_points:
        yield (
            f"these metres are for a tag that stood {STAND_S} s at places which were not measured; "
            "one that walks, on the finished map, is usually located better"
        )


def counted(count: int, thing: str) -> str:
    """1 point, 2 points."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def advice(step: Step) -> str:
    """What to do about a refusal."""
    if step.calibration.rung == "self-calibrated":
        return "survey instead"
    if step.proof is None:
        return "measure at more places"
    return "look at places, clocks, --tag-height-m and the anchors that fit least above"


def verdict(step: Step) -> str:
    """Whether a rung may be used, and why."""
    judgement = step.judgement
    if judgement is None:
        return f"{step.calibration.rung}: the map's own words"
    word = "taken" if judgement.is_better else "refused"
    return f"{step.calibration.rung}: {word}: {judgement.text}"
