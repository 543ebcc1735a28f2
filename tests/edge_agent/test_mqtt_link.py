import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, cast

import msgspec
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent import mqtt_connection, mqtt_link
from edge_agent.broker_acl import acl_text
from edge_agent.messages import (
    Health,
    SightingRow,
    Sightings,
    Status,
    StayRow,
    Stays,
    Tags,
)
from edge_agent.mqtt_link import Inbox, Link
from edge_agent.outbox import Outbox
from edge_agent.settings import Broker as BrokerSettings
from edge_agent.settings import Settings
from tests.edge_agent.broker import HANG_S, StartBroker, free_port, until
from tests.edge_agent.small_hub import SmallHub

STORE: Final = "market"
AGENT: Final = "market.pi-1"
SIGHTINGS: Final = Sightings(boot="b", rows=[SightingRow("h-1", "a1", -60.0, 5.0)])
HEALTH: Final = Health(
    boot="b",
    version="0",
    uptime_s=1.0,
    synced=True,
    radio="ok",
    sightings_count=0,
    strangers_count=0,
    fixes_count=0,
    queued_count=0,
    dropped_count=0,
)


@pytest.fixture(autouse=True)
def no_list_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small hub sends no list of its own, and need not be waited for."""
    monkeypatch.setattr(mqtt_link, "LIST_AWAITED_S", 0.1)


def rows(count: int, handle: str = "h-1") -> list[StayRow]:
    return [StayRow(seq=1, kind="enter", stay=f"{handle}.{n}", handle=handle) for n in range(count)]


@contextlib.asynccontextmanager
async def linked(
    port: int, outbox: Outbox | None = None, inbox: Inbox | None = None, agent: str = AGENT
) -> AsyncIterator[Link]:
    """A link that runs until the end of the block."""
    settings = Settings(
        store=STORE, agent=agent, state_dir=".", broker=BrokerSettings(host="127.0.0.1", port=port)
    )
    status = Status(up=True, boot="b", locate=True, term=7, map_sha="", version="0")
    link = Link(settings, None, status, outbox)
    task = asyncio.create_task(link.run(inbox or Inbox()))
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db", 4096, "boot")


async def test_stays_arrive_once_in_order_and_leave_the_outbox(
    start_mosquitto: StartBroker, outbox: Outbox
) -> None:
    broker = start_mosquitto()
    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port, outbox) as link:
            outbox.append(rows(1500))
            await until(lambda: outbox.queued_count == 0)
            assert link.protocol == "5"
        assert [one.seq for one in hub.stays] == list(range(1, 1501))
    outbox.close()


async def test_a_broker_killed_in_the_middle_loses_and_doubles_nothing(
    start_mosquitto: StartBroker, outbox: Outbox
) -> None:
    broker = start_mosquitto()
    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port, outbox) as link:
            for number in range(60):
                outbox.append(rows(10, f"h-{number}"))
                link.flush(asyncio.get_running_loop().time())
                if number % 15 == 7:
                    await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311
                    broker.kill()
                    await asyncio.sleep(0.05)
                    broker.start()
                await asyncio.sleep(0.01)
            await until(lambda: outbox.queued_count == 0)
        assert [one.seq for one in hub.stays] == list(range(1, 601))
        assert [one.handle for one in hub.stays[::10]] == [f"h-{n}" for n in range(60)]
        assert hub.lost_count == 0
    outbox.close()


async def test_acknowledged_by_the_broker_alone_a_stay_still_waits(
    start_mosquitto: StartBroker, outbox: Outbox
) -> None:
    broker = start_mosquitto()
    outbox.append(rows(5))
    async with linked(broker.port, outbox) as link:
        await until(lambda: link.is_up)
        await asyncio.sleep(0.3)
        assert outbox.queued_count == 5
        with SmallHub(broker.port, AGENT) as hub:
            await until(lambda: outbox.queued_count == 0)
            assert len(hub.stays) == 5
    outbox.close()


async def test_a_broker_that_speaks_only_3_1_1_is_spoken_to(
    start_amqtt: StartBroker,
    outbox: Outbox,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mqtt_connection, "ANSWER_TIMEOUT_S", 1.0)
    broker = start_amqtt()
    outbox.append(rows(30))
    with SmallHub(broker.port, AGENT, protocol=MQTTProtocolVersion.MQTTv311) as hub:
        async with linked(broker.port, outbox) as link:
            await until(lambda: outbox.queued_count == 0)
            assert link.protocol == "3.1.1"
            link.publish("sightings", SIGHTINGS)
            await until(lambda: bool(hub.of(Sightings)))
        assert len(hub.stays) == 30
    assert "does not answer MQTT 5: trying 3.1.1" in caplog.text
    outbox.close()


async def test_status_is_retained_and_says_goodbye(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto()
    async with linked(broker.port) as link:
        await until(lambda: link.is_up)
        await asyncio.sleep(0.1)
        with SmallHub(broker.port, AGENT) as late:
            await until(lambda: [one.up for one in late.of(Status)] == [True])
    with SmallHub(broker.port, AGENT) as later:
        await until(lambda: [one.up for one in later.of(Status)] == [False])
        assert later.of(Status)[0].term == 7


async def test_an_agent_that_vanishes_leaves_its_last_will(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto()
    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port) as link:
            await until(lambda: bool(hub.of(Status)))
            connection = link._connection
            assert connection is not None
            cast("socket.socket", connection._client.socket()).shutdown(socket.SHUT_RDWR)
            await until(lambda: [one.up for one in hub.of(Status)][:2] == [True, False])
            await until(lambda: hub.of(Status)[-1].up)


async def test_the_acl_lets_each_agent_speak_for_itself_alone(
    start_mosquitto: StartBroker,
    tmp_path: Path,
    outbox: Outbox,
    caplog: pytest.LogCaptureFixture,
) -> None:
    acl = tmp_path / "acl"
    acl.write_text(acl_text(STORE, {AGENT: True, "market.pi-2": False}))
    broker = start_mosquitto(f"acl_file {acl}")
    outbox.append(rows(3, "h-secret"))
    others: list[Sightings] = []
    inbox = Inbox(on_sightings=lambda one, _: others.append(one))
    with SmallHub(broker.port, AGENT) as hub:
        async with (
            linked(broker.port, outbox, inbox),
            linked(broker.port, agent="market.pi-2", outbox=None) as second,
        ):
            await until(lambda: len(hub.of(Status)) == 2 and outbox.queued_count == 0)
            second.publish("sightings", SIGHTINGS)
            await until(lambda: others == [SIGHTINGS])
            assert "refuses" not in caplog.text
        # Sightings stay among the Pis: the hub's entry does not read them.
        assert hub.of(Sightings) == []
    outbox.append(rows(1, "h-secret"))
    with SmallHub(broker.port, "market.pi-9") as hub:
        async with linked(broker.port, outbox, agent="market.pi-9"):
            await until(lambda: "refuses stays of market.pi-9 (Not authorized)" in caplog.text)
            await until(lambda: "refuses status of market.pi-9" in caplog.text)
        assert hub.stays == []
    assert "h-secret" not in caplog.text
    outbox.close()


async def test_qos_0_is_dropped_while_nobody_is_there(start_mosquitto: StartBroker) -> None:
    port = free_port()
    async with linked(port) as link:
        assert not link.publish("sightings", SIGHTINGS)
        assert link.dropped_count == 1
    broker = start_mosquitto()
    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port) as link:
            await until(lambda: link.is_up)
            assert link.publish("health", HEALTH)
            await until(lambda: hub.of(Health) == [HEALTH])


async def test_qos_0_does_not_pile_up_behind_a_stuck_network(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto()
    async with linked(broker.port) as link:
        await until(lambda: link.is_up)
        broker.pause()
        big = Sightings(boot="b", rows=SIGHTINGS.rows * 40_000)
        sent = [link.publish("sightings", big) for _ in range(20)]
        broker.resume()
        assert sent.count(True) < 10


async def test_a_frozen_broker_does_not_hold_up_the_end(
    start_mosquitto: StartBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_connection, "FAREWELL_S", 0.3)
    broker = start_mosquitto()
    async with asyncio.timeout(HANG_S):
        async with linked(broker.port) as link:
            await until(lambda: link.is_up)
            broker.pause()
            big = Sightings(boot="b", rows=SIGHTINGS.rows * 40_000)
            await until(lambda: not link.publish("sightings", big))
        assert not link.is_up
    broker.resume()


async def test_a_refused_login_and_a_missing_broker_are_said_once(
    start_mosquitto: StartBroker, caplog: pytest.LogCaptureFixture
) -> None:
    broker = start_mosquitto("allow_anonymous false")
    async with linked(broker.port) as link:
        await until(lambda: "refuses 'market.pi-1': Not authorized; ops: " in caplog.text)
        assert not link.is_up
    async with linked(free_port()):
        await until(lambda: "is not reachable" in caplog.text)
        await asyncio.sleep(1.5)
    assert caplog.text.count("is not reachable") == 1


async def test_lists_reach_the_agent_and_rubbish_is_ignored_without_its_text(
    start_mosquitto: StartBroker, caplog: pytest.LogCaptureFixture
) -> None:
    broker = start_mosquitto()
    taken: list[Tags] = []
    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port, inbox=Inbox(on_tags=taken.append)):
            await until(lambda: bool(hub.of(Status)))
            hub.send("down/tags", b'{"secret": "h-1"}')
            hub.send("down/ack", b"\x00h-1")
            hub.send_tags(Tags(rows=[], withdrawn=["h-1"]))
            await until(lambda: taken == [Tags(rows=[], withdrawn=["h-1"])])
    assert caplog.text.count("outside the contract is ignored") == 2
    assert "h-1" not in caplog.text


async def test_a_locator_hears_the_others_and_never_itself(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto()
    heard: list[Sightings] = []
    inbox = Inbox(on_sightings=lambda one, _: heard.append(one))
    theirs = msgspec.structs.replace(SIGHTINGS, boot="other")
    async with (
        linked(broker.port, inbox=inbox) as own,
        linked(broker.port, agent="market.pi-2") as other,
    ):
        await until(lambda: own.is_up and other.is_up)
        await asyncio.sleep(0.1)
        own.publish("sightings", SIGHTINGS)
        other.publish("sightings", theirs)
        await until(lambda: bool(heard))
        await asyncio.sleep(0.1)
    assert heard == [theirs]


async def test_a_full_outbox_costs_its_oldest_rows_and_the_rest_arrives(
    start_mosquitto: StartBroker, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "small.db", 64, "boot")
    outbox.append(rows(3000))
    broker = start_mosquitto()
    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port, outbox):
            await until(lambda: outbox.queued_count == 0)
        assert hub.lost_count == outbox.dropped_count > 0
        assert [one.seq for one in hub.stays] == list(range(hub.lost_count + 1, 3001))
    outbox.close()


async def test_a_new_outbox_file_and_a_withdrawal_do_not_stop_the_flow(
    start_mosquitto: StartBroker, tmp_path: Path
) -> None:
    broker = start_mosquitto()
    with SmallHub(broker.port, AGENT) as hub:
        for name in ("one.db", "two.db"):
            outbox = Outbox(tmp_path / name, 4096, "boot")
            outbox.append([*rows(2, "h-stays"), *rows(2, "h-gone"), *rows(1, "h-stays")])
            outbox.void(["h-gone"])
            async with linked(broker.port, outbox):
                await until(lambda outbox=outbox: outbox.queued_count == 0)  # type: ignore[misc]
            outbox.close()
        kinds = [(one.seq, one.kind, one.handle) for one in hub.stays[5:]]
        assert kinds == [
            (1, "enter", "h-stays"),
            (2, "enter", "h-stays"),
            (3, "void", ""),
            (4, "void", ""),
            (5, "enter", "h-stays"),
        ]
        assert len(hub.stays) == 10
        assert all("h-gone" not in str(one) for one in hub.of(Stays))


async def test_what_a_list_withdraws_does_not_go_up_before_it(
    start_mosquitto: StartBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_link, "LIST_AWAITED_S", HANG_S)
    broker = start_mosquitto()
    outbox = Outbox(tmp_path / "outbox.db", 4096, "boot")
    outbox.append([*rows(2, "h-gone"), *rows(1, "h-stays")])

    def on_tags(tags: Tags) -> None:
        outbox.void(tags.withdrawn)

    with SmallHub(broker.port, AGENT) as hub:
        async with linked(broker.port, outbox, Inbox(on_tags)):
            await until(lambda: bool(hub.of(Status)))
            hub.send_tags(Tags(rows=[], withdrawn=["h-gone"]))
            await until(lambda: outbox.queued_count == 0)
    assert [one.kind for one in hub.stays] == ["void", "void", "enter"]
    assert all("h-gone" not in str(one) for one in hub.of(Stays))
    outbox.close()
