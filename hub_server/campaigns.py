"""What may be said, and when: campaigns from a checked document, or one guide per zone of a map."""

import string
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

import msgspec

from hub_server import conditions
from hub_server.catalogue import SILENT_ZONE_TYPES, STAGE_FIELDS, Check
from hub_server.conditions import Condition, Places
from hub_server.snapshot import ContextSnapshot
from hub_server.stuck import STUCK_DWELL_S, met_by_stuck_alone
from store_maps.floor_map import FloorMap

Kind = Literal["guide", "help", "inform", "remind", "reassure", "offer"]
# DESIGN: a paid placement never helps, guides or reminds; reassurance for money is none either.
UNPAID_KINDS: Final = frozenset({"guide", "help", "remind", "reassure"})
# What a holdout shopper still gets is service: issue 5, "help and service still reach them".
PROMOTIONAL_KINDS: Final = frozenset({"inform", "remind", "offer"})

# A line of a phone's notification holds about 40 characters, the message on the page four lines.
TITLE_CHARS_MAX: Final = 48
TEXT_CHARS_MAX: Final = 180
WHY_CHARS_MAX: Final = 140
# A zone's name in a text is cut here, so that a long one breaks no line limit.
SLOT_CHARS_MAX: Final = 40
# 200 campaigns of 2 KB; more is no file that a person wrote.
FILE_BYTES_MAX: Final = 1024 * 1024
# A guide waits for a pause in the walk: somebody who passes through needs no "you are here".
GUIDE_DWELL_S: Final = 8.0
GUIDE_USEFULNESS: Final = 0.5
# Places where a guide would be a nuisance at best.
GUIDE_NOT_IN: Final = SILENT_ZONE_TYPES | {"checkout"}

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]
Usefulness = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
# At most three messages a visit reach anyone, so a larger cap says nothing.
Cap = Annotated[int, msgspec.Meta(ge=1, le=3)]
# Under 5 s no phone shows it; after 120 s the shopper stands elsewhere (DESIGN: TTL).
ExpiryS = Annotated[float, msgspec.Meta(ge=5.0, le=120.0)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language of a campaign; `{slots}` are filled from the moment."""

    title: Annotated[str, msgspec.Meta(min_length=1)]
    text: Annotated[str, msgspec.Meta(min_length=1)]
    why: Annotated[str, msgspec.Meta(min_length=1)]
    """"Because …": what in the condition made it speak."""


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One campaign as it stands in the file."""

    id: Id
    kind: Kind
    topic: Id
    """What "not for me" mutes."""
    words: Annotated[dict[Language, Words], msgspec.Meta(min_length=1)]
    """The first language stands in for those that are missing."""
    when: dict[str, Any]
    usefulness: Usefulness
    for_zone: Id | None = None
    """Speaks only there, and the phone's map marks it."""
    cap_per_visit: Cap = 1
    expiry_s: ExpiryS = 60.0
    sponsor: Name | None = None
    items: tuple[Name, ...] = ()
    categories: tuple[Name, ...] = ()
    """What it is about: silent as soon as one of these is bought."""


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign, ready to be asked."""

    id: str
    kind: Kind
    topic: str
    words: dict[str, Words]
    condition: Condition
    fits: Check
    """The condition (and `for_zone`) as one closure."""
    usefulness: float
    needs_stage: bool
    """Its condition asks for the stage, so an unsure stage silences it."""
    for_zone: str | None = None
    for_zone_name: str = ""
    cap_per_visit: int = 1
    expiry_s: float = 60.0
    sponsor: str | None = None
    items: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()

    @property
    def promotional(self) -> bool:
        """Whether a holdout shopper is spared it."""
        return self.kind in PROMOTIONAL_KINDS


class Problem(msgspec.Struct, frozen=True):
    """One fault: where it is, what stands there, what should, and who mends it."""

    campaign: str
    where: str
    value: str
    expected: str
    who: str = "campaign author"

    @property
    def line(self) -> str:
        """The fault as one line of text."""
        return (
            f"campaign {self.campaign}, {self.where}: {self.value}, "
            f"expected {self.expected}; {self.who} must mend it"
        )


class CampaignError(ValueError):
    """A document that cannot be used; `problems` lists every fault, str() a line each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.line for problem in problems))
        self.problems = problems


SLOTS: Final[dict[str, Callable[[ContextSnapshot, Campaign], str]]] = {
    "store_name": lambda s, _c: s.store_name,
    "zone_name": lambda s, _c: s.zone_name,
    "for_zone_name": lambda _s, c: c.for_zone_name,
    "dwell_s": lambda s, _c: f"{s.dwell_s:.0f}",
    "waiting_s": lambda s, _c: f"{s.waiting_s:.0f}",
    "visit_min": lambda s, _c: f"{s.visit_s // 60:.0f}",
}
# What every message says that it did not use; nothing in a snapshot could tell it.
NOT_USED: Final = {
    "en": "Not used: past purchases, who you are.",
    "de": "Nicht verwendet: frühere Einkäufe, wer Sie sind.",
}
PAID: Final = {"en": "Paid for by {sponsor}.", "de": "Bezahlt von {sponsor}."}


