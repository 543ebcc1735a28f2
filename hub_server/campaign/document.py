"""A campaign as it stands in the file: the fields, their ranges, and what a fault looks like."""

from typing import Annotated, Any, Final, Literal

import msgspec

from hub_server.campaign.plain import not_json
from hub_server.decision.caps import Cap

Kind = Literal["guide", "help", "inform", "remind", "reassure", "delight", "offer", "service"]
About = Literal["passed_items", "leaving_without", "wanted_items", "due_items"]
Button = Literal["add_to_list", "bring_it", "call_staff", "route"]

# DESIGN: a paid placement never helps, guides or reminds; reassurance, service for money neither.
UNPAID_KINDS: Final = frozenset({"guide", "help", "remind", "reassure", "service"})
# What a holdout shopper still gets is service: issue 5, "help and service still reach them".
PROMOTIONAL_KINDS: Final = frozenset({"inform", "remind", "delight", "offer"})

FORMAT: Final = "campaigns"
# Version 1 had neither control nor wording rules: it is read, and what it lacks is told.
VERSIONS: Final = (1, 2)
VERSION: Final = 2

# A line of a phone's notification holds about 40 characters, the message on the page four lines.
TITLE_CHARS_MAX: Final = 48
TEXT_CHARS_MAX: Final = 180
WHY_CHARS_MAX: Final = 140
LIMITS: Final = {
    "title": TITLE_CHARS_MAX,
    "text": TEXT_CHARS_MAX,
    "why": WHY_CHARS_MAX,
    "lock_title": TITLE_CHARS_MAX,
    "lock_text": TEXT_CHARS_MAX,
}
# 200 campaigns of 2 KB; more is no file that a person wrote.
FILE_BYTES_MAX: Final = 1024 * 1024
# A person can keep six tones apart, one an intent; more is another campaign.
VARIANTS_MAX: Final = 6
# One limit for each thing that can be counted.
CAPS_MAX: Final = 5

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$")]
Usefulness = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
# At most three messages a visit reach anyone, so a larger cap says nothing.
CapPerVisit = Annotated[int, msgspec.Meta(ge=1, le=3)]
# Under 5 s no phone shows it; after 120 s the shopper stands elsewhere (DESIGN: TTL).
ExpiryS = Annotated[float, msgspec.Meta(ge=5.0, le=120.0)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Reason = Annotated[str, msgspec.Meta(min_length=10, max_length=200, pattern=r"\w{3}")]
Template = Annotated[str, msgspec.Meta(min_length=1)]
# Nobody walks further for a tip than across a large store.
WalkM = Annotated[float, msgspec.Meta(gt=0.0, le=500.0)]
# Over half without it is no campaign any more (experiments.SHARE_MAX).
Share = Annotated[float, msgspec.Meta(ge=0.0, le=0.5)]
Rev = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Moment = Annotated[str, msgspec.Meta(max_length=40)]
Terms = dict[Name, Annotated[dict[Language, Name], msgspec.Meta(min_length=1)]]
"""What shoppers read for a topic, category or service plan, by its id and their language."""


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language of a campaign; `{slots}` are filled from the moment."""

    title: Template
    text: Template
    why: Template
    """"Because …" or "For everyone …": what in the condition made it speak."""
    lock_title: Template | None = None
    lock_text: Template | None = None
    """What a locked phone shows; without them a neutral line, or with privacy `open` the text."""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other words for some of those whom the campaign fits: a tone, a facet."""

    when: dict[str, Any]
    words: Annotated[dict[Language, Words], msgspec.Meta(min_length=1)]


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One campaign as it stands in the file."""

    id: Id
    rev: Rev = 1
    """Counted up by whoever edits it; caps survive an edit, since they go by the id."""
    kind: Kind
    topic: Id
    """What "not for me" mutes."""
    words: Annotated[dict[Language, Words], msgspec.Meta(min_length=1)]
    """The first language stands in for those that are missing."""
    variants: Annotated[tuple[Variant, ...], msgspec.Meta(max_length=VARIANTS_MAX)] = ()
    """The first whose condition holds speaks instead of `words`."""
    when: dict[str, Any]
    usefulness: Usefulness
    for_zone: Id | None = None
    """Speaks only there, and the phone's map marks it."""
    near: Name | None = None
    """The zone or item that it leads to."""
    walk_m_max: WalkM | None = None
    """Silent when `near`, or the item that it is about, is further to walk."""
    cap_per_visit: CapPerVisit = 1
    caps: Annotated[tuple[Cap, ...], msgspec.Meta(max_length=CAPS_MAX)] = ()
    expiry_s: ExpiryS = 60.0
    starts: Moment | None = None
    ends: Moment | None = None
    """RFC 3339 with an offset: speaks from `starts` on and before `ends`."""
    sponsor: Name | None = None
    items: tuple[Name, ...] = ()
    categories: tuple[Name, ...] = ()
    """What it is about: silent as soon as one of these is bought."""
    about: About | None = None
    """Speaks of the moment's own items instead: of the first that is no gift, bought or gone."""
    needs_stock: bool | None = None
    """Silent unless the count of its items is known and above 0; without it, so is an offer."""
    sensitive: bool = False
    """Health, body, money, faith: never on a lock screen, and no push unless opted in."""
    privacy: Literal["neutral", "open"] = "neutral"
    """What a locked phone shows: that there is something, or the text itself."""
    safety: bool = False
    """A service message that no cap holds back, as "this exit is closed"."""
    action: Literal["say", "call_staff"] = "say"
    buttons: Annotated[tuple[Button, ...], msgspec.Meta(max_length=2)] = ()
    """At most two: a notification shows no more."""
    control_share: Share | None = None
    """Who never gets it, so that its effect can be measured."""
    no_control_because: Reason | None = None
    """Why there is no control; kept in the log at each start."""


class Problem(msgspec.Struct, frozen=True):
    """One fault: where it is, what stands there, what should, and who mends it."""

    campaign: str
    where: str
    value: str
    expected: str
    sentence: str = ""
    """The two as one, where "expected" does not read well."""
    who: str = "campaign author"

    @property
    def line(self) -> str:
        """The fault as one line of text; who mends it is said once for all."""
        place = "campaigns" if self.campaign == "*" else f"campaign {self.campaign},"
        fault = self.sentence or f"{self.value}, expected {self.expected}"
        return f"{place} {self.where}: {fault}"


class CampaignError(ValueError):
    """A document that cannot be used; `problems` lists every fault, str() a line each.

    The last line says who mends them.
    """

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        them = "it" if len(problems) == 1 else f"these {len(problems)}"
        who = " and ".join(sorted({problem.who for problem in problems}))
        lines = (*(problem.line for problem in problems), f"{who} must mend {them}")
        super().__init__("\n".join(lines))
        self.problems = problems


class Head(msgspec.Struct, frozen=True):
    """A file whose campaigns are still to be read."""

    version: int
    entries: list[Any]
    """The campaigns as decoded JSON."""
    names: Terms


def read_head(data: bytes) -> Head:
    """What a file is, and holds.

    Raises:
        CampaignError: too long, not JSON, or another document.
    """
    expected = f'{{"format": "campaigns", "version": {VERSION}, "campaigns": [...]}}'
    if len(data) > FILE_BYTES_MAX:
        raise CampaignError(_fault("file", f"{len(data)} bytes", _NOT_LONGER))
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = f"not JSON, {not_json(data, error)}"
        raise CampaignError(_fault("file", "no JSON", expected, why)) from None
    head = document if isinstance(document, dict) else {}
    if head.get("format") != FORMAT or head.get("version") not in VERSIONS:
        raise CampaignError(_fault("file", "another document", expected))
    entries = head.get("campaigns")
    if not isinstance(entries, list):
        raise CampaignError(_fault("campaigns", "no list", expected))
    return Head(int(head["version"]), entries, _names(head.get("names", {})))


def _names(raw: object) -> Terms:
    if not isinstance(raw, dict):
        raise CampaignError(_fault("names", str(raw), _NAMES))
    for term, names in raw.items():
        try:
            msgspec.convert({term: names}, Terms)
        except msgspec.ValidationError:
            raise CampaignError(_fault(f"names.{term}", str(names), _NAMES)) from None
    return raw


_NAMES: Final = 'by id and language a name of 1 to 60 characters: {"wine": {"de": "Wein"}}'
_NOT_LONGER: Final = f"at most {FILE_BYTES_MAX} bytes"


def _fault(where: str, value: str, expected: str, sentence: str = "") -> tuple[Problem, ...]:
    return (Problem("*", where, value, expected, sentence),)
