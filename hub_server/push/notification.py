"""What a phone shows on its lock screen: neutral words, an address of ours, ids and no names.

The form is declarative web push (webkit.org, "Declarative Web Push", 2025): Safari shows it by
itself, and our service worker reads the same JSON elsewhere. It travels encrypted (aes128gcm).
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from hub_server.campaign.words import NEUTRAL
from hub_server.visit.visits import Sent

Urgency = Literal["very-low", "low", "normal", "high"]
# The value that makes a browser show the message without a script: the number of the RFC.
WEB_PUSH: Final = 8030
# RFC 8030: at most 32 characters of base64url.
TOPIC_CHARS: Final = 32
# Chrome and Android show two; more are dropped there, which two nobody would know.
BUTTONS_MAX: Final = 2
# What waits for a phone that sleeps must be worth waking it (RFC 8030, 5.3): somebody who asked
# for help waits for the answer; a promotion can wait until the phone is awake for other reasons.
URGENCIES: Final[Mapping[str, Urgency]] = {
    "help": "high",
    "service": "high",
    "guide": "normal",
    "remind": "normal",
    "reassure": "normal",
    "inform": "normal",
    "delight": "low",
    "offer": "low",
}
BUTTONS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "add_to_list": "Add to list",
        "bring_it": "Bring it to me",
        "call_staff": "Call somebody",
        "route": "Show the way",
    },
    "de": {
        "add_to_list": "Auf die Liste",
        "bring_it": "Bringen lassen",
        "call_staff": "Jemanden rufen",
        "route": "Weg zeigen",
    },
}
# What a notification turns into once its button has done its work; `route` opens the page.
DONE: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "add_to_list": "It is on your list.",
        "bring_it": "Somebody brings it to you.",
        "call_staff": "Somebody comes to you.",
    },
    "de": {
        "add_to_list": "Steht auf Ihrer Liste.",
        "bring_it": "Wird Ihnen gebracht.",
        "call_staff": "Jemand kommt zu Ihnen.",
    },
}
_encode: Final = msgspec.json.Encoder().encode


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent."""

    body: bytes
    ttl_s: int
    urgency: Urgency
    topic: str


def body(sent: Sent, language: str, public_url: str) -> bytes:
    """The JSON that the phone gets."""
    title, text = NEUTRAL.get(language, NEUTRAL["en"])
    navigate = f"{public_url}/m/{sent.decision}"
    notification: dict[str, Any] = {
        "title": sent.lock_title or title,
        "body": sent.lock_text or text,
        "navigate": navigate,
        "lang": language,
        # The same message twice, after an answer that was lost, replaces itself on the phone.
        "tag": sent.decision,
        "data": {"decision": sent.decision, "done": _done(sent, language)},
        "actions": _actions(sent, language, navigate),
    }
    return _encode({"web_push": WEB_PUSH, "notification": notification, "mutable": True})


def _actions(sent: Sent, language: str, navigate: str) -> list[dict[str, str]]:
    words = BUTTONS.get(language, BUTTONS["en"])
    return [
        {"action": one, "title": words[one], "navigate": f"{navigate}#{one}"}
        for one in sent.buttons[:BUTTONS_MAX]
        if one in words
    ]


def _done(sent: Sent, language: str) -> dict[str, str]:
    words = DONE.get(language, DONE["en"])
    return {one: words[one] for one in sent.buttons[:BUTTONS_MAX] if one in words}


def topic(visit: str) -> str:
    """A visit's topic: what waits at the push service is replaced by what is newer.

    Hashed, since the push service can read it.
    """
    digest = hashlib.sha256(visit.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:TOPIC_CHARS]


def urgency(kind: str) -> Urgency:
    """How much a message of this kind may wake a phone."""
    return URGENCIES.get(kind, "normal")
