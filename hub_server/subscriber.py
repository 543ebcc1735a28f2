"""The hub's MQTT side: paho's thread fills a list, the loop empties it, one wake-up a batch.

MQTT 5, or 3.1.1 when the broker does not speak 5. It never subscribes to sightings.
"""

import asyncio
import logging
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.messages import ROOT
from hub_server.settings import Broker, SettingsError

LOG: Final = logging.getLogger(__name__)

Batch = list[tuple[str, bytes]]
# (leaf, QoS): a stay must come; of fixes only the newest matters; sightings are not for the hub.
LEAVES: Final = (("fixes", 0), ("stays", 1), ("health", 0), ("status", 1))
# With Mosquitto's 20 a burst of stays waits for round trips; a batch takes any number at once.
RECEIVE_MAX: Final = 2_000
KEEPALIVE_S: Final = 15
# A broker that comes back is found within two seconds; the agents' outboxes bridge that.
RECONNECT_S: Final = (1, 2)
# The broker's answers that mean "not MQTT 5": 132 by name, 0x01 of 3.1.1 brokers as paho maps it.
UNSUPPORTED: Final = (132, 1)


class Subscriber:
    """One connection to the store's broker. `receive` gets each batch, in the loop's thread.

    Raises:
        SettingsError: `broker.tls_ca` is no readable certificate.
    """

    def __init__(
        self,
        broker: Broker,
        password: str | None,
        store: str,
        receive: Callable[[Batch], None],
    ) -> None:
        self._broker = broker
        self._password = password
        self._store = store
        self._receive = receive
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._waiting: Batch = []
        self._protocol = MQTTProtocolVersion.MQTTv5
        self._trust = trusted(broker.tls_ca)
        self._client = self._build()
        self._answered = False
        self.connected = False
        """Whether the broker answers and grants the subscription."""
        self.refused: str | None = None
        """Why the broker said no, for the alarms."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Connect in the background; a broker that is away is tried again for ever."""
        self._loop = loop
        self._connect()

    def stop(self) -> None:
        """Disconnect and end paho's thread."""
        self._loop = None
        self.connected = False
        self._client.disconnect()
        self._client.loop_stop()
        # The client's callbacks are ours: let go, or its sockets wait for the garbage collector.
        del self._client

    def publish(self, topic: str, payload: bytes) -> None:
        """Send at QoS 1; while the broker is away it is dropped, as all of it is repeated."""
        if self.connected:
            self._client.publish(topic, payload, qos=1)

    def _build(self) -> paho.Client:
        v5 = self._protocol == MQTTProtocolVersion.MQTTv5
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client_id,
            protocol=self._protocol,
            clean_session=None if v5 else True,
        )
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, self._password)
        if self._trust is not None:
            client.tls_set_context(self._trust)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_socket_open = _without_delay
        client.on_socket_close = self._on_socket_close
        client.on_connect_fail = self._on_connect_fail
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        properties = None
        if self._protocol == MQTTProtocolVersion.MQTTv5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.ReceiveMaximum = RECEIVE_MAX
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=KEEPALIVE_S,
            clean_start=paho.MQTT_CLEAN_START_FIRST_ONLY,
            properties=properties,
        )
        self._client.loop_start()

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: object,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._answered = True
        if reason.is_failure:
            self._on_refusal(reason)
            return
        client.subscribe([(f"{ROOT}/{self._store}/+/{leaf}", qos) for leaf, qos in LEAVES])

    def _on_connect_fail(self, _client: paho.Client, _userdata: object) -> None:
        where = f"{self._broker.host}:{self._broker.port}"
        # Paho calls this while it handles what ended the attempt, and does not pass that on.
        error = sys.exc_info()[1]
        if isinstance(error, ssl.SSLError):
            self.refused = (
                f"the broker {where}: no TLS: {error}; ops: does broker.tls_ca sign its "
                "certificate, and does that name broker.host?"
            )
            return
        self.refused = f"the broker {where} does not answer; ops starts it or mends broker.host"

    def _on_refusal(self, reason: ReasonCode) -> None:
        self.refused = f"the broker refused the hub: {reason}; ops checks user and password"
        LOG.warning("%s", self.refused)
        if reason.value in UNSUPPORTED and self._protocol == MQTTProtocolVersion.MQTTv5:
            self._call(self._change_protocol)

    def _on_socket_close(self, client: paho.Client, _userdata: object, _socket: object) -> None:
        # Some brokers hang up on a version that they do not speak, without a word.
        if self._loop is not None and client is self._client and not self._answered:
            self._call(self._change_protocol)

    def _change_protocol(self) -> None:
        old, new = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5
        self._protocol = old if self._protocol == new else new
        LOG.warning("the broker does not answer: going on with %s", self._protocol.name)
        before, self._answered = self._client, False
        before.on_socket_close = None
        before.disconnect()
        before.loop_stop()
        self._client = self._build()
        self._connect()

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self.refused = "the broker refused a subscription; ops mends its ACL for the hub"
            LOG.error("%s", self.refused)
            return
        self.refused = None
        self.connected = True

    def _on_disconnect(
        self,
        _client: paho.Client,
        _userdata: object,
        _flags: paho.DisconnectFlags,
        _reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.connected = False

    def _on_message(
        self, _client: paho.Client, _userdata: object, message: paho.MQTTMessage
    ) -> None:
        with self._lock:
            self._waiting.append((message.topic, bytes(message.payload)))
            first = len(self._waiting) == 1
        if first:
            self._call(self._drain)

    def _drain(self) -> None:
        with self._lock:
            batch, self._waiting = self._waiting, []
        if batch:
            self._receive(batch)

    def _call(self, function: Callable[[], None]) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(function)


def trusted(tls_ca: Path | None) -> ssl.SSLContext | None:
    """Whom to trust as the broker: the CA in that PEM file; None: no TLS.

    Raises:
        SettingsError: the file cannot be read, or holds no certificate.
    """
    if tls_ca is None:
        return None
    try:
        return ssl.create_default_context(cafile=tls_ca)
    except OSError as error:
        reason = "no certificate in it" if isinstance(error, ssl.SSLError) else error.strerror
        msg = f"broker.tls_ca = {str(tls_ca)!r}: {reason}; expected a PEM file; ops gives its path"
        raise SettingsError(msg) from None


def _without_delay(_client: paho.Client, _userdata: object, sock: object) -> None:
    # Nagle's algorithm holds an acknowledgement back for 40 ms where the peer delays its ACKs.
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
