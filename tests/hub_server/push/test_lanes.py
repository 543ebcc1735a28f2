"""A lane a host: what hangs, rests or fails there is felt there alone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hub_server.push import lanes
from hub_server.push.lanes import TRIES_MAX, Job, Lanes
from hub_server.push.verdict import Verdict
from tests.hub_server.push.lines import NOW_S, job

pytestmark = pytest.mark.anyio
TAKEN = Verdict("accepted", "accepted")


class Rig:
    """Lanes with a push service that is a function, and a clock that is told."""

    def __init__(self, answer: Callable[[Job], Awaitable[Verdict] | Verdict]) -> None:
        self.now_s = NOW_S
        self.answer = answer
        self.over: list[tuple[str, str, str]] = []
        self.tried: list[str] = []
        self.lanes = Lanes(self._work, self._settle, lambda: self.now_s)

    async def _work(self, one: Job) -> Verdict:
        self.tried.append(one.sent.decision)
        answer = self.answer(one)
        return answer if isinstance(answer, Verdict) else await answer

    def _settle(self, one: Job, verdict: Verdict) -> None:
        self.over.append((one.sent.decision, verdict.state, verdict.code))

    async def until(self, count: int) -> None:
        """Let the loop run until so many are over."""
        async with asyncio.timeout(5):
            while len(self.over) < count:  # noqa: ASYNC110 - lanes tell by a plain call
                await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits a second waits a hundredth of it."""
    monkeypatch.setattr(lanes, "AGAIN_S", (0.01, 0.01))


async def test_a_host_that_hangs_delays_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "PER_HOST", 2)
    never = asyncio.Event()

    async def answer(one: Job) -> Verdict:
        if one.host == "hangs":
            await never.wait()
        return TAKEN

    rig = Rig(answer)
    for number in range(10):
        rig.lanes.put(job(f"h{number}", "hangs"))
        rig.lanes.put(job(f"d{number}", "other"))
    await rig.until(10)
    assert {decision[0] for decision, _, _ in rig.over} == {"d"}
    assert len([one for one in rig.tried if one.startswith("h")]) == 2
    await rig.lanes.close()
    assert rig.lanes.jobs_count == 0


async def test_what_waited_too_long_is_not_sent() -> None:
    rig = Rig(lambda _one: TAKEN)
    rig.lanes.put(job(until_s=NOW_S))
    assert rig.over == [("d1", "expired", "waited")]
    assert rig.lanes.jobs_count == 0
    assert not rig.tried


async def test_a_fault_of_the_service_is_tried_three_times() -> None:
    rig = Rig(lambda _one: Verdict("refused", "http_503", again=True))
    rig.lanes.put(job())
    await rig.until(1)
    assert rig.over == [("d1", "refused", "http_503")]
    assert len(rig.tried) == TRIES_MAX


async def test_a_second_try_may_succeed() -> None:
    rig = Rig(lambda one: TAKEN if one.tries == 2 else Verdict("refused", "http_500", again=True))
    rig.lanes.put(job())
    await rig.until(1)
    assert rig.over == [("d1", "accepted", "accepted")]


async def test_no_try_comes_after_the_messages_life() -> None:
    rig = Rig(lambda _one: Verdict("refused", "http_500", again=True))
    rig.lanes.put(job(until_s=NOW_S + 0.005))
    await rig.until(1)
    assert rig.over == [("d1", "expired", "http_500")]
    assert len(rig.tried) == 1


async def test_too_many_lets_the_whole_host_rest() -> None:
    """429: nobody knocks there before the time it named; others go on."""
    answers = {"d1": Verdict("refused", "http_429", again=True, rest_s=0.05)}
    rig = Rig(lambda one: answers.pop(one.sent.decision, TAKEN))
    rig.lanes.put(job("d1"))
    await asyncio.sleep(0.001)
    rig.lanes.put(job("d2"))
    rig.lanes.put(job("late", until_s=NOW_S + 0.01))
    rig.lanes.put(job("x1", "other"))
    await rig.until(2)
    assert rig.tried == ["d1", "x1"]
    rig.now_s += 0.05
    await rig.until(4)
    assert {one[:2] for one in rig.over} == {
        ("d1", "accepted"),
        ("d2", "accepted"),
        ("late", "expired"),
        ("x1", "accepted"),
    }


