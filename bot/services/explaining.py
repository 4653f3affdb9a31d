"""Why an act is on the wall or is not, who asked the moderators to look, and what they decided."""

from datetime import timedelta

from bot.domain.changes import Change
from bot.domain.errors import Refusal
from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Text
from bot.domain.places import Actor
from bot.domain.reactions import merge
from bot.domain.wall import Decision
from bot.ports import Clock, Storage
from bot.services import wording
from bot.services.cards import note
from bot.services.changing import Changing, undoing
from bot.services.heralding import Heralding
from bot.services.setup import must_moderate
from bot.services.wall import Walls
from bot.services.wall_cards import standing_in_words

REPORTS_A_DAY = 5
PAGE = 8
LET_BACK = "Let back: {}"
LET_BACK_AT_ONCE = 3
"""How many buttons a page of the audit log has for those who were blocked, beside two others."""
LOOKED_AFTER = "Thank you for looking after this place"
GOING_TO_LOOK = "A moderator is going to look at it. They are not told who asked."
HAVE_LOOKED = (
    "A moderator has looked at it since you asked. If something about it still troubles you, please write to one of "
    "them."
)

NOT_FELT = (
    "none is kept. One that you have just put on takes a moment; one on another message, or in a place that I cannot "
    "see, does not count (reaction.none)"
)
COOL = "words for it come when at least three others felt something (warmth.none)"

_DECISIONS = {
    "act.shown": "put on the wall by its author",
    "act.waiting": "put up by its author, to be looked at by a moderator first",
    "act.private": "kept private by its author",
    "act.hidden": "changed by its author while it was hidden",
    "act.returned": "sent back with the request for a change",
    "act.changed": "changed by its author",
    "act.naming": "its author named somebody, who is asked",
    "named.yes": "whoever is named agreed",
    "named.no": "whoever is named would rather not be",
    "act.taken_down": "taken off the wall by its author",
    "act.approved": "published",
    "act.held_back": "taken back to be looked at again",
    "act.kept_private": "kept off the wall",
    "act.hidden_by_moderator": "hidden",
    "act.restored": "shown again",
    "act.missing": "taken off where its message was gone after a backup was put back",
    "act.left": "looked at after a report, and left as it is",
    "author.blocked": "its author was blocked from the wall",
    "author.unblocked": "its author may use the wall again",
    "space.linked": "another place was linked",
    "space.unlinked": "a linked place was unlinked",
    "space.exported": "what is kept of this place was exported",
    "space.leaving": "Kindling was asked to leave",
    "space.stayed": "Kindling stayed after all",
    "suggestion.accepted": "what a member suggested was accepted",
    "suggestion.denied": "what a member suggested was not taken",
    "vote.opened": "a vote on the next theme was opened",
    "vote.closed": "the vote on the next theme was closed",
    "wall.rules": "the wall's rules were changed",
    "wall.opened": "the wall's page on the web was opened",
    "wall.renewed": "the wall's page on the web got a new address",
    "wall.closed": "the wall's page on the web was closed",
}

STUCK = {
    "removed_by_hand": "somebody deleted it in its channel, so it is not put there again",
    "unsure": "the connection broke while it was sent, and nobody can tell whether it arrived",
}


