"""Letting some weeks happen in a new room, so that whoever opens it first finds it lived in."""

from datetime import timedelta
from typing import TypeAlias

import structlog

from adapters.web.people import Channel
from adapters.web.playground import Playground
from adapters.web.room import PAGE
from adapters.web.warmth import EMOJI
from bot.app import Kindling
from bot.domain.message import Card
from bot.ports import Travel

log = structlog.get_logger(__name__)

SET_UP = "kindling setup"
MORNING = "09:00"
PUBLISH = "publish"
PARTS = 3
"""Over so many weeks what is shared is spread; then it comes again."""

Told: TypeAlias = tuple[str, str, str, str]
"""How it is told, for whom, as whom its author is shown, and the words."""
SHARED: tuple[Told, ...] = (
    ("received", "colleagues", "name", "Noor stayed ten minutes longer so that I could catch my train."),
    ("did", "close", "someone", "Called my aunt, just to ask how her tomatoes are."),
    ("noticed", "strangers", "someone", "A boy on the bus gave up his seat before anybody had to ask."),
    ("did", "self", "someone", "Went to bed when I was tired, and let the dishes be dishes."),
    ("received", "strangers", "someone", "Somebody at the till let me go first. I had only a lemon."),
    ("noticed", "colleagues", "name", "Jonas wrote down what was decided, for those who were ill."),
    ("did", "strangers", "name", "Left a good review for the shoe mender at the corner."),
    ("received", "close", "someone", "A postcard. Somebody still writes postcards, and wrote one to me."),
    ("did", "colleagues", "someone", "Listened to the end before I said anything. It was not easy, and it was good."),
)


async def let_weeks_pass(ground: Playground, kindling: Kindling, travel: Travel, weeks: int) -> str:
    """A moderator sets Kindling up, weeks go by, and people react here and there; says so in the end.

    All of it goes through the front door, so nothing is there that could not have happened.
    """
    channel = next(channel for channel in ground.room.channels.values() if channel.writable)
    moderator = next(person for person in ground.room.people.values() if person.moderates)
    wishes = {"channel": channel.id, "zone": ground.room.zone, "morning": MORNING}
    await kindling.command(ground.actor(moderator, channel), SET_UP, wishes)
    felt = 0
    for week in range(weeks):
        await travel.forward(timedelta(days=2))
        for number, kindness in enumerate(SHARED[week % PARTS :: PARTS]):
            await _share(ground, kindling, channel, number + week, kindness)
        await travel.forward(timedelta(days=5))
        felt = await _react(ground, kindling, channel, felt)
    log.info("web.seeded", weeks=weeks)
    return "These weeks have happened already. Go on from here as you like."


async def _share(ground: Playground, kindling: Kindling, channel: Channel, turn: int, kindness: Told) -> None:
    """Somebody fills the form in, looks at it, and puts it on the wall."""
    people = tuple(ground.room.people.values())
    actor = ground.actor(people[turn % len(people)], channel)
    telling, circle, shown_as, text = kindness
    values = {"telling": telling, "circle": circle, "shown_as": shown_as, "text": text}
    preview = (await kindling.submit(actor, "share", "", values)).content
    if isinstance(preview, Card):
        for choice in preview.choices:
            if choice.action.name == PUBLISH:
                await kindling.press(actor, choice.action)


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
