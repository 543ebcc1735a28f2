import math
from pathlib import Path

import msgspec
import pytest

from edge_agent import radio_map_file
from edge_agent.calibration import Calibration
from edge_agent.option import OptionError
from edge_agent.radio_map import from_survey
from edge_agent.radio_map_file import RadioMapError
from edge_agent.recording import RecordingError, read_recording, read_survey
from edge_agent.replay import replay, seconds
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyError
from store_maps.floor_map import MapError
from tests.edge_agent.small_store import Air, anchor, two_zones

MAP = two_zones()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A map, a survey and a recording of two tags, one of which goes silent for a while."""
    (tmp_path / "map.geojson").write_bytes(msgspec.json.encode(MAP.document))
    survey = "point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db\na,2,2,p0,30,-62,3\n"
    survey += "a,2,2,p1,30,-70,3\n"
    (tmp_path / "survey.csv").write_text(survey)
    air = Air(MAP, 1)
    rows = [
        row
        for t in [*range(5, 12), *range(60, 70)]
        for row in [*air.second(4.0, 4.0, t), *air.second(t / 6, 2.0, t + 0.4, tag="u")]
    ]
    rows.sort(key=lambda row: row.t_s)
    lines = [f"{row.t_s:.3f},{row.tag},{row.anchor},{row.rssi_dbm:.1f}" for row in rows]
    (tmp_path / "walk.csv").write_text("\n".join(["t_s,tag,anchor,rssi_dbm", *lines, ""]))
    return tmp_path


def told(files: Path, name: str = "walk.csv", lag_s: int = 0, survey: str | None = None) -> bytes:
    out = files / "fixes.jsonl"
    chosen = None if survey is None else files / survey
    count = replay(files / name, files / "map.geojson", out, survey=chosen, lag_s=lag_s)
    data = out.read_bytes()
    assert count == data.count(b"\n")
    return data


def test_a_line_a_second_and_tag_in_the_order_of_formats(files: Path) -> None:
    lines = told(files).splitlines()
    first = msgspec.json.decode(lines[0])
    assert list(first) == [
        "t_s",
        "tag",
        "x_m",
        "y_m",
        "radius_m",
        "zone",
        "zone_p",
        "level",
        "map_sha",
        "source",
    ]
    rows = [msgspec.json.decode(line) for line in lines]
    assert [(row["t_s"], row["tag"]) for row in rows] == sorted(
        {(row["t_s"], row["tag"]) for row in rows}
    )
    assert {row["t_s"] for row in rows} == {*range(5, 42), *range(60, 100)}


@pytest.mark.parametrize("survey", [None, "survey.csv"])
def test_the_same_bytes_every_time(files: Path, survey: str | None) -> None:
    assert told(files, survey=survey) == told(files, survey=survey)


@pytest.mark.parametrize("lag_s", [0, 3])
@pytest.mark.parametrize("cut_s", [6.2, 11.0, 11.4, 60.5, 66.66])
def test_cut_at_any_time_the_bytes_up_to_it_stay(files: Path, lag_s: int, cut_s: float) -> None:
    head, *lines = (files / "walk.csv").read_text().splitlines()
    kept = [line for line in lines if float(line.split(",")[0]) <= cut_s]
    (files / "cut.csv").write_text("\n".join([head, *kept, ""]))

    def until_cut(data: bytes) -> list[bytes]:
        rows = data.splitlines()
        return [row for row in rows if msgspec.json.decode(row)["t_s"] <= cut_s - lag_s]

    whole = until_cut(told(files, lag_s=lag_s))
    assert until_cut(told(files, "cut.csv", lag_s)) == whole
    assert whole or cut_s - lag_s < 5


def test_anchors_that_the_map_lacks_are_named_and_nothing_is_written(files: Path) -> None:
    text = (files / "walk.csv").read_text()
    for number in range(7):
        text += f"1000,t,strange-{number},-60\n"
    (files / "walk.csv").write_text(text)
    with pytest.raises(RecordingError) as refused:
        told(files)
    assert "strange-0, strange-1, strange-2, strange-3, strange-4 and 2 more" in str(refused.value)
    assert "'small'" in str(refused.value)
    assert not (files / "fixes.jsonl").exists()
    (files / "one.csv").write_text("t_s,tag,anchor,rssi_dbm\n1,t,x,-60\n")
    with pytest.raises(RecordingError, match="anchors x are not on the map"):
        told(files, "one.csv")


def test_what_a_part_refuses_comes_through_and_nothing_is_written(files: Path) -> None:
    (files / "survey.csv").write_text("point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db\n")
    with pytest.raises(SurveyError, match="no rows"):
        told(files, survey="survey.csv")
    (files / "map.geojson").write_text("{}")
    with pytest.raises(MapError):
        told(files)
    assert not (files / "fixes.jsonl").exists()


def test_the_map_alone_is_said_and_a_survey_is_not(
    files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told(files, survey="survey.csv")
    assert caplog.messages == []
    told(files)
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "the map alone, no radio map"
    ]


def test_a_radio_map_says_what_a_survey_says(files: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = read_survey(files / "survey.csv")
    radio_map = files / "radio_map.json"
    radio_map_file.write(radio_map, from_survey(MAP, rows, 1.0), MAP)
    out = files / "fixes.jsonl"
    replay(files / "walk.csv", files / "map.geojson", out, radio_map=radio_map)
    by_radio_map = [msgspec.json.decode(line) for line in out.read_bytes().splitlines()]
    by_survey = [
        msgspec.json.decode(line) for line in told(files, survey="survey.csv").splitlines()
    ]
    assert len(by_radio_map) == len(by_survey)
    for one, other in zip(by_radio_map, by_survey, strict=True):
        assert (one["x_m"], one["y_m"]) == pytest.approx((other["x_m"], other["y_m"]), abs=0.01)
    assert caplog.text == ""


def test_a_radio_map_that_holds_no_more_is_said_and_one_of_another_site_refused(
    files: Path, caplog: pytest.LogCaptureFixture
) -> None:
    radio_map = files / "radio_map.json"
    more = two_zones(anchor("p6", 4.0, 4.0))
    radio_map_file.write(radio_map, Calibration.defaults(more), more)
    out = files / "fixes.jsonl"
    replay(files / "walk.csv", files / "map.geojson", out, radio_map=radio_map)
    assert f"radio map {radio_map}: " in caplog.text
    assert "p6" in caplog.text
    out.unlink()
    other = two_zones(store_id="elsewhere")
    radio_map_file.write(radio_map, Calibration.defaults(other), other)
    with pytest.raises(RadioMapError, match="elsewhere"):
        replay(files / "walk.csv", files / "map.geojson", out, radio_map=radio_map)
    with pytest.raises(RadioMapError, match=r"none\.json: cannot be read"):
        replay(files / "walk.csv", files / "map.geojson", out, radio_map=files / "none.json")
    with pytest.raises(OptionError, match="--survey and --radio-map: expected one of them"):
        replay(
            files / "walk.csv",
            files / "map.geojson",
            out,
            survey=files / "survey.csv",
            radio_map=radio_map,
        )
    assert not out.exists()


@pytest.mark.parametrize("lag_s", [-1, 11])
def test_a_lag_without_sense_is_refused(files: Path, lag_s: int) -> None:
    with pytest.raises(OptionError, match=f"--lag-s {lag_s}: expected 0 to 10; you: correct"):
        told(files, lag_s=lag_s)


@pytest.mark.parametrize("height_m", [math.nan, math.inf, 1e9, -0.1])
def test_a_height_without_sense_is_refused(files: Path, height_m: float) -> None:
    out = files / "fixes.jsonl"
    with pytest.raises(OptionError, match=r"--tag-height-m .*: expected 0 to 20; you: correct it"):
        replay(files / "walk.csv", files / "map.geojson", out, tag_height_m=height_m)
    assert not out.exists()


def replay_known(files: Path, out: Path, name: str) -> None:
    """Replay with the radio map where `name` is one, else with the survey."""
    recording, floor_map = files / "walk.csv", files / "map.geojson"
    if name == "radio_map.json":
        replay(recording, floor_map, out, radio_map=files / name)
    else:
        replay(recording, floor_map, out, survey=files / "survey.csv")


@pytest.mark.parametrize("name", ["walk.csv", "map.geojson", "survey.csv", "radio_map.json"])
def test_no_input_is_overwritten(files: Path, name: str) -> None:
    (files / "radio_map.json").touch()
    (files / "link").symlink_to(files / name)
    before = (files / name).read_bytes()
    for out in (files / name, files / "link", files / "." / name):
        with pytest.raises(OptionError, match="is an input and would be overwritten"):
            replay_known(files, out, name)
    assert (files / name).read_bytes() == before


def test_an_output_that_cannot_be_written_is_named(files: Path) -> None:
    for out, why in ((Path("/dev/full"), "No space left"), (files / "no" / "x", "No such file")):
        with pytest.raises(OptionError, match=f"--out {out}: cannot be written: {why}"):
            replay(files / "walk.csv", files / "map.geojson", out)


def test_each_second_comes_with_what_was_heard_and_of_a_silence_the_first_ones() -> None:
    rows = [Sighting("t", "p0", -60.0, t_s) for t_s in (4.2, 5.0, 5.1, 7.9, 50.0)]
    found = [(second, [row.t_s for row in heard]) for second, heard in seconds(rows, 2)]
    assert found == [
        *((5, [4.2, 5.0]), (6, [5.1]), (7, []), (8, [7.9]), (9, []), (10, [])),
        *((50, [50.0]), (51, []), (52, [])),
    ]
    assert list(seconds([], 2)) == []


def test_the_recording_itself_is_sound(files: Path) -> None:
    assert {row.tag for row in read_recording(files / "walk.csv")} == {"t", "u"}
