"""Menus of messages: what Discord hands over with them, whose it is, and who can read along there."""

from collections.abc import AsyncIterator

import pytest

from adapters.discord import commands
from bot.domain.commands import Menu
from bot.domain.message import Action, Card, Choice, Text
from bot.domain.places import Actor, MessageRef
from bot.domain.said import Channel, Said
from bot.domain.uploads import Upload
from bot.services.commands import MENUS as EVERY
from tests.adapters.discord.conftest import Listening, Village
from tests.adapters.discord.door import COMMANDS, HELLO, MENUS, Door
from tests.adapters.discord.test_discord_commands import stored
from tests.standins.discord import Channel as Room
from tests.standins.discord import Message, NotPossible, Permission

ADD, WHY = (menu.label for menu in MENUS)


@pytest.fixture
async def heard(listening: Listening, door: Door) -> AsyncIterator[Door]:
    """A front door with an adapter that listens."""
    async with listening(door):
        yield door


async def said_of(door: Door, village: Village, message: Message, menu: str = ADD) -> Said:
    """What arrives of a message that Anna uses a menu on."""
    await village.discord.message_menu(village.anna, message, menu)
    said = door.knocks[-1].said
    assert said is not None
    return said


async def written(village: Village, text: str, channel: Room | None = None) -> Message:
    return await village.discord.write(village.anna, channel or village.channel, text)


def actor_of(door: Door) -> Actor:
    actor = door.knocks[-1].actor
    assert actor is not None
    return actor


# The tables as Discord's


def test_each_menu_is_a_message_command_for_servers() -> None:
    menus = [command for command in commands.native(COMMANDS, EVERY) if command["type"] == 3]

    assert [menu["name"] for menu in menus] == [menu.label for menu in EVERY]
    assert all(set(menu) == {"type", "name", "contexts", "integration_types"} for menu in menus)
    assert all(menu["contexts"] == [0] and menu["integration_types"] == [0] for menu in menus)


def test_menus_that_discord_tells_back_are_the_same() -> None:
    wanted = commands.native(COMMANDS, EVERY)

    assert commands.same(wanted, [stored({"description": ""} | command) for command in wanted])


@pytest.mark.parametrize("known", [(), EVERY[1:], (*EVERY, Menu("old", "Old menu", "Old"))], ids=str)
def test_menus_other_than_these_are_a_difference(known: tuple[Menu, ...]) -> None:
    wanted = commands.native(COMMANDS, EVERY)

    assert not commands.same(wanted, [stored(command) for command in commands.native(COMMANDS, known)])


async def test_menus_are_registered_beside_commands_and_not_again(
    listening: Listening, door: Door, village: Village
) -> None:
    door.menus = EVERY
    async with listening(door):
        pass
    asked = len(village.discord.calls("GET", "/commands$"))
    async with listening(Door(menus=EVERY)):
        await village.discord.until(lambda: len(village.discord.calls("GET", "/commands$")) > asked)

    assert {menu.label for menu in EVERY} < {command["name"] for command in village.discord.commands}
    assert len(village.discord.calls("PUT", "/commands$")) == 1
    assert village.discord.violations == []


# What is handed over


async def test_a_menu_on_one_s_own_message_hands_it_over(heard: Door, village: Village) -> None:
    message = await written(village, "Sam carried my bags")

    reply = await village.discord.message_menu(village.anna, message, ADD)

    [knock] = heard.knocks
    assert (knock.name, knock.about) == ("menu", "add")
    assert knock.said == Said(
        MessageRef(village.place, message.id), village.anna.id, "Sam carried my bags", by_bot=False, where=Channel.OPEN
    )
    assert HELLO.heading in reply.text


async def test_a_picture_is_fetched_once_it_is_asked_for(heard: Door, village: Village) -> None:
    message = await written(village, "Sam carried my bags")
    world = village.discord.world
    for name, kind, data in (("notes.txt", "text/plain", b"notes"), ("bags.png", "image/png", b"bags")):
        path = f"/attachments/{village.channel.id}/{name}"
        world.files[path] = data
        url = world.origin + path
        told = {"id": name, "filename": name, "size": len(data), "url": url, "proxy_url": url, "content_type": kind}
        message.attachments.append(told)

    said = await said_of(heard, village, message)

    assert said.picture is not None
    assert await said.picture() == Upload("bags.png", b"bags")


