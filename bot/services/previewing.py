"""The next seven days as they will look, and what moderators change in them: another text, own words, skip, move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.changes import State, mark_of
from bot.domain.days import DaysOff
from bot.domain.delivery import Content
from bot.domain.errors import Refusal
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, PromptId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.domain.own import NOTHING_OWN, OWN, OwnPrompt, own_id
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, PromptUse, Setting
from bot.domain.places import Actor
from bot.domain.schedule import Ritual, Skip
from bot.domain.words import tidied
from bot.ports import Clock, Library, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.ahead import AHEAD, BEGUN, QUIET, Ahead, card_state, named, subject_of, unknown
from bot.services.calendar import Calendar, Coming
from bot.services.cards import as_many_as_fit, note
from bot.services.changing import Changing, sentence, undoing
from bot.services.moderating import not_set_up
from bot.services.picking import Options, pick, picked
from bot.services.reading import Unread
from bot.services.reasons import Reasons
from bot.services.retiming import move_form, read_move
from bot.services.setup import PREVIEW, must_moderate
from bot.services.shelf import Shelf
from bot.services.spaces import Spaces

DAYS = 7
WORDS_LIMIT = 240
RECAP_TO_COME = "The weekly recap, of what is on the wall by then; it is left out if nothing was shared."
CHANGE_ONE = Choice("Change one", Action("open", "ahead"), Style.PRIMARY, "✏️")
ASKED: Mapping[Ritual, Kind] = {
    Ritual.MORNING: Kind.INTENTION,
    Ritual.MINDFUL: Kind.ACT,
    Ritual.EVENING: Kind.REFLECTION,
}
"""What the question of a ritual's card is, where it has one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One card of the days to come, found again by the button or the form that is about it."""

    community: CommunityId
    coming: Coming
    decided: State | None

    @property
    def subject(self) -> str:
        """How it is named."""
        return subject_of(self.coming.schedule, self.coming.local_date)

    @property
    def when(self) -> str:
        """When it comes."""
        return wording.short_moment(self.coming.due_at, self.coming.zone)

    @property
    def heading(self) -> str:
        """What it is called."""
        return f"{self.when}: {self.coming.name or self.coming.ritual.words}"


