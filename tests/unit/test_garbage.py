"""Python looks for cycles once in a while, and finds them then."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.runtime.garbage import OBJECTS, look_rarely


@pytest.fixture
def looks() -> Iterator[list[int]]:
    """The generations that were looked at, while it is looked for rarely."""
    before, seen = gc.get_threshold(), list[int]()

    def see(phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            seen.append(told["generation"])

    look_rarely()
    gc.callbacks.append(see)
    yield seen
    gc.callbacks.remove(see)
    gc.set_threshold(*before)
    gc.unfreeze()


def test_a_batch_s_objects_are_not_looked_at(looks: list[int]) -> None:
    rows = [[number] for number in range(OBJECTS // 2)]

    assert not looks
    assert rows


def test_what_nobody_holds_any_more_is_found_in_the_end(looks: list[int]) -> None:
    class Knot:
        def __init__(self) -> None:
            self.itself = self

    gone = weakref.ref(Knot())
    rows = [[number] for number in range(2 * OBJECTS)]

    assert looks
    assert gone() is None
    assert rows
