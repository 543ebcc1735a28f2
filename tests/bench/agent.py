"""What an agent costs: memory of a forwarding and a locating one, and the outbox's commits.

    python tests/bench/agent.py

The forwarding agent hears 100 tags 5 times a second through Bleak's real BlueZ backend and a fake
bluetoothd; the locating one joins the sightings of 8 agents for 100 tags in the corner market at
0.5 m. Both run as `edge-agent run` against a real Mosquitto.
"""

import asyncio
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from edge_agent.messages import (
    Fixes,
    Health,
    Identity,
    SightingRow,
    Sightings,
    Status,
    StayRow,
    TagRow,
    Tags,
)
from edge_agent.outbox import Outbox
from store_maps import corner_market
from tests.edge_agent.broker import Broker, free_port, until
from tests.edge_agent.fake_bluez import FakeBluez, private_bus
from tests.edge_agent.small_hub import SmallHub

TAGS: Final = 100
HEAR_S: Final = 8
# Longer than an agent's first health, which tells the locator's step.
LOCATE_S: Final = 17
ROUNDS_A_SECOND: Final = 5
COMMITS: Final = 500
APPLE: Final = 0x004C
STORE: Final = "corner-market"
HEAD: Final = 'store = "corner-market"\nagent = "corner-market.{name}"\nstate_dir = "{name}"\n'
BROKER: Final = '[broker]\nhost = "127.0.0.1"\nport = {port}\n'
FIXED: Final = HEAD + 'anchor = "a1"\n' + BROKER + '[source]\nkind = "bleak"\n'
LOCATOR: Final = HEAD + 'map = "{map}"\n' + BROKER + "[locate]\nenabled = true\n"


def stay(number: int) -> StayRow:
    """A row of the usual size."""
    return StayRow(
        seq=1,
        kind="enter",
        stay=f"h-0123456789abcdef.1795318719.{number}",
        handle="h-0123456789abcdef",
        zone="home-care",
        at_ms=1_795_318_737_322,
        boot="f92a0be2-b54b-4649-bce0-2615cd2b4b8b",
        mono_ms=2_475_000,
        zone_p=0.91,
        map_sha="a" * 64,
        term=1_795_318_719,
    )


