"""What a campaign file would have said in the past: who would have got it, what beats what, nags.

Replays stored moments with these campaigns instead of those of the time. What was said then is
taken out, and what these say is put in its place, in this visit and in the shopper's later ones of
these days, so that caps and annoyance count their own messages. People are taken to walk as they
did; kill switch, controls and the share of offers of the time are left out, and what was not known
then (the walk or stock of an item that no campaign named) silences. Moments are stored when zone
or stage change: counts are at the low end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from hub_server.campaigns import PROMOTIONAL_KINDS, Campaign
from hub_server.decide import Decision, decide
from hub_server.decision.limits import LIMITS, Limits
from hub_server.decision.snapshot import ContextSnapshot, Said

# Who promotes now talks into somebody's purpose, payment or leave-taking.
BUSY_STAGES: Final = frozenset({"arriving", "purposeful", "stuck", "checkout", "leaving"})
# One message in four that annoys undoes what the other three are worth.
NAG_SHARE_MAX: Final = 0.25
# Under this many, a share says nothing.
JUDGED_FROM: Final = 20
# DESIGN: fewer than five are shown as "<5".
SHOWN_FROM: Final = 5


class Past(msgspec.Struct, frozen=True):
    """One stored moment of a visit."""

    visit: str
    snapshot: ContextSnapshot
    refused: frozenset[str]
    """Topics of which a message had been put away or turned down in this visit by then."""
    person: str = ""
    """Whoever asked to be remembered is the same one in each visit; empty: in none."""


class Heard(msgspec.Struct, frozen=True):
    """A message of the replay, and until when it holds."""

    said: Said
    expires_at_s: float


class Tally(msgspec.Struct):
    """What became of one campaign."""

    messages: int = 0
    nags: int = 0
    soon: int = 0
    refused: int = 0
    busy: int = 0
    visits: set[str] = msgspec.field(default_factory=set)

    @property
    def nag_share(self) -> float:
        """Of its messages."""
        return self.nags / self.messages if self.messages else 0.0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the past says of a campaign file."""

    visits: int
    moments: int
    tallies: dict[str, Tally]
    """By campaign, in the file's order."""
    offers: int
    """Messages of kind offer."""
    beaten: Counter[tuple[str, str]]
    """How often (winner, loser) could both have spoken."""

    @property
    def messages(self) -> int:
        """Of all campaigns."""
        return sum(tally.messages for tally in self.tallies.values())

    @property
    def nag_share(self) -> float:
        """Of all messages."""
        nags = sum(tally.nags for tally in self.tallies.values())
        return nags / self.messages if self.messages else 0.0

    @property
    def offer_share(self) -> float:
        """Of all messages."""
        return self.offers / self.messages if self.messages else 0.0

    def too_much(self, limit: float) -> tuple[str, ...]:
        """Why it must not go live: a line for each campaign, and all together, above the limit."""
        shares = [
            (f"campaign {name}", one.nag_share, one.messages) for name, one in self.tallies.items()
        ]
        shares.append(("all campaigns", self.nag_share, self.messages))
        return tuple(
            f"{name}: {share:.0%} of {count} messages would have been nags, expected at most "
            f"{limit:.0%}; the campaign author narrows when it speaks"
            for name, share, count in shares
            if count >= JUDGED_FROM and share > limit
        )


