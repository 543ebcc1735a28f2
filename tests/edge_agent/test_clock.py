import ctypes
from pathlib import Path

import pytest

from edge_agent import clock


def test_a_boot_has_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clock.boot() == clock.boot() != ""
    monkeypatch.setattr(clock, "_BOOT_ID", Path("/nowhere"))
    assert clock.boot() != clock.boot()


def test_the_kernel_says_whether_the_clock_is_synchronized(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clock.is_synced() in {True, False}
    for answer, is_synced in ((0, True), (4, True), (5, False), (-1, False)):
        monkeypatch.setattr(ctypes, "CDLL", lambda _, answer=answer: Library(answer))
        assert clock.is_synced() == is_synced


def test_a_system_without_adjtimex_counts_as_not_synchronized(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not clock.is_synced()


class Library:
    """A C library whose adjtimex answers `answer`."""

    def __init__(self, answer: int) -> None:
        self._answer = answer

    def adjtimex(self, _: object) -> int:
        return self._answer
