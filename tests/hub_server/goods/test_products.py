from pathlib import Path

import pytest

from hub_server.goods.products import ProductsError, read
from store_maps import corner_market

HEAD = (
    "item,name,variant_of,price,stock,stock_at,category,durable,sensitive,attributes,"
    "zone,x_m,y_m,level,horizon_days,colour\n"
)


def write(folder: Path, text: str) -> Path:
    path = folder / "products.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_column_is_read_and_others_are_left(tmp_path: Path) -> None:
    row = (
        '8,"Salt, fine",7,0.59,3,2026-11-02T06:00:00Z,salt,true,no,vegan; fair ,pasta,1,2,L0,90,red'
    )
    (salt,) = read(write(tmp_path, "\ufeff" + HEAD + row + "\n"))
    assert (salt.item, salt.name, salt.variant_of, salt.price) == ("8", "Salt, fine", "7", 0.59)
    assert (salt.stock, salt.stock_at_s) == (3, 1_793_599_200.0)
    assert (salt.category, salt.durable, salt.sensitive) == ("salt", True, False)
    assert salt.attributes == ("vegan", "fair")
    assert (salt.zone, salt.x_m, salt.y_m, salt.level) == ("pasta", 1.0, 2.0, "L0")
    assert salt.horizon_days == 90


def test_an_empty_field_says_nothing_and_two_columns_are_enough(tmp_path: Path) -> None:
    (tea,) = read(write(tmp_path, "item,category\n1,tea\n"))
    assert (tea.name, tea.price, tea.stock, tea.horizon_days) == ("1", None, None, 365)
    (less,) = read(write(tmp_path, "item,category,stock\n1,tea,-2\n"))
    assert less.stock == 0


def test_the_market_is_read_whole() -> None:
    assert len(read(corner_market.products_path())) == 69


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "no column item, category; expected CSV with item and category"),
        ("item,category\n1,tea\n1,jam\n", "line 3: item is '1'; expected each once; line 2"),
        ("item,category\n,tea\n", "line 2: item is ''; expected an item's id"),
        ("item,category,price\n1,tea,cheap\n", "price is 'cheap'; expected a number from 0"),
        ("item,category,price\n1,tea,-1\n", "price is '-1'; expected a number from 0"),
        ("item,category,x_m\n1,tea,inf\n", "x_m is 'inf'; expected a number; ops"),
        ("item,category,durable\n1,tea,maybe\n", "durable is 'maybe'; expected true or false"),
        ("item,category,stock_at\n1,tea,noon\n", "stock_at is 'noon'; expected RFC 3339"),
        ("item,category,stock_at\n1,tea,2026-01-01T00:00:00\n", "expected RFC 3339 with an"),
        ("item,category\n1,t\x07\n", "expected at most 64 printable characters"),
        ('item,category\n1,"tea\n', ": unexpected end of data; expected CSV"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ProductsError) as refused:
        read(write(tmp_path, text))
    assert says in str(refused.value)
    assert str(refused.value).endswith("ops mends the file")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProductsError, match=r"absent\.csv: No such file"):
        read(tmp_path / "absent.csv")
    (tmp_path / "bytes.csv").write_bytes(b"item,category\n\xff\xfe,tea\n")
    with pytest.raises(ProductsError, match="byte 14 is no UTF-8"):
        read(tmp_path / "bytes.csv")


def test_more_products_than_any_store_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_server.goods.products.PRODUCTS_MAX", 1)
    with pytest.raises(ProductsError, match="at most 1 products"):
        read(write(tmp_path, "item,category\n1,tea\n2,tea\n"))


def test_a_name_in_each_language_and_other_words(tmp_path: Path) -> None:
    text = "item,category,name,name_de,name_fr,words\n1,tea,Tea,Tee,,Chai; brew \n2,jam,Jam\n"
    tea, jam = read(write(tmp_path, text))
    assert (tea.name_in("de"), tea.name_in("fr"), tea.name_in("")) == ("Tee", "Tea", "Tea")
    assert tea.words == ("Chai", "brew")
    assert (jam.names, jam.words) == ((), ())
    with pytest.raises(ProductsError, match="name_de is 'T"):
        read(write(tmp_path, "item,category,name_de\n1,tea,T\x07\n"))
    (odd,) = read(write(tmp_path, "item,category\n1,tea,more,cells\n"))
    assert odd.names == ()


def test_the_market_has_a_german_name_of_each() -> None:
    products = read(corner_market.products_path())
    assert all(len(one.name_in("de")) <= 30 and dict(one.names)["de"] for one in products)
