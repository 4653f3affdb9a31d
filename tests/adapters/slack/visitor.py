"""Many workspaces: an adapter on a database, and somebody with a browser who installs Kindling."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, Self, cast

import aiohttp
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.adapter import SlackAdapter
from adapters.slack.settings import SlackSettings
from bot.app import Kindling, Surroundings
from bot.runtime.vault import vault
from tests.adapters.slack.workspace import QUICK, Door
from tests.standins.slack import Json, SlackStandIn, Team


@dataclass
class MovedClock:
    """The stand-in's clock."""

    slack: SlackStandIn

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.slack.clock.now(), UTC)


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        return html.unescape(found[1]) if found else ""


def many_settings(slack: SlackStandIn, **more: Any) -> SlackSettings:
    given: dict[str, Any] = {"client_id": slack.client_id, "client_secret": slack.client_secret, "port": 0}
    given |= {"app_token": slack.app_token, "api_url": f"{slack.url}/api/"}
    return SlackSettings.model_validate(given | more)


@dataclass
class Hall:
    """Kindling for many workspaces, on one database; may be left and entered again."""

    slack: SlackStandIn
    engine: AsyncEngine
    keys: list[str] = field(default_factory=list[str])
    door: Door = field(default_factory=Door)
    senders: int = 1

    def adapter(self, **more: Any) -> SlackAdapter:
        """One process's adapter, not open."""
        here = Surroundings(
            MovedClock(self.slack),
            (),
            Path(),
            engine=self.engine,
            vault=vault(self.keys),
            senders=self.senders,
        )
        return SlackAdapter(many_settings(self.slack, **more), here, QUICK)

    @asynccontextmanager
    async def sending(self, **more: Any) -> AsyncIterator[SlackAdapter]:
        """An adapter that sends and does not listen, as a worker's."""
        adapter = self.adapter(**more)
        await adapter.open()
        try:
            yield adapter
        finally:
            await adapter.close()

    @asynccontextmanager
    async def listening(self, **more: Any) -> AsyncIterator[SlackAdapter]:
        async with self.sending(**more) as adapter:
            before = len(self.door.named("connected"))
            task = asyncio.create_task(adapter.listen(cast("Kindling", self.door)))
            try:
                await self.door.until("connected", before + 1)
                self.slack.consent.redirect_urls = [adapter.install_address.replace("install", "oauth_redirect")]
                if more.get("mode") == "http":
                    await self.slack.deliver_to(adapter.address)
                yield adapter
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                self.slack.http = None

    async def rows(self, table: str = "slack_bots") -> list[Json]:
        async with self.engine.connect() as connection:
            found = await connection.execute(text(f"SELECT * FROM {table} ORDER BY id"))  # noqa: S608 -- our own name
            return [dict(row) for row in found.mappings()]

    async def installed(self, *teams: Team) -> None:
        """Install Kindling in these teams, by the pages."""
        async with self.listening() as adapter, Visitor(self.slack, adapter) as visitor:
            for team in teams:
                assert (await visitor.install(team)).status == 200

    def ages(self, by: timedelta) -> None:
        self.slack.clock.advance(by.total_seconds())


class Visitor:
    """Somebody with a browser; the cookie goes over loopback although it is for TLS alone."""

    def __init__(self, slack: SlackStandIn, adapter: SlackAdapter) -> None:
        self.slack = slack
        self.adapter = adapter
        self.pages: list[Page] = []
        self.cookie = ""
        self.back = ""
        """Where Slack sent this browser back to."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def begin(self) -> Page:
        page = await self.get(self.adapter.install_address)
        self.cookie = page.headers.get("Set-Cookie", "")
        return page

    async def answer(self, team: Team | None) -> str:
        """Go on to Slack's page, and choose a team there or cancel; returns where Slack sends one."""
        self.slack.consent.answer = team or "cancel"
        link = re.search(r'href="([^"]+)"', self.pages[-1].text)
        assert link, "there is no way on"
        async with self._session.get(html.unescape(link[1]), allow_redirects=False) as response:
            assert response.status == 302, await response.text()
            self.back = response.headers["Location"]
            return self.back

    async def install(self, team: Team | None) -> Page:
        await self.begin()
        return await self.get(await self.answer(team))

    async def get(self, address: str) -> Page:
        cookies: SimpleCookie = SimpleCookie(self.cookie)
        sent = {"Cookie": "; ".join(f"{name}={each.value}" for name, each in cookies.items())} if self.cookie else {}
        async with self._session.get(address, headers=sent) as response:
            page = Page(response.status, await response.text(), dict(response.headers))
        self.pages.append(page)
        return page
