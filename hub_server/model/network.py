"""A model file's network in onnxruntime, and the proof that it is what its manifest promises."""

import os
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# onnxruntime 1.31 makes a device id and looks up its maker's host as soon as it is imported; its
# disable_telemetry_events() comes too late (traced: both remain), this variable does not.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

from hub_server.features import FEATURES, LIMIT, SCHEMA_SHA
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES
from hub_server.model.manifest import Golden, Manifest, ModelRefused

Numbers = NDArray[np.float32]
# Name -> type and shape after the rows.
Inputs = dict[str, tuple[str, tuple[object, ...]]]
# In the order of Answer.
OUTPUTS: Final = ("p", "p_buy", "next")

# A gated unit's state lies within +-1; other networks' may not, and far beyond this the next
# product in float32 is no number.
STATE_LIMIT: Final = 1e3
# A probability summed in float32 over eight stages is off by far less.
SUM_TOLERANCE: Final = 1e-3
# From the issue. Another processor's order of sums moves an answer by 1e-6.
GOLDEN_TOLERANCE: Final = 1e-5
# Beside a golden journey run so many others; an answer that changes with them mixes journeys up.
COMPANY: Final = 16
# The fuzz: rows of each kind, and ticks in which the state is fed back.
FUZZ_ROWS: Final = 64
FUZZ_TICKS: Final = 5
# More shoppers than any store has at once, and the processor time in which a tick of theirs must be
# answered: a GRU of 64 states takes 0.02 s here and 0.2 s on a Pi.
CROWD: Final = 10_000
CROWD_S: Final = 1.0
FUZZ_VALUES: Final = np.array(
    [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, 0.0, LIMIT, -LIMIT, 1.0], np.float32
)


class Answer(NamedTuple):
    """Of every journey, in the order of the rows."""

    p: Numbers
    """(n, 8) in the order of STAGES."""
    p_buy: Numbers
    """(n,)"""
    state: Numbers
    """(n, STATE_WIDTH) for the next tick."""


def settled(x: Numbers, state: Numbers) -> tuple[Numbers, Numbers]:
    """Features and state within their limits; what is not a number is 0."""
    x = np.clip(np.nan_to_num(x, posinf=LIMIT, neginf=-LIMIT), -LIMIT, LIMIT)
    return x, np.clip(np.nan_to_num(state), -STATE_LIMIT, STATE_LIMIT)


def good(answer: Answer) -> NDArray[np.bool_]:
    """(n,) which rows are what an answer must be: eight shares of 1, and finite numbers."""
    within = (answer.p >= 0) & (answer.p <= 1 + SUM_TOLERANCE)  # False for what is no number
    p_good = np.asarray(within.all(axis=1))
    # A sum of what is not within may overflow, and is told already.
    sums = np.abs(np.where(p_good[:, None], answer.p, 0.0).sum(axis=1) - 1) < SUM_TOLERANCE
    p_buy_good = (answer.p_buy >= 0) & (answer.p_buy <= 1)
    return np.asarray(p_good & sums & p_buy_good & np.isfinite(answer.state).all(axis=1))


class Network:
    """One step of the model, for any number of journeys at once, on one thread.

    Args:
        data: a model file that `model_file.look_at` let pass.

    Raises:
        ModelRefused: onnxruntime does not load it.
    """

    def __init__(self, data: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"], enable_fallback=0
            )
            self.inputs: Final = _inputs(self._session)
        except Exception as error:  # noqa: BLE001 - onnxruntime has a class for each failure
            msg = f"it does not load: {type(error).__name__}"
            raise ModelRefused(msg) from None

    def run(self, x: Numbers, state: Numbers) -> Answer:
        """One tick; the caller settles the numbers and looks at the answer.

        Raises:
            ModelRefused: it does not run.
        """
        try:
            return Answer(*self._session.run(OUTPUTS, {"x": x, "state": state}))
        except Exception as error:  # noqa: BLE001 - onnxruntime has a class for each failure
            msg = f"it does not run: {type(error).__name__}"
            raise ModelRefused(msg) from None


def _inputs(session: onnxruntime.InferenceSession) -> Inputs:
    return {one.name: (one.type, tuple(one.shape[1:])) for one in session.get_inputs()}


