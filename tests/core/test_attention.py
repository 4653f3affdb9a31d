from pathlib import Path

import pytest

from bot.domain.errors import TryLater, Uncertain, Unreachable
from bot.domain.message import Items
from bot.domain.places import Lack, Person, Place
from tests.core.before import be_set_up
from tests.core.linked import MAYA, TOMAS, asked, two_places
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    SQUARE,
    BlindLetters,
    a_village,
    command,
    headings,
    labels,
    mornings,
    press,
    set_up,
    skips,
    states,
    surroundings,
)
from tests.house import House, moderator

CLOSED = Unreachable("closed", "Please give Kindling the right to write.")


async def close_the_square(house: House) -> None:
    """The first card finds the channel closed."""
    house.letters.faults = [("before", CLOSED)] * 2
    await house.until(NINE + MINUTE)


async def test_a_closed_channel_is_told_about_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await close_the_square(house)
        await house.until(NINE + 3 * DAY)

        [(person, card)] = house.letters.told
        assert person == Person("letters", "village", "maya")
        assert "Please give Kindling the right to write." in card.plain()
        assert "#square" in card.plain()


async def test_a_closed_channel_is_not_tried_again_by_itself(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", CLOSED)]

        await house.until(NINE + 2 * DAY)

        assert headings(house) == []
        assert await states(house) == [("failed", "closed")]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "needs_attention"), ("25 Nov", "needs_attention")]


async def test_a_moderator_who_cannot_be_told_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        async def no_answer(*_: object) -> None:
            raise TryLater("closed_messages")

        house.letters.tell = no_answer  # type: ignore[method-assign] -- this person takes no messages
        await close_the_square(house)

        assert await states(house) == [("failed", "closed")]
        assert "Check again" in labels(await command(house, "kindling status"))


async def test_checking_again_makes_up_for_the_card_of_the_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()
        status = await command(house, "kindling status")
        await house.until(NINE + HOUR)

        checked = await press(house, status, "Check again")
        await house.core.engine.settle()
        await house.until(NINE + DAY)

        assert "All is well" in checked.plain()
        assert mornings(house) == [NINE + HOUR, NINE + DAY]


async def test_checking_again_while_moderators_are_still_told_makes_up_for_the_card_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        checked: list[str] = []

        async def at_once(*_: object) -> None:
            house.letters.faults.clear()
            status = await command(house, "kindling status")
            checked.append((await press(house, status, "Check again")).plain())

        house.letters.tell = at_once  # type: ignore[method-assign] -- this moderator is quick
        await close_the_square(house)
        await house.core.engine.settle()

        assert "All is well" in checked[0]
        assert await states(house) == [("posted", "")]
        assert len(mornings(house)) == 1


async def test_checking_again_while_moderators_are_still_told_asks_about_a_card_in_doubt_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        blind = BlindLetters(surroundings(house), blindness=[CLOSED])
        house.room.messengers["letters"] = house.letters = blind
        blind.faults = [("before", Uncertain("no_answer"))]

        async def at_once(*_: object) -> None:
            await press(house, await command(house, "kindling status"), "Check again")

        blind.tell = at_once  # type: ignore[method-assign] -- this moderator is quick
        await house.until(NINE + HOUR)

        assert await states(house) == [("posted", "")]
        assert len(mornings(house)) == 1


async def test_checking_again_while_places_are_linked_takes_the_mark_off_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        question, market = await asked(house), Place("letters", "town", "market")
        house.letters.closed.add(market)
        await house.until(NINE + MINUTE)
        house.letters.closed.clear()
        status = await command(house, "kindling status", TOMAS)

        async def meanwhile_they_are_linked(_: object) -> tuple[Lack, ...]:
            await press(house, question, "Link both places", MAYA)
            return ()

        house.letters.examine = meanwhile_they_are_linked  # type: ignore[method-assign] -- this platform is slow
        checked = await press(house, status, "Check again", TOMAS)
        await house.until(NINE + DAY)

        assert "All is well" in checked.plain()
        assert market in [letter.place for letter in house.letters.letters]


