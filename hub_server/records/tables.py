"""The hub's tables. Each field says its purpose; each table how long a row is kept.

`hub-server inventory` prints exactly this. x,y and sightings have no table.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

METADATA: Final = MetaData()
Kind = type[TypeEngine[Any]]

FOREVER: Final = "while the store runs"
VISIT_DAY: Final = "visit + 24 h; of a remembered shopper until deleted or a year unseen"
MONTH: Final = "30 days, then counts"


def field(name: str, kind: Kind, purpose: str, *extra: ForeignKey, **options: bool) -> Column[Any]:
    """A column whose comment is its purpose; not null unless said."""
    settings: dict[str, Any] = {"nullable": False, **options}
    return Column(name, kind, *extra, comment=purpose, **settings)


def key(name: str, kind: Kind, purpose: str) -> Column[Any]:
    """A column of the primary key."""
    return field(name, kind, purpose, primary_key=True)


def serial(purpose: str = "order of the rows") -> Column[Any]:
    """A row number that SQLite gives."""
    return field("id", Integer, purpose, primary_key=True)


def owned(name: str, target: str, purpose: str, **options: bool) -> Column[Any]:
    """A reference whose row goes with what it names."""
    reference = ForeignKey(target, ondelete="CASCADE")
    return field(name, Text, purpose, reference, index=True, **options)


def table(name: str, keep: str, *items: Column[Any] | UniqueConstraint) -> Table:
    """A table that says how long its rows are kept."""
    return Table(name, METADATA, *items, info={"keep": keep})


AGENTS = table(
    "agents",
    "7 days after it last came up",
    key("store", Text, "which store's agent"),
    key("agent", Text, "which Pi"),
    field("seen_ms", BigInteger, "when it last came up: late or gone"),
    field("version", Text, "what runs there"),
    field("term", Integer, "the highest term heard: a lower one is an old locator"),
)
WATERMARKS = table(
    "watermarks",
    FOREVER,
    key("store", Text, "which store's agent"),
    key("agent", Text, "whose stays"),
    key("outbox", Text, "which outbox file of that agent"),
    field("next_seq", BigInteger, "the row that is expected next: nothing lost, nothing doubled"),
)
LOST = table(
    "lost",
    "1 year",
    serial(),
    field("store", Text, "which store's agent"),
    field("agent", Text, "whose stays were lost"),
    field("outbox", Text, "which outbox file"),
    field("from_seq", BigInteger, "the first row that never came"),
    field("rows_count", BigInteger, "how many never came"),
    field("at_ms", BigInteger, "when the hub noticed"),
)
QUARANTINE = table(
    "quarantine",
    "30 days",
    serial(),
    field("at_ms", BigInteger, "when it came"),
    field("topic", Text, "who sent what breaks the contract"),
    field("reason", Text, "what is wrong with it"),
    field("bytes_count", Integer, "its size; the payload itself is not kept"),
)
TAGS = table(
    "tags",
    FOREVER,
    key("store", Text, "which store's cart or basket"),
    key("tag", Text, "the cart's or basket's permanent name"),
    field("identity", Text, "what its beacon advertises"),
    field("code", Text, "the random code in its QR", unique=True),
    field("carrier", Text, "cart, basket, or what else carries it"),
    field("simulated", Boolean, "nobody carries it: it may be drawn as a dot"),
    field("retired_ms", BigInteger, "when it was taken out of use", nullable=True),
)
SHOPPERS = table(
    "shoppers",
    VISIT_DAY,
    key("shopper", Text, "a random id, made at yes"),
    field("remembered", Boolean, "ticked 'remember me'"),
    field("demo", Boolean, "nobody: a simulated shopper, outside the holdout"),
    field("language", Text, "the language of texts"),
    field("created_ms", BigInteger, "when yes was tapped"),
)
PHONES = table(
    "phones",
    VISIT_DAY,
    key("cookie_sha256", LargeBinary, "recognises the phone's cookie; the cookie is not kept"),
    owned("shopper", "shoppers.shopper", "whose phone"),
    field("joined_visit", Text, "the visit that a second phone looks on", nullable=True),
    field("created_ms", BigInteger, "when the cookie was set"),
)
VISITS = table(
    "visits",
    VISIT_DAY,
    field("store", Text, "where"),
    key("visit", Text, "a random id"),
    owned("shopper", "shoppers.shopper", "whose visit"),
    field("visit_code", Text, "six characters by which any browser may delete", unique=True),
    field("join_code", Text, "by which a second phone joins", unique=True),
    field("intent", Text, "what the shopper said the visit is for", nullable=True),
    field(
        "bought",
        LargeBinary,
        "items and categories bought so far: no message for what is in the bag",
    ),
    field("paused_ms", BigInteger, "since when the shopper paused", nullable=True),
    field("paid_ms", BigInteger, "when the till said paid: it ends soon after", nullable=True),
    field("opened_ms", BigInteger, "when it began"),
    field("ended_ms", BigInteger, "when it ended", nullable=True),
    field("reason", Text, "why it ended", nullable=True),
    field("for_whom", Text, "for whom, as the shopper said", nullable=True),
    field("value", Text, "what counts, as the shopper said: price, time or quality", nullable=True),
    field("minutes", Float, "how much time the shopper said there is", nullable=True),
    field("minutes_said_ms", BigInteger, "when that was said: it runs from there", nullable=True),
    field("pauses", LargeBinary, "when no place was to be kept: late stays go", nullable=True),
)
PAIRINGS = table(
    "pairings",
    VISIT_DAY,
    field("store", Text, "where"),
    key("pairing", Text, "a random id"),
    owned("visit", "visits.visit", "in whose hands"),
    field("tag", Text, "which cart or basket"),
    field("handle", Text, "the tag's only name on the wire; emptied 24 h after the end"),
    field("from_ms", BigInteger, "since when"),
    field("to_ms", BigInteger, "until when", nullable=True),
    field("reason", Text, "why it ended", nullable=True),
)
CONSENTS = table(
    "consents",
    "as long as the shopper; then one receipt without a name",
    serial("the ledger's order"),
    owned("shopper", "shoppers.shopper", "who consented"),
    field("purpose", Text, "locate, message, remember or improve"),
    field("text_version", Integer, "which text was shown"),
    field("text_sha256", Text, "proof of its words"),
    field("language", Text, "in which language"),
    field("how", Text, "by which act"),
    field("given_ms", BigInteger, "when given", nullable=True),
    field("withdrawn_ms", BigInteger, "when withdrawn", nullable=True),
)
STAYS = table(
    "stays",
    MONTH,
    key("store", Text, "where"),
    key("agent", Text, "who located"),
    key("outbox", Text, "which outbox file"),
    key("seq", BigInteger, "its place in that outbox: never twice"),
    owned("visit", "visits.visit", "whose"),
    field("stay", Text, "joins enter and leave; the handle is cut off"),
    field("zone", Text, "in which zone"),
    field("kind", Text, "enter or leave"),
    field("at_ms", BigInteger, "when", index=True),
    field("dwell_s", Integer, "how long, in a leave"),
    field("zone_permille", Integer, "how sure of the zone"),
)
DECISIONS = table(
    "decisions",
    MONTH,
    field("store", Text, "where"),
    key("decision", Text, "a random id"),
    owned("visit", "visits.visit", "to whom"),
    field("at_ms", BigInteger, "when it was decided", index=True),
    field("zone", Text, "where it was decided", nullable=True),
    field("stage", Text, "the journey's stage then", nullable=True),
    field("outcome", Text, "send, silent, or ghost: kept back to compare"),
    field("code", Text, "why silent"),
    field("campaign", Text, "which campaign", nullable=True),
    field("kind", Text, "guide, help, offer or what else", nullable=True),
    field("topic", Text, "what 'not for me' stops", nullable=True),
    field("title", Text, "what the phone shows", nullable=True),
    field("text", Text, "what the phone shows", nullable=True),
    field("for_zone", Text, "the shelf it is about", nullable=True),
    field("why", LargeBinary, "the reasons the phone shows"),
    field("gates", LargeBinary, "every gate and whether it held: shown to the manager"),
    field("snapshot", LargeBinary, "what was known then: decided again, it comes out the same"),
    field("sent_ms", BigInteger, "when it went to a reachable page", nullable=True),
    field("received_ms", BigInteger, "when the page had it", nullable=True),
    field("shown_ms", BigInteger, "when it was visible for 1 s: counts as impact", nullable=True),
    field("tapped_ms", BigInteger, "when it was tapped", nullable=True),
    field("dismissed_ms", BigInteger, "when it was put away", nullable=True),
    field("expired_ms", BigInteger, "when it was no longer true", nullable=True),
    field("feedback", Text, "useful, less, not_for_me, stop_today or wrong_place", nullable=True),
    field("cancelled_ms", BigInteger, "when it was taken back unseen", nullable=True),
    field("cancelled", Text, "why: the gate that no longer held", nullable=True),
    field("bought_ms", BigInteger, "when what it is about was bought in this visit", nullable=True),
    field("channel", Text, "page or push", nullable=True),
    field(
        "propensity", Float, "how likely the choice was: 1 while nothing is drawn", nullable=True
    ),
    field("rule_set", Text, "by which campaigns and limits", nullable=True),
    field("offers", LargeBinary, "what it names, its buttons, who else gets it", nullable=True),
)
MUTES = table(
    "mutes",
    VISIT_DAY,
    owned("shopper", "shoppers.shopper", "who said 'not for me'"),
    field("topic", Text, "to what"),
    field("at_ms", BigInteger, "when"),
    UniqueConstraint("shopper", "topic"),
)
EVENTS = table(
    "events",
    "30 days; of a remembered shopper or under a loyalty number 3 years",
    key("source", Text, "which till or service sent it"),
    key("event", Text, "its own id: the same event counts once"),
    owned("visit", "visits.visit", "in which visit, where known", nullable=True),
    field("type", Text, "payment or what else"),
    field("channel", Text, "where it happened"),
    field("at_ms", BigInteger, "when", index=True),
    field("items", LargeBinary, "what was bought, ordered or given back"),
    owned("shopper", "shoppers.shopper", "whose, where known", nullable=True),
    field("external", Text, "digest of a loyalty number, where given", nullable=True, index=True),
    field(
        "order_digest", Text, "digest of an order's number, where given", nullable=True, index=True
    ),
    field("by_order", Boolean, "only its order's number says whose it is", nullable=True),
    field("data", LargeBinary, "what else the source said: a meter, a state", nullable=True),
    field("came_ms", BigInteger, "when it came: late ones are put in their place", nullable=True),
)
COUNTS = table(
    "counts",
    "3 years",
    key("store", Text, "where"),
    key("day", Text, "which day"),
    key("what", Text, "stays, sent or silent"),
    key("key", Text, "zone, campaign or code"),
    field("rows_count", BigInteger, "how many, of nobody in particular"),
    field("dwell_s", BigInteger, "seconds in total, of stays"),
)
USERS = table(
    "users",
    "until removed",
    key("user", Text, "who may see the floor page"),
    field("password", Text, "scrypt of the password, with its salt"),
    field("created_ms", BigInteger, "since when"),
)
SESSIONS = table(
    "sessions",
    "12 h",
    key("token_sha256", LargeBinary, "recognises a login; the token is not kept"),
    owned("user", "users.user", "whose login"),
    field("expires_ms", BigInteger, "until when"),
)
SOURCES = table(
    "sources",
    "until removed",
    key("source", Text, "which till or service may send events"),
    field("token_sha256", LargeBinary, "recognises its token; the token is not kept", unique=True),
    field("created_ms", BigInteger, "since when"),
)
RECEIPTS = table(
    "receipts",
    "3 years",
    serial(),
    field("given_day", Integer, "days since 1970: a yes was given then; nothing says by whom"),
    field("deleted_day", Integer, "and all that hung on it was deleted then"),
    field("purposes", Text, "for what the yes was"),
    field("text_version", Integer, "which text was shown"),
    field("text_sha256", Text, "proof of its words"),
    field("language", Text, "in which language"),
)
