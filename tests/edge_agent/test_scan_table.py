"""Rates, means and warnings of the scan's table, by a clock of the test's own."""

import pytest

from edge_agent.scan_table import SLOW, WINDOW_S, ScanTable, Tally


def test_a_rate_counts_the_time_that_was_there() -> None:
    tally = Tally(began_s=100.0)
    for n in range(10):
        tally.hear(100.0 + n / 5, -60.0)
    assert tally.rate_hz(102.0) == 5.0
    tally.forget_before(101.0)
    assert tally.rate_hz(100.0 + WINDOW_S) == pytest.approx(0.5)


def test_mean_and_sd_are_of_the_window() -> None:
    tally = Tally(began_s=0.0)
    assert tally.rssi_dbm() is None
    for rssi_dbm in (-60.0, -62.0):
        tally.hear(1.0, rssi_dbm)
    assert tally.rssi_dbm() == (-61.0, 1.0)


def test_a_slow_beacon_is_warned_of_once_the_rate_has_settled() -> None:
    table = ScanTable({"b1": "beacon", "b2": "beacon"}, began_s=0.0)
    for n in range(8):
        table.hear("b2", -70.0, n / 2)
    assert SLOW not in "\n".join(table.lines(2.9))
    _, slow, fast = table.lines(4.0)
    assert slow.startswith("b1")
    assert slow.endswith(SLOW)
    assert SLOW not in fast


def test_what_is_old_is_not_shown() -> None:
    table = ScanTable({"b1": "beacon"}, began_s=0.0)
    table.hear("b1", -70.0, 1.0)
    assert "-70.0" in table.lines(5.0)[1]
    assert "-70.0" not in table.lines(1.1 + WINDOW_S)[1]


def test_an_active_tag_has_a_row_while_it_is_active() -> None:
    table = ScanTable({"sim-01": "tag"}, began_s=0.0)
    table.hear("sim-02", -70.0, 1.0)
    assert table.active() == ["sim-02"]
    assert table.lines(2.0)[2].split()[:3] == ["sim-02", "active", "tag"]
    table.keep_active(["sim-02"])
    assert len(table.lines(2.0)) == 3
    table.keep_active([])
    assert len(table.lines(2.0)) == 2
