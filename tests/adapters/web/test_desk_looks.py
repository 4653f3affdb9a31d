"""A card as each platform shows it, on the moderators' pages: what is there, who sees it, and in a real browser."""

import re
from collections.abc import AsyncIterator
from html import escape
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from adapters.discord import plugin as discord
from adapters.slack import plugin as slack
from bot.domain.forms import Form
from bot.domain.message import Action
from bot.domain.places import Standing
from bot.storage.tables import occurrences
from tests.adapters.web.desks import Guest, Served, a_desk
from tests.adapters.web.in_browser import browser
from tests.adapters.web.test_desk_browser import WIDE, come
from tests.adapters.web.test_playground_browser import DEVICES, faults, faults_by_day_and_by_night
from tests.core.village import button, card_of, press, rows, set_up
from tests.house import DESK, moderator

__all__ = ["browser"]
pytestmark = pytest.mark.asyncio(loop_scope="session")

TUESDAY = "👀 Tue 24 Nov 09:00: Morning intention"
JOINER = "\u2060"
"""Invisible: what keeps Discord from reading a mention."""
AS_BOTH = ["As Discord shows it", "As Slack shows it"]
WRITTEN = "Who <b>made</b> *something* easier </template><script>for</script> you?"


@pytest_asyncio.fixture(loop_scope="session")
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_desk(tmp_path, looks={"discord": discord, "slack": slack}) as desk:
        await set_up(desk.house)
        yield desk


@pytest_asyncio.fixture(loop_scope="session")
async def maya(served: Served) -> Guest:
    return await served.maya()


async def tuesday(served: Served) -> str:
    """What Tuesday's morning card is called."""
    form = (await served.house.kindling.press(moderator(), Action("open", "ahead"))).content
    assert isinstance(form, Form)
    return next(value for value, label in form.fields[0].options if label.startswith("Tue 24 Nov 09:00"))


async def link(served: Served) -> str:
    """Where the chat's *Side by side in the browser* leads."""
    answer = await served.house.kindling.press(moderator(), Action("ahead_show", await tuesday(served)))
    card = await press(served.house, card_of(answer), "Side by side in the browser")
    [address] = re.findall(rf"{DESK}(/in/\S+)", card.plain())
    return f"/desk{address}"


async def show_tuesday(served: Served, maya: Guest) -> None:
    """Choose the card on the page and press *Show it*."""
    await maya.open("preview")
    await maya.press("Change one", "preview")
    await maya.submit("preview", card=await tuesday(served))
    await maya.press("Show it", "preview")


def as_shown(guest: Guest) -> list[str]:
    return re.findall(r'<h3 id="look-\d">([^<]*)</h3>', guest.page)


async def test_a_card_is_seen_as_each_platform_shows_it(served: Served, maya: Guest) -> None:
    await show_tuesday(served, maya)

    assert maya.headings == ["Preview", TUESDAY]
    assert as_shown(maya) == AS_BOTH
    assert maya.page.count("<h4>🌅 Today’s intention</h4>") == 2
    assert "A notification of it reads: “Today’s intention" in maya.page
    assert "As it comes here" not in maya.page


async def test_the_style_of_a_look_is_a_file_of_the_same_site(served: Served, maya: Guest) -> None:
    await show_tuesday(served, maya)

    found = re.findall(r'<link rel="stylesheet" href="(/desk/look/[^"]*)"', maya.page)
    assert found == ["/desk/look/discord.css", "/desk/look/slack.css"]
    for path, platform in zip(found, (discord, slack), strict=True):
        assert await maya.get(path) == 200
        assert maya.answer
        assert maya.answer.content_type == "text/css"
        assert maya.page == platform.style()
    assert await maya.get("/desk/look/pigeons.css") == 404


async def test_the_policy_of_the_pages_allows_no_more_than_before(served: Served, maya: Guest) -> None:
    await show_tuesday(served, maya)

    assert maya.answer
    assert maya.answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert re.findall(r"<[^>]* style=|<style|<script(?! type=\"module\" src=\"/static/desk.js\")", maya.page) == []


async def test_the_link_of_the_chat_leads_to_the_card(served: Served) -> None:
    guest = served.guest()

    await guest.get(await link(served))
    assert guest.headings == ["Your pages in the browser"]
    await guest.post("/desk/in", {"key": guest.value("key"), "see": guest.value("see")})

    assert guest.headings == ["Preview", TUESDAY]
    assert as_shown(guest) == AS_BOTH


async def test_looking_at_a_card_decides_nothing(served: Served, maya: Guest) -> None:
    before = await rows(served.house, occurrences)

    await maya.open(f"preview?see=k:ahead_show:{await tuesday(served)}")

    assert as_shown(maya) == AS_BOTH
    assert await rows(served.house, occurrences) == before


