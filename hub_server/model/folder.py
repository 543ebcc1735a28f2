"""The models that a hub has, and which of them is in use: a folder beside its database.

Each model is `<name>.onnx` with its manifest `<name>.json`. `in_use.json` lists the models in the
order in which they were put in use; the last one is, and without any it is the packaged one, so
that an upgrade of the program brings its own. Files are written whole and then named.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hub_server.model import file as model_file
from hub_server.model.file import MANIFEST_PATH, MODEL_PATH
from hub_server.model.manifest import ModelRefused

# The model that came with the program.
PACKAGED: Final = "packaged"
# Longer names make lists that nobody reads; no slash and no leading dot, so none leaves the folder.
NAME: Final = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$"
# So many steps back are kept; more than a year of weekly trainings.
USES_MAX: Final = 60
_SHA_CHARS: Final = 8
_STEM_CHARS: Final = 60
_IN_USE: Final = "in_use.json"

# What of a file changes when it is replaced or written to.
Mark = tuple[int, int, int]


class SpoiltList(ModelRefused):
    """The list of what was in use is damaged; the next `use` writes it anew."""


class Use(msgspec.Struct, frozen=True):
    """A model was put in use."""

    name: Annotated[str, msgspec.Meta(pattern=NAME)]
    at_ms: int


class ModelFolder:
    """The folder `path`; it need not be there until a model is put into it."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path

    @classmethod
    def beside(cls, database: Path) -> "ModelFolder":
        """The folder of the hub whose database this is."""
        return cls(database.parent / "models")

    def names(self) -> list[str]:
        """The models in the folder, and the packaged one first."""
        found = sorted(p.stem for p in self.path.glob("*.onnx") if re.match(NAME, p.stem))
        return [PACKAGED, *found]

    def paths(self, name: str) -> tuple[Path, Path]:
        """Where a model's file and its manifest lie."""
        if name == PACKAGED:
            return MODEL_PATH, MANIFEST_PATH
        return self.path / f"{name}.onnx", self.path / f"{name}.json"

    def uses(self) -> list[Use]:
        """What was put in use, the oldest first; empty = the packaged one always was.

        Raises:
            SpoiltList: it is no such list.
            ModelRefused: it cannot be read.
        """
        try:
            return msgspec.json.decode((self.path / _IN_USE).read_bytes(), type=list[Use])
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            msg = f"{_IN_USE}: {error.strerror}; ops lets the hub's user read it"
            raise ModelRefused(msg) from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            msg = f"{_IN_USE}: {error}; ops: `hub-server model use` writes it anew"
            raise SpoiltList(msg) from None

    def in_use(self) -> str:
        """The model that a hub should answer with.

        Raises:
            ModelRefused: the list cannot be read.
        """
        uses = self.uses()
        return uses[-1].name if uses else PACKAGED

    def read(self, name: str) -> model_file.Files:
        """The model `name`, its bytes looked at and not yet run.

        Raises:
            ModelRefused: it is not there, or not what its manifest promises.
        """
        return model_file.read(*self.paths(name))

    def add(self, files: model_file.Files, stem: str) -> str:
        """Put a model into the folder, and return its name.

        Raises:
            OSError: the folder takes no file.
        """
        clean = re.sub(r"[^A-Za-z0-9_.-]|^[.-]+", "_", stem)[:_STEM_CHARS] or "model"
        name = f"{clean}-{files.promised.sha256[:_SHA_CHARS]}"
        model, manifest = self.paths(name)
        self.path.mkdir(parents=True, exist_ok=True)
        _write(manifest, files.manifest)
        _write(model, files.data)
        return name

    def use(self, name: str, at_ms: int) -> None:
        """Put `name` in use; of one that is already a running hub is told to try it again.

        A damaged list is written anew.

        Raises:
            ModelRefused: the list cannot be read.
            OSError: the folder takes no file.
        """
        try:
            uses = self.uses()
        except SpoiltList:
            uses = []
        before = uses[-1].name if uses else PACKAGED
        self._keep(uses if name == before else [*uses, Use(name, at_ms)])

    def before(self) -> str | None:
        """The model that was in use before the present one; None where nothing else ever was.

        Raises:
            ModelRefused: the list cannot be read.
        """
        uses = self.uses()
        if not uses:
            return None
        return uses[-2].name if len(uses) > 1 else PACKAGED

    def roll_back(self) -> None:
        """Put the one before in use again, and forget that the present one was.

        Raises:
            ModelRefused: the list cannot be read.
            OSError: the folder takes no file.
        """
        self._keep(self.uses()[:-1])

    def mark(self) -> tuple[Mark, ...]:
        """What changes when another model is put in use, or its files are replaced."""
        listed = _mark(self.path / _IN_USE)
        try:
            return listed, *(_mark(path) for path in self.paths(self.in_use()))
        except ModelRefused:
            return (listed,)

    def _keep(self, uses: Sequence[Use]) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        _write(self.path / _IN_USE, msgspec.json.encode(uses[-USES_MAX:]) + b"\n")


def _mark(path: Path) -> Mark:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def _write(path: Path, data: bytes) -> None:
    """Write a file whole: whoever reads `path` sees the old bytes or the new, after any crash."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
