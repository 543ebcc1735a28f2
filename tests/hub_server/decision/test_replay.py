"""FEATURES 3: a stored decision, made again by the rules of its time, is the same to the byte."""

import msgspec
import pytest

from hub_server.__main__ import main
from hub_server.decide import decide
from hub_server.decision import rule_records
from hub_server.decision.limits import LIMITS, Limits
from hub_server.decision.replay import Difference, columns, differences
from hub_server.decision.snapshot import ContextSnapshot
from tests.hub_server.conftest import Hub
from tests.hub_server.test_main import write
from tests.hub_server.wine_moment import GOOD, but, made

DAY_S = 86_400.0
RULES = made({}, {"usefulness": 0.4, "topic": "bread"})


class Row(msgspec.Struct):
    """A row of table `decisions`, as far as it is compared."""

    outcome: str
    code: str
    campaign: str | None
    kind: str | None
    topic: str | None
    for_zone: str | None
    title: str | None
    text: str | None
    why: bytes
    gates: bytes
    snapshot: bytes


def row_of(snapshot: ContextSnapshot) -> Row:
    return msgspec.convert(columns(decide(snapshot, RULES), snapshot), Row)


@pytest.mark.parametrize(
    "moment", [GOOD, but(holdout=True), but(muted_topics=("wine",)), but(channel=None)]
)
def test_row_3_the_same_snapshot_and_rules_give_the_same_bytes(moment: ContextSnapshot) -> None:
    assert differences(row_of(moment), RULES, LIMITS) == ()


def test_what_differs_is_named_with_both() -> None:
    row = row_of(GOOD)
    found = differences(row, RULES[1:], LIMITS)
    assert found[:2] == (Difference("campaign", "c1", "c2"), Difference("topic", "wine", "bread"))
    strict = differences(row, RULES, Limits(zone_p_min=0.99))
    assert {one.column for one in strict} >= {"outcome", "code", "title", "why", "gates"}
    assert next(one for one in strict if one.column == "title") == Difference(
        "title", "Wine", "None"
    )


def test_of_a_row_that_was_emptied_for_a_gift_the_rest_is_compared() -> None:
    row = row_of(GOOD)
    row.title = row.text = ""
    row.why = row.gates = b"[]"
    assert differences(row, RULES, LIMITS) == ()
    row.code = "muted"
    assert [one.column for one in differences(row, RULES, LIMITS)] == ["code"]


def test_a_snapshot_that_this_version_cannot_read_is_a_difference() -> None:
    row = row_of(GOOD)
    row.snapshot = b'{"at_s": "noon"}'
    (found,) = differences(row, RULES, LIMITS)
    assert (found.column, found.stored) == ("snapshot", '{"at_s": "noon"}')
    assert "Expected `float`" in found.again


@pytest.fixture
def walked(hub: Hub) -> Hub:
    """A hub in which somebody walked about, and everything was decided that could be."""
    session = hub.yes(hub.carts("cart-1")[0])
    hub.agent_up()
    for zone in ("produce", "pasta", "produce"):
        hub.enter(hub.handle(session), zone)
        hub.linger(session, zone, 40)
    hub.close()
    return hub


def replayed(hub: Hub, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    folder = hub.settings.database.parent
    code = main(["replay", write(folder, "demo = true")])
    return code, capsys.readouterr().out


def test_row_3_every_decision_of_a_store_is_made_again(
    walked: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = replayed(walked, capsys)
    walked.open()
    made = walked.query("select outcome from decisions where rule_set is not null")
    count = len(made)
    assert count > 3
    assert ("send",) in made
    assert (code, out) == (0, f"{count} decisions decided again: {count} the same, 0 otherwise\n")


def test_a_decision_that_comes_out_otherwise_is_shown_and_the_exit_code_says_so(
    walked: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_server.decision.replay_commands.ROWS", 2)
    monkeypatch.setattr("hub_server.decision.replay_commands.SHOWN_MAX", 1)
    walked.open()
    walked.run("update decisions set code = 'zzz' where rule_set is not null")
    walked.run(
        "update decisions set rule_set = null "
        "where decision = (select min(decision) from decisions)"
    )
    walked.close()
    code, out = replayed(walked, capsys)
    assert code == 6
    lines = out.splitlines()
    assert lines[0].endswith(", code, from character 0:")
    assert lines[1] == "  stored zzz"
    assert "0 the same" in lines[-2]
    assert lines[-1].startswith("1 have no rules of their own")
    walked.open()


def test_rules_are_kept_once(hub: Hub) -> None:
    house = hub.engine.rooms.house
    first = rule_records.keep(house, RULES, LIMITS)
    assert rule_records.keep(house, RULES, LIMITS) == first
    assert rule_records.keep(house, RULES[1:], LIMITS) != first
    ((count,),) = hub.query("select count(*) from rule_sets")
    assert count == 3, "the hub's own, and two"


def test_rules_that_come_back_are_kept_until_they_decide(hub: Hub) -> None:
    """Without their row, what they decide next could not be decided again."""
    house, now_s = hub.engine.rooms.house, hub.now_s
    first = rule_records.keep(house, RULES, LIMITS)
    hub.now_s += DAY_S
    rule_records.keep(house, RULES[1:], LIMITS)
    hub.now_s += DAY_S
    assert rule_records.keep(house, RULES, LIMITS) == first
    hub.now_s = now_s + 40 * DAY_S
    hub.engine.tick()
    assert (first,) in hub.query("select sha256 from rule_sets")
