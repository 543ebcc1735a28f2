"""Row 75: why nothing was said tells neither what a present is nor that there is one."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hub_server.decide import GateResult
from hub_server.message.whys import without_gifts
from tests.hub_server.speaking_hub import Build, message, stores


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def test_a_silence_over_a_gift_reads_as_if_nothing_fitted(build: Build) -> None:
    store = build(message("milk", items=["1017"], topic="dairy"))
    ada = store.shopper("pasta")
    store.hub.engine.rooms.gifts.say(ada.cookie, "1017", gift=True)
    store.hub.linger(ada, "produce", 2)
    silences = store.hub.query("SELECT decision FROM decisions WHERE code = 'gift'")
    assert silences
    for (decision,) in silences:
        why = store.hub.engine.why(str(decision))
        assert why.code == "nothing_fits"
        assert "milk" not in {one.campaign for one in why.gates}
    exported = store.hub.engine.rooms.export.of(ada.cookie).tables["decisions"]
    assert len(exported) >= len(silences)
    assert b"gift" not in msgspec.json.encode(exported)


def test_an_emptied_message_is_in_no_export(build: Build) -> None:
    store = build(message("milk", items=["1017"], topic="dairy"))
    ada = store.shopper()
    store.see(ada)
    store.hub.engine.rooms.gifts.say(ada.cookie, "1017", gift=True)
    assert store.hub.query("SELECT count(*) FROM decisions WHERE outcome = 'send'") == [(1,)]
    exported = store.hub.engine.rooms.export.of(ada.cookie).tables["decisions"]
    assert [one for one in exported if one["outcome"] == "send"] == []


def test_what_else_was_asked_stays() -> None:
    open_ = GateResult("consent", True, "")
    milk = [GateResult("bought", True, "", "milk"), GateResult("gift", False, "so", "milk")]
    wine = GateResult("muted", False, "so", "wine")
    assert without_gifts("gift", (open_, *milk, wine)) == ("nothing_fits", (open_, wine))
    assert without_gifts("muted", (open_, wine)) == ("muted", (open_, wine))
