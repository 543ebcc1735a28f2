"""What an agent is told by its TOML file: frozen, checked once, unknown keys refused."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from edge_agent.messages import ID_PATTERN, Id

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
# A day in a minute and a half, or a second in a quarter of an hour: nobody watches more.
Factor = Annotated[float, msgspec.Meta(ge=0.001, le=1_000.0)]
# No tag hangs higher: a warehouse's top shelf.
TAG_HEIGHT_MAX_M: Final = 20.0
Metres = Annotated[float, msgspec.Meta(ge=0.0, le=TAG_HEIGHT_MAX_M)]

# A message of msgspec ends in the place: "Expected `int`, got `str` - at `$.broker.port`".
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD: Final = re.compile(r"field `(?P<field>[^`]+)`")
_SECRET: Final = re.compile(r"password|token|secret", re.IGNORECASE)


class SettingsError(ValueError):
    """A settings file that cannot be used; the text names file, key, value and expectation."""


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the store's MQTT broker is."""

    host: str = "localhost"
    port: Port = 1883
    username: Id | None = None
    """None: the agent's id, which is what the broker's ACL goes by."""
    password_env: str | None = None
    """The environment variable that holds the password; the password itself is in no file."""
    tls_ca: str | None = None
    """Path of the CA certificate that signed the broker's; None: no TLS."""


class Bleak(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="bleak"):
    """Hear real beacons with this machine's Bluetooth adapter."""

    adapter: str | None = None
    """E.g. `hci1`; None: the system's first."""


class Recording(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="recording"
):
    """Hear a recording v1 file as if it happened now; stands for every Pi of the store."""

    path: str
    speed: Factor = 1.0
    loop: bool = False


class Simulated(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="simulated"
):
    """Hear simulated shoppers on the map; stands for every Pi of the store."""

    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    population: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    pace: Factor = 1.0
    """How fast the shoppers live: 2 halves their time at shelves and tills; nobody walks faster."""
    speed: Factor = 1.0
    """How fast the clock of the whole simulation runs."""
    lead_tag: str | None = None
    """The tag kept for a person who tries the demo's phone page; it waits until it is paired."""
    lead_zones: tuple[Id, ...] = ()
    """The zones that the lead tag tours; none: every shelf."""
    till_log: str | None = None
    """Path to which the simulated tills append a JSON line a payment: {tag, items}."""


class Locate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether this agent joins the store's sightings to fixes and stays, and from what."""

    enabled: bool = False
    cell_m: Annotated[float, msgspec.Meta(ge=0.2, le=5.0)] = 0.5
    survey: str | None = None
    """Path of a survey CSV; without it and a radio map: the default path loss."""
    radio_map: str | None = None
    """Path of a radio map of `edge-agent calibrate`, in the place of a survey."""
    tag_height_m: Metres = 1.0
    """Height of the tags above the floor: a cart's handle, a basket, a hand. A radio map was made
    for one of its own."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One agent. Paths are relative to the settings file's folder."""

    store: Id
    agent: Id
    """`<store>.<name>`; unique in the chain."""
    state_dir: str
    """Holds the outbox and the term; must survive a restart."""
    map: str | None = None
    anchor: Id | None = None
    """A fixed Pi: the map's anchor that this Pi hangs at."""
    tag: Id | None = None
    """A Pi on a cart: the identity that stands for the cart; it hears the map's beacons."""
    broker: Broker = Broker()
    source: Bleak | Recording | Simulated | None = None
    """None: no radio of its own (a locator on the broker's box)."""
    locate: Locate = Locate()
    outbox_mib: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64
    """Bound of the outbox file; 64 MiB hold about 180,000 zone changes."""


