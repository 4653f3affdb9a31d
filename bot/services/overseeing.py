"""What moderators do about the wall: rules, the review queue, hiding, blocking, and what was decided."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.domain.errors import AdapterError, Refusal
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Choice, Item, Items, Quote, Reply, Text
from bot.domain.places import Actor, Place
from bot.domain.wall import REASON_LIMIT, Act, Decision, Rule, Standing, WallPlace, tidied
from bot.ports import Clock, Messengers, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.attention import Attention
from bot.services.cards import note
from bot.services.reading import Unread
from bot.services.setup import must_moderate, read_channel
from bot.services.wall import Standpoint, Walls
from bot.services.wall_cards import reported_card, review_card, standing_in_words

REPORTS_A_DAY = 5
PAGE = 8
WORDS_LIMIT = 300
REBUILD_BATCH = 200

_DECISIONS = {
    "act.shown": "put on the wall by its author",
    "act.waiting": "put up by its author, to be looked at by a moderator first",
    "act.private": "kept private by its author",
    "act.hidden": "changed by its author while it was hidden",
    "act.returned": "sent back with the request for a change",
    "act.changed": "changed by its author",
    "act.taken_down": "taken off the wall by its author",
    "act.approved": "published",
    "act.kept_private": "kept off the wall",
    "act.hidden_by_moderator": "hidden",
    "act.restored": "shown again",
    "act.left": "looked at after a report, and left as it is",
    "author.blocked": "its author was blocked from the wall",
    "author.unblocked": "its author may use the wall again",
    "wall.rules": "the wall's rules were changed",
}


class Overseeing:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        walls: Walls,
        messengers: Messengers,
        attention: Attention,
        clock: Clock,
        *,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._walls = walls
        self._messengers = messengers
        self._attention = attention
        self._clock = clock
        self._nudge = nudge

    # Rules

    async def rules(self, actor: Actor, values: Mapping[str, str]) -> Reply:
        """The wall's channel here and its rules: with a form for what was not given."""
        must_moderate(actor)
        given = {name: text.strip() for name, text in values.items() if text.strip()}
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            place = await self._walls.place(work, here.space)
            known = {
                "channel": place.channel if place else actor.channel,
                "rule": here.wall.rule.value,
                "links": "yes" if here.wall.links else "no",
                "words": ", ".join(here.wall.words),
            }
            form = _rules_form({**known, **given})
            if not given:
                await work.commit()
                return Reply(form)
            try:
                channel = read_channel(given.get("channel", known["channel"]))
            except Unread as error:
                return Reply(Rejected({"channel": str(error)}, form))
            wall = replace(
                here.wall,
                rule=Rule(given["rule"]) if given.get("rule") in set(Rule) else here.wall.rule,
                links=given.get("links", known["links"]) == "yes",
                words=_listed(given.get("words", "" if "rule" in given and "links" in given else known["words"])),
            )
            await work.walls.save(wall)
            await work.walls.save_place(WallPlace(here.space.id, channel, actor.person.user))
            await work.commit()
        lacks = await self._attention.examine(Place(here.space.platform, here.space.key, channel))
        items = [
            Item("", label="Where", channel=channel),
            Item(_RULES[wall.rule], label="What comes on it"),
            Item("allowed" if wall.links else "not allowed", label="Links"),
        ]
        if wall.words:
            items.append(Item(", ".join(wall.words), label="Kept off"))
        body = [Items(tuple(items)), *(Text(lack.sentence) for lack in lacks)]
        heading = "The kindness wall is ready" if not lacks else "The kindness wall needs a hand"
        choices = (Choice("Show everything here", Action("rebuild"), emoji="🧱"),)
        footnote = "What is shared from now on appears in this channel. What is there already stays where it is."
        return Reply(Card(heading, tuple(body), choices, footnote=footnote, emoji="🧱"))

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
                for act in found:
                    if act.shown_in(here.space.id):
                        count += 1
                        await self._walls.follow(work, act)
                        for copy in await work.act_copies.of_act(act.id):
                            if copy.space == here.space.id:
                                await work.act_copies.change(copy.rebuilt(), now)
            await work.commit()
        self._nudge()
        lines = ("Whatever is missing here appears again, one after the other.",) if count else ("The wall is empty.",)
        return Reply(note("Rebuilding the wall", *lines, emoji="🧱"))

    # The queue

    async def queue(self, actor: Actor, beyond: str = "") -> Reply:
        """What waits for a moderator: first what is not on the wall yet, then what was reported."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            waiting = await work.acts.waiting(here.space.community, here.space.id, 1, beyond)
            card = review_card(waiting[0], Action("queue", waiting[0].id)) if waiting else None
            if card is None and (act := await self._reported(work, here, beyond)):
                card = reported_card(act, Action("queue", act.id))
            await work.commit()
        if card is None:
            return Reply(note("Nothing waits", "Everything here is looked at.", emoji="🍵"), replace=bool(beyond))
        return Reply(card, replace=bool(beyond))

    async def _reported(self, work: UnitOfWork, here: Standpoint, beyond: str) -> Act | None:
        """What was reported first, of what is shown here; not the one that was just looked at."""
        for act_id in await work.walls.reported(here.space.community, PAGE):
            act = await work.acts.get(act_id)
            if act is not None and act.id != beyond and act.overseen_from(here.space.id):
                return act
        return None

    async def approve(self, actor: Actor, act_id: ActId) -> Reply:
        """On the wall."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.WAITING:
                return Reply(_dealt_with(act), replace=True)
            await self._walls.keep(work, act.approved(self._clock.now()), "act.approved", by=here.member)
            await work.commit()
        self._nudge()
        await self._tell_author(act, "Your kindness is on the wall", "A moderator has looked at it. Thank you for it.")
        return Reply(_done("Published", "It is on the wall.", act, undo="keep"), replace=True)

    async def keep_private(self, actor: Actor, act_id: ActId) -> Reply:
        """Not on the wall; its author keeps it."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing not in {Standing.WAITING, Standing.SHOWN}:
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
        title = "Ask for a change" if name == "return" else "Hide this kindness"
        label = "What should be different?" if name == "return" else "Why? Its author reads this."
        field = Field("reason", label, FieldKind.PARAGRAPH, limit=REASON_LIMIT)
        return Reply(Form(name, title, (field,), submit="Send", subject=act.id))

    async def send_back(self, actor: Actor, act_id: ActId, values: Mapping[str, str]) -> Reply:
        """Ask the author for a change."""
        reason = tidied(values.get("reason", ""))[:REASON_LIMIT]
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.WAITING:
                return Reply(_dealt_with(act), replace=True)
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
            code = "act.hidden_by_moderator"
            await self._walls.keep(work, act.hidden(reason), code, by=here.member, detail=reason)
            await work.walls.settle_reports(act.id)
            await work.commit()
        self._nudge()
        await self._tell_author(act, "A moderator has hidden what you shared", reason)
        return Reply(_done("Hidden", "It is taken off everywhere.", act, undo="restore"), replace=True)

    async def restore(self, actor: Actor, act_id: ActId) -> Reply:
        """Shown again, everywhere."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if act.standing is not Standing.HIDDEN:
                return Reply(_dealt_with(act), replace=True)
            await self._walls.keep(work, act.approved(self._clock.now()), "act.restored", by=here.member)
            await work.commit()
        self._nudge()
        await self._tell_author(act, "What you shared is on the wall again", "A moderator has looked at it once more.")
        return Reply(note("Shown again", "It is back wherever it was.", emoji="💛"), replace=True)

    async def leave(self, actor: Actor, act_id: ActId) -> Reply:
        """What was reported stays as it is."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            await work.walls.settle_reports(act.id)
            await self._walls.decide(work, act, "act.left", by=here.member)
            await work.commit()
        return Reply(_done("Left as it is", "The report is dealt with.", act), replace=True)

    async def ask_to_block(self, actor: Actor, act_id: ActId) -> Reply:
        """Ask before somebody is kept from the wall."""
        async with self._storage.unit_of_work() as work:
            _, act = await self._look(work, actor, act_id)
            await work.commit()
        body = (
            Quote(act.text),
            Text(
                "Nothing of whoever wrote this comes on the wall until you allow it again. You are not told who it is."
            ),
        )
        choices = (Choice("Block", Action("block!", act.id)), Choice("Back to the queue", Action("queue")))
        return Reply(Card("Block its author?", body, choices, emoji="🚧"), replace=True)

    async def block(self, actor: Actor, act_id: ActId) -> Reply:
        """Nothing of this act's author comes on the wall; the act itself is hidden."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            decision = await self._walls.decide(work, act, "author.blocked", by=here.member)
            await work.walls.block(decision, act.author)
            await work.walls.settle_reports(act.id)
            if act.standing in {Standing.SHOWN, Standing.WAITING}:
                await self._walls.keep(work, act.hidden(""), "act.hidden_by_moderator", by=here.member)
            await work.commit()
        self._nudge()
        return Reply(
            _done("Blocked", "You do not learn who it is, and nobody else does.", act, undo="unblock"), replace=True
        )

    async def unblock(self, actor: Actor, act_id: ActId) -> Reply:
        """Its author may use the wall again. What was hidden stays so until it is restored."""
        async with self._storage.unit_of_work() as work:
            here, act = await self._look(work, actor, act_id)
            if await work.walls.unblock(act.community, act.author):
                await self._walls.decide(work, act, "author.unblocked", by=here.member)
            await work.commit()
        choices = (Choice("Show this one again", Action("restore", act.id)),)
        return Reply(note("Allowed again", "Its author may use the wall.", choices=choices, emoji="🤝"), replace=True)

    # Everybody

    async def report(self, actor: Actor, act_id: ActId) -> Reply:
        """Ask the moderators to look. Who asked is not told; asking twice is asking once."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.readable(work, here, act_id)
            if await work.walls.reports_by(here.member, self._clock.now() - timedelta(days=1)) >= REPORTS_A_DAY:
                raise Refusal(
                    "report.too_many",
                    "You have asked about several already today, and moderators are looking at them. If it cannot "
                    "wait, please write to one of them.",
                )
            await work.walls.report(Decision("", act.community, act.id, "", self._clock.now()), here.member)
            await work.commit()
        lines = ("A moderator is going to look at it. They are not told who asked.",)
        return Reply(note("Thank you for looking after this place", *lines, emoji="🚩"), replace=True)

    async def why(self, actor: Actor, act_id: ActId) -> Reply:
        """Why an act is on the wall, or is not: from what was decided, each with its code."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.readable(work, here, act_id)
            decided = await work.walls.decided(act.id)
            copies = await work.act_copies.of_act(act.id)
            await work.commit()
        own = act.author == here.member or actor.may_moderate
        items = [Item(_told(decision, own=own), label=wording.day(decision.at.date())) for decision in decided]
        items += [
            Item(_STUCK.get(copy.stuck, f"not shown in one place ({copy.stuck})"), label="Copy")
            for copy in copies
            if copy.stuck and own
        ]
        body = (Text(f"This kindness is {standing_in_words(act)}."), Items(tuple(items)))
        return Reply(Card("Why is this (not) on the wall?", body, emoji="❓"), replace=True)

    async def audit(self, actor: Actor, beyond: str = "") -> Reply:
        """What moderators decided, newest first."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            found = await work.walls.by_moderators(here.space.community, PAGE + 1, beyond)
            await work.commit()
        if not found:
            lines = ("Moderators have decided nothing here so far.",)
            return Reply(note("What was decided", *lines, emoji="📖"), replace=bool(beyond))
        items = tuple(
            Item(
                f"{_told(one, own=True)}, by {'you' if one.by == here.member else 'another moderator'}",
                label=wording.short_moment(one.at, actor.zone or "UTC"),
            )
            for one in found[:PAGE]
        )
        earlier = (Choice("Earlier", Action("audit", found[PAGE - 1].id), emoji="⬅️"),) if len(found) > PAGE else ()
        return Reply(Card("What was decided", (Items(items),), earlier, emoji="📖"), replace=bool(beyond))

    async def _look(self, work: UnitOfWork, actor: Actor, act_id: ActId) -> tuple[Standpoint, Act]:
        must_moderate(actor)
        here = await self._walls.standpoint(work, actor)
        return here, await self._walls.readable(work, here, act_id)

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


_RULES = {
    Rule.OPEN: "whatever members share, at once",
    Rule.REVIEW: "what a moderator has looked at first",
}
_STUCK = {
    "removed_by_hand": "somebody deleted it in its channel, so it is not put there again",
    "unsure": "the connection broke while it was sent, and nobody can tell whether it arrived",
}


def _rules_form(values: Mapping[str, str]) -> Form:
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
                options=(("open", "Whatever members share, at once"), ("review", "What a moderator looked at first")),
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
        ),
    )


def _listed(text: str) -> tuple[str, ...]:
    found = (" ".join(word.split()) for word in tidied(text).split(","))
    return tuple(dict.fromkeys(word for word in found if word))


def _told(decision: Decision, *, own: bool) -> str:
    """A decision in words, with its code. A moderator's reason is for the author and for moderators."""
    said = _DECISIONS.get(decision.code, decision.code)
    reason = f": “{decision.detail}”" if decision.detail and own else ""
    return f"{said}{reason} ({decision.code})"


def _dealt_with(act: Act) -> Card:
    """Somebody else was first."""
    line = f"Somebody was quicker: it is {standing_in_words(act)} now."
    return note("Already dealt with", line, choices=(Choice("Next", Action("queue"), emoji="➡️"),), emoji="🤝")


def _done(heading: str, line: str, act: Act, undo: str = "") -> Card:
    choices = (Choice("Undo", Action(undo, act.id)),) if undo else ()
    return note(heading, line, choices=(*choices, Choice("Next", Action("queue"), emoji="➡️")), emoji="☑️")
