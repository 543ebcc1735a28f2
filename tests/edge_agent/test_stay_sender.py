from pathlib import Path

import pytest

from edge_agent.messages import Ack, StayRow, Stays
from edge_agent.outbox import Outbox
from edge_agent.stay_sender import (
    BATCH_ROWS,
    COMPLAIN_AFTER_S,
    PROBE_ROWS,
    RESEND_AFTER_S,
    WINDOW_ROWS,
    StaySender,
)


class Wire:
    """An outbox, its sender, and what went out."""

    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder / "outbox.db", 4096, "boot")
        self.sent: list[Stays] = []
        self.sender = StaySender(self.outbox, self.sent.append)

    def append(self, count: int) -> None:
        self.outbox.append([StayRow(seq=1, kind="enter", handle="h-1")] * count)

    def take(self) -> list[tuple[int, int]]:
        """(first, last) seq of each batch since the last call."""
        batches = [(one.rows[0].seq, one.rows[-1].seq) for one in self.sent]
        self.sent.clear()
        return batches

    def ack(self, seq: int, now_s: float) -> None:
        self.sender.acknowledge(Ack(outbox=self.outbox.id, seq=seq), now_s)


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    return Wire(tmp_path)


def test_the_window_bounds_what_is_on_its_way(wire: Wire) -> None:
    wire.append(WINDOW_ROWS + 300)
    wire.sender.tick(0.0)
    assert wire.take() == [(1, 200), (201, 400), (401, 600), (601, 800)]
    wire.sender.tick(0.1)
    assert wire.take() == []
    wire.ack(150, 0.2)
    assert wire.take() == [(801, 950)]
    wire.ack(950, 0.3)
    assert wire.take() == [(951, 1100)]
    wire.ack(1100, 0.4)
    wire.sender.tick(9.0)
    assert wire.take() == []
    wire.outbox.close()


def test_without_progress_the_oldest_rows_knock_until_somebody_confirms(wire: Wire) -> None:
    wire.append(BATCH_ROWS)
    wire.sender.tick(10.0)
    wire.take()
    wire.sender.tick(10.0 + RESEND_AFTER_S - 0.01)
    assert wire.take() == []
    for knock in range(1, 4):
        wire.sender.tick(10.0 + knock * RESEND_AFTER_S)
        assert wire.take() == [(1, PROBE_ROWS)]
    wire.ack(PROBE_ROWS, 15.0)
    assert wire.take() == [(PROBE_ROWS + 1, BATCH_ROWS)]
    wire.outbox.close()


def test_an_ack_that_is_old_foreign_or_repeated_is_no_progress(wire: Wire) -> None:
    wire.append(10)
    wire.sender.tick(0.0)
    wire.ack(5, 0.1)
    wire.take()
    wire.ack(5, 1.5)
    wire.sender.acknowledge(Ack(outbox="ob-other", seq=10), 1.5)
    assert wire.outbox.unacknowledged(1)[0] == 6
    wire.sender.tick(1.7)
    assert wire.take() == [(6, 10)]
    wire.outbox.close()


def test_a_new_connection_begins_at_the_oldest_row(wire: Wire) -> None:
    wire.append(10)
    wire.sender.tick(0.0)
    wire.ack(4, 0.1)
    wire.take()
    wire.sender.restart(0.2)
    wire.sender.tick(0.2)
    assert wire.take() == [(5, 10)]
    wire.outbox.close()


def test_an_outbox_that_begins_anew_is_sent_from_its_first_row(wire: Wire) -> None:
    wire.append(10)
    wire.sender.tick(0.0)
    wire.take()
    wire.outbox.acknowledge(3)
    wire.ack(999, 0.1)
    assert wire.take() == [(1, 7)]
    wire.outbox.close()


def test_a_hub_that_stays_silent_is_said_once(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.append(1)
    for step in range(200):
        wire.sender.tick(float(step))
    assert caplog.text.count("no zone change was confirmed") == 1
    assert "h-1" not in caplog.text
    wire.ack(1, 200.0)
    wire.append(1)
    for step in range(201, 201 + int(COMPLAIN_AFTER_S) + 3):
        wire.sender.tick(float(step))
    assert caplog.text.count("no zone change was confirmed") == 2
    wire.outbox.close()
