"""The door to campaigns: a file of version 1 still speaks as it did."""

import pytest

from hub_server import campaigns
from hub_server.decision.snapshot import ContextSnapshot
from tests.hub_server.written_campaigns import campaign, parsed, words

OLD = campaign(control_share=None, sponsor="Vineyard")


def test_what_the_door_shows_is_there() -> None:
    assert campaigns.__all__ == sorted(
        campaigns.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    assert all(hasattr(campaigns, name) for name in campaigns.__all__)


@pytest.mark.parametrize(
    ("language", "title", "text", "why"),
    [
        (
            "en",
            "Wine",
            "At Wine.",
            (
                "Because you are at Wine.",
                "For everyone who stops here, not picked for you.",
                "Not used: past purchases, who you are.",
                "We do not know you yet.",
                "Paid for by Vineyard.",
            ),
        ),
        (
            "de",
            "Wein",
            "Bei Wine.",
            (
                "Weil Sie bei Wine sind.",
                "Für alle, die hier stehen bleiben, nicht für Sie ausgesucht.",
                "Nicht verwendet: frühere Einkäufe, wer Sie sind.",
                "Wir kennen Sie noch nicht.",
                "Bezahlt von Vineyard.",
            ),
        ),
        (
            "fr",
            "Wine",
            "At Wine.",
            (
                "Because you are at Wine.",
                "For everyone who stops here, not picked for you.",
                "Not used: past purchases, who you are.",
                "We do not know you yet.",
                "Paid for by Vineyard.",
            ),
        ),
    ],
)
def test_words_in_the_shoppers_language(
    language: str, title: str, text: str, why: tuple[str, ...]
) -> None:
    (one,) = parsed(OLD, version=1)
    snapshot = ContextSnapshot(at_s=0.0, language=language, zone="wine", zone_name="Wine")
    found = campaigns.speak(one, snapshot)
    assert found is not None
    assert (found.title, found.text, found.why) == (title, text, why)


@pytest.mark.parametrize(
    ("slot", "filled"), [("dwell_s", "41"), ("waiting_s", "62"), ("visit_min", "12")]
)
def test_slots_that_only_version_1_may_use(slot: str, filled: str) -> None:
    old = campaign(control_share=None, words=words(text=f"<{{{slot}}}>"))
    (one,) = parsed(old, version=1)
    snapshot = ContextSnapshot(
        at_s=0.0, zone_name="Wine", dwell_s=41.4, waiting_s=61.7, visit_s=779.0
    )
    found = campaigns.speak(one, snapshot)
    assert found is not None
    assert found.text == f"<{filled}>"
