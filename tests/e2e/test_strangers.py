"""Strangers pass by the real scanner: nothing of them is written, sent or logged; one count is."""

import asyncio
import csv
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from bleak.backends.scanner import AdvertisementData

from edge_agent import settings
from edge_agent.advertisement import APPLE_COMPANY
from edge_agent.assembly import assemble
from edge_agent.messages import Identity, TagRow, Tags, encode, topic
from edge_agent.scanner import BleakSource
from hub_server.demo import files as demo_files
from hub_server.demo import processes as demo_processes
from store_maps import corner_market
from tests.e2e.shopper import Shopper
from tests.e2e.strangers import Stranger, strangers, traces
from tests.e2e.wiretap import Wiretap
from tests.edge_agent.broker import until
from tests.edge_agent.fake_bluez import FakeBluez, forget_manager, private_bus

pytestmark = pytest.mark.timeout(240)

STORE = "corner-market"
AGENT = "corner-market.pi-1"
CART = b"\x02\x15" + bytes(range(16)) + b"\x00\x01\x00\x02\xc5"
CART_IDENTITY = f"ib-{bytes(range(16)).hex()}-1-2"
CART_ADDRESS = "C0:FF:EE:00:00:01"
CART_CODE = "0123456789abcdef0123456789abcdef"
# As many as fit in some seconds through two processes and a bus daemon between them.
BY_RADIO = 5_000
BY_CALLBACK = 100_000
EDGE = """\
store = {store}
agent = {agent}
map = {map}
anchor = "a1"
state_dir = "state"
broker = {{ host = "127.0.0.1", port = {mqtt} }}
locate = {{ enabled = true }}
source = {{ kind = "bleak" }}
"""
# A health message comes every 15 s.
HEALTH_S = 40.0


