"""`hub-server campaign`, as an author types it."""

import json
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select

from hub_server.__main__ import main
from hub_server.campaign.schema import schema_text
from hub_server.records.tables import DECISIONS, VISITS
from store_maps import corner_market
from tests.hub_server.campaign.test_past import visits
from tests.hub_server.conftest import CAMPAIGNS, Hub
from tests.hub_server.written_campaigns import campaign, document

Out = pytest.CaptureFixture[str]
MAP = str(corner_market.path())
CONFIG = """
store = "corner-market"
map = "{map}"
campaigns = "{campaigns}"
database = "hub.db"
public_url = "https://store.example"
demo = true
operator = {{name = "Market", contact = "desk"}}
"""


def lines(out: str) -> list[str]:
    return out.splitlines()


def written(folder: Path, data: bytes) -> str:
    path = folder / "campaigns.json"
    path.write_bytes(data)
    return str(path)


def test_a_good_file_is_ok(capsys: Out) -> None:
    assert main(["campaign", "check", str(CAMPAIGNS), "--map", MAP]) == 0
    assert capsys.readouterr().out == "ok: 16 campaigns\n"


def test_what_is_allowed_and_should_be_known_is_noted(tmp_path: Path, capsys: Out) -> None:
    """Rows 43 and 77: no control, and who never has the first word."""
    file = written(
        tmp_path,
        document(
            campaign(id="a", control_share=None, no_control_because="the law wants it so"),
            campaign(id="b", usefulness=0.6),
        ),
    )
    assert main(["campaign", "check", file, "--map", MAP]) == 0
    out = lines(capsys.readouterr().out)
    assert out[0] == "ok: 2 campaigns"
    assert out[1].startswith("note: campaign a has no control, so no effect of it can be shown")
    assert out[2].startswith("note: campaign a never has the first word: wherever it fits, b fits")


def test_words_of_an_old_file_are_noted_those_of_a_new_one_refused(
    tmp_path: Path, capsys: Out
) -> None:
    """Row 81: place, phrase, why, and a better wording."""
    creepy = {"en": {"title": "Wine", "text": "We saw you.", "why": "Because you are here."}}
    old = campaign(words=creepy, control_share=None)
    assert (
        main(["campaign", "check", written(tmp_path, document(old, version=1)), "--map", MAP]) == 0
    )
    told = lines(capsys.readouterr().out)[-1]
    assert told.startswith("note: campaign wine-1, words.en.text: “We saw”: it tells people that")
    new = written(tmp_path, document(campaign(words=creepy)))
    assert main(["campaign", "check", new, "--map", MAP]) == 2
    assert capsys.readouterr().err.startswith(
        "campaign wine-1, words.en.text: do not say “We saw”: it tells people that they are "
        "watched; better: say what is at hand"
    )


def test_products_may_lie_elsewhere_or_nowhere(tmp_path: Path, capsys: Out) -> None:
    plan = tmp_path / "map.geojson"
    plan.write_bytes(corner_market.path().read_bytes())
    file = written(tmp_path, document(campaign(items=["9999"])))
    check = ["campaign", "check", file, "--map", str(plan)]
    assert main(check) == 0
    assert main([*check, "--products", str(corner_market.products_path())]) == 2
    assert "items: 9999, expected an item of the products" in capsys.readouterr().err


def test_the_schema_is_printed(capsys: Out) -> None:
    assert main(["campaign", "schema"]) == 0
    out = capsys.readouterr().out
    assert out == schema_text()
    assert json.loads(out)["$defs"]["Condition"]


def test_a_preview_shows_both_screens(capsys: Out) -> None:
    assert main(["campaign", "preview", str(CAMPAIGNS), "--map", MAP]) == 0
    out = capsys.readouterr().out
    assert "    locked  A note for your visit · Open it to read." in out
    assert "    page    Almonds, for everyone this week" in out
    assert "Zwei Tüten geröstete Mandeln für 5,00 € statt 6,40 €" in out


def config(hub: Hub) -> str:
    path = hub.settings.database.with_name("hub.toml")
    path.write_text(CONFIG.format(map=MAP, campaigns=CAMPAIGNS))
    return str(path)


def week(hub: Hub, visits_count: int, **moment: object) -> None:
    """So many visits, each with one moment like the first that a real one left."""
    visits(hub, 1)
    decision = hub.database.read(select(DECISIONS))[-1]._asdict()
    visit = hub.database.read(select(VISITS))[0]._asdict()
    snapshot = msgspec.json.decode(decision["snapshot"]) | moment
    for number in range(visits_count):
        name = f"v{number}"
        codes = {"visit": name, "visit_code": f"a{name}", "join_code": f"b{name}"}
        again = {"decision": f"d{number}", "visit": name, "snapshot": msgspec.json.encode(snapshot)}
        hub.database.write(
            insert(VISITS).values(visit | codes), insert(DECISIONS).values(decision | again)
        )


def test_a_backtest_counts_and_refuses_what_nags(hub: Hub, capsys: Out) -> None:
    """Row 43: exit 6 with the reason above the limit."""
    week(hub, 24, stage="leaving", zone="snacks", dwell_s=30.0, visit_s=900.0, said=())
    usual = ["--config", config(hub), "--days", "30000"]
    assert main(["campaign", "backtest", str(CAMPAIGNS), *usual, "--nag-max", "1"]) == 0
    out = lines(capsys.readouterr().out)
    assert out[0].endswith("of 25 visits in 30000 days")
    (almonds,) = (line for line in out if line.startswith("almonds "))
    assert almonds.split()[:4] == ["almonds", "24", "24", "100%"]
    assert almonds.endswith("at a busy moment 24")
    assert main(["campaign", "backtest", str(CAMPAIGNS), *usual]) == 6
    told = lines(capsys.readouterr().out)[-2:]
    assert told[0].startswith("refused: campaign almonds: 100% of 24 messages would have been nags")
    assert told[1].startswith("refused: all campaigns: ")
