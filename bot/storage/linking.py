"""Codes, linked spaces and accounts of one person in tables."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, RowMapping, Select, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import CommunityId, MemberId, SpaceId, new_id
from bot.domain.linking import Link, LinkCode, Purpose
from bot.domain.wall import Audience
from bot.storage.sql import insert, listed, upsert
from bot.storage.tables import (
    act_reports,
    act_words,
    acts,
    changes,
    decisions,
    link_codes,
    links,
    members,
    recaps,
    same_person,
    spaces,
    suggestions,
    vote_wishes,
    wall_blocks,
    wrong_codes,
)

ENOUGH = 100
"""How many wrong codes of one space are read at most: it is refused long before."""


class SqlLinks:
    """`bot.ports.Links`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put_code(self, code: LinkCode) -> None:
        mine = (link_codes.c.space_id == code.space, link_codes.c.by == code.by)
        unused = delete(link_codes).where(*mine, link_codes.c.purpose == code.purpose.value, _UNUSED)
        await self._connection.execute(unused)
        row = {
            "digest": code.digest,
            "purpose": code.purpose.value,
            "space_id": code.space,
            "by": code.by,
            "expires_at": code.expires_at,
            "used_at": code.used_at,
            "used_in": code.used_in,
            "used_by": code.used_by,
            "done_at": code.done_at,
        }
        await self._connection.execute(insert(self._connection, link_codes).values(row))

    async def code(self, digest: str) -> LinkCode | None:
        row = (await self._connection.execute(select(link_codes).where(link_codes.c.digest == digest))).mappings()
        found = row.one_or_none()
        return _code(found) if found else None

    async def use(self, code: LinkCode) -> bool:
        used = {"used_at": code.used_at, "used_in": code.used_in, "used_by": code.used_by, "done_at": code.done_at}
        unused = update(link_codes).where(link_codes.c.digest == code.digest, _UNUSED)
        return (await self._connection.execute(unused.values(used))).rowcount > 0

    async def finish(self, code: LinkCode, at: datetime) -> bool:
        open_ = update(link_codes).where(link_codes.c.digest == code.digest, link_codes.c.done_at.is_(None))
        return (await self._connection.execute(open_.values(done_at=at))).rowcount > 0

    async def unanswered(self, space: SpaceId) -> Sequence[LinkCode]:
        chosen = select(link_codes).where(
            link_codes.c.space_id == space, link_codes.c.used_at.is_not(None), link_codes.c.done_at.is_(None)
        )
        rows = await self._connection.execute(chosen.order_by(link_codes.c.used_at))
        return [_code(row) for row in rows.mappings()]

    async def wrong(self, space: SpaceId, user: str, at: datetime) -> None:
        row = {"id": new_id(), "space_id": space, "user": user, "at": at}
        await self._connection.execute(insert(self._connection, wrong_codes).values(row))

    async def wrong_since(self, space: SpaceId, since: datetime) -> Sequence[str]:
        await one_at_a_time(self._connection, f"wrong codes/{space}")
        chosen = select(wrong_codes.c.user).where(wrong_codes.c.space_id == space, wrong_codes.c.at > since)
        return list((await self._connection.execute(chosen.limit(ENOUGH))).scalars())

    async def forget(self, codes_before: datetime, wrong_before: datetime) -> None:
        await self._connection.execute(delete(link_codes).where(link_codes.c.expires_at < codes_before))
        await self._connection.execute(delete(wrong_codes).where(wrong_codes.c.at < wrong_before))

    async def of(self, space: SpaceId) -> Link | None:
        row = (await self._connection.execute(select(links).where(links.c.space_id == space))).mappings().one_or_none()
        return _link(row) if row else None

    async def guests(self, community: CommunityId) -> Sequence[Link]:
        chosen = select(links).join(spaces, spaces.c.id == links.c.space_id)
        rows = await self._connection.execute(chosen.where(spaces.c.community_id == community).order_by(links.c.at))
        return [_link(row) for row in rows.mappings()]

    async def save(self, link: Link) -> None:
        row = {
            "space_id": link.space,
            "home_id": link.home,
            "host_id": link.host,
            "at": link.at,
            "by": link.by,
            "confirmed_by": link.confirmed_by,
        }
        await upsert(self._connection, links, [row])

    async def remove(self, space: SpaceId) -> None:
        await self._connection.execute(delete(links).where(links.c.space_id == space))

    async def move(self, space: SpaceId, community: CommunityId, *, only_here: bool) -> None:
        own = select(acts.c.id).where(acts.c.space_id == space)
        people = select(members.c.id).where(members.c.space_id == space)
        there = {"community_id": community}
        narrowed = {**there, "audience": Audience.HERE.value} if only_here else there
        theirs = update(suggestions).where(suggestions.c.space_id == space, suggestions.c.community_id != community)
        for moved in (
            update(spaces).where(spaces.c.id == space).values(there),
            update(act_words).where(act_words.c.act_id.in_(own)).values(there),
            update(act_reports).where(act_reports.c.act_id.in_(own)).values(there),
            update(decisions).where(decisions.c.subject.in_(own)).values(there),
            update(wall_blocks).where(wall_blocks.c.member_id.in_(people)).values(there),
            update(acts).where(acts.c.space_id == space).values(narrowed),
            update(recaps).where(recaps.c.space_id == space).values(there),
            update(changes).where(changes.c.space_id == space).values(there),
            delete(vote_wishes).where(vote_wishes.c.member_id.in_(people)),
        ):
            await self._connection.execute(moved)
        if not only_here:
            await self._connection.execute(theirs.values({**there, "accepted_by": None}))


