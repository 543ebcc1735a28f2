import gzip
import math
from pathlib import Path

import pytest

from edge_agent import recording
from edge_agent.recording import RecordingError, RecordingSource, read_recording, read_survey
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyError, SurveyRow

HEAD = "t_s,tag,anchor,rssi_dbm\n"
SURVEY_HEAD = "point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db\n"


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "walk.csv"


def test_rows_are_read_in_order_and_other_columns_ignored(file: Path) -> None:
    written(file, "channel,t_s,anchor,tag,rssi_dbm\n37,0.5,p1,t,-60\n\n38,0.5,p2,t,-71.5\n")
    assert read_recording(file) == [
        Sighting("t", "p1", -60.0, 0.5),
        Sighting("t", "p2", -71.5, 0.5),
    ]


def test_a_gzipped_recording_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "walk.csv.gz"
    path.write_bytes(gzip.compress(f"\ufeff{HEAD}1,t,p1,-60\n".encode()))
    assert read_recording(path) == [Sighting("t", "p1", -60.0, 1.0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "{path}: the first line lacks t_s, tag, anchor, rssi_dbm, expected t_s,tag,"),
        ("t_s,tag,rssi\n", "{path}: the first line lacks anchor, rssi_dbm"),
        (HEAD, "{path}: no rows, expected at least one advertisement; who recorded: record again"),
        (HEAD + "1,t,p1\n", "{path}:2: 3 values, expected 4; who recorded: complete or drop"),
        (HEAD + "x,t,p1,-60\n", "{path}:2: t_s is 'x', expected a number; who recorded: correct"),
        (HEAD + "nan,t,p1,-60\n", "{path}:2: t_s is 'nan', expected a finite number"),
        (HEAD + "1,t,p1,-60\n1,,p1,-60\n", "{path}:3: tag is '', expected an id: ^[A-Za-z0-9]"),
        (HEAD + "1,t,p/1,-60\n", "{path}:2: anchor is 'p/1', expected an id"),
        (HEAD + "1,t,p1,-127.5\n", "{path}:2: rssi_dbm is '-127.5', expected -127 to 20 dBm"),
        (HEAD + "1,t,p1,21\n", "{path}:2: rssi_dbm is '21', expected -127 to 20 dBm"),
        (HEAD + "2,t,p1,-60\n1,t,p1,-60\n", "{path}:3: t_s is '1', expected at least 2.0, as rows"),
        (HEAD + "1,t,p1," + "9" * 200_000 + "\n", "{path}:2: not CSV: field larger than"),
    ],
)
def test_what_is_wrong_with_a_recording_is_said(file: Path, text: str, said: str) -> None:
    written(file, text)
    with pytest.raises(RecordingError) as refused:
        read_recording(file)
    assert str(refused.value).startswith(said.format(path=file))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, file: Path) -> None:
    with pytest.raises(RecordingError, match=r"absent.csv: cannot be read: No such file"):
        read_recording(tmp_path / "absent.csv")
    file.write_bytes(b"\xff\xfe" + HEAD.encode())
    with pytest.raises(RecordingError, match=r"walk.csv: damaged: .*utf-8"):
        read_recording(file)
    whole = gzip.compress((HEAD + "1,t,p1,-60\n" * 50).encode())
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole[:-12])
    with pytest.raises(RecordingError, match=r"cut.csv.gz: damaged"):
        read_recording(cut)
    cut.write_bytes(HEAD.encode())
    with pytest.raises(RecordingError, match=r"cut.csv.gz: cannot be read: Not a gzipped file"):
        read_recording(cut)


def test_a_file_beyond_all_bounds_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "FILE_BYTES_MAX", 20)
    written(file, HEAD)
    with pytest.raises(RecordingError, match="more than 20 bytes"):
        read_recording(file)


def test_a_survey_is_read(file: Path) -> None:
    written(file, SURVEY_HEAD + '"desk, left",1.5,2,p1,30,-61.25,3.5\n')
    assert read_survey(file) == [SurveyRow("desk, left", 1.5, 2.0, "p1", 30, -61.25, 3.5)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,1.5,2,p1,1e300,-61,3", "csv:2: n is '1e300', expected at most 1000000000; who rec"),
        ("a,1.5,2,p1,30,-61,1e300", "csv:2: rssi_sd_db is '1e300', expected at most 147; who"),
    ],
)
def test_a_survey_of_numbers_beyond_all_measure_is_refused(file: Path, row: str, said: str) -> None:
    written(file, f"{SURVEY_HEAD}{row}\n")
    with pytest.raises(SurveyError, match=said):
        read_survey(file)


def test_a_survey_of_impossible_values_is_refused(file: Path) -> None:
    written(file, SURVEY_HEAD + "a,1.5,2,p1,30,-161.25,3.5\n")
    with pytest.raises(SurveyError, match=r"csv:2: rssi_mean_dbm is '-161.25', expected -127"):
        read_survey(file)


class Clock:
    """A clock that moves a quarter of a second at each look."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        self.now_s += 0.25
        return self.now_s


def admit(tag: str) -> str | None:
    return {"t": "handle"}.get(tag)


async def test_a_source_gives_each_row_in_its_time_on_the_clock(file: Path) -> None:
    written(file, HEAD + "7,t,p1,-60\n7.3,u,p1,-60\n7.4,t,p2,-70\n8.1,t,p1,-80\n")
    source = RecordingSource(file, admit, clock_s=Clock())
    batches = [batch async for batch in source]
    assert [[(row.anchor, row.rssi_dbm, row.t_s) for row in batch] for batch in batches] == [
        [("p1", -60.0, 1_000.25)],
        [("p2", -70.0, pytest.approx(1_000.65))],
        [],
        [],
        [("p1", -80.0, pytest.approx(1_001.35))],
    ]
    assert {row.tag for batch in batches for row in batch} == {"handle"}
    assert source.strangers_count == 1
    assert source.radio == "none"
    assert source.tags == ("t", "u")


async def test_at_twice_the_speed_it_takes_half_the_time(file: Path) -> None:
    written(file, HEAD + "7,t,p1,-60\n8,t,p2,-70\n")
    source = RecordingSource(file, admit, 2.0, clock_s=Clock())
    rows = [row async for batch in source for row in batch]
    assert [row.t_s for row in rows] == [1_000.25, 1_000.75]


async def test_at_infinite_speed_nothing_waits_and_distances_stay(file: Path) -> None:
    written(file, HEAD + "7,t,p1,-60\n3607,t,p2,-70\n")
    source = RecordingSource(file, admit, math.inf, clock_s=lambda: 50.0)
    rows = [row async for batch in source for row in batch]
    assert [row.t_s for row in rows] == [50.0, 3_650.0]


async def test_a_loop_begins_again_at_the_end(file: Path) -> None:
    written(file, HEAD + "7,t,p1,-60\n")
    source = RecordingSource(file, admit, math.inf, loop=True, clock_s=Clock())
    times_s: list[float] = []
    async for batch in source:
        times_s += [row.t_s for row in batch]
        if len(times_s) == 3:
            break
    assert times_s == [1_000.25, 1_000.5, 1_000.75]


def test_a_speed_of_zero_is_refused(file: Path) -> None:
    with pytest.raises(RecordingError, match="speed 0, expected more than 0; ops: correct"):
        RecordingSource(file, admit, 0)
