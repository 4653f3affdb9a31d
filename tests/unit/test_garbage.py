"""Python looks for cycles once in a while, and finds them then; and C's memory is all in one place."""

import gc
import platform
import subprocess
import sys
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
    gc.set_threshold(*before)  # what was set aside stays so: the tests themselves are, too


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


ARENAS = """
import ctypes, sys, tempfile, threading
from bot.__main__ import one_arena

one_arena() if sys.argv[1] == "one" else None
held = []
threads = [threading.Thread(target=lambda: held.append([bytes(5_000) for _ in range(100)])) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as told:
    file = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(told.read().decode().count("<heap nr="))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_all_threads_take_their_memory_from_one_arena() -> None:
    def arenas(how: str) -> int:
        command = [sys.executable, "-c", ARENAS, how]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603 -- our own words

    assert arenas("left alone") > 1
    assert arenas("one") == 1
