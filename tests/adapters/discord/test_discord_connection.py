"""The life of a connection: opening, listening, losing it, and what is told meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from discord.asset import Asset
from discord.http import Route

from adapters.discord import listener, plugin
from adapters.discord.adapter import DiscordAdapter
from bot.app import Shards, Surroundings
from bot.domain.errors import TryLater, Unreachable
from bot.domain.message import Card
from tests.adapters.discord.conftest import Listening, Village, the_settings
from tests.adapters.discord.door import COMMANDS, Door, StillClock
from tests.standins.discord import DiscordStandIn, Intent

CARD = Card("Good morning")


@asynccontextmanager
async def opened(discord: DiscordStandIn, **settings: object) -> AsyncIterator[DiscordAdapter]:
    adapter = DiscordAdapter(the_settings(discord, **settings))
    await adapter.open()
    try:
        yield adapter
    finally:
        await adapter.close()


async def lost(adapter: DiscordAdapter, door: Door, within: float = 15.0) -> BaseException | None:
    """Listen until the connection is lost for good; what came of it."""
    async with asyncio.timeout(within):
        [outcome] = await asyncio.gather(adapter.listen(door), return_exceptions=True)
    return outcome


def test_the_plugin_makes_an_adapter_of_its_settings(tmp_path: Path) -> None:
    settings = plugin.settings.model_validate({"token": "a.b.c"})

    adapter = plugin.create(settings, Surroundings(StillClock(), COMMANDS, tmp_path))

    assert (plugin.name, adapter.platform) == ("discord", "discord")


async def test_everything_follows_the_address_of_the_api(adapter: DiscordAdapter, discord: DiscordStandIn) -> None:
    assert discord.url == Route.BASE
    assert discord.url.startswith(Asset.BASE)
    assert adapter.platform == "discord"


async def test_opening_needs_no_gateway(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.send(village.place, CARD, "d1")

    assert village.discord.gateway.connections == 0


async def test_opening_with_a_wrong_token_is_unreachable_with_a_cure(discord: DiscordStandIn) -> None:
    adapter = DiscordAdapter(the_settings(discord, token="wrong"))

    with pytest.raises(Unreachable) as raised:
        await adapter.open()

    assert raised.value.code == "discord.token_refused"
    assert "Reset Token" in raised.value.sentence


async def test_opening_while_discord_is_down_can_be_tried_again(discord: DiscordStandIn) -> None:
    discord.fail("GET", "/users/@me", status=503)
    adapter = DiscordAdapter(the_settings(discord))

    with pytest.raises(TryLater):
        await adapter.open()
    await adapter.open()
    await adapter.close()


async def test_opening_twice_logs_in_once_and_asks_whether_that_still_holds(discord: DiscordStandIn) -> None:
    async with opened(discord) as adapter:
        await adapter.open()

    assert len(discord.calls("GET", "/applications/@me$")) == 1
    assert len(discord.calls("GET", "/users/@me$")) == 2


async def test_a_token_that_does_not_hold_any_more_is_told_by_opening_again(
    discord: DiscordStandIn, village: Village
) -> None:
    async with opened(discord) as adapter:
        discord.fail("GET", "/users/@me", status=401)

        with pytest.raises(Unreachable, match=r"discord\.token_refused"):
            await adapter.open()

        with pytest.raises(TryLater, match=r"discord\.token_refused"):
            await adapter.send(village.place, CARD, "d1")
        assert not discord.calls("POST", "/messages$")


async def test_the_shards_of_one_listener_come_before_those_of_the_settings(
    discord: DiscordStandIn, door: Door, tmp_path: Path
) -> None:
    settings = the_settings(discord, shard_count=2, shard_ids=[0])
    adapter = plugin.create(settings, Surroundings(StillClock(), COMMANDS, tmp_path, Shards((1, 3), 4)))
    await adapter.open()

    listening = asyncio.create_task(adapter.listen(door))
    await discord.until(lambda: len(discord.gateway.identifies) == 2, within=20)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await adapter.close()

    assert sorted(identify["shard"] for identify in discord.gateway.identifies) == [[1, 4], [3, 4]]


async def test_closing_twice_and_without_opening_is_fine(discord: DiscordStandIn) -> None:
    adapter = DiscordAdapter(the_settings(discord))

    await adapter.close()
    await adapter.open()
    await adapter.close()
    await adapter.close()


async def test_an_adapter_opens_again_after_closing(discord: DiscordStandIn, village: Village) -> None:
    async with opened(discord) as adapter:
        await adapter.close()
        await adapter.open()
        await adapter.send(village.place, CARD, "d1")

    assert len(village.messages) == 1


async def test_only_servers_and_their_reactions_are_asked_for(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        [identify] = village.discord.gateway.identifies

    assert identify["intents"] == Intent.GUILDS | Intent.GUILD_MESSAGE_REACTIONS


async def test_listening_begins_by_telling_all_servers(listening: Listening, door: Door, village: Village) -> None:
    second = village.discord.add_guild("Second")

    async with listening(door):
        pass

    assert door.connections == [{village.guild.id, second.id}]


async def test_ready_five_times_is_harmless(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        await village.discord.send_ready(5)
        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert "Good to see you." in reply.text
    assert all(spaces == {village.guild.id} for spaces in door.connections)
    assert len(village.discord.calls("PUT", "/commands$")) == 1


async def test_a_resumed_session_tells_that_events_may_have_been_lost(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        await village.discord.request_reconnect()
        await village.discord.until(lambda: len(door.connections) == 2, within=15)

    assert village.discord.gateway.resumes


async def test_a_new_session_tells_that_events_may_have_been_lost(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        await village.discord.reidentify()
        await village.discord.until(lambda: len(door.connections) >= 2, within=15)

    assert door.connections[-1] == {village.guild.id}


async def test_a_server_that_removed_the_bot_while_it_was_offline_is_left(
    listening: Listening, door: Door, village: Village
) -> None:
    second = village.discord.add_guild("Second")
    async with listening(door):
        async with village.discord.offline(resumable=False):
            await village.discord.remove_guild(second)
        await village.discord.until(lambda: len(door.connections) >= 2, within=20)

    assert door.connections[-1] == {village.guild.id}
    assert door.comings == [("left", second.id)]


async def test_a_server_that_cannot_be_asked_about_has_nothing_compared_again_and_again(
    listening: Listening, door: Door, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "AGAIN", 0.01)
    second = village.discord.add_guild("Second")
    village.discord.fail("GET", f"/guilds/{second.id}$", status=503, times=20)
    async with listening(door):
        async with village.discord.offline(resumable=False):
            await village.discord.remove_guild(second)
        await village.discord.until(lambda: bool(door.comings), within=20)

    assert door.comings == [("left", second.id)]
    assert len(door.connections) <= 3  # the first one, and what is told of the second: the shard, and all of them


async def test_what_was_tapped_while_offline_is_told_by_connecting_again(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, CARD)
        async with village.discord.offline(resumable=False):
            await village.discord.react(village.anna, message, "🌱")
        await village.discord.until(lambda: len(door.connections) >= 2, within=20)

    assert door.marks == []


async def test_a_comparison_that_fails_does_not_end_listening(
    listening: Listening, door: Door, village: Village
) -> None:
    door.failures = 1

    async with listening(door):
        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert "Good to see you." in reply.text


async def test_a_server_that_invites_the_bot_is_joined(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        second = village.discord.add_guild("Second")
        await village.discord.until(lambda: bool(door.comings))

    assert door.comings == [("joined", second.id)]


async def test_a_server_that_removes_the_bot_is_left(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        await village.discord.remove_guild(village.guild)
        await village.discord.until(lambda: bool(door.comings))

    assert door.comings == [("left", village.guild.id)]


async def test_an_outage_is_no_leaving_and_its_end_is_compared(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        await village.discord.begin_outage(village.guild)
        await village.discord.end_outage(village.guild)
        await village.discord.until(lambda: len(door.connections) == 2)

    assert door.comings == []
    assert door.connections[-1] == {village.guild.id}


async def test_a_deleted_channel_is_lost(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        await village.discord.delete_channel(village.channel)
        await village.discord.until(lambda: bool(door.lost))

    assert door.lost == [(village.place, "discord.channel_deleted")]


async def test_a_refused_first_connection_is_an_exception(village: Village, door: Door) -> None:
    village.discord.refuse_connections(100)

    async with opened(village.discord) as adapter:
        outcome = await lost(adapter, door)

    assert isinstance(outcome, TryLater)
    assert outcome.code == "discord.gateway_refused"


async def test_after_a_refused_first_connection_listening_works(village: Village, door: Door) -> None:
    village.discord.refuse_connections(1)

    async with opened(village.discord) as adapter:
        await lost(adapter, door)
        listening = asyncio.create_task(adapter.listen(door))
        await village.discord.until(lambda: bool(door.connections))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def test_while_the_gateway_refuses_cards_are_still_sent(village: Village, door: Door) -> None:
    village.discord.fail("GET", "/gateway/bot", status=503)

    async with opened(village.discord) as adapter:
        outcome = await lost(adapter, door)
        await adapter.send(village.place, CARD, "d1")

    assert isinstance(outcome, TryLater)
    assert len(village.messages) == 1


@pytest.mark.parametrize(("code", "kind"), [(4004, Unreachable), (4011, Unreachable), (4013, TryLater)])
async def test_a_connection_that_is_closed_for_good_ends_listening(
    listening: Listening, door: Door, village: Village, code: int, kind: type[Exception]
) -> None:
    async with opened(village.discord) as adapter:
        ending = asyncio.create_task(lost(adapter, door))
        await village.discord.until(lambda: bool(door.connections))
        await village.discord.drop_gateway(code=code)
        outcome = await ending

    assert isinstance(outcome, kind)


@pytest.mark.parametrize(
    ("remaining", "shards", "settings"), [(0, 1, {}), (1, 2, {}), (1, 1, {"shard_count": 4, "shard_ids": (0, 1)})]
)
async def test_no_session_is_begun_when_fewer_are_left_than_there_are_shards(
    village: Village, door: Door, remaining: int, shards: int, settings: dict[str, object]
) -> None:
    limit = {"total": 1000, "remaining": remaining, "reset_after": 60_000, "max_concurrency": 1}
    answer = {"url": village.discord.gateway_url, "shards": shards, "session_start_limit": limit}
    village.discord.fail("GET", "/gateway/bot", status=200, error=answer)

    async with opened(village.discord, **settings) as adapter:
        outcome = await lost(adapter, door)

    assert isinstance(outcome, TryLater)
    assert outcome.after.total_seconds() == 60
    assert village.discord.gateway.connections == 0


async def test_cancelling_ends_listening_and_its_session(village: Village, door: Door) -> None:
    async with opened(village.discord) as adapter:
        task = asyncio.create_task(adapter.listen(door))
        await village.discord.until(lambda: bool(door.connections))
        task.cancel()
        [outcome] = await asyncio.gather(task, return_exceptions=True)
        await village.discord.until(lambda: not village.discord.gateway.connected())

    assert isinstance(outcome, asyncio.CancelledError)


async def test_several_shards_are_one_bot(door: Door) -> None:
    async with DiscordStandIn(shards=2) as discord:
        guilds = {discord.add_guild(f"Guild {number}").id for number in range(4)}
        async with opened(discord) as adapter:
            task = asyncio.create_task(adapter.listen(door))
            await discord.until(lambda: bool(door.connections), within=20)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    assert door.connections == [guilds]


async def test_one_shard_of_two_does_not_claim_to_know_all_servers(door: Door) -> None:
    async with DiscordStandIn(shards=2) as discord:
        discord.add_guild("Village")
        async with opened(discord, shard_count=2, shard_ids=[1]) as adapter:
            task = asyncio.create_task(adapter.listen(door))
            await discord.until(lambda: bool(door.connections))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    assert [identify["shard"] for identify in discord.gateway.identifies] == [[1, 2]]
    assert door.connections == [None]


async def test_several_workers_send_beside_one_listener(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door), opened(village.discord) as first, opened(village.discord) as second:
        await asyncio.gather(first.send(village.place, CARD, "d1"), second.send(village.place, CARD, "d2"))

    assert len(village.messages) == 2
    assert len(village.discord.gateway.identifies) == 1
