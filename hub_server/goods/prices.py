"""A price as people read it: the sign of its currency, the marks of their language."""

from collections.abc import Mapping
from typing import Final

# The signs that everybody knows; every other currency is called by its code (ISO 4217).
SIGNS: Final[Mapping[str, str]] = {"EUR": "€", "GBP": "£", "JPY": "¥", "USD": "$"}
# How many decimals a currency has, where it is not two (ISO 4217, minor unit).
DECIMALS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0
    ),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
USUAL_DECIMALS: Final = 2
# German groups and separates the other way round, and the currency follows the number.
ENGLISH_TO_GERMAN: Final = str.maketrans(",.", ".,")
# No line breaks between a number and its currency.
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
# Where no sign tells that a number is a price.
CALLED: Final[Mapping[str, str]] = {"en": "price {price}", "de": "Preis {price}"}


def price_text(price: float, currency: str, language: str) -> str:
    """`price` with its currency; with an empty `currency`, the number alone."""
    number = f"{price:,.{DECIMALS.get(currency, USUAL_DECIMALS)}f}"
    sign = SIGNS.get(currency, currency)
    if language == "de":
        number = number.translate(ENGLISH_TO_GERMAN)
        return f"{number}{NO_BREAK}{sign}" if sign else number
    # A letter beside a digit reads badly: "CHF 1.29", but "€1.29".
    return f"{sign}{NO_BREAK}{number}" if sign.isalpha() else f"{sign}{number}"


def price_label(price: float, currency: str, language: str) -> str:
    """The same among other words: without a currency, it is called a price."""
    text = price_text(price, currency, language)
    return text if currency else CALLED.get(language, CALLED["en"]).format(price=text)
