"""What moderators do about acts: the queue of what waits and what was reported, hiding, blocking."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.errors import AdapterError
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Choice, Quote, Reply, Text
from bot.domain.places import Actor
from bot.domain.wall import REASON_LIMIT, Act, Standing
from bot.domain.words import tidied
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services.cards import note
from bot.services.naming import Naming
from bot.services.setup import must_moderate
from bot.services.wall import Standpoint, Walls, within_rules
from bot.services.wall_cards import (
    REPORTED,
    SOMEONE,
    changed_card,
    looks,
    reported_card,
    review_card,
    standing_in_words,
)

PAGE = 20
"""How many acts with open reports are gone through before it begins anew."""
DECISIONS = 500
"""How many decisions about an act are gone through."""
NOTHING_WAITS = note("Nothing waits", "Everything here is looked at.", emoji="🍵")
PASSED_OVER = note(
    "That was the last one",
    "What you passed over waits on, for you or for somebody else.",
    choices=(Choice("From the beginning", Action("queue"), emoji="📥"),),
    emoji="🍵",
)
UNREAD = "unread"
"""In the place of the mark of what a moderator has read (`looks`): they have not."""
FIRST_READ = "Please read it first"
NO_REASON = "Please say it in a few words: its author reads them."


class Overseeing:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        walls: Walls,
        naming: Naming,
        messengers: Messengers,
        clock: Clock,
        *,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._walls = walls
        self._naming = naming
        self._messengers = messengers
        self._clock = clock
        self._nudge = nudge

    async def queue(self, actor: Actor, beyond: str = "") -> Reply:
        """What waits for a moderator: first what is not on the wall yet, then what was reported."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            reported = await self._reported(work, here)
            past = next((number for number, act in enumerate(reported, 1) if act.id == beyond), 0)
            waiting = () if past else await work.acts.waiting(here.space.community, here.space.id, 1, beyond)
            card = review_card(waiting[0], Action("queue", waiting[0].id)) if waiting else None
            if card is None and (following := reported[past:]):
                card = reported_card(following[0], Action("queue", following[0].id))
            left = beyond and (reported or await work.acts.waiting(here.space.community, here.space.id, 1, ""))
            card = await self._walls.pictured(work, card) if card else PASSED_OVER if left else NOTHING_WAITS
            await work.commit()
        return Reply(card, replace=bool(beyond))

    async def _reported(self, work: UnitOfWork, here: Standpoint) -> Sequence[Act]:
        """What was reported, of what is shown here, in the order in which it was."""
        found = await work.walls.reported(here.space.community, here.space.id, PAGE)
        acts = [act for act_id in found if (act := await work.acts.get(act_id))]
        return [act for act in acts if act.shown_in(here.space)]

    async def approve(self, actor: Actor, act_id: ActId, read: str = "") -> Reply:
        """On the wall. A moderator who has `read` something else than it says by now reads it first."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.WAITING:
                return Reply(_dealt_with(act), replace=True)
            if read and read != looks(act):
                card = await self._walls.pictured(work, review_card(act, Action("queue", act.id)))
                return Reply(replace(card, heading="It was changed meanwhile"), replace=True)
            approved = within_rules(act.approved(self._clock.now()), here.wall)
            await self._walls.keep(work, approved, "act.approved", by=here.member)
            await work.commit()
        self._nudge()
        await self._naming.ask(act.id)
        line = f"A moderator has looked at it. Thank you for it.{_unnamed(act, approved)}"
        await self._tell_author(act, "Your kindness is on the wall", line)
        return Reply(_done("Published", "It is on the wall.", act, undo="hold"), replace=True)

    async def hold(self, actor: Actor, act_id: ActId) -> Reply:
        """Off the wall again, and back among what waits."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if not act.on_wall:
                return Reply(_dealt_with(act), replace=True)
            await self._walls.keep(work, act.held_back(), "act.held_back", by=here.member)
            await work.commit()
        self._nudge()
        return Reply(_done("Waiting again", "It is off the wall, and back in the queue.", act), replace=True)

    async def keep_private(self, actor: Actor, act_id: ActId) -> Reply:
        """Not on the wall; its author keeps it."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.WAITING:
                return Reply(_dealt_with(act), replace=True)
            await self._walls.keep(work, act.kept_private(), "act.kept_private", by=here.member)
            await work.commit()
        self._nudge()
        lines = "A moderator decided to keep it off the wall. It is still yours, and /kind me shows it."
        await self._tell_author(act, "About what you shared", lines)
        return Reply(_done("Kept private", "It is not on the wall; its author still has it.", act), replace=True)

    async def reason_form(self, actor: Actor, name: str, act_id: ActId) -> Reply:
        """Ask a moderator for the reason that the author reads."""
        async with self._storage.unit_of_work() as work:
            _, act = await self._look(work, actor, act_id)
            await work.commit()
        return Reply(_reason_form(name, act))

    async def send_back(self, actor: Actor, act_id: ActId, values: Mapping[str, str]) -> Reply:
        """Ask the author for a change."""
        reason = tidied(values.get("reason", ""))[:REASON_LIMIT]
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.WAITING:
                return Reply(_dealt_with(act), replace=True)
            if not reason:
                return Reply(Rejected({"reason": NO_REASON}, _reason_form("return", act)))
            await self._walls.keep(work, act.returned(reason), "act.returned", by=here.member, detail=reason)
            await work.commit()
        choices = (Choice("Change it", Action("edit", act.id), emoji="✏️"),)
        await self._tell_author(act, "A wish about what you shared", reason, choices)
        return Reply(_done("Sent back", "Its author reads your words, and can change it.", act), replace=True)

    async def hide(self, actor: Actor, act_id: ActId, values: Mapping[str, str]) -> Reply:
        """Off the wall everywhere, with a reason that its author reads."""
        reason = tidied(values.get("reason", ""))[:REASON_LIMIT]
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is Standing.HIDDEN:
                return Reply(_dealt_with(act), replace=True)
            if not reason:
                return Reply(Rejected({"reason": NO_REASON}, _reason_form("hide", act)))
            code = "act.hidden_by_moderator"
            await self._walls.keep(work, act.hidden(reason), code, by=here.member, detail=reason)
            await work.walls.settle_reports(act.id, self._clock.now())
            await work.commit()
        self._nudge()
        await self._tell_author(act, "A moderator has hidden what you shared", reason)
        return Reply(_done("Hidden", "It is taken off everywhere.", act, undo="restore"), replace=True)

    async def restore(self, actor: Actor, act_id: ActId, read: str = "") -> Reply:
        """Shown again, everywhere. A moderator who has `read` something else than it says by now reads it first."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.HIDDEN:
                return Reply(_dealt_with(act), replace=True)
            restored = within_rules(act.restored(self._clock.now(), here.wall.rule), here.wall)
            if restored.on_wall and read and read != looks(act):
                card = await self._walls.pictured(work, changed_card(act, Action("queue")))
                return Reply(replace(card, heading=FIRST_READ) if read == UNREAD else card, replace=True)
            await self._walls.keep(work, restored, "act.restored", by=here.member)
            await work.commit()
        self._nudge()
        return Reply(await self._told_of(act, restored), replace=True)

    async def _told_of(self, act: Act, restored: Act) -> Card:
        """Have everybody told who is concerned by an act that is not hidden any more; the moderator's answer."""
        heading = "What you shared is not hidden any more"
        if restored.standing is Standing.WAITING:
            await self._tell_author(act, heading, "A moderator looks at it before it comes on the wall.")
            return _done("Waiting again", "It is not hidden any more, and waits in the queue.", restored)
        if not restored.on_wall:
            await self._tell_author(act, heading, "It is kept for you, as you wished.")
            return note("Not hidden any more", "Its author keeps it for themselves.", emoji="🫙")
        await self._naming.ask(act.id)
        line = f"A moderator has looked at it once more.{_unnamed(act, restored)}"
        await self._tell_author(act, "What you shared is on the wall again", line)
        return note("Shown again", "It is back wherever it was.", emoji="💛")

    async def leave(self, actor: Actor, act_id: ActId) -> Reply:
        """What was reported stays as it is."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if not await work.walls.is_reported(act.id):
                return Reply(_dealt_with(act), replace=True)
            await work.walls.settle_reports(act.id, self._clock.now())
            await self._walls.decide(work, act, "act.left", by=here.member)
            await work.commit()
        return Reply(_done("Left as it is", "The report is dealt with.", act), replace=True)

    async def ask_to_block(self, actor: Actor, act_id: ActId, among: str = "") -> Reply:
        """Ask before somebody is kept from the wall. The act stood `among` what waits, or what was reported."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if await self._overtaken(work, act, among):
                return Reply(_dealt_with(act), replace=True)
            await work.commit()
        body = (
            *((Quote(act.text),) if act.legible_from(here.space) else ()),
            Text(
                "Nothing of whoever wrote this comes on the wall until you allow it again. You are not told who it is."
            ),
        )
        choices = (Choice("Block", Action("block!", act.id, among)), Choice("Back to the queue", Action("queue")))
        return Reply(Card("Block its author?", body, choices, emoji="🚧"), replace=True)

    async def block(self, actor: Actor, act_id: ActId, among: str = "") -> Reply:
        """Nothing of this act's author comes on the wall; the act itself is hidden."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if await self._overtaken(work, act, among):
                return Reply(_dealt_with(act), replace=True)
            decision = await self._walls.decide(work, act, "author.blocked", by=here.member)
            await work.walls.block(decision, act.author)
            await work.walls.settle_reports(act.id, self._clock.now())
            if act.standing in {Standing.SHOWN, Standing.WAITING}:
                await self._walls.keep(work, act.hidden(""), "act.hidden_by_moderator", by=here.member)
            await work.commit()
        self._nudge()
        return Reply(
            _done("Blocked", "You do not learn who it is, and nobody else does.", act, undo="unblock"), replace=True
        )

    async def unblock(self, actor: Actor, act_id: ActId, read: str = "") -> Reply:
        """Its author may use the wall again. What was hidden stays so until it is restored, as it was `read`; whoever
        has read nothing of it reads it then."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await work.acts.get(act_id)
            if not await self._blocked_for(work, here, act_id, act):
                act = await self._walls.overseen(work, here, act_id)
            # Written down also where nothing was to be undone: else the audit log would tell which acts are of one
            # author, and so who wrote those without a name.
            author = act.author if act else await work.walls.blocked_for(here.space.community, act_id)
            if author is not None:
                await work.walls.unblock(here.space.community, author)
            await self._walls.decide_about(work, act_id, here.space.community, "author.unblocked", by=here.member)
            await work.commit()
        again = act is not None and act.legible_from(here.space)
        choices = (Choice("Show this one again", Action("restore", act_id, read or UNREAD)),) if again else ()
        return Reply(note("Allowed again", "Its author may use the wall.", choices=choices, emoji="🤝"), replace=True)

    @staticmethod
    async def _blocked_for(work: UnitOfWork, here: Standpoint, act_id: ActId, act: Act | None) -> bool:
        """Whether moderators here blocked somebody for an act, who may have kept it for themselves or removed it."""
        if act is not None and (act.community != here.space.community or not act.meant_for(here.space)):
            return False
        decided = await work.walls.decided(act_id, DECISIONS)
        return any(one.code == "author.blocked" and one.community == here.space.community for one in decided)

    async def _look(self, work: UnitOfWork, actor: Actor, act_id: ActId) -> tuple[Standpoint, Act]:
        must_moderate(actor)
        here = await self._walls.standpoint(work, actor)
        return here, await self._walls.overseen(work, here, act_id)

    @staticmethod
    async def _overtaken(work: UnitOfWork, act: Act, among: str) -> bool:
        """Whether somebody else has decided about an act since it stood among what waits, or what was reported."""
        if among == REPORTED:
            return not await work.walls.is_reported(act.id)
        return among == Standing.WAITING.value and act.standing is not Standing.WAITING

    async def _tell_author(self, act: Act, heading: str, line: str, choices: tuple[Choice, ...] = ()) -> None:
        """Tell an author what became of their act, if their platform lets us."""
        async with self._storage.reading() as work:
            person = await work.communities.person(act.author)
        messenger = self._messengers.get(person.platform) if person else None
        if person is None or messenger is None:
            return
        body = (Quote(act.text), *([Text(line)] if line else []))
        try:
            await messenger.tell(person, Card(heading, body, choices, emoji="💌"))
        except AdapterError:
            return


def _reason_form(name: str, act: Act) -> Form:
    title = "Ask for a change" if name == "return" else "Hide this kindness"
    label = "What should be different?" if name == "return" else "Why? Its author reads this."
    field = Field("reason", label, FieldKind.PARAGRAPH, limit=REASON_LIMIT)
    return Form(name, title, (field,), submit="Send", subject=act.id)


def _unnamed(before: Act, after: Act) -> str:
    """Tells an author that the rules keep their name off by now."""
    return f" It says “{SOMEONE}”, because of the wall's rules for names." if before.by != after.by else ""


def _dealt_with(act: Act) -> Card:
    """Somebody else was first."""
    line = f"Somebody was quicker: it is {standing_in_words(act)} now."
    return note("Already dealt with", line, choices=(Choice("Next", Action("queue"), emoji="➡️"),), emoji="🤝")


def _done(heading: str, line: str, act: Act, undo: str = "") -> Card:
    choices = (Choice("Undo", Action(undo, act.id, looks(act))),) if undo else ()
    return note(heading, line, choices=(*choices, Choice("Next", Action("queue"), emoji="➡️")), emoji="☑️")
