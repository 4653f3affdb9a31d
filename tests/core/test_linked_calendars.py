"""Cards of places that are linked and unlinked: one on each local date, neither doubled nor lost."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.domain.errors import AdapterError, TryLater, Uncertain, Unreachable
from bot.storage.tables import schedules, targets
from tests.core.before import be_set_up
from tests.core.linked import MAYA, TOMAS, link, unlink
from tests.core.village import DAY, HOUR, MINUTE, MONDAY, BlindLetters, a_village, card_of, rows, set_up
from tests.house import House


def mornings(house: House, space: str) -> list[str]:
    """When morning cards were posted in a place, by the clocks of Berlin."""
    return [
        f"{letter.at + HOUR:%a %H:%M}"
        for letter in house.letters.letters
        if letter.place.space == space and letter.card.heading == "Today’s intention"
    ]


def themes(house: House, space: str) -> list[str]:
    return [
        f"{letter.at + HOUR:%a %H:%M}"
        for letter in house.letters.letters
        if letter.place.space == space and letter.card.heading.startswith("This week: ")
    ]


async def set_up_both(house: House, village: str = "09:00", town: str = "10:00", **words: str) -> None:
    await be_set_up(house, MAYA, morning=village, **words)
    await be_set_up(house, TOMAS, morning=town, channel="market", **words)


@pytest.mark.parametrize("minutes", [0, 60, 61, 120, 121, 600], ids=lambda minutes: f"{minutes} minutes later")
@pytest.mark.parametrize(("village", "town"), [("09:00", "10:00"), ("10:00", "09:00")])
async def test_todays_cards_come_as_announced_and_tomorrows_by_the_shared_calendar(
    tmp_path: Path, minutes: int, village: str, town: str
) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, village, town, weekly="off")
        await house.forward(minutes * MINUTE)

        await link(house)
        await house.until(MONDAY + 2 * DAY)

        assert mornings(house, "village") == [f"Mon {village}", f"Tue {village}"]
        assert mornings(house, "town") == [f"Mon {town}", f"Tue {village}"]


@pytest.mark.parametrize("minutes", [0, 61, 121, 600])
async def test_unlinking_brings_a_places_own_times_back_from_tomorrow(tmp_path: Path, minutes: int) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, weekly="off")
        await link(house)
        await house.until(MONDAY + DAY + minutes * MINUTE)

        await unlink(house)
        await house.until(MONDAY + 3 * DAY)

        assert mornings(house, "village") == ["Mon 09:00", "Tue 09:00", "Wed 09:00"]
        assert mornings(house, "town") == ["Mon 10:00", "Tue 09:00", "Wed 10:00"]


async def test_a_card_that_waits_for_its_platform_is_neither_lost_nor_doubled(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, "09:00", "09:00", weekly="off")
        house.letters.faults = [("before", TryLater("letters.busy", timedelta(minutes=30)))] * 2
        await house.until(MONDAY + HOUR)
        before = mornings(house, "village") + mornings(house, "town")

        await link(house)
        await unlink(house)
        await link(house)
        await house.until(MONDAY + 12 * HOUR)

        assert before == []
        assert mornings(house, "village") == mornings(house, "town") == ["Mon 09:30"]


async def test_the_weeks_theme_is_one_for_both(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, MAYA, weekly="wed")
        await be_set_up(house, TOMAS, channel="market", morning="10:00", weekly="mon")
        await house.forward(30 * MINUTE)

        await link(house)
        await house.until(MONDAY + 8 * DAY)

        assert themes(house, "village") == ["Wed 09:00"]
        assert themes(house, "town") == ["Mon 10:00", "Wed 09:00"]


async def test_where_the_host_has_no_calendar_the_guests_goes_on_and_the_guest_takes_it_home(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, TOMAS, channel="market", morning="10:00", weekly="off")
        await house.forward(30 * MINUTE)

        await link(house)
        await house.until(MONDAY + DAY + 12 * HOUR)
        await set_up(house, MAYA, morning="08:00", weekly="off")
        await house.until(MONDAY + 2 * DAY + 12 * HOUR)
        together = mornings(house, "town"), mornings(house, "village")
        await unlink(house)
        await house.until(MONDAY + 3 * DAY + 12 * HOUR)

        assert together == (["Mon 10:00", "Tue 10:00", "Wed 08:00"], ["Wed 08:00"])
        assert mornings(house, "town")[3:] == ["Thu 10:00"]
        assert mornings(house, "village")[1:] == ["Thu 08:00"]


async def test_a_place_that_was_set_up_while_it_was_linked_keeps_that_when_it_goes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, MAYA, weekly="off")
        await link(house)
        await set_up(house, TOMAS, channel="market", morning="11:00", weekly="off")

        await unlink(house)
        await house.until(MONDAY + 2 * DAY)

        assert mornings(house, "village") == mornings(house, "town") == ["Mon 11:00", "Tue 11:00"]


async def test_a_place_that_is_not_set_up_gets_no_cards_by_linking(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, MAYA, weekly="off")

        await link(house)
        await house.until(MONDAY + DAY)

        assert mornings(house, "town") == []


async def test_a_channel_chosen_while_linked_is_kept_for_the_return(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, weekly="off")
        await link(house)
        await set_up(house, TOMAS, channel="garden", weekly="off")

        await unlink(house)
        await house.until(MONDAY + DAY + 12 * HOUR)

        assert {row["channel"] for row in await rows(house, targets)} == {"garden", "square"}
        places = [letter.place.channel for letter in house.letters.letters if letter.place.space == "town"]
        assert places == ["garden", "garden"]


async def test_a_pause_of_the_host_rests_the_guest_from_tomorrow(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, weekly="off")
        await house.kindling.command(MAYA, "kindling pause", {"until": "2026-11-25"})

        await link(house)
        await house.until(MONDAY + 2 * DAY + 12 * HOUR)

        assert mornings(house, "village") == ["Wed 09:00"]
        assert mornings(house, "town") == ["Mon 10:00", "Wed 09:00"]


async def test_a_guest_that_leaves_its_platform_gets_nothing_and_rests_at_home(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, weekly="off")
        await link(house)

        await house.kindling.left("letters", "town")
        await house.until(MONDAY + DAY + 12 * HOUR)

        assert mornings(house, "town") == []
        assert mornings(house, "village") == ["Mon 09:00", "Tue 09:00"]


async def test_the_preview_tells_both_what_comes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up_both(house, weekly="off")
        await link(house)

        seen = [card_of(await house.kindling.command(who, "kindling preview", {})).plain() for who in (MAYA, TOMAS)]

        assert seen[0] == seen[1]
        assert "Tue 24 Nov 09:00" in seen[0]


ZONES = ("Pacific/Honolulu", "America/New_York", "Europe/Berlin", "Asia/Tokyo", "Pacific/Auckland")


@settings(max_examples=4, deadline=None, phases=[Phase.generate])  # looking for a smaller one takes minutes
@given(
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    hours=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    steps=st.lists(st.integers(1, 30), min_size=1, max_size=4),
)
async def test_every_local_date_has_one_card_in_each_place_whenever_they_are_linked_and_unlinked(
    tmp_path_factory: pytest.TempPathFactory, zones: tuple[str, str], hours: tuple[int, int], steps: list[int]
) -> None:
    async with a_village(tmp_path_factory.mktemp("places")) as house:
        for actor, zone, hour, channel in zip((MAYA, TOMAS), zones, hours, ("square", "market"), strict=True):
            await be_set_up(house, actor, channel=channel, zone=zone, morning=f"{hour:02}:00", weekly="off")
        announced = await next_dates(house)
        for number, step in enumerate(steps):
            await house.forward(step * HOUR)
            await (unlink if number % 2 else link)(house)
        await house.forward(3 * DAY)

        dates = await dates_of_cards(house)

    for space in ("village", "town"):
        of_space = sorted(dates[space])
        assert of_space == [announced[space] + number * DAY for number in range(len(of_space))]
        assert len(of_space) >= 2


async def next_dates(house: House) -> dict[str, date]:
    """The local date of the first card that was announced in each place."""
    found: dict[str, date] = {}
    for row in await rows(house, schedules):
        async with house.database.reading() as work:
            schedule = await work.schedules.get(row["id"])
        if schedule.next_date is not None:
            found |= {target.place.space: schedule.next_date for target in schedule.targets}
    return found


async def dates_of_cards(house: House) -> dict[str, list[date]]:
    """The local dates of the cards that were posted in each place."""
    found: dict[str, list[date]] = {"village": [], "town": []}
    for letter in house.letters.letters:
        if letter.card.heading == "Today’s intention":
            async with house.database.reading() as work:
                delivery = await work.outbox.get(letter.key)  # type: ignore[arg-type] -- an id from its own message
                assert delivery is not None
                occurrence = await work.occurrences.get(delivery.occurrence)
                assert occurrence is not None
            found[letter.place.space].append(occurrence.local_date)
    return found


async def test_schedules_that_nobody_uses_rest(tmp_path: Path) -> None:
    async with a_village(tmp_path, datetime(2026, 11, 23, 7, 0, tzinfo=UTC)) as house:
        await set_up_both(house)

        await link(house)

        aims = {row["schedule_id"] for row in await rows(house, targets)}
        resting = [row for row in await rows(house, schedules) if row["id"] not in aims]
        assert len(resting) == 2
        assert all(row["next_at"] is None for row in resting)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Unreachable("letters.closed", "Open it."), "Kindling needs a hand"),
        (Uncertain("letters.lost"), "Did this card"),
    ],
)
async def test_a_moderator_hears_of_a_card_from_before_that_could_not_be_posted(
    tmp_path: Path, fault: AdapterError, told: str
) -> None:
    async with a_village(tmp_path) as house:
        blind = BlindLetters(house.letters.surroundings, blindness=[Uncertain("letters.blind")])
        house.room.messengers["letters"] = house.letters = blind
        await set_up_both(house, weekly="off")
        await house.until(MONDAY + HOUR)
        await link(house)
        house.letters.told.clear()
        house.letters.faults = [("before", fault)]

        await house.until(MONDAY + 3 * HOUR)

        assert [(person.user, card.heading[: len(told)]) for person, card in house.letters.told] == [("tomas", told)]


async def test_a_guests_further_cards_come_along_and_go_home_again(tmp_path: Path) -> None:
    evening = {"ritual": "evening", "channel": "garden", "days": "every day", "at": "20:00", "zone": "Europe/Berlin"}
    async with a_village(tmp_path) as house:
        await set_up_both(house, weekly="off")
        await house.kindling.submit(TOMAS, "schedule", "", evening)
        await house.kindling.submit(TOMAS, "schedule", "", evening | {"at": "21:00"})
        await link(house)
        await house.until(MONDAY + DAY + 15 * HOUR)
        await unlink(house)

        await house.until(MONDAY + 2 * DAY + 15 * HOUR)

        evenings = [
            f"{letter.at + HOUR:%a %H:%M}"
            for letter in house.letters.letters
            if (letter.place.space, letter.place.channel) == ("town", "garden")
        ]
        assert evenings == ["Mon 20:00", "Mon 21:00", "Tue 20:00", "Tue 21:00", "Wed 20:00", "Wed 21:00"]
