"""The Slack stand-in behaves towards the real clients as Slack does, and is strict where it should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from .slack import CannotDo, Channel, Json, SlackStandIn, User

CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Whom could you encourage today?"}},
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            {
                "type": "button",
                "action_id": "try",
                "text": {"type": "plain_text", "text": "I'll try one"},
                "value": "7",
            },
            {
                "type": "static_select",
                "action_id": "circle",
                "placeholder": {"type": "plain_text", "text": "Circle"},
                "options": [
                    {"text": {"type": "plain_text", "text": "Self"}, "value": "self"},
                    {"text": {"type": "plain_text", "text": "Strangers"}, "value": "strangers"},
                ],
            },
        ],
    },
]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "share",
        "title": plain("Share a kindness"),
        "submit": plain("Share"),
        "blocks": list(blocks) or [line("what", "What happened?")],
        **more,
    }


def line(block_id: str, label: str, **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "value", **more}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as slack:
        yield slack


@pytest.fixture
def anna(slack: SlackStandIn) -> User:
    return slack.add_user("anna", admin=True)


@pytest.fixture
def ben(slack: SlackStandIn) -> User:
    return slack.add_user("ben", tz="America/New_York")


@pytest.fixture
def team(slack: SlackStandIn, anna: User, ben: User) -> Channel:
    return slack.add_channel("team", members=[anna, ben])


@pytest.fixture
async def client(slack: SlackStandIn) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


@dataclass
class Heard:
    """What the app under test was told, and how it is to answer."""

    events: list[Json]
    bodies: list[Json]
    silent: bool = False


def an_app(slack: SlackStandIn, client: AsyncWebClient) -> tuple[AsyncApp, Heard]:
    """A small Bolt app with one of each listener."""
    app = AsyncApp(client=client, token=slack.bot_token, signing_secret=slack.signing_secret)
    heard = Heard([], [])

    async def hear(body: Json, event: Json) -> None:
        while heard.silent:
            await asyncio.Event().wait()
        heard.events.append(event | {"event_id": body["event_id"]})

    for kind in ("reaction_added", "reaction_removed", "app_home_opened", "app_uninstalled", "tokens_revoked"):
        app.event(kind)(hear)

    async def kind(ack: Any, body: Json, respond: Any, client: AsyncWebClient) -> None:
        heard.bodies.append(body)
        if body["text"] == "quiet":
            return
        if body["text"] == "now":
            await ack("Here you are")
            return
        await ack()
        if body["text"] == "share":
            await client.views_open(trigger_id=body["trigger_id"], view=modal())
        else:
            await respond(text="Today", replace_original=False)

    async def pressed(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        heard.bodies.append(body)
        await respond(text="Thank you", response_type="ephemeral", replace_original=False)

    async def shared(ack: Any, body: Json) -> None:
        heard.bodies.append(body)
        [values] = body["view"]["state"]["values"]["what"].values()
        if values["value"] == "no":
            await ack(response_action="errors", errors={"what": "Say a little more"})
        elif values["value"] == "more":
            await ack(response_action="update", view=modal(line("what", "And then?")))
        elif values["value"] == "push":
            await ack(response_action="push", view=modal(line("what", "On top")))
        elif values["value"] == "clear":
            await ack(response_action="clear")
        else:
            await ack()

    async def zones(ack: Any, body: Json) -> None:
        heard.bodies.append(body)
        found = [z for z in ("Europe/Berlin", "Europe/Bern") if body["value"].lower() in z.lower()]
        await ack(options=[{"text": plain(z), "value": z} for z in found])

    async def short(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        heard.bodies.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    app.command("/kind")(kind)
    app.action("try")(pressed)
    app.action("circle")(pressed)
    app.view("share")(shared)
    app.options("zone")(zones)
    app.shortcut("add_to_wall")(short)
    return app, heard


@asynccontextmanager
async def over_sockets(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.2)
    try:
        await handler.connect_async()
        await slack.connected()
        yield handler
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[str]:
    async def serve(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/slack/events"
    finally:
        await runner.cleanup()


@pytest.fixture(params=["sockets", "http"])
async def heard(request: pytest.FixtureRequest, slack: SlackStandIn, client: AsyncWebClient) -> AsyncIterator[Heard]:
    """The app, reached over Socket Mode and over signed HTTP."""
    app, heard = an_app(slack, client)
    async with AsyncExitStack() as stack:
        if request.param == "sockets":
            await stack.enter_async_context(over_sockets(slack, app))
        else:
            await slack.deliver_to(await stack.enter_async_context(over_http(slack, app)))
        yield heard


async def refused(call: Any) -> str:
    """The error that Slack answers with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


