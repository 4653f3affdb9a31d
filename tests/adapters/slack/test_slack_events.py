"""Events: reactions, leaving, and what nobody listens for."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

from adapters.slack import doors, people
from adapters.slack import work as working
from adapters.slack.adapter import SlackAdapter
from adapters.slack.inbound import instant
from adapters.slack.work import Recent, Unkept, Work
from adapters.slack.workspaces import Workspaces
from bot.app import Kindling
from bot.domain.errors import DatabaseProblem
from bot.domain.places import MessageRef, Person
from tests.adapters.slack.workspace import CARD, Door, http_settings, listening, place
from tests.standins.slack import Channel, Message, SlackStandIn, User


@pytest.fixture
async def card(slack: SlackStandIn, adapter: SlackAdapter, general: Channel) -> Message:
    await adapter.send(place(general), CARD, "k1")
    return slack.messages(general)[0]


def person(user: User) -> Person:
    return Person("slack", user.team.id, user.id)


async def test_a_reaction_reaches_the_front_door_with_slacks_own_time(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    event = await slack.react(ben, card, "heart")

    [(who, ref, emoji, present, at)] = await door.until("reacted")
    assert (who, ref) == (person(ben), MessageRef(place(card.channel), card.ts))
    assert (emoji, present) == ("❤", True)
    assert event is not None
    assert at == instant(event.event["event_ts"])


async def test_taking_a_reaction_off_reaches_the_front_door(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    await slack.react(ben, card, "heart")
    await slack.unreact(ben, card, "heart")

    _, (_, _, emoji, present, _) = await door.until("reacted", 2)
    assert (emoji, present) == ("❤", False)


async def test_a_skin_tone_makes_no_other_emoji(slack: SlackStandIn, card: Message, door: Door, ben: User) -> None:
    await slack.react(ben, card, "raised_hands::skin-tone-4")

    [(_, _, emoji, _, _)] = await door.until("reacted")
    assert emoji == "🙌"


async def test_an_emoji_of_the_workspace_keeps_its_name(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    await slack.react(ben, card, "team-llama")

    [(_, _, emoji, _, _)] = await door.until("reacted")
    assert emoji == ":team-llama:"


async def test_the_reaction_of_a_bot_is_left_alone(
    slack: SlackStandIn, card: Message, door: Door, ben: User, general: Channel
) -> None:
    robot = slack.add_user("robot", bot=True)
    general.members.append(robot)

    await slack.react(robot, card, "heart")
    await slack.react(ben, card, "heart")

    [(who, *_)] = await door.until("reacted")
    assert who == person(ben)


async def test_kindlings_own_reaction_is_left_alone(
    slack: SlackStandIn, card: Message, door: Door, ben: User, general: Channel
) -> None:
    itself = slack.user(slack.team.bot_user_id)
    general.members.append(itself)

    event = await slack.react(itself, card, "heart")
    await slack.react(ben, card, "heart")

    [(who, *_)] = await door.until("reacted")
    assert who == person(ben)
    assert event is not None
    assert event.acked


async def test_when_slack_does_not_say_whether_somebody_is_a_bot_they_are_a_person(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    slack.fail("users.info", retry_after=5)

    await slack.react(ben, card, "heart")

    [(who, *_)] = await door.until("reacted")
    assert who == person(ben)


async def test_whoever_slack_is_silent_about_is_a_person_before_the_reaction_would_have_to_come_again(
    slack: SlackStandIn, card: Message, door: Door, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "ASKING", 0.05)
    slack.fail("users.info", until=asyncio.Event())

    event = await slack.react(ben, card, "heart")

    [(who, *_)] = await door.until("reacted")
    assert who == person(ben)
    assert event is not None
    assert [attempt.acked for attempt in event.attempts] == [True]


async def test_an_event_that_comes_twice_is_told_once(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    slack.events.copies = 3
    await slack.react(ben, card, "heart")
    slack.events.copies = 1

    await slack.unreact(ben, card, "heart")

    told = await door.until("reacted", 2)
    assert [present for _, _, _, present, _ in told] == [True, False]


async def test_an_event_about_a_file_is_acknowledged_and_left_alone(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    item = {"type": "file", "file": "F1"}
    event = await slack.emit({"type": "reaction_added", "user": ben.id, "reaction": "heart", "item": item})
    await slack.react(ben, card, "tada")

    [(_, _, emoji, _, _)] = await door.until("reacted")
    assert emoji == "🎉"
    assert event is not None
    assert event.acked


@pytest.mark.parametrize("kind", ["app_home_opened", "team_renamed", "message", "something_new"])
async def test_an_event_that_nobody_listens_for_is_acknowledged_once(
    slack: SlackStandIn, adapter: SlackAdapter, ben: User, kind: str
) -> None:
    slack.events.subscriptions.add(kind)
    slack.scopes.add("channels:history")

    event = await slack.emit({"type": kind, "user": ben.id, "channel": "C1", "text": "hello"})

    assert event is not None
    assert [attempt.acked for attempt in event.attempts] == [True]


async def test_a_reaction_is_acknowledged_when_it_is_kept_and_not_before(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    door.kept.clear()
    reacting = asyncio.create_task(slack.react(ben, card, "heart"))
    await door.until("reacted")
    acknowledged_before = list(slack.sockets.acks)

    door.kept.set()
    event = await reacting

    assert acknowledged_before == []
    assert event is not None
    assert [attempt.acked for attempt in event.attempts] == [True]


async def test_a_reaction_that_cannot_be_kept_is_sent_again_until_it_is(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    door.failures = 2

    event = await slack.react(ben, card, "heart")

    assert event is not None
    assert [attempt.acked for attempt in event.attempts] == [False, False, True]
    assert len(door.named("reacted")) == 3


async def test_a_flood_of_reactions_that_cannot_be_kept_is_logged_when_it_begins_and_when_it_is_over(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    with capture_logs() as logs:
        for emoji, door.failures in (("heart", 3), ("tada", 0), ("pray", 1)):
            await slack.react(ben, card, emoji)

    told = [(line["event"], line["log_level"], line.get("number")) for line in logs if "kept" in line["event"]]
    begun, over = ("slack.reaction_not_kept", "warning"), ("slack.reactions_kept_again", "info")
    assert told == [(*begun, None), (*over, 3), (*begun, None), (*over, 1)]


def test_what_is_kept_beside_others_that_are_not_says_nothing_of_them() -> None:
    unkept = Unkept()

    with capture_logs() as logs:
        for error in (TimeoutError(), DatabaseProblem("it is locked", "database.locked"), TimeoutError()):
            before = unkept.number
            unkept.one_more(error)
            unkept.over(before)

    assert [line["error"] for line in logs] == ["TimeoutError", "DatabaseProblem"]
    assert unkept.number == 3


async def test_a_reaction_on_somebody_elses_message_is_acknowledged_and_left_alone(
    slack: SlackStandIn, card: Message, door: Door, ben: User, anna: User
) -> None:
    event = await slack.react(ben, slack.say(anna, card.channel, "hello"), "heart")
    await slack.react(ben, card, "tada")

    [(_, ref, *_)] = await door.until("reacted")
    assert ref.message == card.ts
    assert event is not None
    assert event.acked


async def test_reactions_by_http_are_sent_again_too(slack: SlackStandIn, general: Channel, ben: User) -> None:
    door = Door(failures=1)

    async with listening(slack, door, http_settings(slack)) as adapter:
        await adapter.send(place(general), CARD, "k1")
        event = await slack.react(ben, slack.messages(general)[0], "heart")

    assert event is not None
    assert [attempt.acked for attempt in event.attempts] == [False, True]


async def test_a_failure_in_one_event_takes_no_other_down(
    slack: SlackStandIn, card: Message, door: Door, ben: User, anna: User
) -> None:
    slack.events.subscriptions.add("reaction_added")
    await slack.emit({"type": "reaction_added", "user": ben.id, "item": {"type": "message"}})

    await slack.react(anna, card, "heart")

    [(who, *_)] = await door.until("reacted")
    assert who == person(anna)


async def test_being_removed_from_the_workspace_is_told(slack: SlackStandIn, adapter: SlackAdapter, door: Door) -> None:
    await slack.uninstall()

    assert (await door.until("left"))[0] == ("slack", slack.team.id)


async def test_a_revoked_token_of_a_person_is_no_leaving(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    await slack.emit({"type": "tokens_revoked", "tokens": {"oauth": [ben.id], "bot": []}})
    await slack.react(ben, card, "heart")

    await door.until("reacted")
    assert door.named("left") == []


async def test_a_reaction_in_another_workspace_is_left_alone(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    other = slack.add_team("other company")
    zoe = slack.add_user("zoe", team=other)
    theirs = slack.add_channel("theirs", members=[zoe], team=other)

    await slack.react(zoe, slack.say(zoe, theirs, "hello"), "heart")
    await slack.react(ben, card, "heart")

    [(who, *_)] = await door.until("reacted")
    assert who == person(ben)


async def test_a_reaction_that_names_a_company_which_shares_the_channel_is_kept(
    slack: SlackStandIn, card: Message, door: Door, ben: User
) -> None:
    slack.events.hold()
    event = await slack.react(ben, card, "heart")
    assert event is not None
    event.payload["team_id"] = slack.add_team("other company").id

    await slack.events.release()

    [(who, ref, *_)] = await door.until("reacted")
    assert (who, ref) == (person(ben), MessageRef(place(card.channel), card.ts))


def test_slacks_time_stamps_are_read_to_the_microsecond() -> None:
    assert instant("1700000000.000001") == datetime(2023, 11, 14, 22, 13, 20, 1, UTC)


def test_a_time_stamp_without_a_fraction_is_read() -> None:
    assert instant("1700000000") == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_only_so_many_ids_are_remembered() -> None:
    recent = Recent(size=2)

    assert [recent.first_time(event) for event in ("a", "b", "a", "c", "b")] == [True, True, False, True, True]
    assert len(recent) == 2


def test_what_has_no_id_is_always_new() -> None:
    recent = Recent()

    assert [recent.first_time(""), recent.first_time("")] == [True, True]


class Forgetful(Door):
    """A front door whose database cannot be used at first."""

    async def connected(self, platform: str, spaces: Collection[str] | None = None) -> None:
        await super().connected(platform, spaces)
        if len(self.named("connected")) == 1:
            raise DatabaseProblem("the disk is full", "database.full")

    async def left(self, platform: str, space: str) -> None:
        await super().left(platform, space)
        if len(self.named("left")) == 1:
            raise DatabaseProblem("the disk is full", "database.full")


async def test_being_removed_is_told_until_it_could_be_kept(
    slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "AGAIN", 0.0)
    forgetful = Forgetful()
    async with listening(slack, forgetful):
        await slack.uninstall()

        assert await forgetful.until("left", times=3) == [("slack", slack.team.id)] * 3  # Slack tells it in two ways


async def test_that_events_come_in_again_is_told_until_it_could_be_kept() -> None:
    work, forgetful = Work(pause=lambda _: asyncio.sleep(0)), Forgetful()
    telling = doors.Door(cast("Kindling", forgetful), Workspaces(), work, None)

    telling.connected()
    await work.finish(within=5)

    assert len(forgetful.named("connected")) == 2


async def test_work_that_is_going_on_is_given_a_moment_to_finish() -> None:
    done = asyncio.Event()

    async def soon() -> None:
        await asyncio.sleep(0)
        done.set()

    work = Work()
    work.start("soon", soon())
    await work.finish(within=timedelta(seconds=5).total_seconds())

    assert done.is_set()


async def test_work_that_does_not_finish_is_stopped() -> None:
    stopped = asyncio.Event()

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    work = Work()
    work.start("never", never())
    await asyncio.sleep(0)
    await work.finish()

    assert stopped.is_set()
