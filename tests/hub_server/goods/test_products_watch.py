import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
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
    told: list[tuple[int, int, bool]] = []

    def worked_out(products: Mapping[str, Product]) -> Callable[[], None]:
        """The work is the reader's; what it comes to is told once the products are sold."""
        is_reader = threading.current_thread() is not threading.main_thread()
        return lambda: told.append((len(products), len(sold), is_reader))

    watch.on_new.append(worked_out)
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
    assert told == [(2, 2, True), (1, 1, True)]
    assert watch.sentences() == []


def test_a_store_without_products_looks_at_nothing() -> None:
    watch = ProductsWatch(None, Assortment())
    watch.step(NOW_S)
    watch.wait()
    assert watch.sentences() == []


def test_what_cannot_be_worked_out_is_told_and_the_old_products_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "products.csv"
    write(path, "item,category\n1,tea\n", 0)
    sold = Assortment()
    watch = ProductsWatch(path, sold)

    def fails(_: Mapping[str, Product]) -> Callable[[], None]:
        raise KeyError

    watch.on_new.append(fails)
    write(path, "item,category\n2,tea\n", 1)
    watch.step(NOW_S)
    watch.wait()
    assert len(sold) == 0
    assert "KeyError; our fault, see the log; the products of before stay" in watch.sentences()[0]
    assert "newer products could not be prepared" in caplog.text
