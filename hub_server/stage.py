"""In which stage each journey is: one call of the trained model a tick, or a small rule table.

The model file is taken only when everything about it is as its manifest says; otherwise the rules
answer and `alarm` says why. An answer is always eight finite numbers that sum to 1.
"""

import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# onnxruntime 1.31 makes a device id and looks up its maker's host as soon as it is imported; its
# disable_telemetry_events() comes too late (traced: both remain), this variable does not.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

from hub_server import features
from hub_server.features import FEATURES, SCHEMA_SHA
from hub_server.journeys import STAGES, Journeys
from hub_server.model_manifest import Golden, Manifest, ModelRefused, read_manifest
from hub_server.stage_rules import rules
from hub_server.tracks import STATE_WIDTH

Numbers = NDArray[np.float32]

__all__ = ["Golden", "Manifest", "ModelRefused", "StageModel", "read_manifest", "record", "step"]

MODEL_PATH: Final = Path(__file__).with_name("journey_stage.onnx")
MANIFEST_PATH: Final = Path(__file__).with_name("journey_stage.json")
# The model of 64 states has 98 kB; this leaves room for a second layer and no more.
MODEL_BYTES_MAX: Final = 256 * 1024
# A probability summed in float32 over eight stages is off by far less.
SUM_TOLERANCE: Final = 1e-3
# How long the probe is: rows of zeros, of ordinary and of extreme numbers.
PROBE_ROWS: Final = 16
# The gate of every stage while the rules answer: of their stages only checkout and stuck are right
# so often (stage_rules.RULES), so nothing else is said by stage until the model is mended.
RULES_GATE: Final = 0.7
# A feature of the golden ticks keeps 5 digits, an answer 7: it has to come out to 1e-5.
GOLDEN_DIGITS: Final = 5
GOLDEN_P_DIGITS: Final = 7


class Answer(NamedTuple):
    """Of every journey, in the order of the rows."""

    p: Numbers
    """(n, 8) in the order of STAGES."""
    p_buy: Numbers
    """(n,)"""
    state: Numbers
    """(n, STATE_WIDTH) for the next tick."""


def _good(answer: Answer) -> NDArray[np.bool_]:
    """Which rows are what an answer must be."""
    p_good = np.isfinite(answer.p).all(axis=1) & (answer.p >= 0).all(axis=1)
    sums = np.abs(answer.p.sum(axis=1) - 1) < SUM_TOLERANCE
    return np.asarray(
        p_good & sums & np.isfinite(answer.p_buy) & np.isfinite(answer.state).all(axis=1)
    )


