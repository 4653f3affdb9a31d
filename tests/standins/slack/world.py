"""The workspaces behind the stand-in: who is there, what was posted, who sees it.

Ids are made in order, so a failing test reads the same every time. All of it can be changed freely by a test; nothing
here speaks HTTP.
"""

import copy
import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .clock import Clock
from .mentions import Pings, pings_in_message, shown_text
from .shapes import Json

Entered: TypeAlias = dict[tuple[str, str, str], Json]
"""What people chose or typed and did not send yet: (user id, block id, action id) to the state's value."""
ChannelKind = Literal["public", "private", "im", "mpim"]
DEFAULT_SCOPES = frozenset({"commands", "chat:write", "reactions:read", "im:write", "users:read"})


class CannotDo(AssertionError):
    """A test asked for something that Slack would not let this person do or see."""


@dataclass(eq=False, slots=True)
class Team:
    id: str
    name: str
    domain: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    installed: bool = True
    token_error: str = "account_inactive"
    """What the Web API says to this team's bot token once it is no longer installed."""
    access: dict[str, float] = field(default_factory=dict[str, float])
    """Tokens that are rotated, with the instant of their end."""
    refresh: dict[str, str] = field(default_factory=dict[str, str])
    """Refresh tokens. One that was used, with the access token that came of it, is good until that one is used."""
    revoked: set[str] = field(default_factory=set[str])
    refreshes: int = 0
    org_wide: bool = False
    """Whether the bot token is one of a whole organisation."""

    def has(self, token: str) -> bool:
        """Whether a token is or was this team's."""
        return token in {self.bot_token, *self.access, *self.revoked}

    def used(self, token: str) -> None:
        """An access token works for whoever holds it: the refresh token that it came of is over."""
        self.refresh = {old: new for old, new in self.refresh.items() if new != token}

    def revoke_all(self) -> None:
        self.revoked |= {self.bot_token, *self.access}
        self.access, self.refresh = {}, {}


@dataclass(eq=False, slots=True)
class User:
    id: str
    name: str
    team: Team
    tz: str = "Europe/Berlin"
    admin: bool = False
    owner: bool = False
    bot: bool = False
    deleted: bool = False
    real_name: str = ""
    locale: str = "en-GB"
    display_name: str | None = None
    """What they chose to be called; None is their user name, as before anybody chose."""

    @property
    def mention(self) -> str:
        return f"<@{self.id}|{self.name}>"


@dataclass(eq=False, slots=True)
class UserGroup:
    id: str
    handle: str
    name: str
    team: Team
    users: list[User] = field(default_factory=list[User])

    @property
    def mention(self) -> str:
        """How a slash command's text names this group when "escape channels" is on."""
        return f"<!subteam^{self.id}|@{self.handle}>"


@dataclass(eq=False, slots=True)
class Channel:
    id: str
    name: str
    team: Team
    kind: ChannelKind = "public"
    members: list[User] = field(default_factory=list[User])
    bot_in: bool = True
    archived: bool = False
    shared: bool = False
    """Shared with another company (`is_ext_shared`)."""
    deleted: bool = False
    messages: list["Message"] = field(default_factory=list["Message"])
    """Everything ever posted here, deleted messages included."""

    @property
    def mention(self) -> str:
        """How a slash command's text names this channel when "escape channels" is on."""
        return f"<#{self.id}|{self.name}>"

    @property
    def is_im(self) -> bool:
        return self.kind == "im"


