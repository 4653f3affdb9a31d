"""What moderators see and do besides setting up: status, preview, post, pause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.domain.community import Community, Space
from bot.domain.delivery import Delivery, Occurrence, State
from bot.domain.errors import Refusal
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.ids import DeliveryId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Text
from bot.domain.places import Actor, Place
from bot.domain.schedule import Schedule, end_of_quiet, zone_of
from bot.ports import Clock, Nudge, Storage, UnitOfWork
from bot.services import wording
from bot.services.attention import Attention
from bot.services.calendar import Calendar
from bot.services.cards import as_many_as_fit, note
from bot.services.changing import Changing
from bot.services.configuring import ORDER
from bot.services.lately import not_posted
from bot.services.pausing import PAUSE, pause_state
from bot.services.reading import OFF, Unread, days_in_words, read_date
from bot.services.reasons import Reasons
from bot.services.setup import CHECK, POST, PREVIEW, must_moderate
from bot.services.spaces import Spaces
from bot.services.taking_part import morning_of
from bot.services.upcoming import Upcoming, upcoming

UNSURE = "I could not tell whether the last card arrived. If it is not there, press “Post again”."
ALL_OF_THEM = "/kindling settings shows every card."
FEW = 600
"""Characters of a list beside the longest one."""
HAND_ON = "Missing at this moment, to hand to an administrator:"
LEFT_OUT = "Not posted lately:"
QUIETLY = "If not, nothing changes: a card that is still to come today comes at its own time."
EXAMINED = 5
"""Channels that are tested for a status: somebody waits for it."""
RESUME = Choice("End the pause", Action("resume"), emoji="▶️")
SET_UP = Choice("Set up Kindling", Action("guide"), emoji="🔥")


class Moderating:
    """Each call checks the actor's right again."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        attention: Attention,
        calendar: Calendar,
        clock: Clock,
        *,
        changing: Changing,
        nudge: Nudge,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._attention = attention
        self._calendar = calendar
        self._clock = clock
        self._changing = changing
        self._nudge = nudge

    async def status(self, actor: Actor) -> Reply:
        """What comes next, what happened last, and what needs a moderator."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, community, schedules = await self._here(work, actor)
            if not any(schedule.targets for schedule in schedules):
                return Reply(not_set_up())
            schedules = sorted(schedules, key=lambda one: (not _troubled(one), ORDER.index(one.ritual)))
            coming = await upcoming(work, schedules, self._clock.now())
            items = [item for schedule in schedules for item in await self._lines(work, schedule, space, coming)]
            items += [Item("", label="Where", channel=place.channel) for place in _places(schedules, space)]
            unsure = await self._unsure(work, schedules, space)
            left_out = await not_posted(work, schedules, space, self._clock.now())
            await work.commit()
        marked = any(target.attention for schedule in schedules for target in schedule.targets)
        lacks = await self._lacking(schedules, space)
        body: list[Part] = [Items(as_many_as_fit(items, ALL_OF_THEM))]
        others = ((HAND_ON, lacks), (LEFT_OUT, left_out))
        body += [Items(as_many_as_fit(lines, ALL_OF_THEM, FEW), title=title) for title, lines in others if lines]
        if community.paused_until:
            body.insert(0, Text(f"Paused: no cards before {wording.day(community.paused_until)}."))
        if unsure:
            body.append(Text(UNSURE))
        if marked:
            body.append(Text("I cannot write there at present. When that is mended, press “Check again”."))
        choices = (CHECK,) if marked or lacks else ()
        choices += _again(unsure)
        choices += (RESUME,) if community.paused_until else ()
        return Reply(Card("How things stand", tuple(body), (*choices, PREVIEW, POST), emoji="🧭"))

    async def _lacking(self, schedules: Sequence[Schedule], space: Space) -> list[Item]:
        """The rights that are missing at this moment, asked of the platform, channel by channel."""
        found: list[Item] = []
        for place in _places(schedules, space)[:EXAMINED]:
            lacks = [*await self._attention.examine(place), *await self._attention.hindrances(place, schedules)]
            found += [Item(lack.sentence, channel=place.channel) for lack in lacks]
        return found

    async def check(self, actor: Actor) -> Reply:
        """Test the channels of this space again; what works is used from now on."""
        must_moderate(actor)
        async with self._storage.reading() as work:
            space = await work.communities.space_of(actor.person.platform, actor.person.space)
            schedules: Sequence[Schedule] = await work.schedules.of_community(space.community) if space else ()
        if space is None or not _places(schedules, space):
            return Reply(not_set_up(), replace=True)
        lines: list[Item] = []
        good = True
        for place in _places(schedules, space):
            lacks = await self._attention.examine(place)
            lines += [Item(lack.sentence, channel=place.channel) for lack in lacks]
            if lacks:
                good = False
                continue
            async with self._storage.unit_of_work() as work:
                here = (await work.communities.hold([space.id])).get(space.id, space)  # it may be linked by now
                await self._attention.clear(work, here.community, place)
                await work.commit()
            hindrances = await self._attention.hindrances(place, schedules)
            lines += [Item(lack.sentence, channel=place.channel) for lack in hindrances]
            lines.append(Item("All is well: I can post here.", channel=place.channel))
        self._nudge()
        choices = (PREVIEW, POST) if good else (CHECK, PREVIEW)
        body = (Items(as_many_as_fit(lines, ALL_OF_THEM)),)
        return Reply(Card("Checked again", body, choices, emoji="🔎"), replace=True)

    async def post_anyway(self, actor: Actor, day: str) -> Reply:
        """The same in quiet hours, as somebody said on a local date who was asked."""
        return await self.post(actor, anyway=day)

    async def post(self, actor: Actor, *, anyway: str = "") -> Reply:
        """Today's morning card now; it counts as today's. Asking twice posts once. In quiet hours it is asked whether
        that is meant, unless it was said of today with `anyway`, a local date."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space, community, schedules = await self._here(work, actor)
            morning = morning_of(schedules, space.id)
            if morning is None:
                return Reply(not_set_up())
            if asked := await self._asked(work, community, morning, anyway):
                await work.commit()
                return Reply(asked, replace=bool(anyway))
            if all(target.attention for target in morning.targets):
                lines = ("I cannot write in the channel at present. When that is mended, press “Check again”.",)
                return Reply(note("Not posted", *lines, choices=(CHECK,), emoji="🔧"))
            today = await self._calendar.post_now(work, morning)
            unsure = [d for d in await work.outbox.of_occurrence(today.id) if d.state is State.UNSURE]
            await work.commit()
        self._nudge()
        if unsure:
            return Reply(note("Today's card", UNSURE, choices=_again(unsure), emoji="📮"))
        where = tuple(Item("", label="Where", channel=target.place.channel) for target in morning.targets)
        body = (Text("Today's card is posted, or will be within moments. No second one comes today."), Items(where))
        return Reply(Card("Today's card", body, emoji="📮"))

    async def _asked(self, work: UnitOfWork, community: Community, morning: Schedule, anyway: str) -> Card | None:
        """The question whether today's card shall come in quiet hours; None where there is nothing to ask."""
        now, today = self._clock.now(), self._today([morning])
        ends = end_of_quiet(community.quiet, now, morning.zone) if community.quiet else None
        if anyway and anyway != today.isoformat():
            lines = ("That question was about another day. /kindling post asks about today.",)
            return note("It is another day by now", *lines, choices=(POST,), emoji="🌙")
        if ends is None or anyway:
            return None
        known = await work.occurrences.on(morning.id, today)
        there = await work.outbox.of_occurrence(known.id) if known else ()
        if any(one.state in {State.SENDING, State.POSTED, State.UNSURE} for one in there):
            return None  # there is nothing to disturb anybody with
        until = wording.clock(ends, morning.zone)
        lines = (f"It is quiet here until {until}, {morning.zone}. Post anyway?", QUIETLY)
        choice = Choice("Post anyway", Action("post_anyway", today.isoformat()), emoji="📮")
        return note("Quiet hours", *lines, choices=(choice, PREVIEW), emoji="🌙")

    async def pause(self, actor: Actor, words: Mapping[str, str]) -> Reply:
        """No cards before a local date; `off` ends the pause; without a date, a form."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            _, community, schedules = await self._here(work, actor)
            if not any(schedule.targets for schedule in schedules):
                return Reply(not_set_up())
            today = self._today(schedules)
            text = words.get("until", "").strip()
            if not text:
                return Reply(_pause_form(community, "", today))
            if text.lower() in OFF:
                await self._changing.change(work, actor, PAUSE, "", pause_state(None))
                coming = (await upcoming(work, schedules, self._clock.now())).line(schedules)
                await work.commit()
                self._nudge()
                over = "The pause is over" if community.paused_until else "There was no pause"
                return Reply(note(over, coming, choices=(PREVIEW,), emoji="▶️"))
            try:
                until = read_date(text, today)
            except Unread as error:
                return Reply(Rejected({"until": str(error)}, _pause_form(community, text, today)))
            if until <= today:
                sentence = f"{wording.day(until)} is not in the future. Please name the first day with cards again."
                return Reply(Rejected({"until": sentence}, _pause_form(community, text, today)))
            await self._changing.change(work, actor, PAUSE, "", pause_state(until))
            await work.commit()
        return Reply(
            note(
                "Resting",
                f"No cards anywhere in this community before {wording.day(until)}. Nothing is announced about it.",
                choices=(RESUME,),
                emoji="🌙",
            )
        )

    async def post_again(self, actor: Actor, delivery_id: DeliveryId) -> Reply:
        """A card of which nobody knows whether it arrived, once more, because a moderator says so."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            delivery = await work.outbox.get(delivery_id)
            if delivery is None or (delivery.place.platform, delivery.place.space) != _home(actor):
                raise Refusal(
                    "card.unknown", "I do not know that card any more. /kindling status shows how things stand."
                )
            if delivery.state is State.POSTED:
                return Reply(note("It is there", "That card is in its channel, so I leave it at one."), replace=True)
            if delivery.state is State.UNSURE:
                now = self._clock.now()
                deadline = max(delivery.deadline, now + timedelta(hours=1))
                again = replace(delivery, state=State.PLANNED, reason="", next_at=now, deadline=deadline, attempts=0)
                await work.outbox.revoke([again])
                await work.commit()
        self._nudge()
        return Reply(note("Posting it again", "The card will be there within moments.", emoji="📮"), replace=True)

    async def _here(self, work: UnitOfWork, actor: Actor) -> tuple[Space, Community, Sequence[Schedule]]:
        space = await self._spaces.held(work, actor.person)
        community = await work.communities.get(space.community)
        schedules = await work.schedules.of_community(community.id)
        return space, community, [one for one in schedules if one.ritual.scheduled]

    def _today(self, schedules: Sequence[Schedule]) -> date:
        zone = schedules[0].zone if schedules else "UTC"
        return self._clock.now().astimezone(zone_of(zone)).date()

    async def _lines(self, work: UnitOfWork, schedule: Schedule, space: Space, coming: Upcoming) -> list[Item]:
        """A schedule's next card, and how its last one ended in this space."""
        ritual = schedule.title
        when = f"{days_in_words(schedule.weekdays)} at {schedule.at:%H:%M}. Next: " if schedule.weekdays else ""
        lines = [Item(f"{when}{coming.of(schedule)}", label=ritual)]
        latest = await work.occurrences.latest(schedule.id, self._clock.now())
        if latest is not None:
            last = f"Last: {schedule.name}" if schedule.name else f"Last {ritual.lower()}"
            lines.append(Item(await self._outcome(work, latest, space, schedule.zone), label=last))
        return lines

    async def _unsure(self, work: UnitOfWork, schedules: Sequence[Schedule], space: Space) -> list[Delivery]:
        """The cards of which nobody knows whether they arrived; only the last of each schedule can still be wanted."""
        now = self._clock.now()
        last = {latest.id for schedule in schedules if (latest := await work.occurrences.latest(schedule.id, now))}
        found = await work.outbox.unsettled(space.id)
        return [delivery for delivery in found if delivery.state is State.UNSURE and delivery.occurrence in last]

    async def _outcome(self, work: UnitOfWork, occurrence: Occurrence, space: Space, zone: str) -> str:
        day, reasons = wording.day(occurrence.local_date), Reasons(await work.days_off.of_community(space.community))
        if occurrence.skip:
            return f"{day}: not posted ({reasons.skipped(occurrence.skip, occurrence.local_date, zone)})"
        deliveries = await work.outbox.of_occurrence(occurrence.id)
        here = [delivery for delivery in deliveries if delivery.space == space.id]
        troubles = await work.finishes.troubles([delivery.id for delivery in here])
        if lacking := [wording.unfinished(finish) for found in troubles.values() for finish in found]:
            return f"{day}: {' '.join(lacking)}"
        outcomes = {reasons.outcome(delivery, occurrence.local_date, zone) for delivery in here}
        return f"{day}: {', '.join(sorted(outcomes)) or 'not for this place'}"


