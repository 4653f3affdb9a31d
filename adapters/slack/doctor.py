"""What the operator's doctor tests about Slack."""

from collections.abc import Sequence

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
_OPTIONAL = (
    "Without channels:history Kindling cannot look up whether a card whose answer was lost did arrive; it asks a "
    "moderator then. That is fine."
)
_NEW_TOKEN = "Install the app again on its page OAuth & Permissions, and copy the new bot token."  # noqa: S105 - a cure
_OPEN_CONNECTIONS = "Make an app-level token with the scope connections:write on the app's page Basic Information."


async def findings(settings: SlackSettings) -> Sequence[Finding]:
    """Tests of the tokens and their scopes. Raises nothing, shows no token."""
    session = new_session()
    try:
        found = await _bot_token(Web(session, settings.api_url, settings.bot_token.get_secret_value()))
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


async def _bot_token(web: Web) -> list[Finding]:
    try:
        answer, granted = await web.scopes()
    except AdapterError as error:
        return [_bad("slack.bot_token", "The bot token does not work", error, _NEW_TOKEN)]
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
    if not granted & HISTORY:
        found.append(Finding("slack.scope.history", good=True, sentence=_OPTIONAL))
    return found


def _bad(code: str, what: str, error: AdapterError, cure: str) -> Finding:
    if isinstance(error, Unreachable):
        return Finding(code, good=False, sentence=f"{what} ({error}).", cure=cure)
    return Finding(
        code, good=False, sentence=f"{what}: Slack did not answer ({error}).", cure="Try again in a few minutes."
    )
