"""The wall's page as it is served: to read, for whoever has its address, and for nobody else."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self, cast
from urllib.parse import parse_qsl

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from adapters.web.live import Bell
from adapters.web.wall_pages import STREAMS, UNKNOWN, WallPages, link, wish_of
from adapters.web.wall_server import application
from adapters.web.watching import Watching
from bot.app import Kindling
from bot.domain.errors import DatabaseProblem
from bot.domain.message import Action
from bot.domain.packs import Circle
from bot.domain.pages import PageWish, Told, WallPage
from bot.domain.wall import ActPicture, Order, Standing, Telling
from bot.services.opening import PAGE
from bot.storage.tables import acts
from tests.adapters.web.walls import ACTS, Wall, opened, put_texts, put_up
from tests.core.village import rows
from tests.house import member

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'",
    "</blockquote></li></ol></main>{{ 7 * 7 }}{% raw %}<!--",
    "\u202egnp.exe\u202c and \u2066hidden\u2069",
    "W" * 600,
    "💛👩‍👩‍👧‍👦🏳️‍🌈",
    "他帮我把行李搬上了五楼",
    "&lt;b&gt; & &amp; javascript:alert(1)",
    "a\nb\n\nc",
)


async def test_the_page_can_be_read_without_any_script(wall: Wall) -> None:
    await put_up(wall.house, (Telling.NOTICED, "Somebody turned the books.", "Robin", "strangers"))

    answer, page = await wall.get()

    assert answer.status == 200
    for words in (
        "The kindness wall",
        "A kindness noticed",
        "Somebody turned the books.",
        "<bdi>Robin</bdi>",
        "for a stranger or the community",
        '<time datetime="2026-11-23">23 November 2026</time>',
    ):
        assert words in page


async def test_a_page_for_everyone_names_nobody(wall: Wall) -> None:
    await put_up(wall.house, *ACTS)
    _, by_address = await wall.get()
    await wall.opened("everyone")

    _, page = await wall.get()

    assert "<bdi>Robin</bdi>" in by_address
    assert "Nobody is named here." in page
    assert [name for name in ("Robin", "Noor", "Sam", "Kim") if name in page] == []
    assert page.count("someone in our community") == len(ACTS)


async def test_no_id_and_no_hour_is_on_the_page(wall: Wall) -> None:
    ids = await put_texts(wall.house, *(f"Number {number}." for number in range(PAGE + 5)))

    _, page = await wall.get()

    assert "beyond=" in page
    assert [act for act in ids if act[:12] in page] == []
    assert "08:00" not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Tea for two", "他帮我拿行李", "Ein Café"]),
        ({"order": "fair"}, ["Ein Café", "他帮我拿行李", "Tea for two"]),
        ({"circle": "self"}, ["他帮我拿行李"]),
        ({"search": "行李"}, ["他帮我拿行李"]),
        ({"search": "  cafe "}, ["Ein Café"]),
        ({"search": "tea", "circle": "self"}, []),
        (
            {"order": "best", "circle": "nobody", "beyond": "x", "stray": "1"},
            ["Tea for two", "他帮我拿行李", "Ein Café"],
        ),
    ],
)
async def test_it_is_read_as_one_wishes(wall: Wall, query: dict[str, str], found: list[str]) -> None:
    await put_up(
        wall.house,
        (Telling.DID, "Tea for two", "", "close"),
        (Telling.DID, "他帮我拿行李", "", "self"),
        (Telling.DID, "Ein Café", "", "close"),
    )

    assert await wall.texts(**query) == found


async def test_following_read_on_one_reads_everything_once(wall: Wall) -> None:
    written = [f"Number {number}." for number in range(2 * PAGE + 1)]
    await put_texts(wall.house, *written)
    query, found = "?order=newest", list[str]()

    while query:
        _, page = await wall.get(f"/wall/{wall.key}{query}")
        found += re.findall(r'<p dir="auto">(.*?)</p>', page)
        query = next(iter(re.findall(r'href="([^"]+)" rel="next"', page)), "")

    assert found == written


async def test_what_is_hidden_is_gone_with_the_next_look(wall: Wall) -> None:
    [act] = await put_texts(wall.house, "Not for long.")
    before = await wall.texts()

    await wall.change(act, standing=Standing.HIDDEN)

    assert (before, await wall.texts()) == (["Not for long."], [])


async def test_every_address_that_leads_nowhere_looks_alike(wall: Wall) -> None:
    closed = f"/wall/{wall.key}"
    wall.key = await opened(wall.house, "everyone")
    never = f"/wall/{'0' * 48}"

    answers = [await wall.get(path) for path in (closed, never, "/wall/x", "/", "/wall/", f"{closed}/live", "/healthz")]

    assert {(answer.status, page) for answer, page in answers} == {(404, answers[0][1])}
    shown = [{n: v for n, v in answer.headers.items() if n != "Date"} for answer, _ in answers]
    assert all(headers == shown[0] for headers in shown)
    assert "There is nothing to read here" in answers[0][1]


@pytest.mark.parametrize("path", ["", "/wall/nokey", "/static/wall.css", "/elsewhere"])
async def test_every_answer_carries_the_protecting_headers(wall: Wall, path: str) -> None:
    answer, _ = await wall.get(path)

    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == ("no-cache" if path.startswith("/static") else "private, no-store")
    assert "Server" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_nothing_can_be_done_there(wall: Wall, method: str) -> None:
    async with wall.session.request(method, wall.url, data={"a": "b"}) as answer:
        assert answer.status == 404


async def test_search_engines_are_asked_to_leave_it_out(wall: Wall) -> None:
    _, page = await wall.get()

    assert '<meta name="robots" content="noindex, nofollow, noarchive">' in page


async def test_nothing_on_it_points_to_another_computer(wall: Wall) -> None:
    await put_up(wall.house, *ACTS)
    _, page = await wall.get()
    _, style = await wall.get("/static/wall.css")
    _, script = await wall.get("/static/wall.js")

    assert [address for text in (page, style, script) for address in re.findall(r"(?:https?:)?//[a-z]\S+", text)] == []
    assert all(address.startswith(("?", "#", "../static/")) for address in re.findall(r'(?:href|src)="([^"]*)"', page))


@dataclass
class Failing:
    """A Kindling that cannot be asked."""

    error: Exception

    async def read_page(self, key: str, wish: PageWish) -> WallPage | None:
        raise self.error


@asynccontextmanager
async def pages_of(kindling: object) -> AsyncIterator[tuple[WallPages, str]]:
    """The pages of any Kindling on a free port of loopback, and where they are."""
    pages = WallPages(lambda: cast("Kindling", kindling), Bell())
    async with TestServer(application(pages)) as server:
        yield pages, str(server.make_url("/")).rstrip("/")


@pytest.mark.parametrize("path", ["", "/live"])
async def test_while_nothing_can_be_read_it_says_so(path: str) -> None:
    failing = Failing(DatabaseProblem("it is locked"))
    async with pages_of(failing) as (_, url), aiohttp.request("GET", f"{url}/wall/key{path}") as answer:
        assert answer.status == 503
        assert "The wall cannot be read just now" in await answer.text()


@dataclass
class Tiring:
    """A Kindling that can be asked once."""

    asked: int = 0

    async def read_page(self, key: str, wish: PageWish) -> WallPage | None:
        self.asked += 1
        if self.asked > 1:
            raise DatabaseProblem("it is locked")
        return WallPage(listed=False, told=())


async def test_a_stream_ends_when_nothing_can_be_read_any_more() -> None:
    async with pages_of(Tiring()) as (_, url), aiohttp.request("GET", f"{url}/wall/key/live?version=x") as answer:
        said = await answer.text()

    assert (answer.status, said.startswith("retry: 3000\n\nevent: changed\n")) == (200, True)
    assert "<html" not in said


async def test_a_fault_is_told_to_the_log_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    failing = Failing(RuntimeError("a bug"))
    with capture_logs() as logged:
        async with pages_of(failing) as (_, url), aiohttp.request("GET", f"{url}/wall/a-key-of-somebody") as answer:
            assert answer.status == 503

    assert [entry["event"] for entry in logged] == ["wall.request_failed"]
    assert "a-key-of-somebody" not in str(logged) + caplog.text


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_people_write_stays_text(wall: Wall, text: str) -> None:
    await put_up(wall.house, (Telling.DID, text, text[:80], "self"))

    _, page = await wall.get()

    [shown] = re.findall(r'<p dir="auto">(.*?)</p>', page, re.DOTALL)
    assert html.unescape(shown) == text
    assert html.unescape("".join(re.findall(r"<bdi>(.*?)</bdi>", page, re.DOTALL))) == text[:80]
    assert page.count("<script") == 1
    assert "<img src=x" not in page


@pytest.mark.parametrize("text", [*HOSTILE, '"><script>alert(1)</script>', "\x00\x1b[31m"])
async def test_what_is_sought_stays_text(wall: Wall, text: str) -> None:
    answer, page = await wall.get(search=text)

    assert answer.status == 200
    assert page.count("<script") == 1
    assert "<img" in page
    assert "<img src=x" not in page


class Watcher:
    """The events of a page that is kept open."""

    def __init__(self, wall: Wall, version: str = "") -> None:
        self.asked = wall.session.get(f"{wall.url}/live", params={"version": version})

    async def __aenter__(self) -> Self:
        self.answer = await self.asked.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.answer.close()

    async def event(self) -> tuple[str, str]:
        """The next event's name and data; names are empty when the stream ends."""
        said: dict[str, str] = {}
        async with asyncio.timeout(10):
            while line := (await self.answer.content.readline()).decode():
                name, _, text = line.rstrip("\n").partition(":")
                if line == "\n" and "event" in said:
                    return said["event"], said["data"]
                said[name] = text.strip()
        return "", ""


