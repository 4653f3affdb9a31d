"""What members suggest as prompts."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import CommunityId, MemberId, SpaceId, SuggestionId
from bot.domain.packs import Prompt


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A prompt that a member suggests, from then until moderators have decided.

    `prompt` is what it would be: its id is its own for good. `accepted_by` is the moderator who was for it, where a
    second one is asked.
    """

    id: SuggestionId
    community: CommunityId
    space: SpaceId
    by: MemberId
    at: datetime
    prompt: Prompt
    accepted_by: MemberId | None = None
