"""Up the ladder of radio maps: each rung is proved against the one below it before it counts."""

from collections.abc import Sequence
from typing import Final

import msgspec

from edge_agent.calibration import Calibration, Rung
from edge_agent.checkpoints import Checkpoints
from edge_agent.measurements import Measurements, calibrated
from edge_agent.prediction import Gain
from edge_agent.proof import Difference, Ground, Proof, Tell, explained_share, left_out, proof
from edge_agent.self_calibration import (
    EXPONENT_MAX,
    EXPONENT_MIN,
    FLAT_MIN_Z,
    GAIN_MIN_NATS,
    GAIN_MIN_Z,
    SelfCalibration,
    is_gain,
    self_calibrated,
)
from edge_agent.sighting import Sighting
from edge_agent.walking_misfit import WalkingMisfit

# How much of what was left out the law must explain, beyond each anchor's own mean. Over 120 draws
# of 3 to 40 points, office and library explain 0.08 to 0.82, of 10 points and more at least 0.33,
# labelled walks in office and malls 0.52 to 0.60; the same points with their places, the anchors'
# names or left and right mixed up explain 0.04 at most from 10 points on.
EXPLAINED_MIN: Final = 0.05


class TooLittle(ValueError):  # noqa: N818 - it is what there is
    """Unlabelled walking that is too short to say anything."""


class Judgement(msgspec.Struct, frozen=True):
    """Whether a rung may replace the one below it."""

    is_better: bool
    text: str


class Step(msgspec.Struct, frozen=True, eq=False):
    """A rung, and how wrong it is where that can be said."""

    calibration: Calibration
    proof: Proof | None = None
    """At checkpoints that what is judged never saw."""
    judgement: Judgement | None = None
    """None for the first, which has nothing below it."""
    walking: WalkingMisfit | None = None
    """Of unlabelled walking, where there is some."""


