from pathlib import Path
from typing import Final

import pytest

from edge_agent.settings import (
    Bleak,
    Broker,
    Recording,
    SettingsError,
    Simulated,
    load,
    password,
)

FIXED: Final = """
store = "market"
agent = "market.pi-1"
state_dir = "state"
anchor = "a1"
[source]
kind = "bleak"
"""
LOCATOR: Final = """
store = "market"
agent = "market.locator"
state_dir = "/var/lib/instep-agent"
map = "maps/market.geojson"
[broker]
host = "broker.market"
port = 8883
password_env = "INSTEP_MQTT_PASSWORD"
tls_ca = "ca.pem"
[locate]
enabled = true
survey = "survey.csv"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "agent.toml"
    path.write_text(text)
    return path


def test_a_fixed_pi_needs_few_words(tmp_path: Path) -> None:
    settings = load(write(tmp_path, FIXED))
    assert settings.anchor == "a1"
    assert settings.source == Bleak(adapter=None)
    assert settings.broker == Broker(host="localhost", port=1883)
    assert not settings.locate.enabled
    assert settings.state_dir == str(tmp_path / "state")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = load(write(tmp_path, LOCATOR))
    assert settings.map == str(tmp_path / "maps/market.geojson")
    assert settings.broker.tls_ca == str(tmp_path / "ca.pem")
    assert settings.locate.survey == str(tmp_path / "survey.csv")
    assert settings.state_dir == "/var/lib/instep-agent"
    assert settings.source is None


def test_a_radio_map_takes_the_place_of_a_survey(tmp_path: Path) -> None:
    radio_map = 'radio_map = "radio/map.json"\n'
    only = load(write(tmp_path, LOCATOR.replace('survey = "survey.csv"\n', radio_map)))
    assert only.locate.radio_map == str(tmp_path / "radio" / "map.json")
    assert only.locate.survey is None
    with pytest.raises(SettingsError) as refused:
        load(write(tmp_path, LOCATOR + radio_map))
    assert (
        "locate.survey, locate.radio_map = ('survey.csv', 'radio/map.json'): expected one"
        in str(refused.value)
    )


def test_a_recording_and_a_simulation_stand_for_every_pi(tmp_path: Path) -> None:
    text = 'store="m"\nagent="m.x"\nstate_dir="."\nmap="m.geojson"\n[source]\n'
    played = load(write(tmp_path, text + 'kind="recording"\npath="walk.csv"\nloop=true\n'))
    assert played.source == Recording(path=str(tmp_path / "walk.csv"), speed=1.0, loop=True)
    simulated = load(write(tmp_path, text + 'kind="simulated"\npace=2.0\nlead_tag="sim-01"\n'))
    assert simulated.source == Simulated(population=20, pace=2.0, lead_tag="sim-01")


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('"market"', "", "not TOML"),
        ("anchor", "ancor", "ancor = 'a1': unknown key; expected one of agent, anchor, broker"),
        ('"a1"', "7", "anchor = 7: Expected `str | null`, got `int`"),
        ('"a1"', '"a 1"', "anchor = 'a 1': Expected `str` matching regex"),
        ('store = "market"', "", "store = (absent): Object missing required field `store`"),
        ('kind = "bleak"', 'kind = "bleek"', "source.kind = 'bleek': Invalid value 'bleek'"),
        ('kind = "bleak"', "", "source.kind = (absent): Object missing required field `kind`"),
        (
            'kind = "bleak"',
            'kind = "bleak"\nseed = 1',
            "source.seed = 1: unknown key; expected one of kind, adapter;",
        ),
        (
            "[source]",
            "[broker]\nport = 70000\n[source]",
            "broker.port = 70000: Expected `int` <= 65535",
        ),
        (
            "[source]",
            '[broker]\npassword = "hunter2"\n[source]',
            "broker.password = (not shown): unknown key; expected one of host, password_env",
        ),
        (
            "[source]",
            "[locate]\nlag = 1\n[source]",
            "locate.lag = 1: unknown key; expected one of cell_m, enabled",
        ),
        (
            "market.pi-1",
            "mall.pi-1",
            "agent = 'mall.pi-1': expected 'market', a dot and a name without dots",
        ),
        ("market.pi-1", "market.pi.1", "agent = 'market.pi.1': expected 'market', a dot"),
        ("market.pi-1", "market.", "agent = 'market.'"),
        ('[source]\nkind = "bleak"', "", "source = None: expected a [source] table, or locate"),
        ('anchor = "a1"', "", "anchor, tag = (None, None): expected exactly one"),
        (
            'anchor = "a1"',
            'anchor = "a1"\ntag = "t"',
            "anchor, tag = ('a1', 't'): expected exactly one",
        ),
        ('anchor = "a1"', 'tag = "cart-1"', "map = None: expected the path of the store's floor"),
        (
            'kind = "bleak"',
            'kind = "recording"\npath = "x.csv"',
            "anchor, tag = ('a1', None): expected neither",
        ),
        (
            'kind = "bleak"',
            'kind = "recording"\npath = "x.csv"\nspeed = 0',
            "source.speed = 0: Expected `float` >= 0.001",
        ),
        *(
            (
                'anchor = "a1"\n[source]\nkind = "bleak"',
                f'map = "m"\n[source]\nkind = "{kind}"\n{key} = {value}',
                f"source.{key} = {value}: Expected `{expected}",
            )
            for kind, key, value, expected in [
                ('recording"\npath = "x.csv', "speed", "inf", "float` <= 1000.0"),
                ("simulated", "speed", "inf", "float` <= 1000.0"),
                ("simulated", "speed", "nan", "float`"),
                ("simulated", "pace", "inf", "float` <= 1000.0"),
                ("simulated", "seed", "-1", "int` >= 0"),
            ]
        ),
    ],
)
def test_an_error_names_file_key_value_and_expectation(
    tmp_path: Path, old: str, new: str, text: str
) -> None:
    path = write(tmp_path, FIXED.replace(old, new, 1))
    with pytest.raises(SettingsError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: {text}")
    assert str(error.value).endswith("; ops: mend the file")
    assert "hunter2" not in str(error.value)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory; ops: "):
        load(tmp_path / "none.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not TOML"):
        load(path)


def test_the_password_comes_from_the_environment_alone() -> None:
    named = Broker(password_env="INSTEP_MQTT_PASSWORD")  # noqa: S106 - a variable's name
    assert password(Broker()) is None
    assert password(named, {"INSTEP_MQTT_PASSWORD": "x"}) == "x"
    with pytest.raises(SettingsError, match="environment variable is not set; ops: "):
        password(named, {})
