"""Edits of messages that are an hour old: few at a time in each channel, on a loop whose time is made up."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from adapters.discord.old_edits import CHANNELS, MOST, WINDOW, OldEdits
from bot.domain.errors import TryLater
from tests.made_up_loop import MadeUpLoop

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OLD = str(discord.utils.time_snowflake(NOW - timedelta(hours=1)))
YOUNG = str(discord.utils.time_snowflake(NOW - timedelta(minutes=50)))


def played(scenario: Callable[[OldEdits], Coroutine[Any, Any, None]], senders: int = 1) -> None:
    loop = MadeUpLoop()
    try:
        loop.run_until_complete(scenario(OldEdits(senders, lambda: NOW)))
    finally:
        loop.close()


def edited(edits: OldEdits, channel: str = "1", message: str = OLD) -> float:
    """Edit at once; 0, or how long to wait instead."""
    try:
        with edits.permit(channel, message):
            return 0
    except TryLater as error:
        return error.after.total_seconds()


def test_a_permit_comes_back_a_while_after_the_answer() -> None:
    waits: list[float] = []

    async def scenario(edits: OldEdits) -> None:
        with edits.permit("1", OLD):
            await asyncio.sleep(2)
        waits.extend(edited(edits) for _ in range(MOST))
        await asyncio.sleep(WINDOW)
        waits.append(edited(edits))

    played(scenario)

    assert waits == [0, 0, pytest.approx(WINDOW), 0]


def test_edits_that_are_under_way_hold_their_permits() -> None:
    waits: list[float] = []

    async def under_way(edits: OldEdits) -> None:
        with edits.permit("1", OLD):
            await asyncio.sleep(10)

    async def scenario(edits: OldEdits) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(MOST):
                tasks.create_task(under_way(edits))
            await asyncio.sleep(1)
            waits.append(edited(edits))

    played(scenario)

    assert 0 < waits[0] <= WINDOW


def test_each_channel_has_permits_of_its_own() -> None:
    waits: list[float] = []

    async def scenario(edits: OldEdits) -> None:
        waits.extend(edited(edits, str(channel)) for channel in range(CHANNELS + 20) for _ in range(MOST))

    played(scenario)

    assert not any(waits)


def test_young_messages_need_no_permit() -> None:
    waits: list[float] = []

    async def scenario(edits: OldEdits) -> None:
        waits.extend(edited(edits, message=YOUNG) for _ in range(MOST * 2))
        waits.append(edited(edits))

    played(scenario)

    assert not any(waits)


def test_several_processes_share_the_permits() -> None:
    waits: list[float] = []

    async def scenario(edits: OldEdits) -> None:
        waits.extend(edited(edits) for _ in range(2))

    played(scenario, senders=3)

    assert waits == [0, pytest.approx(WINDOW)]
