"""The shopper's own page: what they said, what was concluded and from what, what is kept."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from hub_server.consent import Ledger
from hub_server.decision import weights
from hub_server.event.history import History
from hub_server.event.loyalty import Loyalty
from hub_server.event.timeline import HISTORY, TYPES
from hub_server.house import House
from hub_server.instants import day_of
from hub_server.shopper.facts import Facts
from hub_server.shopper.gifts import Gifts
from hub_server.shopper.preferences import Preferences, Wish, is_alone
from hub_server.shopper.profile_words import KEPT, Words, words
from hub_server.shopper.purposes import Purposes
from hub_server.shopper.told import Told
from hub_server.views.events import PastEvent
from hub_server.views.profile import (
    DeclaredView,
    InferredView,
    KeptView,
    LoyaltyView,
    ProfileView,
    PurchaseView,
    PurposesView,
    TopicView,
)
from hub_server.visit.visits import Choices, Past, Sent, Visit
from store_maps.naming import name_in

# A page that lists more is read by nobody; the export has them all.
ROWS_MAX: Final = 200
# What the timeline calls a receipt that was imported.
IMPORTED: Final = "purchase"


class Profile:
    """Shows each shopper what one store's hub knows of them."""

    def __init__(
        self,
        house: House,
        said: tuple[Preferences, Facts, Gifts, Told],
        purposes: Purposes,
        past: tuple[History, Loyalty],
    ) -> None:
        self._desk = house.desk
        self._roll = house.roll
        self._clock = house.clock
        self._assortment = house.store.assortment
        self._topics = {one.topic for one in house.store.campaigns}
        self._terms = {
            term: names for one in house.store.campaigns for term, names in one.terms.items()
        }
        self._preferences, self._facts, self._gifts, self.told = said
        self._purposes = purposes
        self._history, self._loyalty = past
        self._timezone: Final = house.store.timezone

    def of(self, cookie: str | None, language: str) -> ProfileView:
        """Everything, on this phone's shopper's own page.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        shopper, visit = self._desk.myself(cookie)
        tongue = words(visit.language if visit else language)
        choices = self._preferences.of(shopper)
        names = self._gifts.names(shopper)
        timeline = list(self._without(names, self._history.timeline(shopper), tongue))
        inferred = [
            *self._of_topics(shopper, choices, tongue),
            *self._of_past(shopper, visit, names, tongue),
        ]
        evidence = sum(one.useful + one.less for one in self._facts.tallies(shopper))
        ledger = Ledger(self._roll.records.consents(shopper))
        now_ms = round(self._clock() * 1000)
        remembered = ledger.allowed(shopper, "remember", now_ms)
        return ProfileView(
            declared=[
                *self.told.declared(shopper, visit, tongue),
                *self._declared(shopper, choices, names, tongue),
            ],
            inferred=inferred,
            evidence=evidence,
            summary=_summary(tongue, choices, len(inferred), evidence),
            used_today=not choices.plain,
            purchases=[one for event in timeline for one in _purchases(event)][:ROWS_MAX],
            timeline=timeline[:ROWS_MAX],
            topics=self._topic_views(choices, visit, tongue),
            purposes=PurposesView(
                locate=ledger.allowed(shopper, "locate", now_ms),
                message=ledger.allowed(shopper, "message", now_ms),
                remember=remembered,
                improve=ledger.allowed(shopper, "improve", now_ms),
            ),
            deals=self._purposes.deals(shopper, visit.language if visit else language),
            kept=[_kept(tongue, part, remembered=remembered) for part in KEPT],
            loyalty=LoyaltyView(linked=self._loyalty.is_linked(shopper)),
        )

    def opinion(self, visit: Visit, sent: Sent, kind: str, now_s: float) -> None:
        """An answer to a message was kept: the next decision knows what follows from it."""
        if kind == "stop_today":
            self._preferences.alone(visit)
        elif kind == "not_for_me":
            self._preferences.mute(visit, sent.topic)
        self._facts.answer(visit, sent, kind, now_s)

    def forget(self, cookie: str | None, fact: str) -> Visit | None:
        """Take back something said, or delete something concluded; returns the open visit.

        Raises:
            Refused: 404, nothing is known of this phone, or there is no such fact.
        """
        shopper, visit = self._desk.myself(cookie)
        if self.told.forget(cookie, fact):
            return visit
        wish = _wish(self._preferences.of(shopper), fact)
        if wish is not None:
            return self._preferences.change(cookie, wish)
        return self._facts.delete(cookie, fact)

    def _declared(
        self, shopper: str, choices: Choices, names: frozenset[str], tongue: Words
    ) -> Iterator[DeclaredView]:
        chosen = {
            "plain": choices.plain,
            "alone": is_alone(choices, self._clock()),
            "push": not choices.push,
            "sensitive_ok": choices.sensitive_ok,
            "surprises": choices.surprises,
        }
        until_ms = round(choices.alone_until_s * 1000) if choices.alone_until_s else None
        for fact, is_chosen in chosen.items():
            if is_chosen:
                until = until_ms if fact == "alone" else None
                yield DeclaredView(fact=fact, text=tongue.declared[fact], until_ms=until)
        for kind, topics in (("off", choices.muted_topics), ("less", choices.less_topics)):
            for topic in topics:
                text = tongue.declared[kind].format(what=self._term(topic, tongue))
                yield DeclaredView(fact=f"{kind}:{topic}", text=text)
        yield from self._contradicted(shopper, names, tongue)

    def _contradicted(
        self, shopper: str, names: frozenset[str], tongue: Words
    ) -> Iterator[DeclaredView]:
        for fact in self._facts.contradicted(shopper):
            kind, _, what = fact.partition(":")
            if what not in names:
                denied = self._finding(kind, what, tongue)
                yield DeclaredView(fact=fact, text=tongue.declared["wrong"].format(what=denied))

    def _of_topics(self, shopper: str, choices: Choices, tongue: Words) -> Iterator[InferredView]:
        declared = {*choices.muted_topics, *choices.less_topics}
        for one in self._facts.tallies(shopper):
            if one.topic in declared or one.useful + one.less == 0:
                continue
            found = weights.weights([one], self._clock()).get(one.topic, 1.0)
            yield InferredView(
                fact=f"topic:{one.topic}",
                text=tongue.weights[weights.in_words(found)].format(
                    what=self._term(one.topic, tongue)
                ),
                why=tongue.because_answers.format(
                    useful=one.useful, less=one.less, day=self._day(one.at_s)
                ),
            )

    def _of_past(
        self, shopper: str, visit: Visit | None, names: frozenset[str], tongue: Words
    ) -> Iterator[InferredView]:
        past = self._past_of(shopper, visit)
        found = (
            ("owned", past.owned_items),
            ("due", past.due_items),
            ("returned", past.returned_items),
            ("disliked", past.disliked_items),
            ("service", past.services_due),
        )
        because = self._reasons(shopper, tongue)
        for kind, items in found:
            for item in items:
                if item not in names:
                    yield InferredView(
                        fact=f"{kind}:{item}",
                        text=self._finding(kind, item, tongue),
                        why=tongue.because_never
                        if kind == "disliked"
                        else because.get(item, tongue.because_kept),
                    )

    def _past_of(self, shopper: str, visit: Visit | None) -> Past:
        """What the next visit would know, where none is open."""
        if visit is not None:
            return visit.past
        known = self._roll.records.remembered(shopper)
        choices = self._preferences.of(shopper)
        opened_s = self._clock()
        next_one = Visit(
            visit="",
            shopper=shopper,
            visit_code="",
            join_code="",
            opened_s=opened_s,
            remembered=known,
            choices=choices,
        )
        self._facts.recall(next_one)
        self._history.recall(next_one)
        return next_one.past

    def _reasons(self, shopper: str, tongue: Words) -> dict[str, str]:
        lasts = self._history.forecast(shopper)
        found = {}
        for item, bought in self._history.bought(shopper).items():
            day = self._day(bought.last_ms / 1000)
            times = tongue.count("times", bought.times_count)
            found[item] = _as_label(tongue.because_bought.format(count=times, day=day))
            if item in lasts:
                days = tongue.count("days", round(lasts[item].gap_days))
                found[item] += tongue.because_lasts.format(days=days)
        return found

    def _topic_views(self, choices: Choices, visit: Visit | None, tongue: Words) -> list[TopicView]:
        every = {*self._topics, *choices.muted_topics, *choices.less_topics}
        named = sorted((_as_label(self._term(topic, tongue)), topic) for topic in every)
        numbers = visit.weights if visit else {}
        return [
            TopicView(
                topic=topic,
                name=name,
                off=topic in choices.muted_topics,
                less=topic in choices.less_topics,
                weight=weights.in_words(numbers.get(topic, 1.0)),
            )
            for name, topic in named
        ]

    def _finding(self, kind: str, what: str, tongue: Words) -> str:
        is_term = kind == "service"
        name = self._term(what, tongue) if is_term else self._name(what, tongue, what)
        return _as_label(tongue.inferred[kind].format(what=name))

    def _term(self, term: str, tongue: Words) -> str:
        """What a topic or service plan is called."""
        return name_in(self._terms.get(term, ()), tongue.language, term.replace("-", " "))

    def _name(self, item: str, tongue: Words, otherwise: str) -> str:
        found = self._assortment.product(item)
        return found.name_in(tongue.language) if found else otherwise

    def _without(
        self, names: frozenset[str], timeline: Iterable[PastEvent], tongue: Words
    ) -> Iterator[PastEvent]:
        """The newest first, in the shopper's words; a receipt of gifts alone never was."""
        for event in sorted(timeline, key=lambda one: -one.at_ms):
            items = [
                msgspec.structs.replace(one, name=self._name(one.item, tongue, one.name))
                for one in event.items
                if one.item not in names
            ]
            if items or not event.items:
                yield msgspec.structs.replace(event, items=items)

    def _day(self, at_s: float) -> str:
        return day_of(at_s, self._timezone)