async def version(wall: Wall) -> str:
    _, page = await wall.get()
    [found] = re.findall(r'data-version="(\w+)"', page)
    return str(found)


async def test_an_open_page_hears_of_a_new_act(wall: Wall) -> None:
    async with Watcher(wall, await version(wall)) as watcher:
        await put_texts(wall.house, "New.")

        assert await watcher.event() == ("changed", await version(wall))


async def test_a_page_that_came_late_hears_of_it_at_once(wall: Wall) -> None:
    before = await version(wall)
    await put_texts(wall.house, "Came in the gap.")

    async with Watcher(wall, before) as watcher:
        assert await watcher.event() == ("changed", await version(wall))


async def test_warmth_reaches_open_pages(wall: Wall) -> None:
    [act] = await put_texts(wall.house, "Warm.")
    async with Watcher(wall, await version(wall)) as watcher:
        for user in ("kim", "lee", "max", "ada"):
            await wall.house.kindling.press(member(user), Action("warm", act))
        events = [await watcher.event()]
        while events[-1][1] != await version(wall):
            events.append(await watcher.event())

    _, page = await wall.get()
    assert "A few of you felt this." in page


async def test_an_open_page_hears_that_it_was_closed(wall: Wall) -> None:
    async with Watcher(wall, await version(wall)) as watcher:
        await opened(wall.house, "everyone")

        assert (await watcher.event())[0] == "gone"


