# ruff: noqa: INP001  a tool, found beside take.py
"""What all pictures need: a playground to look at, a message in its chat program, and a file for the picture."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, ViewportSize

from bot.domain.looks import Look
from bot.domain.message import Card
from bot.ports.looks import ShowsCards

HERE = Path(__file__).resolve().parent
PATIENCE = 60_000
"""Milliseconds that anything on a page may take: the weeks that have happened are made meanwhile."""
SETTLING = 600
"""Milliseconds for what moves to come to rest."""
SCHEMES: Mapping[str, Literal["light", "dark"]] = {"discord": "dark", "slack": "light"}
"""By day or by night, as most people have each chat program."""


def platform_of(name: str) -> ShowsCards:
    """The platform, which tells how cards look there."""
    [point] = entry_points(group="kindling.adapters", name=name)
    plugin: ShowsCards = point.load()
    return plugin


def look_of(platform: str, card: Card, channels: Mapping[str, str] | None = None, clock: str = "09:00") -> Look:
    """A card as the platform shows it."""
    return platform_of(platform).look(card, at=clock, channels=channels or {})


def message(look: Look) -> str:
    """A page with a message in its channel."""
    return in_the_look_of(look.platform, f'<div class="bar"><i>#</i>kindness</div>{look.html}')


def in_the_look_of(platform: str, body: str) -> str:
    """A page that looks like a chat program."""
    style = platform_of(platform).style() + (HERE / f"{platform}.css").read_text("utf-8")
    return f"""<!doctype html><meta charset="utf-8"><title>{escape(platform)}</title><style>{style}</style>
<div id="picture">{body}</div>"""


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


def say(page: Page, url: str, person: str, line: str) -> None:
    """Type a command as somebody."""
    page.goto(f"{url}c/kindness?as={person}")
    page.get_by_label("A command for Kindling").fill(line)
    page.keyboard.press("Enter")


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
