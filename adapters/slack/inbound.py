"""From Slack to the front door: who is this, what do they want, one call, one private answer."""

import asyncio
import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from slack_bolt.request.internals import extract_team_id

from adapters.slack import drafts, forms, payload, said, uploads
from adapters.slack.answers import OUR_FAULT, Answers, Origin
from adapters.slack.emoji import from_short_name
from adapters.slack.forms import Memo
from adapters.slack.payload import Json
from adapters.slack.render import carries_key
from adapters.slack.work import Recent, Unkept, Work
from adapters.slack.workspaces import Workspace
from bot.app import Kindling
from bot.domain.commands import OptionKind
from bot.domain.errors import AdapterError, Unreachable
from bot.domain.forms import FieldKind, Form, Rejected
from bot.domain.message import Action, Reply
from bot.domain.places import Actor, MessageRef, Person, Place

log = structlog.get_logger(__name__)

PLATFORM = "slack"
REACTIONS = frozenset({"reaction_added", "reaction_removed"})
KEEPING = 2.5
"""Seconds within which a reaction is kept, or not acknowledged: Slack waits three."""
GROUPS = {"/kind": "kind", "/kindling": "kindling"}

_ENTITY = re.compile(r"<([^<>]*)>")
_SLACK_IS_BUSY = "Slack is not telling me who you are right now. Please try that again in a minute."


def typed_line(text: str) -> str:
    """The text after a command as it was typed, with channels and people by their ids."""
    return html.unescape(_ENTITY.sub(_entity, text)).strip()


def _entity(match: re.Match[str]) -> str:
    target, _, label = match.group(1).partition("|")
    if target.startswith(("#", "@")):
        return target[1:]
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    return label or target


