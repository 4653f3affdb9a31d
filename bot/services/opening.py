"""The wall's page on the web: moderators open and close it, and whoever has its address reads it."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.domain.community import Space
from bot.domain.errors import Refusal
from bot.domain.message import Action, Card, Choice, Item, Items, Picture, Reply, Style, Text
from bot.domain.pages import SOUGHT_LIMIT, OpenWall, PageWish, Told, WallPage, hashed, holds, sealed, unsealed
from bot.domain.places import Actor
from bot.domain.schedule import zone_of
from bot.domain.wall import Act, Decision, Reading
from bot.domain.words import words
from bot.ports import Clock, Storage, UnitOfWork
from bot.services.audit_order import next_entry
from bot.services.cards import note
from bot.services.setup import must_moderate
from bot.services.wall import Standpoint, Walls
from bot.services.wall_cards import heading_of

PAGE = 24
LOOKS = 40
"""How many times the wall is looked into at most to fill one page that may not be searched by names."""
KEY_BYTES = 24
LINK, EVERYONE = "link", "everyone"
_WHO = {LINK: "whoever has its address", EVERYONE: "everyone"}
_NAMES = {
    LINK: "Authors who chose to be shown by name are named there.",
    EVERYONE: "Nobody is named there, whatever they chose.",
}


class Opening:
    """`address` is what the addresses of pages begin with, empty where no pages are served.

    Each call of a moderator checks their right again. A key is shown once and kept by nobody: only its hash is.
    """

    def __init__(self, storage: Storage, walls: Walls, clock: Clock, *, address: Callable[[], str]) -> None:
        self._storage = storage
        self._walls = walls
        self._clock = clock
        self._address = address

    async def ask(self, actor: Actor, asked: Mapping[str, str]) -> Reply:
        """`/kindling wall open`: open it for those who were named, or say how it stands."""
        must_moderate(actor)
        who = asked.get("who", "").strip().lower()
        if who and who not in _WHO:
            line = "I know two: link (whoever has the page's address) and everyone. Please name one of them, or none."
            return Reply(note("I did not quite get that", line))
        if who:
            return await self.open(actor, listed=who == EVERYONE)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            opened = await work.open_walls.get(here.space.id)
            await work.commit()
        return Reply(_standing(opened) if opened else _closed())

    async def open(self, actor: Actor, *, listed: bool) -> Reply:
        """A page with a new address. Asking for what is there already changes nothing."""
        async with self._storage.unit_of_work() as work:
            here, begins = await self._look(work, actor)
            opened = await work.open_walls.get(here.space.id)
            if opened is not None and opened.listed == listed:
                await work.commit()
                return Reply(_standing(opened))
            key = await self._save(work, here, listed=listed, code="wall.opened")
            await work.commit()
        return Reply(_opened(f"{begins}/wall/{key}", _who(listed=listed)), replace=True)

    async def renew(self, actor: Actor) -> Reply:
        """Another address for the page; the one before leads nowhere from now on."""
        async with self._storage.unit_of_work() as work:
            here, begins = await self._look(work, actor)
            opened = await work.open_walls.get(here.space.id)
            if opened is None:
                await work.commit()
                return Reply(_closed(), replace=True)
            key = await self._save(work, here, listed=opened.listed, code="wall.renewed")
            await work.commit()
        return Reply(_opened(f"{begins}/wall/{key}", _who(listed=opened.listed)), replace=True)

    async def close(self, actor: Actor, *, pressed: bool) -> Reply:
        """The page's address leads nowhere from now on. Asking twice gives the same answer."""
        must_moderate(actor)
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            if await work.open_walls.close(here.space.id):
                await self._decide(work, here, "wall.closed")
            await work.commit()
        lines = ("Its address leads nowhere now. What is on the wall stays on it, here where it was shared.",)
        choices = (Choice("Open it again", Action("page")),)
        return Reply(note("The wall’s page is closed", *lines, choices=choices, emoji="🚪"), replace=pressed)

    async def read(self, key: str, wish: PageWish) -> WallPage | None:
        """What stands on the page of this key; None when there is none, whatever the reason. Reading here is not
        counted: everybody sees all of a page at once, so nothing comes first by having been read least."""
        async with self._storage.reading() as work:
            opened = await work.open_walls.of_key(hashed(key))
            if opened is None:
                return None
            space = await work.communities.space(opened.space)
            seed = (await work.communities.get(space.community)).seed
            found = await self._found(work, space, wish, await _beyond(work, space, wish, seed), names=opened.names)
            shown = found[:PAGE]
            zone = await _zone(work, space)
        told = tuple(_told(act, zone, names=opened.names) for act in shown)
        last = shown[-1] if len(found) > PAGE else None
        return WallPage(opened.listed, told, sealed(last.id, last.seen, seed) if last else "")

    async def picture(self, key: str, mark: str) -> Picture | None:
        """A picture that stands on the page of this key."""
        async with self._storage.reading() as work:
            opened = await work.open_walls.of_key(hashed(key))
            found = await work.acts.picture(mark) if opened else None
            act = await work.acts.get(found.act) if found else None
            if opened is None or found is None or act is None or act.picture != mark:
                return None
            space = await work.communities.space(opened.space)
        return Picture("", act.alt, png=found.data, mark=mark) if act.shown_in(space) else None

    async def _look(self, work: UnitOfWork, actor: Actor) -> tuple[Standpoint, str]:
        must_moderate(actor)
        begins = self._address().rstrip("/")
        if not begins:
            raise Refusal(
                "wall.no_page",
                "Kindling shows no pages on the web yet. Whoever looks after it can turn them on: config.example.toml "
                "says how, under [adapters.wall].",
            )
        return await self._walls.standpoint(work, actor), begins

    async def _save(self, work: UnitOfWork, here: Standpoint, *, listed: bool, code: str) -> str:
        # Hexadecimal: no platform takes any of its signs for markup, so an address arrives as it was sent.
        key = secrets.token_hex(KEY_BYTES)
        await work.open_walls.save(OpenWall(here.space.id, hashed(key), listed, here.member, self._clock.now()))
        await self._decide(work, here, code, f"for {_WHO[_who(listed=listed)]}")
        return key

    async def _decide(self, work: UnitOfWork, here: Standpoint, code: str, detail: str = "") -> None:
        now = self._clock.now()
        space = here.space
        entry = await next_entry(work, now, space.id, space.community)
        await work.walls.decide(Decision(entry, space.community, space.id, code, now, here.member, detail))

    async def _found(
        self, work: UnitOfWork, space: Space, wish: PageWish, beyond: Act | None, *, names: bool
    ) -> Sequence[Act]:
        """The acts of one page, and one more where there are more.

        The wall is searched by the names on it too. Where nobody is named, what only a name holds is left out, so that
        nobody finds out by searching who wrote something.
        """
        sought = tuple(words(wish.sought[:SOUGHT_LIMIT]))
        reading = Reading(space.community, space.id, wish.order, wish.circle, sought)
        found: list[Act] = []
        for _ in range(LOOKS):
            batch = await work.acts.page(reading, PAGE + 1, beyond)
            found += [act for act in batch if act.shown_in(space) and (names or holds(act.text, sought))]
            if len(batch) <= PAGE or len(found) > PAGE:
                break
            beyond = batch[-1]
        return found[: PAGE + 1]


