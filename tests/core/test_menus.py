"""What people can do to a message: the table, and the front door for it."""

from pathlib import Path

import pytest

from bot.domain.commands import LABEL_LIMIT, SHORT_LIMIT, Menu
from bot.domain.message import Card
from bot.domain.places import MessageRef
from bot.domain.said import Channel, Said
from bot.services.commands import COMMANDS, MENUS
from tests.core.village import SQUARE, a_village
from tests.house import member

MESSAGE = Said(MessageRef(SQUARE, "7"), "robin", "Sam carried my bags", by_bot=False, where=Channel.OPEN)
every_menu = pytest.mark.parametrize("menu", MENUS, ids=lambda menu: menu.name)


@every_menu
def test_each_menu_fits_where_platforms_show_it(menu: Menu) -> None:
    assert 1 <= len(menu.label) <= LABEL_LIMIT
    assert 1 <= len(menu.short) <= SHORT_LIMIT


def test_no_two_commands_are_called_the_same() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


def test_no_two_menus_are_called_the_same() -> None:
    for called in ("name", "label", "short"):
        assert len({getattr(menu, called) for menu in MENUS}) == len(MENUS)


async def test_adapters_register_the_table_of_menus(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        assert house.kindling.menus == MENUS


async def test_a_menu_that_is_not_there_any_more_is_answered_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        reply = await house.kindling.menu(member("sam"), "applaud", MESSAGE)

    assert isinstance(reply.content, Card)
    assert reply.content.heading == "That menu is from another time"
