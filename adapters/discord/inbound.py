"""What a person did on Discord, as one call of the front door; and its reply, shown to that person only."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace

import structlog
from discord import InteractionType

from adapters.discord import commands, forms, said
from adapters.discord.answers import Answer, apology
from adapters.discord.files import Files
from adapters.discord.held import LOST, OPEN, HeldForms
from adapters.discord.incoming import Incoming
from adapters.discord.rest import Rest
from bot.app import Kindling
from bot.domain.forms import Form, Rejected
from bot.domain.ids import new_id
from bot.domain.message import Action, Reply

_log = structlog.get_logger(__name__)

PATIENCE = 1.5
"""Seconds to wait for the reply before acknowledging without it. Discord allows three in all."""
LONGEST = 600.0
"""Seconds that a call of the front door may take. An interaction can be answered for 15 minutes."""
REMEMBERED = 5000

Call = Coroutine[object, object, Reply]


class Inbound:
    """Answers interactions: once each, within three seconds, privately, and never with silence."""

    def __init__(self, kindling: Kindling, rest: Rest, patience: float, files: Files) -> None:
        self._kindling = kindling
        self._files = files
        self._rest = rest
        self._patience = patience
        self._held = HeldForms(kindling.clock)
        self._recent: dict[str, None] = {}

    async def handle(self, incoming: Incoming) -> None:
        """Carry out one interaction. A second delivery of it does nothing."""
        if incoming.id in self._recent:
            return
        self._recent[incoming.id] = None
        if len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]
        if incoming.kind is InteractionType.autocomplete:
            await self._suggest(incoming)
        elif call := self._call(incoming):
            await self._answer(incoming, call)

    def _call(self, incoming: Incoming) -> Call | None:
        """The one call that the interaction stands for; None when it is not ours."""
        actor = incoming.actor
        match incoming.kind:
            case InteractionType.application_command:
                return self._command(incoming)
            case InteractionType.component:
                action = Action.decode(incoming.custom_id)
                if action is None:
                    return None
                if action.name == OPEN:
                    return self._reopen(action.subject, actor.person.user)
                return self._kindling.press(actor, action, incoming.ref)
            case InteractionType.modal_submit:
                form = forms.decode(incoming.custom_id)
                return self._submit(incoming, *form) if form else None
            case _:
                return None

    def _command(self, incoming: Incoming) -> Call:
        """A slash command, or a message command, which is a menu."""
        actor, data = incoming.actor, incoming.data
        menu = commands.menu(self._kindling.menus, data)
        if menu is None:
            return self._kindling.command(actor, *commands.words(data))
        message = said.read(data, incoming.where, actor, incoming.me)
        return self._kindling.menu(actor, menu, replace(message, picture=self._files.picture(said.attachments(data))))

    async def _submit(self, incoming: Incoming, name: str, subject: str) -> Reply:
        values = forms.values(incoming.data.get("components"))
        files = await self._files.of(incoming.data)
        return await self._kindling.submit(incoming.actor, name, subject, values, files)

    async def _reopen(self, key: str, user: str) -> Reply:
        form = self._held.take(key, user)
        return Reply(form) if form else Reply(LOST, replace=True)

    async def _answer(self, incoming: Incoming, call: Call) -> None:
        answer = Answer(self._rest, incoming)
        task = asyncio.create_task(_safely(call))
        try:
            done, _ = await asyncio.wait({task}, timeout=self._patience)
            if not done:
                await answer.acknowledge()
            reply = await task
        finally:
            task.cancel()
        content, user = reply.content, incoming.actor.person.user
        if isinstance(content, Rejected):
            values = forms.values(incoming.data.get("components"))
            content = self._held.rejected(content, values, user)
        if isinstance(content, Form) and not answer.takes_forms:
            content = self._held.late(content, user)
        await answer.show(content, replace=reply.replace or incoming.spent, beside=reply.files)

    async def _suggest(self, incoming: Incoming) -> None:
        name, option, typed = commands.focused(incoming.data)
        kind = commands.kind_of(self._kindling.commands, name, option)
        found = self._kindling.suggest(kind, typed) if kind else ()
        await Answer(self._rest, incoming).suggest(commands.choices(found))


async def _safely(call: Call) -> Reply:
    """The reply to a call, or an apology for what went wrong in it."""
    try:
        async with asyncio.timeout(LONGEST):
            return await call
    except Exception:  # noqa: BLE001 - the top of every interaction
        error_id = new_id()[:8]
        _log.exception("discord.interaction_failed", error_id=error_id)
        return Reply(apology(error_id))