async def test_a_message_without_a_picture_has_none_to_fetch(heard: Door, village: Village) -> None:
    said = await said_of(heard, village, await written(village, "Sam carried my bags"))

    assert said.picture is None


async def test_a_menu_on_somebody_else_s_message_says_whose_it_is(heard: Door, village: Village) -> None:
    ben = village.discord.add_user("Ben")
    village.guild.add_member(ben)
    message = await village.discord.write(ben, village.channel, "I baked")

    said = await said_of(heard, village, message, WHY)

    assert (heard.knocks[0].about, said.author, said.by_bot) == ("why", ben.id, False)
    assert actor_of(heard).person.user == village.anna.id


async def test_the_answer_to_a_menu_is_for_that_person_alone(heard: Door, village: Village) -> None:
    message = await written(village, "Sam carried my bags")

    await village.discord.message_menu(village.anna, message, ADD)

    assert village.messages == [message]


async def test_a_slow_answer_to_a_menu_is_acknowledged_in_time(
    listening: Listening, door: Door, village: Village
) -> None:
    message = await written(village, "Sam carried my bags")
    door.says_late(Card("Late", (Text("but here"),)))
    async with listening(door, patience=0.05):
        village.discord.world.changed = lambda: _open_when_acknowledged(village, door)
        reply = await village.discord.message_menu(village.anna, message, ADD)

    assert "but here" in reply.text


def _open_when_acknowledged(village: Village, door: Door) -> None:
    if any(one.response for one in village.discord.world.interactions.values()):
        door.gate.set()
    village.discord.note_change()


async def test_a_message_of_a_bot_is_told_as_one(heard: Door, village: Village) -> None:
    bot = village.discord.add_user("Helper", bot=True)
    village.guild.add_member(bot)

    said = await said_of(heard, village, await village.discord.write(bot, village.channel, "beep"))

    assert (said.author, said.by_bot) == (bot.id, True)


async def test_a_message_of_a_webhook_is_nobody_s(heard: Door, village: Village) -> None:
    message = await written(village, "News from elsewhere")
    message.by_webhook = True

    said = await said_of(heard, village, message)

    assert (said.author, said.by_bot) == ("", True)


async def test_kindling_s_own_card_is_told_by_its_place(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, Card("An act of kindness"))
        said = await said_of(door, village, message)

    assert (said.ref, said.author, said.by_bot) == (
        MessageRef(village.place, message.id),
        village.discord.bot.id,
        True,
    )


async def test_a_menu_that_is_not_in_the_table_any_more_reaches_the_core(heard: Door, village: Village) -> None:
    heard.menus = ()

    await said_of(heard, village, await written(village, "Hello"))

    assert (heard.knocks[0].name, heard.knocks[0].about) == ("menu", ADD)


async def test_hostile_words_are_handed_over_as_words(heard: Door, village: Village) -> None:
    text = f"<@{village.anna.id}> and @everyone in {village.channel.mention} <:kind:815> [bank](https://evil.example)"

    said = await said_of(heard, village, await written(village, text))

    assert said.text == "someone and everyone in a channel :kind: bank (https://evil.example)"


# Who can read along


@pytest.mark.parametrize("thread", [False, True], ids=["channel", "thread"])
async def test_a_channel_that_everyone_sees_is_open(heard: Door, village: Village, *, thread: bool) -> None:
    room = village.guild.add_thread(village.channel, "Bags") if thread else village.channel

    said = await said_of(heard, village, await written(village, "Hello", room))

    assert (said.where, said.ref.place.channel) == (Channel.OPEN, room.id)


