"""One push: encrypted and signed by pywebpush, carried by our wire, its answer as a verdict."""

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import aiohttp
import http_ece
import msgspec
from pywebpush import WebPushException, webpush_async

from hub_server.push.guard import EndpointRefused, place_of
from hub_server.push.keys import PushKey
from hub_server.push.notification import Urgency
from hub_server.push.subscriptions import Subscription
from hub_server.push.wire import Wire

# RFC 8030 asks 201; some services answer 200 or 202.
GONE: Final = frozenset({404, 410})
TOO_MANY: Final = 429
# Where a service says "too many" and not until when.
REST_S: Final = 10.0
# A header must not switch push off for ever, nor make us knock without pause.
REST_MIN_S: Final = 1.0
REST_MAX_S: Final = 86_400.0

Settled = Literal["accepted", "gone", "refused", "cancelled", "expired"]


class Verdict(msgspec.Struct, frozen=True):
    """What came of one try."""

    state: Settled
    """Where it is not tried again, that is its end."""
    code: str
    again: bool = False
    """Worth another try."""
    rest_s: float = 0.0
    """So long the whole host wants to be left alone."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent."""

    body: bytes
    ttl_s: int
    urgency: Urgency
    topic: str


class Sender:
    """Sends to any push service that passes the guard."""

    def __init__(self, wire: Wire, key: PushKey, subject: str, clock: Callable[[], float]) -> None:
        self._wire = wire
        self._key = key
        self._subject = subject
        self._clock = clock

    async def send(self, subscription: Subscription, message: Message) -> Verdict:
        """Try once. Never raises for what a phone or a push service does."""
        try:
            await self._post(subscription, message)
        except EndpointRefused:
            return Verdict("refused", "endpoint")
        except WebPushException as error:
            return self._answered(error)
        except TimeoutError:
            # Five seconds of the message's life are gone and the host hangs: no second try.
            return Verdict("refused", "timeout")
        except (aiohttp.ClientError, OSError):
            # Whether it came through is unknown; topic and tag make two of it one on the phone.
            return Verdict("refused", "connection", again=True)
        except (http_ece.ECEException, ValueError):
            return Verdict("refused", "keys")
        return Verdict("accepted", "accepted")

    async def _post(self, subscription: Subscription, message: Message) -> None:
        place = place_of(subscription.endpoint, self._wire.services)
        await webpush_async(
            subscription.info(),
            message.body,
            self._key,
            self._key.claims(place.audience, self._subject),
            ttl=message.ttl_s,
            headers={"Urgency": message.urgency, "Topic": message.topic},
            aiohttp_session=self._wire,
        )

    def _answered(self, error: WebPushException) -> Verdict:
        status = error.status_code
        if status is None:
            return Verdict("refused", "keys")
        code = f"http_{status}"
        if status in GONE:
            return Verdict("gone", code)
        headers = error.response.headers
        if status == TOO_MANY or (status >= 500 and "Retry-After" in headers):  # noqa: PLR2004 - HTTP
            return Verdict("refused", code, again=True, rest_s=rest_s(headers, self._clock()))
        return Verdict("refused", code, again=status >= 500)  # noqa: PLR2004 - HTTP


def rest_s(headers: Mapping[str, Any], now_s: float) -> float:
    """How long a service wants to be left alone: seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    text = str(headers.get("Retry-After", ""))
    if text.isascii() and text.isdigit():
        wanted_s = float(text)
    else:
        until = _date(text)
        wanted_s = REST_S if until is None else until.timestamp() - now_s
    return min(max(wanted_s, REST_MIN_S), REST_MAX_S)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