@dataclass(eq=False, slots=True)
class Message:
    channel: Channel
    ts: str
    user_id: str
    text: str
    blocks: list[Json] = field(default_factory=list[Json])
    attachments: list[Json] = field(default_factory=list[Json])
    metadata: Json | None = None
    thread_ts: str | None = None
    bot_id: str | None = None
    author_team: str = ""
    """The company of somebody from outside."""
    deleted: bool = False
    edits: int = 0
    entered: Entered = field(default_factory=dict[tuple[str, str, str], Json])
    edited_ts: str | None = None
    parse_names: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Emoji name to the ids of the users who reacted with it, in order."""
    files: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """Name and bytes of the files that were shared with it."""
    handed: list[Json] = field(default_factory=list[Json])
    """What is told of the files that a person sent with it."""
    pinned: bool = False

    @property
    def pings(self) -> Pings:
        return pings_in_message(self.text, self.blocks, self.attachments, parse_names=self.parse_names)

    @property
    def shown(self) -> str:
        """What a reader sees: the blocks when there are any, else the text."""
        return "\n".join(filter(None, [shown_text(self.blocks) or self.text, *(name for name, _ in self.files)]))

    @property
    def buttons(self) -> list[str]:
        return button_texts(self.blocks)

    @property
    def permalink(self) -> str:
        return f"https://{self.channel.team.domain}.slack.com/archives/{self.channel.id}/p{self.ts.replace('.', '')}"


@dataclass(eq=False, slots=True)
class Ephemeral:
    """A message that one person sees. `replaced` counts `replace_original`."""

    user: User
    channel: Channel
    ts: str
    text: str
    blocks: list[Json] = field(default_factory=list[Json])
    attachments: list[Json] = field(default_factory=list[Json])
    thread_ts: str | None = None
    deleted: bool = False
    replaced: int = 0
    via: str = ""
    """The response address it came through; empty for `chat.postEphemeral`."""
    entered: Entered = field(default_factory=dict[tuple[str, str, str], Json])

    @property
    def pings(self) -> Pings:
        return pings_in_message(self.text, self.blocks, self.attachments)

    @property
    def shown(self) -> str:
        return shown_text(self.blocks) or self.text

    @property
    def buttons(self) -> list[str]:
        return button_texts(self.blocks)


@dataclass(eq=False, slots=True)
class View:
    """A modal or a home tab. `payload` is what the app sent; the rest is Slack's."""

    id: str
    user: User
    payload: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    open: bool = True
    errors: dict[str, str] = field(default_factory=dict[str, str])
    """Block id to the error that the app's last answer shows under that field."""
    updates: int = 0
    entered: Entered = field(default_factory=dict[tuple[str, str, str], Json])
    viewing: Channel | None = None
    """The conversation that the person had before them as it opened."""

    @property
    def team(self) -> Team:
        """Whose app opened it: in a channel that companies share, that may be another one than the person's."""
        return self.user.team if self.viewing is None else self.viewing.team

    @property
    def type(self) -> str:
        return self.payload["type"]

    @property
    def blocks(self) -> list[Json]:
        return self.payload["blocks"]

    @property
    def title(self) -> str:
        return self.payload.get("title", {}).get("text", "")

    @property
    def callback_id(self) -> str:
        return self.payload.get("callback_id", "")

    @property
    def private_metadata(self) -> str:
        return self.payload.get("private_metadata", "")

    @property
    def external_id(self) -> str:
        return self.payload.get("external_id", "")

    @property
    def shown(self) -> str:
        return shown_text([self.payload.get("title", {}), *self.blocks])

    @property
    def pings(self) -> Pings:
        return pings_in_message("", self.blocks)

    @property
    def buttons(self) -> list[str]:
        return button_texts(self.blocks)


