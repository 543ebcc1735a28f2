"""What a campaign says at one moment: in the shopper's language, in the tone that fits, or not."""

from math import inf
from typing import Final

import msgspec

from hub_server.campaign.campaign import Campaign, ReadyVariant
from hub_server.campaign.document import Words
from hub_server.campaign.named_items import barred
from hub_server.campaign.slots import Moment, fill, first_price, slots_in
from hub_server.campaign.sources import (
    LINES,
    OF_BEFORE,
    Source,
    is_for_everyone,
    sources,
    standing_lines,
)
from hub_server.decision.snapshot import HISTORY_FIELDS, ContextSnapshot

# What a locked phone shows unless a campaign says otherwise: nobody who glances at it learns what
# somebody buys, wants or worries about.
NEUTRAL: Final = {
    "en": ("A note for your visit", "Open it to read."),
    "de": ("Ein Hinweis zu Ihrem Besuch", "Zum Lesen öffnen."),
}
# Slots that tell of one item alone, the first.
OF_FIRST: Final = frozenset({"product", "price"})


class Worded(msgspec.Struct, frozen=True, kw_only=True):
    """All that one message says, and what it rests on."""

    title: str
    text: str
    why: tuple[str, ...]
    lock_title: str
    lock_text: str
    used: tuple[str, ...] = ()
    """Fields of the past that it rests on."""
    for_everyone: bool = False
    """Whoever stands there at that time gets the same."""
    items: tuple[str, ...] = ()
    price: float | None = None
    """That it tells: of the first item."""
    target: str | None = None
    """The item or zone that it leads to."""


class Chosen(msgspec.Struct, frozen=True):
    """Which of a campaign's words hold, and the fields by which it came to them."""

    words: dict[str, Words]
    fields: frozenset[str]


def speak(campaign: Campaign, snapshot: ContextSnapshot) -> Worded | None:
    """What it says now; None where something that its text needs is not known."""
    return phrased(campaign, chosen(campaign, snapshot), snapshot)


def chosen(campaign: Campaign, snapshot: ContextSnapshot) -> Chosen:
    """The words of the first variant that fits, else the campaign's own."""
    for variant in campaign.variants:
        if variant.fits(snapshot):
            return of_variant(campaign, variant)
    return Chosen(campaign.words, campaign.uses | _asked_in_vain(campaign, snapshot))


def of_variant(campaign: Campaign, variant: ReadyVariant) -> Chosen:
    """The words of one variant; who gets them was also refused by those before it."""
    return Chosen(variant.words, campaign.uses | variant.asked)


def _asked_in_vain(campaign: Campaign, snapshot: ContextSnapshot) -> frozenset[str]:
    """What the variants asked for, none of which fitted: its own words rest on the answers, too.

    Who said nothing, or was never here, gave no answer.
    """
    if not campaign.variants:
        return frozenset()
    past = HISTORY_FIELDS if snapshot.first_visit else frozenset()
    return frozenset(
        field
        for field in campaign.variants[-1].asked - past
        if getattr(snapshot, field, True) is not None
    )


def phrased(campaign: Campaign, choice: Chosen, snapshot: ContextSnapshot) -> Worded | None:
    """These words at this moment, in the snapshot's language, else the campaign's first."""
    items = items_now(campaign, snapshot)
    if campaign.about is not None and not items:
        return None
    known = snapshot.language in choice.words
    language = snapshot.language if known else next(iter(choice.words))
    words = choice.words[language]
    moment = Moment(snapshot, campaign, language, items)
    title, text, why = (fill(part, moment) for part in (words.title, words.text, words.why))
    if title is None or text is None or why is None:
        return None
    drawn = _drawn(campaign, choice.fields, snapshot)
    is_about_goods = bool(items or campaign.categories)
    lines = standing_lines(drawn, snapshot, language, is_about_goods=is_about_goods)
    lock_title, lock_text = _locked(words, moment, (title, text))
    return Worded(
        title=title,
        text=text,
        why=(why, *lines, *_paid(campaign, language)),
        lock_title=lock_title,
        lock_text=lock_text,
        used=() if snapshot.plain else tuple(sorted(choice.fields & campaign.uses_history)),
        for_everyone=is_for_everyone(drawn),
        items=items,
        price=_told_price(words, moment),
        target=target_of(campaign, items),
    )


def _drawn(
    campaign: Campaign, fields: frozenset[str], snapshot: ContextSnapshot
) -> frozenset[Source]:
    """What it rests on; who wants just prices and stock has no past to rest on."""
    drawn = sources(fields)
    if snapshot.plain:
        return drawn - OF_BEFORE
    is_weighted = any(one.topic == campaign.topic for one in snapshot.weights)
    return drawn | {"answers"} if is_weighted else drawn


def can_speak(campaign: Campaign, snapshot: ContextSnapshot) -> bool:
    """Whether `speak` has something to say; at once where the text needs nothing special."""
    if campaign.about is None and not campaign.slots:
        return True
    return speak(campaign, snapshot) is not None


def items_now(campaign: Campaign, snapshot: ContextSnapshot) -> tuple[str, ...]:
    """What it speaks of: its own items, or those of the moment that may be named."""
    if campaign.about is None:
        is_priced = snapshot.value == "price" and not campaign.slots.isdisjoint(OF_FIRST)
        return _cheapest_first(campaign) if is_priced else campaign.named_items
    candidates: tuple[str, ...] = getattr(snapshot, campaign.about)
    return tuple(
        item
        for item in candidates
        if barred(campaign, item, snapshot) is None and _is_near(campaign, snapshot, item)
    )


def _cheapest_first(campaign: Campaign) -> tuple[str, ...]:
    def cost(item: str) -> float:
        price = first_price(campaign, (item,))
        return inf if price is None else price

    return tuple(sorted(campaign.named_items, key=cost))


def target_of(campaign: Campaign, items: tuple[str, ...]) -> str | None:
    """The item or zone that it leads to."""
    if campaign.about is not None and items:
        return items[0]
    return campaign.near or campaign.for_zone


def _is_near(campaign: Campaign, snapshot: ContextSnapshot, item: str) -> bool:
    limit = campaign.walk_m_max
    if limit is None:
        return True
    return any(walk.target == item and walk.metres <= limit for walk in snapshot.walks)


def _told_price(words: Words, moment: Moment) -> float | None:
    if "price" not in moment.campaign.slots:
        return None
    is_told = any("price" in slots_in(part) for part in (words.title, words.text, words.why))
    return first_price(moment.campaign, moment.items) if is_told else None


def _locked(words: Words, moment: Moment, open_text: tuple[str, str]) -> tuple[str, str]:
    """(title, text) of a locked phone."""
    campaign, snapshot = moment.campaign, moment.snapshot
    neutral = NEUTRAL.get(moment.language, NEUTRAL["en"])
    goods = (campaign.goods.get(item) for item in moment.items)
    is_private = campaign.sensitive or any(good.sensitive for good in goods if good is not None)
    if is_private:
        return neutral
    # A present is given by people who stand beside each other: their phones tell nothing.
    is_open = campaign.privacy == "open" and snapshot.intent != "gift"
    usual = open_text if is_open else neutral
    title = fill(words.lock_title, moment) if words.lock_title else None
    text = fill(words.lock_text, moment) if words.lock_text else None
    return title or usual[0], text or usual[1]


def _paid(campaign: Campaign, language: str) -> tuple[str, ...]:
    if campaign.sponsor is None:
        return ()
    lines = LINES.get(language, LINES["en"])
    return (lines["paid"].format(sponsor=campaign.sponsor),)
