"""Homes of communities on the stand-ins: what is shown there, what people do there, and when cards are due.

When a card is due is worked out here anew, with no code of Kindling's: it is what Kindling is held to.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tests.standins import discord, slack
from tests.standins.discord import DiscordStandIn
from tests.standins.slack import SlackStandIn

MORNING, THEME = "morning", "challenge"
MONDAY = 0
SHORT_NAMES = {"💛": "yellow_heart", "🌱": "seedling", "✨": "sparkles", "🔥": "fire", "🙏": "pray"}
EMOJI = tuple(SHORT_NAMES)
TRY = "I'll try one"

Wanted = tuple[date, str]
"""A local date and a ritual."""
Felt = tuple[str, str]
"""A person's id and an emoji."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every day at a local time, and on Mondays a theme, or not."""

    zone: str
    at: time
    weekly: bool = True

    def due(self, day: date) -> datetime:
        """The instant of a local date. No time here is ever skipped or doubled by a clock change."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)

    def date_of(self, instant: datetime) -> date:
        """The local date of an instant."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def instants(self, after: datetime, until: datetime) -> Iterator[tuple[date, datetime]]:
        """The local dates whose instant lies after one instant and not after another."""
        day = after.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        while (due := self.due(day)) <= until:
            if due > after:
                yield day, due
            day += timedelta(days=1)

    def wanted(self, after: datetime, until: datetime) -> set[Wanted]:
        """What has to be there, each exactly once."""
        days = [day for day, _ in self.instants(after, until)]
        themes = {(day, THEME) for day in days if self.weekly and day.weekday() == MONDAY}
        return {(day, MORNING) for day in days} | themes

    @property
    def words(self) -> dict[str, str]:
        """As a moderator sets it up."""
        weekly = "mon" if self.weekly else "off"
        return {"zone": self.zone, "morning": f"{self.at:%H:%M}", "days": "daily", "weekly": weekly}


@dataclass(frozen=True, slots=True)
class Shown:
    """A card that stands in a channel: its message's id, when it was posted, which ritual it is of."""

    id: str
    at: datetime
    ritual: str
    message: object = field(compare=False, repr=False)


class Home(Protocol):
    """One place that is posted to."""

    platform: str
    rhythm: Rhythm
    since: datetime | None

    @property
    def key(self) -> str: ...

    async def set_up(self) -> None: ...

    def cards(self) -> list[Shown]: ...

    def felt(self, card: Shown) -> set[Felt]: ...

    async def toggle(self, number: int, card: Shown, emoji: str) -> None: ...

    async def clear(self, card: Shown, emoji: str | None) -> None: ...

    async def press(self, card: Shown) -> str | None: ...

    async def ask(self) -> None: ...


@dataclass(slots=True)
class DiscordHome:
    """A server with a square in it. Its last person presses buttons, the others react."""

    standin: DiscordStandIn
    guild: discord.Guild
    square: discord.Channel
    people: list[discord.User]
    rhythm: Rhythm
    since: datetime | None = None
    platform: str = "discord"

    @classmethod
    def furnish(cls, standin: DiscordStandIn, number: int, rhythm: Rhythm) -> "DiscordHome":
        """A new server with three people."""
        people = [standin.add_user(f"{name}-{number}") for name in ("maya", "robin", "kim")]
        guild = standin.add_guild(name=f"Village {number}", owner=people[0])
        square = guild.add_channel("kindness")
        for person in people[1:]:
            guild.add_member(person)
        return cls(standin, guild, square, people, rhythm)

    @property
    def key(self) -> str:
        return self.square.id

    async def set_up(self) -> None:
        words = {**self.rhythm.words, "channel": self.square}
        reply = await self.standin.slash(self.people[0], self.square, "kindling setup", **words)
        await self.standin.until(lambda: "First card" in reply.text)
        self.since = self.standin.now()

    def cards(self) -> list[Shown]:
        bot = self.standin.bot
        found = [message for message in self.standin.messages(self.square) if message.author is bot]
        return [Shown(one.id, one.created, _ritual(one.text), one) for one in found]

    def felt(self, card: Shown) -> set[Felt]:
        message = self._message(card)
        return {(user.id, emoji) for emoji, reaction in message.reactions.items() for user in reaction.users}

    async def toggle(self, number: int, card: Shown, emoji: str) -> None:
        person, message = self.people[number % 2], self._message(card)
        on = person in message.reacted(emoji)
        await (self.standin.unreact if on else self.standin.react)(person, message, emoji)

    async def clear(self, card: Shown, emoji: str | None) -> None:
        message = self._message(card)
        if emoji is None:
            await self.standin.clear_reactions(message)
        else:
            await self.standin.clear_emoji(message, emoji)

    async def press(self, card: Shown) -> str | None:
        with suppress(discord.InteractionFailed):
            reply = await self.standin.click(self.people[2], self._message(card), TRY)
            return self.people[2].id if "Lovely" in reply.text else None
        return None

    async def ask(self) -> None:
        with suppress(discord.InteractionFailed):
            await self.standin.slash(self.people[0], self.square, "kindling status")

    def _message(self, card: Shown) -> discord.Message:
        assert isinstance(card.message, discord.Message)
        return card.message


