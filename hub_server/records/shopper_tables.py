"""The tables of what a shopper said, wants and has: each goes with the shopper."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Float, Integer, LargeBinary, Text

from hub_server.records.tables import VISIT_DAY, field, key, owned, serial, table

HISTORY: Final = "3 years; under a loyalty number, without a name"

PREFERENCES = table(
    "preferences",
    VISIT_DAY,
    owned("shopper", "shoppers.shopper", "whose choices", primary_key=True),
    field("plain", Boolean, "just prices and stock: no history is read"),
    field("alone_until_ms", BigInteger, "'leave me alone today': until then", nullable=True),
    field("push", Boolean, "push may be used"),
    field("sensitive_ok", Boolean, "messages about sensitive products are wanted"),
    field("surprises", Boolean, "surprises are wanted"),
    field("less_topics", LargeBinary, "topics to hear less of"),
)
FACTS = table(
    "facts",
    VISIT_DAY,
    owned("shopper", "shoppers.shopper", "about whom", primary_key=True),
    key("fact", Text, "what: as value, or topic:finding"),
    field("said", Text, "what the shopper declared; beats what is inferred", nullable=True),
    field("forgotten_ms", BigInteger, "deleted: no evidence of before counts", nullable=True),
    field("at_ms", BigInteger, "since when"),
)
OPINIONS = table(
    "opinions",
    VISIT_DAY,
    owned("shopper", "shoppers.shopper", "whose answers", primary_key=True),
    key("topic", Text, "to which topic"),
    field("useful", Integer, "how often useful"),
    field("less", Integer, "how often less, never or put away"),
    field("at_ms", BigInteger, "the last one"),
)
GIFTS = table(
    "gifts",
    VISIT_DAY,
    owned("shopper", "shoppers.shopper", "who plans the surprise", primary_key=True),
    key("mark", Text, "digest of the item or category: shown nowhere"),
)
LIST_LINES = table(
    "list_lines",
    VISIT_DAY,
    key("line", Text, "a random id"),
    owned("shopper", "shoppers.shopper", "whose shopping list"),
    field("position", Integer, "the order in which lines were written"),
    field("text", Text, "what the shopper wrote"),
    field("item", Text, "what the catalogue calls it", nullable=True),
    field("done_ms", BigInteger, "when it was ticked off", nullable=True),
    field("visited_ms", BigInteger, "when its shelf was stopped at", nullable=True),
    field("passed_ms", BigInteger, "when it was passed without a stop", nullable=True),
    field("at_ms", BigInteger, "when written, or opened again"),
)
LINKS = table(
    "links",
    VISIT_DAY,
    key("external", Text, "digest of a loyalty number"),
    owned("shopper", "shoppers.shopper", "who linked it"),
    field("at_ms", BigInteger, "when"),
)
PURCHASES = table(
    "purchases",
    HISTORY,
    key("basket", Text, "which receipt"),
    key("line", Integer, "which line of it: imported twice it counts once"),
    field("external", Text, "digest of a loyalty number, where known", nullable=True, index=True),
    field("at_ms", BigInteger, "when it was bought", index=True),
    field("item", Text, "what"),
    field("quantity", Float, "how many"),
    field("unit_price", Float, "for how much each: the receipt says so"),
)
LASTING = table(
    "lasting",
    "as long as the hub",
    key("item", Text, "what lasts and was bought, by nobody in particular; it may be sold no more"),
    field("category", Text, "of which category it was"),
    field("horizon_days", Float, "for how long one is enough"),
    field("sensitive", Boolean, "nobody but the shopper may read of it"),
)
GAPS = table(
    "gaps",
    "until the next import of purchases",
    key("category", Text, "of which category, of nobody in particular; empty is all"),
    field("gap_days", Float, "how long one lasts: the median between two purchases"),
    field("gaps_count", Integer, "of how many that is the median"),
)
PUSH_SUBSCRIPTIONS = table(
    "push_subscriptions",
    "as long as the shopper; unused 60 days",
    key("subscription", Text, "a random id"),
    owned("shopper", "shoppers.shopper", "whose phone it wakes"),
    field("cookie_sha256", LargeBinary, "which phone subscribed; its cookie is not kept"),
    field("endpoint", Text, "where the browser's push service listens", unique=True),
    field("p256dh", Text, "the browser's public key: only it can read the message"),
    field("auth", Text, "the browser's part of the message's key"),
    field("created_ms", BigInteger, "since when"),
    field("used_ms", BigInteger, "when it last took a message"),
)
TASKS = table(
    "tasks",
    "24 h after it is over",
    key("task", Text, "a random id"),
    field("store", Text, "where"),
    owned("visit", "visits.visit", "who asked, where somebody did", nullable=True),
    field("kind", Text, "help, bring or call"),
    field("about", Text, "what the shopper wrote", nullable=True),
    field("item", Text, "what is to be brought", nullable=True),
    field("zone", Text, "in which zone", nullable=True),
    field("at_ms", BigInteger, "when asked"),
    field("escalated_ms", BigInteger, "when it had waited too long", nullable=True),
    field("taken_ms", BigInteger, "when somebody took it", nullable=True),
    field("taken_by", Text, "who of the staff comes", nullable=True),
    field("minutes", Float, "in how many minutes, as they said", nullable=True),
    field("over_ms", BigInteger, "when it was done or called off", nullable=True),
    field("outcome", Text, "done or cancelled", nullable=True),
)
IDEAS = table(
    "ideas",
    "1 year",
    serial(),
    field("store", Text, "where"),
    field("day", Text, "on which day; nothing says by whom"),
    field("campaign", Text, "about which message", nullable=True),
    field("text", Text, "what the shopper wrote"),
)
