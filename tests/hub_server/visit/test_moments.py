"""What a snapshot takes from a visit and the rooms, and what it leaves out."""

from typing import Any

import msgspec
import pytest

from hub_server.decision.snapshot import (
    HISTORY_FIELDS,
    ContextSnapshot,
    Feedback,
    Reading,
    Said,
    Walk,
    Weight,
    masked,
)
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.journeys import Journey
from hub_server.settings import Hours
from hub_server.visit.moments import NEVER_S, Moments, Switches
from hub_server.visit.visits import Choices, Mission, Past, Visit, Wanted
from store_maps import corner_market, floor_map
from tests.hub_server.wine_moment import MARKET, made

NOON_UTC_S = 1_790_000_000.0 - 1_790_000_000.0 % 86_400 + 43_200


def moments(timezone: str | None, hours: Hours | None) -> Moments:
    document = corner_market.load().document | {"timezone": timezone}
    return Moments(floor_map.parse(msgspec.json.encode(document)), hours)


def test_a_map_without_a_time_zone_has_no_clock_and_is_always_open() -> None:
    nowhere = moments(None, Hours(opens="08:00", closes="09:00"))
    assert nowhere.local_minute(NOON_UTC_S) is None
    assert nowhere.is_open(NOON_UTC_S)


def test_the_clock_is_the_stores_own() -> None:
    tokyo = moments("Asia/Tokyo", Hours(opens="08:00", closes="20:00"))
    assert tokyo.local_minute(NOON_UTC_S) == 21 * 60
    assert not tokyo.is_open(NOON_UTC_S)
    assert tokyo.is_open(NOON_UTC_S - 6 * 3600)


def test_the_clock_follows_its_minutes_and_its_zones_change() -> None:
    berlin = moments("Europe/Berlin", None)
    spring_s = 1_774_746_000.0  # 2026-03-29 01:00 UTC, when 02:00 becomes 03:00
    asked = (spring_s - 1.0, spring_s, spring_s + 59.9, spring_s + 60.0)
    assert [berlin.local_minute(one) for one in asked] == [119, 180, 180, 181]
    assert berlin.is_open(spring_s)


NOW_S = 10_000.0
PAST = Past(
    first_visit=False,
    owned_items=("kettle", "scarf"),
    owned_categories=("kettles", "scarves"),
    due_items=("oats", "scarf"),
    due_categories=("cereals", "scarves"),
    returned_items=("socks", "scarf"),
    disliked_items=("liver", "scarf"),
    services_due=("inspection",),
)
WANTED = (
    Wanted(line="1", item="oats", passed=True),
    Wanted(line="2", item="milk", leaving=True),
    Wanted(line="3", item="scarf", passed=True, leaving=True),
)
SAID = Said("c9", "help", "t", "page", 5.0)


def visit(**more: Any) -> Visit:  # noqa: ANN401 - any field
    known: dict[str, Any] = {
        "visit": "v",
        "shopper": "s",
        "visit_code": "",
        "join_code": "",
        "opened_s": NOW_S - 300.0,
        "past": PAST,
        "wanted": WANTED,
        "weights": {"wine": 0.5, "bread": 1.0},
        "evidence": 4,
        "said_before": (SAID,),
        "bought_items": {"rye", "scarf"},
        "bought_categories": {"bread", "scarves"},
        "gift_marks": frozenset({"b", "a"}),
        "gift_names": frozenset({"scarf", "scarves"}),
        "ghosts": {"c2": "d1"},
    }
    return Visit(**known | more)


def journey(**more: Any) -> Journey:  # noqa: ANN401 - any field
    known: dict[str, Any] = {
        "handle": "h",
        "zone": "wine",
        "zone_p": 0.9,
        "zone_type": "aisle",
        "dwell_s": 5.0,
        "waiting_s": 0.0,
        "in_store_s": 300.0,
        "last_fix_age_s": 1.0,
        "x_m": 3.0,
        "y_m": 4.0,
        "radius_m": 2.0,
        "level": "L0",
        "stage": None,
        "stage_p": {},
        "p_buy": None,
        "stage_gate": None,
    }
    return Journey(**known | more)


def taken(of: Visit, at: Journey | None = None, store: Moments | None = None) -> ContextSnapshot:
    return (store or Moments(MARKET)).snapshot(of, at or journey(), NOW_S)


def test_a_snapshot_takes_what_the_rooms_know() -> None:
    snapshot = taken(visit(controls=("c4",), order_since_s=NOW_S - 90.0, push=True))
    assert (snapshot.first_visit, snapshot.services_due) == (False, ("inspection",))
    assert snapshot.wanted_items == ("oats", "milk"), "in their order: the nearest first"
    assert (snapshot.passed_items, snapshot.leaving_without) == (("oats",), ("milk",))
    assert taken(visit(weights={})).weights == ()
    assert (snapshot.weights, snapshot.evidence) == ((Weight("wine", 0.5),), 4)
    assert (snapshot.controls, snapshot.ghosted) == (("c4",), ("c2",))
    assert (snapshot.waiting_for, snapshot.waiting_s) == ("order", 90.0)
    assert (snapshot.said_before, snapshot.gift_marks) == ((SAID,), ("a", "b"))
    assert (snapshot.channel, snapshot.zone_name, snapshot.visit_s) == ("push", "Wine", 300.0)


