"""The named slots of a text: each is filled from the moment, or the campaign stays silent."""

import string
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from hub_server.campaign.campaign import Campaign, Good
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.goods.prices import price_text
from hub_server.place.metres import whole_metres

# A name in a text is cut here, so that a long one breaks no line limit.
SLOT_CHARS_MAX: Final = 40
# A product's name beside a few words in a title; names of shelf labels are shorter.
PRODUCT_CHARS_MAX: Final = 30
# "CHF 1,234.56" is dearer than nearly all that lies on a shelf.
PRICE_CHARS_MAX: Final = 12
# Metres, minutes, degrees and counts of one store.
NUMBER_CHARS_MAX: Final = 5
# Texts whose slots are remembered: all of 200 campaigns in two languages.
TEMPLATES_MAX: Final = 2_048
# The reading that {degrees} shows.
DEGREES: Final = "weather.temperature_c"


class Moment(msgspec.Struct, frozen=True):
    """What a slot is filled from."""

    snapshot: ContextSnapshot
    campaign: Campaign
    language: str
    items: tuple[str, ...]
    """What it speaks of now, the first of them first."""


class Slot(msgspec.Struct, frozen=True):
    """One named place in a text."""

    chars_max: int
    value: Callable[[Moment], str | None]
    """None: not known at this moment."""
    always: bool = False
    """Has a value at every moment."""


def _first(moment: Moment) -> Good | None:
    return moment.campaign.goods.get(moment.items[0]) if moment.items else None


def _product(moment: Moment) -> str | None:
    good = _first(moment)
    return good.name_in(moment.language) if good else None


def first_price(campaign: Campaign, items: Sequence[str]) -> float | None:
    """What the first of `items` costs today, which is the price that a text tells."""
    good = campaign.goods.get(items[0]) if items else None
    return good.price if good else None


def _price(moment: Moment) -> str | None:
    price = first_price(moment.campaign, moment.items)
    return None if price is None else price_text(price, moment.campaign.currency, moment.language)


def _metres(moment: Moment) -> str | None:
    target = moment.items[0] if moment.campaign.about else moment.campaign.near
    for walk in moment.snapshot.walks:
        if walk.target == target:
            return str(whole_metres(walk.metres))
    return None


def _left_items(moment: Moment) -> str | None:
    """As many names as fit, then how many more."""
    goods = moment.campaign.goods
    names = [goods[item].name_in(moment.language) for item in moment.items if item in goods]
    for shown in range(len(names), 0, -1):
        more = f" +{len(names) - shown}" if shown < len(names) else ""
        text = "; ".join(names[:shown]) + more
        if len(text) <= SLOT_CHARS_MAX:
            return text
    return names[0] if names else None


def _degrees(moment: Moment) -> str | None:
    for reading in moment.snapshot.feeds:
        if reading.name == DEGREES and reading.is_live:
            return f"{reading.value:.0f}"
    return None


def _minutes_left(moment: Moment) -> str | None:
    left = moment.snapshot.minutes_left
    return None if left is None else f"{max(left, 0.0):.0f}"


SLOTS: Final[Mapping[str, Slot]] = {
    "store_name": Slot(SLOT_CHARS_MAX, lambda m: m.snapshot.store_name),
    "zone_name": Slot(SLOT_CHARS_MAX, lambda m: m.snapshot.zone_name),
    "for_zone_name": Slot(SLOT_CHARS_MAX, lambda m: m.campaign.for_zone_name_in(m.language)),
    "near_name": Slot(SLOT_CHARS_MAX, lambda m: m.campaign.near_name_in(m.language)),
    "product": Slot(PRODUCT_CHARS_MAX, _product),
    "price": Slot(PRICE_CHARS_MAX, _price),
    "metres": Slot(NUMBER_CHARS_MAX, _metres),
    "left_items": Slot(SLOT_CHARS_MAX, _left_items),
    "left_count": Slot(NUMBER_CHARS_MAX, lambda m: str(len(m.items)) if m.items else None),
    "minutes_left": Slot(NUMBER_CHARS_MAX, _minutes_left),
    "degrees": Slot(NUMBER_CHARS_MAX, _degrees),
    "dwell_s": Slot(NUMBER_CHARS_MAX, lambda m: f"{m.snapshot.dwell_s:.0f}", always=True),
    "waiting_s": Slot(NUMBER_CHARS_MAX, lambda m: f"{m.snapshot.waiting_s:.0f}", always=True),
    "visit_min": Slot(NUMBER_CHARS_MAX, lambda m: f"{m.snapshot.visit_s // 60:.0f}", always=True),
}
# What a locked phone may show of these: nothing that tells what somebody buys or where they stand.
LOCK_SLOTS: Final = frozenset({"store_name"})


@lru_cache(maxsize=TEMPLATES_MAX)
def slots_in(template: str) -> tuple[str, ...]:
    """Names between braces, in order.

    Raises:
        ValueError: braces that do not pair.
    """
    return tuple(slot for _, slot, _, _ in string.Formatter().parse(template) if slot is not None)


def chars_at_most(template: str) -> int:
    """How long it can become with every slot at its longest."""
    parts = list(string.Formatter().parse(template))
    literal = sum(len(text) for text, _, _, _ in parts)
    return literal + sum(
        SLOTS[slot].chars_max if slot in SLOTS else SLOT_CHARS_MAX
        for _, slot, _, _ in parts
        if slot is not None
    )


def cut(text: str, chars_max: int) -> str:
    """`text`, or as much of it as fits, and an ellipsis."""
    return text if len(text) <= chars_max else f"{text[: chars_max - 1].rstrip()}…"


def fill(template: str, moment: Moment) -> str | None:
    """`template` with its slots filled, each cut to its length; None where one has no value."""
    if "{" not in template and "}" not in template:
        return template
    values = {}
    for name in slots_in(template):
        value = SLOTS[name].value(moment)
        if not value:
            return None
        values[name] = cut(value, SLOTS[name].chars_max)
    return template.format_map(values)
