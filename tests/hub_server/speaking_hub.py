"""A hub whose campaigns a test writes in a line each, and shoppers who stand, read and answer."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from hub_server.campaigns import Campaign, parse
from hub_server.decision.limits import Limits
from hub_server.engine import Event, Item, Session, Subject
from hub_server.views.hub import Feedback, Receipt
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import Hub

Build = Callable[..., "Store"]
# Promotion from the first second, and as many offers as there are.
LIMITS = Limits(first_visit_s=0.0, offer_share_max=1.0)
# The least control that a file may ask for. In these stores nobody's lot falls under it.
LEAST = 0.01
PROMOTIONAL = {"inform", "remind", "delight", "offer"}


def message(
    campaign: str,
    kind: str = "help",
    zone: str = "produce",
    **more: Any,  # noqa: ANN401 - fields of a campaign
) -> dict[str, Any]:
    """A campaign that speaks to whoever stands in `zone`."""
    compared = kind in PROMOTIONAL and "control_share" not in more
    return {
        "id": campaign,
        "kind": kind,
        "topic": more.pop("topic", campaign),
        "usefulness": more.pop("usefulness", 0.9),
        "when": {"field": "zone", "op": "is", "value": zone},
        "words": {"en": {"title": campaign, "text": "Text.", "why": "Because you are here."}},
        **({"no_control_because": "a test needs none"} if compared else {}),
        **more,
    }


def _of_nobody(campaign: Campaign) -> Campaign:
    """With a control of LEAST that is there and that nobody is in."""
    if campaign.control_share != LEAST:
        return campaign
    return msgspec.structs.replace(campaign, control_share=1e-12)


class SpeakingHub(Hub):
    """A hub that says what a test wrote."""

    def __init__(
        self,
        folder: Path,
        *campaigns: dict[str, Any],
        **settings: Any,  # noqa: ANN401 - fields of Settings
    ) -> None:
        document = {"format": "campaigns", "version": 2, "campaigns": list(campaigns)}
        self.document = msgspec.json.encode(document)
        super().__init__(folder, **{"limits": LIMITS, **settings})

    def open(self) -> None:  # type: ignore[explicit-override] # typing has it from 3.12 on
        """Start with these campaigns."""
        store = self.store
        products = store.assortment.products
        said = parse(self.document, store.floor_map, products, store.salt)
        self.store = msgspec.structs.replace(store, campaigns=tuple(map(_of_nobody, said)))
        super().open()


class Store:
    """A hub and what its shoppers do."""

    def __init__(self, hub: SpeakingHub) -> None:
        self.hub = hub
        self.hub.agent_up()
        self.count = 0

    def shopper(self, zone: str | None = "produce", *, remember: bool = False) -> Session:
        """A new shopper on a cart, placed in `zone`."""
        self.count += 1
        (code,) = self.hub.carts(f"cart-{self.count}")[-1:]
        session = self.hub.yes(code, remember=remember)
        if zone is not None:
            self.hub.linger(session, zone, 1)
        return session

    def visit(self, session: Session) -> Visit:
        """The open visit of a session."""
        return next(
            one
            for one in self.hub.engine.roll.visits.values()
            if one.visit_code == session.visit_code
        )

    def sent(self, session: Session) -> list[Sent]:
        """All messages of the visit, those that were taken back too."""
        return self.visit(session).sent

    def titles(self, session: Session) -> list[str]:
        """What the page shows."""
        return [one.title for one in self.hub.engine.page(session.cookie).messages]

    def see(self, session: Session, kind: Receipt = "shown") -> str:
        """A receipt for the newest message; its code."""
        decision = self.sent(session)[-1].decision
        self.hub.engine.receipt(session.cookie, decision, kind)
        return decision

    def answer(self, session: Session, kind: Feedback) -> None:
        """An opinion of the newest message."""
        self.hub.engine.feedback(session.cookie, self.sent(session)[-1].decision, kind)

    def buy(self, session: Session, *items: str, type_: str = "payment") -> None:
        """A receipt of the till."""
        self.count += 1
        at = datetime.fromtimestamp(self.hub.now_s, UTC).isoformat()
        event = Event(
            id=f"e{self.count}",
            ts=at,
            channel="till-1",
            type=type_,
            subject=Subject(visit=session.visit_code),
            items=[Item(item=item) for item in items],
        )
        self.hub.engine.event("till", event)

    def rows(self, columns: str, where: str = "1") -> list[tuple[object, ...]]:
        """Of table `decisions`, in order."""
        return self.hub.query(f"SELECT {columns} FROM decisions WHERE {where} ORDER BY rowid")  # noqa: S608

    def counted(self, what: str) -> dict[str, int]:
        """The tally by key."""
        return self.hub.engine.speaker.tallies.by_key(what)


def stores(tmp_path: Path) -> Iterator[Build]:
    """A fixture's body: what builds stores from campaigns and settings, and closes them."""
    made: list[SpeakingHub] = []

    def build(*campaigns: dict[str, Any], **settings: Any) -> Store:  # noqa: ANN401 - as above
        folder = tmp_path / f"store-{len(made)}"
        folder.mkdir()
        made.append(SpeakingHub(folder, *campaigns, **settings))
        return Store(made[-1])

    yield build
    for one in made:
        one.close()
