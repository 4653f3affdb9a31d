# ruff: noqa: INP001  a tool, found beside take.py
"""Pictures of pages in the browser: the playground, the wall, and what moderators have."""

import re
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize
from shots import SETTLING, come, newest_morning, playground, save, say, settle

DID, RECEIVED, NOTICED = "did", "received", "noticed"
NAMED, SOMEONE = "name", "someone"
SELF, CLOSE, COLLEAGUE, STRANGER = "self", "close", "colleagues", "strangers"
TOLD = (
    ("sam", NOTICED, SOMEONE, STRANGER, "Somebody turns the books in the open bookcase the right way up. At night."),
    ("noor", DID, SOMEONE, SELF, "I asked for help."),
    (
        "jonas",
        RECEIVED,
        NAMED,
        COLLEAGUE,
        (
            "My colleague took the difficult call, so that I could go and fetch my daughter. "
            "She said: you would do the same. I hope so."
        ),
    ),
    (
        "robin",
        DID,
        NAMED,
        STRANGER,
        (
            "Left a good review for the shoemaker at the corner. He has mended the same pair four times now, and "
            "each time he says it is the last, and each time he finds a way."
        ),
    ),
    ("maya", NOTICED, SOMEONE, CLOSE, "سامَحَتني جارتي على الضجيج وأحضرت لنا الكعك."),
    ("sam", DID, SOMEONE, SELF, "I went to bed at ten and left the dishes where they were."),
    (
        "noor",
        NOTICED,
        SOMEONE,
        STRANGER,
        "Two teenagers carried a pram up the stairs of the underground, and down again: it was the wrong exit.",
    ),
    ("jonas", RECEIVED, SOMEONE, COLLEAGUE, "Tea, without asking."),
    (
        "noor",
        DID,
        NAMED,
        CLOSE,
        (
            "I called my father and asked about the garden. We spoke for an hour, of nothing but beans and the "
            "weather, and at the end he said that it had been a good evening. I had forgotten how much he likes to "
            "explain things, and how much I like to be told."
        ),
    ),
    ("maya", NOTICED, SOMEONE, COLLEAGUE, "The new one asks everybody how to spell their name, and gets it right."),
    ("robin", DID, NAMED, STRANGER, "I let her go first."),
    (
        "sam",
        RECEIVED,
        SOMEONE,
        CLOSE,
        "Somebody had left the hall light on for me: “You will be late again, I know it.”",
    ),
)
"""What people tell: who, how, shown as, for whom, and in which words."""
WARM = ("Tea, without asking.", "the hall light on for me", "the wrong exit")
"""What the others felt something about."""
SHEET = "@media print { html { background: #fff } body { padding: 16mm 15mm } }"
"""The margins that a printer puts round a page."""


def take_playground(browser: Browser) -> None:
    """The playground by day, by night and on a phone, with an answer that only one person sees."""
    with playground() as url:
        for scheme in ("light", "dark"):
            page = come(browser, url, scheme, 1280, 900)
            if scheme == "light":
                newest_morning(page).get_by_role("button", name="Another idea").click()
            page.locator("#entries h3").first.wait_for()
            settle(page)
            save(page.screenshot(), f"playground-{scheme}.png")
            page.close()
        page = come(browser, url, "light", 390, 844)
        settle(page)
        save(page.screenshot(), "playground-phone.png")
        page.close()


def take_wall(browser: Browser) -> None:
    """The wall's page by day, by night, on a phone and on paper, with what the people of a playground put on it."""
    with playground() as url:
        page = come(browser, url, "light", 1280, 900)
        for number, told in enumerate(TOLD):
            share(page, url, told)
            if number % 3 == 0:
                page.get_by_role("button", name="Next card").click()
                page.get_by_text("The next card is here.").wait_for()
        for text in WARM:
            for person in ("robin", "sam", "noor", "jonas", "maya"):
                page.goto(f"{url}c/kindness?as={person}")
                act = page.locator("#messages > li", has_text=text)
                act.get_by_role("button", name="It warmed me").click()
                page.locator("#entries").get_by_role("heading", name="Thank you").first.wait_for()
        say(page, url, "maya", "/kindling wall open link")
        said = page.get_by_text(re.compile(r"^http://\S+/wall/\w+$")).first
        address = said.inner_text()
        page.close()
        take_page(browser, address)


def take_page(browser: Browser, address: str) -> None:
    """One wall's page as people see it, and as a printer does."""
    looks: tuple[tuple[str, Literal["light", "dark"], int, int], ...] = (
        ("wall-light", "light", 1280, 900),
        ("wall-dark", "dark", 1280, 900),
        ("wall-phone", "light", 390, 844),
        ("wall-print", "light", 794, 1123),
    )
    for name, scheme, width, height in looks:
        size: ViewportSize = {"width": width, "height": height}
        scale = 1 if name == "wall-print" else 1.25  # all of it is on paper
        page = browser.new_page(
            viewport=size, color_scheme=scheme, device_scale_factor=scale, reduced_motion="reduce", bypass_csp=True
        )
        page.goto(address)
        if name == "wall-print":
            page.emulate_media(media="print")
            page.add_style_tag(content=SHEET)
        settle(page)
        save(page.screenshot(full_page=name == "wall-print"), f"{name}.png")
        page.close()


def take_desk(browser: Browser) -> None:
    """The moderators' pages: how things stand and the week ahead by day, and setting up on a phone by night."""
    with playground() as url:
        page = come(browser, url, "light", 1280, 900)
        say(page, url, "maya", "/kindling web")
        address = page.get_by_text(re.compile(r"^http://\S+/desk/in/\w+$")).first.inner_text()
        page.goto(address)
        page.get_by_role("button", name="Sign in here").click()
        page.get_by_role("heading", name="How things stand").wait_for()
        settle(page)
        save(page.screenshot(), "desk-light.png")
        page.get_by_role("link", name="Preview", exact=True).click()
        page.get_by_role("heading", name="The next seven days").wait_for()
        settle(page)
        save(page.screenshot(), "desk-preview.png")
        page.get_by_role("button", name="Change one").click()
        page.get_by_label("Which card?").select_option(index=1)
        page.get_by_role("button", name="Look at it").click()
        page.get_by_role("button", name="Show it").click()
        page.get_by_role("heading", level=4).last.wait_for()
        page.evaluate("document.querySelector('.looks').scrollIntoView()")
        page.wait_for_timeout(SETTLING)
        save(page.locator(".looks").screenshot(), "desk-looks.png")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 844})
        page.get_by_role("link", name="Setup", exact=True).click()
        page.get_by_role("button", name="Choose the channels").click()
        page.get_by_text("Where should the cards appear?").wait_for()
        settle(page)
        save(page.screenshot(), "desk-setup.png")
        page.close()


def share(page: Page, url: str, told: tuple[str, str, str, str, str]) -> None:
    """Put an act on the wall, as people do it."""
    person, telling, shown_as, circle, text = told
    say(page, url, person, "/kind share")
    page.get_by_label("What happened?").fill(text)
    for field, value in {"telling": telling, "shown_as": shown_as, "circle": circle}.items():
        choice = page.locator(f"#entries [name='f.{field}']")
        if choice.first.evaluate("field => field.tagName") == "SELECT":
            choice.select_option(value)
        else:
            page.locator(f"#entries [name='f.{field}'][value={value}]").check()
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Put it on the wall").first.click()
    answered = page.locator("#entries > li", has_text=text)
    answered.get_by_role("heading", name="It is on the wall").wait_for()
