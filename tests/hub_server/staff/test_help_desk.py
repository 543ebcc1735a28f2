"""Requests to staff: asked, taken by a name, done; what each side sees."""

from typing import Any

import msgspec
import pytest

from hub_server.staff.help_desk import ACTIVE_MAX, ASKED_MAX
from hub_server.staff.tasks import SHOWN_S
from hub_server.views.hub import Refused
from hub_server.visit.visits import Sent
from tests.hub_server.aisle_hub import BANANAS, MILK, OATS, SPAGHETTI, WINE, Shopper
from tests.hub_server.conftest import Hub


def staff(hub: Hub) -> list[dict[str, Any]]:
    """What the staff page lists."""
    frame = msgspec.json.decode(hub.engine.rooms.aisle.help.frame(hub.now_s))
    tasks: list[dict[str, Any]] = frame["tasks"]
    return tasks


def test_a_tap_brings_somebody_by_name(hub: Hub) -> None:
    """Rows 42 and 59: asked, taken by Anna in two minutes, done: both sides see each step."""
    shopper = Shopper(hub)
    shopper.before(SPAGHETTI)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, " Which one is\n without egg? ")
    assert asked.about == "Which one is without egg?"
    (task,) = staff(hub)
    assert (task["kind"], task["state"], task["zone_name"]) == ("help", "open", "Pasta & sauces")
    assert abs(task["x_m"] - 16.25) < 1
    taken, visit = shopper.aisle.help.take(asked.task, "Anna", 2.0)
    assert taken.who == "Anna"
    assert visit is shopper.visit
    shown = hub.engine.page(shopper.cookie).help
    assert (shown.state, shown.who, shown.minutes) == ("taken", "Anna", 2.0)
    hub.now_s += 90
    shopper.aisle.help.done(asked.task)
    assert hub.engine.page(shopper.cookie).help.state == "done"
    (task,) = staff(hub)
    assert (task["state"], task["x_m"], task["waiting_s"]) == ("done", None, 0.0)
    hub.pass_s(SHOWN_S + 20, 10)
    assert staff(hub) == []
    assert hub.engine.page(shopper.cookie).help is None


def test_a_second_tap_is_the_same_request(hub: Hub) -> None:
    shopper = Shopper(hub)
    first, _ = shopper.aisle.help.ask(shopper.cookie, None)
    again, _ = shopper.aisle.help.ask(shopper.cookie, "the freezer")
    same, _ = shopper.aisle.help.ask(shopper.cookie, None)
    assert (first.task, first.about) == (again.task, None)
    assert (same.task, same.about) == (first.task, "the freezer")
    assert len(staff(hub)) == 1


def test_one_tap_has_it_brought(hub: Hub) -> None:
    """Row 88."""
    shopper = Shopper(hub)
    shopper.before(SPAGHETTI)
    asked, _ = shopper.aisle.help.bring(shopper.cookie, WINE)
    assert (asked.kind, asked.item_name) == ("bring", "Riesling, dry")
    (task,) = staff(hub)
    assert (task["item_zone_name"], task["zone_name"]) == ("Wine", "Pasta & sauces")
    assert (task["item_x_m"], task["item_y_m"], task["item_level"]) == (0.6, 15.02, "L0")
    again, _ = shopper.aisle.help.bring(shopper.cookie, WINE)
    assert again.task == asked.task
    with pytest.raises(Refused, match="nothing of that number"):
        shopper.aisle.help.bring(shopper.cookie, "999")


def test_nobody_has_all_of_the_staff(hub: Hub) -> None:
    shopper = Shopper(hub)
    products = list(shopper.aisle.shelves.assortment.products)
    for item in products[:ACTIVE_MAX]:
        shopper.aisle.help.bring(shopper.cookie, item)
    with pytest.raises(Refused) as refused:
        shopper.aisle.help.bring(shopper.cookie, products[ACTIVE_MAX])
    assert refused.value.code == "too_many"


