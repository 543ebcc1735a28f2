"""The agent with everything real but the radio: broker, outbox, locator, map."""

import asyncio
import logging
import time
from pathlib import Path

import msgspec
import pytest

from edge_agent import agent as module
from edge_agent.agent import Agent, Parts
from edge_agent.anchor_health import AnchorHealth, Beliefs
from edge_agent.messages import (
    Health,
    SightingRow,
    Sightings,
    StayRow,
    Suspect,
    Tags,
)
from edge_agent.mqtt_link import Inbox
from edge_agent.outbox import Outbox
from edge_agent.roster import Roster
from edge_agent.sighting import Sighting
from edge_agent.stays import STAY_LAG_S
from tests.edge_agent.agent_rig import STATUS, Rig, Wire
from tests.edge_agent.broker import until


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_forwarding_agent_publishes_what_it_heard_with_its_age(tmp_path: Path) -> None:
    rig = Rig(tmp_path, locates=False)
    rig.pair("h-1")
    rig.agent.take([rig.hear("h-1"), rig.hear("h-1", 1, -70.0)])
    rig.clock.now_s += 0.5
    rig.agent.second()
    rig.agent.second()
    assert rig.wire.rows("sightings") == [
        ["h-1", rig.anchors[0], -55.0, 600.0],
        ["h-1", rig.anchors[1], -70.0, 600.0],
    ]
    assert len(rig.wire.sent) == 1


def test_sightings_become_fixes_and_stays(rig: Rig) -> None:
    rig.pair("h-1")
    rig.live(12, "h-1")
    fixes = rig.wire.rows("fixes")
    assert len(fixes) >= 11
    handle, age_ms, _, _, radius_m, zone, zone_p, level = fixes[-1]
    assert (handle, zone, level) == ("h-1", "dairy", "L0")
    assert age_ms == 500.0
    assert isinstance(radius_m, float)
    assert isinstance(zone_p, float)
    _, rows = rig.outbox.unacknowledged(10)
    assert [(row.kind, row.handle, row.zone) for row in rows] == [("enter", "h-1", "dairy")]
    assert rows[0].stay == "h-1.7.1"
    assert rows[0].term == 7
    assert abs(rows[0].at_ms / 1000 - time.time()) < 30
    assert 0 < rows[0].mono_ms <= time.monotonic() * 1000
    assert rig.wire.flushes == 1


def test_a_stay_is_known_later_than_its_fixes_and_says_when_it_was(rig: Rig) -> None:
    rig.pair("h-1")
    before_s = before_mono_s = 0.0
    while not rig.outbox.queued_count:
        before_s, before_mono_s = time.time(), time.monotonic()
        rig.live(1, "h-1")
    after_s, after_mono_s = time.time(), time.monotonic()
    # The first packets are of 1001.4 and count in second 1002; so long ago the stay began.
    ago_s = rig.clock.now_s - 1002.0
    assert ago_s >= STAY_LAG_S
    (row,) = rig.outbox.unacknowledged(9)[1]
    assert int((before_s - ago_s) * 1000) <= row.at_ms <= (after_s - ago_s) * 1000
    assert int((before_mono_s - ago_s) * 1000) <= row.mono_ms <= (after_mono_s - ago_s) * 1000
    # What messages go by came at once.
    assert rig.wire.rows("fixes")[0][1] == 500.0
    assert len(rig.wire.rows("fixes")) > STAY_LAG_S


def test_a_pairing_that_ends_keeps_what_its_last_seconds_say(rig: Rig) -> None:
    rig.pair("h-1", "h-2")
    rig.walk_over("h-1", "h-2")
    rig.pair("h-2")
    assert rig.stays()[2:] == [("leave", "h-1", "dairy"), ("enter", "h-1", "produce")]
    rows = rig.outbox.unacknowledged(9)[1]
    assert rows[2].at_ms == pytest.approx(rows[3].at_ms, abs=1000)
    assert rows[2].dwell_s > 10
    assert rig.parts.locator is not None
    assert rig.parts.locator.tags == ("h-2",)
    # Nothing more comes of it, whatever is still heard.
    rig.live(6, "h-1", zone="produce")
    assert [row for row in rig.stays() if row[1] == "h-1"][1:] == rig.stays()[2:4]


