"""The hub's list of active tags, read beside the running agent and without disturbing it."""

import time
from types import TracebackType
from typing import Self

from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent.messages import BadMessage, Tags, decode, topic
from edge_agent.mqtt_connection import Connection, Endpoint, Refused
from edge_agent.roster import Roster


class ActiveTags:
    """Listens to an agent's `down/tags`; `async with` it.

    The hub sends the list on change and every 60 s, so it may take a minute to come.

    Args:
        endpoint: the broker, with a client id that is not the agent's own: two of one name would
            throw each other off.
        store: the store's id.
        agent: whose list.
    """

    def __init__(self, endpoint: Endpoint, store: str, agent: str) -> None:
        self.roster = Roster()
        self._endpoint = endpoint
        self._topic = topic(store, agent, "down/tags")
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            Refused: no broker there, or it does not want this client; says who acts.
        """
        try:
            self._connection = await self._connected(MQTTProtocolVersion.MQTTv5)
        except Refused as refused:
            if not (refused.is_version or refused.is_mute):
                raise
            self._connection = await self._connected(MQTTProtocolVersion.MQTTv311)
        self._connection.subscribe([(self._topic, 0)])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    def admit(self, identity: str) -> str | None:
        """The handle of an active tag; None for a stranger."""
        return self.roster.admit(identity, time.monotonic())

    async def _connected(self, protocol: MQTTProtocolVersion) -> Connection:
        connection = Connection(
            self._endpoint, protocol, self._on_message, lambda _mid, _reason: None
        )
        try:
            await connection.open()
        except Refused:
            await connection.close()
            raise
        return connection

    def _on_message(self, _topic: str, payload: bytes, at_s: float) -> None:
        try:
            message = decode("down/tags", payload)
        except BadMessage:
            return
        if isinstance(message, Tags):
            self.roster.replace(message, at_s)