async def test_open_pages_do_not_keep_kindling_from_ending(wall: Wall) -> None:
    async with Watcher(wall, await version(wall)) as watcher:
        listening = [task for task in asyncio.all_tasks() if "WallAdapter.listen" in repr(task)]
        for task in listening:
            task.cancel()

        assert await watcher.event() == ("", "")
        await asyncio.wait(listening, timeout=5)
        assert [task.done() for task in listening] == [True]


async def test_one_page_too_many_is_not_kept_fresh_and_can_be_read(wall: Wall) -> None:
    async with pages_of(wall.house.kindling) as (pages, url):
        with ExitStack() as open_pages:
            for number in range(STREAMS):
                open_pages.enter_context(pages.watching.by_one(str(number), PageWish()))
            async with wall.session.get(f"{url}/wall/{wall.key}/live") as live:
                too_many = live.status
            async with wall.session.get(f"{url}/wall/{wall.key}") as page:
                assert (too_many, page.status) == (503, 200)
        async with wall.session.get(f"{url}/wall/{wall.key}/live") as live:
            assert live.status == 200
        pages.bell.close()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)
TOLD = st.builds(
    Told,
    telling=st.sampled_from(Telling),
    heading=st.just("A kindness given"),
    text=TEXT,
    by=TEXT.map(lambda text: text[:80]),
    circle=st.none() | st.sampled_from(Circle),
    warmth=st.sampled_from(["", "A few of you felt this."]),
    on=st.dates(),
    edited=st.booleans(),
)
WISHES = st.builds(
    PageWish, st.sampled_from(Order), st.none() | st.sampled_from(Circle), TEXT.map(lambda text: text[:50]), st.just("")
)


def never() -> Kindling:
    raise AssertionError("to write a page out, nobody is asked")


WRITER = WallPages(never, Bell())


@given(st.builds(WallPage, st.booleans(), st.lists(TOLD, max_size=3).map(tuple), st.just("")), WISHES)
def test_whatever_people_write_the_page_has_the_same_elements(page: WallPage, wish: PageWish) -> None:
    written = WRITER._written(page, wish, "key")

    shown = re.findall(r'<p dir="auto">(.*?)</p>', written, re.DOTALL)
    assert [html.unescape(text) for text in shown] == [html.unescape(html.escape(told.text)) for told in page.told]
    assert written.count("<script") == written.count("</html>") == 1
    assert written.count("<li class=") == len(page.told)
    assert written.count("<bdi>") == sum(bool(told.by) for told in page.told) + bool(wish.sought)


