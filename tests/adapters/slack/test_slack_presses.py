"""Commands, buttons and shortcuts: one call of the front door, one private answer."""

import asyncio
import json
from typing import Any

import pytest

from adapters.slack import drafts
from adapters.slack.adapter import SlackAdapter
from adapters.slack.inbound import typed_line
from bot.domain.commands import OptionKind
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Choice, Reply, Text
from bot.domain.places import Actor, Person
from tests.adapters.slack.workspace import CARD, Door, listening, place
from tests.standins.slack import Channel, Ephemeral, Message, SlackStandIn, User
from tests.standins.slack.delivery import Envelope

FORM = Form("share", "Share a kindness", (Field("what", "What happened?", value="She listened"),), subject="o1")
PRIVATE = Card("An idea", (Text("Write to a friend."),), (Choice("Another idea", Action("another", "o1")),))


async def the_card(slack: SlackStandIn, adapter: SlackAdapter, channel: Channel) -> Message:
    await adapter.send(place(channel), CARD, "k1")
    return slack.messages(channel)[-1]


async def a_private_card(slack: SlackStandIn, door: Door, user: User, channel: Channel) -> Ephemeral:
    door.answer = Reply(PRIVATE)
    return await (await slack.slash(user, channel, "/kind", "another")).ephemeral()


# Commands


@pytest.mark.parametrize(("command", "group"), [("/kind", "kind"), ("/kindling", "kindling")])
async def test_a_command_reaches_the_front_door_as_it_was_typed(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, *, anna: User, general: Channel, command: str, group: str
) -> None:
    await slack.slash(anna, general, command, "setup zone:Europe/Berlin morning: 9am")

    [(_, *typed)] = await door.until("typed")
    assert typed == [group, "setup zone:Europe/Berlin morning: 9am"]


async def test_who_types_comes_with_their_channel_and_nobody_is_asked_who_they_are(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, anna: User, general: Channel
) -> None:
    await slack.slash(anna, general, "/kindling", "status")

    [(actor, *_)] = await door.until("typed")
    person = Person("slack", slack.team.id, anna.id)
    assert actor == Actor(person, channel=general.id, stranger=None, asked=False)
    assert slack.calls("users.info") == []


async def test_a_command_is_acknowledged_without_a_word(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User, general: Channel
) -> None:
    reply = await slack.slash(ben, general, "/kind", "today")

    assert (reply.acked, reply.ack) == (True, None)


async def test_a_command_is_answered_to_the_person_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(PRIVATE)

    reply = await slack.slash(ben, general, "/kind", "today")

    assert "Write to a friend." in (await reply.ephemeral()).shown
    assert slack.messages(general) == []


async def test_a_command_is_answered_where_kindling_is_not_in_the_channel(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User
) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[ben], bot_in=False)

    reply = await slack.slash(ben, elsewhere, "/kind", "today")

    assert "Thank you" in (await reply.ephemeral()).shown


@pytest.mark.parametrize(
    ("escaped", "typed"),
    [
        ("setup channel:<#C123|team>", "setup channel:C123"),
        ("setup channel:<#C123|>", "setup channel:C123"),
        ("setup channel:<#C123>", "setup channel:C123"),
        ("thank <@U123|ada>", "thank U123"),
        ("<!here> look", "@here look"),
        ("<!subteam^S1|@team> look", "@team look"),
        ("see <http://a.example|a.example>", "see a.example"),
        ("see <https://a.example>", "see https://a.example"),
        ("tea &amp; cake &lt;3", "tea & cake <3"),
        ("  today  ", "today"),
    ],
)
def test_what_slack_escapes_is_read_as_it_was_typed(escaped: str, typed: str) -> None:
    assert typed_line(escaped) == typed


async def test_a_failure_behind_the_door_still_gets_a_kind_answer(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    async def fail() -> Reply:
        raise RuntimeError

    door.answer = fail
    reply = await slack.slash(ben, general, "/kind", "today")

    assert "not your fault" in (await reply.ephemeral()).shown
    assert reply.acked


@pytest.mark.parametrize("trouble", [{"error": "user_not_in_channel"}, {"retry_after": 30}, {"status": 503}])
async def test_when_nothing_can_be_shown_in_the_channel_a_direct_message_is_used(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User, general: Channel, trouble: dict[str, Any]
) -> None:
    slack.fail("response_url", error="expired_url")
    slack.fail("chat.postEphemeral", **trouble)

    await slack.slash(ben, general, "/kind", "today")

    await slack.until(lambda: slack.dms(ben))
    assert "Thank you" in slack.dms(ben)[0].shown


async def test_when_the_address_for_answers_fails_the_channel_is_used(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User, general: Channel
) -> None:
    slack.fail("response_url", error="expired_url")

    reply = await slack.slash(ben, general, "/kind", "today")

    assert "Thank you" in (await reply.ephemeral()).shown
    assert len(slack.calls("chat.postEphemeral")) == 1


async def test_when_the_channel_is_closed_too_a_direct_message_is_used(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User
) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[ben], bot_in=False)
    slack.fail("response_url", error="expired_url")

    await slack.slash(ben, elsewhere, "/kind", "today")

    await slack.until(lambda: slack.dms(ben))
    assert "Thank you" in slack.dms(ben)[0].shown


