"""Names of things, as strings that cannot be mixed up.

What is written together shall lie together in every index: with ids from all over, a thousand rows of a large
database touch thousands of its pages, and each page is written whole. So ids begin with when the thing began.
"""

from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from random import getrandbits
from typing import NewType
from uuid import uuid4

CommunityId = NewType("CommunityId", str)
SpaceId = NewType("SpaceId", str)
MemberId = NewType("MemberId", str)
ScheduleId = NewType("ScheduleId", str)
OccurrenceId = NewType("OccurrenceId", str)
DeliveryId = NewType("DeliveryId", str)
PackId = NewType("PackId", str)
PromptId = NewType("PromptId", str)
ThemeId = NewType("ThemeId", str)
PlanId = NewType("PlanId", str)
ActId = NewType("ActId", str)
CopyId = NewType("CopyId", str)
ChangeId = NewType("ChangeId", str)
SuggestionId = NewType("SuggestionId", str)

BORN = 12
"""How many digits of an identifier tell when it was made: milliseconds since 1970."""
DAY = 6
"""How many digits tell a local date."""


def new_id() -> str:
    """A fresh random identifier: 32 hexadecimal digits, safe in a button and in a URL."""
    return uuid4().hex


def dated_id(at: datetime) -> str:
    """A fresh identifier like `new_id`, which sorts after those of earlier instants."""
    return f"{max(0, int(at.timestamp() * 1000)):0{BORN}x}{uuid4().hex[BORN:]}"


def id_after(at: datetime, last: str) -> str:
    """A `dated_id` that sorts after `last` too, also when both are of one instant or the clock was set back."""
    fresh = dated_id(at)
    return fresh if fresh > last else f"{int(last, 16) + 1 + getrandbits(32):032x}"


def occurrence_id(schedule: ScheduleId, local_date: date) -> OccurrenceId:
    """The identifier of a schedule's occurrence on a local date, always the same: those of one date lie together, in
    the order of their schedules."""
    day, written = _date(local_date)
    return OccurrenceId(_derived(day + schedule[:BORN], f"{schedule}\n{written}"))


def delivery_id(occurrence: OccurrenceId, space: SpaceId, channel: str) -> DeliveryId:
    """The identifier of an occurrence's delivery to a channel, always the same, and beside its occurrence's."""
    return DeliveryId(_derived(occurrence[: DAY + BORN], f"{occurrence}\n{space}\n{channel}"))


def copy_id(act: ActId, space: SpaceId) -> CopyId:
    """The identifier of an act's copy in a space, always the same, and beside its act's."""
    return CopyId(_derived(act[:BORN], f"{act}\n{space}"))


@lru_cache(maxsize=64)
def _date(local_date: date) -> tuple[str, str]:
    """A local date as ids begin with it, and as it is written."""
    return f"{local_date.toordinal():0{DAY}x}", local_date.isoformat()


def _derived(beginning: str, lines: str) -> str:
    """An identifier of what these lines name and of nothing else. No part of them holds a line break, so different
    parts never read alike."""
    return beginning + blake2b(lines.encode(), digest_size=16).hexdigest()[len(beginning) :]
