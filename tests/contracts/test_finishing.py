"""Pins, threads and who is notified, on every platform that has them."""

from contextlib import suppress

import pytest

from bot.app import Adapter
from bot.domain.errors import Gone, TryLater, Uncertain, Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card, Text
from bot.domain.places import MessageRef, Named
from tests.contracts.cards import HOSTILE
from tests.contracts.in_letters import InLetters
from tests.contracts.on_discord import OnDiscord
from tests.contracts.on_slack import OnSlack
from tests.contracts.platform import Platform, Remote
from tests.contracts.villages import DISCORD, LETTERS, REMOTE, SLACK, SLACK_WITH_HISTORY, WEB, on
from tests.standins.discord import Permission
from tests.standins.discord.values import ChannelType

CARD = Card("Whom could you encourage today?", (Text("A short message is enough."),))
TITLE = CARD.heading
STEPS = (Step.PIN, Step.THREAD)


def allow(platform: Platform) -> None:
    if isinstance(platform, Remote):
        platform.allow_finishing()


async def posted(platform: Platform, adapter: Adapter, key: str = "first") -> MessageRef:
    return await adapter.send(platform.place, CARD, key)


async def pins(platform: Platform, ref: MessageRef) -> list[str]:
    """The ids of what is pinned where a message is; in the playground, what its page says."""
    if isinstance(platform, Remote | InLetters):
        return platform.pinned(ref.place)
    return [ref.message] if "pinned" in str(await platform.at(ref)) else []


@on(WEB, DISCORD, SLACK, LETTERS)
async def test_a_card_is_pinned_and_pinning_it_again_changes_nothing(platform: Platform, adapter: Adapter) -> None:
    allow(platform)
    ref = await posted(platform, adapter)

    await adapter.pin(ref, None)
    await adapter.pin(ref, None)

    assert await pins(platform, ref) == [ref.message]


@on(WEB, DISCORD, SLACK, LETTERS)
async def test_it_takes_the_place_of_the_one_before_also_when_that_is_not_pinned_any_more(
    platform: Platform, adapter: Adapter
) -> None:
    allow(platform)
    old, new = await posted(platform, adapter), await posted(platform, adapter, "second")
    await adapter.pin(old, None)

    await adapter.pin(new, old)
    await adapter.pin(new, old)

    assert await pins(platform, new) == [new.message]
    assert old.message not in await pins(platform, old)


@on(WEB, DISCORD, SLACK)
async def test_one_before_that_is_gone_is_in_nobodys_way(platform: Platform, adapter: Adapter) -> None:
    allow(platform)
    old, new = await posted(platform, adapter), await posted(platform, adapter, "second")
    await adapter.pin(old, None)
    await platform.take_away(old)

    await adapter.pin(new, old)

    assert await pins(platform, new) == [new.message]


@on(WEB, DISCORD, SLACK, LETTERS)
async def test_a_card_that_is_gone_is_not_pinned(platform: Platform, adapter: Adapter) -> None:
    allow(platform)
    ref = await posted(platform, adapter)
    await platform.take_away(ref)

    with pytest.raises(Gone):
        await adapter.pin(ref, None)


@on(DISCORD, SLACK_WITH_HISTORY, LETTERS)
async def test_one_thread_is_opened_however_often_it_is_asked_for(platform: Platform, adapter: Adapter) -> None:
    allow(platform)
    ref = await posted(platform, adapter)

    await adapter.open_thread(ref, TITLE, again=False)
    await adapter.open_thread(ref, TITLE, again=True)

    [opened] = platform.threads(ref)
    assert TITLE in opened


