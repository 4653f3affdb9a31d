"""Who wrote an act without a name is nobody else's to know: whatever anybody presses, asks for or is told."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.message import Action, Reply
from bot.services.commands import COMMANDS
from bot.storage.tables import acts, members
from tests.core.test_overseeing import review_first
from tests.core.test_sharing import TOLD, named, on_wall, share, the_act
from tests.core.village import MINUTE, a_village, button, command, press, rows
from tests.house import House, member, moderator

AUTHOR = named("quiet-author", "Quiet Author")
NOT_ASKED_FOR = {"kindling leave", "kindling link", "kindling unlink", "kindling web"}
"""Commands that say nothing of a wall, and would take the place with them."""
DECISIVE = {"erase", "down", "block!", "guide_begin", "rebuild"}


async def published(house: House, act: str) -> None:
    await press(house, await command(house, "kindling wall queue"), "Publish")
    await house.forward(11 * MINUTE)


async def changed(house: House, act: str) -> None:
    await published(house, act)
    await house.kindling.submit(AUTHOR, "share", act, TOLD | {"text": "Other words."})


async def names_kim(house: House, act: str) -> None:
    await house.kindling.submit(AUTHOR, "name", act, {"member": "kim"})
    await published(house, act)
    [asked] = [card for person, card in house.letters.told if person.user == "kim"]
    await house.kindling.press(named("kim", "Kim"), button(asked, "Yes, name me"))


async def hidden(house: House, act: str) -> None:
    await published(house, act)
    await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."})


async def blocked(house: House, act: str) -> None:
    await house.kindling.press(moderator(), Action("block!", act))
    await house.kindling.press(AUTHOR, Action("publish", act))


async def removed(house: House, act: str) -> None:
    await blocked(house, act)
    await house.kindling.press(AUTHOR, Action("erase", act))


@pytest.mark.parametrize("happened", [changed, names_kim, hidden, removed], ids=lambda one: one.__name__)
async def test_nobody_learns_who_wrote_what_is_shown_without_a_name(
    tmp_path: Path, happened: Callable[[House, str], Awaitable[None]]
) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house, AUTHOR)
        act = await the_act(house)
        await happened(house, act)
        [author] = [row["id"] for row in await rows(house, members) if row["user"] == AUTHOR.person.user]

        answers: list[Reply] = []
        for who in (member("kim"), moderator("noor")):
            answers += [await house.kindling.press(who, Action(name, act)) for name in buttons_about_acts(house)]
            answers += [await house.kindling.command(who, name, {}) for name in asking()]
        await house.core.engine.settle()

        told = [card for person, card in house.letters.told if person.user != AUTHOR.person.user]
        everything = f"{answers} {told} {on_wall(house)}" + "".join(
            file.data.decode(errors="replace") for answer in answers for file in answer.files
        )
        assert not [sign for sign in (AUTHOR.person.user, AUTHOR.name, str(author)) if sign in everything]
        assert all(row["author_id"] == author for row in await rows(house, acts))


def buttons_about_acts(house: House) -> list[str]:
    """Every button that is there, in the order of the table; what ends an act comes last."""
    known = [*house.kindling._to.buttons]  # what all buttons are is said nowhere else
    return [*(name for name in known if name not in DECISIVE), "block!", "unblock", "restore"]


def asking() -> list[str]:
    return [one.name for one in COMMANDS if one.name not in NOT_ASKED_FOR]
