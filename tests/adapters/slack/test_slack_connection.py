"""Opening, listening, losing the connection and closing; Socket Mode and signed HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import aiohttp
import pytest
import structlog
from slack_bolt.async_app import AsyncApp

from adapters.slack.adapter import SlackAdapter
from adapters.slack.connection import Connection, Pace
from adapters.slack.web import Web
from bot.app import Kindling
from bot.domain.errors import TryLater, Unacceptable, Unreachable
from bot.domain.message import Action, Card, Reply
from tests.adapters.slack.workspace import (
    CARD,
    QUICK,
    Door,
    an_adapter,
    http_settings,
    listening,
    opened,
    place,
    settings,
)
from tests.standins.road import Road
from tests.standins.slack import Channel, SlackStandIn, User


async def listen(adapter: SlackAdapter, door: Door) -> None:
    async with asyncio.timeout(5):
        await adapter.listen(cast("Kindling", door))


# Opening


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_a_refused_bot_token_is_unreachable_with_a_cure(slack: SlackStandIn, error: str) -> None:
    slack.fail("auth.test", error=error)

    with pytest.raises(Unreachable) as refused:
        await an_adapter(slack).open()

    assert "install the app again" in refused.value.sentence


@pytest.mark.parametrize("fault", [{"status": 503}, {"retry_after": 9}, {"drop_before": True, "times": None}])
async def test_a_slack_that_is_down_is_opened_later(slack: SlackStandIn, fault: dict[str, Any]) -> None:
    slack.fail("auth.test", **fault)

    with pytest.raises(TryLater):
        await an_adapter(slack).open()


async def test_a_token_of_a_whole_organisation_is_refused_with_what_to_do(slack: SlackStandIn) -> None:
    slack.team.org_wide = True

    with pytest.raises(Unreachable, match="org_wide") as refused:
        await an_adapter(slack).open()

    assert "Install the app in one workspace" in refused.value.sentence


async def test_an_adapter_opens_again_and_goes_on(slack: SlackStandIn, general: Channel) -> None:
    async with opened(slack) as adapter:
        await adapter.open()

        await adapter.send(place(general), CARD, "k1")

    assert len(slack.messages(general)) == 1


async def test_closing_twice_and_without_opening_is_safe(slack: SlackStandIn) -> None:
    adapter = an_adapter(slack)

    await adapter.close()
    await adapter.open()
    await adapter.close()
    await adapter.close()


async def test_missing_scopes_are_logged_at_the_start(slack: SlackStandIn) -> None:
    slack.scopes.discard("im:write")

    with structlog.testing.capture_logs() as logs:
        async with opened(slack):
            pass

    assert {"event": "slack.scopes_missing", "scopes": ["im:write"], "log_level": "warning"} in logs


# Socket Mode


async def test_connecting_is_told_with_the_workspace(slack: SlackStandIn, adapter: SlackAdapter, door: Door) -> None:
    assert await door.until("connected") == [("slack", {slack.team.id})]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_a_connection_that_slack_renews_is_told_again(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, ben: User, general: Channel, reason: Any
) -> None:
    await slack.disconnect(reason)

    await door.until("connected", 2)
    await slack.slash(ben, general, "/kind", "today")
    await door.until("typed")


async def test_a_connection_that_breaks_is_made_again(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    slack.drop_sockets()

    await door.until("connected", 2)
    await slack.connected()
    await slack.slash(ben, general, "/kind", "today")
    await door.until("typed")


async def test_a_refused_app_token_is_unreachable_at_once(slack: SlackStandIn, door: Door) -> None:
    async with opened(slack, settings(slack, app_token="xapp-wrong")) as adapter:
        with pytest.raises(Unreachable):
            await listen(adapter, door)


async def test_a_slack_that_gives_no_connection_now_is_tried_later(slack: SlackStandIn, door: Door) -> None:
    slack.fail("apps.connections.open", status=503)

    async with opened(slack) as adapter:
        with pytest.raises(TryLater):
            await listen(adapter, door)


async def test_a_rate_limit_at_the_start_is_no_waiting_inside(slack: SlackStandIn, door: Door) -> None:
    slack.fail("apps.connections.open", retry_after=60)

    async with opened(slack) as adapter:
        with pytest.raises(TryLater) as refused:
            await listen(adapter, door)

    assert refused.value.after.total_seconds() == 60


async def test_a_websocket_that_refuses_is_tried_later_and_never_hangs(slack: SlackStandIn, door: Door) -> None:
    slack._state.new_socket_url = lambda: f"{slack.url.replace('http', 'ws')}/link/?ticket=wrong"

    async with opened(slack, pace=Pace(heartbeat=0.05, connecting=0.2)) as adapter:
        with pytest.raises(TryLater, match="socket_refused"):
            await listen(adapter, door)


async def test_a_token_revoked_while_listening_ends_it(slack: SlackStandIn, door: Door) -> None:
    async with opened(slack) as adapter:
        task = asyncio.create_task(listen(adapter, door))
        await slack.connected()
        slack.fail("apps.connections.open", error="invalid_auth", times=None)
        slack.drop_sockets()

        with pytest.raises(Unreachable):
            await task


async def test_an_outage_while_listening_ends_it_for_the_caller_to_try_again(slack: SlackStandIn, door: Door) -> None:
    async with opened(slack) as adapter:
        task = asyncio.create_task(listen(adapter, door))
        await slack.connected()
        outage = slack.fail("apps.connections.open", status=503, times=None)
        slack.drop_sockets()
        with pytest.raises(TryLater):
            await task
        outage.cancel()

        again = asyncio.create_task(listen(adapter, door))
        await slack.connected()
        await door.until("connected", 2)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)


async def test_what_comes_again_after_a_lost_connection_is_still_known(
    slack: SlackStandIn, door: Door, ben: User, general: Channel
) -> None:
    async with opened(slack) as adapter:
        await adapter.send(place(general), CARD, "k1")
        [card] = slack.messages(general)
        for number, emoji in enumerate(("heart", "tada")):
            task = asyncio.create_task(listen(adapter, door))
            await slack.connected()
            for known in slack.events.sent:
                slack.events.deliver(known)
                await known.done()
            await slack.react(ben, card, emoji)
            await door.until("reacted", number + 1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await slack.until(lambda: not slack.sockets.connections)

    assert [emoji for _, _, emoji, _, _ in door.named("reacted")] == ["❤", "🎉"]


async def test_after_cancelling_no_task_and_no_connection_is_left(slack: SlackStandIn, door: Door) -> None:
    async with listening(slack, door):
        pass

    await slack.until(lambda: not slack.sockets.connections)
    left = {getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()}
    assert not {name for name in left if name.startswith(("SocketModeClient", "AsyncBaseSocket", "Work", "Connection"))}


async def test_no_timer_for_pings_outlives_its_connection(slack: SlackStandIn, door: Door) -> None:
    async with listening(slack, door):
        await door.until("connected")
        during = pings()

    await slack.until(lambda: not slack.sockets.connections)
    assert (bool(during), pings()) == (True, [])


def pings() -> list[asyncio.TimerHandle]:
    """The timers of websockets' pings."""
    timers: list[asyncio.TimerHandle] = getattr(asyncio.get_running_loop(), "_scheduled")  # noqa: B009 -- asyncio's own
    return [timer for timer in timers if not timer.cancelled() and "_send_heartbeat" in repr(timer)]


