"""Exactly once, whatever the wire does: duplicates, gaps, losses, poison, old terms."""

import msgspec

from edge_agent import messages
from tests.hub_server.conftest import AGENT, STORE, Hub


def paired(hub: Hub) -> str:
    (code,) = hub.carts("cart-1")
    return hub.handle(hub.yes(code))


def kept(hub: Hub) -> list[int]:
    return [int(str(row[0])) for row in hub.query("SELECT seq FROM stays ORDER BY seq")]


def test_rows_are_kept_once_and_acknowledged_after_commit(hub: Hub) -> None:
    handle = paired(hub)
    rows = [hub.row(handle, "enter", zone) for zone in ("produce", "pasta", "wine")]
    hub.stays(*rows)
    assert hub.acks() == [("box-1", 3)]
    hub.stays(*rows)
    hub.stays(rows[1], rows[2], hub.row(handle, "leave", "wine"))
    assert hub.acks() == [("box-1", 3), ("box-1", 4)]
    assert kept(hub) == [1, 2, 3, 4]
    assert hub.engine.log.duplicates_count == 5


def test_a_gap_waits_for_the_resend(hub: Hub) -> None:
    handle = paired(hub)
    first, second, third = [hub.row(handle, "enter", z) for z in ("produce", "pasta", "wine")]
    hub.stays(first)
    hub.stays(third)
    assert hub.acks() == [("box-1", 1), ("box-1", 1)]
    hub.stays(second, third)
    assert hub.acks() == [("box-1", 3)]
    assert hub.query("SELECT count(*) FROM lost") == [(0,)]


def test_rows_that_an_outbox_dropped_are_counted_and_it_goes_on(hub: Hub) -> None:
    handle = paired(hub)
    hub.stays(hub.row(handle))
    hub.seq = 10
    hub.stays(hub.row(handle, "enter", "pasta"), oldest_seq=11)
    assert hub.acks()[-1] == ("box-1", 11)
    assert hub.query("SELECT outbox, from_seq, rows_count FROM lost") == [("box-1", 2, 9)]
    assert "9 stays were lost" in " ".join(hub.engine.health().alarms)
    hub.restart()
    assert hub.engine.log.lost_count == 9
    hub.stays(hub.row(handle, "enter", "wine"), oldest_seq=11)
    assert kept(hub) == [1, 11, 12]


def test_a_new_outbox_file_begins_anew(hub: Hub) -> None:
    handle = paired(hub)
    hub.stays(hub.row(handle))
    hub.seq = 0
    hub.stays(hub.row(handle, "enter", "pasta"), outbox="box-2")
    assert hub.acks() == [("box-1", 1), ("box-2", 1)]
    assert hub.query("SELECT outbox, next_seq FROM watermarks ORDER BY outbox") == [
        ("box-1", 2),
        ("box-2", 2),
    ]


def test_a_restarted_hub_knows_what_it_has(hub: Hub) -> None:
    handle = paired(hub)
    row = hub.row(handle)
    hub.stays(row)
    hub.restart()
    hub.stays(row, hub.row(handle, "enter", "pasta"))
    assert kept(hub) == [1, 2]


def test_a_withdrawn_row_only_advances(hub: Hub) -> None:
    hub.stays(messages.StayRow(seq=1, kind="void"), messages.StayRow(seq=2, kind="void"))
    assert hub.acks() == [("box-1", 2)]
    assert kept(hub) == []


def test_an_enter_where_the_handle_stands_folds(hub: Hub) -> None:
    handle = paired(hub)
    hub.stays(hub.row(handle, "enter", "produce"))
    hub.now_s += 30
    hub.fix(handle, "produce")
    hub.stays(hub.row(handle, "enter", "produce", term=2))
    journey = hub.engine.journeys.at(handle, hub.now_s)
    assert journey is not None
    assert journey.dwell_s == 30
    assert hub.query("SELECT count(*) FROM decisions") == [(1,)]


def test_what_is_old_makes_history_and_no_message(hub: Hub) -> None:
    handle = paired(hub)
    row = hub.row(handle)
    hub.now_s += 61
    hub.stays(row)
    assert kept(hub) == [1]
    assert hub.query("SELECT count(*) FROM decisions") == [(0,)]


def test_a_row_of_an_agent_without_a_clock_is_dated_by_its_boot(hub: Hub) -> None:
    handle = paired(hub)
    wrong = {"synced": False, "at_ms": 5}
    hub.stays(hub.row(handle, "enter", "produce", mono_ms=1_000, **wrong))
    hub.now_s += 600
    hub.stays(hub.row(handle, "enter", "pasta", mono_ms=11_000, **wrong))
    start_ms = round((hub.now_s - 600) * 1000)
    rows = hub.query("SELECT at_ms FROM stays ORDER BY seq")
    assert rows == [(start_ms,), (start_ms + 10_000,)]
    ahead = hub.row(handle, "enter", "wine", at_ms=round((hub.now_s + 3600) * 1000))
    hub.stays(ahead)
    (last,) = hub.query("SELECT max(at_ms) FROM stays")
    assert int(str(last[0])) <= hub.now_s * 1000


