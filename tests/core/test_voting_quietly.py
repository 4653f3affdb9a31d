"""A vote that is opened in quiet hours asks once, as `/kindling post` does: its card would come at once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.forms import Form
from bot.domain.message import Action, Card
from tests.core.before import be_set_up
from tests.core.test_challenge import calendar, form, submit
from tests.core.test_schedules import change, opened
from tests.core.test_votes import command_vote, votes
from tests.core.village import DAY, HOUR, MINUTE, NINE, a_village, card_of, labels, press
from tests.house import House, moderator

NINE_PM = NINE + DAY + 12 * HOUR


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village on a Tuesday a minute before its quiet hours, which last until half past eight."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await change(house, await opened(house, "community"), quiet="21:00-08:30")
        await house.until(NINE_PM - MINUTE)
        yield house


async def asked(house: House) -> Card:
    return await press(house, await calendar(house), "Let people vote")


async def test_before_quiet_hours_nothing_is_asked(house: House) -> None:
    await submit(house, await form(house, "Let people vote"))
    await house.core.engine.settle()

    assert len(votes(house)) == 1


async def test_in_quiet_hours_it_is_asked_and_nothing_comes(house: House) -> None:
    await house.until(NINE_PM)
    question = await asked(house)
    await house.forward(DAY)

    assert "It is quiet here until 08:30, Europe/Berlin. Ask anyway?" in question.plain()
    assert labels(question) == ["Ask anyway", "See the weeks"]
    assert votes(house) == []


async def test_whoever_means_it_lets_people_vote_at_once(house: House) -> None:
    await house.until(NINE_PM)
    await submit(house, await form(house, "Ask anyway", card=await asked(house)))
    await house.core.engine.settle()

    assert len(votes(house)) == 1


async def test_quiet_hours_that_began_while_the_form_was_open_are_asked_about(house: House) -> None:
    shown = await form(house, "Let people vote")
    two = ",".join(value for value, _ in shown.fields[0].options[5:7])
    await house.until(NINE_PM)
    again = (await submit(house, shown, themes=two)).content
    await house.core.engine.settle()

    assert isinstance(again, Form)
    assert "It is quiet here until 08:30, Europe/Berlin." in again.intro
    assert (again.submit, again.fields[0].value) == ("Ask anyway", two)
    assert votes(house) == []
    await submit(house, again)
    await house.core.engine.settle()
    assert len(votes(house)) == 1


async def test_what_was_said_of_one_day_does_not_hold_on_another(house: House) -> None:
    await house.until(NINE_PM)
    question = await asked(house)
    shown = await form(house, "Ask anyway", card=question)
    await house.until(NINE_PM + 4 * HOUR)

    assert (await press(house, question, "Ask anyway")).heading == "Quiet hours"
    assert isinstance((await submit(house, shown)).content, Form)
    await house.core.engine.settle()
    assert votes(house) == []


async def test_a_vote_that_is_opened_again_in_quiet_hours_posts_nothing_before_their_end(house: House) -> None:
    shown = await form(house, "Let people vote")
    del house.room.messengers["letters"]
    await submit(house, shown)
    closed = await press(house, await command_vote(house), "Close the vote")
    house.room.messengers["letters"] = house.letters
    await house.until(NINE_PM)

    await press(house, closed, "Undo")
    await house.forward(11 * HOUR)
    early = len(votes(house))
    await house.forward(HOUR)

    assert (early, len(votes(house))) == (0, 1)
    [letter] = [letter for letter in house.letters.letters if letter.card.heading == "What comes next?"]
    assert letter.at == NINE_PM + timedelta(hours=11, minutes=30)


async def test_a_button_that_was_made_up_is_no_leave_to_disturb(house: House) -> None:
    await house.until(NINE_PM)

    answer = card_of(await house.kindling.press(moderator(), Action("vote_ask", "anyway")))

    assert answer.heading == "Quiet hours"
