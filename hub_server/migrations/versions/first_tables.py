"""The first tables, as they were at version 0.1; a step is never changed once it is out."""

from typing import Final

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES: Final = (
    """
CREATE TABLE agents (
    store TEXT NOT NULL,
    agent TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    version TEXT NOT NULL,
    term INTEGER NOT NULL,
    PRIMARY KEY (store, agent)
)
    """,
    """
CREATE TABLE counts (
    store TEXT NOT NULL,
    day TEXT NOT NULL,
    what TEXT NOT NULL,
    "key" TEXT NOT NULL,
    rows_count BIGINT NOT NULL,
    dwell_s BIGINT NOT NULL,
    PRIMARY KEY (store, day, what, "key")
)
    """,
    """
CREATE TABLE lost (
    id INTEGER NOT NULL,
    store TEXT NOT NULL,
    agent TEXT NOT NULL,
    outbox TEXT NOT NULL,
    from_seq BIGINT NOT NULL,
    rows_count BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (id)
)
    """,
    """
CREATE TABLE quarantine (
    id INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    bytes_count INTEGER NOT NULL,
    PRIMARY KEY (id)
)
    """,
    """
CREATE TABLE receipts (
    id INTEGER NOT NULL,
    given_day INTEGER NOT NULL,
    deleted_day INTEGER NOT NULL,
    purposes TEXT NOT NULL,
    text_version INTEGER NOT NULL,
    text_sha256 TEXT NOT NULL,
    language TEXT NOT NULL,
    PRIMARY KEY (id)
)
    """,
    """
CREATE TABLE shoppers (
    shopper TEXT NOT NULL,
    remembered BOOLEAN NOT NULL,
    demo BOOLEAN NOT NULL,
    language TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (shopper)
)
    """,
    """
CREATE TABLE sources (
    source TEXT NOT NULL,
    token_sha256 BLOB NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (source),
    UNIQUE (token_sha256)
)
    """,
    """
CREATE TABLE tags (
    store TEXT NOT NULL,
    tag TEXT NOT NULL,
    identity TEXT NOT NULL,
    code TEXT NOT NULL,
    carrier TEXT NOT NULL,
    simulated BOOLEAN NOT NULL,
    retired_ms BIGINT,
    PRIMARY KEY (store, tag),
    UNIQUE (code)
)
    """,
    """
CREATE TABLE users (
    user TEXT NOT NULL,
    password TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (user)
)
    """,
    """
CREATE TABLE watermarks (
    store TEXT NOT NULL,
    agent TEXT NOT NULL,
    outbox TEXT NOT NULL,
    next_seq BIGINT NOT NULL,
    PRIMARY KEY (store, agent, outbox)
)
    """,
    """
CREATE TABLE consents (
    id INTEGER NOT NULL,
    shopper TEXT NOT NULL,
    purpose TEXT NOT NULL,
    text_version INTEGER NOT NULL,
    text_sha256 TEXT NOT NULL,
    language TEXT NOT NULL,
    how TEXT NOT NULL,
    given_ms BIGINT,
    withdrawn_ms BIGINT,
    PRIMARY KEY (id),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_consents_shopper ON consents (shopper)",
    """
CREATE TABLE mutes (
    shopper TEXT NOT NULL,
    topic TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    UNIQUE (shopper, topic),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_mutes_shopper ON mutes (shopper)",
    """
CREATE TABLE phones (
    cookie_sha256 BLOB NOT NULL,
    shopper TEXT NOT NULL,
    joined_visit TEXT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (cookie_sha256),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_phones_shopper ON phones (shopper)",
    """
CREATE TABLE sessions (
    token_sha256 BLOB NOT NULL,
    user TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (token_sha256),
    FOREIGN KEY(user) REFERENCES users (user) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_sessions_user ON sessions (user)",
    """
CREATE TABLE visits (
    store TEXT NOT NULL,
    visit TEXT NOT NULL,
    shopper TEXT NOT NULL,
    visit_code TEXT NOT NULL,
    join_code TEXT NOT NULL,
    intent TEXT,
    bought BLOB NOT NULL,
    paused_ms BIGINT,
    paid_ms BIGINT,
    opened_ms BIGINT NOT NULL,
    ended_ms BIGINT,
    reason TEXT,
    PRIMARY KEY (visit),
    FOREIGN KEY(shopper) REFERENCES shoppers (shopper) ON DELETE CASCADE,
    UNIQUE (visit_code),
    UNIQUE (join_code)
)
    """,
    "CREATE INDEX ix_visits_shopper ON visits (shopper)",
    """
CREATE TABLE decisions (
    store TEXT NOT NULL,
    decision TEXT NOT NULL,
    visit TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    zone TEXT,
    stage TEXT,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    campaign TEXT,
    kind TEXT,
    topic TEXT,
    title TEXT,
    text TEXT,
    for_zone TEXT,
    why BLOB NOT NULL,
    gates BLOB NOT NULL,
    snapshot BLOB NOT NULL,
    sent_ms BIGINT,
    received_ms BIGINT,
    shown_ms BIGINT,
    tapped_ms BIGINT,
    dismissed_ms BIGINT,
    expired_ms BIGINT,
    feedback TEXT,
    PRIMARY KEY (decision),
    FOREIGN KEY(visit) REFERENCES visits (visit) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_decisions_at_ms ON decisions (at_ms)",
    "CREATE INDEX ix_decisions_visit ON decisions (visit)",
    """
CREATE TABLE events (
    source TEXT NOT NULL,
    event TEXT NOT NULL,
    visit TEXT,
    type TEXT NOT NULL,
    channel TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    items BLOB NOT NULL,
    PRIMARY KEY (source, event),
    FOREIGN KEY(visit) REFERENCES visits (visit) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_events_visit ON events (visit)",
    """
CREATE TABLE pairings (
    store TEXT NOT NULL,
    pairing TEXT NOT NULL,
    visit TEXT NOT NULL,
    tag TEXT NOT NULL,
    handle TEXT NOT NULL,
    from_ms BIGINT NOT NULL,
    to_ms BIGINT,
    reason TEXT,
    PRIMARY KEY (pairing),
    FOREIGN KEY(visit) REFERENCES visits (visit) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_pairings_visit ON pairings (visit)",
    """
CREATE TABLE stays (
    store TEXT NOT NULL,
    agent TEXT NOT NULL,
    outbox TEXT NOT NULL,
    seq BIGINT NOT NULL,
    visit TEXT NOT NULL,
    stay TEXT NOT NULL,
    zone TEXT NOT NULL,
    kind TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    dwell_s INTEGER NOT NULL,
    zone_permille INTEGER NOT NULL,
    PRIMARY KEY (store, agent, outbox, seq),
    FOREIGN KEY(visit) REFERENCES visits (visit) ON DELETE CASCADE
)
    """,
    "CREATE INDEX ix_stays_at_ms ON stays (at_ms)",
    "CREATE INDEX ix_stays_visit ON stays (visit)",
)


def upgrade() -> None:
    """Create every table."""
    for statement in TABLES:
        op.execute(statement)


def downgrade() -> None:
    """There is nothing before it."""