@pytest.fixture
def bus(dbus_daemon: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with private_bus(dbus_daemon) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Everything that the store's processes write."""
    made = tmp_path / "store"
    made.mkdir()
    return made


@pytest.fixture
def ports() -> demo_files.Ports:
    return demo_files.Ports(http=demo_processes.free_port(), mqtt=demo_processes.free_port())


@pytest.fixture
def launch(folder: Path) -> Iterator[Callable[..., demo_processes.Child]]:
    """Starts programs that log into the folder; they end with the test."""
    running: list[demo_processes.Child] = []
    environ = {**os.environ, "INSTEP_SALT": "of-the-strangers-test"}

    def start(name: str, *command: str) -> demo_processes.Child:
        running.append(demo_processes.Child(name, list(command), folder, environ))
        return running[-1]

    yield start
    for child in reversed(running):
        child.stop()


@pytest.fixture
def broker(
    mosquitto: str,
    folder: Path,
    ports: demo_files.Ports,
    launch: Callable[..., demo_processes.Child],
) -> int:
    """The port of a Mosquitto that logs all it can."""
    config = folder / "mosquitto.conf"
    config.write_text(demo_files.MOSQUITTO.format(port=ports.mqtt) + "log_type all\n")
    demo_processes.wait_for(ports.mqtt, launch("broker", mosquitto, "-c", str(config)))
    return ports.mqtt


@pytest.fixture
def hub(
    folder: Path, ports: demo_files.Ports, broker: int, launch: Callable[..., demo_processes.Child]
) -> str:
    """The origin of a running hub with one cart."""
    with (folder / "tags.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["tag", "identity", "carrier", "code"], ["cart-1", CART_IDENTITY, "cart", CART_CODE]]
        )
    config = folder / "hub.toml"
    written = demo_files.HUB.format(
        store=demo_files.toml(STORE),
        map=demo_files.toml(corner_market.path()),
        campaigns=demo_files.toml(demo_files.OWN_CAMPAIGNS),
        http=ports.http,
        mqtt=broker,
        replayed="false",
        sold="",
        feeds="",
    )
    config.write_text(written)
    program = demo_processes.program("hub-server")
    environ = {**os.environ, "INSTEP_SALT": "of-the-strangers-test"}
    demo_processes.run_once(
        [program, "tags", "import", str(config), str(folder / "tags.csv")], environ
    )
    demo_processes.wait_for(ports.http, launch("hub", program, "run", str(config)))
    return f"http://127.0.0.1:{ports.http}"


def write_edge(folder: Path, mqtt: int) -> Path:
    """The settings of an agent with a radio and a locator."""
    path = folder / "edge.toml"
    path.write_text(
        EDGE.format(
            store=demo_files.toml(STORE),
            agent=demo_files.toml(AGENT),
            map=demo_files.toml(corner_market.path()),
            mqtt=mqtt,
        )
    )
    return path


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Not one byte of the folder's files changes, and no file comes or goes."""
    before = contents(folder)
    assert before
    yield
    after = contents(folder)
    assert {path for path in after if after[path] != before.get(path)} == set()
    assert after.keys() == before.keys()


async def settled(folder: Path) -> None:
    """Return once the outbox has done what it does when it is new."""
    before: dict[Path, bytes] = {}
    async with asyncio.timeout(demo_processes.START_S):
        # The files are another process's: nothing tells when they change.
        while before != (before := contents(folder)):  # noqa: ASYNC110
            await asyncio.sleep(2.5)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def counts(tap: Wiretap) -> list[int]:
    """What each health message says of strangers."""
    return [health.strangers_count for health in tap.of("health")]


async def pass_by(bluez: FakeBluez, crowd: list[Stranger]) -> None:
    """Each sends one packet, and BlueZ forgets it again."""
    for one in crowd:
        await bluez.advertise(
            one.address, one.rssi_dbm, one.manufacturer, one.service, name=one.name
        )
        await bluez.forget(one.address)


def secrets_of(crowd: list[Stranger]) -> list[bytes]:
    return [secret for one in crowd for secret in one.secrets]


def test_a_trace_is_found_in_any_spelling() -> None:
    (one,) = strangers(np.random.default_rng(1), 1)
    address, _, secret = one.secrets
    hexed = secret.hex()
    for text in (
        secret,
        b"..." + address + b"...",
        hexed.encode(),
        f"ib-{hexed.upper()}-1-2".encode(),
        one.address.encode(),
        one.address.replace(":", "_").lower().encode(),
        one.name.encode(),
        "-".join((hexed[:8], hexed[8:12], hexed[12:])).encode(),
    ):
        assert traces(b"before " + text + b" after", one.secrets) != [], text
    assert traces(b"before and after, 0123456789abcdef", one.secrets) == []


async def test_strangers_at_the_radio_leave_one_count(
    bus: str, folder: Path, hub: str, broker: int, launch: Callable[..., demo_processes.Child]
) -> None:
    bluez = await FakeBluez(bus).start()
    crowd = list(strangers(np.random.default_rng(2), BY_RADIO))
    shopper = Shopper(hub)
    with Wiretap(broker) as tap:
        agent = launch(
            "agent", demo_processes.program("edge-agent"), "run", str(write_edge(folder, broker))
        )
        await until(lambda: bluez.is_discovering and bool(counts(tap)), demo_processes.START_S)
        await settled(folder / "state")
        with unchanged(folder / "state"):
            await pass_by(bluez, crowd)
            await until(lambda: counts(tap)[-1] >= BY_RADIO, HEALTH_S)
        assert counts(tap)[-1] == BY_RADIO
        assert tap.of("sightings") == tap.of("fixes") == tap.of("stays") == []
        # The radio was open all the while: a cart that somebody has paired is heard at once.
        shopper.yes(CART_CODE).raise_for_status()
        await until(lambda: any(tags.rows for tags in tap.of("down/tags")))
        (row,) = tap.of("down/tags")[-1].rows
        while not tap.of("fixes"):
            agent.check()
            await bluez.advertise(CART_ADDRESS, -60, {APPLE_COMPANY: CART})
            await pass_by(bluez, crowd[:10])
            await asyncio.sleep(0.1)
        assert {one.handle for told in tap.of("sightings") for one in told.rows} == {row.handle}
        agent.stop()
        sent = tap.bytes()
    shopper.close()
    bluez.die()
    kept = b"\n".join(contents(folder).values())
    assert agent.log_path.read_bytes() != b""
    assert traces(sent + kept, secrets_of(crowd)) == []
    # The cart's own identity stands in the hub's lists, and in nothing that an agent says.
    said = b"".join(payload for name, payload in tap.heard if "/down/" not in name)
    assert traces(said, [bytes(range(16))]) == []


async def test_100_000_strangers_in_the_agent_leave_one_count(
    bus: str, folder: Path, broker: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bluez = await FakeBluez(bus).start()
    agent = assemble(settings.load(write_edge(folder, broker)), None)
    source = agent._parts.source
    assert isinstance(source, BleakSource)
    stop = asyncio.Event()
    with Wiretap(broker) as tap:
        running = asyncio.create_task(agent.run(stop))
        await until(lambda: bluez.is_discovering and bool(counts(tap)), demo_processes.START_S)
        tap.publish(topic(STORE, AGENT, "down/tags"), encode(LISTED))
        await until(
            lambda: agent._parts.roster.admit(CART_IDENTITY, agent._parts.clock_s()) == "h-1"
        )
        secrets: list[bytes] = []
        await settled(folder / "state")
        with unchanged(folder / "state"):
            for one in strangers(np.random.default_rng(3), BY_CALLBACK):
                source.hear(packet(one))
                secrets += one.secrets
                if source.strangers_count % 1_000 == 0:
                    await asyncio.sleep(0)
            agent.report()
            await until(lambda: counts(tap)[-1] == BY_CALLBACK)
            # A step and a batch later there is still nothing.
            await asyncio.sleep(2.5)
        assert tap.of("sightings") == tap.of("fixes") == tap.of("stays") == []
        cart = AdvertisementData(None, {APPLE_COMPANY: CART}, {}, [], None, -60, ())
        source.hear(cart)
        await until(lambda: bool(tap.of("sightings")) and bool(tap.of("fixes")))
        agent.report()
        await until(lambda: len(counts(tap)) >= 3)
        stop.set()
        await running
        sent = tap.bytes()
    await forget_manager()
    bluez.die()
    assert max(counts(tap)) == BY_CALLBACK
    kept = b"\n".join(contents(folder).values())
    assert traces(sent + kept + caplog.text.encode(), secrets) == []


LISTED = Tags(rows=[TagRow(identities=[Identity(identity=CART_IDENTITY)], handle="h-1", ttl_s=120)])


def packet(one: Stranger) -> AdvertisementData:
    return AdvertisementData(
        one.name, one.manufacturer, one.service, [], None, one.rssi_dbm, (one.address,)
    )
