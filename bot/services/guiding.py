"""Setting up step by step. It can be left and taken up again by any moderator; nothing holds before *Begin*."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.domain.community import Space
from bot.domain.errors import Refusal
from bot.domain.forms import Form, Rejected
from bot.domain.guide import Step, Trial, Walk
from bot.domain.ids import MemberId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.domain.places import Actor, Lack, Place
from bot.domain.schedule import zone_of
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.attention import Attention
from bot.services.beginning import Beginning, Begun
from bot.services.cards import note
from bot.services.changing import must_match
from bot.services.guide_forms import GuideForms, clashes, wall_channel
from bot.services.reading import Unread
from bot.services.scheduling import CANNOT_BE
from bot.services.setting_up import Setup
from bot.services.setup import CHECK, POST, PREVIEW, must_moderate
from bot.services.spaces import Spaces
from bot.services.trying import Trying

NEEDED = (Step.WHERE, Step.WHEN)
CHANNELS = ("channel", "wall_channel")
"""What names a channel in the answer to where."""
LATER = Choice("Later", Action("guide_later"), emoji="🌙")
ONE_FORM = Choice("All on one form", Action("open", "setup"), emoji="📝")
TRY_OUT = Choice("Try it out", Action("guide_try"), emoji="🔎")
OVERTAKEN = "Somebody answered something meanwhile. Please look at it, and then begin."
_ASKED = {
    Step.WHERE: ("Choose the channels", "In which channel shall cards appear, and in which one what people share?"),
    Step.WHEN: ("Choose the times", "By which clock, on which days, and at what time shall cards come?"),
    Step.MORE: (
        "Choose more times",
        "An evening card looks back on the day. A rest day has no cards at all, and quiet hours keep nights quiet.",
    ),
    Step.TONE: ("Choose the tone", "Some ideas suit a workplace, and some a community. Which one is this?"),
    Step.WALL: ("Choose the wall's rules", "The kindness wall shows what people choose to share. What may come on it?"),
    Step.SUPPORT: (
        "Name people to talk to",
        "Some days ask for more than a card. /kind support shows whom people here can turn to. I have suggestions.",
    ),
    Step.BEGIN: (
        "",
        "“Try it out” posts one line, reads it back and takes it away. “Begin” starts what you answered, no earlier.",
    ),
}


class Guiding:
    """Each press and each form checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        setup: Setup,
        forms: GuideForms,
        *,
        beginning: Beginning,
        trying: Trying,
        attention: Attention,
        clock: Clock,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._setup = setup
        self._forms = forms
        self._beginning = beginning
        self._trying = trying
        self._attention = attention
        self._clock = clock
        self._nudge = nudge

    async def command(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """With words, set up at once; without any, go step by step from wherever this place has come to."""
        if any(text.strip() for text in values.values()):
            return await self._setup.ask(actor, values)
        return await self.show(actor, resumed=True)

    async def show(self, actor: Actor, *, resumed: bool = False) -> Reply:
        """The card of the step that this place has come to."""
        return await self._moved(actor, lambda walk: walk, resumed=resumed)

    async def go(self, actor: Actor, step: str) -> Reply:
        """Another step, forward or back; its answer stays what it is."""
        return await self._moved(actor, lambda walk: walk.going(_step(step)))

    async def later(self, actor: Actor) -> Reply:
        """Leave it for now."""
        must_moderate(actor)
        lines = ("What was answered is kept, and nothing is posted. /kindling setup goes on from here.",)
        again = Choice("Go on", Action("guide"), Style.PRIMARY, "👣")
        return Reply(note("Another time, then", *lines, choices=(again,), emoji="🌙"), replace=True)

    async def form(self, actor: Actor, step: str) -> Reply:
        """The form of a step, with what was answered, or else with what is set or suggested."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, walk = await self._walk(work, actor)
            known = await self._beginning.known(work, space, actor, walk)
            await work.commit()
        return Reply(self._form(walk, _step(step), walk.answer(_step(step)) or known.get(_step(step), {})))

    def _form(self, walk: Walk, step: Step, values: Mapping[str, str]) -> Form:
        fields = self._forms.fields(step, values)
        if not fields:
            raise Refusal("form.unknown", "There is nothing to fill in here. /kindling setup shows how far you are.")
        return Form("guide", step.words, fields, "Save and go on", f"{step.value}.{walk.mark_at(step)}")

    async def submitted(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """Keep the answer to a step, unless somebody else answered it meanwhile, and go on to the next."""
        must_moderate(actor)
        name, _, seen = subject.partition(".")
        step = _step(name)
        answer, problems = self._forms.read(step, values)
        if step is Step.WHERE and not problems:
            asked = {name: await self._attention.astray(actor, answer.get(name, "")) for name in CHANNELS}
            problems = {name: said for name, said in asked.items() if said}
        async with self._storage.unit_of_work() as work:
            space, walk = await self._walk(work, actor)
            must_match(seen, walk.mark_at(step))
            if not problems and step in {Step.WHEN, Step.MORE}:
                known = await self._beginning.known(work, space, actor, walk)
                of = {one: walk.answer(one) or known[one] for one in (Step.WHEN, Step.MORE)} | {step: answer}
                problems = clashes(step, of[Step.WHEN], of[Step.MORE])
            if problems:
                return Reply(Rejected(problems, self._form(walk, step, values)))
            walk = walk.answered(step, answer, await self._member(work, actor), self._clock.now())
            await work.setups.save(walk)
            here = await self._is_set_up(work, space)
            await work.commit()
        return Reply(self._card(walk, set_up=here), replace=True)

    async def try_out(self, actor: Actor) -> Reply:
        """Post a line in the chosen channels, read it back, take it away; say what is missing by name."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, walk = await self._walk(work, actor)
            known = await self._beginning.known(work, space, actor, walk)
            here = await self._is_set_up(work, space)
            await work.commit()
        where = walk.answer(Step.WHERE) or known[Step.WHERE]
        if walk.trial is not None:
            await self._trying.sweep(Place(space.platform, space.key, walk.trial.channel), walk.trial)
        tried: list[Part] = []
        for channel in dict.fromkeys(filter(None, (where["channel"], wall_channel(where)))):
            place = Place(space.platform, space.key, channel)
            trial = self._trying.begun(place)
            await self._keep_trial(actor, trial)
            lacks, gone = await self._trying.carry_out(place, trial)
            tried += _tried(place, lacks)
            if not gone:
                break
            await self._forget_trial(actor, trial)
        return Reply(self._card(walk, set_up=here, tried=tried), replace=True)

    async def _keep_trial(self, actor: Actor, trial: Trial) -> None:
        """Keep that a line may be in a channel, before it is."""
        async with self._storage.unit_of_work() as work:
            _, walk = await self._walk(work, actor)
            await work.setups.save(walk.trying(trial))
            await work.commit()

    async def _forget_trial(self, actor: Actor, trial: Trial) -> None:
        """Keep that this line is gone; somebody else's, who tries meanwhile, may still be there."""
        async with self._storage.unit_of_work() as work:
            _, walk = await self._walk(work, actor)
            if walk.trial == trial:
                await work.setups.save(walk.trying(None))
            await work.commit()

    async def begin(self, actor: Actor, seen: str) -> Reply:
        """Have everything hold from now on, in one go; `seen` is the mark of the answers that were shown."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, walk = await self._walk(work, actor)
            known = await self._beginning.known(work, space, actor, walk)
            here = await self._is_set_up(work, space)
            missing = next((step for step in NEEDED if not here and walk.answer(step) is None), None)
            if seen != walk.mark or missing:
                walk = walk.going(missing or Step.BEGIN)
                said = "This is needed first." if missing else OVERTAKEN
                return Reply(self._card(walk, set_up=here, tried=(Text(said),)), replace=True)
            try:
                begun = await self._beginning.apply(work, actor, space, walk, known)
            except Unread as error:
                tried = (Text(str(error)),)
                return Reply(self._card(walk.going(Step.WHEN), set_up=here, tried=tried), replace=True)
            except Refusal as error:
                if error.code not in CANNOT_BE:
                    raise
                tried = (Text(error.sentence),)
                return Reply(self._card(walk.going(Step.MORE), set_up=here, tried=tried), replace=True)
            await work.setups.end(space.id)
            await work.commit()
        self._nudge()
        places = dict.fromkeys(filter(None, (begun.place, begun.wall)))
        lacks = {place: await self._attention.examine(place) for place in places}
        return Reply(_begun(begun, [lack for found in lacks.values() for lack in found]), replace=True)

    async def _moved(self, actor: Actor, move: Callable[[Walk], Walk], *, resumed: bool = False) -> Reply:
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, walk = await self._walk(work, actor)
            moved = move(walk)
            if moved != walk:
                await work.setups.save(moved)
            here = await self._is_set_up(work, space)
            member = await self._member(work, actor)
            await work.commit()
        tried = (Text(self._so_far(walk, member, actor.zone)),) if resumed and walk.answers else ()
        return Reply(self._card(moved, set_up=here, tried=tried), replace=not resumed)

    async def _walk(self, work: UnitOfWork, actor: Actor) -> tuple[Space, Walk]:
        """How far this place has come, held against other moderators until the unit of work ends."""
        space = await self._spaces.held(work, actor.person)
        await work.changes.hold(space.community)
        walk = await work.setups.get(space.id)
        return space, walk or Walk(space.id, await self._member(work, actor), self._clock.now())

    async def _member(self, work: UnitOfWork, actor: Actor) -> MemberId:
        member = await work.communities.member(actor.person)
        if member is None:
            raise LookupError("the space of a person is known, and the person is not")
        return member

    async def _is_set_up(self, work: UnitOfWork, space: Space) -> bool:
        schedules = await work.schedules.of_community(space.community)
        return any(target.space == space.id for one in schedules if one.ritual.scheduled for target in one.targets)

    def _so_far(self, walk: Walk, member: MemberId, zone: str) -> str:
        who = "You" if walk.by == member else "Somebody"
        when = _when(walk.updated_at, self._clock.now(), zone or "UTC")
        return f"{who} got as far as {walk.step.number} of {len(Step)} {when}."

    def _card(self, walk: Walk, *, set_up: bool, tried: Sequence[Part] = ()) -> Card:
        step = walk.step
        label, asked = _ASKED[step]
        answered = [one for one in Step if walk.answer(one)]
        body: list[Part] = [*tried, Text(asked)]
        if answered:
            lines = [item for one in answered for item in self._forms.told(one, walk.answers[one.value])]
            body.append(Items(tuple(lines), title="So far:"))
        if set_up:
            body.append(Text("Kindling is set up here already. What you answer changes that at the end."))
        choices: list[Choice] = []
        if step is Step.BEGIN:
            choices += [Choice("Begin", Action("guide_begin", walk.mark), Style.PRIMARY, "🔥"), TRY_OUT]
        else:
            choices.append(Choice(label, Action("guide_form", step.value), Style.PRIMARY, "✏️"))
        if step is Step.WHERE:
            choices.append(ONE_FORM)
        else:
            choices.append(Choice("Back", Action("guide_go", step.moved(-1).value), emoji="⬅️"))
        if step is not Step.BEGIN and (set_up or step not in NEEDED or walk.answer(step)):
            choices.append(Choice("Skip this", Action("guide_go", step.moved(1).value), emoji="➡️"))
        heading = f"Setting up, {step.number} of {len(Step)}: {step.words}"
        footnote = "Only you see this. Nothing is posted before the first card that is announced at the end."
        return Card(heading, tuple(body), (*choices, LATER), footnote=footnote, emoji="🔥")


def _step(name: str) -> Step:
    if name not in set(Step):
        raise Refusal("step.unknown", "I do not know that step. /kindling setup shows how far you are.")
    return Step(name)


def _when(then: datetime, now: datetime, zone: str) -> str:
    days = (now.astimezone(zone_of(zone)).date() - then.astimezone(zone_of(zone)).date()).days
    return {0: "today", 1: "yesterday"}.get(days, f"on {wording.day(then.astimezone(zone_of(zone)).date())}")


def _tried(place: Place, lacks: Sequence[Lack]) -> tuple[Part, ...]:
    if not lacks:
        done = "It works: I posted a line, read it back and took it away again."
        return (Items((Item(done, channel=place.channel),)),)
    title = "Something is missing. Please hand this to an administrator:"
    return (Items(tuple(Item(lack.sentence) for lack in lacks), title=title),)


def _begun(begun: Begun, lacks: Sequence[Lack]) -> Card:
    first = begun.coming.first(begun.schedules) or begun.schedules[0]
    items = [
        Item(begun.coming.from_then(first), label="First card"),
        Item("", label="Cards", channel=begun.place.channel),
        Item("" if begun.wall else "in no channel", "The wall", begun.wall.channel if begun.wall else ""),
    ]
    body: list[Part] = [Items(tuple(items))]
    if lacks:
        title = "I cannot post there yet. Please hand this to an administrator:"
        body.append(Items(tuple(Item(lack.sentence) for lack in lacks), title=title))
    heading = "Kindling is set up, and needs a hand" if lacks else "Kindling is set up"
    choices = (CHECK, PREVIEW) if lacks else (PREVIEW, POST)
    footnote = "Each answer can be changed later: /kindling setup goes through all of them again."
    return Card(heading, tuple(body), choices, footnote=footnote, emoji="🔥")
