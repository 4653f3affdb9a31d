"""What it takes to serve every workspace that installs the app."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import aiohttp
import structlog
from pydantic import SecretStr

from adapters.slack.exchange import Exchange
from adapters.slack.installations import Installations, States, make_tables
from adapters.slack.installing import Installing
from adapters.slack.settings import SlackSettings
from adapters.slack.tokens import InstalledWeb, Token
from adapters.slack.workspaces import Workspace
from bot.app import Surroundings

log = structlog.get_logger(__name__)


class Many:
    """The stores, on Kindling's own database, and the workspaces made from what is in them."""

    def __init__(self, settings: SlackSettings, surroundings: Surroundings, session: aiohttp.ClientSession) -> None:
        if surroundings.engine is None or surroundings.vault is None:
            raise TypeError("many workspaces need the database and the vault")
        self._settings = settings
        self._session = session
        self._clock = surroundings.clock
        self._engine = surroundings.engine
        self._senders = surroundings.senders
        self.keyed = surroundings.vault.keyed
        self.store = Installations(settings.client_id, surroundings.engine, surroundings.vault)
        self.states = States(surroundings.engine)
        secret = settings.client_secret or SecretStr("")
        self._exchange = Exchange(session, settings.api_url, settings.client_id, secret)

    async def open(self) -> None:
        """Make the tables where they are missing, and seal what is due. Raises `AdapterError`s."""
        await self._make_tables()
        if sealed := await self.store.seal():
            log.info("slack.tokens_sealed", workspaces=sealed)

    async def census(self) -> tuple[int, int]:
        """How many workspaces there are, and how many are due for sealing. Raises `AdapterError`s."""
        await self._make_tables()
        return await self.store.census()

    async def workspace(self, team: str) -> Workspace | None:
        """The workspace of a team that has installed Kindling."""
        found = await self.store.of(team)
        if found is None:
            return None
        token = Token(found, self.store, self._exchange, self._clock)
        web = InstalledWeb(self._session, self._settings.api_url, token, self._senders)
        return Workspace(web, found.team, found.bot_user, bot=found.bot, enterprise=found.enterprise)

    def installing(self, installed: Callable[[str], Awaitable[None]]) -> Installing:
        """The way in for further workspaces."""
        return Installing(self._settings, self._session, self.store, self.states, installed)

    async def left(self, team: str, at: datetime) -> bool:
        """Forget a team that removed Kindling at an instant; False when it has installed it anew since."""
        return await self.store.forget(team, at)

    async def _make_tables(self) -> None:
        tables = (self.store.bots, self.states.oauth_states)
        await make_tables(self._engine, (self.store.metadata, self.states.metadata), tables)
