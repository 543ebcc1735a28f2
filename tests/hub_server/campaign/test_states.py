"""Paused by its readers, by a manager or by one switch for all; a restart changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hub_server import __main__ as command
from hub_server.campaign.states import REREAD_S
from hub_server.decision.limits import Limits
from hub_server.impact.guardrails import COUNTED, Guardrails
from hub_server.views.hub import Refused
from tests.hub_server.speaking_hub import Build, Store, message, stores


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


@pytest.fixture
def store(new_store: Build) -> Store:
    return new_store(message("hello"), message("other", usefulness=0.5))


def answer(store: Store, what: str, count: int, campaign: str = "hello") -> None:
    tallies = store.hub.engine.speaker.tallies
    with tallies.keeping():
        tallies.add(what, campaign, store.hub.now_s, count)


def test_bad_answers_pause_a_campaign_until_a_manager_lets_it_speak_rows_39_and_48(
    store: Store,
) -> None:
    """Rows 39 and 48: dismissals trip the switch with a reason, and a restart keeps it."""
    states = store.hub.engine.rooms.states
    answer(store, "guard_shown", 40)
    store.hub.pass_s(1)
    assert states.off == {}
    answer(store, "guard_dismissed", 40)
    store.hub.pass_s(1)
    assert states.off["hello"].by == "guardrail"
    why = "100% of those who saw it put it away; the limit is 67%."
    assert states.off["hello"].reason == why
    assert f"campaign hello is paused: {why}" in store.hub.engine.rooms.alarms(store.hub.now_s)
    session = store.shopper()
    assert store.titles(session) == ["other"]
    store.hub.restart()
    store.hub.agent_up()
    states = store.hub.engine.rooms.states
    store.hub.pass_s(1)
    assert states.off.keys() == {"hello"}
    states.resume("hello")
    store.hub.pass_s(1)
    assert states.off == {}
    assert all("hello" not in store.counted(what) for what in COUNTED)
    store.hub.restart()
    store.hub.pass_s(1)
    assert store.hub.engine.rooms.states.off == {}


def test_dismissals_of_real_messages_stop_their_campaign(new_store: Build) -> None:
    rails = Guardrails(dismissed_share_max=0.05)
    store = new_store(message("hello"), guardrails=rails)
    for _ in range(11):
        session = store.shopper()
        if not store.titles(session):
            break
        store.see(session)
        store.see(session, "dismissed")
    store.hub.pass_s(1)
    assert store.hub.engine.rooms.states.off["hello"].by == "guardrail"
    assert store.titles(store.shopper()) == []


def test_one_switch_stops_everything_and_takes_back_what_is_unseen(store: Store) -> None:
    session, states = store.shopper(), store.hub.engine.rooms.states
    states.kill(on=True, by="ada", now_s=store.hub.now_s)
    assert states.killed is not None
    assert states.killed.by == "ada"
    assert states.alarms() == ["all messages are switched off by ada"]
    store.hub.pass_s(1)
    assert store.titles(session) == []
    assert store.titles(store.shopper()) == []
    states.kill(on=False, by="ada", now_s=store.hub.now_s)
    assert states.killed is None
    assert store.titles(store.shopper()) == ["hello"]


def test_a_campaign_that_is_not_there_cannot_be_switched(store: Store) -> None:
    states = store.hub.engine.rooms.states
    with pytest.raises(Refused, match="no campaign"):
        states.pause("nothing", "loud", "ada", store.hub.now_s)
    with pytest.raises(Refused, match="no campaign"):
        states.resume("*")


def test_ops_stops_a_running_hub_from_the_command_line(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = store.hub.settings
    config = tmp_path / "hub.toml"
    config.write_text(
        f'store = "{settings.store}"\nmap = "{settings.map}"\ncampaigns = "{settings.campaigns}"\n'
        f'database = "{settings.database}"\npublic_url = "https://store.example"\n'
        '[operator]\nname = "Corner Market"\ncontact = "desk@store.example"\n'
    )
    session = store.shopper()
    assert command.main(["kill", "on", str(config)]) == 0
    store.hub.pass_s(1)
    assert store.titles(session) == []
    killed = store.hub.engine.rooms.states.killed
    assert killed is not None
    assert killed.by == "ops"
    assert command.main(["kill", "off", str(config)]) == 0
    store.hub.pass_s(1)
    assert store.hub.engine.rooms.states.killed is None
    assert "nothing is said" in capsys.readouterr().out


def test_offers_wait_until_enough_else_was_said_and_old_days_count_no_more(
    new_store: Build,
) -> None:
    store = new_store(message("offer", "offer"), message("help", usefulness=0.3))
    states = store.hub.engine.rooms.states
    assert not states.is_offers_share_used()
    strict = new_store(message("offer", "offer"), limits=Limits(first_visit_s=0.0))
    states = strict.hub.engine.rooms.states
    assert states.is_offers_share_used()
    answer(strict, "said_kind", 2, "help")
    assert not states.is_offers_share_used()
    strict.hub.pass_s(1)
    assert not strict.hub.engine.speaker.moments.switches.offers_full
    strict.hub.now_s += 32 * 86_400
    strict.hub.pass_s(1)
    assert strict.hub.engine.speaker.moments.switches.offers_full
    assert REREAD_S < 86_400


def test_in_thirty_days_offers_keep_to_their_share_row_9(new_store: Build) -> None:
    """Row 9: most of what wants to be said sells; a third at most of what is said does."""
    store = new_store(message("offer", "offer"), limits=Limits(first_visit_s=0.0))
    states, tallies = store.hub.engine.rooms.states, store.hub.engine.speaker.tallies
    rng = np.random.default_rng(9)
    said: list[bool] = []
    for _ in range(30):
        store.hub.now_s += 86_400
        states.step(store.hub.now_s)
        for sells in rng.random(8) < 0.7:
            if sells and states.is_offers_share_used():
                continue
            said.append(bool(sells))
            with tallies.keeping():
                tallies.add("said_kind", "offer" if sells else "help", store.hub.now_s)
            assert sum(said) <= len(said) / 3
    assert sum(said) > len(said) / 4
