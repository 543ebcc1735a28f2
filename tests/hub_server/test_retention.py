from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub_server.database import backup
from hub_server.retention import DAY_MS, MONTH_MS, ROWS_A_PASS
from tests.hub_server.conftest import Hub

DAY_S = 86_400


def run(hub: Hub) -> int:
    return hub.engine._retention.run(round(hub.now_s * 1000))


def visited(hub: Hub, name: str, *, remember: bool) -> None:
    (code,) = hub.carts(name)
    session = hub.yes(code, remember=remember)
    hub.enter(hub.handle(session), "produce")
    hub.now_s += 40
    hub.stays(hub.row(hub.handle(session), "leave", "produce", dwell_s=40.0))
    hub.engine.leave(session.cookie)


def counted(hub: Hub) -> list[tuple[object, ...]]:
    """What rows of persons have become; `no` is counted when it is said, not when it goes."""
    sql = "SELECT what, key, rows_count, dwell_s FROM counts ORDER BY what, key"
    return [row for row in hub.query(sql) if row[0] not in {"no", "no_by"}]


def test_an_unremembered_shopper_is_forgotten_a_day_after_the_visit(hub: Hub) -> None:
    visited(hub, "cart-1", remember=False)
    hub.now_s += DAY_S - 60
    assert run(hub) == 0
    hub.now_s += 120
    assert run(hub) == 1
    for table in ("shoppers", "visits", "pairings", "stays", "decisions", "phones", "consents"):
        sql = f"SELECT count(*) FROM {table}"  # noqa: S608 - the names stand above
        assert hub.query(sql) == [(0,)], table
    assert counted(hub) == [("silent", "unreachable", 1, 0), ("stays", "produce", 1, 40)]
    assert hub.query("SELECT count(*) FROM receipts") == [(1,)]


