"""The moderators' pages in a real browser, without any script and with the little there is."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.web.desk_pages import pages_of
from bot.domain.places import Standing
from bot.services.commands import COMMANDS
from bot.storage.tables import days_off, own_prompts, schedules, sessions
from tests.adapters.web.desks import Served, a_desk
from tests.adapters.web.in_browser import IN_BROWSER, a_page, browser
from tests.adapters.web.test_playground_browser import PHONE, faults
from tests.core.test_holidays import FREE
from tests.core.test_packing import PACK
from tests.core.village import rows, set_up
from tests.house import member

__all__ = ["browser"]
pytestmark = IN_BROWSER

WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="session")
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_desk(tmp_path) as desk:
        yield desk


async def come(served: Served, browser: Browser, **options: object) -> Page:
    """Maya's pages, in a browser of her own that she has just signed in with."""
    page = await a_page(browser, **options)
    await page.goto(f"{served.url}/desk/in/{await served.key()}")
    await page.get_by_role("button", name="Sign in here").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    return page


async def test_from_an_empty_place_to_the_first_card_without_script(served: Served, browser: Browser) -> None:
    page = await come(served, browser, java_script_enabled=False)

    await page.get_by_role("link", name="Setup", exact=True).click()
    await page.get_by_text("Say more at once").click()
    await page.get_by_label("The channel for the cards").select_option("#square")
    await page.get_by_label("Your time zone").fill("Berlin")
    await page.get_by_role("button", name="Setup", exact=True).click()
    await page.get_by_role("button", name="Set up", exact=True).click()
    await expect(page.get_by_role("heading", level=2, name="Kindling is set up")).to_be_visible()
    await page.get_by_role("link", name="Post", exact=True).click()
    await page.get_by_role("button", name="Post", exact=True).click()
    await expect(page.get_by_role("heading", level=2, name="Today's card")).to_be_visible()
    await page.reload()
    await served.house.core.engine.settle()

    assert len(served.house.letters.letters) == 1


async def test_with_the_keyboard_alone_one_pauses_and_ends_the_pause(served: Served, browser: Browser) -> None:
    await set_up(served.house)
    page = await come(served, browser)

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to what is here")).to_be_focused()
    await page.get_by_role("link", name="Pause").focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("First day with cards again").fill("2026-12-24")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=2, name="Resting")).to_be_visible()
    assert await page.evaluate("document.activeElement.id || location.hash") in {"said", "#said"}
    await page.get_by_role("button", name="End the pause").focus()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=2, name="The pause is over")).to_be_visible()


async def test_zones_are_completed_while_one_types(served: Served, browser: Browser) -> None:
    page = await come(served, browser)
    await page.get_by_role("link", name="Setup", exact=True).click()
    await page.get_by_text("Say more at once").click()

    await page.get_by_label("Your time zone").fill("new yo")

    await expect(page.locator("datalist option").first).to_have_attribute("value", "America/New_York")


async def test_a_page_of_another_site_does_nothing_in_a_signed_in_browser(served: Served, browser: Browser) -> None:
    await set_up(served.house)
    page = await come(served, browser)
    here = page.url.rpartition("/")[0]
    before = await rows(served.house, schedules)
    other = await page.context.new_page()
    await other.route(
        "https://elsewhere.example/", lambda route: route.fulfill(content_type="text/html", body=forged(here))
    )

    await other.goto("https://elsewhere.example/")
    await other.get_by_role("button").click()

    await expect(other.get_by_role("heading", name="Nothing was done")).to_be_visible()
    assert await rows(served.house, schedules) == before
    assert served.house.letters.letters == []


def forged(here: str) -> str:
    return f'<form method="post" action="{here}/post/run"><button>Win</button></form>'


async def test_a_link_from_the_chat_reaches_the_pages_without_showing_the_cookie(
    served: Served, browser: Browser
) -> None:
    page = await come(served, browser)
    here = page.url
    chat = await page.context.new_page()
    await chat.route(
        "https://chat.example/",
        lambda route: route.fulfill(content_type="text/html", body=f'<a href="{here}">Status</a>'),
    )

    await chat.goto("https://chat.example/")
    await chat.get_by_role("link", name="Status").click()
    await chat.get_by_role("link", name="your pages are here").click()

    await expect(chat.get_by_role("heading", level=1)).to_have_text("Status")


async def test_signing_out_leaves_nothing_behind(served: Served, browser: Browser) -> None:
    page = await come(served, browser)

    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await page.go_back()

    await expect(page.get_by_role("heading", name="Please ask for a link")).to_be_visible()
    assert await page.context.cookies() == []
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert await rows(served.house, sessions) == []


