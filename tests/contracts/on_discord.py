"""The contract's village on Discord: the real client against the stand-in."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.settings import DiscordSettings
from bot.domain.commands import Menu
from bot.domain.places import MessageRef, Person, Place
from bot.domain.uploads import Upload
from tests.contracts.platform import NO_FILES, Answer, Remote, Seen, StillClock
from tests.standins.discord import Channel, Chosen, DiscordStandIn, Message, Permission
from tests.standins.discord import Reply as Replied
from tests.standins.discord.message_routes import add_reaction, known_emoji
from tests.standins.discord.messages import walk

POSTING = r"/channels/\d+/messages$"
FINISHING = Permission.PIN_MESSAGES | Permission.CREATE_PUBLIC_THREADS
_GALLERY, _FILE = 12, 13
_ESCAPE = re.compile(r"\\([^A-Za-z0-9\s])")


class OnDiscord(Remote):
    name = "discord"
    POSTING = POSTING

    def __init__(self, discord: DiscordStandIn, clock: StillClock) -> None:
        self.clock = clock
        self.discord = discord
        discord.now = clock.now
        self.people = {name: discord.add_user(name) for name in ("maya", "robin", "sam")}
        self.guild = discord.add_guild("Village", owner=self.people["maya"])
        for user in self.people.values():
            self.guild.add_member(user)
        self.guild.emojis["kindling"] = "815"
        names = ("kindness", "garden", "tower", "ruin")
        self.channels = {name: self.guild.add_channel(name) for name in names}
        self.place, self.other, self.closed, self.gone = (self._place(self.channels[name]) for name in names)
        self.channels["tower"].deny(self.guild.me, Permission.SEND_MESSAGES)
        discord.world.delete_channel(self.channels["ruin"])
        city = discord.add_guild("City")
        self.elsewhere = self._place(city.add_channel("square"))
        discord.world.leave(city)
        self.secrets = (discord.token, "wrong.token.altogether")
        self.adapter = self.another()

    @classmethod
    @asynccontextmanager
    async def there(cls, _: Path, clock: StillClock) -> AsyncIterator["OnDiscord"]:
        async with DiscordStandIn() as discord:
            yield cls(discord, clock)
            assert discord.violations == []

    def another(self, **more: object) -> DiscordAdapter:
        given = {"token": self.discord.token, "api_url": self.discord.url} | more
        return DiscordAdapter(DiscordSettings.model_validate(given), patience=5)

    def wrong(self) -> DiscordAdapter:
        return self.another(token=self.secrets[1])

    def person(self, name: str) -> Person:
        return Person("discord", self.guild.id, self.people[name].id)

    async def channel(self, place: Place) -> list[Seen]:
        return [seen(message) for message in self.discord.messages(self._channel(place))]

    async def at(self, ref: MessageRef) -> Seen | None:
        message = self._message(ref)
        return seen(message) if message else None

    async def private(self, name: str) -> list[Seen]:
        user = self.people[name]
        own = [m for channel in self.guild.channels for m in self.discord.messages(channel, seen_by=user)]
        own = [message for message in own if message.only_for is user]
        return [seen(message) for message in (*self.discord.messages(self.discord.dm(user)), *own)]

    async def react(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self.discord.react(self.people[name], self._surely(ref), self._spelled(emoji))

    async def unreact(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self.discord.unreact(self.people[name], self._surely(ref), self._spelled(emoji))

    def unwilling(self) -> Person:
        self.people["sam"].accepts_dms = False
        return self.person("sam")

    def stranger(self) -> Person:
        return Person("discord", self.guild.id, self.discord.add_user("nobody here").id)

    def bot(self) -> Person:
        bot = self.discord.add_user("A bot that may manage", bot=True)
        self.guild.add_member(bot, permissions=Permission.MANAGE_GUILD)
        return Person("discord", self.guild.id, bot.id)

    def let_manage(self, name: str, *, allowed: bool) -> None:
        role = self.guild.add_role("helpers", Permission.MANAGE_GUILD)
        self.guild.set_roles(self.people[name], [role] if allowed else [])

    def send_away(self, name: str) -> None:
        self.guild.remove_member(self.people[name])

    async def react_as_bot(self, ref: MessageRef, emoji: str) -> None:
        bot = self.discord.add_user("Another bot", bot=True)
        self.guild.add_member(bot)
        await self.discord.react(bot, self._surely(ref), emoji)

    async def react_as_kindling(self, ref: MessageRef, emoji: str) -> None:
        message = self._surely(ref)
        add_reaction(message, self.discord.bot, *known_emoji(message, emoji))

    async def sent_on(self, name: str, ref: MessageRef) -> MessageRef:
        original, channel = self._surely(ref), self._channel(ref.place)
        other = await self.discord.write(self.people[name], channel, "Look!")
        other.mentions = [self.discord.bot]  # so that the bot is shown what is in it
        other.components, other.flags, other.nonce = original.components, original.flags, original.nonce
        return MessageRef(ref.place, other.id)

    async def say(self, name: str, place: Place, text: str) -> MessageRef:
        message = await self.discord.write(self.people[name], self._channel(place), text)
        return MessageRef(place, message.id)

    async def menu(self, name: str, ref: MessageRef, menu: Menu) -> Answer:
        return self._answered(await self.discord.message_menu(self.people[name], self._surely(ref), menu.label))

    def mention(self, name: str) -> str:
        return self.people[name].mention

    def close_to_most(self, place: Place) -> None:
        channel = self._channel(place)
        channel.deny(self.guild.everyone, Permission.VIEW_CHANNEL)
        for member in (self.guild.me, *(self.guild.members[user.id] for user in self.people.values())):
            channel.allow(member, Permission.VIEW_CHANNEL)

    async def crowd(self, ref: MessageRef, emoji: str, number: int) -> set[str]:
        message, users = self._surely(ref), [self.discord.add_user(f"guest {n}") for n in range(number)]
        for user in users:
            self.guild.add_member(user)
            add_reaction(message, user, *known_emoji(message, emoji))
        return {user.id for user in users}

    async def take_away(self, ref: MessageRef) -> None:
        await self.discord.delete_message(self._surely(ref))

    async def command(self, name: str, command: str) -> Answer:
        channel = self._channel(self.place)
        return self._answered(await self.discord.slash(self.people[name], channel, command))

    async def press(self, name: str, ref: MessageRef, label: str) -> Answer:
        return self._answered(await self.discord.click(self.people[name], self._surely(ref), label))

    async def choose(self, name: str, answer: Answer, label: str) -> Answer:
        return self._answered(await self.discord.click(self.people[name], answer.source, label))

    async def submit(
        self, name: str, answer: Answer, values: dict[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Answer:
        """A form that came back with problems is opened again with its button."""
        user, reply = self.people[name], answer.form
        if reply.modal is None:
            reply = await self.discord.click(user, reply, "Open the form again")
        chosen = {field: [Chosen(file.name, file.data)] for field, file in files.items()}
        return self._answered(await self.discord.submit(user, reply, values, chosen))

    async def given(self, name: str) -> dict[str, bytes]:
        user = self.people[name]
        own = [m for channel in self.guild.channels for m in self.discord.messages(channel, seen_by=user)]
        attached = [part for message in own if message.only_for is user for part in message.attachments]
        shown = [part["file"]["url"] for m in own for part in walk(m.components) if part["type"] == _FILE]
        kept = self.discord.world.files
        return {
            str(part["filename"]): bytes(kept[str(part["url"]).removeprefix(self.discord.world.origin)])  # type: ignore[arg-type] -- no address
            for part in attached
            if part["url"] in shown
        }

    async def leave(self, kindling: Any) -> None:
        await self.discord.remove_guild(self.guild)

    async def listening(self) -> None:
        await self.discord.until(lambda: bool(self.discord.commands))

    def lose_the_answer(self) -> None:
        self.discord.fail("POST", POSTING, drop_after=True)

    def lose_the_request(self) -> None:
        self.discord.fail("POST", POSTING, drop_before=True)

    def limit(self, pause: timedelta) -> None:
        self.discord.fail("POST", POSTING, retry_after=pause.total_seconds())

    def hinder(self, trouble: str) -> None:
        match trouble:
            case "cut before":
                self.discord.fail("*", "", drop_before=True, times=None)
            case "cut after":
                self.discord.fail("*", "", drop_after=True, times=None)
            case "429":
                self.discord.fail("*", "", retry_after=120.0, times=None)
            case status:
                self.discord.fail("*", "", status=int(status), times=None)

    def pinned(self, place: Place) -> list[str]:
        return [message.id for message in self._channel(place).messages if message.pinned]

    def threads(self, ref: MessageRef) -> list[str]:
        return [thread.name for thread in self.guild.threads if thread.id == ref.message]

    def group(self, name: str, *, hears: bool = True) -> str:
        return self.guild.add_role(name, mentionable=hears).id

    def notified(self, ref: MessageRef) -> set[str]:
        message = self._surely(ref)
        everybody = {"everybody"} if message.mention_everyone else set[str]()
        return {*message.mention_roles, *(user.id for user in message.mentions)} | everybody

    def allow_finishing(self) -> None:
        self.channels["kindness"].allow(self.guild.me, FINISHING)

    def forbid_finishing(self) -> None:
        self.channels["kindness"].deny(self.guild.me, FINISHING | Permission.MENTION_EVERYONE)

    def lose_the_answer_to_a_thread(self) -> None:
        self.discord.fail("POST", r"/messages/\d+/threads$", drop_after=True)

    async def go_down(self) -> None:
        await self.discord.__aexit__()

    def blind(self) -> None:
        self.channels["kindness"].deny(self.guild.me, Permission.READ_MESSAGE_HISTORY)

    def _answered(self, reply: Replied) -> Answer:
        changed = [reply.message] if reply.updated and reply.message else []
        cards = [seen(message) for message in (*changed, *reply.messages)]
        again = any("Open the form again" in card.buttons for card in cards)
        problems = "\n".join(card.text for card in cards) if again else ""
        return Answer(cards, reply if reply.modal or again else None, problems, reply)

    def _place(self, channel: Channel) -> Place:
        assert channel.guild is not None
        return Place("discord", channel.guild.id, channel.id)

    def _channel(self, place: Place) -> Channel:
        [channel] = [channel for channel in self.channels.values() if channel.id == place.channel]
        return channel

    def _message(self, ref: MessageRef) -> Message | None:
        return self._channel(ref.place).message(ref.message)

    def _surely(self, ref: MessageRef) -> Message:
        message = self._message(ref)
        assert message is not None, "there is no such message"
        return message

    def _spelled(self, emoji: str) -> str:
        return f"<{emoji}{self.guild.emojis[emoji.strip(':')]}>" if emoji.startswith(":") else emoji


def seen(message: Message) -> Seen:
    galleries = [part for part in walk(message.components) if part["type"] == _GALLERY]
    alts = [str(item.get("description", "")) for gallery in galleries for item in gallery["items"]]
    text = _ESCAPE.sub(r"\1", message.text).replace("\u2060", "")
    return Seen("\n".join([text, *alts]), tuple(message.buttons), message.pings)
