"""The playground in a real browser: Chromium, headless, with a fresh profile for each test."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from adapters.web.adapter import WebAdapter
from bot.domain.garden import HEIGHT, WIDTH, Seed, picture, words
from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Choice, Picture, Text
from bot.domain.places import Person, Place
from bot.domain.reactions import Felt
from bot.domain.wall import Telling
from tests.adapters.web.conftest import KINDNESS
from tests.adapters.web.hearth import MORNING, Hearth
from tests.adapters.web.in_browser import IN_BROWSER, browser, page_of, playground

__all__ = ["browser", "page_of", "playground"]
pytestmark = IN_BROWSER

Open = Callable[..., Awaitable[Page]]

AXE = (Path(__file__).parent / "assets" / "axe.min.js").read_text("utf-8")
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
DEVICES = [pytest.param({}, id="desk"), pytest.param(PHONE, id="phone")]


async def faults(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong, with nothing fading in or out meanwhile."""
    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run({resultTypes: ['violations']})")
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found["violations"]]


async def faults_by_day_and_by_night(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong in either colour scheme."""
    found = list[tuple[str, list[str]]]()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] -- two of its words
        found += [(f"{scheme}: {fault}", nodes) for fault, nodes in await faults(page)]
    return found


async def test_a_card_arrives_while_one_looks(playground: WebAdapter, page_of: Open) -> None:
    page = await page_of("robin")
    await expect(page.get_by_text("Nothing here yet.")).to_be_visible()

    await playground.send(KINDNESS, MORNING, "k")

    await expect(page.get_by_role("heading", name=MORNING.heading)).to_be_visible()
    await expect(page.get_by_text("Nothing here yet.")).to_be_hidden()
    await expect(page.locator("#say")).to_have_text(f"A new card: {MORNING.heading}")


async def test_newer_cards_stand_above_older_ones(playground: WebAdapter, page_of: Open) -> None:
    page = await page_of("robin")

    for number in ("One", "Two", "Three"):
        await playground.send(KINDNESS, Card(number), number)

    await expect(page.locator("#messages h3")).to_have_text(["Three", "Two", "One"])
    await page.reload()
    await expect(page.locator("#messages h3")).to_have_text(["Three", "Two", "One"])


async def test_a_card_that_is_edited_or_deleted_changes_on_open_pages(playground: WebAdapter, page_of: Open) -> None:
    ref = await playground.send(KINDNESS, Card("Before"), "k")
    page = await page_of("robin")

    await playground.edit(ref, Card("After"), "d1")
    await expect(page.get_by_role("heading", name="After")).to_be_visible()
    await expect(page.get_by_text("edited")).to_be_visible()

    await playground.delete(ref)
    await expect(page.get_by_role("article")).to_have_count(0)


async def test_a_press_is_answered_in_private_without_loading_the_page(
    playground: WebAdapter, page_of: Open, hearth: Hearth
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin, sam = await page_of("robin"), await page_of("sam")
    await robin.evaluate("window.stayed = true")

    await robin.get_by_role("button", name="I’ll try one").click()

    await expect(robin.get_by_role("complementary").get_by_role("heading", name="Lovely")).to_be_focused()
    await expect(robin.locator("#whisper")).to_have_text("Only you see this: Lovely")
    assert await robin.evaluate("window.stayed")
    assert hearth.asked[-1][2:] == (Action("try", "o1"), ref)
    await expect(sam.get_by_text("Lovely")).to_have_count(0)


async def test_a_reaction_is_given_and_taken_back(playground: WebAdapter, page_of: Open) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin")
    chip = page.get_by_role("button", name="Warm heart")

    await chip.click()
    await expect(chip).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_text("You felt this")).to_be_visible()
    assert await playground.reactions(ref) == {Felt("robin", "💛")}

    await chip.click()
    await expect(chip).to_have_attribute("aria-pressed", "false")
    assert await playground.reactions(ref) == frozenset()


async def test_two_browsers_see_each_others_reactions(playground: WebAdapter, page_of: Open) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    robin, sam = await page_of("robin"), await page_of("sam")

    await robin.get_by_role("button", name="It grows").click()
    await expect(sam.get_by_text("Someone felt this")).to_be_visible()

    await sam.get_by_role("button", name="Warm heart").click()
    await expect(robin.get_by_text("You and someone else felt this")).to_be_visible()
    await expect(robin.get_by_role("button", name="Warm heart, felt by others too")).to_be_visible()


async def test_two_tabs_of_one_browser_can_be_two_people(playground: WebAdapter, page_of: Open) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin = await page_of("robin")
    sam = await robin.context.new_page()
    await sam.goto(f"{playground.url}c/kindness?as=sam")

    await robin.get_by_role("button", name="Warm heart").click()
    await expect(sam.get_by_text("Someone felt this")).to_be_visible()

    assert await playground.reactions(ref) == {Felt("robin", "💛")}


async def test_a_form_with_mistakes_leads_to_the_first_and_keeps_the_rest(
    playground: WebAdapter, page_of: Open, hearth: Hearth
) -> None:
    page = await page_of("maya")
    await page.get_by_text("What can I ask?").click()
    await page.get_by_role("button", name="/kindling setup").click()
    await expect(page.get_by_label("Channel", exact=True)).to_be_focused()
    await page.get_by_label("Time zone").fill("Asia/Tokyo")
    await page.get_by_label("Morning card at").fill("")

    await page.get_by_role("button", name="Set up").click()

    morning = page.get_by_label("Morning card at")
    await expect(morning).to_be_focused()
    await expect(morning).to_have_accessible_description("Please choose a time, such as 09:00.")
    await expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    assert await faults(page) == []

    await morning.fill("08:30")
    await page.get_by_role("button", name="Set up").click()
    await expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    assert hearth.asked[-1][4] == {
        "channel": "c-kindness",
        "zone": "Asia/Tokyo",
        "morning": "08:30",
        "days": "mon,tue,wed,thu,fri",
        "tone": "workplace",
    }


async def test_what_is_half_typed_in_a_form_survives_news(playground: WebAdapter, page_of: Open) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin")
    await page.get_by_role("button", name="Share a kindness", exact=True).click()
    words = page.get_by_label("What happened?")
    await words.fill("Sam carried")

    await playground.tell(Person("web", "playground", "robin"), Card("By the way"))
    await playground.send(KINDNESS, Card("Another"), "k2")
    await expect(page.get_by_role("heading", name="By the way")).to_be_visible()
    await expect(page.get_by_role("heading", name="Another", exact=True)).to_be_visible()

    await expect(words).to_have_value("Sam carried")
    await expect(words).to_be_focused()


async def test_zones_complete_while_one_types(page_of: Open) -> None:
    page = await page_of("robin")
    await page.get_by_text("Berlin time").click()

    await page.get_by_label("Where the people of this room live").fill("tok")

    await expect(page.locator("#zone-list option")).to_have_attribute("value", "Asia/Tokyo")


async def test_moving_the_clock_is_shown_and_announced(page_of: Open, hearth: Hearth) -> None:
    assert hearth.travel is not None
    robin, sam = await page_of("robin"), await page_of("sam")

    await robin.get_by_role("button", name="Next week").click()
    for page in (robin, sam):
        await expect(page.get_by_role("status").filter(has_text="Moving a week on …")).to_be_visible()
        await expect(page.get_by_role("button", name="Next card")).to_be_disabled()
    hearth.travel.go.set()

    for page in (robin, sam):
        await expect(page.get_by_role("status").filter(has_text="One week later.")).to_be_visible()
        await expect(page.locator("#now")).to_have_text("Tue 1 Dec · 09:00")
        await expect(page.get_by_role("button", name="Next card")).to_be_enabled()


async def test_the_buttons_of_the_clock_stay_under_the_pointer(page_of: Open, hearth: Hearth) -> None:
    assert hearth.travel is not None
    hearth.travel.go.set()
    page = await page_of("robin")
    button = page.get_by_role("button", name="Next card")
    before = await button.bounding_box()

    await button.click()
    await expect(page.get_by_role("status").filter(has_text="The next card is here.")).to_be_visible()

    assert await button.bounding_box() == before


async def test_news_in_another_channel_is_marked(playground: WebAdapter, page_of: Open) -> None:
    page = await page_of("robin")

    await playground.send(Place("web", "playground", "c-general"), MORNING, "k")

    await expect(page.get_by_role("link", name=re.compile("general.*something new"))).to_be_visible()


async def test_a_press_that_is_refused_is_told(playground: WebAdapter, page_of: Open) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin")
    await page.evaluate("document.querySelector('.choices [name=message]').value = '99'")

    await page.get_by_role("button", name="I’ll try one").click()

    await expect(page.locator("#say")).to_contain_text("not there any more")


async def test_with_the_keyboard_alone_one_can_read_press_fill_in_and_put_away(
    playground: WebAdapter, page_of: Open
) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin")

    async def tab_to(name: str) -> None:
        for _ in range(60):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.matches(':focus-visible')"):
                said = await page.evaluate(
                    "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText ?? ''"
                )
                if said.strip() == name:
                    return
        raise AssertionError(f"{name} cannot be reached with the keyboard")

    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the cards")).to_be_focused()
    await page.keyboard.press("Enter")
    await tab_to("Share a kindness")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("What happened?")).to_be_focused()
    await page.keyboard.type("Sam carried my boxes.")
    await tab_to("Share")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Thank you")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Only you see this")).to_be_focused()


async def test_after_a_reaction_with_the_keyboard_the_focus_stays_where_it_was(
    playground: WebAdapter, page_of: Open
) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin")
    chip = page.get_by_role("button", name="It shines")
    await chip.focus()

    await page.keyboard.press("Enter")

    await expect(chip).to_have_attribute("aria-pressed", "true")
    await expect(chip).to_be_focused()


@pytest.mark.parametrize("device", DEVICES)
async def test_axe_finds_nothing(playground: WebAdapter, page_of: Open, device: dict[str, object]) -> None:
    page = await page_of("maya", **device)
    assert await faults_by_day_and_by_night(page) == []

    card = Card("With a picture", (Text("Look."),), (Choice("Press", Action("try", "o1")),), Picture(PIXEL, "A dot"))
    await playground.send(KINDNESS, card, "p")
    await playground.send(KINDNESS, MORNING, "k")
    await page.get_by_text("What can I ask?").click()
    await page.get_by_role("button", name="/kindling setup").click()
    await expect(page.get_by_label("Time zone")).to_be_visible()
    await expect(page.get_by_role("heading", name=MORNING.heading)).to_be_attached()

    assert await faults_by_day_and_by_night(page) == []


@pytest.mark.parametrize("device", DEVICES)
async def test_nothing_reaches_beyond_the_edge(
    playground: WebAdapter, page_of: Open, device: dict[str, object]
) -> None:
    await playground.send(KINDNESS, Card("W" * 140, (Text("x" * 400),)), "wide")
    await playground.send(KINDNESS, MORNING, "k")

    page = await page_of("maya", **device)

    width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0


async def test_on_a_phone_the_private_panel_is_a_drawer(playground: WebAdapter, page_of: Open) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin", **PHONE)
    fold = page.get_by_role("button", name="What only you see")
    await expect(fold).to_have_attribute("aria-expanded", "false")

    await page.get_by_role("button", name="Resting today").tap()
    await expect(fold).to_have_attribute("aria-expanded", "true")
    await expect(page.get_by_role("heading", name="Lovely")).to_be_in_viewport()

    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Lovely")).to_be_hidden()


async def test_without_script_everything_can_be_read_and_done(
    playground: WebAdapter, page_of: Open, hearth: Hearth
) -> None:
    assert hearth.travel is not None
    hearth.travel.go.set()
    await playground.send(KINDNESS, MORNING, "k")
    page = await page_of("robin", java_script_enabled=False)
    await expect(page.get_by_role("heading", name=MORNING.heading)).to_be_visible()

    await page.get_by_role("button", name="Warm heart").click()
    await expect(page.get_by_text("You felt this")).to_be_visible()
    await page.get_by_role("button", name="Next week").click()
    await expect(page.get_by_text("One week later.")).to_be_visible()
    await page.get_by_role("button", name="Share a kindness", exact=True).click()
    await page.get_by_role("button", name="Share", exact=True).click()
    await expect(page.get_by_text("A few words are needed here.")).to_be_visible()
    await page.get_by_label("What happened?").fill("Sam carried my boxes.")
    await page.get_by_role("button", name="Share", exact=True).click()

    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


async def test_the_theme_can_be_chosen_and_is_remembered(page_of: Open) -> None:
    page = await page_of("robin", color_scheme="light")
    button = page.get_by_role("button", name="Theme: as the system")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(paper)

    await button.click()
    await page.get_by_role("button", name="Theme: light").click()
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    await page.reload()

    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await page.evaluate(paper) != light


async def test_a_garden_is_seen_and_has_its_words(playground: WebAdapter, page_of: Open) -> None:
    seeds = [Seed(ActId("act"), Telling.DID)]
    garden = Picture("", words(seeds), svg=picture(seeds))
    await playground.send(KINDNESS, Card("This week", picture=garden), "k")

    page = await page_of("robin")

    shown = page.get_by_role("img", name="A garden with wild poppies in gold")
    await expect(shown).to_be_visible()
    await shown.evaluate("image => image.decode()")
    assert await shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [WIDTH, HEIGHT]


async def test_nothing_is_asked_of_another_computer(playground: WebAdapter, page_of: Open) -> None:
    await playground.send(KINDNESS, Card("Far", picture=Picture("https://example.org/x.png", "A far hill")), "k")
    page = await page_of("robin")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    await page.reload()
    await expect(page.get_by_text("A far hill")).to_be_visible()

    assert asked
    assert all(url.startswith(playground.url) for url in asked)


async def test_a_page_that_nobody_looked_at_catches_up(playground: WebAdapter, page_of: Open, hearth: Hearth) -> None:
    page = await page_of("robin")
    await expect(page.locator("html")).not_to_have_class(re.compile("offline"))
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await playground.send(KINDNESS, MORNING, "k")
    await expect(page.get_by_role("article")).to_have_count(0)

    await page.evaluate("Object.defineProperty(document, 'hidden', { value: false, configurable: true })")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(page.get_by_role("heading", name=MORNING.heading)).to_be_visible()
