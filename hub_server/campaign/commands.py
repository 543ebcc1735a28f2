"""What `hub-server campaign` does: check, schema, preview, and backtest before it goes live."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Final

from hub_server import commands, settings, store
from hub_server.campaign.backtest import NAG_SHARE_MAX, Report, backtest, lines
from hub_server.campaign.conflicts import conflicts
from hub_server.campaign.past import past
from hub_server.campaign.preview import preview
from hub_server.campaign.schema import schema_text
from hub_server.campaign.wording import remarks
from hub_server.campaigns import Campaign, notices
from hub_server.commands import EXIT_CHECK, EXIT_OK, say
from hub_server.goods import products
from hub_server.goods.products import Product
from store_maps.floor_map import FloorMap

# A store has its regulars once a week.
DAYS: Final = 7
DAY_MS: Final = 86_400_000
# Only that there is a salt counts here: no digest leaves this process.
NO_SALT: Final = b""


def check(options: Namespace) -> int:
    """Print every problem of a campaigns file, then what is allowed and should be known."""
    found = _read(options)[1]
    say(f"ok: {len(found)} campaigns")
    for line in (
        *(f"note: {one}" for one in notices(found)),
        *(one.line for one in conflicts(found)),
        *remarks(found),
    ):
        say(line)
    return EXIT_OK


def schema(_options: Namespace) -> int:
    """Print the JSON Schema of a campaigns file, for an editor that completes and checks."""
    say(schema_text(), end="")
    return EXIT_OK


def show_preview(options: Namespace) -> int:
    """Print what each campaign looks like, on a locked phone and on the page, in an example."""
    plan, found = _read(options)
    for line in preview(found, plan.name):
        say(line)
    return EXIT_OK


def show_backtest(options: Namespace) -> int:
    """Say who would have got a file's campaigns last week; refuse it when too many are nags."""
    loaded = settings.load(options.config)
    parts = store.Parts(options.config, loaded)
    sold = {one.item: one for one in parts.products}
    found = store.read_campaigns(options.file, parts.floor_map, sold, NO_SALT)
    with commands.opened(loaded) as database:
        moments = past(database, loaded.store, commands.now_ms() - options.days * DAY_MS)
        report = backtest(moments, found, loaded.limits)
    for line in lines(report, options.days):
        say(line)
    return _judged(report, options.nag_max)


def _judged(report: Report, nag_max: float) -> int:
    refused = report.too_much(nag_max)
    for line in refused:
        say(f"refused: {line}")
    return EXIT_CHECK if refused else EXIT_OK


def _read(options: Namespace) -> tuple[FloorMap, tuple[Campaign, ...]]:
    plan = store.read_map(options.map)
    return plan, store.read_campaigns(options.file, plan, _sold(options), NO_SALT)


def _sold(options: Namespace) -> dict[str, Product]:
    """By item: of the file named, else of the one beside the map, else nothing."""
    beside: Path = options.map.with_name(store.PRODUCTS)
    path = options.products or (beside if beside.is_file() else None)
    return {} if path is None else {one.item: one for one in products.read(path)}


def add_store(parser: ArgumentParser) -> None:
    """The options that name a store's map and products."""
    parser.add_argument("--map", type=Path, required=True, help="the store's map.geojson")
    text = "its products.csv; without it the one beside the map, if there is one"
    parser.add_argument("--products", type=Path, help=text)


def add_past(parser: ArgumentParser) -> None:
    """The options of a backtest."""
    parser.add_argument("--config", type=Path, required=True, help="the hub's TOML file")
    parser.add_argument("--days", type=int, default=DAYS, help=f"how far back ({DAYS})")
    text = f"refuse above this share of nags ({NAG_SHARE_MAX})"
    parser.add_argument("--nag-max", type=float, default=NAG_SHARE_MAX, help=text)