async def test_checking_again_makes_up_for_a_card_that_was_not_even_tried(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()
        await house.until(NINE + DAY + HOUR)

        await press(house, await command(house, "kindling status"), "Check again")
        await house.core.engine.settle()

        assert mornings(house) == [NINE + DAY + HOUR]
        assert await skips(house) == [("23 Nov", ""), ("24 Nov", "")]


async def test_checking_again_makes_up_for_a_theme_of_yesterday(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="sat")
        await close_the_square(house)
        house.letters.faults.clear()
        await house.until(NINE + DAY)

        await press(house, await command(house, "kindling status"), "Check again")
        await house.core.engine.settle()

        assert headings(house) == ["This week: A friend to yourself"]


async def test_checking_again_twice_posts_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()
        status = await command(house, "kindling status")

        await press(house, status, "Check again")
        await press(house, status, "Check again")
        await house.core.engine.settle()
        await press(house, status, "Check again")
        await house.core.engine.settle()

        assert len(mornings(house)) == 1


async def test_checking_again_too_late_waits_for_the_next_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()
        await house.until(NINE + 4 * HOUR)

        await press(house, await command(house, "kindling status"), "Check again")
        await house.until(NINE + DAY)

        assert mornings(house) == [NINE + DAY]


async def test_checking_again_in_a_pause_posts_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()
        await command(house, "kindling pause", until="2026-11-30")

        await press(house, await command(house, "kindling status"), "Check again")
        await house.until(NINE + DAY)

        assert headings(house) == []


async def test_a_channel_that_still_lacks_a_right_stays_marked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.lacks = [Lack("send", "Please allow “Send Messages” in that channel.")]

        checked = await press(house, await command(house, "kindling status"), "Check again")
        await house.until(NINE + DAY)

        assert "Please allow “Send Messages”" in checked.plain()
        assert headings(house) == []


async def test_a_channel_that_closes_again_is_told_about_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()
        await press(house, await command(house, "kindling status"), "Check again")
        await house.core.engine.settle()

        house.letters.faults = [("before", CLOSED)]
        await house.until(NINE + 2 * DAY)

        assert len(house.letters.told) == 2


async def test_choosing_another_channel_ends_the_trouble(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)
        house.letters.faults.clear()

        await set_up(house, weekly="off", channel="garden")
        await house.until(NINE + DAY)

        assert [letter.place.channel for letter in house.letters.letters] == ["garden"]
        assert "Check again" not in labels(await command(house, "kindling status"))


async def test_setting_up_a_channel_that_lacks_a_right_says_whom_to_ask(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        house.letters.lacks = [Lack("send", "Please allow “Send Messages” in that channel.")]

        card = await set_up(house)

        assert card.heading == "Kindling is set up, and needs a hand"
        assert any("Send Messages" in item.text for part in card.body if isinstance(part, Items) for item in part.items)
        assert "Check again" in labels(card)


async def test_the_preview_does_not_promise_cards_for_a_closed_channel(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await close_the_square(house)

        preview = await command(house, "kindling preview")

        lines = preview.plain().splitlines()[1:8]
        assert all(line.endswith("no morning intention (Kindling could not write in the channel)") for line in lines)


async def test_a_lost_channel_is_told_about_and_its_waiting_card_ends(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("busy", HOUR))]
        await house.until(NINE)

        await house.kindling.channel_lost(SQUARE, "channel_deleted")
        await house.kindling.channel_lost(SQUARE, "channel_deleted")
        await house.until(NINE + DAY)

        assert headings(house) == []
        assert len(house.letters.told) == 1
        assert await states(house) == [("failed", "channel_deleted")]


async def test_a_lost_channel_that_nothing_is_posted_in_is_nobody_s_trouble(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await house.kindling.channel_lost(SQUARE.__class__("letters", "village", "cellar"), "channel_deleted")
        await house.kindling.channel_lost(SQUARE.__class__("letters", "nowhere", "square"), "channel_deleted")

        assert house.letters.told == []


@pytest.mark.parametrize("space", ["hamlet", "village"])
async def test_a_closed_channel_is_no_trouble_of_another_place(tmp_path: Path, space: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await be_set_up(house, moderator(user="ola", space="hamlet"), weekly="off")
        house.letters.faults = []

        await house.kindling.channel_lost(SQUARE.__class__("letters", space, "square"), "channel_deleted")
        await house.until(NINE)

        assert [letter.place.space for letter in house.letters.letters] == [
            {"hamlet", "village"}.difference({space}).pop()
        ]
        assert [person.space for person, _ in house.letters.told] == [space]
