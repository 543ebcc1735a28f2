"""A push service on loopback (RFC 8030, 8291, 8292), and the browsers that subscribed to it.

It speaks TLS with a certificate of its own, checks signature and headers, answers as it is told,
and decrypts with each browser's key what it got.
"""

import asyncio
import base64
import datetime as dt
import ipaddress
import json
import os
import ssl
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

import http_ece
import msgspec
from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from hub_server.push.guard import Services

HOSTS: Final = ("one.push.test", "two.push.test")
DAY_S: Final = 86_400
BODY_BYTES_MAX: Final = 4096
TOPIC_CHARS_MAX: Final = 32
URGENCIES: Final = {"very-low", "low", "normal", "high"}
LOOPBACK: Final = "127.0.0.1"
TAKEN: Final = 201


def text(data: bytes) -> str:
    """Base64url, as browsers write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def data(of: str) -> bytes:
    """Base64url read."""
    return base64.urlsafe_b64decode(of + "=" * (-len(of) % 4))


class Browser:
    """One browser's subscription, with the keys that only it has."""

    def __init__(self, number: int, origin: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.name = f"b{number}"
        self.endpoint = f"{origin}/push/{self.name}"

    @property
    def p256dh(self) -> str:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return text(point)

    @property
    def json(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` gives it."""
        keys = {"p256dh": self.p256dh, "auth": text(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys}

    def read(self, body: bytes) -> dict[str, Any]:
        """What was sent to this browser alone."""
        clear = http_ece.decrypt(
            body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        found: dict[str, Any] = json.loads(clear)
        return found


class Told(msgspec.Struct):
    """How to answer one post: a status, or not at all."""

    status: int = TAKEN
    headers: dict[str, str] = {}
    hangs: bool = False
    body: bytes = b""


class Got(msgspec.Struct):
    """One post that was right in every point."""

    browser: str
    host: str
    ttl_s: int
    urgency: str
    topic: str
    body: bytes


class PushService:
    """Listens on loopback; `services` is what a hub must be told to reach it."""

    def __init__(self, hosts: Sequence[str] = HOSTS) -> None:
        self.hosts = tuple(hosts)
        self.got: list[Got] = []
        self.wrong: list[str] = []
        self.posts_count = 0
        self.told: dict[str, deque[Told]] = {}
        """By browser, or by host; the first is taken off at each post, but the last one stays."""
        self._browsers: dict[str, Browser] = {}
        self._certificate, key = certificate(self.hosts)
        with tempfile.TemporaryDirectory() as folder:
            pem = Path(folder) / "pem"
            pem.write_text(self._certificate + key)
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(pem)
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._never = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/push/{browser}", self._push)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, self.port, ssl_context=self._tls)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._never.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def services(self, **changes: Any) -> Services:  # noqa: ANN401 - fields of Services
        """Push services as a hub sees them here."""
        return msgspec.structs.replace(
            Services(
                hosts=self.hosts,
                port=self.port,
                is_reachable=lambda address: address == LOOPBACK,
                resolve=lambda _host, _port: [LOOPBACK],
                ca_pem=self._certificate,
                post_s=1.0,
            ),
            **changes,
        )

    def browser(self, host: str = HOSTS[0]) -> Browser:
        """A browser that has just subscribed at `host`."""
        found = Browser(len(self._browsers), f"https://{host}:{self.port}")
        self._browsers[found.name] = found
        return found

    def tell(self, who: str, *answers: Told) -> None:
        """How to answer the next posts to a browser or a host; the last answer goes on."""
        self.told[who] = deque(answers)

    def read(self, browser: Browser) -> list[dict[str, Any]]:
        """What a browser got, decrypted, oldest first."""
        return [browser.read(one.body) for one in self.got if one.browser == browser.name]

    async def _push(self, request: web.Request) -> web.Response:
        self.posts_count += 1
        host = request.url.host or ""
        name = request.match_info["browser"]
        told = self._next(name) or self._next(host) or Told()
        body = await request.read()
        if told.hangs:
            await self._never.wait()
            return web.Response(status=503)
        if told.status != TAKEN:
            return web.Response(status=told.status, headers=told.headers, body=told.body)
        fault = faults(request, body)
        if fault is not None:
            self.wrong.append(fault)
            return web.Response(status=400)
        headers = request.headers
        ttl_s, urgency = int(headers["TTL"]), headers["Urgency"]
        self.got.append(Got(name, host, ttl_s, urgency, headers["Topic"], body))
        return web.Response(status=TAKEN)

    def _next(self, who: str) -> Told | None:
        answers = self.told.get(who)
        if not answers:
            return None
        return answers.popleft() if len(answers) > 1 else answers[0]


def faults(request: web.Request, body: bytes) -> str | None:
    """What a real service would refuse, or None."""
    headers = request.headers
    topic = headers.get("Topic", "")
    checks = {
        "ttl": headers.get("TTL", "").isdigit(),
        "urgency": headers.get("Urgency", "normal") in URGENCIES,
        "topic": len(topic) <= TOPIC_CHARS_MAX
        and topic.replace("-", "").replace("_", "").isalnum(),
        "encoding": headers.get("Content-Encoding") == "aes128gcm",
        "length": 0 < len(body) <= BODY_BYTES_MAX,
        "signature": is_signed(headers.get("Authorization", ""), request.host),
    }
    return next((name for name, is_right in checks.items() if not is_right), None)


def is_signed(authorization: str, host: str) -> bool:
    """Whether RFC 8292 is kept: key, signature, audience, expiry, subject."""
    scheme, _, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "vapid" or not {"t", "k"} <= parts.keys():
        return False
    head, claims, signature = parts["t"].split(".")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data(parts["k"]))
    raw = data(signature)
    pair = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    try:
        signed = f"{head}.{claims}".encode()
        public.verify(encode_dss_signature(*pair), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    said: dict[str, Any] = json.loads(data(claims))
    lives = said["exp"] - time.time() <= DAY_S
    is_named = str(said["sub"]).startswith(("mailto:", "https:"))
    return bool(lives and is_named and said["aud"] == f"https://{host}")


def certificate(hosts: Sequence[str]) -> tuple[str, str]:
    """A certificate of its own authority for `hosts`, and its key; both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push.test")])
    names = [x509.DNSName(host) for host in hosts]
    address = x509.IPAddress(ipaddress.ip_address(LOOPBACK))
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([*names, address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return made.public_bytes(Encoding.PEM).decode(), pem
