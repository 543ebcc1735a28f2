from itertools import permutations
from pathlib import Path

import pytest

from hub_server.goods.assortment import Assortment, Range
from hub_server.goods.products import PRODUCTS_MAX, Product, read
from store_maps import corner_market

DAY_S = 86_400.0
NOW_S = 1_000_000.0


def product(item: str, **values: object) -> Product:
    given: dict[str, object] = {
        "name": f"Thing {item}",
        "price": 2.0,
        "stock": 5,
        "stock_at_s": NOW_S,
        "category": "things",
    }
    return Product(item=item, **{**given, **values})  # type: ignore[arg-type]


def names(products: tuple[Product, ...]) -> list[str]:
    return [one.item for one in products]


def test_products_are_known_by_item_and_category() -> None:
    sold = Assortment([product("a", durable=True, horizon_days=30), product("b", sensitive=True)])
    assert len(sold) == 2
    assert set(sold.products) == {"a", "b"}
    assert sold.product("x") is None
    assert sold.category("a") == "things"
    assert sold.items_in("things") == ("a", "b")
    assert sold.items_in("none") == ()
    assert (sold.is_durable("a"), sold.is_durable("b"), sold.is_durable("x")) == (
        True,
        False,
        False,
    )
    assert (sold.is_sensitive("b"), sold.is_sensitive("x")) == (True, False)
    assert sold.is_sensitive_category("things")
    assert (sold.horizon_days("a"), sold.horizon_days("x")) == (30, 365)


def test_each_label_of_items_and_categories_is_told_once() -> None:
    """Row 30: the phone judges by them; what is not known says nothing of itself."""
    milk, oats = ("contains:milk",), ("vegan", "contains:gluten")
    sold = Assortment(
        [
            product("milk", attributes=milk, category="dairy"),
            product("quark", attributes=milk, category="dairy"),
            product("oats", attributes=oats),
            product("sponge"),
        ]
    )
    assert sold.labels([], []) == []
    assert sold.labels(["milk", "oats", "quark"], []) == [milk, oats]
    assert sold.labels(["oats"], ["dairy", "none"]) == [milk, oats]
    assert sold.labels(["stranger"], ["things"]) == [(), oats]


def test_stock_that_is_too_old_is_unknown_and_none_is_out() -> None:
    """Row 87: stock 0 is never offered, nor what was counted too long ago."""
    sold = Assortment(
        [
            product("full"),
            product("out", stock=0),
            product("old", stock_at_s=NOW_S - DAY_S - 1),
            product("old-out", stock=0, stock_at_s=NOW_S - DAY_S - 1),
            product("dateless", stock_at_s=None),
            product("silent", stock=None),
        ]
    )
    shelf = sold.shelf([*sold.products, "stranger"], NOW_S)
    assert shelf.out == ("out",)
    assert shelf.unknown == ("old", "old-out", "silent", "stranger")
    states = [sold.stock_of(one, NOW_S) for one in ("full", "out", "old", "dateless")]
    assert states == ["in", "out", "unknown", "in"]


def test_none_is_left_of_what_is_sold_no_more() -> None:
    """Row 87: what no file ever knew is unknown; what left the file cannot be had."""
    sold = Assortment([product("a"), product("b")])
    sold.put(Range([product("b")]))
    assert sold.shelf(["a", "b", "stranger"], NOW_S).out == ("a",)
    assert sold.stock_of("a", NOW_S) == "out"
    sold.restock({"a": 5}, NOW_S)
    assert sold.stock_of("a", NOW_S) == "out", "whatever a feed counts"
    sold.put(Range([product("c")]))
    assert sold.shelf(["a", "b"], NOW_S).out == ("a", "b")
    sold.put(Range([product("a")]))
    assert sold.stock_of("a", NOW_S) == "in"


def test_a_newer_count_replaces_an_older_one() -> None:
    sold = Assortment([product("a"), product("b", stock=None)])
    sold.restock({"a": 0, "b": 3, "stranger": 1}, NOW_S + 60)
    sold.restock({"a": 9}, NOW_S + 30)
    assert sold.stock("a", NOW_S + 60) == 0
    assert sold.stock("b", NOW_S + 60) == 3
    assert sold.stock("stranger", NOW_S + 60) is None


def test_counts_that_overtake_each_other_end_alike() -> None:
    """Rows 78 and 87: sold out, then an older count comes: the next file does not undo it."""
    counted = product("a", stock_at_s=NOW_S - 60)
    counts = [(NOW_S + 60, 0), (NOW_S + 30, 9), (NOW_S, 3)]
    for order in permutations(counts):
        sold = Assortment([counted])
        for at_s, count in order:
            sold.restock({"a": count}, at_s)
        sold.put(Range([counted]))
        assert sold.stock("a", NOW_S + 60) == 0


def test_a_newer_file_is_sold_and_a_later_count_outlives_it() -> None:
    sold = Assortment([product("a"), product("b")])
    assert sold.version == 1
    sold.restock({"a": 0}, NOW_S + 60)
    assert sold.version == 2
    sold.restock({"b": 0}, NOW_S - 60)
    sold.put(Range([product("a", name="New", stock_at_s=NOW_S + 30), product("b"), product("c")]))
    assert [one.name for one in sold.find("new")] == ["New"]
    assert (sold.stock("a", NOW_S + 60), sold.stock("b", NOW_S + 60)) == (0, 5)
    assert sold.items_in("things") == ("a", "b", "c")