async def _beyond(work: UnitOfWork, space: Space, wish: PageWish, seed: str) -> Act | None:
    """The act that the page before ended with, as often read as it was then."""
    place = unsealed(wish.beyond, seed) if wish.beyond else None
    act = await work.acts.get(place[0]) if place else None
    return replace(act, seen=place[1]) if place and act and act.community == space.community else None


async def _zone(work: UnitOfWork, space: Space) -> str:
    """Where the community's days begin."""
    schedules = await work.schedules.of_community(space.community)
    return schedules[0].zone if schedules else "UTC"


def _told(act: Act, zone: str, *, names: bool) -> Told:
    return Told(
        telling=act.telling,
        heading=heading_of(act),
        text=act.text,
        by=act.by if names else "",
        circle=act.circle,
        warmth=act.warmth.words,
        on=(act.published_at or act.created_at).astimezone(zone_of(zone)).date(),
        edited=act.edited,
        picture=act.picture,
        alt=act.alt,
    )


def _who(*, listed: bool) -> str:
    return EVERYONE if listed else LINK


def _opened(address: str, who: str) -> Card:
    body = (
        Text("This is its address. I show it this once and keep no copy, so please keep it where you find it again:"),
        Text(address, strong=True),
        Items((Item(_WHO[who], label="Meant for"),)),
        Text(_NAMES[who]),
    )
    footnote = "What is on the wall here already can be read there too. Please tell people that it is open."
    return Card("The wall’s page is open", body, _CHANGES, footnote=footnote, emoji="🪟")


def _standing(opened: OpenWall) -> Card:
    who, other = _who(listed=opened.listed), _who(listed=not opened.listed)
    body = (
        Items((Item(_WHO[who], label="Meant for"),)),
        Text(_NAMES[who]),
        Text("Its address was shown when it was made, and nobody can look it up. A new one ends the one before."),
    )
    return Card("The wall’s page is open", body, (*_CHANGES, _OPEN[other]), emoji="🪟")


def _closed() -> Card:
    body = (
        Text("On its page on the web, people read what is on the wall here, and can do nothing else. It is closed."),
        Items(
            (
                Item(f"{_NAMES[LINK]} The address cannot be guessed.", label="For whoever has its address"),
                Item(_NAMES[EVERYONE], label="For everyone"),
            )
        ),
    )
    footnote = "Search engines are asked to leave it out, either way."
    return Card("The wall’s page", body, tuple(_OPEN.values()), footnote=footnote, emoji="🪟")


_CHANGES = (Choice("Make a new address", Action("page_new")), Choice("Close it", Action("page_close")))
_OPEN = {
    LINK: Choice("Open it by address", Action("page_open", LINK), Style.PRIMARY),
    EVERYONE: Choice("Open it for everyone", Action("page_open", EVERYONE)),
}
