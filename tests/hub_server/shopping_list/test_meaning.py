"""Which product a line means: none where two fit as well."""

import pytest

from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.shopping_list.meaning import meant

SOLD = Assortment(
    [
        Product(item="drink", name="Oat drink, 1 l", category="milk alternatives"),
        Product(item="flakes", name="Oat flakes, 500 g", category="cereal"),
        Product(
            item="fine", name="Oat flakes, fine and soft", category="porridge", variant_of="flakes"
        ),
        Product(item="butter", name="Butter, 250 g", category="dairy", names=(("de", "Butter"),)),
        Product(item="croissant", name="Butter croissant", category="cake"),
        Product(item="dry", name="Riesling", category="wine"),
        Product(item="red", name="Pinot noir", category="wine"),
        Product(item="left", name="Glove"),
        Product(item="right", name="Glove"),
    ]
)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("oats", None),
        ("oat drink", "drink"),
        ("oat flakes", "flakes"),
        ("butter", "butter"),
        ("2 butter", "butter"),
        ("Butter croissant", "croissant"),
        ("wine", "dry"),
        ("glove", None),
        ("buttre", None),
        ("bicycle", None),
    ],
)
def test_a_line_means_a_product_where_no_other_fits_as_well(text: str, item: str | None) -> None:
    """Rows 23 and 99: "oats" is not for sure the drink."""
    matches = SOLD.matches(text) or SOLD.matches(text.removeprefix("2 "))
    found = meant(text, matches, SOLD)
    assert (None if found is None else found.item) == item