def bench_outbox(folder: Path) -> None:
    """Commits and rows a second, on this disk."""
    outbox = Outbox(folder / "outbox.db", 16_384, "boot")
    began_s = time.perf_counter()
    for number in range(COMMITS):
        outbox.append([stay(number)])
    commits = COMMITS / (time.perf_counter() - began_s)
    began_s = time.perf_counter()
    for _ in range(COMMITS // 10):
        outbox.append([stay(number) for number in range(100)])
    rows = COMMITS * 10 / (time.perf_counter() - began_s)
    began_s = time.perf_counter()
    outbox.acknowledge(outbox.last_seq)
    outbox.tidy(time.monotonic(), time.time())
    drained_ms = (time.perf_counter() - began_s) * 1000
    size = (folder / "outbox.db").stat().st_size / (COMMITS * 11)
    outbox.close()
    print(f"outbox  one stay a commit       {commits:9.0f} commits/s, each on the disk")
    print(f"outbox  100 stays a commit      {rows:9.0f} stays/s")
    print(
        f"outbox  confirm {COMMITS * 11} stays      {drained_ms:9.1f} ms, {size:.0f} bytes a stay"
    )


@contextlib.asynccontextmanager
async def agent(config: Path, text: str) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """`edge-agent run` on a settings file, until the end of the block."""
    process = launch(config, text)
    try:
        yield process
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


def launch(config: Path, text: str) -> "subprocess.Popen[bytes]":
    """Write the settings and start the agent."""
    config.write_text(text)
    command = [sys.executable, "-m", "edge_agent", "run", str(config)]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def memory_mib(process: "subprocess.Popen[bytes]") -> tuple[float, float]:
    """(RSS now, its peak) in MiB."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    values = dict(line.split(":", 1) for line in lines)
    return tuple(int(values[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


def cpu_s(process: "subprocess.Popen[bytes]") -> float:
    """Processor seconds so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(name: str, process: "subprocess.Popen[bytes]", aim_mib: int, share: float) -> None:
    """One line."""
    now, peak = memory_mib(process)
    memory = f"RSS {now:5.1f} MiB, peak {peak:5.1f} (aim {aim_mib})"
    print(f"agent   {name:<24} {memory}, {share:4.0%} of a core")


def tags() -> Tags:
    """All tags of the bench, paired."""
    rows = [
        TagRow(
            identities=[Identity(identity=f"ib-{'00' * 16}-1-{number}")],
            handle=f"h-{number:03d}",
            ttl_s=600.0,
        )
        for number in range(TAGS)
    ]
    return Tags(rows=rows)


async def advertise_all(bluez: FakeBluez) -> None:
    """Each tag once."""
    for number in range(TAGS):
        data = b"\x02\x15" + bytes(16) + b"\x00\x01" + number.to_bytes(2) + b"\xc5"
        await bluez.advertise(f"C0:FF:EE:00:00:{number:02X}", -60, {APPLE: data})


async def bench_forwarding(folder: Path, port: int) -> None:
    """A fixed Pi in a busy aisle."""
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        print("agent   forwarding               not measured: dbus-daemon is absent")
        return
    with private_bus(daemon) as address:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = address
        bluez = await FakeBluez(address).start()
        name = f"{STORE}.pi-1"
        text = FIXED.format(name="pi-1", port=port)
        with SmallHub(port, name) as hub:
            async with agent(folder / "fixed.toml", text) as process:
                await until(lambda: bool(hub.of(Status)) and bluez.is_discovering)
                hub.send_tags(tags())
                began_s = cpu_s(process)
                for _ in range(HEAR_S * ROUNDS_A_SECOND):
                    await advertise_all(bluez)
                    await asyncio.sleep(1 / ROUNDS_A_SECOND)
                share = (cpu_s(process) - began_s) / HEAR_S
                report("forwarding, 500 heard/s", process, 60, share)
                # The last second is published at its end.
                await asyncio.sleep(1.2)
            rows = sum(len(message.rows) for message in hub.of(Sightings))
            print(f"agent   forwarding               {rows} of {HEAR_S * 500} sightings published")
        bluez.die()


def speak_for_all(hub: SmallHub, anchors: Sequence[str], chance: random.Random) -> None:
    """One second of eight Pis that hear every tag three times."""
    for anchor in anchors:
        rows = [
            SightingRow(f"h-{number % TAGS:03d}", anchor, float(chance.randint(-90, -50)), 500.0)
            for number in range(3 * TAGS)
        ]
        hub.speak_as(f"{STORE}.pi-{anchor}", "sightings", Sightings(boot="bench", rows=rows))


async def bench_locating(folder: Path, port: int) -> None:
    """The store's locator, fed by eight Pis."""
    anchors = [anchor.id for anchor in corner_market.load().anchors]
    chance = random.Random(1)  # noqa: S311 - a bench
    name = f"{STORE}.locator"
    text = LOCATOR.format(name="locator", port=port, map=corner_market.path())
    with SmallHub(port, name) as hub:
        async with agent(folder / "locator.toml", text) as process:
            await until(lambda: any(one.up for one in hub.of(Status)))
            hub.send_tags(tags())
            await asyncio.sleep(0.2)
            began_s = cpu_s(process)
            for _ in range(LOCATE_S):
                speak_for_all(hub, anchors, chance)
                await asyncio.sleep(1)
            share = (cpu_s(process) - began_s) / LOCATE_S
            report("locating, 100 tags", process, 120, share)
        fixes = sum(len(message.rows) for message in hub.of(Fixes))
        step_ms = hub.of(Health)[-1].step_ms
        print(f"agent   locating                 {fixes} fixes, the last step {step_ms:.0f} ms")


async def bench_agents(folder: Path) -> None:
    """Both roles, one after the other."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        print("agent   not measured: mosquitto is absent")
        return
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    broker = Broker([program, "-c", str(config)], port, folder / "mosquitto.log")
    try:
        await bench_forwarding(folder, port)
        await bench_locating(folder, port)
    finally:
        broker.stop()


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as name:
        bench_outbox(Path(name))
        asyncio.run(bench_agents(Path(name)))


if __name__ == "__main__":
    main()
