import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from edge_agent import radio_map_file
from edge_agent.calibration import AnchorCalibration, Calibration, Left
from edge_agent.radio_binding import Place
from edge_agent.radio_map import RadioMap, from_survey
from edge_agent.radio_map_file import RadioMapError, Range, decode, encode, read, write
from edge_agent.recording import read_survey
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load
from tests.edge_agent.small_store import feature, rectangle, two_zones

MAP: Final = two_zones()


def measured(floor_map: FloorMap = MAP) -> Calibration:
    """A survey's words on every anchor, no two alike."""
    defaults = Calibration.defaults(floor_map, 1.25)
    anchors = tuple(
        AnchorCalibration(
            anchor=anchor.anchor,
            power_dbm_1m=-61.5 - place,
            exponent=2.0 + place / 7,
            map_sd_db=3.5,
            left=(Left(2.0, 3.0, "L0", 1 / 3 + place, 0.5), Left(4.0, 3.0, "L0", -2.0, 0.5)),
        )
        for place, anchor in enumerate(defaults.anchors)
    )
    return msgspec.structs.replace(defaults, rung="survey", loss_share=0.9, anchors=anchors)


def changed(**head: object) -> dict[str, Any]:
    """The file as a document with some members changed."""
    document: dict[str, Any] = json.loads(encode(measured(), MAP))
    return {**document, **head}


def refusal(document: object, floor_map: FloorMap = MAP) -> str:
    with pytest.raises(RadioMapError) as refused:
        decode(msgspec.json.encode(document), floor_map)
    return str(refused.value)


def test_what_is_written_is_read_to_the_last_millionth(tmp_path: Path) -> None:
    path = tmp_path / "radio_map.json"
    write(path, measured(), MAP)
    again, warnings = read(path, MAP)
    assert warnings == []
    assert (again.rung, again.tag_height_m, again.loss_share) == ("survey", 1.25, 0.9)
    assert again.anchors[1].left[0] == Left(2.0, 3.0, "L0", 1.333333, 0.5)
    assert again.law.exponent == pytest.approx(measured().law.exponent, abs=1e-6)
    assert encode(again, MAP) == path.read_bytes() == encode(measured(), MAP)
    assert [one.name for one in tmp_path.iterdir()] == ["radio_map.json"]


def test_the_file_is_for_people_too() -> None:
    lines = encode(measured(), MAP).decode().splitlines()
    assert lines[:4] == [
        "{",
        ' "format": "radio-map",',
        ' "version": 1,',
        ' "store_id": "small",',
    ]
    assert ' "rung": "survey",' in lines
    assert '    {"x_m":4.0,"y_m":3.0,"level":"L0","left_db":-2.0,"variance_db":0.5}]},' in lines
    assert max(map(len, lines)) < 200


def test_a_rung_without_measured_places_is_written_too() -> None:
    defaults = Calibration.defaults(MAP)
    assert decode(encode(defaults, MAP), MAP) == (defaults, [])


def test_every_number_of_the_file_has_its_range() -> None:
    ranges: dict[type[msgspec.Struct], Mapping[str, Range]] = {
        Calibration: radio_map_file.CALIBRATION_RANGES,
        AnchorCalibration: radio_map_file.ANCHOR_RANGES,
        Left: radio_map_file.LEFT_RANGES,
        Place: radio_map_file.PLACE_RANGES,
    }
    for struct, bounds in ranges.items():
        numbers = {one.name for one in msgspec.structs.fields(struct) if one.type is float}
        assert numbers == bounds.keys()


def test_a_moved_anchor_falls_back_alone() -> None:
    document = changed()
    document["anchors"][2]["at"]["x_m"] += 1.5
    calibration, warnings = decode(msgspec.json.encode(document), MAP)
    (warning,) = warnings
    assert warning == (
        "anchor 'p2' moved by 1.50 m, from (9.5, 1), 2.5 m high, on L0 to (8, 1), 2.5 m high, on "
        "L0: it has the others' typical path loss; ops: calibrate again"
    )
    assert calibration.rung == "survey"
    assert calibration.anchors[2] == AnchorCalibration(
        anchor="p2", power_dbm_1m=-64.5, exponent=2.428571, map_sd_db=6.0
    )
    kept = decode(encode(measured(), MAP), MAP)[0].anchors
    assert calibration.anchors[:2] + calibration.anchors[3:] == kept[:2] + kept[3:]


def test_an_anchor_that_is_gone_and_one_that_is_new_are_named() -> None:
    document = changed()
    document["anchors"][5]["anchor"] = "q"
    calibration, warnings = decode(msgspec.json.encode(document), MAP)
    assert warnings == [
        "anchor 'p5' is new on the map: it has the others' typical path loss; ops: calibrate again",
        "anchor 'q' is no more on the map: ignored; ops: nothing to do",
    ]
    assert calibration.anchors[5].power_dbm_1m == -63.5
    assert calibration.anchors[5].left == ()
    assert [anchor.anchor for anchor in calibration.anchors] == ["p0", "p1", "p2", "p3", "p4", "p5"]


def test_where_every_anchor_moved_the_defaults_are_left() -> None:
    document = changed()
    for row in document["anchors"]:
        row["at"]["y_m"] += 0.2
    calibration, warnings = decode(msgspec.json.encode(document), MAP)
    assert len(warnings) == 6
    assert calibration == Calibration.defaults(MAP, 1.25)


