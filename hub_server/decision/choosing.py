"""Which one, of those that may speak: usefulness less annoyance, against silence, which is worth 0.

Rules of a store are the prior (`usefulness`); the shopper's own answers weigh it by topic. Nothing
is drawn: the same moment gives the same order, so the propensity of a choice is 1.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import inf
from typing import Final

import msgspec

from hub_server.campaigns import Campaign
from hub_server.decision.snapshot import ContextSnapshot, Said

# Each message of today makes the next one weigh this much more, one of the same kind twice it, and
# one that was put away unread three times: it was not wanted.
NAG_EACH: Final = 0.1
NAG_SAME_KIND: Final = 0.1
NAG_DISMISSED: Final = 0.1
# The same words again are a third as welcome as they were.
NAG_SAME: Final = 0.3
# Right after a message nothing is worth saying; the memory of it fades over this time, in which a
# shopper reads it and walks one or two aisles.
NAG_FADES_S: Final = 90.0
# Who was spoken to in the morning is the same person in the afternoon; the next day begins anew.
NAG_REMEMBERED_S: Final = 86_400.0
# "Less of this" said of a whole topic: as three times "less" to its messages would weigh.
LESS: Final = 0.4
# Worth is compared in whole billionths: 0.6 - 0.2 and 0.5 - 0.1 are a tie, which floats alone
# would not say.
BILLION: Final = 1e9

Ranked = tuple[int, Campaign]
_Key = tuple[int, float, float, str, int, Campaign]


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What one more message costs this shopper now, and what topics are worth to them."""

    any: float = 0.0
    """Of any message but service."""
    service: float = 0.0
    """Of service: only what service has said counts."""
    kinds: Mapping[str, float] = {}
    """Besides, of one of this kind."""
    campaigns: Mapping[str, int] = {}
    """How often each was said."""
    last_s: Mapping[str, float] = {}
    """When each kind was last said."""
    weights: Mapping[str, float] = {}


NONE: Final = Costs()


def costs(snapshot: ContextSnapshot) -> Costs:
    """Worked out once a decision."""
    weights = _weights(snapshot)
    if not (snapshot.said or snapshot.said_before):
        return Costs(weights=weights) if weights else NONE
    since_s = snapshot.at_s - NAG_REMEMBERED_S
    today = [one for one in chain(snapshot.said_before, snapshot.said) if one.at_s > since_s]
    kinds: dict[str, float] = {}
    campaigns: dict[str, int] = {}
    last_s: dict[str, float] = {}
    for one in today:
        kinds[one.kind] = kinds.get(one.kind, 0.0) + NAG_SAME_KIND
        campaigns[one.campaign] = campaigns.get(one.campaign, 0) + 1
        last_s[one.kind] = max(one.at_s, last_s.get(one.kind, -inf))
    return Costs(
        any=_nag(today, snapshot.at_s),
        service=_nag([one for one in today if one.exempt], snapshot.at_s),
        kinds=kinds,
        campaigns=campaigns,
        last_s=last_s,
        weights=weights,
    )


def _weights(snapshot: ContextSnapshot) -> dict[str, float]:
    weights = {one.topic: one.weight for one in snapshot.weights}
    for topic in snapshot.less_topics:
        weights[topic] = weights.get(topic, 1.0) * LESS
    return weights


def _nag(said: Sequence[Said], at_s: float) -> float:
    if not said:
        return 0.0
    since_s = at_s - max([one.at_s for one in said])
    fresh = max(0.0, 1.0 - max(0.0, since_s) / NAG_FADES_S)
    dismissed = sum([one.dismissed for one in said])
    return fresh + NAG_EACH * len(said) + NAG_DISMISSED * dismissed


def annoyance(known: Costs, campaign: Campaign) -> float:
    """What saying `campaign` now would cost; nothing where it is a matter of safety."""
    if campaign.safety:
        return 0.0
    cost = known.service if campaign.exempt else known.any
    return (
        cost + known.kinds.get(campaign.kind, 0.0) + NAG_SAME * known.campaigns.get(campaign.id, 0)
    )


def worth(known: Costs, campaign: Campaign) -> int:
    """Usefulness (the store's prior by the shopper's own weight) less annoyance, in billionths.

    Silence is worth 0 and wins the tie.
    """
    useful = campaign.usefulness * known.weights.get(campaign.topic, 1.0)
    return round((useful - annoyance(known, campaign)) * BILLION)


def ranked(
    snapshot: ContextSnapshot, known: Costs, fitting: Iterable[Campaign]
) -> Iterable[Ranked]:
    """(worth, campaign), the best first: worth, usefulness, the kind least recently said, the id.

    To a shopper for whom the price counts, the cheapest promotion of one topic comes first; where
    time counts, the nearest. Help and safety stand behind no offer for its price.
    """
    keyed = _keyed(known, fitting)
    keyed.sort()
    order = ((-key[0], key[-1]) for key in keyed)
    return _by_value(snapshot, list(order)) if is_by_value(snapshot) else order


def is_by_value(snapshot: ContextSnapshot) -> bool:
    """Whether price or time counts, so that who comes first of a topic depends on who else fits."""
    return snapshot.value in {"price", "time"}


def _keyed(known: Costs, fitting: Iterable[Campaign]) -> list[_Key]:
    """`worth` of each as it sorts; what is the same for all of a kind is looked up once."""
    weights, said, last_s = known.weights, known.campaigns, known.last_s
    nags: dict[str, float] = {}
    keyed = []
    for number, one in enumerate(fitting):
        kind, name, useful = one.kind, one.id, one.usefulness
        if one.safety or name in said:
            nag = annoyance(known, one)
        elif kind in nags:
            nag = nags[kind]
        else:
            nag = nags[kind] = annoyance(known, one)
        least = round((nag - useful * weights.get(one.topic, 1.0)) * BILLION)
        keyed.append((least, -useful, last_s.get(kind, -inf), name, number, one))
    return keyed


def _by_value(snapshot: ContextSnapshot, order: list[Ranked]) -> Iterator[Ranked]:
    """The places of each topic's promotion stay; who stands in them goes by what counts."""
    cost = _price if snapshot.value == "price" else _metres(snapshot)
    by_topic: dict[str, list[Ranked]] = {}
    for one in sorted(order, key=lambda one: cost(one[1])):
        if one[1].promotional:
            by_topic.setdefault(one[1].topic, []).append(one)
    turns = {topic: iter(same) for topic, same in by_topic.items()}
    return (next(turns[one[1].topic]) if one[1].promotional else one for one in order)


def _price(campaign: Campaign) -> float:
    return inf if campaign.price is None else campaign.price


def _metres(snapshot: ContextSnapshot) -> Callable[[Campaign], float]:
    metres = {walk.target: walk.metres for walk in snapshot.walks}
    return lambda campaign: metres.get(campaign.near or "", inf)
