"""Random histories of shoppers with gifts, and every output of a running hub, to be searched."""

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import normalize

import msgspec

from hub_server.campaigns import parse
from hub_server.engine import Event, Item, Refused, Session, Subject
from hub_server.goods.assortment import Assortment, Range
from hub_server.goods.products import Product
from hub_server.shopper.gifts import BLANK
from hub_server.shopper.preferences import Wish
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import SALT, Hub, market


def folded(text: str) -> str:
    return normalize("NFKD", text.casefold())


# Names that stand nowhere else, so that any trace of them is a leak.
TOYS = "wunderspielzeug"
GIFTS = (
    ("GX7001Q", "Zyxolin Wunderrad", TOYS, "produce", (25.0, 9.0)),
    # As a Mac writes it: the accent is a character of its own.
    ("GX7002Q", normalize("NFD", "Quorvél Flakon"), "quorvelduft", "pasta", (12.0, 12.0)),
    # Longer than any slot of a text.
    ("GX7003Q", "Plimsa Glocke, handbemaltes Porzellan, sechsteilig", TOYS, "produce", (26.0, 9.0)),
)
ITEMS = tuple(one[0] for one in GIFTS)
# As phones type it.
NAMES = {item: normalize("NFC", name).casefold() for item, name, *_ in GIFTS}
# What must stand nowhere: the id, and the first word of the name, however much of it is cut.
TRACES = {item: (folded(item), folded(name.split()[0])) for item, name, *_ in GIFTS}
NUMBER = "4711 0815"
# Searching everything costs as much as four steps.
SEARCHED_SHARE = 0.3


def products(suffix: str = "") -> tuple[Product, ...]:
    made = tuple(
        Product(
            item=item,
            name=name + suffix,
            category=category,
            price=9.5,
            stock=9,
            stock_at_s=1e10,
            durable=zone == "pasta",
            attributes=("vegan",),
            zone=zone,
            x_m=x_m,
            y_m=y_m,
            level="L0",
        )
        for item, name, category, zone, (x_m, y_m) in GIFTS
    )
    return (*market()[2], *made)


def document() -> bytes:
    """Campaigns that would tell: by item, by category, by list, by what runs low."""

    def campaign(name: str, kind: str, **more: object) -> dict[str, object]:
        words = {
            "title": "{product}, here",
            "text": "{product}: you are next to it.",
            "why": "Because you are at {zone_name}.",
        }
        base = {"usefulness": 0.95, "expiry_s": 60, "words": {"en": words}}
        if kind in {"inform", "remind"}:
            base["control_share"] = 0.05
        return {"id": name, "kind": kind, "topic": name, **base, **more}

    def at(zone: str) -> dict[str, object]:
        return {"field": "zone", "op": "is", "value": zone}

    def some(field: str) -> dict[str, object]:
        return {"field": field, "op": "some", "value": True}

    every = {"field": "visit_s", "op": ">=", "value": 0}
    told = [
        campaign("toy", "inform", items=["GX7001Q"], when=at("produce")),
        campaign("scent", "inform", items=["GX7002Q"], when=at("pasta")),
        campaign("bell", "help", items=["GX7003Q"], categories=[TOYS], when=at("produce")),
        campaign("wanted", "remind", about="wanted_items", when=some("wanted_items")),
        campaign(
            "due", "remind", about="due_items", when={"all": [some("due_items"), at("produce")]}
        ),
        campaign("passed", "remind", about="passed_items", when=some("passed_items")),
        campaign("left", "remind", about="leaving_without", when=some("leaving_without")),
    ]
    several = {"title": "Still open", "text": "{left_items}", "why": "Because of your list."}
    open_ones = {"about": "wanted_items", "when": some("wanted_items"), "words": {"en": several}}
    told.append(campaign("open", "help", **open_ones))
    plain = {"title": "You are here", "text": "The map shows the way on.", "why": "Because."}
    told.append(campaign("way", "guide", when=every, usefulness=0.3, words={"en": plain}))
    return msgspec.json.encode({"format": "campaigns", "version": 2, "campaigns": told})


