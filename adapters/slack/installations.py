"""Where Slack's installations and the states of those under way are kept: slack_sdk's stores, on our database.

What they are changed in, and why, stands in docs/adr/0010.
"""

# The library leaves the parameters of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import AsyncSQLAlchemyOAuthStateStore
from sqlalchemy import Column, DateTime, MetaData, RowMapping, Table, Text, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.slack.web import library_logger
from bot.domain.errors import SecretKeyProblem, TryLater, Unreachable
from bot.ports.tools import Vault

STATE_SECONDS = 600
TABLES = ("slack_bots", "slack_oauth_states")
_ADVISORY_LOCK = 0x736C6163  # "slac"; PostgreSQL's lock for whoever makes the tables


@dataclass(frozen=True, slots=True)
class Installed:
    """Kindling in one workspace. `expires_at` and `refresh_token` are there only where tokens are rotated."""

    row: int
    team: str
    enterprise: str
    bot: str
    bot_user: str
    token: str
    installed_at: datetime
    refresh_token: str = ""
    expires_at: datetime | None = None

    def refreshed(self, token: str, refresh_token: str, expires_at: datetime) -> "Installed":
        """The same with new tokens."""
        return replace(self, token=token, refresh_token=refresh_token, expires_at=expires_at)


class Installations(AsyncSQLAlchemyInstallationStore):
    """The installations of one app: for each team its latest, without names and without who installed it."""

    def __init__(self, client_id: str, engine: AsyncEngine, vault: Vault) -> None:
        super().__init__(client_id, engine, logger=library_logger())
        self._vault = vault

    @classmethod
    def build_bots_table(cls, metadata: MetaData, table_name: str) -> Table:
        """The library's table, with room for sealed tokens, and a mark of who is refreshing them."""
        table = super().build_bots_table(metadata, table_name)
        table.c.bot_token.type = table.c.bot_refresh_token.type = Text()
        table.append_column(Column("refreshing_until", DateTime))
        return table

    async def of(self, team: str) -> Installed | None:
        """What there is for a team. A team's id is unique, whichever company it belongs to."""
        with told():
            async with self.engine.connect() as connection:
                row = await self._row(connection, team)
            return self._opened(row) if row else None

    async def teams(self) -> frozenset[str]:
        """Every team that has installed Kindling."""
        with told():
            async with self.engine.connect() as connection:
                found = await connection.execute(
                    self.bots.select().with_only_columns(self.bots.c.team_id).where(self._ours())
                )
                return frozenset(str(team) for (team,) in found)

    async def async_save(self, installation: Installation) -> None:
        """Keep a finished installation."""
        await self.async_save_bot(installation.to_bot())

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep what is needed of an installation, in place of the team's earlier ones."""
        refresh = bot.bot_refresh_token
        row: dict[str, Any] = {name: _without_zone(value) for name, value in bot.to_dict().items()}
        row |= {
            "client_id": self.client_id,
            "enterprise_name": None,
            "team_name": None,
            "bot_token": self._vault.seal(bot.bot_token),
            "bot_refresh_token": self._vault.seal(refresh) if refresh else None,
        }
        async with self.engine.begin() as connection:
            await connection.execute(self.bots.delete().where(self._ours(str(bot.team_id))))
            await connection.execute(self.bots.insert(), row)

    async def forget(self, team: str, until: datetime) -> bool:
        """Delete what a team had at an instant; False when it has installed Kindling since then."""
        with told():
            async with self.engine.begin() as connection:
                row = await self._row(connection, team)
                if row is not None and row["installed_at"] > _without_zone(until):
                    return False
                await connection.execute(self.bots.delete().where(self._ours(team)))
                return True

    # Refreshing, by one process at a time

    async def claim(self, installed: Installed, now: datetime, until: datetime) -> bool:
        """Be the one who refreshes these tokens until then; False while another process is at it."""
        c = self.bots.c
        free = c.refreshing_until.is_(None) | (c.refreshing_until <= _without_zone(now))
        return await self._change(installed, {"refreshing_until": _without_zone(until)}, free)

    async def release(self, installed: Installed) -> None:
        """Let others try."""
        await self._change(installed, {"refreshing_until": None})

    async def swap(self, installed: Installed, fresh: Installed) -> bool:
        """Keep refreshed tokens, unless newer ones are there already."""
        values = {
            "bot_token": self._vault.seal(fresh.token),
            "bot_refresh_token": self._vault.seal(fresh.refresh_token),
            "bot_token_expires_at": _without_zone(fresh.expires_at),
            "refreshing_until": None,
        }
        return await self._change(installed, values)

    async def _change(self, installed: Installed, values: Mapping[str, object], *also: Any) -> bool:  # noqa: ANN401 - a clause
        """Change a row that still has these tokens; when they expire tells them apart, sealed anew or not."""
        c = self.bots.c
        same = (c.id == installed.row, c.bot_token_expires_at == _without_zone(installed.expires_at))
        with told():
            async with self.engine.begin() as connection:
                done = await connection.execute(self.bots.update().where(*same, *also).values(**values))
                return bool(done.rowcount)

    # Sealing

    async def seal(self) -> int:
        """Seal what is not under today's key yet; how many rows that were. Raises `Unreachable` when no key fits."""
        with told():
            async with self.engine.begin() as connection:
                rows = (await connection.execute(self.bots.select().where(self._ours()))).mappings().all()
                late = [row for row in rows if not self._current(row)]
                for row in late:
                    anew = {name: self._sealed_anew(row[name]) for name in ("bot_token", "bot_refresh_token")}
                    unchanged = (self.bots.c.id == row["id"], self.bots.c.bot_token == row["bot_token"])
                    await connection.execute(self.bots.update().where(*unchanged).values(**anew))
                for row in rows:
                    self._opened(row)
                return len(late)

    async def census(self) -> tuple[int, int]:
        """How many teams there are, and how many of them are not kept as today's key asks for."""
        with told():
            async with self.engine.connect() as connection:
                rows = (await connection.execute(self.bots.select().where(self._ours()))).mappings().all()
            for row in rows:
                self._opened(row)
            return len(rows), sum(not self._current(row) for row in rows)

    def _current(self, row: RowMapping) -> bool:
        return all(not row[name] or self._vault.current(row[name]) for name in ("bot_token", "bot_refresh_token"))

    def _sealed_anew(self, kept: str | None) -> str | None:
        return self._vault.seal(self._vault.unseal(kept)) if kept else None

    def _ours(self, team: str | None = None) -> Any:  # noqa: ANN401 - a clause
        ours = self.bots.c.client_id == self.client_id
        return ours if team is None else ours & (self.bots.c.team_id == team)

    async def _row(self, connection: AsyncConnection, team: str) -> RowMapping | None:
        c = self.bots.c
        latest = self.bots.select().where(self._ours(team)).order_by(c.installed_at.desc(), c.id.desc()).limit(1)
        return (await connection.execute(latest)).mappings().first()

    def _opened(self, row: RowMapping) -> Installed:
        refresh = row["bot_refresh_token"]
        expires: datetime | None = row["bot_token_expires_at"]
        return Installed(
            row=row["id"],
            team=row["team_id"],
            enterprise=row["enterprise_id"] or "",
            bot=row["bot_id"] or "",
            bot_user=row["bot_user_id"] or "",
            token=self._vault.unseal(row["bot_token"]),
            installed_at=row["installed_at"].replace(tzinfo=UTC),
            refresh_token=self._vault.unseal(refresh) if refresh else "",
            expires_at=expires.replace(tzinfo=UTC) if expires else None,
        )


