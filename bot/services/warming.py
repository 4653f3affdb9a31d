"""What people feel about an act: brought to the words of warmth, and by them to every copy.

See docs/adr/0021: the words only ever grow, and say nothing before whoever looks has three others beside them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.domain.ids import ActId
from bot.domain.reactions import merge
from bot.domain.wall import Act
from bot.ports import UnitOfWork


async def follow(work: UnitOfWork, acts: Collection[ActId], at: datetime) -> None:
    """Have the words follow what people feel, and the copies the words. The caller commits.

    Of acts whose words say all that they can nothing more is read, so that a storm of reactions costs little.
    """
    growing = await work.acts.growing(acts)
    if not growing:
        return
    people = await felt_by(work, growing)
    grown = [(act.id, after) for act in growing if (after := act.felt_by(people[act.id]).warmth) is not act.warmth]
    for act, warmth in grown:
        await work.acts.warm(act, warmth)
    if grown:
        await work.act_copies.refresh({act for act, _ in grown}, at)


async def felt_by(work: UnitOfWork, acts: Sequence[Act]) -> Mapping[ActId, int]:
    """How many people feel something about each act, besides an author who is named. It is for nobody's eyes.

    Everybody sees who reacted to a message: were an author who is not named left out, enough of them and no word of
    warmth would tell that one of them wrote it.
    """
    on_items = await work.reactions.on_items([act.id for act in acts])
    people = {
        act.id: {mark.member for mark in merge(on_items.get(act.id, ())).values() if mark.present} for act in acts
    }
    known = {act.author for act in acts}.union(*people.values())
    persons = await work.people.persons(known)
    left_out = {act.id: {persons[act.author]} if act.by else set[str]() for act in acts}
    return {act.id: len({persons[one] for one in people[act.id]} - left_out[act.id]) for act in acts}
