"""What a text says of a product is what the shelf says today."""

import msgspec

from hub_server.campaigns import mark, speak, with_products
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.goods.assortment import Range
from tests.hub_server.conftest import Hub
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


def test_what_it_leads_to_is_as_private_as_what_it_is_about() -> None:
    """Row 75: a gift's name stands in no text, not even as the place to go to."""
    (one,) = parsed(campaign(near="1053", words=words(text="Beside {near_name}")))
    assert {mark("1053", SALT), mark("wine", SALT)} <= one.digests
    (private,) = parsed(campaign(near="1067"))
    assert private.sensitive


def test_a_product_that_left_can_no_longer_be_named() -> None:
    (one,) = parsed(campaign(items=["1053"], words=words(text="{product}")))
    (bare,) = with_products([one], {}, SALT)
    assert speak(bare, HERE) is None
    assert bare.digests == {mark("1053", SALT)}


def test_a_running_hub_quotes_the_new_price(hub: Hub) -> None:
    """A newer products.csv is sold from the next decision on, under a set of rules of its own."""
    speaker, store = hub.engine.speaker, hub.store
    before = speaker.rule_set
    old = store.assortment.products
    dearer = [msgspec.structs.replace(one, price=(one.price or 0.0) + 1.0) for one in old.values()]
    store.assortment.put(Range(dearer))
    for worked_out in hub.engine.rooms.supply.products.on_new:
        worked_out(store.assortment.products)()
    (croissant,) = (one for one in speaker.campaigns if one.id == "while-you-wait")
    assert croissant.goods["1011"].price == 2.3
    assert speaker.rule_set != before
    assert hub.query("select count(*) from rule_sets") == [(2,)]
