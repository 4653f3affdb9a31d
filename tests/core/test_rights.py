from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Reply
from bot.services.commands import COMMANDS
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    NINE,
    WISHES,
    a_village,
    command,
    headings,
    marks,
    press,
    set_up,
    the_delivery,
)
from tests.house import member, moderator

MODERATING = [known.name for known in COMMANDS if known.moderators_only]
PRESSES = [
    Action("check"),
    Action("preview"),
    Action("post"),
    Action("again", "some-delivery"),
    Action("resume"),
    Action("open", "setup"),
    Action("open", "pause"),
]
ROUGH = [
    "",
    "   ",
    "\t\n",
    "help",
    "HELP",
    "setup\tzone:Europe/Berlin",
    "nonsense",
    "setup zone",
    "setup zone:a zone:b",
    "setup " + "x" * 4000,
    "x" * 4000,
    "setup " + "x" * 4000 + ":y",
    "setup zone:" + "x" * 4000,
    "setup channel:" + "x" * 4000 + " zone:Europe/Berlin morning:9am",
    "setup morning:٩:٠٠",
    "pause until:9999-99-99",
    "pause until:" + "9" * 400,
    "pause until:0001-01-01",
    "\x00",
    "setup zone:\x00",
    "🌱 🌱:🌱",
    "setup days:-",
    "setup weekly:,,",
]


async def test_a_member_is_refused_every_command_of_moderators(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        cards = {name: await command(house, name, member()) for name in MODERATING}

        assert {name for name, card in cards.items() if card.heading != "Not this time"} == set()
        assert {name for name, card in cards.items() if "This is for moderators" not in card.plain()} == set()


async def test_a_member_is_refused_every_button_of_moderators(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        replies = {action.encode(): await house.kindling.press(member(), action) for action in PRESSES}

        cards = {name: reply.content for name, reply in replies.items() if isinstance(reply.content, Card)}
        assert cards.keys() == replies.keys()
        assert {name for name, card in cards.items() if "This is for moderators" not in card.plain()} == set()


@pytest.mark.parametrize(("form", "values"), [("setup", WISHES), ("pause", {"until": "2026-12-24"})])
async def test_a_member_is_refused_a_moderator_s_form(tmp_path: Path, form: str, values: dict[str, str]) -> None:
    async with a_village(tmp_path) as house:
        reply = await house.kindling.submit(member(), form, "", values)
        await house.until(NINE + DAY)

        assert isinstance(reply.content, Card)
        assert "This is for moderators" in reply.content.plain()
        assert headings(house) == []


async def test_a_right_that_was_taken_away_is_gone_at_the_next_press(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await set_up(house)

        refused = await press(house, card, "Post today's card now", replace(moderator(), may_moderate=False))
        await house.core.engine.settle()

        assert "This is for moderators" in refused.plain()
        assert headings(house) == []


async def test_a_moderator_elsewhere_posts_no_card_again_here(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE)
        delivery = await the_delivery(house)

        reply = await house.kindling.press(moderator(space="hamlet"), Action("again", delivery.id))

        assert isinstance(reply.content, Card)
        assert reply.content.heading == "Not this time"


async def test_a_moderator_elsewhere_pauses_only_their_own_place(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await be_set_up(house, moderator(space="hamlet"), weekly="off")

        await command(house, "kindling pause", moderator(space="hamlet"), until="1w")
        await house.until(NINE)

        assert [letter.place.space for letter in house.letters.letters] == ["village"]


async def test_members_need_no_right_for_what_is_theirs(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await house.until(NINE)

        answers = [await command(house, name, member()) for name in ("kind today", "kind another", "kind help")]

        assert [card.heading for card in answers] == [
            house.letters.letters[0].card.heading,
            "An idea for today",
            "Kindling",
        ]
        assert await marks(house) == set()


@pytest.mark.parametrize("group", ["kind", "kindling", "", "other"])
async def test_whatever_is_typed_gets_a_sentence_of_bearable_length(tmp_path: Path, group: str) -> None:
    async with a_village(tmp_path) as house:
        for line in ROUGH:
            reply = await house.kindling.typed(moderator(), group, line)

            assert all(len(sentence) < 2800 for sentence in sentences(reply)), line


def sentences(reply: Reply) -> list[str]:
    """What the person is going to read."""
    match reply.content:
        case Card() as card:
            return [card.plain()]
        case Form(fields=fields):
            return [field.value for field in fields]
        case Rejected(problems, form):
            return [*problems.values(), *(field.value for field in form.fields)]


async def test_nothing_typed_is_a_wish_for_help(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        for line in ("", "  ", "help", " HELP "):
            reply = await house.kindling.typed(member(), "kind", line)

            assert isinstance(reply.content, Card)
            assert reply.content.heading == "Kindling"


async def test_buttons_and_forms_of_another_time_are_answered_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        pressed = await house.kindling.press(member(), Action("gone", "x"))
        opened = await house.kindling.press(moderator(), Action("open", "gone"))
        sent = await house.kindling.submit(member(), "gone", "", {})

        for reply in (pressed, opened, sent):
            assert isinstance(reply.content, Card)
            assert "Sorry for that." in reply.content.plain()


async def test_a_command_the_table_does_not_know_names_those_it_does(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await command(house, "kind dance", member())

        assert "today, another, share, wall, suggest, me, link, unlink, support, help" in card.plain()


async def test_a_word_that_a_command_does_not_know_changes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        card = await command(house, "kindling setup", moderator(), **WISHES, colour="blue")
        await house.until(NINE + HOUR)

        assert "does not know “colour:”" in card.plain()
        assert headings(house) == []
