"""Names of things, as strings that cannot be mixed up."""

from hashlib import blake2b
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


def new_id() -> str:
    """A fresh random identifier: 32 hexadecimal digits, safe in a button and in a URL."""
    return uuid4().hex


def derived_id(*parts: str) -> str:
    """The identifier of what these parts name: always the same, of the form of `new_id`, and of nothing else.

    No part holds a line break, so different parts never read alike.
    """
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