def test_a_list_that_lapses_keeps_what_the_last_seconds_say(rig: Rig) -> None:
    rig.pair("h-1", ttl_s=5000.0)
    rig.walk_over("h-1")
    rig.pair("h-1", ttl_s=0.5)
    rig.clock.now_s += 1.0
    rig.agent.second()
    assert rig.stays()[1:] == [("leave", "h-1", "dairy"), ("enter", "h-1", "produce")]


def test_a_withdrawal_drops_what_its_last_seconds_would_say(rig: Rig) -> None:
    rig.pair("h-1", "h-2")
    rig.walk_over("h-1", "h-2")
    rig.pair("h-2", withdrawn=("h-1",))
    rig.live(6, "h-2", zone="produce")
    assert [row for row in rig.stays() if row[1] != "h-2"] == [("void", "", "")]
    assert rig.stays()[-1] == ("enter", "h-2", "produce")


def test_one_who_ends_sends_nothing_of_one_who_withdrew(rig: Rig) -> None:
    rig.pair("h-1", "h-2")
    rig.walk_over("h-1", "h-2")
    sent: list[str] = []
    rig.wire.on_flush = lambda: sent.extend(handle for _, handle, _ in rig.stays())
    rig.pair(withdrawn=("h-1",))
    assert sent
    assert "h-1" not in sent


async def test_an_agent_that_stops_keeps_what_the_last_seconds_say(
    rig: Rig, tmp_path: Path
) -> None:
    rig.pair("h-1")
    rig.walk_over("h-1")
    stop = asyncio.Event()
    stop.set()
    await rig.agent.run(stop)
    rig.outbox = Outbox(tmp_path / "outbox.db", 4096, "boot")
    assert rig.stays()[1:] == [("leave", "h-1", "dairy"), ("enter", "h-1", "produce")]
    rig.outbox.close()


@pytest.mark.parametrize("again", ["h-1", "h-2"])
def test_a_tags_offset_ends_with_its_pairing(rig: Rig, tmp_path: Path, again: str) -> None:
    """The cart's next pairing knows nothing of the one before, nor does a handle named anew."""
    rig.pair("h-1")
    rig.live(20, "h-1", add_db=-9.0)
    assert rig.parts.locator is not None
    assert rig.parts.locator.offset_db("h-1") == pytest.approx(-9, abs=1.5)
    rig.pair()
    with pytest.raises(KeyError):
        rig.parts.locator.offset_db("h-1")
    (tmp_path / "fresh").mkdir()
    fresh = Rig(tmp_path / "fresh")
    fresh.clock.now_s = rig.clock.now_s
    rig.wire.sent.clear()
    for one in (rig, fresh):
        one.pair(again)
        one.live(8, again)
    assert rig.wire.rows("fixes") == fresh.wire.rows("fixes")
    assert fresh.parts.locator is not None
    assert rig.parts.locator.offset_db(again) == fresh.parts.locator.offset_db(again)


def test_a_withdrawal_acts_at_once_in_memory_and_outbox(rig: Rig) -> None:
    rig.pair("h-1", "h-2")
    rig.live(12, "h-1", "h-2")
    assert {row.handle for row in rig.outbox.unacknowledged(10)[1]} == {"h-1", "h-2"}
    rig.agent.take([rig.hear("h-1"), rig.hear("h-2")])
    rig.wire.sent.clear()
    rig.pair("h-2", withdrawn=("h-1",))
    rig.live(3, "h-2")
    assert {row.handle for row in rig.outbox.unacknowledged(10)[1]} == {"", "h-2"}
    assert {row[0] for leaf in ("fixes", "sightings") for row in rig.wire.rows(leaf)} == {"h-2"}
    assert rig.parts.locator is not None
    assert rig.parts.locator.tags == ("h-2",)