def _troubled(schedule: Schedule) -> bool:
    """Whether one of its channels needs somebody: such a card is told of first."""
    return any(target.attention for target in schedule.targets)


def _places(schedules: Sequence[Schedule], space: Space) -> list[Place]:
    """The channels of a space that anything posts to."""
    here = {target.place for schedule in schedules for target in schedule.targets if target.space == space.id}
    return sorted(here, key=lambda place: place.channel)


def _again(unsure: Sequence[Delivery]) -> tuple[Choice, ...]:
    """The way to post once more the last card of which nobody knows whether it arrived."""
    return tuple(Choice("Post again", Action("again", delivery.id), emoji="📮") for delivery in unsure[-1:])


def _home(actor: Actor) -> tuple[str, str]:
    return actor.person.platform, actor.person.space


def not_set_up() -> Card:
    """Nothing is posted here so far, and how that is changed."""
    return note(
        "Kindling is not set up here yet",
        "Choose a channel and a time, and the first card comes when you said. It takes a minute.",
        choices=(SET_UP,),
        emoji="🔥",
    )


def _pause_form(community: Community, typed: str, today: date) -> Form:
    value = typed or (community.paused_until.isoformat() if community.paused_until else "")
    field = Field(
        "until", "First day with cards again", FieldKind.DATE, value=value, hint=f"Such as {today + timedelta(weeks=2)}"
    )
    return Form("pause", "Take a break", (field,), submit="Pause")