def test_who_plays_with_the_button_is_sent_to_the_tills(hub: Hub) -> None:
    shopper = Shopper(hub)
    for _ in range(ASKED_MAX):
        shopper.aisle.help.ask(shopper.cookie, None)
        shopper.aisle.help.cancel(shopper.cookie)
    with pytest.raises(Refused) as refused:
        shopper.aisle.help.ask(shopper.cookie, None)
    assert refused.value.status == 429
    hub.engine.tick()
    with pytest.raises(Refused):
        shopper.aisle.help.ask(shopper.cookie, None)


def test_the_shopper_calls_it_off(hub: Hub) -> None:
    shopper = Shopper(hub)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    assert shopper.aisle.help.cancel(shopper.cookie) is shopper.visit
    assert shopper.aisle.help.shown(shopper.cookie) is not None
    (task,) = staff(hub)
    assert (task["task"], task["state"]) == (asked.task, "cancelled")
    with pytest.raises(Refused, match="no open request"):
        shopper.aisle.help.cancel(shopper.cookie)


def test_what_is_called_off_is_what_the_phone_shows(hub: Hub) -> None:
    """Rows 59 and 88: who found the oil themselves still wants the milk."""
    shopper = Shopper(hub)
    shopper.aisle.help.bring(shopper.cookie, MILK)
    hub.now_s += 1
    shopper.aisle.help.ask(shopper.cookie, "Where is the oil?")
    shopper.aisle.help.cancel(shopper.cookie)
    assert [(one["kind"], one["state"]) for one in staff(hub)] == [
        ("bring", "open"),
        ("help", "cancelled"),
    ]
    assert hub.engine.page(shopper.cookie).help.item_name == "Whole milk, 1 l"


def test_who_comes_second_is_told(hub: Hub) -> None:
    shopper = Shopper(hub)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    shopper.aisle.help.take(asked.task, "Anna", None)
    with pytest.raises(Refused) as refused:
        shopper.aisle.help.take(asked.task, "Ben", None)
    assert (refused.value.status, refused.value.code) == (409, "taken")
    shopper.aisle.help.done(asked.task)
    with pytest.raises(Refused) as over:
        shopper.aisle.help.done(asked.task)
    assert over.value.code == "over"
    with pytest.raises(Refused, match="no such request"):
        shopper.aisle.help.take("none", "Ben", None)


def test_nobody_within_a_minute_is_an_alarm_until_somebody_comes(hub: Hub) -> None:
    """Row 57."""
    shopper = Shopper(hub)
    shopper.before(SPAGHETTI)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    hub.pass_s(58)
    assert not any("/staff" in one for one in alarms(hub))
    hub.pass_s(3)
    (alarm,) = [one for one in alarms(hub) if "/staff" in one]
    assert alarm.startswith("a request in Pasta & sauces waits 61 s")
    assert alarm in hub.engine.health().alarms
    assert hub.engine.page(shopper.cookie).help.escalated
    assert staff(hub)[0]["escalated"]
    shopper.before(BANANAS)
    (moved,) = [one for one in alarms(hub) if "/staff" in one]
    assert moved.startswith("a request in Fruit & vegetables waits 62 s"), "one place everywhere"
    assert staff(hub)[0]["zone_name"] == "Fruit & vegetables"
    shopper.aisle.help.take(asked.task, "Anna", None)
    hub.pass_s(1)
    assert not any("/staff" in one for one in alarms(hub))


def test_taken_and_never_came(hub: Hub) -> None:
    """Row 59: Anna said two minutes; seven later it is everybody's, on both pages and the floor."""
    shopper = Shopper(hub)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    shopper.aisle.help.take(asked.task, "Anna", 2.0)
    hub.pass_s(419)
    assert hub.engine.page(shopper.cookie).help.who == "Anna"
    hub.pass_s(2)
    shown = hub.engine.page(shopper.cookie).help
    assert (shown.state, shown.who, shown.minutes, shown.escalated) == ("open", None, None, True)
    assert any("/staff" in one for one in alarms(hub))
    hub.restart()
    shopper.aisle.help.take(asked.task, "Ben", None)
    assert hub.engine.page(shopper.cookie).help.who == "Ben"


