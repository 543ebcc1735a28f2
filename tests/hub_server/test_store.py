import os
from datetime import UTC
from pathlib import Path

import msgspec
import pytest

from hub_server import store
from hub_server.demo import files as demo_files
from hub_server.event.service_plans import PlanError
from hub_server.settings import SettingsError
from store_maps import corner_market
from tests.hub_server.conftest import CAMPAIGNS

CONFIG = """
store = "corner-market"
map = "{map}"
campaigns = "{campaigns}"
database = "hub.db"
public_url = "https://store.example"
demo = true
{more}
operator = {{name = "Market", contact = "desk"}}
"""


def write(folder: Path, map_path: Path, more: str = "") -> Path:
    path = folder / "hub.toml"
    path.write_text(CONFIG.format(map=map_path, campaigns=CAMPAIGNS, more=more))
    return path


def test_a_store_is_read_with_the_products_beside_its_map(tmp_path: Path) -> None:
    loaded = store.load(write(tmp_path, corner_market.path()), os.environ)
    assert loaded.floor_map.store_id == loaded.settings.store
    assert len(loaded.campaigns) >= 6
    assert loaded.assortment.category("1047") == "teeth"


def test_products_may_stand_elsewhere_or_nowhere(tmp_path: Path) -> None:
    (tmp_path / "map.geojson").write_bytes(corner_market.path().read_bytes())
    path = write(tmp_path, tmp_path / "map.geojson")
    assert len(store.load(path, {}).assortment) == 0
    (tmp_path / "p.csv").write_text("item,category\n1,tea\n")
    (tmp_path / "none.json").write_text('{"format": "campaigns", "version": 1, "campaigns": []}')
    path = write(tmp_path, tmp_path / "map.geojson", 'products = "p.csv"')
    path.write_text(path.read_text().replace(str(CAMPAIGNS), "none.json"))
    assert store.load(path, {}).assortment.categories == {"1": "tea"}


def test_prices_have_the_stores_currency(tmp_path: Path) -> None:
    loaded = store.load(write(tmp_path, corner_market.path(), 'currency = "CHF"'), os.environ)
    assert {one.currency for one in loaded.campaigns} == {"CHF"}
    assert {
        one.currency for one in store.load(write(tmp_path, corner_market.path()), {}).campaigns
    } == {""}
    with pytest.raises(SettingsError, match="currency = '€'"):
        store.load(write(tmp_path, corner_market.path(), 'currency = "€"'), {})


def test_another_stores_map_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, corner_market.path())
    path.write_text(path.read_text().replace('"corner-market"', '"another"', 1))
    with pytest.raises(SettingsError, match="ops names the store's own map"):
        store.load(path, {})


@pytest.mark.parametrize(
    "line",
    [
        'hours = {opens = "08:00", closes = "20:00"}',
        'limits = {quiet_from = "20:00", quiet_to = "08:00"}',
    ],
)
def test_hours_need_a_time_zone(tmp_path: Path, line: str) -> None:
    document = msgspec.json.decode(corner_market.path().read_bytes())
    document["timezone"] = None
    (tmp_path / "map.geojson").write_bytes(msgspec.json.encode(document))
    path = write(tmp_path, tmp_path / "map.geojson", line)
    with pytest.raises(SettingsError, match="names no time zone"):
        store.load(path, {})


def test_its_days_are_those_of_the_maps_time_zone(tmp_path: Path) -> None:
    loaded = store.load(write(tmp_path, corner_market.path()), {})
    assert str(loaded.timezone) == "Europe/Berlin"
    nowhere = msgspec.structs.replace(loaded.floor_map, timezone=None)
    assert msgspec.structs.replace(loaded, floor_map=nowhere).timezone is UTC


def test_plans_and_feeds_lie_beside_the_settings(tmp_path: Path) -> None:
    path = write(tmp_path, corner_market.path(), 'service_plans = "plans.toml"')
    path.write_text(path.read_text() + '\n[feeds.weather]\npath = "w.json"\nmax_age_s = 60\n')
    with pytest.raises(PlanError, match="No such file"):
        store.load(path, {})
    (tmp_path / "plans.toml").write_bytes(demo_files.OWN_PLANS.read_bytes())
    loaded = store.load(path, {})
    assert [plan.id for plan in loaded.plans] == ["brush-head"]
    assert loaded.settings.feeds["weather"].path == tmp_path / "w.json"
    assert store.load(write(tmp_path, corner_market.path()), {}).plans == ()
