"""A browser without script, as far as HTTP goes: it keeps cookies and sends forms from the page it is on."""

import json
import re
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp


class Visitor:
    """One person in one browser."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url.rstrip("/")
        self.name = name
        self.page = ""
        self.token = ""
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=aiohttp.ClientTimeout(total=10)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    @property
    def origin(self) -> str:
        return self.url

    async def look(self, where: str = "/c/kindness") -> str:
        """The page of a channel, as this person."""
        async with self.session.get(f"{self.url}{where}", params={"as": self.name}) as answer:
            self.page = await answer.text()
        if found := re.search(r'name="token" value="([0-9a-f]{64})"', self.page):
            self.token = found[1]
        return self.page

    async def send(
        self, path: str, fields: dict[str, Any], headers: dict[str, str] | None = None, **more: Any
    ) -> tuple[int, str]:
        """Send a form; the status and the text of what comes back, redirects not followed."""
        data = {"as": self.name, "channel": "kindness", "token": self.token, **fields}
        headers = {"Origin": self.origin} if headers is None else headers
        async with self.session.post(
            f"{self.url}{path}", data=data, headers=headers, allow_redirects=False, **more
        ) as answer:
            return answer.status, await answer.text()

    async def act(self, path: str, **fields: Any) -> str:
        """Send a form that is carried out, and return the page it leads to."""
        status, text = await self.send(path, fields)
        assert status == 303, text
        return await self.look()

    async def events(self, since: int = 0, **headers: str) -> AsyncIterator[tuple[str, Any, str]]:
        """The live stream: name, data and id of each event."""
        address = f"{self.url}/live?as={self.name}&channel=kindness&since={since}"
        async with self.session.get(address, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            event: dict[str, str] = {}
            async for raw in answer.content:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                elif "data" in event:
                    yield event["event"], json.loads(event["data"]), event.get("id", "")
                    event = {}

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0
