"""The rooms around the decision, each built by one line: what they know goes onto the visits."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from hub_server.aisle import Aisle
from hub_server.campaign.desk import CampaignDesk
from hub_server.campaign.states import CampaignStates
from hub_server.campaigns import Campaign, with_products
from hub_server.database import DatabaseError
from hub_server.decision import rule_records, rule_sets
from hub_server.decision.rule_sets import RuleSet
from hub_server.event.history import History
from hub_server.event.loyalty import Loyalty
from hub_server.events import Events
from hub_server.goods.products import Product
from hub_server.house import House
from hub_server.impact.funnel import funnel_of
from hub_server.message.memory import MessageMemory
from hub_server.push.room import PushRoom
from hub_server.push.verdict import Settled
from hub_server.shopper.exporting import Export
from hub_server.shopper.facts import Facts
from hub_server.shopper.gifts import Gifts
from hub_server.shopper.ideas import Ideas
from hub_server.shopper.mission import Missions
from hub_server.shopper.preferences import Preferences
from hub_server.shopper.profile import Profile
from hub_server.shopper.purposes import Purposes
from hub_server.shopper.told import Told
from hub_server.speaker import Speaker
from hub_server.supply import Supply
from hub_server.visit.visits import Sent, Visit


class Rooms:
    """The rooms of one store; `show` gives a visit's phones a new frame."""

    def __init__(self, house: House, speaker: Speaker, show: Callable[[Visit], None]) -> None:
        self.house: Final = house
        self.speaker: Final = speaker
        self.show: Final = show
        clock, database = house.clock, house.database
        # First, since other rooms ask whether the shopper wants history read at all.
        self.mission: Final = Missions(house)
        self.preferences: Final = Preferences(house)
        self.facts: Final = Facts(house)
        self.gifts: Final = Gifts(house)
        self.export: Final = Export(house, self.gifts)
        self.ideas: Final = Ideas(house, self.preferences, self.gifts)
        self._heed()
        self.supply: Final = Supply(house)
        speaker.moments.feeds = self.supply.feeds
        self.loyalty: Final = Loyalty(house)
        self.history: Final = History(house)
        self.events: Final = Events(house, self.history)
        self.events.on_bought.append(speaker.answers.purchased)
        house.roll.recall.append(self.history.recall)
        self.purposes: Final = Purposes(house, self.loyalty)
        self.profile: Final = Profile(
            house,
            (self.preferences, self.facts, self.gifts, Told(house, self.mission, self.gifts)),
            self.purposes,
            (self.history, self.loyalty),
        )
        self._listen()
        self.throttles: Final = (self.ideas.throttle, self.loyalty.throttle)
        self.push: Final = PushRoom(database, house.store.settings, house.roll, house.desk, clock)
        house.roll.recall.append(self.push.phones.recall)
        house.desk.adds.append(self.push.shown)
        speaker.on_push, self.push.still_right = self.push.offer, speaker.unseen.still_right
        self.push.on_settled = self._pushed
        self.aisle: Final = Aisle(house)
        self._join_lists()
        speaker.moments.walks = self.aisle.walks(speaker.campaigns)
        speaker.on_staff = self.aisle.called
        memory = MessageMemory(house, self.history, speaker.campaigns, speaker.limits)
        house.roll.recall.append(memory.recall)
        speaker.answers.history_of = memory.purchases_known
        speaker.rule_set = rule_records.keep(house, speaker.campaigns, speaker.limits)
        speaker.holdout_share = house.store.settings.holdout_share
        rails = house.store.settings.guardrails
        self.states: Final = CampaignStates(database, speaker, clock(), rails)
        self.funnel: Final = funnel_of(house, speaker.tallies)
        self.campaigns: Final = CampaignDesk(speaker, self.states, self.funnel)

    def _heed(self) -> None:
        """What the shopper said goes onto the visit and the phone."""
        roll, desk = self.house.roll, self.house.desk
        roll.recall += [self.preferences.recall, self.facts.recall, self.gifts.recall]
        desk.adds += [self.mission.shown, self.preferences.shown]
        desk.gift_names, desk.shown = self.gifts.names, self.gifts.shown

    def _listen(self) -> None:
        """What the shopper answers, and takes back, goes where it counts."""
        self.supply.products.on_new.append(self._reprice)
        answers = self.speaker.answers
        answers.on_feedback.append(self.profile.opinion)
        self.purposes.before_off = answers.opted_out
        self.purposes.after_withdrawal = self.speaker.forget_deleted
        self.gifts.after_mark = self.speaker.forget_deleted

    def _join_lists(self) -> None:
        """The list knows the past, and the page of what is known the list."""
        self.profile.told.remove_line = self.aisle.lists.remove
        self.aisle.lists.bought_ms = self._last_bought

    def _last_bought(self, visit: Visit) -> dict[str, int]:
        """When each item was bought last, of whose past may be read."""
        if not visit.remembered or visit.choices.plain:
            return {}
        return {item: one.last_ms for item, one in self.history.bought(visit.shopper).items()}

    def step(self, now_s: float) -> None:
        """Once a second, before the decisions."""
        self.supply.step(now_s)
        self.push.step(now_s)
        self.aisle.step(now_s, self.show)
        self.states.step(now_s)
        self.funnel.step(now_s)

    def _reprice(self, products: Mapping[str, Product]) -> Callable[[], None]:
        """Messages quote the shelf: worked out in the thread that read the newer products.

        Returns what puts today's names and prices in place.
        """
        new = with_products(self.speaker.campaigns, products, self.house.store.salt)
        rules = rule_sets.packed(new, self.speaker.limits)
        return lambda: self._quote(new, rules)

    def _quote(self, campaigns: Sequence[Campaign], rules: RuleSet) -> None:
        """Say these from now on, kept as a new set of rules."""
        rule_set = None
        # Decisions by rules that could not be written down are not made again: there is no replay.
        with suppress(DatabaseError):
            rule_set = rule_records.put(self.house, rules)
        self.speaker.take(campaigns, rule_set)

    def _pushed(self, visit: Visit, sent: Sent, state: Settled, code: str) -> None:
        """What came of a push: where nobody will see it, its cap is given back."""
        self.speaker.unseen.push_settled(visit, sent, state, code)
        if state != "accepted":
            self.show(visit)

    def close(self) -> None:
        """The hub stops: no stream of a room is left."""
        self.aisle.help.close()

    def alarms(self, now_s: float) -> list[str]:
        """What a room has for whoever watches the store."""
        parts = (self.aisle.help, self.supply, self.push)
        told = [line for part in parts for line in part.alarms(now_s)]
        return told + self.states.alarms()
