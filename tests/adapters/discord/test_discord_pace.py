"""Keeping to Discord's limit: on a loop whose time is made up, and with the real client against the stand-in."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from yarl import URL

from adapters.discord import pace as pacing
from adapters.discord.adapter import DiscordAdapter
from adapters.discord.pace import EACH_SECOND, OLDEST_TURN, PATIENCE, Pace, Rank, counts, rank
from adapters.discord.settings import DISCORD_API
from bot.domain.errors import TryLater, Unreachable
from bot.domain.message import Card, Text
from bot.domain.places import MessageRef, Place
from tests.adapters.discord.conftest import Listening, Village, the_settings
from tests.adapters.discord.door import Door
from tests.made_up_loop import MadeUpLoop
from tests.standins.discord.limits import Counting, Everywhere

CARD = Card("Good morning", (Text("Whom could you encourage today?"),))
LATENCY = 0.06
SEND = r"^/channels/\d+/messages$"


def played(scenario: Callable[[], Coroutine[Any, Any, None]]) -> float:
    """Play a scenario in made-up time; how many seconds of it passed."""
    loop = MadeUpLoop()
    try:
        loop.run_until_complete(scenario())
    finally:
        loop.close()
    return loop.passed


async def settled() -> None:
    """Let everything happen that needs no time."""
    for _ in range(20):
        await asyncio.sleep(0)


class FarDiscord:
    """Something that counts requests which take their time to arrive, and answers that take theirs to come back."""

    def __init__(self, counting: Counting, jitter: float, seed: int) -> None:
        self.everywhere = Everywhere()
        self.everywhere.counting = counting
        self.too_many = 0
        self._jitter = jitter
        self._chance = random.Random(seed)

    async def way(self) -> None:
        await asyncio.sleep(self._chance.uniform(max(0, LATENCY - self._jitter), LATENCY + self._jitter) / 2)

    async def request(self, pace: Pace) -> None:
        await pace.permit(Rank.CARD)
        await self.way()
        now = asyncio.get_running_loop().time() + 0.37  # its seconds do not begin when ours do
        self.too_many += self.everywhere.wait(now, EACH_SECOND) > 0
        self.everywhere.count(now)
        await self.way()
        pace.give_back()


@pytest.mark.parametrize("jitter", [0.0, 0.02, 0.06])
@pytest.mark.parametrize("counting", Counting)
@pytest.mark.parametrize("seed", [1, 2])
def test_however_discord_counts_no_request_is_too_many(counting: Counting, jitter: float, seed: int) -> None:
    discord = FarDiscord(counting, jitter, seed)

    async def scenario() -> None:
        pace = Pace()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(160):
                tasks.create_task(discord.request(pace))

    played(scenario)

    assert discord.too_many == 0


def test_nine_tenths_of_the_limit_are_used() -> None:
    discord = FarDiscord(Counting.SLIDING, 0.02, 1)
    cards = 400

    async def one_of_many(pace: Pace, turns: asyncio.Semaphore) -> None:
        async with turns:
            await discord.request(pace)

    async def scenario() -> None:
        pace, turns = Pace(), asyncio.Semaphore(100)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(cards):
                tasks.create_task(one_of_many(pace, turns))

    seconds = played(scenario)

    assert cards / seconds >= 0.9 * EACH_SECOND


def test_two_processes_together_keep_to_the_limit() -> None:
    discord = FarDiscord(Counting.SLIDING, 0.06, 1)

    async def scenario() -> None:
        async with asyncio.TaskGroup() as tasks:
            for pace in (Pace(senders=2), Pace(senders=2)):
                for _ in range(80):
                    tasks.create_task(discord.request(pace))

    played(scenario)

    assert discord.too_many == 0


def test_cards_go_before_changes_and_those_before_reading() -> None:
    gone: list[Rank] = []

    async def scenario() -> None:
        pace = Pace(senders=EACH_SECOND)

        async def request(wanted: Rank) -> None:
            await pace.permit(wanted)
            gone.append(wanted)
            pace.give_back()

        async with asyncio.TaskGroup() as tasks:
            for wanted in (Rank.CHANGE, Rank.READING, Rank.CHANGE, Rank.CARD, Rank.READING, Rank.CARD):
                tasks.create_task(request(wanted))

    played(scenario)

    first, *others = gone
    assert first is Rank.CHANGE  # nobody else was there yet
    assert others == [Rank.CARD, Rank.CARD, Rank.CHANGE, Rank.READING, Rank.READING]


def test_reading_has_its_turn_however_many_cards_there_are() -> None:
    gone: list[Rank] = []

    async def scenario() -> None:
        pace = Pace(senders=EACH_SECOND)

        async def cards_without_end() -> None:
            while True:
                await pace.permit(Rank.CARD)
                gone.append(Rank.CARD)
                pace.give_back()

        senders = [asyncio.create_task(cards_without_end()) for _ in range(3)]
        await settled()
        await pace.permit(Rank.READING)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)

    played(scenario)

    assert OLDEST_TURN - 1 <= len(gone) <= OLDEST_TURN + 3


def test_a_request_that_is_given_up_while_it_waits_costs_no_permit() -> None:
    async def scenario() -> None:
        pace = Pace(senders=EACH_SECOND)
        await pace.permit(Rank.CARD)
        waiting = asyncio.create_task(pace.permit(Rank.CARD))
        await settled()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        pace.give_back()

        await pace.permit(Rank.CARD)

    assert played(scenario) < PATIENCE


def test_a_request_that_is_given_up_in_the_moment_of_its_turn_costs_no_permit() -> None:
    async def scenario() -> None:
        pace = Pace(senders=EACH_SECOND)
        await pace.permit(Rank.CARD)
        waiting = asyncio.create_task(pace.permit(Rank.CARD))
        await settled()
        pace._take_back()  # as the loop does when the rest is over
        asyncio.get_running_loop().call_later(pacing.APART, waiting.cancel)
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()

        await pace.permit(Rank.CARD)

    assert played(scenario) < PATIENCE


def test_a_request_that_waits_too_long_was_not_carried_out() -> None:
    async def scenario() -> None:
        pace = Pace(senders=EACH_SECOND)
        await pace.permit(Rank.CARD)
        with pytest.raises(TryLater, match="too_busy"):
            await pace.permit(Rank.CARD)

    assert played(scenario) == pytest.approx(PATIENCE, abs=0.1)


def test_whoever_waits_when_the_token_is_refused_waits_no_longer() -> None:
    async def scenario() -> None:
        pace = Pace(senders=EACH_SECOND)
        await pace.permit(Rank.CARD)
        waiting = [asyncio.create_task(pace.permit(Rank.CARD)) for _ in range(5)]
        await settled()
        pace.refuse()
        refused = await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(TryLater, match="token_refused"):
            await pace.permit(Rank.CARD)

        pace.give_back()
        pace.admit()
        await pace.permit(Rank.CARD)

        assert [str(error) for error in refused] == ["discord.token_refused"] * 5

    assert played(scenario) < PATIENCE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{DISCORD_API}/channels/1/messages", True),
        (f"{DISCORD_API}/users/@me", True),
        (f"{DISCORD_API}/interactions/1/token/callback", False),
        (f"{DISCORD_API}/webhooks/1/token/messages/@original", False),
        ("https://gateway.discord.gg/?v=10", False),
    ],
)
def test_what_is_made_with_the_bot_s_token_counts(url: str, expected: bool) -> None:
    assert counts(URL(DISCORD_API), URL(url)) is expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/channels/1/messages", Rank.CARD),
        ("PATCH", "/channels/1/messages/2", Rank.CHANGE),
        ("GET", "/channels/1/messages", Rank.CHANGE),  # whether a card in doubt is there
        ("POST", "/users/@me/channels", Rank.CHANGE),
        ("GET", "/channels/1/messages/2", Rank.READING),
        ("GET", "/channels/1/messages/2/reactions/🌱", Rank.READING),
    ],
)
def test_a_request_s_rank_is_what_it_is_for(method: str, path: str, expected: Rank) -> None:
    assert rank(method, path) is expected


async def test_what_leaves_at_once_arrives_within_the_limit(village: Village) -> None:
    village.discord.limits.per_second = 6
    adapter = DiscordAdapter(the_settings(village.discord), senders=EACH_SECOND // 6)
    await adapter.open()  # two requests

    await asyncio.gather(*(adapter.send(village.place, CARD, f"d{number}") for number in range(10)))
    await adapter.close()

    assert len(village.messages) == 10
    assert village.discord.invalid_requests == 0


async def test_an_edit_lets_new_cards_arrive_first(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "REST", 0.0)
    adapter = DiscordAdapter(the_settings(village.discord), senders=EACH_SECOND)
    await adapter.open()
    ref = await adapter.send(village.place, CARD, "old")
    before, pace = len(village.discord.requests), adapter._pace
    await pace.permit(Rank.CARD)

    reading, changing = adapter.reactions(ref), adapter.edit(ref, CARD, "old")
    cards = (adapter.send(place, CARD, "new") for place in channels(village, 3))
    asked = [asyncio.create_task(call) for call in (reading, changing, *cards)]
    await settled()
    assert sum(map(len, pace._lines)) == len(asked)
    pace.give_back()
    await asyncio.gather(*asked)
    await adapter.close()

    methods = [request.method for request in village.discord.requests[before:]]
    assert methods == ["POST", "POST", "POST", "PATCH", "GET"]


async def test_answers_to_people_wait_for_no_permit(village: Village, listening: Listening) -> None:
    async with listening(Door()) as adapter:
        while adapter._pace._free:
            await adapter._pace.permit(Rank.CARD)

        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert reply.ephemeral


@pytest.mark.parametrize("fault", [{"status": 403}, {"drop_before": True}, {"drop_after": True}, {"status": 400}])
async def test_a_permit_comes_back_whatever_becomes_of_the_request(
    adapter: DiscordAdapter, village: Village, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]
) -> None:
    monkeypatch.setattr(pacing, "REST", 0.0)
    village.discord.fail("POST", SEND, times=60, **fault)

    for number in range(60):  # more than there are permits
        await asyncio.gather(adapter.send(village.place, CARD, f"d{number}"), return_exceptions=True)

    assert len(village.discord.calls("POST", SEND)) == 60


async def test_a_refused_token_costs_a_handful_of_invalid_requests(adapter: DiscordAdapter, village: Village) -> None:
    places = channels(village, 40)
    sending = [asyncio.create_task(adapter.send(place, CARD, f"d{n}")) for n in range(2) for place in places]
    await village.discord.until(lambda: len(village.discord.calls("POST", SEND)) >= 10)

    village.discord.rest.token = "another"
    results = await asyncio.gather(*sending, return_exceptions=True)

    refused = [result for result in results if not isinstance(result, MessageRef)]
    assert {str(error) for error in refused} == {"discord.token_refused"}
    assert {type(error) for error in refused} == {TryLater}
    assert 1 <= village.discord.invalid_requests <= 5
    with pytest.raises(Unreachable, match="token_refused"):
        await adapter.open()


async def test_listening_ends_when_the_token_is_refused(village: Village) -> None:
    adapter, door = DiscordAdapter(the_settings(village.discord)), Door()
    await adapter.open()
    listening = asyncio.create_task(adapter.listen(door))
    await village.discord.until(lambda: bool(door.connections and village.discord.commands))
    village.discord.rest.token = "another"

    with pytest.raises(TryLater, match="token_refused"):
        await adapter.send(village.place, CARD, "d1")

    with pytest.raises(Unreachable, match="token_refused"):
        await listening
    await adapter.close()


async def test_a_mended_token_sends_again(village: Village) -> None:
    adapter, token = DiscordAdapter(the_settings(village.discord)), village.discord.token
    await adapter.open()
    village.discord.rest.token = "another"
    with pytest.raises(TryLater):
        await adapter.send(village.place, CARD, "d1")
    await adapter.close()
    with pytest.raises(Unreachable, match="token_refused"):
        await adapter.open()

    village.discord.rest.token = token
    await adapter.open()
    await adapter.send(village.place, CARD, "d1")
    await adapter.close()

    assert len(village.messages) == 1


def channels(village: Village, count: int) -> list[Place]:
    made = [village.guild.add_channel(f"channel-{number}") for number in range(count)]
    return [Place("discord", village.guild.id, channel.id) for channel in made]