def alarms(hub: Hub) -> list[str]:
    frame = msgspec.json.decode(hub.engine.floor_frame())
    found: list[str] = frame["alarms"]
    return found


def test_requests_outlive_the_hub(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.aisle.help.bring(shopper.cookie, MILK)
    hub.now_s += 1
    asked, _ = shopper.aisle.help.ask(shopper.cookie, "eggs?")
    shopper.aisle.help.take(asked.task, "Anna", 3.0)
    hub.restart()
    hub.engine.tick()
    brought, helped = sorted(staff(hub), key=lambda task: str(task["kind"]))
    assert (brought["state"], brought["item"]) == ("open", MILK)
    assert (helped["who"], helped["minutes"], helped["about"]) == ("Anna", 3.0, "eggs?")
    assert hub.engine.page(shopper.cookie).help.who == "Anna"


@pytest.mark.parametrize(("away_s", "shown"), [(10, "done"), (100, None)])
def test_what_is_over_is_shown_as_long_whatever_the_hub_does(
    hub: Hub, away_s: int, shown: str | None
) -> None:
    """Row 82: and its words go with it, though the hub was away as its minute ended."""
    shopper = Shopper(hub)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, "something private")
    shopper.aisle.help.take(asked.task, "Anna", None)
    shopper.aisle.help.done(asked.task)
    hub.close()
    hub.now_s += away_s
    hub.open()
    found = hub.engine.page(shopper.cookie).help
    assert (found and found.state) == shown
    hub.engine.tick()
    assert [task["who"] for task in staff(hub)] == ["Anna"] * (shown is not None)
    hub.pass_s(62)
    assert staff(hub) == []
    assert hub.query("SELECT outcome, about FROM tasks") == [("done", None)]


