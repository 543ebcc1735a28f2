"""What is concluded about a shopper, from what, and how it is deleted so that it stays deleted.

An answer to a message is kept as one tally a topic; what purchases say is worked out by the
timeline each time. A deleted conclusion takes its answers with it, or is remembered with the time
of its deletion: no purchase of before counts for it any more.
"""

from collections.abc import Collection, Mapping
from typing import Final, Literal

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.decision import weights
from hub_server.decision.snapshot import Feedback
from hub_server.decision.weights import Tally
from hub_server.house import House
from hub_server.records.shopper_tables import FACTS, OPINIONS
from hub_server.records.tables import DECISIONS, VISITS
from hub_server.views.hub import Refused
from hub_server.visit.visits import Sent, Visit

Finding = Literal["owned", "due", "returned", "disliked", "service"]
FINDINGS: Final[tuple[Finding, ...]] = ("owned", "due", "returned", "disliked", "service")
TOPIC: Final = "topic"
# What the shopper has contradicted no later purchase brings back.
NEVER_MS: Final = 2**62
# An answer about the topic, as (useful, less). "Never" is also a mute; the other answers are about
# the place or the day.
COUNTS: Final[Mapping[str | None, tuple[int, int]]] = {
    "useful": (1, 0),
    "less": (0, 1),
    "not_for_me": (0, 1),
}
NOTHING: Final = (0, 0)
# "Not for me" is said to a message of a thing or a few; one that names more is about none.
NAMED_MAX: Final = 3
# As long as an item or a topic may be, and more than anybody reads through.
CHARS_MAX: Final = 64
FACTS_MAX: Final = 500


def forgotten(database: Database, shopper: str) -> dict[str, int]:
    """Conclusions that were deleted: evidence up to that moment counts for them no more."""
    rows = database.read(select(FACTS).where(FACTS.c.shopper == shopper))
    return {
        row.fact: NEVER_MS if row.said == "no" else row.forgotten_ms
        for row in rows
        if row.said == "no" or row.forgotten_ms is not None
    }


