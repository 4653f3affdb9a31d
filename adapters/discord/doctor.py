"""What an operator wants to know about the connection to Discord, and how to mend it."""

from collections.abc import Mapping, Sequence
from typing import cast

import discord

from adapters.discord.connection import log_in
from adapters.discord.errors import translated
from adapters.discord.rest import Rest
from adapters.discord.rights import INVITED_WITH
from adapters.discord.settings import DISCORD_API, DiscordSettings
from bot.domain.errors import AdapterError, Unreachable
from bot.domain.places import Finding

SCOPES = ("bot", "applications.commands")
_PRIVILEGED = ("gateway_presence", "gateway_guild_members", "gateway_message_content")


async def examined(client: discord.Client, settings: DiscordSettings) -> Sequence[Finding]:
    """Everything that can be found out over REST. Raises nothing, and never shows the token."""
    try:
        await log_in(client, settings)
    except Unreachable as error:
        if error.code == "discord.wrong_address":
            sentence = f"{settings.api_url} is not Discord's API; the token was not tested."
            return (Finding("discord.api", good=False, sentence=sentence, cure=error.sentence),)
        token = Finding("discord.token", good=False, sentence="The token is refused.", cure=error.sentence)
        return _reachable(settings), token
    except AdapterError as error:
        return (_out_of_reach(settings, error),)
    return (
        _reachable(settings),
        Finding("discord.token", good=True, sentence="The token is valid."),
        *_application(client),
        await _gateway(client),
    )


def _reachable(settings: DiscordSettings) -> Finding:
    return Finding("discord.api", good=True, sentence=f"Discord's API answers at {settings.api_url}.")


def _out_of_reach(settings: DiscordSettings, error: AdapterError) -> Finding:
    cure = "Look whether this machine reaches the internet, and whether https://discordstatus.com reports trouble."
    if settings.api_url != DISCORD_API:
        cure += f" The configuration has an api_url of its own; without it {DISCORD_API} is used."
    return Finding("discord.api", good=False, sentence=f"No answer from {settings.api_url} ({error}).", cure=cure)


def _application(client: discord.Client) -> Sequence[Finding]:
    application = client.application
    if application is None:
        return ()
    invitation = discord.utils.oauth_url(application.id, permissions=INVITED_WITH, scopes=SCOPES)
    return (
        Finding(
            "discord.application", good=True, sentence=f"The application is {application.name} ({application.id})."
        ),
        _endpoint(application),
        _intents(application),
        _invitation(application, invitation),
    )


def _invitation(application: discord.AppInfo, address: str) -> Finding:
    sentence = f"Kindling is invited to a server with {address}"
    if not application.bot_require_code_grant:
        return Finding("discord.invite", good=True, sentence=sentence)
    return Finding(
        "discord.invite",
        good=False,
        sentence=f"{sentence}, and Discord does not finish an invitation as it is set up.",
        cure="In the Developer Portal, under Bot, turn off “Requires OAuth2 Code Grant”.",
    )


def _endpoint(application: discord.AppInfo) -> Finding:
    code = "discord.interactions"
    if application.interactions_endpoint_url is None:
        return Finding(code, good=True, sentence="Commands and buttons arrive over the gateway.")
    return Finding(
        code,
        good=False,
        sentence="Commands and buttons are sent to a web address instead of to Kindling.",
        cure="In the Developer Portal, under General Information, empty “Interactions Endpoint URL”.",
    )


def _intents(application: discord.AppInfo) -> Finding:
    sentence = "Kindling asks for servers and their reactions only; no privileged intent is needed."
    flags = application.flags
    if any(getattr(flags, name) or getattr(flags, f"{name}_limited") for name in _PRIVILEGED):
        sentence += " Some are turned on in the Developer Portal under Bot; they can be turned off."
    return Finding("discord.intents", good=True, sentence=sentence)


async def _gateway(client: discord.Client) -> Finding:
    code = "discord.gateway"
    try:
        async with translated():
            answer = await Rest(client.http).gateway()
    except AdapterError as error:
        return Finding(
            code,
            good=False,
            sentence=f"The gateway's address cannot be had ({error}).",
            cure="Try again in a few minutes; https://discordstatus.com says whether Discord has trouble.",
        )
    limit = cast("Mapping[str, int]", answer["session_start_limit"])
    return Finding(
        code,
        good=limit["remaining"] > 0,
        sentence=f"{limit['remaining']} of {limit['total']} connections may still be begun today.",
        cure="" if limit["remaining"] else "Wait until tomorrow, and look why Kindling was started so often.",
    )
