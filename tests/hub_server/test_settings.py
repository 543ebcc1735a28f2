from pathlib import Path

import pytest

from hub_server import settings
from hub_server.settings import SettingsError

GOOD = """
store = "market"
map = "map.geojson"
campaigns = "/elsewhere/campaigns.json"
database = "hub.db"
public_url = "https://store.example"
[operator]
name = "Market"
contact = "desk@store.example"
"""


def load(folder: Path, text: str) -> settings.Settings:
    path = folder / "hub.toml"
    path.write_text(text)
    return settings.load(path)


def test_paths_are_beside_the_file_and_defaults_are_safe(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD)
    assert loaded.map == tmp_path / "map.geojson"
    assert loaded.campaigns == Path("/elsewhere/campaigns.json")
    assert loaded.products is None
    assert (loaded.http.host, loaded.broker.host) == ("127.0.0.1", "127.0.0.1")
    assert not loaded.demo
    with_products = load(tmp_path, 'products = "p.csv"\n' + GOOD)
    assert with_products.products == tmp_path / "p.csv"
    with_ca = load(tmp_path, GOOD + '[broker]\ntls_ca = "ca.pem"\n')
    assert with_ca.broker.tls_ca == tmp_path / "ca.pem"
    elsewhere = load(tmp_path, GOOD + '[broker]\ntls_ca = "/elsewhere/ca.pem"\n')
    assert elsewhere.broker.tls_ca == Path("/elsewhere/ca.pem")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("colour = 1\n" + GOOD, "colour = 1: Object contains unknown field"),
        (GOOD + "[broker]\nport = 70000\n", "broker.port = 70000: Expected `int` <= 65535"),
        (GOOD + "[broker]\npassword = 'x'\n", "broker.password = (not shown): "),
        (GOOD.replace('"https://store.example"', '"store.example/"'), "public_url = 'store.ex"),
        (GOOD.replace('map = "map.geojson"', "map = 5"), "map = 5: Expected a path, got 5"),
        (GOOD + "[hours]\nopens = '8'\ncloses = '20:00'\n", "hours.opens = '8': Expected"),
        (GOOD.replace("store =", "stor =", 1), "stor = 'market': Object contains unknown field"),
        (GOOD.replace("contact", "# contact"), "operator.contact = (absent): Object missing"),
        ("store", "hub.toml: not TOML: "),
    ],
)
def test_a_bad_file_names_the_key(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, text)
    assert problem in str(error.value)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        settings.load(tmp_path / "absent.toml")


@pytest.mark.parametrize(
    ("opens", "closes", "minute", "is_open"),
    [
        ("08:00", "20:00", 479, False),
        ("08:00", "20:00", 480, True),
        ("08:00", "20:00", 1200, False),
        ("18:00", "02:00", 60, True),
        ("18:00", "02:00", 120, False),
        ("18:00", "02:00", 1080, True),
    ],
)
def test_hours_may_pass_midnight(
    opens: str,
    closes: str,
    minute: int,
    is_open: bool,  # noqa: FBT001 - a table of cases
) -> None:
    assert settings.Hours(opens=opens, closes=closes).are_open(minute) is is_open


def test_secrets_come_from_the_environment_only(tmp_path: Path) -> None:
    loaded = load(tmp_path, GOOD + "[broker]\npassword_env = 'BROKER_PASSWORD'\n")
    assert settings.password(loaded, {"BROKER_PASSWORD": "secret"}) == "secret"
    with pytest.raises(SettingsError, match="BROKER_PASSWORD is unset"):
        settings.password(loaded, {})
    assert settings.password(load(tmp_path, GOOD), {}) is None
    assert settings.salt(loaded, {"INSTEP_SALT": "s" * 16}) == b"s" * 16
    with pytest.raises(SettingsError, match="INSTEP_SALT has 5 characters"):
        settings.salt(loaded, {"INSTEP_SALT": "short"})
    with pytest.raises(SettingsError, match="has 0 characters"):
        settings.salt(loaded, {})
    assert len(settings.salt(load(tmp_path, "demo = true\n" + GOOD), {})) >= 16
