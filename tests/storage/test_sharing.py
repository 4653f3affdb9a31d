"""Several processes on one database, as engines of their own that know nothing of each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app import Surroundings
from bot.compose import Core, build_core
from bot.domain.errors import Unreachable
from bot.domain.places import MessageRef
from bot.domain.reactions import Felt
from bot.domain.schedule import Target
from bot.services.commands import COMMANDS
from bot.services.comparing import LOOKS
from bot.storage.database import Database
from bot.storage.tables import communities, deliveries, occurrences, reactions, spaces
from tests.core.village import WISHES
from tests.house import Notebook, Room, StillClock, moderator
from tests.letters import Letters
from tests.prepared import the_library
from tests.storage.values import (
    COMMUNITY,
    DAY,
    HOUR,
    NINE,
    ROBIN,
    SPACE,
    SQUARE,
    VILLAGE,
    a_delivery,
    a_schedule,
    a_village,
)


@dataclass
class Process:
    database: Database
    core: Core
    letters: Letters


@pytest.fixture
async def processes(url: str, tmp_path: Path) -> AsyncIterator[list[Process]]:
    """Three processes whose letters end up in one box."""
    async with running_on(url, tmp_path, 3) as made:
        yield made


@asynccontextmanager
async def running_on(url: str, tmp_path: Path, number: int) -> AsyncIterator[list[Process]]:
    """So many processes on one database."""
    clock, made = StillClock(NINE - HOUR), list[Process]()
    for _ in range(number):
        database, room = Database(url), Room()
        letters = Letters(Surroundings(clock, COMMANDS, tmp_path))
        if made:
            letters.letters, letters.told = made[0].letters.letters, made[0].letters.told
        room.messengers["letters"] = letters
        made.append(Process(database, build_core(database, the_library(), room, clock, watcher=Notebook()), letters))
    yield made
    for process in made:
        await process.database.close()


def clock_of(process: Process) -> StillClock:
    clock = process.letters.surroundings.clock
    assert isinstance(clock, StillClock)
    return clock


async def plan(process: Process) -> None:
    while await process.core.calendar.plan():
        pass


async def plan_and_send(process: Process) -> None:
    await plan(process)
    await send(process)


async def send(process: Process) -> None:
    worker = process.core.engine._deliverer  # the composition root hands out whole engines only
    while claimed := await worker.claim("letters", 3):
        for delivery in claimed:
            await worker.carry_out(delivery)


async def test_three_processes_give_every_card_once(processes: list[Process]) -> None:
    towns = [f"town-{number}" for number in range(8)]
    for town in towns:
        await processes[0].core.kindling.command(moderator(space=town), "kindling setup", WISHES)
    clock_of(processes[0]).at = NINE

    await asyncio.gather(*(plan_and_send(process) for process in processes))
    await plan_and_send(processes[0])  # what another had just claimed when the last one looked

    box = [(letter.place.space, letter.card.heading) for letter in processes[0].letters.letters]
    assert len(box) == len(set(box)) == 16


async def weeks(processes: list[Process], planners: int, workers: int) -> list[tuple[Any, ...]]:
    """Eight days in five towns with known seeds, by so many planners and workers at once; all that is kept of them."""
    towns = [f"town-{number:02}" for number in range(5)]
    for town in towns:
        await processes[0].core.kindling.command(moderator(space=town), "kindling setup", WISHES)
        async with processes[0].database.engine.begin() as connection:
            mine = select(spaces.c.community_id).where(spaces.c.key == town).scalar_subquery()
            await connection.execute(update(communities).where(communities.c.id == mine).values(seed=town))
    for day in range(8):
        clock_of(processes[0]).at = NINE + day * DAY
        await asyncio.gather(*(plan(process) for process in processes[:planners]))
        await plan(processes[0])  # what another held when the last one looked
        await asyncio.gather(*(send(process) for process in processes[-workers:]))
        await send(processes[0])
    kept = (
        select(
            deliveries.c.space_key,
            occurrences.c.local_date,
            occurrences.c.ritual,
            occurrences.c.prompts,
            occurrences.c.theme,
            deliveries.c.state,
        )
        .join(occurrences, occurrences.c.id == deliveries.c.occurrence_id)
        .order_by(deliveries.c.space_key, occurrences.c.local_date, occurrences.c.ritual)
    )
    async with processes[0].database.engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(kept)]


async def test_two_planners_and_four_workers_do_what_one_does(url: str, another_url: str, tmp_path: Path) -> None:
    async with running_on(url, tmp_path, 1) as alone, running_on(another_url, tmp_path, 6) as several:
        by_one = await weeks(alone, 1, 1)
        by_several = await weeks(several, 2, 4)

    assert by_several == by_one
    assert len(by_one) == 5 * (8 + 2)
    assert {row[-1] for row in by_one} == {"posted"}
    for process in (alone[0], several[0]):
        box = [(letter.place.space, letter.at, letter.card.heading) for letter in process.letters.letters]
        assert len(box) == len(set(box)) == len(by_one)


async def test_a_place_that_several_see_first_at_once_is_one(processes: list[Process]) -> None:
    await asyncio.gather(*(process.core.kindling.joined("letters", "newtown") for process in processes * 3))

    async with processes[0].database.engine.connect() as connection:
        assert len((await connection.execute(spaces.select())).all()) == 1
        assert len((await connection.execute(communities.select())).all()) == 1


async def test_a_card_for_two_places_is_chosen_once(processes: list[Process]) -> None:
    database = processes[0].database
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery("here"), a_delivery("there")])
        await work.commit()
    clock_of(processes[0]).at = NINE
    workers = [process.core.engine._deliverer for process in processes[:2]]
    [first], [second] = [await worker.claim("letters", 1) for worker in workers]

    await asyncio.gather(workers[0].carry_out(first), workers[1].carry_out(second))

    one, other = (letter.card for letter in processes[0].letters.letters)
    assert one.body == other.body
    async with database.reading() as work:
        uses = await work.prompt_uses.of([COMMUNITY.id])
    assert [use.times for use in uses[COMMUNITY.id].values()] == [1, 1, 1, 1]


async def test_two_cards_that_are_chosen_at_once_have_nothing_in_common(processes: list[Process]) -> None:
    await processes[0].core.kindling.command(moderator(), "kindling setup", {**WISHES, "weekly": "off"})
    for day in range(2):
        clock_of(processes[0]).at = NINE + day * DAY
        await processes[0].core.calendar.plan()
    workers = [process.core.engine._deliverer for process in processes[:2]]
    claimed = await workers[0].claim("letters", 10)
    clock_of(processes[0]).at = NINE + HOUR  # the clock went back, so that neither is too late

    await asyncio.gather(*(worker.carry_out(one) for worker, one in zip(workers, claimed, strict=True)))

    async with processes[0].database.reading() as work:
        [community] = {row[0] for row in (await work.communities._connection.execute(communities.select())).all()}
        uses = await work.prompt_uses.of([community])
    assert [use.times for use in uses[community].values()] == [1] * 8


async def test_a_reaction_that_was_quicker_than_another_process_knew_of_its_card_is_kept(
    processes: list[Process],
) -> None:
    listener, worker, _ = processes
    await listener.core.kindling.command(moderator(), "kindling setup", {**WISHES, "weekly": "off"})
    clock_of(listener).at = NINE
    await listener.core.kindling.reacted(ROBIN, MessageRef(SQUARE, "0"), "🌱", present=True, at=NINE)
    await listener.core.comparing.look_again()
    await plan_and_send(worker)
    worker.letters.letters[0].reactions.add(Felt("robin", "🌱"))

    await listener.core.comparing.look_again()

    async with listener.database.engine.connect() as connection:
        kept = (await connection.execute(select(reactions.c.emoji, reactions.c.present))).all()
    assert [tuple(row) for row in kept] == [("🌱", True)]


async def test_a_message_that_is_nobodys_is_not_looked_at_for_ever(processes: list[Process]) -> None:
    listener = processes[0].core
    await listener.kindling.joined("letters", "village")
    await listener.kindling.reacted(ROBIN, MessageRef(SQUARE, "somebody's"), "🌱", present=True, at=NINE)

    for _ in range(LOOKS):
        assert listener.comparing._early
        await listener.comparing.look_again()

    assert not listener.comparing._early


async def test_a_moderator_is_told_once_though_two_cards_fail_at_once(processes: list[Process]) -> None:
    await processes[0].core.kindling.command(moderator(), "kindling setup", WISHES)
    clock_of(processes[0]).at = NINE
    await processes[0].core.calendar.plan()
    workers = [process.core.engine._deliverer for process in processes[:2]]
    for process in processes:
        process.letters.faults = [("before", Unreachable("closed", "Please open it."))] * 2
    claimed = [(worker, one) for worker in workers for one in await worker.claim("letters", 1)]

    await asyncio.gather(*(worker.carry_out(delivery) for worker, delivery in claimed))

    assert len(claimed) == 2
    assert len(processes[0].letters.told) == 1


async def test_a_channel_that_is_marked_while_it_is_set_up_anew_loses_nothing(processes: list[Process]) -> None:
    setup = {**WISHES, "weekly": "off"}
    await processes[0].core.kindling.command(moderator(), "kindling setup", setup)

    await asyncio.gather(
        processes[0].core.kindling.channel_lost(SQUARE, "deleted"),
        processes[1].core.kindling.command(moderator(), "kindling setup", {**setup, "morning": "10:30"}),
        processes[2].core.kindling.channel_lost(SQUARE, "deleted"),
    )

    async with processes[0].database.reading() as work:
        space = await work.communities.space_of("letters", "village")
        assert space is not None
        morning = next(s for s in await work.schedules.of_community(space.community) if s.weekdays)
    assert f"{morning.at:%H:%M}" == "10:30"


async def test_a_reading_sees_one_state_whatever_others_commit(processes: list[Process]) -> None:
    reader, writer = processes[0].database, processes[1].database
    await a_village(writer)

    async with reader.reading() as work:
        before = await work.schedules.get(a_schedule().id)
        async with writer.unit_of_work() as other:
            await other.schedules.save(a_schedule(zone="UTC", targets=(Target(VILLAGE, SQUARE),)))
            await other.communities.save_space(SPACE)
            await other.commit()
        after = await work.schedules.get(a_schedule().id)

    assert before == after