class Previewing:
    """Each press checks the actor's right again, and that what it changes is as it was shown."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        calendar: Calendar,
        library: Library,
        clock: Clock,
        *,
        changing: Changing,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._calendar = calendar
        self._ahead = Ahead(calendar, clock)
        self._library = library
        self._clock = clock
        self._changing = changing
        self._nudge = nudge

    async def preview(self, actor: Actor) -> Reply:
        """The next seven days, written out as they will be posted if nothing changes."""
        must_moderate(actor)
        coming = await self._coming(actor)
        if coming is None:
            return Reply(not_set_up())
        async with self._storage.reading() as work:
            space = await work.communities.space_of(actor.person.platform, actor.person.space)
            off = await work.days_off.of_community(space.community) if space else ()
        return Reply(week_card(coming, off))

    async def form(self, actor: Actor) -> Reply:
        """Which card is to be looked at, or changed."""
        must_moderate(actor)
        coming = await self._coming(actor)
        if not coming:
            return Reply(not_set_up() if coming is None else note("The next seven days", "Nothing is planned."))
        return Reply(_which_form(coming))

    async def chosen(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """The card that was chosen in the form, by itself or by its day and what it is called."""
        must_moderate(actor)
        if values.get("card"):
            return await self.look(actor, values["card"])
        coming = await self._coming(actor) or ()
        try:
            which = picked(values.get("which", ""), _choosable(coming), "card") if coming else ""
        except Unread as error:
            return Reply(Rejected({"which": str(error)}, _which_form(coming)))
        wanted = which, values.get("day", "")
        if coming and not any((one.schedule, one.local_date.isoformat()) == wanted for one in coming):
            return Reply(
                Rejected({"day": "That one does not come on that day. Please choose another day."}, _which_form(coming))
            )
        return await self.look(actor, "/".join(wanted))

    async def look(self, actor: Actor, subject: str) -> Reply:
        """One card as it is going to look, with what can be changed about it."""
        must_moderate(actor)
        entry = await self._entry(actor, subject)
        async with self._storage.reading() as work:
            off = await work.days_off.of_community(entry.community)
        return Reply(_entry_card(entry, off))

    async def entry(self, actor: Actor, subject: str) -> Entry:
        """One card of the days to come, for whoever may moderate. Raises `Refusal` for what is none."""
        must_moderate(actor)
        return await self._entry(actor, subject)

    async def swap(self, actor: Actor, subject: str) -> Reply:
        """Another text in the place of the one that would come. What was swapped away comes again in its next turn."""
        must_moderate(actor)
        entry, other = await self._entry(actor, subject), None
        if entry.coming.content and entry.coming.ritual in ASKED:
            other = await self._another(actor, entry)
        if other is None or entry.coming.content is None:
            raise Refusal("card.no_other", "There is no other text for that card. /kindling challenge changes themes.")
        state = card_state(entry.coming.due_at, entry.coming.zone, content=other)
        away = [prompt for prompt in entry.coming.content.prompts if prompt not in other.prompts]
        return await self._change(actor, entry, state, used=(*other.prompts, *away))

    async def words_form(self, actor: Actor, subject: str) -> Reply:
        """The question of a card, to be written anew."""
        must_moderate(actor)
        return Reply(self._words_form(await self._entry(actor, subject)))

    def _words_form(self, entry: Entry, typed: str = "") -> Form:
        field = Field(
            "text",
            "What the card asks",
            FieldKind.PARAGRAPH,
            value=typed or _question(entry.coming),
            hint="Plain words, no links. The ideas below it stay.",
            limit=WORDS_LIMIT,
        )
        return Form("ahead_words", "In your own words", (field,), subject=_seen(entry))

    async def write(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """A card with a moderator's own question, for this one time."""
        must_moderate(actor)
        subject, _, mark = seen.rpartition("/")
        entry = await self._entry(actor, subject)
        kind, content = ASKED.get(entry.coming.ritual), entry.coming.content
        if kind is None or content is None:
            raise Refusal("card.no_question", "That card asks nothing that could be written anew.")
        text = " ".join(tidied(values.get("text", "")).split())
        if not text or len(text) > WORDS_LIMIT:
            sentence = f"Please write between 1 and {WORDS_LIMIT} characters."
            return Reply(Rejected({"text": sentence}, self._words_form(entry, text)))
        own = Prompt(
            own_id(self._clock.now()), OWN, kind, text, Circle.SELF, Effort.TINY, Setting.ANY, Cost.NONE, retired=True
        )
        shelf = await self._shelf(entry.community)
        prompts = tuple(
            own.id if (known := shelf.prompt(one)) and known.kind is kind else one for one in content.prompts
        )
        prompts = prompts if own.id in prompts else (own.id, *content.prompts[1:])
        state = card_state(entry.coming.due_at, entry.coming.zone, content=Content(prompts))
        return await self._change(actor, entry, state, mark, own=OwnPrompt(own, gone=True), used=prompts[1:])

    async def skip(self, actor: Actor, subject: str) -> Reply:
        """This card does not come. Nothing is posted about it."""
        must_moderate(actor)
        entry = await self._entry(actor, subject)
        return await self._change(actor, entry, card_state(entry.coming.due_at, entry.coming.zone, Skip.SKIP_DATE))

    async def bring_back(self, actor: Actor, subject: str) -> Reply:
        """A card that was skipped comes after all, as its schedule says."""
        must_moderate(actor)
        entry = await self._entry(actor, subject)
        if entry.decided is None or entry.decided["skip"] != Skip.SKIP_DATE.value:
            raise unknown()
        return await self._change(actor, entry, None)

    async def move_form(self, actor: Actor, subject: str) -> Reply:
        """When on its day a card is to come."""
        must_moderate(actor)
        entry = await self._entry(actor, subject)
        return Reply(move_form(entry.coming, _seen(entry)))

    async def move(self, actor: Actor, seen: str, values: Mapping[str, str]) -> Reply:
        """The card comes at another time of its day. Its day is what it is: to have it on another, skip it there."""
        must_moderate(actor)
        subject, _, mark = seen.rpartition("/")
        entry, typed = await self._entry(actor, subject), values.get("at", "")
        form = move_form(entry.coming, _seen(entry), typed)
        if entry.coming.ritual is Ritual.CHALLENGE:
            raise Refusal(
                "card.fixed", "A theme comes before the cards that mention it. /kindling setup sets its time."
            )
        async with self._storage.reading() as work:
            quiet = (await work.communities.get(entry.community)).quiet
        try:
            wanted = read_move(typed, entry.coming, quiet, self._clock.now())
        except Unread as error:
            return Reply(Rejected({"at": str(error)}, form))
        content = entry.coming.content if entry.decided and entry.decided["prompts"] is not None else None
        state = card_state(wanted.at, entry.coming.zone, content=content)
        try:
            return await self._change(actor, entry, state, mark, said=wanted.said)
        except Refusal as refusal:
            if refusal.code != QUIET:
                raise
            return Reply(Rejected({"at": refusal.sentence}, form))

    async def _shelf(self, community: CommunityId) -> Shelf:
        async with self._storage.reading() as work:
            return Shelf(self._library, (await work.shelves.of([community])).get(community, NOTHING_OWN))

    async def _coming(self, actor: Actor) -> Sequence[Coming] | None:
        """The next days; None where nothing is set up."""
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.held(work, actor.person)
            schedules = await work.schedules.of_community(space.community)
            await work.commit()
        if not any(schedule.targets for schedule in schedules if schedule.ritual.scheduled):
            return None
        return await self._calendar.coming(space.community, DAYS)

    async def _entry(self, actor: Actor, subject: str) -> Entry:
        schedule, day = named(subject)
        coming = await self._coming(actor)
        found = next((one for one in coming or () if (one.schedule, one.local_date) == (schedule, day)), None)
        if found is None:
            raise Refusal("card.begun", BEGUN)
        async with self._storage.unit_of_work() as work:
            community = (await self._spaces.held(work, actor.person)).community
            decided = await self._ahead.state(work, community, subject)
            await work.commit()
        return Entry(community, found, decided)

    async def _another(self, actor: Actor, entry: Entry) -> Content | None:
        """What would come if what is to come had been used already. The days are played, and nothing is kept."""
        async with self._storage.unit_of_work() as work:
            await self._spaces.held(work, actor.person)
            for one in await self._calendar.played(work, entry.community, DAYS):
                if (one.schedule, one.local_date) != (entry.coming.schedule, entry.coming.local_date):
                    continue
                schedule = await work.schedules.get(one.schedule)
                await self._count(work, entry, one.content.prompts if one.content else ())
                if not await self._calendar.forget(work, schedule, one.local_date):
                    return None
                again = await self._calendar.written(work, schedule, one.local_date, one.due_at)
                return again if again and again != one.content else None
        return None

    async def _count(self, work: UnitOfWork, entry: Entry, prompts: Sequence[PromptId]) -> None:
        """These have been used by now."""
        uses = (await work.prompt_uses.of([entry.community]))[entry.community]
        counted = {
            prompt: PromptUse(uses[prompt].times + 1 if prompt in uses else 1, entry.coming.local_date)
            for prompt in prompts
        }
        await work.prompt_uses.record({entry.community: counted})

    async def _change(
        self,
        actor: Actor,
        entry: Entry,
        state: State | None,
        mark: str | None = None,
        *,
        own: OwnPrompt | None = None,
        used: Sequence[PromptId] = (),
        said: str = "",
    ) -> Reply:
        seen = mark_of(entry.decided) if mark is None else mark
        async with self._storage.unit_of_work() as work:
            if own is not None:
                await work.shelves.save_prompts(entry.community, [own])
            if used:
                await self._count(work, entry, used)
            change = await self._changing.change(work, actor, AHEAD, entry.subject, state, seen=seen)
            await work.commit()
        self._nudge()
        told = sentence(self._changing.words(change)) if change else "It is like that already."
        choices = (PREVIEW, undoing(change)) if change else (PREVIEW,)
        lines = (told, said, "Nothing is posted about it.")
        return Reply(note("Changed" if change else "Nothing changed", *lines, choices=choices, emoji="✏️"))


