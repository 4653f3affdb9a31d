"""Tokens of installed workspaces: refreshed before they expire, by one process at a time, and used for calls."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import TypeVar

import aiohttp
import structlog

from adapters.slack.errors import GONE, TOKEN_REFUSED
from adapters.slack.exchange import Exchange
from adapters.slack.installations import Installations, Installed
from adapters.slack.payload import Json
from adapters.slack.web import Doubt, Web
from bot.domain.errors import AdapterError, TryLater, Unreachable
from bot.ports import Clock

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)

EARLY = timedelta(hours=2)
"""How long before its end a token is refreshed; Slack's last 12 hours."""
CLAIM = timedelta(seconds=60)
"""How long one process may take to refresh, before another tries."""
TRIES = 20
_EXCHANGE = "oauth.v2.access"
NOT_INSTALLED = "slack.other_workspace"


class Token:
    """The token of one workspace, kept fresh."""

    def __init__(
        self, installed: Installed, store: Installations, exchange: Exchange, clock: Clock, *, waiting: float = 0.5
    ) -> None:
        self._installed = installed
        self._store = store
        self._exchange = exchange
        self._clock = clock
        self._waiting = waiting
        self._turn = asyncio.Lock()

    @property
    def team(self) -> str:
        """Whose it is."""
        return self._installed.team

    async def current(self) -> str:
        """A token that lasts a while. Raises an `AdapterError`."""
        if not self._lasts(self._installed):
            async with self._turn:
                if not self._lasts(self._installed):
                    await self._refresh()
        return self._installed.token

    async def instead_of(self, refused: str) -> str | None:
        """Another token than one that Slack refused; None where there is no other.

        Another process may have refreshed it, or the workspace may have installed Kindling anew.
        """
        async with self._turn:
            if self._installed.token == refused:
                self._installed = await self._stored()
            if self._installed.token == refused and self._installed.refresh_token:
                await self._refresh(refused)
            return self._installed.token if self._installed.token != refused else None

    async def _refresh(self, refused: str = "") -> None:
        for _ in range(TRIES):
            self._installed = stored = await self._stored()
            if stored.token != refused and self._lasts(stored):
                return
            now = self._clock.now()
            works_still = stored.token != refused and stored.expires_at is not None and now < stored.expires_at
            if await self._store.claim(stored, now, now + CLAIM):
                try:
                    fresh = await self._exchange.refreshed(stored, self._clock)
                except TryLater:
                    await self._store.release(stored)
                    if works_still:
                        return
                    raise
                except BaseException:
                    await self._store.release(stored)
                    raise
                await self._keep(stored, fresh)
            elif works_still:
                return
            else:
                await asyncio.sleep(self._waiting)
        raise TryLater("slack.token_being_refreshed")

    async def _keep(self, stored: Installed, fresh: Installed) -> None:
        """Keep new tokens, whatever it takes: Slack takes the old refresh token again for a short while only."""
        for attempt in range(TRIES):
            try:
                if await self._store.swap(stored, fresh):
                    log.info("slack.token_refreshed", team=stored.team)
            except TryLater:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(self._waiting)
            else:
                return

    async def _stored(self) -> Installed:
        stored = await self._store.of(self._installed.team)
        if stored is None:
            raise Unreachable(NOT_INSTALLED, GONE)
        return stored

    def _lasts(self, installed: Installed) -> bool:
        return installed.expires_at is None or self._clock.now() < installed.expires_at - EARLY


class InstalledWeb(Web):
    """The Web API with the token of an installation. A call that its token is refused for is made with a newer one."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: Token, senders: int = 1) -> None:
        super().__init__(session, api_url, "", senders)
        self._token = token

    async def _call(
        self,
        method: str,
        arguments: Mapping[str, object],
        *,
        repeatable: bool,
        reads: bool = False,
        doubt: Doubt | None = None,
    ) -> tuple[Json, Mapping[str, str]]:
        used = self.client.token = await self._asked(self._token.current)
        try:
            return await super()._call(method, arguments, repeatable=repeatable, reads=reads, doubt=doubt)
        except Unreachable as error:
            if error.code not in TOKEN_REFUSED:
                raise
            newer = await self._asked(partial(self._token.instead_of, used))
            if newer is None:
                raise self._refused(error) from None
        self.client.token = newer  # what is refused was not carried out: calling again posts nothing twice
        try:
            return await super()._call(method, arguments, repeatable=repeatable, reads=reads, doubt=doubt)
        except Unreachable as error:
            if error.code not in TOKEN_REFUSED:
                raise
            raise self._refused(error) from None

    def _noted(self, method: str, channel: str, error: AdapterError) -> AdapterError:
        """A refused token is looked after in `_call`, where there may be another one."""
        if isinstance(error, Unreachable) and error.code in TOKEN_REFUSED:
            return error
        return super()._noted(method, channel, error)

    async def _asked(self, asking: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask for a token. That there is none to be had blames no channel; calls rest for a while."""
        async with self.turns.turn(_EXCHANGE, ""):
            try:
                return await asking()
            except Unreachable as error:
                if error.code == NOT_INSTALLED:
                    raise
                raise self._refused(error) from None

    def _refused(self, error: Unreachable) -> TryLater:
        log.warning("slack.workspace_refused", team=self._token.team, code=error.code, cure=error.sentence)
        return self.turns.refuse(error.code)
