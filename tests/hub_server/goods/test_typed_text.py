import pytest

from hub_server.goods.typed_text import one_line, without_amount


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("  two\n words\t", "two words"),
        ("a\x00b\u202ec", "a b c"),
        ("", ""),
        (None, ""),
        ("abcdef ghij", "abcdef"),
    ],
)
def test_what_is_typed_becomes_one_clean_line(typed: str | None, line: str) -> None:
    assert one_line(typed, 7 if typed == "abcdef ghij" else 80) == line


@pytest.mark.parametrize(
    ("typed", "thing"),
    [
        ("2 milk", "milk"),
        ("milk 2x", "milk"),
        ("500 g spaghetti", "spaghetti"),
        ("1,5 l Orangensaft", "Orangensaft"),
        ("3 Stück Bananen", "Bananen"),
        ("7up", "7up"),
        ("vitamin b12", "vitamin b12"),
    ],
)
def test_how_much_is_no_part_of_what(typed: str, thing: str) -> None:
    assert without_amount(typed) == thing
