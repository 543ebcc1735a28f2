"""Reads a campaign file whole: every fault of every campaign, or campaigns ready to be asked."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub_server.campaign.campaign import Campaign, ready_variants
from hub_server.campaign.checks import CHECKS, unix_s
from hub_server.campaign.document import (
    PROMOTIONAL_KINDS,
    VERSION,
    CampaignError,
    Document,
    Problem,
    read_head,
)
from hub_server.campaign.draft import Article, Draft, Shop, values_of
from hub_server.campaign.goods import goods_of
from hub_server.campaign.plain import meant, plain
from hub_server.campaign.slots import SLOTS, slots_in
from hub_server.campaign.sources import PAST_FIELDS
from hub_server.campaign.text_checks import TEXT_CHECKS
from hub_server.decision import conditions
from hub_server.decision.catalogue import SILENT_ZONE_TYPES, STAGE_FIELDS
from hub_server.decision.conditions import Condition, Places
from hub_server.decision.stuck import STUCK_DWELL_S, met_by_stuck_alone
from store_maps.floor_map import FloorMap
from store_maps.naming import Names

# What version 1 of the format had; the rest came with version 2.
FIELDS_OF_1: Final = frozenset(
    {
        "id",
        "kind",
        "topic",
        "words",
        "when",
        "usefulness",
        "for_zone",
        "cap_per_visit",
        "expiry_s",
        "sponsor",
        "items",
        "categories",
    }
)
# Stands for a condition that did not read.
NOTHING: Final = conditions.All(())
NO_CONTROL_IN_1: Final = "version 1 of the format knows no control"


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


def parse(
    data: bytes,
    floor_map: FloorMap,
    products: Mapping[str, Article] | None = None,
    salt: bytes = b"",
) -> tuple[Campaign, ...]:
    """The campaigns of a document, in its order.

    Args:
        data: the file.
        floor_map: the store's; zones and levels are held against it.
        products: by item; with them items and categories are checked, and texts can name them.
        salt: of the marks by which gifts are kept a surprise.

    Raises:
        CampaignError: with every problem of every campaign.
    """
    head = read_head(data)
    problems: list[Problem] = []
    zones = {zone.id: zone for zone in floor_map.leaf_zones}
    shop = Shop(places_of(floor_map), zones, products or {}, head.names)
    reader = _Reader(head.version, shop, salt, problems)
    seen: set[str] = set()
    campaigns = []
    for index, raw in enumerate(head.entries):
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


class _Reader:
    """Reads campaigns one by one, gathering problems."""

    def __init__(self, version: int, shop: Shop, salt: bytes, problems: list[Problem]) -> None:
        self.version = version
        self.shop = shop
        self.salt = salt
        self.problems = problems

    def campaign(self, raw: object, index: int) -> Campaign | None:
        """The campaign, or None with problems noted."""
        if not isinstance(raw, dict):
            self.problems.append(Problem(f"#{index + 1}", "campaign", str(raw), "an object"))
            return None
        name = str(raw.get("id", f"#{index + 1}"))
        before = len(self.problems)
        values = self.fields(raw, name)
        draft = self.draft(values, frozenset(raw.keys() - values.keys()), name)
        for check in (*CHECKS, *TEXT_CHECKS):
            self.problems += [Problem(name, *fault) for fault in check(draft)]
        if len(self.problems) > before:
            return None
        return ready(Document(**values), draft, self.salt)

    def draft(self, values: dict[str, Any], unread: frozenset[str], name: str) -> Draft:
        """What read well, for the checks; a condition with faults of its own is left out."""
        variants = tuple(
            self.condition(one.when, None, f"variants[{place}].when", name) or NOTHING
            for place, one in enumerate(values.get("variants", ()))
        )
        whole = None
        if "when" in values:
            whole = self.condition(values["when"], values.get("for_zone"), "when", name)
        checked = values if whole is not None else values | {"when": None}
        return Draft(self.version, checked, whole or NOTHING, variants, self.shop, unread)

    def fields(self, raw: dict[str, Any], name: str) -> dict[str, Any]:
        """The fields that read well, each converted on its own so that every fault is found."""
        values = {}
        known = [
            field
            for field in msgspec.structs.fields(Document)
            if self.version == VERSION or field.name in FIELDS_OF_1
        ]
        for extra in sorted(raw.keys() - {field.name for field in known}):
            shown = conditions.json_text(raw[extra])
            words = f"no field is called so{meant(extra, [field.name for field in known])}"
            if extra in Document.__struct_fields__:
                words = f"version {self.version} of the format has no such field, {VERSION} has"
            self.problems.append(Problem(name, extra, shown, "no such field", words))
        for field in known:
            if field.name in raw:
                try:
                    values[field.name] = msgspec.convert(raw[field.name], field.type)
                except msgspec.ValidationError as error:
                    path, expected = plain(error, field.type)
                    shown = conditions.json_text(raw[field.name])
                    self.problems.append(Problem(name, field.name + path, shown, expected))
            elif field.required:
                self.problems.append(Problem(name, field.name, "nothing", "a value", _MISSING))
        return values

    def condition(
        self, when: object, for_zone: str | None, where: str, name: str
    ) -> Condition | None:
        """The condition, narrowed to `for_zone`; None with problems noted."""
        condition, faults = conditions.parse(when, self.shop.places)
        whole = narrowed(condition, for_zone)
        faults = faults or conditions.impossible(whole)
        if not faults and met_by_stuck_alone(whole):
            faults = [conditions.Problem("when", conditions.json_text(when), _NOT_STUCK)]
        self.problems += [
            Problem(name, one.where.replace("when", where, 1), one.value, one.expected)
            for one in faults
        ]
        return None if faults else whole


_MISSING: Final = "missing: every campaign has one"
_NOT_STUCK: Final = (
    f"dwell_s or waiting_s >= {STUCK_DWELL_S:g} beside the stage stuck, "
    "which never speaks by itself: it is too often wrong"
)


def narrowed(condition: Condition, for_zone: str | None) -> Condition:
    """The condition, and that the shopper is in `for_zone`."""
    if for_zone is None:
        return condition
    return conditions.All((conditions.Clause("zone", "is", for_zone), condition))


def ready(document: Document, draft: Draft, salt: bytes) -> Campaign:
    """A checked document as a campaign: conditions compiled, names and marks looked up."""
    whole, shop = draft.condition, draft.shop
    uses = conditions.fields_used(whole) | ({document.about} if document.about else set())
    goods = goods_of(
        document.items,
        document.categories,
        shop.products,
        salt,
        near=document.near,
        is_of_the_moment=document.about is not None,
    )
    is_measured = bool(document.control_share) or draft.version > 1
    return Campaign(
        id=document.id,
        rev=document.rev,
        kind=document.kind,
        topic=document.topic,
        words=document.words,
        variants=ready_variants(
            zip((one.words for one in document.variants), draft.variants, strict=True)
        ),
        condition=whole,
        fits=conditions.compiled(whole),
        might=conditions.might(whole),
        zones=conditions.zones_needed(whole),
        usefulness=document.usefulness,
        promotional=document.kind in PROMOTIONAL_KINDS,
        exempt=document.kind == "service",
        needs_stage=not STAGE_FIELDS.isdisjoint(uses),
        uses=frozenset(uses),
        uses_history=draft.fields & PAST_FIELDS,
        feeds=frozenset(clause.of or "" for clause in draft.clauses if clause.field == "feed"),
        slots=frozenset(
            slot
            for _, _, _, template in draft.templates()
            for slot in slots_in(template)
            if not SLOTS[slot].always
        ),
        for_zone=document.for_zone,
        for_zone_name=_name_of(document.for_zone, shop),
        near=document.near,
        near_name=_name_of(document.near, shop),
        walk_m_max=document.walk_m_max,
        cap_per_visit=document.cap_per_visit,
        caps=document.caps,
        expiry_s=document.expiry_s,
        starts_s=unix_s(document.starts),
        ends_s=unix_s(document.ends),
        sponsor=document.sponsor,
        items=frozenset(document.items),
        named_items=document.items,
        categories=frozenset(document.categories),
        about=document.about,
        goods=goods.by_item,
        names=_names(draft),
        names_by=_names_by(document, draft),
        terms=_terms(document, draft),
        digests=goods.digests,
        price=goods.price,
        needs_stock=_needs_stock(document, draft.version),
        sensitive=document.sensitive or goods.sensitive,
        privacy=document.privacy,
        safety=document.safety,
        action=document.action,
        buttons=document.buttons,
        control_share=document.control_share or 0.0,
        no_control_because=document.no_control_because if is_measured else NO_CONTROL_IN_1,
    )


def _needs_stock(document: Document, version: int) -> bool:
    """An offer of what is not there brings people to an empty shelf (FEATURES 87)."""
    if document.needs_stock is not None:
        return document.needs_stock
    return version > 1 and document.kind == "offer" and bool(document.items)


def _asked(draft: Draft) -> list[str]:
    """The ids that its conditions ask for."""
    values = {value for clause in draft.clauses for value in (*values_of(clause), clause.of)}
    return sorted(value for value in values if isinstance(value, str))


def _names(draft: Draft) -> dict[str, str]:
    names = {value: _name_of(value, draft.shop) for value in _asked(draft)}
    return {value: name for value, name in names.items() if name}


def _names_by(document: Document, draft: Draft) -> dict[str, Names]:
    ids = (*_asked(draft), document.for_zone, document.near)
    found = {one: draft.shop.named(one) for one in ids if one is not None}
    return {one: thing.names for one, thing in found.items() if thing and thing.names}


def _terms(document: Document, draft: Draft) -> dict[str, Names]:
    ids = (document.topic, *document.categories, *_asked(draft))
    named = draft.shop.terms
    return {one: tuple(sorted(named[one].items())) for one in ids if one in named}


def _name_of(key: str | None, shop: Shop) -> str:
    found = shop.named(key or "")
    return found.name if found else ""


def notices(campaigns: tuple[Campaign, ...]) -> tuple[str, ...]:
    """What is allowed, and should be known: for the log at each start, and for `check`."""
    return tuple(
        f"campaign {one.id} has no control, so no effect of it can be shown: "
        f"{one.no_control_because}"
        for one in campaigns
        if one.promotional and one.no_control_because is not None
    )
