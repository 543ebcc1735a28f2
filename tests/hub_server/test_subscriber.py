"""The hub's link against a real broker: order, batches, coming back, refusals, MQTT 3.1.1."""

import asyncio
import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from hub_server.service import broker_fault
from hub_server.settings import Broker
from hub_server.subscriber import Batch, Subscriber

ROOT = "instep/v1/market"
# The byte of a CONNECT that names the protocol's level.
MQTT_5 = 5


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker that a test starts and kills."""

    def __init__(self, program: str, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self._program = program
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join([f"listener {self.port} 127.0.0.1", *lines, ""]))
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stderr=subprocess.DEVNULL
        )
        with socket.socket() as probe:
            while probe.connect_ex(("127.0.0.1", self.port)):
                time.sleep(0.01)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


Start = Callable[..., Mosquitto]


@pytest.fixture
async def broker(mosquitto: str, tmp_path: Path) -> AsyncIterator[Start]:
    running: list[Mosquitto] = []

    def start(*lines: str) -> Mosquitto:
        running.append(Mosquitto(mosquitto, tmp_path, *lines))
        return running[-1]

    yield start
    for one in running:
        one.kill()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - paho's thread changes what is asked
            await asyncio.sleep(0.01)


class Inbox:
    """What the loop was handed, and in which thread."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.threads: set[int] = set()

    def receive(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.threads.add(threading.get_ident())

    @property
    def messages(self) -> Batch:
        return [one for batch in self.batches for one in batch]


@contextlib.contextmanager
def publisher(port: int) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


async def test_batches_come_in_order_in_the_loop_and_without_sightings(broker: Start) -> None:
    port = broker("allow_anonymous true").port
    inbox = Inbox()
    subscriber = Subscriber(Broker(port=port), None, "market", inbox.receive)
    subscriber.start(asyncio.get_running_loop())
    await until(lambda: subscriber.connected)
    with publisher(port) as client:
        client.publish(f"{ROOT}/market.pi-1/sightings", b"a stranger's", qos=1)
        client.publish("instep/v1/other/other.pi-1/fixes", b"another store's", qos=1)
        for n in range(500):
            client.publish(f"{ROOT}/market.pi-1/stays", b"%d" % n, qos=1)
        client.publish(f"{ROOT}/market.pi-1/fixes", b"fixes", qos=1)
        client.publish(f"{ROOT}/market.pi-1/health", b"health", qos=1)
        last = client.publish(f"{ROOT}/market.pi-1/status", b"status", qos=1)
        # The loop is busy so long, and paho's thread collects what comes meanwhile.
        last.wait_for_publish(20)
        await until(lambda: len(inbox.messages) == 503)
        stays = [payload for topic, payload in inbox.messages if topic.endswith("/stays")]
        assert stays == [b"%d" % n for n in range(500)]
        assert len(inbox.batches) < 503
        assert inbox.threads == {threading.get_ident()}
    subscriber.stop()


async def test_what_is_published_arrives_and_a_lost_broker_is_found_again(broker: Start) -> None:
    running = broker("allow_anonymous true")
    inbox = Inbox()
    subscriber = Subscriber(Broker(port=running.port), None, "market", inbox.receive)
    subscriber.start(asyncio.get_running_loop())
    await until(lambda: subscriber.connected)
    subscriber.publish(f"{ROOT}/market.pi-1/status", b"to myself")
    await until(lambda: len(inbox.messages) == 1)
    running.kill()
    await until(lambda: not subscriber.connected)
    subscriber.publish(f"{ROOT}/market.pi-1/status", b"dropped")
    running.start()
    await until(lambda: subscriber.connected)
    subscriber.publish(f"{ROOT}/market.pi-1/status", b"again")
    await until(lambda: len(inbox.messages) == 2)
    assert inbox.messages[-1][1] == b"again"
    subscriber.stop()


async def test_a_broker_that_is_away_is_named(broker: Start) -> None:
    running = broker("allow_anonymous true")
    running.kill()
    subscriber = Subscriber(Broker(port=running.port), None, "market", Inbox().receive)
    subscriber.start(asyncio.get_running_loop())
    await until(lambda: subscriber.refused is not None)
    assert "does not answer; ops starts it" in str(subscriber.refused)
    running.start()
    await until(lambda: subscriber.connected)
    assert subscriber.refused is None
    subscriber.stop()


async def test_a_broker_that_refuses_is_named(broker: Start) -> None:
    port = broker("allow_anonymous false").port
    settings = Broker(port=port, username="hub")
    subscriber = Subscriber(settings, "wrong", "market", Inbox().receive)
    subscriber.start(asyncio.get_running_loop())
    await until(lambda: subscriber.refused is not None)
    assert "ops checks user and password" in str(subscriber.refused)
    assert not subscriber.connected
    subscriber.stop()


async def test_a_check_beside_a_running_hub_does_not_throw_it_off(broker: Start) -> None:
    settings = Broker(port=broker("allow_anonymous true").port)
    subscriber = Subscriber(settings, None, "market", Inbox().receive)
    subscriber.start(asyncio.get_running_loop())
    await until(lambda: subscriber.connected)
    assert await broker_fault(settings, None, "market") is None
    # Thrown off, it would be back after a second.
    for _ in range(25):
        await asyncio.sleep(0.02)
        assert subscriber.connected
    subscriber.stop()


@pytest.mark.parametrize("answer", [b"\x20\x02\x00\x01", b""])
async def test_a_broker_of_the_older_protocol_is_spoken_to_in_its_own(
    broker: Start, answer: bytes
) -> None:
    behind = broker("allow_anonymous true").port

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await reader.read(4096)
        if hello[8] == MQTT_5:
            writer.write(answer)
        else:
            await pass_on(hello, reader, writer, behind)
        writer.close()

    server = await asyncio.start_server(door, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    inbox = Inbox()
    subscriber = Subscriber(Broker(port=port), None, "market", inbox.receive)
    subscriber.start(asyncio.get_running_loop())
    await until(lambda: subscriber.connected)
    subscriber.publish(f"{ROOT}/market.pi-1/stays", b"x")
    await until(lambda: len(inbox.messages) == 1)
    subscriber.stop()
    server.close()
    await server.wait_closed()


async def pass_on(
    hello: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
) -> None:
    """Be nothing but a wire between a client and the broker."""
    broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", port)
    broker_writer.write(hello)
    await asyncio.wait(
        [
            asyncio.ensure_future(pump(reader, broker_writer)),
            asyncio.ensure_future(pump(broker_reader, writer)),
        ]
    )


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(4096):
            writer.write(data)
    writer.close()
