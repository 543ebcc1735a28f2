import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from hub_server.decision.snapshot import Reading
from hub_server.feeds import FeedError, Feeds, FileFeed, Readings
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.settings import FeedFile

NOW_S = 1_790_000_000.0


def write(path: Path, at_s: float | None = NOW_S, **values: object) -> None:
    at = {} if at_s is None else {"at": datetime.fromtimestamp(at_s, UTC).isoformat()}
    path.write_bytes(msgspec.json.encode({**at, **values}))


def made(path: Path, sold: Assortment | None = None) -> Feeds:
    return Feeds.of_files({"weather": FeedFile(path=path, max_age_s=60)}, sold or Assortment())


def test_a_feeds_numbers_come_with_their_age(tmp_path: Path) -> None:
    """Row 62: 31 degrees in a file are a reading that a condition can ask for."""
    path = tmp_path / "weather.json"
    write(path, temperature_c=31, words="hot", rain=False)
    feeds = made(path)
    feeds.step(NOW_S)
    feeds.wait()
    assert feeds.readings(NOW_S + 5) == (
        Reading("weather.rain", 0.0, 5.0, 60),
        Reading("weather.temperature_c", 31.0, 5.0, 60),
    )
    assert feeds.readings(NOW_S - 5)[0].age_s == 0
    assert feeds.sentences(NOW_S) == []


def test_a_feed_that_dies_grows_old_and_comes_back(tmp_path: Path) -> None:
    """Row 18: a dead feed's readings grow old, which switches its rules off, and it is told."""
    path = tmp_path / "weather.json"
    feeds = made(path)
    feeds.step(NOW_S)
    feeds.wait()
    assert feeds.readings(NOW_S) == ()
    (line,) = feeds.sentences(NOW_S)
    assert "feed weather is never read, its rules are silent" in line
    assert "No such file" in line
    write(path, temperature_c=31)
    feeds.step(NOW_S + 5)
    feeds.wait()
    assert feeds.readings(NOW_S) == ()
    feeds.step(NOW_S + 10)
    feeds.wait()
    assert feeds.readings(NOW_S + 10)[0].value == 31
    path.unlink()
    feeds.step(NOW_S + 100)
    feeds.wait()
    (old,) = feeds.readings(NOW_S + 100)
    assert old.age_s > old.max_age_s
    assert "feed weather is 100 s old" in feeds.sentences(NOW_S + 100)[0]
    write(path, NOW_S + 200, temperature_c=12)
    feeds.step(NOW_S + 200)
    feeds.wait()
    assert feeds.readings(NOW_S + 200)[0].value == 12
    (line,) = feeds.sentences(NOW_S + 300)
    assert line.startswith("feed weather is 100 s old, its rules are silent: expected it newer")


def test_a_broken_file_is_told_at_once_and_what_it_said_still_counts(tmp_path: Path) -> None:
    """Row 18: not only once it is too old."""
    path = tmp_path / "weather.json"
    write(path, temperature_c=31)
    feeds = made(path)
    feeds.step(NOW_S)
    feeds.wait()
    path.write_text("{broken")
    feeds.step(NOW_S + 10)
    feeds.wait()
    (line,) = feeds.sentences(NOW_S + 10)
    assert line.startswith(f"feed weather: {path}: ")
    assert line.endswith("what it said before still counts")
    assert feeds.readings(NOW_S + 10)[0].value == 31
    write(path, NOW_S + 20, temperature_c=30)
    feeds.step(NOW_S + 20)
    feeds.wait()
    assert feeds.sentences(NOW_S + 20) == []


def test_a_stock_feed_counts_for_the_assortment(tmp_path: Path) -> None:
    path = tmp_path / "stock.json"
    sold = Assortment([Product(item="a", name="A", stock=5, stock_at_s=NOW_S - 60)])
    write(path, stock={"a": 0})
    feeds = made(path, sold)
    feeds.step(NOW_S)
    feeds.wait()
    assert sold.stock("a", NOW_S) == 0


def test_a_feed_that_hangs_holds_up_nobody() -> None:
    go_on = threading.Event()

    class Hanging:
        name = "slow"
        max_age_s = 60.0

        def read(self) -> Readings:
            go_on.wait(10)
            return Readings(at_s=NOW_S, numbers={"x": 1.0})

    feeds = Feeds([Hanging()], Assortment())
    feeds.step(NOW_S)
    feeds.step(NOW_S + 10)
    assert threading.active_count() <= 3
    assert feeds.readings(NOW_S + 10) == ()
    go_on.set()
    feeds.wait()
    assert feeds.readings(NOW_S + 10)[0].value == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "Expected `object`"),
        ("{", "Input data was truncated"),
        ('{"temperature_c": 1}', "at is None"),
        ('{"at": "2026-01-01T00:00:00"}', "at is '2026-01-01T00:00:00'"),
        ('{"at": "2026-01-01T00:00:00Z", "stock": {"a": "x"}}', "Expected `int`"),
        (" " * 1_048_577, "over 1048576 bytes"),
    ],
)
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "feed.json"
    path.write_text(text)
    with pytest.raises(FeedError) as refused:
        FileFeed("feed", FeedFile(path=path)).read()
    assert says in str(refused.value)
    assert "ops looks at what writes it" in str(refused.value)


@pytest.mark.parametrize(
    "body",
    [
        b'{"at": "2026-09-21T14:13:20Z", "t": 1' + b"0" * 400 + b"}",
        b'{"at": ' + b"[" * 100_000,
        b'{"at": "9999-12-31T00:00:00Z", "t": 1, "stock": {"i": 7}}',
    ],
)
def test_what_no_clock_and_no_scale_says_is_told_and_not_believed(
    tmp_path: Path, body: bytes
) -> None:
    """Row 18: a wrong year would be fresh for ever; a reader that dies would tell nobody."""
    path = tmp_path / "weather.json"
    path.write_bytes(body)
    sold = Assortment([Product(item="i", name="i")])
    feeds = made(path, sold)
    feeds.step(NOW_S)
    feeds.wait()
    assert feeds.readings(NOW_S) == ()
    assert sold.stock("i", NOW_S) is None
    (line,) = feeds.sentences(NOW_S)
    assert "expected it newer" not in line
    write(path, NOW_S + 20, t=2, stock={"i": 3})
    feeds.step(NOW_S + 20)
    feeds.wait()
    assert feeds.sentences(NOW_S + 20) == []
    assert sold.stock("i", NOW_S + 20) == 3
