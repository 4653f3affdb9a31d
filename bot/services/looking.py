"""A card that is to come, as each platform shows it: by itself where one is, drawn for wherever else it may come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.domain.errors import Refusal, Unacceptable
from bot.domain.looks import Look, file_of
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.domain.places import Actor
from bot.domain.uploads import Attached
from bot.ports import Storage
from bot.ports.looks import ShowsCards
from bot.services import wording
from bot.services.cards import note
from bot.services.previewing import Entry, Previewing
from bot.services.setup import must_moderate
from bot.services.visiting import Visiting

ELSEWHERE_LIMIT = 3
"""How many platforms have a button beside *As it comes here* and *Side by side in the browser*."""
FIRST_WORDS = 60
SAME = "It says the same there, word for word."
UNCHANGED = "As it comes if nothing is changed."
IN_FILE = "The file shows it. Any browser opens it, and it asks nothing of anybody."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A card to come, and what it is called."""

    entry: Entry
    card: Card

    @property
    def heading(self) -> str:
        return self.entry.heading

    def action(self, name: str, detail: str = "") -> Action:
        return Action(name, self.entry.subject, detail)


class Looking:
    """`platforms` are those that can tell how a card looks there, by name, whether or not Kindling runs on them."""

    def __init__(
        self, storage: Storage, previewing: Previewing, visiting: Visiting, platforms: Mapping[str, ShowsCards]
    ) -> None:
        self._storage = storage
        self._previewing = previewing
        self._visiting = visiting
        self._platforms = platforms

    def style(self, platform: str) -> str:
        """The CSS of a platform's looks, empty for one that has none."""
        known = self._platforms.get(platform)
        return known.style() if known else ""

    async def show(self, actor: Actor, subject: str) -> Reply:
        """The card on every platform: at once on a page, and to choose from in a chat. Where no other platform can be
        shown, the card itself."""
        shown = await self._shown(actor, subject)
        if shown is None:
            return _nothing()
        names = await self._names(shown.entry)
        elsewhere = [name for name in names if name != actor.person.platform][:ELSEWHERE_LIMIT]
        if not elsewhere:
            return _here(shown.card)
        drawn = {name: look for name in names if (look := self._drawn(shown, name))}
        refused = [f"{self._platforms[name].title} would not take it as it is." for name in names if name not in drawn]
        choices = (
            Choice("As it comes here", shown.action("ahead_here"), Style.PRIMARY),
            *(Choice(_as(self._platforms[name].title), shown.action("ahead_as", name)) for name in elsewhere),
            *self._in_browser(shown),
        )
        said = note(shown.heading, UNCHANGED, *refused, choices=choices, emoji="👀")
        return Reply(said, looks=tuple(drawn.values()))

    async def here(self, actor: Actor, subject: str) -> Reply:
        """The very card, shown by this platform as it is going to show it to everybody."""
        shown = await self._shown(actor, subject)
        return _here(shown.card) if shown else _nothing()

    async def inert(self, actor: Actor) -> Reply:
        """A button on a card that is only shown for a look."""
        must_moderate(actor)
        lines = ("The button works on the card itself, once it is posted.",)
        return Reply(note("This is only a preview", *lines, emoji="👀"))

    async def elsewhere(self, actor: Actor, subject: str, platform: str) -> Reply:
        """The card as another platform shows it: told in words, and as a file that any browser opens."""
        shown = await self._shown(actor, subject)
        known = self._platforms.get(platform)
        if known is None:
            raise Refusal("look.unknown", "I cannot tell any more how cards look there.")
        if shown is None:
            return _nothing()
        look = self._drawn(shown, platform)
        if look is None:
            raise Refusal("look.refused", f"{known.title} would not take that card as it is.")
        title = _as(known.title)
        name = f"card-{shown.entry.coming.local_date}-as-{platform}.html"
        alt = f"The card as {known.title} shows it, to open in a browser"
        file = Attached(name, file_of(title, [(shown.heading, [look])]), alt)
        body = _in_words(shown, look)
        return Reply(Card(title, body, self._in_browser(shown), emoji="👀"), files=(file,), looks=(look,))

    async def in_browser(self, actor: Actor, subject: str) -> Reply:
        """A link to the page on which the card is seen as every platform shows it."""
        shown = await self._shown(actor, subject)
        if shown is None:
            return _nothing()
        return await self._visiting.ask(actor, shown.action("ahead_show"))

    async def _shown(self, actor: Actor, subject: str) -> _Shown | None:
        """The card, if it is known already."""
        entry = await self._previewing.entry(actor, subject)
        return _Shown(entry, entry.coming.card) if entry.coming.card else None

    async def _names(self, entry: Entry) -> Sequence[str]:
        """The platforms that can be shown, those of the community first."""
        async with self._storage.reading() as work:
            own = {space.platform for space in await work.communities.spaces(entry.community) if space.active}
        return sorted(self._platforms, key=lambda name: (name not in own, name))

    def _drawn(self, shown: _Shown, platform: str) -> Look | None:
        """The card as a platform shows it; None where it would not take it."""
        coming = shown.entry.coming
        try:
            return self._platforms[platform].look(shown.card, at=wording.clock(coming.due_at, coming.zone))
        except Unacceptable as error:
            log.warning("look.unacceptable", platform=platform, code=error.code)
            return None

    def _in_browser(self, shown: _Shown) -> tuple[Choice, ...]:
        if not self._visiting.served:
            return ()
        return (Choice("Side by side in the browser", shown.action("ahead_web"), emoji="🗝️"),)


def _as(title: str) -> str:
    return f"As {title} shows it"


def _nothing() -> Reply:
    return Reply(note("There is nothing to see yet", "What it says is known when it comes.", emoji="👀"))


def _here(card: Card) -> Reply:
    """The card with buttons that do nothing, each of its own: no platform takes two that are the same."""
    inert = (replace(one, action=Action("ahead_inert", str(number))) for number, one in enumerate(card.choices))
    return Reply(replace(card, choices=tuple(inert)))


def _in_words(shown: _Shown, look: Look) -> tuple[Part, ...]:
    """What one would see there."""
    missing = [f"“{' '.join(text.split())[:FIRST_WORDS]}”" for text in look.lost(shown.card.texts())]
    cut = f"This does not fit there and is cut: {', '.join(missing)}" if missing else SAME
    notes = Items(tuple(Item(each) for each in look.notes), "What else is so there:")
    return (Text(f"{shown.heading}."), Text(cut), *([notes] if look.notes else []), Text(IN_FILE))
