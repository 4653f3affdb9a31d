"""After a backup was put back: what it does not know of is looked for, and nothing comes twice."""

from datetime import datetime
from pathlib import Path

from bot.cli.data import restoring_of
from bot.domain.errors import Uncertain
from bot.domain.message import Card
from bot.domain.places import MessageRef, Person
from bot.domain.reactions import Felt
from bot.storage.database import Database
from bot.storage.erased import ErasedSpaces
from bot.storage.tables import occurrences, reactions
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    MORNING,
    NINE,
    SQUARE,
    BlindLetters,
    a_village,
    command,
    headings,
    moments,
    mornings,
    press,
    rows,
    states,
    surroundings,
)
from tests.house import House, StillClock, member
from tests.prepared import the_library

RESTORED = "Kindling remembers an earlier day"


def file_in(folder: Path) -> Path:
    return folder / "kindling.sqlite"


async def put_back(folder: Path, backup: bytes, now: datetime) -> int:
    """What `kindling restore` does to a database of the village; how many deliveries it put in doubt."""
    file_in(folder).write_bytes(backup)
    return await doubt(folder, now)


async def doubt(folder: Path, now: datetime) -> int:
    database, tombstones = Database(f"sqlite+aiosqlite:///{file_in(folder)}"), ErasedSpaces(file_in(folder))
    restoring = restoring_of(database, the_library(), tombstones, StillClock(now))
    await restoring.erase_again(tombstones.known())
    doubted = await restoring.doubt()
    await database.close()
    return doubted


def told(house: House) -> list[tuple[Person, Card]]:
    """What people were told, but for what moderators hear after every restore."""
    return [(person, card) for person, card in house.letters.told if card.heading != RESTORED]


async def backed_up(folder: Path, **words: str) -> tuple[House, bytes]:
    """A village that was set up on Monday at eight, and its database as it was then."""
    async with a_village(folder) as house:
        await be_set_up(house, **words)
    return house, file_in(folder).read_bytes()


async def test_a_card_that_was_posted_after_the_backup_is_found_and_not_posted_again(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path)
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE)
        posted = moments(house)

    await put_back(tmp_path, backup, NINE + MINUTE)
    async with a_village(tmp_path, NINE + MINUTE, house.letters) as house:
        await house.core.engine.settle()

        assert moments(house) == posted
        assert [state for state, _ in await states(house)] == ["posted", "posted"]
        await house.until(NINE + DAY)
        assert mornings(house) == [NINE, NINE + DAY]


