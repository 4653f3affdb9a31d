"""How a process ends: the first one of a container, which is handed no signal that it has not asked for, and any."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

ASKED_TO_END = """
import os, signal, sys
from bot.__main__ import heed_the_end
heed_the_end({process})
os.kill(os.getpid(), signal.SIGTERM)
sys.exit("it went on")
"""
STOPPED_WHILE_A_THREAD_WAITS = """
import asyncio, os, signal, sys, time
from bot import __main__, cli

async def work():
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()

def run():
    asyncio.run(cli._until_stopped(work))
    print("it ended")
    sys.exit(3)

__main__.imported = lambda: run
__main__.main()
"""
AS_THE_FIRST = (
    [*filter(None, [shutil.which("unshare")]), "--pid", "--fork"]
    + ["--user", "--map-root-user"] * (os.geteuid() != 0)
    + ["--"]
)  # fmt: skip


def may_be_the_first() -> bool:
    """Whether this computer lets a process be the first one of a space of its own, as containers' are."""
    return shutil.which("unshare") is not None and subprocess.run([*AS_THE_FIRST, "true"], check=False).returncode == 0  # noqa: S603 -- ours


def ended_with(process: str, *before: str) -> int:
    return subprocess.run([*before, sys.executable, "-c", ASKED_TO_END.format(process=process)], check=False).returncode  # noqa: S603 -- ours


def test_any_other_process_ends_as_the_system_has_it() -> None:
    assert ended_with("os.getpid()") == -signal.SIGTERM


def test_the_first_process_ends_by_itself() -> None:
    assert ended_with("1") == 128 + signal.SIGTERM


@pytest.mark.skipif(not may_be_the_first(), reason="no process may be the first one of a space of its own here")
def test_a_process_that_really_is_the_first_ends_too() -> None:
    assert ended_with("os.getpid()", *AS_THE_FIRST) == 128 + signal.SIGTERM


def test_a_thread_that_waits_for_a_silent_network_keeps_no_process_from_ending() -> None:
    ended = subprocess.run(  # noqa: S603 -- ours
        [sys.executable, "-c", STOPPED_WHILE_A_THREAD_WAITS], check=False, timeout=30, stdout=subprocess.PIPE
    )

    assert (ended.returncode, ended.stdout) == (3, b"it ended\n")
