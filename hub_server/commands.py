"""What `hub-server` does, one function a command; each returns its exit code."""

import asyncio
import getpass
import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from hub_server import database as databases
from hub_server import settings, store
from hub_server.campaigns import CampaignError
from hub_server.database import Database, DatabaseError
from hub_server.event.imports import ImportRefused
from hub_server.event.service_plans import PlanError
from hub_server.goods.products import ProductsError
from hub_server.model import trial as model_trial
from hub_server.model.folder import PACKAGED, ModelFolder
from hub_server.model.manifest import ModelRefused
from hub_server.records import inventory, salt_seal
from hub_server.sessions import LoginError, Logins
from hub_server.settings import Settings, SettingsError
from hub_server.visit.tags import TagError, TagTable, parse_csv
from store_maps import drawing
from store_maps import map_check as map_checks

EXIT_OK: Final = 0
EXIT_SETTINGS: Final = 2
EXIT_DATABASE: Final = 3
EXIT_INPUT: Final = 4
EXIT_PORT: Final = 5
# 1 is Python's own, for a bug of ours.
EXIT_CHECK: Final = 6
EXIT_OUTPUT: Final = 7
EXIT_MODEL: Final = 8
EXIT_INTERRUPTED: Final = 130


class OutputError(RuntimeError):
    """What a command says cannot be written; the text says why, and is empty for a closed pipe."""


# Far longer than any password, and no more than is worth hashing.
PASSWORD_BYTES_MAX: Final = 1_024

# What each refusal ends with; anything else is a fault of ours.
EXITS: Final[Mapping[type[Exception], int]] = {
    SettingsError: EXIT_SETTINGS,
    CampaignError: EXIT_SETTINGS,
    ProductsError: EXIT_SETTINGS,
    PlanError: EXIT_SETTINGS,
    ImportRefused: EXIT_INPUT,
    DatabaseError: EXIT_DATABASE,
    LoginError: EXIT_INPUT,
    TagError: EXIT_INPUT,
    ModelRefused: EXIT_MODEL,
}


def run(options: Namespace) -> int:
    """Run the hub until a signal."""
    # The web server and onnxruntime cost 0.5 s, which no other command needs.
    from hub_server.service import PortTakenError, serve  # noqa: PLC0415

    loaded = store.load(options.config, os.environ)
    database = Database(loaded.settings.database)
    try:
        salt_seal.put(database, loaded.salt)
        asyncio.run(serve(loaded, database))
    except PortTakenError as error:
        say(str(error), sys.stderr)
        return EXIT_PORT
    finally:
        database.close()
    return EXIT_OK


def check(options: Namespace) -> int:
    """Look at settings, map, campaigns, products, secrets, database, pages and broker."""
    loaded = settings.load(options.config)
    say(f"ok    settings: store {loaded.store}")
    faults = 0
    for name, look in _checks(options.config, loaded).items():
        try:
            say(f"ok    {name}: {look()}")
        except tuple(EXITS) as error:
            faults += 1
            say(f"fault {name}: {error}")
    return EXIT_CHECK if faults else EXIT_OK


def _checks(path: Path, loaded: Settings) -> dict[str, Callable[[], str]]:
    """Everything that `run` needs, by the code that `run` reads it with."""
    parts = store.Parts(path, loaded)
    return {
        "map": lambda: "; ".join(
            (parts.floor_map.name, *map_checks.stage_notes(parts.floor_map)),
        ),
        "campaigns": lambda: f"{len(parts.campaigns)} campaigns",
        "products": lambda: f"{len(parts.products)} items",
        "service plans": lambda: f"{len(parts.plans)} plans",
        "salt": lambda: f"{len(settings.salt(loaded, os.environ))} bytes",
        "database": lambda: _database_state(loaded),
        "pages": lambda: _pages_state(loaded),
        "stage model": lambda: _model_state(loaded),
        "push": lambda: _push_state(loaded),
        "broker": lambda: _broker_state(loaded),
    }


def _database_state(loaded: Settings) -> str:
    with opened(loaded) as database:
        users = Logins(database).users_count()
        tags = len(list(TagTable(database, loaded.store)))
    return f"{tags} tags, {users} users"


def _model_state(loaded: Settings) -> str:
    folder = ModelFolder.beside(loaded.database)
    name = folder.in_use()
    try:
        files = folder.read(name)
        model_trial.stand(files.data, files.manifest)
    except ModelRefused as error:
        remedy = "`hub-server model list`, then `use` one of them"
        if name == PACKAGED:
            remedy = "install the program again"
        msg = f"{name}: {error}; the hub answers with another or by rules; ops: {remedy}"
        raise ModelRefused(msg) from None
    return f"{name}, sha256 {files.promised.sha256[:12]}"


def _push_state(loaded: Settings) -> str:
    from hub_server.push.commands import public_key  # noqa: PLC0415 - it imports this module

    if loaded.push_subject is None:
        return "off: public_url is not https, and there is no push.subject"
    return f"public key {public_key(loaded)[:12]}…"


def _pages_state(loaded: Settings) -> str:
    from hub_server.service import PortTakenError, listening  # noqa: PLC0415 - as in run

    where = f"{loaded.http.host}:{loaded.http.port}"
    try:
        with databases.lock(loaded.database), listening(loaded.http):
            return f"{where} is free"
    except DatabaseError:
        return f"{where} is not tried: a hub runs, or its database is at fault"
    except PortTakenError as error:
        raise SettingsError(str(error)) from None