def test_what_is_to_stay_a_surprise_is_named_nowhere() -> None:
    text = msgspec.json.encode(taken(visit())).decode()
    assert "scar" not in text
    assert "kettle" in text
    assert "scarf" in msgspec.json.encode(taken(visit(gift_names=frozenset()))).decode()


def test_row_31_who_wants_just_prices_and_stock_has_no_past_in_it() -> None:
    snapshot = taken(visit(choices=Choices(plain=True)))
    assert snapshot.plain
    assert snapshot == masked(snapshot)
    known = masked(taken(visit()))
    fields = {
        name for name in HISTORY_FIELDS if getattr(known, name) != getattr(taken(visit()), name)
    }
    assert fields == HISTORY_FIELDS


def test_the_mission_and_its_time_that_runs() -> None:
    mission = Mission(
        intent="gift", for_whom="child", value="price", minutes=10.0, said_s=NOW_S - 240.0
    )
    snapshot = taken(visit(mission=mission))
    assert (snapshot.intent, snapshot.for_whom, snapshot.value) == ("gift", "child", "price")
    assert snapshot.minutes_left == pytest.approx(6.0)
    long_ago = msgspec.structs.replace(mission, said_s=0.0)
    assert taken(visit(mission=long_ago)).minutes_left == 0.0
    assert taken(visit()).minutes_left is None


def test_row_4_a_mission_ends_with_its_visit() -> None:
    """What the next visit of the same shopper begins with."""
    assert taken(visit()).intent is None


def test_choices_and_what_was_said_to_messages() -> None:
    feedback = [
        Feedback("not_for_me", "wine", "wine", 1.0),
        Feedback("wrong_place", "t", "z", 9990),
    ]
    choices = Choices(
        alone_until_s=NOW_S + 1.0, muted_topics=("bread",), less_topics=("fish",), sensitive_ok=True
    )
    snapshot = taken(visit(feedback=feedback, choices=choices))
    assert snapshot.muted_topics == ("bread", "wine")
    assert (snapshot.less_topics, snapshot.doubted_zones) == (("fish",), ("z",))
    assert (snapshot.alone_today, snapshot.sensitive_ok) == (True, True)
    over = msgspec.structs.replace(choices, alone_until_s=NOW_S, muted_topics=())
    assert taken(visit(feedback=feedback, choices=over)).muted_topics == ("wine",)
    assert not taken(visit(choices=over)).alone_today
    assert taken(visit(push=True, choices=Choices(push=False))).channel is None
    assert taken(visit(push=True, visible={"p": NOW_S})).channel == "page"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"zone_type": "service", "waiting_s": 5.0}, ("service", 5.0)),
        ({"zone_type": "queue", "waiting_s": 5.0}, ("queue", 5.0)),
        ({}, (None, 0.0)),
    ],
)
def test_what_the_shopper_waits_for(
    changes: dict[str, Any], found: tuple[str | None, float]
) -> None:
    snapshot = taken(visit(), journey(**changes))
    assert (snapshot.waiting_for, snapshot.waiting_s) == found


def test_nothing_is_known_of_who_was_never_placed() -> None:
    snapshot = taken(visit(), journey(zone=None, last_fix_age_s=None, level=None))
    assert (snapshot.zone, snapshot.zone_name, snapshot.zone_p) == (None, "", 0.0)
    assert snapshot.fix_age_s == NEVER_S
    assert not snapshot.quiet_zone
    assert taken(visit(), journey(zone="pharmacy")).quiet_zone


class Far:
    """Walks and feeds that keep what they were asked."""

    version = 0

    def __init__(self) -> None:
        self.items: list[list[str]] = []

    def of(self, x_m: float, y_m: float, level: str, items: Any) -> tuple[Walk, ...]:  # noqa: ANN401
        self.items.append(list(items))
        return (Walk(level, x_m + y_m),)

    def readings(self, now_s: float) -> tuple[Reading, ...]:
        return (Reading("weather.temperature_c", 31.0, now_s, 600.0),)


def test_walks_and_feeds_are_asked_at_each_moment() -> None:
    far, store = Far(), Moments(MARKET)
    store.feeds = store.walks = far
    snapshot = taken(visit(), None, store)
    assert snapshot.walks == (Walk("L0", 7.0),)
    assert [one.age_s for one in snapshot.feeds] == [NOW_S]
    for lost in ({"level": None}, {"x_m": None}, {"y_m": None}):
        assert taken(visit(), journey(**lost), store).walks == ()
    later = store.snapshot(visit(), journey(), NOW_S + 0.9)
    assert later.feeds == snapshot.feeds, "feeds are read once a second"
    far.version = 1
    assert store.snapshot(visit(), journey(), NOW_S + 0.9).feeds[0].age_s == NOW_S + 0.9
    far.items = far.items[:1]
    assert far.items == [[]], "no campaign asks how far the moment's own items are"