@dataclass(slots=True)
class SlackHome:
    """A workspace's channel. Its last person presses buttons, the others react."""

    standin: SlackStandIn
    team: slack.Channel
    people: list[slack.User]
    rhythm: Rhythm
    since: datetime | None = None
    platform: str = "slack"

    @classmethod
    def furnish(cls, standin: SlackStandIn, rhythm: Rhythm) -> "SlackHome":
        """A channel with three people in it."""
        zone = rhythm.zone
        people = [standin.add_user(name, tz=zone, admin=name == "anna") for name in ("anna", "ben", "chris")]
        return cls(standin, standin.add_channel("team", members=people, bot_in=True), people, rhythm)

    @property
    def key(self) -> str:
        return self.team.id

    async def set_up(self) -> None:
        typed = " ".join(f"{name}:{value}" for name, value in self.rhythm.words.items())
        words = f"setup channel:<#{self.team.id}|team> {typed}"
        reply = await self.standin.slash(self.people[0], self.team, "/kindling", words)
        assert "First card" in (await reply.ephemeral()).shown
        self.since = datetime.fromtimestamp(self.standin.clock.now(), UTC)

    def cards(self) -> list[Shown]:
        found = [message for message in self.standin.messages(self.team) if message.bot_id]
        return [Shown(one.ts, datetime.fromtimestamp(float(one.ts), UTC), _ritual(one.shown), one) for one in found]

    def felt(self, card: Shown) -> set[Felt]:
        given = self._message(card).reactions
        return {(user, emoji) for emoji, name in SHORT_NAMES.items() for user in given.get(name, ())}

    async def toggle(self, number: int, card: Shown, emoji: str) -> None:
        person, message, name = self.people[number % 2], self._message(card), SHORT_NAMES[emoji]
        on = person.id in message.reactions.get(name, ())
        await (self.standin.unreact if on else self.standin.react)(person, message, name)

    async def clear(self, card: Shown, emoji: str | None) -> None:
        """Slack knows no clearing: everybody takes theirs off."""
        given = [felt for felt in self.felt(card) if emoji in {None, felt[1]}]
        for user, one in sorted(given):
            await self.standin.unreact(user, self._message(card), SHORT_NAMES[one])

    async def press(self, card: Shown) -> str | None:
        with suppress(TimeoutError):
            reply = await self.standin.click(self.people[2], self._message(card), f"🌱 {TRY}")
            shown = await reply.ephemeral() if reply.acked else None
            return self.people[2].id if shown and "Lovely" in shown.shown else None
        return None

    async def ask(self) -> None:
        with suppress(TimeoutError):
            await self.standin.slash(self.people[0], self.team, "/kindling", "status")

    def touched(self, card: Shown) -> Awaitable[object]:
        """Somebody presses a button that changes nothing."""
        return self.standin.click(self.people[1], self._message(card), "💡 Another idea")

    def _message(self, card: Shown) -> slack.Message:
        assert isinstance(card.message, slack.Message)
        return card.message


def _ritual(text: str) -> str:
    first = text.splitlines()[0]
    if "Today’s intention" in first:
        return MORNING
    return THEME if "This week: " in first else first


async def quietly(*doings: Awaitable[object]) -> None:
    """What people do while the process may die under them: whatever comes of it is looked at elsewhere."""
    await asyncio.gather(*doings, return_exceptions=True)
