"""Reactions: the full set over REST, and each change over the gateway."""

import asyncio

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.doorstep import Doorstep
from adapters.discord.listener import Arrivals
from bot.domain.errors import TryLater, Unreachable
from bot.domain.message import Card
from bot.domain.places import MessageRef, Place
from bot.domain.reactions import Felt, Reacted
from tests.adapters.discord.conftest import Listening, Village, the_settings
from tests.adapters.discord.door import Door, StillClock
from tests.standins.discord import DiscordStandIn, Message

CARD = Card("Good morning")
PLACE = Place("discord", "1", "2")
REACTIONS = r"/reactions/"


def ref_of(village: Village, message: Message) -> MessageRef:
    return MessageRef(village.place, message.id)


async def test_the_full_set_goes_over_pages_and_emoji(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    people = [village.discord.add_user(f"Person {number}") for number in range(250)]
    for person in people:
        village.guild.add_member(person)
        await village.discord.react(person, message, "🌱")
    await village.discord.react(village.anna, message, "💛")

    felt = await adapter.reactions(ref_of(village, message))

    assert felt == {Felt(person.id, "🌱") for person in people} | {Felt(village.anna.id, "💛")}


async def test_super_reactions_are_reactions(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    ben = village.discord.add_user("Ben")
    village.guild.add_member(ben)
    await village.discord.react(village.anna, message, "🌱", burst=True)
    await village.discord.react(ben, message, "🌱")

    felt = await adapter.reactions(ref_of(village, message))

    assert felt == {Felt(village.anna.id, "🌱"), Felt(ben.id, "🌱")}


async def test_exactly_one_full_page_is_a_full_set(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    for number in range(100):
        person = village.discord.add_user(f"Person {number}")
        village.guild.add_member(person)
        await village.discord.react(person, message, "🌱")

    assert len(await adapter.reactions(ref_of(village, message))) == 100


async def test_bots_are_left_out_of_the_set(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    robot = village.discord.add_user("Robot", bot=True)
    village.guild.add_member(robot)
    await village.discord.react(robot, message, "🌱")

    assert await adapter.reactions(ref_of(village, message)) == frozenset()


async def test_emoji_have_their_neutral_spelling(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.emojis["kindness"] = "4242"
    message = await village.posted(adapter, CARD)
    await village.discord.react(village.anna, message, "❤\ufe0f")
    await village.discord.react(village.anna, message, "👍🏽")
    await village.discord.react(village.anna, message, "kindness:4242")

    felt = await adapter.reactions(ref_of(village, message))

    assert {each.emoji for each in felt} == {"❤", "👍", ":kindness:"}


async def test_a_message_that_is_gone_has_no_reactions(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    await village.discord.delete_message(message)

    assert await adapter.reactions(ref_of(village, message)) == frozenset()


async def test_a_channel_that_is_gone_does_not_count_as_no_reactions(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    await village.discord.delete_channel(village.channel)

    with pytest.raises(Unreachable):
        await adapter.reactions(ref_of(village, message))


async def test_a_set_that_could_not_be_read_to_the_end_is_no_set(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    await village.discord.react(village.anna, message, "🌱")
    village.discord.fail("GET", REACTIONS, status=503)

    with pytest.raises(TryLater):
        await adapter.reactions(ref_of(village, message))


async def test_an_emoji_that_is_taken_off_meanwhile_is_not_there(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)
    await village.discord.react(village.anna, message, "🌱")
    village.discord.fail("GET", REACTIONS, status=400, error={"code": 10014, "message": "Unknown Emoji"})

    assert await adapter.reactions(ref_of(village, message)) == frozenset()


@pytest.mark.parametrize("burst", [False, True])
async def test_a_tap_and_its_taking_back_reach_the_core(
    listening: Listening, door: Door, village: Village, *, burst: bool
) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        await village.discord.react(village.anna, message, "❤\ufe0f", burst=burst)
        await village.discord.unreact(village.anna, message, "❤\ufe0f")
        await village.discord.until(lambda: len(door.marks) == 2)

    assert [mark[:4] for mark in door.marks] == [
        (village.person, ref_of(village, message), "❤", True),
        (village.person, ref_of(village, message), "❤", False),
    ]


async def test_taps_keep_their_order_however_quick_they_are(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        for _ in range(5):
            await village.discord.react(village.anna, message, "🌱")
            await village.discord.unreact(village.anna, message, "🌱")
        await village.discord.until(lambda: len(door.marks) == 10)

    in_time = sorted(door.marks, key=lambda mark: mark[4])
    assert [mark[3] for mark in in_time] == [True, False] * 5


async def test_what_there_is_no_room_for_waits_and_keeps_its_order(
    listening: Listening, door: Door, village: Village
) -> None:
    door.full = True

    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        for _ in range(3):
            await village.discord.react(village.anna, message, "🌱")
            await village.discord.unreact(village.anna, message, "🌱")
        await village.discord.clear_reactions(message)
        waited = (list(door.marks), list(door.clearings))
        door.emptied.set()
        await village.discord.until(lambda: len(door.marks) == 6 and len(door.clearings) == 1)

    assert waited == ([], [])
    assert [mark[3] for mark in door.marks] == [True, False] * 3
    instants = [mark[4] for mark in door.marks]
    assert instants == sorted(instants)


async def test_nobody_is_let_in_before_those_who_wait() -> None:
    door = Door(full=True)
    doorstep = Doorstep(door)  # type: ignore[arg-type] -- all that it calls
    taps = [Reacted(MessageRef(PLACE, "1"), user, "🌱", present=True, at=door.clock.now()) for user in ("a", "b", "c")]
    doorstep.bring(taps[0])
    letting_in = asyncio.create_task(doorstep.let_in())

    door.full = False
    doorstep.bring(taps[1])
    door.emptied.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    doorstep.bring(taps[2])
    letting_in.cancel()

    assert [mark[0].user for mark in door.marks] == ["a", "b", "c"]


async def test_when_too_many_wait_the_connection_is_given_up(
    discord: DiscordStandIn, door: Door, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Doorstep.__init__, "__defaults__", (2,))
    door.full = True
    adapter = DiscordAdapter(the_settings(discord))
    await adapter.open()
    listening = asyncio.create_task(adapter.listen(door))  # type: ignore[arg-type] -- all that it calls
    await discord.until(lambda: bool(door.connections))
    message = await village.posted(adapter, CARD)

    for emoji in ("🌱", "💛", "🔥"):
        await discord.react(village.anna, message, emoji)

    with pytest.raises(TryLater, match="too_many_reactions"):
        await listening
    await adapter.close()


async def test_taps_on_other_peoples_messages_are_not_told(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        hello = await village.discord.write(village.anna, village.channel, "hello")
        await village.discord.react(village.anna, hello, "🌱")
        await village.discord.react(village.anna, message, "💛")
        await village.discord.until(lambda: bool(door.marks))

    assert [mark[2] for mark in door.marks] == ["💛"]


def test_no_two_arrivals_are_at_one_instant_even_if_the_clock_goes_back() -> None:
    clock = StillClock()
    arrivals = Arrivals(clock)

    first = arrivals.now()
    second = arrivals.now()
    clock.at = clock.at.replace(hour=8)
    third = arrivals.now()

    assert first < second < third


async def test_a_server_s_own_emoji_is_told_by_its_name(listening: Listening, door: Door, village: Village) -> None:
    village.guild.emojis["kindness"] = "4242"

    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        await village.discord.react(village.anna, message, "kindness:4242")
        await village.discord.until(lambda: bool(door.marks))

    assert door.marks[0][2] == ":kindness:"


async def test_taps_of_bots_are_not_told(listening: Listening, door: Door, village: Village) -> None:
    robot = village.discord.add_user("Robot", bot=True)
    village.guild.add_member(robot)

    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        await village.discord.react(robot, message, "🌱")
        await village.discord.react(village.anna, message, "🌱")
        await village.discord.until(lambda: bool(door.marks))

    assert [mark[0].user for mark in door.marks] == [village.anna.id]


async def test_its_own_taps_are_not_told_when_they_are_taken_back(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        await village.discord.react(village.discord.bot, message, "🌱")
        await village.discord.unreact(village.discord.bot, message, "🌱")
        await village.discord.react(village.anna, message, "🌱")
        await village.discord.until(lambda: bool(door.marks))

    assert [mark[0].user for mark in door.marks] == [village.anna.id]


async def test_clearings_are_told(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        await village.discord.react(village.anna, message, "❤\ufe0f")
        await village.discord.clear_emoji(message, "❤\ufe0f")
        await village.discord.clear_reactions(message)
        await village.discord.until(lambda: len(door.clearings) == 2)

    ref = ref_of(village, message)
    assert door.clearings == [(ref, "❤"), (ref, None)]
