"""Naming somebody in an act: only with their yes, and only as long as they like."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.message import Action, Text
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, named, on_wall, share, the_act
from tests.core.village import a_village, button, card_of, command, labels, press, rule
from tests.house import House, member, moderator


async def name(house: House, user: str, act: str | None = None) -> None:
    """The author names somebody, and whoever that is gets asked."""
    about = act or await the_act(house)
    await house.kindling.submit(member(), "name", about, {"member": user})
    await house.core.engine.settle()


async def agree(house: House) -> None:
    """Kim, who was asked last, agrees."""
    await press(house, house.letters.told[-1][1], "Yes, name me", named("kim", "Kim"))


def said(house: House) -> list[str]:
    [card] = on_wall(house)
    return [part.text for part in card.body if isinstance(part, Text)]


async def test_whoever_is_named_is_someone_until_they_agree(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        before = said(house)
        [(person, asked)] = house.letters.told

        await press(house, asked, "Yes, name me", named("kim", "Kim Possible"))
        await house.core.engine.settle()

        assert person.user == "kim"
        assert before == ["From someone."]
        assert said(house) == ["From Kim Possible."]


async def test_a_no_leaves_someone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        [(_, asked)] = house.letters.told

        await press(house, asked, "Rather not", named("kim", "Kim"))
        await house.core.engine.settle()

        assert said(house) == ["From someone."]


async def test_a_yes_is_taken_back_on_the_wall_and_reaches_the_copy(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        act = await the_act(house)
        await agree(house)
        await house.core.engine.settle()
        before = said(house)

        more = card_of(await house.kindling.press(member("kim"), Action("more", act)))
        await press(house, more, "Take my name off", member("kim"))
        await house.core.engine.settle()

        assert (before, said(house)) == (["From Kim."], ["From someone."])


async def test_whoever_was_asked_does_not_read_what_the_author_keeps_by_now(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await name(house, "kim")
        await house.kindling.press(member(), Action("down", act))
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Only for me.", "shown_as": "me"})

        answer = await press(house, house.letters.told[-1][1], "Yes, name me", named("kim", "Kim"))

        assert "Only for me." not in answer.plain()
        assert answer.heading == "Not this time"


async def test_nobody_agrees_for_somebody_else(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")

        for actor in (member(), member("lee"), moderator()):
            refused = card_of(
                await house.kindling.press(replace(actor, name="Kim"), Action("agree", await the_act(house)))
            )
            assert refused.heading == "Not this time"
        await house.core.engine.settle()

        assert said(house) == ["From someone."]


async def test_nobody_is_asked_about_what_is_not_on_the_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        act = button(preview, "Put it on the wall").subject
        await name(house, "kim", act)
        before = list(house.letters.told)

        await press(house, preview, "Put it on the wall", member())

        assert before == []
        assert [person.user for person, _ in house.letters.told] == ["kim"]


async def test_where_moderators_look_first_they_do_so_before_anybody_is_asked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})
        await share(house)
        await name(house, "kim")
        before = [person.user for person, _ in house.letters.told]

        await press(house, await command(house, "kindling wall queue"), "Publish")

        assert before == ["maya"]
        assert [person.user for person, _ in house.letters.told] == ["maya", "kim", "robin"]


async def test_other_words_ask_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        act = await the_act(house)
        await agree(house)

        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Quite other words."})
        await house.core.engine.settle()

        assert said(house) == ["From someone."]
        assert [person.user for person, _ in house.letters.told] == ["kim", "kim"]


async def test_a_yes_to_earlier_words_asks_about_what_it_says_now(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        [(_, asked)] = house.letters.told
        await house.kindling.submit(member(), "share", await the_act(house), TOLD | {"text": "Nothing to be proud of."})

        answer = await press(house, asked, "Yes, name me", named("kim", "Kim"))
        await house.core.engine.settle()
        before = said(house)
        await press(house, answer, "Yes, name me", named("kim", "Kim"))
        await house.core.engine.settle()

        assert "Nothing to be proud of." in answer.plain()
        assert (before, said(house)) == (["From someone."], ["From Kim."])


async def test_naming_nobody_takes_the_name_away(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        await agree(house)

        await name(house, "")

        assert said(house) == []


async def test_naming_oneself_is_said_to_be_no_use(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        refused = card_of(await house.kindling.submit(member(), "name", await the_act(house), {"member": "robin"}))

        assert refused.heading == "Not this time"


async def test_nobody_is_asked_more_than_three_times_a_day_because_of_others(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(5):
            preview = card_of(await house.kindling.submit(member(), "share", "", TOLD | {"text": f"{number}"}))
            act = button(preview, "Put it on the wall").subject
            await press(house, preview, "Put it on the wall", member())
            await name(house, "kim", act)

        assert len(house.letters.told) == 3


@pytest.mark.parametrize(
    ("telling", "sentence"), [("did", "For Kim."), ("received", "From Kim."), ("noticed", "By Kim.")]
)
async def test_the_name_stands_as_fits_the_kindness(tmp_path: Path, telling: str, sentence: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, telling=telling)
        await name(house, "kim")

        await agree(house)
        await house.core.engine.settle()

        assert said(house) == [sentence]


async def test_the_author_reads_how_it_stands(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")

        mine = await command(house, "kind me", member())

        assert "has been asked" in mine.plain()
        assert "Name somebody" in labels(mine)


async def test_a_name_that_the_wall_keeps_off_is_not_shown_though_its_owner_agrees(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await name(house, "kim")
        [(_, asked)] = house.letters.told

        refused = await press(house, asked, "Yes, name me", named("kim", "discord.gg/kim"))
        await house.core.engine.settle()
        before = said(house)
        await press(house, asked, "Yes, name me", named("kim", "Kim"))
        await house.core.engine.settle()

        assert "reads like a link" in refused.plain()
        assert (before, said(house)) == (["From someone."], ["From Kim."])


async def test_whoever_is_named_is_asked_again_where_the_rules_keep_their_name_off_by_now(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await name(house, "kim")
        await press(house, house.letters.told[-1][1], "Yes, name me", named("kim", "Giveaway Kim"))
        await house.kindling.press(member(), Action("down", act))
        await rule(house, channel="square", rule="open", links="no", words="giveaway")

        await house.kindling.press(member(), Action("publish", act))
        await house.core.engine.settle()

        assert said(house) == ["From someone."]
        assert [person.user for person, _ in house.letters.told] == ["kim", "kim"]