@given(WISHES)
def test_a_wish_is_read_back_from_its_address(wish: PageWish) -> None:
    asked = wish_of(dict(parse_qsl(link(wish).removeprefix("?"))))

    assert (asked.order, asked.circle) == (wish.order, wish.circle)
    assert wish_of({"search": asked.sought}).sought == asked.sought


async def test_however_many_watch_a_page_is_read_once_in_a_while() -> None:
    asked: list[str] = []

    async def read(key: str, wish: PageWish) -> WallPage | None:
        asked.append(key)
        await asyncio.sleep(0)
        return WallPage(listed=False, told=())

    watching = Watching(read, timedelta(hours=1).total_seconds())
    with watching.by_one("a", PageWish()) as one, watching.by_one("a", PageWish()) as other:
        await asyncio.gather(one(), other(), one())
    with watching.by_one("a", PageWish()) as later:
        await later()

    assert asked == ["a", "a"]


async def test_whoever_tries_keys_has_to_wait_and_readers_read_on(wall: Wall) -> None:
    await wall.get()
    fresh = await opened(wall.house, "everyone")
    tried = [(await wall.get(f"/wall/{number:048x}"))[0].status for number in range(UNKNOWN)]
    beyond = (await wall.get(f"/wall/{'f' * 48}"))[0].status
    live = (await wall.get(f"/wall/{'f' * 48}/live"))[0].status
    unknown_till_now = (await wall.get(f"/wall/{fresh}"))[0].status

    assert tried == [404] * UNKNOWN
    assert (beyond, live, unknown_till_now) == (429, 429, 429)


async def test_a_page_that_is_read_already_is_read_on_whoever_tries_keys(wall: Wall) -> None:
    await wall.get()
    for number in range(UNKNOWN + 1):
        await wall.get(f"/wall/{number:048x}")

    assert (await wall.get())[0].status == 200


async def test_a_proxy_beside_us_says_who_tries_keys(wall: Wall) -> None:
    for number in range(UNKNOWN + 1):
        await asked_from(wall, f"{number:048x}", "203.0.113.9, 198.51.100.7")

    assert await asked_from(wall, "f" * 48, "198.51.100.7") == 429
    assert await asked_from(wall, "f" * 48, "203.0.113.9") == 404
    assert await asked_from(wall, "f" * 48, "nobody") == 404


async def asked_from(wall: Wall, key: str, address: str) -> int:
    async with wall.session.get(f"{wall.adapter.pages}/wall/{key}", headers={"X-Forwarded-For": address}) as answer:
        return answer.status


async def pictured(wall: Wall, data: bytes) -> str:
    """Give the newest act a picture; the address of it that stands on the page."""
    await put_texts(wall.house, "Somebody carried my shopping.")
    community = (await rows(wall.house, acts))[0]["community_id"]
    async with wall.house.database.unit_of_work() as work:
        [act, *_] = await work.acts.on_wall(community, 1)
        await work.acts.save(replace(act, picture="a" * 32, alt='Two "red" <bags>'))
        await work.acts.illustrate(ActPicture(act.id, "a" * 32, data))
        await work.commit()
    _, page = await wall.get(f"/wall/{wall.key}")
    [address] = re.findall(r'<img src="([^"]+)" alt="Two &#34;red&#34; &lt;bags&gt;"', page)
    return str(address)


@pytest.mark.parametrize(("data", "kind"), [(b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg")])
async def test_a_picture_stands_on_the_page_under_an_address_of_its_own(wall: Wall, data: bytes, kind: str) -> None:
    address = await pictured(wall, data)

    async with aiohttp.request("GET", f"{wall.adapter.pages}/wall/{address}") as answer:
        found = (answer.status, answer.headers["Content-Type"], await answer.read())
        headers = dict(answer.headers)

    assert address == f"{wall.key}/picture/{'a' * 32}"
    assert found == (200, kind, data)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["{key}/picture/" + "b" * 32, "nokey/picture/" + "a" * 32, "{key}/picture/%00"])
async def test_no_other_address_leads_to_a_picture(wall: Wall, address: str) -> None:
    await pictured(wall, b"\x89PNG\r\n\x1a\n")

    answer, _ = await wall.get(f"/wall/{address.format(key=wall.key)}")

    assert answer.status == 404
