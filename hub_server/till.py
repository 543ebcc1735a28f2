"""Events of tills and other services: each counts once, and a payment ends the visit's pairing."""

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import insert, select

from hub_server import visit_records as records
from hub_server.database import Database
from hub_server.pairing import code_read
from hub_server.roll import Roll
from hub_server.tables import EVENTS
from hub_server.views import Event, Refused
from hub_server.visits import Visit

# A till that was cut off sends its receipts later; they are history and end nobody's visit.
FRESH_MS: Final = 60_000
ID_CHARS_MAX: Final = 128
ITEMS_MAX: Final = 500


class ProductsError(ValueError):
    """A products file that cannot be read; the text says what was expected."""


def categories_in(path: Path | None) -> dict[str, str]:
    """Item to category of a products.csv; empty without a file.

    Raises:
        ProductsError: not CSV with the columns item and category.
    """
    if path is None:
        return {}
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
        return {row["item"]: row["category"] for row in reader}
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        msg = f"products {path}: {error}; expected CSV with item and category; ops mends it"
        raise ProductsError(msg) from None


class Till:
    """Takes events for one store; `on_payment` is told of each fresh one of an open visit."""

    def __init__(
        self,
        database: Database,
        roll: Roll,
        categories: Mapping[str, str],
        clock: Callable[[], float],
        on_payment: Callable[[Visit], None],
    ) -> None:
        self._database = database
        self._roll = roll
        self._categories = categories
        self._clock = clock
        self._on_payment = on_payment

    def event(self, source: str, event: Event) -> tuple[str, Visit | None]:
        """("accepted" or "duplicate", the open visit whose basket changed).

        Raises:
            Refused: 400, the event is not as documented.
        """
        at_ms = _checked(event)
        known = (EVENTS.c.source == source) & (EVENTS.c.event == event.id)
        if self._database.read(select(EVENTS.c.event).where(known)):
            return "duplicate", None
        visit = self._visit(event, at_ms)
        statement = insert(EVENTS).values(
            source=source,
            event=event.id,
            visit=visit.visit if visit else None,
            type=event.type,
            channel=event.channel,
            at_ms=at_ms,
            items=msgspec.json.encode(event.items),
            data=b"{}",
            came_ms=round(self._clock() * 1000),
        )
        if visit is None:
            self._database.write(statement)
            return "accepted", None
        new = {line.item for line in event.items if line.quantity > 0}
        items = visit.bought_items | new
        categories = visit.bought_categories | {
            self._categories[item] for item in new if item in self._categories
        }
        now_s = self._clock()
        is_paid = event.type == "payment" and now_s * 1000 - at_ms <= FRESH_MS
        paid_s = now_s if is_paid else visit.paid_s
        self._database.write(
            statement,
            records.visit_changed(
                visit.visit,
                bought=msgspec.json.encode(records.Bought(sorted(items), sorted(categories))),
                paid_ms=None if paid_s is None else round(paid_s * 1000),
            ),
        )
        visit.bought_items, visit.bought_categories, visit.paid_s = items, categories, paid_s
        if is_paid:
            self._on_payment(visit)
        return "accepted", visit

    def _visit(self, event: Event, at_ms: int) -> Visit | None:
        subject = event.subject
        if subject.tag is not None:
            return self._holder(subject.tag, at_ms)
        code = code_read(subject.visit) if subject.visit else None
        for visit in self._roll.visits.values():
            is_meant = (code is not None and visit.visit_code == code) or (
                subject.shopper is not None and visit.shopper == subject.shopper
            )
            if is_meant and at_ms >= visit.opened_s * 1000 - FRESH_MS:
                return visit
        return None

    def _holder(self, tag: str, at_ms: int) -> Visit | None:
        """Who holds the tag and held it then: what the one before paid is not the next one's."""
        for visit in self._roll.visits.values():
            for handle, held in visit.handles.items():
                pairing = self._roll.book.pairing(handle) if held == tag else None
                if pairing is not None and at_ms >= pairing.opened_s * 1000:
                    return visit
        return None


def _checked(event: Event) -> int:
    """When the event happened, in milliseconds."""
    subject = event.subject
    if [subject.tag, subject.visit, subject.shopper].count(None) != 2:  # noqa: PLR2004 - of three
        raise Refused(400, "subject", "subject: expected exactly one of tag, visit, shopper.")
    if not 0 < len(event.id) <= ID_CHARS_MAX or len(event.items) > ITEMS_MAX:
        text = f"expected an id of 1 to {ID_CHARS_MAX} characters and at most {ITEMS_MAX} items."
        raise Refused(400, "event", text)
    try:
        at = datetime.fromisoformat(event.ts)
    except ValueError:
        raise Refused(400, "ts", "ts: expected RFC 3339 with an offset.") from None
    if at.tzinfo is None:
        raise Refused(400, "ts", "ts: expected RFC 3339 with an offset.")
    return round(at.timestamp() * 1000)
