"""A small Kindling for the playground's tests: it knows a few cards and forms, and remembers what it was asked."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.commands import Command, Option, OptionKind
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Choice, Item, Items, Quote, Reply, Style, Text
from bot.domain.places import Actor, MessageRef, Person, Place
from bot.domain.uploads import Upload

NINE = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)

MORNING = Card(
    heading="Whom could you encourage today?",
    emoji="🌅",
    body=(
        Text("A good word costs little and stays long.", strong=True),
        Items(
            (
                Item("Tell a colleague what you learned from them.", "This week’s circle"),
                Item("Send a friend the song that made you think of them.", "Close ones"),
                Item("Take five minutes for tea, and only tea.", "Yourself"),
            ),
            title="Three ways to begin",
        ),
        Quote("You carried the boxes and never said a word about it.", "someone in our community"),
    ),
    choices=(
        Choice("I’ll try one", Action("try", "o1"), Style.PRIMARY, "🌱"),
        Choice("Another idea", Action("another", "o1")),
        Choice("Share a kindness", Action("share", "o1")),
        Choice("Resting today", Action("rest", "o1")),
    ),
    footnote="Why: giving may lift the giver too (Rowland & Curry, 2019).",
)

SETUP = Form(
    name="setup",
    title="Set Kindling up",
    intro="Five small answers, and the first card finds its way.",
    submit="Set up",
    fields=(
        Field("channel", "Channel", FieldKind.CHANNEL, value="c-kindness"),
        Field("zone", "Time zone", FieldKind.ZONE, value="Europe/Berlin", hint="A city near you is enough."),
        Field("morning", "Morning card at", FieldKind.TIME, value="09:00"),
        Field(
            "days",
            "On these days",
            FieldKind.CHOICES,
            value="mon,tue,wed,thu,fri",
            options=(
                ("mon", "Monday"),
                ("tue", "Tuesday"),
                ("wed", "Wednesday"),
                ("thu", "Thursday"),
                ("fri", "Friday"),
                ("sat", "Saturday"),
                ("sun", "Sunday"),
            ),
        ),
        Field(
            "tone",
            "Who you are",
            FieldKind.CHOICE,
            value="workplace",
            options=(("workplace", "A team at work"), ("community", "A community")),
        ),
    ),
)

SHARE = Form(
    name="share",
    title="Share a kindness",
    submit="Share",
    fields=(
        Field("text", "What happened?", FieldKind.PARAGRAPH, limit=500, hint="No names of others, please."),
        Field("when", "When was it?", FieldKind.DATE, required=False),
        Field("whom", "Who was it for?", FieldKind.MEMBER, required=False),
    ),
)

COMMANDS = (
    Command("kind bring", "Bring a file"),
    Command("kind today", "See today’s card again"),
    Command("kind share", "Share a kindness on the wall"),
    Command("kind help", "What Kindling can do"),
    Command(
        "kindling setup",
        "Choose where and when the cards come",
        (
            Option("channel", OptionKind.CHANNEL, "where", "#kindness"),
            Option("zone", OptionKind.ZONE, "your zone", "Europe/Berlin"),
            Option("morning", OptionKind.TIME, "when", "09:00"),
        ),
        moderators_only=True,
    ),
)


NO_FILES: Mapping[str, Upload] = {}
BRING = Form(
    "bring",
    "Bring prompts",
    (
        Field("pack", "Your pack", FieldKind.FILE, endings=(".toml", ".ics"), most=1000),
        Field("note", "A note", required=False),
    ),
    subject="s1",
)


@dataclass
class StillClock:
    instant: datetime = NINE

    def now(self) -> datetime:
        return self.instant


@dataclass
class HandTravel:
    """Moves a still clock; holds every movement until `go` is set."""

    clock: StillClock
    go: asyncio.Event = field(default_factory=asyncio.Event)
    coming: bool = True

    async def forward(self, by: timedelta) -> None:
        await self.go.wait()
        self.clock.instant += by

    async def to_next_card(self) -> bool:
        await self.go.wait()
        self.clock.instant += timedelta(hours=9)
        return self.coming


@dataclass
class Hearth:
    """Answers every press, command and form, and keeps what came in `asked`."""

    clock: StillClock
    travel: HandTravel | None = None
    commands: Sequence[Command] = COMMANDS
    asked: list[tuple[object, ...]] = field(default_factory=list)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    files: list[dict[str, Upload]] = field(default_factory=list)
    """What came with each form that brings files; it is answered by `brought`."""
    brought: Reply = field(default_factory=lambda: Reply(Card("Thank you")))

    async def command(self, actor: Actor, name: str, words: Mapping[str, str]) -> Reply:
        self.asked.append(("command", actor, name, dict(words)))
        match name:
            case "kind share":
                return Reply(SHARE)
            case "kind bring":
                return Reply(BRING)
            case "kindling setup" if actor.may_moderate:
                return Reply(SETUP)
            case "kindling setup":
                return Reply(Card("That is for moderators", (Text("Please ask one of them."),)))
            case _:
                return Reply(MORNING)

    async def typed(self, actor: Actor, group: str, line: str) -> Reply:
        self.asked.append(("typed", actor, group, line))
        word = line.split(" ", 1)[0]
        if f"{group} {word}" in {known.name for known in self.commands}:
            return await self.command(actor, f"{group} {word}", {})
        return Reply(Card("I do not know this word yet", (Quote(line),)))

    async def press(self, actor: Actor, action: Action, message: MessageRef | None = None) -> Reply:
        self.asked.append(("press", actor, action, message))
        match action.name:
            case "share":
                return Reply(SHARE)
            case "another":
                return Reply(
                    Card(
                        "Another idea",
                        (Text("Leave the good parking spot to somebody else."),),
                        (Choice("One more", Action("more", action.subject)),),
                    )
                )
            case "more":
                return Reply(
                    Card("One more idea", (Text("Write a kind note and leave it to be found."),)), replace=True
                )
            case "boom":
                raise RuntimeError("a bug")
            case _:
                return Reply(Card("Lovely", (Text("It is yours for today. Nobody checks."),), emoji="🌱"))

    async def submit(
        self, actor: Actor, name: str, subject: str, values: Mapping[str, str], files: Mapping[str, Upload] = NO_FILES
    ) -> Reply:
        self.asked.append(("submit", actor, name, subject, dict(values)))
        if name == "bring":
            self.files.append(dict(files))
            return self.brought
        if name == "share" and not values["text"].strip():
            return Reply(Rejected({"text": "A few words are needed here."}, SHARE))
        if name == "setup" and not values["morning"]:
            problems = {"morning": "Please choose a time, such as 09:00.", "days": "Choose at least one day."}
            return Reply(Rejected(problems, SETUP))
        return Reply(Card("Thank you", (Text("It is kept."),)))

    def suggest(self, kind: OptionKind, typed: str) -> Sequence[tuple[str, str]]:
        zones = (("Europe/Berlin", "Berlin"), ("America/New_York", "New York"), ("Asia/Tokyo", "Tokyo"))
        return [pair for pair in zones if typed.lower() in pair[0].lower()]

    async def reacted(self, person: Person, ref: MessageRef, emoji: str, *, present: bool, at: datetime) -> None:
        self.asked.append(("reacted", person, ref, emoji, present))

    async def cleared(self, ref: MessageRef, emoji: str | None, at: datetime) -> None:
        self.asked.append(("cleared", ref, emoji))

    async def joined(self, platform: str, space: str) -> None:
        self.asked.append(("joined", platform, space))

    async def left(self, platform: str, space: str) -> None:
        self.asked.append(("left", platform, space))

    async def channel_lost(self, place: Place, code: str) -> None:
        self.asked.append(("channel_lost", place, code))

    async def connected(self, platform: str, spaces: Collection[str] | None = None) -> None:
        self.asked.append(("connected", platform, spaces))
        self.listening.set()