async def test_packs_and_holidays_come_in_and_an_export_goes_out(
    served: Served, browser: Browser, tmp_path: Path
) -> None:
    await set_up(served.house)
    page = await come(served, browser, accept_downloads=True)
    (tmp_path / "garden.toml").write_text(PACK)
    (tmp_path / "free.ics").write_text(FREE)

    await page.get_by_role("link", name="Prompts import").click()
    await page.get_by_label("A pack as a file").set_input_files(tmp_path / "garden.toml")
    found = [await faults(page)]
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_role("button", name="Bring them in").click()
    await expect(page.get_by_role("heading", level=2, name="Brought in")).to_be_visible()
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("button", name="Holidays").click()
    await page.get_by_role("button", name="Import a calendar").click()
    await page.get_by_label("Your calendar").set_input_files(tmp_path / "free.ics")
    found.append(await faults(page))
    await page.get_by_role("button", name="Show", exact=True).click()
    await page.get_by_role("button", name="Leave them out").click()
    await expect(page.get_by_role("heading", level=2, name="Left out")).to_be_visible()
    await page.get_by_role("link", name="Export", exact=True).click()
    await page.get_by_role("button", name="Export", exact=True).click()
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Download settings.json").click()
    download = await coming.value
    await download.save_as(tmp_path / download.suggested_filename)

    found.append(await faults(page))
    assert json.loads((tmp_path / "settings.json").read_text())["format"] == "kindling-settings"
    assert found == [[], [], []]
    assert len(await rows(served.house, own_prompts)) == PACK.count("[[prompt]]")
    assert [row["offered_at"] for row in await rows(served.house, days_off)] == [None]


async def test_somebody_is_completed_while_their_name_is_typed(served: Served, browser: Browser) -> None:
    served.house.letters.people[member("robin").person] = Standing(may_moderate=False, name="Robin Hill")
    page = await come(served, browser)
    await page.get_by_role("link", name="Moderators", exact=True).click()
    await page.get_by_role("button", name="Change this").click()

    await page.get_by_label("Let people moderate").fill("robin")

    await expect(page.locator("datalist option").first).to_have_attribute("value", "robin")
    assert await faults(page) == []


async def test_axe_finds_nothing_on_any_page_and_nothing_reaches_beyond_the_edge(
    served: Served, browser: Browser
) -> None:
    await set_up(served.house)
    page = await come(served, browser)
    here, complaints = page.url.rpartition("/")[0], list[str]()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

    for number, path in enumerate((*pages_of(COMMANDS), "sessions")):
        await page.emulate_media(color_scheme="dark" if number % 2 else "light")
        await page.set_viewport_size({"width": 390 if number % 3 else 1280, "height": 844})
        await page.goto(f"{here}/{path}")
        assert (path, await faults(page), await page.evaluate(WIDE)) == (path, [], 0)

    assert complaints == []


async def test_axe_finds_nothing_on_mistakes_on_a_phone_and_at_the_door(served: Served, browser: Browser) -> None:
    page = await come(served, browser, **PHONE)
    await page.get_by_role("link", name="Setup", exact=True).click()
    await page.get_by_text("Say more at once").click()
    await page.get_by_label("The channel for the cards").select_option("#square")
    await page.get_by_label("Your time zone").fill("Middle-earth")

    await page.get_by_role("button", name="Setup", exact=True).click()

    await expect(page.get_by_text("Almost there.")).to_be_visible()
    await expect(page.get_by_label("Your time zone")).to_have_value("Middle-earth")
    await expect(page.get_by_label("Your time zone")).to_have_attribute("aria-invalid", "true")
    assert (await faults(page), await page.evaluate(WIDE)) == ([], 0)
    await page.goto(f"{served.url}/desk/in/{await served.key()}")
    assert (await faults(page), await page.evaluate(WIDE)) == ([], 0)


async def test_on_paper_there_is_what_kindling_said_and_nothing_to_press(served: Served, browser: Browser) -> None:
    await set_up(served.house)
    page = await come(served, browser, color_scheme="dark")
    await page.get_by_role("link", name="Preview", exact=True).click()

    await page.emulate_media(media="print", color_scheme="dark")

    await expect(page.get_by_role("heading", name="The next seven days")).to_be_visible()
    await expect(page.get_by_role("navigation")).to_have_count(0)
    await expect(page.get_by_role("button")).to_have_count(0)
    assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"


async def test_nothing_is_asked_of_another_computer(served: Served, browser: Browser) -> None:
    page = await come(served, browser)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.get_by_role("link", name="Setup", exact=True).click()
    await page.reload()

    assert asked
    assert [url for url in asked if not url.startswith(served.url)] == []
