"""A busy morning in a large workspace: whom Slack is asked about, and what becomes of presses when it is too busy."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.people import LOOK_UPS
from tests.adapters.slack.test_slack_with_the_core import (
    Home,
    a_home,
    answered,
    set_up,
    shared_by,
    status,
    the_morning_card,
)
from tests.standins.slack import Channel, Message, SlackStandIn, User
from tests.standins.slack.fields import Target
from tests.standins.slack.limits import SLACK_TIERS

LARGE = 3_000
MEMBERS = int(os.environ.get("KINDLING_BUSY_MEMBERS", str(LARGE // 20)))
"""All of a large workspace take a minute; usually a twentieth of them press, and Slack answers as much less."""
MORNING = timedelta(minutes=5)
AT_ONCE = 50
TRY, SHARE, MORE = "🌱 I'll try one", "🤲 Share a kindness", "More"
NOT_TOLD = "I could not ask just now"
FOR_MODERATORS = "This is for moderators"


@pytest.fixture
async def home(slack: SlackStandIn, tmp_path: Path) -> AsyncIterator[Home]:
    async with a_home(slack, tmp_path) as home:
        yield home


@pytest.fixture
async def card(slack: SlackStandIn, home: Home, anna: User, general: Channel) -> Message:
    return await the_morning_card(slack, home, anna, general)


def asked(slack: SlackStandIn) -> Counter[str]:
    """About whom Slack was asked, and how often."""
    return Counter(str(call.args["user"]) for call in slack.calls("users.info"))


def exhaust(slack: SlackStandIn) -> None:
    """From now on Slack has had too many questions about people."""
    slack.fail("users.info", retry_after=60, times=None)


async def pressed(slack: SlackStandIn, user: User, target: Target, button: str) -> str:
    """What somebody reads after pressing a button."""
    return (await answered(slack, user, slack.click(user, target, button))).shown


async def the_act(slack: SlackStandIn, home: Home, author: User, channel: Channel) -> Message:
    """An act on the wall."""
    await shared_by(slack, home, author, channel)
    return slack.messages(channel)[-1]


@pytest.fixture
def zoe(slack: SlackStandIn, general: Channel) -> User:
    """Somebody of another company, in a channel that is shared with it."""
    zoe = slack.add_user("zoe", admin=True, team=slack.add_team("other company"))
    general.members.append(zoe)
    general.shared = True
    return zoe


async def test_whatever_a_large_workspace_presses_within_five_minutes_is_kept_without_asking_who_they_are(
    slack: SlackStandIn, home: Home, card: Message, general: Channel
) -> None:
    crowd = [slack.add_user(f"member-{number}") for number in range(MEMBERS)]
    general.members.extend(crowd)
    slack.limits.as_slack()
    slack.limits.per_minute["users.info"] = SLACK_TIERS["t4"] * MEMBERS / LARGE
    before, told = asked(slack), len(slack.world.ephemerals)

    for first in range(0, MEMBERS, AT_ONCE):
        some = crowd[first : first + AT_ONCE]
        slack.clock.advance(MORNING.total_seconds() * len(some) / MEMBERS)
        await asyncio.gather(*(slack.click(member, card, TRY) for member in some))
        answers = told + first + len(some)
        await slack.until(lambda answers=answers: len(slack.world.ephemerals) == answers, within=60)

    assert await home.kept() == {(member.id, "🌱") for member in crowd}
    assert asked(slack) - before == Counter()


@pytest.mark.parametrize("button", [TRY, "💡 Another idea", "🌙 Resting today"])
async def test_a_plain_button_of_a_card_works_while_slack_tells_nothing(
    slack: SlackStandIn, home: Home, card: Message, ben: User, button: str
) -> None:
    exhaust(slack)

    shown = await pressed(slack, ben, card, button)

    assert shown
    assert NOT_TOLD not in shown


async def test_a_kindness_can_be_written_while_slack_tells_no_names(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    act = await the_act(slack, home, anna, general)
    exhaust(slack)

    modal = await (await slack.click(ben, act, SHARE)).modal()

    assert "My name" in modal.shown


@pytest.mark.parametrize("line", ["today", "another", "support", "help", "me"])
async def test_a_command_for_everybody_works_while_slack_tells_nothing(
    slack: SlackStandIn, card: Message, ben: User, general: Channel, line: str
) -> None:
    exhaust(slack)

    shown = (await (await slack.slash(ben, general, "/kind", line)).ephemeral()).shown

    assert shown
    assert NOT_TOLD not in shown


async def test_more_is_what_it_is_for_everybody_while_slack_tells_nothing(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    act = await the_act(slack, home, ben, general)
    exhaust(slack)

    more = await answered(slack, anna, slack.click(anna, act, MORE))

    assert more.buttons == ["🚩 Report to moderators", "❓ Why is it here?"]


async def test_members_who_read_about_many_acts_are_asked_about_once_in_a_few_minutes(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    act = await the_act(slack, home, anna, general)
    before = asked(slack)[ben.id]

    for _ in range(3):
        await pressed(slack, ben, act, MORE)
    within = asked(slack)[ben.id]
    home.clock.ahead += MORNING
    await pressed(slack, ben, act, MORE)

    assert within - before == 1
    assert asked(slack)[ben.id] - within == 1


async def test_what_only_moderators_see_is_gone_at_the_next_press_after_their_right_was_taken(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    act = await the_act(slack, home, ben, general)
    before = await answered(slack, anna, slack.click(anna, act, MORE))
    anna.admin = False

    after = await answered(slack, anna, slack.click(anna, act, MORE))

    assert "🙈 Hide it" in before.buttons
    assert "🙈 Hide it" not in after.buttons


async def test_a_moderator_whose_right_was_taken_is_refused_at_the_very_next_press(
    slack: SlackStandIn, home: Home, card: Message, anna: User, general: Channel
) -> None:
    shown = await status(slack, anna, general)
    with_right = await pressed(slack, anna, shown, "👀 Preview the week")
    anna.admin = False

    assert FOR_MODERATORS not in with_right
    assert FOR_MODERATORS in await pressed(slack, anna, shown, "👀 Preview the week")
    assert FOR_MODERATORS in (await status(slack, anna, general)).shown


async def test_a_press_of_a_moderator_is_asked_about_each_time_whatever_was_remembered(
    slack: SlackStandIn, home: Home, card: Message, anna: User, general: Channel
) -> None:
    shown = await status(slack, anna, general)
    before = asked(slack)[anna.id]

    for _ in range(3):
        await pressed(slack, anna, shown, "👀 Preview the week")

    assert asked(slack)[anna.id] - before == 3


async def test_a_moderator_is_told_kindly_while_slack_tells_nothing_and_nothing_is_done(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    shown = await status(slack, anna, general)
    exhaust(slack)

    told = await pressed(slack, anna, shown, "📮 Post today's card now")
    await home.core.engine.settle()

    assert NOT_TOLD in told
    assert slack.messages(general) == []


async def test_a_stranger_is_asked_about_once_in_a_few_minutes_and_refused_each_time(
    slack: SlackStandIn, home: Home, anna: User, zoe: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    act = await the_act(slack, home, anna, general)

    told = [await pressed(slack, zoe, act, SHARE) for _ in range(3)]

    assert all("That is for the people of this place" in shown for shown in told)
    assert asked(slack)[zoe.id] == 1


async def test_a_stranger_shares_nothing_while_slack_tells_nothing(
    slack: SlackStandIn, home: Home, anna: User, zoe: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    act = await the_act(slack, home, anna, general)
    exhaust(slack)

    assert NOT_TOLD in await pressed(slack, zoe, act, SHARE)


async def test_a_stranger_answers_the_card_that_they_see_and_nobody_is_asked_about_them(
    slack: SlackStandIn, home: Home, card: Message, zoe: User
) -> None:
    await pressed(slack, zoe, card, TRY)

    assert await home.kept() == {(zoe.id, "🌱")}
    assert asked(slack)[zoe.id] == 0


async def test_many_who_react_leave_slack_some_answers_for_moderators(
    slack: SlackStandIn, home: Home, card: Message, anna: User, general: Channel
) -> None:
    crowd = [slack.add_user(f"member-{number}") for number in range(2 * LOOK_UPS)]
    general.members.extend(crowd)
    slack.limits.per_minute["users.info"] = LOOK_UPS + 20
    for member in crowd:
        await slack.react(member, card, "heart")

    shown = await status(slack, anna, general)
    await home.core.engine.settle()

    assert "How things stand" in shown.shown
    assert {user for user, _ in await home.kept()} == {member.id for member in crowd}


async def test_whoever_pressed_a_button_is_no_bot_and_is_not_asked_about_when_they_react(
    slack: SlackStandIn, home: Home, card: Message, ben: User
) -> None:
    await pressed(slack, ben, card, TRY)

    await slack.react(ben, card, "heart")

    assert await home.kept() == {(ben.id, "🌱"), (ben.id, "❤")}
    assert asked(slack)[ben.id] == 0
