"""The Events API: which events the app hears, in which order, and how often Slack tries."""

import asyncio
import secrets
from dataclasses import dataclass, field

from .delivery import Envelope, Outcome, Post
from .shapes import Json
from .spec import event_scopes
from .state import State
from .world import Channel, Message, Team, User

_RETRY_REASONS = {"no connection": "connection_failed", "connection lost": "connection_failed"}


@dataclass(eq=False, slots=True)
class SentEvent:
    """One event and every attempt to deliver it. `acked` once any of them was acknowledged."""

    payload: Json
    attempts: list[Outcome] = field(default_factory=list[Outcome])
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    @property
    def event_id(self) -> str:
        return self.payload["event_id"]

    @property
    def event(self) -> Json:
        return self.payload["event"]

    @property
    def acked(self) -> bool:
        return any(attempt.acked for attempt in self.attempts)

    async def done(self) -> None:
        """Wait until Slack stops trying: acknowledged, or given up."""
        await asyncio.gather(*self.tasks)


class Events:
    """Emits events as Slack does: only those subscribed to, with a scope for them."""

    def __init__(self, state: State, post: Post) -> None:
        self._state = state
        self._post = post
        self.subscriptions = {
            "app_home_opened",
            "app_uninstalled",
            "reaction_added",
            "reaction_removed",
            "tokens_revoked",
        }
        self.retry_delays: tuple[float, ...] = (0.0, 0.0, 0.0)
        """Seconds before the three retries. Slack's are about 0, 60 and 300."""
        self.copies = 1
        """How many times each event is delivered, with the same event id."""
        self.sent: list[SentEvent] = []
        self.held: list[SentEvent] | None = None

    def emit(self, team: Team, event: Json, channel: Channel | None = None) -> SentEvent | None:
        """Start delivering an event, or keep it when events are held. None when the app does not hear it."""
        scopes: list[str] = event_scopes().get(event["type"], [])
        heard = event["type"] in self.subscriptions and (not scopes or team.scopes.intersection(scopes))
        if not heard or not team.installed:
            return None
        sent = SentEvent(self._callback(team, event, channel))
        self.sent.append(sent)
        if self.held is not None:
            self.held.append(sent)
        else:
            for _ in range(self.copies):
                self.deliver(sent)
        return sent

    def _callback(self, team: Team, event: Json, channel: Channel | None) -> Json:
        return {
            "token": "unused",
            "team_id": team.id,
            "api_app_id": self._state.world.app_id,
            "event": {**event, "event_ts": event.get("event_ts") or self._state.world.new_ts()},
            "type": "event_callback",
            "event_id": self._state.world.new_id("Ev"),
            "event_time": int(self._state.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team.id,
                    "user_id": team.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": channel is not None and channel.shared,
            "event_context": f"4-{secrets.token_hex(8)}",
        }

    def deliver(self, sent: SentEvent) -> None:
        """Deliver an event, also one that was delivered before."""
        sent.tasks.append(asyncio.create_task(self._try(sent)))

    async def _try(self, sent: SentEvent) -> None:
        outcome = Outcome(acked=False)
        for number, delay in enumerate((0.0, *self.retry_delays)):
            if delay:
                await asyncio.sleep(delay)
            reason = _RETRY_REASONS.get(outcome.reason, outcome.reason)
            outcome = await self._post.send(Envelope("events_api", sent.payload, retry=number, retry_reason=reason))
            sent.attempts.append(outcome)
            self._state.changes.notify()
            if outcome.acked or outcome.no_retry:
                return

    def hold(self) -> None:
        """Keep events back from now on, so that a test can let them go late or in another order."""
        self.held = [] if self.held is None else self.held

    async def release(self, order: list[int] | None = None) -> list[SentEvent]:
        """Deliver what was held, one after the other, and stop holding.

        `order` gives indexes into `held`: an index twice is delivered twice, one left out never.
        """
        held, self.held = self.held or [], None
        chosen = [held[index] for index in (range(len(held)) if order is None else order)]
        for sent in chosen:
            self.deliver(sent)
            await sent.done()
        return chosen

    def cancel(self) -> None:
        for sent in self.sent:
            for task in sent.tasks:
                task.cancel()


def reaction_event(kind: str, user: User, message: Message, emoji: str) -> Json:
    return {
        "type": kind,
        "user": user.id,
        "reaction": emoji,
        "item_user": message.user_id,
        "item": {"type": "message", "channel": message.channel.id, "ts": message.ts},
    }