async def test_no_other_button_is_answered_without_a_press(served: Served, maya: Guest) -> None:
    before = await rows(served.house, occurrences)
    subject = await tuesday(served)
    for page, action in (
        ("preview", f"k:ahead_skip:{subject}"),
        ("preview", "k:post"),
        ("status", f"k:ahead_show:{subject}"),
        ("preview", "nonsense"),
        ("sessions", f"k:ahead_show:{subject}"),
    ):
        await maya.open(f"{page}?see={action}")

        assert as_shown(maya) == []
    assert await rows(served.house, occurrences) == before
    await maya.open("preview")
    assert maya.headings == ["Preview", "👀 The next seven days"]


@pytest.mark.parametrize(
    "see", ["k:ahead_skip:x", "k:post", "https://elsewhere.example/", '"><script>', "k:ahead_show:"]
)
async def test_a_link_that_somebody_changed_leads_into_the_pages_only(served: Served, see: str) -> None:
    guest = served.guest()
    await guest.get(f"/desk/in/{await served.key()}")

    await guest.post("/desk/in", {"key": guest.value("key"), "see": see})

    assert guest.answer
    assert re.fullmatch(rf"{served.url}/desk/[0-9a-f]{{12}}/(status|preview\?see=k:ahead_show:)", str(guest.answer.url))
    assert guest.headings[0] in {"Status", "Preview"}


async def test_whoever_may_not_moderate_any_more_sees_no_card(served: Served, maya: Guest) -> None:
    path = f"preview?see=k:ahead_show:{await tuesday(served)}"
    await maya.open(path)
    served.house.letters.people[moderator().person] = Standing(may_moderate=False)

    assert await maya.open(path) == 403
    assert as_shown(maya) == []


async def test_a_moderator_of_another_place_does_not_see_it(served: Served) -> None:
    other = moderator(space="city")
    served.house.letters.people[other.person] = Standing(may_moderate=True)
    guest = served.guest()
    await guest.sign_in(await served.key(other))

    await guest.open(f"preview?see=k:ahead_show:{await tuesday(served)}")

    assert (guest.headings, as_shown(guest)) == (["Preview", "🙏 Not this time"], [])


async def test_what_moderators_wrote_stays_text_in_every_look(served: Served, maya: Guest) -> None:
    form = (await served.house.kindling.press(moderator(), Action("ahead_words", await tuesday(served)))).content
    assert isinstance(form, Form)
    await served.house.kindling.submit(moderator(), form.name, form.subject, {"text": WRITTEN})

    await maya.open(f"preview?see=k:ahead_show:{await tuesday(served)}")

    assert maya.page.replace(JOINER, "").count(escape(WRITTEN)) == 2


async def see_tuesday(served: Served, browser: Browser, **options: object) -> Page:
    page = await come(served, browser, **options)
    await page.goto(f"{page.url.rpartition('/')[0]}/preview?see=k:ahead_show:{await tuesday(served)}")
    return page


@pytest.mark.browser
async def test_each_look_is_drawn_in_its_own_colours_without_script(served: Served, browser: Browser) -> None:
    page = await see_tuesday(served, browser, java_script_enabled=False)

    await expect(page.get_by_role("heading", level=4, name="Today’s intention")).to_have_count(2)
    await expect(page.locator(".container")).to_have_css("border-left-color", "rgb(232, 163, 61)")
    await expect(page.locator("li.button.primary").first).to_have_css("background-color", "rgb(80, 88, 214)")
    await expect(page.locator("li.button.primary").last).to_have_css("background-color", "rgb(0, 122, 90)")


@pytest.mark.browser
@pytest.mark.parametrize("device", DEVICES)
async def test_axe_finds_nothing_in_any_look(served: Served, browser: Browser, device: dict[str, object]) -> None:
    page = await see_tuesday(served, browser, **device)
    await expect(page.get_by_role("heading", level=3)).to_have_text(AS_BOTH)

    assert (await faults_by_day_and_by_night(page), await page.evaluate(WIDE)) == ([], 0)


@pytest.mark.browser
async def test_nothing_in_a_look_is_refused_by_the_policy_of_the_pages(served: Served, browser: Browser) -> None:
    page = await see_tuesday(served, browser)
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text))

    await page.reload()

    await expect(page.get_by_role("heading", level=3)).to_have_text(AS_BOTH)
    assert (complaints, [url for url in asked if not url.startswith(served.url)]) == ([], [])


@pytest.mark.browser
async def test_the_file_from_the_chat_is_seen_in_a_browser_and_asks_nothing(
    served: Served, browser: Browser, tmp_path: Path
) -> None:
    answer = await served.house.kindling.press(moderator(), Action("ahead_as", await tuesday(served), "discord"))
    [file] = answer.files
    (tmp_path / file.name).write_bytes(file.data)
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.goto((tmp_path / file.name).as_uri())

    await expect(page.get_by_role("heading", level=4)).to_have_text("🌅 Today’s intention")
    await expect(page.locator(".container")).to_have_css("border-left-color", "rgb(232, 163, 61)")
    assert await faults(page) == []
    assert asked == [(tmp_path / file.name).as_uri()]


async def test_the_chat_s_answer_names_each_platform(served: Served) -> None:
    answer = await served.house.kindling.press(moderator(), Action("ahead_show", await tuesday(served)))

    assert button(card_of(answer), "As Slack shows it").detail == "slack"
