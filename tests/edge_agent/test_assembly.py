import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from edge_agent import radio_map_file
from edge_agent import settings as settings_module
from edge_agent.agent import Agent
from edge_agent.assembly import assemble, open_state
from edge_agent.calibration import Calibration
from edge_agent.exit import Exit, Stop
from edge_agent.floor_parts import products_beside
from edge_agent.messages import Identity, TagRow, Tags
from edge_agent.recording import RecordingSource
from edge_agent.scanner import BleakSource
from edge_agent.settings import Settings
from edge_agent.sighting import Sighting
from edge_agent.simulated_radio import SimulatedSource
from edge_agent.stays import STAY_LAG_S
from store_maps import corner_market

HEAD: Final = 'store = "corner-market"\nagent = "corner-market.pi-1"\nstate_dir = "state"\n'
MAP: Final = f'map = "{corner_market.path()}"\n'
LOCATE: Final = "[locate]\nenabled = true\ncell_m = 1.0\n"
PLAYED: Final = '[source]\nkind = "recording"\npath = "walk.csv"\n'
SIMULATED: Final = '[source]\nkind = "simulated"\npopulation = 3\nlead_tag = "sim-01"\n'


def told(folder: Path, text: str) -> Settings:
    path = folder / "agent.toml"
    path.write_text(HEAD + text)
    return settings_module.load(path)


def build(folder: Path, text: str) -> Agent:
    agent = assemble(told(folder, text), None)
    if agent._parts.outbox is not None:
        agent._parts.outbox.close()
    return agent


