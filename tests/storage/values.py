"""Values to store."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from bot.domain.community import Community, Space, Tone
from bot.domain.delivery import Delivery, Occurrence
from bot.domain.ids import ActId, CommunityId, CopyId, DeliveryId, MemberId, OccurrenceId, ScheduleId, SpaceId, new_id
from bot.domain.places import Person, Place
from bot.domain.reactions import Mark
from bot.domain.schedule import EVERY_DAY, Ritual, Schedule, Target
from bot.domain.wall import Act, ActCopy, Standing, Telling
from bot.storage.database import Database

NINE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
VILLAGE = SpaceId("village")
SQUARE = Place("letters", "village", "square")
COMMUNITY = Community(CommunityId("community"), "seed", Tone.COMMUNITY, NINE)
SPACE = Space(VILLAGE, COMMUNITY.id, "letters", "village")
ROBIN = Person("letters", "village", "robin")
_numbers = count()


def a_schedule(name: str = "morning", **changed: object) -> Schedule:
    whole = Schedule(
        id=ScheduleId(name),
        community=COMMUNITY.id,
        ritual=Ritual.MORNING,
        weekdays=EVERY_DAY,
        at=time(9),
        zone="Europe/Berlin",
        starts=TODAY,
        targets=(Target(VILLAGE, SQUARE, "maya"),),
        next_date=TODAY,
        next_at=NINE,
    )
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own


def an_occurrence(name: str = "today", **changed: object) -> Occurrence:
    whole = Occurrence(OccurrenceId(name), ScheduleId("morning"), COMMUNITY.id, Ritual.MORNING, TODAY, NINE)
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own


def a_delivery(name: str = "", **changed: object) -> Delivery:
    channel = f"channel-{next(_numbers)}"
    place = SQUARE._replace(channel=channel)
    whole = Delivery(
        DeliveryId(name or new_id()), OccurrenceId("today"), VILLAGE, place, NINE, NINE + 3 * HOUR, next_at=NINE
    )
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own


def a_mark(member: MemberId, minutes: int = 0, **changed: object) -> Mark:
    whole = Mark(member, "today", "🌱", "copy", present=True, at=NINE + minutes * MINUTE)
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own


async def a_village(database: Database) -> None:
    """A community with a space, a schedule and today's occurrence."""
    async with database.unit_of_work() as work:
        await work.communities.save(COMMUNITY)
        await work.communities.save_space(SPACE)
        await work.schedules.save(a_schedule())
        await work.occurrences.add([an_occurrence()])
        await work.commit()


def an_act(author: MemberId, name: str = "act", **changed: object) -> Act:
    whole = Act(
        id=ActId(name),
        community=COMMUNITY.id,
        space=VILLAGE,
        author=author,
        telling=Telling.RECEIVED,
        text="Robin carried my shopping.",
        created_at=NINE,
        standing=Standing.SHOWN,
        published_at=NINE,
    )
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own


def an_act_copy(name: str = "copy", **changed: object) -> ActCopy:
    whole = ActCopy(CopyId(name), ActId("act"), VILLAGE, SQUARE, next_at=NINE)
    return replace(whole, **changed)  # type: ignore[arg-type] -- names and values are the test's own
