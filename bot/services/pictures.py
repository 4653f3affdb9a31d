"""Pictures that were drawn here, for platforms that take no drawings."""

from dataclasses import replace

from bot.domain.message import Card
from bot.ports.tools import Painter


async def painted(card: Card, painter: Painter) -> Card:
    """The card with its drawing as a picture too, where that can be made here."""
    drawn = card.picture
    if drawn is None or not drawn.svg or drawn.png:
        return card
    return replace(card, picture=replace(drawn, png=await painter.paint(drawn.svg)))
