"""What members suggest as prompts, and what moderators do with it. Nothing of it is public before it is a prompt."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.errors import AdapterError, Refusal
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import CommunityId, MemberId, PromptId, SuggestionId, dated_id
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Quote, Reply, Style, Text
from bot.domain.own import NOTHING_OWN, OWN, OwnPrompt, prompt_state
from bot.domain.packs import Prompt
from bot.domain.places import Actor
from bot.domain.suggestions import Suggestion
from bot.domain.wall import REASON_LIMIT, Decision
from bot.domain.words import tidied
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.packs import PackReader
from bot.ports.platforms import Messengers
from bot.services.audit_order import next_entry
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.curating import Curating, new_prompt, written_prompt
from bot.services.heralding import Heralding
from bot.services.prompt_cards import BACK, CIRCLES, KINDS, TEXT_LIMIT, prompt_form
from bot.services.prompt_lists import listed
from bot.services.setup import must_moderate
from bot.services.shelf_settings import KIND_WORDS, PROMPT, quoted
from bot.services.wall import Standpoint, Walls, problems

A_DAY = 3
"""How many of one member's suggestions of the last day may wait."""
WAITING = 100
"""How many suggestions may wait in a community."""
DAY = timedelta(days=1)
FRESH = re.compile("[0-9a-f]{32}")
NEXT = Choice("Next", Action("suggestions"), emoji="➡️")
BLOCKED = "A moderator decided that nothing of yours comes up here at present. Please ask one of them about it."


