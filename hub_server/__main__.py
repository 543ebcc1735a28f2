"""`hub-server`: the command line of one store's hub."""

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from hub_server import commands
from hub_server.campaign import commands as campaign_commands
from hub_server.campaign import kill_commands
from hub_server.decision import replay_commands
from hub_server.event import import_commands
from hub_server.model import commands as model_commands
from hub_server.push import commands as push_commands

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, run one command, and return its exit code; a refusal is a line, no traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        try:
            return _answered(build().parse_args(arguments))
        finally:
            commands.flush()
    except commands.OutputError as error:
        if str(error):
            print(error, file=sys.stderr)
        return commands.EXIT_OUTPUT
    except KeyboardInterrupt:
        return commands.EXIT_INTERRUPTED


def _answered(options: argparse.Namespace) -> int:
    """What the command returns, its refusals in words."""
    command: Command = options.command
    try:
        return command(options)
    except tuple(commands.EXITS) as error:
        print(error, file=sys.stderr)
        return next(code for kind, code in commands.EXITS.items() if isinstance(error, kind))


def build() -> argparse.ArgumentParser:
    """Every command and its arguments."""
    parser = argparse.ArgumentParser(prog="hub-server", description=__doc__)
    parser.add_argument("--version", action="version", version=f"instep {version('instep')}")
    top = parser.add_subparsers(required=True, metavar="COMMAND")
    config = ("config", "the hub's TOML file")
    _add(top, "run", commands.run, config)
    _add(top, "check", commands.check, config)
    _add(top, "inventory", commands.show_inventory)
    _add(top, "backup", commands.backup, config, ("file", "the new file"))
    _add(top, "restore", commands.restore, config, ("file", "a file that `backup` wrote"))
    _add(top, "replay", replay_commands.replay, config)
    _switch(_add(top, "kill", kill_commands.kill))
    user = _group(top, "user", "who may see the floor page")
    _add(user, "add", commands.user_add, config, ("name", "the login name"))
    token = _group(top, "token", "what may send events")
    _add(token, "add", commands.token_add, config, ("source", "a till's or service's name"))
    tags = _group(top, "tags", "carts and baskets")
    _add(tags, "import", commands.tags_import, config, ("file", "CSV: tag,identity[,carrier,code]"))
    _out(_add(tags, "print", commands.tags_print, config), required=False)
    _add(tags, "retire", commands.tags_retire, config, ("tag", "the tag's name"))
    taken = _group(top, "import", "the retailer's files")
    receipts = ("file", "purchases.csv, or .csv.gz")
    _add(taken, "purchases", import_commands.import_purchases, config, receipts)
    _add(taken, "products", import_commands.import_products, config, ("file", "products.csv"))
    maps = _group(top, "map", "floor maps")
    _add(maps, "check", commands.map_check, ("file", "map.geojson"))
    _out(_add(maps, "show", commands.map_show, ("file", "map.geojson")), required=True)
    model = _group(top, "model", "which model tells the stages")
    _add(model, "list", model_commands.show, config)
    chosen = ("model", "an .onnx file with its .json beside it, or a name that `list` shows")
    _add(model, "use", model_commands.use, config, chosen)
    _add(model, "rollback", model_commands.rollback, config)
    push = _group(top, "push", "messages to phones whose page is closed")
    _add(push, "keys", push_commands.keys, config)
    campaign = _group(top, "campaign", "what may be said, and when")
    rules = ("file", "campaigns.json")
    campaign_commands.add_store(_add(campaign, "check", campaign_commands.check, rules))
    _add(campaign, "schema", campaign_commands.schema)
    campaign_commands.add_store(_add(campaign, "preview", campaign_commands.show_preview, rules))
    campaign_commands.add_past(_add(campaign, "backtest", campaign_commands.show_backtest, rules))
    return parser


# argparse gives the type of its groups no public name.
Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001
PATHS = frozenset({"config", "file"})


def _group(top: Group, name: str, text: str) -> Group:
    parser = top.add_parser(name, help=text, description=text)
    return parser.add_subparsers(required=True, metavar="COMMAND")


def _add(
    group: Group, name: str, command: Command, *arguments: tuple[str, str]
) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=command.__doc__, description=command.__doc__)
    for argument, text in arguments:
        kind = Path if argument in PATHS else str
        parser.add_argument(argument, type=kind, help=text)
    parser.set_defaults(command=command)
    return parser


def _switch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("switch", choices=("on", "off"), help="on: nothing is said any more")
    parser.add_argument("config", type=Path, help="the hub's TOML file")


def _out(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument("--out", type=Path, required=required, help="the file to write")


if __name__ == "__main__":
    raise SystemExit(main())
