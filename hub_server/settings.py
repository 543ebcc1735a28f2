"""Settings of one hub: TOML, parsed once into frozen structs; unknown keys are refused.

Secrets never stand in the file: `password_env` and `salt_env` name environment variables.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from edge_agent.messages import Id
from hub_server.decision.limits import LIMITS, Limits
from hub_server.decision.time_of_day import Clock, lies_between
from hub_server.impact.guardrails import GUARDRAILS, Guardrails

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+$")]
Currency = Annotated[str, msgspec.Meta(pattern=r"^([A-Z]{3})?$")]
# RFC 8292: whom a push service writes to when something is wrong.
Subject = Annotated[
    str, msgspec.Meta(pattern=r"^(mailto:[A-Za-z0-9._+-]+@|https://)[A-Za-z0-9.-]+[^\s]*$")
]

# The salt of a demo decides nothing that outlives the demo, so it may stand here.
DEMO_SALT = "instep-demo-draws-nothing"
FEED_NAME: Final = r"^[a-z][a-z0-9_]{0,31}$"
# Below 128 bits the salted hash of a shopper's id could be tried through.
SALT_CHARS_MIN = 16

# A message of msgspec ends in the place: "Expected `int`, got `str` - at `$.broker.port`".
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_FIELD: Final = re.compile(r"field `(?P<field>[^`]+)`")
_SECRET: Final = re.compile(r"password|token|secret|salt", re.IGNORECASE)


class SettingsError(ValueError):
    """A settings file that cannot be used; the text names file, key, value and what to do."""


class Operator(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Who runs this, as the phone page tells it to shoppers."""

    name: str
    contact: str


