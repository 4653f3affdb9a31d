"""Signed HTTP: Slack posts events, commands and interactivity to the app's address."""

import asyncio
import hashlib
import hmac
import json
import time
import urllib.parse
from dataclasses import dataclass

import aiohttp

from .delivery import Envelope, Outcome
from .shapes import Json, as_object

OK = 200


@dataclass(frozen=True, slots=True)
class Signed:
    """One request exactly as it went over the wire, to be sent again or tampered with."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def payload(self) -> Json | None:
        """What the acknowledgement carries; a plain text is the short form of a message."""
        if not self.text:
            return None
        try:
            decoded = as_object(json.loads(self.text))
        except ValueError:
            decoded = None
        return {"text": self.text} if decoded is None else decoded


class HttpMode:
    """Carries envelopes to `url`. `sent` keeps every request for replaying."""

    def __init__(self, url: str, signing_secret: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._secret = signing_secret
        self._session = session
        self.sent: list[Signed] = []

    def sign(
        self,
        body: bytes,
        content_type: str,
        *,
        secret: str | None = None,
        age: float = 0.0,
        more: dict[str, str] | None = None,
    ) -> Signed:
        """A request signed `age` seconds ago with the signing secret, or with a wrong one."""
        timestamp = str(int(time.time() - age))
        base = f"v0:{timestamp}:".encode() + body
        digest = hmac.new((secret or self._secret).encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest}",
        }
        return Signed(self.url, body, headers | (more or {}))

    async def post(self, signed: Signed) -> HttpAnswer:
        self.sent.append(signed)
        async with self._session.post(
            signed.url, data=signed.body, headers=signed.headers, allow_redirects=False
        ) as response:
            return HttpAnswer(response.status, await response.text(), dict(response.headers))

    async def resend(self, signed: Signed, *, secret: str | None = None, age: float | None = None) -> HttpAnswer:
        """An exact replay, or the same body with another signature or an older timestamp."""
        if secret is None and age is None:
            return await self.post(signed)
        fresh = self.sign(signed.body, signed.headers["Content-Type"], secret=secret, age=age or 0.0)
        return await self.post(fresh)

    async def verify(self) -> bool:
        """Slack's `url_verification`: whether the address answers with the challenge."""
        body = json.dumps({"type": "url_verification", "challenge": "c-4711", "token": "unused"}).encode()
        answer = await self.post(self.sign(body, "application/json"))
        echoed = answer.payload or {}
        return answer.status == OK and "c-4711" in {echoed.get("challenge"), echoed.get("text")}

    async def carry(self, envelope: Envelope, deadline: float) -> Outcome:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(deadline):
                answer = await self.post(self.sign(*_body(envelope), more=_retry_headers(envelope)))
        except TimeoutError:
            return Outcome(acked=False, reason="http_timeout")
        except (aiohttp.ClientError, ConnectionError):
            return Outcome(acked=False, reason="connection_failed")
        if answer.status != OK:
            return Outcome(acked=False, reason="http_error", no_retry=answer.headers.get("X-Slack-No-Retry") == "1")
        return Outcome(acked=True, payload=answer.payload, after=loop.time() - started)


def _body(envelope: Envelope) -> tuple[bytes, str]:
    form = "application/x-www-form-urlencoded"
    match envelope.kind:
        case "events_api":
            return json.dumps(envelope.payload).encode(), "application/json"
        case "slash_commands":
            return urllib.parse.urlencode(envelope.payload).encode(), form
        case "interactive":
            return urllib.parse.urlencode({"payload": json.dumps(envelope.payload)}).encode(), form


def _retry_headers(envelope: Envelope) -> dict[str, str]:
    if not envelope.retry:
        return {}
    return {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": envelope.retry_reason}
