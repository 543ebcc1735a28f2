"""The smallest hub: takes each stay once and in order, confirms it, hands out lists of tags."""

from typing import Any, Final, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.messages import (
    Ack,
    Leaf,
    Message,
    StayRow,
    Stays,
    Tags,
    decode,
    encode,
    parse_topic,
    topic,
)
from tests.edge_agent.broker import wait_until

LEAVES: Final = ("fixes", "stays", "health", "status", "sightings")


class SmallHub:
    """paho's thread writes the lists, the test reads them."""

    def __init__(
        self,
        port: int,
        agent: str,
        *,
        confirms: bool = True,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        username: str = "hub",
    ) -> None:
        self._store = agent.rpartition(".")[0]
        self._agent = agent
        self.confirms = confirms
        self.stays: list[StayRow] = []
        self.lost_count = 0
        self.messages: list[Message] = []
        self._expected: dict[str, int] = {}
        self._is_subscribed = False
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=username, protocol=protocol
        )
        self._client.username_pw_set(username)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port, keepalive=10)
        self._client.loop_start()

    def __enter__(self) -> Self:
        wait_until(lambda: self._is_subscribed, "the hub's subscription")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, leaf: Leaf, message: Message | bytes) -> None:
        """Something for the agent."""
        payload = message if isinstance(message, bytes) else encode(message)
        self._client.publish(topic(self._store, self._agent, leaf), payload, 1)

    def speak_as(self, agent: str, leaf: Leaf, message: Message) -> None:
        """Something that another agent says."""
        self._client.publish(topic(self._store, agent, leaf), encode(message))

    def send_tags(self, tags: Tags) -> None:
        """A list of tags."""
        self.send("down/tags", tags)

    def of(self, kind: type) -> list[Any]:
        """The messages of one kind so far."""
        return [one for one in self.messages if isinstance(one, kind)]

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(f"instep/v1/{self._store}/+/{leaf}", 1) for leaf in LEAVES])

    def _on_subscribe(self, *_: object) -> None:
        self._is_subscribed = True

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        _, agent, leaf = parse_topic(message.topic)
        content = decode(leaf, message.payload)
        self.messages.append(content)
        if isinstance(content, Stays) and self.confirms:
            self._take(agent, content)

    def _take(self, agent: str, stays: Stays) -> None:
        expected = self._expected.get(stays.outbox, 1)
        if stays.oldest_seq > expected:
            self.lost_count += stays.oldest_seq - expected
            expected = stays.oldest_seq
        for row in stays.rows:
            if row.seq == expected:
                self.stays.append(row)
                expected += 1
        self._expected[stays.outbox] = expected
        ack = Ack(outbox=stays.outbox, seq=expected - 1)
        self._client.publish(topic(self._store, agent, "down/ack"), encode(ack), 1)
