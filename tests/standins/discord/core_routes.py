"""The application, its user, the guilds it is in and the way to the gateway, over REST."""

from __future__ import annotations

from . import errors
from .errors import FormErrors
from .rest import Answer, Call, Routes
from .values import Json, Permission
from .world import Guild, World

routes = Routes()


def application(world: World) -> Json:
    return {
        "id": world.application_id,
        "name": world.bot.name,
        "description": "",
        "icon": None,
        "type": None,
        "bot": world.bot.json(),
        "bot_public": True,
        "bot_require_code_grant": world.requires_code_grant,
        "owner": world.owner.json(),
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "summary": "",
        "is_monetized": False,
        "hook": True,
        "integration_types_config": {"0": {}},
        "interactions_endpoint_url": None,
        "approximate_guild_count": len(world.guilds),
        "redirect_uris": [],
    }


@routes.add("GET", "/applications/@me")
def get_application(call: Call) -> Answer:
    return 200, application(call.world)


@routes.add("GET", "/oauth2/applications/@me")
def get_oauth2_application(call: Call) -> Answer:
    return 200, application(call.world)


@routes.add("GET", "/users/@me")
def get_me(call: Call) -> Answer:
    own = {"verified": True, "mfa_enabled": True, "email": None, "locale": "en-US"}
    return 200, call.world.bot.json() | own


@routes.add("GET", "/users/{user_id}")
def get_user(call: Call) -> Answer:
    user = call.world.users.get(call.args["user_id"])
    if user is None:
        raise errors.unknown_user()
    return 200, user.json()


@routes.add("GET", "/users/@me/guilds")
def list_guilds(call: Call) -> Answer:
    limit = call.number("limit", 200, 1, 200)
    after = int(call.query.get("after", "0"))
    guilds = sorted(call.world.guilds.values(), key=lambda guild: int(guild.id))
    shown = [guild for guild in guilds if int(guild.id) > after][:limit]
    return 200, [
        {
            "id": guild.id,
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(guild.permissions_of(call.world.bot))),
            "features": [],
        }
        for guild in shown
    ]


@routes.add("DELETE", "/users/@me/guilds/{guild_id}")
def leave_guild(call: Call) -> Answer:
    call.world.leave(guild_of(call))
    return 204, None


@routes.add("POST", "/users/@me/channels")
def open_dm(call: Call) -> Answer:
    """The direct channel with a person. Opening works for anyone; sending may not."""
    recipient = call.world.users.get(str(call.json.get("recipient_id")))
    if recipient is None or recipient is call.world.bot:
        form = FormErrors()
        form.add("recipient_id", "INVALID_RECIPIENT", "Unknown or unfit recipient")
        form.refuse()
        raise errors.unknown_user()
    return 200, call.world.dm(recipient).json()


def guild_of(call: Call) -> Guild:
    guild = call.world.guilds.get(call.args["guild_id"])
    if guild is None:
        raise errors.unknown_guild()
    return guild


@routes.add("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Answer:
    return 200, guild_of(call).json()


@routes.add("GET", "/guilds/{guild_id}/channels")
def list_channels(call: Call) -> Answer:
    return 200, [channel.json() for channel in guild_of(call).channels]


@routes.add("GET", "/guilds/{guild_id}/roles")
def list_roles(call: Call) -> Answer:
    return 200, [role.json() for role in guild_of(call).roles]


@routes.add("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Answer:
    member = guild_of(call).members.get(call.args["user_id"])
    if member is None:
        raise errors.unknown_member()
    return 200, member.json()


@routes.add("GET", "/guilds/{guild_id}/threads/active")
def list_threads(call: Call) -> Answer:
    guild_of(call)
    return 200, {"threads": [], "members": []}


@routes.add("DELETE", "/channels/{channel_id}")
def delete_channel(call: Call) -> Answer:
    channel = call.world.channels.get(call.args["channel_id"])
    if channel is None:
        raise errors.unknown_channel()
    if not channel.permissions_of(call.world.bot) & Permission.MANAGE_CHANNELS:
        raise errors.missing_permissions()
    call.world.delete_channel(channel)
    return 200, channel.json()


@routes.add("GET", "/gateway")
def get_gateway(call: Call) -> Answer:
    return 200, {"url": call.world.gateway_url}


@routes.add("GET", "/gateway/bot")
def get_bot_gateway(call: Call) -> Answer:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
    return 200, {"url": call.world.gateway_url, "shards": call.world.shards, "session_start_limit": limit}
