import gzip
from pathlib import Path

import msgspec
import pytest

from models.visits import BadVisits, ObservedFix, Visit, each_visit, write_visits

VISIT = Visit(
    "v1",
    "map.geojson",
    [(0.0, 1.0, 2.0), (1.0, 1.5, 2.0)],
    [ObservedFix(0.0, 1.2, 2.2), ObservedFix(1.0, 1.2, 2.2, 2.5, "dairy", 0.8)],
    bought=True,
    events=[{"t_s": 0.0, "kind": "door_in"}],
)
OTHER = msgspec.structs.replace(VISIT, visit="v2")


def line(**changed: object) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(VISIT), **changed}) + b"\n"


def read(path: Path, *lines: bytes) -> list[Visit]:
    path.write_bytes(b"".join(lines))
    return list(each_visit(path))


def test_what_is_written_is_read_and_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    write_visits(first, [VISIT, OTHER])
    write_visits(second, [VISIT, OTHER])
    assert list(each_visit(first)) == [VISIT, OTHER]
    assert first.read_bytes() == second.read_bytes()


def test_the_sample_is_read(shared: Path) -> None:
    visits = list(each_visit(shared / "visits" / "sample.jsonl.gz"))
    assert [visit.visit for visit in visits] == ["v0-0", "v0-1", "v0-2"]


def test_further_columns_and_properties_are_ignored(tmp_path: Path) -> None:
    track = [[0, 1, 2, "L0"], [1, 1.5, 2, "L0"]]
    fixes = [[0, 1.2, 2.2, None, None, None, "L0", 7]]
    (visit,) = read(tmp_path / "v.jsonl", line(track=track, fixes=fixes, intent="list", bought=1))
    assert visit.track == VISIT.track
    assert visit.fixes == [ObservedFix(0.0, 1.2, 2.2)]
    assert visit.bought is True


def test_fixes_and_events_are_put_in_order_and_the_last_of_a_moment_counts(tmp_path: Path) -> None:
    fixes = [[5, 1, 1, None], [3, 2, 2, 1.0], [5, 4, 4, 2.0]]
    events = [{"t_s": 9, "kind": "pos"}, {"t_s": 1.5, "kind": "sneeze", "loud": True}]
    (visit,) = read(tmp_path / "v.jsonl", line(fixes=fixes, events=events))
    assert visit.fixes == [ObservedFix(3.0, 2.0, 2.0, 1.0), ObservedFix(5.0, 4.0, 4.0, 2.0)]
    assert [event["kind"] for event in visit.events] == ["sneeze", "pos"]


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (b"{", "bad.jsonl:2: Input data was truncated; expected a visit as in FORMATS"),
        (b'{"visit":"v"}', "Object missing required field `map`"),
        (b'{"visit":"\xff"}', "expected a visit as in FORMATS"),
        (line(map=None), "Expected `str`, got `null` - at `$.map`"),
        (line(fixes=[[0, None, 1, 1]]), "Expected `float`, got `null` - at `$.fixes[0][1]`"),
        (
            line(track=[[0, 1, 1]]),
            "bad.jsonl:2: visit 'v1': track of 1 points, expected 2 or more; mend the file",
        ),
        (line(track=[[1, 1, 1], [0, 1, 1]]), "track goes from 1 s to 0 s, expected growing time"),
        (line(track=[[1, 1, 1], [1, 1, 1]]), "track goes from 1 s to 1 s, expected growing time"),
        (line(track=[[0, 1, 1], [9e4, 1, 1]]), "track of 90000 s, expected at most 86400"),
        (line(track=[[0.2, 1, 1], [0.3, 1, 1]]), "expected a whole second in it"),
        (line(track=[[0, 1, 1], [1, 1, -2e4]]), "track at (1, -20000) m, expected at most 10000 m"),
        (line(fixes=[[0, 1e300, 1, None]]), "fix at (1e+300, 1) m, expected at most 10000 m"),
        (line(fixes=[[4, 1, 1, -2]]), "fix at 4 s with a radius of -2 m, expected 0 or more"),
        (line(fixes=[[4, 1, 1, 1, "a", 1.5]]), "fix at 4 s with zone_p 1.5, expected 0 to 1"),
        (line(events=[{"kind": "pos"}]), "event with t_s None, expected a number of seconds"),
        (line(events=[{"t_s": True, "kind": "pos"}]), "event with t_s True"),
        (line(events=[{"t_s": 1}]), "event with kind None, expected a word"),
        (line() + line(), "bad.jsonl:3: visit 'v1': a second visit of this name, expected one"),
    ],
)
def test_a_line_that_is_no_visit_is_named(tmp_path: Path, bad: bytes, expected: str) -> None:
    with pytest.raises(BadVisits) as caught:
        read(tmp_path / "bad.jsonl", b"\n", bad)
    assert expected in str(caught.value)


@pytest.mark.parametrize("cut", [0.5, 0.95])
def test_a_file_that_was_cut_off_is_said(tmp_path: Path, cut: float) -> None:
    whole = gzip.compress(b"".join(line(visit=f"v{k}") for k in range(200)))
    with pytest.raises(BadVisits, match=r"bad.gz: .*expected a whole gzip file"):
        read(tmp_path / "bad.gz", whole[: int(len(whole) * cut)])


def test_a_file_that_was_damaged_is_said(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(line()))
    whole[20:60] = b"\xff" * 40
    with pytest.raises(BadVisits, match="expected a whole gzip file"):
        read(tmp_path / "bad.gz", bytes(whole))
