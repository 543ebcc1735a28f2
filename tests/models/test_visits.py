from pathlib import Path

import pytest

from models.visits import BadVisits, ObservedFix, Visit, read_visits, write_visits

VISIT = Visit(
    "v1",
    "map.geojson",
    [(0.0, 1.0, 2.0), (1.0, 1.5, 2.0)],
    [ObservedFix(0.0, 1.2, 2.2), ObservedFix(1.0, 1.2, 2.2, 2.5, "dairy", 0.8)],
    bought=True,
    events=[{"t_s": 0.0, "kind": "door_in"}],
)


def test_what_is_written_is_read_and_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    write_visits(first, [VISIT, VISIT])
    write_visits(second, [VISIT, VISIT])
    assert read_visits(first) == [VISIT, VISIT]
    assert first.read_bytes() == second.read_bytes()


def test_the_sample_is_read(shared: Path) -> None:
    visits = read_visits(shared / "visits" / "sample.jsonl.gz")
    assert [visit.visit for visit in visits] == ["v0-0", "v0-1", "v0-2"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "bad.jsonl:2: Input data was truncated; expected a visit as in FORMATS"),
        ('{"visit":"v"}', "Object missing required field `map`"),
        (
            '{"visit":"v","map":"m","track":[[0,1,1]],"fixes":[],"bought":false}',
            "bad.jsonl:2: visit 'v': track of 1 points, expected 2 or more in growing time; mend",
        ),
        (
            '{"visit":"v","map":"m","track":[[1,1,1],[0,1,1]],"fixes":[],"bought":false}',
            "track of 2 points, expected 2 or more in growing time",
        ),
        (b'{"visit":"\xff"}', "expected a visit as in FORMATS"),
    ],
)
def test_a_line_that_is_no_visit_is_named(tmp_path: Path, line: str | bytes, expected: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"\n" + (line if isinstance(line, bytes) else line.encode()) + b"\n")
    with pytest.raises(BadVisits) as caught:
        read_visits(path)
    assert expected in str(caught.value)
