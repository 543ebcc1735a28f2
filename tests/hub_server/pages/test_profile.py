"""The shopper's own page over HTTP: every route answers, refuses what it must, and is one tap."""

from typing import Any

import anyio
import httpx
import pytest

from hub_server.pages.app import build_app
from tests.hub_server.conftest import Hub

OWN = "1"
PASSWORD = "correct horse battery"  # noqa: S105 - of this test's own database


class Phone:
    """A phone whose page is open on a visit; asks and waits."""

    def __init__(self, hub: Hub, cart: str = "cart-1") -> None:
        self.hub = hub
        self._app = build_app(hub.engine)
        self.cookies = httpx.Cookies()
        (code,) = hub.carts(cart)
        assert self.post("yes", code=code, remember=True).status_code == 200

    def ask(self, method: str, path: str, body: object = None, own: str = "") -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            base = "https://store.example"
            async with httpx.AsyncClient(
                transport=transport, base_url=base, cookies=self.cookies
            ) as client:
                headers = {"x-instep": own} if own else {}
                found = await client.request(method, path, json=body, headers=headers)
                self.cookies = client.cookies
            return found

        return anyio.run(answer)

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.ask("POST", f"/api/phone/{path}", body, OWN)

    def get(self, path: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/api/phone/{path}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def delete(self, path: str) -> httpx.Response:
        return self.ask("DELETE", f"/api/phone/{path}", own=OWN)


@pytest.fixture
def phone(hub: Hub) -> Phone:
    return Phone(hub)


def test_a_mission_is_said_tap_by_tap_and_taken_back(phone: Phone) -> None:
    """Row 1: each part is optional, and what is not said stays unsaid."""
    assert phone.get("state")["mission"] == {
        "intent": None,
        "for_whom": None,
        "value": None,
        "minutes": None,
    }
    for tap in ({"intent": "gift"}, {"for_whom": "child"}, {"value": "price"}, {"minutes": 10}):
        assert phone.post("mission", **tap).json() == {"done": True}
    assert phone.get("state")["mission"] == {
        "intent": "gift",
        "for_whom": "child",
        "value": "price",
        "minutes": 10.0,
    }
    phone.hub.now_s += 240
    phone.post("mission", for_whom=None)
    mission = phone.get("state")["mission"]
    assert (mission["for_whom"], mission["minutes"]) == (None, 6.0)


@pytest.mark.parametrize(
    "body", [{"intent": "steal"}, {"for_whom": "men"}, {"value": "age"}, {"minutes": -1}]
)
def test_a_mission_of_other_words_is_refused(phone: Phone, body: dict[str, object]) -> None:
    assert phone.post("mission", **body).status_code == 400


def test_choices_are_shown_at_once_and_what_is_absent_stays(phone: Phone) -> None:
    phone.post("choices", plain=True, topics_off=["wine"])
    phone.post("choices", push=False)
    assert phone.get("state")["choices"] == {
        "plain": True,
        "alone_today": False,
        "push": False,
        "sensitive_ok": False,
        "surprises": False,
        "topics_off": ["wine"],
        "topics_less": [],
    }
    assert phone.post("choices", topics_off=["no such <topic>"]).status_code == 400


def test_the_page_says_what_is_known_and_each_part_can_be_taken_back(phone: Phone) -> None:
    """Row 35: nothing is known of somebody new, and the page says so."""
    page = phone.get("profile")
    assert (page["declared"], page["inferred"], page["evidence"]) == ([], [], 0)
    assert page["summary"].startswith("Nothing is concluded about you")
    phone.post(
        "choices", plain=True, alone_today=True, push=False, sensitive_ok=True, surprises=True
    )
    phone.post("choices", topics_off=["wine"], topics_less=["bread"])
    facts = [one["fact"] for one in phone.get("profile")["declared"]]
    choices = ["plain", "alone", "push", "sensitive_ok", "surprises"]
    assert facts == [*choices, "off:wine", "less:bread"]
    for fact in facts:
        assert phone.delete(f"facts/{fact}").json() == {"done": True}
    assert phone.get("profile")["declared"] == []
    assert phone.delete("facts/age:40").status_code == 404


def test_a_consent_receipt_says_what_is_given_and_what_for(phone: Phone) -> None:
    """Row 82: what you give, what you get, since when, by which words."""
    deals = {one["purpose"]: one for one in phone.get("profile")["deals"]}
    assert [one for one in deals if deals[one]["on"]] == ["locate", "message", "remember"]
    assert all(deal["give"] and deal["get"] for deal in deals.values())
    assert len(deals["locate"]["text_sha256"]) == 64
    assert deals["improve"]["since_ms"] is None
    phone.post("purposes", purpose="improve", on=True)
    assert phone.get("profile")["purposes"]["improve"]


def test_remember_me_can_be_given_and_taken_back_with_its_cookie(phone: Phone) -> None:
    gone = phone.post("purposes", purpose="remember", on=False)
    assert "max-age" not in gone.headers["set-cookie"].lower()
    back = phone.post("purposes", purpose="remember", on=True)
    assert "max-age=31536000" in back.headers["set-cookie"].lower()
    assert phone.get("state")["consent"]["remember"]


def test_the_rules_are_told_in_plain_words(phone: Phone) -> None:
    """Row 105: the shopper sees the active rules, and may add an idea."""
    answer = phone.get("rules")
    assert answer["language"] == "en"
    campaigns = {one.id for one in phone.hub.store.campaigns}
    assert {rule["campaign"] for rule in answer["rules"]} == campaigns
    assert all(rule["text"].endswith(".") for rule in answer["rules"])
    assert phone.post("words", text="Please more  bread\n").json() == {"done": True}
    assert phone.hub.query("SELECT text, campaign FROM ideas") == [("Please more bread", None)]
    assert phone.ask("GET", "/api/floor/ideas").status_code == 401


def test_what_is_switched_off_is_no_rule_in_force(phone: Phone) -> None:
    """Row 105: neither what a manager or guardrail paused, nor anything while all is off."""

    def in_force() -> list[str]:
        return [rule["campaign"] for rule in phone.get("rules")["rules"]]

    states, now_s = phone.hub.engine.rooms.states, phone.hub.now_s
    first, *others = in_force()
    states.pause(first, "test", "ada", now_s)
    assert in_force() == others
    states.kill(on=True, by="ada", now_s=now_s)
    assert in_force() == []
    states.kill(on=False, by="ada", now_s=now_s)
    states.resume(first)
    assert in_force() == [first, *others]


def test_an_export_is_a_file_and_nobody_elses(phone: Phone) -> None:
    answer = phone.ask("GET", "/api/phone/export")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.json()["tables"]["shoppers"][0]["remembered"] is True
    phone.cookies.clear()
    assert phone.ask("GET", "/api/phone/export").status_code == 404
    assert phone.ask("GET", "/api/phone/profile").status_code == 404


@pytest.mark.parametrize(
    "path", ["mission", "choices", "gift", "purposes", "words", "facts/owned:1001"]
)
def test_another_sites_form_changes_nothing(phone: Phone, path: str) -> None:
    assert phone.ask("POST", f"/api/phone/{path}", {}).status_code == 403


def test_a_gift_is_an_item_of_the_store(phone: Phone) -> None:
    assert phone.post("gift", item="1001", gift=True).json() == {"done": True}
    assert phone.post("gift", item="1001", gift=False).json() == {"done": True}
    assert phone.post("gift", item="no such item", gift=True).json()["code"] == "unknown_item"


def test_a_finding_can_be_called_wrong_and_that_taken_back(phone: Phone) -> None:
    """Row 49: declared beats inferred."""
    assert phone.post("facts/owned:1001", said="no").json() == {"done": True}
    (said,) = phone.get("profile")["declared"]
    assert (said["fact"], said["text"]) == ("owned:1001", "Not true, you said: You have Bananas.")
    phone.delete("facts/owned:1001")
    assert phone.get("profile")["declared"] == []
    assert phone.post("facts/wealth:high", said="no").status_code == 404


def test_between_visits_everything_but_the_visit_answers(phone: Phone) -> None:
    """The remembered shopper's page is there without a visit, too."""
    assert phone.post("leave").status_code == 200
    for path, body in (
        ("choices", {"plain": True}),
        ("gift", {"item": "1001", "gift": True}),
        ("facts/owned:1001", {"said": "no"}),
        ("words", {"text": "Thank you"}),
        ("purposes", {"purpose": "improve", "on": True}),
    ):
        assert phone.post(path, **body).json() == {"done": True}, path
    assert phone.delete("facts/owned:1001").status_code == 200
    assert phone.post("mission", intent="self").status_code == 404
    refused = phone.post("purposes", purpose="locate", on=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_visit")
    assert phone.get("profile")["declared"][0]["fact"] == "plain"


def test_a_customer_number_is_linked_and_parted(phone: Phone) -> None:
    assert phone.post("loyalty", number="4711 0815").json() == {"done": True}
    assert phone.get("profile")["loyalty"] == {"linked": True, "ends": None}
    assert phone.delete("loyalty").json() == {"done": True}
    assert not phone.get("profile")["loyalty"]["linked"]


def test_a_manager_reads_ideas(phone: Phone) -> None:
    """Row 38: the complaint is a ticket that staff can read."""
    phone.post("words", text="The bell is too quiet")
    phone.hub.engine.logins.add_user("ada", PASSWORD, 0)
    login = phone.ask("POST", "/api/login", {"user": "ada", "password": PASSWORD}, OWN)
    assert login.status_code == 200, login.text
    (idea,) = phone.ask("GET", "/api/floor/ideas").json()["ideas"]
    assert (idea["text"], idea["campaign"]) == ("The bell is too quiet", None)
