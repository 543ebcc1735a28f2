import os
from pathlib import Path

from hub_server.goods.assortment import Assortment
from hub_server.goods.products_watch import ProductsWatch

NOW_S = 1_790_000_000.0


def write(path: Path, text: str, number: int) -> None:
    path.write_text(text)
    os.utime(path, (NOW_S + number, NOW_S + number))


def test_a_newer_file_is_taken_up_and_a_broken_one_is_told(tmp_path: Path) -> None:
    """Row 87: what is sold and in stock follows the retailer's file."""
    path = tmp_path / "products.csv"
    write(path, "item,category,stock\n1,tea,5\n", 0)
    sold = Assortment()
    watch = ProductsWatch(path, sold)
    told: list[int] = []
    watch.on_new.append(lambda: told.append(len(sold)))
    watch.step(NOW_S)
    watch.wait()
    assert len(sold) == 0
    write(path, "item,category,stock\n1,tea,0\n2,tea,3\n", 1)
    watch.step(NOW_S + 30)
    watch.wait()
    assert len(sold) == 0
    watch.step(NOW_S + 60)
    watch.wait()
    assert sold.shelf(["1", "2"], NOW_S).out == ("1",)
    write(path, "item\n", 2)
    watch.step(NOW_S + 120)
    watch.wait()
    assert len(sold) == 2
    (line,) = watch.sentences()
    assert "no column category" in line
    assert line.endswith("the products of before stay")
    path.unlink()
    watch.step(NOW_S + 180)
    watch.wait()
    assert "No such file" in watch.sentences()[0]
    write(path, "item,category\n3,tea\n", 3)
    watch.step(NOW_S + 240)
    watch.wait()
    assert sold.items_in("tea") == ("3",)
    assert told == [2, 1]
    assert watch.sentences() == []


def test_a_store_without_products_looks_at_nothing() -> None:
    watch = ProductsWatch(None, Assortment())
    watch.step(NOW_S)
    watch.wait()
    assert watch.sentences() == []
