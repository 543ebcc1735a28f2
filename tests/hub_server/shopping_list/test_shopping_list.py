"""The list over the hub: written, walked, watched, kept."""

import msgspec
import pytest

from hub_server.decision.snapshot import ContextSnapshot
from hub_server.place.routes import Point
from hub_server.shopping_list import lines as list_lines
from hub_server.shopping_list.lines import LINES_MAX, Line
from hub_server.views.aisle import ListView
from hub_server.views.hub import Refused
from hub_server.visit.visits import Mission, Sent
from tests.hub_server.aisle_hub import BANANAS, MILK, OATS, SPAGHETTI, WINE, Shopper
from tests.hub_server.conftest import Hub

# The market's stock is counted in the autumn after the tests' clock.
LATER_S = 1_800_000_000.0
# In an aisle that ends at the tills, and where it ends.
DAIRY = Point(13.5, 18.5, "L0")
OFFERS = Point(12.2, 6.8, "L0")


def items(view: ListView) -> list[str | None]:
    return [line.item for line in view.lines]


def snapshot(shopper: Shopper) -> ContextSnapshot:
    engine = shopper.hub.engine
    journey = engine._desk.journey(shopper.visit)
    assert journey is not None
    return engine._moments.snapshot(shopper.visit, journey, shopper.hub.now_s)


