"""Messages that show an act without anybody knowing: sent before a backup was put back, or by a process that died.

Nobody looks for them: a channel is not read. Whoever touches one, by a button or its menu, lets it be found.
"""

from datetime import datetime
from hashlib import blake2b

from bot.domain.ids import ActId, SpaceId, copy_id
from bot.domain.places import MessageRef
from bot.domain.wall import ActCopy
from bot.ports import Clock, UnitOfWork


async def take_in(work: UnitOfWork, act: ActId, ref: MessageRef, clock: Clock) -> bool:
    """A message that nobody knows shows this act: it is its copy from now on, or else it is taken away. Whether
    anything follows from it; the caller commits."""
    now = clock.now()
    space = await work.communities.space_of(ref.place.platform, ref.place.space)
    if space is None:
        return False
    copy = await work.act_copies.get(copy_id(act, space.id))  # whoever touches at the same moment waits here
    if copy is not None and (copy.held(now) or copy.ref == ref):
        return False
    if copy is None or (copy.message and not copy.doubt):
        await work.act_copies.put([_stray(space.id, ref, now)])
        return True
    if copy.ref is not None:  # the one of which a backup knew
        await work.act_copies.put([_stray(space.id, copy.ref, now)])
    await work.act_copies.change(copy.appeared(ref, "", now), now)
    return True


def _stray(space: SpaceId, ref: MessageRef, now: datetime) -> ActCopy:
    """A message that is taken away, because no act is shown by it. However many touch it at once, it is one row."""
    named = f"{ref.place.platform}\n{ref.place.space}\n{ref.place.channel}\n{ref.message}"
    nothing = ActId(blake2b(named.encode(), digest_size=16).hexdigest())
    return ActCopy(copy_id(nothing, space), nothing, space, ref.place, message=ref.message, next_at=now)
