"""Shares on top of the page, and messages by how much is known of the shopper."""

import pytest

from hub_server.impact.headlines import by_history, few, headlines, history_key


@pytest.mark.parametrize(("count", "told"), [(0, 0), (-1, 0), (1, "<5"), (4, "<5"), (5, 5)])
def test_fewer_than_five_are_few(count: int, told: object) -> None:
    assert few(count) == told


def test_nags_wrong_zones_and_late_ones_are_shares_of_what_was_shown_or_said() -> None:
    counts = {
        "m_said": {"a": 60, "b": 40},
        "m_shown": {"a": 50},
        "m_nag": {"a": 5},
        "m_wrong_place": {"a": 1},
        "m_late": {"a": 10},
        "m_expired": {"b": 15},
        "said_kind": {"guide": 30, "help": 20, "service": 10, "offer": 12, "inform": 0},
    }
    found = headlines(counts, 7)
    assert (found.nag_share, found.wrong_zone_share, found.late_share) == (0.1, 0.02, 0.25)
    assert (found.said, found.shown, found.days) == (100, 50, 7)


def test_service_stands_beside_offers_row_14() -> None:
    """Row 14: what serves (guide, help, reassure, service) beside what sells."""
    found = headlines({"said_kind": {"guide": 30, "help": 20, "service": 10, "offer": 12}}, 7)
    assert (found.service_count, found.offer_count) == (60, 12)
    assert found.kinds == {"guide": 30, "help": 20, "offer": 12, "service": 10}


def test_of_little_nothing_is_told() -> None:
    found = headlines({"m_said": {"a": 19}, "m_shown": {"a": 3}, "m_nag": {"a": 3}}, 1)
    assert (found.nag_share, found.late_share, found.shown) == (None, None, "<5")


@pytest.mark.parametrize(
    ("purchases", "key"), [(0, "000"), (50, "050"), (51, "050"), (137, "130"), (9_999, "500")]
)
def test_purchases_are_counted_together(purchases: int, key: str) -> None:
    assert history_key(purchases) == key


def test_quality_is_told_by_decile_of_history_row_102() -> None:
    """Row 102: the messages of who is not known stand by themselves."""
    counts = {
        "q_shown": {"000": 80, "001": 10, "120": 10},
        "q_useful": {"000": 40, "120": 5},
        "q_nag": {"000": 8},
    }
    first, ninth, tenth = by_history(counts)
    assert (first.decile, ninth.decile, tenth.decile) == (1, 9, 10)
    assert (first.purchases_from, first.purchases_to) == (0, 0)
    assert (first.useful_share, first.nag_share, first.shown) == (0.5, 0.1, 80)
    assert (tenth.purchases_from, tenth.useful_share) == (120, None)
    assert by_history({}) == []