def test_when_it_is_out_something_that_serves_is_named() -> None:
    """Row 87: substitutes: variants first, then the category by price, all of them there."""
    sold = Assortment(
        [
            product("milk", stock=0, attributes=("vegetarian",)),
            product("oat", variant_of="milk", price=3.0, attributes=("vegan",)),
            product("soy", variant_of="milk", stock=0, attributes=("vegan",)),
            product("goat", price=2.2, attributes=("vegetarian",)),
            product("ham", price=2.0),
            product("far", price=9.0, attributes=("vegetarian",)),
        ]
    )
    assert names(sold.substitutes("milk", NOW_S)) == ["oat", "goat", "far"]
    assert names(sold.substitutes("milk", NOW_S, limit=1)) == ["oat"]
    assert sold.substitutes("stranger", NOW_S) == ()


def test_a_substitute_that_contains_no_more_is_named_first() -> None:
    sold = Assortment(
        [
            product("own", attributes=("vegan", "contains:soy")),
            product("same", attributes=("vegan", "contains:soy")),
            product("clean", attributes=("vegan", "contains:none")),
            product("nuts", attributes=("vegan", "contains:nuts")),
            product("unknown", attributes=("vegan",)),
            product("meat", attributes=("contains:none",)),
        ]
    )
    assert names(sold.substitutes("own", NOW_S, 5)) == ["clean", "same", "nuts", "unknown"]


def test_a_cheaper_variant_is_named_where_there_is_one() -> None:
    """Row 100: long before the shelf, put off by the price: the alternative, not a discount."""
    sold = Assortment(
        [
            product("brand", price=5.0, attributes=("vegan",)),
            product("own", variant_of="brand", price=3.0, attributes=("vegan",)),
            product("least", variant_of="brand", price=2.0),
            product("gone", variant_of="own", price=1.0, stock=0, attributes=("vegan",)),
            product("free", price=None),
        ]
    )
    assert names(sold.variants("brand")) == ["gone", "least", "own"]
    cheaper = sold.cheaper("brand", NOW_S)
    assert cheaper is not None
    assert cheaper.item == "own"
    assert sold.cheaper("own", NOW_S) is None
    assert sold.cheaper("free", NOW_S) is None
    assert sold.cheaper("stranger", NOW_S) is None
    assert sold.variants("stranger") == ()


def test_variants_of_an_item_that_is_not_sold_and_of_each_other_are_one_family() -> None:
    sold = Assortment(
        [
            product("s", variant_of="shirt"),
            product("m", variant_of="shirt"),
            product("x", variant_of="y"),
            product("y", variant_of="x"),
        ]
    )
    assert names(sold.variants("s")) == ["m"]
    assert names(sold.variants("x")) == ["y"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("tothpaste", "1047"),
        ("ROSE", "1055"),
        ("1047", "1047"),
        ("paste too", "1047"),
        ("bicycle", None),
        ("wine", "1053"),
        ("Wein", "1053"),
        ("milk", "1017"),
        ("Milch", "1017"),
        ("Bananen", "1001"),
        ("gluten free pasta", "1030"),
        ("glutenfreie Nudeln", "1030"),
    ],
)
def test_the_market_is_searched(text: str, first: str | None) -> None:
    """Row 23: what a shopper types finds the product."""
    sold = Assortment(read(Path(corner_market.products_path())))
    found = sold.find(text, 3)
    assert (found[0].item if found else None) == first
    assert len(found) <= 3


def test_a_count_of_a_day_to_come_says_nothing() -> None:
    """Row 7: a file's wrong year is not believed until then."""
    sold = Assortment([Product(item="i", name="i", stock=4, stock_at_s=253_370_764_800.0)])
    assert sold.stock_of("i", 1_790_000_000.0) == "unknown"


def test_counts_of_what_is_not_sold_are_kept_up_to_a_number() -> None:
    sold = Assortment([Product(item="i", name="i")])
    sold.restock({f"x{number}": 1 for number in range(PRODUCTS_MAX)}, 1.0)
    sold.restock({"y": 1, "x0": 2}, 2.0)
    sold.put(Range([Product(item="x0", name="x"), Product(item="y", name="y")]))
    assert (sold.stock("x0", 2.0), sold.stock("y", 2.0)) == (2, None)


def test_a_chain_of_variants_is_walked_once() -> None:
    """A file of one long chain took minutes; and a ring is a family."""
    count = 20_000
    chain = [product(f"{n}", variant_of=f"{n + 1}") for n in range(count)]
    found = Range(chain)
    assert list(found.families) == [f"{count}"]
    ring = Range(
        [product("c", variant_of="a"), product("a", variant_of="b"), product("b", variant_of="a")]
    )
    assert ring.families == {"a": ["c", "a", "b"]}


def test_milk_is_all_milks_and_no_croissant() -> None:
    """Row 23: by category, too; what it contains is not what it is."""
    sold = Assortment(read(Path(corner_market.products_path())))
    assert names(sold.find("milk")) == ["1017", "1018", "1021"]
    assert [one.is_sure for one in sold.matches("1047")] == [True]