def _as_label(name: str) -> str:
    """With a capital, as what begins a sentence or stands alone."""
    return name[:1].upper() + name[1:]


def _purchases(event: PastEvent) -> Iterator[PurchaseView]:
    kind = TYPES.get(event.type, HISTORY)
    if event.type != IMPORTED and kind.bought <= 0 and kind.order != "ordered":
        return
    for one in event.items:
        if one.quantity > 0:
            yield PurchaseView(
                item=one.item,
                name=one.name,
                quantity=one.quantity,
                at_ms=event.at_ms,
                channel=event.channel,
            )


def _wish(choices: Choices, fact: str) -> Wish | None:
    """What takes back a declared fact; None: it is no choice."""
    fixed = {
        "plain": Wish(plain=False),
        "alone": Wish(alone_today=False),
        "push": Wish(push=True),
        "sensitive_ok": Wish(sensitive_ok=False),
        "surprises": Wish(surprises=False),
    }
    if fact in fixed:
        return fixed[fact]
    kind, _, topic = fact.partition(":")
    if kind == "off":
        return Wish(topics_off=tuple(one for one in choices.muted_topics if one != topic))
    if kind == "less":
        return Wish(topics_less=tuple(one for one in choices.less_topics if one != topic))
    return None


def _summary(tongue: Words, choices: Choices, count: int, answers: int) -> str:
    if choices.plain:
        return tongue.summary_plain
    if count == 0:
        return tongue.summary_nothing
    return tongue.summary_some.format(
        count=tongue.count("conclusions", count), answers=tongue.count("answers", answers)
    )


def _kept(tongue: Words, part: str, *, remembered: bool) -> KeptView:
    what, until, otherwise = tongue.kept[part]
    return KeptView(what=what, until=until if remembered else otherwise)
