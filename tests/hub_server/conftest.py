"""A hub in the test's own process: real map, real campaigns, real SQLite, a clock that is told."""

import functools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from edge_agent import messages
from edge_agent.messages import Fixes, FixRow, Status, StayRow, Stays, Tags
from hub_server.campaigns import Campaign
from hub_server.database import Database
from hub_server.engine import Engine, Session
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product, read
from hub_server.model.seat import ModelSeat
from hub_server.settings import Operator, Settings
from hub_server.stage import StageModel
from hub_server.store import Store, read_campaigns, read_map
from hub_server.views.hub import FloorFrame
from hub_server.visit.tags import Row
from store_maps import corner_market
from store_maps.floor_map import FloorMap

CAMPAIGNS = Path(__file__).parents[2] / "hub_server" / "demo" / "corner_market_campaigns.json"
STORE = "corner-market"
AGENT = "corner-market.pi-1"
START_S = 1_790_000_000.0
SALT = b"a salt of sixteen"
# A test that locks the database need not wait for it.
BUSY_MS = 20
# A place in each of some leaf zones of the corner market.
PLACES = {"produce": (25.0, 9.0), "pasta": (12.0, 12.0), "entrance": (3.0, 2.0)}


@functools.cache
def market() -> tuple[FloorMap, tuple[Campaign, ...], tuple[Product, ...], StageModel]:
    """What no test changes, read once."""
    floor_map = read_map(corner_market.path())
    products = read(corner_market.products_path())
    sold = {one.item: one for one in products}
    campaigns = read_campaigns(CAMPAIGNS, floor_map, sold, SALT)
    return floor_map, campaigns, products, StageModel.load()


