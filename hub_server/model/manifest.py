"""What a model file promises: the manifest that lies beside it as JSON."""

from typing import Annotated, Final

import msgspec

from hub_server.journeys import STAGES, Stage

# So many ticks of one journey prove that the numbers come out as they did at the training: the
# state has then been through the step 20 times, and a sign error anywhere shows at the second.
GOLDEN_TICKS: Final = 20
# A manifest with 20 ticks of 100 features and all its figures has 60 kB; more is no manifest.
MANIFEST_BYTES_MAX: Final = 1024 * 1024

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Temperature = Annotated[float, msgspec.Meta(gt=0.0)]


class ModelRefused(ValueError):  # noqa: N818 - the outcome's own word
    """A model that is not what its manifest promises; says what was found and expected."""


class Golden(msgspec.Struct, frozen=True):
    """GOLDEN_TICKS ticks of one journey from a state of zeros, and what was answered."""

    x: list[list[float]]
    """A row of features a tick."""
    p: list[list[float]]
    """In the order of STAGES."""
    p_buy: list[float]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model file promises."""

    sha256: str
    features_sha256: str
    """`features.SCHEMA_SHA` of the training."""
    temperatures: list[Temperature]
    """One a top stage, in the order of STAGES; fitted on the validation split, already in the
    graph."""
    gates: dict[Stage, Share]
    """A served stage is sure from this probability on; at a gate of 1 it never is."""
    golden: Golden
    seed: int
    trained_on: str
    scores: dict[str, dict[str, float]] = {}
    """By estimator: the figures that the training printed, on unseen layouts."""


def parsed(data: bytes) -> Manifest:
    """The manifest of a file's bytes.

    Raises:
        ModelRefused: they are not a manifest, or not a whole one.
    """
    if len(data) > MANIFEST_BYTES_MAX:
        msg = f"more than {MANIFEST_BYTES_MAX} bytes, expected a manifest"
        raise ModelRefused(msg)
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ModelRefused(str(error)) from None
    for what, found, expected in (
        ("temperatures", len(manifest.temperatures), len(STAGES)),
        ("gates", len(manifest.gates), len(STAGES)),
        *(
            ("golden ticks", len(rows), GOLDEN_TICKS)
            for rows in msgspec.structs.astuple(manifest.golden)
        ),
    ):
        if found != expected:
            msg = f"{found} {what}, expected {expected}"
            raise ModelRefused(msg)
    return manifest


def written(manifest: Manifest) -> bytes:
    """The file of `manifest`, a field a line: 1,200 numbers a line each would hide the rest."""
    fields = msgspec.structs.asdict(manifest).items()
    lines = [f'"{name}": {msgspec.json.encode(value).decode()}' for name, value in fields]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()
