"""Picking one of many by a name that is typed."""

import pytest

from bot.services.picking import Options, picked_lines
from bot.services.reading import Unread


class Name(str):
    """A name that counts how often it is read."""

    __slots__ = ()
    read = 0

    def casefold(self) -> str:
        Name.read += 1
        return super().casefold()


def reads(lines: int, line: str) -> int:
    options: Options = tuple((f"t{number}", Name(f"Theme {number}")) for number in range(50))
    Name.read = 0
    with pytest.raises(Unread):
        picked_lines("\n".join([line] * lines), options, "theme")
    return Name.read


@pytest.mark.parametrize("line", ["nothing like it", "theme"])
def test_however_many_lines_are_typed_each_name_is_read_as_often(line: str) -> None:
    assert reads(300, line) == reads(1, line)


def test_of_many_lines_that_name_nothing_the_first_ones_are_told_with_what_may_be_meant() -> None:
    with pytest.raises(Unread) as told:
        picked_lines("Theme\n" + "Thene 1\n" * 5, (("t1", "Theme 1"), ("t2", "Theme 2")), "theme")

    assert str(told.value).startswith("Line 1: There is more than one theme like that: “Theme 1”, “Theme 2”.")
    assert str(told.value).count("Did you mean “Theme 1”") == 2
    assert str(told.value).endswith("And 3 more lines.")
