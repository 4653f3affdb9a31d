"""The contract's village on Slack: the real client against the stand-in, with or without the history scope."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

from adapters.slack.adapter import SlackAdapter
from adapters.slack.connection import Pace
from adapters.slack.settings import SlackSettings
from bot.app import Surroundings
from bot.domain.commands import Menu
from bot.domain.places import MessageRef, Person, Place
from bot.domain.uploads import Upload
from bot.services.commands import COMMANDS
from tests.contracts.platform import NO_FILES, Answer, Remote, Seen, StillClock
from tests.standins.slack import Channel, Chosen, Ephemeral, Message, SlackStandIn, User, View

POSTING = "chat.postMessage"
SHORT_NAMES = {
    "❤️": "heart",
    "👍🏽": "+1::skin-tone-4",
    "👍": "+1",
    "🌱": "seedling",
    "🙏": "pray",
    "🔥": "fire",
    "✨": "sparkles",
}
REFUSALS = {"403": "restricted_action", "404": "channel_not_found", "400": "invalid_arguments"}
"""What Slack says instead of a status; to a method that knows the word, else the status."""


class OnSlack(Remote):
    name = "slack"
    POSTING = POSTING
    history = False

    def __init__(self, slack: SlackStandIn, folder: Path, clock: StillClock) -> None:
        self.clock = clock
        self.slack = slack
        self.folder = folder
        slack.clock.now = lambda: clock.now().timestamp()  # type: ignore[method-assign]
        if self.history:
            slack.scopes.update({"channels:history", "groups:history"})
        self.people = {name: slack.add_user(name, admin=name == "maya") for name in ("maya", "robin", "sam")}
        everybody = list(self.people.values())
        names = ("kindness", "garden", "tower", "ruin")
        self.channels = {name: slack.add_channel(name, members=everybody) for name in names}
        self.place, self.other, self.closed, self.gone = (_place(self.channels[name]) for name in names)
        self.channels["tower"].bot_in = False
        self.channels["ruin"].deleted = True
        city = slack.add_team("city")
        self.elsewhere_team = city
        self.elsewhere = _place(slack.add_channel("square", team=city))
        self.secrets = (slack.bot_token, slack.app_token, "xoxb-wrong-altogether", "xapp-wrong-altogether")
        self.adapter = self.another()

    @classmethod
    @asynccontextmanager
    async def there(cls, folder: Path, clock: StillClock) -> AsyncIterator["OnSlack"]:
        async with SlackStandIn() as slack:
            yield cls(slack, folder, clock)
            assert slack.violations == []

    def another(self, **more: object) -> SlackAdapter:
        given: dict[str, object] = {"bot_token": self.slack.bot_token, "app_token": self.slack.app_token}
        given |= {"api_url": f"{self.slack.url}/api/"} | more
        surroundings = Surroundings(self.clock, COMMANDS, self.folder)
        return SlackAdapter(
            SlackSettings.model_validate(given), surroundings, Pace(heartbeat=2, connecting=5, showing=0.01)
        )

    def wrong(self) -> SlackAdapter:
        return self.another(bot_token=self.secrets[2], app_token=self.secrets[3])

    def person(self, name: str) -> Person:
        return Person("slack", self.slack.team.id, self.people[name].id)

    async def channel(self, place: Place) -> list[Seen]:
        waiting = [text for channel, text in self.slack.scheduled.values() if channel.id == place.channel]
        assert waiting == [], "something is going to be posted later"
        return [seen(message) for message in self.slack.messages(self._channel(place))]

    async def at(self, ref: MessageRef) -> Seen | None:
        message = self._message(ref)
        return seen(message) if message else None

    async def private(self, name: str) -> list[Seen]:
        return list(map(seen, self._own(self.people[name])))

    def _own(self, user: User) -> list[Message | Ephemeral]:
        """What this person alone sees: direct messages, then answers."""
        return [*self.slack.dms(user), *self.slack.ephemeral(user)]

    async def react(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self.slack.react(self.people[name], self._surely(ref), _short(emoji))

    async def unreact(self, name: str, ref: MessageRef, emoji: str) -> None:
        await self.slack.unreact(self.people[name], self._surely(ref), _short(emoji))

    def unwilling(self) -> Person:
        self.people["sam"].deleted = True
        return self.person("sam")

    def stranger(self) -> Person:
        return Person("slack", self.slack.team.id, self.slack.add_user("visitor", team=self.elsewhere_team).id)

    def bot(self) -> Person:
        return Person("slack", self.slack.team.id, self.slack.add_user("managing-bot", bot=True, admin=True).id)

    def let_manage(self, name: str, *, allowed: bool) -> None:
        self.people[name].admin = allowed

    def send_away(self, name: str) -> None:
        self.people[name].deleted = True

    async def react_as_bot(self, ref: MessageRef, emoji: str) -> None:
        bot = self.slack.add_user("another-bot", bot=True)
        self.channels["kindness"].members.append(bot)
        await self.slack.react(bot, self._surely(ref), _short(emoji))

    async def react_as_kindling(self, ref: MessageRef, emoji: str) -> None:
        names = self._surely(ref).reactions.setdefault(_short(emoji), [])
        names.append(self.slack.team.bot_user_id)

    async def sent_on(self, name: str, ref: MessageRef) -> MessageRef:
        original = self._surely(ref)
        other = self.slack.say(self.people[name], original.channel, original.text)
        other.blocks, other.metadata = original.blocks, original.metadata
        return MessageRef(ref.place, other.ts)

    async def say(self, name: str, place: Place, text: str) -> MessageRef:
        return MessageRef(place, self.slack.say(self.people[name], self._channel(place), text).ts)

    async def menu(self, name: str, ref: MessageRef, menu: Menu) -> Answer:
        user, message = self.people[name], self._surely(ref)
        return await self._answer(name, lambda: self.slack.message_shortcut(user, message, f"menu:{menu.name}"))

    def mention(self, name: str) -> str:
        return self.people[name].mention

    def close_to_most(self, place: Place) -> None:
        self._channel(place).kind = "private"

    async def crowd(self, ref: MessageRef, emoji: str, number: int) -> set[str]:
        ids = [self.slack.add_user(f"guest-{n}").id for n in range(number)]
        self._surely(ref).reactions.setdefault(_short(emoji), []).extend(ids)
        return set(ids)

    async def take_away(self, ref: MessageRef) -> None:
        self.slack.delete_message(self._surely(ref))

    async def command(self, name: str, command: str) -> Answer:
        group, _, word = command.partition(" ")
        user, channel = self.people[name], self._channel(self.place)
        return await self._answer(name, lambda: self.slack.slash(user, channel, f"/{group}", word))

    async def press(self, name: str, ref: MessageRef, label: str) -> Answer:
        message = self._surely(ref)
        [button] = [each for each in _buttons(message.blocks) if _label(each) == label]
        user = self.people[name]
        return await self._answer(name, lambda: self.slack.click(user, message, button["action_id"]))

    async def choose(self, name: str, answer: Answer, label: str) -> Answer:
        message: Ephemeral = answer.source
        [button] = [each for each in _buttons(message.blocks) if _label(each) == label]
        user = self.people[name]
        given, answered = await self.given(name), len(self.slack.ephemeral(user))
        chosen = await self._answer(name, lambda: self.slack.click(user, message, button["action_id"]))
        return chosen if await self.given(name) == given else await self._after_files(name, answered)

    async def submit(
        self, name: str, answer: Answer, values: dict[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Answer:
        view: View = answer.form
        chosen = {field: [Chosen(file.name, file.data)] for field, file in files.items()}
        answered = len(self.slack.ephemeral(self.people[name]))
        answer = await self._answer(name, lambda: self.slack.submit(self.people[name], view, dict(values) | chosen))
        if not files or answer.form is not None:
            return answer
        return await self._after_files(name, answered)

    async def _after_files(self, name: str, answered: int) -> Answer:
        """A file comes as a direct message, and the answer after it."""
        await self.slack.until(lambda: len(self.slack.ephemeral(self.people[name])) > answered, what="the answer")
        last = self.slack.ephemeral(self.people[name])[-1]
        return Answer([seen(last)], source=last)

    def allow_files(self) -> None:
        self.slack.scopes.update({"files:read", "files:write"})

    async def given(self, name: str) -> dict[str, bytes]:
        return dict(file for message in self.slack.dms(self.people[name]) for file in message.files)

    async def leave(self, kindling: Any) -> None:
        await self.slack.uninstall()

    async def listening(self) -> None:
        await self.slack.connected()

    def lose_the_answer(self) -> None:
        self.slack.fail(POSTING, drop_after=True)

    def lose_the_request(self) -> None:
        self.slack.fail(POSTING, drop_before=True)

    def limit(self, pause: timedelta) -> None:
        self.slack.fail(POSTING, retry_after=int(pause.total_seconds()))

    def hinder(self, trouble: str) -> None:
        match trouble:
            case "cut before":
                self.slack.fail("*", drop_before=True, times=None)
            case "cut after":
                self.slack.fail("*", drop_after=True, times=None)
            case "429":
                self.slack.fail("*", retry_after=120, times=None)
            case "503":
                self.slack.fail("*", status=503, times=None)
            case status:
                self.slack.fail("*", error=REFUSALS[status], times=None)

    def pinned(self, place: Place) -> list[str]:
        return [message.ts for message in self.slack.messages(self._channel(place)) if message.pinned]

    def threads(self, ref: MessageRef) -> list[str]:
        messages = self.slack.messages(self._channel(ref.place))
        return [one.shown for one in messages if one.thread_ts == ref.message]

    def group(self, name: str, *, hears: bool = True) -> str:
        del hears
        self.slack.scopes.add("usergroups:read")
        return self.slack.add_group(name, name.title(), [self.people["robin"]]).id

    def notified(self, ref: MessageRef) -> set[str]:
        pings = self._surely(ref).pings
        return {*pings.users, *pings.groups, *pings.broadcasts}

    def allow_finishing(self) -> None:
        self.slack.scopes.add("pins:write")

    def forbid_finishing(self) -> None:
        self.slack.scopes.discard("pins:write")

    def lose_the_answer_to_a_thread(self) -> None:
        self.slack.fail(POSTING, drop_after=True)

    async def go_down(self) -> None:
        await self.slack.__aexit__(None, None, None)

    def blind(self) -> None:
        self.slack.scopes.difference_update({"channels:history", "groups:history"})

    async def _answer(self, name: str, doing: Callable[[], Any]) -> Answer:
        """Do something, and wait for what comes of it: a card, a form, or a form that stays open."""
        user = self.people[name]
        before, forms = await self.private(name), len(self.slack.views(user))
        reply = await doing()
        assert reply.acked
        if reply.errors:
            return Answer(form=self.slack.modal(user), problems=" ".join(reply.errors.values()))
        await self.slack.until(
            lambda: len(self.slack.views(user)) > forms or list(map(seen, self._own(user))) != before,
            what="an answer",
        )
        if len(self.slack.views(user)) > forms:
            return Answer(form=self.slack.modal(user))
        now = list(zip_longest(map(seen, self._own(user)), before, self._own(user)))
        fresh = [(after, message) for after, known, message in now if after != known and after]
        return Answer([after for after, _ in fresh], source=fresh[-1][1])

    def _channel(self, place: Place) -> Channel:
        [channel] = [channel for channel in self.channels.values() if channel.id == place.channel]
        return channel

    def _message(self, ref: MessageRef) -> Message | None:
        return self.slack.world.find_message(self._channel(ref.place), ref.message)

    def _surely(self, ref: MessageRef) -> Message:
        message = self._message(ref)
        assert message is not None, "there is no such message"
        return message


class OnSlackWithHistory(OnSlack):
    history = True


def _place(channel: Channel) -> Place:
    return Place("slack", channel.team.id, channel.id)


def _short(emoji: str) -> str:
    return emoji.strip(":") if emoji.startswith(":") else SHORT_NAMES[emoji]


def _buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for block in blocks if block["type"] == "actions" for each in block["elements"]]


def _label(button: dict[str, Any]) -> str:
    return str(button.get("accessibility_label") or button["text"]["text"])


def seen(message: Message | Ephemeral) -> Seen:
    return Seen(message.shown, tuple(map(_label, _buttons(message.blocks))), bool(message.pings))
