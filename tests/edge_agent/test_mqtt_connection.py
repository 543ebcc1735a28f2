import asyncio
import contextlib
import gc
import subprocess
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent.messages import Status
from edge_agent.mqtt_connection import Connection, Endpoint, Refused
from edge_agent.mqtt_link import Inbox, Link
from edge_agent.settings import Broker, Settings
from tests.conftest import program
from tests.edge_agent.broker import StartBroker, free_port, until

V5: Final = MQTTProtocolVersion.MQTTv5
ACCEPTED: Final = b"\x20\x02\x00\x00"
# MQTT 3.1.1, 3.2.2.3: "unacceptable protocol version".
UNACCEPTABLE: Final = b"\x20\x02\x00\x01"


@contextlib.asynccontextmanager
async def old_broker(levels: list[int]) -> AsyncIterator[int]:
    """As NATS answers: 3.1.1 is taken, MQTT 5 is told that it is not; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(100)
        levels.append(head[head.index(b"MQTT") + 4])
        writer.write(ACCEPTED if levels[-1] == MQTTProtocolVersion.MQTTv311 else UNACCEPTABLE)
        while await reader.read(100):
            pass
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def connection(port: int, tls_ca: str | None = None, host: str = "127.0.0.1") -> Connection:
    endpoint = Endpoint(host=host, port=port, client_id="m.a", username="m.a", tls_ca=tls_ca)
    return Connection(endpoint, V5, lambda *_: None, lambda *_: None)


async def refusal(one: Connection) -> Refused:
    with pytest.raises(Refused) as refused:
        await one.open()
    await one.close()
    return refused.value


async def test_a_broker_that_says_it_is_older_is_spoken_to_in_its_words_for_good(
    caplog: pytest.LogCaptureFixture,
) -> None:
    levels: list[int] = []
    async with old_broker(levels) as port:
        assert (await refusal(connection(port))).is_version
        levels.clear()
        broker = Broker(host="127.0.0.1", port=port)
        settings = Settings(store="m", agent="m.a", state_dir=".", broker=broker)
        status = Status(up=True, boot="b", locate=False, term=0, map_sha="", version="0")
        link = Link(settings, None, status)
        task = asyncio.create_task(link.run(Inbox()))
        await until(lambda: link.is_up)
        assert link._connection is not None
        link._connection._client.disconnect()
        await until(lambda: len(levels) == 3 and link.is_up)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert levels == [5, 4, 4]
    assert caplog.text.count("does not speak MQTT 5: going on with 3.1.1") == 1


async def test_what_is_no_broker_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_agent.mqtt_connection.ANSWER_TIMEOUT_S", 0.1)
    refused = await refusal(connection(free_port()))
    assert "is not reachable: " in str(refused)
    assert not refused.is_mute

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def be_mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(100):
            pass
        writer.close()

    for behave in (hang_up, be_mute):
        server = await asyncio.start_server(behave, "127.0.0.1", 0)
        async with server:
            refused = await refusal(connection(server.sockets[0].getsockname()[1]))
        assert "does not answer as an MQTT broker does" in str(refused)
        assert refused.is_mute


async def test_a_ca_file_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    assert "No such file" in str(await refusal(connection(1, tls_ca=str(path))))
    path.write_text("no certificate")
    assert "ops: give a PEM file" in str(await refusal(connection(1, tls_ca=str(path))))


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """(certificate, key) of a broker called localhost, signed by itself."""
    pem, key = tmp_path / "broker.pem", tmp_path / "broker.key"
    openssl = program("openssl")
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(pem)]
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    return pem, key


async def test_tls_trusts_the_named_ca_and_no_other_name(
    start_mosquitto: StartBroker, certificate: tuple[Path, Path]
) -> None:
    pem, key = certificate
    broker = start_mosquitto(f"certfile {pem}", f"keyfile {key}")
    one = connection(broker.port, str(pem), host="localhost")
    await one.open()
    await one.close()
    text = str(await refusal(connection(broker.port, str(pem), host="127.0.0.1")))
    assert "certificate verify failed" in text
    with warnings.catch_warnings():
        # paho leaves the socket of a failed handshake to the garbage collector.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    assert (await refusal(connection(broker.port))).is_mute
