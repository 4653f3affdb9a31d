"""The picture of an act: its author adds it, changes it, or takes it away. It comes with words for it."""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.errors import Refusal
from bot.domain.forms import Rejected
from bot.domain.ids import ActId
from bot.domain.message import Reply
from bot.domain.places import Actor
from bot.domain.uploads import Unfit, Upload, taken
from bot.domain.wall import ALT_LIMIT, Act
from bot.domain.words import tidied
from bot.ports import Storage
from bot.ports.tools import Darkroom
from bot.services.politeness import OneAtATime
from bot.services.said_pictures import SaidPictures
from bot.services.sharing import Sharing
from bot.services.wall import Walls
from bot.services.wall_cards import adding_card, picture_form

UNNAMED = Upload("picture.png", b"?")
"""Stands for a picture that is not fetched before there are words for it."""
CLOSED = "Pictures cannot be taken in here at present. Whoever looks after me can install the extra images."


class Picturing:
    """Only an author does anything about a picture. It is decoded before anything is kept of it."""

    def __init__(
        self, storage: Storage, walls: Walls, sharing: Sharing, darkroom: Darkroom, said: SaidPictures
    ) -> None:
        self._said = said
        self._storage = storage
        self._walls = walls
        self._sharing = sharing
        self._darkroom = darkroom
        self._turns = OneAtATime()

    async def form(self, actor: Actor, act_id: ActId) -> Reply:
        """The form for a picture, or for the one that is there."""
        act = await self._own(actor, act_id)
        return Reply(picture_form(act, said=self._said.of(act.id) is not None))

    async def add(self, actor: Actor, act_id: ActId) -> Reply:
        """What can be added to an act."""
        return Reply(adding_card(await self._own(actor, act_id), pictures=self._darkroom.open))

    async def put(self, actor: Actor, act_id: ActId, values: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        """Another picture, other words for it, or none any more."""
        act = await self._own(actor, act_id)
        fetch = self._said.of(act.id)
        form = picture_form(act, said=fetch is not None)
        if act.picture and values.get("keep") == "remove":
            done = await self._sharing.illustrate(actor, act_id, "", None)
            return Reply(Rejected({"keep": done}, form)) if isinstance(done, str) else done
        alt = " ".join(tidied(values.get("alt", "")).split())
        said = {"alt": _said(alt)} if _said(alt) else {}
        data: bytes | None = None
        try:
            asked = next(field for field in form.fields if field.name == "picture")
            asked = replace(asked, required=not act.picture)
            chosen = files.get("picture")
            if chosen is None and fetch is not None and values.get("keep") == "said":
                chosen = UNNAMED if said else await fetch()
            if (upload := taken(asked, chosen)) and not said:
                with self._turns.turn(actor.person):
                    data = await self._developed(upload)
        except Unfit as unfit:
            said["picture"] = str(unfit)
        if said:
            return Reply(Rejected(said, form))
        done = await self._sharing.illustrate(actor, act_id, alt, data)
        if isinstance(done, str):
            return Reply(Rejected({"alt": done}, form))
        self._said.forget(act.id)
        return done

    async def _developed(self, upload: Upload) -> bytes:
        if not self._darkroom.open:
            raise Refusal("picture.closed", CLOSED)
        return await self._darkroom.develop(upload.data)

    async def _own(self, actor: Actor, act_id: ActId) -> Act:
        async with self._storage.unit_of_work() as work:
            here = await self._walls.standpoint(work, actor)
            act = await self._walls.own(work, here, act_id)
            await work.commit()
        return act


def _said(alt: str) -> str:
    if not alt:
        return "Please say in a few words what is to be seen, for everybody who does not see it."
    if len(alt) > ALT_LIMIT:
        return f"That is {len(alt)} characters, and there is room for {ALT_LIMIT}. Please make it a little shorter."
    return ""
