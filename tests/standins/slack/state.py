"""What all parts of the stand-in share: the world, the log, complaints, triggers, faults and limits."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.standins.distance import Distance

from .clock import Changes, Clock
from .faults import Fault
from .limits import Limits
from .shapes import Json
from .world import Channel, Ephemeral, Team, User, View, World

if TYPE_CHECKING:
    from .files import Upload
    from .responses import ResponseAddress

TRIGGER_SECONDS = 3.0


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.code = code
        self.more: Json = more


@dataclass(frozen=True, slots=True)
class Violation:
    """Something Slack lets pass or drops silently, and that a careful app never does."""

    method: str
    problem: str

    def __str__(self) -> str:
        return f"{self.method}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request the app made. `answer` is None when the connection was dropped; tokens are blanked."""

    method: str
    args: Json
    at: float
    status: int
    answer: Json | None
    team_id: str = ""

    @property
    def ok(self) -> bool:
        return self.answer is not None and self.answer.get("ok") is True


@dataclass(eq=False, slots=True)
class Trigger:
    """A `trigger_id`: good for one view within three seconds of what the user did."""

    id: str
    user: User
    issued: float
    view: View | None = None
    """The modal the user was in, which allows `views.push`."""
    viewing: Channel | None = None
    """The conversation that the user had before them."""
    used: bool = False
    opened: list[View] = field(default_factory=list[View])

    @property
    def team(self) -> Team:
        """Whose app may use it."""
        return self.user.team if self.viewing is None else self.viewing.team


@dataclass(eq=False)
class State:
    url: str
    clock: Clock
    changes: Changes
    world: World
    limits: Limits
    app_token: str
    app_token_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    violations: list[Violation] = field(default_factory=list[Violation])
    requests: list[Request] = field(default_factory=list[Request])
    faults: list[Fault] = field(default_factory=list[Fault])
    triggers: dict[str, Trigger] = field(default_factory=dict[str, Trigger])
    addresses: dict[str, "ResponseAddress"] = field(default_factory=dict[str, "ResponseAddress"])
    files: dict[str, "Upload"] = field(default_factory=dict[str, "Upload"])
    file_refusals: int = 1
    """Slack looks through a file beside its answer, for a moment, and refuses messages that show it meanwhile: so many.

    https://github.com/slackapi/python-slack-sdk/issues/1521, https://github.com/slackapi/slack-github-action/issues/413
    """
    downloads: list[str] = field(default_factory=list[str])
    """The ids of the files that were asked for at their address."""
    new_socket_url: Callable[[], str] = lambda: ""
    codes: dict[str, tuple[str, str | None, float, bool]] = field(
        default_factory=dict[str, tuple[str, str | None, float, bool]]
    )
    """OAuth code to team id, redirect address as asked for, instant, and whether it is for a whole organisation."""
    rotation: bool = False
    """Whether tokens expire and are refreshed."""
    distance: Distance = field(default_factory=Distance)
    client_id: str = "1000.2000"
    client_secret: str = "standin-client-secret"

    def complain(self, method: str, problem: str) -> None:
        self.violations.append(Violation(method, problem))
        self.changes.notify()

    def new_trigger(self, user: User, view: View | None = None, viewing: Channel | None = None) -> Trigger:
        name = f"{len(self.triggers) + 1}.{user.team.id}.{self.world.new_id('x')}"
        trigger = Trigger(name, user, self.clock.now(), view, viewing or (view.viewing if view else None))
        self.triggers[trigger.id] = trigger
        return trigger

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger up, or refuse as Slack does."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.clock.now() - trigger.issued > TRIGGER_SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def show_ephemeral(self, user: User, channel: Channel, content: Json, via: str = "") -> Ephemeral:
        """Show a message to one person; `content` has text, blocks, attachments and thread_ts."""
        ephemeral = Ephemeral(
            user,
            channel,
            self.world.new_ts(),
            content.get("text") or "",
            self.world.blocks_with_ids(content.get("blocks") or []),
            content.get("attachments") or [],
            content.get("thread_ts"),
            via=via,
        )
        self.world.ephemerals.append(ephemeral)
        return ephemeral
