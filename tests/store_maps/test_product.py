import pytest

from store_maps.product import COLUMNS, Product, ProductError, read_products

HEAD = ",".join(COLUMNS)
ROW = "7,Olive oil,,9.90,3,2026-11-02T06:00:00Z,oil,false,false,vegan;organic,pasta,1.5,2,L0"


def test_a_row_is_a_product() -> None:
    assert read_products(f"{HEAD},colour\n{ROW},green\n") == (
        Product(
            item="7",
            name="Olive oil",
            price=9.9,
            stock=3,
            stock_at="2026-11-02T06:00:00Z",
            category="oil",
            attributes=("vegan", "organic"),
            zone="pasta",
            x_m=1.5,
            y_m=2,
            level="L0",
        ),
    )
    assert read_products(f"{HEAD}\n8,Salt,,0.5,,,salt,,,,pasta,1,2,L0\n")[0].stock is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("item,name\n1,2\n", "line 1: no column variant_of, price, stock, "),
        ("", "line 1: no column item, name, "),
        (f"{HEAD}\n{ROW}\n{ROW.replace('9.90', 'cheap')}", "line 3: Expected `float`"),
        (f"{HEAD}\n{ROW.replace('Olive oil', '')}", "line 2: Object missing required field `name`"),
        (f"{HEAD}\n{ROW.replace('1.5', 'nan')}", "line 2: a number that is not finite; expected"),
        (f"{HEAD}\n7", "line 2: Object missing required field"),
        (f'{HEAD}\n"{"x" * 200_000}"', "line 1: field larger than field limit (131072); expected"),
    ],
    ids=["columns", "empty", "price", "name", "nan", "short", "huge"],
)
def test_a_bad_file_says_which_line(text: str, expected: str) -> None:
    with pytest.raises(ProductError) as refused:
        read_products(text)
    assert str(refused.value).startswith(expected)
