"""Prices as people read them."""

import pytest

from hub_server.goods.prices import price_label, price_text


@pytest.mark.parametrize(
    ("price", "currency", "english", "german"),
    [
        (1.29, "EUR", "€1.29", "1,29\N{NO-BREAK SPACE}€"),
        (0.5, "GBP", "£0.50", "0,50\N{NO-BREAK SPACE}£"),
        (1234.5, "USD", "$1,234.50", "1.234,50\N{NO-BREAK SPACE}$"),
        (12, "CHF", "CHF\N{NO-BREAK SPACE}12.00", "12,00\N{NO-BREAK SPACE}CHF"),
        (1290, "JPY", "¥1,290", "1.290\N{NO-BREAK SPACE}¥"),
        (1.5, "KWD", "KWD\N{NO-BREAK SPACE}1.500", "1,500\N{NO-BREAK SPACE}KWD"),
        (1.29, "", "1.29", "1,29"),
    ],
)
def test_a_price_has_the_marks_of_its_readers(
    price: float, currency: str, english: str, german: str
) -> None:
    assert price_text(price, currency, "en") == english
    assert price_text(price, currency, "de") == german
    assert price_text(price, currency, "fr") == english, "who else reads, reads English"


def test_without_a_currency_a_number_is_called_a_price() -> None:
    assert price_label(1.29, "", "en") == price_label(1.29, "", "fr") == "price 1.29"
    assert price_label(1.29, "", "de") == "Preis 1,29"
    assert price_label(1.29, "EUR", "de") == "1,29\N{NO-BREAK SPACE}€"
