import itertools
from pathlib import Path

import pytest
from paho.mqtt.enums import MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.broker_acl import acl_text
from edge_agent.mqtt_connection import Connection, Endpoint
from tests.edge_agent.broker import StartBroker, until

NOT_AUTHORIZED = 135


def test_every_entry_spells_its_store_out() -> None:
    text = acl_text("market", {"market.pi-2": False, "market.pi-1": True})
    assert text == (
        "user hub\n"
        "topic read instep/v1/market/+/fixes\n"
        "topic read instep/v1/market/+/stays\n"
        "topic read instep/v1/market/+/health\n"
        "topic read instep/v1/market/+/status\n"
        "topic write instep/v1/market/+/down/#\n"
        "\n"
        "user market.pi-1\n"
        "topic write instep/v1/market/market.pi-1/sightings\n"
        "topic write instep/v1/market/market.pi-1/fixes\n"
        "topic write instep/v1/market/market.pi-1/stays\n"
        "topic write instep/v1/market/market.pi-1/health\n"
        "topic write instep/v1/market/market.pi-1/status\n"
        "topic read instep/v1/market/market.pi-1/down/#\n"
        "topic read instep/v1/market/+/sightings\n"
        "topic read instep/v1/market/+/status\n"
        "\n"
        "user market.pi-2\n"
        "topic write instep/v1/market/market.pi-2/sightings\n"
        "topic write instep/v1/market/market.pi-2/health\n"
        "topic write instep/v1/market/market.pi-2/status\n"
        "topic read instep/v1/market/market.pi-2/down/#\n"
    )


@pytest.mark.parametrize(
    ("store", "agent"),
    [
        ("market", "mall.pi-1"),
        ("market", "market.+"),
        ("+", "+.pi-1"),
        ("market", "market\nuser x"),
    ],
)
def test_an_id_that_could_open_another_door_is_refused(store: str, agent: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        acl_text(store, {agent: False})


@pytest.mark.parametrize(
    ("agent", "leaves"),
    [
        ("market.locator", {"sightings", "fixes", "stays", "health", "status"}),
        ("market.pi-1", {"sightings", "health", "status"}),
    ],
)
async def test_mosquitto_grants_an_agent_its_own_work_and_refuses_all_else(
    start_mosquitto: StartBroker, tmp_path: Path, agent: str, leaves: set[str]
) -> None:
    acl = tmp_path / "acl"
    agents = {"market.locator": True, "market.pi-1": False}
    acl.write_text(acl_text("market", agents) + "\n" + acl_text("mall", {"mall.pi-1": True}))
    broker = start_mosquitto(f"acl_file {acl}")
    verdicts: dict[int, int] = {}

    def on_answer(mid: int, reason: ReasonCode) -> None:
        verdicts[mid] = reason.value

    endpoint = Endpoint(host="127.0.0.1", port=broker.port, client_id=agent, username=agent)
    connection = Connection(endpoint, MQTTProtocolVersion.MQTTv5, lambda *_: None, on_answer)
    await connection.open()
    mids = {}
    everywhere = ("sightings", "fixes", "stays", "health", "status", "down/ack", "down/tags")
    for store, other, leaf in itertools.product(
        ("market", "mall"), (*agents, "mall.pi-1"), everywhere
    ):
        name = f"instep/v1/{store}/{other}/{leaf}"
        mids[connection.publish(name, b"{}", 1).mid] = name
    await until(lambda: len(verdicts) == len(mids))
    await connection.close()
    granted = {name for mid, name in mids.items() if verdicts[mid] != NOT_AUTHORIZED}
    assert granted == {f"instep/v1/market/{agent}/{leaf}" for leaf in leaves}