async def test_auth_test_tells_who_the_bot_is(slack: SlackStandIn, client: AsyncWebClient) -> None:
    answer = await client.auth_test()

    assert answer["user_id"] == slack.team.bot_user_id
    assert answer["bot_id"] == slack.team.bot_id
    assert answer.headers["X-OAuth-Scopes"] == "chat:write,commands,im:write,reactions:read,users:read"


async def test_a_wrong_token_is_refused(slack: SlackStandIn) -> None:
    wrong = AsyncWebClient("xoxb-wrong", base_url=f"{slack.url}/api/")
    none = AsyncWebClient(base_url=f"{slack.url}/api/")

    assert await refused(wrong.auth_test()) == "invalid_auth"
    assert await refused(none.auth_test()) == "not_authed"


async def test_the_app_token_is_only_for_opening_sockets(slack: SlackStandIn, client: AsyncWebClient) -> None:
    assert await refused(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"
    assert await refused(client.auth_test(token=slack.app_token)) == "not_allowed_token_type"

    slack.app_token_scopes.clear()

    assert await refused(client.apps_connections_open(app_token=slack.app_token)) == "missing_scope"


async def test_a_posted_message_stands_in_the_channel(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    metadata = {"event_type": "kindling", "event_payload": {"key": "k1"}}

    answer = await client.chat_postMessage(channel=team.id, text="Good morning", blocks=CARD, metadata=metadata)

    [message] = slack.messages("team")
    assert answer["ts"] == message.ts
    assert message.metadata == metadata
    assert message.shown.startswith("Whom could you encourage today?\nI'll try one")
    assert not message.pings
    assert not slack.violations


async def test_an_update_without_blocks_keeps_them(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    ts = (await client.chat_postMessage(channel=team.id, text="one", blocks=CARD))["ts"]

    await client.chat_update(channel=team.id, ts=ts, text="two")

    [message] = slack.messages(team)
    assert (message.text, len(message.blocks), message.edits) == ("two", 2, 1)

    await client.chat_update(channel=team.id, ts=ts, text="three", blocks=[])

    assert message.blocks == []


async def test_only_the_bots_own_messages_can_be_changed(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    hers = slack.say(anna, team, "hello")

    assert await refused(client.chat_update(channel=team.id, ts=hers.ts, text="x")) == "cant_update_message"
    assert await refused(client.chat_delete(channel=team.id, ts=hers.ts)) == "cant_delete_message"
    assert await refused(client.chat_update(channel=team.id, ts="1.000000", text="x")) == "message_not_found"


async def test_a_deleted_message_is_gone(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    ts = (await client.chat_postMessage(channel=team.id, text="one"))["ts"]

    await client.chat_delete(channel=team.id, ts=ts)

    assert slack.messages(team) == []
    assert await refused(client.chat_delete(channel=team.id, ts=ts)) == "message_not_found"


async def test_only_one_person_sees_an_ephemeral_message(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, ben: User, team: Channel
) -> None:
    await client.chat_postEphemeral(channel=team.id, user=anna.id, text="just you")

    assert [e.text for e in slack.ephemeral(anna)] == ["just you"]
    assert slack.ephemeral(ben) == []
    assert slack.messages(team) == []
    stranger = slack.add_user("carl")
    assert (
        await refused(client.chat_postEphemeral(channel=team.id, user=stranger.id, text="x")) == "user_not_in_channel"
    )


async def test_a_direct_message_reaches_the_person(slack: SlackStandIn, client: AsyncWebClient, anna: User) -> None:
    opened = await client.conversations_open(users=anna.id)
    again = await client.conversations_open(users=anna.id)

    await client.chat_postMessage(channel=opened["channel"]["id"], text="hello")

    assert opened["channel"]["id"] == again["channel"]["id"]
    assert [m.text for m in slack.dms(anna)] == ["hello"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"channel": "C0UNKNOWN"}, "channel_not_found"),
        ({"channel": "outside"}, "not_in_channel"),
        ({"channel": "secret"}, "channel_not_found"),
        ({"channel": "old"}, "is_archived"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": "{"}, "invalid_blocks_format"),
        ({"blocks": [{"type": "confetti"}]}, "invalid_blocks"),
        (
            {"blocks": [{"type": "markdown", "text": "x" * 4000, "block_id": str(i)} for i in range(4)]},
            "msg_blocks_too_long",
        ),
        ({"metadata": "["}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        ({"metadata": {"event_type": "x", "event_payload": {"x": "y" * 17_000}}}, "metadata_too_large"),
        ({"thread_ts": "1.000000"}, "cannot_reply_to_message"),
    ],
)
async def test_a_post_is_refused_with_slacks_error(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel, change: Json, error: str
) -> None:
    slack.add_channel("outside", bot_in=False)
    slack.add_channel("secret", bot_in=False, private=True)
    await slack.archive(slack.add_channel("old"))
    if change.get("channel") in {"outside", "secret", "old"}:
        change = {"channel": slack.channel(change["channel"]).id}

    assert (
        await refused(client.api_call("chat.postMessage", json={"channel": team.id, "text": "hi", **change})) == error
    )
    assert slack.messages(team) == []


async def test_a_message_without_text_beside_its_blocks_is_a_violation(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    await client.api_call("chat.postMessage", json={"channel": team.id, "blocks": CARD})

    [violation] = slack.violations
    assert "screen readers" in violation.problem


async def test_unknown_methods_and_arguments_are_violations(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    assert await refused(client.api_call("chat.shout")) == "unknown_method"
    await client.api_call("chat.postMessage", json={"channel": team.id, "text": "x", "colour": "red"})
    assert await refused(client.api_call("chat.postMessage", json={"text": "x"})) == "invalid_arguments"
    assert await refused(client.api_call("reactions.get", params={"full": "perhaps"})) == "invalid_arguments"

    assert [str(violation) for violation in slack.violations] == [
        "chat.shout: no such method",
        "chat.postMessage: unknown argument: colour",
        "chat.postMessage: missing required field: channel",
        "reactions.get: wrong type: full should be boolean",
    ]


async def test_scopes_that_were_not_granted_are_missing(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.conversations_history(channel=team.id)

    assert caught.value.response["error"] == "missing_scope"
    assert caught.value.response["needed"] == "channels:history"
    assert "chat:write" in caught.value.response["provided"]
    assert await refused(client.conversations_info(channel=team.id)) == "missing_scope"
    assert await refused(client.conversations_open(users="U1,U2")) == "missing_scope"


async def test_granted_history_shows_metadata_when_asked(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    slack.scopes.add("channels:history")
    metadata = {"event_type": "kindling", "event_payload": {"key": "k1"}}
    await client.chat_postMessage(channel=team.id, text="one", metadata=metadata)
    await client.chat_postMessage(channel=team.id, text="two")

    page = await client.conversations_history(channel=team.id, limit=1)
    rest = await client.conversations_history(
        channel=team.id, cursor=page["response_metadata"]["next_cursor"], include_all_metadata=True
    )

    assert [m["text"] for m in page["messages"]] == ["two"]
    assert [m["metadata"] for m in rest["messages"]] == [metadata]


async def test_reactions_come_as_full_sets(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, ben: User, team: Channel
) -> None:
    ts = (await client.chat_postMessage(channel=team.id, text="one"))["ts"]
    [message] = slack.messages(team)
    before = await client.reactions_get(channel=team.id, timestamp=ts, full=True)

    await slack.react(anna, message, "seedling")
    await slack.react(ben, message, "seedling")
    after = await client.reactions_get(channel=team.id, timestamp=ts, full=True)

    assert "reactions" not in before["message"]
    assert after["message"]["reactions"] == [{"name": "seedling", "users": [anna.id, ben.id], "count": 2}]


async def test_users_have_zones_and_rights(slack: SlackStandIn, client: AsyncWebClient, anna: User, ben: User) -> None:
    her, him = (await client.users_info(user=anna.id))["user"], (await client.users_info(user=ben.id))["user"]

    assert (her["tz"], her["is_admin"]) == ("Europe/Berlin", True)
    assert (him["tz"], him["is_admin"]) == ("America/New_York", False)
    assert await refused(client.users_info(user="U0NOBODY")) == "user_not_found"


async def test_pings_are_read_from_text_and_blocks(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "<@U1|anna> <!subteam^S1> <https://a.example|x>"}}
    header = {"type": "header", "text": plain("<!channel> is only text here")}
    await client.chat_postMessage(channel=team.id, text="<!here> hi", blocks=[section, header])
    await client.chat_postMessage(channel=team.id, text="&lt;!here&gt; @here")

    loud, quiet = slack.messages(team)

    assert loud.pings.users == {"U1"}
    assert loud.pings.groups == {"S1"}
    assert loud.pings.broadcasts == {"here"}
    assert loud.pings.links == ("https://a.example",)
    assert not quiet.pings


async def test_a_burst_of_posts_meets_the_limit(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    slack.limits.as_slack()
    for number in range(4):
        await client.chat_postMessage(channel=team.id, text=str(number))

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=team.id, text="too much")
    slack.clock.advance(1)
    await client.chat_postMessage(channel=team.id, text="later")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert [m.text for m in slack.messages(team)] == ["0", "1", "2", "3", "later"]


async def test_faults_hit_the_method_they_are_for(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    slack.fail("chat.postMessage", error="restricted_action")
    slack.fail("chat.postMessage", status=503)
    slack.fail("chat.postMessage", retry_after=7)

    assert await refused(client.chat_postMessage(channel=team.id, text="a")) == "restricted_action"
    with pytest.raises(SlackApiError) as broken:
        await client.chat_postMessage(channel=team.id, text="b")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=team.id, text="c")
    await client.chat_postMessage(channel=team.id, text="d")

    assert broken.value.response.status_code == 503
    assert limited.value.response.headers["Retry-After"] == "7"
    assert [m.text for m in slack.messages(team)] == ["d"]
    assert [r.status for r in slack.calls("chat.postMessage")] == [200, 503, 429, 200]


async def test_a_dropped_connection_may_have_been_carried_out(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    slack.fail("chat.postMessage", drop_before=True, when=lambda args: args["text"] == "before")
    slack.fail("chat.postMessage", drop_after=True, when=lambda args: args["text"] == "after")

    for text in ("before", "after"):
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=team.id, text=text)

    assert [m.text for m in slack.messages(team)] == ["after"]
    assert [r.answer for r in slack.calls("chat.postMessage")] == [None, None]


async def test_the_default_client_posts_twice_after_a_dropped_answer(slack: SlackStandIn, team: Channel) -> None:
    slack.fail("chat.postMessage", drop_after=True)
    default = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/")

    await default.chat_postMessage(channel=team.id, text="once?")

    assert [m.text for m in slack.messages(team)] == ["once?", "once?"]


async def test_a_request_can_be_kept_waiting(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    gate = asyncio.Event()
    fault = slack.fail("chat.postMessage", until=gate)

    posting = asyncio.create_task(client.chat_postMessage(channel=team.id, text="late"))
    await slack.until(lambda: fault.hits)
    await client.chat_postMessage(channel=team.id, text="early")
    gate.set()
    await posting

    assert [m.text for m in slack.messages(team)] == ["early", "late"]


def test_only_errors_that_slack_lists_can_be_asked_for() -> None:
    with pytest.raises(AssertionError, match="never answers"):
        SlackStandIn().fail("chat.delete", error="no_text")


async def test_the_log_holds_no_tokens(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    await client.api_call("chat.postMessage", json={"channel": team.id, "text": f"oops {slack.bot_token}"})

    assert slack.bot_token not in str(slack.requests)


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


async def test_a_slash_command_is_answered_in_private(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    at_once = await slack.slash(anna, team, "/kind", "now")
    later = await slack.slash(anna, team, "/kind", "today")
    response = await later.response()

    assert at_once.ack == {"text": "Here you are"}
    assert at_once.text == "Here you are"
    assert later.acked
    assert later.acked_after is not None
    assert later.acked_after < 3
    assert response.text == "Today"
    assert response.response_type == "ephemeral"
    assert heard.bodies[0]["channel_id"] == team.id
    assert slack.messages(team) == []


async def test_a_command_without_acknowledgement_is_noticed(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    slack.ack_deadline = 0.2

    reply = await slack.slash(anna, team, "/kind", "quiet")

    assert not reply.acked
    assert len(slack.unacked) == 1


async def test_a_modal_opens_and_is_submitted(slack: SlackStandIn, anna: User, team: Channel, heard: Heard) -> None:
    reply = await slack.slash(anna, team, "/kind", "share")
    view = await reply.modal()

    refusal = await slack.submit(anna, view, {"What happened?": "no"})
    still = slack.modal(anna)
    accepted = await slack.submit(anna, view, {"what": "Somebody held the door"})

    assert view.title == "Share a kindness"
    assert refusal.errors == {"what": "Say a little more"}
    assert still is view
    assert accepted.acked
    assert not accepted.errors
    assert slack.views(anna) == []
    values = heard.bodies[-1]["view"]["state"]["values"]
    assert values["what"]["value"] == {"type": "plain_text_input", "value": "Somebody held the door"}


async def test_a_submission_can_update_push_and_clear(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    view = await (await slack.slash(anna, team, "/kind", "share")).modal()

    await slack.submit(anna, view, {"what": "more"})
    assert "And then?" in view.shown
    pushed = await slack.submit(anna, view, {"what": "push"})
    assert slack.views(anna) == [view, *pushed.modals]
    await slack.submit(anna, slack.modal(anna), {"what": "clear"})

    assert slack.views(anna) == []
    assert not slack.violations


async def test_buttons_and_menus_tell_the_app(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postMessage(channel=team.id, text="card", blocks=CARD)
    [card] = slack.messages(team)

    pressed = await slack.click(anna, card, "I'll try one")
    await pressed.response()
    chosen = await slack.click(anna, card, "Circle", "Strangers")
    await chosen.response()

    button, select = heard.bodies
    assert button["actions"][0]["value"] == "7"
    assert button["message"]["ts"] == card.ts
    assert select["actions"][0]["selected_option"]["value"] == "strangers"
    assert select["state"]["values"]["card"]["circle"]["selected_option"]["value"] == "strangers"
    assert pressed.text.startswith("Thank you")


async def test_only_who_sees_a_thing_can_click_it(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, ben: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postEphemeral(channel=team.id, user=anna.id, text="card", blocks=CARD)
    [card] = slack.ephemeral(anna)

    with pytest.raises(CannotDo):
        await slack.click(ben, card, "try")
    with pytest.raises(CannotDo, match="no option"):
        await slack.click(anna, card, "circle", "Nobody")
    await slack.click(anna, card, "try")

    assert "message" not in heard.bodies[0]
    assert heard.bodies[0]["container"]["is_ephemeral"] is True


async def test_shortcuts_open_modals(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    hers = slack.say(anna, team, "Ben helped me")

    on_message = await slack.message_shortcut(anna, hers, "add_to_wall")
    await on_message.modal()
    anywhere = await slack.shortcut(anna, "add_to_wall")
    await anywhere.modal()

    assert heard.bodies[0]["message"]["user"] == anna.id
    assert heard.bodies[1]["type"] == "shortcut"
    assert len(slack.views(anna)) == 1


async def test_an_external_select_asks_the_app(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    zone = {"type": "external_select", "action_id": "zone", "min_query_length": 1}
    block = {"type": "input", "block_id": "z", "label": plain("Time zone"), "element": zone}
    await client.views_publish(user_id=anna.id, view={"type": "home", "blocks": [block]})
    home = slack.home(anna)
    assert home is not None

    options = await slack.suggest(anna, home, "Time zone", "ber")
    await slack.fill(anna, home, {"z": "Europe/Berlin"})

    assert [option["value"] for option in options] == ["Europe/Berlin", "Europe/Bern"]
    assert next(iter(home.entered.values()))["selected_option"]["value"] == "Europe/Berlin"


async def test_opening_the_home_tells_the_app(slack: SlackStandIn, anna: User, heard: Heard) -> None:
    await slack.open_home(anna)
    await slack.until(lambda: heard.events)

    assert heard.events[0]["tab"] == "home"


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


@pytest.mark.parametrize("how", ["refresh_requested", "warning", "drop"])
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


async def test_a_trigger_is_good_once_and_for_three_seconds(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    used = await slack.slash(anna, team, "/kind", "share")
    await used.modal()
    old = await slack.slash(anna, team, "/kind", "now")
    slack.clock.advance(3.1)

    assert await refused(client.views_open(trigger_id=used.trigger_id, view=modal())) == "exchanged_trigger_id"
    assert await refused(client.views_open(trigger_id=old.trigger_id, view=modal())) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_a_response_address_is_good_for_five_posts_and_half_an_hour(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    reply = await slack.slash(anna, team, "/kind", "now")
    old = await slack.slash(anna, team, "/kind", "now")
    async with aiohttp.ClientSession() as session:
        for number in range(6):
            async with session.post(reply.response_url, json={"text": str(number)}) as response:
                last = (response.status, await response.text())
        slack.clock.advance(30 * 60 + 1)
        async with session.post(old.response_url, json={"text": "late"}) as response:
            late = (response.status, (await response.json())["error"])

    assert len(reply.responses) == 5
    assert last[0] == 404
    assert "used_url" in last[1]
    assert late == (404, "expired_url")


async def test_a_response_can_replace_and_delete_the_original(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postEphemeral(channel=team.id, user=anna.id, text="card", blocks=CARD)
    [card] = slack.ephemeral(anna)
    reply = await slack.click(anna, card, "try")
    await reply.response()

    async with aiohttp.ClientSession() as session:
        await session.post(reply.response_url, json={"text": "changed", "replace_original": True})
        assert (card.text, card.replaced) == ("changed", 1)
        assert await reply.replacement() is card
        await session.post(reply.response_url, json={"delete_original": True})

    assert card.deleted


async def test_a_home_is_published_and_guarded_by_its_hash(
    slack: SlackStandIn, client: AsyncWebClient, anna: User
) -> None:
    view = {"type": "home", "blocks": CARD}
    first = await client.views_publish(user_id=anna.id, view=view)
    await client.views_publish(user_id=anna.id, view=view, hash=first["view"]["hash"])

    assert (
        await refused(client.views_publish(user_id=anna.id, view=view, hash=first["view"]["hash"])) == "hash_conflict"
    )
    assert await refused(client.views_publish(user_id="U0NOBODY", view=view)) == "invalid_arguments"


async def test_a_view_is_updated_by_id_while_it_is_open(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    view = await (await slack.slash(anna, team, "/kind", "share")).modal()

    await client.views_update(view_id=view.id, view=modal(line("more", "More?")))
    assert "More?" in view.shown
    await slack.close_view(anna, view)

    assert await refused(client.views_update(view_id=view.id, view=modal())) == "not_found"


async def test_required_and_bounded_inputs_hold_a_submission_back(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    reply = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=reply.trigger_id, view=modal(line("what", "What?", max_length=5)))
    view = slack.modal(anna)

    with pytest.raises(CannotDo, match="filled in"):
        await slack.submit(anna, view)
    with pytest.raises(CannotDo, match="characters"):
        await slack.submit(anna, view, {"what": "too long"})


async def test_every_kind_of_input_arrives_in_the_state(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    options = [{"text": plain(name), "value": name.lower()} for name in ("Mon", "Tue", "Wed")]
    elements: dict[str, tuple[Json, object]] = {
        "what": ({"type": "plain_text_input"}, "fine"),
        "one": ({"type": "static_select", "options": options}, "Tue"),
        "many": ({"type": "multi_static_select", "options": options}, ["mon", "Wed"]),
        "boxes": ({"type": "checkboxes", "options": options}, ["Mon"]),
        "radio": ({"type": "radio_buttons", "options": options}, "wed"),
        "channel": ({"type": "channels_select"}, team),
        "place": ({"type": "conversations_select", "filter": {"include": ["public"]}}, team),
        "person": ({"type": "users_select"}, anna),
        "people": ({"type": "multi_users_select"}, [anna]),
        "time": ({"type": "timepicker", "initial_time": "08:00"}, "09:30"),
        "date": ({"type": "datepicker"}, "2026-03-09"),
        "zone": ({"type": "external_select", "min_query_length": 0, "action_id": "zone"}, "Europe/Berlin"),
        "kept": ({"type": "timepicker", "initial_time": "07:00"}, None),
    }
    blocks = [
        {"type": "input", "block_id": key, "label": plain(key), "element": {"action_id": "a", **element}}
        for key, (element, _value) in elements.items()
    ]
    reply = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=reply.trigger_id, view=modal(*blocks))

    await slack.submit(anna, slack.modal(anna), {k: v for k, (_e, v) in elements.items() if k != "kept"})

    values: Json = {key: next(iter(v.values())) for key, v in heard.bodies[-1]["view"]["state"]["values"].items()}
    assert values["one"]["selected_option"]["value"] == "tue"
    assert [o["value"] for o in values["many"]["selected_options"]] == ["mon", "wed"]
    assert [o["value"] for o in values["boxes"]["selected_options"]] == ["mon"]
    assert values["radio"]["selected_option"]["value"] == "wed"
    assert values["channel"]["selected_channel"] == values["place"]["selected_conversation"] == team.id
    assert values["person"]["selected_user"] == anna.id
    assert values["people"]["selected_users"] == [anna.id]
    assert values["time"]["selected_time"] == "09:30"
    assert values["date"]["selected_date"] == "2026-03-09"
    assert values["zone"]["selected_option"]["value"] == "Europe/Berlin"
    assert values["kept"]["selected_time"] == "07:00"


async def test_teams_are_apart(slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel) -> None:
    other = slack.add_team("other")
    theirs = slack.add_user("anna", team=other)
    elsewhere = slack.add_channel("team", members=[theirs], team=other)

    assert await refused(client.chat_postMessage(channel=elsewhere.id, text="x")) == "channel_not_found"
    assert await refused(client.users_info(user=theirs.id)) == "user_not_found"
    assert (await client.auth_test(token=other.bot_token))["team_id"] == other.id


async def test_an_install_code_is_exchanged_for_a_token(slack: SlackStandIn, client: AsyncWebClient) -> None:
    other = slack.add_team("other")
    code = slack.offer_install(other)

    exchange = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": code}
    answer = await client.api_call("oauth.v2.access", data=exchange)

    assert answer["access_token"] == other.bot_token
    assert await refused(client.api_call("oauth.v2.access", data=exchange)) == "invalid_code"
