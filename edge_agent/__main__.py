"""The command `edge-agent`. Each command imports what it needs, so that a small Pi stays small."""

# ruff: noqa: PLC0415 - see above

import argparse
import asyncio
import errno
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from edge_agent import messages, settings
from edge_agent.exit import Exit, Stop

LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# What a full or broken output says; any other OSError that nobody caught is a bug of ours.
OUTPUT_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})
Options = argparse.Namespace


class Command(NamedTuple):
    """One word after `edge-agent`."""

    text: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Options], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code (`edge_agent.exit`)."""
    # Before NumPy loads: the locator's products are small, and a second thread only spins
    # (the office's radio map took 1.3 s on a busy machine instead of 0.14 s).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _open_output()
    return _answered(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    """Run the command that `arguments` name."""
    listing = "\n".join(f"  {name:9} {command.text}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="edge-agent",
        description="Hears beacons on a Pi and knows where the store's active tags are.",
        epilog=f"commands:\n{listing}\n\n`edge-agent COMMAND --help` says more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version("instep"))
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…")
    first = parser.parse_args(arguments)
    command = COMMANDS[first.command]
    second = argparse.ArgumentParser(prog=f"edge-agent {first.command}", description=command.text)
    command.add_arguments(second)
    return command.run(second.parse_args(first.rest))


def _open_output() -> None:
    """Where the caller closed an output, what is said goes nowhere, and into no other file."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def _drop_output() -> None:
    """Send the rest of stdout nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _answered(work: Callable[[], int]) -> int:
    """What `work` returns, its refusals in words."""
    try:
        try:
            return work()
        finally:
            sys.stdout.flush()
    except Stop as stop:
        print(f"edge-agent: {stop}", file=sys.stderr)
        return stop.code
    except settings.SettingsError as error:
        print(f"edge-agent: {error}", file=sys.stderr)
        return Exit.USAGE
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:  # The reader has seen enough.
        _drop_output()
        return Exit.OK
    except OSError as error:
        if error.errno not in OUTPUT_ERRORS or error.filename is not None:
            raise
        _drop_output()
        why = f"the output cannot be written: {error.strerror}; you: make room, or write elsewhere"
        print(f"edge-agent: {why}", file=sys.stderr)
        return Exit.USAGE


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, help="the agent's settings, a TOML file")


def _run(options: Options) -> int:
    from edge_agent.assembly import assemble

    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    told = settings.load(options.config)
    agent = assemble(told, settings.password(told.broker))

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await agent.run(stop)

    asyncio.run(work())
    return Exit.OK


def _check(options: Options) -> int:
    from edge_agent.check import check

    async def findings() -> Exit:
        worst = Exit.OK
        async for finding in check(options.config):
            print(finding, flush=True)
            worst = worst or finding.code
        return worst

    return asyncio.run(findings())


def _scan_arguments(parser: argparse.ArgumentParser) -> None:
    from edge_agent import scan

    scan.add_arguments(parser)


def _scan(options: Options) -> int:
    from edge_agent import scan

    return scan.main(options)


def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", type=Path, help="recording v1, .csv or .csv.gz")
    parser.add_argument("--map", type=Path, required=True, help="floor map v1")
    parser.add_argument("--survey", type=Path, help="default: the default path loss")
    parser.add_argument("--radio-map", type=Path, help="of edge-agent calibrate; no survey then")
    parser.add_argument("--tag-height-m", type=float, default=1.0, help="0 to 20; default: 1")
    parser.add_argument("--lag-s", type=int, default=0, help="0 to 10: later, and better")
    parser.add_argument("--out", type=Path, required=True, help="fixes, JSON Lines")
    parser.add_argument("--explain", metavar="TAG@T", help="why the tag is there at that second")


def _replay(options: Options) -> int:
    from edge_agent.question import answer
    from edge_agent.refusals import map_refusals, refusals
    from edge_agent.replay import replay

    with refusals(), map_refusals(options.map):
        why = answer(options)
        count = replay(
            options.recording,
            options.map,
            options.out,
            survey=options.survey,
            radio_map=options.radio_map,
            tag_height_m=options.tag_height_m,
            lag_s=options.lag_s,
        )
    print(f"{count} fixes written to {options.out}", *why, sep="\n")
    return Exit.OK


def _calibrate_arguments(parser: argparse.ArgumentParser) -> None:
    from edge_agent import calibrate

    calibrate.add_arguments(parser)


def _calibrate(options: Options) -> int:
    from edge_agent import calibrate

    return calibrate.main(options)


def _coverage_arguments(parser: argparse.ArgumentParser) -> None:
    from edge_agent import coverage_command

    coverage_command.add_arguments(parser)


def _coverage(options: Options) -> int:
    from edge_agent import coverage_command

    return coverage_command.main(options)


def _no_arguments(_: argparse.ArgumentParser) -> None:
    """A command that takes none."""


def _schema(_: Options) -> int:
    schema = msgspec.json.encode(messages.json_schema())
    print(msgspec.json.format(schema, indent=2).decode())
    return Exit.OK


def _acl_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("store", help="the store's id")
    parser.add_argument("agents", nargs="+", metavar="AGENT", help="<store>.<name>")
    parser.add_argument("--locator", action="append", default=[], metavar="AGENT")
    parser.add_argument("--hub", default="hub", help="the hub's user name (default: %(default)s)")


def _acl(options: Options) -> int:
    from edge_agent.broker_acl import acl_text

    agents = dict.fromkeys(options.agents, False) | dict.fromkeys(options.locator, True)
    try:
        print(acl_text(options.store, agents, options.hub), end="")
    except ValueError as error:
        raise Stop(Exit.USAGE, str(error)) from None
    return Exit.OK


COMMANDS: Final = {
    "run": Command("work until stopped", _config, _run),
    "check": Command("say of each thing the agent needs: ok, or what to do", _config, _check),
    "scan": Command("show what this radio hears, live", _scan_arguments, _scan),
    "replay": Command("turn a recording into fixes, without a broker", _replay_arguments, _replay),
    "calibrate": Command("make the store's radio map", _calibrate_arguments, _calibrate),
    "coverage": Command("say what the planned anchors are worth", _coverage_arguments, _coverage),
    "schema": Command("print the JSON Schema of every message", _no_arguments, _schema),
    "acl": Command("print the Mosquitto ACL of a store", _acl_arguments, _acl),
}

if __name__ == "__main__":
    raise SystemExit(main())