class GiftHub(Hub):
    """A store that sells the gifts, and says so wherever it may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.close()
        stock = products()
        sold = {one.item: one for one in stock}
        self.store = msgspec.structs.replace(
            self.store,
            campaigns=parse(document(), self.store.floor_map, sold, SALT),
            assortment=Assortment(stock),
        )
        self.open()

    def open(self) -> None:  # type: ignore[explicit-override] # typing has it from 3.12 on
        super().open()
        self.pushed: list[bytes] = []
        offered = self.engine.speaker.on_push

        def offer(visit: Visit, sent: Sent) -> None:
            self.pushed.append(msgspec.json.encode(sent))
            offered(visit, sent)

        self.engine.speaker.on_push = offer


def second_visit(hub: Hub, code: str) -> Session:
    """Somebody who was here before: a first visit begins without promotion."""
    first = hub.yes(code, remember=True)
    hub.engine.leave(first.cookie)
    hub.now_s += 1
    return hub.yes(code, first.cookie, remember=True)


class History:
    """One shopper's visits, step by step at random; `marked` is what must show nowhere now."""

    def __init__(self, hub: GiftHub, seed: int) -> None:
        self.hub = hub
        self.random = random.Random(seed)  # noqa: S311 - a test's dice
        self.marked: set[str] = set()
        self.steps: list[str] = []
        self.cart = f"cart-{seed}"
        (self.code,) = hub.carts(self.cart)
        self.guests: list[Session] = []
        self.session = second_visit(hub, self.code)

    @property
    def cookies(self) -> list[str]:
        return [self.session.cookie, *(guest.cookie for guest in self.guests)]

    def step(self) -> None:
        """One thing that a shopper, a till or an associate may do."""
        name = self.random.choice(sorted(ACTS))
        self.steps.append(name)
        self.hub.pushed.clear()
        with suppress(Refused):
            ACTS[name](self)
        self.hub.now_s += self.random.choice((1, 5, 60))

    def item(self) -> str:
        return self.random.choice(ITEMS)

    def mark(self) -> None:
        item = self.item()
        cookie = self.random.choice(self.cookies)
        # Once the visit is over, a guest's mark is the guest's alone.
        looks_on = self.hub.engine.rooms.house.desk.visit_of(cookie) is not None
        self.hub.engine.rooms.gifts.say(cookie, item, gift=True)
        if looks_on or cookie == self.session.cookie:
            self.marked.add(item)

    def unmark(self) -> None:
        item, cookie = self.item(), self.random.choice(self.cookies)
        self.hub.engine.rooms.gifts.say(cookie, item, gift=False)
        if cookie == self.session.cookie:
            self.marked.discard(item)

    def bought(self) -> None:
        kind = self.random.choice(("scan", "cart", "order", "return", "payment"))
        shopper = Subject(visit=self.session.visit_code)
        if self.random.random() < 0.3:
            shopper = Subject(shopper=NUMBER)
        at = datetime.fromtimestamp(self.hub.now_s, UTC).isoformat()
        name = f"{self.cart}-{len(self.steps)}"
        event = Event(
            id=name,
            ts=at,
            channel="till",
            type=kind,
            subject=shopper,
            items=[Item(item=self.item()), Item(item="1001")],
        )
        self.hub.engine.event("till", event)

    def imported(self) -> None:
        number = self.hub.engine.rooms.loyalty.external(NUMBER)
        for days in (40, 20):
            at_ms = round((self.hub.now_s - days * 86_400) * 1000)
            self.hub.run(
                "INSERT OR IGNORE INTO purchases VALUES "  # noqa: S608 - the test's own words
                f"('{self.cart}-{days}', 1, '{number}', {at_ms}, '{self.item()}', 1, 9.5)"
            )

    def link(self) -> None:
        self.hub.engine.rooms.loyalty.link(self.session.cookie, NUMBER)

    def write(self) -> None:
        item = self.item()
        texts = (f"2 {NAMES[item]} for Ada", NAMES[item], None)
        text = self.random.choice(texts)
        lists = self.hub.engine.rooms.aisle.lists
        lists.add(self.random.choice(self.cookies), text, None if text else item)

    def look(self) -> None:
        """Stand somewhere with the page open, long enough to be told something."""
        zone = self.random.choice(("produce", "pasta", "entrance"))
        visit = self.hub.engine.rooms.house.desk.own(self.session.cookie)
        handle = list(visit.handles)[-1]
        visit.push = self.random.random() < 0.3
        for _ in range(3):
            self.hub.now_s += 4
            for cookie in self.cookies:
                self.hub.engine.heartbeat(cookie, visible=not visit.push)
            self.hub.fix(handle, zone)
            self.hub.engine.tick()

    def judge(self) -> None:
        told = self.hub.engine.page(self.session.cookie).messages
        if told:
            one = self.random.choice(told)
            self.hub.engine.receipt(self.session.cookie, one.decision, "shown")
            self.hub.engine.feedback(self.session.cookie, one.decision, "useful")
            self.hub.engine.rooms.ideas.take(self.session.cookie, one.text, one.decision)

    def join(self) -> None:
        code = self.hub.engine.page(self.session.cookie).join_code
        self.guests.append(self.hub.engine.join(code, None))

    def part(self) -> None:
        if self.guests:
            self.hub.engine.leave(self.guests.pop().cookie)

    def help(self) -> None:
        cookie, item = self.random.choice(self.cookies), self.item()
        desk = self.hub.engine.rooms.aisle.help
        if self.random.random() < 0.5:
            desk.ask(cookie, f"Where is the {NAMES[item]}?")
        else:
            desk.bring(cookie, item)

    def choose(self) -> None:
        wish = Wish(plain=self.random.random() < 0.3, sensitive_ok=self.random.random() < 0.5)
        self.hub.engine.rooms.preferences.change(self.session.cookie, wish)

    def mission(self) -> None:
        said = {"intent": self.random.choice(("gift", "self", None)), "minutes": 20.0}
        self.hub.engine.rooms.mission.say(self.session.cookie, said)

    def purpose(self) -> None:
        on = self.random.random() < 0.5
        purpose = self.random.choice(("message", "locate"))
        self.hub.engine.rooms.purposes.change(
            self.session.cookie,
            purpose,  # type: ignore[arg-type]
            on=on,
        )

    def again(self) -> None:
        """Leave, and come back another day."""
        self.hub.engine.leave(self.session.cookie)
        self.guests = []
        self.hub.now_s += self.random.choice((60, 90_000))
        self.session = self.hub.yes(self.code, self.session.cookie, remember=True)

    def renamed(self) -> None:
        """A newer products file calls everything otherwise."""
        suffix = self.random.choice(("", ", neu", " (6)"))
        self.hub.store.assortment.put(Range(products(suffix)))

    def restart(self) -> None:
        if self.random.random() < 0.05:
            self.hub.restart()

    def end(self) -> None:
        """Go; nothing of this history is left for the next one."""
        for cookie in self.cookies:
            with suppress(Refused):
                self.hub.engine.delete(cookie)
        self.hub.run("DELETE FROM purchases")
        self.hub.run("DELETE FROM events")
        self.hub.run("DELETE FROM ideas")


