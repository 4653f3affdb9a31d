"""Which places were erased, in a file beside the database."""

import stat
from pathlib import Path

import pytest

from bot.domain.ids import SpaceId
from bot.storage.database import Database
from bot.storage.erased import ErasedSpaces
from tests.storage.values import NINE

HILL, TOWN = SpaceId("hill"), SpaceId("town")


def beside(folder: Path) -> ErasedSpaces:
    return ErasedSpaces(folder / "kindling.sqlite")


async def test_what_was_kept_is_known_to_whoever_comes_later(tmp_path: Path) -> None:
    for space in (HILL, TOWN, HILL):
        await beside(tmp_path).keep(space, NINE)

    assert beside(tmp_path).known() == {HILL, TOWN}
    assert (tmp_path / "kindling.sqlite.erased").read_text().splitlines()[1:] == ["hill 2026-11-23", "town 2026-11-23"]


async def test_a_line_that_a_power_cut_left_half_written_spoils_no_other(tmp_path: Path) -> None:
    await beside(tmp_path).keep(HILL, NINE)
    with (tmp_path / "kindling.sqlite.erased").open("a") as file:
        file.write("to")

    await beside(tmp_path).keep(TOWN, NINE)

    assert {HILL, TOWN} <= beside(tmp_path).known()


async def test_the_file_is_its_owner_s_alone_and_no_link_is_followed(tmp_path: Path) -> None:
    await beside(tmp_path).keep(HILL, NINE)
    file = tmp_path / "kindling.sqlite.erased"
    mode = stat.S_IMODE(file.stat().st_mode)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="symbolic"):
        await beside(tmp_path).keep(TOWN, NINE)

    assert mode == 0o600


async def test_beside_a_database_that_is_no_file_nothing_is_kept() -> None:
    nowhere = Database("postgresql+asyncpg://kindling@localhost/kindling")

    await ErasedSpaces.beside(nowhere.engine.url).keep(HILL, NINE)

    assert ErasedSpaces.beside(nowhere.engine.url).known() == frozenset()
