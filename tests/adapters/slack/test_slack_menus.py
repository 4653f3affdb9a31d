"""Menus of messages: what Slack hands over with them, whose it is, and who can read along there."""

import asyncio
from typing import Any

import pytest

from adapters.slack.adapter import SlackAdapter
from adapters.slack.said import CURE
from bot.domain.forms import Field, Form
from bot.domain.message import Card, Reply
from bot.domain.places import MessageRef
from bot.domain.said import Channel as Where
from bot.domain.said import Said
from bot.domain.uploads import Upload
from tests.adapters.slack.test_slack_presses import acknowledged
from tests.adapters.slack.workspace import CARD, Door, http_settings, listening, place
from tests.standins.slack import Channel, Chosen, Message, SlackStandIn, User

PNG = {"mimetype": "image/png"}
FORM = Form("share", "Share a kindness", (Field("what", "What happened?"),))


async def said_of(slack: SlackStandIn, door: Door, user: User, message: Message, menu: str = "menu:add") -> Said:
    """What arrives of a message that somebody uses a menu on."""
    reply = await slack.message_shortcut(user, message, menu)
    assert reply.acked
    [(_, _, said)] = (await door.until("menu"))[-1:]
    assert isinstance(said, Said)
    return said


# What is handed over


@pytest.mark.parametrize("scope", [True, False])
async def test_a_picture_is_fetched_once_it_is_asked_for_where_the_scope_lets_us(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, ben: User, general: Channel, scope: bool
) -> None:
    if scope:
        slack.scopes.add("files:read")
    notes, photo = Chosen("notes.txt", b"notes", {"mimetype": "text/plain"}), Chosen("bags.png", b"bags", PNG)
    message = slack.say(ben, general, "Sam carried my bags", notes, photo)

    said = await said_of(slack, door, ben, message)
    before = len(slack.calls("files.info"))
    upload = await said.picture() if said.picture else None

    assert before == 0
    assert upload == (Upload("bags.png", b"bags") if scope else None)


