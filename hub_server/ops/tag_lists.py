"""The lists of tags that Pis may hear: on change, when an agent comes up, and every minute."""

from collections.abc import Iterable
from typing import Final, Protocol

from edge_agent import messages
from hub_server.ops.fleet import Fleet
from hub_server.visit.roll import Roll
from hub_server.visit.tags import TagTable

# DESIGN: the list goes out this often; each row lives twice as long, so that one lost list changes
# nothing.
EVERY_S: Final = 60.0
TTL_S: Final = 120.0


class Downlink(Protocol):
    """The way to the agents."""

    connected: bool
    refused: str | None

    def publish(self, topic: str, payload: bytes) -> None:
        """Send at QoS 1, or drop while the broker is away."""


class TagLists:
    """Sends one store's lists and acknowledgements; silent until `link` is set."""

    def __init__(self, store: str, roll: Roll, tags: TagTable, fleet: Fleet) -> None:
        self._store = store
        self._roll = roll
        self._tags = tags
        self._fleet = fleet
        self._sent_s = float("-inf")
        self._was_connected = False
        self.link: Downlink | None = None

    @property
    def connected(self) -> bool:
        """Whether agents can be reached."""
        return self.link is not None and self.link.connected

    def send_due(self, now_s: float) -> None:
        """Send the list to every agent if it changed, is due, or the broker has come back."""
        back = self.connected and not self._was_connected
        self._was_connected = self.connected
        if self._roll.list_changed or back or now_s - self._sent_s >= EVERY_S:
            self._sent_s = now_s
            self._roll.list_changed = False
            self.send_to(agent.agent for agent in self._fleet)

    def send_to(self, agents: Iterable[str]) -> None:
        """Send the list to these agents."""
        payload = messages.encode(self.current())
        for agent in agents:
            self._publish(agent, "down/tags", payload)

    def acknowledge(self, agent: str, outbox: str, seq: int) -> None:
        """Tell an agent that its rows up to `seq` are kept."""
        self._publish(agent, "down/ack", messages.encode(messages.Ack(outbox=outbox, seq=seq)))

    def current(self) -> messages.Tags:
        """The tags that may leave a Pi's memory now, and the handles that were withdrawn."""
        rows = []
        for pairing in self._roll.book.listened():
            tag = self._tags.by_tag(pairing.tag)
            if tag is not None and pairing.handle in self._roll.live:
                identity = messages.Identity(identity=tag.identity)
                rows.append(
                    messages.TagRow(identities=[identity], handle=pairing.handle, ttl_s=TTL_S)
                )
        return messages.Tags(rows=rows, withdrawn=self._roll.withdrawn())

    def _publish(self, agent: str, leaf: messages.Leaf, payload: bytes) -> None:
        if self.link is not None:
            self.link.publish(messages.topic(self._store, agent, leaf), payload)
