"""A message carries what a phone needs to judge it by its diet: the hub never learns the diet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hub_server.speaking_hub import Build, message, stores

MILK, OAT_DRINK = "1017", "1018"
LABELS = {MILK: ("vegetarian", "contains:milk"), OAT_DRINK: ("vegan", "contains:gluten")}


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


@pytest.mark.parametrize(
    ("names", "about"),
    [
        ({}, []),
        ({"items": [OAT_DRINK, MILK]}, [LABELS[OAT_DRINK], LABELS[MILK]]),
        ({"near": MILK}, [LABELS[MILK]]),
        ({"near": "bakery"}, []),  # a zone
    ],
)
def test_row_30_all_that_a_message_is_about_is_labelled(
    new_store: Build, names: dict[str, Any], about: list[tuple[str, ...]]
) -> None:
    store = new_store(message("a", **names))
    ada = store.shopper()
    (shown,) = store.hub.engine.page(ada.cookie).messages
    assert [one.attributes for one in shown.about] == about


def test_row_30_a_category_is_labelled_by_all_that_is_in_it(new_store: Build) -> None:
    store = new_store(message("a", categories=["milk"]))
    ada = store.shopper()
    store.hub.restart()
    (shown,) = store.hub.engine.page(ada.cookie).messages
    about = {one.attributes for one in shown.about}
    sold = store.hub.store.assortment
    assert set(LABELS.values()) <= about
    assert about == {sold.products[item].attributes for item in sold.items_in("milk")}
    assert shown.items == []
