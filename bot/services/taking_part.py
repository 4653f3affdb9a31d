"""What members see and do: today's card, another idea, trying, resting, help."""

from collections.abc import Sequence

from bot.domain.choice import fits, in_own_order
from bot.domain.commands import Command
from bot.domain.community import Community
from bot.domain.delivery import Delivery, Occurrence
from bot.domain.errors import Refusal
from bot.domain.ids import DeliveryId, SpaceId
from bot.domain.message import Action, Card, Choice, Item, Items, Reply, Text
from bot.domain.packs import Kind
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, Schedule, in_order, zone_of
from bot.ports import Clock, Storage, UnitOfWork
from bot.services.cards import ANOTHER, TRY_EMOJI, idea_card, note
from bot.services.content import Contents
from bot.services.reactions import Reactions
from bot.services.spaces import Spaces
from bot.services.upcoming import upcoming

IDEA_DIGITS = 4
"""More ideas than that nobody has looked at in one day."""


class TakingPart:
    """All of it is private, and nothing of it is needed."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        contents: Contents,
        reactions: Reactions,
        *,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._contents = contents
        self._reactions = reactions
        self._clock = clock

    async def today(self, actor: Actor) -> Reply:
        """Today's card, or when it comes."""
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.of(work, actor.person)
            community = await work.communities.get(space.community)
            morning = morning_of(await work.schedules.of_community(community.id), space.id)
            if morning is None:
                return Reply(
                    note("No cards yet", "Nobody has set Kindling up here yet.", choices=(ANOTHER,), emoji="🌱")
                )
            today = self._clock.now().astimezone(zone_of(morning.zone)).date()
            occurrence = await work.occurrences.on(morning.id, today)
            if occurrence is None or occurrence.skip:
                lines = (
                    "There is no card so far today.",
                    f"Next card: {(await upcoming(work, [morning], self._clock.now())).of(morning)}.",
                )
                return Reply(note("Today", *lines, choices=(ANOTHER,), emoji="🌅"))
            card = await self._contents.card(work, occurrence)
            here = [d for d in await work.outbox.of_occurrence(occurrence.id) if _is_home(actor, d)]
            await work.commit()
        return Reply(card.about(here[0].id) if here else Card(card.heading, card.body, (ANOTHER,), emoji=card.emoji))

    async def another(self, actor: Actor, subject: str, detail: str) -> Reply:
        """Idea number `detail` of this person's own order for today. The same press gives the same idea."""
        index = int(detail) if detail.isdecimal() and len(detail) <= IDEA_DIGITS else 0
        async with self._storage.unit_of_work() as work:
            community = await self._community(work, actor)
            on_card = await self._on_card(work, actor, subject)
            shelf = await self._contents.shelf(work, community.id)
            await work.commit()
        acts = [
            act
            for act in shelf.prompts(community.language, Kind.ACT)
            if fits(act, community.tone) and act.id not in on_card
        ]
        today = self._clock.now().date().isoformat()
        ordered = in_own_order(acts, f"{community.seed}/{actor.person.user}/{today}")
        act = ordered[index % len(ordered)]
        again = Action("another", subject, str(index + 1))
        return Reply(idea_card(act, again, shelf), replace=bool(detail))

    async def try_one(self, actor: Actor, subject: str, *, present: bool) -> Reply:
        """The same as reacting with the seedling: on the set, or off it again."""
        async with self._storage.unit_of_work() as work:
            occurrence = await self._card_of(work, actor, subject)
            member = await work.communities.member(actor.person)
            if member is not None:
                await self._reactions.press(work, member, occurrence.id, TRY_EMOJI, present=present)
            await work.commit()
        if not present:
            return Reply(note("Taken back", "No trace of it is left on the card.", emoji="🍃"), replace=True)
        choice = Choice("Take it back", Action("untry", subject))
        pick = "Pick whichever suits you, in" if occurrence.ritual is not Ritual.MINDFUL else "In"
        lines = (f"{pick} your own time. Noticing how it feels is part of it.",)
        return Reply(note("Lovely", *lines, choices=(choice,), emoji=TRY_EMOJI))

    async def rest(self) -> Reply:
        """A full answer. Nothing is stored."""
        lines = ("Resting is a kindness too, and a full answer.", "Nobody is told, and nothing is kept.")
        return Reply(note("Rest well", *lines, emoji="🌙"))

    async def help(self, commands: Sequence[Command]) -> Reply:
        """What there is, out of the table of commands."""
        alone = [one for one in commands if one.name.count(" ") == 1]
        items = [Item(f"{command.summary}{_example(command)}", label=f"/{command.name}") for command in alone]
        families: dict[str, list[str]] = {}
        for one in commands:
            if one not in alone:
                family, _, word = one.name.rpartition(" ")
                families.setdefault(family, []).append(word)
        items += [Item(f"with one of {', '.join(words)}", label=f"/{family} …") for family, words in families.items()]
        body = (
            Text(
                "Kindling offers this group a small kindness a day: a question in the morning, a few acts to choose "
                "from, and a theme each week. Take part when it suits you. There are no points, and nobody sees what "
                "you did not do."
            ),
            Items(tuple(items)),
        )
        return Reply(Card("Kindling", body, emoji="🔥"))

    async def _community(self, work: UnitOfWork, actor: Actor) -> Community:
        space = await self._spaces.of(work, actor.person)
        return await work.communities.get(space.community)

    async def _card_of(self, work: UnitOfWork, actor: Actor, subject: str) -> Occurrence:
        """The occurrence behind a card of the actor's own space."""
        delivery = await work.outbox.get(DeliveryId(subject))
        occurrence = await work.occurrences.get(delivery.occurrence) if delivery else None
        if delivery is None or occurrence is None or not _is_home(actor, delivery):
            raise Refusal("card.unknown", "I do not know that card any more. /kind another has an idea for you.")
        return occurrence

    async def _on_card(self, work: UnitOfWork, actor: Actor, subject: str) -> frozenset[str]:
        """What the card already offers, so that another idea is another one."""
        if not subject:
            return frozenset()
        content = (await self._card_of(work, actor, subject)).content
        return frozenset(content.prompts) if content else frozenset()


def morning_of(schedules: Sequence[Schedule], space: SpaceId) -> Schedule | None:
    """The schedule whose card is today's for a space: the oldest that posts there, or else anywhere."""
    able = [one for one in in_order(schedules, Ritual.MORNING) if one.targets]
    here = [one for one in able if any(target.space == space for target in one.targets)]
    return next(iter(here or able), None)


def _is_home(actor: Actor, delivery: Delivery) -> bool:
    return (delivery.place.platform, delivery.place.space) == (actor.person.platform, actor.person.space)


def _example(command: Command) -> str:
    """How the words of a command are written."""
    words = " ".join(f"{option.name}:{option.example}" for option in command.options if option.example)
    return f" ({words})" if words else ""