def backtest(
    past: Iterable[Past], campaigns: Sequence[Campaign], limits: Limits = LIMITS
) -> Report:
    """The replay.

    Args:
        past: moments, those of one visit in the order of time, visits as they began.
        campaigns: of the file that might go live.
        limits: the store's.
    """
    tallies = {one.id: Tally() for one in campaigns}
    beaten: Counter[tuple[str, str]] = Counter()
    said: dict[str, list[Heard]] = {}
    visits: dict[str, set[str]] = {}
    moments_count = 0
    for one in past:
        moments_count += 1
        heard = said.setdefault(one.visit, [])
        visits.setdefault(one.person, set()).add(one.visit)
        earlier = visits[one.person] - {one.visit} if one.person else ()
        moment = msgspec.structs.replace(
            one.snapshot,
            said=tuple(message.said for message in heard),
            said_before=_said_before(one.snapshot, [said[visit] for visit in earlier]),
            **_LEFT_OUT,
        )
        if decide(moment, campaigns, limits).outcome != "send":
            continue
        whole = decide(moment, campaigns, limits, explain=True)
        winner = str(whole.campaign)
        beaten.update((winner, loser) for loser in _others(whole))
        _count(tallies[winner], one, whole, heard)
        heard.append(Heard(_said(whole, moment), whole.expires_at_s or moment.at_s))
    return Report(
        visits=len(said),
        moments=moments_count,
        tallies=tallies,
        offers=sum(tallies[one.id].messages for one in campaigns if one.kind == "offer"),
        beaten=beaten,
    )


def _said_before(moment: ContextSnapshot, visits: Iterable[Sequence[Heard]]) -> tuple[Said, ...]:
    """What the replay has said in other visits; who wants just prices and stock has no past."""
    if moment.plain:
        return ()
    said = [message.said for heard in visits for message in heard]
    return tuple(sorted(said, key=attrgetter("at_s", "campaign")))


# What the store had switched off then, what it had offered too much of, and what rested because it
# had been said, refused or not been seen.
_LEFT_OUT: Final[Mapping[str, Any]] = {
    "controls": (),
    "ghosted": (),
    "killed": False,
    "offers_full": False,
    "paused_campaigns": (),
    "missed_campaigns": (),
    "resting_campaigns": (),
}


def _others(decision: Decision) -> list[str]:
    """Campaigns that could have spoken, too."""
    shut = {gate.campaign for gate in decision.gates if not gate.ok}
    asked = {gate.campaign for gate in decision.gates if gate.campaign is not None}
    return sorted(one for one in asked - shut - {decision.campaign} if one is not None)


def _count(tally: Tally, past: Past, decision: Decision, heard: Sequence[Heard]) -> None:
    # What was said before still holds, and is pushed aside or interrupted.
    is_standing = any(past.snapshot.at_s < one.expires_at_s for one in heard)
    is_soon = is_standing and not decision.exempt
    is_refused = decision.topic in past.refused
    is_busy = decision.kind in PROMOTIONAL_KINDS and past.snapshot.stage in BUSY_STAGES
    tally.messages += 1
    tally.visits.add(past.visit)
    tally.soon += is_soon
    tally.refused += is_refused
    tally.busy += is_busy
    tally.nags += is_soon or is_refused or is_busy


def _said(decision: Decision, moment: ContextSnapshot) -> Said:
    return Said(
        str(decision.campaign),
        str(decision.kind),
        str(decision.topic),
        moment.channel or "page",
        moment.at_s,
        categories=decision.categories,
        exempt=decision.exempt,
    )


def shown(count: int) -> str:
    """A count of people as it may be shown."""
    return str(count) if count == 0 or count >= SHOWN_FROM else f"<{SHOWN_FROM}"


def lines(report: Report, days: int) -> Iterator[str]:
    """The report for people: counts only."""
    yield f"{report.moments} stored moments of {shown(report.visits)} visits in {days} days"
    yield f"{'campaign':32} {'visits':>7} {'messages':>9} {'nags':>6}  because"
    for name, one in report.tallies.items():
        share = f"{one.nag_share:.0%}" if one.messages >= SHOWN_FROM else "-"
        why = ", ".join(
            f"{word} {shown(count)}"
            for word, count in (
                ("too soon", one.soon),
                ("turned down before", one.refused),
                ("at a busy moment", one.busy),
            )
            if count
        )
        visits, messages = shown(len(one.visits)), shown(one.messages)
        yield f"{name:32} {visits:>7} {messages:>9} {share:>6}  {why}".rstrip()
    yield f"nags among all messages: {report.nag_share:.0%}; offers: {report.offer_share:.0%}"
    for (winner, loser), count in report.beaten.most_common():
        yield f"{winner} beats {loser}: {shown(count)} times"
