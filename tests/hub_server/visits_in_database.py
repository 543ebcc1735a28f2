"""Shoppers and visits put straight into a database, for what hangs on them."""

from pathlib import Path

from sqlalchemy import insert, select

from hub_server.database import Database
from hub_server.records.tables import SHOPPERS, VISITS
from tests.hub_server.conftest import fresh_database

NOW_S = 1_790_000_000.0


def add_visit(path: Path, visit: str, shopper: str, database: Database | None = None) -> Database:
    """The open database at `path` (made where there is none) with one more visit."""
    if database is None:
        if not path.exists():
            path.write_bytes(fresh_database())
        database = Database(path, alone=False)
    known = database.read(select(SHOPPERS).where(SHOPPERS.c.shopper == shopper))
    now_ms = round(NOW_S * 1000)
    if not known:
        database.write(
            insert(SHOPPERS).values(
                shopper=shopper, remembered=True, demo=False, language="en", created_ms=now_ms
            )
        )
    database.write(
        insert(VISITS).values(
            store="corner-market",
            visit=visit,
            shopper=shopper,
            visit_code=visit,
            join_code=f"join-{visit}",
            bought=b"{}",
            opened_ms=now_ms,
        )
    )
    return database
