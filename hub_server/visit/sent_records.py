"""The messages of a visit, as its rows in the database tell them."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, select

from hub_server.database import Database
from hub_server.records.message_tables import PUSHES, RESERVATIONS
from hub_server.records.tables import DECISIONS
from hub_server.visit.visits import Offers, Sent

_strings: Final = msgspec.json.Decoder(tuple[str, ...])
_offers: Final = msgspec.json.Decoder(Offers)

# No message lives longer (campaigns.ExpiryS); how long each one does, MessageMemory knows.
EXPIRY_MAX_S: Final = 120.0


def sent_in(database: Database, visit: str) -> list[Sent]:
    """The messages of a visit, oldest first."""
    rows = database.read(
        select(
            DECISIONS,
            RESERVATIONS.c.categories,
            RESERVATIONS.c.exempt,
            PUSHES.c.state.label("push_state"),
        )
        .outerjoin(RESERVATIONS, RESERVATIONS.c.decision == DECISIONS.c.decision)
        .outerjoin(PUSHES, PUSHES.c.decision == DECISIONS.c.decision)
        .where(DECISIONS.c.visit == visit, DECISIONS.c.outcome == "send")
        .order_by(DECISIONS.c.at_ms)
    )
    return [_sent(row) for row in rows]


def offers_of(row: Row[Any]) -> Offers:
    """What the message of a row of table `decisions` has beside its words."""
    return _offers.decode(row.offers) if row.offers else Offers()


def _sent(row: Row[Any]) -> Sent:
    offers = offers_of(row)
    return Sent(
        decision=row.decision,
        campaign=row.campaign,
        kind=row.kind,
        topic=row.topic,
        title=row.title,
        text=row.text,
        why=_strings.decode(row.why),
        for_zone=row.for_zone,
        zone=row.zone,
        at_s=row.at_ms / 1000,
        expires_at_s=row.at_ms / 1000 + EXPIRY_MAX_S,
        shown=row.shown_ms is not None,
        expired=row.expired_ms is not None,
        channel=row.channel or "page",
        categories=_strings.decode(row.categories) if row.categories else (),
        items=offers.items,
        price=offers.price,
        buttons=offers.buttons,
        for_everyone=offers.for_everyone,
        exempt=bool(row.exempt),
        bought=row.bought_ms is not None,
        cancelled=row.cancelled,
        taken=row.push_state == "accepted" or row.shown_ms is not None,
        dismissed=row.dismissed_ms is not None,
        feedback=row.feedback,
        counted=row.feedback,
    )
