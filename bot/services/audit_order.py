"""In which order the audit log tells what happened: what was kept before an entry was begun comes before it.

An id begins with its millisecond, and two entries may share one. So each takes its id after the last one that there is,
of changes and decisions alike. Whoever changes a setting holds its community, and two decisions about one thing hold
that, so the second sees the first, in whichever process. What really happens at once has no order to keep.
"""

from datetime import datetime

from bot.domain.ids import CommunityId, id_after
from bot.ports import UnitOfWork


async def next_entry(work: UnitOfWork, at: datetime, subject: str, community: CommunityId | None = None) -> str:
    """The id of what is decided or changed now: after all that was decided about `subject`, and with `community`, after
    all that its moderators read in their audit log."""
    return id_after(at, await work.changes.last(subject, community))