class Explaining:
    """From what was decided and kept; nothing is guessed."""

    def __init__(
        self, storage: Storage, walls: Walls, heralding: Heralding, clock: Clock, *, changing: Changing
    ) -> None:
        self._storage = storage
        self._changing = changing
        self._walls = walls
        self._heralding = heralding
        self._clock = clock

    async def report(self, actor: Actor, act_id: ActId) -> Reply:
        """Ask the moderators to look. Who asked is not told; asking twice is asking once."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.readable(work, here, act_id)
            asked_before = await work.walls.is_reported(act.id)
            now = self._clock.now()
            asked_at = await work.walls.reported_at(act.id, here.member)
            if asked_at and asked_at > max(now - timedelta(days=1), act.edited_at or asked_at - timedelta(days=1)):
                return Reply(
                    note(LOOKED_AFTER, GOING_TO_LOOK if asked_before else HAVE_LOOKED, emoji="🚩"), replace=True
                )
            if await work.walls.reports_by(here.member, now - timedelta(days=1)) >= REPORTS_A_DAY:
                raise Refusal(
                    "report.too_many",
                    "You have asked about several already today, and moderators are looking at them. If it cannot "
                    "wait, please write to one of them.",
                )
            looked_for = act.on_wall and not asked_before
            alert = await self._heralding.something_waits(work, here.space, act) if looked_for else None
            await work.walls.report(Decision("", act.community, act.id, "", now), here.member)
            await work.commit()
        await self._heralding.tell(alert)
        return Reply(note(LOOKED_AFTER, GOING_TO_LOOK, emoji="🚩"), replace=True)

    async def why(self, actor: Actor, act_id: ActId) -> Reply:
        """Why an act is on the wall, or is not: from what was decided, each with its code."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.readable(work, here, act_id)
            decided = await work.walls.decided(act.id)
            copies = await work.act_copies.of_act(act.id)
            marks = merge(await work.reactions.on_item(act.id)).values()
            await work.commit()
        mine = sorted({mark.emoji for mark in marks if mark.present and mark.member in here.accounts})
        own = act.author in here.accounts or actor.may_moderate
        # How it came here is its author's and the moderators' concern: that nobody had to look at it first, say, tells
        # that a moderator wrote it. That somebody would rather not be named is told to nobody.
        of_all = [decision for decision in decided if decision.code != "named.no"]
        items = [Item(_told(decision, own=own), label=wording.day(decision.at.date())) for decision in of_all if own]
        if not own:
            items = [Item("put on the wall by its author (act.shown)")]
        items += [
            Item(STUCK.get(copy.stuck, f"not shown in one place ({copy.stuck})"), label="Copy")
            for copy in copies
            if copy.stuck and own
        ]
        felt = [Item(f"{' '.join(mine)} (reaction.kept)" if mine else NOT_FELT, label="Yours")]
        if not act.warmth:
            felt.append(Item(COOL, label="Everybody’s"))
        about = Text(f"This kindness is {standing_in_words(act)}.")
        body = (about, Items(tuple(items)), Items(tuple(felt), title="Reactions to it"))
        return Reply(Card("Why is this (not) on the wall?", body, emoji="❓"), replace=True)

    async def audit(self, actor: Actor, beyond: str = "") -> Reply:
        """What moderators decided and changed, newest first. What can be taken back most recently has a button."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            home = here.space.community, here.space.id
            decided = await work.walls.by_moderators(*home, PAGE + 1, beyond)
            changed = await work.changes.page(*home, PAGE + 1, beyond)
            found = sorted([*decided, *changed], key=lambda one: one.id, reverse=True)
            last = next((one for one in changed if one in found[:PAGE]), None)
            undo = (undoing(last),) if last and await self._changing.can_undo(work, last) else ()
            await work.commit()
        if not found:
            lines = ("Moderators have decided nothing here so far.",)
            return Reply(note("What was decided", *lines, emoji="📖"), replace=bool(beyond))
        items = tuple(
            Item(
                f"{self._listed(one)}, by {'you' if one.by == here.member else 'another moderator'}",
                label=wording.short_moment(one.at, actor.zone or "UTC"),
            )
            for one in found[:PAGE]
        )
        earlier = (Choice("Earlier", Action("audit", found[PAGE - 1].id), emoji="⬅️"),) if len(found) > PAGE else ()
        body: list[Part] = [Items(items)]
        if last and undo:
            body.append(Text(f"Undo takes this back: {self._changing.words(last)}."))
        # Whether or not whoever it was is let back by now: else the buttons would tell which acts are of one author.
        blocks = [one for one in found[:PAGE] if isinstance(one, Decision) and one.code == "author.blocked"]
        latest = {one.subject: one for one in reversed(blocks)}
        back = [
            Choice(LET_BACK.format(wording.short_moment(one.at, actor.zone or "UTC")), Action("unblock", one.subject))
            for one in [*latest.values()][::-1][:LET_BACK_AT_ONCE]
        ]
        return Reply(Card("What was decided", tuple(body), (*earlier, *undo, *back), emoji="📖"), replace=bool(beyond))

    def _listed(self, entry: Decision | Change) -> str:
        return self._changing.listed(entry) if isinstance(entry, Change) else _told(entry, own=True)


def _told(decision: Decision, *, own: bool) -> str:
    """A decision in words, with its code. A moderator's reason is for the author and for moderators."""
    said = _DECISIONS.get(decision.code, decision.code)
    reason = f": “{decision.detail}”" if decision.detail and own else ""
    return f"{said}{reason} ({decision.code})"
