"""In which stage each journey is: one call of the trained model a tick, or a small rule table.

A model file is taken only when everything about it is as its manifest says; `alarm` says what is
not. An answer is always eight finite numbers that sum to 1.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server import features
from hub_server.journey.stage_rules import rules
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES, Journeys
from hub_server.model import file as model_file
from hub_server.model.file import MANIFEST_PATH, MODEL_PATH
from hub_server.model.manifest import Golden, Manifest, ModelRefused
from hub_server.model.network import Answer, Network, good, prove, prove_shapes, settled

Numbers = NDArray[np.float32]

__all__ = [
    "MANIFEST_PATH",
    "MODEL_PATH",
    "Answer",
    "Golden",
    "Manifest",
    "ModelRefused",
    "StageModel",
    "record",
    "step",
]

# The gate of every stage while the rules answer: of their stages only checkout and stuck are right
# so often (stage_rules.RULES), so nothing else is said by stage until the model is mended.
RULES_GATE: Final = 0.7
# Whatever a manifest says: what is less likely than not is not sure.
GATE_MIN: Final = 0.5
# A gate of 1 says that its stage is never sure, and in float32 a probability may well come to 1.
SHUT: Final = np.nextafter(1.0, 2.0)
# A feature of the golden ticks keeps 5 digits, an answer 7: it has to come out to 1e-5.
GOLDEN_DIGITS: Final = 5
GOLDEN_P_DIGITS: Final = 7
RULES_NAME: Final = "rules"


class StageModel:
    """The trained model or, without one, the rule table.

    Args:
        network: of a model that passed the checks, or None for the rules.
        alarm: what is wrong with the model that should answer; None where nothing is.
        manifest: of the model.
    """

    def __init__(
        self,
        network: Network | None,
        alarm: str | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        self._network: Final = network
        self.alarm = alarm
        self.manifest: Final = manifest
        gates = manifest.gates if manifest else {}
        chosen = np.array([gates.get(name, RULES_GATE) for name in STAGES])
        self.gates: Final = np.where(chosen < 1.0, np.maximum(chosen, GATE_MIN), SHUT)
        """(8,) from which probability on a served stage is sure."""
        self.name: Final = manifest.sha256[:12] if manifest else RULES_NAME

    @classmethod
    def load(cls, model: Path = MODEL_PATH, manifest: Path = MANIFEST_PATH) -> "StageModel":
        """The model in `model` where it passes every check; the rule table with `alarm` else."""
        try:
            found = model_file.read(model, manifest)
            return cls.proven(found.data, found.promised)
        except ModelRefused as error:
            return cls.refused(str(error))

    @classmethod
    def refused(cls, why: str) -> "StageModel":
        """The rule table, in the place of a model that is not what it should be."""
        return cls(None, f"stage model: {why}; rules answer; ops: reinstall or retrain it")

    @classmethod
    def proven(cls, data: bytes, promised: Manifest) -> "StageModel":
        """The model of a file's bytes that `model_file.look_at` let pass.

        Raises:
            ModelRefused: it does not load, or is not what was promised.
        """
        network = Network(data)
        prove(network, promised)
        return cls(network, None, promised)

    def predict(self, x: Numbers, state: Numbers) -> Answer:
        """One tick of every journey.

        Args:
            x: (n, len(FEATURES)); what is not finite reads as 0.
            state: (n, STATE_WIDTH), of the tick before; zeros at first.
        """
        x, state = settled(x, state)
        if self._network is None or not len(x):
            return _by_rule(x, state)
        try:
            answer = self._network.run(x, state)
        except ModelRefused as error:
            self.alarm = f"stage model {self.name}: {error}; rules answer; ops puts another in use"
            return _by_rule(x, state)
        right = good(answer)
        if right.all():
            return answer
        by_rule = _by_rule(x, state)
        return Answer(
            np.where(right[:, None], answer.p, by_rule.p),
            np.where(right, answer.p_buy, by_rule.p_buy),
            np.where(right[:, None], answer.state, by_rule.state),
        )


def _by_rule(x: Numbers, state: Numbers) -> Answer:
    return Answer(rules(x), np.full(len(x), 0.5, np.float32), np.zeros_like(state))


def record(data: bytes, x: NDArray[np.float64]) -> Golden:
    """What the model of the file's bytes `data` answers to a journey's ticks `x` (n, F).

    Raises:
        ModelRefused: it does not load, or what it answers is no answer.
    """
    network = Network(data)
    prove_shapes(network)
    # What the manifest shows is what the model saw, so both are cut to the same digits.
    rows = x.astype(np.float64).round(GOLDEN_DIGITS)
    state = np.zeros((1, STATE_WIDTH), np.float32)
    p, p_buy = [], []
    for row in rows.astype(np.float32):
        answer = network.run(row[None], state)
        if not good(answer).all():
            msg = "an answer that is not eight probabilities and finite numbers"
            raise ModelRefused(msg)
        state = answer.state
        p.append(answer.p[0].astype(np.float64).round(GOLDEN_P_DIGITS).tolist())
        p_buy.append(round(float(answer.p_buy[0]), GOLDEN_P_DIGITS))
    return Golden(rows.tolist(), p, p_buy)


def step(journeys: Journeys, model: StageModel, now_s: float) -> bool:
    """One tick: sample, features, one call of the model for all, and keep what it says.

    Returns:
        False when the last tick was just now; nothing changed.
    """
    if not journeys.sample(now_s):
        return False
    if len(journeys):
        x = features.read(journeys)
        journeys.memory.keep(x)
        journeys.follow(*model.predict(x, journeys.tracks["state"]), model.gates)
    return True
