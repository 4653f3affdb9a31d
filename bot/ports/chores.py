"""What is done by itself, beside planning and sending."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Chore(StrEnum):
    """Each has a table whose `next_at` says when something is to be done, and a service that does it."""

    COPIES = "copies"
    """Copies of acts are brought to what they shall be."""
    RECAPS = "recaps"
    """Gardens lose what was taken out of them."""
    LEAVINGS = "leavings"
    """What a community leaves behind is removed."""
    FINISHES = "finishes"
    """Posted cards are pinned, and get their threads."""
    PREVIEWS = "previews"
    """Moderators are told what the week brings."""
    ALERTS = "alerts"
    """Moderators are told what needs them."""
    VOTES = "votes"
    """Votes close, and are forgotten. They belong to no platform."""
    REWRITES = "rewrites"
    """Posted cards are written anew."""


class Chores(Protocol):
    """When they are due."""

    async def next_at(self) -> Mapping[Chore, Mapping[str, datetime]]:
        """When each is next to be done, in one look; platforms where there is nothing to do are left out."""
        ...
