"""The wall's channel and rules, and having it shown again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from bot.domain.changes import State, mark_of
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, SpaceId, copy_id
from bot.domain.message import Action, Card, Choice, Item, Items, Reply, Text
from bot.domain.places import Actor, Place
from bot.domain.schedule import Schedule
from bot.domain.wall import Rule, Wall, WallPlace
from bot.domain.words import tidied
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services.attention import Attention
from bot.services.cards import note
from bot.services.changing import Changing, must_match
from bot.services.reading import DAY_NAMES, Unread, read_weekday
from bot.services.recap_days import OFF, follow, recap_day, when, wished
from bot.services.scheduling import SCHEDULE, objection, schedule_state
from bot.services.setup import WEEKDAYS, must_moderate, read_channel
from bot.services.upcoming import Upcoming, upcoming
from bot.services.wall import Standpoint, Walls

NOBODY_CHOSEN = (
    "Please say who that is: /kindling wall setup rule:chosen chosen:@helpers names a role, and people by their names "
    "after an @."
)
WORDS_LIMIT = 300
CHOSEN_LIMIT = 100
TOO_MANY_WORDS = f"Written out, the words have at most {WORDS_LIMIT} characters. Please leave out some of them."
TOO_MANY_CHOSEN = f"At most {CHOSEN_LIMIT} roles and people can be named. A role stands for everybody who has it."
RULES, WALL_PLACE = "wall.rules", "wall.place"
_ID = re.compile("[A-Za-z0-9-]{2,100}")
"""The id in whatever a platform makes of a role or a person that was typed."""
REBUILD_BATCH = 200

RULES_IN_WORDS = {
    Rule.OPEN: "whatever members share, at once",
    Rule.REVIEW: "what a moderator has looked at first",
    Rule.CHOSEN: "what the people share whom you chose, and those with the roles you chose",
}


RECAP_DAYS = ((OFF, "No weekly recap"), *((DAY_NAMES[i], f"{day} evening") for i, day in enumerate(WEEKDAYS)))


def rules_state(wall: Wall) -> State:
    """As a setting that moderators change."""
    return {"rule": wall.rule.value, "links": wall.links, "words": list(wall.words), "chosen": list(wall.chosen)}


class Rules:
    """The rules of a wall, as a setting that moderators change."""

    kind = RULES

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- there is one wall
        """Its rule, whether links may be in it, the words kept off it, and who may share."""
        return rules_state(await work.walls.get(community))

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:  # noqa: ARG002 -- there is one wall
        """Have these rules from now on."""
        if state is not None:
            await work.walls.save(_as_wall(community, state))

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- the audit log has no place for lists of words
        """That they were changed."""
        return "the wall's rules were changed"


def _as_wall(community: CommunityId, state: State) -> Wall:
    words, chosen = (tuple(map(str, cast("Sequence[str]", state[name]))) for name in ("words", "chosen"))
    return Wall(community, Rule(str(state["rule"])), bool(state["links"]), words, chosen)


def place_state(place: WallPlace | None) -> State | None:
    """As a setting that moderators change."""
    return {"channel": place.channel, "set_up_by": place.set_up_by} if place else None


class WallChannel:
    """Where the wall is shown in one space, whose id is the subject, as a setting that moderators change."""

    kind = WALL_PLACE

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def state(self, work: UnitOfWork, community: CommunityId, subject: str) -> State | None:  # noqa: ARG002 -- a space is in one community
        """The channel, empty for none, and who chose it; None where nobody did."""
        return place_state(await work.walls.place(SpaceId(subject)))

    async def put(self, work: UnitOfWork, community: CommunityId, subject: str, state: State | None) -> None:
        """Show what is shared from now on there. The recap comes along."""
        space = SpaceId(subject)
        if state is None:
            await work.walls.forget_place(space)
        else:
            await work.walls.save_place(WallPlace(space, str(state["channel"]), str(state["set_up_by"])))
        await follow(work, community, self._clock.now())

    def told(self, before: State | None, after: State | None) -> str:  # noqa: ARG002 -- only what is now matters
        """Whether there is one now."""
        if after is None:
            return "the wall follows the morning cards"
        return "the wall's channel was chosen" if after["channel"] else "the wall is shown in no channel"


async def choose_place(work: UnitOfWork, actor: Actor, changing: Changing, space: SpaceId, channel: str) -> None:
    """Have the wall shown in a channel of a space, or in none. The caller commits."""
    known = await work.walls.place(space)
    if known is None or known.channel != channel:
        place = WallPlace(space, channel, actor.person.user)
        await changing.change(work, actor, WALL_PLACE, space, place_state(place), here_only=True)


async def choose_recap(
    work: UnitOfWork, actor: Actor, changing: Changing, community: CommunityId, *, weekday: int | None, now: datetime
) -> Schedule | None:
    """Have the recap come on a weekday, or not at all. Raises `Unread` for what cannot be. The caller commits."""
    schedule = await wished(work, community, weekday, now)
    if schedule is None:
        return None
    if wrong := objection(schedule, await work.communities.get(community)):
        raise Unread(wrong[1])
    await changing.change(work, actor, SCHEDULE, schedule.id, schedule_state(schedule))
    return await work.schedules.get(schedule.id) if schedule.weekdays else None


class Ruling:
    """Each call checks the actor's right again."""

    def __init__(
        self, storage: Storage, walls: Walls, attention: Attention, clock: Clock, *, changing: Changing, nudge: Nudge
    ) -> None:
        self._storage = storage
        self._changing = changing
        self._walls = walls
        self._attention = attention
        self._clock = clock
        self._nudge = nudge

    async def submitted(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """The form, filled in by somebody who had seen the rules of this mark."""
        return await self.rules(actor, values, seen)

    async def rules(self, actor: Actor, values: Mapping[str, str], seen: str | None = None) -> Reply:
        """The wall's channel here and its rules: with a form for what was not given."""
        must_moderate(actor)
        given = {name: text.strip() for name, text in values.items() if text.strip()}
        astray = await self._attention.astray(actor, given.get("channel", ""))
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            await work.changes.hold(here.space.community)
            here = await self._walls.standpoint(work, actor)
            mark = await self._mark(work, here)
            must_match(seen, mark)
            place = await self._walls.place(work, here.space)
            known = {
                "channel": place.channel if place else actor.channel,
                "rule": here.wall.rule.value,
                "links": "yes" if here.wall.links else "no",
                "words": ", ".join(here.wall.words),
                "recap": await recap_day(work, here.space.community),
            }
            form = _rules_form({**known, **given}, mark)
            if not given:
                await work.commit()
                return Reply(form)
            chosen = tuple(dict.fromkeys(_ID.findall(given.get("chosen", "")))) or here.wall.chosen
            if problems := _problems({**known, **given}, chosen, astray):
                return Reply(Rejected(problems, form))
            channel = read_channel(given.get("channel", known["channel"]))
            await choose_place(work, actor, self._changing, here.space.id, channel)
            try:
                recap = await self._recap(work, actor, here.space.community, given.get("recap", known["recap"]))
            except Unread as error:
                return Reply(Rejected({"recap": str(error)}, form))
            wall = replace(
                here.wall,
                rule=Rule(given["rule"]) if given.get("rule") in set(Rule) else here.wall.rule,
                links=given.get("links", known["links"]) == "yes",
                chosen=chosen,
                words=listed_words(given.get("words", "" if "rule" in given and "links" in given else known["words"])),
            )
            await self._changing.change(work, actor, RULES, "", rules_state(wall))
            coming = await upcoming(work, [recap] if recap else [], self._clock.now())
            await work.commit()
        self._nudge()
        lacks = await self._attention.examine(Place(here.space.platform, here.space.key, channel))
        items = [
            Item("", label="Where", channel=channel),
            Item(RULES_IN_WORDS[wall.rule], label="What comes on it"),
            Item("allowed" if wall.links else "not allowed", label="Links"),
            Item(_told(recap, coming), label="Weekly recap"),
        ]
        if wall.words:
            items.append(Item(", ".join(wall.words), label="Kept off"))
        body = [Items(tuple(items)), *(Text(lack.sentence) for lack in lacks)]
        heading = "The kindness wall is ready" if not lacks else "The kindness wall needs a hand"
        choices = (Choice("Show everything here", Action("rebuild"), emoji="🧱"),)
        footnote = "What is shared from now on appears in this channel. What is there already stays where it is."
        return Reply(Card(heading, tuple(body), choices, footnote=footnote, emoji="🧱"))

    async def _mark(self, work: UnitOfWork, here: Standpoint) -> str:
        """Differs whenever the rules, the channel here, or the recap's day do."""
        place = place_state(await work.walls.place(here.space.id))
        recap = await recap_day(work, here.space.community)
        return mark_of({"rules": rules_state(here.wall), "place": place, "recap": recap})

    async def _recap(self, work: UnitOfWork, actor: Actor, community: CommunityId, day: str) -> Schedule | None:
        """The recap's schedule as asked for; None for no recap. Raises `Unread`. The caller commits."""
        now = self._clock.now()
        return await choose_recap(work, actor, self._changing, community, weekday=read_weekday(day), now=now)

    async def rebuild(self, actor: Actor) -> Reply:
        """Have every act that belongs here shown here: what is missing is sent again, what differs is set right."""
        must_moderate(actor)
        now = self._clock.now()
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            if await self._walls.place(work, here.space) is None:
                return Reply(note("There is no channel yet", "Choose one with /kindling wall setup first.", emoji="🧱"))
            count, beyond = 0, ""
            while found := await work.acts.on_wall(here.space.community, REBUILD_BATCH, beyond):
                beyond = found[-1].id
                if shown := [act for act in found if act.shown_in(here.space)]:
                    count += len(shown)
                    await self._walls.follow_all(work, here.space.community, shown)
                    await work.act_copies.rebuild([copy_id(act.id, here.space.id) for act in shown], now)
            # Messages that could not be removed or changed: the channel was closed then, or we were away.
            await work.act_copies.try_again(here.space.id, now)
            await work.recaps.stir_in(here.space.id, now)
            await work.commit()
        self._nudge()
        lines = ("Whatever is missing here appears again, one after the other.",) if count else ("The wall is empty.",)
        return Reply(note("Rebuilding the wall", *lines, emoji="🧱"))


def _problems(said: Mapping[str, str], chosen: Sequence[str], astray: str) -> Mapping[str, str]:
    """What is wrong with what was said, by field."""
    found = {"channel": astray} if astray else dict[str, str]()
    try:
        read_channel(said["channel"])
    except Unread as error:
        found["channel"] = str(error)
    if len(said["words"]) > WORDS_LIMIT:
        found["words"] = TOO_MANY_WORDS
    if len(chosen) > CHOSEN_LIMIT:
        found["rule"] = TOO_MANY_CHOSEN
    elif said["rule"] == Rule.CHOSEN.value and not chosen:
        found["rule"] = NOBODY_CHOSEN
    return found


def _rules_form(values: Mapping[str, str], mark: str) -> Form:
    return Form(
        "wall",
        "The kindness wall",
        (
            Field("channel", "Where should it appear here?", FieldKind.CHANNEL, value=values["channel"]),
            Field(
                "rule",
                "What comes on it",
                FieldKind.CHOICE,
                value=values["rule"],
                options=(
                    ("open", "Whatever members share, at once"),
                    ("review", "What a moderator looked at first"),
                    ("chosen", "What chosen people and roles share"),
                ),
            ),
            Field(
                "links",
                "Links in it",
                FieldKind.CHOICE,
                value=values["links"],
                options=(("no", "Not allowed"), ("yes", "Allowed")),
            ),
            Field(
                "words",
                "Words to keep off it",
                required=False,
                value=values["words"],
                hint="With commas between them",
                limit=WORDS_LIMIT,
            ),
            Field(
                "recap",
                "Weekly recap",
                FieldKind.CHOICE,
                value=day if (day := values["recap"].lower()[:3]) in DAY_NAMES else OFF,
                options=RECAP_DAYS,
            ),
        ),
        subject=mark,
    )


def _told(recap: Schedule | None, coming: Upcoming) -> str:
    if recap is None:
        return OFF
    next_one = coming.of(recap)
    return f"{when(recap)}, with the week to look back on. Next: {next_one}; it is left out when nothing was shared"


def listed_words(text: str) -> tuple[str, ...]:
    """The words in a text with commas between them, each once."""
    found = (" ".join(word.split()) for word in tidied(text).split(","))
    return tuple(dict.fromkeys(word for word in found if word))
