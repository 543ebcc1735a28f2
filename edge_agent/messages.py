"""The wire contract: topics and payloads between agents, locator and hub.

JSON by msgspec, tagged by `type`, `v` = 1. A receiver ignores fields it does not know; a new field
comes with a default. What breaks the contract raises `BadMessage`, never anything else.
"""

from typing import Annotated, Final, Literal

import msgspec

VERSION: Final = 1
ROOT: Final = "instep/v1"

# Ids are topic-safe by FORMATS: no `/`, `+`, `#`, no space, no leading dot.
ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# One second of a busy store: 1,000 tags heard by one agent, 30 packets each, is far below this.
ROWS_MAX: Final = 50_000
# An agent may say nothing that takes longer to decode than a tick; the broker's limit is the same.
PAYLOAD_BYTES_MAX: Final = 4 * 1024 * 1024

# The anchors and beacons of the largest map are fewer.
SUSPECTS_MAX: Final = 5_000
WORD_MAX: Final = 32

# What a suspect anchor looks like: (what it does, where to look).
SIGNS: Final = {
    "weaker": (
        "reads {change_db:.0f} dB weaker than it should",
        "at its antenna, its power supply and what stands in front of it",
    ),
    "stronger": (
        "reads {change_db:.0f} dB stronger than it should",
        "whether its antenna or transmit power was changed",
    ),
    "side": (
        "reads differently towards the {towards} side on the map",
        "for something new on that side, and whether it was turned",
    ),
    "turned": ("reads as if it had been turned", "at how it hangs"),
    "moved": (
        "reads as if it hung some {moved_m:.0f} m further {towards} on the map",
        "whether it was moved",
    ),
    "swapped": (
        "reads as if it had changed places with {other}",
        "whether the two were swapped",
    ),
    "odd": (
        "reads as if it hung elsewhere",
        "whether it was moved, turned or covered, and else calibrates again",
    ),
    "silent": ("is silent while its neighbours are not", "at its power, radio and network"),
}

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
AgeMs = Annotated[float, msgspec.Meta(ge=0.0, le=86_400_000.0)]
RssiDbm = Annotated[float, msgspec.Meta(ge=-127.0, le=20.0)]
MetresM = Annotated[float, msgspec.Meta(ge=-20_000.0, le=20_000.0)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Sequence = Annotated[int, msgspec.Meta(ge=1)]
Sha = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]

Leaf = Literal["sightings", "fixes", "stays", "health", "status", "down/ack", "down/tags"]
UP_LEAVES: Final = ("sightings", "fixes", "stays", "health", "status")
# `down/config` and `down/command` are reserved: the ACL already lets an agent read all of `down/#`.
DOWN_LEAVES: Final = ("down/ack", "down/tags")


class BadMessage(ValueError):  # noqa: N818 - the wire's own word; "Error" would say less
    """A topic or payload outside the contract; the text says what was found and expected."""


class SightingRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One sighting: [handle, anchor, rssi_dbm, age_ms]."""

    handle: Id
    anchor: Id
    rssi_dbm: RssiDbm
    age_ms: AgeMs
    """Milliseconds between hearing and publishing, by the agent's monotonic clock."""


class FixRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One fix: [handle, age_ms, x_m, y_m, radius_m, zone, zone_p, level]."""

    handle: Id
    age_ms: AgeMs
    x_m: MetresM
    y_m: MetresM
    radius_m: Annotated[float, msgspec.Meta(ge=0.0, le=20_000.0)]
    zone: Id | None
    zone_p: Probability
    level: Id


class StayRow(msgspec.Struct, frozen=True, gc=False):
    """One enter or leave, with the key that makes it exactly-once: (agent, outbox, seq)."""

    seq: Sequence
    kind: Literal["enter", "leave", "void"]
    """`void` keeps the seq of a row that a withdrawal emptied; every other field is its default."""
    stay: str = ""
    handle: str = ""
    zone: str = ""
    at_ms: int = 0
    """Wall clock, milliseconds since 1970 UTC; trust it only where `synced`."""
    boot: str = ""
    mono_ms: int = 0
    """The agent's monotonic clock within `boot`."""
    synced: bool = False
    dwell_s: Annotated[float, msgspec.Meta(ge=0.0)] = 0.0
    """Seconds from enter to leave; 0 in an enter."""
    zone_p: Probability = 0.0
    map_sha: str = ""
    term: int = 0


class Sightings(msgspec.Struct, tag="sightings", frozen=True, kw_only=True):
    """Agent to the store's locators, once a second, QoS 0; the hub does not subscribe to it."""

    v: Literal[1] = VERSION
    boot: str
    rows: Annotated[list[SightingRow], msgspec.Meta(max_length=ROWS_MAX)]


class Fixes(msgspec.Struct, tag="fixes", frozen=True, kw_only=True):
    """Locator to hub, once a second, QoS 0."""

    v: Literal[1] = VERSION
    term: int
    map_sha: Sha
    rows: Annotated[list[FixRow], msgspec.Meta(max_length=ROWS_MAX)]


