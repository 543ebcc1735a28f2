"""Which push hosts fail, in words."""

from hub_server.push.host_watch import FAILURES_MIN, FORGOTTEN_S, HostWatch
from hub_server.push.verdict import Verdict

FCM = "fcm.googleapis.com"


def failed(watch: HostWatch, code: str, count: int = FAILURES_MIN) -> list[str]:
    for _ in range(count):
        watch.note(FCM, Verdict("refused", code), 0.0)
    return watch.sentences(1.0)


def test_a_host_that_fails_in_a_row_is_named() -> None:
    assert failed(HostWatch(), "timeout")[0].startswith(f"push: {FCM} does not answer")
    assert "clock" in failed(HostWatch(), "http_403")[0]
    assert "answers http_503" in failed(HostWatch(), "http_503")[0]
    assert failed(HostWatch(), "timeout", FAILURES_MIN - 1) == []


def test_a_phones_own_fault_is_not_the_hosts() -> None:
    for code in ("http_410", "http_404", "http_413", "keys", "bought"):
        assert failed(HostWatch(), code) == []


def test_it_ends_with_a_success_or_is_forgotten() -> None:
    watch = HostWatch()
    failed(watch, "timeout")
    watch.note(FCM, Verdict("accepted", "accepted"), 2.0)
    assert watch.sentences(2.0) == []
    failed(watch, "timeout")
    assert watch.sentences(FORGOTTEN_S - 1) != []
    assert watch.sentences(FORGOTTEN_S) == []