@on(DISCORD, SLACK, SLACK_WITH_HISTORY)
async def test_a_thread_is_called_like_the_card_whatever_that_says(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    allow(platform)
    for number, title in enumerate((*HOSTILE, "Long " * 100)):
        ref = await adapter.send(platform.place, CARD, f"number {number}")

        await adapter.open_thread(ref, title, again=False)

        [opened] = platform.threads(ref)
        assert 0 < len(opened) <= 150
        assert platform.notified(ref) == set()
    if isinstance(platform, OnSlack):
        replies = [message for message in platform.slack.messages(platform.channels["kindness"]) if message.thread_ts]
        assert [one for one in replies if one.pings or one.pings.links] == []


@on(SLACK)
async def test_the_first_words_of_a_thread_stay_out_of_the_channel(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, OnSlack)
    ref = await posted(platform, adapter)

    await adapter.open_thread(ref, TITLE, again=False)

    [opened] = platform.slack.calls("chat.postMessage")[1:]
    assert opened.args["thread_ts"] == ref.message
    assert "reply_broadcast" not in opened.args


@on(DISCORD, SLACK_WITH_HISTORY)
async def test_a_lost_answer_does_not_open_a_second_thread(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    allow(platform)
    ref = await posted(platform, adapter)
    platform.lose_the_answer_to_a_thread()

    with suppress(Uncertain, TryLater):  # Discord's client asks once more by itself
        await adapter.open_thread(ref, TITLE, again=False)
    await adapter.open_thread(ref, TITLE, again=True)

    assert len(platform.threads(ref)) == 1


@on(SLACK)
async def test_where_nobody_can_look_a_thread_is_not_opened_a_second_time(platform: Platform, adapter: Adapter) -> None:
    ref = await posted(platform, adapter)
    await adapter.open_thread(ref, TITLE, again=False)

    with pytest.raises(Uncertain):
        await adapter.open_thread(ref, TITLE, again=True)

    assert len(platform.threads(ref)) == 1


@on(*REMOTE)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("trouble", ["429", "503", "cut before"])
async def test_what_the_platform_cannot_do_just_now_is_tried_later(
    platform: Platform, adapter: Adapter, step: Step, trouble: str
) -> None:
    assert isinstance(platform, Remote)
    allow(platform)
    ref = await posted(platform, adapter)
    platform.hinder(trouble)

    with pytest.raises((TryLater, Uncertain)) as error:
        await (adapter.pin(ref, None) if step is Step.PIN else adapter.open_thread(ref, TITLE, again=False))

    assert isinstance(error.value, TryLater) or (step, platform.name) == (Step.THREAD, "slack")


@on(*REMOTE)
async def test_a_missing_right_is_named_before_and_when_it_is_met(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    platform.forbid_finishing()
    ref = await posted(platform, adapter)

    lacks = await adapter.hindrances(platform.place, STEPS, "")
    with pytest.raises(Unreachable) as met:
        await adapter.pin(ref, None)

    assert (met.value.code, met.value.sentence) in [(lack.code, lack.sentence) for lack in lacks]
    assert await adapter.examine(platform.place) == ()
    platform.allow_finishing()
    assert await adapter.hindrances(platform.place, STEPS, "") == ()


@on(DISCORD)
async def test_a_missing_right_to_threads_is_named(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, OnDiscord)
    platform.forbid_finishing()
    ref = await posted(platform, adapter)

    [lack] = await adapter.hindrances(platform.place, (Step.THREAD,), "")
    with pytest.raises(Unreachable) as met:
        await adapter.open_thread(ref, TITLE, again=False)

    assert "“Create Public Threads” is missing" in lack.sentence
    assert met.value.code == lack.code


@on(DISCORD, SLACK)
async def test_a_full_channel_still_changes_one_pin_for_another_where_it_can(
    platform: Platform, adapter: Adapter
) -> None:
    allow(platform)
    refs = [await posted(platform, adapter, key) for key in ("first", "second")]
    await adapter.pin(refs[0], None)
    if isinstance(platform, OnDiscord):
        channel, most = platform.channels["kindness"], 250
        others = [await platform.discord.write(platform.people["sam"], channel, "Look") for _ in range(most - 1)]
        for other in others:
            other.pinned = True
    else:
        assert isinstance(platform, OnSlack)
        for _ in range(99):
            said = await platform.say("sam", platform.place, "Look")
            platform._surely(said).pinned = True

    await adapter.pin(refs[1], refs[0])
    with pytest.raises(Unreachable) as full:
        await adapter.pin(refs[0], None)

    assert refs[1].message in await pins(platform, refs[1])
    assert "Unpin some" in full.value.sentence


@on(*REMOTE)
async def test_one_role_is_notified_and_nobody_else(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    helpers, others = platform.group("helpers"), platform.group("others")
    hostile = Card("@everyone", (Text(f"{platform.mention('robin')} <@&{others}> <!subteam^{others}> @here"),))

    ref = await adapter.send(platform.place, Card("@everyone", hostile.body, notify=helpers), "key")
    quiet = await adapter.send(platform.place, hostile, "other key")
    odd = await adapter.send(platform.place, Card("Odd", notify="everyone"), "third key")

    assert platform.notified(ref) == {helpers}
    assert (platform.notified(quiet), platform.notified(odd)) == (set(), set())


@on(*REMOTE)
async def test_a_changed_card_notifies_nobody_anew(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    ref = await adapter.send(platform.place, Card("Once", notify=platform.group("helpers")), "key")

    await adapter.edit(ref, Card("Twice"), "key")

    assert platform.notified(ref) == set()


@on(*REMOTE)
async def test_a_group_is_found_by_its_name_and_told_from_a_person(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    helpers = platform.group("helpers")
    robin = platform.person("robin").user

    found = await adapter.who(platform.place.space, ["helpers", robin])

    assert found["helpers"] == Named(helpers, "@helpers", group=True)
    assert (found[robin].id, found[robin].group) == (robin, False)


@on(*REMOTE)
async def test_a_group_that_is_gone_is_told_of(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, Remote)
    platform.allow_finishing()
    helpers = platform.group("helpers")

    there = await adapter.hindrances(platform.place, (), helpers)
    gone = await adapter.hindrances(platform.place, (), "99" if platform.name == "discord" else "S99")

    assert there == ()
    assert "not" in gone[0].sentence
    assert "/kindling settings" in gone[0].sentence


@on(DISCORD)
async def test_a_role_that_is_not_mentionable_needs_a_right(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, OnDiscord)
    quiet = platform.group("quiet", hears=False)
    platform.forbid_finishing()

    [lack] = await adapter.hindrances(platform.place, (), quiet)
    ref = await adapter.send(platform.place, Card("Hello", notify=quiet), "key")
    platform.channels["kindness"].allow(platform.guild.me, Permission.MENTION_EVERYONE)

    assert "“Allow anyone to @mention this role”" in lack.sentence
    assert platform.notified(ref) == set()
    assert await adapter.hindrances(platform.place, (), quiet) == ()


@on(DISCORD)
@pytest.mark.parametrize("kind", [ChannelType.FORUM, ChannelType.VOICE, ChannelType.PUBLIC_THREAD])
async def test_there_are_no_threads_in_forums_and_threads(
    platform: Platform, adapter: Adapter, kind: ChannelType
) -> None:
    assert isinstance(platform, OnDiscord)
    platform.allow_finishing()
    if kind is ChannelType.PUBLIC_THREAD:
        channel = platform.guild.add_thread(platform.channels["kindness"], "Bags")
    else:
        channel = platform.guild.add_channel("ideas", kind=kind)
        channel.allow(platform.guild.me, Permission.PIN_MESSAGES | Permission.CREATE_PUBLIC_THREADS)

    [lack] = await adapter.hindrances(platform._place(channel), STEPS, "")

    assert "none inside of a thread or a forum" in lack.sentence


@on(WEB)
async def test_the_playground_says_that_it_has_no_threads(platform: Platform, adapter: Adapter) -> None:
    ref = await posted(platform, adapter)

    [lack] = await adapter.hindrances(platform.place, STEPS, "")
    with pytest.raises(Unreachable):
        await adapter.open_thread(ref, TITLE, again=False)

    assert "has no threads" in lack.sentence
