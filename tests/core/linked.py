"""Two places to link, and what their moderators and members do about it."""

from bot.domain.message import Card, Quote, Text
from bot.domain.places import Actor
from tests.core.before import be_set_up
from tests.core.village import card_of, labels, press
from tests.house import House, member, moderator

MAYA = moderator("maya")
"""Moderates the village."""
TOMAS = moderator("tomas", space="town", channel="market")
"""Moderates the town."""
ROBIN = member("robin")
TARA = member("tara", space="town", channel="market")


def code_in(card: Card) -> str:
    """The code that a card shows."""
    [shown] = [part.text for part in card.body if isinstance(part, Text) and part.strong]
    return shown


async def two_places(house: House) -> None:
    """A village and a town, both set up."""
    await be_set_up(house, MAYA, weekly="off")
    await be_set_up(house, TOMAS, channel="market", weekly="off")


async def a_code(house: House, actor: Actor = MAYA) -> str:
    return code_in(card_of(await house.kindling.command(actor, "kindling link", {})))


async def entered(house: House, code: str, actor: Actor = TOMAS) -> Card:
    return card_of(await house.kindling.command(actor, "kindling link", {"code": code}))


async def asked(house: House, host: Actor = MAYA, guest: Actor = TOMAS) -> Card:
    """The question to the side that made a code, after the other one agreed."""
    offer = await entered(house, await a_code(house, host), guest)
    await press(house, offer, "Link both places", guest)
    return house.letters.told[-1][1]


async def link(house: House, host: Actor = MAYA, guest: Actor = TOMAS) -> Card:
    """Link two places; the answer to the last press."""
    said = await press(house, await asked(house, host, guest), "Link both places", host)
    await house.core.engine.settle()
    return said


async def unlink(house: House, actor: Actor = MAYA) -> Card:
    """Unlink the only place that is linked here; or say that there is none."""
    question = card_of(await house.kindling.command(actor, "kindling unlink", {}))
    if "Unlink" not in labels(question):
        return question
    said = await press(house, question, "Unlink", actor)
    await house.core.engine.settle()
    return said


def copies(house: House, space: str) -> list[str]:
    """What the acts say whose copies stand in a place."""
    return [
        quoted(letter.card)
        for letter in house.letters.letters
        if not letter.gone and letter.place.space == space and letter.card.heading.startswith("A kindness ")
    ]


def quoted(card: Card) -> str:
    [text] = [part.text for part in card.body if isinstance(part, Quote)]
    return text
