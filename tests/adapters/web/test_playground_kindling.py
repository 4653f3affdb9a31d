"""The playground with the whole of Kindling behind it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from adapters.web import plugin
from adapters.web.adapter import WebAdapter
from bot.compose import House, open_house, run
from bot.domain.message import Card
from bot.domain.places import Actor, Person
from bot.runtime.clock import MovableClock
from bot.settings import load
from tests.adapters.web.desks import Guest
from tests.adapters.web.visitor import Visitor
from tests.prepared import a_migrated_file

MONDAY = datetime(2026, 11, 2, 7, 30, tzinfo=UTC)


class StandingClock(MovableClock):
    """A clock that stands still until it is moved."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.instant = MONDAY

    def now(self) -> datetime:
        return self.instant

    def move_to(self, instant: datetime) -> None:
        self.instant = max(instant, self.instant)


@asynccontextmanager
async def a_house(folder: Path, more: str = "") -> AsyncIterator[tuple[House, WebAdapter]]:
    (folder / "kindling.sqlite").write_bytes(a_migrated_file())
    config = folder / "config.toml"
    config.write_text(
        f'[data]\nfolder = "."\n[http]\nport = 0\n[adapters.web]\nport = 0\nzone = "Europe/Berlin"\n{more}\n'
    )
    plugins = {"web": plugin}
    async with open_house(load(config, {}, plugins), plugins, StandingClock(folder / "clock.json")) as house:
        adapter = house.adapters["web"]
        assert isinstance(adapter, WebAdapter)
        running = asyncio.create_task(run(house))
        try:
            async with asyncio.timeout(20):
                while adapter._ground.kindling is None or adapter._ground.clockface.moving:
                    await adapter._bell.ticket.wait()
            yield house, adapter
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_moderator_sets_up_and_the_next_card_comes(tmp_path: Path) -> None:
    async with a_house(tmp_path) as (_, adapter), Visitor(adapter.url, "maya") as maya:
        await maya.look()
        line = "/kindling setup channel:#kindness zone:Europe/Berlin morning:09:00 weekly:off"
        assert "Kindling is set up" in await maya.act("/typed", line=line)

        page = await maya.act("/travel", step="card")

    assert "Today’s intention" in page
    assert "Mon 2 Nov · 09:00" in page
    assert "The next card is here." in page


async def test_a_member_tries_and_takes_it_back(tmp_path: Path) -> None:
    async with a_house(tmp_path) as (_, adapter), Visitor(adapter.url, "maya") as maya:
        await maya.look()
        await maya.act("/typed", line="/kindling setup channel:#kindness zone:Europe/Berlin morning:09:00 weekly:off")
        await maya.act("/travel", step="card")
        async with Visitor(adapter.url, "robin") as robin:
            page = await robin.look()
            [action] = re.findall(r'value="(k:try:[^"]+)"', page)
            [message] = re.findall(r'id="message-(\d+)"', page)
            page = await robin.act("/press", message=message, action=action)
            assert "Lovely" in page
            [action] = re.findall(r'value="(k:untry:[^"]+)"', page)
            [entry] = re.findall(r'id="entry-(\d+)"', page)

            page = await robin.act("/press", entry=entry, action=action)

    assert "Taken back" in page
    assert "Lovely" not in page


async def test_a_channel_without_the_right_to_write_is_named_while_setting_up(tmp_path: Path) -> None:
    async with a_house(tmp_path) as (_, adapter), Visitor(adapter.url, "maya") as maya:
        await maya.look()

        page = await maya.act("/typed", line="/kindling setup channel:#announcements zone:Europe/Berlin morning:09:00")

    assert "Kindling may not write in #announcements." in page


async def test_a_member_may_not_set_up(tmp_path: Path) -> None:
    async with a_house(tmp_path) as (_, adapter), Visitor(adapter.url, "robin") as robin:
        await robin.look()

        page = await robin.act("/typed", line="/kindling setup zone:Europe/Berlin")

    assert "This is for moderators" in page


async def test_a_new_room_can_begin_with_weeks_that_happened(tmp_path: Path) -> None:
    async with a_house(tmp_path, "seed_weeks = 2") as (house, adapter), Visitor(adapter.url, "robin") as robin:
        page = await robin.look()

        assert house.clock.now() == MONDAY + timedelta(weeks=2)
        assert page.count("<article") >= 12
        assert "felt this" in page
        assert "These weeks have happened already." in page
        seen = set(re.findall(r'id="(message-\d+)"', page))

    async with a_house(tmp_path, "seed_weeks = 2") as (_, adapter), Visitor(adapter.url, "robin") as robin:
        assert set(re.findall(r'id="(message-\d+)"', await robin.look())) == seen


async def test_the_walls_page_stands_beside_the_rooms(tmp_path: Path) -> None:
    async with a_house(tmp_path) as (_, adapter), Visitor(adapter.url, "maya") as maya:
        await maya.look()
        await maya.act("/typed", line="/kindling setup channel:#kindness zone:Europe/Berlin morning:09:00 weekly:off")
        page = await maya.act("/typed", line="/kindling wall open everyone")
        [address] = re.findall(rf"{adapter.url}wall/\w+", page)
        page = await maya.act("/command", name="kind share")
        told = {"f.text": "Sam carried my boxes.", "f.telling": "received", "f.shown_as": "someone"}
        page = await maya.act("/submit", entry=newest_entry(page), **told)
        [publish] = re.findall(r'value="(k:publish:[^"]+)"', page)
        await maya.act("/press", entry=newest_entry(page), action=publish)

        async with aiohttp.ClientSession() as stranger, stranger.get(address) as answer:
            shown = await answer.text()

    assert "Sam carried my boxes." in shown
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert "Set-Cookie" not in answer.headers


def newest_entry(page: str) -> str:
    return str(re.findall(r'id="entry-(\d+)"', page)[0])


async def test_the_walls_page_is_not_served_under_a_foreign_name(tmp_path: Path) -> None:
    async with a_house(tmp_path) as (_, adapter), aiohttp.ClientSession() as session:
        async with session.get(f"{adapter.url}wall/x", headers={"Host": "evil.example"}) as answer:
            foreign = answer.status
        async with session.get(f"{adapter.url}wall/x") as answer:
            assert (foreign, answer.status) == (421, 404)
            assert "There is nothing to read here" in await answer.text()


async def test_a_moderator_of_the_room_signs_in_at_the_pages_beside_it(tmp_path: Path) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with a_house(tmp_path) as (house, adapter), aiohttp.ClientSession(cookie_jar=jar) as session:
        actor = Actor(Person("web", "playground", "maya"), may_moderate=True, channel="c-kindness")
        reply = await house.core.kindling.command(actor, "kindling web", {})
        assert isinstance(reply.content, Card)
        [key] = re.findall(r"/desk/in/(\w+)", reply.content.plain())
        guest = Guest(adapter.pages, session)

        await guest.sign_in(key)
        status = guest.headings
        await guest.run("setup", channel="c-kindness", zone="Berlin", morning="09:00", days="daily", weekly="off")

    assert status[0] == "Status"
    assert guest.headings == ["Setup", "🔥 Kindling is set up"]
    assert "#kindness" in guest.page
