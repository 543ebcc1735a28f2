"""What of a text tells of a product."""

from unicodedata import normalize

import pytest

from hub_server.goods.named_in_text import telling_words, traces_of
from hub_server.goods.products import Product

SET = Product(
    item="GX1",
    name=normalize("NFD", "Großmutters Café-Service"),
    category="tableware",
    names=(("en", "Grandmother's coffee set"),),
)
CUP = Product(item="GX2", name="Großmutters Tasse", category="tableware")
BEANS = Product(item="1010", name="Coffee beans, 1000 g", category="coffee")
OWN = Product(item="77", name="TV 55")
SOLD = (SET, CUP, BEANS, OWN)
telling = telling_words(SOLD)


def test_a_word_of_one_category_tells_and_one_of_several_does_not() -> None:
    assert telling == {
        "GX1": {"grossmutters", "cafe", "service", "grandmother"},
        "GX2": {"grossmutters", "tasse"},
        "1010": {"beans"},
        "77": frozenset(),
    }


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("gx1, please", True),
        ("GROẞMUTTERS CAFÉ-SERVICE", True),
        (normalize("NFC", "ein Café-Service"), True),
        ("the grandmother's one for Ada", True),
        ("Grandmother's hand-pain…", True),
        ("coffee", False),
        ("the set of six", False),
        ("decaf", False),
        ("", False),
    ],
)
def test_a_text_tells_by_id_name_or_telling_word(text: str, *, tells: bool) -> None:
    assert traces_of([SET, None], telling).are_in(text) is tells


def test_a_name_without_telling_words_tells_whole() -> None:
    assert traces_of([OWN], telling).are_in("a TV 55 for him")
    assert not traces_of([OWN], telling).are_in("a TV")


def test_of_nothing_nothing_tells() -> None:
    assert not traces_of([], telling).are_in("anything")
