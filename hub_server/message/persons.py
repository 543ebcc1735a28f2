"""As what a shopper is counted as a person already, by the rows that are kept of them.

A hub that starts again, and a shopper who comes back within 30 days, make nobody two persons.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select

from hub_server.database import Database
from hub_server.decide import GateResult
from hub_server.impact.guardrails import COUNTED
from hub_server.impact.tallies import ANY, OF_ONE_KEY, Persons
from hub_server.message.answers import LATE_S, judged
from hub_server.records.tables import DECISIONS, VISITS
from hub_server.visit.visits import Visit

# No manager's figure reaches further back, and rows of decisions are kept no longer.
WINDOW_MS: Final = 30 * 86_400_000
_gates: Final = msgspec.json.Decoder(tuple[GateResult, ...])
# Column of a message's row to what it is counted as.
FATES: Final = (
    ("shown_ms", "m_shown"),
    ("tapped_ms", "m_tapped"),
    ("dismissed_ms", "m_dismissed"),
    ("expired_ms", "m_expired"),
    ("cancelled_ms", "m_cancelled"),
)


def counted_before(database: Database, visit: Visit) -> Persons:
    """What the decisions on a visit's shopper were counted as, in this visit and others."""
    rows = database.read(
        select(DECISIONS)
        .join(VISITS, VISITS.c.visit == DECISIONS.c.visit)
        .where(VISITS.c.shopper == visit.shopper)
        .where(DECISIONS.c.at_ms > round(visit.opened_s * 1000) - WINDOW_MS)
    )
    found: Persons = set()
    for row in rows:
        for what, key in _marks(row):
            found |= {(what, ANY)} if what in OF_ONE_KEY else {(what, key), (what, ANY)}
    return found


def _marks(row: Row[Any]) -> Iterator[tuple[str, str]]:
    for gate in _gates.decode(row.gates):
        if gate.campaign is not None and not gate.ok:
            yield "no_of", f"{gate.campaign} {gate.gate}"
    if row.outcome == "silent":
        yield "no", row.code
    elif row.outcome == "ghost":
        yield "m_ghost", row.campaign
    else:
        yield from _message(row)


def _message(row: Row[Any]) -> Iterator[tuple[str, str]]:
    yield "m_said", row.campaign
    yield "said_kind", row.kind
    yield from ((what, row.campaign) for column, what in FATES if getattr(row, column) is not None)
    answer = judged(row.feedback, dismissed=row.dismissed_ms is not None)
    yield from ((what, row.campaign) for what in answer if what not in COUNTED)
    if row.shown_ms is not None:
        yield "q_shown", ANY
        if row.shown_ms - row.at_ms > LATE_S * 1000:
            yield "m_late", row.campaign
