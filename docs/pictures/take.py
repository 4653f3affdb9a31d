# ruff: noqa: INP001  a tool, run by scripts/pictures
"""Takes the pictures of this folder: the playground, the web pages, and cards as Discord and Slack show them.

Everything on them is real: the playground is `kindling demo`, and the cards are written by Kindling and rendered
by the adapters; only the look of the two chat programs is imitated.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import blake2b
from html import escape
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE)]

import as_discord  # noqa: E402  beside this file
import as_slack  # noqa: E402
from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright  # noqa: E402

from bot.app import Adapter, Plugin, Surroundings  # noqa: E402
from bot.domain.community import Community, Tone  # noqa: E402
from bot.domain.delivery import Content, Occurrence  # noqa: E402
from bot.domain.garden import HEIGHT, WIDTH  # noqa: E402
from bot.domain.ids import ActId, CommunityId, MemberId, OccurrenceId, ScheduleId, SpaceId  # noqa: E402
from bot.domain.message import Card, Picture  # noqa: E402
from bot.domain.packs import Circle  # noqa: E402
from bot.domain.schedule import Ritual  # noqa: E402
from bot.domain.wall import Act, ShownAs, Telling  # noqa: E402
from bot.runtime.clock import SystemClock  # noqa: E402
from bot.runtime.library import built_in, load  # noqa: E402
from bot.services.cards import write_out  # noqa: E402
from bot.services.commands import COMMANDS  # noqa: E402
from bot.services.content import Contents  # noqa: E402
from bot.services.recap_cards import choose_quotes, recap_card  # noqa: E402
from bot.services.wall_cards import act_card  # noqa: E402

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LARGEST = 300_000
DAY = date(2026, 11, 24)
PATIENCE = 60_000
"""Milliseconds that anything on a page may take: the weeks that have happened are made meanwhile."""
SETTLING = 600
"""Milliseconds for what moves to come to rest."""


@dataclass(frozen=True, slots=True)
class Platform:
    """How a chat program is imitated, and what its adapter needs to be made."""

    name: str
    settings: Mapping[str, str]
    shown: Callable[[Mapping[str, object], Mapping[str, str]], str]
    seed: str
    week: int
    act: Act


AN_ACT = Act(
    ActId("a"),
    CommunityId("c"),
    SpaceId("s"),
    MemberId("m"),
    Telling.NOTICED,
    "A boy on the bus gave up his seat before anybody had to ask.",
    datetime(2026, 11, 24, 9, tzinfo=UTC),
    circle=Circle.STRANGERS,
)
ANOTHER_ACT = replace(
    AN_ACT,
    telling=Telling.RECEIVED,
    text="Noor stayed ten minutes longer so that I could catch my train.",
    circle=Circle.COLLEAGUES,
    shown_as=ShownAs.NAME,
    name="Robin",
)
PLATFORMS = (
    Platform("discord", {"token": "none"}, as_discord.shown, "two cups of tea", 1, AN_ACT),
    Platform(
        "slack", {"bot_token": "xoxb-none", "app_token": "xapp-none"}, as_slack.shown, "by the fire", 2, ANOTHER_ACT
    ),
)

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


def main() -> int:
    """Take the pictures that are asked for; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", choices=["cards", "recap", "playground", "wall", "desk"], help="all of them unless given"
    )
    only: str | None = parser.parse_args().only
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.stderr.write("There is no Chromium or Chrome here, and pictures need one.\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        parts = {"cards": take_cards, "recap": take_recap, "playground": take_playground, "wall": take_wall}
        parts |= {"desk": take_desk}
        for name, take in parts.items():
            if only in {None, name}:
                take(browser)
        browser.close()
    too_large = [file.name for file in HERE.glob("*.png") if file.stat().st_size > LARGEST]
    if too_large:
        sys.stderr.write(f"Larger than {LARGEST} bytes: {', '.join(too_large)}\n")
    return bool(too_large)


def take_cards(browser: Browser) -> None:
    """A morning card, a weekly card and an act on each platform."""
    page = browser.new_page(viewport={"width": 700, "height": 900}, device_scale_factor=1.5)
    for platform in PLATFORMS:
        adapter = adapter_of(platform)
        for name, card in cards(adapter.tone, platform).items():
            page.set_content(mock(platform, adapter.show(card)), wait_until="load")
            save(page.locator("#picture").screenshot(), f"{platform.name}-{name}.png")
    page.close()


def take_recap(browser: Browser) -> None:
    """Gardens of few and of many acts, and the recap that shows one, as Discord shows it."""
    few, many = some_acts(7), some_acts(90)
    for name, acts in (("few", few), ("many", many)):
        drawn = recap_card(acts, ()).picture
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=0.75)
        page.set_content(f"<style>body {{ margin: 0 }}</style>{drawn.svg if drawn else ''}", wait_until="load")
        save(page.screenshot(omit_background=True), f"garden-{name}.png")
        page.close()
    page = browser.new_page(viewport={"width": 700, "height": 1100}, device_scale_factor=1.25)
    platform = PLATFORMS[0]
    card = recap_card(few, choose_quotes(few, OccurrenceId("o")))
    drawn = card.picture or Picture("", "")
    told = replace(card, picture=replace(drawn, png=b"drawn"))
    address = f"data:image/svg+xml;base64,{b64encode(drawn.svg.encode()).decode()}"
    message = adapter_of(platform).show(told).replace("attachment://garden.png", address)
    page.set_content(mock(platform, message), wait_until="load")
    save(page.locator("#picture").screenshot(), "discord-recap.png")
    page.close()


