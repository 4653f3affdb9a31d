"""Set up step by step by a moderator's steps alone, on every platform, with the real clients and their forms."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.message import Action
from tests.contracts.home import Home, at_home, listening
from tests.contracts.platform import HOUR, Answer, Platform
from tests.contracts.villages import ONCE_EACH, REMOTE, SLACK_WITH_HISTORY, on

BEGIN_STEP = Action("guide_go", "begin")


@pytest.fixture
async def home(platform: Platform, tmp_path: Path) -> AsyncIterator[Home]:
    """The real core behind an adapter that does not listen yet."""
    async with at_home(platform, tmp_path) as home:
        yield home


def values_for(platform: Platform, step: int) -> dict[str, str]:
    """What Maya fills in; the days stay as they are suggested."""
    return {
        1: {"channel": platform.place.channel, "wall": "other", "wall_channel": platform.other.channel},
        2: {"zone": "Europe/Berlin", "morning": "09:00", "weekly": "off"},
        3: {"evening": "20:00", "quiet": "21:30-07:00", "rest": "sun"},
        4: {"tone": "workplace", "language": "en"},
        5: {"rule": "open", "links": "no", "words": "", "recap": "off"},
        6: {"region": "DE", "contacts": "Sam | at the front desk | mornings"},
    }[step]


async def fill_in(platform: Platform, answer: Answer, step: int) -> Answer:
    """Open the form of a step's card, as its first button does, and send it."""
    assert f"{step} of 7" in answer.text
    form = await platform.choose("maya", answer, answer.cards[-1].buttons[0].lstrip("✏️ "))
    given = {name: value for name, value in values_for(platform, step).items() if value}
    return await platform.submit("maya", form, given)


@on(*ONCE_EACH)
async def test_a_place_is_set_up_step_by_step_and_gets_its_card_when_announced(platform: Platform, home: Home) -> None:
    async with listening(home):
        answer = await platform.command("maya", "kindling setup")
        for step in (1, 2, 3):
            answer = await fill_in(platform, answer, step)
    async with listening(home):  # somebody restarted it meanwhile
        answer = await platform.command("maya", "kindling setup")
        for step in (4, 5, 6):
            answer = await fill_in(platform, answer, step)
        tried = await platform.choose("maya", answer, "Try it out")
        begun = await platform.choose("maya", tried, "Begin")
        before = await platform.channel(platform.place)
        await home.forward(HOUR)

        assert tried.text.count("It works: I posted a line, read it back and took it away again.") == 2
        assert "Mon 23 Nov 09:00 Europe/Berlin; nothing before that" in begun.text
        assert before == []
        [card] = await platform.channel(platform.place)
        assert "Today’s intention" in card.text
        assert await platform.channel(platform.other) == []
        assert "at the front desk, mornings" in (await platform.command("robin", "kind support")).text


@on(*ONCE_EACH)
async def test_trying_out_a_closed_channel_says_what_to_hand_to_an_administrator(
    platform: Platform, home: Home
) -> None:
    async with listening(home):
        answer = await platform.command("maya", "kindling setup")
        form = await platform.choose("maya", answer, "Choose the channels")
        await platform.submit("maya", form, {"channel": platform.closed.channel, "wall": "none"})
        await home.kindling.press(platform.actor("maya"), BEGIN_STEP)
        tried = await platform.choose("maya", await platform.command("maya", "kindling setup"), "Try it out")

        assert "Please hand this to an administrator:" in tried.text
        assert await platform.channel(platform.closed) == []


@on(*REMOTE, SLACK_WITH_HISTORY)
async def test_a_line_whose_answer_was_lost_is_taken_away_or_told_of(platform: Platform, home: Home) -> None:
    async with listening(home):
        answer = await platform.command("maya", "kindling setup")
        form = await platform.choose("maya", answer, "Choose the channels")
        await platform.submit("maya", form, {"channel": platform.place.channel, "wall": "none"})
        await home.kindling.press(platform.actor("maya"), BEGIN_STEP)
        answer = await platform.command("maya", "kindling setup")
        platform.lose_the_answer()  # type: ignore[attr-defined] -- only remote platforms are here
        tried = await platform.choose("maya", answer, "Try it out")

        left = await platform.channel(platform.place)
        told = "I cannot look whether it arrived" in tried.text
        assert bool(left) == told
        assert told or "The platform did not answer just now." in tried.text