def _broker_state(loaded: Settings) -> str:
    from hub_server.service import broker_fault  # noqa: PLC0415 - as in run

    password = settings.password(loaded, os.environ)
    fault = asyncio.run(broker_fault(loaded.broker, password, loaded.store))
    if fault is not None:
        raise SettingsError(fault)
    return f"{loaded.broker.host}:{loaded.broker.port} lets the hub in"


def user_add(options: Namespace) -> int:
    """Add a manager; the password comes from a prompt, or from the first line of stdin."""
    loaded = settings.load(options.config)
    given = getpass.getpass() if sys.stdin.isatty() else _first_line()
    with opened(loaded) as database:
        Logins(database).add_user(options.name, given, now_ms())
    say(f"user {options.name} may log in")
    return EXIT_OK


def token_add(options: Namespace) -> int:
    """Make a bearer token for a till or service, and print it this once."""
    with opened(settings.load(options.config)) as database:
        token = Logins(database).add_source(options.source, now_ms())
    say(f"token of {options.source}, shown only now: {token}")
    return EXIT_OK


def tags_import(options: Namespace) -> int:
    """Add or change tags from a CSV file."""
    loaded = settings.load(options.config)
    rows = parse_csv(_bytes(options.file))

    def simulated(identity: str) -> bool:
        return loaded.demo or identity.startswith(loaded.simulated_prefix)

    with opened(loaded) as database:
        count = TagTable(database, loaded.store).replace(rows, simulated=simulated)
    say(f"{count} tags")
    return EXIT_OK


def tags_print(options: Namespace) -> int:
    """Write a page of QR codes to print."""
    loaded = settings.load(options.config)
    with opened(loaded) as database:
        sheet = TagTable(database, loaded.store).sheet(loaded.public_url)
    return _write(options.out, sheet)


def tags_retire(options: Namespace) -> int:
    """Take a tag out of use."""
    loaded = settings.load(options.config)
    with opened(loaded) as database:
        if not TagTable(database, loaded.store).retire(options.tag, now_ms()):
            msg = f"tag {options.tag!r}: no such tag in {loaded.store}; ops looks at the import"
            raise TagError(msg)
    say(f"tag {options.tag} is retired: its code opens nothing more")
    return EXIT_OK


def map_check(options: Namespace) -> int:
    """Print every refusal of a floor map, or what it holds and what is worth a look."""
    lines, ok = store.map_lines(options.file)
    for line in lines:
        say(line, sys.stdout if ok else sys.stderr)
    return EXIT_OK if ok else EXIT_SETTINGS


def map_show(options: Namespace) -> int:
    """Draw a floor map."""
    return _write(options.out, drawing.draw_svg(store.read_map(options.file)))


def show_inventory(_options: Namespace) -> int:
    """Print every field that is kept, why, and how long."""
    say(inventory.text(), end="")
    return EXIT_OK


def backup(options: Namespace) -> int:
    """Copy the database, whether or not the hub runs."""
    loaded = settings.load(options.config)
    with _copying("backup", options.file):
        size = databases.backup(loaded.database, options.file)
    say(f"{options.file}: {size} bytes")
    return EXIT_OK


def restore(options: Namespace) -> int:
    """Put a backup in the place of the database."""
    loaded = settings.load(options.config)
    with _copying("restore", options.file):
        if options.file.exists() and not options.file.is_file():
            msg = f"restore: {options.file} is no file; ops names a file that `backup` wrote"
            raise DatabaseError(msg)
        databases.restore(options.file, loaded.database)
    say(f"{loaded.database} is as it was in {options.file}; agents send again what is missing")
    return EXIT_OK


@contextmanager
def _copying(what: str, file: Path) -> Iterator[None]:
    """A path that cannot even be looked at (a folder of somebody else's) in one line."""
    try:
        yield
    except OSError as error:
        msg = f"{what}: {file}: {error.strerror}; expected a path of the hub's user; ops mends it"
        raise DatabaseError(msg) from None


@contextmanager
def opened(loaded: Settings) -> Iterator[Database]:
    """The store's database, beside a running hub or without one."""
    database = Database(loaded.database, alone=False)
    try:
        yield database
    finally:
        database.close()


def now_ms() -> int:
    """Wall clock."""
    return round(time.time() * 1000)


def say(text: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """One line to people.

    Raises:
        OutputError: standard output takes it no more.
    """
    stream = stream or sys.stdout
    if stream is not None:
        with writing():
            stream.write(text + end)


def flush() -> None:
    """Write what waits, while it can still be said that this failed.

    Raises:
        OutputError: standard output takes it no more.
    """
    # None where the command was started without any.
    if sys.stdout is not None:
        with writing():
            sys.stdout.flush()


@contextmanager
def writing() -> Iterator[None]:
    """Turn a failure to write into one line, and keep Python from trying again at its end."""
    try:
        yield
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = "" if isinstance(error, BrokenPipeError) else f"standard output: {error.strerror}"
        raise OutputError(reason) from None


def _first_line() -> str:
    try:
        return sys.stdin.buffer.readline(PASSWORD_BYTES_MAX).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        msg = "password: bytes that are no UTF-8; expected text; give another"
        raise LoginError(msg) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: {error.strerror}; expected a readable file; give its path"
        raise TagError(msg) from None


def _write(path: Path | None, text: str) -> int:
    if path is None:
        say(text, end="")
        return EXIT_OK
    try:
        path.write_text(text)
    except OSError as error:
        say(f"{path}: {error.strerror}; expected a writable path", sys.stderr)
        return EXIT_INPUT
    say(str(path))
    return EXIT_OK