# Buttons


async def test_a_button_reaches_the_front_door_with_the_message_it_is_on(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    ref = await adapter.send(place(general), CARD, "k1")

    await slack.click(ben, slack.messages(general)[0], "Another idea")

    [(actor, action, message)] = await door.until("press")
    assert (actor.person.user, actor.channel, action, message) == (ben.id, general.id, Action("another", "o1"), ref)


async def test_a_button_still_names_its_message_after_an_edit(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    ref = await adapter.send(place(general), CARD, "k1")
    await adapter.edit(ref, CARD, "d1")

    await slack.click(ben, slack.messages(general)[0], "Another idea")

    [(_, _, message)] = await door.until("press")
    assert message == ref


async def test_a_button_on_a_private_card_names_no_message(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    private = await a_private_card(slack, door, ben, general)

    await slack.click(ben, private, "Another idea")

    [(_, action, message)] = await door.until("press")
    assert (action, message) == (Action("another", "o1"), None)


async def test_a_button_works_after_a_restart(slack: SlackStandIn, door: Door, ben: User, general: Channel) -> None:
    async with listening(slack, Door()) as adapter:
        card = await the_card(slack, adapter, general)

    async with listening(slack, door):
        await slack.click(ben, card, "Another idea")
        [(_, action, _)] = await door.until("press")

    assert action == Action("another", "o1")


async def test_an_answer_to_a_press_on_a_channel_card_leaves_the_card_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    card = await the_card(slack, adapter, general)
    door.answer = Reply(PRIVATE, replace=True)

    reply = await slack.click(ben, card, "Another idea")

    assert "Write to a friend." in (await reply.ephemeral()).shown
    assert (card.edits, "Whom could you encourage" in card.shown) == (0, True)


async def test_an_answer_may_take_the_place_of_a_private_card(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    private = await a_private_card(slack, door, ben, general)
    door.answer = Reply(Card("Another one"), replace=True)

    reply = await slack.click(ben, private, "Another idea")

    assert await reply.replacement() is private
    assert private.shown == "Another one"


async def test_an_answer_that_replaces_nothing_comes_beside(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    private = await a_private_card(slack, door, ben, general)
    door.answer = Reply(Card("Another one"))

    reply = await slack.click(ben, private, "Another idea")

    assert (await reply.ephemeral()).shown == "Another one"
    assert "Write to a friend." in private.shown


async def test_an_answer_may_take_the_place_of_a_direct_message(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User
) -> None:
    await adapter.tell(Person("slack", slack.team.id, ben.id), PRIVATE)
    door.answer = Reply(Card("Another one"), replace=True)

    reply = await slack.click(ben, slack.dms(ben)[0], "Another idea")

    await reply.replacement()
    assert slack.dms(ben)[0].shown == "Another one"


async def test_a_button_that_is_none_of_ours_is_acknowledged_and_left_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    card = await the_card(slack, adapter, general)
    button = card.blocks[-2]["elements"][0]
    button["action_id"] = button["value"] = "someone-elses"

    reply = await slack.click(ben, card, "someone-elses")

    assert reply.acked
    assert door.named("press") == []


async def test_of_whoever_is_of_another_workspace_nothing_is_known_so_far(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, general: Channel
) -> None:
    stranger = slack.add_user("zoe", admin=True, team=slack.add_team("other company"))
    general.members.append(stranger)
    card = await the_card(slack, adapter, general)

    await slack.click(stranger, card, "Another idea")

    [(actor, *_)] = await door.until("press")
    assert (actor.may_moderate, actor.stranger, actor.asked) == (False, None, False)


async def test_people_of_the_workspace_are_known_by_their_press(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    await slack.click(ben, await the_card(slack, adapter, general), "Another idea")

    [(actor, *_)] = await door.until("press")
    assert (actor.may_moderate, actor.stranger, actor.asked) == (False, False, False)
    assert slack.calls("users.info") == []


# Forms


async def test_a_form_opens_with_what_is_known(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(FORM)

    modal = await (await slack.slash(ben, general, "/kind", "share")).modal()

    assert (modal.title, modal.blocks[0]["element"]["initial_value"]) == ("Share a kindness", "She listened")


async def test_a_form_that_comes_too_late_is_offered_with_a_button(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    async def slowly() -> Reply:
        slack.clock.advance(4)
        return Reply(FORM)

    door.answer = slowly
    offer = await (await slack.slash(ben, general, "/kind", "share")).ephemeral()

    modal = await (await slack.click(ben, offer, drafts.ACTION_ID)).modal()
    assert modal.blocks[0]["element"]["initial_value"] == "She listened"


async def test_an_offered_form_opens_after_a_restart_and_keeps_its_subject(
    slack: SlackStandIn, door: Door, ben: User, general: Channel
) -> None:
    async with listening(slack, Door(Reply(FORM))):
        slack.fail("views.open", error="expired_trigger_id")
        offer = await (await slack.slash(ben, general, "/kind", "share")).ephemeral()

    async with listening(slack, door):
        modal = await (await slack.click(ben, offer, drafts.ACTION_ID)).modal()
        await slack.submit(ben, modal)
        [(_, *submitted)] = await door.until("submit")

    assert submitted == ["share", "o1", {"what": "She listened"}]


async def test_an_offered_form_that_is_gone_says_how_to_start_again(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(FORM)
    slack.fail("views.open", error="expired_trigger_id")
    offer = await (await slack.slash(ben, general, "/kind", "share")).ephemeral()
    offer.blocks[-1]["elements"][0]["value"] = "m:gone"

    reply = await slack.click(ben, offer, drafts.ACTION_ID)

    assert "start again" in (await reply.ephemeral()).shown


async def test_a_command_with_mistakes_opens_the_form_with_sentences_above(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(Rejected({"what": "A word or two, please."}, FORM))

    modal = await (await slack.slash(ben, general, "/kind", "share")).modal()

    assert "A word or two, please." in modal.shown


async def test_a_command_with_mistakes_offers_the_form_when_it_is_late(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    slack.fail("views.open", error="expired_trigger_id")
    door.answer = Reply(Rejected({"what": "A word or two, please."}, FORM))

    offer = await (await slack.slash(ben, general, "/kind", "share")).ephemeral()

    assert "A word or two, please." in offer.shown
    assert "Open the form" in offer.shown


async def test_a_form_that_slack_would_refuse_is_answered_with_an_apology(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(Form("share", "Share", (Field("day", "Day", FieldKind.CHOICE),)))

    reply = await slack.slash(ben, general, "/kind", "share")

    assert "not your fault" in (await reply.ephemeral()).shown


async def test_a_zone_is_suggested_while_it_is_typed(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(Form("setup", "Set up", (Field("zone", "Your zone", FieldKind.ZONE),)))
    modal = await (await slack.slash(ben, general, "/kind", "setup")).modal()

    options = await slack.suggest(ben, modal, "Your zone", "ber")

    assert [option["value"] for option in options] == ["Europe/Berlin", "Europe/Bern"]
    assert door.named("suggest") == [(OptionKind.ZONE, "ber")]


# Shortcuts, strangers and things that come twice


async def test_a_shortcut_named_like_a_command_is_that_command(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User
) -> None:
    await slack.shortcut(ben, "kind today")

    [(actor, name, words)] = await door.until("command")
    assert (actor.person.user, name, words) == (ben.id, "kind today", {})


async def test_a_shortcut_without_a_channel_is_answered_in_a_direct_message(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User
) -> None:
    await slack.shortcut(ben, "kind today")

    await slack.until(lambda: slack.dms(ben))
    assert "Thank you" in slack.dms(ben)[0].shown


async def test_an_unknown_shortcut_is_acknowledged_and_left_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User
) -> None:
    reply = await slack.shortcut(ben, "someone-elses")

    assert reply.acked
    assert door.named("command") == []


async def test_a_press_is_acknowledged_while_the_work_goes_on(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    released = asyncio.Event()

    async def slowly() -> Reply:
        await released.wait()
        return Reply(Card("Done"))

    door.answer = slowly
    reply = await slack.click(ben, await the_card(slack, adapter, general), "Another idea")
    assert reply.acked

    released.set()
    assert (await reply.ephemeral()).shown == "Done"


async def test_the_same_trigger_twice_is_one_press(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    payload: Any = {
        "type": "block_actions",
        "trigger_id": "1.2.3",
        "user": {"id": ben.id},
        "team": {"id": slack.team.id},
        "container": {"type": "message", "channel_id": general.id, "message_ts": "1.1", "is_ephemeral": True},
        "actions": [{"type": "button", "action_id": "k:another:o1", "value": "k:another:o1", "block_id": "b"}],
    }
    for _ in range(2):
        assert await acknowledged(slack, payload)
    await slack.slash(ben, general, "/kind", "today")

    await door.until("typed")
    assert len(door.named("press")) == 1


async def acknowledged(slack: SlackStandIn, payload: Any) -> bool:
    """Send an interaction that no gesture of the stand-in makes, and wait for the acknowledgement."""
    return (await slack.sockets.carry(Envelope("interactive", payload), 3)).acked


@pytest.mark.parametrize("kind", ["dialog_submission", "message_action", "something_new"])
async def test_an_interaction_of_a_kind_nobody_knows_is_acknowledged(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User, kind: str
) -> None:
    payload = {"type": kind, "callback_id": "x", "user": {"id": ben.id}, "team": {"id": slack.team.id}}

    assert await acknowledged(slack, json.loads(json.dumps(payload)))


async def test_a_command_from_another_workspace_is_left_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    other = slack.add_team("other company")
    zoe = slack.add_user("zoe", team=other)
    theirs = slack.add_channel("theirs", members=[zoe], team=other)

    reply = await slack.slash(zoe, theirs, "/kind", "today")
    await slack.slash(ben, general, "/kind", "today")

    await door.until("typed")
    assert reply.acked
    assert [actor.person.user for actor, *_ in door.named("typed")] == [ben.id]