def test_what_was_queued_before_a_handle_ended_is_not_taken_after(rig: Rig) -> None:
    rig.pair("h-1", "h-2")
    queued = [rig.hear("h-1"), rig.hear("h-2")]
    rig.pair("h-2")
    rig.agent.take(queued)
    rig.clock.now_s += 1.0
    rig.agent.second()
    assert {row[0] for leaf in ("fixes", "sightings") for row in rig.wire.rows(leaf)} == {"h-2"}
    assert rig.parts.locator is not None
    assert rig.parts.locator.tags == ("h-2",)


def test_a_withdrawal_is_done_once_and_again_where_the_disk_refused(rig: Rig) -> None:
    rig.outbox.append([StayRow(seq=1, kind="enter", handle=one) for one in ("h-1", "h-2", "h-3")])

    def handles() -> list[str]:
        return [row.handle for row in rig.outbox.unacknowledged(9)[1]]

    rig.pair(withdrawn=("h-1",))
    assert handles() == ["", "h-2", "h-3"]
    rig.outbox._db.execute("PRAGMA query_only = ON")
    rig.pair(withdrawn=("h-1", "h-2"))
    rig.outbox._db.execute("PRAGMA query_only = OFF")
    assert handles() == ["", "h-2", "h-3"]
    rig.pair(withdrawn=("h-1", "h-2"))
    assert handles() == ["", "", "h-3"]
    before = rig.outbox._db.total_changes
    rig.pair(withdrawn=("h-1", "h-2"))
    assert rig.outbox._db.total_changes == before


def test_without_a_fresh_list_the_agent_falls_silent(rig: Rig) -> None:
    rig.pair("h-1", ttl_s=5.0)
    rig.live(4, "h-1")
    assert rig.wire.rows("fixes")
    rig.clock.now_s += 2.0
    rig.agent.second()
    rig.wire.sent.clear()
    rig.clock.now_s += 1.0
    rig.agent.second()
    assert rig.wire.sent == []
    assert rig.parts.locator is not None
    assert rig.parts.locator.tags == ()


def test_others_sightings_are_joined_by_their_age_on_the_own_clock(tmp_path: Path) -> None:
    rig = Rig(tmp_path, plays_all=False)
    rig.pair("h-1")
    for _ in range(6):
        rig.clock.now_s += 1.0
        rows = [
            SightingRow("h-1", rig.anchors[0], -55.0, 300.0),
            SightingRow("h-stranger", rig.anchors[0], -55.0, 300.0),
            SightingRow("h-1", rig.anchors[1], -55.0, 50_000.0),
        ]
        rig.agent.on_sightings(Sightings(boot="other", rows=rows), time.monotonic())
        rig.agent.second()
    fixes = rig.wire.rows("fixes")
    assert {row[0] for row in fixes} == {"h-1"}
    # It is 1006.5; the others' second is awaited: the last fix is of second 1005.
    assert fixes[-1][1] == 1500.0
    assert rig.wire.rows("sightings") == []


def test_a_loop_that_stood_still_catches_up_a_little(rig: Rig) -> None:
    rig.pair("h-1", ttl_s=5000.0)
    rig.live(3, "h-1")
    rig.wire.sent.clear()
    rig.clock.now_s += 1000.0
    rig.agent.second()
    assert len([leaf for leaf, _ in rig.wire.sent if leaf == "fixes"]) <= module.CATCH_UP_S + 1
    rig.live(3, "h-1")
    assert rig.wire.rows("fixes")[-1][1] == 500.0


def test_unknown_anchors_are_complained_of_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.pair("h-1")
    for _ in range(3):
        rig.agent.take([Sighting("h-1", "a-unknown", -50.0, rig.clock.now_s)])
        rig.agent.report()
    assert caplog.text.count("anchors that are not on the map") == 1
    assert "h-1" not in caplog.text


