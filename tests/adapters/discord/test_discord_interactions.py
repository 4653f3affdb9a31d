"""Commands, buttons and forms: acknowledged in time, answered once and privately, never with silence."""

import asyncio
from datetime import timedelta

import pytest
import structlog

from adapters.discord.held import MOST, HeldForms
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Choice, Reply, Text
from tests.adapters.discord.conftest import Listening, Village
from tests.adapters.discord.door import Door, Knock, StillClock
from tests.standins.discord import Message, Permission
from tests.standins.discord import Reply as Answer

TRY = Choice("I'll try one", Action("try", "d1"))
MORNING = Card("Good morning", (Text("Whom could you encourage today?"),), (TRY,))
NEXT = Card("Another idea", (Text("Write a note."),), (Choice("Another idea", Action("another", "d1")),))
SHARE = Form("share", "Share a kindness", (Field("act", "What happened?", FieldKind.PARAGRAPH), Field("day", "When?")))
HASTY = 0.05  # seconds of patience, where an answer is to come late


async def today(village: Village) -> Answer:
    return await village.discord.slash(village.anna, village.channel, "kind today")


async def click(village: Village, where: Message | Answer, button: str) -> Answer:
    return await village.discord.click(village.anna, where, button)


async def submit(village: Village, reply: Answer, **values: str) -> Answer:
    return await village.discord.submit(village.anna, reply, values)


async def soon_after(door: Door, village: Village, asking: "asyncio.Task[Answer]") -> Answer:
    """Open the gate once Discord has got an acknowledgement, and wait for the answer."""
    await village.discord.until(lambda: bool(village.discord.calls("POST", "/callback$")))
    door.gate.set()
    return await asking


