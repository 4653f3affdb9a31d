"""What one gesture of a person led to."""

from dataclasses import dataclass, field

from .delivery import Outcome
from .responses import ResponseAddress, ResponsePost
from .shapes import Json
from .state import State, Trigger
from .world import Ephemeral, Message, User, View

SOON = 20.0
"""Seconds after which something is held not to happen at all. A machine with much else to do takes its time."""


@dataclass(eq=False, slots=True)
class Reply:
    """The acknowledgement is there when the gesture returns; the rest may follow and is waited for by the methods."""

    user: User
    outcome: Outcome
    trigger: Trigger
    address: ResponseAddress | None
    state: State
    earlier: int
    """How many ephemeral messages there were before."""
    errors: dict[str, str] = field(default_factory=dict[str, str])
    """After `submit`: block id to the error shown under it."""

    @property
    def acked(self) -> bool:
        """When False the person sees Slack's own failure notice."""
        return self.outcome.acked

    @property
    def acked_after(self) -> float | None:
        """Seconds until the acknowledgement."""
        return self.outcome.after

    @property
    def ack(self) -> Json | None:
        """The payload of the acknowledgement."""
        return self.outcome.payload

    @property
    def trigger_id(self) -> str:
        return self.trigger.id

    @property
    def response_url(self) -> str:
        return self.address.url if self.address else ""

    @property
    def responses(self) -> list[ResponsePost]:
        return self.address.posts if self.address else []

    @property
    def modals(self) -> list[View]:
        """Modals opened or pushed with this gesture's trigger."""
        return self.trigger.opened

    @property
    def ephemerals(self) -> list[Ephemeral]:
        """What only this person was shown: by the acknowledgement, the response address, or `chat.postEphemeral` since.

        What was taken away again is left out.
        """
        since = (e for e in self.state.world.ephemerals[self.earlier :] if e.user is self.user and not e.deleted)
        return [ephemeral for ephemeral in since if ephemeral.via in {"", self.response_url}]

    @property
    def text(self) -> str:
        """All that this person was privately shown since."""
        return "\n".join(ephemeral.shown for ephemeral in self.ephemerals)

    async def modal(self, within: float = SOON) -> View:
        """The first modal that this gesture opens."""
        await self.state.changes.until(lambda: self.modals, within, "a modal")
        return self.modals[0]

    async def ephemeral(self, within: float = SOON) -> Ephemeral:
        """The first thing this person is privately shown."""
        await self.state.changes.until(lambda: self.ephemerals, within, "an ephemeral message")
        return self.ephemerals[0]

    async def response(self, number: int = 1, within: float = SOON) -> ResponsePost:
        """The `number`-th post to the response address."""
        await self.state.changes.until(lambda: len(self.responses) >= number, within, f"response {number}")
        return self.responses[number - 1]

    async def replacement(self, within: float = SOON) -> Message | Ephemeral:
        """What the first post that replaces the original made of it."""

        def replaced() -> list[Message | Ephemeral]:
            return [post.shown for post in self.responses if post.replace_original and post.shown is not None]

        await self.state.changes.until(replaced, within, "a replaced message")
        return replaced()[0]
