"""The store's tags: which cart advertises what, and the code in its QR."""

import csv
import html
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Insert, Update, insert, select, update
from sqlalchemy import Row as Found

from hub_server.database import Database
from hub_server.records.tables import TAGS
from hub_server.sessions import is_id, random_id

COLUMNS: Final = ("tag", "identity", "carrier", "code")
# A code must not be guessable: the 128 bits that we draw ourselves.
CODE_CHARS_MIN: Final = 26
# A store of 2,000 carts is a big one; a file past this is not a list of tags.
TAGS_MAX: Final = 20_000
EXPECTED: Final = {
    "tag": "letters, digits, . _ -",
    "identity": "letters, digits, . _ -",
    "code": f"nothing, or at least {CODE_CHARS_MIN} random letters and digits",
}
SHEET_STYLE: Final = (
    "body{font:14px system-ui;margin:1cm}"
    "ul{display:grid;grid-template-columns:repeat(3,1fr);gap:1cm;list-style:none;padding:0}"
    "li{break-inside:avoid;text-align:center;border:1px dashed #999;padding:3mm}"
    "svg{display:block;width:100%;height:auto}p{margin:1mm 0}b{font-size:11px;color:#555}"
)
# What a shopper reads beside the code before scanning it.
SHEET_HINT: Final = "Scan for the store's map.<br>You decide what we see."


class TagError(ValueError):
    """A tag list that cannot be imported; the text has a line a problem."""


class Row(msgspec.Struct, frozen=True):
    """One line of a tag list."""

    tag: str
    identity: str
    carrier: str = "cart"
    code: str = ""
    """The code of a QR that is printed already; empty: a new one is drawn."""


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One cart, basket, or simulated shopper."""

    tag: str
    identity: str
    code: str
    carrier: str
    simulated: bool
    retired: bool


class TagTable:
    """The tags of one store, read from the database and kept at hand."""

    def __init__(self, database: Database, store: str) -> None:
        self._database = database
        self._store = store
        self._by_code: dict[str, Tag] = {}
        self._by_tag: dict[str, Tag] = {}
        self.reload()

    def reload(self) -> None:
        """Read the table again: `tags import` may have run beside the hub."""
        rows = self._database.read(
            select(TAGS).where(TAGS.c.store == self._store).order_by(TAGS.c.tag)
        )
        tags = [_tag(row) for row in rows]
        self._by_code = {tag.code: tag for tag in tags}
        self._by_tag = {tag.tag: tag for tag in tags}

    def __iter__(self) -> Iterator[Tag]:
        return iter(self._by_tag.values())

    def by_code(self, code: str) -> Tag | None:
        """The tag whose QR holds `code`."""
        return self._by_code.get(code)

    def by_tag(self, tag: str) -> Tag | None:
        """The tag of that name."""
        return self._by_tag.get(tag)

    def replace(self, rows: Iterable[Row], *, simulated: Callable[[str], bool]) -> int:
        """Add new tags and change known ones; a known tag keeps its code. Returns the number.

        Raises:
            TagError: two tags would have one code, or two live ones one identity.
        """
        rows = list(rows)
        self.reload()
        problems = list(self._clashes(rows))
        if problems:
            raise TagError("\n".join(problems))
        with self._database.begin() as connection:
            for row in rows:
                values = {
                    "identity": row.identity,
                    "carrier": row.carrier,
                    "simulated": simulated(row.identity),
                }
                known = self._by_tag.get(row.tag)
                code = row.code or (known.code if known else random_id())
                statement: Insert | Update = insert(TAGS).values(
                    store=self._store, tag=row.tag, code=code, **values
                )
                if known:
                    statement = update(TAGS).where(*self._is(row.tag)).values(code=code, **values)
                connection.execute(statement)
        self.reload()
        return len(rows)

    def retire(self, tag: str, now_ms: int) -> bool:
        """Take `tag` out of use: its code opens nothing more. False when there is none."""
        touched = self._database.write(update(TAGS).where(*self._is(tag)).values(retired_ms=now_ms))
        self.reload()
        return touched == 1

    def sheet(self, public_url: str) -> str:
        """An HTML page to print: a QR a tag, with the tag's name below."""
        items = "".join(
            f"<li>{_qr(public_url, tag.code)}<p>{SHEET_HINT}</p><b>{html.escape(tag.tag)}</b></li>"
            for tag in self
            if not tag.retired
        )
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{self._store}</title>'
            f"<style>{SHEET_STYLE}</style><ul>{items}</ul></html>\n"
        )

    def _clashes(self, rows: list[Row]) -> Iterator[str]:
        """What the table would hold twice after `rows`, with the names of both tags."""
        new = {row.tag: row for row in rows}
        identities: dict[str, str] = {}
        codes: dict[str, str] = {}
        for tag in sorted({*self._by_tag, *new}):
            known, row = self._by_tag.get(tag), new.get(tag)
            code = (row.code if row else "") or (known.code if known else "")
            found = [("code", code, codes.setdefault(code, tag))] if code else []
            if known is None or not known.retired:
                identity = row.identity if row else known.identity if known else ""
                found.append(("identity", identity, identities.setdefault(identity, tag)))
            for what, value, first in found:
                if first != tag:
                    yield (
                        f"tags: {what} {value!r} of both {first!r} and {tag!r}, expected one tag "
                        "with it; ops retires one of them or mends the list"
                    )

    def _is(self, tag: str) -> tuple[ColumnElement[bool], ...]:
        return (TAGS.c.store == self._store, TAGS.c.tag == tag)


def parse_csv(data: bytes) -> list[Row]:
    """The rows of a CSV file with columns tag, identity and, if wanted, carrier and code.

    Raises:
        TagError: every line that is wrong, what was found and what was expected.
    """
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
        found = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"tags: {error}; expected CSV in UTF-8; whoever wrote the list mends it"
        raise TagError(msg) from None
    missing = {"tag", "identity"} - set(reader.fieldnames or ())
    if missing:
        msg = f"tags: no column {sorted(missing)}; expected {','.join(COLUMNS)}"
        raise TagError(msg)
    rows = [
        Row(r["tag"] or "", r["identity"] or "", r.get("carrier") or "cart", r.get("code") or "")
        for r in found
    ]
    problems = list(_problems(rows))
    if problems:
        raise TagError("\n".join(problems))
    return rows


def _problems(rows: list[Row]) -> Iterator[str]:
    if len(rows) > TAGS_MAX:
        yield f"tags: {len(rows)} rows, expected at most {TAGS_MAX}"
        return
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, start=2):
        for name in ("tag", "identity", "code"):
            value = getattr(row, name)
            if not _fits(name, value):
                yield f"tags line {number}: {name} {value!r}, expected {EXPECTED[name]}"
            elif value and (name, value) in seen:
                yield f"tags line {number}: {name} {value!r} twice, expected it once"
            seen.add((name, value))


def _fits(name: str, value: str) -> bool:
    if name == "code":
        return not value or (len(value) >= CODE_CHARS_MIN and is_id(value))
    return is_id(value)


def _qr(public_url: str, code: str) -> str:
    # Only the sheet of codes needs it: 4 MB that a running hub does without.
    import segno  # noqa: PLC0415

    url = f"{public_url}/t/{code}"
    return str(segno.make_qr(url, error="m").svg_inline(omitsize=True, border=4))


def _tag(row: Found[tuple[object, ...]]) -> Tag:
    return Tag(
        tag=row.tag,
        identity=row.identity,
        code=row.code,
        carrier=row.carrier,
        simulated=row.simulated,
        retired=row.retired_ms is not None,
    )