def places_of(floor_map: FloorMap) -> Places:
    """What of the map a condition may name."""
    return Places(
        zones=frozenset(zone.id for zone in floor_map.leaf_zones),
        sensitive=frozenset(
            zone.id
            for zone in floor_map.leaf_zones
            if zone.sensitive or zone.zone_type in SILENT_ZONE_TYPES
        ),
        levels=frozenset(level.id for level in floor_map.levels),
    )


def fill(template: str, campaign: Campaign, snapshot: ContextSnapshot) -> str:
    """`template` with its slots filled, each cut at SLOT_CHARS_MAX."""
    if "{" not in template:
        return template
    values = {name: slot(snapshot, campaign)[:SLOT_CHARS_MAX] for name, slot in SLOTS.items()}
    return template.format_map(values)


def worded(campaign: Campaign, snapshot: ContextSnapshot) -> tuple[str, str, tuple[str, ...]]:
    """(title, text, why sentences) in the snapshot's language, else the campaign's first."""
    known = snapshot.language in campaign.words
    language = snapshot.language if known else next(iter(campaign.words))
    words = campaign.words[language]
    why = [fill(words.why, campaign, snapshot), NOT_USED.get(language, NOT_USED["en"])]
    if campaign.sponsor is not None:
        why.append(PAID.get(language, PAID["en"]).format(sponsor=campaign.sponsor))
    return (
        fill(words.title, campaign, snapshot),
        fill(words.text, campaign, snapshot),
        tuple(why),
    )


def parse(data: bytes, floor_map: FloorMap) -> tuple[Campaign, ...]:
    """The campaigns of a document, in its order.

    Raises:
        CampaignError: with every problem of every campaign.
    """
    problems: list[Problem] = []
    entries = _entries(data)
    reader = _Reader(places_of(floor_map), floor_map, problems)
    seen: set[str] = set()
    campaigns = []
    for index, raw in enumerate(entries):
        campaign = reader.campaign(raw, index)
        name = str(raw.get("id")) if isinstance(raw, dict) else f"#{index + 1}"
        if name in seen:
            problems.append(Problem(name, "id", name, "an id that no other campaign has"))
        seen.add(name)
        if campaign is not None:
            campaigns.append(campaign)
    if problems:
        raise CampaignError(tuple(problems))
    return tuple(campaigns)


def _entries(data: bytes) -> list[Any]:
    expected = '{"format": "campaigns", "version": 1, "campaigns": [...]}'
    if len(data) > FILE_BYTES_MAX:
        raise CampaignError(
            (Problem("*", "file", f"{len(data)} bytes", f"at most {FILE_BYTES_MAX} bytes"),)
        )
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CampaignError((Problem("*", "file", f"not JSON ({error})", expected),)) from None
    head = isinstance(document, dict) and (document.get("format"), document.get("version"))
    if head != ("campaigns", 1):
        raise CampaignError((Problem("*", "file", "another document", expected),))
    entries = document.get("campaigns")
    if not isinstance(entries, list):
        raise CampaignError((Problem("*", "campaigns", "no list", expected),))
    return entries


