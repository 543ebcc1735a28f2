"""The files from which the demo's broker, hub and agent start: plain text, as ops would write."""

import csv
import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from hub_server import campaigns
from store_maps import floor_map
from store_maps.floor_map import FloorMap

# Shoppers of the demo live twice as fast, so that a visit shows within a coffee break.
PACE: Final = 2.0
CODE_BYTES: Final = 16
# Beside the agent's settings: where its simulated tills write, and the demo's tills read.
TILL_LOG: Final = "till.jsonl"
OWN_CAMPAIGNS: Final = Path(__file__).parent / "corner_market_campaigns.json"
OWN_PLANS: Final = Path(__file__).parent / "corner_market_plans.toml"


class Ports(msgspec.Struct, frozen=True):
    """Where the parts listen, all on loopback."""

    http: int
    mqtt: int


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo shows: the corner market, or a recording on its own map."""

    map_path: Path
    tags: list[str]
    recording: Path | None = None
    survey: Path | None = None
    tag_height_m: float = 1.0


MOSQUITTO: Final = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
"""

AMQTT: Final = """\
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:{port}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
"""

HUB: Final = """\
store = {store}
map = {map}
campaigns = {campaigns}
database = "hub.sqlite3"
public_url = "http://127.0.0.1:{http}"
demo = true
currency = "EUR"
replayed = {replayed}
{sold}
[operator]
name = "The Instep demo"
contact = "whoever started it on this machine"

[broker]
port = {mqtt}

[http]
port = {http}
{feeds}"""

SOLD: Final = """\
products = "products.csv"
service_plans = {plans}
"""
# A summer's day that lasts as long as the demo.
FEEDS: Final = """
[feeds.weather]
path = "weather.json"
max_age_s = 604800
"""
DEGREES_C: Final = 31

AGENT: Final = """\
store = {store}
agent = {agent}
map = {map}
state_dir = "agent-state"

[broker]
host = "127.0.0.1"
port = {mqtt}

[locate]
enabled = true
tag_height_m = {tag_height_m}
{survey}
[source]
{source}
"""


def toml(value: object) -> str:
    """A TOML string; JSON's escapes are TOML's."""
    return json.dumps(str(value))


def new_codes(scene: Scene) -> dict[str, str]:
    """A random code for the QR of each tag."""
    return {tag: secrets.token_hex(CODE_BYTES) for tag in scene.tags}


def write_files(scene: Scene, folder: Path, ports: Ports, codes: dict[str, str]) -> None:
    """Write every file into `folder`.

    Raises:
        MapError: the map does not hold.
    """
    plan = floor_map.load(scene.map_path)
    store = plan.store_id
    (folder / "mosquitto.conf").write_text(MOSQUITTO.format(port=ports.mqtt))
    (folder / "amqtt.yaml").write_text(AMQTT.format(port=ports.mqtt))
    _write_tags(folder / "tags.csv", codes)
    hub = HUB.format(
        store=toml(store),
        map=toml(scene.map_path),
        campaigns=toml(_campaigns(scene, plan, folder)),
        http=ports.http,
        mqtt=ports.mqtt,
        replayed=str(scene.recording is not None).lower(),
        sold="" if scene.recording else SOLD.format(plans=toml(OWN_PLANS)),
        feeds="" if scene.recording else FEEDS,
    )
    if scene.recording is None:
        _write_world(scene, folder)
    (folder / "hub.toml").write_text(hub)
    agent = AGENT.format(
        store=toml(store),
        agent=toml(f"{store}.pi-1"),
        map=toml(scene.map_path),
        mqtt=ports.mqtt,
        tag_height_m=scene.tag_height_m,
        survey=f"survey = {toml(scene.survey)}\n" if scene.survey else "",
        source=_source(scene),
    )
    (folder / "agent.toml").write_text(agent)


def _write_tags(path: Path, codes: dict[str, str]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tag", "identity", "carrier", "code"])
        writer.writerows((tag, tag, "cart", code) for tag, code in codes.items())


def _write_world(scene: Scene, folder: Path) -> None:
    """The market's products, counted this very moment, and its weather."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    (folder / "weather.json").write_text(json.dumps({"at": now, "temperature_c": DEGREES_C}))
    sold = scene.map_path.with_name("products.csv")
    with sold.open(newline="") as file, (folder / sold.name).open("w", newline="") as copy:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(copy, reader.fieldnames or ())
        writer.writeheader()
        writer.writerows({**row, "stock_at": now} for row in reader)


def _campaigns(scene: Scene, plan: FloorMap, folder: Path) -> Path:
    if scene.recording is None:
        return OWN_CAMPAIGNS
    path = folder / "campaigns.json"
    path.write_bytes(campaigns.guides_document(plan))
    return path


def _source(scene: Scene) -> str:
    if scene.recording is not None:
        return f'kind = "recording"\npath = {toml(scene.recording)}\nloop = true'
    return (
        f'kind = "simulated"\npopulation = {len(scene.tags)}\npace = {PACE}\n'
        f"lead_tag = {toml(scene.tags[0])}\ntill_log = {toml(TILL_LOG)}"
    )