def test_an_open_visit_is_not_forgotten(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.yes(code)
    hub.now_s += 3 * DAY_S
    assert run(hub) == 0


def test_a_remembered_shoppers_stays_become_counts_after_thirty_days(hub: Hub) -> None:
    visited(hub, "cart-1", remember=True)
    visited(hub, "cart-2", remember=True)
    hub.now_s += 2 * DAY_S
    assert run(hub) == 0
    assert hub.query("SELECT handle FROM pairings") == [("",), ("",)]
    hub.now_s += 29 * DAY_S
    assert run(hub) == 0
    assert hub.query("SELECT count(*) FROM stays") == [(0,)]
    assert hub.query("SELECT count(*) FROM decisions") == [(0,)]
    assert hub.query("SELECT count(*) FROM shoppers") == [(2,)]
    assert counted(hub) == [("silent", "unreachable", 2, 0), ("stays", "produce", 2, 80)]
    assert run(hub) == 0
    assert counted(hub)[1] == ("stays", "produce", 2, 80)


def test_what_becomes_a_count_lies_on_the_stores_day(hub: Hub) -> None:
    """Two minutes after midnight in Berlin, which is 22:02 in UTC."""
    hub.now_s = datetime(2026, 9, 22, 0, 2, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    visited(hub, "cart-1", remember=False)
    hub.now_s += DAY_S + 60
    assert run(hub) == 1
    days = hub.query(
        "SELECT DISTINCT what, day FROM counts WHERE what IN ('stays', 'silent', 'no')"
    )
    assert sorted(days) == [(what, "2026-09-22") for what in ("no", "silent", "stays")]


def test_lists_of_faults_have_an_end(hub: Hub) -> None:
    hub.run("INSERT INTO quarantine (at_ms, topic, reason, bytes_count) VALUES (1, 't', 'r', 1)")
    hub.run(
        "INSERT INTO lost (store, agent, outbox, from_seq, rows_count, at_ms) "
        "VALUES ('s', 'a', 'o', 1, 1, 1)"
    )
    run(hub)
    assert hub.query("SELECT count(*) FROM quarantine") == [(0,)]
    assert hub.query("SELECT count(*) FROM lost") == [(0,)]
    assert MONTH_MS == 30 * DAY_MS


def test_the_job_runs_by_the_clock(hub: Hub) -> None:
    visited(hub, "cart-1", remember=False)
    hub.pass_s(1)
    hub.now_s += 2 * DAY_S
    hub.pass_s(1)
    assert hub.query("SELECT count(*) FROM shoppers") == [(0,)]


def rows(hub: Hub, table: str) -> object:
    return hub.query(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - the tests' own words


def aged(hub: Hub, days: float) -> int:
    return round((hub.now_s - days * DAY_S) * 1000)


def test_purchases_of_the_remembered_stay_three_years_and_everybody_elses_a_month(
    hub: Hub,
) -> None:
    """Row 79: after its time each row is gone."""
    (code,) = hub.carts("cart-1")
    hub.yes(code, remember=True)
    ((shopper,),) = hub.query("SELECT shopper FROM shoppers")
    for name, days in (("young", 29), ("old", 31), ("ancient", 3 * 365 + 1)):
        for whose, value in (("shopper", shopper), ("external", "digest"), ("type", "scan")):
            hub.run(
                "INSERT OR IGNORE INTO events (source, event, type, channel, at_ms, items) "  # noqa: S608 - the tests' own words
                f"VALUES ('till', '{name} {whose}', 'scan', 'till', {aged(hub, days)}, '[]')"
            )
            hub.run(f"UPDATE events SET {whose} = '{value}' WHERE event = '{name} {whose}'")  # noqa: S608 - the tests' own words
        hub.run(
            f"INSERT INTO purchases VALUES ('{name}', 1, NULL, {aged(hub, days)}, '1001', 1, 1)"  # noqa: S608 - the tests' own words
        )
    run(hub)
    kept = {str(row[0]) for row in hub.query("SELECT event FROM events")}
    young = {"young shopper", "young external", "young type"}
    assert kept == {*young, "old shopper", "old external"}
    assert hub.query("SELECT basket FROM purchases ORDER BY basket") == [("old",), ("young",)]


def test_what_belongs_to_a_message_or_a_request_goes_with_it(hub: Hub) -> None:
    """Row 79: requests, reservations, subscriptions, ideas, rules: each has an end."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    ((shopper, visit),) = hub.query("SELECT shopper, visit FROM visits")
    hub.engine.rooms.mission.say(session.cookie, {"intent": "gift", "minutes": 9.0})
    for name, days in (("new", 0.5), ("old", 61)):
        at_ms = aged(hub, days)
        hub.run(
            "INSERT INTO tasks (task, store, kind, at_ms, over_ms) VALUES "  # noqa: S608 - the tests' own words
            f"('{name}', 'corner-market', 'help', {at_ms}, {at_ms})"
        )
        hub.run(
            "INSERT INTO reservations VALUES "  # noqa: S608 - the tests' own words
            f"('{name}', 's', '{visit}', 'c', 'guide', 't', 'page', '[]', 0, {at_ms}, NULL)"
        )
        hub.run(
            "INSERT INTO push_subscriptions VALUES "  # noqa: S608 - the tests' own words
            f"('{name}', '{shopper}', x'00', '{name}', 'k', 'a', {at_ms}, {at_ms})"
        )
        hub.run(
            "INSERT INTO rule_sets VALUES "  # noqa: S608 - the tests' own words
            f"('{name}', 'corner-market', '[]', '[]', 'm', {at_ms})"
        )
    hub.run("INSERT INTO ideas (store, day, text) VALUES ('corner-market', '2020-01-01', 'old')")
    run(hub)
    for table, key in (
        ("tasks", "task"),
        ("reservations", "decision"),
        ("push_subscriptions", "subscription"),
    ):
        found = hub.query(f"SELECT {key} FROM {table}")  # noqa: S608 - the tests' own words
        assert found == [("new",)], table
    sets = {row[0] for row in hub.query("SELECT sha256 FROM rule_sets")}
    assert "old" not in sets
    assert "new" in sets
    assert rows(hub, "ideas") == 0
    assert hub.query("SELECT intent FROM visits") == [("gift",)]
    hub.engine.leave(session.cookie)
    hub.now_s += DAY_S + 1
    run(hub)
    assert hub.query("SELECT intent, minutes, minutes_said_ms FROM visits") == [(None,) * 3]


def test_a_remembered_shopper_unseen_for_a_year_is_forgotten(hub: Hub) -> None:
    """Row 79: the cookie is gone by then, so nobody could ask for the rows or delete them."""
    visited(hub, "cart-1", remember=True)
    hub.now_s += 364 * DAY_S
    assert run(hub) == 0
    hub.now_s += 2 * DAY_S
    assert run(hub) == 1
    assert rows(hub, "shoppers") == 0


def test_a_backup_forgets_with_its_age(hub: Hub, tmp_path: Path) -> None:
    """Row 79: what retention takes is in no later backup."""
    visited(hub, "cart-1", remember=False)
    ((shopper,),) = hub.query("SELECT shopper FROM shoppers")
    hub.now_s += DAY_S + 60
    run(hub)
    hub.database.checkpoint()
    backup(hub.settings.database, tmp_path / "later.db")
    assert str(shopper).encode() not in (tmp_path / "later.db").read_bytes()


def test_ghosts_are_counted_as_ghosts(hub: Hub) -> None:
    visited(hub, "cart-1", remember=True)
    hub.run("UPDATE decisions SET outcome = 'ghost', campaign = 'wine'")
    hub.now_s += 31 * DAY_S
    run(hub)
    assert ("ghost", "wine", 1, 0) in counted(hub)


def test_an_old_file_that_was_imported_goes_pass_by_pass(hub: Hub) -> None:
    """Row 79: half a million old receipts must not hold the hub up."""
    hub.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "  # noqa: S608 - a number
        f"{ROWS_A_PASS + 5}) INSERT INTO purchases SELECT 'b', i, NULL, 1, '1001', 1, 1 FROM n"
    )
    run(hub)
    assert rows(hub, "purchases") == 5
    run(hub)
    assert rows(hub, "purchases") == 0
    plan = hub.query("EXPLAIN QUERY PLAN SELECT rowid FROM purchases WHERE at_ms < 1 LIMIT 9")
    assert "ix_purchases_at_ms" in str(plan)
