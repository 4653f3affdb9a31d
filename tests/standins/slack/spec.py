"""Slack's own description of its methods, when it lies beside the repository, and the checks made from it."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .shapes import Json

COMMON_ERRORS = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "deprecated_endpoint",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "fatal_error",
        "internal_error",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_auth",
        "invalid_charset",
        "invalid_form_data",
        "invalid_json",
        "invalid_post_type",
        "json_not_object",
        "method_deprecated",
        "missing_post_type",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_access_not_granted",
        "team_added_to_org",
        "token_expired",
        "token_revoked",
        "unknown_method",
    }
)
"""What any method may answer with; Slack's per-method lists leave these out."""

EXTRA_ERRORS: dict[str, frozenset[str]] = {
    "chat.postMessage": frozenset({"msg_too_long"}),  # told by the method's page, missing from the machine's list
}
_KINDS = ("channels", "groups", "im", "mpim")
SCOPES: dict[str, frozenset[str]] = {
    "chat.delete": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    **dict.fromkeys(("bots.info", "users.info", "users.list"), frozenset({"users:read"})),
    **dict.fromkeys(
        ("conversations.info", "conversations.list", "conversations.members"),
        frozenset(f"{kind}:read" for kind in _KINDS),
    ),
    "conversations.history": frozenset(f"{kind}:history" for kind in _KINDS),
    "conversations.open": frozenset({"channels:manage", "groups:write", "im:write", "mpim:write"}),
    **dict.fromkeys(("files.completeUploadExternal", "files.getUploadURLExternal"), frozenset({"files:write"})),
    "files.delete": frozenset({"files:write"}),
    "files.info": frozenset({"files:read"}),
    "conversations.replies": frozenset(f"{kind}:history" for kind in _KINDS),
    **dict.fromkeys(("pins.add", "pins.remove"), frozenset({"pins:write"})),
    "reactions.get": frozenset({"reactions:read"}),
    "team.info": frozenset({"team:read"}),
    **dict.fromkeys(("usergroups.list", "usergroups.users.list"), frozenset({"usergroups:read"})),
}
"""What holds where the description is not at hand."""
EVENT_SCOPES: Json = {
    "channel_archive": ["channels:read"],
    "channel_deleted": ["channels:read"],
    "channel_left": ["channels:read"],
    "channel_unarchive": ["channels:read"],
    "group_deleted": ["groups:read"],
    "group_left": ["groups:read"],
    "member_joined_channel": ["channels:read", "groups:read"],
    "member_left_channel": ["channels:read", "groups:read"],
    "reaction_added": ["reactions:read"],
    "reaction_removed": ["reactions:read"],
    "user_change": ["users:read"],
}
"""The same for events, and for the two that the description leaves out."""
EVERYWHERE = ("team_id",)
"""Bolt sends `team_id` with each call; Slack reads it for apps that an organisation installed, else passes over it."""
BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Method:
    """What the description says of one method; `errors` is None when there is no description."""

    name: str
    tier: str = "t5"
    takes_json: bool = True
    scopes: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    arguments: Mapping[str, str] | None = None
    errors: frozenset[str] | None = None

    def may_answer(self, error: str) -> bool:
        return self.errors is None or error in self.errors


def specs_folder() -> Path | None:
    """`shared/specs` beside the repository, if this machine has it."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "pyproject.toml").exists():
            found = folder.parent / "shared" / "specs"
            return found if (found / "slack-methods.json").exists() else None
    return None


@functools.cache
def _methods() -> Json | None:
    folder = specs_folder()
    return None if folder is None else json.loads((folder / "slack-methods.json").read_text("utf-8"))


@functools.cache
def event_scopes() -> Json:
    """Event type to the scopes of which one lets an app hear it."""
    folder = specs_folder()
    return EVENT_SCOPES | ({} if folder is None else json.loads((folder / "slack-scopes.json").read_text("utf-8")))


@functools.cache
def find_method(name: str) -> Method | None:
    """The method called `name`, or None when Slack has none. Without a description everything exists."""
    methods = _methods()
    if methods is None or name in methods["_known"]:
        return Method(name, scopes=SCOPES.get(name, frozenset()))
    if name not in methods:
        return None
    entry: Json = methods[name]
    return Method(
        name=name,
        tier=entry["tier"],
        takes_json=entry["json"],
        scopes=frozenset(entry["bot"]),
        required=frozenset(entry["req"]),
        arguments=entry["args"] | dict.fromkeys(EVERYWHERE, "string"),
        errors=frozenset(entry["errors"]) | COMMON_ERRORS | EXTRA_ERRORS.get(name, frozenset()),
    )


def wrong_type(value: object, kind: str, *, from_json: bool) -> bool:
    """Whether Slack would not take `value` for an argument of this kind.

    A "string" that holds JSON (blocks, metadata, a view) may come as JSON itself in a JSON body.
    """
    match kind:
        case "string":
            return not (isinstance(value, str) or (from_json and isinstance(value, dict | list)))
        case "boolean":
            return not (isinstance(value, bool) or str(value) in BOOLEANS)
        case "integer" | "number":
            return isinstance(value, bool) or not (isinstance(value, int) or str(value).lstrip("-").isdigit())
        case "array":
            return not isinstance(value, list | str)
        case _:
            return False
