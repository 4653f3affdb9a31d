"""What a person sees after a command, a press or a submitted modal."""

from __future__ import annotations

from dataclasses import dataclass

from .interactions import DEFERRED_MESSAGE, DEFERRED_UPDATE, MODAL, UPDATE, Interaction
from .modal_rules import labelled_fields
from .values import EPHEMERAL, LOADING, Json, inside
from .world import Message, User


@dataclass(frozen=True, slots=True)
class Modal:
    """A modal as it opened."""

    json: Json

    @property
    def title(self) -> str:
        return self.json["title"]

    @property
    def custom_id(self) -> str:
        return self.json["custom_id"]

    @property
    def fields(self) -> list[tuple[str, Json]]:
        """Each field under its label, top to bottom."""
        return labelled_fields(self.json)

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.fields]


@dataclass(frozen=True, slots=True)
class Reply:
    """The bot's answer to one interaction. It stays current: later edits and follow-ups show in it."""

    interaction: Interaction
    took: float
    """Seconds until the first answer."""

    @property
    def user(self) -> User:
        return self.interaction.user

    @property
    def initial(self) -> Json:
        """The body of the callback: its type and data."""
        return self.interaction.response or {}

    @property
    def deferred(self) -> bool:
        """Whether the bot only acknowledged at first ("is thinking", or nothing visible on a press)."""
        return self.initial["type"] in (DEFERRED_MESSAGE, DEFERRED_UPDATE)

    @property
    def updated(self) -> bool:
        """Whether the answer changed the message that was pressed."""
        return self.initial["type"] in (UPDATE, DEFERRED_UPDATE)

    @property
    def pending(self) -> bool:
        """Whether "is thinking" is still shown."""
        original = self.interaction.original
        return original is not None and bool(original.flags & LOADING)

    @property
    def message(self) -> Message | None:
        """The original answer, or the message that a press updated. None when it was deleted, or a modal."""
        original = self.interaction.original
        return None if original is None or original.deleted else original

    @property
    def followups(self) -> list[Message]:
        return [message for message in self.interaction.followups if not message.deleted]

    @property
    def messages(self) -> list[Message]:
        """All that the interaction newly showed, in order."""
        first = [self.message] if self.message is not None and not self.updated else []
        return first + self.followups

    @property
    def text(self) -> str:
        """All that can be read in the messages of the reply."""
        shown = [self.message] if self.updated and self.message and self.interaction.edits else []
        return "\n".join(message.text for message in [*shown, *self.messages])

    @property
    def edits(self) -> int:
        return self.interaction.edits

    @property
    def ephemeral(self) -> bool:
        """Whether every message of the reply is shown to this one person only."""
        if self.messages:
            return all(message.ephemeral for message in self.messages)
        return bool(inside(self.initial, "data").get("flags", 0) & EPHEMERAL)

    @property
    def modal(self) -> Modal | None:
        return Modal(self.initial["data"]) if self.initial["type"] == MODAL else None
