"""What `hub-server model` does: which stage models there are, and which is in use.

A running hub reads the same folder and follows within seconds.
"""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hub_server import settings
from hub_server.commands import EXIT_OK, now_ms, say
from hub_server.model import file as model_file
from hub_server.model import trial as model_trial
from hub_server.model.file import Files
from hub_server.model.folder import PACKAGED, ModelFolder, SpoiltList
from hub_server.model.manifest import Manifest, ModelRefused

_FIGURES: Final = {"macro_f1_8": "macro-F1 of 8", "macro_f1_6": "of 6", "ece": "ECE"}
_SHA_CHARS: Final = 12


def show(options: Namespace) -> int:
    """List the stage models: which is in use, since when, how it was trained and judged."""
    folder = _folder(options)
    try:
        since = {use.name: _day(use.at_ms) for use in folder.uses()}
        in_use, before = folder.in_use(), folder.before()
    except ModelRefused as error:
        say(f"what is in use is not known: {error}")
        since, in_use, before = {}, None, None
    for name in dict.fromkeys([*folder.names(), *filter(None, (in_use, before))]):
        place = {in_use: "in use", before: "before"}.get(name, "")
        when = since.get(name, "")
        try:
            told = _told(folder.read(name).promised)
        except ModelRefused as error:
            told = f"refused: {error}"
        say(f"{place:<7} {name:<32} {when:<16} {told}")
    return EXIT_OK


def use(options: Namespace) -> int:
    """Put a model in use, once it has passed every check: a file, or one that was in use before."""
    folder = _folder(options)
    spoilt = _damage(folder)  # a list that cannot be read is told before a file is copied
    path = Path(options.model)
    is_file = path.suffix == ".onnx"
    if not is_file and options.model not in folder.names():
        msg = (
            f"model {options.model!r}: no such model; expected an .onnx file or one of "
            f"{', '.join(folder.names())}; ops names one"
        )
        raise ModelRefused(msg)
    files = _passed(*(path, path.with_suffix(".json")) if is_file else folder.paths(options.model))
    try:
        name = folder.add(files, path.stem) if is_file else options.model
        folder.use(name, now_ms())
    except OSError as error:
        raise _unwritable(folder, error) from None
    if spoilt is not None:
        say(f"{spoilt}; it is written anew, and what was in use before is not known")
    say(f"{name} is in use; a running hub takes it within seconds, or /healthz says why not")
    return EXIT_OK


def rollback(options: Namespace) -> int:
    """Put the model in use again that was in use before, once it has passed every check."""
    folder = _folder(options)
    before = folder.before()
    if before is None:
        msg = f"model: nothing was in use before {PACKAGED!r}; ops puts another in use"
        raise ModelRefused(msg)
    if not all(path.is_file() for path in folder.paths(before)):
        msg = (
            f"model {before!r}: it was in use before, and its files are gone; nothing is changed; "
            "ops: `hub-server model use packaged`, or another that `list` shows"
        )
        raise ModelRefused(msg)
    _passed(*folder.paths(before))
    try:
        folder.roll_back()
    except OSError as error:
        raise _unwritable(folder, error) from None
    say(f"{before} is in use again; a running hub takes it within seconds")
    return EXIT_OK


def _folder(options: Namespace) -> ModelFolder:
    return ModelFolder.beside(settings.load(options.config).database)


def _damage(folder: ModelFolder) -> str | None:
    """What of the list is damaged; None where it is sound."""
    try:
        folder.uses()
    except SpoiltList as error:
        return str(error).partition(";")[0]
    return None


def _passed(model: Path, manifest: Path) -> Files:
    """The model in two files, when it has passed every check."""
    gone = " nor ".join(str(path) for path in (model, manifest) if not path.exists())
    if gone:
        msg = f"model {model}: there is no {gone}; expected both files; ops names the right path"
        raise ModelRefused(msg)
    try:
        files = model_file.read(model, manifest)
        model_trial.stand(files.data, files.manifest)
    except ModelRefused as error:
        # Which of the two files: named in full already.
        what = str(error).removeprefix(f"{model.name}: ")
        msg = (
            f"model {model}: {what}; expected a model and manifest as `models.train_stage` "
            "writes them, of this version; nothing is changed; ops gets another"
        )
        raise ModelRefused(msg) from None
    return files


def _unwritable(folder: ModelFolder, error: OSError) -> ModelRefused:
    msg = f"model: {folder.path}: {error.strerror}; expected a folder of the hub's user; ops mends"
    return ModelRefused(f"{msg} it")


def _told(promised: Manifest) -> str:
    """sha256, seed, figures and training data of a model on one line."""
    of_models = (one for one in promised.scores.items() if one[0].endswith("model"))
    estimator, scores = next(of_models, ("", {}))
    judged_on = estimator.removesuffix("model").strip(": ") or "training"
    figures = [f"{name} {scores[key]:.3f}" for key, name in _FIGURES.items() if key in scores]
    if figures:
        figures[0] = f"{judged_on} {figures[0]}"
    parts = [
        f"sha256 {promised.sha256[:_SHA_CHARS]}",
        f"seed {promised.seed}",
        *figures,
        f"trained on {promised.trained_on}",
    ]
    return ", ".join(parts)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%MZ")
