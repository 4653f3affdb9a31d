"""Posting, finding, changing and removing messages, with everything that can go wrong."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.errors import translated
from bot.domain.errors import AdapterError, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.message import Action, Card, Choice, Quote, Text
from bot.domain.places import MessageRef, Person, Place
from tests.adapters.discord.conftest import Listening, Village, the_settings
from tests.adapters.discord.door import Door
from tests.standins.discord import DiscordStandIn, Permission

TRY = Choice("I'll try one", Action("try", "d1"))
MORNING = Card("Good morning", (Text("Whom could you encourage today?"),), (TRY,))
QUIET = Card("Good evening", (Text("No buttons here."),))
SEND = r"/channels/\d+/messages$"
ASK = r"/channels/\d+/messages"
OLDEN = datetime(2000, 1, 1, tzinfo=UTC)


def code_of(raised: pytest.ExceptionInfo[AdapterError]) -> str:
    return str(raised.value)


async def test_nobody_is_pinged_whatever_a_card_says(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.bot_role.permissions |= Permission.MENTION_EVERYONE
    hostile = Card("@everyone", (Quote(f"<@{village.anna.id}> @here"), Text(f"<@&{village.guild.everyone.id}>")))

    message = await village.posted(adapter, hostile)

    assert not message.pings


async def test_a_message_forbids_every_mention(adapter: DiscordAdapter, village: Village) -> None:
    await village.posted(adapter, QUIET)

    [call] = village.discord.calls("POST", SEND)
    assert call.json["allowed_mentions"] == {"parse": []}


async def test_a_repeated_send_gives_the_first_message(adapter: DiscordAdapter, village: Village) -> None:
    first = await adapter.send(village.place, MORNING, "d1")
    second = await adapter.send(village.place, MORNING, "d1")

    assert first == second
    assert len(village.messages) == 1


async def test_the_same_key_is_posted_in_two_channels(adapter: DiscordAdapter, village: Village) -> None:
    other = village.guild.add_channel("second")

    await adapter.send(village.place, MORNING, "d1")
    await adapter.send(Place("discord", village.guild.id, other.id), MORNING, "d1")

    assert (len(village.messages), len(village.discord.messages(other))) == (1, 1)


async def test_several_cards_are_posted_at_once(adapter: DiscordAdapter, village: Village) -> None:
    refs = await asyncio.gather(*(adapter.send(village.place, QUIET, f"d{n}") for n in range(5)))

    assert len(set(refs)) == len(village.messages) == 5


@pytest.mark.parametrize("fault", [{"drop_before": True}, {"drop_after": True}, {"status": 503}])
async def test_a_send_without_an_answer_is_uncertain(
    adapter: DiscordAdapter, village: Village, fault: dict[str, object]
) -> None:
    village.discord.fail("POST", SEND, **fault)

    with pytest.raises(Uncertain):
        await adapter.send(village.place, MORNING, "d1")


async def test_a_send_that_was_carried_out_without_an_answer_is_found(
    adapter: DiscordAdapter, village: Village
) -> None:
    since = village.discord.now()
    village.discord.fail("POST", SEND, drop_after=True)
    with pytest.raises(Uncertain):
        await adapter.send(village.place, MORNING, "d1")

    found = await adapter.find(village.place, "d1", since)

    assert found == MessageRef(village.place, village.messages[0].id)


async def test_a_send_that_got_lost_is_surely_not_there(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("POST", SEND, drop_before=True)
    with pytest.raises(Uncertain):
        await adapter.send(village.place, MORNING, "d1")

    assert await adapter.find(village.place, "d1", village.discord.now()) is None


async def test_a_server_error_in_passing_is_nobody_s_business(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("POST", SEND, status=502)

    await adapter.send(village.place, MORNING, "d1")

    assert len(village.messages) == 1


async def test_a_long_rate_limit_is_told_with_its_length(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("POST", SEND, retry_after=120.0)

    with pytest.raises(TryLater) as raised:
        await adapter.send(village.place, MORNING, "d1")

    assert raised.value.after == timedelta(seconds=120)


async def test_a_short_rate_limit_is_waited_for(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("POST", SEND, retry_after=0.01)

    await adapter.send(village.place, MORNING, "d1")

    assert len(village.messages) == 1


@pytest.mark.parametrize(
    ("status", "number", "code"),
    [
        (403, 50001, "discord.no_access"),
        (403, 50013, "discord.missing_permission"),
        (403, 20012, "discord.forbidden"),
        (403, 50278, "discord.direct_messages_closed"),
        (400, 40058, "discord.not_a_text_channel"),
        (404, 10003, "discord.channel_gone"),
        (404, 0, "discord.not_found"),
        (400, 50083, "discord.thread_archived"),
    ],
)
async def test_what_will_not_work_again_is_unreachable_with_a_sentence(
    adapter: DiscordAdapter, village: Village, status: int, number: int, code: str
) -> None:
    village.discord.fail("POST", SEND, status=status, error={"code": number, "message": "no"})

    with pytest.raises(Unreachable) as raised:
        await adapter.send(village.place, MORNING, "d1")

    assert raised.value.code == code
    assert raised.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("status", "number"),
    [
        (403, 0),  # a page of Cloudflare's, which knows nothing of channels
        (403, 40333),
        (403, 40003),
        (403, 40004),
        (400, 40006),
        (429, 30046),  # without a word on when to try again, which discord.py counts on
    ],
)
async def test_what_is_too_much_for_the_moment_blames_no_channel(
    adapter: DiscordAdapter, village: Village, status: int, number: int
) -> None:
    village.discord.fail("POST", SEND, status=status, error={"code": number, "message": "no"})

    with pytest.raises(TryLater) as raised:
        await adapter.send(village.place, MORNING, "d1")

    assert raised.value.after >= timedelta(minutes=1)


async def test_a_channel_that_may_not_be_written_to_is_unreachable(adapter: DiscordAdapter, village: Village) -> None:
    village.channel.deny(village.guild.me, Permission.SEND_MESSAGES)

    with pytest.raises(Unreachable, match="missing_permission"):
        await adapter.send(village.place, MORNING, "d1")


async def test_a_channel_that_was_deleted_is_unreachable(adapter: DiscordAdapter, village: Village) -> None:
    await village.discord.delete_channel(village.channel)

    with pytest.raises(Unreachable, match="channel_gone"):
        await adapter.send(village.place, MORNING, "d1")


async def test_a_refused_message_is_unacceptable(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("POST", SEND, status=400, error={"code": 50035, "message": "Invalid Form Body"})

    with pytest.raises(Unacceptable, match="refused_50035"):
        await adapter.send(village.place, MORNING, "d1")


async def test_a_card_that_does_not_fit_is_refused_before_discord_sees_it(
    adapter: DiscordAdapter, village: Village
) -> None:
    with pytest.raises(Unacceptable, match="too_long"):
        await adapter.send(village.place, Card("H", (Text("*" * 2800),)), "d1")

    assert village.discord.calls("POST", SEND) == []


async def test_a_send_that_reached_nobody_has_not_been_carried_out(village: Village) -> None:
    async with DiscordStandIn() as gone:
        lost = DiscordAdapter(the_settings(gone))
        await lost.open()
    with suppress(Uncertain, TryLater):  # over the connection that was open until now
        await lost.send(village.place, MORNING, "d1")

    with pytest.raises(TryLater, match="no_connection"):
        await lost.send(village.place, MORNING, "d1")

    await lost.close()


async def test_whatever_takes_too_long_is_uncertain_when_it_may_have_been_carried_out() -> None:
    with pytest.raises(Uncertain, match="no_answer"):
        async with translated(doubtful=True, limit=0.01):
            await asyncio.Event().wait()


async def test_whatever_else_takes_too_long_can_be_tried_again() -> None:
    with pytest.raises(TryLater, match="no_answer"):
        async with translated(limit=0.01):
            await asyncio.Event().wait()


async def test_sending_before_opening_can_be_tried_again(village: Village) -> None:
    with pytest.raises(TryLater, match="not_open"):
        await DiscordAdapter(the_settings(village.discord)).send(village.place, MORNING, "d1")


async def test_a_card_without_buttons_is_found_by_its_key(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, QUIET, "d1")

    assert await adapter.find(village.place, "d1", OLDEN) == ref


async def test_another_key_is_not_found(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.send(village.place, QUIET, "d1")

    assert await adapter.find(village.place, "d2", OLDEN) is None


async def test_a_message_of_somebody_else_is_never_taken_for_its_own(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.send(village.place, QUIET, "d1")
    theirs = village.messages[0].json() | {"author": village.anna.json()}
    village.discord.fail("GET", ASK, status=200, error=[theirs])

    assert await adapter.find(village.place, "d1", OLDEN) is None


async def test_a_card_is_found_behind_many_other_messages(adapter: DiscordAdapter, village: Village) -> None:
    since = village.discord.now()
    for number in range(120):
        await village.discord.write(village.anna, village.channel, f"message {number}")
    ref = await adapter.send(village.place, QUIET, "d1")
    for number in range(120):
        await village.discord.write(village.anna, village.channel, f"later message {number}")

    assert await adapter.find(village.place, "d1", since) == ref


async def test_what_was_posted_before_is_not_looked_at(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.send(village.place, QUIET, "d1")

    assert await adapter.find(village.place, "d1", village.discord.now() + timedelta(hours=1)) is None


async def test_without_the_history_looking_is_uncertain(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.send(village.place, QUIET, "d1")
    village.channel.deny(village.guild.me, Permission.READ_MESSAGE_HISTORY)

    with pytest.raises(Uncertain, match="may_not_look"):
        await adapter.find(village.place, "d1", OLDEN)


async def test_without_seeing_the_channel_looking_is_uncertain(adapter: DiscordAdapter, village: Village) -> None:
    village.channel.deny(village.guild.me, Permission.VIEW_CHANNEL)

    with pytest.raises(Uncertain, match="may_not_look"):
        await adapter.find(village.place, "d1", OLDEN)


async def test_looking_that_fails_can_be_tried_again(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("GET", ASK, status=503)

    with pytest.raises(TryLater, match="status_503"):
        await adapter.find(village.place, "d1", OLDEN)


async def test_an_edited_message_shows_the_new_card_only(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")

    await adapter.edit(ref, QUIET, "d1")

    [message] = village.messages
    assert "No buttons here." in message.text
    assert "encourage" not in message.text
    assert message.buttons == []


async def test_a_message_in_an_archived_thread_is_edited(adapter: DiscordAdapter, village: Village) -> None:
    village.guild.bot_role.permissions |= Permission.SEND_MESSAGES_IN_THREADS
    thread = village.guild.add_thread(village.channel, "A thread")
    ref = await adapter.send(Place("discord", village.guild.id, thread.id), MORNING, "d1")
    thread.archived = True

    await adapter.edit(ref, QUIET, "d1")

    [message] = village.discord.messages(thread)
    assert "No buttons here." in message.text


@pytest.mark.parametrize("archived", [False, True])
async def test_a_message_in_a_locked_thread_is_out_of_reach(
    adapter: DiscordAdapter, village: Village, *, archived: bool
) -> None:
    village.guild.bot_role.permissions |= Permission.SEND_MESSAGES_IN_THREADS
    thread = village.guild.add_thread(village.channel, "A thread")
    ref = await adapter.send(Place("discord", village.guild.id, thread.id), MORNING, "d1")
    thread.locked, thread.archived = True, archived

    with pytest.raises(Unreachable) as raised:
        await adapter.edit(ref, QUIET, "d1")

    assert raised.value.code == "discord.thread_locked"


@pytest.mark.parametrize("number", [160006, 160007])
async def test_a_server_with_as_many_threads_as_there_may_be_is_told_as_one(
    adapter: DiscordAdapter, village: Village, number: int
) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")
    village.discord.fail("POST", "/threads$", status=400, error={"code": number, "message": "no"})

    with pytest.raises(Unreachable) as raised:
        await adapter.open_thread(ref, "A thread", again=False)

    assert raised.value.code == "discord.too_many_threads"


async def test_editing_a_message_that_is_gone_is_unreachable(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")
    await village.discord.delete_message(village.messages[0])

    with pytest.raises(Unreachable, match="message_gone"):
        await adapter.edit(ref, QUIET, "d1")


async def test_an_edit_without_an_answer_can_be_tried_again(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")
    village.discord.fail("PATCH", ASK, drop_after=True)

    with pytest.raises(TryLater, match="no_answer"):
        await adapter.edit(ref, QUIET, "d1")


async def test_edits_of_an_old_message_are_put_off_before_discord_refuses_them(
    adapter: DiscordAdapter, village: Village
) -> None:
    now = village.discord.now
    village.discord.now = lambda: now() - timedelta(hours=2)
    ref = await adapter.send(village.place, MORNING, "d1")
    village.discord.now = now

    for _ in range(3):
        await adapter.edit(ref, QUIET, "d1")
    with pytest.raises(TryLater) as raised:
        await adapter.edit(ref, QUIET, "d1")

    assert raised.value.code == "discord.many_old_edits"
    assert timedelta() < raised.value.after <= timedelta(seconds=6)
    assert village.discord.invalid_requests == 0


async def test_a_deleted_message_is_gone(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")

    await adapter.delete(ref)

    assert village.messages == []


async def test_deleting_twice_is_fine(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")
    await adapter.delete(ref)

    await adapter.delete(ref)

    assert village.messages == []


async def test_deleting_with_the_channel_gone_is_fine(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")
    await village.discord.delete_channel(village.channel)

    await adapter.delete(ref)


async def test_deleting_without_the_right_is_unreachable(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")
    village.channel.deny(village.guild.me, Permission.VIEW_CHANNEL)

    with pytest.raises(Unreachable, match="no_access"):
        await adapter.delete(ref)


async def test_a_person_is_told_in_a_direct_message(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.tell(village.person, QUIET)

    [message] = village.discord.messages(village.discord.dm(village.anna))
    assert "No buttons here." in message.text


async def test_a_direct_message_is_text_first_for_the_notification(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.tell(village.person, Card("Good evening", (Quote("<@1> *hi*"),)))

    [first] = village.discord.calls("POST", SEND)
    assert first.json["content"].startswith("Good evening\n")
    assert first.json["allowed_mentions"] == {"parse": []}
    assert "<@1>" not in first.json["content"]


async def test_of_a_direct_message_that_does_not_fit_nothing_is_sent(adapter: DiscordAdapter, village: Village) -> None:
    with pytest.raises(Unacceptable):
        await adapter.tell(village.person, Card("Long", (Text("*" * 4000),)))

    assert village.discord.messages(village.discord.dm(village.anna)) == []


async def test_an_address_in_a_direct_message_is_in_nobody_s_way(adapter: DiscordAdapter, village: Village) -> None:
    """Discord makes a preview of it, an embed, which a message of components must not have."""
    await adapter.tell(village.person, Card("Sign in", (Text("Open https://kindling.example/desk please."),)))

    [message] = village.discord.messages(village.discord.dm(village.anna))
    assert message.embeds == []
    assert message.flags & 1 << 15


async def test_closed_direct_messages_are_unreachable(adapter: DiscordAdapter, village: Village) -> None:
    village.anna.accepts_dms = False

    with pytest.raises(Unreachable, match="direct_messages_closed"):
        await adapter.tell(village.person, QUIET)


async def test_telling_somebody_unknown_is_no_bug(adapter: DiscordAdapter, village: Village) -> None:
    village.discord.fail("POST", "/users/@me/channels", status=404, error={"code": 10013, "message": "Unknown User"})

    with pytest.raises(Unreachable):
        await adapter.tell(Person("discord", village.guild.id, "1"), QUIET)


async def test_a_button_in_a_direct_message_knows_its_server(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door) as adapter:
        await adapter.tell(village.person, MORNING)
        [message] = village.discord.messages(village.discord.dm(village.anna))
        await village.discord.click(village.anna, message, "I'll try one")

    [knock] = door.knocks
    assert knock.actor is not None
    assert knock.actor.person == village.person
    assert not knock.actor.may_moderate
    assert knock.ref is None
    assert knock.about == Action("try", "d1")


async def test_a_shown_card_is_what_would_be_sent(adapter: DiscordAdapter, village: Village) -> None:
    await adapter.edit(await adapter.send(village.place, QUIET, "d1"), MORNING, "d1")

    [call] = village.discord.calls("PATCH", ASK)
    assert json.loads(adapter.show(MORNING)) | {"attachments": []} == unmarked(call.json)


def unmarked(sent: object) -> object:
    """The body without the marks by which a delivery is found again."""
    match sent:
        case dict():
            return {name: unmarked(value) for name, value in sent.items() if name != "id"}
        case list():
            return [unmarked(value) for value in sent]
        case _:
            return sent
