"""A wall with acts on it, written straight into the database: what is read is the point, not how it came there."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import aiohttp

from adapters.web.wall import WallSettings
from adapters.web.wall_adapter import WallAdapter
from bot.domain.ids import ActId, dated_id
from bot.domain.packs import Circle
from bot.domain.wall import Act, ShownAs, Standing, Telling
from bot.ports import UnitOfWork
from tests.core.village import a_village, command, set_up
from tests.house import House, member, moderator

ACTS: Sequence[tuple[Telling, str, str, str]] = (
    (
        Telling.RECEIVED,
        "Somebody had left the hall light on for me, with a note: “You will be late again, I know it.”",
        "",
        "close",
    ),
    (
        Telling.DID,
        "I let her go first.",
        "Robin",
        "strangers",
    ),
    (
        Telling.NOTICED,
        "The new one in accounting asks everybody how to spell their name, and then gets it right.",
        "",
        "colleagues",
    ),
    (
        Telling.DID,
        (
            "I called my father and asked about the garden. We spoke for an hour, of nothing but beans and "
            "the weather, and at the end he said that it had been a good evening. I had forgotten how much "
            "he likes to explain things, and how much I like to be told."
        ),
        "Noor",
        "close",
    ),
    (
        Telling.RECEIVED,
        "Tea, without asking.",
        "",
        "colleagues",
    ),
    (
        Telling.NOTICED,
        (
            "Two teenagers carried a pram up the stairs of the underground, and back down again, because it "
            "was the wrong exit."
        ),
        "",
        "strangers",
    ),
    (
        Telling.DID,
        "I went to bed at ten and left the dishes where they were.",
        "",
        "self",
    ),
    (
        Telling.RECEIVED,
        "他帮我把行李搬上了五楼，连名字都没有留下。",
        "",
        "strangers",
    ),
    (
        Telling.DID,
        (
            "Left a good review for the shoemaker at the corner. He has mended the same pair four times now, "
            "and each time he says it is the last, and each time he finds a way."
        ),
        "Sam",
        "strangers",
    ),
    (
        Telling.NOTICED,
        "سامَحَتني جارتي على الضجيج وأحضرت لنا الكعك.",
        "",
        "close",
    ),
    (
        Telling.RECEIVED,
        (
            "My colleague took the difficult call, so that I could go and fetch my daughter.\n\nShe said: "
            "you would do the same. I hope so."
        ),
        "Kim",
        "colleagues",
    ),
    (
        Telling.DID,
        "I asked for help.",
        "",
        "self",
    ),
    (
        Telling.NOTICED,
        "Somebody turns the books in the open bookcase the right way up. It must happen at night.",
        "",
        "strangers",
    ),
)


@dataclass
class Wall:
    """A village's wall, served on a free port of loopback and opened by a moderator."""

    house: House
    adapter: WallAdapter
    key: str
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"{self.adapter.pages}/wall/{self.key}"

    async def get(self, path: str = "", **query: str) -> tuple[aiohttp.ClientResponse, str]:
        """What is answered to a reader who keeps no cookies and runs no script; `path` instead of the page's own."""
        where = f"{self.adapter.pages}{path}" if path else self.url
        async with self.session.get(where, params=query) as answer:
            return answer, await answer.text()

    async def texts(self, **query: str) -> list[str]:
        _, page = await self.get(**query)
        return re.findall(r'<p dir="auto">(.*?)</p>', page, re.DOTALL)

    async def change(self, act: ActId, **changed: object) -> None:
        async with self.house.database.unit_of_work() as work:
            known = await work.acts.get(act)
            assert known is not None
            await work.acts.save(replace(known, **changed))  # type: ignore[arg-type] -- names and values are the test's own
            await work.commit()

    async def opened(self, who: str) -> None:
        """From now on for others, under another address."""
        self.key = await opened(self.house, who)


async def opened(house: House, who: str = "link") -> str:
    """A page opened by a moderator; its key."""
    card = await command(house, "kindling wall open", moderator(), who=who)
    [key] = re.findall(r"/wall/(\w+)", card.plain())
    return str(key)


@asynccontextmanager
async def a_wall(folder: Path) -> AsyncIterator[Wall]:
    async with a_village(folder) as house, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        await set_up(house)
        async with served(house) as adapter:
            yield Wall(house, adapter, await opened(house), session)


@asynccontextmanager
async def served(house: House) -> AsyncIterator[WallAdapter]:
    """The pages' adapter, listening."""
    adapter = WallAdapter(WallSettings(port=0))
    await adapter.open()
    listening = asyncio.create_task(adapter.listen(house.kindling))
    try:
        async with asyncio.timeout(5):
            await adapter.serving.wait()
        yield adapter
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await adapter.close()


async def put_up(house: House, *told: tuple[Telling, str, str, str]) -> list[ActId]:
    """Acts on the wall, as (telling, text, name, circle), each a day older than the one before; their ids.

    What is put up later is newer.
    """
    house.clock.at += timedelta(minutes=1)
    async with house.database.unit_of_work() as work:
        ids = [await _put(work, house, days, one) for days, one in enumerate(told)]
        await work.commit()
    return ids


async def put_texts(house: House, *texts: str) -> list[ActId]:
    return await put_up(house, *((Telling.DID, text, "", "") for text in texts))


async def _put(work: UnitOfWork, house: House, days: int, told: tuple[Telling, str, str, str]) -> ActId:
    telling, text, name, circle = told
    space = await work.communities.space_of("letters", "village")
    author = await work.communities.member(member().person)
    assert space is not None
    assert author is not None
    at = house.clock.at - timedelta(days=days)
    act = Act(
        id=ActId(dated_id(at)),
        community=space.community,
        space=space.id,
        author=author,
        telling=telling,
        text=text,
        created_at=at,
        circle=Circle(circle) if circle else None,
        shown_as=ShownAs.NAME if name else ShownAs.SOMEONE,
        name=name,
        standing=Standing.SHOWN,
        published_at=at,
    )
    await work.acts.save(act)
    return act.id
