from argparse import Namespace
from pathlib import Path

import msgspec
import pytest

from edge_agent.__main__ import main
from edge_agent.option import OptionError
from edge_agent.question import Question, answer
from tests.edge_agent.small_store import Air, two_zones

TAGS = [f"t{number}" for number in range(7)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """(recording, map) of seven tags in 12 s."""
    store = two_zones()
    (tmp_path / "map.geojson").write_bytes(msgspec.json.encode(store.document))
    air = Air(store, 1)
    rows = [one for t in range(1, 13) for tag in TAGS for one in air.second(4.0, 3.0, t, tag)]
    rows.sort(key=lambda one: one.t_s)
    lines = [f"{one.t_s:.3f},{one.tag},{one.anchor},{one.rssi_dbm:.1f}" for one in rows]
    recording = tmp_path / "walk.csv"
    recording.write_text("\n".join(["t_s,tag,anchor,rssi_dbm", *lines, ""]))
    return recording, tmp_path / "map.geojson"


def told(files: tuple[Path, Path], question: str | None) -> Namespace:
    recording, map_path = files
    return Namespace(
        explain=question,
        recording=recording,
        map=map_path,
        survey=None,
        radio_map=None,
        tag_height_m=1.0,
        lag_s=0,
    )


@pytest.mark.parametrize("words", ["", "t1", "@5", "t1@", "t1@x", "t1@1.5", "t1@nan", "t1@inf"])
def test_what_is_no_question_is_refused(words: str) -> None:
    with pytest.raises(OptionError, match=r"--explain .*expected TAG@T.*you: correct it"):
        Question.parse(words)


def test_a_tag_may_hold_an_at_sign() -> None:
    assert Question.parse("a@b@12") == Question("a@b", 12)
    assert Question.parse("a@-3.0") == Question("a", -3)


def test_who_asks_nothing_gets_no_answer(files: tuple[Path, Path]) -> None:
    assert answer(told(files, None)) == []


def test_with_a_lag_the_first_line_says_that_the_instant_fix_is_explained(
    files: tuple[Path, Path],
) -> None:
    options = told(files, "t2@5")
    options.lag_s = 3
    first, words = answer(options)
    assert first.startswith("explained is the instant fix, as messages have it; ")
    assert "--lag-s 3" in first
    options.lag_s = 0
    assert answer(options) == [words]


@pytest.mark.parametrize("t_s", [5, 12, 30])
def test_an_answer_is_the_fix_of_that_second(files: tuple[Path, Path], t_s: int) -> None:
    (words,) = answer(told(files, f"t2@{t_s}"))
    assert words.startswith("the map alone, no radio map: ")
    assert words.splitlines()[1].startswith(f"t2 at {t_s} s: (")
    assert ("silent for" in words) == (t_s > 12)


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("t9@5", "no such tag, expected one of t0, t1, t2, t3, t4 and 2 more"),
        ("t2@0", "no fix at that second, expected a second from 1 to"),
        ("t2@500", "no fix at that second"),
        ("t2@-9", "no fix at that second"),
    ],
)
def test_a_question_without_an_answer_is_one_error(
    files: tuple[Path, Path], question: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recording, map_path = files
    out = recording.parent / "fixes.jsonl"
    words = ["replay", str(recording), "--map", str(map_path), "--out", str(out)]
    assert main([*words, "--explain", question]) == 2
    error = capsys.readouterr().err
    assert problem in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


def test_the_command_prints_the_answer(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    recording, map_path = files
    out = recording.parent / "fixes.jsonl"
    words = ["replay", str(recording), "--map", str(map_path), "--out", str(out)]
    assert main([*words, "--explain", "t3@9"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "fixes written" in lines[0]
    assert lines[2].startswith("t3 at 9 s: (")
    fixes = map(msgspec.json.decode, out.read_bytes().splitlines())
    fix = next(one for one in fixes if (one["tag"], one["t_s"]) == ("t3", 9.0))
    assert f"({fix['x_m']:.2f}, {fix['y_m']:.2f}) m" in lines[2]


def test_one_unknown_tag_of_few_names_all(files: tuple[Path, Path]) -> None:
    recording, _ = files
    lines = recording.read_text().splitlines()
    recording.write_text("\n".join([line for line in lines if "rssi" in line or ",t1," in line]))
    with pytest.raises(OptionError, match="expected one of t1; you"):
        answer(told(files, "t2@5"))