@pytest.mark.parametrize(
    ("about", "items"),
    [
        ("wanted_items", ["milk", "oats"]),
        ("passed_items", ["oats"]),
        ("leaving_without", ["milk"]),
        ("due_items", ["oats", "scarf"]),
    ],
)
def test_the_way_to_the_moments_own_items_is_asked_where_a_campaign_needs_it(
    about: str, items: list[str]
) -> None:
    far = Far()
    (one,) = made({})
    asks = msgspec.structs.replace(one, about=about, walk_m_max=30.0)
    store = Moments(MARKET, None, [asks, msgspec.structs.replace(one, about="wanted_items")])
    store.walks = far
    taken(visit(), None, store)
    assert far.items == [items]


def test_stock_of_what_campaigns_name_and_of_what_is_on_the_list() -> None:
    counts = {"riesling": 0, "rye": 0, "oats": 0, "milk": None, "scarf": 0}
    products = [
        Product(item=item, name=item, category="c", stock=count, stock_at_s=NOW_S)
        for item, count in counts.items()
    ]
    assortment = Assortment(products)
    (one,) = made({})
    asks = msgspec.structs.replace(one, about="wanted_items")
    store = Moments(MARKET, None, [one, asks], assortment)
    snapshot = taken(visit(), None, store)
    assert snapshot.out_items == ("oats", "riesling"), "no campaign names rye, a scarf is a gift"
    assert snapshot.stock_unknown_items == ("milk",)
    assert taken(visit(), None, store) == snapshot
    assortment.restock({"riesling": 3}, NOW_S)
    assert taken(visit(), None, store).out_items == ("oats",), "a delivery counts at once"
    assortment.restock({"riesling": 0}, NOW_S)
    later = store.snapshot(visit(wanted=(), past=Past()), journey(), NOW_S + 2 * 86_400.0)
    assert (later.out_items, later.stock_unknown_items) == ((), ("riesling",))
    assert taken(visit()).out_items == ()


def test_a_category_is_out_where_nothing_of_it_is_left() -> None:
    (one,) = made({"categories": ["white-wine", "tea", "none-such"]})
    products = [
        Product(item=item, name=item, category=category, stock=count, stock_at_s=NOW_S)
        for item, category, count in (
            ("riesling", "white-wine", 0),
            ("silvaner", "white-wine", 0),
            ("green", "tea", 0),
            ("black", "tea", None),
            ("scarf", "scarves", 0),
        )
    ]
    assortment = Assortment(products)
    store = Moments(MARKET, None, [one], assortment)
    assert taken(visit(), None, store).out_categories == ("white-wine",)
    assert taken(visit(gift_names={"white-wine"}), None, store).out_categories == ()
    assortment.restock({"silvaner": 1}, NOW_S)
    assert taken(visit(), None, store).out_categories == ()


def test_what_the_store_switched_off() -> None:
    store = Moments(MARKET)
    store.switches = Switches(killed=True, paused=("c1",), offers_full=True)
    snapshot = taken(visit(), None, store)
    assert (snapshot.killed, snapshot.offers_full) == (True, True)
    assert snapshot.paused_campaigns == ("c1",)
    assert store.zone_name("wine", "en") == "Wine"
    assert store.zone_name(None, "en") is None


def test_a_zone_is_named_in_the_readers_language() -> None:
    store = Moments(corner_market.load())
    names = [store.zone_name("wine", language) for language in ("en", "de", "fr")]
    assert names == ["Wine", "Wein", "Wine"]
    there = journey(zone="wine")
    assert taken(visit(language="de"), there, store).zone_name == "Wein"
    assert taken(visit(), there, store).zone_name == "Wine"


def test_stock_that_only_a_condition_asks_for_is_looked_up_too() -> None:
    none = {"field": "out_items", "op": "has_any", "value": ["rye", "oats"]}
    one_gone = {"field": "out_items", "op": "has", "value": "milk"}
    some = {"field": "out_items", "op": "some", "value": True}
    here = {"field": "zone", "op": "is", "value": "wine"}
    rules = made({"when": {"all": [here, none]}}, {"when": {"all": [here, one_gone, some]}})
    products = [Product(item=item, name=item, stock=0) for item in ("rye", "milk", "tea")]
    snapshot = taken(visit(), None, Moments(MARKET, None, rules, Assortment(products)))
    assert snapshot.out_items == ("milk", "rye")
    assert snapshot.stock_unknown_items == ("oats", "riesling")