class World:
    """Every team of the stand-in. Look-ups raise `CannotDo` with a sentence when a test names nothing."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.app_id = "A0KINDLING"
        self.teams: list[Team] = []
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, UserGroup] = {}
        self.ephemerals: list[Ephemeral] = []
        self.view_stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.all_views: dict[str, View] = {}
        self._serial = itertools.count(1)
        self._last_ts = 0.0

    def new_id(self, letter: str) -> str:
        return f"{letter}0{next(self._serial):09d}"

    def new_ts(self) -> str:
        """A message id: seconds with six digits, greater than every one before."""
        self._last_ts = max(round(self.clock.now(), 6), round(self._last_ts + 0.000001, 6))
        return f"{self._last_ts:.6f}"

    def add_team(self, name: str, scopes: set[str] | None = None) -> Team:
        team = Team(
            id=self.new_id("T"),
            name=name.title(),
            domain=name.lower().replace(" ", "-"),
            bot_id=self.new_id("B"),
            bot_user_id=self.new_id("U"),
            bot_token=f"xoxb-{len(self.teams) + 1}-{secrets.token_hex(8)}",
        )
        if scopes is not None:
            team.scopes = set(scopes)
        self.teams.append(team)
        self.users[team.bot_user_id] = User(team.bot_user_id, "kindling", team, tz="UTC", bot=True)
        return team

    def add_user(self, user: User) -> User:
        if any(other.name == user.name and other.team is user.team for other in self.users.values()):
            raise CannotDo(f"there is already a user called {user.name} in {user.team.name}")
        self.users[user.id] = user
        return user

    def add_channel(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def user(self, user: User | str, team: Team | None = None) -> User:
        if isinstance(user, User):
            return user
        for known in self.users.values():
            if user in {known.id, known.name} and (team is None or known.team is team):
                return known
        raise CannotDo(f"there is no user {user!r}")

    def channel(self, channel: Channel | str, team: Team | None = None) -> Channel:
        if isinstance(channel, Channel):
            return channel
        for known in self.channels.values():
            if channel.removeprefix("#") in {known.id, known.name} and (team is None or known.team is team):
                return known
        raise CannotDo(f"there is no channel {channel!r}")

    def bot_of(self, team: Team) -> User:
        return self.users[team.bot_user_id]

    def find_channel(self, channel_id: str, team: Team) -> Channel | None:
        """What the bot of `team` may know of under this id: private channels only from inside."""
        channel = self.channels.get(channel_id)
        if channel is None or channel.deleted or channel.team is not team:
            return None
        return None if channel.kind != "public" and not channel.bot_in else channel

    def direct(self, user: User) -> Channel | None:
        """The conversation between the bot and this user, if it was ever opened."""
        return next((c for c in self.channels.values() if c.is_im and c.members == [user]), None)

    def open_direct(self, user: User) -> Channel:
        return self.direct(user) or self.add_channel(
            Channel(self.new_id("D"), "directmessage", user.team, kind="im", members=[user])
        )

    def messages(self, channel: Channel) -> list[Message]:
        return [message for message in channel.messages if not message.deleted]

    def find_message(self, channel: Channel, ts: str) -> Message | None:
        return next((message for message in self.messages(channel) if message.ts == ts), None)

    def views(self, user: User) -> list[View]:
        return self.view_stacks.setdefault(user.id, [])

    def open_views(self) -> Iterator[View]:
        for stack in self.view_stacks.values():
            yield from stack
        yield from self.homes.values()

    def new_view(self, user: User, payload: Json, previous: View | None = None) -> View:
        view_id = self.new_id("V")
        root = previous.root_view_id if previous else view_id
        view = View(view_id, user, self.with_ids(payload), self.new_hash(), root, previous.id if previous else None)
        view.viewing = previous.viewing if previous else None
        self.all_views[view_id] = view
        return view

    def change_view(self, view: View, payload: Json) -> None:
        view.payload = self.with_ids(payload)
        view.hash = self.new_hash()
        view.errors = {}
        view.updates += 1

    def close_views(self, user: User, *, everything: bool) -> None:
        stack = self.views(user)
        for view in list(stack) if everything else stack[-1:]:
            view.open = False
            stack.remove(view)

    def new_hash(self) -> str:
        return f"{self.new_ts()}.{secrets.token_hex(4)}"

    def with_ids(self, payload: Json) -> Json:
        return {**payload, "blocks": self.blocks_with_ids(payload.get("blocks", []))}

    def blocks_with_ids(self, blocks: list[Json]) -> list[Json]:
        """A copy in which blocks and elements that came without an id have one, as Slack gives them."""
        copies: list[Json] = [{"block_id": secrets.token_hex(3), **copy.deepcopy(block)} for block in blocks]
        for block in copies:
            for element in elements_of(block):
                element.setdefault("action_id", secrets.token_hex(3))
        return copies


def button_texts(blocks: list[Json]) -> list[str]:
    """What the buttons say, from top to bottom."""
    elements = (element for block in blocks for element in elements_of(block))
    return [element["text"]["text"] for element in elements if element["type"] == "button"]


def elements_of(block: Json) -> list[Json]:
    """The interactive elements of one block."""
    match block:
        case {"type": "actions", "elements": [*elements]}:
            return elements
        case {"type": "section", "accessory": {"type": kind} as accessory} if kind != "image":
            return [accessory]
        case {"type": "input", "element": {} as element}:
            return [element]
        case _:
            return []