async def test_a_slack_that_is_silent_is_not_waited_for_when_listening_ends(slack: SlackStandIn, door: Door) -> None:
    async with Road(slack.url) as road:
        slack.reached_at(road.url)
        given = settings(slack).model_copy(update={"api_url": f"{road.url}/api/"})
        async with opened(slack, given, replace(QUICK, parting=0.1)) as adapter:
            task = asyncio.create_task(adapter.listen(cast("Kindling", door)))
            await door.until("connected")
            road.fall_silent()

            task.cancel()
            ended, _ = await asyncio.wait({task}, timeout=5)

    assert ended == {task}


async def test_a_press_that_is_going_on_at_the_end_is_still_answered(
    slack: SlackStandIn, door: Door, ben: User, general: Channel
) -> None:
    started, released = asyncio.Event(), asyncio.Event()

    async def slowly() -> Reply:
        started.set()
        await released.wait()
        return Reply(Card("Done"))

    door.answer = slowly
    async with listening(slack, door):
        reply = await slack.slash(ben, general, "/kind", "today")
        await started.wait()
        asyncio.get_running_loop().call_later(0.02, released.set)

    assert (await reply.ephemeral()).shown == "Done"


# HTTP


@pytest.fixture
async def served(slack: SlackStandIn, door: Door) -> AsyncIterator[SlackAdapter]:
    async with listening(slack, door, http_settings(slack)) as adapter:
        yield adapter