@pytest.mark.parametrize("thread", [False, True], ids=["channel", "thread"])
async def test_a_channel_that_is_hidden_from_everyone_is_private(
    heard: Door, village: Village, *, thread: bool
) -> None:
    village.channel.deny(village.guild.everyone, Permission.VIEW_CHANNEL)
    village.channel.allow(village.anna, Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
    room = village.guild.add_thread(village.channel, "Bags") if thread else village.channel

    assert (await said_of(heard, village, await written(village, "Hello", room))).where is Channel.PRIVATE


async def test_a_private_thread_of_an_open_channel_is_private(heard: Door, village: Village) -> None:
    room = village.guild.add_thread(village.channel, "Between us", private=True)

    assert (await said_of(heard, village, await written(village, "Hello", room))).where is Channel.PRIVATE


@pytest.mark.parametrize("thread", [False, True], ids=["channel", "thread"])
async def test_an_age_restricted_channel_is_told_as_one(heard: Door, village: Village, *, thread: bool) -> None:
    room = village.guild.add_channel("late", nsfw=True)
    room = village.guild.add_thread(room, "Later") if thread else room

    assert (await said_of(heard, village, await written(village, "Hello", room))).where is Channel.ADULT


@pytest.mark.parametrize("level", [1, 3], ids=["explicit", "age-restricted"])
async def test_every_channel_of_an_age_restricted_server_is(
    listening: Listening, door: Door, village: Village, level: int
) -> None:
    village.guild.nsfw_level = level
    async with listening(door):
        said = await said_of(door, village, await written(village, "Hello"))

    assert said.where is Channel.ADULT


async def test_of_a_channel_that_nothing_was_told_of_nothing_is_claimed(heard: Door, village: Village) -> None:
    village.discord.hold_events()
    room = village.guild.add_channel("new")

    assert (await said_of(heard, village, await written(village, "Hello", room))).where is Channel.UNKNOWN


async def test_what_is_changed_in_a_channel_holds_from_then_on(heard: Door, village: Village) -> None:
    message = await written(village, "Hello")
    before = await said_of(heard, village, message)
    village.channel.deny(village.guild.everyone, Permission.VIEW_CHANNEL)
    village.channel.allow(village.anna, Permission.VIEW_CHANNEL)

    after = await said_of(heard, village, message)

    assert (before.where, after.where) == (Channel.OPEN, Channel.PRIVATE)


async def test_a_message_that_is_gone_has_no_menu(heard: Door, village: Village) -> None:
    message = await written(village, "Hello")
    await village.discord.delete_message(message)

    with pytest.raises(NotPossible):
        await village.discord.message_menu(village.anna, message, ADD)


# Who asks


async def test_who_asks_is_called_as_the_server_calls_them(heard: Door, village: Village) -> None:
    await village.discord.slash(village.anna, village.channel, "kind today")
    village.guild.members[village.anna.id].nick = "Anna of the garden"
    await village.discord.slash(village.anna, village.channel, "kind today")

    assert [knock.actor.name for knock in heard.knocks if knock.actor] == [village.anna.name, "Anna of the garden"]


async def test_somebody_without_a_display_name_is_called_by_their_user_name(heard: Door, village: Village) -> None:
    village.anna.bot = True  # the stand-in gives bots no display name

    await village.discord.slash(village.anna, village.channel, "kind today")

    assert actor_of(heard).name == "anna"


async def test_who_asks_comes_with_the_roles_they_were_given(heard: Door, village: Village) -> None:
    gardeners = village.guild.add_role("gardeners")
    village.guild.add_role("bakers")
    village.guild.set_roles(village.anna, [gardeners])

    await village.discord.slash(village.anna, village.channel, "kind today")

    assert actor_of(heard).roles == {gardeners.id}


async def test_roles_count_also_where_the_server_was_not_told_yet(heard: Door, village: Village) -> None:
    village.discord.hold_events()
    gardeners = village.guild.add_role("gardeners")
    village.guild.set_roles(village.anna, [gardeners])

    await village.discord.slash(village.anna, village.channel, "kind today")

    assert actor_of(heard).roles == {gardeners.id}


async def test_in_a_direct_message_somebody_has_a_name_and_no_roles(
    listening: Listening, door: Door, village: Village
) -> None:
    card = Card("An idea", choices=(Choice("Another idea", Action("another", "d1")),))
    async with listening(door) as adapter:
        await adapter.tell(village.person, card)
        [told] = village.discord.messages(village.discord.dm(village.anna))
        await village.discord.click(village.anna, told, told.buttons[0])

    assert (actor_of(door).name, actor_of(door).roles) == (village.anna.name, frozenset())
