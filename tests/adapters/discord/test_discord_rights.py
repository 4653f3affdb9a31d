"""Which rights are missing in a channel, and how an administrator gives them."""

from datetime import timedelta

import pytest

from adapters.discord.adapter import DiscordAdapter
from bot.domain.errors import TryLater
from bot.domain.places import Lack, Person, Place, Standing
from tests.adapters.discord.conftest import Village
from tests.standins.discord import ChannelType, Permission


async def lacks(adapter: DiscordAdapter, village: Village) -> list[str]:
    return [lack.code for lack in await adapter.examine(village.place)]


def a_thread(village: Village, *, locked: bool = False) -> Place:
    """A thread below the village's channel, as Discord would tell of it."""
    village.guild.bot_role.permissions |= Permission.SEND_MESSAGES_IN_THREADS
    moment = "2026-11-24T09:00:00+00:00"
    thread = {
        "id": "4242",
        "type": 11,
        "guild_id": village.guild.id,
        "parent_id": village.channel.id,
        "owner_id": village.anna.id,
        "name": "thread",
        "message_count": 0,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 60,
            "archive_timestamp": moment,
            "locked": locked,
        },
    }
    village.discord.fail("GET", "/channels/4242$", status=200, error=thread)
    return Place("discord", village.guild.id, "4242")


async def test_nothing_is_missing_where_all_is_well(adapter: DiscordAdapter, village: Village) -> None:
    assert await lacks(adapter, village) == []


@pytest.mark.parametrize(
    ("right", "code", "name"),
    [
        (Permission.VIEW_CHANNEL, "discord.lacks_view_channel", "View Channel"),
        (Permission.SEND_MESSAGES, "discord.lacks_send_messages", "Send Messages"),
        (Permission.READ_MESSAGE_HISTORY, "discord.lacks_read_message_history", "Read Message History"),
    ],
)
async def test_a_missing_right_is_named_as_discord_names_it(
    adapter: DiscordAdapter, village: Village, right: Permission, code: str, name: str
) -> None:
    village.channel.deny(village.guild.me, right)

    [lack] = await adapter.examine(village.place)

    assert lack.code == code
    assert f"“{name}”" in lack.sentence
    assert "Server Settings > Roles > Kindling" in lack.sentence


async def test_all_missing_rights_are_named_at_once(adapter: DiscordAdapter, village: Village) -> None:
    village.channel.deny(village.guild.me, Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY)

    assert await lacks(adapter, village) == ["discord.lacks_send_messages", "discord.lacks_read_message_history"]


async def test_a_right_counts_as_soon_as_it_is_given(adapter: DiscordAdapter, village: Village) -> None:
    village.channel.deny(village.guild.me, Permission.SEND_MESSAGES)
    before = await lacks(adapter, village)
    village.channel.allow(village.guild.me, Permission.SEND_MESSAGES)

    assert before == ["discord.lacks_send_messages"]
    assert await lacks(adapter, village) == []


