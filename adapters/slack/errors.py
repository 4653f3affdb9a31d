"""What Slack's refusals and a broken network mean to the core.

The table names Slack's errors. What is in none of its rows is `Unacceptable`: Slack understood the request and
refuses it, so sending it again changes nothing.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.payload import Json, as_object
from bot.domain.errors import AdapterError, Gone, TryLater, Unacceptable, Uncertain, Unreachable

FAILURES = (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, AttributeError)
"""Everything a call may end with. AttributeError: slack_sdk reads an answer in plain text as a mapping."""

_SHORT_PAUSE = timedelta(seconds=30)
_LONG_PAUSE = timedelta(minutes=10)
_LONGEST_PAUSE = timedelta(hours=1)

_INVITE = "I am not in that channel. Type /invite @Kindling there, and I can post."
_GONE = (
    "Slack does not show me that channel: it was deleted, or it is private and I am not in it. Type /invite "
    "@Kindling there, or choose another channel with /kindling setup."
)
_ARCHIVED = "That channel is archived. Unarchive it, or choose another one with /kindling setup."
_RULES = "A rule of this workspace keeps me from posting in that channel. An admin can allow it in its settings."
_PERSON = "Slack does not let me write to that person: the account is deactivated, a bot, or hidden from me."
_INSTALL = "Slack no longer accepts Kindling's access to this workspace. An admin can install the app again."
_ADMIN = "The admins of this workspace have restricted Kindling. An admin can approve the app again."
_MESSAGE = "Slack does not let me change that message: it is gone, too old, or not mine."
_CLIENT = (
    "Slack does not accept KINDLING_SLACK_CLIENT_ID and KINDLING_SLACK_CLIENT_SECRET. Copy them anew from "
    "the app's page Basic Information."
)
_TAB = "Kindling's messages tab is switched off. Switch it on under App Home on the app's page."

_UNREACHABLE: Mapping[str, str] = {
    "channel_not_found": _GONE,
    "not_in_channel": _INVITE,
    "channel_is_limited_access": _INVITE,
    "is_archived": _ARCHIVED,
    "is_inactive": _ARCHIVED,
    "restricted_action": _RULES,
    "restricted_action_non_threadable_channel": _RULES,
    "restricted_action_read_only_channel": _RULES,
    "restricted_action_thread_locked": _RULES,
    "restricted_action_thread_only_channel": _RULES,
    "posting_to_channel_denied": _RULES,
    "method_not_supported_for_channel_type": _RULES,
    "user_not_found": _PERSON,
    "user_disabled": _PERSON,
    "user_not_visible": _PERSON,
    "user_not_in_channel": _PERSON,
    "cannot_dm_bot": _PERSON,
    "messages_tab_disabled": _TAB,
    "not_enabled": _TAB,
    "cant_update_message": _MESSAGE,
    "cant_delete_message": _MESSAGE,
    "edit_window_closed": _MESSAGE,
    "not_authed": _INSTALL,
    "invalid_refresh_token": _INSTALL,
    "bad_client_secret": _CLIENT,
    "invalid_client_id": _CLIENT,
    "invalid_auth": _INSTALL,
    "account_inactive": _INSTALL,
    "token_revoked": _INSTALL,
    "token_expired": _INSTALL,
    "not_allowed_token_type": _INSTALL,
    "team_not_found": _INSTALL,
    "team_access_not_granted": _INSTALL,
    "forbidden_team": _INSTALL,
    "access_denied": _ADMIN,
    "accesslimited": _ADMIN,
    "app_access_restricted": _ADMIN,
    "ekm_access_denied": _ADMIN,
    "enterprise_is_restricted": _ADMIN,
    "no_permission": _ADMIN,
    "org_login_required": _ADMIN,
}

_TRY_LATER: Mapping[str, timedelta] = {
    "request_timeout": _SHORT_PAUSE,  # Slack got the request cut off and carried nothing out
    "service_unavailable": _SHORT_PAUSE,
    "update_failed": _SHORT_PAUSE,
    "team_added_to_org": _LONG_PAUSE,
    "external_channel_migrating": _LONG_PAUSE,
    "restricted_too_many": _LONG_PAUSE,
    "message_limit_exceeded": _LONGEST_PAUSE,
}

RATE_LIMITED = "slack.ratelimited"
INVALID_BLOCKS = "slack.invalid_blocks"
ORG_WIDE = (
    "This token is of a whole organisation, and Kindling serves workspaces. Install the app in one workspace, and copy "
    "the bot token that it has there."
)
GONE = "Kindling is not installed in that workspace. An admin can install it again from its install page."
TOKEN_REFUSED = frozenset(f"slack.{name}" for name, cure in _UNREACHABLE.items() if cure == _INSTALL)
"""Trouble of the token, whatever was called: it is told of by `open` and `listen`, and blames no channel."""

_TOO_MUCH = frozenset({"ratelimited", "rate_limited"})
"""Too many calls of a method, and too many messages: the latter Slack says with the status 200."""

_UNCERTAIN = frozenset({"fatal_error", "internal_error"})
"""Slack: "it's possible some aspect of the operation succeeded before the error was raised"."""


def translate(error: BaseException, *, repeatable: bool = False) -> AdapterError:
    """The core's error for what a call ended with.

    With `repeatable`, for calls that may safely be made again (reading, editing, deleting), doubt is `TryLater`.
    A status of 500 and more is doubt: it is made by whatever stands in front of Slack's application too, and
    does not say whether the application had posted before.
    """
    found = _translate(error)
    if repeatable and isinstance(found, Uncertain):
        return TryLater(found.code)
    return found


def refusal(error: BaseException) -> str:
    """Slack's name of the error, or an empty text when Slack did not answer."""
    return str(_answer(error).get("error") or "")


def _translate(error: BaseException) -> AdapterError:
    if isinstance(error, SlackApiError):
        return _refused(error)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryLater("slack.no_connection")
    if isinstance(error, TimeoutError):
        return Uncertain("slack.no_answer")
    if isinstance(error, aiohttp.InvalidURL):
        return Unacceptable("slack.invalid_address")
    return Uncertain("slack.answer_lost")


def _refused(error: SlackApiError) -> AdapterError:  # noqa: PLR0911 - one line for each row of the table
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0) or 0)
    name = refusal(error)
    if status == 429 or name in _TOO_MUCH:  # noqa: PLR2004 - Too Many Requests
        return TryLater(RATE_LIMITED, _retry_after(response))
    if not name or (status >= 500 and name not in _TRY_LATER):  # noqa: PLR2004 - server errors
        return Uncertain(f"slack.status_{status}")
    code = f"slack.{name}"
    if name in _UNCERTAIN:
        return Uncertain(code)
    if name in _TRY_LATER:
        return TryLater(code, max(_TRY_LATER[name], _retry_after(response)))
    if name == "missing_scope":
        return Unreachable(code, _missing_scope(_answer(error)))
    if name == "message_not_found":
        return Gone(code, _MESSAGE)
    if name in _UNREACHABLE:
        return Unreachable(code, _UNREACHABLE[name])
    return Unacceptable(code)


def _missing_scope(answer: Json) -> str:
    needed = str(answer.get("needed") or "it needs").split(",")[0]
    return f"Kindling lacks the permission {needed}. Add it on the app's page OAuth & Permissions and install it again."


def _retry_after(response: Any) -> timedelta:  # noqa: ANN401 - either of two libraries' answers
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(told)) if str(told).isdigit() else _SHORT_PAUSE


def _answer(error: BaseException) -> Json:
    return as_object(getattr(getattr(error, "response", None), "data", None))