SAID = (
    ("Somebody held the door with both arms full, and laughed about it.", Telling.NOTICED, Circle.STRANGERS),
    ("A friend asked how I am, and then waited for the answer.", Telling.RECEIVED, Circle.CLOSE),
    ("I told the baker that her bread is why I get up on Saturdays.", Telling.DID, Circle.STRANGERS),
    ("I went to bed early instead of finishing everything.", Telling.DID, Circle.SELF),
    ("A colleague stayed with me until the ticket was done.", Telling.RECEIVED, Circle.COLLEAGUES),
)


def some_acts(count: int) -> Sequence[Act]:
    """Acts of a week, always the same."""
    acts: list[Act] = []
    for number in range(count):
        text, telling, circle = SAID[number % len(SAID)]
        name = blake2b(str(number).encode(), digest_size=16).hexdigest()
        author = MemberId(str(number))
        telling = list(Telling)[int(name[0], 16) % 3] if number >= len(SAID) else telling
        circle = [*Circle, None][int(name[1], 16) % 5] if number >= len(SAID) else circle
        space, at = SpaceId("s"), datetime.now(UTC)
        acts.append(Act(ActId(name), CommunityId("c"), space, author, telling, text, at, circle))
    return acts


def adapter_of(platform: Platform) -> Adapter:
    """The platform's adapter, never opened: to render needs no account."""
    [point] = entry_points(group="kindling.adapters", name=platform.name)
    plugin: Plugin = point.load()
    surroundings = Surroundings(SystemClock(), COMMANDS, Path("nowhere"))
    return plugin.create(plugin.settings.model_validate(platform.settings), surroundings)


def cards(tone: Tone, platform: Platform) -> Mapping[str, Card]:
    """The cards of one day, chosen as they are for a community of its own seed."""
    library = load([built_in()])
    contents = Contents(library)
    community = Community(CommunityId("c"), platform.seed, tone, datetime.now(UTC))
    week = contents.next_week(community, platform.week)
    theme = library.theme(week.theme) if week.theme else None
    morning = Content(prompts=tuple(contents.next_morning(community, {}, theme, DAY.toordinal())))
    return {
        "morning": write_out(occurrence(community, Ritual.MORNING, morning), library, theme),
        "weekly": write_out(occurrence(community, Ritual.CHALLENGE, week), library, None),
        "act": act_card(platform.act, len("felt")),
    }


def occurrence(community: Community, ritual: Ritual, content: Content) -> Occurrence:
    """A ritual of the day with its content."""
    schedule = ScheduleId("s")
    return Occurrence(OccurrenceId("o"), schedule, community.id, ritual, DAY, datetime.now(UTC), content=content)