class _Reader:
    """Reads campaigns one by one, gathering problems."""

    def __init__(self, places: Places, floor_map: FloorMap, problems: list[Problem]) -> None:
        self.places = places
        self.problems = problems
        self.zone_names = {zone.id: zone.name for zone in floor_map.leaf_zones}

    def campaign(self, raw: object, index: int) -> Campaign | None:
        """The campaign, or None with problems noted."""
        if not isinstance(raw, dict):
            self.problems.append(Problem(f"#{index + 1}", "campaign", str(raw), "an object"))
            return None
        name = str(raw.get("id", f"#{index + 1}"))
        before = len(self.problems)
        values = self.fields(raw, name)
        self.checks(values, name)
        condition = self.condition(values, name)
        if len(self.problems) > before:
            return None
        return ready(Document(**values), condition, self.zone_names)

    def fields(self, raw: dict[str, Any], name: str) -> dict[str, Any]:
        """The fields that read well, each converted on its own so that every fault is found."""
        values = {}
        known = msgspec.structs.fields(Document)
        for extra in sorted(raw.keys() - {field.name for field in known}):
            self.problems.append(Problem(name, extra, "present", "no such field"))
        for field in known:
            if field.name in raw:
                try:
                    values[field.name] = msgspec.convert(raw[field.name], field.type)
                except msgspec.ValidationError as error:
                    expected, _, path = str(error).partition(" - at `$")
                    where = field.name + path.rstrip("`")
                    shown = conditions.json_text(raw[field.name])
                    self.problems.append(Problem(name, where, shown, expected))
            elif field.required:
                self.problems.append(Problem(name, field.name, "absent", "a value"))
        return values

    def condition(self, values: dict[str, Any], name: str) -> Condition:
        """The condition, narrowed to `for_zone`; an empty one with problems noted."""
        if "when" not in values:
            return conditions.All(())
        condition, faults = conditions.parse(values["when"], self.places)
        whole = narrowed(condition, values.get("for_zone"))
        faults = faults or conditions.impossible(whole)
        if not faults and met_by_stuck_alone(whole):
            faults = [conditions.Problem("when", conditions.json_text(values["when"]), _NOT_STUCK)]
        self.problems += [Problem(name, one.where, one.value, one.expected) for one in faults]
        return whole

    def checks(self, values: dict[str, Any], name: str) -> None:
        """What no type says: the map's zones, the texts' slots and lengths, the sponsor."""
        zone = values.get("for_zone")
        if zone is not None and zone not in self.places.zones:
            self.problems.append(Problem(name, "for_zone", zone, "a leaf zone of the map"))
        if zone in self.places.sensitive:
            self.problems.append(Problem(name, "for_zone", str(zone), "no sensitive zone"))
        if values.get("sponsor") is not None and values.get("kind") in UNPAID_KINDS:
            paid = "no sponsor: paid placements never guide, help, remind or reassure"
            self.problems.append(Problem(name, "sponsor", values["sponsor"], paid))
        for language, words in values.get("words", {}).items():
            for part, limit in _LIMITS.items():
                self.text(getattr(words, part), limit, f"words.{language}.{part}", name)

    def text(self, template: str, limit: int, where: str, name: str) -> None:
        """A template has known slots only, and fits when they are at their longest."""
        try:
            parts = list(string.Formatter().parse(template))
        except ValueError as error:
            self.problems.append(Problem(name, where, template, f"paired braces ({error})"))
            return
        slots = [slot for _, slot, _, _ in parts if slot is not None]
        plain = all(not spec and not conversion for _, _, spec, conversion in parts)
        unknown = [slot for slot in slots if slot not in SLOTS]
        if unknown or not plain:
            known = ", ".join(f"{{{slot}}}" for slot in SLOTS)
            self.problems.append(Problem(name, where, template, f"only the slots {known}"))
        length = sum(len(literal) for literal, _, _, _ in parts) + len(slots) * SLOT_CHARS_MAX
        if length > limit:
            longest = f"at most {limit} characters with its slots filled, it has {length}"
            self.problems.append(Problem(name, where, template, longest))


_NOT_STUCK: Final = (
    f"dwell_s or waiting_s >= {STUCK_DWELL_S:g} beside the stage stuck, "
    "which never speaks by itself: it is too often wrong"
)
_LIMITS: Final = {"title": TITLE_CHARS_MAX, "text": TEXT_CHARS_MAX, "why": WHY_CHARS_MAX}


def narrowed(condition: Condition, for_zone: str | None) -> Condition:
    """The condition, and that the shopper is in `for_zone`."""
    if for_zone is None:
        return condition
    return conditions.All((conditions.Clause("zone", "is", for_zone), condition))


def ready(document: Document, whole: Condition, zone_names: dict[str, str]) -> Campaign:
    """A checked document as a campaign: its condition compiled, its zone's name looked up."""
    zone = document.for_zone
    return Campaign(
        id=document.id,
        kind=document.kind,
        topic=document.topic,
        words=document.words,
        condition=whole,
        fits=conditions.compiled(whole),
        usefulness=document.usefulness,
        needs_stage=not STAGE_FIELDS.isdisjoint(conditions.fields_used(whole)),
        for_zone=zone,
        for_zone_name=zone_names.get(zone or "", ""),
        cap_per_visit=document.cap_per_visit,
        expiry_s=document.expiry_s,
        sponsor=document.sponsor,
        items=frozenset(document.items),
        categories=frozenset(document.categories),
    )


def guides_document(floor_map: FloorMap) -> bytes:
    """A campaign file with one guide a leaf zone; none where nobody is spoken to."""
    words = {
        "en": Words(
            "{for_zone_name}",
            "You are here: {for_zone_name}. The map shows the way on.",
            "Because you have been at {for_zone_name} for {dwell_s} seconds.",
        ),
        "de": Words(
            "{for_zone_name}",
            "Sie sind hier: {for_zone_name}. Die Karte zeigt, wie es weitergeht.",
            "Weil Sie seit {dwell_s} Sekunden bei {for_zone_name} sind.",
        ),
    }
    sensitive = places_of(floor_map).sensitive
    guides = [
        Document(
            id=f"guide.{index + 1}",
            kind="guide",
            topic="guide",
            words=words,
            when={"field": "dwell_s", "op": ">=", "value": GUIDE_DWELL_S},
            usefulness=GUIDE_USEFULNESS,
            for_zone=zone.id,
        )
        for index, zone in enumerate(floor_map.leaf_zones)
        if zone.id not in sensitive and zone.messages_allowed and zone.zone_type not in GUIDE_NOT_IN
    ]
    return msgspec.json.encode({"format": "campaigns", "version": 1, "campaigns": guides})
