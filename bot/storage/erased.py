"""Which places were erased: beside an SQLite database and not in it, so that restoring a backup leaves it as it is."""

import asyncio
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import URL

from bot.domain.ids import SpaceId
from bot.storage.backup import sync

ABOUT = "# Places that were erased. A backup that has one of them has it no more once it is restored. One id a line.\n"


class ErasedSpaces:
    """`bot.ports.leaving.Tombstones`. Without a file, as for PostgreSQL, nothing is known; the log has the ids."""

    def __init__(self, database: Path | None) -> None:
        self._database = database
        self.file = database.with_name(f"{database.name}.erased") if database else None

    @classmethod
    def beside(cls, url: URL) -> "ErasedSpaces":
        """Those of a database by its address."""
        return cls(Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None)

    def known(self) -> frozenset[SpaceId]:
        """All of them."""
        lines = self._text().splitlines()
        return frozenset(SpaceId(line.split()[0]) for line in lines if line.strip() and not line.startswith("#"))

    async def keep(self, space: SpaceId, at: datetime) -> None:
        """Keep one; it outlives a power cut from then on."""
        await asyncio.to_thread(self._keep, space, at)

    def _text(self) -> str:
        return self.file.read_text() if self.file is not None and self.file.exists() else ""

    def _keep(self, space: SpaceId, at: datetime) -> None:
        if self.file is None or self._database is None or space in self.known():
            return
        before = self._text()
        torn = "\n" if before and not before.endswith("\n") else ""
        with open(self.file, "a", opener=_not_elsewhere) as file:
            if os.geteuid() == 0:  # root restores for a service, which has to be able to write it afterwards
                owner = (self._database if self._database.exists() else self._database.parent).stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.write(f"{torn or (not before and ABOUT) or ''}{space} {at:%Y-%m-%d}\n")
        sync(self.file)
        sync(self.file.parent)


def _not_elsewhere(name: str, flags: int) -> int:
    """Open no file that a link leads to, for its owner alone."""
    return os.open(name, flags | os.O_NOFOLLOW, 0o600)
