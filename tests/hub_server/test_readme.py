"""What the hub's README says of campaigns and identities is what the code takes."""

from pathlib import Path

import pytest

from edge_agent import advertisement
from hub_server import campaigns
from hub_server.decision import catalogue
from store_maps import corner_market

README = (Path(__file__).parents[2] / "hub_server" / "README.md").read_text()


def test_the_example_is_a_campaign() -> None:
    (example,) = (block for block in README.split("```json\n")[1:] if '"campaigns"' in block)
    (one,) = campaigns.parse(example.split("```")[0].encode(), corner_market.load())
    assert one.kind == "help"


@pytest.mark.parametrize("name", catalogue.FIELDS)
def test_every_field_of_a_condition_is_named(name: str) -> None:
    assert f"| `{name}`" in README


@pytest.mark.parametrize("name", campaigns.SLOTS)
def test_every_slot_of_a_text_is_named(name: str) -> None:
    assert f"`{{{name}}}`" in README


def test_the_example_of_an_identity_is_what_a_beacon_gives() -> None:
    """Apple's proximity layout: 02 15, uuid, major 1, minor 17, power."""
    uuid = "f7826da64fa24e988024bc5b71e0893e"
    data = bytes.fromhex(f"0215{uuid}00010011c5")
    heard = advertisement.parse({0x004C: data}, {})
    assert heard is not None
    assert f"`{heard.identity}`" in README
