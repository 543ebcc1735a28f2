import re
import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_agent import __main__ as program
from edge_agent import calibrate, radio_map_file
from edge_agent.exit import Exit
from edge_agent.path_loss import place_ids
from edge_agent.radio_map_file import read
from edge_agent.truth import TruthRow
from store_maps.floor_map import load, parse
from tests.edge_agent.small_store import anchor, level, rectangle, store, zone
from tests.edge_agent.surveyed_store import (
    MAP,
    RECORDING_HEAD,
    SURVEY_HEAD,
    TRUTH_HEAD,
    put,
    survey_rows,
    walk_rows,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map, a survey, two walks and their truths."""
    (tmp_path / "map.geojson").write_bytes(msgspec.json.encode(MAP.document))
    put(tmp_path / "survey.csv", SURVEY_HEAD, survey_rows())
    for seed in (1, 2):
        heard, truth = walk_rows(seed)
        put(tmp_path / f"walk{seed}.csv", RECORDING_HEAD, heard)
        put(tmp_path / f"truth{seed}.csv", TRUTH_HEAD, truth)
    return tmp_path


def told(folder: Path, *words: str) -> int:
    """The command, with the names of files as paths; its exit code."""
    names = {path.name for path in folder.iterdir()}
    paths = [str(folder / word) if word in names else word for word in words]
    given = ["--map", str(folder / "map.geojson"), "--out", str(folder / "radio_map.json")]
    return program.main(["calibrate", *given, *paths])


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code and what was said; nothing was written."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code = told(folder, *words)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    error = capsys.readouterr().err
    assert "Traceback" not in error
    return code, error[error.index("edge-agent: ") :]


def test_a_survey_becomes_a_radio_map(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(folder, "--survey", "survey.csv") == Exit.OK
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith("radio map of 'small' for tags 1 m above the floor")
    assert lines[1].startswith("anchor   places")
    assert [line.split()[0] for line in lines[2:9]] == [*place_ids(MAP), "all"]
    assert lines[10].startswith("radio map ")
    assert lines[-2].startswith("survey: taken: left out, it errs ")
    assert lines[-1] == f"radio map written to {folder / 'radio_map.json'} (survey)"
    calibration, warnings = read(folder / "radio_map.json", MAP)
    assert warnings == []
    assert calibration.rung == "survey"
    assert calibration.law.exponent.mean() == pytest.approx(1.6, abs=0.3)


def test_the_same_bytes_every_time_and_in_any_order(folder: Path) -> None:
    told(folder, "--survey", "survey.csv")
    first = (folder / "radio_map.json").read_bytes()
    put(folder / "survey.csv", SURVEY_HEAD, survey_rows()[::-1])
    told(folder, "--survey", "survey.csv")
    assert (folder / "radio_map.json").read_bytes() == first
    assert str(folder).encode() not in first


def test_labelled_walks_and_two_surveys_go_together(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = survey_rows()
    put(folder / "left.csv", SURVEY_HEAD, rows[:36])
    put(folder / "right.csv", SURVEY_HEAD, rows[36:])
    walks = ("--walk", "walk1.csv", "--truth", "truth1.csv", "--walk", "walk2.csv")
    surveys = ("--survey", "left.csv", "--survey", "right.csv")
    assert told(folder, *walks, "--truth", "truth2.csv", *surveys) == Exit.OK
    out = capsys.readouterr().out
    assert (
        "at 12 survey points, after 5 s of standing; at 10 pieces of walks, each covered second"
        in out
    )
    (folder / "radio_map.json").unlink()
    assert told(folder, *walks, "--truth", "truth2.csv") == Exit.OK
    assert "radio_map.json (walks)" in capsys.readouterr().out


def test_who_is_twice_at_a_place_stood_there(folder: Path) -> None:
    rows = [TruthRow(t, "t", x_m, 2) for t, x_m in ((0, 1), (5, 1), (7, 4), (12, 4), (400, 4))]
    found = calibrate.stood([*rows, TruthRow(9, "u", 4, 2)])
    assert sorted((row.t_s, row.x_m) for row in found if row.tag == "t") == [
        *((0, 1), (2, 1), (4, 1), (5, 1)),
        *((7, 4), (9, 4), (11, 4), (12, 4), (400, 4)),
    ]
    put(folder / "stood.csv", TRUTH_HEAD, ["0,t,8,4", "59,t,8,4"])
    assert told(folder, "--walk", "walk1.csv", "--truth", "stood.csv", "--force") == Exit.OK


def test_unlabelled_walking_becomes_a_radio_map(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(folder, "--unlabelled", "walk1.csv", "--unlabelled", "walk2.csv") == Exit.OK
    out = capsys.readouterr().out
    assert out.splitlines()[1].startswith("anchor  seconds ")
    assert "self-calibrated: taken: it foresees unseen walking clearly better" in out
    assert read(folder / "radio_map.json", MAP)[0].rung == "self-calibrated"


def test_what_is_no_better_is_not_written_unless_forced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = survey_rows()
    places = [row.split(",")[1:3] for row in rows]
    moved = np.repeat(np.random.default_rng(3).permutation(12), 6) * 6
    mixed = [
        ",".join([row.split(",")[0], *places[other], *row.split(",")[3:]])
        for row, other in zip(rows, moved, strict=True)
    ]
    put(folder / "mixed.csv", SURVEY_HEAD, mixed)
    code, said = refused(folder, capsys, "--survey", "mixed.csv")
    assert code == Exit.WORSE
    assert said.startswith("edge-agent: survey: refused: distance and walls explain -")
    assert "nothing written; you: look at places, clocks" in said
    assert "--force" in said
    assert told(folder, "--survey", "mixed.csv", "--force") == Exit.OK
    assert (folder / "radio_map.json").exists()


def test_one_point_is_refused_as_nobody_knows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "one.csv", SURVEY_HEAD, survey_rows(count=1))
    code, said = refused(folder, capsys, "--survey", "one.csv")
    assert code == Exit.WORSE
    assert "survey: refused: one place alone was measured" in said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,1,1,strange,30,-60,3", "anchor 'strange' is not on the map, expected one of its"),
        (
            "a,99,1,p0,30,-60,3",
            "1 of 13 points are not on the map: 'a' (99, 1); expected within 0.5 m",
        ),
        ("a,1,1,p0,30,-128,3", "rssi_mean_dbm is '-128', expected -127 to 20 dBm; who recorded"),
        ("a,1,1,p0,30,21,3", "rssi_mean_dbm is '21', expected -127 to 20 dBm; who recorded"),
        ("a,1,1,p0,0,-60,3", "n 0, rssi_sd_db 3.0, expected at least 1 and 0; the surveyor"),
        ("a,1,1,p0,30,nan,3", "rssi_mean_dbm is 'nan', expected a finite number; who recorded"),
    ],
)
def test_a_survey_that_cannot_be_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], row: str, said: str
) -> None:
    path = put(folder / "bad.csv", SURVEY_HEAD, [*survey_rows(), row])
    code, error = refused(folder, capsys, "--survey", "bad.csv")
    assert code == Exit.MAP
    assert error.startswith(f"edge-agent: survey {path}:")
    assert said in error


def test_a_point_twice_is_refused_also_over_two_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = survey_rows()
    put(folder / "twice.csv", SURVEY_HEAD, [*rows, rows[0]])
    code, said = refused(folder, capsys, "--survey", "twice.csv")
    assert code == Exit.MAP
    assert "point '00': anchor 'p0' stands 2 times, expected once; the surveyor: merge" in said
    shutil.copy(folder / "survey.csv", folder / "again.csv")
    code, said = refused(folder, capsys, "--survey", "survey.csv", "--survey", "again.csv")
    assert code == Exit.MAP
    assert f"{folder / 'survey.csv'} and {folder / 'again.csv'} together" in said
    assert "point '00': anchor 'p0' stands 2 times" in said


@pytest.mark.parametrize("option", ["--walk", "--unlabelled"])
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no rows, expected at least one advertisement; who recorded: record again"),
        (["2,t,p0,-60", "1,t,p0,-60"], "t_s is '1', expected at least 2.0, as rows are sorted"),
        (["1,t,p0,-300"], "rssi_dbm is '-300', expected -127 to 20 dBm; who recorded"),
        (["1,t,x,-60"], "anchors x are not on the map of 'small', expected its anchors and"),
    ],
)
def test_a_recording_that_cannot_be_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str, rows: list[str], said: str
) -> None:
    put(folder / "bad.csv", RECORDING_HEAD, rows)
    more = ("--truth", "truth1.csv") if option == "--walk" else ()
    code, error = refused(folder, capsys, option, "bad.csv", *more)
    assert code == Exit.RECORDING
    assert error.startswith(f"edge-agent: {folder / 'bad.csv'}")
    assert said in error


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "the truth has no rows"),
        (["1000,t,2,2", "1001,t,2,2"], "the truth of t is of other times; expected"),
        (["1,other,2,2"], "the recording is of t, the truth of other; expected the truth of the"),
        (["1,t,99,2"], "tag 't' at 1.0 s: (99.0, 2.0) is not on level 'L0'"),
        (["1,t,2,2", "1,t,3,2"], "tag 't' at 1.0 s: stands 2 times, expected once"),
        (["x,t,2,2"], "t_s is 'x', expected a number"),
    ],
)
def test_a_truth_that_does_not_fit_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], rows: list[str], said: str
) -> None:
    put(folder / "bad.csv", TRUTH_HEAD, rows)
    code, error = refused(folder, capsys, "--walk", "walk1.csv", "--truth", "bad.csv")
    assert code == Exit.RECORDING
    assert error.startswith(f"edge-agent: truth {folder / 'bad.csv'}")
    assert said in error


def test_too_little_unlabelled_walking_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(folder / "short.csv", RECORDING_HEAD, walk_rows(1, 5)[0])
    code, said = refused(folder, capsys, "--unlabelled", "short.csv")
    assert code == Exit.RECORDING
    assert said.startswith("edge-agent: --unlabelled: 1 stretch of walking with 20 readings")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to learn from, expected --survey, --walk or --unlabelled; you: add one"),
        (("--walk", "walk1.csv"), "1 --walk and 0 --truth: expected a truth for each walk"),
        (("--survey", "survey.csv", "--truth", "truth1.csv"), "0 --walk and 1 --truth: expected"),
        (("--survey", "survey.csv", "--tag-height-m", "21"), "--tag-height-m 21.0: expected 0 to"),
        (("--survey", "survey.csv", "--tag-height-m", "nan"), "--tag-height-m nan: expected 0 to"),
        (("--survey", "survey.csv", "--out", "/absent/x.json"), "--out /absent/x.json: expected a"),
        (("--survey", "survey.csv", "--out", "/"), "--out /: expected a file in a folder that is"),
        (("--survey", "survey.csv", "--out", "/dev/null"), "--out /dev/null: expected a file in a"),
        (("--survey", "survey.csv", "--out", "x" * 300), "xxx: expected a file in a folder that"),
        (("--survey", "survey.csv", "--out", "survey.csv"), "is an input and would be overwritten"),
        (("--survey", "survey.csv", "--out", "map.geojson"), "is an input and would be overwrit"),
        (
            ("--walk", "walk1.csv", "--truth", "truth1.csv", "--out", "truth1.csv"),
            "is an input and would be overwritten; you: choose another",
        ),
    ],
)
def test_a_command_line_that_cannot_be_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, error = refused(folder, capsys, *words)
    assert code == Exit.USAGE
    assert said in error


def test_maps_that_cannot_be_used_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "map.geojson").write_text("{}")
    code, said = refused(folder, capsys, "--survey", "survey.csv")
    assert code == Exit.MAP
    assert said.startswith(f"edge-agent: map {folder / 'map.geojson'}:\n")
    bare = store([level("L0"), zone("a", rectangle(0, 0, 8, 8))])
    (folder / "map.geojson").write_bytes(msgspec.json.encode(bare.document))
    code, said = refused(folder, capsys, "--survey", "survey.csv")
    assert code == Exit.MAP
    assert "no anchor or beacon, expected at least 2 anchors or beacons" in said
    (folder / "map.geojson").unlink()
    code, said = refused(folder, capsys, "--survey", "survey.csv")
    assert code == Exit.MAP
    assert "map.geojson: cannot be read: No such file or directory; you: give" in said


def test_a_single_anchor_is_told_what_it_can_and_cannot(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floor_map = store([level("L0"), zone("a", rectangle(0, 0, 16, 8)), anchor("only", 3, 3)])
    (folder / "map.geojson").write_bytes(msgspec.json.encode(floor_map.document))
    put(folder / "survey.csv", SURVEY_HEAD, survey_rows(floor_map))
    code, said = refused(folder, capsys, "--survey", "survey.csv")
    assert code == Exit.MAP
    assert "only 'only', expected at least 2 anchors or beacons: one alone says how far" in said


def test_what_cannot_be_written_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = str(folder / ("x" * 253))
    code, said = refused(folder, capsys, "--survey", "survey.csv", "--out", long)
    assert code == Exit.USAGE
    assert "xxx: cannot be written: File name too long; you: make room or choose another" in said
    monkeypatch.setitem(radio_map_file.CALIBRATION_RANGES, "fading_sd_db", (0.0, 0.1))
    code, said = refused(folder, capsys, "--survey", "survey.csv")
    assert code == Exit.MAP
    assert "what was measured makes no radio map: fading_sd_db is " in said


def test_more_places_than_a_radio_map_holds_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(radio_map_file, "LEFT_MAX", 11)
    code, said = refused(folder, capsys, "--survey", "survey.csv")
    assert code == Exit.RECORDING
    assert "anchor 'p0' was measured in 12 places, expected at most 11; you: give fewer" in said


def test_large_floors_are_judged_on_larger_cells() -> None:
    assert calibrate.cell_m(MAP) == 0.5
    document = msgspec.json.decode(msgspec.json.encode(MAP.document))
    document["features"][0]["geometry"] = rectangle(0, 0, 200, 100)
    assert calibrate.cell_m(parse(msgspec.json.encode(document))) == 2.0


def test_a_real_survey_is_taken(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = shared / "sites/office"
    files = ["--map", str(office / "map.geojson"), "--survey", str(office / "survey.csv")]
    out = tmp_path / "radio_map.json"
    words = ["calibrate", *files, "--tag-height-m", "1.82", "--out", str(out)]
    assert program.main(words) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    errors_m = {line.split()[0]: float(line.split()[2]) for line in lines if " 0." in line[-5:]}
    assert errors_m["survey"] < 0.8 * errors_m["defaults"]
    assert "survey: taken: left out, it errs " in lines[-2]


def office_walks(office: Path, truths: tuple[int, ...]) -> list[str]:
    return [
        word
        for number, truth in zip((1, 2), truths, strict=True)
        for word in (
            *("--walk", str(office / f"recordings/straight_0{number}.csv.gz")),
            *("--truth", str(office / f"truth/straight_0{truth}.csv.gz")),
        )
    ]


def test_exchanged_truths_and_rotated_names_are_refused(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = shared / "sites/office"
    out = tmp_path / "radio_map.json"
    words = ["calibrate", "--map", str(office / "map.geojson"), "--out", str(out)]
    words += ["--tag-height-m", "1.82"]
    assert program.main([*words, *office_walks(office, (2, 1))]) == Exit.WORSE
    assert "the truths of walks 1 and 2 exchanged; nothing written" in capsys.readouterr().err
    ids = place_ids(load(office / "map.geojson"))
    following = dict(zip(ids, (*ids[1:], ids[0]), strict=True))
    text = (office / "survey.csv").read_text()
    rotated = tmp_path / "rotated.csv"
    rotated.write_text(re.sub(r"sensor\d+", lambda found: following[found[0]], text))
    assert program.main([*words, "--survey", str(rotated)]) == Exit.WORSE
    assert "most anchors read as if they hung where others do" in capsys.readouterr().err
    assert not out.exists()


def test_a_recording_given_twice_is_no_more_evidence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = ("--unlabelled", "walk1.csv", "--unlabelled", "walk1.csv")
    code, said = refused(folder, capsys, *twice)
    assert code == Exit.RECORDING
    assert "walk1.csv: given twice, expected each recording once; you: leave one out" in said
    shutil.copy(folder / "walk1.csv", folder / "again.csv")
    labelled = ("--walk", "again.csv", "--truth", "truth1.csv")
    code, said = refused(folder, capsys, "--unlabelled", "walk1.csv", *labelled)
    assert code == Exit.RECORDING
    assert f"again.csv: the same as {folder / 'walk1.csv'}, expected each" in said


def test_a_radio_map_of_more_is_not_written_over(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(folder, "--survey", "survey.csv") == Exit.OK
    put(folder / "few.csv", SURVEY_HEAD, survey_rows()[:48])
    code, said = refused(folder, capsys, "--survey", "few.csv")
    assert code == Exit.USAGE
    assert "holds a radio map of this store of more (survey, 72 measurements) than would" in said
    walking = ("--unlabelled", "walk1.csv", "--unlabelled", "walk2.csv")
    code, said = refused(folder, capsys, *walking)
    assert code == Exit.USAGE
    assert "than would come (unlabelled walking); you: choose another file" in said
    assert told(folder, "--survey", "survey.csv") == Exit.OK
    assert told(folder, "--survey", "few.csv", "--force") == Exit.OK
    (folder / "radio_map.json").write_text("{}")
    assert told(folder, "--survey", "few.csv") == Exit.OK