async def test_a_card_that_fell_due_after_the_backup_and_was_not_posted_comes(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")

    await put_back(tmp_path, backup, NINE + MINUTE)
    async with a_village(tmp_path, NINE + MINUTE, house.letters) as house:
        await house.core.engine.settle()

        assert moments(house) == [(MORNING, NINE + MINUTE)]


async def test_a_card_that_was_posted_early_after_the_backup_does_not_come_at_its_time(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await command(house, "kindling post")
        await house.core.engine.settle()
        early = moments(house)

    await put_back(tmp_path, backup, MONDAY + 5 * MINUTE)
    async with a_village(tmp_path, MONDAY + 5 * MINUTE, house.letters) as house:
        await house.until(NINE + HOUR)

        assert moments(house) == early == [(MORNING, MONDAY + MINUTE)]
        assert await states(house) == [("posted", "")]


async def test_a_card_that_was_posted_early_and_whose_time_has_come_is_not_posted_again(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off", morning="14:00")
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await command(house, "kindling post")
        await house.core.engine.settle()

    await put_back(tmp_path, backup, MONDAY + 7 * HOUR)
    async with a_village(tmp_path, MONDAY + 7 * HOUR, house.letters) as house:
        await house.core.engine.settle()

        assert len(moments(house)) == 1


async def test_today_s_card_that_is_surely_not_there_yet_comes_at_its_time_and_not_before(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")

    assert await put_back(tmp_path, backup, MONDAY + MINUTE) == 1
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.core.engine.settle()
        asked = await states(house)
        await house.until(NINE + DAY)

        assert asked == [("planned", "")]
        assert mornings(house) == [NINE, NINE + DAY]


async def test_a_moderator_may_post_today_s_card_early_after_a_restore_too(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")

    await put_back(tmp_path, backup, MONDAY + MINUTE)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.core.engine.settle()
        await command(house, "kindling post")
        await house.until(NINE + HOUR)

        assert mornings(house) == [MONDAY + MINUTE]


async def test_a_card_that_is_looked_for_ahead_of_its_time_stands_in_the_preview(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")

    await put_back(tmp_path, backup, MONDAY + MINUTE)
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.core.engine.settle()

        assert "no morning intention" not in (await command(house, "kindling preview")).plain()


async def test_a_pause_holds_for_today_s_card_after_a_restore(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2026-11-24")
    backup = file_in(tmp_path).read_bytes()

    assert await put_back(tmp_path, backup, MONDAY + MINUTE) == 0
    async with a_village(tmp_path, MONDAY + MINUTE, house.letters) as house:
        await house.until(NINE + DAY)

        assert mornings(house) == [NINE + DAY]


async def test_a_card_that_is_too_late_after_a_restore_is_skipped(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")

    await put_back(tmp_path, backup, NINE + 4 * HOUR)
    async with a_village(tmp_path, NINE + 4 * HOUR, house.letters) as house:
        await house.core.engine.settle()

        assert moments(house) == []
        assert await states(house) == []


async def test_where_nobody_may_look_a_moderator_is_asked_and_nothing_is_posted(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE)

    await put_back(tmp_path, backup, NINE + MINUTE)
    async with a_village(tmp_path, NINE + MINUTE, house.letters) as house:
        blind = BlindLetters(surroundings(house), blindness=[Uncertain("cannot_look")])
        blind.letters, blind.told = house.letters.letters, house.letters.told
        house.room.messengers["letters"] = blind
        await house.core.engine.settle()

        assert await states(house) == [("unsure", "cannot_look")]
        assert len(mornings(house)) == 1
        assert len(told(house)) == 1


async def test_what_the_backup_knows_as_posted_stays_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.until(NINE)
    backup = file_in(tmp_path).read_bytes()

    assert await put_back(tmp_path, backup, NINE + HOUR) == 0
    async with a_village(tmp_path, NINE + HOUR, house.letters) as house:
        await house.core.engine.settle()

        assert [state for state, _ in await states(house)] == ["posted", "posted"]


async def test_a_found_card_says_in_the_database_what_it_says_in_the_channel(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path)
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE)
        before = await rows(house, occurrences, occurrences.c.id)

    await put_back(tmp_path, backup, NINE + MINUTE)
    async with a_village(tmp_path, NINE + MINUTE, house.letters) as house:
        await house.core.engine.settle()

        assert await rows(house, occurrences, occurrences.c.id) == before


async def test_a_reaction_that_was_put_on_after_the_backup_comes_back(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE)
        house.letters.letters[0].reactions.add(Felt("robin", "💛"))
        robin = member().person
        await house.kindling.reacted(robin, MessageRef(SQUARE, "0"), "💛", present=True, at=NINE + MINUTE)
        [before] = await rows(house, reactions)

    await put_back(tmp_path, backup, NINE + HOUR)
    async with a_village(tmp_path, NINE + HOUR, house.letters) as house:
        await house.core.engine.settle()

        [after] = await rows(house, reactions)
        kept = ("item", "emoji", "via", "present")
        assert [after[name] for name in kept] == [before[name] for name in kept]


async def test_a_button_on_a_card_from_after_the_backup_counts_for_that_card(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path, weekly="off")
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE)
        card = house.letters.letters[0].card

    await put_back(tmp_path, backup, NINE + HOUR)
    async with a_village(tmp_path, NINE + HOUR, house.letters) as house:
        await house.core.engine.settle()
        answer = await press(house, card, "I'll try one", member())

        assert "Lovely" in answer.heading
        assert len(await rows(house, reactions)) == 1


async def test_restoring_twice_changes_nothing_more(tmp_path: Path) -> None:
    house, backup = await backed_up(tmp_path)
    async with a_village(tmp_path, MONDAY, house.letters) as house:
        await house.until(NINE)
        posted = headings(house)

    found = await put_back(tmp_path, backup, NINE + MINUTE)
    assert await doubt(tmp_path, NINE + MINUTE) == found
    async with a_village(tmp_path, NINE + MINUTE, house.letters) as house:
        await house.core.engine.settle()

        assert headings(house) == posted
