"""What moderators change, as it was before and after: so that it can be read, taken back, and not lost unseen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import TypeAlias

from bot.domain.ids import ChangeId, CommunityId, MemberId, SpaceId

State: TypeAlias = Mapping[str, object]
"""A setting as plain JSON: texts, numbers, booleans, None, lists and mappings of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting as one moderator changed it.

    `kind` and `subject` say which setting. `before` or `after` is None where it was not there before or is not there
    since. `space` is set where only the moderators of one space are concerned.
    """

    id: ChangeId
    community: CommunityId
    by: MemberId
    at: datetime
    kind: str
    subject: str
    before: State | None
    after: State | None
    space: SpaceId | None = None


def same(one: State | None, other: State | None) -> bool:
    """Whether two states are alike, whichever of them was read from a table."""
    return _written(one) == _written(other)


def mark_of(state: State | None) -> str:
    """Eight signs that differ for different states: a form carries them, to tell whether it is still up to date."""
    return blake2b(_written(state).encode(), digest_size=4).hexdigest()


def _written(state: State | None) -> str:
    return json.dumps(state, sort_keys=True, default=list)