async def test_what_would_be_too_late_does_not_wait_for_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "PER_HOST", 1)
    rig = Rig(lambda _one: Verdict("refused", "http_429", again=True, rest_s=30.0))
    rig.lanes.put(job("d1", until_s=NOW_S + 20))
    rig.lanes.put(job("d2", until_s=NOW_S + 20))
    rig.lanes.put(job("d3", until_s=NOW_S + 60))
    await rig.until(2)
    assert rig.over == [("d2", "expired", "rest"), ("d1", "expired", "http_429")]
    rig.lanes.put(job("d4", until_s=NOW_S + 20))
    assert rig.over[2:] == [("d4", "expired", "rest")]
    assert rig.lanes.jobs_count == 1


async def test_a_clock_that_was_set_back_does_not_stop_a_lane() -> None:
    answers = [Verdict("refused", "http_429", again=True, rest_s=0.02), TAKEN]
    rig = Rig(lambda _one: answers.pop(0))
    rig.lanes.put(job())
    await asyncio.sleep(0.001)
    rig.now_s -= 3600
    await rig.until(1)
    assert rig.over == [("d1", "accepted", "accepted")]


async def test_of_two_rests_the_longer_counts() -> None:
    waits = iter((0.02, 0.06))
    rig = Rig(
        lambda one: (
            Verdict("refused", "http_429", again=True, rest_s=next(waits))
            if one.tries == 1
            else TAKEN
        ),
    )
    rig.lanes.put(job("d1"))
    rig.lanes.put(job("d2"))
    await asyncio.sleep(0.03)
    assert rig.tried == ["d1", "d2"]
    await rig.until(2)
    assert rig.tried[2:] == ["d1", "d2"] or rig.tried[2:] == ["d2", "d1"]


@pytest.mark.parametrize("bound", ["JOBS_PER_HOST", "JOBS_MAX", "HOSTS_MAX"])
async def test_memory_is_bounded(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, bound, 2)
    never = asyncio.Event()

    async def answer(_one: Job) -> Verdict:
        await never.wait()
        return TAKEN

    rig = Rig(answer)
    for number in range(4):
        host = f"h{number}" if bound == "HOSTS_MAX" else "one"
        rig.lanes.put(job(f"d{number}", host))
    assert [one[1:] for one in rig.over] == [("refused", "busy")] * 2
    assert rig.lanes.jobs_count == 2
    await rig.lanes.close()


async def test_sockets_are_bounded_and_go_to_whoever_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes, "UNDER_WAY_MAX", 1)
    under_way = [0, 0]

    async def answer(_one: Job) -> Verdict:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0.001)
        under_way[0] -= 1
        return TAKEN

    rig = Rig(answer)
    for number in range(6):
        rig.lanes.put(job(f"d{number}", f"host {number % 3}"))
    await rig.until(6)
    assert under_way[1] == 1


async def test_a_fault_of_ours_stops_no_lane(caplog: pytest.LogCaptureFixture) -> None:
    def answer(one: Job) -> Verdict:
        if one.sent.decision == "d1":
            raise RuntimeError(one.host)
        return TAKEN

    rig = Rig(answer)
    rig.lanes.put(job("d1"))
    rig.lanes.put(job("d2"))
    await rig.until(2)
    assert {one[:2] for one in rig.over} == {("d1", "refused"), ("d2", "accepted")}
    assert "a push failed" in caplog.text


async def test_nothing_begins_after_the_end() -> None:
    rig = Rig(lambda _one: Verdict("refused", "http_500", again=True))
    rig.lanes.put(job())
    await asyncio.sleep(0.001)
    await rig.lanes.close()
    await asyncio.sleep(0.03)
    assert rig.tried == ["d1"]
    assert rig.over == []