async def test_who_asks_is_known_by_ids(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        await today(village)

    [knock] = door.knocks
    assert knock.actor is not None
    assert knock.actor.person == village.person
    assert knock.actor.channel == village.channel.id


async def test_a_member_may_not_moderate(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        await today(village)

    assert door.knocks[0].actor is not None
    assert not door.knocks[0].actor.may_moderate


@pytest.mark.parametrize("right", [Permission.MANAGE_GUILD, Permission.ADMINISTRATOR])
async def test_whoever_may_manage_the_server_may_moderate(
    listening: Listening, door: Door, village: Village, right: Permission
) -> None:
    village.guild.set_roles(village.anna, [village.guild.add_role("Team", right)])

    async with listening(door):
        await today(village)

    assert door.knocks[0].actor is not None
    assert door.knocks[0].actor.may_moderate


async def test_the_owner_may_moderate(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        await village.discord.slash(village.guild.owner, village.channel, "kind today")

    assert door.knocks[0].actor is not None
    assert door.knocks[0].actor.may_moderate


async def test_a_right_that_was_taken_away_is_gone_at_the_next_press(
    listening: Listening, door: Door, village: Village
) -> None:
    village.guild.set_roles(village.anna, [village.guild.add_role("Team", Permission.MANAGE_GUILD)])

    async with listening(door) as adapter:
        message = await village.posted(adapter, MORNING)
        await click(village, message, TRY.label)
        village.guild.set_roles(village.anna, [])
        await click(village, message, TRY.label)

    assert [knock.actor and knock.actor.may_moderate for knock in door.knocks] == [True, False]


async def test_a_quick_answer_is_the_first_response(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        reply = await today(village)

    assert not reply.deferred
    assert len(reply.messages) == 1


async def test_a_slow_answer_is_acknowledged_and_follows(listening: Listening, door: Door, village: Village) -> None:
    door.says_late(MORNING)

    async with listening(door, HASTY):
        reply = await soon_after(door, village, asyncio.create_task(today(village)))

    assert reply.deferred
    assert reply.ephemeral
    assert "encourage" in reply.text
    assert not reply.pending


async def test_a_form_is_the_first_response(listening: Listening, door: Door, village: Village) -> None:
    door.says(SHARE)

    async with listening(door):
        reply = await today(village)

    assert reply.modal is not None
    assert reply.modal.labels == ["What happened?", "When?"]


async def test_a_form_reaches_the_core_as_values(listening: Listening, door: Door, village: Village) -> None:
    door.says(SHARE)

    async with listening(door):
        reply = await today(village)
        door.says(MORNING)
        await submit(village, reply, act="Tea for two", day="today")

    assert (door.knocks[-1].about, door.knocks[-1].values) == (("share", ""), {"act": "Tea for two", "day": "today"})


async def test_a_late_form_comes_behind_a_button(listening: Listening, door: Door, village: Village) -> None:
    door.says_late(SHARE)

    async with listening(door, HASTY):
        late = await soon_after(door, village, asyncio.create_task(today(village)))
        opened = await click(village, late, "Open the form")

    assert late.ephemeral
    assert opened.modal is not None
    assert opened.modal.title == "Share a kindness"


async def test_a_form_that_answers_a_form_comes_behind_a_button(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(SHARE)

    async with listening(door):
        first = await today(village)
        second = await submit(village, first, act="Tea", day="today")
        opened = await click(village, second, "Open the form")

    assert opened.modal is not None


async def test_a_rejected_form_says_what_to_mend(listening: Listening, door: Door, village: Village) -> None:
    door.says(SHARE)

    async with listening(door):
        reply = await today(village)
        door.says(Rejected({"day": "That day is still to come."}, SHARE))
        answer = await submit(village, reply, act="Tea for two", day="2999-01-01")

    assert answer.ephemeral
    assert "**When?** That day is still to come." in answer.text


async def test_a_rejected_form_opens_again_as_it_was_filled_in(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(SHARE)

    async with listening(door):
        reply = await today(village)
        door.says(Rejected({"day": "That day is still to come."}, SHARE))
        answer = await submit(village, reply, act="Tea for two", day="2999-01-01")
        again = await click(village, answer, "Open the form again")

    assert again.modal is not None
    assert [field["value"] for _, field in again.modal.fields] == ["Tea for two", "2999-01-01"]


async def test_a_form_that_opened_again_takes_the_place_of_what_was_to_mend(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(SHARE)

    async with listening(door):
        reply = await today(village)
        door.says(Rejected({"day": "Hm."}, SHARE))
        answer = await submit(village, reply, act="Tea", day="2999-01-01")
        again = await click(village, answer, "Open the form again")
        door.says(NEXT)
        done = await submit(village, again, day="today")

    assert done.updated
    assert answer.message is not None
    assert "Write a note." in answer.message.text


async def test_a_form_is_kept_for_a_quarter_of_an_hour(listening: Listening, village: Village) -> None:
    clock = StillClock()
    door = Door(clock)
    door.says(SHARE)

    async with listening(door):
        reply = await today(village)
        door.says(Rejected({"day": "Hm."}, SHARE))
        answer = await submit(village, reply, act="Tea", day="2999-01-01")
        clock.at += timedelta(minutes=14)
        still = await click(village, answer, "Open the form again")
        clock.at += timedelta(minutes=2)
        gone = await click(village, answer, "Open the form again")

    assert still.modal is not None
    assert gone.modal is None
    assert gone.message is not None
    assert "no longer open" in gone.message.text


def test_a_form_is_kept_for_the_one_who_filled_it_in() -> None:
    held = HeldForms(StillClock())
    [button] = held.late(SHARE, "anna").choices

    assert held.take(button.action.subject, "anna") == SHARE
    assert held.take(button.action.subject, "robin") is None


def test_only_so_many_forms_are_kept() -> None:
    held = HeldForms(StillClock())
    buttons = [held.late(SHARE, "anna").choices[0] for _ in range(MOST + 1)]

    assert held.take(buttons[0].action.subject, "anna") is None
    assert held.take(buttons[-1].action.subject, "anna") == SHARE


async def test_a_private_message_is_replaced_where_its_button_was_pressed(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(NEXT, replace=True)

    async with listening(door):
        first = await today(village)
        second = await click(village, first, "Another idea")

    assert second.updated
    assert second.messages == []


async def test_a_private_message_is_replaced_late_too(listening: Listening, door: Door, village: Village) -> None:
    door.says(NEXT)

    async with listening(door, HASTY):
        first = await today(village)
        door.says_late(MORNING, replace=True)
        before = len(village.discord.calls("POST", "/callback$"))
        asking = asyncio.create_task(click(village, first, "Another idea"))
        await village.discord.until(lambda: len(village.discord.calls("POST", "/callback$")) > before)
        door.gate.set()
        second = await asking

    assert second.updated
    assert "encourage" in second.text
    assert second.messages == []


async def test_a_late_answer_that_replaces_nothing_is_a_message_of_its_own(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(NEXT)

    async with listening(door, HASTY):
        first = await today(village)
        door.says_late(MORNING)
        before = len(village.discord.calls("POST", "/callback$"))
        asking = asyncio.create_task(click(village, first, "Another idea"))
        await village.discord.until(lambda: len(village.discord.calls("POST", "/callback$")) > before)
        door.gate.set()
        second = await asking

    [message] = second.followups
    assert message.ephemeral
    assert "encourage" in message.text
    assert first.message is not None
    assert "Write a note." in first.message.text


async def test_a_channel_message_is_never_replaced(listening: Listening, door: Door, village: Village) -> None:
    door.says(NEXT, replace=True)

    async with listening(door) as adapter:
        message = await village.posted(adapter, MORNING)
        reply = await click(village, message, TRY.label)

    assert reply.ephemeral
    assert "encourage" in village.messages[0].text


async def test_a_button_on_a_private_message_is_on_no_channel_message(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(NEXT)

    async with listening(door):
        await click(village, await today(village), "Another idea")

    assert door.knocks[-1].ref is None


async def test_a_button_survives_a_restart(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, MORNING)
    restarted = Door()

    async with listening(restarted):
        await click(village, message, TRY.label)

    assert [knock.about for knock in restarted.knocks] == [TRY.action]


async def test_the_same_interaction_is_answered_once(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        village.discord.duplicate_events()
        await today(village)
        village.discord.duplicate_events(on=False)
        await today(village)

    assert len(door.knocks) == 2
    assert len(village.discord.calls("POST", "/callback$")) == 2


async def test_a_button_of_another_program_is_left_alone(listening: Listening, door: Door, village: Village) -> None:
    village.discord.deadline = 0.1

    async with listening(door) as adapter:
        message = await village.posted(adapter, MORNING)
        [button] = message.components[0]["components"][-1]["components"]
        button["custom_id"] = "their:button"
        with pytest.raises(AssertionError, match="no answer"):
            await click(village, message, TRY.label)

    assert door.knocks == []


async def test_a_bug_in_the_core_ends_in_a_kind_sentence_with_a_number(
    listening: Listening, door: Door, village: Village
) -> None:
    door.breaks()

    with structlog.testing.capture_logs() as logs:
        async with listening(door):
            reply = await today(village)

    [entry] = [entry for entry in logs if entry["event"] == "discord.interaction_failed"]
    assert reply.ephemeral
    assert "not your fault" in reply.text
    assert entry["error_id"] in reply.text
    assert "ZeroDivisionError" not in reply.text
    assert entry["exc_info"]


async def test_a_bug_after_the_acknowledgement_is_told_too(listening: Listening, door: Door, village: Village) -> None:
    async def fail_late(_: Knock) -> Reply:
        await door.gate.wait()
        raise ZeroDivisionError

    door.answer = fail_late

    async with listening(door, HASTY):
        reply = await soon_after(door, village, asyncio.create_task(today(village)))

    assert "not your fault" in reply.text


async def test_a_card_that_cannot_be_shown_ends_in_a_kind_sentence(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(Card("H", (Text("*" * 4000),)))

    async with listening(door):
        reply = await today(village)

    assert "not your fault" in reply.text


async def test_a_form_that_cannot_be_shown_ends_in_a_kind_sentence(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says(Form("f", "Form", (Field("x", "L" * 46),)))

    async with listening(door):
        reply = await today(village)

    assert "not your fault" in reply.text


async def test_an_answer_that_got_lost_is_given_again(listening: Listening, door: Door, village: Village) -> None:
    village.discord.fail("POST", "/callback$", drop_before=True)

    async with listening(door):
        reply = await today(village)

    assert "Good to see you." in reply.text


async def test_an_answer_that_arrived_without_our_hearing_is_not_doubled(
    listening: Listening, door: Door, village: Village
) -> None:
    village.discord.fail("POST", "/callback$", drop_after=True)

    with structlog.testing.capture_logs() as logs:
        async with listening(door):
            reply = await today(village)
            await village.discord.until(lambda: len(village.discord.calls("POST", "/callback$")) > 1)

    assert len(reply.messages) == 1
    assert not [entry for entry in logs if entry["log_level"] in ("warning", "error")]


async def test_an_answer_that_fails_does_not_end_listening(listening: Listening, door: Door, village: Village) -> None:
    village.discord.deadline = 0.3
    village.discord.fail("POST", "/callback$", status=404, error={"code": 10062, "message": "Unknown interaction"})

    async with listening(door):
        with pytest.raises(AssertionError, match="no answer"):
            await today(village)
        village.discord.deadline = 3.0
        reply = await today(village)

    assert "Good to see you." in reply.text


@pytest.mark.parametrize(("status", "number"), [(404, 10015), (401, 50027)])
async def test_an_answer_that_comes_too_late_blames_neither_the_channel_nor_the_token(
    listening: Listening, door: Door, village: Village, status: int, number: int
) -> None:
    village.discord.patience = 0.1
    village.discord.fail("PATCH", "/@original$", status=status, error={"code": number, "message": "no"})
    door.says_late(MORNING)

    with structlog.testing.capture_logs() as logs:
        async with listening(door, HASTY):
            with pytest.raises(AssertionError, match="still thinking"):
                await soon_after(door, village, asyncio.create_task(today(village)))

    [said] = [entry for entry in logs if entry["event"] == "discord.interaction_unanswered"]
    assert said["code"] == "discord.interaction_over"


async def test_logs_hold_no_words_of_people_and_no_tokens(listening: Listening, door: Door, village: Village) -> None:
    door.says(SHARE)

    with structlog.testing.capture_logs() as logs:
        async with listening(door):
            reply = await today(village)
            door.says(Card("H", (Text("*" * 4000),)))
            await submit(village, reply, act="Tea for two", day="today")

    written = str([{key: value for key, value in entry.items() if key != "exc_info"} for entry in logs])
    assert "Tea for two" not in written
    assert village.discord.token not in written


async def test_what_is_being_answered_is_finished_when_listening_ends(
    listening: Listening, door: Door, village: Village
) -> None:
    door.says_late(MORNING)

    async with listening(door):
        asking = asyncio.create_task(today(village))
        await village.discord.until(lambda: bool(door.knocks))
        asyncio.get_running_loop().call_later(0.05, door.gate.set)

    assert "encourage" in (await asking).text
