"""Reading the wall: one act after the other, in a fair order, by circle, or with words that are looked for."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Choice, Reply
from bot.domain.packs import Circle
from bot.domain.places import Actor
from bot.domain.wall import Order, Reading
from bot.domain.words import words
from bot.ports import Clock, Nudge, Storage
from bot.services import warming
from bot.services.cards import note
from bot.services.reactions import Reactions
from bot.services.reading import Unread
from bot.services.wall import Standpoint, Walls
from bot.services.wall_cards import SHARE, WARM_EMOJI, more_card, reading_card

SOUGHT_LIMIT = 50
"""Characters of what is looked for: it travels in a button."""
NEWEST = ("new", "newest", "latest")


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to read, as it travels in a button: `f|close|thank you`."""

    order: Order = Order.FAIR
    circle: Circle | None = None
    sought: str = ""

    def encode(self) -> str:
        """At most 64 characters."""
        return f"{self.order.value[0]}|{self.circle.value if self.circle else ''}|{self.sought}"

    @classmethod
    def decode(cls, text: str) -> "Wish":
        """What a button says; what none of ours says is read as no wish."""
        order, circle, sought = [*text.split("|", 2), "", "", ""][:3]
        known = Circle(circle) if circle in {one.value for one in Circle} else None
        return cls(Order.NEWEST if order == "n" else Order.FAIR, known, sought[:SOUGHT_LIMIT])


class Browsing:
    """Everybody reads what is shown in their space."""

    def __init__(self, storage: Storage, walls: Walls, reactions: Reactions, clock: Clock, *, nudge: Nudge) -> None:
        self._storage = storage
        self._walls = walls
        self._reactions = reactions
        self._clock = clock
        self._nudge = nudge

    async def wall(self, actor: Actor, asked: Mapping[str, str]) -> Reply:
        """The first act of the wall, or of what is asked for."""
        sought = " ".join(asked.get("search", "").replace("|", " ").split())[:SOUGHT_LIMIT]
        try:
            wish = Wish(
                Order.NEWEST if asked.get("order", "").strip().lower() in NEWEST else Order.FAIR,
                _circle(asked.get("circle", "")),
                sought,
            )
        except Unread as error:
            return Reply(note("I did not quite get that", str(error)))
        return await self._next(actor, wish, "")

    async def another(self, actor: Actor, after: str, detail: str) -> Reply:
        """The act after one that was read."""
        return await self._next(actor, Wish.decode(detail), after)

    async def warm(self, actor: Actor, act_id: ActId, *, present: bool) -> Reply:
        """The same as reacting with a heart: on the set, or off it again."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.readable(work, here, act_id)
            await self._reactions.press(work, here.member, act.id, WARM_EMOJI, present=present)
            await warming.follow(work, {act.id}, self._clock.now())
            await work.commit()
        self._nudge()
        if not present:
            return Reply(note("Taken back", "No trace of it is left.", emoji="🍃"), replace=True)
        lines = ("Where a few feel the same, the wall says so: in words, and never in numbers.",)
        return Reply(
            note("Thank you", *lines, choices=(Choice("Take it back", Action("cool", act.id)),), emoji=WARM_EMOJI)
        )

    async def more(self, actor: Actor, act_id: ActId) -> Reply:
        """What somebody can do about an act."""
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.readable(work, here, act_id)
            own, named = act.author in here.accounts, act.named in here.accounts
            await work.commit()
        return Reply(more_card(act, own=own, named=named, moderator=actor.may_moderate))

    async def _next(self, actor: Actor, wish: Wish, after: str) -> Reply:
        async with self._storage.reading() as work:  # held until the end, two who read on would wait for each other
            last = await work.acts.get(ActId(after)) if after else None
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            found = await work.acts.page(_reading(here, wish), 1, last)
            if not found and last is not None:  # round again
                found = await work.acts.page(_reading(here, wish), 1)
            if not found:
                await work.commit()
                return Reply(_nothing(wish), replace=bool(after))
            [act] = found
            await work.acts.read(act.id)
            card = reading_card(act, Action("wall", act.id, wish.encode()))
            card = await self._walls.pictured(work, card)
            await work.commit()
        return Reply(card, replace=bool(after))


def _reading(here: Standpoint, wish: Wish) -> Reading:
    return Reading(here.space.community, here.space.id, wish.order, wish.circle, tuple(words(wish.sought)))


def _circle(text: str) -> Circle | None:
    wanted = text.strip().lower()
    if not wanted:
        return None
    found = next((circle for circle in Circle if circle.value == wanted), None)
    if found is None:
        known = ", ".join(circle.value for circle in Circle)
        raise Unread(f"I know these circles: {known}. Please name one of them, or none.")
    return found


def _nothing(wish: Wish) -> Card:
    if wish.sought:
        lines = (f"Nothing on the wall holds “{wish.sought}”. Fewer words, or the beginning of one, may find it.",)
    elif wish.circle:
        lines = (f"There is nothing for {wish.circle.words} on the wall so far.",)
    else:
        lines = ("It is still empty. The first kindness on it may be a very small one.",)
    return note("The kindness wall", *lines, choices=(SHARE,), emoji="🧱")
