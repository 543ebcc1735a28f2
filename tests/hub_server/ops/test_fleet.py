import msgspec

from edge_agent.messages import Health, Status, Suspect
from hub_server.ops.fleet import Fleet

UP = Status(up=True, boot="b1", locate=True, term=1, map_sha="m", version="0.1.0")

HEALTH = Health(
    boot="b1",
    version="0.1.0",
    uptime_s=1.0,
    synced=True,
    radio="ok",
    sightings_count=0,
    strangers_count=0,
    fixes_count=0,
    queued_count=0,
    dropped_count=0,
)


def test_an_agent_that_connects_wants_its_list_each_time() -> None:
    fleet = Fleet("m")
    assert fleet.status("s.a", UP, 0.0)
    assert fleet.status("s.a", UP, 1.0)
    down = Status(up=False, boot="b1", locate=True, term=1, map_sha="m", version="0.1.0")
    assert not fleet.status("s.a", down, 2.0)
    assert fleet.alarms(2.0) == ["agent s.a is not heard; ops looks at its power and network"]
    assert [one.agent for one in fleet] == ["s.a"]


def test_the_badge_is_live_then_late_then_offline() -> None:
    fleet = Fleet("m")
    assert fleet.badge(connected=True, tags_out=False, now_s=0.0)[0] == "offline"
    fleet.status("s.a", UP, 0.0)
    assert fleet.badge(connected=True, tags_out=False, now_s=20.0) == ("live", 20.0)
    assert fleet.badge(connected=True, tags_out=False, now_s=41.0)[0] == "offline"
    assert fleet.takes("s.b", 1, 50.0)
    assert fleet.badge(connected=True, tags_out=True, now_s=52.0) == ("live", 2.0)
    assert fleet.badge(connected=True, tags_out=True, now_s=60.0) == ("late", 10.0)
    assert fleet.badge(connected=True, tags_out=True, now_s=90.0)[0] == "offline"
    assert fleet.badge(connected=False, tags_out=True, now_s=52.0)[0] == "offline"


def test_anchors_that_the_map_does_not_have_are_an_alarm() -> None:
    fleet = Fleet("m")
    fleet.health("s.a", msgspec.structs.replace(HEALTH, unmapped_count=540), 0.0)
    (alarm,) = fleet.alarms(0.0)
    assert "not on its map, 540 times" in alarm


def test_another_map_is_an_alarm() -> None:
    fleet = Fleet("other")
    fleet.status("s.a", UP, 0.0)
    assert fleet.alarms(0.0) == ["agent s.a has another map than the hub; ops updates one"]
    (view,) = fleet.views(0.0)
    assert (view.up, view.version) == (True, "0.1.0")


def test_an_anchor_that_a_locator_doubts_is_an_alarm_until_it_is_not() -> None:
    fleet = Fleet("m")
    swapped = [
        Suspect(anchor="a5", sure_p=0.95, kind="swapped", other="a3"),
        Suspect(anchor="a3", sure_p=0.95, kind="swapped", other="a5"),
    ]
    fleet.health("s.a", msgspec.structs.replace(HEALTH, suspects=swapped), 0.0)
    fleet.health("s.warm", msgspec.structs.replace(HEALTH, suspects=swapped), 0.0)
    alarms = fleet.alarms(0.0)
    assert [alarm.split(":")[0] for alarm in alarms] == [
        "anchor a3 reads as if it had changed places with a5",
        "anchor a5 reads as if it had changed places with a3",
    ]
    assert alarms[0].endswith(": 95% sure; ops looks whether the two were swapped")
    assert [one.anchor for one in fleet.suspects(0.0)] == ["a3", "a3", "a5", "a5"]
    fleet.health("s.warm", HEALTH, 30.0)
    assert all("is not heard" in alarm for alarm in fleet.alarms(50.0))
    fleet.health("s.a", HEALTH, 60.0)
    assert fleet.alarms(60.0) == []