@functools.cache
def fresh_database() -> bytes:
    """A migrated, empty database: migrating costs more than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hub.db"
        database = Database(path)
        database.checkpoint()
        database.close()
        return path.read_bytes()


class FakeLink:
    """Keeps what would go to the agents."""

    def __init__(self) -> None:
        self.connected = True
        self.refused: str | None = None
        self.sent: list[tuple[str, bytes]] = []

    def publish(self, topic: str, payload: bytes) -> None:
        self.sent.append((topic, payload))

    def take(self, leaf: str) -> list[messages.Message]:
        """What was sent to `leaf` since the last call."""
        found = [messages.decode(leaf, p) for topic, p in self.sent if topic.endswith(leaf)]
        self.sent = [(topic, p) for topic, p in self.sent if not topic.endswith(leaf)]
        return found


class Hub:
    """The engine and the hands that tests move it with."""

    def __init__(self, folder: Path, **changes: object) -> None:
        self.now_s = START_S
        self.seq = 0
        self.settings = msgspec.structs.replace(
            Settings(
                store=STORE,
                map=corner_market.path(),
                campaigns=CAMPAIGNS,
                database=folder / "hub.db",
                public_url="https://store.example",
                operator=Operator(name="Corner Market", contact="desk@store.example"),
                demo=True,
            ),
            **changes,
        )
        floor_map, campaigns, products, self.model = market()
        self.store = Store(
            settings=self.settings,
            floor_map=floor_map,
            campaigns=campaigns,
            assortment=Assortment(products),
            salt=SALT,
        )
        self.settings.database.write_bytes(fresh_database())
        self.open()

    def open(self) -> None:
        """Start, or start again after `close`."""
        self.database = Database(self.settings.database, busy_ms=BUSY_MS)
        self.engine = Engine(self.store, self.database, self.models(), lambda: self.now_s)
        self.link = FakeLink()
        self.engine.attach(self.link)

    def models(self) -> ModelSeat:
        """The model that answers; no folder, so nothing takes its place."""
        return ModelSeat(self.model)

    def close(self) -> None:
        self.database.close()

    def restart(self) -> None:
        self.close()
        self.open()

    def carts(self, *names: str) -> list[str]:
        """The codes of fresh tags of these names."""
        rows = [Row(name, f"ib-{name}") for name in names]
        self.engine.tags.replace(rows, simulated=lambda _: False)
        found = [self.engine.tags.by_tag(name) for name in names]
        return [tag.code for tag in found if tag is not None]

    def yes(self, code: str, cookie: str | None = None, **how: bool) -> Session:
        wanted = {"remember": False, "takeover": False, **how}
        return self.engine.say_yes(code, cookie, language="en", **wanted)

    def handle(self, session: Session) -> str:
        """The newest handle of the session's visit."""
        for visit in self.engine.roll.visits.values():
            if visit.visit_code == session.visit_code:
                return list(visit.handles)[-1]
        raise AssertionError(session.visit_code)

    def send(self, leaf: messages.Leaf, *payloads: messages.Message, agent: str = AGENT) -> None:
        topic = messages.topic(STORE, agent, leaf)
        self.engine.receive([(topic, messages.encode(one)) for one in payloads])

    def agent_up(self, boot: str = "b1", term: int = 1) -> None:
        up = Status(
            up=True,
            boot=boot,
            locate=True,
            term=term,
            map_sha=self.store.floor_map.map_sha,
            version="0.1.0",
        )
        self.send("status", up)

    def fix(self, handle: str, zone: str | None = "produce", **changes: object) -> None:
        self.send("fixes", self.fixes(handle, zone, **changes))

    def fixes(self, handle: str, zone: str | None = "produce", **changes: object) -> Fixes:
        x_m, y_m = PLACES.get(zone or "", (15.0, 10.0))
        row = FixRow(handle, 20.0, x_m, y_m, 1.5, zone, 0.95 if zone else 0.0, "L0")
        term = changes.pop("term", 1)
        return Fixes(
            term=int(str(term)),
            map_sha=self.store.floor_map.map_sha,
            rows=[msgspec.structs.replace(row, **changes)],
        )

    def row(
        self, handle: str, kind: str = "enter", zone: str = "produce", **more: object
    ) -> StayRow:
        self.seq += 1
        row = StayRow(
            seq=self.seq,
            kind="enter",
            stay=f"{handle}.1.{self.seq}",
            handle=handle,
            zone=zone,
            at_ms=round(self.now_s * 1000),
            boot="b1",
            mono_ms=round((self.now_s - START_S) * 1000),
            synced=True,
            zone_p=0.95,
            map_sha=self.store.floor_map.map_sha,
            term=1,
        )
        return msgspec.structs.replace(row, kind=kind, **more)

    def stays(self, *rows: StayRow, outbox: str = "box-1", oldest_seq: int = 1) -> None:
        self.send("stays", Stays(outbox=outbox, oldest_seq=oldest_seq, rows=list(rows)))

    def enter(self, handle: str, zone: str = "produce") -> None:
        """A fix and the enter of its zone."""
        self.fix(handle, zone)
        self.stays(self.row(handle, "enter", zone))

    def pass_s(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass, with a tick each step."""
        for _ in range(round(seconds / step_s)):
            self.now_s += step_s
            self.engine.tick()

    def linger(self, session: Session, zone: str, seconds: int) -> None:
        """Stand in a zone with the page open."""
        handle = self.handle(session)
        for _ in range(seconds):
            self.now_s += 1
            self.engine.heartbeat(session.cookie, visible=True)
            self.fix(handle, zone)
            self.engine.tick()

    def query(self, sql: str) -> list[tuple[object, ...]]:
        return [tuple(row) for row in self.database.read(text(sql))]

    def run(self, sql: str) -> None:
        self.database.write(text(sql))

    def lists(self) -> list[Tags]:
        return [one for one in self.link.take("down/tags") if isinstance(one, Tags)]

    def acks(self) -> list[tuple[str, int]]:
        found = self.link.take("down/ack")
        return [(one.outbox, one.seq) for one in found if isinstance(one, messages.Ack)]

    def floor(self) -> FloorFrame:
        """What the floor page shows now."""
        return msgspec.json.decode(self.engine.floor_frame(), type=FloorFrame)

    def bytes_on_disk(self) -> bytes:
        """Everything in the database's folder."""
        folder = self.settings.database.parent
        return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A fresh hub of the corner market."""
    made = Hub(tmp_path)
    yield made
    made.close()


@pytest.fixture
def new_hub(tmp_path: Path) -> Iterator[Callable[..., Hub]]:
    """Makes hubs with other settings, each in its own folder."""
    made: list[Hub] = []

    def build(**changes: object) -> Hub:
        folder = tmp_path / f"hub-{len(made)}"
        folder.mkdir()
        made.append(Hub(folder, **changes))
        return made[-1]

    yield build
    for one in made:
        one.close()
