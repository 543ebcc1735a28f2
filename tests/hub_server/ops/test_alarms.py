"""A model that is not there is told wherever somebody looks, and nothing rests on it unsure."""

from pathlib import Path

import msgspec
import pytest

from hub_server.decision.snapshot import ContextSnapshot
from hub_server.journeys import STAGES
from hub_server.ops.fleet import REPORT_LATE_S
from hub_server.stage import StageModel
from hub_server.views.hub import FloorFrame
from tests.hub_server.conftest import Hub


@pytest.fixture
def ruled(hub: Hub, tmp_path: Path) -> Hub:
    """A hub whose model file is gone."""
    hub.model = StageModel.load(tmp_path / "none.onnx", tmp_path / "none.json")
    hub.restart()
    return hub


def frame(hub: Hub) -> FloorFrame:
    return msgspec.json.decode(hub.engine.floor_frame(), type=FloorFrame)


def test_a_missing_model_is_an_alarm_on_every_face(ruled: Hub) -> None:
    (alarm,) = [one for one in ruled.engine.health().alarms if one.startswith("stage model")]
    assert "none.json" in alarm
    assert alarm in frame(ruled).alarms
    assert frame(ruled).journey.by_rules
    assert "instep_stage_model_alarm 1" in ruled.engine.metrics()
    assert 'instep_stage_model_info{model="rules"} 1' in ruled.engine.metrics()


def test_the_radio_is_away_without_a_broker_or_an_agent(hub: Hub) -> None:
    """Whoever is not placed then need not walk: it is the store's fault."""
    alarms = hub.engine.alarms
    assert alarms.is_radio_away(hub.now_s)
    hub.agent_up()
    assert not alarms.is_radio_away(hub.now_s)
    hub.link.connected = False
    assert alarms.is_radio_away(hub.now_s)
    hub.link.connected = True
    assert alarms.is_radio_away(hub.now_s + REPORT_LATE_S + 1)


def test_a_good_model_is_named_and_no_alarm(hub: Hub) -> None:
    assert not [one for one in hub.engine.health().alarms if one.startswith("stage model")]
    assert (frame(hub).journey.model, frame(hub).journey.by_rules) == (hub.model.name, False)
    assert len(hub.model.name) == 12


@pytest.mark.parametrize("model", ["hub", "ruled"])
def test_a_decision_keeps_the_gate_it_went_by(model: str, request: pytest.FixtureRequest) -> None:
    hub: Hub = request.getfixturevalue(model)
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 20)
    rows = hub.query(
        "SELECT snapshot, stage, decision, code FROM decisions "
        "WHERE outcome = 'silent' AND stage IS NOT NULL ORDER BY at_ms"
    )
    stored, now, decision, reason = rows[-1]
    assert isinstance(stored, bytes)
    moment = msgspec.json.decode(stored, type=ContextSnapshot)
    gates = dict(zip(map(str, STAGES), hub.model.gates.tolist(), strict=True))
    assert moment.stage == now is not None
    assert moment.stage_gate == gates[str(now)]
    why = hub.engine.why(str(decision))
    assert (why.code, why.stage) == (reason, now)
    assert why.stage_p == getattr(moment.stage_p, str(now))
    assert why.stage_gate == max(gates[str(now)], 0.5)
    assert (why.needs_stage, why.title) == (None, None)
