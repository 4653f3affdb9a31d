"""From a person on the platform, through the adapter and the real core, and back to that person alone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contracts.home import Home, at_home, listening
from tests.contracts.platform import HOUR, Platform, Seen
from tests.contracts.villages import DISCORD, LETTERS, ONCE_EACH, SLACK, WEB, on

ZONE_AND_DAYS = {"zone": "Europe/Berlin", "morning": "09:00", "days": "every day", "weekly": "off"}


@pytest.fixture
async def home(platform: Platform, tmp_path: Path) -> AsyncIterator[Home]:
    """The real core behind an adapter that does not listen yet."""
    async with at_home(platform, tmp_path) as home:
        yield home


@pytest.fixture
async def village(home: Home) -> AsyncIterator[Home]:
    """The same, listening."""
    async with listening(home):
        yield home


async def others_see(platform: Platform, but: str) -> list[Seen]:
    """What the others see in private, and everybody in the channels."""
    private = [seen for name in ("maya", "robin", "sam") if name != but for seen in await platform.private(name)]
    return [*private, *await platform.channel(platform.place), *await platform.channel(platform.other)]


@on(*ONCE_EACH)
async def test_a_command_is_answered_to_the_person_alone(platform: Platform, village: Home) -> None:
    answer = await platform.command("robin", "kind help")

    assert "/kind today" in answer.text
    assert await platform.private("robin") == list(answer.cards)
    assert await others_see(platform, but="robin") == []


@on(*ONCE_EACH)
async def test_a_moderator_is_known_as_one(platform: Platform, village: Home) -> None:
    answer = await platform.command("maya", "kindling status")

    assert "Kindling is not set up here yet" in answer.text


@on(WEB, SLACK, LETTERS)
async def test_a_member_is_not_taken_for_a_moderator(platform: Platform, village: Home) -> None:
    answer = await platform.command("robin", "kindling status")

    assert "This is for moderators" in answer.text


@on(*ONCE_EACH)
async def test_a_press_is_answered_to_the_person_alone(platform: Platform, village: Home) -> None:
    ref = await village.card()
    before = await others_see(platform, but="robin")

    answer = await platform.press("robin", ref, "Another idea")

    assert "An idea for today" in answer.text
    assert await platform.private("robin") == list(answer.cards)
    assert await others_see(platform, but="robin") == before


@on(*ONCE_EACH)
async def test_a_press_of_the_same_button_by_two_people_is_answered_to_each(platform: Platform, village: Home) -> None:
    ref = await village.card()

    for name in ("robin", "sam"):
        await platform.press(name, ref, "Another idea")

    assert [len(await platform.private(name)) for name in ("robin", "sam")] == [1, 1]


@on(*ONCE_EACH)
async def test_a_posted_card_leaves_a_mark_of_the_button_in_the_database(platform: Platform, village: Home) -> None:
    ref = await village.card()

    await platform.press("robin", ref, "I'll try one")

    assert await village.felt() == {(platform.person("robin").user, "🌱")}


@on(*ONCE_EACH)
async def test_a_form_with_mistakes_says_what_to_mend_and_changes_nothing(platform: Platform, village: Home) -> None:
    form = await platform.choose("maya", await platform.command("maya", "kindling setup"), "All on one form")

    answer = await platform.submit("maya", form, ZONE_AND_DAYS | {"days": "someday"})

    assert "“someday” does not read as weekdays" in answer.problems
    assert await others_see(platform, but="maya") == []
    assert "not set up here yet" in (await platform.command("maya", "kindling status")).text


@on(*ONCE_EACH)
async def test_a_form_that_was_mended_is_carried_out(platform: Platform, village: Home) -> None:
    form = await platform.choose("maya", await platform.command("maya", "kindling setup"), "All on one form")
    rejected = await platform.submit("maya", form, ZONE_AND_DAYS | {"days": "someday"})

    answer = await platform.submit("maya", rejected, {"days": "every day"})

    assert "Kindling is set up" in answer.text


@on(*ONCE_EACH)
async def test_a_form_is_answered_to_the_person_alone(platform: Platform, village: Home) -> None:
    form = await platform.choose("maya", await platform.command("maya", "kindling setup"), "All on one form")

    answer = await platform.submit("maya", form, ZONE_AND_DAYS)

    assert "Kindling is set up" in answer.text
    assert await others_see(platform, but="maya") == []


@on(*ONCE_EACH)
async def test_a_card_to_come_is_shown_as_it_comes_here_and_as_another_platform_shows_it(
    platform: Platform, tmp_path: Path
) -> None:
    elsewhere = "discord" if platform.name == "slack" else "slack"
    platform.allow_files()
    async with at_home(platform, tmp_path) as home, listening(home):
        await home.set_up()
        form = await platform.choose("maya", await platform.command("maya", "kindling preview"), "Change one")
        offered = await platform.choose("maya", await platform.submit("maya", form, {}), "Show it")

        here = await platform.choose("maya", offered, "As it comes here")
        there = await platform.choose("maya", offered, f"As {elsewhere.capitalize()} shows it")

        assert "Today’s intention" in here.text
        assert "I'll try one" in here.cards[0].buttons[0]
        assert "It says the same there, word for word." in there.text
        [(name, page)] = (await platform.given("maya")).items()
        assert name == f"card-2026-11-23-as-{elsewhere}.html"
        assert "Today’s intention</h4>" in page.decode()
        assert await others_see(platform, but="maya") == []


@on(*ONCE_EACH)
async def test_a_set_up_place_gets_its_card_when_it_was_announced(platform: Platform, village: Home) -> None:
    form = await platform.choose("maya", await platform.command("maya", "kindling setup"), "All on one form")
    await platform.submit("maya", form, ZONE_AND_DAYS)

    await village.forward(HOUR - timedelta(seconds=1))
    before = await platform.channel(platform.place)
    await village.forward(timedelta(seconds=1))

    assert before == []
    [card] = await platform.channel(platform.place)
    assert "Today’s intention" in card.text


@on(*ONCE_EACH)
async def test_reactions_arrive_in_the_database(platform: Platform, village: Home) -> None:
    ref = await village.card()

    await platform.react("robin", ref, "🌱")
    await platform.react("sam", ref, "🔥")
    await village.door.done("reacted", 2) if platform.name != "letters" else None

    users = {name: platform.person(name).user for name in ("robin", "sam")}
    assert await village.felt() == {(users["robin"], "🌱"), (users["sam"], "🔥")}


@on(*ONCE_EACH)
async def test_reactions_that_are_taken_off_leave_the_database(platform: Platform, village: Home) -> None:
    ref = await village.card()

    await platform.react("robin", ref, "🌱")
    platform.clock.at += timedelta(seconds=1)
    await platform.unreact("robin", ref, "🌱")
    await village.door.done("reacted", 2) if platform.name != "letters" else None

    assert await village.felt() == set()


@on(DISCORD, SLACK, LETTERS)
async def test_reactions_from_while_nobody_listened_are_caught_up_on(platform: Platform, home: Home) -> None:
    ref = await home.card()
    await platform.react("robin", ref, "🌱")

    async with listening(home):
        assert await home.felt() == {(platform.person("robin").user, "🌱")}


@on(*ONCE_EACH)
async def test_connecting_any_number_of_times_changes_nothing(platform: Platform, village: Home) -> None:
    ref = await village.card()
    await platform.react("robin", ref, "🌱")
    await platform.press("sam", ref, "I'll try one")
    await village.door.done("reacted") if platform.name != "letters" else None
    before = await village.everything(), await platform.channel(platform.place), await platform.private("robin")

    for _ in range(5):
        await village.kindling.connected(platform.name, {platform.place.space})
        await village.kindling.connected(platform.name)
    await village.core.engine.settle()

    after = await village.everything(), await platform.channel(platform.place), await platform.private("robin")
    assert after == before


@on(*ONCE_EACH)
async def test_listening_again_and_again_changes_nothing(platform: Platform, home: Home) -> None:
    async with listening(home):
        await home.card()
    before = await home.everything(), await platform.channel(platform.place)

    for _ in range(3):
        async with listening(home):
            await home.core.engine.settle()

    assert (await home.everything(), await platform.channel(platform.place)) == before


@on(*ONCE_EACH)
async def test_leaving_stops_everything_that_was_planned(platform: Platform, village: Home) -> None:
    await village.set_up()

    await platform.leave(village.door)
    await village.door.done("left")
    await village.forward(timedelta(days=2))

    assert await platform.channel(platform.place) == []
    assert await village.core.engine.next_at() is None