class Climb(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """How far the data lead."""

    steps: tuple[Step, ...]
    """From the defaults up; the last is the one to write."""
    below: Step
    """The best of those before the last."""

    @property
    def top(self) -> Step:
        """The one to write."""
        return self.steps[-1]

    @property
    def is_better(self) -> bool:
        """Whether the last rung may replace the one below it."""
        return self.top.judgement is not None and self.top.judgement.is_better


class Climber:
    """Takes the steps on one floor.

    Args:
        ground: where.
        checkpoints: everything labelled, None without any.
        tag_height_m: the tags'.
        tell: is told how far it is.
    """

    def __init__(
        self, ground: Ground, checkpoints: Checkpoints | None, tag_height_m: float, tell: Tell
    ) -> None:
        self._ground = ground
        self._checkpoints = checkpoints
        self._tag_height_m = tag_height_m
        self._tell = tell

    def climb(self, recordings: Sequence[Sequence[Sighting]]) -> Climb:
        """Every rung that the data reach, unlabelled `recordings` first.

        Raises:
            TooLittle: of unlabelled walking.
        """
        defaults = Calibration.defaults(self._ground.floor_map, self._tag_height_m)
        below = Step(defaults, self._proof(defaults), walking=self._walking(defaults, recordings))
        steps = [below]
        if recordings:
            steps.append(self._unlabelled(below, recordings))
        if self._checkpoints is not None:
            below = [step for step in steps if step.judgement is None or step.judgement.is_better][
                -1
            ]
            steps.append(self._labelled(below, self._checkpoints))
        return Climb(steps=tuple(steps), below=below)

    def _proof(self, calibration: Calibration) -> Proof | None:
        if self._checkpoints is None:
            return None
        return proof(self._ground, self._checkpoints, calibration, self._tell)

    def _walking(
        self, calibration: Calibration, recordings: Sequence[Sequence[Sighting]]
    ) -> WalkingMisfit | None:
        if not recordings:
            return None
        floor_map, grid = self._ground.floor_map, self._ground.grid
        return WalkingMisfit.of(floor_map, grid, calibration, recordings)

    def _unlabelled(self, below: Step, recordings: Sequence[Sequence[Sighting]]) -> Step:
        self._tell("self-calibrated: looking where unlabelled tags walked; it may take minutes")
        floor_map, grid = self._ground.floor_map, self._ground.grid
        try:
            found = self_calibrated(floor_map, grid, below.calibration, recordings)
        except ValueError as error:
            raise TooLittle(str(error)) from None
        proved = self._proof(found.calibration)
        return Step(
            found.calibration,
            proved,
            judged_walking(found, difference(proved, below.proof), below.calibration.rung),
            self._walking(found.calibration, recordings),
        )

    def _labelled(self, below: Step, checkpoints: Checkpoints) -> Step:
        rung: Rung = "survey" if checkpoints.survey_points else "walks"

        def fit(points: Measurements) -> Calibration:
            height_m = self._tag_height_m
            return calibrated(self._ground.floor_map, points, rung, height_m, below.calibration)

        whole = fit(checkpoints.points)
        if checkpoints.parts_count == 1:
            return Step(whole, None, ALONE)
        proved = left_out(self._ground, checkpoints, fit, self._tell)
        if rung == "walks":
            whole = msgspec.structs.replace(whole, place_sd_m=proved.place_sd_m)
        explained = explained_share(checkpoints, proved)
        apart = difference(proved, below.proof)
        return Step(whole, proved, judged_labels(apart, explained, below.calibration.rung))


ALONE: Final = Judgement(
    is_better=False,
    text="one place alone was measured: nothing can be left out, nobody knows whether it is better",
)


def difference(above: Proof | None, below: Proof | None) -> Difference | None:
    """The errors of one less those of the other; None where nothing could be located."""
    if above is None or below is None or not len(above.error_m):
        return None
    return Difference.of(above, below)


def judged_walking(found: SelfCalibration, apart: Difference | None, below: Rung) -> Judgement:
    """Labelled places decide where they are sure; else unseen walking must be foreseen better.

    Unlike a labelled rung, this one has nothing but itself to hold it: in doubt it is refused.
    """
    if apart is not None and (apart.is_sure or apart.mean_m > 0):
        return Judgement(apart.mean_m < 0, f"at labelled places it {apart.than(below)}")
    if not found.falls:
        text = (
            f"path-loss exponent {found.exponent:.1f}, expected {EXPONENT_MIN} to "
            f"{EXPONENT_MAX:.0f}: readings do not fall with distance; clocks, anchors' ids or the "
            "files are mixed up"
        )
        return Judgement(is_better=False, text=text)
    return Judgement(found.accepted, foreseen(found, below))


def foreseen(found: SelfCalibration, below: Rung) -> str:
    """In words, what walking that was kept apart says, its numbers in brackets."""
    needs = f"expected at least {GAIN_MIN_NATS} and {GAIN_MIN_Z:.0f} standard errors"
    if not is_gain(found.gain):
        return (
            f"it does not foresee unseen walking clearly better than {below} "
            f"({measure(found.gain)}; {needs}): it is no news"
        )
    if found.beyond_flat.z < FLAT_MIN_Z:
        return (
            "it foresees unseen walking worse than levels that are the same "
            f"everywhere ({measure(found.beyond_flat)}): readings do not fall with distance; "
            "clocks, anchors' ids or the files are mixed up, or the room is too small"
        )
    return (
        f"it foresees unseen walking clearly better than {below} ({measure(found.gain)}; {needs})"
    )


def measure(gain: Gain) -> str:
    """The numbers of a gain."""
    return f"log-likelihood {gain.nats:+.3f} a reading, {gain.z:.1f} standard errors"


def judged_labels(apart: Difference | None, explained: float, below: Rung) -> Judgement:
    """Refused where it explains too little, or is surely worse; what may be chance is taken.

    A law that is held by priors is no worse than they are, unless checkpoints say so.
    """
    if explained < EXPLAINED_MIN:
        text = (
            f"distance and walls explain {explained:.0%} of what the anchors heard, expected at "
            f"least {EXPLAINED_MIN:.0%}: places, anchors or clocks seem mixed up"
        )
        return Judgement(is_better=False, text=text)
    if apart is None:
        return Judgement(is_better=False, text="the walks are too short to locate anything in them")
    is_worse = apart.is_sure and apart.mean_m > 0
    return Judgement(is_better=not is_worse, text=f"left out, it {apart.than(below)}")