def load(path: Path) -> Settings:
    """The settings in `path`, its paths made absolute.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, a value out of bounds or a combination
            that cannot run; the text names file, key, value, what was expected and who acts.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}; ops: give the path of a settings file"
        raise SettingsError(msg) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path}: not TOML: {error}; ops: mend the file"
        raise SettingsError(msg) from None
    try:
        settings = msgspec.convert(document, Settings)
    except msgspec.ValidationError as error:
        msg = f"{path}: {_explain(str(error), document)}; ops: mend the file"
        raise SettingsError(msg) from None
    _refuse_misfits(path, settings)
    return _absolute(settings, path.resolve().parent)


def password(broker: Broker, environment: Mapping[str, str] = os.environ) -> str | None:
    """The broker's password from the environment; None where the settings name no variable.

    Raises:
        SettingsError: the variable is named but not set.
    """
    if broker.password_env is None:
        return None
    value = environment.get(broker.password_env)
    if not value:
        msg = (
            f"broker.password_env = {broker.password_env!r}: this environment variable is not set; "
            "ops: set it in the service's environment file"
        )
        raise SettingsError(msg)
    return value


def _explain(text: str, document: dict[str, Any]) -> str:
    """`text` of msgspec with key and value in front."""
    match = _PLACE.match(text)
    if match is None:  # pragma: no cover - the pattern takes every text
        return text
    what = match["what"]
    keys = [key for key in (match["path"] or "").split(".") if key]
    field = _FIELD.search(what)
    if field is not None:
        keys.append(field["field"])
    if "unknown field" in what:
        what = f"unknown key; expected one of {', '.join(_known_keys(keys[:-1], document))}"
    name = ".".join(keys) or "the file"
    return f"{name} = {_shown(keys, document)}: {what}"


def _shown(keys: list[str], document: dict[str, Any]) -> str:
    value: Any = document
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return "(absent)"
        value = value[key]
    if any(_SECRET.search(key) for key in keys):
        return "(not shown)"
    return repr(value)


def _known_keys(table: list[str], document: dict[str, Any]) -> list[str]:
    """The keys that the table `table` may have."""
    if not table:
        return sorted(Settings.__struct_fields__)
    if table[0] == "source":
        kind = document["source"].get("kind")
        kinds = {"bleak": Bleak, "recording": Recording, "simulated": Simulated}
        return ["kind", *sorted(kinds[kind].__struct_fields__)]
    return sorted({"broker": Broker, "locate": Locate}[table[0]].__struct_fields__)


def _refuse_misfits(path: Path, settings: Settings) -> None:
    """Raise on the first of the combinations that msgspec cannot see."""
    for is_wrong, key, value, expected in _misfits(settings):
        if is_wrong:
            msg = f"{path}: {key} = {value!r}: expected {expected}; ops: mend the file"
            raise SettingsError(msg)


def _misfits(settings: Settings) -> list[tuple[bool, str, object, str]]:
    """(is it wrong, key, value, expected), as a table."""
    source = settings.source
    is_radio = isinstance(source, Bleak)
    name = settings.agent.removeprefix(f"{settings.store}.")
    is_named = settings.agent.startswith(f"{settings.store}.") and re.match(ID_PATTERN, name)
    needs_map = settings.locate.enabled or settings.tag or isinstance(source, Simulated)
    return [
        (
            not is_named or "." in name,
            "agent",
            settings.agent,
            f"{settings.store!r}, a dot and a name without dots, e.g. {settings.store}.pi-1",
        ),
        (
            source is None and not settings.locate.enabled,
            "source",
            None,
            "a [source] table, or locate.enabled = true: this agent would do nothing",
        ),
        (
            is_radio and (settings.anchor is None) == (settings.tag is None),
            "anchor, tag",
            (settings.anchor, settings.tag),
            "exactly one: `anchor` for a fixed Pi, `tag` for a Pi on a cart",
        ),
        (
            not is_radio and (settings.anchor is not None or settings.tag is not None),
            "anchor, tag",
            (settings.anchor, settings.tag),
            'neither: they belong to [source] kind = "bleak"',
        ),
        (
            bool(needs_map) and settings.map is None,
            "map",
            None,
            "the path of the store's floor map",
        ),
        (
            settings.locate.survey is not None and settings.locate.radio_map is not None,
            "locate.survey, locate.radio_map",
            (settings.locate.survey, settings.locate.radio_map),
            "one of them: a radio map may be made of a survey, see `edge-agent calibrate`",
        ),
    ]


def _absolute(settings: Settings, folder: Path) -> Settings:
    """`settings` with every path absolute."""
    replace = msgspec.structs.replace
    source, locate = settings.source, settings.locate
    if isinstance(source, Recording):
        source = replace(source, path=str(folder / source.path))
    if isinstance(source, Simulated):
        source = replace(source, till_log=_join(folder, source.till_log))
    return replace(
        settings,
        state_dir=str(folder / settings.state_dir),
        map=_join(folder, settings.map),
        source=source,
        broker=replace(settings.broker, tls_ca=_join(folder, settings.broker.tls_ca)),
        locate=replace(
            locate,
            survey=_join(folder, locate.survey),
            radio_map=_join(folder, locate.radio_map),
        ),
    )


def _join(folder: Path, path: str | None) -> str | None:
    return None if path is None else str(folder / path)
