"""Channels that need a moderator: marked, told about once, tested again on request."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.alerts import Alert
from bot.domain.delivery import Delivery, State
from bot.domain.errors import AdapterError
from bot.domain.ids import CommunityId
from bot.domain.message import Action, Card, Choice, Item, Items, Text
from bot.domain.places import Actor, Lack, Place
from bot.domain.schedule import Schedule, Skip
from bot.ports import Clock, Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services.alerts import Alerts, used_in
from bot.services.calendar import Calendar
from bot.services.decided_ahead import keep_to
from bot.services.reading import Unread
from bot.services.setup import read_channel

NOT_TOLD = "I could not look just now whether that channel is one of this place. Please try again in a minute."

log = structlog.get_logger(__name__)


class Attention:
    """Knows which channels cannot be written to at present."""

    def __init__(
        self, storage: Storage, messengers: Messengers, calendar: Calendar, clock: Clock, *, alerts: Alerts
    ) -> None:
        self._storage = storage
        self._messengers = messengers
        self._calendar = calendar
        self._clock = clock
        self._alerts = alerts

    async def mark(
        self, community: CommunityId, place: Place, code: str, sentence: str, *, refused: Delivery | None = None
    ) -> Sequence[Delivery]:
        """Mark a channel, so that nothing is planned for it, and tell moderators, the first time.

        What still waits to be sent there ends as failed, and is returned: each attempt would be one more request
        that the platform refuses, and enough of them lock the bot out. What became of the delivery that was
        `refused` there is kept with them: whoever takes the mark off as soon as they are told has that card put again.
        """
        to_tell: set[str] = set()
        async with self._storage.unit_of_work() as work:
            schedules = await work.schedules.of_community(community)  # before deliveries, as whoever changes them does
            waiting = await work.outbox.waiting_at(place)
            ended = [delivery.failed(code) for delivery in waiting if delivery.state is State.PLANNED]
            await work.outbox.revoke(ended)
            if refused and any((one.id, one.claim) == (refused.id, refused.claim) for one in waiting):
                await work.outbox.revoke([refused])
            for schedule in schedules:
                fresh = [t for t in schedule.targets if t.place == place and not t.attention]
                if fresh:
                    to_tell.update(target.set_up_by for target in fresh)
                    await work.schedules.save(schedule.needing_attention(place, code))
            space = await work.communities.space_of(place.platform, place.space)
            told, alert = _needs_a_hand(place, sentence), None
            if to_tell and space is not None:
                alert = await self._alerts.begin(work, space, problem_at(place, code), told, to_tell)
            await work.commit()
        log.warning("channel.needs_attention", platform=place.platform, channel=place.channel, code=code)
        await self._alerts.carry_out(alert)
        return ended

    async def examine(self, place: Place) -> Sequence[Lack]:
        """A live test of the rights in a channel, put in words also when the platform does not answer."""
        messenger = self._messengers.get(place.platform)
        if messenger is None:
            return [Lack("not_connected", "Kindling is not connected at the moment. Please try again in a minute.")]
        try:
            return await messenger.examine(place)
        except AdapterError as error:
            sentence = getattr(error, "sentence", "") or "The test could not be made just now. Please try again soon."
            return [Lack(str(error), sentence)]

    async def astray(self, actor: Actor, channel: str) -> str:
        """Why somebody cannot choose a channel: it is none of their place. Empty where it is, or can be read as none.

        What is sent by hand may be the id of anybody's channel, and Kindling may post in the channels of many places.
        The one that they are in, and those that are in use, are known to be here: nobody is asked about them.
        """
        person, messenger = actor.person, self._messengers.get(actor.person.platform)
        try:
            place = Place(person.platform, person.space, read_channel(channel))
        except Unread:
            return ""
        async with self._storage.reading() as work:
            space = await work.communities.space_of(person.platform, person.space)
            used = await used_in(work, space) if space else frozenset[Place]()
        if channel in {"", actor.channel} or place in used:
            return ""
        try:
            lacks = await messenger.examine(place) if messenger else None
        except AdapterError as error:
            log.info("channel.not_told", platform=place.platform, channel=place.channel, code=str(error))
            lacks = None
        if lacks is None:
            return NOT_TOLD
        return next((lack.sentence for lack in lacks if lack.elsewhere), "")

    async def hindrances(self, place: Place, schedules: Sequence[Schedule]) -> Sequence[Lack]:
        """What keeps Kindling from posting there in the manner that these schedules want; cards come all the same."""
        messenger = self._messengers.get(place.platform)
        wanted = [(one.steps, t.notify) for one in schedules for t in one.targets if t.place == place]
        steps = frozenset(step for one, _ in wanted for step in one)
        groups = sorted({notify for _, notify in wanted if notify})
        if messenger is None or not (steps or groups):
            return ()
        found: dict[Lack, None] = {}
        try:
            for number, group in enumerate(groups or [""]):
                found |= dict.fromkeys(await messenger.hindrances(place, steps if not number else (), group))
        except AdapterError as error:
            log.info("manner.not_examined", platform=place.platform, channel=place.channel, code=str(error))
        return tuple(found)

    async def clear(self, work: UnitOfWork, community: CommunityId, place: Place) -> None:
        """Take the mark off a channel; the last card that it kept from coming is put again if still on time.

        The caller commits.
        """
        now = self._clock.now()
        for schedule in await work.schedules.of_community(community):
            marked = any(target.place == place and target.attention for target in schedule.targets)
            if marked:
                await work.schedules.save(schedule.needing_attention(place, ""))
                await self._make_up(work, schedule.needing_attention(place, ""), place, now)
                await keep_to(work, schedule.needing_attention(place, ""), now)

    async def _make_up(self, work: UnitOfWork, schedule: Schedule, place: Place, now: datetime) -> None:
        occurrence = await work.occurrences.latest(schedule.id, now)
        if occurrence is None or now > occurrence.due_at + schedule.grace:
            return
        paused_until = (await work.communities.get(schedule.community)).paused_until
        if paused_until is not None and occurrence.local_date < paused_until:
            return
        here = [d for d in await work.outbox.of_occurrence(occurrence.id) if d.place == place]
        await work.outbox.revoke([d.asking(now) for d in here if d.state is State.UNSURE])
        if occurrence.skip == Skip.NEEDS_ATTENTION:
            occurrence = replace(occurrence, skip="")
            await work.occurrences.save(occurrence)
        elif not any(delivery.state is State.FAILED for delivery in here):
            return
        targets = [target for target in schedule.targets if target.place == place]
        await self._calendar.put_again(work, schedule, occurrence, targets, now)

    async def about(self, delivery: Delivery) -> Alert | None:
        """What moderators are to be told of what became of a delivery, where it needs them: it failed, or nobody knows
        whether it arrived.

        It is written before that is kept, because whoever looks at schedules in order to keep something holds them:
        those who change schedules hold these first, and deliveries after.
        """
        if delivery.state not in {State.UNSURE, State.FAILED}:
            return None
        async with self._storage.reading() as work:
            space = await work.communities.space_of(delivery.place.platform, delivery.place.space)
            if space is None:
                return None
            if delivery.state is State.UNSURE:
                code, card = f"unsure {delivery.id}", _did_it_arrive(delivery, await _which(work, delivery))
            else:  # unless that was told of its channel already
                code = problem_at(delivery.place, delivery.reason)
                card = _did_not_appear(delivery, await _which(work, delivery))
            schedules = await work.schedules.of_community(space.community)
            targets = [target for schedule in schedules for target in schedule.targets]
            users = {target.set_up_by for target in targets if target.place == delivery.place}
            attempt = delivery.claim.rpartition("/")[2]
            return await self._alerts.written(work, space, code, card, users, attempt=attempt)

    async def keep(self, work: UnitOfWork, alert: Alert) -> Alert | None:
        """Keep with what became of a delivery that this is told. The caller commits, and then has it `carry_out`."""
        return await self._alerts.keep(work, alert)

    async def carry_out(self, alert: Alert | None) -> None:
        """Tell what was kept, as far as it can be told now."""
        await self._alerts.carry_out(alert)


def problem_at(place: Place, code: str) -> str:
    """One problem of one channel, whichever card it was met with."""
    return f"{code} {place.channel}"


async def _which(work: UnitOfWork, delivery: Delivery) -> Items:
    """Which card it is, by the name of its schedule, and where it belongs."""
    occurrence = await work.occurrences.get(delivery.occurrence)
    schedule = await work.schedules.find(occurrence.schedule) if occurrence else None
    where = Item("", label="Where", channel=delivery.place.channel)
    return Items((Item(schedule.title, label="Which"), where) if schedule else (where,))


def _did_it_arrive(delivery: Delivery, which: Items) -> Card:
    """Ask moderators to look whether a card arrived, with a way to post it again."""
    body = (
        Text("A card was on its way when the connection broke, and I cannot look whether it arrived."),
        which,
        Text("If it is there, all is well. If it is not, press “Post again”."),
    )
    again = Choice("Post again", Action("again", delivery.id), emoji="📮")
    return Card("Did this card arrive?", body, (again,), emoji="🔧")


def _did_not_appear(delivery: Delivery, which: Items) -> Card:
    """Tell that a card was refused."""
    body = (
        Text("A card could not be posted. It is not tried again by itself."),
        which,
        Text(f"/kindling doctor says more about it ({delivery.reason})."),
    )
    return Card("A card did not appear", body, emoji="🔧")


def _needs_a_hand(place: Place, sentence: str) -> Card:
    body = (
        Text("Kindling cannot write in a channel that was chosen for its cards."),
        Items((Item("", label="Where", channel=place.channel),)),
        Text(sentence),
        Text(
            "Until then nothing is posted there, and nothing is tried again by itself. When the channel is mended, "
            "run /kindling status and press “Check again”; another channel needs no check."
        ),
    )
    return Card("Kindling needs a hand", body, emoji="🔧")