class Inbound:
    """Takes payloads of one workspace, and calls the front door for them."""

    def __init__(
        self, kindling: Kindling, workspace: Workspace, *, answers: Answers, work: Work, recent: Recent, unkept: Unkept
    ) -> None:
        self._kindling = kindling
        self._team = workspace.team
        self._web = workspace.web
        self._people = workspace.people
        self._answers = answers
        self._work = work
        self._recent = recent
        self._unkept = unkept
        self._shared = said.Shared()
        self._keeping: dict[str, asyncio.Future[bool]] = {}

    def first_time(self, body: Json) -> bool:
        """Whether a payload is new: Slack sends some twice, and takes an exact replay for genuine."""
        return self._recent.first_time(payload.text(body, "event_id") or payload.text(body, "trigger_id"))

    # Commands, buttons, shortcuts

    def command(self, body: Json) -> None:
        """A slash command."""
        group = GROUPS.get(payload.text(body, "command"))
        if group is None or not self.first_time(body) or self._foreign(payload.text(body, "team_id")):
            return
        origin = Origin(
            user=str(body["user_id"]),
            channel=payload.text(body, "channel_id"),
            respond=payload.text(body, "response_url"),
            trigger=payload.text(body, "trigger_id"),
        )
        actor = self._unasked(origin, None)
        line = typed_line(payload.text(body, "text"))
        self._work.start("command", self._answer(origin, self._kindling.typed(actor, group, line)))

    def action(self, body: Json) -> None:
        """A button. What is none of ours is left alone."""
        if not self.first_time(body):
            return
        for pressed in payload.parts(body, "actions"):
            value = payload.text(pressed, "value")
            if pressed.get("action_id") == drafts.ACTION_ID:
                self._work.start("form", self._answers.reopen(value, _origin_of_press(body)))
            elif (action := Action.decode(value or payload.text(pressed, "action_id"))) is not None:
                origin = _origin_of_press(body)
                pressed_by, ref = self._unasked(origin, body), self._pressed_message(body)
                self._work.start("press", self._answer(origin, self._kindling.press(pressed_by, action, ref)))

    def shortcut(self, body: Json) -> None:
        """A shortcut; its callback id is the name of a command, or one made of a menu's."""
        name, menu = payload.text(body, "callback_id"), said.menu(body)
        known = menu is not None or any(command.name == name for command in self._kindling.commands)
        if not known or not self.first_time(body):
            return
        origin = Origin(
            user=str(body["user"]["id"]),
            channel=payload.text(payload.part(body, "channel"), "id"),
            respond=payload.text(body, "response_url"),
            trigger=payload.text(body, "trigger_id"),
        )
        if menu is not None:
            self._work.start("menu", self._menu(origin, menu, body))
        else:
            actor = self._unasked(origin, body)
            self._work.start("shortcut", self._answer(origin, self._kindling.command(actor, name, {})))

    async def _menu(self, origin: Origin, name: str, body: Json) -> None:
        """Who asks and where it is are asked of Slack at once: both have to be there while a form can be opened."""
        actor, readers = await asyncio.gather(
            self._actor(origin), said.readers(self._web, body, self._team, self._shared)
        )
        if actor is not None:
            message = said.read(body, Place(PLATFORM, self._team, origin.channel), readers, self._people)
            message = replace(message, picture=uploads.picture(self._web, payload.part(body, "message")))
            await self._answer(origin, self._kindling.menu(actor, name, message))

    # Forms

    async def submission(self, body: Json, patience: float) -> Json:
        """The acknowledgement of a submitted form, at most `patience` seconds later.

        A form that is answered in time shows its problems or closes; the answer to a slow one comes as a
        private message, with what was typed.
        """
        view = payload.part(body, "view")
        if not payload.text(view, "callback_id").startswith(forms.CALLBACK_PREFIX) or not self.first_time(body):
            return {}
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._work.start("submit", self._submit(body, answer))
        done, _ = await asyncio.wait({answer}, timeout=patience)
        if done:
            return answer.result()
        answer.cancel()
        return {"response_action": "clear"}

    async def _submit(self, body: Json, answer: "asyncio.Future[Json]") -> None:
        view = payload.part(body, "view")
        memo = Memo.decode(payload.text(view, "private_metadata"))
        name = payload.text(view, "callback_id").removeprefix(forms.CALLBACK_PREFIX)
        values = forms.values(payload.part(view, "state"))
        origin = Origin(str(body["user"]["id"]), memo.channel, memo.respond, private=memo.private)
        try:
            actor = await self._known(origin)
            files = await uploads.received(self._web, forms.uploads(payload.part(view, "state")))
            reply = await self._kindling.submit(actor, name, memo.subject, values, files)
            await self._settle(reply, view, origin, answer)
        except AdapterError as error:
            log.warning("slack.submitter_unknown", user=origin.user, code=str(error))
            sentence = error.sentence if isinstance(error, Unreachable) else _SLACK_IS_BUSY
            await self._keep_open(view, sentence, origin, answer)
        except Exception:
            log.exception("slack.submit_failed", user=origin.user, form=name)
            await self._keep_open(view, OUR_FAULT, origin, answer)

    async def _settle(self, reply: Reply, view: Json, origin: Origin, answer: "asyncio.Future[Json]") -> None:
        memo, there = Memo.decode(payload.text(view, "private_metadata")), forms.inputs(view)
        if isinstance(reply.content, Rejected):
            told = reply.content
            if not there or not _give(answer, {"response_action": "errors", "errors": forms.problems(told, there)}):
                again = Rejected(told.problems, drafts.prefilled(told.form, forms.values(payload.part(view, "state"))))
                await self._answers.show(replace(reply, content=again), origin, memo.subject)
        elif isinstance(reply.content, Form) and isinstance(
            shown := forms.possible(reply.content, self._web.granted), Form
        ):
            following = replace(memo, subject=shown.subject)
            if not _give(answer, {"response_action": "update", "view": forms.modal(shown, following)}):
                await self._answers.show(reply, origin)
        else:
            _give(answer, {"response_action": "clear"})
            await self._answers.show(reply, origin)

    async def _keep_open(self, view: Json, sentence: str, origin: Origin, answer: "asyncio.Future[Json]") -> None:
        """The form stays as it is, with a sentence, so that nothing that was typed is lost."""
        there = forms.inputs(view)
        if not there or not _give(answer, {"response_action": "errors", "errors": {there[0]: sentence}}):
            await self._answers.apologise(sentence, origin)

    def suggestions(self, body: Json) -> list[Json]:
        """What completes the text that is being typed into a select."""
        if forms.kind_of(payload.text(body, "action_id")) is not FieldKind.ZONE:
            return []
        return forms.suggestions(self._kindling.suggest(OptionKind.ZONE, payload.text(body, "value")))

    # Events

    def event(self, body: Json) -> None:
        """An event; those without a meaning here are only acknowledged."""
        event = payload.part(body, "event")
        if not self.first_time(body):
            return
        match event:
            case {"type": "app_uninstalled"}:
                self._leave(body)
            case {"type": "tokens_revoked"} if payload.texts(payload.part(event, "tokens"), "bot"):
                self._leave(body)
            case _:
                pass

    async def reaction(self, body: Json) -> bool:
        """A reaction; whether Slack may forget it: it is kept, or it has no meaning here.

        Its id counts as seen only then, so that what Slack sends again is taken again.
        """
        self._shared.hear(body, payload.text(payload.part(payload.part(body, "event"), "item"), "channel"))
        event_id = payload.text(body, "event_id")
        if event_id in self._recent:
            return True
        under_way = self._keeping.get(event_id)
        if under_way is not None:
            return await asyncio.shield(under_way)
        kept = self._keeping[event_id] = asyncio.get_running_loop().create_future()
        try:
            kept.set_result(await self._keep(body))
        finally:
            del self._keeping[event_id]
            kept.cancel()
        if kept.result():
            self._recent.first_time(event_id)
        return kept.result()

    async def _keep(self, body: Json) -> bool:
        before = self._unkept.number
        try:
            async with asyncio.timeout(KEEPING):
                await self._reaction(extract_team_id(body) or self._team, payload.part(body, "event"))
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is not kept
            self._unkept.one_more(error)
            return False
        self._unkept.over(before)
        return True

    async def _reaction(self, team: str, event: Json) -> None:
        """In a channel that companies share, Slack may name any of them as the team, whoever wrote the message."""
        user, item, author = payload.text(event, "user"), payload.part(event, "item"), payload.text(event, "item_user")
        place = Place(PLATFORM, self._team, payload.text(item, "channel"))
        ref = MessageRef(place, payload.text(item, "ts"))
        if not (user and ref.message) or self._people.others(author) or (not author and self._foreign(team)):
            return
        if await self._people.bot(user):
            return
        await self._kindling.reacted(
            Person(PLATFORM, self._team, user),
            ref,
            from_short_name(payload.text(event, "reaction")),
            present=event["type"] == "reaction_added",
            at=instant(payload.text(event, "event_ts")),
        )

    def _leave(self, body: Json) -> None:
        team = payload.text(body, "team_id") or self._team
        self._work.tell("left", partial(self._kindling.left, PLATFORM, team))

    # Who

    def _unasked(self, origin: Origin, body: Json | None) -> Actor:
        """Who acts, as far as the payload tells: Slack is asked behind the front door, for what needs it.

        Slack names the workspace of whoever presses a button. Another one than ours may still be of one organisation
        with it, with them in both, so that is left open. A typed command names only where it was typed.
        """
        self._people.meet(origin.user)
        own = body is not None and self._people.of_this_workspace(payload.part(body, "user"))
        person = Person(PLATFORM, self._team, origin.user)
        return Actor(person, channel=origin.channel, stranger=False if own else None, asked=False)

    async def _actor(self, origin: Origin) -> Actor | None:
        """Who acts, with the rights of this moment; None after telling them that Slack does not say."""
        try:
            return await self._known(origin)
        except AdapterError as error:
            log.warning("slack.actor_unknown", user=origin.user, code=str(error))
            await self._answers.apologise(error.sentence if isinstance(error, Unreachable) else _SLACK_IS_BUSY, origin)
            return None

    async def _known(self, origin: Origin) -> Actor:
        standing = await self._people.standing(origin.user)
        person = Person(PLATFORM, self._team, origin.user)
        found = Actor(person, standing.may_moderate, origin.channel, standing.zone, standing.name)
        return replace(found, stranger=standing.stranger)

    async def _answer(self, origin: Origin, calling: Any) -> None:  # noqa: ANN401 - a coroutine of the front door
        try:
            reply: Reply = await calling
        except Exception:
            await self._answers.apologise(OUR_FAULT, origin)
            raise
        await self._answers.show(reply, origin)

    def _foreign(self, team: str) -> bool:
        """Whether something comes from a workspace that this adapter has no token for."""
        if team == self._team:
            return False
        log.info("slack.other_workspace", team=team)
        return True

    def _pressed_message(self, body: Json) -> MessageRef | None:
        """The channel message that the button is on; the key in it tells our posts from private answers."""
        container = payload.part(body, "container")
        if not carries_key(payload.part(body, "message")):
            return None
        place = Place(PLATFORM, self._team, str(container["channel_id"]))
        return MessageRef(place, str(container["message_ts"]))


def instant(ts: str) -> datetime:
    """Slack's time stamp, seconds with six digits, without the error of a float."""
    seconds, _, micros = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros[:6].ljust(6, "0")))


def _origin_of_press(body: Json) -> Origin:
    container = payload.part(body, "container")
    channel = payload.text(container, "channel_id") or payload.text(payload.part(body, "channel"), "id")
    memo = Memo.decode(payload.text(payload.part(body, "view"), "private_metadata"))
    return Origin(
        user=str(body["user"]["id"]),
        channel=channel or memo.channel,
        respond=payload.text(body, "response_url") or memo.respond,
        trigger=payload.text(body, "trigger_id"),
        private=container.get("is_ephemeral") is True or channel.startswith("D"),
    )


def _give(answer: "asyncio.Future[Json]", content: Json) -> bool:
    """Put the acknowledgement in; False when it is too late for that."""
    if answer.done():
        return False
    answer.set_result(content)
    return True