def _seen(entry: Entry) -> str:
    return f"{entry.subject}/{mark_of(entry.decided)}"


def _which_form(coming: Sequence[Coming]) -> Form:
    """One list of all cards; or, where that were too long, one of days and one of cards."""
    if len(coming) <= OPTIONS_LIMIT:
        options = tuple(
            (subject_of(one.schedule, one.local_date), f"{wording.short_moment(one.due_at, one.zone)}, {_what(one)}")
            for one in coming
        )
        field = Field("card", "Which card?", FieldKind.CHOICE, value=options[0][0], options=options)
        return Form("ahead", "The next seven days", (field,), submit="Look at it")
    days = tuple(dict.fromkeys((one.local_date.isoformat(), wording.day(one.local_date)) for one in coming))
    cards = _choosable(coming)
    fields = (
        Field("day", "On which day?", FieldKind.CHOICE, value=days[0][0], options=days[:OPTIONS_LIMIT]),
        pick("which", "Which card?", cards, value=cards[0][0]),
    )
    return Form("ahead", "The next seven days", fields, submit="Look at it")


def _choosable(coming: Sequence[Coming]) -> Options:
    return tuple(dict.fromkeys((str(one.schedule), one.name or one.ritual.words) for one in coming))


def _what(one: Coming) -> str:
    said = one.name or one.ritual.words
    return f"{said} (not posted)" if one.skip else said


