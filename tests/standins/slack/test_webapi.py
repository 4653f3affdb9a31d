"""The Web API answers the real client as Slack does."""

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import Channel, Json, SlackStandIn, User
from tests.standins.slack.sample_app import CARD, plain, refused
from tests.standins.slack.spec import specs_folder


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


@pytest.mark.skipif(specs_folder() is None, reason="needs Slack's description of its methods")
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


async def test_a_message_comes_with_its_reactions_and_without_its_metadata(
    client: AsyncWebClient, team: Channel
) -> None:
    blocks = [{"type": "header", "block_id": "kindling:k1", "text": plain("Good morning")}]
    metadata = {"event_type": "kindling", "event_payload": {"key": "k1"}}
    sent = await client.chat_postMessage(channel=team.id, text="Good morning", blocks=blocks, metadata=metadata)

    message = (await client.reactions_get(channel=team.id, timestamp=sent["ts"]))["message"]

    assert [block["block_id"] for block in message["blocks"]] == ["kindling:k1"]
    assert (message["user"], message["bot_id"]) == (sent["message"]["user"], sent["message"]["bot_id"])
    assert "metadata" not in message


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


async def test_the_log_holds_no_tokens(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    await client.api_call("chat.postMessage", json={"channel": team.id, "text": f"oops {slack.bot_token}"})

    assert slack.bot_token not in str(slack.requests)


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


async def test_a_message_has_an_address(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    ts = (await client.chat_postMessage(channel=team.id, text="one"))["ts"]

    answer = await client.chat_getPermalink(channel=team.id, message_ts=ts)

    assert answer["permalink"] == f"https://kindling-test.slack.com/archives/{team.id}/p{ts.replace('.', '')}"


async def test_people_of_other_companies_are_known_in_shared_channels(
    slack: SlackStandIn, client: AsyncWebClient
) -> None:
    guest = slack.add_user("guest", team=slack.add_team("other"))
    slack.add_channel("together", members=[guest], shared=True)

    answer = await client.users_info(user=guest.id)

    assert answer["user"]["team_id"] == guest.team.id