class Facts:
    """Keeps what one store's shoppers answered, and which conclusions they deleted."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._desk = house.desk
        self._roll = house.roll
        self._clock = house.clock

    def recall(self, visit: Visit) -> None:
        """Put the weights on a visit; of who wants no history, nothing is read."""
        visit.weights, visit.evidence = {}, 0
        if visit.choices.plain:
            return
        visit.past = msgspec.structs.replace(
            visit.past, disliked_items=self._disliked(visit.shopper)
        )
        tallies = self.tallies(visit.shopper)
        declared = {*visit.choices.muted_topics, *visit.choices.less_topics}
        found = weights.weights(tallies, self._clock())
        # Declared beats inferred: where the shopper has said what they want, nothing is concluded.
        visit.weights = {topic: number for topic, number in found.items() if topic not in declared}
        visit.evidence = sum(one.useful + one.less for one in tallies)

    def tallies(self, shopper: str) -> list[Tally]:
        """The shopper's answers, by topic."""
        mine = OPINIONS.c.shopper == shopper
        rows = self._database.read(select(OPINIONS).where(mine).order_by(OPINIONS.c.topic))
        return [Tally(row.topic, row.useful, row.less, row.at_ms / 1000) for row in rows]

    def answer(self, visit: Visit, sent: Sent, kind: str, now_s: float) -> None:
        """Count an answer; a second one to the same message takes the place of the first."""
        if kind not in COUNTS:
            return
        before, after = COUNTS.get(sent.counted, NOTHING), COUNTS[kind]
        sent.counted = kind
        useful, less = after[0] - before[0], after[1] - before[1]
        if (useful, less) != NOTHING:
            at_ms = round(now_s * 1000)
            self._database.write(_tallied(visit.shopper, sent.topic, useful, less, at_ms))
        if kind == "not_for_me" and len(sent.items) <= NAMED_MAX:
            for item in sent.items:
                self._put(visit.shopper, f"disliked:{item}", said="yes")
        self.recall(visit)
        visit.asked = ()

    def delete(self, cookie: str | None, fact: str) -> Visit | None:
        """Forget one conclusion about the shopper of this phone; returns their open visit.

        Raises:
            Refused: 404, nothing is known of this phone, or there is no such kind of fact; 409,
                the shopper has taken back as many as are kept.
        """
        shopper, visit = self._desk.myself(cookie)
        kind, what = _parts(fact, (TOPIC, *FINDINGS))
        if kind == TOPIC:
            self._forget_topic(shopper, visit, what)
        else:
            self._refuse_too_many(shopper, fact)
            self._put(shopper, fact, said=None)
        return self._reminded(visit)

    def contradict(self, cookie: str | None, fact: str) -> Visit | None:
        """The shopper says that a finding is wrong: it is never concluded again.

        Raises:
            Refused: as `delete`; a topic is no finding.
        """
        shopper, visit = self._desk.myself(cookie)
        _parts(fact, FINDINGS)
        self._refuse_too_many(shopper, fact)
        self._put(shopper, fact, said="no")
        return self._reminded(visit)

    def contradicted(self, shopper: str) -> list[str]:
        """What the shopper said is wrong, the newest first."""
        mine = (FACTS.c.shopper == shopper) & (FACTS.c.said == "no")
        rows = self._database.read(select(FACTS.c.fact).where(mine).order_by(FACTS.c.at_ms.desc()))
        return [str(row.fact) for row in rows]

    def _forget_topic(self, shopper: str, visit: Visit | None, topic: str) -> None:
        """The answers go with the conclusion, in the database and in the store."""
        own = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
        about = DECISIONS.c.visit.in_(own) & (DECISIONS.c.topic == topic)
        counted = DECISIONS.c.feedback.in_(["useful", "less"])
        self._database.write(
            delete(OPINIONS).where(OPINIONS.c.shopper == shopper, OPINIONS.c.topic == topic),
            update(DECISIONS).where(about, counted).values(feedback=None),
        )
        for sent in visit.sent if visit else ():
            if sent.topic == topic and sent.feedback in {"useful", "less"}:
                sent.feedback = sent.counted = None
        if visit is not None:
            visit.feedback = [one for one in visit.feedback if not _is_opinion_of(one, topic)]

    def _refuse_too_many(self, shopper: str, fact: str) -> None:
        others = (FACTS.c.shopper == shopper) & (FACTS.c.fact != fact)
        ((count,),) = self._database.read(select(func.count()).select_from(FACTS).where(others))
        if count >= FACTS_MAX:
            raise Refused(409, "too_many_facts", f"At most {FACTS_MAX} are kept of one shopper.")

    def _disliked(self, shopper: str) -> tuple[str, ...]:
        """Items to which the shopper said "not for me"."""
        said = (FACTS.c.shopper == shopper) & (FACTS.c.said == "yes")
        rows = self._database.read(select(FACTS.c.fact).where(said).order_by(FACTS.c.fact))
        return tuple(str(row.fact).partition(":")[2] for row in rows)

    def _put(self, shopper: str, fact: str, said: str | None) -> None:
        now_ms = round(self._clock() * 1000)
        forgotten_ms = None if said == "yes" else now_ms
        values = {"said": said, "forgotten_ms": forgotten_ms, "at_ms": now_ms}
        line = insert(FACTS).values(shopper=shopper, fact=fact, **values)
        self._database.write(
            line.on_conflict_do_update(index_elements=["shopper", "fact"], set_=values)
        )

    def _reminded(self, visit: Visit | None) -> Visit | None:
        if visit is not None:
            self._roll.remind(visit)
            visit.asked = ()
        return visit


def _parts(fact: str, kinds: Collection[str]) -> tuple[str, str]:
    """The kind of a fact and what it is about."""
    kind, _, what = fact.partition(":")
    if kind not in kinds or not 0 < len(what) <= CHARS_MAX or not what.isprintable():
        raise Refused(404, "unknown_fact", "There is no such fact.")
    return kind, what


def _tallied(shopper: str, topic: str, useful: int, less: int, at_ms: int) -> Executable:
    line = insert(OPINIONS).values(
        shopper=shopper, topic=topic, useful=max(useful, 0), less=max(less, 0), at_ms=at_ms
    )
    return line.on_conflict_do_update(
        index_elements=["shopper", "topic"],
        set_={
            "useful": OPINIONS.c.useful + useful,
            "less": OPINIONS.c.less + less,
            "at_ms": at_ms,
        },
    )


def _is_opinion_of(one: Feedback, topic: str) -> bool:
    return one.topic == topic and one.kind in {"useful", "less"}
