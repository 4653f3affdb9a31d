"""Acts in tables, with their words beside them so that they are found by any of these."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    RowMapping,
    Select,
    TextClause,
    and_,
    bindparam,
    delete,
    func,
    intersect,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import ActId, CommunityId, MemberId, SpaceId
from bot.domain.packs import Circle
from bot.domain.wall import Act, ActPicture, Audience, Consent, Order, Reading, ShownAs, Standing, Telling, Warmth
from bot.domain.words import words
from bot.storage.sql import Row, held, insert, upsert
from bot.storage.tables import (
    DRAFTS,
    ON_WALL,
    TO_REVIEW,
    UNASKED,
    act_pictures,
    act_words,
    acts,
    decisions,
    links,
    members,
    reactions,
)

BEYOND_EVERY_WORD = "\U0010ffff"
SOUGHT_AT_ONCE = 6
"""How many words are looked for; more say nothing more."""

ACT = select(acts).where(acts.c.id == bindparam("act"))
ACTS = {writing: held(ACT, writing=writing) for writing in (True, False)}
"""Made once, like what follows: an act is read at each press on its buttons."""
NO_WORDS = delete(act_words).where(act_words.c.act_id == bindparam("act"))


class SqlActs:
    """`bot.ports.Acts`."""

    def __init__(self, connection: AsyncConnection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    async def get(self, act: ActId) -> Act | None:
        row = (await self._connection.execute(ACTS[self._writing], {"act": act})).mappings().one_or_none()
        return _act(row) if row else None

    async def save(self, act: Act) -> None:
        await upsert(self._connection, acts, [_row(act)])
        await self._connection.execute(NO_WORDS, {"act": act.id})
        said = {*words(act.text), *words(act.by), *words(act.named_as)} if act.on_wall else set[str]()
        if said:
            rows = [{"community_id": act.community, "word": word, "act_id": act.id} for word in sorted(said)]
            await self._connection.execute(insert(self._connection, act_words), rows)

    async def erase(self, act: ActId) -> None:
        await self._connection.execute(delete(reactions).where(reactions.c.item == act))
        about = decisions.c.subject == act
        await self._connection.execute(delete(decisions).where(about, decisions.c.by == ""))
        await self._connection.execute(update(decisions).where(about).values(detail=""))
        await self._connection.execute(delete(acts).where(acts.c.id == act))

    async def illustrate(self, picture: ActPicture) -> None:
        await upsert(
            self._connection, act_pictures, [{"act_id": picture.act, "mark": picture.mark, "data": picture.data}]
        )

    async def unillustrate(self, act: ActId) -> None:
        await self._connection.execute(delete(act_pictures).where(act_pictures.c.act_id == act))

    async def picture(self, mark: str) -> ActPicture | None:
        chosen = select(act_pictures).where(act_pictures.c.mark == mark)
        row = (await self._connection.execute(chosen)).mappings().one_or_none()
        return ActPicture(ActId(row["act_id"]), row["mark"], bytes(row["data"])) if row else None

    async def growing(self, among: Collection[ActId]) -> Sequence[Act]:
        chosen = select(acts).where(acts.c.id.in_(sorted(among)), acts.c.warmth != Warmth.MANY.value)
        return await self._load(held(chosen.order_by(acts.c.id), writing=self._writing))

    async def warm(self, act: ActId, warmth: Warmth) -> None:
        await self._connection.execute(update(acts).where(acts.c.id == act).values(warmth=warmth.value))

    async def of_author(self, accounts: Collection[MemberId], limit: int, beyond: str = "") -> Sequence[Act]:
        mine = acts.c.author_id.in_(sorted(accounts))
        chosen = select(acts).where(mine, acts.c.standing != Standing.DRAFT.value)
        if beyond:
            chosen = chosen.where(acts.c.id < beyond)
        return await self._load(chosen.order_by(acts.c.id.desc()).limit(limit))

    async def page(self, reading: Reading, limit: int, beyond: Act | None = None) -> Sequence[Act]:
        chosen = select(acts).where(
            acts.c.community_id == reading.community,
            ON_WALL,
            meant_for(reading.space),
        )
        if reading.circle:
            chosen = chosen.where(acts.c.circle == reading.circle.value)
        if reading.sought:
            chosen = chosen.where(acts.c.id.in_(_holding(reading.community, reading.sought)))
        if reading.order is Order.NEWEST:
            if beyond:
                chosen = chosen.where(acts.c.id < beyond.id)
            return await self._load(chosen.order_by(acts.c.id.desc()).limit(limit))
        if beyond:
            further = and_(acts.c.seen == beyond.seen, acts.c.id > beyond.id)
            chosen = chosen.where(acts.c.seen >= beyond.seen, or_(acts.c.seen > beyond.seen, further))
        return await self._load(chosen.order_by(acts.c.seen, acts.c.id).limit(limit))

    async def read(self, act: ActId) -> None:
        await self._connection.execute(update(acts).where(acts.c.id == act).values(seen=acts.c.seen + 1))

    async def waiting(self, community: CommunityId, space: SpaceId, limit: int, beyond: str = "") -> Sequence[Act]:
        chosen = select(acts).where(acts.c.community_id == community, TO_REVIEW, meant_for(space), acts.c.id > beyond)
        return await self._load(chosen.order_by(acts.c.id).limit(limit))

    async def on_wall(self, community: CommunityId, limit: int, beyond: str = "") -> Sequence[Act]:
        chosen = select(acts).where(acts.c.community_id == community, ON_WALL, acts.c.id > beyond)
        return await self._load(chosen.order_by(acts.c.id).limit(limit))

    async def shared(
        self, community: CommunityId, space: SpaceId, since: datetime, until: datetime, limit: int
    ) -> Sequence[Act]:
        chosen = select(acts).where(
            acts.c.community_id == community,
            ON_WALL,
            acts.c.published_at >= since,
            acts.c.published_at < until,
            meant_for(space),
        )
        return await self._load(chosen.order_by(acts.c.published_at, acts.c.id).limit(limit))

    async def named_across(self, space: SpaceId) -> Sequence[Act]:
        own = select(members.c.id).where(members.c.space_id == space)
        elsewhere = select(acts).where(acts.c.named_id.in_(own), acts.c.space_id != space)
        here = select(acts).where(acts.c.space_id == space, acts.c.named_id.is_not(None), acts.c.named_id.not_in(own))
        return [
            *await self._load(held(elsewhere, writing=self._writing)),
            *await self._load(held(here, writing=self._writing)),
        ]

    async def thin_drafts(self, accounts: Collection[MemberId], most: int) -> None:
        mine = select(acts.c.id).where(acts.c.author_id.in_(sorted(accounts)), DRAFTS)
        surplus = (await self._connection.execute(mine.order_by(acts.c.id.desc()).offset(most))).scalars().all()
        if surplus:
            await self._drop(acts.c.id.in_(surplus))

    async def agreed(self, limit: int, beyond: str = "") -> Sequence[Act]:
        yes = (acts.c.consent == Consent.YES.value, acts.c.id > beyond)
        return await self._load(select(acts).where(*yes).order_by(acts.c.id).limit(limit))

    async def unasked(self, limit: int, beyond: str = "") -> Sequence[ActId]:
        chosen = select(acts.c.id).where(UNASKED, acts.c.id > beyond).order_by(acts.c.id).limit(limit)
        return [ActId(act) for act in (await self._connection.execute(chosen)).scalars()]

    async def forget_drafts(self, before: datetime) -> int:
        return await self._drop(DRAFTS, acts.c.created_at < before)

    async def _drop(self, *which: ColumnElement[bool] | TextClause) -> int:
        """Drop acts that nobody has seen, with what was decided about them."""
        about = decisions.c.subject.in_(select(acts.c.id).where(*which))
        await self._connection.execute(delete(decisions).where(about))
        return (await self._connection.execute(delete(acts).where(*which))).rowcount

    async def _load(self, chosen: Select[tuple[object, ...]]) -> list[Act]:
        return [_act(row) for row in (await self._connection.execute(chosen)).mappings()]


def meant_for(space: SpaceId) -> ColumnElement[bool]:
    """What `Act.meant_for` says, of acts of a space's own community."""
    linked_at = select(links.c.at).where(links.c.space_id == space).scalar_subquery()
    addressed_at = func.coalesce(acts.c.edited_at, acts.c.created_at)
    since = addressed_at >= func.coalesce(linked_at, addressed_at)
    return or_(acts.c.space_id == space, and_(acts.c.audience == Audience.BOTH.value, since))


