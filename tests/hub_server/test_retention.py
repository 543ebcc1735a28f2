from hub_server.retention import DAY_MS, MONTH_MS
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
    sql = "SELECT what, key, rows_count, dwell_s FROM counts WHERE what <> 'no' ORDER BY what, key"
    return hub.query(sql)


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
