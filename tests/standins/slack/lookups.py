"""Methods that tell what is there: who the bot is, users, teams, conversations and reactions."""

import datetime as dt
import re
import zoneinfo

from .blocks import Surface, check_blocks, check_view
from .chat import message_json, reactions_json
from .elements import Problem
from .shapes import Json, as_list, as_object
from .state import ApiError
from .webapi import Call, Handler
from .world import Channel, Team, User, UserGroup

_TS = re.compile(r"\d{1,16}(\.\d{1,6})?")


def api_test(call: Call) -> Json:
    return {"args": call.args.values}


def auth_test(call: Call) -> Json:
    team = call.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": call.state.world.bot_of(team).name,
        "team_id": team.id,
        "user_id": team.bot_user_id,
        "bot_id": team.bot_id,
        "is_enterprise_install": team.org_wide,
    }


def connections_open(call: Call) -> Json:
    return {"url": call.state.new_socket_url()}


def user_json(user: User, *, locale: bool = False) -> Json:
    zone = zoneinfo.ZoneInfo(user.tz)
    offset = dt.datetime.now(zone).utcoffset() or dt.timedelta()
    real_name = user.real_name or user.name.title()
    display_name = user.name if user.display_name is None else user.display_name
    found: Json = {
        "id": user.id,
        "team_id": user.team.id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": {"real_name": real_name, "display_name": display_name, "team": user.team.id},
        "is_bot": user.bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }
    if user.deleted:
        return found
    found |= {
        "real_name": real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()),
        "is_admin": user.admin or user.owner,
        "is_owner": user.owner,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
    }
    return found | ({"locale": user.locale} if locale else {})


def users_info(call: Call) -> Json:
    user = call.state.world.users.get(call.args.string("user"))
    if user is None or not _known_to(call, user):
        raise ApiError("user_not_found")
    return {"user": user_json(user, locale=call.args.flag("include_locale"))}


def _known_to(call: Call, user: User) -> bool:
    """People of the team, and those of other companies in a channel shared with it."""
    shared = (c for c in call.state.world.channels.values() if c.team is call.team and c.shared)
    return user.team is call.team or any(user in channel.members for channel in shared)


def users_list(call: Call) -> Json:
    members = [user_json(user) for user in call.state.world.users.values() if user.team is call.team]
    return {"members": members, "cache_ts": int(call.state.clock.now()), "response_metadata": {"next_cursor": ""}}


def usergroups_list(call: Call) -> Json:
    groups = [group for group in call.state.world.groups.values() if group.team is call.team]
    if call.args.flag("include_users"):
        return {"usergroups": [_group_json(group) | {"users": [user.id for user in group.users]} for group in groups]}
    return {"usergroups": [_group_json(group) for group in groups]}


def usergroups_users_list(call: Call) -> Json:
    group = call.state.world.groups.get(call.args.string("usergroup"))
    if group is None or group.team is not call.team:
        raise ApiError("no_such_subteam")
    return {"users": [user.id for user in group.users]}


def _group_json(group: UserGroup) -> Json:
    return {
        "id": group.id,
        "team_id": group.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.users),
    }


def team_info(call: Call) -> Json:
    wanted = call.args.string("team")
    if wanted and wanted != call.team.id:
        raise ApiError("team_not_found")
    return {"team": team_json(call.team)}


def team_json(team: Team) -> Json:
    return {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}


def channel_json(channel: Channel) -> Json:
    if channel.is_im:
        return {"id": channel.id, "is_im": True, "is_archived": channel.archived, "user": channel.members[0].id}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": channel.kind == "public",
        "is_group": False,
        "is_im": False,
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "is_member": channel.bot_in,
        "is_ext_shared": channel.shared,
        "is_shared": channel.shared,
        "is_org_shared": False,
        "context_team_id": channel.team.id,
    }


def conversations_open(call: Call) -> Json:
    world, args = call.state.world, call.args
    if args.has("channel"):
        channel = world.find_channel(args.string("channel"), call.team)
        if channel is None:
            raise ApiError("channel_not_found")
        if not channel.is_im:
            raise ApiError("method_not_supported_for_channel_type")
        return {"channel": {"id": channel.id}}
    ids = [part for part in args.string("users").split(",") if part]
    if not ids:
        raise ApiError("users_list_not_supplied")
    users = [world.users.get(user_id) for user_id in ids]
    [user, *others] = users
    if user is None or user.team is not call.team or None in others:
        raise ApiError("user_not_found")
    if user.deleted or user.bot:
        raise ApiError("user_disabled" if user.deleted else "user_not_visible")
    if others:
        raise ApiError("invalid_user_combination")
    before = world.direct(user)
    if before is None and args.flag("prevent_creation"):
        return {"no_op": True, "channel": None}
    channel = world.open_direct(user)
    again: Json = {"no_op": True, "already_open": True} if before else {}
    return {**again, "channel": channel_json(channel) if args.flag("return_im") else {"id": channel.id}}


def conversations_info(call: Call) -> Json:
    return {"channel": channel_json(_known_channel(call))}