async def test_a_menu_on_one_s_own_message_hands_it_over(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    message = slack.say(ben, general, "Sam carried my bags")

    await slack.message_shortcut(ben, message, "menu:add")

    [(actor, name, said)] = await door.until("menu")
    ref = MessageRef(place(general), message.ts)
    assert (actor.person.user, actor.channel, actor.name, name) == (ben.id, general.id, "ben", "add")
    assert said == Said(ref, ben.id, "Sam carried my bags", by_bot=False, where=Where.UNKNOWN, cure=CURE)


async def test_a_menu_on_somebody_else_s_message_says_whose_it_is(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, anna: User, ben: User, general: Channel
) -> None:
    message = slack.say(anna, general, "I baked")

    said = await said_of(slack, door, ben, message, "menu:why")

    [(actor, name, _)] = door.named("menu")
    assert (actor.person.user, said.author, name, actor.roles) == (ben.id, anna.id, "why", frozenset())


async def test_a_menu_is_acknowledged_while_slack_and_the_core_take_their_time(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    released = asyncio.Event()

    async def slowly() -> Reply:
        await released.wait()
        return Reply(Card("Done"))

    door.answer = slowly
    reply = await slack.message_shortcut(ben, slack.say(ben, general, "Hello"), "menu:add")
    assert reply.acked

    released.set()
    assert (await reply.ephemeral()).shown == "Done"
    assert len(slack.messages(general)) == 1


async def test_a_menu_may_open_a_form(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(FORM)

    reply = await slack.message_shortcut(ben, slack.say(ben, general, "Hello"), "menu:add")

    assert (await reply.modal()).title == "Share a kindness"


async def test_a_menu_is_answered_where_kindling_is_not_in_the_channel(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User
) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[ben], bot_in=False)

    reply = await slack.message_shortcut(ben, slack.say(ben, elsewhere, "Hello"), "menu:add")

    assert "Thank you" in (await reply.ephemeral()).shown


async def test_the_same_menu_twice_is_one(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    payload = shortcut_on(slack, ben, general, {"type": "message", "user": ben.id, "ts": "1.1", "text": "Hello"})
    for _ in range(2):
        assert await acknowledged(slack, payload)
    await slack.slash(ben, general, "/kind", "today")

    await door.until("typed")
    assert len(await door.until("menu")) == 1


async def test_a_global_shortcut_that_is_called_like_a_menu_is_left_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User
) -> None:
    reply = await slack.shortcut(ben, "menu:add")

    assert reply.acked
    assert door.calls == [call for call in door.calls if call[0] != "menu"]


def shortcut_on(slack: SlackStandIn, user: User, channel: Channel, message: dict[str, Any]) -> Any:
    """A payload of a message shortcut, for messages that the stand-in has none of."""
    return {
        "type": "message_action",
        "callback_id": "menu:add",
        "trigger_id": "1.2.3",
        "user": {"id": user.id, "team_id": slack.team.id},
        "team": {"id": slack.team.id},
        "channel": {"id": channel.id, "name": channel.name},
        "message_ts": "1.1",
        "message": message,
    }


@pytest.mark.parametrize(
    "message",
    [
        {"type": "message", "user": "U1", "bot_id": "B1", "ts": "1.1", "text": "beep"},
        {"type": "message", "subtype": "bot_message", "ts": "1.1", "text": "beep"},
        {"type": "message", "user": "USLACKBOT", "ts": "1.1", "text": "beep"},
        {"type": "message", "ts": "1.1"},
    ],
    ids=["app", "webhook", "slackbot", "nobody"],
)
async def test_a_message_of_a_bot_is_told_as_one(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, ben: User, general: Channel, message: dict[str, Any]
) -> None:
    assert await acknowledged(slack, shortcut_on(slack, ben, general, message))

    [(_, _, said)] = await door.until("menu")
    assert (said.by_bot, said.author) == (True, message.get("user", ""))


async def test_kindling_s_own_card_is_told_by_its_place(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    ref = await adapter.send(place(general), CARD, "k1")

    said = await said_of(slack, door, ben, slack.messages(general)[0])

    assert (said.ref, said.by_bot, said.author) == (ref, True, slack.team.bot_user_id)


async def test_what_slack_puts_into_a_message_is_handed_over_in_words(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, anna: User, ben: User, general: Channel
) -> None:
    text = f"<@{anna.id}> told <!here> in {general.mention}: tea &amp; <https://evil.example|cake> :tada:"

    said = await said_of(slack, door, ben, slack.say(ben, general, text))

    assert said.text == "someone told everyone in a channel: tea & cake (https://evil.example) 🎉"


async def test_without_a_word_about_who_asks_nothing_is_handed_over(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    slack.fail("users.info", retry_after=3)

    reply = await slack.message_shortcut(ben, slack.say(ben, general, "Hello"), "menu:add")

    assert "try that again in a minute" in (await reply.ephemeral()).shown
    assert door.named("menu") == []


# Who can read along


async def test_without_the_optional_scope_a_public_channel_is_unknown(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    said = await said_of(slack, door, ben, slack.say(ben, general, "Hello"))

    assert said.where is Where.UNKNOWN
    assert "channels:read" in said.cure


async def test_a_channel_of_which_an_event_said_that_it_is_shared_is_shared_without_any_scope(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    general.shared = True
    message = slack.say(ben, general, "Hello")
    await slack.react(ben, message, "tada")

    assert (await said_of(slack, door, ben, message)).where is Where.SHARED


async def test_that_a_channel_was_not_shared_a_moment_ago_is_not_enough(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    message = slack.say(ben, general, "Hello")
    await slack.react(ben, message, "tada")

    assert (await said_of(slack, door, ben, message)).where is Where.UNKNOWN


@pytest.mark.parametrize(
    ("shared", "where"), [(False, Where.OPEN), (True, Where.SHARED)], ids=["own", "shared with another company"]
)
async def test_with_the_optional_scope_slack_is_asked(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, ben: User, general: Channel, shared: bool, where: Where
) -> None:
    slack.scopes.add("channels:read")
    general.shared = shared

    assert (await said_of(slack, door, ben, slack.say(ben, general, "Hello"))).where is where


async def test_a_private_channel_is_private_by_its_name(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User
) -> None:
    closed = slack.add_channel("closed", members=[ben], private=True)

    assert (await said_of(slack, door, ben, slack.say(ben, closed, "Hello"))).where is Where.PRIVATE
    assert slack.calls("conversations.info") == []


async def test_a_direct_message_is_private(slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User) -> None:
    direct = slack.world.open_direct(ben)

    assert (await said_of(slack, door, ben, slack.say(ben, direct, "Hello"))).where is Where.PRIVATE


async def test_a_group_of_people_is_private(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    message = {"type": "message", "user": ben.id, "ts": "1.1", "text": "Hello"}
    payload = shortcut_on(slack, ben, general, message)
    payload["channel"]["name"] = "mpdm-ben--anna--sam-1"

    assert await acknowledged(slack, payload)

    assert (await door.until("menu"))[0][2].where is Where.PRIVATE


async def test_a_message_of_another_company_is_of_a_shared_channel_without_any_scope(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    zoe = slack.add_user("zoe", team=slack.add_team("other company"))
    general.members.append(zoe)

    assert (await said_of(slack, door, ben, slack.say(zoe, general, "Hello"))).where is Where.SHARED


@pytest.mark.parametrize("trouble", [{"status": 500}, {"error": "channel_not_found"}, {"drop_before": True}], ids=str)
async def test_a_channel_that_slack_does_not_tell_about_is_unknown(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, ben: User, general: Channel, trouble: dict[str, Any]
) -> None:
    slack.scopes.add("channels:read")
    slack.fail("conversations.info", times=None, **trouble)

    assert (await said_of(slack, door, ben, slack.say(ben, general, "Hello"))).where is Where.UNKNOWN


async def test_menus_come_by_http_too(slack: SlackStandIn, door: Door, ben: User, general: Channel) -> None:
    async with listening(slack, door, http_settings(slack)):
        said = await said_of(slack, door, ben, slack.say(ben, general, "Hello"))

    assert said.text == "Hello"