def _question(one: Coming) -> str:
    texts = [part.text for part in one.card.body if isinstance(part, Text)] if one.card else []
    own = 1 if one.ritual is Ritual.EVENING else 0  # the evening's first question is always the same
    return texts[own] if len(texts) > own else ""


def week_card(coming: Sequence[Coming], off: Sequence[DaysOff], heading: str = "The next seven days") -> Card:
    """The next seven days, each card in a line."""
    items = tuple(_foreseen(entry, off) for entry in coming)
    if not items:
        return note(heading, "Nothing is planned in the next seven days.", emoji="👀")
    footnote = "Only moderators see this. It stays true as long as nothing is changed."
    body = (Items(as_many_as_fit(items, "“Change one” reaches each of them.")),)
    return Card(heading, body, (CHANGE_ONE,), footnote=footnote, emoji="👀")


def _why(one: Coming, off: Sequence[DaysOff]) -> str:
    """Why a card does not come; of a holiday, what its calendar calls it."""
    return Reasons(off).skipped(one.skip, one.local_date, one.zone)


def _foreseen(entry: Coming, off: Sequence[DaysOff]) -> Item:
    when = wording.short_moment(entry.due_at, entry.zone)
    if entry.ritual is Ritual.RECAP and not entry.skip:
        return Item(RECAP_TO_COME, label=when)
    if entry.card is None:
        return Item(f"no {entry.title} ({_why(entry, off)})", label=when)
    said = entry.card.heading if entry.ritual is Ritual.CHALLENGE else _question(entry)
    plain = entry.ritual in {Ritual.MORNING, Ritual.CHALLENGE} and not entry.name
    return Item(said if plain else f"{entry.name or entry.ritual.words}: {said}", label=when)


def _entry_card(entry: Entry, off: Sequence[DaysOff]) -> Card:
    """A card to come, and what can be done about it."""
    one, about = entry.coming, Action("", entry.subject)
    heading = entry.heading
    if one.skip:
        back = Choice("Let it come after all", replace(about, name="ahead_back"), Style.PRIMARY, "▶️")
        by_hand = one.skip == Skip.SKIP_DATE.value and entry.decided is not None
        lines = Text(f"It does not come: {_why(one, off)}.")
        return Card(heading, (lines,), (back,) if by_hand else (PREVIEW,), emoji="👀")
    body: tuple[Part, ...] = one.card.body if one.card else (Text(RECAP_TO_COME),)
    choices = [Choice("Skip it", replace(about, name="ahead_skip"), emoji="🌙")]
    if one.ritual is not Ritual.CHALLENGE:
        choices.insert(0, Choice("Move it", replace(about, name="ahead_move"), emoji="🕘"))
    if one.ritual in ASKED:
        choices.insert(0, Choice("Own words", replace(about, name="ahead_words"), emoji="✏️"))
        choices.insert(0, Choice("Another text", replace(about, name="ahead_swap"), emoji="🔀"))
    if one.card:
        choices.append(Choice("Show it", replace(about, name="ahead_show"), emoji="👀"))
    footnote = "As it comes if nothing is changed."
    return Card(heading, body, tuple(choices), footnote=footnote, emoji="👀")
