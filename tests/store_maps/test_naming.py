"""What a thing is called in one language or another."""

from store_maps.naming import name_in, names_of


def test_a_language_that_is_not_there_reads_what_stands_in_the_store() -> None:
    names = (("de", "Wein"), ("fr", "Vin"))
    assert [name_in(names, one, "Wine") for one in ("de", "fr", "en", "")] == [
        "Wein",
        "Vin",
        "Wine",
        "Wine",
    ]


def test_names_are_short_texts_under_a_languages_key() -> None:
    properties = {
        "name": "Wine",
        "name_de": "Wein",
        "name_gsw": "Wy",
        "name_DE": "no",
        "name_d": "no",
        "name_de_AT": "no",
        "name_fr": "",
        "name_it": None,
        "name_es": "vi\nno",
    }
    assert names_of(properties) == (("de", "Wein"), ("gsw", "Wy"))
