"""Interactions: what a person did, and the answers that the bot gives to it over REST."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from . import errors, posting
from .command_rules import check_choice
from .errors import FormErrors
from .modal_rules import check_modal
from .rest import Answer, Call, Routes
from .values import EPHEMERAL, LOADING, InteractionType, Json, OptionType, inside, listed
from .world import Channel, Message, User, World

routes = Routes()

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FITTING = {
    InteractionType.COMMAND: {MESSAGE, DEFERRED_MESSAGE, MODAL},
    InteractionType.COMPONENT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL},
    InteractionType.AUTOCOMPLETE: {CHOICES},
    InteractionType.MODAL: {MESSAGE, DEFERRED_MESSAGE},
}
TOKEN_LIFE = timedelta(minutes=15)
SCRATCH = "@original"


@dataclass(eq=False, slots=True, repr=False)
class Interaction:
    """One slash command, press, autocomplete or modal, from its event to its last follow-up."""

    world: World
    id: str
    token: str
    type: InteractionType
    user: User
    channel: Channel
    data: Json
    created: datetime
    deadline: float
    message: Message | None = None
    parent: Interaction | None = None
    response: Json | None = None
    answered_at: float = 0.0
    original: Message | None = None
    followups: list[Message] = field(default_factory=list[Message])
    edits: int = 0

    def __repr__(self) -> str:
        return f"<Interaction {self.type.name} {self.id} by {self.user.name}>"

    @property
    def response_type(self) -> int:
        return self.response["type"] if self.response else 0

    @property
    def expired(self) -> bool:
        return self.world.now() - self.created > TOKEN_LIFE

    def metadata(self) -> Json:
        owners = {"0": self.channel.guild.id} if self.channel.guild else {"0": "0"}
        shown: Json = {
            "id": self.id,
            "type": int(self.type),
            "user": self.user.json(),
            "authorizing_integration_owners": owners,
        }
        if self.type == InteractionType.COMPONENT and self.message is not None:
            shown["interacted_message_id"] = self.message.id
        if self.type == InteractionType.MODAL and self.parent is not None:
            shown["triggering_interaction_metadata"] = self.parent.metadata()
        return shown

    def payload(self) -> Json:
        """The body of INTERACTION_CREATE."""
        guild = self.channel.guild
        payload: Json = {
            "id": self.id,
            "application_id": self.world.application_id,
            "type": int(self.type),
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": self.channel.id,
            "channel": self.channel.json(),
            "locale": self.user.locale,
            "app_permissions": str(int(self.channel.permissions_of(self.world.bot))),
            "authorizing_integration_owners": {"0": guild.id if guild else "0"},
            "context": 0 if guild else 1,
            "attachment_size_limit": 10 * 1024 * 1024,
            "entitlements": [],
            "entitlement_sku_ids": [],
        }
        if guild is None:
            payload["user"] = self.user.json()
        else:
            payload["channel"] = self.channel.interaction_json(self.user)
            payload["member"] = guild.members[self.user.id].json(self.channel)
            payload["guild"] = {"id": guild.id, "locale": guild.locale, "features": []}
            payload |= {"guild_id": guild.id, "guild_locale": guild.locale}
        if self.message is not None:
            payload["message"] = self.message.json()
        return payload


def interaction_of(call: Call) -> Interaction:
    """The interaction of a webhook address, once it was answered and while its token lives."""
    found = next((one for one in call.world.interactions.values() if one.token == call.args["token"]), None)
    if call.args["webhook_id"] != call.world.application_id or found is None:
        raise errors.unknown_webhook()
    if found.expired:
        raise errors.invalid_webhook_token()
    if found.response is None:
        raise errors.unknown_webhook()
    return found


@routes.add("POST", "/interactions/{interaction_id}/{token}/callback")
def answer(call: Call) -> Answer:
    """The first and only direct answer, within the deadline."""
    interaction = call.world.interactions.get(call.args["interaction_id"])
    if interaction is None or interaction.token != call.args["token"]:
        raise errors.unknown_interaction()
    if interaction.response is not None:
        raise errors.already_acknowledged()
    now = asyncio.get_running_loop().time()
    if now > interaction.deadline:
        raise errors.unknown_interaction()
    body = call.json
    kind = body.get("type")
    fitting = FITTING[interaction.type]
    if interaction.type == InteractionType.MODAL and interaction.message is not None:
        fitting = fitting | {DEFERRED_UPDATE, UPDATE}
    if kind not in fitting:
        form = FormErrors()
        form.add("type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(sorted(fitting))}.")
        form.refuse()
    _carry_out(interaction, body, call)
    interaction.response = body
    interaction.answered_at = now
    call.world.changed()
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return 204, None
    return 200, callback_json(interaction)


def _carry_out(interaction: Interaction, body: Json, call: Call) -> None:
    data = inside(body, "data")
    match body["type"]:
        case 4:
            interaction.original = say(interaction, data, call, path="data")
        case 5:
            interaction.original = _thinking(interaction, data)
        case 6:
            interaction.original = interaction.message
        case 7 if interaction.message is not None:
            interaction.original = posting.edit(interaction.message, data, call.files, path="data")
        case 8:
            _check_choices(interaction, data)
        case _:
            form = FormErrors()
            check_modal(data, form)
            form.refuse()


def say(interaction: Interaction, data: Json, call: Call, *, path: str = "") -> Message:
    only_for = interaction.user if (data.get("flags") or 0) & EPHEMERAL else None
    return posting.create(
        interaction.channel,
        interaction.world.bot,
        {key: value for key, value in data.items() if key not in ("nonce", "enforce_nonce")},
        call.files,
        interaction=interaction,
        only_for=only_for,
        path=path,
    )


def _thinking(interaction: Interaction, data: Json) -> Message:
    world = interaction.world
    flags = data.get("flags") or 0
    if flags & ~EPHEMERAL:
        form = FormErrors()
        form.add("data.flags", "MESSAGE_FLAGS_INVALID", "A deferral may be ephemeral, and nothing else.")
        form.refuse()
    ephemeral = flags & EPHEMERAL
    message = Message(interaction.channel, world.ids.new(), world.bot, world.now(), interaction=interaction)
    message.flags = LOADING | ephemeral
    message.only_for = interaction.user if ephemeral else None
    interaction.channel.messages.append(message)
    return message


def _check_choices(interaction: Interaction, data: Json) -> None:
    form = FormErrors()
    choices = listed(data, "choices")
    if len(choices) > 25:
        form.add("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    kind = focused(interaction.data).get("type", OptionType.STRING)
    for index, choice in enumerate(choices):
        check_choice(choice, kind, form, f"data.choices.{index}")
    form.refuse()


def focused(data: Json) -> Json:
    """The option that the person is typing in, however deep it stands."""
    for option in listed(data, "options"):
        if option.get("focused"):
            return option
        deeper = focused(option)
        if deeper:
            return deeper
    return {}


def callback_json(interaction: Interaction) -> Json:
    told: Json = {"id": interaction.id, "type": int(interaction.type)}
    original = interaction.original
    shown: Json = {"interaction": told}
    if original is not None:
        told |= {
            "response_message_id": original.id,
            "response_message_loading": bool(original.flags & LOADING),
            "response_message_ephemeral": original.ephemeral,
        }
        shown["resource"] = {"type": interaction.response_type, "message": original.json()}
    return shown


@routes.add("POST", "/webhooks/{webhook_id}/{token}")
def follow_up(call: Call) -> Answer:
    """A further message. The first one after a deferral takes the place of "is thinking"."""
    interaction = interaction_of(call)
    original = interaction.original
    if original is not None and original.flags & LOADING:
        _fill_thinking(interaction, original, call)
        return 200, original.json()
    message = say(interaction, call.json, call)
    interaction.followups.append(message)
    call.world.changed()
    return 200, message.json()


def _fill_thinking(interaction: Interaction, original: Message, call: Call) -> None:
    if not call.json and not call.files:
        raise errors.empty_message()
    posting.edit(original, call.json, call.files)
    original.edited = None
    interaction.edits += 1


def _message_of(call: Call) -> tuple[Interaction, Message]:
    interaction = interaction_of(call)
    if call.args["message_id"] == SCRATCH:
        message = interaction.original
    else:
        known = [*interaction.followups, *([interaction.original] if interaction.original else [])]
        message = next((one for one in known if one.id == call.args["message_id"]), None)
    if message is None or message.deleted:
        raise errors.unknown_message()
    return interaction, message


@routes.add("GET", "/webhooks/{webhook_id}/{token}/messages/{message_id}")
def get_answer(call: Call) -> Answer:
    return 200, _message_of(call)[1].json()


@routes.add("PATCH", "/webhooks/{webhook_id}/{token}/messages/{message_id}")
def edit_answer(call: Call) -> Answer:
    interaction, message = _message_of(call)
    posting.edit(message, call.json, call.files)
    interaction.edits += 1
    return 200, message.json()


@routes.add("DELETE", "/webhooks/{webhook_id}/{token}/messages/{message_id}")
def delete_answer(call: Call) -> Answer:
    _, message = _message_of(call)
    posting.delete(message)
    return 204, None
