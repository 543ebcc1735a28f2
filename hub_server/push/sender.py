"""One push: encrypted and signed by pywebpush, carried by our wire, its answer as a verdict."""

from collections.abc import Callable
from typing import Final

import aiohttp
import http_ece
from pywebpush import WebPushException, webpush_async

from hub_server.push.guard import EndpointRefused, place_of
from hub_server.push.keys import PushKey
from hub_server.push.notification import Message
from hub_server.push.subscriptions import Subscription
from hub_server.push.verdict import Verdict, rest_s
from hub_server.push.wire import Wire

# RFC 8030 asks 201; some services answer 200 or 202.
GONE: Final = frozenset({404, 410})
TOO_MANY: Final = 429


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
