"""Which stage model answers now, and how another takes its place while shoppers walk.

The folder is looked at every few ticks. What is new there is tried in a process of its own, then
warmed up on what it would have seen of each journey in the last minutes, in slices, and takes
over between two ticks. What fails on the way leaves the present one where it is, and an
alarm that stays until ops acts.
"""

import logging
from collections.abc import Iterator
from typing import Final

import numpy as np

from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import Journeys
from hub_server.model import trial as model_trial
from hub_server.model.file import Files
from hub_server.model.folder import PACKAGED, Mark, ModelFolder
from hub_server.model.manifest import Manifest, ModelRefused
from hub_server.model.trial import Trial
from hub_server.stage import StageModel

LOG: Final = logging.getLogger(__name__)

# Seconds between two looks, of three `stat`s each. Two must agree before anything is read, so that
# files that are being copied are not judged half-way.
LOOK_TICKS: Final = 3
# Journeys times ticks in one slice: 5 ms here, 25 ms on a Pi; the loop takes a batch after each.
SLICE_ROWS: Final = 5_000
# Slices in a tick: 0.1 s here, half a second on a Pi, so that the next tick is in time. Warm are
# 200 journeys within a tick, 1,024 within four, 10,000 within 40.
SLICES: Final = 20
_REMEDY: Final = "ops: `hub-server model list`, then `use` one of them"


class ModelSeat:
    """The model that answers, and the one on its way.

    Args:
        model: answers first.
        folder: where another may come from; None = `model` stays.
    """

    def __init__(self, model: StageModel, folder: ModelFolder | None = None) -> None:
        self.model = model
        self._alarm: str | None = None
        self._folder: Final = folder
        self._ticks = 0
        self._known = self._mark()
        self._fresh: tuple[Mark, ...] | None = None
        self._name = ""
        self._answers: str | None = None
        self._files: Files | None = None
        self._trial: Trial | None = None
        self._next: StageModel | None = None
        self._warm_to = 0

    @classmethod
    def opened(cls, folder: ModelFolder) -> "ModelSeat":
        """The model in use or, where that one is bad, the last before it that is good."""
        # Made before anything is tried, so that what changes meanwhile is seen by the next look.
        seat = cls(StageModel(None), folder)
        names, why = _in_turn(folder)
        for name in names:
            try:
                seat.model = _loaded(folder, name)
            except ModelRefused as error:
                why = why or f"{name}: {error}"
                continue
            seat._answers = name
            if why is not None:
                seat._alarm = f"stage model {why}; {name} answers in its place; {_REMEDY}"
            return seat
        seat.model = StageModel.refused(f"{why}")
        return seat

    @property
    def alarm(self) -> str | None:
        """What is wrong with the model that should be in use, or with the one that is."""
        return self._alarm or self.model.alarm

    @property
    def manifest(self) -> Manifest | None:
        """Of the model that answers; None while the rules do."""
        return self.model.manifest

    @property
    def name(self) -> str:
        """The first digits of the model's sha256, or "rules"."""
        return self.model.name

    @property
    def title(self) -> str:
        """`name`, and that it came with the program where it did."""
        if self._answers == PACKAGED and self.manifest is not None:
            return f"{PACKAGED} {self.name}"
        return self.name

    def steps(self, journeys: Journeys) -> Iterator[None]:
        """One tick's part of a change of models; the loop may do other things at each yield."""
        self._ticks += 1
        if self._next is not None:
            yield from self._warm(journeys, self._next)
        elif self._trial is not None:
            self._hear(journeys, self._trial)
        elif self._folder is not None and self._ticks % LOOK_TICKS == 0:
            self._look(self._folder)

    def close(self) -> None:
        """End what runs beside the hub."""
        if self._trial is not None:
            self._trial.close()
            self._trial = None

    def _mark(self) -> tuple[Mark, ...] | None:
        return self._folder.mark() if self._folder is not None else None

    def _look(self, folder: ModelFolder) -> None:
        mark = folder.mark()
        is_settled, self._fresh = mark == self._fresh, mark
        if mark == self._known or not is_settled:
            return
        self._known = mark
        try:
            self._name = folder.in_use()
        except ModelRefused as error:
            self._refuse(str(error))
            return
        try:
            self._files = folder.read(self._name)
            self._trial = Trial(self._files.data, self._files.manifest)
        except ModelRefused as error:
            self._refuse(f"{self._name}: {error}")
        except OSError as error:
            self._refuse(f"{self._name}: it cannot be tried: {error.strerror}")

    def _refuse(self, why: str) -> None:
        self._alarm = f"stage model {why}; {self.name} goes on; {_REMEDY}"
        LOG.warning(self._alarm)

    def _hear(self, journeys: Journeys, trial: Trial) -> None:
        verdict = trial.verdict()
        if verdict is None:
            return
        self._trial = None
        files, self._files = self._files, None
        try:
            if verdict or files is None:
                raise ModelRefused(verdict)  # noqa: TRY301 - as when it fails here
            self._next = StageModel.proven(files.data, files.promised)
        except ModelRefused as error:
            self._refuse(f"{self._name}: {error}")
            return
        journeys.memory.begin(STATE_WIDTH)
        self._warm_to = journeys.memory.oldest

    def _warm(self, journeys: Journeys, model: StageModel) -> Iterator[None]:
        memory = journeys.memory
        for _ in range(SLICES):
            for _ in range(max(SLICE_ROWS // max(len(journeys), 1), 1)):
                self._warm_to = max(self._warm_to, memory.oldest)
                if self._warm_to == memory.tick:
                    self._swap(journeys, model)
                    return
                seen = memory.seen(self._warm_to)
                state = model.predict(seen.x, memory.state).state
                memory.state = np.where(seen.there[:, None], state, np.float32(0.0))
                self._warm_to += 1
            yield

    def _swap(self, journeys: Journeys, model: StageModel) -> None:
        # A warm state of the last tick and the fixes of the next: no tick is between.
        journeys.tracks["state"] = journeys.memory.state
        journeys.memory.begin(0)
        self.model, self._next, self._alarm = model, None, None
        self._answers = self._name
        LOG.warning("stage model %s (%s) answers now", self._name, model.name)


def _in_turn(folder: ModelFolder) -> tuple[list[str], str | None]:
    """The models to try, the one in use first, and what is wrong with the list."""
    try:
        used = [use.name for use in reversed(folder.uses())]
    except ModelRefused as error:
        return [PACKAGED], str(error)
    return list(dict.fromkeys([*used, PACKAGED])), None


def _loaded(folder: ModelFolder, name: str) -> StageModel:
    files = folder.read(name)
    # What came with the program is as trusted as the program.
    if name != PACKAGED:
        model_trial.stand(files.data, files.manifest)
    return StageModel.proven(files.data, files.promised)
