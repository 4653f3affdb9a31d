"""`/kindling settings`: every schedule of a community, and what holds for all of them."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.domain.changes import Change, mark_of
from bot.domain.community import Community, Space
from bot.domain.errors import Refusal
from bot.domain.forms import OPTIONS_LIMIT, Form, Rejected
from bot.domain.message import Card, Choice, Item, Items, Part, Reply
from bot.domain.places import Actor, Place
from bot.domain.schedule import Ritual, Schedule, in_order, zone_of
from bot.ports import Clock, Library, Nudge, Storage, UnitOfWork
from bot.services.attention import Attention
from bot.services.cards import note
from bot.services.changing import Changing, sentence, undoing
from bot.services.picking import page_number, picked
from bot.services.quieted import coming_ahead, quieted
from bot.services.reading import (
    DAY_NAMES,
    Unread,
    dates_in_words,
    days_in_words,
    grace_in_words,
)
from bot.services.schedule_forms import Here, read_more, read_schedule, read_whole
from bot.services.scheduling import COMMUNITY, SCHEDULE, community_state, schedule_state
from bot.services.settings_cards import (
    SETTINGS,
    add_form,
    change_form,
    choosable,
    community_form,
    more_form,
    off_in_words,
    removing_card,
    schedule_card,
    settings_card,
    which_form,
)
from bot.services.settings_topics import topic_card, topics_form
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces
from bot.services.upcoming import Upcoming, upcoming

ORDER = (Ritual.MORNING, Ritual.MINDFUL, Ritual.EVENING, Ritual.CHALLENGE, Ritual.RECAP)


class Configuring:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        attention: Attention,
        library: Library,
        *,
        changing: Changing,
        clock: Clock,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._attention = attention
        self._library = library
        self._changing = changing
        self._clock = clock
        self._nudge = nudge

    async def settings(self, actor: Actor, page: str = "", *, pressed: bool = False) -> Reply:
        """Everything that is set, and ways to change it."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            off = off_in_words(await work.days_off.of_community(here.community.id), self._today(here.schedules))
            coming = await upcoming(work, here.schedules, self._clock.now())
            await work.commit()
        card = settings_card(here.community, here.schedules, coming, off, here.space.id, page=page_number(page))
        return Reply(card, replace=pressed)

    async def topics(self, actor: Actor) -> Reply:
        """Choose what to change, of everything there is."""
        must_moderate(actor)
        return Reply(topics_form())

    async def topic(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """What was chosen, with the way to its form: a form cannot follow a form everywhere."""
        must_moderate(actor)
        return topic_card(values.get("topic", ""))

    async def add(self, actor: Actor) -> Reply:
        """An empty form for a new schedule, filled in with what is likely."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            await work.commit()
        first = here.schedules[0] if here.schedules else None
        known = {
            "ritual": Ritual.EVENING.value,
            "channel": actor.channel,
            "days": days_in_words(first.weekdays).lower() if first else "every day",
            "at": "18:00",
            "zone": first.zone if first else actor.zone,
        }
        return Reply(add_form(known))

    async def which(self, actor: Actor) -> Reply:
        """Choose a schedule to look at."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            await work.commit()
        if not here.schedules:
            return Reply(note("Nothing is set up yet", "Add a card first.", choices=(SETTINGS,), emoji="🌱"))
        return Reply(which_form(here.schedules))

    async def schedule(self, actor: Actor, subject: str) -> Reply:
        """One schedule."""
        async with self._storage.unit_of_work() as work:
            here, schedule = await self._look(work, actor, subject)
            coming = await upcoming(work, [schedule], self._clock.now())
            await work.commit()
        mark = mark_of(schedule_state(schedule))
        return Reply(schedule_card(schedule, coming, here.space.id, mark), replace=True)

    async def chosen(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """The schedule that was picked, or whose name was typed."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            await work.commit()
        said = values.get("schedule", "")
        if said not in dict(choosable(here.schedules)) and len(here.schedules) <= OPTIONS_LIMIT:
            return await self.schedule(actor, said)
        try:
            return await self.schedule(actor, picked(said, choosable(here.schedules), "card"))
        except Unread as error:
            return Reply(Rejected({"schedule": str(error)}, which_form(here.schedules)))

    async def change(self, actor: Actor, subject: str) -> Reply:
        """The form with where and when a schedule posts."""
        async with self._storage.unit_of_work() as work:
            here, schedule = await self._look(work, actor, subject)
            await work.commit()
        if schedule.ritual is Ritual.RECAP:
            raise Refusal("schedule.of_wall", "The recap follows the wall: /kindling wall setup chooses its day.")
        return Reply(change_form(_known(schedule, here.space), _subject(schedule)))

    async def more(self, actor: Actor, subject: str) -> Reply:
        """The form with everything else of a schedule."""
        async with self._storage.unit_of_work() as work:
            _, schedule = await self._look(work, actor, subject)
            await work.commit()
        return Reply(more_form(_known_more(schedule), _subject(schedule), schedule.ritual))

    async def keep(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """A schedule as the form says: a new one, or one that was there when the form was opened."""
        must_moderate(actor)
        id_, _, seen = subject.partition(".")
        astray = await self._attention.astray(actor, values.get("channel", "").strip())
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            known = self._known(here, id_) if id_ else None
            form = change_form(values, subject) if known else add_form(values)
            wished, problems = read_schedule(here, known, values, actor, self._clock.now())
            if astray:
                wished, problems = None, {"channel": astray, **problems}
            if wished is None:
                return Reply(Rejected(problems, form))
            change = await self._changing.change(
                work, actor, SCHEDULE, wished.id, schedule_state(wished), seen=seen if known else None
            )
            kept = await work.schedules.get(wished.id)
            coming = await upcoming(work, [kept], self._clock.now())
            await work.commit()
        self._nudge()
        place = Place(here.space.platform, here.space.key, values["channel"].strip())
        lacks = await self._attention.examine(place)
        return Reply(_done(kept, coming, change, [lack.sentence for lack in lacks], added=known is None))

    async def keep_more(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """Name, start, end, days without it, and grace, as the form says."""
        id_, _, seen = subject.partition(".")
        async with self._storage.unit_of_work() as work:
            here, known = await self._look(work, actor, id_)
            wished, problems = read_more(here, known, values, self._today([known]))
            if wished is None:
                return Reply(Rejected(problems, more_form(values, subject, known.ritual)))
            change = await self._changing.change(work, actor, SCHEDULE, known.id, schedule_state(wished), seen=seen)
            kept = await work.schedules.get(known.id)
            coming = await upcoming(work, [kept], self._clock.now())
            await work.commit()
        self._nudge()
        return Reply(_done(kept, coming, change, [], added=False))

    async def ask_to_remove(self, actor: Actor, subject: str) -> Reply:
        """Ask before a schedule is gone."""
        id_, _, seen = subject.partition(".")
        async with self._storage.unit_of_work() as work:
            _, schedule = await self._look(work, actor, id_)
            await work.commit()
        return Reply(removing_card(schedule, seen), replace=True)

    async def remove(self, actor: Actor, subject: str) -> Reply:
        """No card of a schedule comes any more. Asking twice removes it once."""
        must_moderate(actor)
        id_, _, seen = subject.partition(".")
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            known = next((one for one in here.schedules if one.id == id_), None)
            if known is None:
                return Reply(note("It is gone", "That card was removed already.", choices=(SETTINGS,)), replace=True)
            if known.ritual is Ritual.RECAP:
                raise Refusal("schedule.of_wall", "The recap follows the wall: /kindling wall setup turns it off.")
            change = await self._changing.change(work, actor, SCHEDULE, known.id, None, seen=seen)
            await work.commit()
        choices = (*((undoing(change),) if change else ()), SETTINGS)
        lines = (f"No card of “{known.title}” comes any more. What it posted stays.",)
        return Reply(note("Removed", *lines, choices=choices, emoji="🗑️"), replace=True)

    async def whole(self, actor: Actor) -> Reply:
        """The form with what holds for all schedules."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            await work.commit()
        community = here.community
        known = {
            "tone": community.tone.value,
            "language": community.language,
            "quiet": str(community.quiet or "off"),
            "rest": "off" if community.rest_day is None else DAY_NAMES[community.rest_day],
            "previews": "yes" if community.previews else "no",
        }
        return Reply(self._whole_form(community, known, mark_of(community_state(community))))

    async def keep_whole(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """Tone, language, quiet hours and rest day, as the form says."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._here(work, actor)
            form = self._whole_form(here.community, values, seen)
            wished, problems = read_whole(here, values, self._languages(here.community))
            if wished is None:
                return Reply(Rejected(problems, form))
            ahead = await coming_ahead(work, here.schedules, self._clock)
            change = await self._changing.change(work, actor, COMMUNITY, "", community_state(wished), seen=seen)
            moved = await quieted(work, ahead) if change else []
            now = await self._here(work, actor)
            coming = (await upcoming(work, now.schedules, self._clock.now())).line(now.schedules)
            await work.commit()
        self._nudge()
        said = sentence(self._changing.words(change)) if change else "It was like that already."
        choices = (*((undoing(change),) if change else ()), SETTINGS)
        return Reply(note("Kept", said, *moved, coming, choices=choices, emoji="🏡"))

    def _whole_form(self, community: Community, values: Mapping[str, str], mark: str) -> Form:
        return community_form(values, self._languages(community), mark)

    def _languages(self, community: Community) -> frozenset[str]:
        return self._library.languages | {community.language}

    async def _here(self, work: UnitOfWork, actor: Actor) -> Here:
        space = await self._spaces.held(work, actor.person)
        community = await work.communities.get(space.community)
        schedules = in_order(await work.schedules.of_community(community.id), *Ritual)
        scheduled = [one for one in schedules if one.ritual.scheduled]
        return Here(space, community, sorted(scheduled, key=lambda one: ORDER.index(one.ritual)))

    async def _look(self, work: UnitOfWork, actor: Actor, subject: str) -> tuple[Here, Schedule]:
        must_moderate(actor)
        here = await self._here(work, actor)
        return here, self._known(here, subject)

    @staticmethod
    def _known(here: Here, id_: str) -> Schedule:
        known = next((one for one in here.schedules if one.id == id_), None)
        if known is None:
            raise Refusal("schedule.unknown", "That card is not there any more. /kindling settings shows what is.")
        return known

    def _today(self, schedules: Sequence[Schedule]) -> date:
        return self._clock.now().astimezone(zone_of(schedules[0].zone if schedules else "UTC")).date()


def _subject(schedule: Schedule) -> str:
    return f"{schedule.id}.{mark_of(schedule_state(schedule))}"


def _known(schedule: Schedule, space: Space) -> dict[str, str]:
    here = [target.place.channel for target in schedule.targets if target.space == space.id]
    return {
        "channel": here[0] if here else "",
        "days": days_in_words(schedule.weekdays).lower(),
        "at": f"{schedule.at:%H:%M}",
        "zone": schedule.zone,
    }


def _known_more(schedule: Schedule) -> dict[str, str]:
    return {
        "name": schedule.title,
        "starts": schedule.starts.isoformat(),
        "ends": schedule.ends.isoformat() if schedule.ends else "",
        "skips": dates_in_words(schedule.skip_dates),
        "grace": grace_in_words(schedule.grace),
    }


def _done(schedule: Schedule, coming: Upcoming, change: Change | None, lacks: Sequence[str], *, added: bool) -> Card:
    """What holds from now on, and when the next card comes."""
    items = [
        Item(coming.from_then(schedule), label="Next card"),
        Item(f"{days_in_words(schedule.weekdays)} at {schedule.at:%H:%M}", label=schedule.title),
    ]
    body: list[Part] = [Items(tuple(items))]
    if lacks:
        title = "I cannot post there yet. Please hand this to an administrator:"
        body.append(Items(tuple(Item(lack) for lack in lacks), title=title))
    undo: tuple[Choice, ...] = (undoing(change),) if change else ()
    return Card("Added" if added else "Kept", tuple(body), (*undo, SETTINGS), emoji="🗓️")
