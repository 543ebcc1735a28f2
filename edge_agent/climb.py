"""Up the ladder of radio maps: each rung is proved against the one below it before it counts."""

import msgspec

from edge_agent.calibration import Calibration, Rung
from edge_agent.checkpoints import Checkpoints
from edge_agent.measurements import Measurements, calibrated
from edge_agent.proof import Difference, Ground, Proof, Tell, left_out, proof


class Step(msgspec.Struct, frozen=True, eq=False):
    """A rung, and how wrong it is where that can be said."""

    calibration: Calibration
    proof: Proof | None = None
    """At checkpoints that what is judged never saw."""


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
    def difference(self) -> Difference | None:
        """The last one's errors less those of the one below; None where nothing says."""
        if self.top.proof is None or self.below.proof is None or not len(self.top.proof.error_m):
            return None
        return Difference.of(self.top.proof, self.below.proof)

    @property
    def is_better(self) -> bool:
        """Whether the last rung may replace the one below it."""
        return self.difference is not None and self.difference.mean_m <= 0


def climb(ground: Ground, checkpoints: Checkpoints, tag_height_m: float, tell: Tell) -> Climb:
    """Fit and prove every rung that the data reach."""
    defaults = Calibration.defaults(ground.floor_map, tag_height_m)
    below = Step(defaults, proof(ground, checkpoints, defaults, tell))
    top = labelled(ground, checkpoints, tag_height_m, tell)
    return Climb(steps=(below, top), below=below)


def labelled(ground: Ground, checkpoints: Checkpoints, tag_height_m: float, tell: Tell) -> Step:
    """The rung of survey points and labelled walks."""
    rung: Rung = "survey" if checkpoints.survey_points else "walks"

    def fit(points: Measurements) -> Calibration:
        return calibrated(ground.floor_map, points, rung, tag_height_m)

    whole = fit(checkpoints.points)
    if checkpoints.parts_count == 1:
        return Step(whole)
    return Step(whole, left_out(ground, checkpoints, fit, tell))
