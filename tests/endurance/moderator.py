"""The moderator who is asked of cards in doubt: looks at the channel, and does what the card says."""

import json
from collections import Counter
from contextlib import suppress

from tests.endurance.homes import MORNING, THEME, SlackHome
from tests.endurance.ledger import Ledger
from tests.endurance.world import World
from tests.standins.slack import CannotDo

UNSURE = """
    SELECT d.id, o.local_date, o.ritual FROM deliveries d JOIN occurrences o ON o.id = d.occurrence_id
    WHERE d.state = 'unsure' AND d.platform = 'slack' ORDER BY d.due_at
"""
AGAIN = "📮 Post again"


async def look_after_doubts(world: World, ledger: Ledger) -> Counter[str]:
    """A card that is there is touched by somebody, one that is not is posted again; what was done, counted."""
    done: Counter[str] = Counter()
    home = world.slack_home
    for delivery, local_date, ritual in await ledger.rows(UNSURE):
        wanted = (str(local_date), THEME if ritual == "challenge" else MORNING)
        zone = home.rhythm
        there = [card for card in home.cards() if (str(zone.date_of(card.at)), card.ritual) == wanted]
        with suppress(TimeoutError, CannotDo):
            if there:
                await home.touched(there[-1])
                done["a card in doubt was there, and adopted when somebody touched it"] += 1
            else:
                done[await _post_again(home, str(delivery))] += 1
    return done


async def _post_again(home: SlackHome, delivery: str) -> str:
    """By the message that asked; where a kill kept it from coming, by the status."""
    anna = home.people[0]
    for message in reversed(home.standin.dms(anna)):
        if delivery in json.dumps(message.blocks):
            await home.standin.click(anna, message, AGAIN)
            return "a card in doubt was not there, and posted again from the message that asked"
    reply = await home.standin.slash(anna, home.team, "/kindling", "status")
    status = await reply.ephemeral()
    await home.standin.click(anna, status, AGAIN)
    return "a card in doubt was not there, and posted again from the status"
