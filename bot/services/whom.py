"""Of whom the platform is asked when a button is pressed or a command typed (docs/adr/0023)."""

from bot.domain.places import Actor
from bot.services.rights import Rights

FOR_EVERYBODY = frozenset(
    {"try", "another", "wall", "read", "warm", "agree", "vote", "share", "invited", "edit", "name", "picture", "add"}
    | {"join"}
)
"""Buttons that do the same for everybody: nobody is asked whether whoever presses one was chosen to moderate."""
ONES_OWN = frozenset(
    {"untry", "rest", "cool", "decline", "mine", "read_mine", "down", "remove", "erase", "discard", "part", "desk_out"}
)
"""Buttons for what is one's own, which stays so: whoever left a place takes back from a direct message what they shared
there, also while the platform tells nothing; and so does whoever counts as of another organisation by now."""
FOR_STRANGERS = ONES_OWN | {"try", "another", "warm", "more", "why", "report"}
"""Buttons for whoever sees the message that they are on, also from another organisation: they read no further on the
wall, and share nothing on it."""
WITH_NAME = frozenset({"share", "invited", "edit", "kind share"})
"""Buttons and commands for everybody that show people their own name in a form, where the platform tells it."""
MORE_FOR_MODERATORS = frozenset({"more", "why", "report"})
"""Buttons for everybody that show moderators more, or of more: without a word from the platform, they are for whoever
presses as for anybody else."""
OF_NOBODY_IN_PARTICULAR = frozenset(
    {"kind today", "kind another", "kind support", "kind help", "kind me", "kind unlink"}
)
"""Commands that show what everybody may see, or only one's own: nobody is asked who types one."""
STRANGE = "That is for the people of this place. What you see of it here you may react to, as everybody else."


async def known_for(rights: Rights, actor: Actor, name: str) -> Actor:
    """The actor, with as much as a button needs to know of them."""
    if name in MORE_FOR_MODERATORS:
        return await rights.perhaps(actor)
    if name not in FOR_EVERYBODY:
        return await rights.of(actor)
    if actor.asked:
        return actor if actor.channel else await rights.lately(actor)
    if name == "agree":  # by the name that they have at this moment, which is shown to all
        return await rights.of(actor)
    if name in FOR_STRANGERS:
        return actor
    return await (rights.named(actor) if name in WITH_NAME else rights.belonging(actor))
