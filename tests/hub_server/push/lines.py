"""Values that the tests of push begin with."""

from typing import Any, Final

import msgspec

from hub_server.push.lanes import Job
from hub_server.push.subscriptions import Subscription
from hub_server.visit.visits import Sent, Visit

NOW_S: Final = 1_790_000_000.0


def sent(decision: str = "d1", **changes: Any) -> Sent:  # noqa: ANN401 - fields of Sent
    """A message in a zone, to be pushed."""
    plain = Sent(
        decision=decision,
        campaign="wine-help",
        kind="help",
        topic="wine",
        title="Help with wine?",
        text="Anna knows every bottle here.",
        why=("Because you have been here for 50 seconds.",),
        for_zone=None,
        zone="produce",
        at_s=NOW_S,
        expires_at_s=NOW_S + 60,
        channel="push",
    )
    return msgspec.structs.replace(plain, **changes)


def visit(name: str = "v1") -> Visit:
    """An open visit."""
    return Visit(
        visit=name,
        shopper=f"shopper of {name}",
        visit_code="ABC123",
        join_code="DEF456",
        opened_s=NOW_S - 300,
    )


def subscription(endpoint: str = "https://one.push.test/x") -> Subscription:
    """One that nothing is sent to."""
    return Subscription(
        subscription="s1", shopper="shopper of v1", endpoint=endpoint, p256dh="", auth=""
    )


def job(decision: str = "d1", host: str = "one", until_s: float = NOW_S + 60) -> Job:
    """A message on its way."""
    return Job(
        visit=visit(),
        sent=sent(decision),
        subscription=subscription(),
        host=host,
        until_s=until_s,
    )
