"""The wall's page in a real browser: Chromium, headless, with a fresh profile for each test."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.domain.wall import Standing, Telling
from bot.services.opening import PAGE
from tests.adapters.web.in_browser import IN_BROWSER, browser, read, wall
from tests.adapters.web.test_playground_browser import DEVICES, PHONE, faults, faults_by_day_and_by_night
from tests.adapters.web.test_wall_page import HOSTILE
from tests.adapters.web.walls import ACTS, Wall, opened, put_texts, put_up

__all__ = ["browser", "read", "wall"]
pytestmark = IN_BROWSER

Read = Callable[..., Awaitable[Page]]
A4 = {"width": 680, "height": 960}
"""What is left of a sheet between its margins, in CSS pixels."""


async def test_it_is_read_searched_and_turned_over(wall: Wall, read: Read) -> None:
    await put_texts(wall.house, *(f"Number {number}." for number in range(PAGE + 2)), "他帮我把行李搬上了五楼")
    page = await read()
    await expect(page.get_by_role("article")).to_have_count(PAGE)

    await page.get_by_role("link", name="Read on").click()
    await expect(page.get_by_role("article")).to_have_count(3)
    await page.get_by_role("link", name="Back to the beginning").click()
    await page.get_by_label("Look for words").fill("行李")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("article")).to_have_count(1)
    await expect(page.get_by_text("With the words “行李”")).to_be_visible()
    await page.get_by_role("link", name="Leave them out").click()
    await expect(page.get_by_role("article")).to_have_count(PAGE)


async def test_a_circle_and_an_order_are_kept_while_one_searches(wall: Wall, read: Read) -> None:
    await put_up(wall.house, *ACTS)
    page = await read()

    await page.get_by_role("link", name="Oneself").click()
    await page.get_by_role("link", name="Least read first").click()
    await page.get_by_label("Look for words").fill("dish")
    await page.get_by_role("button", name="Look").click()

    await expect(page.get_by_role("article")).to_have_text(re.compile("left the dishes"))
    for name in ("Oneself", "Least read first"):
        await expect(page.get_by_role("link", name=name)).to_have_attribute("aria-current", "true")


async def test_a_new_act_appears_while_one_looks(wall: Wall, read: Read) -> None:
    await put_texts(wall.house, "It was here before.")
    page = await read()
    await page.evaluate("window.stayed = true; document.querySelector('.act').stayed = true")

    await put_texts(wall.house, "It has just come.")

    await expect(page.get_by_role("article")).to_have_text([re.compile("just come"), re.compile("here before")])
    await expect(page.get_by_role("status")).to_have_text("Something new is on the wall.")
    assert await page.evaluate("[window.stayed, document.querySelectorAll('.act')[1].stayed]") == [True, True]


async def test_what_is_hidden_goes_while_one_looks(wall: Wall, read: Read) -> None:
    first, _ = await put_texts(wall.house, "Not for long.", "For longer.")
    page = await read()
    await expect(page.get_by_role("article")).to_have_count(2)

    await wall.change(first, standing=Standing.HIDDEN)

    await expect(page.get_by_role("article")).to_have_count(1)
    await expect(page.get_by_role("article")).to_have_text(re.compile("For longer"))
    await expect(page.get_by_role("status")).to_be_empty()


async def test_a_page_that_is_closed_goes_while_one_looks(wall: Wall, browser: Browser) -> None:
    await put_texts(wall.house, "Not for long.")
    page = await browser.new_page()
    await page.goto(wall.url)
    await expect(page.get_by_role("article")).to_have_count(1)

    await opened(wall.house, "everyone")

    await expect(page.get_by_role("heading", name="There is nothing to read here")).to_be_visible()
    assert await faults(page) == []


async def test_a_page_that_nobody_looked_at_catches_up(wall: Wall, read: Read) -> None:
    page = await read()
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await put_texts(wall.house, "It came meanwhile.")

    await page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(page.get_by_text("It came meanwhile.")).to_be_visible()
    await expect(page.get_by_text("It is still empty.")).to_have_count(0)


async def test_what_is_focused_below_the_wall_stays_so_while_it_changes(wall: Wall, read: Read) -> None:
    await put_texts(wall.house, *(f"Number {number}." for number in range(PAGE + 2)))
    page = await read()
    await page.get_by_role("link", name="Read on").focus()

    await put_texts(wall.house, "New.")

    await expect(page.get_by_text("New.", exact=True)).to_be_visible()
    assert await page.evaluate("document.activeElement !== document.body")


async def test_without_script_everything_can_be_read_and_found(wall: Wall, read: Read) -> None:
    await put_up(wall.house, *ACTS)
    page = await read(java_script_enabled=False)

    await page.get_by_role("link", name="Strangers").click()
    await page.get_by_label("Look for words").fill("shoe")
    await page.get_by_role("button", name="Look").click()

    await expect(page.get_by_role("article")).to_have_text(re.compile("a good review for the shoemaker"))


async def test_with_the_keyboard_alone_one_can_skip_search_and_turn_over(wall: Wall, read: Read) -> None:
    await put_texts(wall.house, *(f"Number {number}." for number in range(PAGE + 1)), "A cup of tea.")
    page = await read()

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the wall")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Read on")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("A cup of tea.")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type("tea")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("article")).to_have_count(1)


async def test_a_page_that_is_closed_before_it_is_kept_fresh_goes_as_well(wall: Wall, browser: Browser) -> None:
    await put_texts(wall.house, "Not for long.")
    page, closed = await browser.new_page(), asyncio.Event()

    async def late(route: Route) -> None:
        await closed.wait()
        await route.continue_()

    await page.route("**/live?*", late)
    await page.goto(wall.url)
    await expect(page.get_by_role("article")).to_have_count(1)

    await opened(wall.house, "everyone")
    closed.set()

    await expect(page.get_by_role("heading", name="There is nothing to read here")).to_be_visible()


async def test_a_page_that_was_refused_is_kept_fresh_later(wall: Wall, browser: Browser) -> None:
    page = await browser.new_page()
    await page.clock.install()
    await page.route("**/live?*", lambda route: route.fulfill(status=503), times=1)
    async with page.expect_response("**/live?*") as refused:
        await page.goto(wall.url)
    assert (await refused.value).status == 503

    async with page.expect_response("**/live?*") as allowed:
        await page.clock.run_for(31_000)
    assert (await allowed.value).status == 200

    await put_texts(wall.house, "It has just come.")
    await page.clock.run_for(1_000)
    await expect(page.get_by_role("article")).to_have_text([re.compile("just come")])


@pytest.mark.parametrize("device", DEVICES)
async def test_axe_finds_nothing(wall: Wall, read: Read, device: dict[str, object]) -> None:
    page = await read(**device)
    await expect(page.get_by_text("It is still empty.")).to_be_visible()
    assert await faults_by_day_and_by_night(page) == []

    await put_up(wall.house, *ACTS)
    await put_texts(wall.house, *(f"Number {number}." for number in range(PAGE)))
    await page.reload()
    assert await faults_by_day_and_by_night(page) == []
    await page.get_by_label("Look for words").fill("the")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("With the words")).to_be_visible()
    assert await faults_by_day_and_by_night(page) == []


@pytest.mark.parametrize("device", DEVICES)
async def test_nothing_reaches_beyond_the_edge(wall: Wall, read: Read, device: dict[str, object]) -> None:
    await put_up(wall.house, *((Telling.DID, text, text[:80], "colleagues") for text in HOSTILE))

    page = await read(**device)
    await page.goto(f"{wall.url}?search={'W' * 50}")

    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


async def test_hostile_text_runs_nothing_and_reorders_nothing_around_it(wall: Wall, read: Read) -> None:
    await put_up(wall.house, *((Telling.DID, text, text[:80], "self") for text in HOSTILE))
    page = await read()

    await expect(page.get_by_role("article")).to_have_count(len(HOSTILE))
    assert await page.locator("#acts p[dir=auto]").all_text_contents() == list(HOSTILE)
    assert await page.locator("script, img").count() == 2
    isolated = (
        "[...document.querySelectorAll('#acts p[dir], bdi')].every(e => getComputedStyle(e).unicodeBidi === 'isolate')"
    )
    assert await page.evaluate(isolated)


async def test_on_paper_there_is_nothing_to_press_and_no_act_is_cut(wall: Wall, read: Read) -> None:
    await put_up(wall.house, *ACTS)
    page = await read(viewport=A4)
    await page.emulate_media(media="print")

    await expect(page.get_by_role("navigation")).to_have_count(0)
    await expect(page.get_by_role("heading", name="The kindness wall")).to_be_visible()
    shown = await page.evaluate(
        "[...document.querySelectorAll('.act')].map(act => [getComputedStyle(act).breakInside,"
        " getComputedStyle(act.firstElementChild).boxShadow, act.getBoundingClientRect().width])"
    )
    assert {(inside, shade) for inside, shade, _ in shown} == {("avoid", "none")}
    assert all(300 < width < 340 for *_, width in shown)  # two columns


async def test_a_dark_page_is_printed_on_white(wall: Wall, read: Read) -> None:
    await put_up(wall.house, *ACTS)
    page = await read(color_scheme="dark")
    await page.emulate_media(media="print", color_scheme="dark")

    ink = "getComputedStyle(document.querySelector('.act blockquote p')).color"
    assert await page.evaluate(ink) == "rgb(0, 0, 0)"
    assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    assert (await page.pdf(format="A4")).startswith(b"%PDF")


async def test_nothing_is_asked_of_another_computer_and_nothing_is_stored(wall: Wall, read: Read) -> None:
    page = await read()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.reload()
    await expect(page.get_by_role("heading", name="The kindness wall")).to_be_visible()

    assert asked
    assert all(url.startswith(wall.adapter.pages) for url in asked)
    assert await page.context.cookies() == []
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_on_a_phone_the_first_act_is_in_sight(wall: Wall, read: Read) -> None:
    await put_up(wall.house, *ACTS)

    page = await read(**PHONE)

    await expect(page.get_by_text("Somebody had left the hall light on")).to_be_in_viewport()
