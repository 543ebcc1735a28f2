"""400 pushes a second while one push host hangs: how long everybody else's take.

    python tests/bench/push.py

Messages are offered as the speaker does, 20 every 50 ms, to phones at three push hosts; a tenth as
many more go to a host that takes connections and never answers. Each is claimed in the hub's own
database, encrypted, signed and posted over TLS, and settled there. The push service runs in a
process of its own, checks every signature and header, and keeps what it got. What the gates cost
once more at sending is in tests/bench/decide.py.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec
from pywebpush import WebPusher
from sqlalchemy import insert

from hub_server.push import notification
from hub_server.push.guard import Services
from hub_server.push.room import PushRoom
from hub_server.records.shopper_tables import PUSH_SUBSCRIPTIONS
from hub_server.records.tables import DECISIONS, SHOPPERS, VISITS
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import STORE, Hub
from tests.hub_server.push import lines
from tests.hub_server.push.push_service import LOOPBACK, Browser, PushService, Told

HOSTS: Final = ("one.push.test", "two.push.test", "three.push.test")
HANGS: Final = "hangs.push.test"
# The aims of issue 5.
RATE_HZ: Final = 400
P95_AIM_S: Final = 2.0
SECONDS: Final = 20
BATCH_S: Final = 0.05
HANGING_SHARE: Final = 0.1
PHONES: Final = 200
CRYPTO_ROUNDS: Final = 500
# As on a quiet afternoon, for the delay by itself: the aim of row 16 is 150 ms.
CALM_HZ: Final = 20
CALM_SECONDS: Final = 5
CALM_AIM_MS: Final = 150
# What hangs is given up 5 s after it was begun; the queue behind it runs out of time.
DRAIN_S: Final = 8.0


def serve(pipe: Connection) -> None:
    """The push service, until the pipe says to stop; answers with what it counted."""

    async def run() -> None:
        async with PushService((*HOSTS, HANGS)) as service:
            service.tell(HANGS, Told(hangs=True))
            pipe.send((service.port, service.services().ca_pem))
            while not pipe.poll():  # noqa: ASYNC110 - the other end is a process
                await asyncio.sleep(0.05)
            pipe.send((len(service.got), len(service.wrong), time.process_time()))

    asyncio.run(run())


class Sending:
    """A hub's push room with many phones, and when each message was offered and taken."""

    def __init__(self, hub: Hub, services: Services) -> None:
        self.hub = hub
        self.services = services
        self.offered_s: dict[str, float] = {}
        self.taken_s: dict[str, float] = {}
        self.codes: dict[str, str] = {}
        self.room: PushRoom = hub.engine.rooms.push
        self.room.still_right = lambda _visit, _sent: None
        self.room.on_settled = self._settled
        self.visits = {host: self._visits(host) for host in (*HOSTS, HANGS)}

    def _visits(self, host: str) -> list[Visit]:
        """Open visits whose phones are subscribed at a host."""
        now_ms = round(self.hub.now_s * 1000)
        visits = []
        for number in range(PHONES):
            name = f"{host}-{number}"
            browser = Browser(number, f"https://{host}:{self.services.port}")
            visit = msgspec.structs.replace(lines.visit(name), may_message=True, push=True)
            self.hub.engine.roll.visits[name] = visit
            self.hub.database.write(
                insert(SHOPPERS).values(
                    shopper=visit.shopper,
                    remembered=False,
                    demo=True,
                    language="en",
                    created_ms=now_ms,
                ),
                insert(VISITS).values(
                    store=STORE,
                    visit=name,
                    shopper=visit.shopper,
                    visit_code=f"v{name}",
                    join_code=f"j{name}",
                    bought=b"{}",
                    opened_ms=now_ms,
                ),
                insert(PUSH_SUBSCRIPTIONS).values(
                    subscription=name,
                    shopper=visit.shopper,
                    cookie_sha256=name.encode(),
                    endpoint=f"{browser.endpoint}x{name}",
                    p256dh=browser.p256dh,
                    auth=browser.json["keys"]["auth"],
                    created_ms=now_ms,
                    used_ms=now_ms,
                ),
            )
            visits.append(visit)
        return visits

    def offer(self, messages: list[tuple[Visit, Sent]]) -> None:
        """What one transaction decided; it is kept first, as the speaker does."""
        rows = [row_of(visit, sent) for visit, sent in messages]
        with self.hub.database.begin() as connection:
            connection.execute(insert(DECISIONS), rows)
        for visit, sent in messages:
            self.offered_s[sent.decision] = time.perf_counter()
            self.room.offer(visit, sent)

    def delays_s(self, letter: str) -> list[float]:
        """From offered to taken, of the messages whose names begin so; the shortest first."""
        return sorted(
            self.taken_s[name] - offered_s
            for name, offered_s in self.offered_s.items()
            if name.startswith(letter) and self.codes.get(name) == "accepted"
        )

    def _settled(self, _visit: Visit, sent: Sent, state: str, _code: str) -> None:
        self.taken_s[sent.decision] = time.perf_counter()
        self.codes[sent.decision] = state


def row_of(visit: Visit, sent: Sent) -> dict[str, Any]:
    """A decision as it is kept."""
    return {
        "store": STORE,
        "decision": sent.decision,
        "visit": visit.visit,
        "at_ms": round(sent.at_s * 1000),
        "outcome": "send",
        "code": "sent",
        "why": b"[]",
        "gates": b"[]",
        "snapshot": b"{}",
    }


