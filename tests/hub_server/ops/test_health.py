"""What is wrong with agents, broker and anchors, as alarms and figures."""

import msgspec

from edge_agent.messages import Health as AgentHealth
from edge_agent.messages import Suspect
from tests.hub_server.conftest import Hub

REPORT = AgentHealth(
    boot="b1",
    version="0.1.0",
    uptime_s=1.0,
    synced=True,
    radio="missing",
    sightings_count=0,
    strangers_count=0,
    fixes_count=0,
    queued_count=0,
    dropped_count=3,
)


def test_health_names_what_is_wrong(hub: Hub) -> None:
    hub.pass_s(1)
    health = hub.engine.health()
    assert health.ok
    assert health.ready
    hub.link.connected = False
    hub.send("fixes", REPORT)
    assert not hub.engine.health().ready
    alarms = " ".join(hub.engine.health().alarms)
    assert "the broker does not answer" in alarms
    assert "1 messages were set aside" in alarms
    hub.send("health", REPORT)
    hub.now_s += 60
    alarms = " ".join(hub.engine.health().alarms)
    for part in ("radio missing", "dropped 3 rows", "is not heard"):
        assert part in alarms
    assert hub.engine.health().agents_count == 1
    assert "instep_quarantined_total 1" in hub.engine.metrics()


def test_a_doubted_anchor_is_an_alarm_and_a_figure(hub: Hub) -> None:
    assert "instep_anchors_suspect 0" in hub.engine.metrics()
    weaker = Suspect(anchor="a3", sure_p=0.9, kind="weaker", change_db=-9.6)
    hub.send("health", msgspec.structs.replace(REPORT, suspects=[weaker]))
    alarms = " ".join(hub.engine.health().alarms)
    assert "anchor a3 reads 10 dB weaker than it should: 90% sure" in alarms
    metrics = hub.engine.metrics()
    assert 'instep_anchor_suspect_p{anchor="a3",kind="weaker"} 0.9' in metrics
    assert "instep_anchors_suspect 1" in metrics


def test_an_agent_that_is_gone_is_missed_after_a_restart(hub: Hub) -> None:
    hub.agent_up()
    hub.now_s += 300
    hub.restart()
    (view,) = hub.floor().agents
    assert (view.up, view.late_s, view.version) == (False, 300.0, "0.1.0")