class Stays(msgspec.Struct, tag="stays", frozen=True, kw_only=True):
    """Locator to hub, QoS 1, from the outbox; rows in the order of `seq`."""

    v: Literal[1] = VERSION
    outbox: Id
    oldest_seq: Sequence
    """The oldest row that the outbox still holds; past the hub's expected seq, rows are lost."""
    rows: Annotated[list[StayRow], msgspec.Meta(max_length=ROWS_MAX)]


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """An anchor that no longer reads as the radio map says; nothing in it comes from one tag."""

    anchor: Id
    sure_p: Probability
    """How probable it is that something is wrong."""
    kind: Id
    """What it looks like, a key of `SIGNS`; a newer agent may know more."""
    other: Id | None = None
    """The anchor that it seems to have changed places with."""
    change_db: float = 0.0
    """How much stronger than it should it reads, on average."""
    moved_m: Annotated[float, msgspec.Meta(ge=0.0)] = 0.0
    towards: Annotated[str, msgspec.Meta(max_length=WORD_MAX)] = ""
    """A direction on the map, in words."""

    @property
    def words(self) -> str:
        """A sentence for ops: what is wrong, how sure that is, what to look at."""
        sign, advice = SIGNS.get(self.kind, SIGNS["odd"])
        seen = sign.format(
            change_db=abs(self.change_db),
            moved_m=self.moved_m,
            towards=self.towards,
            other=self.other,
        )
        return f"anchor {self.anchor} {seen}: {self.sure_p:.0%} sure; ops looks {advice}"


class Health(msgspec.Struct, tag="health", frozen=True, kw_only=True):
    """Agent to hub, every 15 s, QoS 0. Counts are since boot."""

    v: Literal[1] = VERSION
    boot: str
    version: str
    uptime_s: float
    synced: bool
    radio: Literal["ok", "missing", "off", "silent", "none"]
    """`none`: this agent has no radio of its own (a locator on the broker's box)."""
    sightings_count: Count
    strangers_count: Count
    """Advertisements of tags on nobody's list: the only trace they leave."""
    fixes_count: Count
    queued_count: Count
    dropped_count: Count
    """Rows that a full outbox dropped."""
    step_ms: float = 0.0
    """The locator's last step; 0 where it does not locate."""
    unmapped_count: Count = 0
    """Sightings of anchors that the locator's map does not have."""
    suspects: Annotated[list[Suspect], msgspec.Meta(max_length=SUSPECTS_MAX)] = []
    """Anchors that do not read as the locator's radio map says."""


class Status(msgspec.Struct, tag="status", frozen=True, kw_only=True):
    """Agent to all, retained; the last will says `up` = false."""

    v: Literal[1] = VERSION
    up: bool
    boot: str
    locate: bool
    term: int
    map_sha: str
    version: str


class Ack(msgspec.Struct, tag="ack", frozen=True, kw_only=True):
    """Hub to agent after COMMIT: every row of `outbox` up to `seq` is kept."""

    v: Literal[1] = VERSION
    outbox: Id
    seq: Count


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What a tag advertises, and when that name is valid, seconds from receipt of the list."""

    identity: Id
    from_s: float = 0.0
    until_s: float | None = None


class TagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tag that may leave a Pi's memory, under its handle and no other name."""

    identities: list[Identity]
    handle: Id
    purpose: Literal["shopper", "survey", "canary"] = "shopper"
    ttl_s: Annotated[float, msgspec.Meta(gt=0.0)]
    """The row ends this long after receipt unless a newer list renews it."""


class Tags(msgspec.Struct, tag="tags", frozen=True, kw_only=True):
    """Hub to agent: the whole list; it replaces the one before. Not retained."""

    v: Literal[1] = VERSION
    rows: Annotated[list[TagRow], msgspec.Meta(max_length=ROWS_MAX)]
    withdrawn: list[Id] = []
    """Handles whose unsent rows the outbox empties (their seq stays)."""


Message = Sightings | Fixes | Stays | Health | Status | Ack | Tags

_BY_LEAF: Final[dict[str, msgspec.json.Decoder[Message]]] = {
    "sightings": msgspec.json.Decoder(Sightings),
    "fixes": msgspec.json.Decoder(Fixes),
    "stays": msgspec.json.Decoder(Stays),
    "health": msgspec.json.Decoder(Health),
    "status": msgspec.json.Decoder(Status),
    "down/ack": msgspec.json.Decoder(Ack),
    "down/tags": msgspec.json.Decoder(Tags),
}


def topic(store: str, agent: str, leaf: Leaf) -> str:
    """The topic of one agent's `leaf`, e.g. `instep/v1/market/market.pi-1/stays`."""
    return f"{ROOT}/{store}/{agent}/{leaf}"


def parse_topic(name: str) -> tuple[str, str, Leaf]:
    """(store, agent, leaf) of a topic.

    Raises:
        BadMessage: not a topic of ours, or the agent's id is not `<store>.<name>` of that store.
    """
    store, _, rest = name.removeprefix(f"{ROOT}/").partition("/")
    agent, _, leaf = rest.partition("/")
    if not name.startswith(f"{ROOT}/") or leaf not in _BY_LEAF:
        msg = f"topic {name!r}: expected {ROOT}/<store>/<agent>/<leaf>"
        raise BadMessage(msg)
    if agent.rpartition(".")[0] != store:
        msg = f"topic {name!r}: agent {agent!r} is not of store {store!r}"
        raise BadMessage(msg)
    return store, agent, leaf  # type: ignore[return-value]  # a key of _BY_LEAF


def encode(message: Message) -> bytes:
    """The payload of `message`."""
    return msgspec.json.encode(message)


def decode(leaf: str, payload: bytes | bytearray | memoryview) -> Message:
    """The message that `payload` is, as the topic's `leaf` promises.

    Raises:
        BadMessage: too large, not JSON, or not what the leaf promises; says where and what.
    """
    if len(payload) > PAYLOAD_BYTES_MAX:
        msg = f"{leaf}: {len(payload)} bytes, expected at most {PAYLOAD_BYTES_MAX}"
        raise BadMessage(msg)
    try:
        return _BY_LEAF[leaf].decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        msg = f"{leaf}: {error}"
        raise BadMessage(msg) from None


def json_schema() -> dict[str, object]:
    """JSON Schema (2020-12) of every message."""
    return msgspec.json.schema(Message)
