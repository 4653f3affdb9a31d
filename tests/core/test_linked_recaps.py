"""The weekly recap of places that are linked, and part again."""

from datetime import timedelta
from pathlib import Path

from tests.core.linked import MAYA, ROBIN, TARA, link, two_places, unlink
from tests.core.test_recap import letters, quotes
from tests.core.test_sharing import shared
from tests.core.village import DAY, MONDAY, a_village, command
from tests.house import House

FRIDAY_EVENING = MONDAY + 4 * DAY + timedelta(hours=9, minutes=1)


async def told(house: House) -> dict[str, list[str]]:
    """What the recaps that stand in each place quote."""
    return {letter.place.space: sorted(quotes(letter.card)) for letter in letters(house)}


async def test_a_recap_comes_to_both_places_and_leaves_nothing_of_the_other_when_they_part(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await command(house, "kindling wall setup", MAYA, channel="square", recap="fri")
        await link(house)
        await house.until(MONDAY + DAY)
        await shared(house, ROBIN, text="From the village, for both.", audience="both")
        await shared(house, TARA, text="From the town, for both.", audience="both")
        await house.until(FRIDAY_EVENING)
        together = await told(house)

        await unlink(house)
        await house.forward(timedelta(hours=1))

        both = ["From the town, for both.", "From the village, for both."]
        assert together == {"village": both, "town": both}
        assert await told(house) == {"village": both[1:], "town": both[:1]}
