# ruff: noqa: INP001  a tool, found beside take.py
"""What all pictures need: a playground to look at, a message in its chat program, and a file for the picture."""

import json
import os
import re
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

import as_discord
import as_slack
from playwright.sync_api import Browser, Locator, Page, ViewportSize

from bot.app import Adapter, Plugin, Surroundings
from bot.runtime.clock import SystemClock
from bot.services.commands import COMMANDS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PATIENCE = 60_000
"""Milliseconds that anything on a page may take: the weeks that have happened are made meanwhile."""
SETTLING = 600
"""Milliseconds for what moves to come to rest."""
Shown = Callable[[Mapping[str, object], Mapping[str, str]], str]
LOOKS: Mapping[str, Shown] = {"discord": as_discord.shown, "slack": as_slack.shown}
"""How each chat program is imitated."""
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "discord": {"token": "none"},
    "slack": {"bot_token": "xoxb-none", "app_token": "xapp-none"},
}
"""What each adapter needs to be made. It is never opened: to render needs no account."""


def adapter_of(platform: str) -> Adapter:
    """The platform's adapter."""
    [point] = entry_points(group="kindling.adapters", name=platform)
    plugin: Plugin = point.load()
    surroundings = Surroundings(SystemClock(), COMMANDS, Path("nowhere"))
    return plugin.create(plugin.settings.model_validate(SETTINGS[platform]), surroundings)


def message(platform: str, shown: str, channels: Mapping[str, str] | None = None, clock: str = "09:00") -> str:
    """A page with a message, as the adapter renders it, in its channel."""
    return page_of(platform, LOOKS[platform](json.loads(shown), channels or {}), clock)


def page_of(platform: str, body: str, clock: str) -> str:
    """A page with what Kindling said in a channel."""
    ember = b64encode((ROOT / "adapters" / "web" / "static" / "ember.svg").read_bytes()).decode()
    return in_the_look_of(
        platform,
        f"""<div class="bar"><i>#</i>kindness</div><div class="message">
<img class="avatar" alt="" src="data:image/svg+xml;base64,{ember}">
<div class="said"><div class="byline"><b>Kindling</b><span class="app">APP</span><time>{escape(clock)}</time></div>
{body}</div></div>""",
    )


def in_the_look_of(platform: str, body: str) -> str:
    """A page that looks like a chat program."""
    style = (HERE / f"{platform}.css").read_text("utf-8")
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
