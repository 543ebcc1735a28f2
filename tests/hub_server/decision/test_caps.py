"""Caps: what counts, in which window, for whom; the strictest wins; the id survives an edit."""

import math
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_server.decision.caps import (
    PERS,
    STORE_CAPS,
    Cap,
    Per,
    exempt,
    longest_hours,
    own_full,
    rules_for,
    tally,
)
from hub_server.decision.snapshot import ContextSnapshot, Said

NOW_S = 1_000_000.0
HOUR_S = 3600.0


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What of a campaign its caps rest on."""

    id: str = "oats"
    kind: str = "offer"
    categories: frozenset[str] = frozenset({"cereal"})
    cap_per_visit: int = 1
    caps: tuple[Cap, ...] = ()


def said(**changes: object) -> Said:
    one = Said("milk", "inform", "dairy", "page", NOW_S - 60, ("dairy",))
    return msgspec.structs.replace(one, **changes)


def moment(*now: Said, before: tuple[Said, ...] = ()) -> ContextSnapshot:
    return ContextSnapshot(at_s=NOW_S, channel="page", said=now, said_before=before)


def stopped(
    seen: ContextSnapshot, message: Message, caps: Sequence[Cap] = STORE_CAPS
) -> set[Per | None]:
    """By which caps: the store's `caps`, and the message's own."""
    store = tally(seen, caps)
    full: dict[Per, bool] = {
        "person": store.person,
        "channel": seen.channel in store.channels,
        "kind": message.kind in store.kinds,
        "category": not store.categories.isdisjoint(message.categories),
        "campaign": message.id in store.campaigns,
    }
    by_store = {per for per in PERS if full[per] and not exempt(message.kind)}
    return by_store | ({own_full(seen, message)} - {None})


def test_nothing_said_leaves_room_for_everything() -> None:
    assert not stopped(moment(), Message())


@pytest.mark.parametrize(
    ("rule", "one"),
    [
        (Cap(per="person", limit=1), said()),
        (Cap(per="campaign", limit=1), said(campaign="oats")),
        (Cap(per="category", limit=1), said(categories=("bread", "cereal"))),
        (Cap(per="channel", limit=1), said()),
        (Cap(per="kind", limit=1), said(kind="offer")),
        (Cap(per="kind", limit=1, of="offer"), said(kind="offer")),
    ],
)
def test_each_rule_counts_its_own(rule: Cap, one: Said) -> None:
    assert stopped(moment(one), Message(cap_per_visit=3, caps=(rule,)), ()) == {rule.per}
    assert stopped(moment(one), Message(cap_per_visit=3), (rule,)) == {rule.per}


@pytest.mark.parametrize(
    ("rule", "one"),
    [
        (Cap(per="campaign", limit=1), said()),
        (Cap(per="category", limit=1), said()),
        (Cap(per="channel", limit=1), said(channel="push")),
        (Cap(per="channel", limit=1, of="push"), said(channel="push")),
        (Cap(per="kind", limit=1, of="help"), said(kind="help")),
        (Cap(per="category", limit=1, of="dairy"), said()),
    ],
)
def test_what_is_another_campaigns_is_not_counted(rule: Cap, one: Said) -> None:
    assert not stopped(moment(one), Message(cap_per_visit=3, caps=(rule,)), ())
    assert not stopped(moment(one), Message(cap_per_visit=3), (rule,))


def test_a_window_rolls_and_goes_across_visits() -> None:
    day = Message(cap_per_visit=3, caps=(Cap(per="person", limit=2, hours=24),))
    yesterday = said(at_s=NOW_S - 24 * HOUR_S)
    lately = said(at_s=NOW_S - 24 * HOUR_S + 1)
    assert not stopped(moment(said(), before=(yesterday,)), day, ())
    assert stopped(moment(said(), before=(lately,)), day, ()) == {"person"}


def test_a_cap_of_the_visit_does_not_count_the_visit_before() -> None:
    assert not stopped(moment(before=(said(campaign="oats"),)), Message(), ())
    assert stopped(moment(said(campaign="oats")), Message(), ()) == {"campaign"}


def test_the_strictest_wins() -> None:
    oats = Message(cap_per_visit=3, caps=(Cap(per="campaign", limit=2, hours=24),))
    twice = (said(campaign="oats"), said(campaign="oats"))
    assert not stopped(moment(*twice[:1]), oats, ())
    assert stopped(moment(*twice), oats, ()) == {"campaign"}
    assert stopped(moment(*twice), oats, (Cap(per="campaign", limit=9),)) == {"campaign"}


def test_an_edit_with_the_same_id_counts_what_was_said_before() -> None:
    edited = Message(kind="inform", categories=frozenset({"porridge"}))
    assert stopped(moment(said(campaign="oats")), edited, ()) == {"campaign"}


def test_service_passes_full_caps_and_uses_none_up() -> None:
    ready = Message(id="order", kind="service")
    many = tuple(said() for _ in range(3))
    assert exempt("service")
    assert not stopped(moment(*many), ready)
    assert tally(moment(*many)).person
    told = said(campaign="order", kind="service", exempt=True)
    assert not stopped(moment(told, told, told), Message())


def test_the_store_has_three_messages_and_one_push_a_visit() -> None:
    assert "person" in stopped(moment(said(), said(), said()), Message())
    pushed = msgspec.structs.replace(moment(said(channel="push")), channel="push")
    assert stopped(pushed, Message()) == {"channel"}


def test_every_rule_of_a_message_is_known_to_the_database() -> None:
    rules = rules_for(Message(), "push")
    assert {(rule.cap.per, rule.key) for rule in rules} == {
        ("person", ""),
        ("campaign", "oats"),
        ("category", "cereal"),
        ("channel", "push"),
        ("kind", "offer"),
    }
    # Its own; and of the store's all but the one of surprises.
    assert len(rules) == len(STORE_CAPS)


def test_how_far_back_to_look() -> None:
    assert longest_hours([Message()]) == 168
    assert longest_hours([Message(caps=(Cap(per="kind", limit=1, hours=700),))]) == 700
    assert longest_hours([], (Cap(per="kind", limit=1),)) == 0


caps_drawn = st.lists(
    st.builds(
        Cap,
        per=st.sampled_from(PERS),
        limit=st.integers(1, 3),
        hours=st.sampled_from([None, 1.0, 24.0]),
        of=st.sampled_from([None, None, "push", "page", "offer", "cereal", "oats", ""]),
    ),
    max_size=5,
)
spoken = st.lists(
    st.builds(
        Said,
        campaign=st.sampled_from(["oats", "milk"]),
        kind=st.sampled_from(["offer", "help"]),
        topic=st.just("any"),
        channel=st.sampled_from(["page", "push"]),
        at_s=st.floats(NOW_S - 30 * HOUR_S, NOW_S + 10),
        categories=st.sampled_from([(), ("cereal",), ("cereal", "dairy")]),
        exempt=st.booleans(),
    ),
    max_size=6,
)


def is_full_by_hand(seen: ContextSnapshot, message: Message, cap: Cap) -> bool:
    """`cap`, counted one key after the other."""
    since_s = -math.inf if cap.hours is None else seen.at_s - cap.hours * HOUR_S
    heard = seen.said if cap.hours is None else (*seen.said_before, *seen.said)
    counted = [one for one in heard if not one.exempt and one.at_s > since_s]
    keys: dict[Per, tuple[list[str], list[tuple[str, ...]]]] = {
        "person": ([""], [("",) for _ in counted]),
        "channel": (["page"], [(one.channel,) for one in counted]),
        "kind": ([message.kind], [(one.kind,) for one in counted]),
        "category": ([*message.categories], [one.categories for one in counted]),
        "campaign": ([message.id], [(one.campaign,) for one in counted]),
    }
    wanted, met = keys[cap.per]
    return any(
        sum(key in names for names in met) >= cap.limit for key in wanted if cap.of in {None, key}
    )


@given(caps_drawn, caps_drawn, spoken, spoken, st.sampled_from(["offer", "help", "service"]))
def test_one_pass_for_all_campaigns_answers_as_counting_by_hand_does(
    store: list[Cap], own: list[Cap], now: list[Said], before: list[Said], kind: str
) -> None:
    oats = Message(kind=kind, caps=tuple(own))
    seen = moment(*now, before=tuple(before))
    of_visit = Cap(per="campaign", limit=oats.cap_per_visit)
    by_own = [cap.per for cap in (of_visit, *own) if is_full_by_hand(seen, oats, cap)]
    by_store = {cap.per for cap in store if is_full_by_hand(seen, oats, cap)}
    if exempt(kind):
        assert not stopped(seen, oats, store)
    else:
        assert stopped(seen, oats, store) == {*by_store, *by_own[:1]}
