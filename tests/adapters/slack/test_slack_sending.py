"""The sending half: messages, their keys, and what Slack's refusals become."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.adapter import SlackAdapter
from adapters.slack.connection import Pace
from adapters.slack.errors import translate
from adapters.slack.people import LOOK_UPS
from bot.domain.errors import AdapterError, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.message import Card, Picture, Quote, Text
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Felt
from tests.adapters.slack.specifications import specification
from tests.adapters.slack.workspace import CARD, an_adapter, opened, place, settings
from tests.standins.slack import Channel, Message, SlackStandIn, User

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def sent(
    slack: SlackStandIn, sender: SlackAdapter, channel: Channel, card: Card = CARD, key: str = "k1"
) -> Message:
    await sender.send(place(channel), card, key)
    return slack.messages(channel)[-1]


# Posting


async def test_a_card_is_posted_once_with_blocks_and_a_text(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    [message] = slack.messages(general)
    assert ref == MessageRef(place(general), message.ts)
    assert "Whom could you encourage today?" in message.text
    assert "Whom could you encourage today?" in message.shown


async def test_a_message_carries_its_key_twice(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    message = await sent(slack, sender, general)

    assert message.metadata == {"event_type": "kindling_card", "event_payload": {"key": "k1"}}
    assert message.blocks[0]["block_id"] == "kindling:k1"


async def test_nothing_in_a_message_is_previewed_or_linked(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    await sent(slack, sender, general)

    [call] = slack.calls("chat.postMessage")
    quiet = {"unfurl_links": False, "unfurl_media": False, "link_names": False, "parse": "none", "mrkdwn": False}
    assert {name: call.args[name] for name in quiet} == quiet


async def test_words_of_people_ping_nobody(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    hostile = Card("Shared", (Quote(f"<!channel> @here <@{ben.id}> <https://a.example|click>", "<!here>"),))

    message = await sent(slack, sender, general, hostile)

    assert not message.pings
    assert message.pings.links == ()


async def test_a_picture_that_slack_cannot_fetch_costs_only_the_picture(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", error="invalid_blocks")
    card = replace(CARD, picture=Picture("https://k.example/recap.png", "A tree with eight leaves"))

    message = await sent(slack, sender, general, card)

    assert "image" not in {block["type"] for block in message.blocks}
    assert "A tree with eight leaves" in message.shown


async def test_a_lost_answer_is_uncertain_and_nothing_is_posted_again(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", drop_after=True)

    with pytest.raises(Uncertain):
        await sender.send(place(general), CARD, "k1")

    assert len(slack.calls("chat.postMessage")) == 1
    assert len(slack.messages(general)) == 1


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {"status": 503}, {"error": "fatal_error"}])
async def test_a_server_error_is_uncertain_for_the_message_may_be_there(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, fault: dict[str, Any]
) -> None:
    slack.fail("chat.postMessage", **fault)

    with pytest.raises(Uncertain):
        await sender.send(place(general), CARD, "k1")

    assert len(slack.calls("chat.postMessage")) == 1


async def test_a_rate_limit_is_tried_later_as_slack_asks(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", retry_after=17)

    with pytest.raises(TryLater) as refused:
        await sender.send(place(general), CARD, "k1")

    assert refused.value.after == timedelta(seconds=17)


async def test_slacks_own_pace_is_tried_later(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    slack.limits.as_slack()
    slack.clock.stop()  # or one more would be allowed by the time that these take

    for number in range(int(slack.limits.post_burst)):
        await sender.send(place(general), CARD, f"k{number}")

    with pytest.raises(TryLater):
        await sender.send(place(general), CARD, "one more")


async def test_a_slack_that_is_not_there_is_tried_later(slack: SlackStandIn) -> None:
    adapter = an_adapter(slack, settings(slack, api_url="http://127.0.0.1:9/api/"))

    with pytest.raises(TryLater):
        await adapter.open()


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("not_in_channel", "/invite @Kindling"),
        ("channel_not_found", "/invite @Kindling"),
        ("is_archived", "archived"),
        ("restricted_action", "admin"),
        ("restricted_action_read_only_channel", "admin"),
        ("missing_scope", "OAuth & Permissions"),
    ],
)
async def test_a_channel_that_is_closed_to_us_comes_with_advice(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, error: str, advice: str
) -> None:
    slack.fail("chat.postMessage", error=error)

    with pytest.raises(Unreachable) as refused:
        await sender.send(place(general), CARD, "k1")

    assert refused.value.code == f"slack.{error}"
    assert advice in refused.value.sentence


async def test_a_channel_that_kindling_is_not_in_is_unreachable(slack: SlackStandIn, sender: SlackAdapter) -> None:
    elsewhere = slack.add_channel("elsewhere", bot_in=False)

    with pytest.raises(Unreachable, match="not_in_channel"):
        await sender.send(place(elsewhere), CARD, "k1")


async def test_a_message_that_slack_refuses_is_unacceptable(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", error="msg_blocks_too_long")

    with pytest.raises(Unacceptable, match="msg_blocks_too_long"):
        await sender.send(place(general), CARD, "k1")


async def test_another_workspace_is_unreachable(slack: SlackStandIn, sender: SlackAdapter) -> None:
    with pytest.raises(Unreachable, match="other_workspace"):
        await sender.send(Place("slack", "T999", "C1"), CARD, "k1")


async def test_before_it_is_open_an_adapter_sends_later(slack: SlackStandIn, general: Channel) -> None:
    with pytest.raises(TryLater, match="not_open"):
        await an_adapter(slack).send(place(general), CARD, "k1")


def test_each_of_slacks_errors_for_posting_has_a_meaning() -> None:
    methods = specification("slack-methods.json")
    known = {"metadata_must_be_sent_from_app", "no_text", "too_many_attachments", "too_many_contact_cards"}

    for method in ("chat.postMessage", "chat.update", "chat.delete", "conversations.open", "reactions.get"):
        for name in methods[method]["errors"]:
            meaning = translate(_refusal(name))
            assert isinstance(meaning, AdapterError)
            if any(word in name for word in ("restricted", "archived", "not_found", "denied", "auth")) and not any(
                thing in name for thing in ("file", "draft", "duplicate")
            ):
                assert isinstance(meaning, Unreachable), name
            if name in known:
                assert isinstance(meaning, Unacceptable), name


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (502, "<html>"),
        (500, b""),
        (503, {}),
        (502, {"ok": False, "error": "channel_not_found"}),
        (200, {}),
        (200, "ok"),
    ],
)
def test_an_answer_that_is_not_slacks_own_is_uncertain(status: int, data: Any) -> None:
    assert isinstance(translate(_answer(status, data)), Uncertain)


def test_a_slack_that_says_it_is_unavailable_has_done_nothing() -> None:
    assert isinstance(translate(_answer(503, {"ok": False, "error": "service_unavailable"})), TryLater)


def test_a_plain_text_that_the_library_cannot_read_is_uncertain() -> None:
    assert isinstance(translate(AttributeError("'str' object has no attribute 'get'")), Uncertain)


def _refusal(name: str) -> Exception:
    return _answer(200, {"ok": False, "error": name})


def _answer(status: int, data: Any) -> Exception:
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers={}, status_code=status
    )
    error = SlackApiError("secret words", "")  # the library's own message cannot hold bytes
    error.response = response
    return error


def test_no_error_quotes_what_was_sent() -> None:
    assert "secret words" not in str(translate(_refusal("invalid_blocks")))


# Finding


async def test_a_message_is_found_by_its_key_where_history_may_be_read(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.scopes.add("channels:history")
    ref = await sender.send(place(general), CARD, "k1")
    await sender.send(place(general), CARD, "k2")

    assert await sender.find(place(general), "k1", datetime.now(UTC) - timedelta(minutes=1)) == ref


async def test_a_message_is_found_behind_many_others(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    slack.scopes.add("channels:history")
    ref = await sender.send(place(general), CARD, "k1")
    for number in range(250):
        slack.say(ben, general, f"message {number}")

    assert await sender.find(place(general), "k1", datetime.now(UTC) - timedelta(minutes=1)) == ref
    assert len(slack.calls("conversations.history")) == 2


async def test_a_message_that_is_not_there_is_surely_not_there(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.scopes.add("channels:history")

    assert await sender.find(place(general), "k1", LONG_AGO) is None


async def test_a_message_from_before_is_not_looked_for(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.scopes.add("channels:history")
    await sender.send(place(general), CARD, "k1")

    assert await sender.find(place(general), "k1", datetime.now(UTC) + timedelta(hours=1)) is None


async def test_without_the_history_scope_it_stays_uncertain(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    with pytest.raises(Uncertain):
        await sender.find(place(general), "k1", LONG_AGO)


async def test_a_message_is_found_after_it_was_edited(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.scopes.add("channels:history")
    ref = await sender.send(place(general), CARD, "k1")
    await sender.edit(ref, Card("Changed"), "d1")

    assert await sender.find(place(general), "k1", datetime.now(UTC) - timedelta(minutes=1)) == ref


# Recognising


async def test_a_message_is_recognised_without_the_right_to_read_history(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    assert await sender.recognise(ref, {"k1", "k2"}) == "k1"
    assert slack.calls("conversations.history") == []


async def test_a_channel_that_kindling_left_is_closed_to_it(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")
    general.bot_in = False

    with pytest.raises(Unreachable):
        await sender.recognise(ref, {"k1"})


# Editing and deleting


async def test_an_edit_changes_text_and_blocks(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    await sender.edit(ref, Card("A new theme", (Text("Close ones"),)), "d1")

    [message] = slack.messages(general)
    assert (message.text, message.shown) == ("A new theme\nClose ones", "A new theme\nClose ones")


async def test_an_edit_takes_old_buttons_away(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    await sender.edit(ref, Card("Closed"), "d1")

    assert "actions" not in {block["type"] for block in slack.messages(general)[0].blocks}


async def test_an_edit_links_no_names(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    await sender.edit(ref, Card("Closed"), "d1")

    [call] = slack.calls("chat.update")
    assert (call.args["link_names"], call.args["parse"]) == (False, "none")


async def test_an_edit_of_a_message_that_is_gone_is_unreachable(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")
    slack.delete_message(slack.messages(general)[0])

    with pytest.raises(Unreachable, match="message_not_found"):
        await sender.edit(ref, Card("Changed"), "d1")


async def test_an_edit_whose_answer_is_lost_may_be_made_again(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")
    slack.fail("chat.update", drop_after=True)

    with pytest.raises(TryLater):
        await sender.edit(ref, Card("Changed"), "d1")


async def test_a_deleted_message_is_gone(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    await sender.delete(ref)

    assert slack.messages(general) == []


async def test_deleting_what_is_gone_already_succeeds(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")
    slack.delete_message(slack.messages(general)[0])

    await sender.delete(ref)


# Telling one person


async def test_one_person_is_told_in_a_direct_message(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    await sender.tell(Person("slack", slack.team.id, ben.id), CARD)

    assert "Whom could you encourage today?" in slack.dms(ben)[0].shown
    assert slack.messages(general) == []


async def test_a_person_who_has_left_is_unreachable(slack: SlackStandIn, sender: SlackAdapter, ben: User) -> None:
    ben.deleted = True

    with pytest.raises(Unreachable, match="user_disabled"):
        await sender.tell(Person("slack", slack.team.id, ben.id), CARD)


# Reactions


async def test_all_reactions_of_people_are_told_in_neutral_spelling(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, anna: User, ben: User
) -> None:
    message = await sent(slack, sender, general)
    message.reactions = {"thumbsup::skin-tone-2": [anna.id], "heart": [anna.id, ben.id], "team-llama": [ben.id]}

    assert await sender.reactions(MessageRef(place(general), message.ts)) == {
        Felt(anna.id, "👍"),
        Felt(anna.id, "❤"),
        Felt(ben.id, "❤"),
        Felt(ben.id, ":team-llama:"),
    }


async def test_bots_and_kindling_itself_are_left_out_of_the_reactions(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    robot = slack.add_user("robot", bot=True)
    message = await sent(slack, sender, general)
    message.reactions = {"heart": [robot.id, slack.team.bot_user_id, ben.id]}

    assert await sender.reactions(MessageRef(place(general), message.ts)) == {Felt(ben.id, "❤")}


async def test_whether_somebody_is_a_bot_is_asked_once(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    message = await sent(slack, sender, general)
    message.reactions = {"heart": [ben.id], "tada": [ben.id]}

    await sender.reactions(MessageRef(place(general), message.ts))
    await sender.reactions(MessageRef(place(general), message.ts))

    assert len(slack.calls("users.info")) == 1


async def test_a_crowd_is_told_whole_and_asked_about_in_parts(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    crowd = [slack.add_user(f"user{number}").id for number in range(LOOK_UPS + 30)]
    message = await sent(slack, sender, general)
    message.reactions = {"heart": crowd}

    felt = await sender.reactions(MessageRef(place(general), message.ts))

    assert {one.user for one in felt} == set(crowd)
    assert len(slack.calls("users.info")) == LOOK_UPS


async def test_a_message_without_reactions_has_none(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    message = await sent(slack, sender, general)

    assert await sender.reactions(MessageRef(place(general), message.ts)) == frozenset()


async def test_a_message_that_is_gone_has_no_reactions(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    message = await sent(slack, sender, general)
    slack.delete_message(message)

    assert await sender.reactions(MessageRef(place(general), message.ts)) == frozenset()


async def test_reactions_whose_answer_is_lost_are_asked_for_later(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    message = await sent(slack, sender, general)
    slack.fail("reactions.get", drop_before=True, times=None)  # aiohttp reads a second time by itself

    with pytest.raises(TryLater):
        await sender.reactions(MessageRef(place(general), message.ts))


# Taking its time


async def test_many_questions_together_take_no_longer_than_one_call_may(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    message = await sent(slack, sender, general)
    message.reactions = {"heart": [ben.id]}
    slack.fail("users.info", until=asyncio.Event())

    async with opened(slack, pace=Pace(calling=0.1)) as adapter:
        with pytest.raises(TryLater, match="no_answer"):
            await adapter.reactions(MessageRef(place(general), message.ts))


async def test_a_post_without_an_answer_in_time_is_uncertain(slack: SlackStandIn, general: Channel) -> None:
    async with opened(slack, pace=Pace(calling=0.1)) as adapter:
        slack.fail("chat.postMessage", until=asyncio.Event())

        with pytest.raises(Uncertain, match="no_answer"):
            await adapter.send(place(general), CARD, "k1")


async def test_a_card_whose_turn_does_not_come_in_time_is_tried_later(slack: SlackStandIn, general: Channel) -> None:
    async with opened(slack, pace=Pace(calling=0.1)) as adapter:
        web = (await adapter._at(place(general))).web
        async with web.turns.turn("chat.postMessage", general.id):
            with pytest.raises(TryLater, match="no_answer"):
                await adapter.send(place(general), CARD, "k1")

    assert slack.calls("chat.postMessage") == []


async def test_a_message_to_a_person_whose_conversation_does_not_open_in_time_is_tried_later(
    slack: SlackStandIn, ben: User
) -> None:
    async with opened(slack, pace=Pace(calling=0.1)) as adapter:
        slack.fail("conversations.open", until=asyncio.Event())

        with pytest.raises(TryLater, match="no_answer"):
            await adapter.tell(Person("slack", slack.team.id, ben.id), CARD)


# Showing


def test_a_card_is_shown_as_it_is_sent(slack: SlackStandIn) -> None:
    shown = json.loads(an_adapter(slack).show(CARD))

    assert shown["blocks"][0]["text"]["text"] == "Whom could you encourage today?"
    assert shown["unfurl_links"] is False
