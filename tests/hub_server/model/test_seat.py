"""A hub that changes its stage model while shoppers walk."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typing_extensions import override

from edge_agent.messages import FixRow
from hub_server import stage
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import Journeys
from hub_server.model import file as model_file
from hub_server.model.file import Files
from hub_server.model.folder import PACKAGED, ModelFolder
from hub_server.model.manifest import written
from hub_server.model.memory import MEMORY_TICKS
from hub_server.model.seat import LOOK_TICKS, SLICE_ROWS, SLICES, ModelSeat
from hub_server.stage import MANIFEST_PATH, MODEL_PATH, StageModel
from models.graph import build
from store_maps.layouts import store
from tests.hub_server.conftest import Hub
from tests.hub_server.drawn_models import manifest_of, weights, write

MAP = store("boutique", 1)
PACKAGED_FILES = model_file.read(MODEL_PATH, MANIFEST_PATH)
# A look, a trial, a warming and a swap take about ten ticks.
LOOKS_MAX = 50


def files(seed: int) -> Files:
    data = build(weights(seed))
    promised = manifest_of(data)
    return Files(data, written(promised), promised)


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


class Shop:
    """Shoppers that walk to a place, stand there, and walk on; a tick a call."""

    def __init__(self, seat: ModelSeat, count: int = 6) -> None:
        self.seat = seat
        self.journeys = Journeys(MAP)
        self.now_s = 0.0
        self.rng = np.random.default_rng(3)
        self.xy = np.full((count, 2), 2.0)
        self.to = self.rng.uniform(1, 11, (count, 2))
        for k in range(count):
            self.journeys.open(f"h{k}", 0.0)

    def tick(self) -> np.ndarray:
        """One second of everybody; what is answered of those who were there from the start."""
        self.now_s += 1.0
        way = self.to - self.xy
        self.xy = self.xy + way / np.maximum(np.hypot(*way.T)[:, None], 1.0)
        anew = self.rng.random(len(self.xy)) < 0.03
        self.to[anew] = self.rng.uniform(1, 11, (len(self.xy), 2))[anew]
        seen = self.xy + self.rng.normal(0, 1.0, self.xy.shape)
        rows = [FixRow(f"h{k}", 0, x, y, 2.0, None, 0.0, "L0") for k, (x, y) in enumerate(seen)]
        self.journeys.fix(rows, self.now_s)
        assert stage.step(self.journeys, self.seat.model, self.now_s)
        for _ in self.seat.steps(self.journeys):
            pass
        return np.array(self.journeys.tracks["stage_p"])

    def until(self, done: Callable[[], bool]) -> None:
        """Tick until something is so."""
        for _ in range(LOOKS_MAX):
            if done():
                return
            self.tick()
            wait(self.seat)
        raise AssertionError(self.seat.alarm)


def wait(seat: ModelSeat) -> None:
    """Until the trial under way has ended, so that as many ticks pass on any machine."""
    if seat._trial is not None:
        seat._trial._process.wait()


def test_without_a_folder_nothing_changes() -> None:
    model = StageModel(None, "no model")
    seat = ModelSeat(model)
    Shop(seat).tick()
    assert (seat.model, seat.alarm, seat.name, seat.manifest) == (model, "no model", "rules", None)
    seat.close()


def test_the_packaged_model_answers_until_another_is_put_in_use(folder: ModelFolder) -> None:
    seat = ModelSeat.opened(folder)
    assert seat.alarm is None
    shop = Shop(seat)
    for _ in range(2 * LOOK_TICKS):
        shop.tick()
    assert seat.manifest == PACKAGED_FILES.promised
    assert seat.title == f"packaged {PACKAGED_FILES.promised.sha256[:12]}"
    other = files(1)
    folder.use(folder.add(other, "m"), 1)
    shop.until(lambda: seat.manifest == other.promised)
    assert seat.alarm is None
    assert seat.name == seat.title == other.promised.sha256[:12]
    folder.roll_back()
    shop.until(lambda: seat.manifest == PACKAGED_FILES.promised)
    assert seat.title == f"packaged {seat.name}"


class HurriedFolder(ModelFolder):
    """A folder in which ops puts another model in use while the hub reads the present one."""

    @override
    def read(self, name: str) -> Files:
        found = super().read(name)
        if not self.uses():
            self.use(self.add(files(1), "m"), 1)
        return found


def test_what_is_put_in_use_while_the_hub_starts_is_taken(tmp_path: Path) -> None:
    seat = ModelSeat.opened(HurriedFolder(tmp_path / "models"))
    assert seat.manifest == PACKAGED_FILES.promised
    Shop(seat).until(lambda: seat.manifest == files(1).promised)


def test_after_a_swap_to_the_same_weights_the_answers_hardly_change(folder: ModelFolder) -> None:
    same = files(5)
    seat = ModelSeat(StageModel.proven(same.data, same.promised), folder)
    still = ModelSeat(seat.model)
    shop, other = Shop(seat), Shop(still)
    for _ in range(MEMORY_TICKS + 60):
        shop.tick()
        other.tick()
    folder.use(folder.add(same, "again"), 1)
    before = seat.model
    shop.until(lambda: seat.model is not before)
    while other.now_s < shop.now_s:
        other.tick()
    off = [np.abs(shop.tick() - other.tick()).mean() for _ in range(30)]
    assert 0 < max(off) < 0.05  # another state, but hardly (drawn weights remember longer)


def test_a_journey_that_began_during_the_warming_has_its_own_state(
    folder: ModelFolder,
) -> None:
    seat = ModelSeat.opened(folder)
    shop = Shop(seat, count=4)
    for _ in range(30):
        shop.tick()
    memory = shop.journeys.memory
    memory.begin(STATE_WIDTH)
    shop.journeys.close("h0")
    shop.journeys.open("late", shop.now_s)
    warming = seat._warm(shop.journeys, seat.model)
    assert list(warming) == []
    states = shop.journeys.tracks["state"]
    assert not states[shop.journeys.handles.index("late")].any()
    assert states[shop.journeys.handles.index("h3")].any()


def test_many_journeys_warm_up_over_several_ticks(folder: ModelFolder) -> None:
    seat = ModelSeat.opened(folder)
    shop = Shop(seat, count=3)
    ticks = 2 * SLICES + 10
    for _ in range(ticks):
        shop.tick()
    seat._next = StageModel.load()
    shop.journeys.memory.begin(STATE_WIDTH)
    for k in range(SLICE_ROWS):
        shop.journeys.open(f"more-{k}", shop.now_s)
    # 10,003 rows: one tick of the memory in a slice.
    slices = [len(list(seat.steps(shop.journeys))) for _ in range(3)]
    assert slices == [SLICES, SLICES, 10]
    assert seat._next is None


BAD = msgspec.structs.replace(files(2).promised, features_sha256="1" * 64)


def test_a_bad_model_put_in_use_leaves_the_running_one(folder: ModelFolder) -> None:
    seat = ModelSeat.opened(folder)
    shop, good = Shop(seat), seat.model
    name = folder.add(Files(files(2).data, written(BAD), BAD), "bad")
    folder.use(name, 1)
    shop.until(lambda: seat.alarm is not None)
    assert seat.model is good
    assert seat.alarm is not None
    assert seat.alarm.startswith(f"stage model {name}: feature schema 111111111111 of its training")
    assert seat.alarm.endswith(
        f"; {good.name} goes on; ops: `hub-server model list`, then `use` one of them"
    )
    folder.roll_back()
    shop.until(lambda: seat.alarm is None)
    assert seat.manifest == good.manifest


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda model, _: model.write_bytes(b"spoilt"), ".onnx: sha256 "),
        (lambda _, manifest: manifest.unlink(), ".json: No such file"),
        (lambda model, _: model.write_bytes(bytes(300_000)), ".onnx: more than 262144 bytes"),
    ],
)
def test_a_file_that_is_spoilt_in_place_leaves_the_running_one(
    folder: ModelFolder, spoil: Callable[[Path, Path], object], expected: str
) -> None:
    name = folder.add(PACKAGED_FILES, "m")
    folder.use(name, 1)
    seat = ModelSeat.opened(folder)
    assert seat.alarm is None
    shop, good = Shop(seat), seat.model
    spoil(*folder.paths(name))
    shop.until(lambda: seat.alarm is not None)
    assert seat.model is good
    assert expected in str(seat.alarm)


def test_a_list_that_is_spoilt_leaves_the_running_one(folder: ModelFolder) -> None:
    seat = ModelSeat.opened(folder)
    shop = Shop(seat)
    folder.path.mkdir()
    (folder.path / "in_use.json").write_bytes(b"[")
    shop.until(lambda: seat.alarm is not None)
    assert str(seat.alarm).startswith("stage model in_use.json: Input data was truncated; ")
    restarted = ModelSeat.opened(folder)
    assert restarted.manifest == PACKAGED_FILES.promised
    assert str(restarted.alarm).startswith("stage model in_use.json: Input data was truncated; ")
    assert "packaged answers in its place" in str(restarted.alarm)


def test_a_restart_loads_the_one_in_use_or_the_last_good_before_it(folder: ModelFolder) -> None:
    a, b = (folder.add(files(k), "m") for k in (1, 2))
    folder.use(a, 1)
    folder.use(b, 2)
    seat = ModelSeat.opened(folder)
    assert (seat.manifest, seat.alarm) == (files(2).promised, None)
    folder.paths(b)[0].write_bytes(b"spoilt")
    seat = ModelSeat.opened(folder)
    assert seat.manifest == files(1).promised
    assert str(seat.alarm).startswith(f"stage model {b}: {b}.onnx: sha256 ")
    assert f"; {a} answers in its place; ops: " in str(seat.alarm)
    shop = Shop(seat)
    for _ in range(3 * LOOK_TICKS):
        shop.tick()
    assert seat.alarm is not None  # it stays until ops acts
    folder.paths(a)[1].unlink()
    assert ModelSeat.opened(folder).manifest == PACKAGED_FILES.promised


def test_without_any_good_model_the_rules_answer(
    tmp_path: Path, folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write(tmp_path, PACKAGED_FILES.data, features_sha256="1" * 64)
    monkeypatch.setattr(ModelFolder, "paths", lambda _self, _name: paths)
    seat = ModelSeat.opened(folder)
    assert (seat.name, seat.manifest) == ("rules", None)
    assert str(seat.alarm).startswith(f"stage model: {PACKAGED}: feature schema 111111111111")
    assert str(seat.alarm).endswith("rules answer; ops: reinstall or retrain it")


def test_a_trial_under_way_ends_with_the_hub(folder: ModelFolder) -> None:
    seat = ModelSeat.opened(folder)
    shop = Shop(seat)
    folder.use(folder.add(files(1), "m"), 1)
    shop.until(lambda: seat._trial is not None)
    seat.close()
    assert seat._trial is None


class ChangingHub(Hub):
    """A hub whose models come from the folder beside its database."""

    sent = 0

    @override
    def models(self) -> ModelSeat:
        return ModelSeat.opened(ModelFolder.beside(self.settings.database))

    def second(self, handle: str) -> None:
        """A tick with a fix before each of its steps."""
        self.now_s += 1.0
        for _ in self.engine.steps():
            self.now_s += 0.001
            self.fix(handle)
            self.sent += 1

    def until(self, done: Callable[[], bool], handle: str) -> None:
        for _ in range(LOOKS_MAX):
            if done():
                return
            self.second(handle)
            wait(self.engine.models)
        raise AssertionError(self.engine.models.alarm)


def test_a_running_hub_changes_models_and_loses_no_fix(tmp_path: Path) -> None:
    hub = ChangingHub(tmp_path)
    (code,) = hub.carts("cart-1")
    handle = hub.handle(hub.yes(code))
    for _ in range(20):
        hub.second(handle)
    folder = ModelFolder.beside(hub.settings.database)
    folder.use(folder.add(files(1), "m"), 1)
    hub.until(lambda: hub.engine.models.manifest == files(1).promised, handle)
    assert hub.engine.intake.fixes_count == hub.sent > 50
    journey = hub.engine.journeys.at(handle)
    assert journey is not None
    assert journey.last_fix_age_s == pytest.approx(0.02, abs=0.01)
    assert journey.stage is not None
    assert hub.engine.health().ok
    assert not [one for one in hub.engine.health().alarms if "stage model" in one]
    bad = folder.add(Files(files(2).data, written(BAD), BAD), "bad")
    folder.use(bad, 2)
    hub.until(lambda: hub.engine.models.alarm is not None, handle)
    (told,) = (one for one in hub.engine.health().alarms if "stage model" in one)
    assert told.startswith(f"stage model {bad}: feature schema")
    hub.restart()
    assert hub.engine.models.manifest == files(1).promised
    assert [one for one in hub.engine.health().alarms if f"stage model {bad}: feature" in one]
    folder.roll_back()
    hub.until(lambda: hub.engine.models.alarm is None, handle)
    hub.engine.models.close()
    hub.close()