def _holding(community: CommunityId, sought: Collection[str]) -> Select[tuple[str]] | CompoundSelect[tuple[str]]:
    """The acts of a community that hold every word that is sought; the last may be the beginning of one."""
    *whole, last = list(sought)[:SOUGHT_AT_ONCE]
    here = select(act_words.c.act_id).where(act_words.c.community_id == community)
    beginning = here.where(act_words.c.word >= last, act_words.c.word < last + BEYOND_EVERY_WORD)
    found = [*(here.where(act_words.c.word == word) for word in whole), beginning]
    return found[0] if len(found) == 1 else intersect(*found)


def _row(act: Act) -> Row:
    return {
        "id": act.id,
        "community_id": act.community,
        "space_id": act.space,
        "author_id": act.author,
        "telling": act.telling.value,
        "text": act.text,
        "circle": act.circle.value if act.circle else "",
        "shown_as": act.shown_as.value,
        "name": act.name,
        "audience": act.audience.value,
        "standing": act.standing.value,
        "reason": act.reason,
        "created_at": act.created_at,
        "published_at": act.published_at,
        "edited_at": act.edited_at,
        "seen": act.seen,
        "named_id": act.named,
        "named_as": act.named_as,
        "consent": act.consent.value,
        "picture": act.picture,
        "alt": act.alt,
        "warmth": act.warmth.value,
    }


def _act(row: RowMapping) -> Act:
    return Act(
        id=ActId(row["id"]),
        community=CommunityId(row["community_id"]),
        space=SpaceId(row["space_id"]),
        author=MemberId(row["author_id"]),
        telling=Telling(row["telling"]),
        text=row["text"],
        circle=Circle(row["circle"]) if row["circle"] else None,
        shown_as=ShownAs(row["shown_as"]),
        name=row["name"],
        audience=Audience(row["audience"]),
        standing=Standing(row["standing"]),
        reason=row["reason"],
        created_at=row["created_at"],
        published_at=row["published_at"],
        edited_at=row["edited_at"],
        seen=row["seen"],
        named=MemberId(row["named_id"]) if row["named_id"] else None,
        named_as=row["named_as"],
        consent=Consent(row["consent"]),
        picture=row["picture"],
        alt=row["alt"],
        warmth=Warmth(row["warmth"]),
    )