class Doubting(AnchorHealth):
    """Watches nothing, and doubts whom the test says."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.told: tuple[Suspect, ...] = ()

    @property
    def suspects(self) -> tuple[Suspect, ...]:  # type: ignore[explicit-override] # from 3.12 on
        return self.told

    def observe(self, locator: Beliefs, now_s: float) -> None:  # type: ignore[explicit-override]
        assert set(locator.tags) <= {"h-1"}
        self.seconds.append(now_s)


def test_doubted_anchors_are_reported_and_logged_once_a_change(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    doubting = Doubting()
    rig.agent = Agent(msgspec.structs.replace(rig.parts, anchor_health=doubting), rig.wire)
    rig.pair("h-1")
    rig.live(2, "h-1")
    suspect = Suspect(anchor="a3", sure_p=0.95, kind="swapped", other="a5")
    doubting.told = (suspect,)
    rig.live(3, "h-1")
    rig.agent.report()
    health = rig.wire.sent[-1][1]
    assert isinstance(health, Health)
    assert health.suspects == [suspect]
    assert caplog.text.count("changed places with a5: 95% sure") == 1
    doubting.told = ()
    rig.live(2, "h-1")
    assert caplog.text.count("anchor a3 reads as it should again") == 1
    assert "h-1" not in caplog.text
    assert len(doubting.seconds) >= 7


def test_health_counts(rig: Rig) -> None:
    rig.pair("h-1")
    rig.live(12, "h-1")
    rig.source.strangers_count = 5
    rig.source.radio = "silent"
    rig.agent.report()
    health = rig.wire.sent[-1][1]
    assert isinstance(health, Health)
    assert (health.sightings_count, health.strangers_count) == (12 * len(rig.anchors), 5)
    assert health.fixes_count == len(rig.wire.rows("fixes"))
    assert (health.queued_count, health.radio, health.boot) == (1, "silent", "boot")
    assert health.step_ms > 0


def test_an_agent_without_radio_says_so() -> None:
    wire = Wire()
    agent = Agent(Parts(status=STATUS, roster=Roster()), wire)
    agent.second()
    agent.report()
    health = wire.sent[-1][1]
    assert isinstance(health, Health)
    assert health.radio == "none"
    assert health.queued_count == 0


def test_a_flood_does_not_grow_memory(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARD_MAX", 10)
    rig.pair("h-1")
    rig.agent.take([rig.hear("h-1")] * 8)
    rig.agent.take([rig.hear("h-1")] * 8)
    rig.clock.now_s += 0.2
    rig.agent.second()
    assert len(rig.wire.rows("sightings")) == 10


async def test_it_works_until_told_to_stop(
    rig: Rig, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEALTH_EVERY_S", 0.05)
    rig.pair("h-1")
    stop = asyncio.Event()
    work = asyncio.create_task(rig.agent.run(stop))
    rig.source.batches.put_nowait([rig.hear("h-1")])
    await until(lambda: {leaf for leaf, _ in rig.wire.sent} >= {"sightings", "health"})
    with caplog.at_level(logging.WARNING):
        rig.source.batches.put_nowait(None)
        await until(lambda: "the source has ended" in caplog.text)
    assert not work.done()
    stop.set()
    await work


async def test_a_forwarding_agent_stops_without_an_outbox() -> None:
    stop = asyncio.Event()
    stop.set()
    await Agent(Parts(status=STATUS, roster=Roster()), Wire()).run(stop)


def test_an_agent_may_locate_without_stays(rig: Rig) -> None:
    wire = Wire()
    parts = msgspec.structs.replace(rig.parts, stays=None, outbox=None)
    rig.agent, rig.wire = Agent(parts, wire), wire
    rig.pair("h-1")
    rig.live(12, "h-1")
    rig.pair("h-2")
    assert wire.rows("fixes")
    assert rig.outbox.queued_count == 0
    forwarding = Agent(msgspec.structs.replace(parts, locator=None), Wire())
    forwarding.on_tags(Tags(rows=[], withdrawn=["h-2"]))


async def test_a_part_that_fails_ends_the_agent(rig: Rig) -> None:
    async def fail(inbox: Inbox) -> None:
        assert inbox.on_sightings is None
        msg = "broken"
        raise RuntimeError(msg)

    rig.wire.work = fail
    with pytest.raises(RuntimeError, match="broken"):
        await rig.agent.run(asyncio.Event())
