"""What every text of a campaign must keep to: known slots that can be filled, room, languages."""

import re
import string
from collections.abc import Callable, Iterator
from typing import Final

from hub_server.campaign.document import LIMITS
from hub_server.campaign.draft import Draft, Fault
from hub_server.campaign.plain import meant
from hub_server.campaign.slots import LOCK_SLOTS, SLOTS, chars_at_most, slots_in
from hub_server.campaign.wording import lint

# "Brie" and "Milk" are words of any text; "Praline box" is a product.
NAME_CHARS_MIN: Final = 8
LOCK_PARTS: Final = frozenset({"lock_title", "lock_text"})
# A slot that nothing of the campaign could ever fill would keep it silent for good.
FILLED_BY: Final[dict[str, tuple[Callable[[Draft], object], str]]] = {
    "product": (lambda d: d.names_goods, "items or about"),
    "price": (lambda d: d.names_goods, "items or about"),
    "left_items": (lambda d: d.names_goods, "items or about"),
    "left_count": (lambda d: d.names_goods, "items or about"),
    "metres": (lambda d: d.get("near") or d.get("about"), "near or about"),
    "near_name": (lambda d: d.get("near"), "near"),
    "for_zone_name": (lambda d: d.get("for_zone"), "for_zone"),
}


def template_faults(draft: Draft) -> Iterator[Fault]:
    """A template has known slots only, and fits when they are at their longest."""
    for where, _, part, template in draft.templates():
        try:
            slots = slots_in(template)
        except ValueError as error:
            yield where, template, f"paired braces ({error})"
            continue
        if not _is_plain(template) or not SLOTS.keys() >= set(slots):
            yield where, template, _known(draft, part, slots)
        elif part in LOCK_PARTS and not LOCK_SLOTS.issuperset(slots):
            yield where, template, _LOCK
        else:
            yield from _unfilled(draft, where, slots)
        length = chars_at_most(template)
        if length > LIMITS[part]:
            longest = f"at most {LIMITS[part]} characters with its slots filled, it has {length}"
            yield where, template, longest


def _known(draft: Draft, part: str, slots: tuple[str, ...]) -> str:
    """The slots that a text of this version may have in this place."""
    known = [name for name, slot in SLOTS.items() if not (slot.always and draft.version > 1)]
    if part in LOCK_PARTS:
        known = [name for name in known if name in LOCK_SLOTS]
    shown = ", ".join(f"{{{name}}}" for name in known)
    close = [meant(slot, known) for slot in slots if slot not in SLOTS]
    return f"only the slots {shown}{''.join(close)}"


_LOCK: Final = "no slot but {store_name}: a locked phone tells nobody what its owner does or wants"


def _is_plain(template: str) -> bool:
    parts = string.Formatter().parse(template)
    return all(not spec and not conversion for _, _, spec, conversion in parts)


def _unfilled(draft: Draft, where: str, slots: tuple[str, ...]) -> Iterator[Fault]:
    for slot in slots:
        filled, needed = FILLED_BY.get(slot, (lambda _: True, ""))
        if not filled(draft) and draft.version > 1:
            yield where, f"{{{slot}}}", f"{needed} beside it, which could fill it"


def language_faults(draft: Draft) -> Iterator[Fault]:
    """A variant speaks the languages of the campaign, so that nobody gets two mixed."""
    languages = set(draft.get("words") or {})
    for index, variant in enumerate(draft.get("variants") or ()):
        if set(variant.words) != languages and languages:
            value = ", ".join(sorted(variant.words))
            yield f"variants[{index}].words", value, f"exactly {', '.join(sorted(languages))}"


def wording_faults(draft: Draft) -> Iterator[Fault]:
    """Nothing that creeps people out; version 1 is told of it, not refused."""
    if draft.version == 1:
        return
    for where, language, part, template in draft.templates():
        for one in lint(template, language, part=part):
            phrase = f"“{one.phrase}”"
            why = f"{one.why}; better: {one.better}"
            yield where, phrase, f"other words: {why}", f"do not say {phrase}: {why}"


def naming_faults(draft: Draft) -> Iterator[Fault]:
    """A product that a text names is one that it is about, so that gifts and stock hold it back."""
    about = {*(draft.get("items") or ()), draft.get("near")}
    categories = draft.get("categories") or ()
    others = {
        name: item
        for item, product in draft.shop.products.items()
        if item not in about
        and product.category not in categories
        and len(name := product.name.partition(",")[0].casefold()) >= NAME_CHARS_MIN
    }
    for where, _, _, template in draft.templates() if draft.version > 1 else ():
        text = template.casefold()
        for name, item in others.items():
            if name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                yield where, name, f"{item} among items: what a text names may be a gift, or gone"


def currency_faults(draft: Draft) -> Iterator[Fault]:
    """A price brings the store's currency along."""
    for where, _, _, template in draft.templates() if draft.version > 1 else ():
        for found in _WITH_CURRENCY.finditer(template):
            yield where, found.group(), "{price} alone: the hub's `currency` stands in it"


_WITH_CURRENCY: Final = re.compile(
    r"(?:[€$£¥]|\b[A-Z]{3})\s?\{price\}|\{price\}\s?(?:[€$£¥]|(?:EUR|USD|GBP|CHF|[Ee]uros?)\b)"
)

TEXT_CHECKS: Final[tuple[Callable[[Draft], Iterator[Fault]], ...]] = (
    template_faults,
    language_faults,
    wording_faults,
    naming_faults,
    currency_faults,
)
