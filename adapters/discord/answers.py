"""The answer to one interaction: at once or after an acknowledgement, and always to that person only."""

from collections.abc import Sequence
from dataclasses import replace as with_changes

import discord
import structlog

from adapters.discord import forms
from adapters.discord.errors import ALREADY_ACKNOWLEDGED, translated
from adapters.discord.incoming import Incoming
from adapters.discord.render import COMPONENTS_V2, EPHEMERAL, File, Json, files, message
from adapters.discord.rest import Rest
from bot.domain.errors import TryLater, Unreachable
from bot.domain.forms import Form
from bot.domain.ids import new_id
from bot.domain.message import Card, Text
from bot.domain.uploads import Attached

_log = structlog.get_logger(__name__)

_MESSAGE, _DEFERRED_MESSAGE, _DEFERRED_UPDATE, _UPDATE, _CHOICES, _MODAL = 4, 5, 6, 7, 8, 9


def apology(error_id: str) -> Card:
    """What a person reads when something went wrong on our side."""
    return Card(
        "That did not work, and it is not your fault",
        (Text("Something went wrong on Kindling's side. Please try again in a moment."),),
        footnote=f"If it stays like this, whoever runs Kindling can look up error {error_id}.",
    )


class Answer:
    """Shows things to the person behind one interaction. Raises nothing; what fails is logged."""

    def __init__(self, rest: Rest, incoming: Incoming) -> None:
        self._rest = rest
        self._incoming = incoming
        self._acknowledged = 0

    @property
    def takes_forms(self) -> bool:
        """Discord opens a form only as the first answer, and never as the answer to a form."""
        return not self._acknowledged and self._incoming.kind is not discord.InteractionType.modal_submit

    async def acknowledge(self) -> None:
        """Say that the answer is coming.

        On a private message's button this shows nothing, so that the answer can still be an edit of that
        message or a new one.
        """
        self._acknowledged = _DEFERRED_UPDATE if self._incoming.private else _DEFERRED_MESSAGE
        body: Json = {"type": self._acknowledged}
        if self._acknowledged == _DEFERRED_MESSAGE:
            body["data"] = {"flags": EPHEMERAL}
        try:
            await self._respond(body)
        except (TryLater, Unreachable) as error:
            _log.warning("discord.interaction_not_acknowledged", code=error.code)

    async def show(self, content: Card | Form, *, replace: bool = False, beside: Sequence[Attached] = ()) -> None:
        """Show a card, with files, or a form; with `replace` in place of the private message that was pressed."""
        try:
            await self._with_files(content, beside, replace=replace)
        except (TryLater, Unreachable) as error:
            _log.warning("discord.interaction_unanswered", code=error.code)
        except Exception:  # noqa: BLE001 - whatever it is, nobody is left without an answer
            error_id = new_id()[:8]
            _log.exception("discord.answer_failed", error_id=error_id)
            await self._apologise(error_id)

    async def suggest(self, choices: list[Json]) -> None:
        """Offer choices for what is being typed."""
        try:
            await self._respond({"type": _CHOICES, "data": {"choices": choices}})
        except (TryLater, Unreachable) as error:  # the next letter asks again
            _log.info("discord.suggestions_unanswered", code=error.code)

    async def _apologise(self, error_id: str) -> None:
        try:
            await self._deliver(apology(error_id), replace=False)
        except Exception:  # noqa: BLE001 - the last resort
            _log.exception("discord.interaction_unanswered", error_id=error_id)

    async def _with_files(self, content: Card | Form, beside: Sequence[Attached], *, replace: bool) -> None:
        """Where files may not be attached, the card is shown without them, and says so."""
        if isinstance(content, Form):
            await self._respond({"type": _MODAL, "data": forms.modal(content, self._incoming.carried)})
            return
        if files(content, beside):
            try:
                await self._deliver(content, beside, attached=True, replace=replace)
            except Unreachable as error:
                _log.info("discord.files_refused", code=error.code)
            else:
                return
        words = tuple(Text(f"Discord does not let me attach {file.name} here.") for file in beside)
        await self._deliver(with_changes(content, body=(*content.body, *words)), replace=replace)

    async def _deliver(
        self, card: Card, beside: Sequence[Attached] = (), *, attached: bool = False, replace: bool
    ) -> None:
        incoming = self._incoming
        body = message(card, space=incoming.carried, attached=attached, beside=beside)
        sent = files(card, beside) if attached else ()
        if sent and not self._acknowledged:
            await self.acknowledge()  # a first answer has to be there in three seconds, and files take their time
        private = body | {"flags": COMPONENTS_V2 | EPHEMERAL}
        in_place = replace and incoming.private
        in_its_place = body | {"attachments": body.get("attachments", [])}
        if not self._acknowledged:
            first: Json = {"type": _UPDATE, "data": in_its_place} if in_place else {"type": _MESSAGE, "data": private}
            await self._respond(first, sent)
        elif self._acknowledged == _DEFERRED_MESSAGE or in_place:
            async with translated():
                await self._rest.edit_response(incoming.application, incoming.token, in_its_place, sent)
        else:
            async with translated():
                await self._rest.follow_up(incoming.application, incoming.token, private, sent)

    async def _respond(self, body: Json, sent: Sequence[File] = ()) -> None:
        """Give the first answer, twice if the first try got lost: Discord takes only one of them."""
        try:
            await self._respond_once(body, sent)
        except TryLater:
            await self._respond_once(body, sent)

    async def _respond_once(self, body: Json, sent: Sequence[File]) -> None:
        async with translated():
            try:
                await self._rest.respond(self._incoming.id, self._incoming.token, body, sent)
            except discord.HTTPException as error:
                if error.code != ALREADY_ACKNOWLEDGED:
                    raise
                _log.info("discord.interaction_already_answered")
