"""Settings that were checked: what the rest of Kindling is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, SecretStr

from bot.settings.tables import Http, Log, Prompts, Run, Sending


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator decides. Shown or logged, it tells no secret.

    `data` is an absolute folder, which may not be there yet. `database` is an address in SQLAlchemy's spelling
    with an async driver. `adapters` has one entry for each table `[adapters.<name>]`, of the plugin's own
    settings. `secret_keys` seal what is stored: the first one seals, all open. `secrets` are all secret texts, for
    whoever has to blank them out. `warnings` are whole sentences.
    """

    source: Path | None
    run: Run
    data: Path
    database: SecretStr
    http: Http
    log: Log
    prompts: Prompts
    sending: Sending
    adapters: Mapping[str, BaseModel]
    secret_keys: tuple[SecretStr, ...] = ()
    secrets: tuple[SecretStr, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None for PostgreSQL."""
        url = self.database.get_secret_value()
        return Path(url.partition(":///")[2]) if url.startswith("sqlite") else None