def prove(network: Network, promised: Manifest) -> None:
    """Hold a network to its manifest: shapes, feature schema, golden ticks, and wild numbers.

    Raises:
        ModelRefused: the first thing that is otherwise, what was found and expected.
    """
    prove_shapes(network)
    if promised.features_sha256 != SCHEMA_SHA:
        msg = (
            f"feature schema {promised.features_sha256[:12]} of its training, this hub's is "
            f"{SCHEMA_SHA[:12]}"
        )
        raise ModelRefused(msg)
    _prove_golden(network, promised.golden)
    _prove_wild(network)


def prove_shapes(network: Network) -> None:
    """Hold a network to the shapes of its inputs and answers.

    Raises:
        ModelRefused: they are others, or it does not run.
    """
    float32 = "tensor(float)"
    inputs: Inputs = {"x": (float32, (len(FEATURES),)), "state": (float32, (STATE_WIDTH,))}
    if network.inputs != inputs:
        msg = f"inputs {_shown(network.inputs)}, expected {_shown(inputs)}"
        raise ModelRefused(msg)
    for n in (1, COMPANY):
        x = np.zeros((n, len(FEATURES)), np.float32)
        answer = network.run(x, np.zeros((n, STATE_WIDTH), np.float32))
        shapes = (answer.p.shape, answer.p_buy.shape, answer.state.shape)
        expected = ((n, len(STAGES)), (n,), (n, STATE_WIDTH))
        if shapes != expected:
            msg = f"answers of shapes {shapes}, expected {expected}"
            raise ModelRefused(msg)


def prove_crowd(network: Network, clock: Callable[[], float]) -> None:
    """Ask a network for more journeys than there ever are; `clock` gives processor seconds.

    Raises:
        ModelRefused: it fails, or takes too long.
    """
    x = np.zeros((CROWD, len(FEATURES)), np.float32)
    begun_s = clock()
    network.run(x, np.zeros((CROWD, STATE_WIDTH), np.float32))
    took_s = clock() - begun_s
    if took_s > CROWD_S:
        msg = f"{CROWD} journeys take {took_s:.1f} s a tick, expected at most {CROWD_S:g}"
        raise ModelRefused(msg)


def _shown(inputs: Inputs) -> str:
    return ", ".join(f"{name} {type_} {shape}" for name, (type_, shape) in inputs.items())


def _prove_golden(network: Network, golden: Golden) -> None:
    """Run the golden journey alone and beside others; either way the answers are the promised."""
    widths = ({len(row) for row in golden.x}, {len(row) for row in golden.p})
    if widths != ({len(FEATURES)}, {len(STAGES)}):
        msg = f"golden ticks: rows of other lengths than {len(FEATURES)} and {len(STAGES)}"
        raise ModelRefused(msg)
    x = np.array(golden.x, np.float32)
    expected = np.column_stack([golden.p, golden.p_buy])
    company = np.random.default_rng(0).normal(0, 1, (COMPANY, len(FEATURES))).astype(np.float32)
    for others in (company[:0], company):
        state = np.zeros((1 + len(others), STATE_WIDTH), np.float32)
        for tick, row in enumerate(x):
            answer = network.run(np.concatenate([others, row[None]]), state)
            state = answer.state
            found = np.append(answer.p[-1], answer.p_buy[-1])
            off = float(np.abs(found - expected[tick]).max())
            if not off <= GOLDEN_TOLERANCE:  # nor is what is no number
                beside = f" beside {len(others)} other journeys" if len(others) else ""
                msg = f"golden tick {tick}{beside}: off by {off:.2g}, expected {GOLDEN_TOLERANCE:g}"
                raise ModelRefused(msg)


def _prove_wild(network: Network) -> None:
    """Feed numbers that no journey has; every answer must still be one."""
    rng = np.random.default_rng(1)

    def wild(width: int) -> Numbers:
        filled = np.repeat(FUZZ_VALUES[:, None], width, axis=1)
        mixed = rng.choice(FUZZ_VALUES, (FUZZ_ROWS, width))
        drawn = rng.normal(0, 3, (FUZZ_ROWS, width))
        return np.concatenate([filled, mixed, drawn]).astype(np.float32)

    x, state = wild(len(FEATURES)), wild(STATE_WIDTH)
    for tick in range(FUZZ_TICKS):
        answer = network.run(*settled(np.roll(x, tick, axis=0), state))
        bad = np.flatnonzero(~good(answer))
        if len(bad):
            msg = (
                f"wild numbers, row {bad[0]} of tick {tick}: an answer that is not eight "
                "probabilities that sum to 1 and finite numbers"
            )
            raise ModelRefused(msg)
        state = answer.state
