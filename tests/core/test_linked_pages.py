"""The page on the web of a wall whose places are linked."""

from dataclasses import replace
from pathlib import Path

from bot.domain.message import Action
from tests.core.linked import MAYA, ROBIN, TARA, link, two_places, unlink
from tests.core.test_accounts import one_person
from tests.core.test_opening import opened, page, texts
from tests.core.test_sharing import share
from tests.core.village import a_village
from tests.house import member

BOTH = {"audience": "both"}


async def test_a_page_shows_what_is_for_both_as_long_as_places_are_linked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await share(house, TARA, text="From before.")
        await link(house)
        await share(house, TARA, text="For both.", **BOTH)
        await share(house, TARA, text="In town only.")
        key = await opened(house)

        linked = await texts(house, key)
        await unlink(house, MAYA)

        assert linked == ["For both."]
        assert await texts(house, key) == []


async def test_a_person_counts_once_on_a_page_and_not_for_their_own_act(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await share(house, replace(ROBIN, name="Robin"), shown_as="name", **BOTH)
        key = await opened(house)
        [act] = {choice.action.subject for choice in house.letters.letters[-1].card.choices if choice.action.subject}
        await one_person(house)
        for actor in (TARA, member("kim"), member("lou"), member("ada")):
            await house.kindling.press(actor, Action("warm", act))
        before = [told.warmth for told in (await page(house, key)).told]

        await house.kindling.press(member("max"), Action("warm", act))

        assert before == [""]
        assert [told.warmth for told in (await page(house, key)).told] == ["A few of you felt this."]
