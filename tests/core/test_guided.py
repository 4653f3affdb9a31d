"""Setting up step by step: left and taken up again, nothing before the first card, and tried out for real."""

from collections.abc import Mapping
from pathlib import Path

from bot.domain.forms import Form
from bot.domain.message import Card
from bot.domain.places import Actor
from tests.core.village import (
    DAY,
    MORNING,
    NINE,
    a_village,
    card_of,
    command,
    line,
    moments,
    press,
)
from tests.house import House, moderator

NOOR = moderator("noor")
WHERE = {"channel": "square", "wall": "other", "wall_channel": "garden"}
WHEN = {"zone": "Europe/Berlin", "days": "mon,tue,wed,thu,fri", "morning": "09:00", "weekly": "off"}
TONE = {"tone": "workplace", "language": "en"}
WALL = {"rule": "review", "links": "no", "words": "pineapple", "recap": "fri"}
SUPPORT = {"region": "elsewhere", "contacts": "Ines from the council | write to ines@example.org | weekday evenings"}
ALL = {"where": WHERE, "when": WHEN, "tone": TONE, "wall": WALL, "support": SUPPORT}


async def opened(house: House, step: str, actor: Actor | None = None) -> Form:
    card = await command(house, "kindling setup", actor)
    while f": {step}" not in card.heading:
        card = await press(house, card, "Back" if step == "Where" else "Skip this", actor)
    reply = await house.kindling.press(actor or moderator(), card.choices[0].action)
    assert isinstance(reply.content, Form)
    return reply.content


async def fill_in(house: House, card: Card, values: Mapping[str, str], actor: Actor | None = None) -> Card:
    """Open the form of a card's first button, and send it filled in with these values."""
    reply = await house.kindling.press(actor or moderator(), card.choices[0].action)
    assert isinstance(reply.content, Form), reply.content
    form = reply.content
    filled = {field.name: field.value for field in form.fields} | values
    return card_of(await house.kindling.submit(actor or moderator(), form.name, form.subject, filled))


async def walked(house: House, upto: str = "support") -> Card:
    """Everything answered as far as a step; the card that comes after it."""
    card = await command(house, "kindling setup")
    for step, values in ALL.items():
        card = await fill_in(house, card, values)
        if step == upto:
            break
    return card


async def test_the_walk_ends_with_the_first_card_that_is_announced(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        begun = await press(house, await walked(house), "Begin")

        assert line(begun, "First card") == "Mon 23 Nov 09:00 Europe/Berlin; nothing before that"
        await house.until(NINE)
        assert moments(house) == [(MORNING, NINE)]


async def test_a_walk_that_is_not_ended_posts_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await walked(house)

        await house.until(NINE + 8 * DAY)

        assert moments(house) == []
        assert (await command(house, "kindling status")).heading == "Kindling is not set up here yet"
