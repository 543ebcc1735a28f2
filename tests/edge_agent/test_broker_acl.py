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
        "topic write instep/v1/market/market.pi-2/fixes\n"
        "topic write instep/v1/market/market.pi-2/stays\n"
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


async def test_mosquitto_refuses_every_foreign_write(
    start_mosquitto: StartBroker, tmp_path: Path
) -> None:
    acl = tmp_path / "acl"
    stores = {"market": "market.pi-1", "mall": "mall.pi-1"}
    acl.write_text("\n".join(acl_text(store, {one: True}) for store, one in stores.items()))
    broker = start_mosquitto(f"acl_file {acl}")
    verdicts: dict[int, int] = {}

    def on_answer(mid: int, reason: ReasonCode) -> None:
        verdicts[mid] = reason.value

    endpoint = Endpoint(
        host="127.0.0.1", port=broker.port, client_id="market.pi-1", username="market.pi-1"
    )
    connection = Connection(endpoint, MQTTProtocolVersion.MQTTv5, lambda *_: None, on_answer)
    await connection.open()
    mids = {}
    agents = ("market.pi-1", "market.pi-2", "mall.pi-1")
    leaves = ("sightings", "fixes", "stays", "health", "status", "down/ack", "down/tags")
    for store, agent, leaf in itertools.product(stores, agents, leaves):
        name = f"instep/v1/{store}/{agent}/{leaf}"
        mids[connection.publish(name, b"{}", 1).mid] = name
    await until(lambda: len(verdicts) == len(mids))
    await connection.close()
    granted = {name for mid, name in mids.items() if verdicts[mid] != NOT_AUTHORIZED}
    own = "instep/v1/market/market.pi-1"
    assert granted == {f"{own}/{leaf}" for leaf in leaves if not leaf.startswith("down")}