async def test_signed_calls_are_served_on_this_machine_alone(
    slack: SlackStandIn, served: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await slack.slash(ben, general, "/kind", "today")

    await door.until("typed")
    assert served.address.startswith("http://127.0.0.1:")


async def test_a_button_works_over_http(
    slack: SlackStandIn, served: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await served.send(place(general), CARD, "k1")

    reply = await slack.click(ben, slack.messages(general)[0], "Another idea")

    assert (await door.until("press"))[0][1] == Action("another", "o1")
    assert (reply.acked, (await reply.ephemeral()).shown) == (True, "Thank you")


async def test_an_event_works_over_http(
    slack: SlackStandIn, served: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await served.send(place(general), CARD, "k1")

    await slack.react(ben, slack.messages(general)[0], "heart")

    await door.until("reacted")


async def test_listening_over_http_is_told_as_connected(slack: SlackStandIn, served: SlackAdapter, door: Door) -> None:
    assert door.named("connected") == [("slack", {slack.team.id})]


async def test_a_wrong_signature_is_refused(
    slack: SlackStandIn, served: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await slack.slash(ben, general, "/kind", "today")
    await door.until("typed")
    assert slack.http is not None

    answer = await slack.http.resend(slack.http.sent[-1], secret="wrong")

    assert answer.status == 401


async def test_a_call_that_is_older_than_five_minutes_is_refused(
    slack: SlackStandIn, served: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await slack.slash(ben, general, "/kind", "today")
    await door.until("typed")
    assert slack.http is not None

    answer = await slack.http.resend(slack.http.sent[-1], age=301)

    assert answer.status == 401


async def test_an_exact_replay_is_acknowledged_and_not_done_again(
    slack: SlackStandIn, served: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await slack.slash(ben, general, "/kind", "today")
    assert slack.http is not None

    answer = await slack.http.resend(slack.http.sent[-1])
    await slack.slash(ben, general, "/kind", "another")

    await door.until("typed", 2)
    assert answer.status == 200
    assert [line for _, _, line in door.named("typed")] == ["today", "another"]


@pytest.mark.parametrize("body", [b"payload=%7Bbroken", b"{broken", b"\xff\xfe"])
async def test_a_body_that_is_no_message_is_refused(slack: SlackStandIn, served: SlackAdapter, body: bytes) -> None:
    assert slack.http is not None

    answer = await slack.http.post(slack.http.sign(body, "application/x-www-form-urlencoded"))

    assert 400 <= answer.status < 500


async def test_a_port_that_is_taken_is_unreachable_with_a_cure(
    slack: SlackStandIn, served: SlackAdapter, door: Door
) -> None:
    port = int(served.address.rsplit(":", 1)[1].split("/")[0])

    async with opened(slack, http_settings(slack, port=port)) as second:
        with pytest.raises(Unreachable) as refused:
            await listen(second, door)

    assert "another port" in refused.value.sentence


# Secrets


async def test_logs_hold_no_tokens_no_addresses_and_no_words(
    slack: SlackStandIn, door: Door, ben: User, general: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with structlog.testing.capture_logs() as logs:
        async with listening(slack, door) as adapter:
            slack.fail("response_url", error="expired_url")
            slack.fail("chat.postMessage", error="invalid_blocks")
            await slack.slash(ben, general, "/kind", "share my secret words")
            await door.until("typed")
            with pytest.raises(Unacceptable):
                await adapter.send(place(general), CARD, "k1")
            slack.drop_sockets()
            await door.until("connected", 2)

    written = json.dumps(logs, default=str) + caplog.text
    for secret in (slack.bot_token, slack.app_token, "/responses/", "secret words", "ticket="):
        assert secret not in written


class ClosedMeanwhile(Connection):
    """Is closed when its websocket has just been opened."""

    async def session_id(self) -> str:
        self.closed = self.current_session is not None
        return await super().session_id()


async def test_a_connection_that_is_closed_while_it_connects_leaves_no_websocket_open(slack: SlackStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        web = Web(session, f"{slack.url}/api/", "")
        app = AsyncApp(token="xoxb-1", signing_secret="s")
        connection = ClosedMeanwhile(app, web, slack.app_token, lambda: None, Pace())
        try:
            await connection.connect()

            assert connection.current_session is not None
            assert connection.current_session.closed
        finally:
            await connection.close()