def test_a_fixed_pi_loads_neither_numpy_nor_the_map(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(HEAD + 'anchor = "a1"\n[source]\nkind = "bleak"\n')
    code = f"""
import sys
from pathlib import Path
from edge_agent import __main__, settings
from edge_agent.assembly import assemble
assemble(settings.load(Path({str(path)!r})), None)
print([name for name in ("numpy", "shapely", "store_maps") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert not (tmp_path / "state").exists()


def test_a_fixed_pi_hears_for_its_anchor(tmp_path: Path) -> None:
    parts = build(tmp_path, 'anchor = "a1"\n[source]\nkind = "bleak"\nadapter = "hci1"\n')._parts
    assert isinstance(parts.source, BleakSource)
    assert parts.locator is None
    assert parts.outbox is None
    assert (parts.status.locate, parts.status.term, parts.status.map_sha) == (False, 0, "")


def test_a_cart_hears_the_maps_beacons(tmp_path: Path) -> None:
    agent = build(tmp_path, MAP + 'tag = "cart-1"\n[source]\nkind = "bleak"\n')
    source = agent._parts.source
    assert isinstance(source, BleakSource)
    beacon = corner_market.load().beacons[0]
    agent.on_tags(
        Tags(rows=[TagRow(identities=[Identity(identity="cart-1")], handle="h", ttl_s=9)])
    )
    assert source._role.pair(beacon.beacon, source._admit) == ("h", beacon.id)
    assert source._role.pair("stranger", source._admit) is None


def test_a_locator_joins_the_others(tmp_path: Path) -> None:
    parts = build(tmp_path, MAP + LOCATE)._parts
    assert parts.source is None
    assert parts.locator is not None
    assert not parts.plays_all
    assert parts.status.term > 0
    assert parts.status.map_sha == corner_market.load().map_sha


def test_a_locator_takes_a_radio_map_and_says_what_has_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = corner_market.load()
    radio_map_file.write(tmp_path / "radio_map.json", Calibration.defaults(store, 1.5), store)
    document = json.loads(corner_market.path().read_text())
    first = next(one for one in document["features"] if one["properties"]["kind"] == "anchor")
    first["geometry"]["coordinates"][0] += 2
    (tmp_path / "moved.geojson").write_text(json.dumps(document))
    radio_map = 'radio_map = "radio_map.json"\n'
    assert build(tmp_path, MAP + LOCATE + radio_map)._parts.locator is not None
    assert caplog.text == ""
    build(tmp_path, 'map = "moved.geojson"\n' + LOCATE + radio_map)
    assert f"radio map {tmp_path}/radio_map.json: " in caplog.text
    assert first["id"] in caplog.text


def test_a_locators_stays_lag_and_its_fixes_do_not(tmp_path: Path) -> None:
    locator = build(tmp_path, MAP + LOCATE)._parts.locator
    assert locator is not None
    locator.observe([Sighting("t", "a1", -60.0, 1.0)])
    assert [fix.t_s for fix in locator.step(1)] == [1.0]
    assert locator.settled() == []
    assert [fix.t_s for fix in locator.step(1 + STAY_LAG_S)][-1] == 1.0 + STAY_LAG_S
    assert [fix.t_s for fix in locator.settled()] == [1.0]


def test_a_simulation_plays_every_pi_by_its_own_clock(tmp_path: Path) -> None:
    parts = build(tmp_path, MAP + LOCATE + SIMULATED + "speed = 4.0\n")._parts
    assert isinstance(parts.source, SimulatedSource)
    assert parts.plays_all
    assert parts.speed == 4.0
    first, second = parts.clock_s(), parts.clock_s()
    assert second >= first


def test_simulated_tills_write_what_was_paid(tmp_path: Path) -> None:
    parts = build(tmp_path, f'{MAP}{LOCATE}{SIMULATED}till_log = "till.jsonl"\n')._parts
    assert isinstance(parts.source, SimulatedSource)
    on_till = parts.source._settings.on_till
    assert on_till is not None
    on_till("sim-02", 12.5, ("oats", "milk"))
    on_till("sim-03", 13.5, ("wine",))
    lines = [json.loads(line) for line in (tmp_path / "till.jsonl").read_text().splitlines()]
    assert lines[0] == {"tag": "sim-02", "items": ["oats", "milk"]}
    assert len(lines) == 2


def test_products_beside_the_map_are_read_or_refused(tmp_path: Path) -> None:
    shutil.copy(corner_market.path(), tmp_path / "map.geojson")
    assert products_beside(tmp_path / "map.geojson") == ()
    (tmp_path / "products.csv").write_text("item\n")
    with pytest.raises(Stop, match="products") as stopped:
        products_beside(tmp_path / "map.geojson")
    assert stopped.value.code == Exit.MAP


def test_a_recording_is_played_with_its_survey(tmp_path: Path, shared: Path) -> None:
    office = shared / "sites" / "office"
    recording = min((office / "recordings").iterdir())
    path = tmp_path / "agent.toml"
    store = json.loads((office / "map.geojson").read_text())["store_id"]
    path.write_text(
        f'store = "{store}"\nagent = "{store}.x"\nstate_dir = "state"\n'
        f'map = "{office}/map.geojson"\n'
        f'[locate]\nenabled = true\ncell_m = 1.0\nsurvey = "{office}/survey.csv"\n'
        f'[source]\nkind = "recording"\npath = "{recording}"\n'
    )
    parts = assemble(settings_module.load(path), None)._parts
    assert isinstance(parts.source, RecordingSource)
    assert parts.outbox is not None
    parts.outbox.close()


def test_a_recording_without_a_map_is_passed_on_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "walk.csv").write_text("t_s,tag,anchor,rssi_dbm\n1,t,a99,-60\n")
    parts = build(tmp_path, PLAYED)._parts
    assert isinstance(parts.source, RecordingSource)
    assert parts.status.map_sha == ""


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (LOCATE.replace("[", 'map = "none.geojson"\n[', 1), Exit.MAP, "cannot be read: No such"),
        (LOCATE.replace("[", 'map = "bad.geojson"\n[', 1), Exit.MAP, "bad.geojson:"),
        (
            MAP + 'anchor = "a99"\n' + LOCATE + '[source]\nkind = "bleak"\n',
            Exit.MAP,
            "anchor = 'a99': the map has a1, ",
        ),
        (
            LOCATE.replace("[", 'map = "bare.geojson"\ntag = "cart-1"\n[', 1)
            + '[source]\nkind = "bleak"\n',
            Exit.MAP,
            "has no beacons for a cart to hear",
        ),
        (
            LOCATE.replace("[", 'map = "empty.geojson"\n[', 1),
            Exit.MAP,
            "the map of 'corner-market' has no anchors or beacons to locate by; map author: add",
        ),
        (
            MAP + SIMULATED + 'lead_zones = ["wine", "winne"]\n',
            Exit.MAP,
            "source.lead_zones = 'winne': the map has ",
        ),
        (
            MAP + SIMULATED.replace('lead_tag = "sim-01"', 'lead_zones = ["winne"]'),
            Exit.MAP,
            "ops: mend `source.lead_zones` or the map",
        ),
        (MAP + LOCATE + 'survey = "none.csv"\n', Exit.MAP, "none.csv"),
        (MAP + LOCATE + 'survey = "strange.csv"\n', Exit.MAP, "a77"),
        (MAP + LOCATE + 'radio_map = "none.json"\n', Exit.MAP, "none.json: cannot be read"),
        (MAP + LOCATE + 'radio_map = "bad.geojson"\n', Exit.MAP, "radio map "),
        (MAP + '[source]\nkind = "recording"\npath = "none.csv"\n', Exit.RECORDING, "none.csv"),
        (MAP + LOCATE + PLAYED, Exit.RECORDING, "walk.csv: anchors a99 are not on the map of"),
        (MAP + PLAYED, Exit.RECORDING, "expected its anchors and beacons"),
    ],
)
def test_what_cannot_be_used_ends_in_words_and_a_code(
    tmp_path: Path, text: str, code: Exit, words: str
) -> None:
    (tmp_path / "bad.geojson").write_text("{}")
    bare = json.loads(corner_market.path().read_text())
    bare["features"] = [f for f in bare["features"] if f["properties"]["kind"] != "beacon"]
    (tmp_path / "bare.geojson").write_text(json.dumps(bare))
    bare["features"] = [f for f in bare["features"] if f["properties"]["kind"] != "anchor"]
    (tmp_path / "empty.geojson").write_text(json.dumps(bare))
    (tmp_path / "strange.csv").write_text(
        "point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db\n1,5,5,a77,10,-60,2\n"
    )
    (tmp_path / "walk.csv").write_text("t_s,tag,anchor,rssi_dbm\n0,t,a1,-60\n1,t,a99,-60\n")
    with pytest.raises(Stop) as stop:
        build(tmp_path, text)
    assert stop.value.code is code
    assert words in str(stop.value)
    # Nothing is left open: the next start takes the outbox.
    if (tmp_path / "state").exists():
        open_state(told(tmp_path, MAP + LOCATE))[0].close()


def test_a_map_of_another_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text((HEAD + MAP + LOCATE).replace('"corner-market', '"mall'))
    with pytest.raises(Stop, match="is of 'corner-market', expected 'mall'"):
        assemble(settings_module.load(path), None)


def test_a_state_folder_that_is_none_or_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(Stop, match="ops: give the agent's user that folder") as stop:
        build(tmp_path, MAP + LOCATE)
    assert stop.value.code is Exit.STATE
    (tmp_path / "state").unlink()
    outbox, _ = open_state(told(tmp_path, MAP + LOCATE))
    with pytest.raises(Stop, match="is one agent running") as stop:
        build(tmp_path, MAP + LOCATE)
    assert stop.value.code is Exit.STATE
    outbox.close()
    shutil.rmtree(tmp_path / "state")
