"""Discord's way of saying no, over REST and to a person."""

from __future__ import annotations

from dataclasses import dataclass, field

from .values import Json


class ApiError(Exception):
    """Answered as `status` with Discord's error JSON."""

    def __init__(
        self, status: int, code: int, message: str, errors: Json | None = None, beside: Json | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {message} {errors or ''}".strip())
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.beside = beside or {}

    def as_json(self) -> Json:
        body: Json = {"message": self.message, "code": self.code} | self.beside
        if self.errors:
            body["errors"] = self.errors
        return body


def unauthorized() -> ApiError:
    return ApiError(401, 0, "401: Unauthorized")


def not_found() -> ApiError:
    return ApiError(404, 0, "404: Not Found")


def method_not_allowed() -> ApiError:
    return ApiError(405, 0, "405: Method Not Allowed")


def unknown_channel() -> ApiError:
    return ApiError(404, 10003, "Unknown Channel")


def unknown_guild() -> ApiError:
    return ApiError(404, 10004, "Unknown Guild")


def unknown_member() -> ApiError:
    return ApiError(404, 10007, "Unknown Member")


def unknown_message() -> ApiError:
    return ApiError(404, 10008, "Unknown Message")


def unknown_user() -> ApiError:
    return ApiError(404, 10013, "Unknown User")


def unknown_emoji() -> ApiError:
    return ApiError(400, 10014, "Unknown Emoji")


def unknown_webhook() -> ApiError:
    return ApiError(404, 10015, "Unknown Webhook")


def unknown_interaction() -> ApiError:
    return ApiError(404, 10062, "Unknown interaction")


def unknown_command() -> ApiError:
    return ApiError(404, 10063, "Unknown application command")


def already_acknowledged() -> ApiError:
    return ApiError(400, 40060, "Interaction has already been acknowledged.")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def not_the_author() -> ApiError:
    return ApiError(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> ApiError:
    return ApiError(400, 50006, "Cannot send an empty message")


def cannot_dm() -> ApiError:
    return ApiError(403, 50007, "Cannot send messages to this user")


def not_a_text_channel() -> ApiError:
    return ApiError(400, 50008, "Cannot send messages in a non-text channel")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")


def too_many_pins() -> ApiError:
    return ApiError(400, 30003, "Maximum number of pins reached (250)")


def too_many_old_edits(wait: float) -> ApiError:
    message = "Maximum number of edits to messages older than 1 hour reached. Try again later"
    return ApiError(429, 30046, message, beside={"retry_after": wait, "global": False})


def wrong_channel_type() -> ApiError:
    return ApiError(400, 50024, "Cannot execute action on this channel type")


def thread_archived() -> ApiError:
    return ApiError(400, 50083, "Thread is archived")


def thread_locked() -> ApiError:
    return ApiError(400, 160005, "Thread is locked")


def thread_already_there() -> ApiError:
    return ApiError(400, 160004, "A thread has already been created for this message")


def too_many_attachments() -> ApiError:
    return ApiError(400, 30015, "Maximum number of attachments in a message reached (10)")


def too_large() -> ApiError:
    return ApiError(413, 40005, "Request entity too large")


def invalid_webhook_token() -> ApiError:
    return ApiError(401, 50027, "Invalid Webhook Token")


class NotPossible(AssertionError):
    """Discord's own app would not let this person do that: no such command, button, right or value."""


class InteractionFailed(AssertionError):
    """What a person sees as "This interaction failed": no answer in time."""


@dataclass(slots=True)
class FormErrors:
    """Collects what is wrong with a form body, each with its place, in Discord's nested shape."""

    tree: Json = field(default_factory=dict[str, object])

    def add(self, path: str, code: str, message: str) -> None:
        """Say that the field at `path` (words and indices between dots) is wrong."""
        place = self.tree
        for step in [step for step in path.split(".") if step]:
            place = place.setdefault(step, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: str, text: object, least: int, most: int) -> None:
        """The text at `path` must exist and have between `least` and `most` characters."""
        if not isinstance(text, str):
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not least <= len(text) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def refuse(self) -> None:
        """Raise 50035 if anything was added."""
        if self.tree:
            raise ApiError(400, 50035, "Invalid Form Body", self.tree)
