"""The hub's list, heard beside the agent: MQTT 5, 3.1.1, and what is no list."""

import asyncio
from collections.abc import Callable

import pytest

from edge_agent.active_tags import ActiveTags
from edge_agent.messages import Identity, TagRow, Tags
from edge_agent.mqtt_connection import Endpoint, Refused
from tests.edge_agent.broker import Broker, StartBroker
from tests.edge_agent.small_hub import SmallHub

TAGS = Tags(rows=[TagRow(identities=[Identity(identity="cart-1")], handle="h-1", ttl_s=60.0)])
HANG_S = 15.0


def endpoint(broker: Broker) -> Endpoint:
    return Endpoint(host="127.0.0.1", port=broker.port, client_id="s.pi-1.scan", username="s.pi-1")


async def until(condition: Callable[[], bool], act: Callable[[], None]) -> None:
    async with asyncio.timeout(HANG_S):
        while not condition():
            act()
            await asyncio.sleep(0.05)


async def test_the_list_is_taken(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto()
    with SmallHub(broker.port, "s.pi-1") as hub:
        async with ActiveTags(endpoint(broker), "s", "s.pi-1") as tags:
            assert tags.admit("cart-1") is None
            await until(lambda: tags.admit("cart-1") == "h-1", lambda: hub.send_tags(TAGS))
            assert tags.admit("cart-2") is None


async def test_a_broker_of_mqtt_3_is_understood(start_amqtt: Callable[[], Broker]) -> None:
    broker = start_amqtt()
    async with ActiveTags(endpoint(broker), "s", "s.pi-1") as tags:
        assert tags._connection is not None


async def test_what_is_no_list_is_ignored(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto()
    async with ActiveTags(endpoint(broker), "s", "s.pi-1") as tags:
        tags._on_message("", b"{}", 0.0)
        assert tags.admit("cart-1") is None


async def test_a_broker_that_refuses_is_named(start_mosquitto: StartBroker) -> None:
    broker = start_mosquitto("allow_anonymous false")
    tags = ActiveTags(endpoint(broker), "s", "s.pi-1")
    with pytest.raises(Refused, match=r"refuses 's\.pi-1'"):
        await tags.__aenter__()
    await tags.__aexit__(None, None, None)