def test_lines_are_found_ordered_by_distance_and_the_odd_one_is_kept(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("Riesling", "bananas", "a gift for Kim", "oat flakes")
    view = shopper.aisle.lists.view(shopper.cookie)
    assert items(view) == [BANANAS, OATS, WINE, None]
    assert [line.order for line in view.lines] == [1, 2, 3, None]
    assert view.lines[-1].text == "a gift for Kim"
    assert not view.from_here
    assert view.ends_at == "till"
    assert view.route is not None
    assert view.saved_m > 10
    assert view.minutes is not None
    first = view.lines[0].product
    assert first is not None
    assert (first.zone, first.in_stock, first.metres) == ("produce", True, None)


def test_from_where_the_shopper_is_with_metres(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("bananas", "riesling")
    shopper.before(WINE)
    view = shopper.aisle.lists.view(shopper.cookie)
    assert view.from_here
    assert items(view) == [WINE, BANANAS]
    assert view.lines[0].metres == 0.0
    assert (view.lines[1].metres or 0) > 25


def test_an_order_is_kept_on_the_way_and_planned_anew_off_it(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("bananas", "spaghetti", "riesling")
    shopper.before(BANANAS)
    assert items(shopper.aisle.lists.view(shopper.cookie)) == [BANANAS, SPAGHETTI, WINE]
    rev = hub.engine.page(shopper.cookie).list_rev
    shopper.at(shopper.aisle.shelves.routes.point(shopper.aisle.shelves.cell(MILK)), "dairy")
    assert hub.engine.page(shopper.cookie).list_rev > rev
    assert items(shopper.aisle.lists.view(shopper.cookie))[-1] != WINE


def test_ten_minutes_hold_what_fits(hub: Hub) -> None:
    """Row 15: the time said, here or in the mission; the shortest way first."""
    shopper = Shopper(hub)
    shopper.write("bananas", "spaghetti", "riesling", "milk", "shampoo", "butter")
    whole = shopper.aisle.lists.view(shopper.cookie)
    assert whole.minutes_said is None
    short = shopper.aisle.lists.view(shopper.cookie, 2.0)
    assert short.left_out_count > 0
    assert (short.minutes or 99) <= 2.0
    assert [line.fits for line in short.lines][-1] is False
    shopper.visit.mission = Mission(intent="hurry", minutes=3.0, said_s=hub.now_s)
    hub.now_s += 60
    view = shopper.aisle.lists.view(shopper.cookie)
    assert view.minutes_said == 2.0
    assert view.left_out_count == short.left_out_count
    hub.engine.tick()
    assert shopper.aisle.lists.view(shopper.cookie).left_out_count == short.left_out_count
    hub.now_s += 600
    assert shopper.aisle.lists.view(shopper.cookie).left_out_count == 6


def test_lines_are_changed_and_taken_off(hub: Hub) -> None:
    shopper = Shopper(hub)
    lists, cookie = shopper.aisle.lists, shopper.cookie
    (line,) = lists.add(cookie, "pasta sauce of some kind", None).lines
    assert line.item is None
    (line,) = lists.change(cookie, line.line, item=SPAGHETTI).lines
    assert (line.text, line.item) == ("Spaghetti, 500 g", SPAGHETTI)
    (line,) = lists.change(cookie, line.line, text="  riesling ").lines
    assert (line.text, line.item) == ("riesling", WINE)
    view = lists.change(cookie, line.line, done=True)
    assert view.lines[0].done
    assert view.route is None
    assert hub.engine.page(cookie).list_count == 0
    assert lists.change(cookie, line.line, done=False).lines[0].order == 1
    assert lists.remove(cookie, line.line).lines == []


def test_a_tap_twice_is_one_line_and_amounts_do_not_matter(hub: Hub) -> None:
    shopper = Shopper(hub)
    lists, cookie = shopper.aisle.lists, shopper.cookie
    (line,) = lists.add(cookie, None, MILK).lines
    assert len(lists.add(cookie, None, MILK).lines) == 1
    lists.change(cookie, line.line, done=True)
    (again,) = lists.add(cookie, None, MILK).lines
    assert (again.line, again.done) == (line.line, False)
    assert lists.add(cookie, "2 riesling", None).lines[1].item == WINE


def test_what_cannot_be_written_is_refused(hub: Hub) -> None:
    shopper = Shopper(hub)
    lists, cookie = shopper.aisle.lists, shopper.cookie
    with pytest.raises(Refused, match="Write what you need"):
        lists.add(cookie, "  ", None)
    with pytest.raises(Refused, match="nothing of that number"):
        lists.add(cookie, None, "999")
    with pytest.raises(Refused, match="no such line"):
        lists.remove(cookie, "none")
    for number in range(LINES_MAX):
        line = Line(line=f"l{number}", position=number, text="x")
        hub.database.write(list_lines.added(shopper.visit.shopper, line, 0))
    lists.recall(shopper.visit)
    with pytest.raises(Refused, match="at most 100"):
        lists.add(cookie, "one more", None)
    with pytest.raises(Refused, match="ended"):
        lists.view("nobody")


def test_a_list_outlives_the_hub_and_for_the_remembered_the_visit(hub: Hub) -> None:
    shopper = Shopper(hub, remember=True)
    shopper.write("oat flakes", "riesling")
    hub.restart()
    assert items(shopper.aisle.lists.view(shopper.cookie)) == [OATS, WINE]
    hub.engine.leave(shopper.cookie)
    hub.engine.tick()
    (code,) = hub.carts("cart-2")
    again = hub.yes(code, shopper.cookie, remember=True)
    view = hub.engine.rooms.aisle.lists.view(again.cookie)
    assert items(view) == [OATS, WINE]
    hub.engine.delete(again.cookie)
    assert hub.query("SELECT * FROM list_lines") == []


def test_the_decision_knows_what_is_wanted_nearest_first(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("riesling", "bananas", "something odd")
    shopper.before(BANANAS)
    assert snapshot(shopper).wanted_items == (BANANAS, WINE)
    shopper.before(WINE)
    hub.engine.tick()
    assert snapshot(shopper).wanted_items == (WINE, BANANAS)


def test_passed_without_a_stop_is_told(hub: Hub) -> None:
    """Row 99: "passed oats 5 m back"."""
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.before(OATS, 3)
    rev = hub.engine.page(shopper.cookie).list_rev
    shopper.before(BANANAS, 2)
    assert snapshot(shopper).passed_items == (OATS,)
    assert hub.engine.page(shopper.cookie).list_rev > rev
    by_item = {line.item: line for line in shopper.aisle.lists.view(shopper.cookie).lines}
    assert (by_item[OATS].passed_m or 0) > 5
    assert by_item[WINE].passed_m is None
    assert hub.query("SELECT count(*) FROM list_lines WHERE passed_ms IS NOT NULL") == [(1,)]


def test_who_stopped_has_been_there(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.before(OATS, 14)
    shopper.before(BANANAS, 2)
    assert snapshot(shopper).passed_items == ()
    view = shopper.aisle.lists.view(shopper.cookie)
    assert [(line.item, line.visited) for line in view.lines] == [(WINE, False), (OATS, True)]


def test_on_the_way_out_the_unvisited_are_told_once(hub: Hub) -> None:
    """Row 97: one nudge, never twice."""
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.before(OATS, 14)
    shopper.at(DAIRY, "dairy", 2)
    walk_out(shopper, reads=False)
    assert snapshot(shopper).leaving_without == (WINE,)
    (line,) = shopper.aisle.lists.view(shopper.cookie).leaving_without
    shopper.visit.sent.append(
        Sent(
            shown=True,
            decision="d",
            campaign="c",
            kind="remind",
            topic="list",
            title="",
            text="",
            why=(),
            for_zone=None,
            zone="checkout",
            at_s=hub.now_s,
            expires_at_s=hub.now_s + 60,
            items=(WINE,),
        )
    )
    shopper.at(OFFERS, "offers", 1)
    assert snapshot(shopper).leaving_without == ()
    routes = shopper.aisle.shelves.routes
    shopper.at(routes.point(routes.middle("dairy")), "dairy", 3)
    walk_out(shopper)
    assert snapshot(shopper).leaving_without == ()
    assert line


def test_at_the_till_the_list_tells_it_and_no_message_does(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.before(OATS, 14)
    routes = shopper.aisle.shelves.routes
    shopper.at(routes.point(routes.tills[1]), "checkout", 32)
    (line,) = shopper.aisle.lists.view(shopper.cookie).leaving_without
    assert line
    assert snapshot(shopper).leaving_without == ()


def test_after_paying_nothing_is_left_to_say(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.before(OATS, 14)
    shopper.at(DAIRY, "dairy", 2)
    walk_out(shopper, reads=False)
    shopper.visit.paid_s = hub.now_s
    shopper.at(OFFERS, "offers", 1)
    assert snapshot(shopper).leaving_without == ()


@pytest.mark.parametrize(("minutes", "told"), [(30.0, (WINE,)), (1.5, ())])
def test_what_there_is_no_time_for_is_not_told(
    hub: Hub, minutes: float, told: tuple[str, ...]
) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.before(OATS, 14)
    shopper.visit.mission = Mission(minutes=minutes, said_s=hub.now_s)
    shopper.at(DAIRY, "dairy", 2)
    walk_out(shopper, reads=False)
    assert snapshot(shopper).leaving_without == told


def test_what_the_till_sold_is_ticked_off(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes", "riesling")
    shopper.visit.bought_items = {OATS}
    hub.pass_s(1)
    view = shopper.aisle.lists.view(shopper.cookie)
    assert [(line.item, line.done) for line in view.lines] == [(WINE, False), (OATS, True)]
    assert shopper.visit.wanted[0].item == WINE
    assert hub.query("SELECT item FROM list_lines WHERE done_ms IS NOT NULL") == [(OATS,)]


def test_a_surprise_shows_nowhere_on_the_list(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("praline box", "oat flakes")
    shopper.visit.gift_names = frozenset({"gifts"})
    hub.pass_s(1)
    view = shopper.aisle.lists.view(shopper.cookie)
    assert items(view) == [OATS]
    assert [one.item for one in shopper.visit.wanted] == [OATS]
    assert hub.engine.page(shopper.cookie).list_count == 1


def test_out_of_stock_says_what_is_there_instead(hub: Hub) -> None:
    """Row 87."""
    shopper = Shopper(hub)
    shopper.aisle.shelves.assortment.restock({MILK: 0}, LATER_S)
    view = shopper.aisle.lists.add(shopper.cookie, None, MILK)
    assert view.lines[0].product is not None
    assert view.lines[0].product.in_stock is False
    assert [one.in_stock for one in view.lines[0].substitutes] == [True] * len(
        view.lines[0].substitutes
    )
    assert msgspec.json.encode(view)


def test_nothing_is_watched_in_a_pause_or_without_a_place(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes")
    shopper.before(OATS, 3)
    hub.engine.pause(shopper.cookie, paused=True)
    hub.pass_s(3)
    view = shopper.aisle.lists.view(shopper.cookie)
    assert not view.from_here
    assert view.lines[0].metres is None


def walk_out(shopper: Shopper, *, reads: bool = True) -> None:
    """From the snacks' aisle to the tills, past the offers, with or without eyes on the page."""
    handle = shopper.hub.handle(shopper.session)
    shopper.hub.stays(shopper.hub.row(handle, "enter", "snacks"))
    for step in range(8):
        y_m = 14.0 - step
        shopper.at(Point(12.2, y_m, "L0"), "snacks" if y_m > 8 else "offers")
        for one in shopper.visit.sent if reads else ():
            shopper.hub.engine.receipt(shopper.cookie, one.decision, "shown")
    shopper.hub.stays(shopper.hub.row(handle, "enter", "offers"))
    shopper.at(OFFERS, "offers", 2)


def test_one_word_is_said_on_the_way_out_and_never_again(hub: Hub) -> None:
    """Row 97, with the demo's own campaigns, from the walk to the page."""
    shopper = Shopper(hub)
    shopper.write("riesling")
    shopper.at(DAIRY, "dairy", 60)
    walk_out(shopper)
    (said,) = [one for one in shopper.visit.sent if one.campaign == "on-the-way-out"]
    assert said.listed
    assert said.items == (WINE,)
    hub.engine.receipt(shopper.cookie, said.decision, "shown")
    hub.engine.tick()
    assert said.listed
    shopper.at(DAIRY, "dairy", 30)
    walk_out(shopper)
    again = [one for one in shopper.visit.sent if one.campaign == "on-the-way-out"]
    assert again == [said]


def test_what_was_passed_is_said_with_its_metres(hub: Hub) -> None:
    """Row 99, with the demo's own campaigns, from the walk to the page."""
    shopper = Shopper(hub)
    shopper.write("oat flakes")
    hub.enter(hub.handle(shopper.session), "breakfast")
    shopper.before(OATS, 3)
    hub.enter(hub.handle(shopper.session), "produce")
    shopper.before("1005", 5)
    (said,) = [one for one in shopper.visit.sent if one.campaign == "passed-on-your-list"]
    assert said.title == "Oat flakes, 500 g: 7 m back"


def test_a_guess_is_suggested_and_never_taken(hub: Hub) -> None:
    """What was typed stays; "chese" may be one of the cheeses, and the shopper says which."""
    shopper = Shopper(hub)
    lists, cookie = shopper.aisle.lists, shopper.cookie
    (line,) = lists.add(cookie, "chese", None).lines
    assert (line.text, line.item, line.product) == ("chese", None, None)
    assert [one.name for one in line.suggestions] == ["Mountain cheese, 200 g", "Brie, 150 g"]
    chosen = line.suggestions[1].item
    (line,) = lists.change(cookie, line.line, text=line.text, item=chosen).lines
    assert (line.text, line.item) == ("chese", chosen)
    assert [one.name for one in line.suggestions] == ["Mountain cheese, 200 g"]
    shopper.visit.gift_names = frozenset({line.suggestions[0].item})
    assert lists.view(cookie).lines[0].suggestions == []
    assert lists.change(cookie, line.line, done=True).lines[0].suggestions == []


def test_a_sort_is_its_first_with_the_others_beside(hub: Hub) -> None:
    shopper = Shopper(hub)
    (line,) = shopper.aisle.lists.add(shopper.cookie, "2 wine", None).lines
    assert (line.text, line.item) == ("2 wine", WINE)
    assert [one.name for one in line.suggestions] == ["Pinot noir", "Sparkling rosé"]


def test_the_same_twice_is_one_line(hub: Hub) -> None:
    shopper = Shopper(hub)
    lists, cookie = shopper.aisle.lists, shopper.cookie
    (line,) = lists.add(cookie, "milk", None).lines
    lists.change(cookie, line.line, done=True)
    for again in ("milk", "Whole milk", "Milk!"):
        (same,) = lists.add(cookie, again, None).lines
        assert (same.line, same.text, same.done) == (line.line, "milk", False)
    assert len(lists.add(cookie, "a card for Kim", None).lines) == 2
    assert len(lists.add(cookie, "A card for Kim", None).lines) == 2
    assert len(lists.add(cookie, "!", None).lines) == 3
    assert len(lists.add(cookie, "?", None).lines) == 4


def test_a_line_that_becomes_another_takes_its_place(hub: Hub) -> None:
    shopper = Shopper(hub)
    lists, cookie = shopper.aisle.lists, shopper.cookie
    lists.add(cookie, "riesling", None)
    odd = lists.add(cookie, "some of that dry one", None).lines[-1]
    assert len(lists.change(cookie, odd.line, done=True).lines) == 2
    (line,) = lists.change(cookie, odd.line, text=odd.text, item=WINE, done=False).lines
    assert (line.line, line.item) == (odd.line, WINE)
    assert len(hub.query("SELECT * FROM list_lines")) == 1
