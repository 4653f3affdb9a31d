"""What becomes of cards is kept while a moderator changes what they came from, on both databases."""

import asyncio
from pathlib import Path

import pytest

from bot.app import Surroundings
from bot.compose import build_core
from bot.domain.errors import AdapterError, Unacceptable, Uncertain, Unreachable
from bot.domain.ids import CommunityId
from bot.services.commands import COMMANDS
from bot.storage.database import Database
from bot.storage.tables import alerts
from tests.core.before import be_set_up
from tests.core.village import NINE, BlindLetters, a_worker, rows, the_delivery
from tests.house import House, Notebook, Room, StillClock
from tests.prepared import the_library
from tests.storage.databases import database, kind, postgres, sqlite_template, url

__all__ = ["database", "kind", "postgres", "sqlite_template", "url"]
A_MOMENT = 0.5
"""Until somebody waits for us, who can."""
LONG = 20.0


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> House:
    """A village whose first card is due, and in which only what the test does happens."""
    clock, room, notebook = StillClock(NINE), Room(), Notebook()
    letters = BlindLetters(Surroundings(clock, COMMANDS, tmp_path), blindness=[Uncertain("cannot_look")])
    room.messengers["letters"] = letters
    core = build_core(database, the_library(), room, clock, watcher=notebook)
    house = House(core, database, clock, letters, room, notebook)
    clock.at = NINE.replace(hour=6)
    await be_set_up(house, weekly="off")
    clock.at = NINE
    while await core.calendar.plan():
        pass
    return house


@pytest.mark.parametrize(
    "trouble", [Unacceptable("letters.too_long"), Uncertain("cut")], ids=["failed", "perhaps posted"]
)
async def test_that_a_card_needs_a_hand_is_kept_without_waiting_for_whoever_changes_its_schedule(
    house: House, trouble: AdapterError
) -> None:
    worker = a_worker(house, "anna")
    house.letters.faults = [("before", trouble)]
    [delivery] = await worker.claim("letters", 1)
    if isinstance(trouble, Uncertain):  # it is asked about once it is in doubt
        await worker.carry_out(delivery)
        house.clock.at = (await the_delivery(house)).next_at
        [delivery] = await worker.claim("letters", 1)

    async with house.database.unit_of_work() as changing:
        await changing.schedules.of_community(await its_community(house))
        settling = asyncio.create_task(worker.carry_out(delivery))
        if house.database.engine.dialect.name == "postgresql":  # on SQLite whoever writes is alone
            done, _ = await asyncio.wait({settling}, timeout=LONG)
            assert done
        await changing.outbox.of_occurrence(delivery.occurrence)
        await changing.commit()
    await settling

    assert len(await rows(house, alerts)) == 1


async def test_a_channel_is_marked_after_whoever_changes_its_schedules_and_their_cards(house: House) -> None:
    worker, community = a_worker(house, "anna"), await its_community(house)
    house.letters.faults = [("before", Unreachable("closed", "Please give Kindling the right to write."))]
    [delivery] = await worker.claim("letters", 1)

    async with house.database.unit_of_work() as changing:
        await changing.schedules.of_community(community)
        refused = asyncio.create_task(worker.carry_out(delivery))
        await asyncio.wait({refused}, timeout=A_MOMENT)
        await changing.outbox.of_occurrence(delivery.occurrence)
        await changing.commit()
    await refused

    async with house.database.reading() as work:
        schedules = await work.schedules.of_community(community)
    assert {target.attention for one in schedules for target in one.targets} == {"closed"}


async def its_community(house: House) -> CommunityId:
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
    assert space is not None
    return space.community
