"""Messages that show an act without anybody knowing: sent before a backup was put back, or by a process that died.

Nobody looks for them: a channel is not read. Whoever touches one, by a button or its menu, lets it be found.
"""

from bot.domain.ids import ActId, CopyId, copy_id, new_id
from bot.domain.places import MessageRef
from bot.domain.wall import ActCopy
from bot.ports import Clock, UnitOfWork


async def take_in(work: UnitOfWork, act: ActId, ref: MessageRef, clock: Clock) -> bool:
    """A message that nobody knows shows this act: it is its copy from now on, or else it is taken away. Whether
    anything follows from it; the caller commits."""
    now = clock.now()
    space = await work.communities.space_of(ref.place.platform, ref.place.space)
    copy = await work.act_copies.get(copy_id(act, space.id)) if space else None
    if space is None or (copy is not None and copy.held(now)):
        return False
    stray = ActCopy(CopyId(new_id()), ActId(new_id()), space.id, ref.place, message=ref.message, next_at=now)
    if copy is None or (copy.message and not copy.doubt):
        await work.act_copies.put([stray])
        return True
    if copy.message:  # the one of which a backup knew
        other = ActCopy(stray.id, stray.act, space.id, copy.place, message=copy.message, next_at=now)
        await work.act_copies.put([other])
    await work.act_copies.change(copy.appeared(ref, "", now), now)
    return True
