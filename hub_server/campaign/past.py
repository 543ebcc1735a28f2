"""The stored moments of a store's visits, for a backtest: read, never shown."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import msgspec
from sqlalchemy import Row, case, select

from hub_server.campaign.backtest import Past
from hub_server.database import Database
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.records.tables import DECISIONS, SHOPPERS, VISITS

TURNED_DOWN: Final = frozenset({"less", "not_for_me", "stop_today"})
# A few thousand rows of some kilobytes: a busy week does not have to fit into memory.
VISITS_AT_ONCE: Final = 200
_snapshot: Final = msgspec.json.Decoder(ContextSnapshot)


def past(database: Database, store: str, from_ms: int) -> Iterator[Past]:
    """Every moment decided on since `from_ms`, visit by visit as they began, in order of time.

    A moment stored by a version with other fields is left out.
    """
    columns = DECISIONS.c
    is_meant = (columns.store == store) & (columns.at_ms >= from_ms)
    begun = (
        select(columns.visit)
        .join(VISITS, VISITS.c.visit == columns.visit)
        .where(is_meant)
        .group_by(columns.visit)
        .order_by(VISITS.c.opened_ms, columns.visit)
    )
    visits = [row.visit for row in database.read(begun)]
    for start in range(0, len(visits), VISITS_AT_ONCE):
        rows = database.read(
            select(
                columns.visit,
                columns.topic,
                columns.snapshot,
                columns.dismissed_ms,
                columns.feedback,
                case((SHOPPERS.c.remembered, SHOPPERS.c.shopper), else_="").label("person"),
            )
            .join(VISITS, VISITS.c.visit == columns.visit)
            .join(SHOPPERS, SHOPPERS.c.shopper == VISITS.c.shopper)
            .where(is_meant, columns.visit.in_(visits[start : start + VISITS_AT_ONCE]))
            .order_by(VISITS.c.opened_ms, columns.visit, columns.at_ms, columns.decision)
        )
        for _, of_visit in groupby(rows, key=lambda row: row.visit):
            yield from _of_visit(of_visit)


def _of_visit(rows: Iterable[Row[Any]]) -> Iterator[Past]:
    refused = frozenset[str]()
    for row in rows:
        try:
            snapshot = _snapshot.decode(row.snapshot)
        except msgspec.ValidationError:
            continue
        yield Past(row.visit, snapshot, refused, row.person)
        if row.topic and (row.dismissed_ms is not None or row.feedback in TURNED_DOWN):
            refused |= {row.topic}