class StageModel:
    """The trained model or, without one, the rule table.

    Args:
        session: of a model that passed the checks, or None for the rules.
        alarm: why there is no model; None where there is one.
        manifest: of the model.
    """

    def __init__(
        self,
        session: onnxruntime.InferenceSession | None,
        alarm: str | None = None,
        manifest: Manifest | None = None,
    ) -> None:
        self._session: Final = session
        self.alarm: Final = alarm
        self.manifest: Final = manifest
        gates = manifest.gates if manifest else {}
        self.gates: Final = np.array([gates.get(name, RULES_GATE) for name in STAGES])
        """(8,) from which probability on a served stage is sure."""
        self.name: Final = manifest.sha256[:12] if manifest else "rules"

    @classmethod
    def load(cls, model: Path = MODEL_PATH, manifest: Path = MANIFEST_PATH) -> "StageModel":
        """The model in `model` where it passes every check; the rule table with `alarm` else."""
        try:
            promised = read_manifest(manifest)
            session = _session(_checked(model, promised))
            found = cls(session, None, promised)
            found.probe()
        except (OSError, ModelRefused) as error:
            return cls(None, f"stage model: {error}; rules answer; ops: reinstall or retrain it")
        return found

    def predict(self, x: Numbers, state: Numbers) -> Answer:
        """One tick of every journey.

        Args:
            x: (n, len(FEATURES)); what is not finite reads as 0.
            state: (n, STATE_WIDTH), of the tick before; zeros at first.
        """
        x = np.nan_to_num(x, nan=0.0, posinf=features.LIMIT, neginf=-features.LIMIT)
        by_rule = Answer(rules(x), np.full(len(x), 0.5, np.float32), np.zeros_like(state))
        if self._session is None or not len(x):
            return by_rule
        answer = self._run(x, np.nan_to_num(state))
        good = _good(answer)
        if good.all():
            return answer
        return Answer(
            np.where(good[:, None], answer.p, by_rule.p),
            np.where(good, answer.p_buy, by_rule.p_buy),
            np.where(good[:, None], answer.state, by_rule.state),
        )

    def _run(self, x: Numbers, state: Numbers) -> Answer:
        if self._session is None:  # pragma: no cover - predict asks first
            raise AssertionError
        p, p_buy, state = self._session.run(["p", "p_buy", "next"], {"x": x, "state": state})
        return Answer(p, p_buy, state)

    def probe(self) -> None:
        """Run the model on zeros, ordinary and extreme numbers.

        Raises:
            ModelRefused: it does not run, or an answer is not what it must be.
        """
        ramp = np.linspace(-features.LIMIT, features.LIMIT, PROBE_ROWS * len(FEATURES))
        x = ramp.reshape(PROBE_ROWS, len(FEATURES)).astype(np.float32)
        x[0] = 0.0
        state = np.zeros((PROBE_ROWS, STATE_WIDTH), np.float32)
        try:
            answer = self._run(x, self._run(x, state).state)
        except Exception as error:  # noqa: BLE001 - onnxruntime has a class for each failure
            msg = f"it does not run: {type(error).__name__}"
            raise ModelRefused(msg) from None
        shapes = (answer.p.shape, answer.p_buy.shape, answer.state.shape)
        expected = ((PROBE_ROWS, len(STAGES)), (PROBE_ROWS,), (PROBE_ROWS, STATE_WIDTH))
        if shapes != expected:
            msg = f"answers of shapes {shapes}, expected {expected}"
            raise ModelRefused(msg)
        if not _good(answer).all():
            msg = "an answer that is not eight probabilities"
            raise ModelRefused(msg)


def record(data: bytes, x: NDArray[np.float64]) -> Golden:
    """What the model of the file's bytes `data` answers to a journey's ticks `x` (n, F).

    Raises:
        ModelRefused: it does not load, or its answers are none.
    """
    model = StageModel(_session(data))
    model.probe()
    # What the manifest shows is what the model saw, so both are cut to the same digits.
    rows = x.astype(np.float64).round(GOLDEN_DIGITS)
    state = np.zeros((1, STATE_WIDTH), np.float32)
    p, p_buy = [], []
    for row in rows.astype(np.float32):
        answer = model.predict(row[None], state)
        state = answer.state
        p.append(answer.p[0].astype(np.float64).round(GOLDEN_P_DIGITS).tolist())
        p_buy.append(round(float(answer.p_buy[0]), GOLDEN_P_DIGITS))
    return Golden(rows.tolist(), p, p_buy)


def _checked(path: Path, promised: Manifest) -> bytes:
    """The bytes of the model, when size, sha256 and feature schema are as promised."""
    size = path.stat().st_size
    if size > MODEL_BYTES_MAX:
        msg = f"{path.name}: {size} bytes, expected at most {MODEL_BYTES_MAX}"
        raise ModelRefused(msg)
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    for what, is_now, expected in (
        ("sha256", found, promised.sha256),
        ("feature schema", SCHEMA_SHA, promised.features_sha256),
    ):
        if is_now != expected:
            msg = f"{path.name}: {what} {is_now[:12]}, its manifest says {expected[:12]}"
            raise ModelRefused(msg)
    return data


def _session(data: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime has a class for each failure
        msg = f"it does not load: {type(error).__name__}"
        raise ModelRefused(msg) from None


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
