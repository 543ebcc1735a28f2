"""What no type says of a campaign: a table of checks, each of which names every fault it finds."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from hub_server import instants
from hub_server.campaign.blank_moments import waits_for_a_moment
from hub_server.campaign.document import PROMOTIONAL_KINDS, UNPAID_KINDS
from hub_server.campaign.draft import (
    CATEGORY_FIELDS,
    ITEM_FIELDS,
    Draft,
    Fault,
    values_of,
)
from hub_server.campaign.goods import is_sensitive
from hub_server.campaign.sources import PAST_FIELDS, SOURCE_OF
from hub_server.decision import conditions

# Who somebody is, was, or says to be: without the moment beside it, a segment (FEATURES 2).
SEGMENT_FIELDS: Final = PAST_FIELDS | {"intent", "for_whom", "value"}
# True of nearly every moment: no context either.
EMPTY_FIELDS: Final = frozenset({"messages_count", "zone_p", "level"})
CONTEXT_FIELDS: Final = frozenset(SOURCE_OF) - SEGMENT_FIELDS - EMPTY_FIELDS
# By these one person would meet a price that the next, at the same shelf, does not.
PERSON_FIELDS: Final = PAST_FIELDS | {"for_whom", "value"}
# An effect is shown from 50 visits without it on: at one in a hundred that is 5,000 visits with it.
CONTROL_SHARE_MIN: Final = 0.01
PRICE_WORDS: Final = re.compile(
    r"\d+[.,]\d\d\b|\d ?%|\b(discount|voucher|coupon|for free|free of charge|half price|rabatt\w*"
    r"|gutschein\w*|gratis|umsonst|kostenlos|geschenkt|zum halben preis)\b",
    re.IGNORECASE,
)
AMOUNT: Final = re.compile(r"\d+[.,]\d\d\b|\d+ ?%")


def place_faults(draft: Draft) -> Iterator[Fault]:
    """`for_zone` and `near` are of this store, and nothing to be silent about."""
    places, near = draft.shop.places, draft.get("near")
    zone = draft.get("for_zone")
    if zone is not None and zone not in places.zones:
        yield "for_zone", zone, "a leaf zone of the map"
    if zone in places.sensitive:
        yield "for_zone", str(zone), "no sensitive zone"
    if near in places.sensitive:
        yield "near", str(near), "no sensitive zone"
    elif near is not None and near not in places.zones and _unknown(draft, near):
        yield "near", near, "a leaf zone of the map or an item of the products"


def _unknown(draft: Draft, item: str) -> bool:
    return item not in draft.shop.products


def goods_faults(draft: Draft) -> Iterator[Fault]:
    """Items and categories are ones of the products, where those are given."""
    if not draft.shop.products:
        return
    for item in draft.get("items") or ():
        if _unknown(draft, item):
            yield "items", item, "an item of the products"
    categories = draft.shop.categories
    for category in draft.get("categories") or ():
        if category not in categories:
            yield "categories", category, "a category of the products"
    for clause in draft.clauses:
        yield from _clause_faults(draft, clause)


def _clause_faults(draft: Draft, clause: conditions.Clause) -> Iterator[Fault]:
    for value in values_of(clause):
        if not isinstance(value, str):
            continue
        if clause.field in ITEM_FIELDS and _unknown(draft, value):
            yield f"when, {clause.field}", value, "an item of the products"
        if clause.field in CATEGORY_FIELDS and value not in draft.shop.categories:
            yield f"when, {clause.field}", value, "a category of the products"


def sponsor_faults(draft: Draft) -> Iterator[Fault]:
    """Paid placements never help."""
    if draft.get("sponsor") is not None and draft.get("kind") in UNPAID_KINDS:
        expected = "no sponsor: paid placements never guide, help, remind, reassure or serve"
        yield "sponsor", draft.get("sponsor"), expected


def context_faults(draft: Draft) -> Iterator[Fault]:
    """Nobody is written to for being somebody: every way to fit asks for the moment, too."""
    whole = draft.get("when")
    is_placed = draft.get("for_zone") is not None or draft.get("about") in CONTEXT_FIELDS
    if whole is None or is_placed:
        return
    asked = conditions.fields_used(draft.condition)
    is_for_everybody = not asked.isdisjoint(CONTEXT_FIELDS) and asked.isdisjoint(SEGMENT_FIELDS)
    if not is_for_everybody and not waits_for_a_moment(draft.condition, CONTEXT_FIELDS):
        yield "when", conditions.json_text(whole), _CONTEXT


_CONTEXT: Final = (
    "a moment to wait for in every branch (in a zone, in a stage, after some dwell, with something "
    "on the list, waiting, a feed): who somebody is, was or says to be alone is a segment, and "
    "nobody is written to for that"
)


def price_faults(draft: Draft) -> Iterator[Fault]:
    """No price by person (DESIGN): what one shopper gets, anyone in the store gets."""
    personal = sorted(draft.fields & PERSON_FIELDS)
    if personal and draft.get("kind") == "offer":
        yield "when", ", ".join(personal), _PRICE
    elif personal:
        for where, _, _, template in draft.templates():
            if PRICE_WORDS.search(template):
                yield where, template, _PRICE_WORD
    for where, template in _odd_amounts(draft):
        yield where, template, "the amounts of `words`: a variant is a tone, never another price"


_PRICE: Final = (
    "an offer by place, time, stage, dwell, stock, weather or intent only: no price by person, "
    "so what one shopper gets, anyone who stands there gets"
)
_PRICE_WORD: Final = (
    "no amount, percentage or gift beside a condition on the past: no price by person; "
    "{price} shows the shelf's own"
)


def _odd_amounts(draft: Draft) -> Iterator[tuple[str, str]]:
    usual: set[str] = set()
    for where, _, _, template in draft.templates():
        amounts = {found.replace(",", ".").replace(" ", "") for found in AMOUNT.findall(template)}
        if where.startswith("words."):
            usual |= amounts
        elif amounts - usual:
            yield where, template


def control_faults(draft: Draft) -> Iterator[Fault]:
    """What promotes is measured against somebody who never gets it (FEATURES 77)."""
    share, because = draft.get("control_share"), draft.get("no_control_because")
    if share and because:
        yield "no_control_because", because, "either this or a control_share"
    if share and share < CONTROL_SHARE_MIN:
        yield "control_share", str(share), f"{CONTROL_SHARE_MIN} or more: fewer show nothing"
    is_measured = bool(share) or because is not None or draft.version == 1
    is_told = not draft.unread.isdisjoint({"control_share", "no_control_because"})
    if draft.get("kind") in PROMOTIONAL_KINDS and not (is_measured or is_told):
        value = "nothing" if share is None else str(share)
        yield "control_share", value, _CONTROL


_CONTROL: Final = (
    "a share over 0, so that its effect can be seen, or no_control_because with the reason, "
    "which is logged"
)


def date_faults(draft: Draft) -> Iterator[Fault]:
    """Dates are unmistakable, and in order."""
    at_s = {}
    for name in ("starts", "ends"):
        text = draft.get(name)
        at_s[name] = unix_s(text)
        if text is not None and at_s[name] is None:
            yield name, text, "RFC 3339 with an offset, as 2026-12-01T08:00:00+01:00"
    starts_s, ends_s = at_s["starts"], at_s["ends"]
    if starts_s is not None and ends_s is not None and ends_s <= starts_s:
        yield "ends", draft.get("ends"), f"later than starts ({draft.get('starts')})"


# A campaign of another century is a typing error.
YEARS: Final = range(2000, 2100)


def unix_s(text: str | None) -> float | None:
    """Seconds since 1970 of RFC 3339 with an offset, in one of YEARS; else None."""
    at_s = instants.unix_s(text or "")
    return at_s if at_s is not None and int((text or "")[:4]) in YEARS else None


def fitting_faults(draft: Draft) -> Iterator[Fault]:
    """Fields that need another field."""
    for where, applies, holds, expected in _NEEDS:
        if applies(draft) and not holds(draft):
            yield where, conditions.json_text(draft.get(where)), expected


def _is_sensitive(draft: Draft) -> bool:
    near, products = draft.get("near"), draft.shop.products
    items = (*(draft.get("items") or ()), *([near] if near else ()))
    categories = draft.get("categories") or ()
    return bool(draft.get("sensitive")) or is_sensitive(items, categories, products)


def _leads(draft: Draft) -> bool:
    return bool(draft.get("near") or draft.get("for_zone") or draft.names_goods)


def _has_button(name: str) -> Callable[[Draft], bool]:
    return lambda draft: name in (draft.get("buttons") or ())


def _has(name: str) -> Callable[[Draft], Any]:
    return lambda draft: draft.get(name)


_NEEDS: Final[tuple[tuple[str, Callable[[Draft], Any], Callable[[Draft], Any], str], ...]] = (
    ("safety", _has("safety"), lambda d: d.get("kind") == "service", "only with kind service"),
    (
        "privacy",
        lambda d: d.get("privacy") == "open",
        lambda d: not _is_sensitive(d),
        "neutral: it is about something sensitive, which no lock screen names",
    ),
    (
        "walk_m_max",
        _has("walk_m_max"),
        lambda d: d.get("near") or d.get("about"),
        "near (a zone or item), or about, beside it: a walk leads somewhere",
    ),
    (
        "about",
        _has("about"),
        lambda d: not (d.get("items") or d.get("near")),
        "no items and no near beside it: they are the moment's own",
    ),
    ("needs_stock", _has("needs_stock"), lambda d: d.names_goods, "items, or about, beside it"),
    (
        "buttons",
        lambda d: _has_button("add_to_list")(d) or _has_button("bring_it")(d),
        lambda d: d.names_goods,
        "items, or about, beside add_to_list and bring_it",
    ),
    ("buttons", _has_button("route"), _leads, "near, for_zone or items beside route"),
)

CHECKS: Final[tuple[Callable[[Draft], Iterator[Fault]], ...]] = (
    place_faults,
    goods_faults,
    sponsor_faults,
    context_faults,
    price_faults,
    control_faults,
    date_faults,
    fitting_faults,
)
