"""Everything that passes through a broker, heard by somebody who subscribes to all of it."""

import threading
import time
import tomllib
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.messages import BadMessage, Message, decode, parse_topic
from tests.edge_agent.broker import wait_until


def broker_port(folder: Path) -> int:
    """The broker's port of the store whose files lie in `folder`."""
    port: int = tomllib.loads((folder / "agent.toml").read_text())["broker"]["port"]
    return port


class Wiretap:
    """paho's thread fills the list, the test reads it."""

    def __init__(self, port: int) -> None:
        self._lock = threading.Lock()
        self._heard: list[tuple[str, bytes]] = []
        self.came_s: list[float] = []
        """When each of `heard` came, on the machine's monotonic clock."""
        self._is_subscribed = False
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="wiretap", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def __enter__(self) -> Self:
        wait_until(lambda: self._is_subscribed, "the wiretap's subscription")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Speak up for once."""
        self._client.publish(topic, payload, qos=1)

    @property
    def heard(self) -> list[tuple[str, bytes]]:
        """(topic, payload) of all messages so far."""
        with self._lock:
            return list(self._heard)

    def bytes(self) -> bytes:
        """Topics and payloads in one."""
        return b"\n".join(topic.encode() + b" " + payload for topic, payload in self.heard)

    def of(self, leaf: str) -> list[Any]:
        """The messages of one leaf so far, decoded."""
        return [message for name, message in self.messages() if name == leaf]

    def messages(self) -> list[tuple[str, Message]]:
        """(leaf, message) of everything that keeps the contract."""
        found = []
        for topic, payload in self.heard:
            try:
                leaf = parse_topic(topic)[2]
                found.append((str(leaf), decode(leaf, payload)))
            except BadMessage:
                continue
        return found

    def _on_subscribe(self, *_: object) -> None:
        self._is_subscribed = True

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        with self._lock:
            self._heard.append((message.topic, bytes(message.payload)))
            self.came_s.append(time.monotonic())
