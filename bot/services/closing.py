"""After a database was put back: what somebody may have closed or taken back since is closed, and moderators are told.

Keys, sessions, codes and linked accounts that ended after the backup was made are there again in it, and nothing tells
which. So they all end. What else is as it was before, nobody can make safe but those who know what they changed.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.community import Space
from bot.domain.ids import SpaceId
from bot.domain.leaving import Leaving
from bot.domain.linking import WRONG_WITHIN
from bot.domain.message import Card, Item, Items, Text
from bot.domain.moderators import REMEMBERED
from bot.domain.pages import OpenWall
from bot.ports import Clock, Storage, UnitOfWork
from bot.services.alerts import Alerts
from bot.services.leaving import put_back

BATCH = 100
CODE = "restored"
EVER = datetime.max.replace(tzinfo=UTC)
KEPT_FOR = REMEMBERED - timedelta(days=1)
"""For how long it is tried to tell: an operator may start Kindling days after restoring. Then it is forgotten."""

PAGE = (
    "It was open when the copy was made. You may have closed it since, or changed its address, so it is closed now. "
    "/kindling wall open opens it, with a new address."
)
LINKED = "This place shares its wall and calendar with another one, as it did then. If that was over: /kindling unlink."
CHOSEN = (
    "Those who were chosen then may moderate again, and you are told things where you were then. /kindling moderators "
    "shows both."
)
WALL = (
    "It says what it said then, and names whom it named then. Whoever wrote something there changes it with /kind me."
)
ACCOUNTS = "Members who had linked two accounts stand for each by itself. /kind link links them again."
STAYING = (
    "Somebody had just said yes to /kindling leave when the copy was made, and that can be taken back for a minute. So "
    "nothing was erased. If you want to leave, please ask once more."
)
THE_REST = (
    "Schedules, pauses, votes and whoever was blocked are as they were then. /kindling settings and /kindling audit "
    "show it."
)


@dataclass(frozen=True, slots=True)
class _News:
    """Where accounts of members stand for themselves again, and which spaces stay that were about to leave."""

    apart: Collection[SpaceId]
    staying: Collection[SpaceId]


class Closing:
    """No Kindling may be running on the database. Safe to repeat: what is closed stays so, and is told once a day."""

    def __init__(self, storage: Storage, alerts: Alerts, clock: Clock) -> None:
        self._storage = storage
        self._alerts = alerts
        self._clock = clock

    async def close(self) -> None:
        """Close it all, and have the moderators of each place told as soon as Kindling runs."""
        now, beyond = self._clock.now(), ""
        async with self._storage.unit_of_work() as work:
            await work.visits.forget(EVER, EVER, EVER)
            await work.links.forget(EVER, now - WRONG_WITHIN)
            apart = await work.people.part_all()
            staying = await work.leavings.waiting()
            await work.commit()
        for leaving in staying:
            await self._keep(leaving, now)
        news = _News(apart, frozenset(leaving.space for leaving in staying))
        while True:
            async with self._storage.unit_of_work() as work:
                found = await work.communities.active(BATCH, beyond)
                for space in found:
                    await self._close_page(work, space, news, now)
                await work.commit()
            if not found:
                return
            beyond = found[-1].id

    async def _keep(self, leaving: Leaving, now: datetime) -> None:
        """Of a yes that may have been taken back since, nothing is erased: that could not be undone."""
        async with self._storage.unit_of_work() as work:
            here = (await work.communities.hold([leaving.space], moving=True))[leaving.space]
            await put_back(work, here, leaving, now)
            await work.commit()

    async def _close_page(self, work: UnitOfWork, space: Space, news: _News, now: datetime) -> None:
        page = await work.open_walls.get(space.id)
        users = await _looking_after(work, space, page)
        if page is not None:
            await work.open_walls.close(space.id)
        if not users and not (await work.moderators.of(space.id)).channel:
            return
        card = await _told(work, space, news, page=page is not None)
        alert = await self._alerts.begin(work, space, CODE, card, users, until=now + KEPT_FOR)
        if alert is not None:
            await work.alerts.later(alert, now)


async def _looking_after(work: UnitOfWork, space: Space, page: OpenWall | None) -> frozenset[str]:
    """Who set something up in a space; nobody where nobody did."""
    schedules, wall = await work.schedules.of_community(space.community), await work.walls.place(space.id)
    users = {target.set_up_by for one in schedules for target in one.targets if target.space == space.id}
    opened = await work.communities.person(page.opened_by) if page else None
    users |= {wall.set_up_by} if wall else set()
    users |= {opened.user} if opened else set()
    return frozenset(users - {""})


async def _told(work: UnitOfWork, space: Space, news: _News, *, page: bool) -> Card:
    linked = await work.links.of(space.id) or await work.links.guests(space.community)
    moderators = await work.moderators.of(space.id)
    wall = await work.walls.place(space.id)
    lines = {
        "The wall": WALL if wall else "",
        "The wall’s page": PAGE if page else "",
        "Linked places": LINKED if linked else "",
        "Who may moderate": CHOSEN if moderators.chosen or moderators.channel else "",
        "Accounts": ACCOUNTS if space.id in news.apart else "",
        "Leaving": STAYING if space.id in news.staying else "",
        "What else you chose": THE_REST,
    }
    body = (
        Text(
            "Whoever looks after Kindling put back an earlier copy of all that it keeps. What was changed here after "
            "that copy was made is as it was before. Please look once:"
        ),
        Items(tuple(Item(said, label=label) for label, said in lines.items() if said)),
    )
    return Card("Kindling remembers an earlier day", body, emoji="🔧")
