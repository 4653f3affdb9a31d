# ruff: noqa: INP001  a tool, found beside take.py
"""Pictures of what moderators read and fill in: real answers of a Kindling that runs for a week, as chats show them."""

import asyncio
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import as_discord
import as_slack
from playwright.sync_api import Browser
from shots import SCHEMES, in_the_look_of, look_of, message, save

from adapters.discord import forms as discord_forms
from adapters.slack import forms as slack_forms
from adapters.slack.forms import Memo
from bot.domain.forms import Form
from bot.domain.message import Card
from bot.domain.uploads import Upload
from tests.core.village import DAY, HOUR, NINE, a_village, button, card_of, command, press
from tests.house import House, moderator

CHANNELS = {"101": "kindness", "102": "kindness-wall", "103": "team", "C101": "kindness"}
HOLIDAYS = """BEGIN:VCALENDAR
X-WR-CALNAME:School holidays
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261126
DTEND;VALUE=DATE:20261128
SUMMARY:Autumn days
END:VEVENT
END:VCALENDAR
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one picture shows."""

    name: str
    platform: str
    content: Card | Form
    clock: str = "08:10"


def take_moderators(browser: Browser) -> None:
    """The main steps of a moderator, each on one of the two platforms."""
    with ThreadPoolExecutor(1) as elsewhere:  # in this thread the browser has a loop of its own
        scenes = elsewhere.submit(lambda: asyncio.run(played())).result()
    page = browser.new_page(viewport={"width": 700, "height": 1200}, device_scale_factor=1.25)
    for scene in scenes:
        page.emulate_media(color_scheme=SCHEMES[scene.platform])
        page.set_content(drawn(scene), wait_until="load")
        save(page.locator("#picture").screenshot(), f"{scene.platform}-{scene.name}.png")
    page.close()


def drawn(scene: Scene) -> str:
    """A page with what the platform shows."""
    content = scene.content
    if isinstance(content, Card):
        return message(look_of(scene.platform, content, CHANNELS, scene.clock))
    if scene.platform == "discord":
        return in_the_look_of("discord", as_discord.form(discord_forms.modal(content), CHANNELS))
    return in_the_look_of("slack", as_slack.form(slack_forms.modal(content, Memo()), CHANNELS))


async def played() -> list[Scene]:
    """A week of moderating on Discord, and the same place on Slack for what is shown of there."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_village(Path(folder)) as house:
            scenes = [*await setting_up(house), *await calendar(house)]
            return [*scenes, *await looking_ahead(house), *await a_week_later(house)]


async def opened(house: House, card: Card, label: str) -> Form:
    """The form behind a button."""
    reply = await house.kindling.press(moderator(), button(card, label))
    if not isinstance(reply.content, Form):
        raise TypeError(f"{label} opens no form")
    return reply.content


async def sent(house: House, form: Form, **words: str) -> Card:
    """A form filled in with these words, and sent."""
    values = {field.name: field.value for field in form.fields} | words
    return card_of(await house.kindling.submit(moderator(), form.name, form.subject, values))


STEPS: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("Choose the channels", {"channel": "101", "wall": "other", "wall_channel": "102"}),
    ("Choose the times", {"zone": "Europe/Berlin", "morning": "09:00", "weekly": "mon"}),
    ("Choose more times", {"evening": "18:00", "quiet": "21:00-07:00", "rest": "off"}),
    ("Choose the tone", {"tone": "community", "language": "en"}),
    ("Choose the wall's rules", {"rule": "review", "recap": "fri"}),
    ("Name people to talk to", {"region": "DE"}),
)


async def setting_up(house: House) -> list[Scene]:
    """The first card, a form, the last card, and what *Begin* answers."""
    card = await command(house, "kindling setup")
    scenes = [Scene("setup-first", "slack", card)]
    for label, words in STEPS:
        form = await opened(house, card, label)
        if label == "Choose the times":
            scenes.append(Scene("setup-form", "discord", form))
        card = await sent(house, form, **words)
    begun = await press(house, card, "Begin")
    return [*scenes, Scene("setup-last", "discord", card), Scene("setup-begun", "discord", begun)]


async def calendar(house: House) -> list[Scene]:
    """Settings with holidays, and the weeks to come."""
    file = {"file": Upload("school.ics", HOLIDAYS.encode())}
    looked_at = card_of(await house.kindling.submit(moderator(), "holidays", "", {"name": ""}, file))
    await press(house, looked_at, "Leave them out")
    weeks = await command(house, "kindling challenge")
    plan = await opened(house, weeks, "Choose a plan")
    return [
        Scene("settings", "discord", await command(house, "kindling settings")),
        Scene("holidays", "discord", looked_at),
        Scene("weeks", "discord", weeks),
        Scene("plan-form", "slack", plan),
    ]


async def looking_ahead(house: House) -> list[Scene]:
    """A card of the week that gets another question, and the week with it."""
    which = await opened(house, await command(house, "kindling preview"), "Change one")
    card = next(value for value, label in which.fields[0].options if label.startswith("Wed"))
    one = await sent(house, which, card=card)
    words = await opened(house, one, "Own words")
    await sent(house, words, text="Who made something easier for you this week?")
    changed = await sent(house, await opened(house, await command(house, "kindling preview"), "Change one"), card=card)
    prompts = await command(house, "kindling prompts list")
    return [
        Scene("preview", "discord", await command(house, "kindling preview")),
        Scene("preview-changed", "discord", changed),
        Scene("prompts", "slack", prompts),
    ]


async def a_week_later(house: House) -> list[Scene]:
    """How things stand after some days, of which two were holidays."""
    await house.until(NINE + 4 * DAY + 10 * HOUR + timedelta(minutes=5))
    return [Scene("status", "discord", await command(house, "kindling status"), "19:05")]
