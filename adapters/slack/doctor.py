"""What the operator's doctor tests about Slack."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from adapters.slack.errors import ORG_WIDE
from adapters.slack.files import SCOPE as FILES
from adapters.slack.finishing import PINS
from adapters.slack.forms import FILES as UPLOADS
from adapters.slack.groups import GROUPS, WITHOUT
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web, new_session, socket_address
from bot.domain.errors import AdapterError, Unreachable
from bot.domain.places import Finding

SCOPES = {
    "commands": "people can type /kind and /kindling",
    "chat:write": "Kindling can post cards and answer",
    "reactions:read": "reactions on cards and on the wall are seen",
    "im:write": "Kindling can write to one person privately",
    "users:read": "Kindling can tell admins and time zones",
}
"""The least scopes, and what each is for; the manifest asks for the same."""

HISTORY = frozenset({"channels:history", "groups:history"})
_HISTORY_OPTIONAL = (
    "Without channels:history Kindling cannot look up whether a card whose answer was lost did arrive; it asks a "
    "moderator then. That is fine."
)
CHANNELS = "channels:read"
_CHANNELS_OPTIONAL = (
    "Without channels:read Kindling cannot tell a channel that is shared with another company, from where nothing goes "
    "to a wall, from one that is not. That is fine."
)
_FILES_OPTIONAL = (
    "Without files:write Kindling cannot show pictures, and tells them in words, nor send files. That is fine."
)
_UPLOADS_OPTIONAL = (
    "Without files:read Kindling cannot take files in forms; they can be given on the moderators' pages in the "
    "browser. That is fine."
)
_GROUPS_OPTIONAL = f"{WITHOUT} That is fine."
_PINS_OPTIONAL = "Without pins:write Kindling cannot pin cards, where a moderator wants that. That is fine."
OPTIONAL: Mapping[str, tuple[frozenset[str], str]] = {
    "history": (HISTORY, _HISTORY_OPTIONAL),
    "channels": (frozenset({CHANNELS}), _CHANNELS_OPTIONAL),
    "groups": (frozenset({GROUPS}), _GROUPS_OPTIONAL),
    "pins": (frozenset({PINS}), _PINS_OPTIONAL),
    "files": (frozenset({FILES}), _FILES_OPTIONAL),
    "uploads": (frozenset({UPLOADS}), _UPLOADS_OPTIONAL),
}
"""By the end of a finding's code: the scopes of which one is enough, and what is said where there is none."""
CLEAR = (
    "Slack's tokens are stored readable. Make a key with kindling secret new, put it into KINDLING_SECRET_KEY, and "
    "start again."
)
_NEW_TOKEN = "Install the app again on its page OAuth & Permissions, and copy the new bot token."  # noqa: S105 - a cure
_OPEN_CONNECTIONS = "Make an app-level token with the scope connections:write on the app's page Basic Information."


async def findings(settings: SlackSettings, stored: "Stored | None") -> Sequence[Finding]:
    """Tests of the tokens and their scopes, and of what is `stored` of many workspaces. Shows no token."""
    session = new_session()
    try:
        found: list[Finding] = []
        if settings.bot_token is not None:
            found += await _bot_token(Web(session, settings.api_url, settings.bot_token.get_secret_value()))
        if stored is not None:
            found += await _installations(settings, stored)
        if settings.mode == "socket":
            token = settings.app_token.get_secret_value() if settings.app_token else ""
            try:
                await socket_address(session, settings.api_url, token)
            except AdapterError as error:
                found.append(
                    _bad("slack.app_token", "The app-level token does not open a connection", error, _OPEN_CONNECTIONS)
                )
            else:
                found.append(Finding("slack.app_token", good=True, sentence="The app-level token opens a connection."))
        else:
            where = f"Slack's calls are taken at http://{settings.host}:{settings.port}/slack/events."
            found.append(Finding("slack.http", good=True, sentence=where))
        return found
    finally:
        await session.close()


class Stored(Protocol):
    """What the doctor asks about the stored installations."""

    async def census(self) -> tuple[int, int]:
        """How many workspaces there are, and how many of them are not kept as today's key asks for.

        Raises an `AdapterError` when the tokens cannot be read.
        """
        ...

    @property
    def keyed(self) -> bool:
        """Whether there is a secret key."""
        ...


async def _installations(settings: SlackSettings, stored: Stored) -> list[Finding]:
    where = f"{settings.public_url or f'http://{settings.host}:{settings.port}'}/slack/install"
    try:
        number, late = await stored.census()
    except AdapterError as error:
        said = str(getattr(error, "sentence", "")) or "Look at the database, then try again."
        return [Finding(str(error), good=False, sentence="The stored tokens of Slack cannot be read.", cure=said)]
    workspaces = f"{number} {'workspace has' if number == 1 else 'workspaces have'} installed Kindling"
    found = [Finding("slack.installations", good=True, sentence=f"{workspaces}; others do it at {where}.")]
    if not stored.keyed:
        found.append(Finding("slack.tokens_readable", good=True, sentence=f"No secret key is set. {CLEAR}"))
    elif late:
        sealing = f"{late} of them are sealed with the present key at the next start; keep the old one until then."
        found.append(Finding("slack.tokens_sealed", good=True, sentence=sealing))
    else:
        found.append(
            Finding("slack.tokens_sealed", good=True, sentence="Stored tokens are sealed with the secret key.")
        )
    return found


async def _bot_token(web: Web) -> list[Finding]:
    try:
        answer, granted = await web.scopes()
    except AdapterError as error:
        return [_bad("slack.bot_token", "The bot token does not work", error, _NEW_TOKEN)]
    if answer.get("is_enterprise_install") is True:
        return [
            Finding("slack.org_wide", good=False, sentence="The bot token is of a whole organisation.", cure=ORG_WIDE)
        ]
    works = f"The bot token works for the workspace {answer.get('team_id')}."
    found = [Finding("slack.bot_token", good=True, sentence=works)]
    for scope, purpose in SCOPES.items():
        code = f"slack.scope.{scope}"
        if scope in granted:
            found.append(Finding(code, good=True, sentence=f"The scope {scope} is granted: {purpose}."))
        else:
            missing = f"The scope {scope} is missing; with it {purpose}."
            cure = f"Add the bot scope {scope} on the app's page OAuth & Permissions, and install the app again."
            found.append(Finding(code, good=False, sentence=missing, cure=cure))
    without = [(name, sentence) for name, (scopes, sentence) in OPTIONAL.items() if not granted & scopes]
    return found + [Finding(f"slack.scope.{name}", good=True, sentence=sentence) for name, sentence in without]


def _bad(code: str, what: str, error: AdapterError, cure: str) -> Finding:
    if isinstance(error, Unreachable):
        return Finding(code, good=False, sentence=f"{what} ({error}).", cure=cure)
    return Finding(
        code, good=False, sentence=f"{what}: Slack did not answer ({error}).", cure="Try again in a few minutes."
    )
