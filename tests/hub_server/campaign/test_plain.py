"""What an author reads when a file is refused: plain words, line and column, once who mends it."""

from typing import Annotated

import msgspec
import pytest

from hub_server import campaigns
from hub_server.campaign.plain import meant, not_json, plain
from hub_server.campaigns import CampaignError
from tests.hub_server.written_campaigns import MARKET, campaign, document, fault_of, parsed, words


def told(data: bytes) -> list[str]:
    """The lines of a refusal."""
    with pytest.raises(CampaignError) as caught:
        campaigns.parse(data, MARKET)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (
            b'{"format": "campaigns",\n "version": 2\n "campaigns": []}',
            "line 3, column 2: expected",
        ),
        ('{"ä": "ö"\n "b"}'.encode(), "line 2, column 2: expected ',' or '}'"),
        ('{"äöü" 1}'.encode(), "line 1, column 8: expected ':'"),
        (b'{\n"a": 1', "line 2, column 7: it ends too early"),
        (b'{\n"\xff": 1}', "line 1, column 1: no UTF-8"),
        (b"\n[1,]", "line 2, column 4: trailing comma in array"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_json_is_told_by_line_and_column(data: bytes, line: str) -> None:
    first, who = told(data)
    assert first.startswith(f"campaigns file: not JSON, {line}")
    assert who == "campaign author must mend it"


def test_the_place_of_broken_utf_8_is_that_of_the_byte() -> None:
    data = 'ä\n "\udcff'.encode("utf-8", "surrogateescape")
    error = UnicodeDecodeError("utf-8", data, 5, 6, "invalid start byte")
    assert not_json(data, error) == "line 2, column 3: no UTF-8"


def test_every_line_is_a_sentence_and_the_last_says_who() -> None:
    data = document(
        campaign(id=None, usefulnes=0.5, colour="red", words=words(title="Hurry, wine!")),
    )
    assert told(data) == [
        "campaign #1, colour: no field is called so",
        "campaign #1, usefulnes: no field is called so; did you mean usefulness?",
        "campaign #1, id: missing: every campaign has one",
        (
            "campaign #1, words.en.title: do not say “Hurry”: it presses people who are in no "
            "hurry; better: say until when it holds: “until Saturday” / “bis Samstag”"
        ),
        "campaign author must mend these 4",
    ]


def test_a_field_of_version_2_is_said_to_be_one() -> None:
    with pytest.raises(CampaignError) as caught:
        parsed(campaign(control_share=None, near="wine"), version=1)
    (problem,) = caught.value.problems
    assert problem.line == (
        "campaign wine-1, near: version 1 of the format has no such field, 2 has"
    )
    assert (problem.value, problem.who) == ('"wine"', "campaign author")


def test_a_slot_that_there_is_not_shows_those_that_this_version_takes() -> None:
    """Version 2 has no stopwatch, a locked phone nothing but the store's name."""
    _, expected = fault_of(words=words(text="For {prize}."))
    assert "{price}" in expected
    assert expected.endswith("; did you mean price?")
    assert "dwell_s" not in expected
    _, expected = fault_of(words=words(lock_text="{prize}"))
    assert expected == "only the slots {store_name}"
    with pytest.raises(CampaignError) as caught:
        parsed(campaign(control_share=None, words=words(text="{prize}")), version=1)
    assert "{dwell_s}" in caught.value.problems[0].expected


Short = Annotated[str, msgspec.Meta(pattern="^x+$")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Expected `str` of length >= 10", ("", "a text of at least 10 characters")),
        ("Expected `str | null`, got `int` - at `$[0].of`", ("[0].of", None)),
        ("Expected `str`, got `ext`", ("", "a text, not ext")),
        ("Expected `str` matching regex '^x+$'", ("", "a text of the form ^x+$")),
        ("Object contains unknown field `foo` - at `$[...]`", ("[...]", None)),
        ("Something new", ("", "Something new")),
    ],
)
def test_what_the_decoder_says_is_plain(text: str, expected: tuple[str, str | None]) -> None:
    path, words_ = plain(msgspec.ValidationError(text), Short)
    assert path == expected[0]
    assert "`" not in words_
    assert expected[1] in {None, words_}


def test_a_name_like_no_other_is_not_guessed_at() -> None:
    assert meant("colour", ["usefulness", "kind"]) == ""
    assert meant("knd", ["usefulness", "kind"]) == "; did you mean kind?"
