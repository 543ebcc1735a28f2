"""A map without campaigns has one guide a leaf zone."""

from hub_server import campaigns
from hub_server.campaigns import guides_document, notices, speak
from hub_server.decision.snapshot import ContextSnapshot
from tests.hub_server.written_campaigns import MARKET


def test_guides_for_a_map_without_campaigns() -> None:
    """Never in sensitive, restroom, checkout or quiet zones; in words that keep to every rule."""
    guides = campaigns.parse(guides_document(MARKET), MARKET)
    assert [guide.for_zone for guide in guides] == ["wine", "bakery"]
    assert {guide.kind for guide in guides} == {"guide"}
    assert len({guide.id for guide in guides}) == 2
    assert notices(guides) == ()
    there = ContextSnapshot(at_s=0.0, zone="bakery", zone_name="Bakery", dwell_s=9.0)
    assert [guide.fits(there) for guide in guides] == [False, True]
    found = speak(guides[1], there)
    assert found is not None
    assert found.title == "Bakery"
    assert found.text.startswith("You are here: Bakery.")
    assert found.why[0] == "Because you are at Bakery."
