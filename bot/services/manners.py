"""In which manner a schedule's cards are posted: pinned, with a thread under them, with a role that is notified."""

from collections.abc import Mapping

from bot.domain.changes import mark_of
from bot.domain.community import Space
from bot.domain.errors import AdapterError, Refusal
from bot.domain.finishing import Step
from bot.domain.forms import Rejected
from bot.domain.ids import ScheduleId
from bot.domain.message import Card, Item, Items, Part, Reply, Text
from bot.domain.places import Actor, Named
from bot.domain.schedule import Schedule
from bot.ports import Storage, UnitOfWork
from bot.ports.platforms import Messengers
from bot.services import wording
from bot.services.attention import Attention
from bot.services.changing import Changing, undoing
from bot.services.choosing import NO_CONNECTION
from bot.services.reading import OFF
from bot.services.scheduling import SCHEDULE, schedule_state
from bot.services.settings_cards import SETTINGS, manner_form
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces

NOBODY = (
    "I find no role or user group of that name or id here, or several. Please write it as it is called, or leave this "
    "empty."
)
EVERYONE = "A card never calls on everybody. Please choose a role or user group, or leave this empty."
PERSON = "That is one person, and a card notifies roles and user groups only. Please choose one of those."
NOT_HERE = "It has no card in this place, so there is nobody to notify here. Please leave this empty."
ALL = frozenset({"everyone", "here", "channel", "all"})


class Manners:
    """Each call checks the actor's right again."""

    def __init__(
        self, storage: Storage, spaces: Spaces, messengers: Messengers, attention: Attention, *, changing: Changing
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._messengers = messengers
        self._attention = attention
        self._changing = changing

    async def form(self, actor: Actor, subject: str) -> Reply:
        """What is done with the cards of a schedule, to be changed."""
        space, schedule = await self._look(actor, subject)
        values = {step.value: "on" if step in schedule.steps else "off" for step in Step}
        values["notify"] = notified = _notified(schedule, space)
        named = ((notified, await self._name(actor, notified)),) if notified else ()
        return Reply(manner_form(values, f"{schedule.id}.{mark_of(schedule_state(schedule))}", named))

    async def keep(self, actor: Actor, subject: str, values: Mapping[str, str]) -> Reply:
        """As the form says. The platform is asked about the role first, outside of any transaction."""
        id_, _, seen = subject.partition(".")
        space, known = await self._look(actor, id_)
        notify, problem = await self._meant(actor, known, space, values.get("notify", "").strip())
        if problem:
            return Reply(Rejected({"notify": problem}, manner_form(values, subject)))
        steps = frozenset(step for step in Step if values.get(step.value) == "on")
        async with self._storage.unit_of_work() as work:
            schedule = await self._known(work, space, id_)
            wished = schedule.posted_with(steps, space.id, notify)
            change = await self._changing.change(work, actor, SCHEDULE, known.id, schedule_state(wished), seen=seen)
            kept = await self._known(work, space, id_)
            await work.commit()
        lines = [Item(wording.manner_in_words(kept.steps, notifies=bool(notify)), label=kept.title)]
        body: list[Part] = [Items(tuple(lines))]
        body += await self._lacking(kept, space)
        choices = (*((undoing(change),) if change else ()), SETTINGS)
        return Reply(Card("Kept", tuple(body), choices, emoji="📌"))

    async def _lacking(self, schedule: Schedule, space: Space) -> list[Part]:
        """What is missing for it at this moment, where this moderator is."""
        places = [target.place for target in schedule.targets if target.space == space.id]
        found = [lack for place in places for lack in await self._attention.hindrances(place, [schedule])]
        if not found:
            return []
        title = "Something is missing for it. Please hand this to an administrator:"
        return [Items(tuple(Item(lack.sentence) for lack in found), title=title), Text("The card comes all the same.")]

    async def _meant(self, actor: Actor, known: Schedule, space: Space, said: str) -> tuple[str, str]:
        """The id of the role or group that somebody means, or a sentence about what is wrong."""
        if not said or said.lower() in OFF:
            return "", ""
        if not any(target.space == space.id for target in known.targets):
            return "", NOT_HERE
        word = said.strip("<>@&!").removeprefix("subteam^").partition("|")[0].strip()
        if word.casefold() in ALL:
            return "", EVERYONE
        messenger = self._messengers.get(actor.person.platform)
        if messenger is None:
            raise Refusal("not_connected", NO_CONNECTION)
        try:
            found = (await messenger.who(space.key, [word])).get(word) if word else None
        except AdapterError as error:
            raise Refusal("not_connected", NO_CONNECTION) from error
        if found is None:
            return "", NOBODY
        return (found.id, "") if found.group else ("", PERSON)

    async def _name(self, actor: Actor, notified: str) -> str:
        """What a role or group is called at this moment; its id where the platform does not tell."""
        messenger = self._messengers.get(actor.person.platform)
        try:
            found: Mapping[str, Named] = (
                await messenger.who(actor.person.space, [notified]) if messenger and notified else {}
            )
        except AdapterError:
            return notified
        return found[notified].name if notified in found else notified

    async def _look(self, actor: Actor, subject: str) -> tuple[Space, Schedule]:
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            space = await self._spaces.held(work, actor.person)
            schedule = await self._known(work, space, subject)
            await work.commit()
        return space, schedule

    @staticmethod
    async def _known(work: UnitOfWork, space: Space, subject: str) -> Schedule:
        found = await work.schedules.find(ScheduleId(subject))
        if found is None or found.community != space.community or not found.ritual.scheduled:
            raise Refusal("schedule.unknown", "That card is not there any more. /kindling settings shows what is.")
        return found


def _notified(schedule: Schedule, space: Space) -> str:
    return next((target.notify for target in schedule.targets if target.space == space.id), "")