def mock(platform: Platform, message: str) -> str:
    """A page with the message in its channel."""
    style = (HERE / f"{platform.name}.css").read_text("utf-8")
    ember = b64encode((ROOT / "adapters" / "web" / "static" / "ember.svg").read_bytes()).decode()
    body = platform.shown(json.loads(message), {})
    return f"""<!doctype html><meta charset="utf-8"><title>{escape(platform.name)}</title><style>{style}</style>
<div id="picture"><div class="bar"><i>#</i>kindness</div><div class="message">
<img class="avatar" alt="" src="data:image/svg+xml;base64,{ember}">
<div class="said"><div class="byline"><b>Kindling</b><span class="app">APP</span><time>09:00</time></div>{body}</div>
</div></div>"""


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


def come(browser: Browser, url: str, scheme: Literal["light", "dark"], width: int, height: int) -> Page:
    """The page as a member sees it, once there is a morning card on it."""
    size: ViewportSize = {"width": width, "height": height}
    page = browser.new_page(viewport=size, color_scheme=scheme, device_scale_factor=1.25, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}c/kindness?as=sam")
    newest_morning(page).wait_for()
    page.get_by_text("weeks have happened already").wait_for()
    page.goto(f"{url}c/kindness?as=sam")  # without the news of the cards that came while the page was open
    return page


def newest_morning(page: Page) -> Locator:
    """The newest morning card on the page."""
    return page.locator("#messages > li", has=page.get_by_role("heading", name="Today’s intention")).first


def settle(page: Page) -> None:
    """Nothing under the pointer, nothing in focus, nothing on its way."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.wait_for_timeout(SETTLING)


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
        page = browser.new_page(
            viewport=size, color_scheme=scheme, device_scale_factor=1.25, reduced_motion="reduce", bypass_csp=True
        )
        page.goto(address)
        if name == "wall-print":
            page.emulate_media(media="print")
            page.add_style_tag(content=SHEET)
        settle(page)
        save(page.screenshot(full_page=name == "wall-print"), f"{name}.png")
        page.close()


def take_desk(browser: Browser) -> None:
    """The moderators' pages: how things stand by day, and setting up on a phone by night."""
    with playground() as url:
        page = come(browser, url, "light", 1280, 900)
        say(page, url, "maya", "/kindling web")
        address = page.get_by_text(re.compile(r"^http://\S+/desk/in/\w+$")).first.inner_text()
        page.goto(address)
        page.get_by_role("button", name="Sign in here").click()
        page.get_by_role("heading", name="How things stand").wait_for()
        settle(page)
        save(page.screenshot(), "desk-light.png")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 390, "height": 844})
        page.get_by_role("link", name="Setup", exact=True).click()
        page.get_by_role("heading", name="Set up Kindling").wait_for()
        settle(page)
        save(page.screenshot(), "desk-setup.png")
        page.close()


def say(page: Page, url: str, person: str, line: str) -> None:
    """Type a command as somebody."""
    page.goto(f"{url}c/kindness?as={person}")
    page.get_by_label("A command for Kindling").fill(line)
    page.keyboard.press("Enter")


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


@contextmanager
def playground() -> Iterator[str]:
    """`kindling demo --fresh` in a folder of its own; its address, once the weeks have gone by."""
    with tempfile.TemporaryDirectory() as folder:
        command = [Path(sys.executable).with_name("kindling"), "demo", "--fresh", "--data", folder, "--port", "8411"]
        environment = os.environ | {"TZ": "Europe/Berlin", "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as demo:  # noqa: S603  ours
            try:
                said = next((line for line in demo.stdout or () if "http://" in line), "")
                found = re.search(r"http://\S+/", said)
                if found is None:
                    raise RuntimeError("the playground did not start")
                yield found[0]
            finally:
                demo.terminate()


def save(picture: bytes, name: str) -> None:
    """Keep a picture and say so."""
    (HERE / name).write_bytes(picture)
    sys.stdout.write(f"docs/pictures/{name}  {len(picture) // 1000} kB\n")


if __name__ == "__main__":
    sys.exit(main())
