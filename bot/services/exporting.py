"""Exporting: what a community has set and what its wall shows here, as files for whoever moderates it."""

from collections.abc import Sequence

from bot.domain.community import Space
from bot.domain.ids import CommunityId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Text
from bot.domain.places import Actor
from bot.domain.uploads import Attached
from bot.domain.wall import Act, Decision
from bot.ports import Clock, Storage
from bot.services import export_parts, wording
from bot.services.audit_order import next_entry
from bot.services.setup import must_moderate
from bot.services.spaces import Spaces
from bot.services.wall import Walls

PAGE = 200
"""How many acts are read at once."""
FILE_BYTES = 8_000_000
"""How large a file gets at most: every platform takes ten million bytes."""
FILES_AT_ONCE = 2
"""How many files of acts one answer has, so that the largest wall takes no more memory than a middling one."""
NUMBER_DIGITS = 6


class Exporting:
    """Each call checks the actor's right again. Nothing is kept of an export but that there was one."""

    def __init__(
        self,
        storage: Storage,
        spaces: Spaces,
        walls: Walls,
        clock: Clock,
        parts: Sequence[export_parts.Part],
        *,
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self._storage = storage
        self._spaces = spaces
        self._walls = walls
        self._clock = clock
        self._parts = parts
        self._file_bytes = file_bytes

    async def export(self, actor: Actor, beyond: str = "", number: str = "") -> Reply:
        """The files; of a large wall the first ones, with a button for those that follow.

        `beyond` is the act with which the files before ended, `number` how many of them there were.
        """
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._spaces.of(work, actor.person)
            if not beyond:
                now, member = self._clock.now(), await work.communities.member(actor.person)
                entry = await next_entry(work, now, here.id, here.community)
                await work.walls.decide(Decision(entry, here.community, here.id, "space.exported", now, member or ""))
            await work.commit()
        before = int(number) if number.isascii() and number.isdecimal() and len(number) <= NUMBER_DIGITS else 0
        files = [] if beyond else await self._own_parts(here)
        acts, last, more = await self._acts(here, beyond, before)
        return Reply(
            _card(files + acts, last, before + len(acts), more=more), replace=bool(beyond), files=(*files, *acts)
        )

    async def _own_parts(self, here: Space) -> list[Attached]:
        async with self._storage.reading() as work:
            community = await work.communities.get(here.community)
            made = [(part, await part.make(work, community, here)) for part in self._parts]
        return [Attached(part.name, data, part.description) for part, data in made if data is not None]

    async def _acts(self, here: Space, beyond: str, before: int) -> tuple[list[Attached], Act | None, bool]:
        """Files of acts, the last act in them, and whether more follow. Read page by page, each at one moment."""
        files: list[Attached] = []
        lines: list[str] = []
        size, last = 0, None
        while found := await self._page(here.community, here, beyond):
            for act, line in found:
                if line is not None and size + len(line.encode()) > self._file_bytes and lines:
                    files.append(_file(lines, before + len(files) + 1))
                    lines, size = [], 0
                    if len(files) == FILES_AT_ONCE:
                        return files, last, True
                beyond = act.id
                if line is not None:
                    last = act
                    lines.append(line)
                    size += len(line.encode()) + 2
        if lines or not before:
            files.append(_file(lines, before + len(files) + 1))
        return files, last, False

    async def _page(self, community: CommunityId, here: Space, beyond: str) -> list[tuple[Act, str | None]]:
        """The next acts of a wall, each with its line where it is shown here."""
        async with self._storage.reading() as work:
            found = await work.acts.on_wall(community, PAGE, beyond)
        return [(act, export_parts.told(act) if act.shown_in(here) else None) for act in found]


def _file(lines: Sequence[str], number: int) -> Attached:
    return Attached(f"acts-{number}.json", export_parts.acts_file(lines), "What the wall shows here")


def _card(files: Sequence[Attached], last: Act | None, number: int, *, more: bool) -> Card:
    items = tuple(Item(file.alt, label=file.name) for file in files)
    body: list[Part] = [Items(items)] if items else [Text("There is nothing more.")]
    choices: tuple[Choice, ...] = ()
    if more and last is not None and last.published_at is not None:
        day = wording.day(last.published_at.date())
        body.append(Text(f"That is the wall up to {day}. The next files go on from there."))
        choices = (Choice("The next files", Action("export", last.id, str(number)), emoji="📦"),)
    footnote = (
        "Only you see this. Acts are as the wall shows them, and nobody is named who did not choose it. What people "
        "keep for themselves is not in here, and neither is anything of another place."
    )
    return Card("Here is your export", tuple(body), choices, footnote=footnote, emoji="📦")