class States(AsyncSQLAlchemyOAuthStateStore):
    """The states of installations under way: each good once, and for ten minutes."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(STATE_SECONDS, engine, logger=library_logger())

    async def async_issue(self, *args: Any, **more: Any) -> str:  # noqa: ANN401 - the library's own signature
        """A fresh state. Those that have expired go."""
        async with self.engine.begin() as connection:
            gone = self.oauth_states.c.expire_at <= _now()
            await connection.execute(self.oauth_states.delete().where(gone))
        return await super().async_issue(*args, **more)

    async def async_consume(self, state: str) -> bool:
        """Whether a state is good. One statement: of two who ask at once, one is told so."""
        c = self.oauth_states.c
        async with self.engine.begin() as connection:
            used = await connection.execute(self.oauth_states.delete().where(c.state == state, c.expire_at > _now()))
            return bool(used.rowcount)


async def make_tables(engine: AsyncEngine, metadatas: Sequence[MetaData], tables: Sequence[Table]) -> None:
    """Make the tables that are not there yet. Several processes may do this at once."""
    with told():
        async with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
            for metadata in metadatas:
                chosen = [table for table in tables if table.metadata is metadata]
                await connection.run_sync(metadata.create_all, tables=chosen, checkfirst=True)


@contextmanager
def told() -> Generator[None, None, None]:
    """What the database and the vault may raise, in the adapters' own errors."""
    try:
        yield
    except SecretKeyProblem as problem:
        raise Unreachable("slack.secret_key", str(problem)) from None
    except SQLAlchemyError as error:
        raise TryLater("slack.database") from error


def _without_zone(value: Any) -> Any:  # noqa: ANN401 - whatever stands in a column
    """Slack's library keeps instants in UTC, without saying so."""
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
