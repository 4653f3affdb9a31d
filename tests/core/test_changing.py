"""Settings that moderators change: written down, taken back, and not lost when two change them at once."""

from pathlib import Path

from bot.domain.forms import Form
from bot.domain.message import Card
from bot.domain.places import Actor
from tests.core.before import be_set_up
from tests.core.test_overseeing import listed
from tests.core.village import MINUTE, a_village, button, card_of, command, labels, line, press, set_up
from tests.house import House, member, moderator

NOOR = moderator("noor")
OPEN = {"channel": "square", "rule": "open", "links": "no", "words": "", "recap": "off"}


async def rules_form(house: House, actor: Actor) -> Form:
    reply = await house.kindling.command(actor, "kindling wall setup", {})
    assert isinstance(reply.content, Form)
    return reply.content


async def submit(house: House, actor: Actor, form: Form, **values: str) -> Card:
    return card_of(await house.kindling.submit(actor, form.name, form.subject, values))


async def test_what_moderators_change_is_listed_with_who_did_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        await house.forward(MINUTE)
        await command(house, "kindling pause", NOOR, until="off")

        assert listed(await command(house, "kindling audit"))[:2] == [
            "the pause was ended (pause), by another moderator",
            "no cards before Tue 1 Dec 2026 (pause), by you",
        ]


async def test_the_last_change_is_taken_back_with_one_press(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        taken_back = await press(house, await command(house, "kindling audit"), "Undo", NOOR)

        assert "The pause was ended" in taken_back.plain()
        assert "Paused" not in (await command(house, "kindling status")).plain()


async def test_taking_back_can_be_taken_back_itself(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        taken_back = await press(house, await command(house, "kindling audit"), "Undo")
        await press(house, taken_back, "Undo")

        assert "Paused: no cards before Tue 1 Dec 2026." in (await command(house, "kindling status")).plain()


async def test_a_change_that_was_overtaken_is_not_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        undo = button(await command(house, "kindling audit"), "Undo")
        await command(house, "kindling pause", until="2026-12-24")
        refused = card_of(await house.kindling.press(moderator(), undo))

        assert "changed again since" in refused.plain()
        assert "no cards before Thu 24 Dec 2026" in (await command(house, "kindling status")).plain()


async def test_no_undo_is_offered_for_what_is_not_like_that_any_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        async with house.database.unit_of_work() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            await work.communities.save((await work.communities.get(space.community)).pause(None))
            await work.commit()

        assert "Undo" not in labels(await command(house, "kindling audit"))


async def test_only_moderators_take_changes_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        undo = button(await command(house, "kindling audit"), "Undo")

        assert "for moderators" in card_of(await house.kindling.press(member(), undo)).plain()
        assert "Paused" in (await command(house, "kindling status")).plain()


async def test_a_change_of_another_community_cannot_be_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="2026-12-01")
        undo = button(await command(house, "kindling audit"), "Undo")
        elsewhere = moderator("maya", space="city")

        assert "do not know that change" in card_of(await house.kindling.press(elsewhere, undo)).plain()
        assert "Paused" in (await command(house, "kindling status")).plain()


async def test_of_two_who_change_the_same_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        mine, hers = await rules_form(house, moderator()), await rules_form(house, NOOR)
        await submit(house, NOOR, hers, **OPEN | {"rule": "review"})
        told = await submit(house, moderator(), mine, **OPEN | {"words": "pineapple"})

        assert "Somebody else changed this" in told.plain()
        assert line(told, "Words to keep off it") == "pineapple"
        assert listed(await command(house, "kindling audit"))[:2] == [
            "the wall's rules were changed (wall.rules), by another moderator",
            "the wall's channel was chosen (wall.place), by another moderator",
        ]


async def test_choosing_what_is_set_already_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling pause", until="off")
        await set_up(house)

        assert len(listed(await command(house, "kindling audit"))) == 2