class Suggesting:
    """Who suggested something is kept until it is decided, told to nobody, and then forgotten."""

    def __init__(
        self,
        storage: Storage,
        walls: Walls,
        curating: Curating,
        reader: PackReader,
        clock: Clock,
        *,
        changing: Changing,
        heralding: Heralding,
        messengers: Messengers,
    ) -> None:
        self._storage = storage
        self._walls = walls
        self._curating = curating
        self._reader = reader
        self._clock = clock
        self._changing = changing
        self._heralding = heralding
        self._messengers = messengers

    async def form(self, actor: Actor) -> Reply:  # noqa: ARG002 -- everybody gets the same
        """Ask for a suggestion. The form brings its id, so that sending it twice suggests it once."""
        return Reply(_suggest_form(dated_id(self._clock.now()), None))

    async def suggest(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """Put a suggestion before the moderators."""
        if not FRESH.fullmatch(subject):
            subject = dated_id(self._clock.now())
        prompt = written_prompt(new_prompt(PromptId(f"{OWN}.{subject}")), values)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            known = await work.suggestions.get(SuggestionId(subject))
            if known is not None and known.by not in here.accounts:
                raise Refusal("suggestion.unknown", "That form is from another time. /kind suggest has a new one.")
            if said := self._refused(prompt.text, here):
                return Reply(Rejected({"text": said}, _suggest_form(subject, prompt)))
            alert, fresh = None, known is None and not await _is_taken(work, here.space.community, prompt.id)
            if fresh:
                await self._not_too_many(work, here)
                alert = await self._heralding.suggestion_waits(work, here.space)
                now = self._clock.now()
                await work.suggestions.put(
                    Suggestion(SuggestionId(subject), here.space.community, here.space.id, here.member, now, prompt)
                )
            await work.commit()
        await self._heralding.tell(alert)
        lines = ("Moderators look at it, and you hear from me what becomes of it. Nobody is told that it is yours.",)
        return Reply(note("Thank you for the idea", *lines, emoji="💡"))

    async def queue(self, actor: Actor, beyond: str = "", *, pressed: bool = True) -> Reply:
        """What waits, one by one, oldest first."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            desk = await self._curating.desk(work, actor)
            waiting = await work.suggestions.page(desk.community.id, 2, beyond, space=desk.space)
            await work.commit()
        if not waiting:
            lines = ("Everything that was suggested is decided.",) if not beyond else ("That was the last one.",)
            return Reply(note("Nothing waits", *lines, choices=(BACK,), emoji="🍵"), replace=pressed)
        one = waiting[0]
        known = [entry.prompt for entry in listed(desk.shelf, desk.community)]
        alike = (await self._reader.alike([one.prompt], known)).get(one.prompt.id)
        return Reply(_waiting_card(one, alike, more=len(waiting) > 1), replace=pressed)

    async def accept(self, actor: Actor, suggestion: str) -> Reply:
        """Among the community's prompts, as it is; or what does not fit yet."""
        async with self._storage.unit_of_work() as work:
            here, found = await self._look(work, actor, suggestion)
            if found is None:
                return Reply(_decided(), replace=True)
            community = await work.communities.get(here.space.community)
            if said := self._curating.objection(found.prompt, community):
                await work.commit()
                return Reply(_not_yet(found, said), replace=True)
            return await self._accepted(work, actor, here, found, pressed=True)

    async def edit_form(self, actor: Actor, suggestion: str) -> Reply:
        """The form with what was suggested."""
        async with self._storage.unit_of_work() as work:
            _, found = await self._look(work, actor, suggestion)
            await work.commit()
        return Reply(_edit_form(found.prompt, found.id)) if found else Reply(_decided(), replace=True)

    async def accept_edited(self, actor: Actor, suggestion: str, values: Mapping[str, str]) -> Reply:
        """Among the community's prompts, in a moderator's words."""
        async with self._storage.unit_of_work() as work:
            here, found = await self._look(work, actor, suggestion)
            if found is None:
                return Reply(_decided())
            prompt = written_prompt(found.prompt, values)
            community = await work.communities.get(here.space.community)
            if said := self._curating.objection(prompt, community):
                return Reply(Rejected({"text": said}, _edit_form(prompt, found.id)))
            if prompt != found.prompt:  # whoever was for it was for other words
                found = replace(found, prompt=prompt, accepted_by=None)
            return await self._accepted(work, actor, here, found, pressed=False)

    async def deny_form(self, actor: Actor, suggestion: str) -> Reply:
        """Ask for the reason that its author reads."""
        async with self._storage.unit_of_work() as work:
            _, found = await self._look(work, actor, suggestion)
            await work.commit()
        if found is None:
            return Reply(_decided(), replace=True)
        label = "Why not? A kind word; they read it."
        field = Field("reason", label, FieldKind.PARAGRAPH, limit=REASON_LIMIT)
        return Reply(Form("suggestion_no", "Not this one", (field,), submit="Send", subject=found.id))

    async def deny(self, actor: Actor, suggestion: str, values: Mapping[str, str]) -> Reply:
        """Not among the prompts, with a reason that its author reads."""
        reason = tidied(values.get("reason", ""))[:REASON_LIMIT]
        async with self._storage.unit_of_work() as work:
            here, found = await self._look(work, actor, suggestion)
            if found is None:
                return Reply(_decided())
            await self._forget(work, here, found, "suggestion.denied")
            await work.commit()
        await self._tell(found.by, "About what you suggested", found.prompt.text, reason)
        return Reply(note("Not this one", "Whoever suggested it reads your words.", choices=(NEXT, BACK), emoji="☑️"))

    async def _accepted(
        self, work: UnitOfWork, actor: Actor, here: Standpoint, found: Suggestion, *, pressed: bool
    ) -> Reply:
        """One moderator is for it: that is enough, or a second one is asked. Commits."""
        desk = await self._curating.desk(work, actor)
        if desk.shelf.own.twice and found.accepted_by is None:
            await work.suggestions.put(replace(found, accepted_by=here.member))
            await work.commit()
            lines = ("It waits for another moderator now, who looks at it as well.",)
            return Reply(note("One of two", *lines, choices=(NEXT, BACK), emoji="🤝"), replace=pressed)
        if desk.shelf.own.twice and found.accepted_by in here.accounts:
            lines = ("You were for it already. Another moderator has the second look.",)
            return Reply(note("One of two", *lines, choices=(NEXT, BACK), emoji="🤝"), replace=pressed)
        state = prompt_state(OwnPrompt(found.prompt))
        change = await self._changing.change(work, actor, PROMPT, found.prompt.id, state)
        await self._forget(work, here, found, "suggestion.accepted")
        await work.commit()
        await self._tell(found.by, "Your idea is among the prompts", found.prompt.text, "Thank you for it.")
        undo = (undoing(change),) if change else ()
        lines = ("It may come on any card from now on.",)
        return Reply(note("Accepted", *lines, choices=(*undo, NEXT, BACK), emoji="☑️"), replace=pressed)

    async def _look(self, work: UnitOfWork, actor: Actor, suggestion: str) -> tuple[Standpoint, Suggestion | None]:
        """A suggestion that waits here, held; None when it is decided."""
        must_moderate(actor)
        here = await self._walls.standpoint(work, actor)
        await work.changes.hold(here.space.community)
        found = await work.suggestions.get(SuggestionId(suggestion))
        here_too = found and (found.community == here.space.community or found.space == here.space.id)
        return here, found if here_too else None

    async def _forget(self, work: UnitOfWork, here: Standpoint, found: Suggestion, code: str) -> None:
        """Write down that it is decided, and forget who suggested what."""
        await work.suggestions.remove(found.id)
        now = self._clock.now()
        entry = await next_entry(work, now, found.id, found.community)
        await work.walls.decide(Decision(entry, found.community, found.id, code, now, by=here.member))

    async def _not_too_many(self, work: UnitOfWork, here: Standpoint) -> None:
        if await work.walls.blocked(here.space.community, here.member):
            raise Refusal("suggestion.blocked", BLOCKED)
        if await work.suggestions.since(here.member, self._clock.now() - DAY) >= A_DAY:
            raise Refusal(
                "suggestion.too_many",
                f"{A_DAY} of your ideas wait already, and moderators are going to look at them. Please come back "
                "tomorrow with the next one.",
            )
        if len(await work.suggestions.page(here.space.community, WAITING)) >= WAITING:
            raise Refusal(
                "suggestion.full",
                "So many ideas wait here that moderators need some time for them. Please try again in a few days.",
            )

    @staticmethod
    def _refused(text: str, here: Standpoint) -> str:
        """What keeps a text from moderators, as what keeps an act from the wall; or nothing."""
        if not text:
            return "A few words are needed here."
        if len(text) > TEXT_LIMIT:
            return f"That is {len(text)} characters, and {TEXT_LIMIT} fit on a card."
        return " ".join(problems(text, here.wall))

    async def _tell(self, member: MemberId, heading: str, text: str, line: str) -> None:
        """Tell whoever suggested something what became of it, if their platform lets us."""
        async with self._storage.reading() as work:
            person = await work.communities.person(member)
        messenger = self._messengers.get(person.platform) if person else None
        if person is None or messenger is None:
            return
        body = (Quote(text), *([Text(line)] if line else []))
        try:
            await messenger.tell(person, Card(heading, body, emoji="💌"))
        except AdapterError:
            return


async def _is_taken(work: UnitOfWork, community: CommunityId, prompt: PromptId) -> bool:
    """Whether there is such a prompt already: the form came before, and what was in it was accepted since. Sent once
    more with other words, it would take the place of what moderators have accepted."""
    own = (await work.shelves.of([community])).get(community, NOTHING_OWN)
    return own.prompt(prompt) is not None


def _suggest_form(subject: str, prompt: Prompt | None) -> Form:
    return Form(
        "suggest",
        "Suggest a prompt",
        (
            Field(
                "text",
                "Your idea",
                FieldKind.PARAGRAPH,
                value=prompt.text if prompt else "",
                hint="A small kindness to do, or a question to ask",
                limit=TEXT_LIMIT,
            ),
            Field("kind", "What is it?", FieldKind.CHOICE, value=prompt.kind if prompt else "act", options=KINDS),
            Field("circle", "For whom?", FieldKind.CHOICE, value=prompt.circle if prompt else "close", options=CIRCLES),
        ),
        submit="Send",
        subject=subject,
        intro="Moderators see the words, and not who sent them.",
    )


def _edit_form(prompt: Prompt, suggestion: str) -> Form:
    return prompt_form("suggestion", "Change and accept", prompt, suggestion)


def _waiting_card(one: Suggestion, alike: Prompt | None, *, more: bool) -> Card:
    what = f"{KIND_WORDS[one.prompt.kind].capitalize()} for {one.prompt.circle.words}"
    body: list[Part] = [Quote(one.prompt.text), Items((Item(what, label="What"),))]
    if alike:
        body.append(Text(f"There is one much like it: {quoted(alike.text)}."))
    if one.accepted_by:
        body.append(Text("One moderator is for it. A second one decides."))
    choices = (
        Choice("Accept", Action("suggestion_yes", one.id), Style.PRIMARY, "☑️"),
        Choice("Change and accept", Action("suggestion_edit", one.id), emoji="✏️"),
        Choice("Not this one", Action("suggestion_no", one.id), emoji="🍂"),
        *((Choice("Next", Action("suggestions", one.id), emoji="➡️"),) if more else ()),
        BACK,
    )
    return Card("A suggestion", tuple(body), choices, footnote="You are not told whose it is.", emoji="💡")


def _not_yet(one: Suggestion, said: str) -> Card:
    """What keeps it from being a prompt as it is."""
    body = (Quote(one.prompt.text), Text("In these words it cannot come on a card yet."), Text(said))
    choices = (
        Choice("Change and accept", Action("suggestion_edit", one.id), Style.PRIMARY, "✏️"),
        Choice("Not this one", Action("suggestion_no", one.id), emoji="🍂"),
        BACK,
    )
    return Card("Nearly there", body, choices, emoji="💡")


def _decided() -> Card:
    lines = ("Somebody was quicker: this one is decided.",)
    return note("Already dealt with", *lines, choices=(NEXT, BACK), emoji="🤝")