def test_the_highest_term_is_heard_and_an_old_one_gives_way_in_time(hub: Hub) -> None:
    handle = paired(hub)
    hub.fix(handle, "produce", term=5)
    hub.fix(handle, "pasta", term=4)
    assert zone(hub, handle) == "produce"
    assert hub.engine.agents.old_terms_count == 1
    hub.now_s += 31
    hub.fix(handle, "pasta", term=1)
    assert zone(hub, handle) == "pasta"


def zone(hub: Hub, handle: str) -> str | None:
    journey = hub.engine.journeys.at(handle, hub.now_s)
    return journey.zone if journey else None


def test_fixes_of_handles_without_a_pairing_are_not_looked_at(hub: Hub) -> None:
    hub.fix("somebody-else", "produce")
    hub.pass_s(1)
    assert hub.engine.intake.ignored_count == 1
    assert len(hub.engine.journeys) == 0


def test_poison_is_set_aside_without_its_content(hub: Hub) -> None:
    topic = messages.topic(STORE, AGENT, "stays")
    poison = [
        (topic, b'{"type":"stays","outbox":"cookie-of-a-person"}'),
        (topic, b"\xff\xfe not json"),
        (topic, b'{"type":"secret-tag"}'),
        ("instep/v1/other-store/other-store.pi-1/fixes", b"{}"),
        ("instep/v1/corner-market/other-store.pi-1/fixes", b"{}"),
        ("something/else", b"{}"),
        (messages.topic(STORE, AGENT, "fixes"), b"[" * 100_000),
    ]
    handle = paired(hub)
    hub.engine.receive([*poison, (topic, messages.encode(stays_of(hub, handle)))])
    assert hub.engine.intake.quarantined_count == len(poison)
    rows = hub.query("SELECT reason, bytes_count FROM quarantine ORDER BY id")
    assert rows[-1][1] == 100_000
    assert not any("secret" in str(row[0]) or "cookie" in str(row[0]) for row in rows)
    assert hub.acks() == [("box-1", 1)]


def stays_of(hub: Hub, handle: str) -> messages.Stays:
    return messages.Stays(outbox="box-1", oldest_seq=1, rows=[hub.row(handle)])


def test_the_quarantine_has_an_end(hub: Hub) -> None:
    topic = messages.topic(STORE, AGENT, "stays")
    hub.engine.receive([(topic, b"x")] * 1_500)
    assert hub.engine.intake.quarantined_count == 1_500
    assert hub.query("SELECT count(*) FROM quarantine") == [(1_000,)]


def test_of_a_batch_the_newest_fix_counts(hub: Hub) -> None:
    handle = paired(hub)
    batch = [hub.fixes(handle, z) for z in ("produce", "pasta", "produce", "pasta")]
    hub.send("fixes", *batch)
    assert zone(hub, handle) == "pasta"
    assert hub.engine.intake.fixes_count == 4


def test_a_stay_does_not_carry_its_handle_into_the_database(hub: Hub) -> None:
    handle = paired(hub)
    hub.stays(hub.row(handle))
    assert hub.query("SELECT stay FROM stays") == [("1.1",)]
    schema = msgspec.json.encode(hub.query("SELECT sql FROM sqlite_master WHERE name = 'stays'"))
    assert b"handle" not in schema


def test_a_row_of_a_visit_that_is_gone_does_not_hold_up_the_others(hub: Hub) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    gone, here = hub.handle(hub.yes(first)), hub.handle(hub.yes(second))
    hub.run("DELETE FROM shoppers WHERE shopper = (SELECT shopper FROM visits LIMIT 1)")
    hub.stays(hub.row(gone), hub.row(here))
    assert hub.acks() == [("box-1", 2)]
    assert kept(hub) in ([1], [2])
    assert hub.engine.health().ok


def test_numbers_beyond_all_measure_stop_nobody(hub: Hub) -> None:
    handle = paired(hub)
    hub.stays(messages.StayRow(seq=2**63, kind="void"), oldest_seq=2**63)
    assert hub.engine.intake.quarantined_count == 1
    endless = hub.row(handle, "leave", "z" * 5_000, dwell_s=1e300, stay="s" * 5_000)
    hub.stays(endless)
    assert hub.acks() == [("box-1", 1)]
    assert hub.query("SELECT length(zone), length(stay), dwell_s FROM stays") == [(96, 96, 604_800)]
    hub.agent_up(term=2**63)
    assert hub.engine.health().ok


def test_a_visit_whose_pairing_is_gone_ends_at_the_restart(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.run("DELETE FROM pairings")
    hub.restart()
    assert hub.engine.page(session.cookie).ended == "closing"
