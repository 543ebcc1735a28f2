"""One MQTT connection from CONNECT to its end: paho's thread does I/O, all else is the loop's.

paho's callbacks take no lock of ours: they only hand their news to the event loop.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

# The broker says that a Pi is gone after 1.5 times this.
KEEPALIVE_S: Final = 15
CONNECT_TIMEOUT_S: Final = 5.0
# A broker answers CONNECT within a round trip; amqtt waits for ever for the rest of one of MQTT 5.
ANSWER_TIMEOUT_S: Final = 3.0
# The last words of a clean stop; a broker that does not take them publishes the will.
FAREWELL_S: Final = 2.0
# "Unsupported protocol version": MQTT 5 by its code; a 3.1.1 broker's 1, which paho maps to 132.
_UNSUPPORTED: Final = (132, 1)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where to connect and as whom."""

    host: str
    port: int
    client_id: str
    username: str
    password: str | None = None
    tls_ca: str | None = None


class Will(msgspec.Struct, frozen=True):
    """What the broker publishes, retained, when this connection dies."""

    topic: str
    payload: bytes


class Refused(Exception):  # noqa: N818 - it is the broker's answer
    """The broker was not reached or said no; the text says which and who acts."""

    def __init__(self, text: str, *, is_version: bool = False, is_mute: bool = False) -> None:
        super().__init__(text)
        self.is_version = is_version
        """The broker answered that it does not speak this version of MQTT."""
        self.is_mute = is_mute
        """Something is there and answered nothing: perhaps it did not understand the version."""


class Connection:
    """A connection in the making: `open` it, wait for `ended`, `close` it; never used again.

    `on_message` gets topic, payload and monotonic time of arrival; `on_answer` the broker's verdict
    on a QoS 1 message, by its mid, or on a subscription, by 0. Both are called in the loop.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        protocol: MQTTProtocolVersion,
        on_message: Callable[[str, bytes, float], None],
        on_answer: Callable[[int, ReasonCode], None],
        will: Will | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._on_message = on_message
        self._on_answer = on_answer
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[ReasonCode | None] = self._loop.create_future()
        self.ended = asyncio.Event()
        self.end_reason = ""
        """Why the broker or the network ended it."""
        self._client = self._build(protocol, will)

    async def open(self) -> None:
        """Connect.

        Raises:
            Refused: no broker there, or it does not want this client.
        """
        where = f"broker {self._endpoint.host}:{self._endpoint.port}"
        self._secure()
        try:
            await asyncio.to_thread(
                self._client.connect, self._endpoint.host, self._endpoint.port, KEEPALIVE_S
            )
        except (OSError, ValueError) as error:
            msg = f"{where} is not reachable: {error}; ops: is it running, is the address right?"
            raise Refused(msg) from None
        self._client.loop_start()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                reason = await asyncio.shield(self._answer)
        except TimeoutError:
            reason = None
        if reason is None or reason.is_failure:
            raise _refused(where, self._endpoint.username, reason)

    def subscribe(self, topics: Sequence[tuple[str, int]]) -> None:
        """Ask for `topics`, each with its QoS."""
        self._client.subscribe(list(topics))

    def publish(
        self, topic: str, payload: bytes, qos: int = 0, *, retain: bool = False
    ) -> paho.MQTTMessageInfo:
        """Hand one message to paho."""
        return self._client.publish(topic, payload, qos, retain=retain)

    async def close(self, farewell: Will | None = None) -> None:
        """Publish `farewell`, retained, then disconnect and end paho's thread."""
        if farewell is not None and not self.ended.is_set():
            info = self.publish(farewell.topic, farewell.payload, 1, retain=True)
            with contextlib.suppress(ValueError, RuntimeError):
                await asyncio.to_thread(info.wait_for_publish, FAREWELL_S)
        self._client.disconnect()
        await self._hang_up()
        await asyncio.to_thread(self._client.loop_stop)

    async def _hang_up(self) -> None:
        """Cut a connection that does not take the goodbye; paho would wait for the keepalive."""
        link = self._client.socket()
        if link is None or self.ended.is_set():
            return
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self.ended.wait()
        except TimeoutError:
            with contextlib.suppress(OSError):
                cast("socket.socket", link).shutdown(socket.SHUT_RDWR)

    def _secure(self) -> None:
        """TLS, where the settings name whom to trust."""
        if self._endpoint.tls_ca is None:
            return
        try:
            self._client.tls_set(ca_certs=self._endpoint.tls_ca)
        except OSError as error:
            msg = f"broker.tls_ca = {self._endpoint.tls_ca!r}: {error}; ops: give a PEM file"
            raise Refused(msg) from None

    def _build(self, protocol: MQTTProtocolVersion, will: Will | None) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._endpoint.client_id,
            protocol=protocol,
            # A new object for every connection: paho would send again what a withdrawal emptied.
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.username_pw_set(self._endpoint.username, self._endpoint.password)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_socket_open = _without_delay
        client.on_connect = lambda *given: self._later(self._connected, given[3])
        client.on_disconnect = lambda *given: self._later(self._disconnected, given[3])
        client.on_subscribe = lambda *given: self._later(self._subscribed, given[3])
        client.on_publish = lambda *given: self._later(self._on_answer, given[2], given[3])
        client.on_message = lambda *given: self._later(
            self._on_message, given[2].topic, given[2].payload, time.monotonic()
        )
        return client

    def _later(self, function: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401
        """From paho's thread: let the loop call `function`."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(function, *arguments)

    def _connected(self, reason: ReasonCode) -> None:
        if not self._answer.done():
            self._answer.set_result(reason)

    def _disconnected(self, reason: ReasonCode) -> None:
        if not self._answer.done():
            self._answer.set_result(None)
        self.end_reason = str(reason)
        self.ended.set()

    def _subscribed(self, reasons: Sequence[ReasonCode]) -> None:
        for reason in reasons:
            self._on_answer(0, reason)


def is_written(info: paho.MQTTMessageInfo) -> bool:
    """Whether paho has got rid of that message, by sending it or by giving up."""
    return info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS or info.is_published()


def _refused(where: str, username: str, reason: ReasonCode | None) -> Refused:
    if reason is None:
        text = f"{where} does not answer as an MQTT broker does; ops: check host and port"
        return Refused(text, is_mute=True)
    if reason.value in _UNSUPPORTED:
        return Refused(f"{where}: {reason}", is_version=True)
    msg = f"{where} refuses {username!r}: {reason}; ops: check the broker's users and password"
    return Refused(msg)


def _without_delay(_client: paho.Client, _userdata: object, link: object) -> None:
    # Nagle's algorithm holds a batch back for 40 ms where the broker delays its ACKs.
    if isinstance(link, socket.socket):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