ACTS: dict[str, Callable[[History], None]] = {
    name: getattr(History, name)
    for name in (
        *("mark", "unmark", "bought", "imported", "link", "write", "look", "judge", "join"),
        *("part", "help", "choose", "mission", "purpose", "again", "restart", "renamed"),
    )
}
# What is likelier than once in sixteen steps.
ACTS |= {f"{name}, again": ACTS[name] for name in ("mark", "bought", "look", "write")}


def outputs(history: History) -> Iterator[tuple[str, bytes]]:
    """Everything that the hub shows of somebody.

    Not what is the same for everybody (search, rules, the campaigns themselves), nor the staff's
    page, where the giver asks for a gift to be brought.
    """
    engine, hub = history.hub.engine, history.hub
    rooms, encode = engine.rooms, msgspec.json.encode
    for number, cookie in enumerate(history.cookies):
        yield f"phone {number}", encode(engine.page(cookie))
        yield f"profile {number}", encode(rooms.profile.of(cookie, "en"))
        yield f"export {number}", encode(rooms.export.of(cookie))
        with suppress(Refused):
            yield f"list {number}", encode(rooms.aisle.lists.view(cookie))
            yield f"near {number}", encode(rooms.aisle.nearby.near(cookie, 20))
            yield f"help {number}", encode(rooms.aisle.help.shown(cookie))
    yield "floor", engine._build_floor()
    yield "metrics", engine.metrics().encode()
    for (decision,) in hub.query("SELECT decision FROM decisions ORDER BY at_ms DESC LIMIT 5"):
        yield "why", encode(engine.why(str(decision)))
    yield "reasons", encode(rooms.campaigns.reasons(hub.now_s))
    yield "effects", encode(rooms.campaigns.effects())
    yield "funnel", encode(rooms.campaigns.funnel(hub.now_s))
    yield "headlines", encode(rooms.campaigns.headlines(hub.now_s))
    for pushed in hub.pushed:
        yield "push", pushed


def leaks(history: History) -> list[str]:
    """Every output that names a gift, by its id or its name."""
    traces = [*(trace for item in history.marked for trace in TRACES[item]), BLANK]
    if not history.marked:
        return []
    return [
        f"{history.cart}, {where}: {trace} after {', '.join(history.steps)}"
        for where, output in outputs(history)
        for text in [folded(output.decode())]
        for trace in traces
        if trace in text
    ]


def run(hub: GiftHub, seed: int, steps: int, heard: list[str]) -> tuple[list[str], int]:
    """(leaks, marks that were searched for) of one history; `heard` is what was logged."""
    history = History(hub, seed)
    found: list[str] = []
    searched = 0
    for number in range(1, steps + 1):
        history.step()
        # What leaks is still there a step or two later; a push is not.
        if history.hub.pushed or number == steps or history.random.random() < SEARCHED_SHARE:
            searched += len(history.marked)
            found += leaks(history)
            found += [
                f"log: {line}"
                for line in heard
                for item in history.marked
                if any(trace in folded(line) for trace in TRACES[item])
            ]
    history.end()
    return found, searched


class Heard(logging.Handler):
    """Whatever is logged, as it would be printed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:  # type: ignore[explicit-override] # as above
        self.lines.append(self.format(record))