def test_zones_may_change_and_fixtures_are_worth_a_warning() -> None:
    zone = feature("c", rectangle(1, 1, 2, 2), kind="zone", name="c", zone_type="bay", parent="a")
    assert decode(encode(measured(), MAP), two_zones(zone))[1] == []
    shelf = feature("s", rectangle(4, 4, 2, 1), kind="fixture", category="shelf")
    calibration, warnings = decode(encode(measured(), MAP), two_zones(shelf))
    assert [warning.split(":")[0] for warning in warnings] == [
        "walls, fixtures or openings of the map are not those it was made with"
    ]
    assert calibration.anchors[0].power_dbm_1m == -61.5


def test_another_site_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "radio_map.json"
    write(path, measured(), MAP)
    with pytest.raises(RadioMapError) as refused:
        read(path, two_zones(store_id="other"))
    assert str(refused.value) == (
        f"radio map {path}: is of the store \"small\", expected 'other' of the map; "
        "ops: take this store's radio map, or calibrate here"
    )
    with pytest.raises(RadioMapError, match="is of other levels than the map of 'small' has"):
        read(path, two_zones(x_m=100.0))


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({"format": "floor-map"}, "format is 'floor-map', expected 'radio-map'; ops: name"),
        ({"version": 2}, "version is 2, expected 1; ops: calibrate again"),
        ({"rung": "guess"}, "damaged: Invalid enum value 'guess' - at `$.rung`; ops: copy"),
        ({"anchors": None}, "damaged: Expected `array`, got `null` - at `$.anchors`; ops: copy"),
        ({"fading_sd_db": "x"}, "damaged: Expected `float`, got `str` - at `$.fading_sd_db`"),
        ({"loss_share": 9}, "loss_share is 9.0, expected -5 to 5; ops: calibrate again"),
    ],
)
def test_what_is_no_radio_map_is_refused(head: dict[str, object], said: str) -> None:
    assert refusal(changed(**head)).startswith(said)


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("exponent", 99, 'anchor "p1": exponent is 99.0, expected 0 to 10; ops: calibrate'),
        ("anchor", "p0", 'anchor "p0" stands twice, expected once; ops: calibrate again'),
        ("anchor", "\x1b[2J", '"\\u001b[2J" names no anchor or level, expected 1 to 64 of'),
        ("map_sd_db", 0, 'anchor "p1": map_sd_db is 0.0, expected 0.1 to 50; ops: calibrate'),
    ],
)
def test_an_anchor_without_sense_is_refused(member: str, value: object, said: str) -> None:
    document = changed()
    document["anchors"][1][member] = value
    assert refusal(document).startswith(said)


def test_places_without_sense_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = changed()
    document["anchors"][1]["at"]["height_m"] = 1e300
    assert refusal(document).startswith('anchor "p1": height_m is 1e+300, expected -10000 to')
    document = changed()
    document["anchors"][1]["left"][0]["variance_db"] = -1
    assert refusal(document).startswith('anchor "p1": variance_db is -1.0, expected 0 to')
    document = changed()
    document["anchors"][1]["left"][0]["level"] = "attic"
    assert refusal(document).startswith("is of other levels than the map of 'small' has")
    document = changed()
    monkeypatch.setattr(radio_map_file, "LEFT_MAX", 1)
    assert refusal(document).startswith('anchor "p0": 2 measured places, expected at most 1; ops')


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"format":NaN}',
        b'{"format":"radio-map","version":1e999}',
        b'{"format":"radio-map","version":1}',
        b"[" * 100_000,
        b'{"format":"radio-map","version":1,"x":' + b"[" * 100_000,
    ],
)
def test_hostile_bytes_are_one_clear_refusal(data: bytes) -> None:
    with pytest.raises(RadioMapError, match=r"^damaged: ") as refused:
        decode(data, MAP)
    assert len(str(refused.value)) < 200


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "radio_map.json"
    with pytest.raises(RadioMapError, match=r"radio_map.json: cannot be read: No such file"):
        read(path, MAP)
    os.mkfifo(path)
    with pytest.raises(RadioMapError, match=r"radio_map.json: no regular file, expected"):
        read(path, MAP)
    path.unlink()
    path.write_text("{}" * 10)
    monkeypatch.setattr(radio_map_file, "FILE_BYTES_MAX", 10)
    with pytest.raises(RadioMapError, match=r"radio_map.json: more than 10 bytes, expected"):
        read(path, MAP)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "radio_map.json"
    write(path, measured(), MAP)
    before = path.read_bytes()
    nonsense = msgspec.structs.replace(measured(), loss_share=float("nan"))
    with pytest.raises(RadioMapError, match="loss_share is nan"):
        write(path, nonsense, MAP)
    assert path.read_bytes() == before
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write(folder, measured(), MAP)
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "absent" / "radio_map.json", measured(), MAP)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "radio_map.json"]


def test_a_survey_goes_through_the_file(shared: Path) -> None:
    """The table is the same to a thousandth of a dB."""
    office = load(shared / "sites/office/map.geojson")
    calibration = from_survey(office, read_survey(shared / "sites/office/survey.csv"), 1.82)
    again, warnings = decode(encode(calibration, office), office)
    assert warnings == []
    grid = FloorGrid.build(office, 1.0)
    tables = [RadioMap.of(one, office, grid).expected_dbm for one in (calibration, again)]
    assert tables[0] == pytest.approx(tables[1], abs=1e-3)