async def test_a_timeout_is_told_as_one(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.me.timed_out_until = village.discord.now() + timedelta(hours=1)

    [lack] = await adapter.examine(village.place)

    assert lack.code == "discord.timed_out"
    assert "Remove Timeout" in lack.sentence


async def test_a_timeout_that_is_over_is_none(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.me.timed_out_until = village.discord.now() - timedelta(hours=1)

    assert await lacks(adapter, village) == []


async def test_an_administrator_lacks_nothing(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.bot_role.permissions |= Permission.ADMINISTRATOR
    village.channel.deny(village.guild.everyone, Permission.SEND_MESSAGES)

    assert await lacks(adapter, village) == []


async def test_a_deleted_channel_is_gone(adapter: DiscordAdapter, village: Village) -> None:
    await village.discord.delete_channel(village.channel)

    assert await lacks(adapter, village) == ["discord.channel_gone"]


async def test_a_server_without_the_bot_is_gone(adapter: DiscordAdapter, village: Village) -> None:
    await village.discord.remove_guild(village.guild)

    assert await lacks(adapter, village) == ["discord.channel_gone"]


async def test_a_channel_of_another_server_is_gone(adapter: DiscordAdapter, village: Village) -> None:
    other = village.discord.add_guild("Second").add_channel("elsewhere")

    [lack] = await adapter.examine(Place("discord", village.guild.id, other.id))

    assert lack.code == "discord.channel_gone"


async def test_a_channel_that_never_was_is_gone(adapter: DiscordAdapter, village: Village) -> None:
    [lack] = await adapter.examine(Place("discord", village.guild.id, "not an id"))

    assert lack.code == "discord.channel_gone"


@pytest.mark.parametrize("kind", [ChannelType.CATEGORY, ChannelType.FORUM])
async def test_a_channel_without_messages_is_no_place_for_cards(
    adapter: DiscordAdapter, village: Village, kind: ChannelType
) -> None:
    other = village.guild.add_channel("shelf", kind=kind)

    [lack] = await adapter.examine(Place("discord", village.guild.id, other.id))

    assert isinstance(lack, Lack)
    assert lack.code == "discord.not_a_text_channel"


async def test_announcements_are_a_place_for_cards(adapter: DiscordAdapter, village: Village) -> None:
    news = village.guild.add_channel("news", kind=ChannelType.ANNOUNCEMENT)

    assert await adapter.examine(Place("discord", village.guild.id, news.id)) == ()


async def test_a_locked_thread_is_no_place_for_cards(adapter: DiscordAdapter, village: Village) -> None:
    [lack] = await adapter.examine(a_thread(village, locked=True))

    assert lack.code == "discord.thread_locked"


async def test_a_locked_thread_is_one_for_those_who_manage_threads(adapter: DiscordAdapter, village: Village) -> None:
    place = a_thread(village, locked=True)
    village.guild.bot_role.permissions |= Permission.MANAGE_THREADS

    assert await adapter.examine(place) == ()


async def test_in_a_thread_the_right_to_write_beside_it_is_not_needed(
    adapter: DiscordAdapter, village: Village
) -> None:
    place = a_thread(village)
    village.channel.deny(village.guild.me, Permission.SEND_MESSAGES)

    assert await adapter.examine(place) == ()


async def test_a_thread_asks_for_its_own_right(adapter: DiscordAdapter, village: Village) -> None:
    place = a_thread(village)
    village.channel.deny(village.guild.me, Permission.SEND_MESSAGES_IN_THREADS)

    [lack] = await adapter.examine(place)

    assert lack.code == "discord.lacks_send_messages_in_threads"


async def test_an_examination_that_fails_can_be_tried_again(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("GET", "/guilds/", status=503)

    with pytest.raises(TryLater):
        await adapter.examine(village.place)


@pytest.mark.parametrize("right", [Permission.MANAGE_GUILD, Permission.ADMINISTRATOR])
async def test_either_right_to_manage_a_server_is_enough(
    adapter: DiscordAdapter, village: Village, right: Permission
) -> None:
    village.guild.set_roles(village.anna, [village.guild.add_role("helpers", right)])

    standing = await adapter.standing(Person("discord", village.guild.id, village.anna.id))

    assert standing is not None
    assert standing.may_moderate


async def test_no_other_right_is_enough(adapter: DiscordAdapter, village: Village) -> None:
    role = village.guild.add_role("helpers", Permission.MANAGE_CHANNELS)
    village.guild.set_roles(village.anna, [role])

    standing = await adapter.standing(Person("discord", village.guild.id, village.anna.id))

    assert standing == Standing(may_moderate=False, name="Anna", roles=frozenset({role.id}))


async def test_what_is_no_id_of_a_person_belongs_to_nobody(adapter: DiscordAdapter, village: Village) -> None:
    assert await adapter.standing(Person("discord", village.guild.id, "not an id")) is None
