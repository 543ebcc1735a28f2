"""The agent's side of the store's broker: what goes up, what comes down, and who is told."""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final

import msgspec
from paho.mqtt.client import MQTTMessageInfo
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.messages import (
    ROOT,
    Ack,
    BadMessage,
    Leaf,
    Message,
    Sightings,
    Status,
    Stays,
    Tags,
    decode,
    encode,
    parse_topic,
    topic,
)
from edge_agent.mqtt_connection import Connection, Endpoint, Refused, Will, is_written
from edge_agent.outbox import Outbox
from edge_agent.settings import Settings
from edge_agent.stay_sender import StaySender

log = logging.getLogger(__name__)

# A broker that restarts is back in a second.
RETRY_FIRST_S: Final = 0.5
# A store's Pis, spread by jitter, then knock about once a second in all.
RETRY_MAX_S: Final = 15.0
# A connection that lived shorter counts as a failure: two agents with one id throw each other out.
STEADY_S: Final = 5.0
# Resends are due after 1.5 s; four looks in that time cost nothing.
PUMP_EVERY_S: Final = 0.25
# A hub that is there answers a new connection with its list of tags in a round trip, and is itself
# back 2 s after the broker; until then nothing goes up that this list may withdraw. A hub that is
# away longer would not take it either.
LIST_AWAITED_S: Final = 3.0


class Inbox(msgspec.Struct, frozen=True):
    """Whom the link calls, in the event loop, for what comes down."""

    on_tags: Callable[[Tags], None] = lambda _: None
    on_sightings: Callable[[Sightings, float], None] | None = None
    """Another agent's sightings and when they came, monotonic seconds; None: not subscribed."""
    on_up: Callable[[], None] = lambda: None
    """A connection is up."""


