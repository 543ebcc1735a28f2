"""A stored decision, decided again: the same snapshot and rules must give the same bytes."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from hub_server.campaigns import Campaign
from hub_server.decide import Decision, decide
from hub_server.decision.limits import Limits
from hub_server.decision.snapshot import ContextSnapshot

# What is emptied in a row once its shopper marks what it told of as a gift.
EMPTIED: Final = frozenset({"title", "text", "why", "gates"})

_snapshot: Final = msgspec.json.Decoder(ContextSnapshot)
_encode: Final = msgspec.json.Encoder().encode


class Stored(Protocol):
    """What of a row of table `decisions` is compared; `snapshot`, `why` and `gates` are JSON."""

    outcome: str
    code: str
    campaign: str | None
    kind: str | None
    topic: str | None
    for_zone: str | None
    title: str | None
    text: str | None
    why: bytes
    gates: bytes
    snapshot: bytes


class Difference(msgspec.Struct, frozen=True):
    """One column that comes out otherwise."""

    column: str
    stored: str
    again: str


def columns(decision: Decision, snapshot: ContextSnapshot) -> dict[str, str | bytes | None]:
    """A decision as its row keeps it."""
    is_said = decision.outcome == "send"
    return {
        "snapshot": _encode(snapshot),
        "outcome": decision.outcome,
        "code": decision.code,
        "campaign": decision.campaign,
        "kind": decision.kind,
        "topic": decision.topic,
        "for_zone": decision.for_zone,
        "title": decision.title if is_said else None,
        "text": decision.text if is_said else None,
        "why": _encode(decision.why),
        "gates": _encode(decision.gates),
    }


def differences(
    stored: Stored, campaigns: Sequence[Campaign], limits: Limits
) -> tuple[Difference, ...]:
    """What comes out otherwise when `stored` is decided again; nothing, where all is well.

    A snapshot that this version cannot read is a difference of its own. Of a row whose words were
    emptied, since they told of a gift, the rest is compared.
    """
    try:
        snapshot = _snapshot.decode(stored.snapshot)
    except msgspec.MsgspecError as error:
        return (Difference("snapshot", stored.snapshot.decode(errors="replace"), str(error)),)
    again = columns(decide(snapshot, campaigns, limits), snapshot)
    unasked = EMPTIED if stored.title == "" else frozenset()
    return tuple(
        Difference(name, _text(getattr(stored, name)), _text(value))
        for name, value in again.items()
        if name not in unasked and getattr(stored, name) != value
    )


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
