"""What people do to a message out of its menu."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.forms import Form
from bot.domain.message import Action, Quote
from bot.domain.places import Actor, MessageRef
from bot.domain.said import Channel, Said
from bot.storage.tables import act_copies, acts
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, is_copy, on_wall, share, shared
from tests.core.village import DAY, SQUARE, SlowLetters, a_village, button, card_of, labels, press, rows
from tests.house import House, member, moderator


def said(author: str = "robin", text: str = "Thank you all!", message: str = "900", **changed: object) -> Said:
    whole = {"by_bot": False, "where": Channel.OPEN} | changed
    return Said(MessageRef(SQUARE, message), author, text, **whole)  # type: ignore[arg-type] -- the test's own names


async def a_copy(house: House) -> Said:
    """The message that shows the only act."""
    [number] = [n for n, letter in enumerate(house.letters.letters) if is_copy(letter.card) and not letter.gone]
    return said("", "", str(number), by_bot=True)


async def chosen(house: House, actor: Actor, name: str, about: Said) -> object:
    return (await house.kindling.menu(actor, name, about)).content


async def test_ones_own_message_becomes_a_form_with_its_words(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await chosen(house, member(), "add", said())

        assert isinstance(form, Form)
        assert form.fields[0].value == "Thank you all!"
        assert await rows(house, acts) == []


@pytest.mark.parametrize("where", [Channel.PRIVATE, Channel.ADULT, Channel.SHARED])
@pytest.mark.parametrize("author", ["robin", "kim"])
async def test_nothing_is_taken_over_from_closed_places(tmp_path: Path, where: Channel, author: str) -> None:
    async with a_village(tmp_path) as house:
        refused = card_of(await house.kindling.menu(member(), "add", said(author, where=where)))

        assert refused.heading == "Not this time"
        assert house.letters.told == []


async def test_where_it_is_not_known_who_reads_along_the_form_is_empty(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await chosen(house, member(), "add", said(where=Channel.UNKNOWN))

        assert isinstance(form, Form)
        assert form.fields[0].value == ""
        assert "in your own words" in form.intro


async def test_what_would_help_is_told_with_the_empty_form(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form = await chosen(house, member(), "add", said(where=Channel.UNKNOWN, cure="Somebody can open a window."))

        assert isinstance(form, Form)
        assert form.intro.endswith("Somebody can open a window.")


async def test_whoever_wrote_a_message_is_invited_and_decides(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        answer = card_of(await house.kindling.menu(member("kim"), "add", said()))
        [(person, invitation)] = house.letters.told
        form = (await house.kindling.press(member(), button(invitation, "Look at it"))).content

        assert answer.heading == "That is theirs to share"
        assert person.user == "robin"
        assert Quote("Thank you all!") in invitation.body
        assert "kim" not in f"{invitation}"
        assert await rows(house, acts) == []
        assert isinstance(form, Form)
        assert form.fields[0].value == "Thank you all!"


async def test_an_invitation_is_nobody_elses(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await house.kindling.menu(member("kim"), "add", said())
        [(_, invitation)] = house.letters.told

        form = (await house.kindling.press(member("lee"), button(invitation, "Look at it"))).content

        assert isinstance(form, Form)
        assert form.fields[0].value == ""


async def test_one_message_invites_once_and_nobody_is_overwhelmed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        for giver in ("kim", "lee"):
            await house.kindling.menu(member(giver), "add", said())
        once = len(house.letters.told)
        for number in range(10):
            await house.kindling.menu(member(f"user{number}"), "add", said(message=f"{number}"))
        on_one_day = len(house.letters.told)
        await house.forward(DAY)
        await house.kindling.menu(member("kim"), "add", said(message="tomorrow"))

        assert (once, on_one_day, len(house.letters.told)) == (1, 3, 4)


async def test_what_a_program_wrote_is_nobodys(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        refused = card_of(await house.kindling.menu(member(), "add", said("", by_bot=True)))

        assert refused.heading == "Not this time"


async def test_a_copy_is_removed_by_its_author_and_hidden_by_a_moderator(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        copy = await a_copy(house)

        by_author = card_of(await house.kindling.menu(member(), "remove", copy))
        by_moderator = await chosen(house, moderator(), "remove", copy)
        by_others = card_of(await house.kindling.menu(member("kim"), "remove", copy))

        assert labels(by_author)[0] == "Remove for good"
        assert isinstance(by_moderator, Form)
        assert by_moderator.name == "hide"
        assert "This is for moderators" in by_others.plain()
        assert len(on_wall(house)) == 1


async def test_a_copy_is_reported_and_explained(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        copy = await a_copy(house)

        reported = card_of(await house.kindling.menu(member("kim"), "report", copy))
        explained = card_of(await house.kindling.menu(member("kim"), "why", copy))
        queue = card_of(await house.kindling.command(moderator(), "kindling wall queue", {}))

        assert reported.heading == "Thank you for looking after this place"
        assert "on the wall" in explained.plain()
        assert queue.heading == "Reported"


@pytest.mark.parametrize("name", ["report", "remove"])
async def test_other_messages_are_left_alone(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        refused = card_of(await house.kindling.menu(moderator(), name, said()))

        assert refused.heading == "Not this time"


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        (said(), "Only whoever wrote it can put it there"),
        (said(where=Channel.PRIVATE), "stays there"),
        (said("", by_bot=True), "written by a program"),
    ],
)
async def test_why_a_message_is_not_on_the_wall_is_said(tmp_path: Path, about: Said, sentence: str) -> None:
    async with a_village(tmp_path) as house:
        told = card_of(await house.kindling.menu(member(), "why", about))

        assert sentence in told.plain()


async def test_the_form_of_a_message_becomes_an_act(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await chosen(house, member(), "add", said(text="@everyone <b>hi</b> \u202eevil"))
        assert isinstance(form, Form)
        values = TOLD | {"text": form.fields[0].value}

        preview = card_of(await house.kindling.submit(member(), form.name, form.subject, values))
        await press(house, preview, "Put it on the wall", member())
        await house.core.engine.settle()

        [card] = on_wall(house)
        assert card.body[0] == Quote("@everyone <b>hi</b> evil", "someone in our community")
        assert button(card, "More") == Action("more", button(preview, "Put it on the wall").subject)


@pytest.mark.parametrize(
    ("menu", "who", "answer"),
    [
        ("why", "kim", "This kindness is on the wall."),
        ("report", "kim", "A moderator is going to look at it."),
        ("remove", "robin", "Remove it for good?"),
    ],
)
async def test_a_copy_that_is_not_known_as_one_yet_says_itself_what_it_shows(
    tmp_path: Path, menu: str, who: str, answer: str
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        slow = SlowLetters(house.letters.surroundings, letters=house.letters.letters, after_posting=True)
        house.room.messengers["letters"] = slow
        act = await shared(house, member())
        await slow.reached.wait()
        before = (await a_copy(house), [row["message"] for row in await rows(house, act_copies)])

        shown = replace(before[0], actions=(Action("warm", act), Action("share"), Action("more", act)))
        said_then = card_of(await house.kindling.menu(member(who), menu, shown))
        slow.gate.set()
        await house.core.engine.settle()

        assert before[1] == [""]
        assert answer in said_then.plain()
        assert len(on_wall(house)) == 1


async def test_a_message_whose_act_is_gone_says_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        for menu in ("why", "report", "remove"):
            reply = await house.kindling.menu(member(), menu, said("", "", by_bot=True, actions=(Action("more", "x"),)))

            assert "That kindness is not here any more." in card_of(reply).plain()


async def test_buttons_tell_nobody_of_what_they_may_not_read(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        draft = said("", "", by_bot=True, actions=(Action("more", button(preview, "Put it on the wall").subject),))

        answers = [card_of(await house.kindling.menu(member("kim"), menu, draft)) for menu in ("why", "report")]

        assert all("is not here any more" in answer.plain() for answer in answers)