def conversations_list(call: Call) -> Json:
    types = set((call.args.string("types") or "public_channel").split(","))
    kinds = {kind for kind, name in _TYPE_OF_KIND.items() if name in types}
    found = [
        channel_json(channel)
        for channel in call.state.world.channels.values()
        if channel.team is call.team
        and channel.kind in kinds
        and not channel.deleted
        and (channel.kind == "public" or channel.bot_in)
        and not (channel.archived and call.args.flag("exclude_archived"))
    ]
    return {"channels": found, "response_metadata": {"next_cursor": ""}}


_TYPE_OF_KIND = {"public": "public_channel", "private": "private_channel", "im": "im", "mpim": "mpim"}


def conversations_members(call: Call) -> Json:
    channel = _known_channel(call)
    bots = [channel.team.bot_user_id] if channel.bot_in else []
    return {"members": [*(user.id for user in channel.members), *bots], "response_metadata": {"next_cursor": ""}}


def conversations_history(call: Call) -> Json:
    """Newest first. Metadata comes only with `include_all_metadata`."""
    channel = _known_channel(call)
    if not channel.bot_in:
        raise ApiError("not_in_channel")
    args = call.args
    oldest, latest = float(args.string("oldest") or 0), float(args.string("latest") or "inf")
    limit = int(args.string("limit") or 100)
    before = float(args.string("cursor") or "inf")
    inclusive = args.flag("inclusive")
    found: list[Json] = []
    for message in reversed(call.state.world.messages(channel)):
        ts = float(message.ts)
        inside = oldest <= ts <= latest if inclusive else oldest < ts < latest
        if not inside or ts >= before or message.thread_ts not in {None, message.ts}:
            continue
        reactions = reactions_json(message, full=False)
        shown = message_json(message) | ({"reactions": reactions} if reactions else {})
        if args.flag("include_all_metadata") and message.metadata:
            shown["metadata"] = message.metadata
        found.append(shown)
    page, more = found[:limit], len(found) > limit
    return {
        "messages": page,
        "has_more": more,
        "response_metadata": {"next_cursor": page[-1]["ts"] if more else ""},
    }


def reactions_get(call: Call) -> Json:
    """A message without reactions comes without the field `reactions`, as Slack sends it; metadata never comes."""
    args = call.args
    if not args.has("channel") or not args.has("timestamp"):
        raise ApiError("no_item_specified")
    if not _TS.fullmatch(args.string("timestamp")):
        raise ApiError("bad_timestamp")
    channel = _known_channel(call)
    if not channel.bot_in:
        raise ApiError("channel_not_found")
    message = call.state.world.find_message(channel, args.string("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    reactions = reactions_json(message, full=args.flag("full"))
    shown = message_json(message) | ({"reactions": reactions} if reactions else {})
    return {"type": "message", "channel": channel.id, "message": {**shown, "permalink": message.permalink}}


def blocks_validate(call: Call) -> Json:
    sent = [name for name in ("blocks", "message", "view") if call.args.has(name)]
    if len(sent) != 1:
        told = ["must provide exactly one of `blocks`, `view`, or `message`"]
        raise ApiError("invalid_arguments", response_metadata={"messages": told})
    [name] = sent
    error = f"invalid_{name}"
    try:
        value = call.args.decoded(name)
    except ValueError:
        raise ApiError(error) from None
    if problems := _problems(name, value):
        errors = [{"code": "failed_constraint", "message": p.message, "pointer": p.pointer} for p in problems]
        raise ApiError(error, errors=errors)
    return {}


def _problems(name: str, value: object) -> list[Problem]:
    whole = as_object(value)
    if name == "view" and whole is not None:
        surface: Surface = "home" if whole.get("type") == "home" else "modal"
        return check_view(whole, surface)
    blocks = as_list(value if name == "blocks" else (whole or {}).get("blocks"))
    return [Problem("", "must provide an array")] if blocks is None else check_blocks(blocks, "message").problems


def bots_info(call: Call) -> Json:
    if call.args.string("bot") not in {"", call.team.bot_id}:
        raise ApiError("bot_not_found")
    world = call.state.world
    bot = {"id": call.team.bot_id, "app_id": world.app_id, "user_id": call.team.bot_user_id, "name": "kindling"}
    return {"bot": {**bot, "deleted": False}}


def _known_channel(call: Call) -> Channel:
    channel = call.state.world.find_channel(call.args.string("channel"), call.team)
    if channel is None:
        raise ApiError("channel_not_found")
    return channel


LOOKUPS: dict[str, Handler] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "blocks.validate": blocks_validate,
    "bots.info": bots_info,
    "conversations.history": conversations_history,
    "conversations.info": conversations_info,
    "conversations.list": conversations_list,
    "conversations.members": conversations_members,
    "conversations.open": conversations_open,
    "reactions.get": reactions_get,
    "team.info": team_info,
    "usergroups.list": usergroups_list,
    "usergroups.users.list": usergroups_users_list,
    "users.info": users_info,
    "users.list": users_list,
}
