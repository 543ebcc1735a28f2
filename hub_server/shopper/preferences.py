"""Standing choices: topics, push, plain, leave me alone today. Each counts at the next decision."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql import Executable

from hub_server.house import House
from hub_server.records.shopper_tables import OPINIONS, PREFERENCES
from hub_server.records.tables import DECISIONS, MUTES, VISITS
from hub_server.views.profile import ChoicesView
from hub_server.visit import records
from hub_server.visit.visits import Choices, Past, Visit

_topics: Final = msgspec.json.Decoder(tuple[str, ...])


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; None: stays."""

    plain: bool | None = None
    alone_today: bool | None = None
    push: bool | None = None
    sensitive_ok: bool | None = None
    surprises: bool | None = None
    topics_off: tuple[str, ...] | None = None
    topics_less: tuple[str, ...] | None = None


class Preferences:
    """Keeps the choices of one store's shoppers."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._desk = house.desk
        self._roll = house.roll
        self._clock = house.clock
        self._timezone: Final = house.store.timezone

    def recall(self, visit: Visit) -> None:
        """Put the shopper's choices on a visit that is taken up."""
        visit.choices = self.of(visit.shopper)

    def of(self, shopper: str) -> Choices:
        """What a shopper has chosen."""
        mine = MUTES.c.shopper == shopper
        muted = self._database.read(select(MUTES.c.topic).where(mine).order_by(MUTES.c.topic))
        topics = tuple(str(row.topic) for row in muted)
        chosen = select(PREFERENCES).where(PREFERENCES.c.shopper == shopper)
        for row in self._database.read(chosen):
            return Choices(
                plain=row.plain,
                alone_until_s=None if row.alone_until_ms is None else row.alone_until_ms / 1000,
                push=row.push,
                muted_topics=topics,
                less_topics=_topics.decode(row.less_topics),
                sensitive_ok=row.sensitive_ok,
                surprises=row.surprises,
            )
        return Choices(muted_topics=topics)

    def change(self, cookie: str | None, wish: Wish) -> Visit | None:
        """The shopper of this phone chooses; returns their open visit.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        shopper, visit = self._desk.myself(cookie)
        before = self.of(shopper)
        after = self._after(before, wish)
        lines = [_kept(shopper, after)]
        wanted_again = set(before.muted_topics) - set(after.muted_topics)
        for topic in sorted(wanted_again):
            lines += _unmuted(shopper, topic)
        now_ms = round(self._clock() * 1000)
        for topic in sorted(set(after.muted_topics) - set(before.muted_topics)):
            lines.append(records.mute_added(shopper, topic, now_ms))
        self._database.write(*lines)
        if visit is not None:
            self._put_on(visit, after)
            if wanted_again:
                self._roll.remind(visit)
        return visit

    def alone(self, visit: Visit) -> None:
        """Say nothing more to this shopper until the store's midnight."""
        until_s = self.midnight_s(self._clock())
        after = msgspec.structs.replace(self.of(visit.shopper), alone_until_s=until_s)
        self._database.write(_kept(visit.shopper, after))
        self._put_on(visit, after)

    def mute(self, visit: Visit, topic: str) -> None:
        """Never again about this topic."""
        now_ms = round(self._clock() * 1000)
        self._database.write(records.mute_added(visit.shopper, topic, now_ms))
        self._put_on(visit, self.of(visit.shopper))

    def midnight_s(self, now_s: float) -> float:
        """When the day ends on the store's clock."""
        today = datetime.fromtimestamp(now_s, self._timezone).date()
        midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), self._timezone)
        return midnight.timestamp()

    def shown(self, visit: Visit) -> dict[str, object]:
        """What the phone shows of them."""
        return {"choices": view(visit.choices, self._clock())}

    def _after(self, before: Choices, wish: Wish) -> Choices:
        alone_until_s = before.alone_until_s
        if wish.alone_today is not None:
            alone_until_s = self.midnight_s(self._clock()) if wish.alone_today else None
        return Choices(
            plain=_or(wish.plain, before.plain),
            alone_until_s=alone_until_s,
            push=_or(wish.push, before.push),
            sensitive_ok=_or(wish.sensitive_ok, before.sensitive_ok),
            surprises=_or(wish.surprises, before.surprises),
            muted_topics=_topics_of(wish.topics_off, before.muted_topics),
            less_topics=_topics_of(wish.topics_less, before.less_topics),
        )

    def _put_on(self, visit: Visit, choices: Choices) -> None:
        was_plain, visit.choices = visit.choices.plain, choices
        wanted = set(choices.muted_topics)
        visit.feedback = [
            one for one in visit.feedback if one.kind != "not_for_me" or one.topic in wanted
        ]
        for sent in visit.sent:
            if sent.feedback == "not_for_me" and sent.topic not in wanted:
                sent.feedback = sent.counted = None
        if choices.plain:
            visit.past, visit.weights, visit.evidence = Past(), {}, 0
        if choices.plain != was_plain:
            # Each room puts on what may be read now: of who wants no history, this visit alone.
            self._roll.remind(visit)
        # Where the shopper has said what they want, nothing is concluded.
        for topic in (*choices.muted_topics, *choices.less_topics):
            visit.weights.pop(topic, None)
        visit.asked = ()


def view(choices: Choices, now_s: float) -> ChoicesView:
    """Choices as the phone shows them at `now_s`."""
    return ChoicesView(
        plain=choices.plain,
        alone_today=is_alone(choices, now_s),
        push=choices.push,
        sensitive_ok=choices.sensitive_ok,
        surprises=choices.surprises,
        topics_off=list(choices.muted_topics),
        topics_less=list(choices.less_topics),
    )


def is_alone(choices: Choices, now_s: float) -> bool:
    """Whether the shopper wants to be left alone at `now_s`."""
    return choices.alone_until_s is not None and now_s < choices.alone_until_s


def _or(wished: bool | None, before: bool) -> bool:  # noqa: FBT001 - of the two, the newer
    return before if wished is None else wished


def _topics_of(wished: tuple[str, ...] | None, before: tuple[str, ...]) -> tuple[str, ...]:
    return before if wished is None else tuple(sorted(set(wished)))


def _kept(shopper: str, choices: Choices) -> Executable:
    until_s = choices.alone_until_s
    values = {
        "plain": choices.plain,
        "alone_until_ms": None if until_s is None else round(until_s * 1000),
        "push": choices.push,
        "sensitive_ok": choices.sensitive_ok,
        "surprises": choices.surprises,
        "less_topics": msgspec.json.encode(choices.less_topics),
    }
    line = insert(PREFERENCES).values(shopper=shopper, **values)
    return line.on_conflict_do_update(index_elements=["shopper"], set_=values)


def _unmuted(shopper: str, topic: str) -> list[Executable]:
    """The topic is wanted again: neither the mute nor the answers of before stay.

    Else what the shopper took back would come again as a guess about them.
    """
    own = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
    about = DECISIONS.c.visit.in_(own) & (DECISIONS.c.topic == topic)
    return [
        delete(MUTES).where(MUTES.c.shopper == shopper, MUTES.c.topic == topic),
        delete(OPINIONS).where(OPINIONS.c.shopper == shopper, OPINIONS.c.topic == topic),
        update(DECISIONS).where(about, DECISIONS.c.feedback == "not_for_me").values(feedback=None),
    ]
