"""Pictures that were drawn here: attached to their message, known again with it, and told in words elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.render import FILES
from bot.domain.errors import Uncertain
from bot.domain.message import Action, Card, Choice, Picture, Text
from bot.domain.places import MessageRef
from tests.adapters.discord.conftest import Village
from tests.standins.discord import Message, Permission

PNG = b"\x89PNG\r\n\x1a\n-a-garden"
ALT = "A garden with tulips in gold"
CARD = Card(
    "This week in kindness",
    (Text("There was kindness here this week."),),
    (Choice("Read the wall", Action("read", "d1")),),
    Picture("", ALT, svg="<svg/>", png=PNG),
)
OTHER = replace(CARD, picture=Picture("", "A garden with daisies in blue", svg="<svg/>", png=PNG + b"2"))
BARE = replace(CARD, picture=None)
GALLERY = 12
SEND = r"/channels/\d+/messages$"


def gallery(message: Message) -> list[dict[str, object]]:
    [container] = message.components
    return [item for part in container["components"] if part["type"] == GALLERY for item in part["items"]]


def texts(message: Message) -> str:
    [container] = message.components
    return "\n".join(part["content"] for part in container["components"] if "content" in part)


def shown(village: Village, message: Message) -> bytes:
    """The bytes behind the one picture of a message."""
    [item] = gallery(message)
    url = str(item["media"]["url"])  # type: ignore[index] -- the stand-in's JSON
    [data] = [data for path, data in village.discord.world.files.items() if url.endswith(path)]
    return data


async def test_a_picture_that_was_drawn_here_is_attached_and_shown(adapter: DiscordAdapter, village: Village) -> None:
    message = await village.posted(adapter, CARD)

    assert shown(village, message) == PNG
    assert [item["description"] for item in gallery(message)] == [ALT]
    assert [(one["filename"], one["description"]) for one in message.attachments] == [(FILES["png"], ALT)]
    assert ALT not in texts(message)


async def test_nobody_is_pinged_by_a_message_with_a_picture(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.bot_role.permissions |= Permission.MENTION_EVERYONE

    message = await village.posted(adapter, replace(CARD, heading="@everyone"))

    assert not message.pings


async def test_a_repeated_send_gives_the_first_message_with_its_picture(
    adapter: DiscordAdapter, village: Village
) -> None:
    first = await adapter.send(village.place, CARD, "d1")
    second = await adapter.send(village.place, CARD, "d1")

    assert first == second
    assert len(village.messages) == 1


async def test_a_message_with_a_picture_is_found_by_its_key(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, CARD, "d1")

    found = await adapter.find(village.place, "d1", village.discord.world.now() - timedelta(minutes=1))
    other = await adapter.find(village.place, "d2", village.discord.world.now() - timedelta(minutes=1))

    assert (found, other) == (ref, None)


async def test_a_lost_answer_leaves_a_message_with_its_picture_that_is_found(
    adapter: DiscordAdapter, village: Village
) -> None:
    village.discord.fail("POST", SEND, drop_after=True)

    with pytest.raises(Uncertain):
        await adapter.send(village.place, CARD, "d1")
    found = await adapter.find(village.place, "d1", village.discord.world.now() - timedelta(minutes=1))

    [message] = village.messages
    assert found == MessageRef(village.place, message.id)
    assert shown(village, message) == PNG


async def test_an_edit_puts_another_picture_in_the_place_of_the_first(
    adapter: DiscordAdapter, village: Village
) -> None:
    ref = await adapter.send(village.place, CARD, "d1")

    await adapter.edit(ref, OTHER, "d1")

    [message] = village.messages
    assert shown(village, message) == PNG + b"2"
    assert len(message.attachments) == 1
    assert await adapter.recognise(ref, ["d1"]) == "d1"


async def test_an_edit_without_a_picture_leaves_none_behind(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, CARD, "d1")

    await adapter.edit(ref, BARE, "d1")

    [message] = village.messages
    assert gallery(message) == []
    assert message.attachments == []


async def test_an_edit_can_put_a_picture_where_there_was_none(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, BARE, "d1")

    await adapter.edit(ref, CARD, "d1")

    assert shown(village, village.messages[0]) == PNG


async def test_where_files_may_not_be_attached_the_picture_is_told_in_words(
    adapter: DiscordAdapter, village: Village
) -> None:
    village.channel.deny(village.guild.everyone, Permission.ATTACH_FILES)

    message = await village.posted(adapter, CARD)

    assert gallery(message) == []
    assert ALT in texts(message)
    assert len(village.messages) == 1


async def test_a_drawing_that_no_picture_was_made_of_is_told_in_words(
    adapter: DiscordAdapter, village: Village
) -> None:
    message = await village.posted(adapter, replace(CARD, picture=Picture("", ALT, svg="<svg/>")))

    assert gallery(message) == []
    assert ALT in texts(message)


async def test_one_persons_message_shows_the_picture_too(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.tell(village.person, CARD)

    [message] = village.discord.messages(village.discord.dm(village.anna))
    assert shown(village, message) == PNG
    assert [item["description"] for item in gallery(message)] == [ALT]
    assert ALT not in texts(message)
