"""Shares on top of the page, and messages by how much is known of the shopper."""

from collections.abc import Mapping

import pytest

from hub_server.impact.headlines import (
    Counts,
    by_history,
    few,
    few_at,
    headlines,
    history_key,
    summed,
    told_said,
)
from hub_server.impact.tallies import ANY, by


def each_another(counts: Mapping[str, Mapping[str, int]]) -> Counts:
    """The same, each of them another person's."""
    persons = {by(what): {**keys, ANY: sum(keys.values())} for what, keys in counts.items()}
    return {**counts, **persons}


@pytest.mark.parametrize(("count", "told"), [(0, 0), (-1, 0), (1, "<5"), (4, "<5"), (5, 5)])
def test_fewer_than_five_are_few(count: int, told: object) -> None:
    assert few(count) == told


@pytest.mark.parametrize(
    ("count", "persons", "told"),
    [(90, 4, "<5"), (90, 5, 90), (90, 0, "<5"), (3, 5, "<5"), (0, 0, 0)],
)
def test_many_messages_of_few_persons_are_few(count: int, persons: int, told: object) -> None:
    assert few(count, persons) == told


def test_what_is_few_can_not_be_worked_out_from_what_is_told() -> None:
    """Whatever the hidden number is, all that is told of the campaign and in total is the same."""
    for hidden in ("m_shown", "m_expired", "m_cancelled"):
        told = set()
        for small in range(1, 5):
            fates = {"m_shown": 40, "m_expired": 9, "m_cancelled": 7, hidden: small}
            counts = each_another(
                {
                    "m_said": {"a": sum(fates.values()), "b": small},
                    **{fate: {"a": count} for fate, count in fates.items()},
                }
            )
            found = headlines(counts, 30)
            row = tuple(few_at(counts, fate, "a") for fate in fates)
            told.add((told_said(counts, "a"), told_said(counts, "b"), row, found.said, found.shown))
        assert len(told) == 1


def test_a_total_is_of_what_is_told() -> None:
    assert summed([50, "<5", 9]) == 59
    assert summed(["<5", "<5", 0]) == "<5"
    assert summed([0, 0]) == summed([]) == 0


def test_nags_wrong_zones_and_late_ones_are_shares_of_what_was_shown_or_said() -> None:
    counts = each_another(
        {
            "m_said": {"a": 60, "b": 40},
            "m_shown": {"a": 50},
            "m_nag": {"a": 5},
            "m_wrong_place": {"a": 1},
            "m_late": {"a": 10},
            "m_expired": {"b": 15},
            "said_kind": {"guide": 30, "help": 20, "service": 10, "offer": 12, "inform": 0},
        }
    )
    found = headlines(counts, 7)
    # A single one of 50 in the wrong place counts as five: a share gives no small count away.
    assert (found.nag_share, found.wrong_zone_share, found.late_share) == (0.1, 0.1, 0.25)
    assert (found.said, found.shown, found.days) == (100, 50, 7)


def test_service_stands_beside_offers_row_14() -> None:
    """Row 14: what serves (guide, help, reassure, service) beside what sells."""
    said = {"guide": 30, "help": 20, "service": 10, "offer": 12}
    found = headlines(each_another({"said_kind": said}), 7)
    assert (found.service_count, found.offer_count) == (60, 12)
    assert found.kinds == {"guide": 30, "help": 20, "offer": 12, "service": 10}


def test_of_little_nothing_is_told() -> None:
    counts = {"m_said": {"a": 19}, "m_shown": {"a": 3}, "m_nag": {"a": 3}}
    found = headlines(each_another(counts), 1)
    assert (found.nag_share, found.late_share, found.shown) == (None, None, "<5")


@pytest.mark.parametrize(
    ("purchases", "key"), [(0, "000"), (50, "050"), (51, "050"), (137, "130"), (9_999, "500")]
)
def test_purchases_are_counted_together(purchases: int, key: str) -> None:
    assert history_key(purchases) == key


def test_quality_is_told_by_decile_of_history_row_102() -> None:
    """Row 102: the messages of who is not known stand by themselves."""
    counts = each_another(
        {
            "q_shown": {"000": 80, "001": 10, "120": 10},
            "q_useful": {"000": 40, "120": 5},
            "q_nag": {"000": 8},
        }
    )
    first, ninth, tenth = by_history(counts)
    assert (first.decile, ninth.decile, tenth.decile) == (1, 9, 10)
    assert (first.purchases_from, first.purchases_to) == (0, 0)
    assert (first.useful_share, first.nag_share, first.shown) == (0.5, 0.1, 80)
    assert (tenth.purchases_from, tenth.useful_share) == (120, None)
    assert by_history({}) == []


def test_shares_of_few_persons_are_not_told() -> None:
    """Ninety messages to four regulars are four persons' afternoons."""
    counts = {
        "m_said": {"a": 90},
        "m_said_by": {"a": 4, ANY: 4},
        "m_shown": {"a": 90},
        "m_shown_by": {"a": 4, ANY: 4},
        "m_nag": {"a": 45},
        "said_kind": {"guide": 90},
        "said_kind_by": {"guide": 4, ANY: 4},
        "q_shown": {"000": 90},
        "q_shown_by": {"000": 4},
    }
    found = headlines(counts, 7)
    assert (found.said, found.shown, found.service_count) == ("<5", "<5", "<5")
    assert (found.nag_share, found.late_share, found.kinds) == (None, None, {"guide": "<5"})
    (decile,) = by_history(counts)
    assert (decile.shown, decile.useful_share) == ("<5", None)


def test_totals_stand_beside_a_hidden_campaign_or_kind_without_telling_it() -> None:
    said = {"a": 50, "b": 3}
    found = headlines(each_another({"m_said": said, "said_kind": {"guide": 50, "offer": 3}}), 7)
    assert (found.said, found.offer_count) == (50, "<5")
    served = headlines(each_another({"said_kind": {"guide": 50, "help": 3, "offer": 9}}), 7)
    assert (served.service_count, served.offer_count) == (50, 9)


def test_what_four_did_forty_times_is_no_share_of_what_a_hundred_saw() -> None:
    counts = each_another({"m_shown": {"a": 100}, "m_nag": {"a": 40}, "m_wrong_place": {"a": -1}})
    counts = {**counts, "m_nag_by": {"a": 4, ANY: 4}}
    found = headlines(counts, 7)
    assert (found.nag_share, found.wrong_zone_share, found.late_share) == (None, 0.0, None)
