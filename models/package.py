"""A trained model as the two files that the hub loads: the graph and its manifest."""

import hashlib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub_server.features import SCHEMA_SHA
from hub_server.journeys import Stage
from hub_server.model.manifest import GOLDEN_TICKS, Manifest, written
from hub_server.stage import record
from models.graph import Weights, build
from models.scores import Figures
from models.sequences import Followed

TRAINED_ON: Final = (
    "simulated shoppers in drawn stores (store_maps), positions with a stand-in for our locator's "
    "error (models/observation.py); no real shopper"
)
DIGITS: Final = 4
# Of the figures, those that `hub-server model list` shows; models/README.md has all.
SHOWN: Final = ("macro_f1_8", "macro_f1_6", "accuracy", "ece", "delay_median_s", "p_buy_auc_50")


class NothingGolden(ValueError):  # noqa: N818 - the outcome's own word
    """No visit is long enough to prove a model by."""


class Package(msgspec.Struct, frozen=True):
    """The bytes of a model and what its manifest promises."""

    model: bytes
    manifest: Manifest

    def scored(self, name: str, figures: Figures) -> "Package":
        """The same with figures under `name`, which says of which split."""
        values = {key: getattr(figures, key) for key in SHOWN}
        shown = {k: round(float(v), DIGITS) for k, v in values.items() if v is not None}
        scores = {**self.manifest.scores, name: shown}
        return Package(self.model, msgspec.structs.replace(self.manifest, scores=scores))

    def write(self, path: Path) -> None:
        """Write the model to `path` and the manifest beside it."""
        path.write_bytes(self.model)
        path.with_suffix(".json").write_bytes(written(self.manifest))


def golden_ticks(visits: list[Followed]) -> NDArray[np.float64]:
    """The features of the first visit that has enough seconds, from its opening on.

    Raises:
        NothingGolden: there is none.
    """
    for visit in visits:
        ticks = visit.x[visit.opened :][:GOLDEN_TICKS]
        if len(ticks) == GOLDEN_TICKS:
            return ticks.astype(np.float64)
    msg = f"{len(visits)} visits, expected one of {GOLDEN_TICKS} s or more; give more of them"
    raise NothingGolden(msg)


def package(
    weights: Weights, gates: dict[Stage, float], ticks: NDArray[np.float64], seed: int
) -> Package:
    """The files of a model.

    Args:
        weights: by name, as models/graph.py has them, calibration included.
        gates: a served stage is sure from this probability on.
        ticks: (GOLDEN_TICKS, len(FEATURES)) of one journey.
        seed: of the training.
    """
    model = build(weights)
    manifest = Manifest(
        sha256=hashlib.sha256(model).hexdigest(),
        features_sha256=SCHEMA_SHA,
        temperatures=[round(1.0 / float(value), DIGITS) for value in weights["S"]],
        gates=gates,
        golden=record(model, ticks),
        seed=seed,
        trained_on=TRAINED_ON,
    )
    return Package(model, manifest)
