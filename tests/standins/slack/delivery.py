"""What Slack sends to the app, by whichever way is set up, and what came back."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from .shapes import Json

Kind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True, slots=True)
class Envelope:
    kind: Kind
    payload: Json
    takes_answer: bool = False
    """Whether the acknowledgement may carry a payload."""
    retry: int = 0
    retry_reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` tells why there was no acknowledgement; `after` is in seconds."""

    acked: bool
    payload: Json | None = None
    after: float | None = None
    reason: str = ""
    no_retry: bool = False


class Carrier(Protocol):
    """One way to the app: Socket Mode or signed HTTP."""

    async def carry(self, envelope: Envelope, deadline: float) -> Outcome:
        """Hand the envelope over and wait for the acknowledgement, at most `deadline` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Unacked:
    envelope: Envelope
    reason: str


@dataclass(eq=False, slots=True)
class Post:
    """Sends over the way in use and keeps what was not acknowledged."""

    carrier: Carrier
    deadline: float = 3.0
    unacked: list[Unacked] = field(default_factory=list[Unacked])

    async def send(self, envelope: Envelope) -> Outcome:
        outcome = await self.carrier.carry(envelope, self.deadline)
        if not outcome.acked:
            self.unacked.append(Unacked(envelope, outcome.reason))
        return outcome
