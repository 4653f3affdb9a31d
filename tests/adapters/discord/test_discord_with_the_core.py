"""The whole way, with the real core: set up with a form, a card at its time, a button, a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.discord.adapter import DiscordAdapter
from bot.compose import Core, build_core
from bot.domain.delivery import State
from bot.domain.errors import Unreachable
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card
from bot.domain.places import Actor, Person, Place
from tests.adapters.discord.conftest import Listening, Village, the_settings
from tests.adapters.discord.door import Door, StillClock
from tests.house import Notebook, Room
from tests.prepared import database_in, the_library
from tests.standins.discord import Permission, Reply, User

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
TUESDAY_MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)  # nine o'clock in Berlin


@asynccontextmanager
async def running(village: Village, folder: Path, clock: StillClock) -> AsyncIterator[tuple[Core, Notebook]]:
    """Kindling as it runs: core and adapter, over a database in `folder`."""
    database = database_in(folder)
    adapter, room, notebook = DiscordAdapter(the_settings(village.discord)), Room(), Notebook()
    room.messengers["discord"] = adapter
    core = build_core(database, the_library(), room, clock, watcher=notebook)
    await adapter.open()
    before = village.discord.gateway.sessions.copy()
    tasks = [asyncio.create_task(core.engine.run()), asyncio.create_task(adapter.listen(core.kindling))]
    try:
        await village.discord.until(
            lambda: village.discord.gateway.sessions != before and bool(village.discord.commands), within=15
        )
        yield core, notebook
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await adapter.close()
        await database.close()


def a_moderator(village: Village) -> User:
    user = village.discord.add_user("Maya")
    village.guild.add_member(user, permissions=Permission.MANAGE_GUILD)
    return user


async def set_up(village: Village, maya: User) -> str:
    walk = await village.discord.slash(maya, village.channel, "kindling setup")
    form = await village.discord.click(maya, walk, "All on one form")
    answers = {"channel": village.channel, "zone": "Europe/Berlin", "morning": "09:00", "days": "every day"}
    return (await village.discord.submit(maya, form, answers)).text


async def test_a_server_is_set_up_and_gets_its_card_at_the_time_it_chose(village: Village, tmp_path: Path) -> None:
    clock, maya = StillClock(MONDAY), a_moderator(village)

    async with running(village, tmp_path, clock) as (core, notebook):
        told = await set_up(village, maya)
        before = list(village.messages)
        clock.at = TUESDAY_MORNING
        await core.engine.settle()

    assert "09:00" in told
    assert before == []
    assert [delivery.state for delivery in notebook.entries] == [State.POSTED]
    assert "Today’s intention" in village.messages[0].text


async def test_a_member_answers_the_card_after_a_restart(village: Village, tmp_path: Path) -> None:
    clock, maya = StillClock(MONDAY), a_moderator(village)
    async with running(village, tmp_path, clock) as (core, _):
        await set_up(village, maya)
        clock.at = TUESDAY_MORNING
        await core.engine.settle()

    async with running(village, tmp_path, clock):
        reply = await village.discord.click(village.anna, village.messages[0], "I'll try one")

    assert reply.ephemeral
    assert len(village.messages) == 1


async def test_an_answer_that_got_lost_does_not_post_a_second_card(village: Village, tmp_path: Path) -> None:
    clock, maya = StillClock(MONDAY), a_moderator(village)

    async with running(village, tmp_path, clock) as (core, notebook):
        await set_up(village, maya)
        village.discord.fail("POST", r"/channels/\d+/messages$", drop_after=True)
        clock.at = TUESDAY_MORNING
        village.discord.now = clock.now
        await core.engine.settle()
        while notebook.entries[-1].state is State.SENDING and (due := await core.engine.next_at()):
            clock.at = max(due, clock.at)
            await core.engine.settle()

    assert [delivery.state for delivery in notebook.entries] == [State.SENDING, State.POSTED]
    assert len(village.messages) == 1
    assert len(village.discord.calls("POST", r"/channels/\d+/messages$")) == 1


async def test_every_form_of_the_core_fits_into_a_modal(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)):
        await set_up(village, maya)
        walk = await village.discord.slash(maya, village.channel, "kindling setup")
        setup = await village.discord.click(maya, walk, "All on one form")
        pause = await village.discord.slash(maya, village.channel, "kindling pause")

    assert setup.modal is not None
    assert pause.modal is not None


async def test_every_command_of_the_core_gets_a_private_answer(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)) as (core, _):
        await set_up(village, maya)
        replies = [
            await village.discord.slash(maya, village.channel, command.name)
            for command in core.kindling.commands
            if command.name != "kindling post"
        ]

    assert all(reply.modal or reply.ephemeral for reply in replies)
    assert not any("not your fault" in reply.text for reply in replies)


KINDNESS = "Anna carried my boxes & said <nothing> about it. @everyone **really** <@1>"
TOLD = {"text": KINDNESS, "telling": "received", "shown_as": "name", "circle": "colleagues"}


async def share(village: Village, core: Core, author: User, **answers: str) -> Reply:
    """Share an act with the form, and put it on the wall; the answer to that."""
    form = await village.discord.slash(author, village.channel, "kind share")
    preview = await village.discord.submit(author, form, TOLD | answers)
    published = await village.discord.click(author, preview, "Put it on the wall")
    await core.engine.settle()
    return published


async def test_an_act_goes_from_the_form_to_the_channel_and_pings_nobody(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)) as (core, _):
        await set_up(village, maya)
        await share(village, core, village.anna)

    [copy] = village.messages
    assert "carried my boxes" in copy.text
    assert village.anna.name in copy.text
    assert not copy.pings


async def test_taking_it_back_removes_the_message(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)

    async with running(village, tmp_path, StillClock(MONDAY)) as (core, _):
        await set_up(village, maya)
        published = await share(village, core, village.anna)
        taken = await village.discord.click(village.anna, published, "Take it back")
        await core.engine.settle()
        while_down = list(village.messages)
        await village.discord.click(village.anna, taken, "Put it back")
        await core.engine.settle()

    assert while_down == []
    assert len(village.messages) == 1


async def test_reactions_to_an_act_become_words(village: Village, tmp_path: Path) -> None:
    maya, clock = a_moderator(village), StillClock(MONDAY)
    others = [village.discord.add_user(f"Kim {number}") for number in range(4)]

    async with running(village, tmp_path, clock) as (core, _):
        await set_up(village, maya)
        await share(village, core, village.anna)
        for user in others:
            village.guild.add_member(user)
            await village.discord.react(user, village.messages[0], "🌻")
        await core.reactions.caught_up()
        clock.at += timedelta(minutes=2)
        await core.engine.settle()

    [copy] = village.messages
    assert "A few of you felt this." in copy.text


async def test_ones_own_message_goes_on_the_wall_from_its_menu(village: Village, tmp_path: Path) -> None:
    maya = a_moderator(village)
    said = await village.discord.write(village.anna, village.channel, "Thank you <@1> for the soup!")

    async with running(village, tmp_path, StillClock(MONDAY)) as (core, _):
        await set_up(village, maya)
        form = await village.discord.message_menu(village.anna, said, "Add to the kindness wall")
        preview = await village.discord.submit(village.anna, form, {"telling": "received", "shown_as": "someone"})
        await village.discord.click(village.anna, preview, "Put it on the wall")
        await core.engine.settle()

    [_, copy] = village.messages
    assert "Thank you someone for the soup!" in copy.text


async def test_no_moderator_has_cards_come_in_another_servers_channel(village: Village, tmp_path: Path) -> None:
    """The id of any channel can be sent by hand, and the bot may write in those of every server it is in."""
    clock, maya = StillClock(MONDAY), a_moderator(village)
    theirs = village.discord.add_guild("Town").add_channel("market")
    actor = Actor(Person("discord", village.guild.id, maya.id), may_moderate=True, channel=village.channel.id)
    wishes = {"channel": theirs.id, "zone": "Europe/Berlin", "morning": "09:00", "days": "every day"}

    async with running(village, tmp_path, clock) as (core, _):
        by_command = await core.kindling.command(actor, "kindling setup", wishes)
        where = (await core.kindling.press(actor, Action("guide_form", "where"))).content
        assert isinstance(where, Form)
        answers = {"channel": theirs.id, "wall": "other", "wall_channel": theirs.id}
        by_steps = await core.kindling.submit(actor, "guide", where.subject, answers)
        await core.kindling.press(actor, Action("guide_try"))
        await core.kindling.command(actor, "kindling setup", wishes | {"channel": village.channel.id})
        wall = (await core.kindling.command(actor, "kindling wall setup", {})).content
        another = (await core.kindling.press(actor, Action("open", "schedule"))).content
        assert isinstance(wall, Form)
        assert isinstance(another, Form)
        of_wall = await core.kindling.submit(actor, wall.name, wall.subject, {"channel": theirs.id})
        more = wishes | {"ritual": "evening", "at": "09:00"}
        of_cards = await core.kindling.submit(actor, another.name, another.subject, more)
        clock.at = TUESDAY_MORNING
        await core.engine.settle()

    refused = [reply.content for reply in (by_command, by_steps, of_wall, of_cards)]
    assert all(isinstance(one, Rejected) and "not in this server" in one.problems["channel"] for one in refused)
    assert village.discord.messages(theirs) == []
    assert len(village.messages) == 1


async def test_what_was_kept_of_another_servers_channel_posts_nothing_there(
    village: Village, listening: Listening, door: Door
) -> None:
    theirs = village.discord.add_guild("Town").add_channel("market")

    async with listening(door) as adapter:
        with pytest.raises(Unreachable):
            await adapter.send(Place("discord", village.guild.id, theirs.id), Card("Hello"), "d1")

    assert village.discord.messages(theirs) == []
