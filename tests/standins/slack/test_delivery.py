"""Events, commands and interactivity reach a real Bolt app over Socket Mode and over signed HTTP."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import CannotDo, Channel, SlackStandIn, User
from tests.standins.slack.sample_app import Heard, an_app, over_http, over_sockets, refused, served


async def test_reactions_reach_the_app(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postMessage(channel=team.id, text="one")
    [message] = slack.messages(team)

    sent = await slack.react(anna, message, "seedling")
    await slack.unreact(anna, message, "seedling")
    await slack.until(lambda: len(heard.events) == 2)

    assert sent is not None
    assert sent.acked
    assert sent.payload["authorizations"][0]["user_id"] == slack.team.bot_user_id
    assert [event["type"] for event in heard.events] == ["reaction_added", "reaction_removed"]
    assert heard.events[0]["item"] == {"type": "message", "channel": team.id, "ts": message.ts}
    assert not slack.unacked
    assert not slack.violations


async def test_an_app_outside_the_channel_hears_no_reactions(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postMessage(channel=team.id, text="one")
    await slack.remove_bot(team)

    assert await slack.react(anna, slack.messages(team)[0], "seedling") is None
    assert heard.events == []


async def test_uninstalling_ends_the_tokens(slack: SlackStandIn, client: AsyncWebClient, heard: Heard) -> None:
    await client.auth_test()

    await slack.uninstall()

    assert {event.event["type"] for event in slack.events.sent} == {"app_uninstalled", "tokens_revoked"}
    assert await refused(client.auth_test()) == "account_inactive"


async def test_events_can_be_late_doubled_and_out_of_order(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postMessage(channel=team.id, text="one")
    [message] = slack.messages(team)
    slack.events.hold()
    await slack.react(anna, message, "seedling")
    await slack.unreact(anna, message, "seedling")
    assert heard.events == []

    await slack.events.release(order=[1, 0, 1])
    await slack.until(lambda: len(heard.events) == 3)

    assert [event["type"] for event in heard.events] == ["reaction_removed", "reaction_added", "reaction_removed"]
    assert heard.events[0]["event_id"] == heard.events[2]["event_id"]


async def test_an_unacknowledged_event_is_tried_four_times(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    app = AsyncApp(client=client, token=slack.bot_token, signing_secret=slack.signing_secret)
    slack.ack_deadline = 0.05
    await client.chat_postMessage(channel=team.id, text="one")

    async with over_sockets(slack, app):
        sent = await slack.react(anna, slack.messages(team)[0], "seedling")

    assert sent is not None
    assert not sent.acked
    assert [(u.envelope.retry, u.envelope.retry_reason) for u in slack.unacked] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]


async def test_an_app_that_is_down_loses_events(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    await client.chat_postMessage(channel=team.id, text="one")

    sent = await slack.react(anna, slack.messages(team)[0], "seedling")
    reply = await slack.slash(anna, team, "/kind")

    assert sent is not None
    assert not sent.acked
    assert not reply.acked
    assert {u.reason for u in slack.unacked} == {"no connection"}


@pytest.mark.parametrize("how", ["refresh_requested", "warning", "link_disabled", "drop"])
async def test_the_client_comes_back_after_a_disconnect(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, how: Any
) -> None:
    app, _heard = an_app(slack, client)
    async with over_sockets(slack, app):
        if how == "drop":
            slack.drop_sockets()
        else:
            await slack.disconnect(how)
        await slack.until(lambda: slack.sockets.opened == 2)
        await slack.connected()

        reply = await slack.slash(anna, team, "/kind", "now")

    assert reply.acked


async def test_envelopes_go_round_the_connections(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    one, first = an_app(slack, client)
    two, second = an_app(slack, client)
    async with over_sockets(slack, one), over_sockets(slack, two):
        await slack.connected(2)
        for _ in range(4):
            await slack.slash(anna, team, "/kind", "now")

    assert (len(first.bodies), len(second.bodies)) == (2, 2)


async def test_the_server_pings(slack: SlackStandIn, client: AsyncWebClient) -> None:
    app, _heard = an_app(slack, client)
    async with over_sockets(slack, app):
        [connection] = slack.sockets.connections
        await slack.sockets.ping()

        await slack.until(lambda: connection.pongs)


async def test_bolt_takes_only_what_is_signed_and_recent(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    app, heard = an_app(slack, client)
    async with over_http(slack, app) as url:
        http = await slack.deliver_to(url)
        await slack.slash(anna, team, "/kind", "now")
        genuine = http.sent[-1]

        forged = await http.resend(genuine, secret="another")
        old = await http.resend(genuine, age=600)
        replayed = await http.resend(genuine)

    assert (forged.status, old.status) == (401, 401)
    assert replayed.status == 200
    assert len(heard.bodies) == 2


async def test_http_events_are_tried_again_with_a_reason(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    app = AsyncApp(client=client, token=slack.bot_token, signing_secret=slack.signing_secret)
    await client.chat_postMessage(channel=team.id, text="one")
    async with over_http(slack, app) as url:
        http = await slack.deliver_to(url)
        await slack.react(anna, slack.messages(team)[0], "seedling")

    headers = [signed.headers for signed in http.sent[1:]]
    assert [h.get("X-Slack-Retry-Num") for h in headers] == [None, "1", "2", "3"]
    assert [h.get("X-Slack-Retry-Reason") for h in headers] == [None, "http_error", "http_error", "http_error"]


async def test_an_address_that_does_not_answer_the_challenge_is_refused(slack: SlackStandIn) -> None:
    with pytest.raises(CannotDo, match="challenge"):
        await slack.deliver_to(f"{slack.url}/api/api.test")


async def test_a_command_without_acknowledgement_is_noticed(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    slack.ack_deadline = 0.2

    reply = await slack.slash(anna, team, "/kind", "quiet")

    assert not reply.acked
    assert len(slack.unacked) == 1


async def test_an_event_can_be_delivered_twice(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    slack.events.copies = 2
    await client.chat_postMessage(channel=team.id, text="one")

    await slack.react(anna, slack.messages(team)[0], "seedling")
    await slack.until(lambda: len(heard.events) == 2)

    assert heard.events[0]["event_id"] == heard.events[1]["event_id"]


async def test_only_subscribed_events_with_a_scope_are_sent(slack: SlackStandIn, team: Channel, heard: Heard) -> None:
    assert await slack.archive(team) is None
    slack.events.subscriptions.add("channel_archive")
    assert await slack.archive(team) is None
    slack.scopes.add("channels:read")

    assert slack.events.emit(slack.team, {"type": "channel_archive", "channel": team.id}) is not None


async def test_a_late_acknowledgement_is_a_violation(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    gate = asyncio.Event()

    async def slow(socket: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        await gate.wait()
        await socket.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    socket = SocketModeClient(slack.app_token, web_client=client)
    socket.socket_mode_request_listeners.append(slow)
    slack.ack_deadline = 0.05
    await socket.connect()
    await slack.connected()
    reply = await slack.slash(anna, team, "/kind")
    gate.set()
    await slack.until(lambda: slack.violations)
    await socket.close()

    assert not reply.acked
    assert str(slack.violations[0]) == "socket: acknowledged an envelope late"


async def test_an_app_can_ask_not_to_be_tried_again(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    async def serve(request: web.Request) -> web.Response:
        body = await request.json()
        if body["type"] == "url_verification":
            return web.json_response({"challenge": body["challenge"]})
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    await client.chat_postMessage(channel=team.id, text="one")
    async with served(serve) as url:
        http = await slack.deliver_to(url)
        await slack.react(anna, slack.messages(team)[0], "seedling")

    assert len(http.sent) == 2


async def test_slack_can_be_out_of_order_for_a_while(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    app, _heard = an_app(slack, client)
    async with over_sockets(slack, app):
        outage = slack.go_down()
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=team.id, text="one")
        await slack.until(lambda: not slack.sockets.connections)

        outage.cancel()
        await slack.connected()
        reply = await slack.slash(anna, team, "/kind", "now")

    assert reply.acked
