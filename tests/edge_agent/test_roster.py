from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.messages import Identity, TagRow, Tags
from edge_agent.roster import Change, Roster


def tag(handle: str, *identities: str, ttl_s: float = 60.0) -> TagRow:
    return TagRow(
        handle=handle, identities=[Identity(identity=one) for one in identities], ttl_s=ttl_s
    )


def test_only_who_is_on_the_list_is_admitted_and_only_until_it_lapses() -> None:
    roster = Roster()
    assert roster.admit("ib-1", 0.0) is None
    assert roster.replace(Tags(rows=[tag("h-1", "ib-1", "eu-1")]), 100.0) == Change(
        frozenset(), frozenset()
    )
    assert roster.admit("ib-1", 100.0) == roster.admit("eu-1", 159.9) == "h-1"
    assert roster.admit("ib-2", 100.0) is None
    assert roster.is_live("h-1", 159.9)
    assert not roster.is_live("h-2", 100.0)
    assert roster.admit("ib-1", 160.0) is None
    assert roster.live(160.0) == frozenset()
    assert roster.lapse(159.9) == frozenset()
    assert roster.lapse(160.0) == {"h-1"}
    assert roster.lapse(160.0) == frozenset()


def test_a_newer_list_renews_replaces_and_withdraws() -> None:
    roster = Roster()
    roster.replace(Tags(rows=[tag("h-1", "a"), tag("h-2", "b"), tag("h-3", "c")]), 0.0)
    newer = Tags(rows=[tag("h-1", "a"), tag("h-3", "c")], withdrawn=["h-3", "h-9"])
    assert roster.replace(newer, 50.0) == Change(
        frozenset({"h-2", "h-3"}), frozenset({"h-3", "h-9"})
    )
    assert roster.live(109.0) == {"h-1"}
    assert [roster.admit(one, 109.0) for one in "abc"] == ["h-1", None, None]


def test_an_identity_is_valid_in_its_window_within_the_row() -> None:
    rotating = TagRow(
        handle="h-1",
        ttl_s=60.0,
        identities=[
            Identity(identity="ee-1", until_s=10.0),
            Identity(identity="ee-2", from_s=10.0, until_s=900.0),
        ],
    )
    roster = Roster()
    roster.replace(Tags(rows=[rotating]), 100.0)
    assert [roster.admit("ee-1", at) for at in (100.0, 109.9, 110.0)] == ["h-1", "h-1", None]
    assert [roster.admit("ee-2", at) for at in (109.9, 110.0, 159.9)] == [None, "h-1", "h-1"]
    assert roster.admit("ee-2", 160.0) is None


def test_a_list_counts_in_real_seconds_whatever_the_speed_of_a_simulation() -> None:
    roster = Roster()
    roster.replace(Tags(rows=[tag("h-1", "a", ttl_s=60.0)]), 0.0, speed=4.0)
    assert [roster.admit("a", at) for at in (239.0, 240.0)] == ["h-1", None]


def test_an_identity_of_two_handles_is_nobodys() -> None:
    roster = Roster()
    roster.replace(Tags(rows=[tag("h-1", "a"), tag("h-2", "a", ttl_s=10.0)]), 0.0)
    assert roster.admit("a", 5.0) is None
    assert roster.admit("a", 10.0) == "h-1"
    roster.lapse(10.0)
    assert roster.admit("a", 10.0) == "h-1"


@settings(deadline=None)
@given(
    lists=st.lists(
        st.lists(
            st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz"), st.floats(1.0, 50.0)),
            max_size=4,
        ),
        max_size=5,
    ),
    withdrawn=st.sets(st.sampled_from("wxyz")),
    later_s=st.floats(0.0, 60.0),
)
def test_nobody_is_admitted_who_is_not_on_the_last_list(
    lists: list[list[tuple[str, str, float]]], withdrawn: set[str], later_s: float
) -> None:
    roster = Roster()
    for rows in lists:
        tags = Tags(
            rows=[tag(handle, identity, ttl_s=ttl_s) for identity, handle, ttl_s in rows],
            withdrawn=sorted(withdrawn),
        )
        roster.replace(tags, 0.0)
    last = lists[-1] if lists else []
    for identity in "abcd":
        handle = roster.admit(identity, later_s)
        owners = {owner for name, owner, ttl_s in last if name == identity and later_s < ttl_s}
        assert handle is None or (handle in owners and handle not in withdrawn)


def test_a_list_lives_as_long_on_a_faster_clock() -> None:
    roster = Roster()
    rows = [
        TagRow(
            handle="h-1",
            identities=[Identity(identity="a"), Identity(identity="b", from_s=5.0)],
            ttl_s=10.0,
        )
    ]
    roster.replace(Tags(rows=rows), 100.0, speed=4.0)
    assert [roster.is_live("h-1", at_s) for at_s in (139.9, 140.0)] == [True, False]
    assert [roster.admit("b", at_s) for at_s in (119.9, 120.0)] == [None, "h-1"]
