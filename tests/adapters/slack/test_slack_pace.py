"""Keeping to Slack's pace, and resting when it says so."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from adapters.slack import pace as pacing
from adapters.slack.adapter import SlackAdapter
from adapters.slack.pace import BURST, PATIENCE, Turns
from bot.app import Surroundings
from bot.domain.errors import TryLater, Unreachable
from bot.domain.message import Card, Text
from bot.domain.places import MessageRef
from tests.adapters.slack.workspace import Door, SystemClock, listening, opened, place, settings
from tests.made_up_loop import MadeUpLoop
from tests.standins.slack import Channel, SlackStandIn

CARD = Card("Good morning", (Text("Whom could you encourage today?"),))


@pytest.fixture(autouse=True)
def channels_that_rest(channels_that_need_no_rest: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "REST", 1.0)


def played(scenario: Callable[[Turns], Coroutine[Any, Any, None]], senders: int = 1) -> float:
    """Play a scenario in made-up time; how many seconds of it passed."""
    loop = MadeUpLoop()
    try:
        loop.run_until_complete(scenario(Turns(senders)))
    finally:
        loop.close()
    return loop.passed


async def call(turns: Turns, method: str, channel: str, into: list[float] | None = None) -> None:
    async with turns.turn(method, channel):
        if into is not None:
            into.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.06)


def test_messages_in_one_channel_are_a_second_apart() -> None:
    at: list[float] = []

    async def scenario(turns: Turns) -> None:
        await asyncio.gather(*(call(turns, "chat.postMessage", "C1", at) for _ in range(5)))

    played(scenario)

    assert at == pytest.approx([0, 1.06, 2.12, 3.18, 4.24])


def test_messages_in_many_channels_wait_for_nothing() -> None:
    async def scenario(turns: Turns) -> None:
        await asyncio.gather(*(call(turns, "chat.postMessage", f"C{number}") for number in range(100)))

    assert played(scenario) < 0.1


def test_edits_of_a_workspace_keep_to_their_number_a_minute_and_hold_up_no_message() -> None:
    edits, messages = list[float](), list[float]()

    async def scenario(turns: Turns) -> None:
        async def edit() -> None:
            for _ in range(12):
                await call(turns, "chat.update", "C1", edits)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(4):
                tasks.create_task(edit())
            tasks.create_task(call(turns, "chat.postMessage", "C1", messages))

    played(scenario)

    assert max(sum(1 for at in edits if begin <= at < begin + 60) for begin in edits) <= 50
    assert sum(1 for at in edits if at < 1) == BURST
    assert messages == [0]


def test_two_processes_together_send_a_message_a_second_to_a_channel() -> None:
    at: list[float] = []

    async def scenario(turns: Turns) -> None:
        for _ in range(3):
            await call(turns, "chat.postMessage", "C1", at)

    played(scenario, senders=2)

    assert at == pytest.approx([0, 2.06, 4.12])


@pytest.mark.parametrize("senders", [2, 3, 4, 7, 10])
def test_processes_together_keep_to_a_method_s_number_a_minute(senders: int) -> None:
    edits: list[float] = []

    async def scenario(turns: Turns) -> None:
        for _ in range(60):
            await call(turns, "chat.update", "C1", edits)

    played(scenario, senders)

    most = max(sum(1 for at in edits if begin <= at < begin + 60) for begin in edits)
    assert 0.9 * 50 <= most * senders <= 50


def test_what_somebody_waits_for_is_not_held_up() -> None:
    async def scenario(turns: Turns) -> None:
        await asyncio.gather(*(call(turns, "views.open", "") for _ in range(100)))

    assert played(scenario) < 0.1


def test_a_call_that_is_given_up_while_it_waits_takes_no_turn() -> None:
    async def scenario(turns: Turns) -> None:
        await call(turns, "chat.postMessage", "C1")
        waiting = asyncio.create_task(call(turns, "chat.postMessage", "C1"))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await call(turns, "chat.postMessage", "C1")

    assert played(scenario) == pytest.approx(1.12)


def test_a_call_that_waits_too_long_was_not_carried_out() -> None:
    async def scenario(turns: Turns) -> None:
        async with turns.turn("chat.postMessage", "C1"):
            with pytest.raises(TryLater, match="too_busy"):
                await call(turns, "chat.postMessage", "C1")

    assert played(scenario) == pytest.approx(PATIENCE)


def test_channels_that_are_at_rest_are_forgotten() -> None:
    async def scenario(turns: Turns) -> None:
        await asyncio.gather(*(call(turns, "chat.postMessage", f"C{number}") for number in range(50)))
        await asyncio.sleep(2)
        assert len(turns._gates) == 0

    played(scenario)


async def test_cards_for_one_channel_meet_no_limit(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.limits.posts_per_second, slack.limits.post_burst = 10.0, 1.0
    monkeypatch.setattr(pacing, "REST", 0.1)

    await asyncio.gather(*(sender.send(place(general), CARD, f"k{number}") for number in range(8)))

    statuses = [request.status for request in slack.requests if request.method == "chat.postMessage"]
    assert statuses == [200] * 8


async def test_cards_of_two_processes_for_one_channel_meet_no_limit(
    slack: SlackStandIn, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack.limits.posts_per_second, slack.limits.post_burst = 10.0, 2.0
    monkeypatch.setattr(pacing, "REST", 0.1)
    here = Surroundings(SystemClock(), (), Path(), senders=2)
    workers = [SlackAdapter(settings(slack), here) for _ in range(2)]

    for worker in workers:
        await worker.open()
    await asyncio.gather(*(worker.send(place(general), CARD, "k") for worker in workers for _ in range(4)))
    for worker in workers:
        await worker.close()

    assert [request.status for request in slack.calls("chat.postMessage")] == [200] * 8


async def test_a_channel_rests_for_as_long_as_slack_says(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", retry_after=17)
    with pytest.raises(TryLater):
        await sender.send(place(general), CARD, "k1")

    with pytest.raises(TryLater, match="ratelimited") as refused:
        await sender.send(place(general), CARD, "k2")

    assert 16 < refused.value.after.total_seconds() <= 17
    assert len(slack.calls("chat.postMessage")) == 1
    assert await sender.reactions(MessageRef(place(general), "1.0")) == frozenset()


async def test_a_channel_rests_too_where_slack_says_so_in_an_answer_of_status_200(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", error="rate_limited")
    with pytest.raises(TryLater):
        await sender.send(place(general), CARD, "k1")

    with pytest.raises(TryLater, match="ratelimited"):
        await sender.send(place(general), CARD, "k2")

    assert len(slack.calls("chat.postMessage")) == 1


async def test_a_channel_that_had_too_many_messages_holds_up_no_other(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    other = slack.add_channel("other")
    slack.fail("chat.postMessage", retry_after=17)
    with pytest.raises(TryLater):
        await sender.send(place(general), CARD, "k1")

    await sender.send(place(other), CARD, "k2")

    assert len(slack.messages(other)) == 1


async def test_a_method_rests_in_the_whole_workspace(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    other = slack.add_channel("other")
    slack.fail("reactions.get", retry_after=17)

    for channel in (general, other):
        with pytest.raises(TryLater, match="ratelimited"):
            await sender.reactions(MessageRef(place(channel), "1.0"))

    assert len(slack.calls("reactions.get")) == 1


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_refused_token_is_asked_with_once_and_blames_no_channel(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, error: str
) -> None:
    places = [place(slack.add_channel(f"channel-{number}")) for number in range(20)]
    slack.fail("chat.postMessage", error=error, times=None)

    with pytest.raises(TryLater, match=error):
        await sender.send(place(general), CARD, "k0")
    results = await asyncio.gather(*(sender.send(one, CARD, "k1") for one in places), return_exceptions=True)

    assert {str(result) for result in results} == {f"slack.{error}"}
    assert {type(result) for result in results} == {TryLater}
    assert len([request for request in slack.requests if request.method == "chat.postMessage"]) == 1


async def test_listening_ends_with_a_cure_when_the_token_is_refused(slack: SlackStandIn, general: Channel) -> None:
    async with opened(slack) as adapter:
        task = asyncio.create_task(adapter.listen(Door()))  # type: ignore[arg-type] -- it speaks as the front door does
        await slack.connected()
        slack.fail("*", error="token_revoked", times=None)

        with pytest.raises(TryLater, match="token_revoked"):
            await adapter.send(place(general), CARD, "k1")

        with pytest.raises(Unreachable, match="token_revoked") as refused:
            await task
        assert "install the app again" in refused.value.sentence


async def test_a_token_that_is_good_again_sends(slack: SlackStandIn, general: Channel) -> None:
    async with listening(slack, Door()) as adapter:
        fault = slack.fail("chat.postMessage", error="invalid_auth", times=1)
        del fault
        with pytest.raises(TryLater):
            await adapter.send(place(general), CARD, "k1")

        await adapter.open()
        await adapter.send(place(general), CARD, "k1")
