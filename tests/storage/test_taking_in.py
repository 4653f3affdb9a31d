"""Reactions that are taken in together end as if each had come alone, and cost no more statements than one."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from bot.domain.delivery import State
from bot.domain.ids import MemberId
from bot.domain.places import MessageRef
from bot.domain.reactions import Cleared, Happening, Mark, Reacted, merge, neutral_emoji
from bot.services.comparing import Comparing
from bot.services.reactions import Reactions
from bot.storage.database import Database
from bot.storage.tables import members, reactions
from tests.house import Notebook, Room, StillClock
from tests.storage.hearing import heard
from tests.storage.values import NINE, SQUARE, a_delivery, a_village

TICK = timedelta(microseconds=1)
GARDEN = SQUARE._replace(channel="garden")
COPIES = {MessageRef(SQUARE, "42"): "in the square", MessageRef(GARDEN, "42"): "in the garden"}
NO_COPY = MessageRef(SQUARE, "43")
State_ = dict[tuple[str, str, str], tuple[bool, int]]

refs = st.sampled_from([*COPIES, NO_COPY])
emoji = st.sampled_from(["🌱", "❤️", "❤"])
instants = st.integers(0, 4).map(lambda tick: NINE + tick * TICK)
taps = st.builds(Reacted, refs, st.sampled_from(["robin", "sam"]), emoji, st.booleans(), instants)
clearings = st.builds(Cleared, refs, st.none() | emoji, instants)
batches = st.lists(st.integers(1, 5), min_size=1, max_size=12)
each_time = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
async def taking_in(database: Database) -> Reactions:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.outbox.put(
            [
                a_delivery(name, place=ref.place, state=State.POSTED, message=ref.message, posted_at=NINE)
                for ref, name in COPIES.items()
            ]
        )
        await work.commit()
    clock = StillClock(NINE)
    return Reactions(database, Comparing(database, Room(), clock), clock, Notebook())


async def take_in(taking: Reactions, happenings: Sequence[Happening], sizes: Iterable[int]) -> None:
    """In batches of these sizes, and what is left over in a last one."""
    rest = list(happenings)
    for size in [*sizes, len(rest)]:
        batch, rest = rest[:size], rest[size:]
        await asyncio.gather(*(taking.happened(happening) for happening in batch))


async def kept(database: Database) -> State_:
    """Who has which emoji on which copy, or had, and since which tick."""
    columns = (members.c.user, reactions.c.via, reactions.c.emoji, reactions.c.present, reactions.c.at)
    chosen = select(*columns).select_from(reactions.join(members, members.c.id == reactions.c.member_id))
    async with database.engine.connect() as connection:
        rows = await connection.execute(chosen)
        return {(user, via, emoji): (present, (at - NINE) // TICK) for user, via, emoji, present, at in rows}


async def forget(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(delete(reactions))


def as_marks(happenings: Sequence[Happening]) -> State_:
    """ADR 1, word by word and one after the other."""
    state: dict[tuple[MemberId, str, str, str], Mark] = {}
    for happening in happenings:
        via = COPIES.get(happening.ref)
        if via is None:
            continue
        if isinstance(happening, Reacted):
            who, what = MemberId(happening.user), neutral_emoji(happening.emoji)
            said = [Mark(who, "today", what, via, happening.present, happening.at)]
        else:
            there = [mark for mark in state.values() if mark.present and mark.via == via]
            only = happening.emoji and neutral_emoji(happening.emoji)
            said = [replace(m, present=False, at=happening.at) for m in there if only in (None, m.emoji)]
        state = merge([*state.values(), *said])
    return {(m.member, m.via, m.emoji): (m.present, (m.at - NINE) // TICK) for m in state.values()}


@given(happenings=st.lists(taps, max_size=30), sizes=batches, data=st.data())
@each_time
async def test_in_whatever_order_and_batches_taps_come_the_set_is_the_same(
    database: Database, taking_in: Reactions, happenings: list[Reacted], sizes: list[int], data: st.DataObject
) -> None:
    await forget(database)
    again = data.draw(st.permutations([*happenings, *happenings[:5]]))

    await take_in(taking_in, again, sizes)

    assert await kept(database) == as_marks(happenings)


@given(happenings=st.lists(taps | clearings, max_size=30), sizes=batches)
@each_time
async def test_clearings_keep_their_place_among_the_taps(
    database: Database, taking_in: Reactions, happenings: list[Happening], sizes: list[int]
) -> None:
    await forget(database)
    in_time = [replace(happening, at=NINE + tick * TICK) for tick, happening in enumerate(happenings)]

    await take_in(taking_in, in_time, sizes)

    assert await kept(database) == as_marks(in_time)


@pytest.mark.parametrize("number", [1, 700])
async def test_however_many_come_together_the_statements_are_the_same(
    database: Database, taking_in: Reactions, number: int
) -> None:
    [ref, *_] = COPIES
    many = [Reacted(ref, f"user {n}", "🌱", present=True, at=NINE) for n in range(number)]

    with heard(database) as said:
        await take_in(taking_in, many, [number])

    assert [statement.split()[0] for statement, _ in said] == ["WITH", "WITH", "WITH"]
    assert len(await kept(database)) == number


async def test_what_is_done_to_messages_that_are_no_copies_costs_one_statement_and_makes_nobody_a_member(
    database: Database, taking_in: Reactions
) -> None:
    many = [Reacted(NO_COPY, f"user {n}", "🌱", present=True, at=NINE) for n in range(50)]

    with heard(database) as said:
        await take_in(taking_in, many, [50])

    assert [statement.split()[0] for statement, _ in said] == ["WITH"]
    async with database.engine.connect() as connection:
        assert (await connection.execute(select(members.c.id))).all() == []


async def test_two_listeners_that_take_in_the_same_people_at_once_do_not_block_each_other(
    database: Database, taking_in: Reactions
) -> None:
    clock = StillClock(NINE)
    another = Reactions(database, Comparing(database, Room(), clock), clock, Notebook())
    [ref, *_] = COPIES
    many = [Reacted(ref, f"user {n}", "🌱", present=True, at=NINE) for n in range(300)]

    await asyncio.gather(take_in(taking_in, many, [100]), take_in(another, many[::-1], [70, 70]))

    assert len(await kept(database)) == 300


async def test_a_member_who_was_erased_meanwhile_is_made_anew_and_nothing_is_left_behind(
    database: Database, taking_in: Reactions
) -> None:
    [ref, *_] = COPIES
    await take_in(taking_in, [Reacted(ref, "robin", "🌱", present=True, at=NINE)], [])
    async with database.engine.begin() as connection:
        await connection.execute(delete(members))

    await take_in(taking_in, [Reacted(ref, "robin", "❤", present=True, at=NINE)], [])

    assert await kept(database) == {("robin", "in the square", "❤"): (True, 0)}
