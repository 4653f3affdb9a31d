"""A picture for an act in a real browser: how the form looks, what was chosen, and what comes of it."""

from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.adapters.web.in_browser import IN_BROWSER, browser
from tests.adapters.web.test_playground_browser import faults
from tests.adapters.web.test_playground_kindling import a_house

__all__ = ["browser"]
pytestmark = IN_BROWSER
ALT = "A yellow cup of tea on a green table"


async def draft(page: Page, address: str) -> None:
    """Somebody writes a kindness, and goes on to its picture."""
    await page.goto(address)
    await page.locator("input[name=line]").fill("/kind share")
    await page.locator("input[name=line]").press("Enter")
    await page.get_by_label("What happened?").fill("Robin made tea for all of us.")
    await page.get_by_role("button", name="Look at it").click()
    await page.get_by_role("button", name="Add a picture").click()


async def test_a_picture_is_seen_before_it_is_sent_and_after(browser: Browser, tmp_path: Path) -> None:
    Image.new("RGB", (160, 120), "gold").save(tmp_path / "tea.jpg")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    async with a_house(tmp_path) as (_, adapter):
        page = await browser.new_page(color_scheme="dark")
        await draft(page, adapter.url)
        chosen = page.get_by_alt_text("The picture that you chose")

        await page.locator("input[type=file]").set_input_files(tmp_path / "tea.jpg")
        await expect(chosen).to_be_visible()
        found = await faults(page)
        await page.locator("input[type=file]").set_input_files(tmp_path / "broken.png")
        await expect(chosen).to_be_hidden()
        await page.locator("input[type=file]").set_input_files(tmp_path / "tea.jpg")
        await page.get_by_label("What is to be seen?").fill(ALT)
        await page.get_by_role("button", name="Add it").click()

        await expect(page.get_by_alt_text(ALT)).to_be_visible()
        assert found == []
        await page.close()
