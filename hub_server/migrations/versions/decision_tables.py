"""The decision: choices, gifts, lists, tasks, purchases, pushes, reservations, rule sets."""

from typing import Final

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STEPS: Final = (
    "ALTER TABLE visits ADD COLUMN for_whom TEXT",
    "ALTER TABLE visits ADD COLUMN value TEXT",
    "ALTER TABLE visits ADD COLUMN minutes FLOAT",
    "ALTER TABLE visits ADD COLUMN minutes_said_ms BIGINT",
    "ALTER TABLE visits ADD COLUMN pauses BLOB",
    "ALTER TABLE events ADD COLUMN shopper TEXT REFERENCES shoppers (shopper) ON DELETE CASCADE",
    "ALTER TABLE events ADD COLUMN external TEXT",
    "ALTER TABLE events ADD COLUMN order_digest TEXT",
    "ALTER TABLE events ADD COLUMN by_order BOOLEAN",
    "ALTER TABLE events ADD COLUMN data BLOB",
    "ALTER TABLE events ADD COLUMN came_ms BIGINT",
    "CREATE INDEX ix_events_at_ms ON events (at_ms)",
    "CREATE INDEX ix_events_external ON events (external)",
    "CREATE INDEX ix_events_order_digest ON events (order_digest)",
    "CREATE INDEX ix_events_shopper ON events (shopper)",
    "ALTER TABLE decisions ADD COLUMN cancelled_ms BIGINT",
    "ALTER TABLE decisions ADD COLUMN cancelled TEXT",
    "ALTER TABLE decisions ADD COLUMN bought_ms BIGINT",
    "ALTER TABLE decisions ADD COLUMN channel TEXT",
    "ALTER TABLE decisions ADD COLUMN propensity FLOAT",
    "ALTER TABLE decisions ADD COLUMN rule_set TEXT",
    "ALTER TABLE decisions ADD COLUMN offers BLOB",
    """
CREATE TABLE preferences (
    shopper TEXT NOT NULL,
    plain BOOLEAN NOT NULL,
    alone_until_ms BIGINT,
    push BOOLEAN NOT NULL,
    sensitive_ok BOOLEAN NOT NULL,
    surprises BOOLEAN NOT NULL,
    less_topics BLOB NOT NULL,
    PRIMARY KEY (shopper),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_preferences_shopper ON preferences (shopper)",
    """
CREATE TABLE facts (
    shopper TEXT NOT NULL,
    fact TEXT NOT NULL,
    said TEXT,
    forgotten_ms BIGINT,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (shopper, fact),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_facts_shopper ON facts (shopper)",
    """
CREATE TABLE opinions (
    shopper TEXT NOT NULL,
    topic TEXT NOT NULL,
    useful INTEGER NOT NULL,
    less INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (shopper, topic),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_opinions_shopper ON opinions (shopper)",
    """
CREATE TABLE gifts (
    shopper TEXT NOT NULL,
    mark TEXT NOT NULL,
    PRIMARY KEY (shopper, mark),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_gifts_shopper ON gifts (shopper)",
    """
CREATE TABLE list_lines (
    line TEXT NOT NULL,
    shopper TEXT NOT NULL,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    item TEXT,
    done_ms BIGINT,
    visited_ms BIGINT,
    passed_ms BIGINT,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (line),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_list_lines_shopper ON list_lines (shopper)",
    """
CREATE TABLE links (
    external TEXT NOT NULL,
    shopper TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (external),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_links_shopper ON links (shopper)",
    """
CREATE TABLE purchases (
    basket TEXT NOT NULL,
    line INTEGER NOT NULL,
    external TEXT,
    at_ms BIGINT NOT NULL,
    item TEXT NOT NULL,
    quantity FLOAT NOT NULL,
    unit_price FLOAT NOT NULL,
    PRIMARY KEY (basket, line)
)
    """,
    "CREATE INDEX ix_purchases_at_ms ON purchases (at_ms)",
    "CREATE INDEX ix_purchases_external ON purchases (external)",
    """
CREATE TABLE lasting (
    item TEXT NOT NULL,
    category TEXT NOT NULL,
    horizon_days FLOAT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    PRIMARY KEY (item)
)
    """,
    """
CREATE TABLE gaps (
    category TEXT NOT NULL,
    gap_days FLOAT NOT NULL,
    gaps_count INTEGER NOT NULL,
    PRIMARY KEY (category)
)
    """,
    """
CREATE TABLE push_subscriptions (
    subscription TEXT NOT NULL,
    shopper TEXT NOT NULL,
    cookie_sha256 BLOB NOT NULL,
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL,
    PRIMARY KEY (subscription),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE,
    UNIQUE (endpoint)
)
    """,
    "CREATE INDEX ix_push_subscriptions_shopper ON push_subscriptions (shopper)",
    """
CREATE TABLE tasks (
    task TEXT NOT NULL,
    store TEXT NOT NULL,
    visit TEXT,
    kind TEXT NOT NULL,
    about TEXT,
    item TEXT,
    zone TEXT,
    at_ms BIGINT NOT NULL,
    escalated_ms BIGINT,
    taken_ms BIGINT,
    taken_by TEXT,
    minutes FLOAT,
    over_ms BIGINT,
    outcome TEXT,
    PRIMARY KEY (task),
    FOREIGN KEY(visit) REFERENCES visits (visit) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_tasks_visit ON tasks (visit)",
    """
CREATE TABLE ideas (
    id INTEGER NOT NULL,
    store TEXT NOT NULL,
    day TEXT NOT NULL,
    campaign TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (id)
)
    """,
    """
CREATE TABLE reservations (
    decision TEXT NOT NULL,
    subject TEXT NOT NULL,
    visit TEXT NOT NULL,
    campaign TEXT NOT NULL,
    kind TEXT NOT NULL,
    topic TEXT NOT NULL,
    channel TEXT NOT NULL,
    categories BLOB NOT NULL,
    exempt BOOLEAN NOT NULL,
    at_ms BIGINT NOT NULL,
    released_ms BIGINT,
    PRIMARY KEY (decision),
    FOREIGN KEY(visit) REFERENCES visits (visit) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_reservations_subject ON reservations (subject)",
    "CREATE INDEX ix_reservations_visit ON reservations (visit)",
    """
CREATE TABLE pushes (
    decision TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    tries INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (decision),
    FOREIGN KEY(decision) REFERENCES decisions (decision) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_pushes_decision ON pushes (decision)",
    """
CREATE TABLE campaign_states (
    store TEXT NOT NULL,
    campaign TEXT NOT NULL,
    paused_ms BIGINT NOT NULL,
    reason TEXT NOT NULL,
    paused_by TEXT NOT NULL,
    PRIMARY KEY (store, campaign)
)
    """,
    """
CREATE TABLE rule_sets (
    sha256 TEXT NOT NULL,
    store TEXT NOT NULL,
    campaigns BLOB NOT NULL,
    limits BLOB NOT NULL,
    map_sha TEXT NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (sha256)
)
    """,
)


def upgrade() -> None:
    """Add them."""
    for statement in STEPS:
        op.execute(statement)


def downgrade() -> None:
    """A hub goes forward only; ops restores a backup."""