class Broker(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The store's MQTT broker."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str | None = None
    password_env: str | None = None
    tls_ca: Path | None = None
    """Path of the CA that signed the broker's certificate; TLS is on where it is set."""
    client_id: str = "hub"


class Http(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Where the pages listen."""

    host: str = "127.0.0.1"
    port: Port = 8000


class Hours(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Opening hours in the map's time zone; outside them no visit begins and every one ends."""

    opens: Clock
    closes: Clock

    def are_open(self, minute: int) -> bool:
        """Whether the store is open at a minute of the day; `closes` may lie after midnight.

        One that closes as it opens is open round the clock.
        """
        return self.opens == self.closes or lies_between(minute, self.opens, self.closes)


class FeedFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A JSON file that another program writes anew: weather, queues, stock."""

    path: Path
    max_age_s: Annotated[float, msgspec.Meta(gt=0)] = 1800.0
    """Older than this it is no longer true, and what rests on it is silent."""


class Push(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Web push to phones whose page is closed."""

    subject: Subject | None = None
    """Whom a push service may ask about us; without it `public_url`, where that is https."""


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One store's hub."""

    store: Id
    map: Path
    campaigns: Path
    database: Path
    products: Path | None = None
    """products.csv (FORMATS); without it, the one that lies beside the map, if any."""
    public_url: Url
    operator: Operator
    currency: Currency = ""
    """Of the prices in `products`; without it they are shown as bare numbers."""
    broker: Broker = msgspec.field(default_factory=Broker)
    http: Http = msgspec.field(default_factory=Http)
    hours: Hours | None = None
    push: Push = msgspec.field(default_factory=Push)
    limits: Limits = LIMITS
    """The numbers of the gates."""
    guardrails: Guardrails = GUARDRAILS
    """From where on readers' answers pause a campaign."""
    feeds: dict[Annotated[str, msgspec.Meta(pattern=FEED_NAME)], FeedFile] = {}
    """By name; `weather` gives the readings `weather.temperature_c` and so on."""
    service_plans: Path | None = None
    """A TOML file of service plans."""
    stock_max_age_s: Annotated[float, msgspec.Meta(gt=0)] = 86_400.0
    """A count of the stock that is older says nothing."""
    demo: bool = False
    """Pairs the simulated tags itself, with shoppers that are nobody, and says so on the pages."""
    replayed: bool = False
    """The agent replays a recording; the pages say so."""
    simulated_prefix: str = "sim-"
    """Imported tags whose identity begins so are simulated; in a demo every tag is."""
    salt_env: str = "INSTEP_SALT"
    """The environment variable with the secret that draws the holdout."""
    holdout_share: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.1
    help_escalate_s: Annotated[float, msgspec.Meta(gt=0.0)] = 60.0
    """A request to staff that nobody takes for so long raises an alarm."""

    @property
    def push_subject(self) -> str | None:
        """Who signs pushes; None: there is no push."""
        if self.push.subject is not None:
            return self.push.subject
        return self.public_url if self.public_url.startswith("https://") else None


def load(path: Path) -> Settings:
    """The settings in `path`; its relative paths are relative to it.

    Raises:
        SettingsError: unreadable, not TOML, an unknown key, or a wrong value.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        msg = f"settings {path}: {error.strerror}; expected a TOML file; ops gives its path"
        raise SettingsError(msg) from None
    except ValueError as error:
        msg = f"settings {path}: not TOML: {error}; ops mends the file"
        raise SettingsError(msg) from None
    try:
        settings = msgspec.convert(document, Settings, dec_hook=_path)
    except msgspec.ValidationError as error:
        fault = _explained(str(error), document)
        msg = f"settings {path}: {fault}; ops mends the file (hub_server/README.md lists the keys)"
        raise SettingsError(msg) from None
    if (settings.limits.quiet_from is None) != (settings.limits.quiet_to is None):
        told = "quiet_from" if settings.limits.quiet_to is None else "quiet_to"
        missing = "quiet_to" if told == "quiet_from" else "quiet_from"
        msg = (
            f"settings {path}: limits.{told} without limits.{missing}; expected both or neither; "
            "ops mends the file (hub_server/README.md lists the keys)"
        )
        raise SettingsError(msg)
    return beside(settings, path.parent)


def beside(settings: Settings, folder: Path) -> Settings:
    """`settings` with every relative path resolved against `folder`."""
    broker = settings.broker
    if broker.tls_ca is not None:
        broker = msgspec.structs.replace(broker, tls_ca=folder / broker.tls_ca)
    return msgspec.structs.replace(
        settings,
        map=folder / settings.map,
        campaigns=folder / settings.campaigns,
        database=folder / settings.database,
        products=folder / settings.products if settings.products else None,
        service_plans=folder / settings.service_plans if settings.service_plans else None,
        feeds={
            name: msgspec.structs.replace(one, path=folder / one.path)
            for name, one in settings.feeds.items()
        },
        broker=broker,
    )


def salt(settings: Settings, environ: Mapping[str, str]) -> bytes:
    """The secret that draws the holdout.

    Raises:
        SettingsError: the variable is unset or short, outside a demo.
    """
    value = environ.get(settings.salt_env, DEMO_SALT if settings.demo else "")
    if len(value) < SALT_CHARS_MIN:
        msg = (
            f"salt_env: {settings.salt_env} has {len(value)} characters, expected at least "
            f"{SALT_CHARS_MIN} random ones; ops sets it in the service's environment"
        )
        raise SettingsError(msg)
    return value.encode()


def password(settings: Settings, environ: Mapping[str, str]) -> str | None:
    """The broker's password, or None where none is asked for.

    Raises:
        SettingsError: `password_env` names a variable that is unset.
    """
    name = settings.broker.password_env
    if name is None:
        return None
    if name not in environ:
        msg = f"broker.password_env: {name} is unset, expected the broker's password; ops sets it"
        raise SettingsError(msg)
    return environ[name]


def _path(kind: type, value: object) -> Path:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    msg = f"Expected a path, got {value!r}"
    raise ValueError(msg)


def _explained(text: str, document: Mapping[str, Any]) -> str:
    """`text` of msgspec with key and value in front."""
    match = _PLACE.match(text)
    if match is None:  # pragma: no cover - the pattern takes every text
        return text
    what = match["what"]
    keys = [key for key in (match["path"] or "").split(".") if key]
    field = _FIELD.search(what)
    if field is not None:
        keys.append(field["field"])
    return f"{'.'.join(keys)} = {_shown(keys, document)}: {what}"


def _shown(keys: list[str], document: Mapping[str, Any]) -> str:
    value: Any = document
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return "(absent)"
        value = value[key]
    if any(_SECRET.search(key) for key in keys):
        return "(not shown)"
    return repr(value)