def test_who_leaves_needs_nobody_and_leaves_no_words(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.aisle.help.ask(shopper.cookie, "something private")
    hub.engine.leave(shopper.cookie)
    hub.engine.tick()
    (task,) = staff(hub)
    assert (task["state"], task["about"]) == ("cancelled", None)
    assert hub.query("SELECT outcome, about FROM tasks") == [("cancelled", None)]


def test_the_words_of_what_is_done_go_too(hub: Hub) -> None:
    """Row 82: with the shopper at once, else with the minute for which staff see it."""
    first, second = Shopper(hub), Shopper(hub, "cart-2")
    for one in (first, second):
        task = one.aisle.help.ask(one.cookie, "something private")[0].task
        one.aisle.help.done(task)
    hub.engine.delete(first.cookie)
    hub.engine.tick()
    assert {task["about"] for task in staff(hub)} == {None, "something private"}
    hub.pass_s(62)
    assert staff(hub) == []
    assert hub.query("SELECT outcome, about FROM tasks") == [("done", None)]


def test_after_delete_no_byte_of_a_request_stays(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.aisle.help.ask(shopper.cookie, "zzz-something-private-zzz")
    shopper.write("zzz-something-else-zzz")
    hub.engine.delete(shopper.cookie)
    hub.engine.tick()
    assert b"zzz-something" not in hub.bytes_on_disk()


def test_staff_see_no_place_without_consent_to_be_located(hub: Hub) -> None:
    """Row 53: without consent no place; and never who it is."""
    shopper = Shopper(hub)
    shopper.before(OATS)
    hub.engine.pause(shopper.cookie, paused=True)
    shopper.aisle.help.ask(shopper.cookie, None)
    (task,) = staff(hub)
    assert [task[name] for name in ("zone", "zone_name", "level", "x_m", "y_m")] == [None] * 5
    told = hub.engine.rooms.aisle.help.frame(hub.now_s)
    for secret in (shopper.visit.shopper, shopper.visit.visit, shopper.session.visit_code):
        assert secret.encode() not in told


def test_a_request_keeps_no_place_once_nobody_may_locate(hub: Hub) -> None:
    """Rows 82 and 92: neither the open one nor what is over by now."""
    shopper = Shopper(hub)
    shopper.before(OATS)
    done, _ = shopper.aisle.help.bring(shopper.cookie, MILK)
    shopper.aisle.help.done(done.task)
    shopper.aisle.help.ask(shopper.cookie, None)
    hub.pass_s(1)
    assert {task["zone"] for task in staff(hub)} == {"breakfast"}
    hub.engine.rooms.purposes.change(shopper.cookie, "locate", on=False)
    assert hub.query("SELECT DISTINCT zone FROM tasks") == [(None,)]
    hub.pass_s(1)
    assert {(task["zone"], task["zone_name"]) for task in staff(hub)} == {(None, None)}
    assert hub.query("SELECT DISTINCT zone FROM tasks") == [(None,)]


def test_a_surprise_is_not_named_on_the_phone(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.visit.gift_names = frozenset({WINE})
    asked, _ = shopper.aisle.help.bring(shopper.cookie, WINE)
    assert (asked.item, asked.item_name) == (None, None)
    assert staff(hub)[0]["item_name"] == "Riesling, dry"


def test_a_campaign_calls_staff_to_a_zone_and_names_nobody(hub: Hub) -> None:
    """Row 20: a dwell that needs help becomes a task of the staff."""
    shopper = Shopper(hub)
    said = Sent(
        decision="d",
        campaign="c",
        kind="help",
        topic="wine",
        title="Advice on wine",
        text="",
        why=(),
        for_zone=None,
        zone="wine",
        at_s=hub.now_s,
        expires_at_s=hub.now_s + 60,
    )
    hub.engine.speaker.on_staff(shopper.visit, said)
    hub.engine.speaker.on_staff(shopper.visit, msgspec.structs.replace(said, zone=None))
    hub.engine.speaker.on_staff(shopper.visit, said)
    hub.pass_s(1)
    (task,) = staff(hub)
    assert (task["kind"], task["zone_name"], task["about"]) == ("call", "Wine", "Advice on wine")
    assert task["x_m"] is None
    taken, visit = shopper.aisle.help.take(task["task"], "Anna", None)
    assert visit is None
    assert hub.engine.page(shopper.cookie).help is None
    assert taken.state == "taken"
    own = msgspec.structs.replace(said, zone="pasta", title="Your oats", for_everyone=False)
    hub.engine.speaker.on_staff(shopper.visit, own)
    hub.pass_s(1)
    assert [task["about"] for task in staff(hub) if task["zone"] == "pasta"] == ["wine"]


def test_a_call_of_yesterday_is_over_and_swallows_none_of_today(hub: Hub) -> None:
    """Rows 20 and 42: taken and never done, or never taken; after a restart, too."""
    desk = hub.engine.rooms.aisle.help
    taken = desk.call("wine", "Advice on wine", hub.now_s)
    desk.take(taken.task, "Anna", 1.0)
    assert desk.call("wine", "Advice on wine", hub.now_s) == desk._tasks[taken.task]
    desk.call("pasta", "Pasta", hub.now_s)
    hub.pass_s(62)
    assert len([one for one in alarms(hub) if "/staff" in one]) == 1
    hub.restart()
    hub.now_s += 86_400
    today = hub.engine.rooms.aisle.help.call("wine", "Advice on wine", hub.now_s)
    assert today.task != taken.task
    hub.pass_s(1)
    assert [(one["state"], one["zone"]) for one in staff(hub) if one["state"] == "open"] == [
        ("open", "wine")
    ]
    assert not any("/staff" in one for one in alarms(hub))


async def test_the_staff_page_hears_of_each_change_at_once(hub: Hub) -> None:
    """Row 68: within 2 s, here in the same call."""
    shopper = Shopper(hub)
    frames = shopper.aisle.help.frames()
    assert msgspec.json.decode(await anext(frames))["tasks"] == []
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    assert len(msgspec.json.decode(await anext(frames))["tasks"]) == 1
    shopper.aisle.help.take(asked.task, "Anna", None)
    assert msgspec.json.decode(await anext(frames))["tasks"][0]["who"] == "Anna"
    hub.pass_s(1)
    assert msgspec.json.decode(await anext(frames))["at_ms"] == round(hub.now_s * 1000)
    hub.engine.close()
    assert [frame async for frame in frames] == []
