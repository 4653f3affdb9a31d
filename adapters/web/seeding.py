"""Letting some weeks happen in a new room, so that whoever opens it first finds it lived in."""

from datetime import timedelta

import structlog

from adapters.web.people import Channel
from adapters.web.playground import Playground
from adapters.web.room import PAGE
from adapters.web.warmth import EMOJI
from bot.app import Kindling
from bot.ports import Travel

log = structlog.get_logger(__name__)

SET_UP = "kindling setup"
MORNING = "09:00"


async def let_weeks_pass(ground: Playground, kindling: Kindling, travel: Travel, weeks: int) -> str:
    """A moderator sets Kindling up, weeks go by, and people react here and there; says so in the end.

    All of it goes through the front door, so nothing is there that could not have happened.
    """
    channel = next(channel for channel in ground.room.channels.values() if channel.writable)
    moderator = next(person for person in ground.room.people.values() if person.moderates)
    wishes = {"channel": channel.id, "zone": ground.room.zone, "morning": MORNING}
    await kindling.command(ground.actor(moderator, channel), SET_UP, wishes)
    felt = 0
    for _ in range(weeks):
        await travel.forward(timedelta(weeks=1))
        felt = await _react(ground, kindling, channel, felt)
    log.info("web.seeded", weeks=weeks)
    return "These weeks have happened already. Go on from here as you like."


async def _react(ground: Playground, kindling: Kindling, channel: Channel, after: int) -> int:
    """Some warmth on the messages that came after `after`; the last one's number, to go on from."""
    _, messages = await ground.room.page(channel.id, limit=PAGE)
    people, emoji = tuple(ground.room.people.values()), tuple(EMOJI)
    for message in messages:
        for turn in range(message.id % 4 if message.id > after else 0):
            person = people[(message.id + 2 * turn) % len(people)]
            feeling = emoji[(message.id * 5 + turn * turn) % len(emoji)]
            if await ground.room.react(channel.id, message.id, person.id, feeling, present=True):
                await kindling.reacted(
                    ground.person(person),
                    ground.ref(channel, message.id),
                    feeling,
                    present=True,
                    at=ground.clock.now(),
                )
    return max((message.id for message in messages), default=after)
