"""What a text says of a product is what the shelf says today."""

import msgspec

from hub_server.campaigns import mark, speak, with_products
from hub_server.snapshot import ContextSnapshot
from tests.hub_server.written_campaigns import SALT, SOLD, campaign, parsed, words

HERE = ContextSnapshot(at_s=0.0, zone="wine", zone_name="Wine", wanted_items=("1053",))


def test_a_price_that_changed_is_the_new_one() -> None:
    """DESIGN: no price but the shelf's; a message never quotes yesterday's."""
    found = parsed(
        campaign(items=["1053", "1054"], words=words(text="{product}, {price}")),
        campaign(id="list", about="wanted_items", words=words(text="{product}, {price}")),
        campaign(id="near", near="1053", words=words(text="At {near_name}")),
        campaign(id="zone", near="wine", words=words(text="At {near_name}")),
    )
    sold = SOLD | {"1053": msgspec.structs.replace(SOLD["1053"], name="Riesling", price=9.9)}
    renewed = with_products(found, sold, SALT)
    texts = [said.text for one in renewed if (said := speak(one, HERE)) is not None]
    assert texts == ["Riesling, 9.90", "Riesling, 9.90", "At Riesling", "At Wine"]
    assert [one.price for one in renewed] == [9.9, None, None, None]
    assert [one.id for one in renewed] == [one.id for one in found]


def test_what_became_sensitive_is_and_what_was_stays() -> None:
    """Row 7."""
    (one,) = parsed(campaign(items=["1053"]))
    private = SOLD | {"1053": msgspec.structs.replace(SOLD["1053"], sensitive=True)}
    (hidden,) = with_products([one], private, SALT)
    assert hidden.sensitive
    (still,) = with_products([hidden], SOLD, SALT)
    assert still.sensitive


def test_a_product_that_left_can_no_longer_be_named() -> None:
    (one,) = parsed(campaign(items=["1053"], words=words(text="{product}")))
    (bare,) = with_products([one], {}, SALT)
    assert speak(bare, HERE) is None
    assert bare.digests == {mark("1053", SALT)}