class Link:
    """Keeps a connection for ever; sends and receives the wire contract over it.

    All calls and callbacks are of one event loop. QoS 0 messages are dropped while the broker is
    away or behind; stays wait in the outbox.
    """

    def __init__(
        self,
        settings: Settings,
        password: str | None,
        status: Status,
        outbox: Outbox | None = None,
    ) -> None:
        self._store, self._agent = settings.store, settings.agent
        self._endpoint = endpoint(settings, password)
        self._status = status
        self._inbox = Inbox()
        self._protocol = self._preferred = MQTTProtocolVersion.MQTTv5
        self._connection: Connection | None = None
        self._last: dict[str, MQTTMessageInfo] = {}
        self._sender = None if outbox is None else StaySender(outbox, self._send_stays)
        self._stays_from_s = 0.0
        """When stays may go up on this connection, list or no list."""
        self._leaf_by_mid: dict[int, str] = {}
        self._denied: set[str] = set()
        self._said = ""
        self.dropped_count = 0
        """QoS 0 messages that were not sent."""

    @property
    def is_up(self) -> bool:
        """Whether a broker has accepted this agent."""
        return self._connection is not None

    @property
    def protocol(self) -> str:
        """The MQTT version in use or tried next."""
        return "5" if self._protocol == MQTTProtocolVersion.MQTTv5 else "3.1.1"

    def publish(self, leaf: Leaf, message: Message) -> bool:
        """Send at QoS 0; False where it was dropped."""
        last = self._last.get(leaf)
        if self._connection is None or (last is not None and not is_written(last)):
            self.dropped_count += 1
            return False
        self._last[leaf] = self._connection.publish(self._topic(leaf), encode(message))
        return True

    def flush(self, now_s: float) -> None:
        """Send the stays that wait, as far as the window allows."""
        if self._connection is not None and self._sender is not None and not self._is_held(now_s):
            self._sender.tick(now_s)

    async def run(self, inbox: Inbox) -> None:
        """Connect, and again whenever it ends, until cancelled; then say goodbye."""
        self._inbox = inbox
        delay_s = RETRY_FIRST_S
        while True:
            tried = self._protocol
            lived_s = await self._live_once()
            if tried == MQTTProtocolVersion.MQTTv5 != self._protocol:
                continue  # the broker is there: speak to it in its older words at once
            delay_s = RETRY_FIRST_S if lived_s >= STEADY_S else min(2 * delay_s, RETRY_MAX_S)
            await asyncio.sleep(delay_s * random.uniform(0.5, 1.0))  # noqa: S311 - jitter

    async def _live_once(self) -> float:
        """One connection; how long it lived, seconds."""
        connection = Connection(
            self._endpoint, self._protocol, self._receive, self._answered, self._will(is_up=False)
        )
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        farewell: Will | None = None
        try:
            await connection.open()
            self._begin(connection)
            while not connection.ended.is_set():
                self.flush(loop.time())
                await _wait(connection.ended, PUMP_EVERY_S)
            self._protocol = self._preferred
            self._say(logging.WARNING, f"broker lost: {connection.end_reason}; trying again")
        except Refused as refusal:
            self._fall_back(refusal)
        except asyncio.CancelledError:
            farewell = self._will(is_up=False) if self.is_up else None
            raise
        finally:
            self._connection = None
            await connection.close(farewell)
        return loop.time() - began_s

    def _begin(self, connection: Connection) -> None:
        """The first words on a new connection."""
        self._connection = connection
        self._last.clear()
        self._leaf_by_mid.clear()
        self._denied.clear()
        self._say(logging.INFO, f"broker reached, MQTT {self.protocol}")
        topics = [(self._topic("down/ack"), 1), (self._topic("down/tags"), 1)]
        if self._inbox.on_sightings is not None:
            topics.append((f"{ROOT}/{self._store}/+/sightings", 0))
        connection.subscribe(topics)
        hello = self._will(is_up=True)
        info = connection.publish(hello.topic, hello.payload, 1, retain=True)
        self._leaf_by_mid[info.mid] = "status"
        now_s = asyncio.get_running_loop().time()
        self._stays_from_s = now_s + LIST_AWAITED_S
        if self._sender is not None:
            self._sender.restart(now_s)
        self._inbox.on_up()

    def _will(self, *, is_up: bool) -> Will:
        return Will(self._topic("status"), encode(msgspec.structs.replace(self._status, up=is_up)))

    def _topic(self, leaf: Leaf) -> str:
        return topic(self._store, self._agent, leaf)

    def _send_stays(self, stays: Stays) -> None:
        if self._connection is not None:
            info = self._connection.publish(self._topic("stays"), encode(stays), 1)
            self._leaf_by_mid[info.mid] = "stays"

    def _fall_back(self, refusal: Refused) -> None:
        """Choose the version of the next try: 3.1.1 for good where the broker says so."""
        old = MQTTProtocolVersion.MQTTv311
        if refusal.is_version and self._protocol != old:
            self._protocol = self._preferred = old
            self._say(logging.WARNING, "the broker does not speak MQTT 5: going on with 3.1.1")
        elif refusal.is_mute and self._protocol != old:
            self._protocol = old
            self._say(logging.WARNING, "the broker does not answer MQTT 5: trying 3.1.1")
        else:
            self._protocol = self._preferred
            self._say(logging.ERROR, str(refusal))

    def _receive(self, name: str, payload: bytes, at_s: float) -> None:
        """Take one message; of what breaks the contract only the length is said."""
        try:
            _, agent, leaf = parse_topic(name)
            if leaf == "sightings" and agent == self._agent:
                return
            message = decode(leaf, payload)
        except BadMessage:
            log.warning("a message of %d bytes outside the contract is ignored", len(payload))
            return
        if isinstance(message, Sightings) and self._inbox.on_sightings is not None:
            self._inbox.on_sightings(message, at_s)
        elif isinstance(message, Tags):
            self._inbox.on_tags(message)
            self._stays_from_s = 0.0
            self.flush(at_s)
        elif isinstance(message, Ack) and self._sender is not None and not self._is_held(at_s):
            self._sender.acknowledge(message, at_s)

    def _is_held(self, now_s: float) -> bool:
        """Whether stays wait for the list; an acknowledgement, too: it makes room for the next.

        The hub's client repeats its last ones when it is back, before the list.
        """
        return now_s < self._stays_from_s

    def _answered(self, mid: int, reason: ReasonCode) -> None:
        """The broker's verdict; a no is logged once a connection for each kind of message."""
        leaf = self._leaf_by_mid.pop(mid, "a subscription")
        if not reason.is_failure or leaf in self._denied:
            return
        self._denied.add(leaf)
        log.error(
            "the broker's ACL refuses %s of %s (%s); ops: give this agent its entry, "
            "see edge_agent/README.md",
            leaf,
            self._agent,
            reason,
        )

    def _say(self, level: int, text: str) -> None:
        """Log a change of state, once."""
        if text != self._said:
            self._said = text
            log.log(level, "%s", text)


def endpoint(settings: Settings, password: str | None) -> Endpoint:
    """Where `settings` say the broker is, and as whom."""
    broker = settings.broker
    return Endpoint(
        host=broker.host,
        port=broker.port,
        client_id=settings.agent,
        username=broker.username or settings.agent,
        password=password,
        tls_ca=broker.tls_ca,
    )


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until `event` or for `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
