"""A token that is refused in the middle of many cards, with the real core, engine and supervisor."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from adapters.discord.adapter import DiscordAdapter
from bot.compose import build_core
from bot.domain.community import Community, Space, Tone
from bot.domain.delivery import Delivery, Occurrence
from bot.domain.ids import CommunityId, DeliveryId, OccurrenceId, ScheduleId, SpaceId
from bot.domain.places import Place
from bot.domain.schedule import EVERY_DAY, Ritual, Schedule, Target
from bot.runtime.clock import SystemClock
from bot.runtime.supervisor import OpenAdapters, Standing, keep
from bot.storage.database import Database
from tests.adapters.discord.conftest import Village, the_settings
from tests.house import Notebook
from tests.prepared import database_in, the_library

SEND = r"^/channels/\d+/messages$"
CHANNELS, CARDS = 30, 2


async def many_cards(database: Database, village: Village) -> None:
    """Two cards in each of thirty channels of a server, due by now."""
    now = datetime.now(UTC)
    community = Community(CommunityId("c"), "seed", Tone.COMMUNITY, now)
    space = Space(SpaceId("s"), community.id, "discord", village.guild.id)
    places = [Place("discord", space.key, village.guild.add_channel(f"n{n}").id) for n in range(CHANNELS)]
    async with database.unit_of_work() as work:
        await work.communities.save(community)
        await work.communities.save_space(space)
        target = Target(space.id, places[0], "maya")
        schedule = Schedule(
            ScheduleId("m"), community.id, Ritual.MORNING, EVERY_DAY, now.time(), "UTC", now.date(), targets=(target,)
        )
        await work.schedules.save(schedule)
        for card in range(CARDS):
            item = Occurrence(
                OccurrenceId(f"o{card}"), schedule.id, community.id, Ritual.MORNING, date(2020, 1, 1 + card), now
            )
            await work.occurrences.add([item])
            await work.outbox.put(
                Delivery(DeliveryId(f"{card}-{n}"), item.id, space.id, place, now, now + timedelta(hours=3), now)
                for n, place in enumerate(places)
            )
        await work.commit()


async def test_a_token_refused_in_the_middle_costs_little_and_loses_nothing(village: Village, tmp_path: Path) -> None:
    database = database_in(tmp_path)
    await many_cards(database, village)
    standin, adapter, opened = village.discord, DiscordAdapter(the_settings(village.discord)), OpenAdapters()
    mended = asyncio.Event()
    core = build_core(database, the_library(), opened, SystemClock(), watcher=Notebook())
    token = standin.rest.token
    keeping = asyncio.create_task(keep(adapter, core.kindling, opened.note, lambda _: mended.wait()))
    await standin.until(lambda: bool(opened.states.get("discord") and opened.states["discord"].open), within=20)
    running = asyncio.create_task(core.engine.run())

    await standin.until(lambda: len(standin.calls("POST", SEND)) >= 10, within=20)
    standin.rest.token = "another"
    async with asyncio.timeout(20):
        while opened.states["discord"].standing is not Standing.REFUSED:
            await database.ping()
    invalid = standin.invalid_requests
    state = opened.states["discord"]

    standin.rest.token = token
    mended.set()
    async with asyncio.timeout(60):
        while core.engine.posted < CHANNELS * CARDS:
            core.engine.nudge()
            async with database.engine.begin() as connection:  # what was put off comes now
                await connection.exec_driver_sql("UPDATE deliveries SET next_at = due_at WHERE state = 'planned'")
            await database.ping()
    for task in (running, keeping):
        task.cancel()
    await asyncio.gather(running, keeping, return_exceptions=True)
    await database.close()

    assert state.code == "discord.token_refused"
    assert "Developer Portal" in state.cure
    assert 1 <= invalid <= 10
    posted = [len(standin.messages(channel)) for channel in village.guild.channels if channel.name[0] == "n"]
    assert sorted(posted) == [CARDS] * CHANNELS
    assert not standin.calls("POST", "/users/@me/channels")  # nobody was told of a channel
