"""The tables around a message: what was reserved for it, how it went out, by which rules."""

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Text

from hub_server.records.tables import MONTH, field, key, owned, table

RESERVATIONS = table(
    "reservations",
    "30 days",
    key("decision", Text, "for which message"),
    field(
        "subject", Text, "whom caps count for: the remembered shopper, else the visit", index=True
    ),
    owned("visit", "visits.visit", "in which visit it was said"),
    field("campaign", Text, "of which campaign"),
    field("kind", Text, "of which kind"),
    field("topic", Text, "of which topic"),
    field("channel", Text, "page or push"),
    field("categories", LargeBinary, "of what it was about"),
    field("exempt", Boolean, "service or safety: no cap counts it"),
    field("at_ms", BigInteger, "when"),
    field("released_ms", BigInteger, "given back: it was never shown", nullable=True),
)
PUSHES = table(
    "pushes",
    MONTH,
    owned("decision", "decisions.decision", "which message: pushed once", primary_key=True),
    field("at_ms", BigInteger, "when it was taken up"),
    field("tries", Integer, "how often it was sent"),
    field("state", Text, "sending, accepted, gone, expired, refused or cancelled"),
)
CAMPAIGN_STATES = table(
    "campaign_states",
    "while the campaign is paused",
    key("store", Text, "where"),
    key("campaign", Text, "which campaign; * is all of them"),
    field("paused_ms", BigInteger, "since when nothing of it is said"),
    field("reason", Text, "why"),
    field("paused_by", Text, "which manager, or guardrail"),
)
RULE_SETS = table(
    "rule_sets",
    "as long as a decision that it made",
    key("sha256", Text, "names campaigns, limits and map by their content"),
    field("store", Text, "where"),
    field(
        "campaigns",
        LargeBinary,
        "the campaigns as they stood: decided again, it comes out the same",
    ),
    field("limits", LargeBinary, "the limits as they stood"),
    field("map_sha", Text, "on which map"),
    field("since_ms", BigInteger, "since when"),
)