class SqlPeople:
    """`bot.ports.People`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def accounts(self, member: MemberId, community: CommunityId) -> frozenset[MemberId]:
        found = (await self._connection.execute(OTHERS, {"member": member, "community": community})).scalars()
        return frozenset({member, *map(MemberId, found)})

    async def persons(self, wanted: Collection[MemberId]) -> Mapping[MemberId, str]:
        [id_] = listed(self._connection, [(one,) for one in wanted], 1)
        chosen = select(same_person.c.member_id, same_person.c.person_id).where(same_person.c.member_id == id_)
        known = {MemberId(member): str(person) for member, person in await self._connection.execute(chosen)}
        return {member: known.get(member, member) for member in wanted}

    async def same(self, one: MemberId, other: MemberId) -> None:
        # Two who join one person to two others at the same moment would leave them apart.
        await one_at_a_time(self._connection, "same person")
        before = await self.persons({one, other})
        person = new_id()
        whole = update(same_person).where(same_person.c.person_id.in_(sorted(set(before.values()))))
        await self._connection.execute(whole.values(person_id=person))
        rows = [{"member_id": member, "person_id": person} for member in sorted((one, other))]
        await upsert(self._connection, same_person, rows)

    async def part(self, member: MemberId) -> bool:
        await one_at_a_time(self._connection, "same person")
        person = (await self.persons({member}))[member]
        whole = select(same_person.c.member_id).where(same_person.c.person_id == person)
        accounts = [MemberId(id_) for id_ in (await self._connection.execute(whole)).scalars()]
        if member not in accounts:
            return False
        await self._share_blocks(accounts)
        leaving = [member] if len(accounts) > 2 else accounts  # noqa: PLR2004 -- one account alone is nobody's second
        await self._connection.execute(delete(same_person).where(same_person.c.member_id.in_(leaving)))
        return True

    async def part_all(self) -> frozenset[SpaceId]:
        await one_at_a_time(self._connection, "same person")
        of = select(members.c.space_id).join(same_person, same_person.c.member_id == members.c.id).distinct()
        found = frozenset(SpaceId(id_) for id_ in (await self._connection.execute(of)).scalars())
        blocked = select(same_person.c.person_id).join(wall_blocks, wall_blocks.c.member_id == same_person.c.member_id)
        for person in list((await self._connection.execute(blocked.distinct())).scalars()):
            theirs = select(same_person.c.member_id).where(same_person.c.person_id == person)
            await self._share_blocks([MemberId(id_) for id_ in (await self._connection.execute(theirs)).scalars()])
        await self._connection.execute(delete(same_person))
        return found

    async def _share_blocks(self, accounts: Collection[MemberId]) -> None:
        """What held for the person holds for each of their accounts."""
        blocks = select(wall_blocks).where(wall_blocks.c.member_id.in_(accounts))
        known = (await self._connection.execute(blocks)).mappings().all()
        homes = select(members.c.id, spaces.c.community_id).join(spaces, spaces.c.id == members.c.space_id)
        where = (await self._connection.execute(homes.where(members.c.id.in_(accounts)))).all()
        rows = [
            {**block, "member_id": account}
            for block in known
            for account, community in where
            if community == block["community_id"]
        ]
        if rows:
            await self._connection.execute(insert(self._connection, wall_blocks).on_conflict_do_nothing(), rows)


async def one_at_a_time(connection: AsyncConnection, about: str) -> None:
    """Wait for whoever does the same, until their transaction ends. On SQLite they are alone from its beginning."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(about))))


def others_of(member: MemberId | BindParameter[str]) -> Select[tuple[str]]:
    """All accounts of the person whose account a member is; none when it is not linked with any."""
    mine = select(same_person.c.person_id).where(same_person.c.member_id == member).scalar_subquery()
    return select(same_person.c.member_id).where(same_person.c.person_id == mine)


OTHERS = (
    select(members.c.id)
    .join(spaces, spaces.c.id == members.c.space_id)
    .where(spaces.c.community_id == bindparam("community"), members.c.id.in_(others_of(bindparam("member"))))
)
"""Made once: everybody may have more accounts than one."""


_UNUSED = link_codes.c.used_at.is_(None)


def _code(row: RowMapping) -> LinkCode:
    return LinkCode(
        digest=row["digest"],
        purpose=Purpose(row["purpose"]),
        space=SpaceId(row["space_id"]),
        by=row["by"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
        used_in=SpaceId(row["used_in"]) if row["used_in"] else None,
        used_by=row["used_by"],
        done_at=row["done_at"],
    )


def _link(row: RowMapping) -> Link:
    return Link(
        space=SpaceId(row["space_id"]),
        home=CommunityId(row["home_id"]),
        host=SpaceId(row["host_id"]),
        at=row["at"],
        by=row["by"],
        confirmed_by=row["confirmed_by"],
    )