async def send(sending: Sending) -> float:
    """First calmly, then at RATE_HZ for SECONDS; the seconds of processor that the hub took."""
    hub = sending.hub
    room = sending.room
    await room.start(sending.services)
    for number in range(CALM_HZ * CALM_SECONDS):
        visit = sending.visits[HOSTS[0]][number % PHONES]
        sending.offer([(visit, lines.sent(f"c{number}"))])
        await asyncio.sleep(1 / CALM_HZ)
    began_s, used_s = time.perf_counter(), time.process_time()
    batch = round(RATE_HZ * BATCH_S)
    hanging = round(batch * HANGING_SHARE)
    for number in range(round(SECONDS / BATCH_S)):
        hub.now_s = lines.NOW_S + time.perf_counter() - began_s
        messages = []
        for place in range(batch + hanging):
            host = HOSTS[place % len(HOSTS)] if place < batch else HANGS
            visit = sending.visits[host][(number * batch + place) % PHONES]
            name = f"{'d' if place < batch else 'h'}{number}-{place}"
            times = {"at_s": hub.now_s, "expires_at_s": hub.now_s + 60}
            messages.append((visit, msgspec.structs.replace(lines.sent(name), **times)))
        sending.offer(messages)
        await asyncio.sleep(max(0.0, began_s + (number + 1) * BATCH_S - time.perf_counter()))
    sent_s = time.process_time() - used_s
    for _ in range(round(DRAIN_S / BATCH_S)):
        hub.now_s = lines.NOW_S + time.perf_counter() - began_s
        await asyncio.sleep(BATCH_S)
    await room.close()
    return sent_s


def crypto_ms() -> float:
    """What one encryption costs: a fresh key, ECDH, HKDF, AES-GCM."""
    browser = Browser(0, f"https://{LOOPBACK}")
    body = notification.body(lines.sent(), "en", "https://store.example")
    began_s = time.perf_counter()
    for _ in range(CRYPTO_ROUNDS):
        WebPusher(browser.json).encode(body)
    return (time.perf_counter() - began_s) / CRYPTO_ROUNDS * 1000


def report(sending: Sending, sent_s: float, counted: tuple[int, int, float]) -> bool:
    """Print what was measured; whether the aims are met."""
    others = [name for name in sending.offered_s if name.startswith("d")]
    taken = [name for name in others if sending.codes.get(name) == "accepted"]
    delays_s = sending.delays_s("d")
    p95_s = delays_s[int(len(delays_s) * 0.95)]
    first_s = min(sending.offered_s[name] for name in others)
    rate_hz = len(taken) / (max(sending.taken_s[name] for name in taken) - first_s)
    hanging = sum(name.startswith("h") for name in sending.offered_s)
    got, wrong, service_s = counted
    calm_s = sending.delays_s("c")
    calm_ms = calm_s[int(len(calm_s) * 0.95)] * 1000
    print(
        f"{len(calm_s)} pushes at {CALM_HZ} a second, kept to taken: "
        f"median {statistics.median(calm_s) * 1000:.0f} ms, p95 {calm_ms:.0f} ms "
        f"(aim {CALM_AIM_MS} from zone entry on)"
    )
    print(f"{len(others)} pushes in {SECONDS} s to {len(HOSTS)} hosts, {hanging} to one that hangs")
    print(
        f"  offered at {RATE_HZ} a second (the aim), taken {len(taken)} of {len(others)}, "
        f"{rate_hz:.0f} a second from the first offer to the last answer"
    )
    middle_ms = statistics.median(delays_s) * 1000
    print(
        f"  offered to taken: median {middle_ms:.0f} ms, p95 {p95_s * 1000:.0f} ms "
        f"(aim {P95_AIM_S * 1000:.0f}), longest {delays_s[-1] * 1000:.0f} ms"
    )
    print(f"  the service got {got}, found wrong {wrong}; its process took {service_s:.1f} s")
    share = sent_s / SECONDS
    each_ms = sent_s / (len(others) + hanging) * 1000
    print(
        f"  the hub's process: {share:.0%} of one core, {each_ms:.2f} ms a push with all "
        f"(one core would do {1000 / each_ms:.0f} a second)"
    )
    print(f"  of it encryption: {crypto_ms():.2f} ms a push")
    is_fast = p95_s <= P95_AIM_S and rate_hz >= RATE_HZ * 0.95
    return is_fast and len(taken) == len(others) and not wrong


def main() -> int:
    """Run everything; 1 where an aim is missed."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    service = spawn.Process(target=serve, args=(theirs,), daemon=True)
    service.start()
    port, ca_pem = ours.recv()
    services = Services(
        hosts=(*HOSTS, HANGS),
        port=port,
        is_reachable=lambda address: address == LOOPBACK,
        resolve=lambda _host, _port: [LOOPBACK],
        ca_pem=ca_pem,
    )
    with tempfile.TemporaryDirectory() as folder:
        hub = Hub(Path(folder))
        sending = Sending(hub, services)
        sent_s = asyncio.run(send(sending))
        ours.send("stop")
        counted = ours.recv()
        service.join()
        hub.close()
        is_met = report(sending, sent_s, counted)
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
