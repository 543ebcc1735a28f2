"""What a prediction says to those who hang anchors: words, and what to do."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from edge_agent.calibration import Rung
from edge_agent.carrier import kind
from edge_agent.coverage import Figure, Prediction, ZoneFigure
from edge_agent.next_anchor import Spot
from edge_agent.planned_survey import POINTS
from store_maps.floor_map import FloorMap

# The hub speaks of a zone from this probability on: below, somebody in it mostly hears nothing.
WEAK_ACCURACY: Final = 0.8
# A place has two coordinates, and a tag an offset of its own.
ANCHORS_MIN: Final = 3.0
WEAKEST_COUNT: Final = 8
# Less is not worth a hole.
GAIN_MIN_SHARE: Final = 0.05
# What rounds to nothing is not given a sign.
POINTS_MIN: Final = 0.05
BASIS: Final[dict[Rung, str]] = {
    "defaults": "by the map alone, not calibrated",
    "self-calibrated": "calibrated by shoppers' walking",
    "survey": "surveyed",
    "walks": "calibrated by labelled walks",
}
PLANNED: Final = f"once surveyed at {POINTS} points"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One more anchor, simulated."""

    spot: Spot
    gain_m: Figure
    """By how much the mean error falls."""
    gain_accuracy: Figure
    """By how much the share of right zones grows."""


def weakest(prediction: Prediction) -> list[ZoneFigure]:
    """The zones that shoppers are least surely found in, the worst first; no sensitive ones."""
    known = [figure for figure in prediction.zones if not figure.is_sensitive]
    return sorted(known, key=lambda figure: (figure.accuracy, -figure.error_m))


def is_weak(figure: ZoneFigure) -> bool:
    """Whether a zone is to be looked at."""
    return not figure.is_sensitive and figure.accuracy < WEAK_ACCURACY


# What to do about a zone: the first that holds. {other} is the zone it is taken for,
# {one} what hangs there.
ADVICE: Final[Sequence[tuple[Callable[[ZoneFigure], bool], str]]] = (
    (lambda zone: not is_weak(zone), ""),
    (
        lambda zone: zone.anchors_heard < ANCHORS_MIN,
        "hang {one} here: fewer than three are in reach",
    ),
    (
        lambda zone: zone.confused >= 0,
        "when wrong, mostly {other}: {one} at the border, or one zone of both",
    ),
    (lambda _: True, "when wrong, mostly none is named: {one} in it, or a larger zone"),
)


def advice(figure: ZoneFigure, floor_map: FloorMap) -> str:
    """What to do about a zone; empty for a good one."""
    text = next(text for holds, text in ADVICE if holds(figure))
    other = floor_map.leaf_zones[figure.confused].name if figure.confused >= 0 else ""
    one = "an anchor" if kind(floor_map) == "anchor" else "a beacon"
    return text.format(other=other, one=one)


def headline(prediction: Prediction) -> str:
    """The store in one line."""
    error_m, accuracy = prediction.error_m, prediction.accuracy
    told = (
        f"mean error {error_m.mean:.2f} m (±{error_m.within:.2f}), nine of ten within "
        f"{prediction.error_p90_m:.1f} m"
    )
    if math.isnan(accuracy.mean):
        return told
    return f"{told}; the zone is right {accuracy.mean:.0%} of the time (±{accuracy.within:.0%})"


def stores(prediction: Prediction) -> str:
    """How far real stores may differ from the mean one."""
    low_m, high_m = prediction.stores_m
    return f"eight of ten walks in stores like this one: {low_m:.1f} to {high_m:.1f} m"


def store_line(basis: str, prediction: Prediction) -> str:
    """The store in one line, and what that stands on."""
    return f"{basis}: {headline(prediction)}"


def zone_lines(floor_map: FloorMap, prediction: Prediction) -> Iterator[str]:
    """The table of the weakest zones, with what to do."""
    shown = weakest(prediction)[:WEAKEST_COUNT]
    if not shown:
        return
    names = [floor_map.leaf_zones[figure.zone].name for figure in shown]
    wide = max(map(len, [*names, "weakest zones"]))
    yield f"{'weakest zones':{wide}}  error m  zone right  {kind(floor_map)}s  what to do"
    for name, figure in zip(names, shown, strict=True):
        row = f"{name:{wide}}  {figure.error_m:7.1f}  {figure.accuracy:10.0%}"
        yield f"{row}  {figure.anchors_heard:7.0f}  {advice(figure, floor_map)}".rstrip()


def proposal_lines(
    floor_map: FloorMap, word: str, proposals: Sequence[Proposal], prediction: Prediction
) -> Iterator[str]:
    """Where one more would help, the best first."""
    yield f"one more {word}: {verdict(proposals, prediction)}"
    for proposal in proposals:
        yield f"  {place(floor_map, proposal.spot)}: {gain(proposal)}"


def verdict(proposals: Sequence[Proposal], prediction: Prediction) -> str:
    """Whether one more is worth a hole."""
    if not proposals:
        return "there is no room for it"
    gains = [proposal.gain_m for proposal in proposals]
    if all(gain_m.mean <= gain_m.within for gain_m in gains):
        return "hardly worth a hole: no place tried makes the error smaller by more than chance"
    if not worth(proposals, prediction):
        least = f"{GAIN_MIN_SHARE:.0%} of the mean error"
        return f"hardly worth a hole: no place tried takes away {least}"
    return "would help most here, the best first"


def worth(proposals: Sequence[Proposal], prediction: Prediction) -> tuple[Proposal, ...]:
    """Those that are worth a hole."""
    least_m = GAIN_MIN_SHARE * prediction.error_m.mean
    return tuple(
        proposal
        for proposal in proposals
        if proposal.gain_m.mean > max(least_m, proposal.gain_m.within)
    )


def place(floor_map: FloorMap, spot: Spot) -> str:
    """Where a spot is, in words."""
    zone = int(floor_map.zone_at([spot.x_m], [spot.y_m], spot.level)[0])
    near = f" in {floor_map.leaf_zones[zone].name}" if zone >= 0 else ""
    return f"x {spot.x_m:.1f}, y {spot.y_m:.1f}, {spot.height_m:.1f} m up on {spot.level}{near}"


def gain(proposal: Proposal) -> str:
    """What a proposal brings."""
    gain_m, gain_accuracy = proposal.gain_m, proposal.gain_accuracy
    told = f"mean error {-gain_m.mean:+.2f} m (±{gain_m.within:.2f})"
    if math.isnan(gain_accuracy.mean):
        return told
    points, within = 100 * gain_accuracy.mean, 100 * gain_accuracy.within
    if abs(points) < POINTS_MIN:
        return f"{told}, zones right as often"
    return f"{told}, zones right {points:+.1f} points (±{within:.1f})"
