"""Stage models of drawn weights, and manifests that promise what they do."""

import hashlib
from pathlib import Path

import msgspec
import numpy as np

from hub_server.features import FEATURES, SCHEMA_SHA
from hub_server.journeys import STAGES
from hub_server.model.manifest import GOLDEN_TICKS, Golden, Manifest, ModelRefused, written
from hub_server.stage import record
from models.graph import SHAPES


def weights(seed: int = 0, scale: float = 0.3) -> dict[str, np.ndarray]:
    """Weights of a model that has learnt nothing."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, scale, s).astype(np.float32) for name, s in SHAPES.items()}


def golden_of(data: bytes) -> Golden:
    """Golden ticks of any bytes; of what is no model, ticks that nothing answers so."""
    x = np.random.default_rng(7).normal(0, 1, (GOLDEN_TICKS, len(FEATURES)))
    try:
        return record(data, x)
    except ModelRefused:
        return Golden(x.tolist(), [[0.125] * len(STAGES)] * GOLDEN_TICKS, [0.5] * GOLDEN_TICKS)


def manifest_of(data: bytes, **changed: object) -> Manifest:
    """What a training would promise of `data`, but for what is changed."""
    promised = Manifest(
        sha256=hashlib.sha256(data).hexdigest(),
        features_sha256=SCHEMA_SHA,
        temperatures=[1.0] * len(STAGES),
        gates=dict.fromkeys(STAGES, 0.5),
        golden=golden_of(data),
        seed=0,
        trained_on="nothing",
    )
    return msgspec.structs.replace(promised, **changed)


def write(folder: Path, data: bytes, **changed: object) -> tuple[Path, Path]:
    """The model `m` in `folder`: its file and its manifest."""
    model, manifest = folder / "m.onnx", folder / "m.json"
    model.write_bytes(data)
    manifest.write_bytes(written(manifest_of(data, **changed)))
    return model, manifest
