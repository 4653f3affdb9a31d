"""Registering application commands, for everyone or for one guild."""

from __future__ import annotations

from . import errors
from .command_rules import CHAT, check_command, check_commands
from .errors import FormErrors
from .rest import Answer, Call, Routes
from .values import Json
from .world import World

routes = Routes()
EVERYWHERE = "/applications/{application_id}/commands"
IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
KEPT = ("name", "name_localizations", "description", "description_localizations", "options", "nsfw")


def scope_of(call: Call) -> str | None:
    if call.args["application_id"] != call.world.application_id:
        raise errors.missing_access()
    guild_id = call.args.get("guild_id")
    if guild_id is not None and guild_id not in call.world.guilds:
        raise errors.missing_access()
    return guild_id


def registered(world: World, body: Json, scope: str | None, known: list[Json]) -> Json:
    """As Discord keeps it: with an id that stays as long as type and name do."""
    kind = body.get("type") or CHAT
    same = [one for one in known if one["type"] == kind and one["name"] == body["name"]]
    permissions = body.get("default_member_permissions")
    command: Json = {key: body[key] for key in KEPT if key in body}
    command |= {
        "id": same[0]["id"] if same else world.ids.new(),
        "type": kind,
        "application_id": world.application_id,
        "version": world.ids.new(),
        "description": body.get("description") or "",
        "default_member_permissions": None if permissions is None else str(permissions),
        "dm_permission": body.get("dm_permission", True),
        "contexts": body.get("contexts"),
        "integration_types": body.get("integration_types") or [0],
    }
    return command | ({"guild_id": scope} if scope else {})


def _list(call: Call) -> Answer:
    return 200, call.world.commands.of(scope_of(call))


def _replace(call: Call) -> Answer:
    scope = scope_of(call)
    form = FormErrors()
    check_commands(call.body, form)
    form.refuse()
    known = call.world.commands.of(scope)
    commands = [registered(call.world, body, scope, known) for body in call.body]
    call.world.commands.put(scope, commands)
    return 200, commands


def _create(call: Call) -> Answer:
    """One command; the same name again replaces the first."""
    scope = scope_of(call)
    form = FormErrors()
    check_command(call.body, form, "")
    form.refuse()
    known = call.world.commands.of(scope)
    command = registered(call.world, call.body, scope, known)
    others = [one for one in known if one["id"] != command["id"]]
    check_commands([*others, call.body], form)
    form.refuse()
    call.world.commands.put(scope, [*others, command])
    return 200 if len(others) < len(known) else 201, command


def _one(call: Call) -> tuple[str | None, Json]:
    scope = scope_of(call)
    for command in call.world.commands.of(scope):
        if command["id"] == call.args["command_id"]:
            return scope, command
    raise errors.unknown_command()


def _get(call: Call) -> Answer:
    return 200, _one(call)[1]


def _delete(call: Call) -> Answer:
    scope, command = _one(call)
    call.world.commands.of(scope).remove(command)
    return 204, None


for _base in (EVERYWHERE, IN_GUILD):
    routes.add("GET", _base)(_list)
    routes.add("PUT", _base)(_replace)
    routes.add("POST", _base)(_create)
    routes.add("GET", _base + "/{command_id}")(_get)
    routes.add("DELETE", _base + "/{command_id}")(_delete)
