"""A workspace as tests see and move it: people, places, what is shown, and what people do."""

import secrets

from .chat import reactions_json
from .clock import Changes, Clock
from .delivery import Carrier, Post
from .events import Events, SentEvent, reaction_event
from .fields import Target
from .files import Chosen, hand
from .gestures import Gestures
from .limits import Limits
from .lookups import user_json
from .oauth import new_code
from .reply import Reply
from .responses import Responses
from .shapes import Json
from .state import State
from .views import view_json
from .world import CannotDo, Channel, ChannelKind, Ephemeral, Message, Team, User, UserGroup, View, World


class Workspace:
    """People, channels and messages may be named by their objects, ids or names.

    With several teams, pass `team` or the object where a name could mean more than one.
    """

    def __init__(self, state: State, carrier: Carrier) -> None:
        self._state = state
        self.clock: Clock = state.clock
        self.changes: Changes = state.changes
        self.world: World = state.world
        self.limits: Limits = state.limits
        self.team = self.world.add_team("kindling test")
        self._post = Post(carrier)
        self.events = Events(state, self._post)
        self._responses = Responses(state)
        self._gestures = Gestures(state, self._post, self._responses)

    # The world

    def add_team(self, name: str, scopes: set[str] | None = None) -> Team:
        return self.world.add_team(name, scopes)

    def add_user(
        self,
        name: str,
        *,
        tz: str = "Europe/Berlin",
        admin: bool = False,
        owner: bool = False,
        bot: bool = False,
        deleted: bool = False,
        real_name: str = "",
        locale: str = "en-GB",
        team: Team | None = None,
    ) -> User:
        team = team or self.team
        user = User(self.world.new_id("U"), name, team, tz, admin, owner, bot, deleted, real_name, locale)
        return self.world.add_user(user)

    def add_group(self, handle: str, name: str, users: list[User], team: Team | None = None) -> UserGroup:
        group = UserGroup(self.world.new_id("S"), handle, name, team or self.team, list(users))
        self.world.groups[group.id] = group
        return group

    def add_channel(
        self,
        name: str,
        *,
        members: list[User] | None = None,
        bot_in: bool = True,
        private: bool = False,
        shared: bool = False,
        team: Team | None = None,
    ) -> Channel:
        kind: ChannelKind = "private" if private else "public"
        team = team or self.team
        channel_id = self.world.new_id("C")
        channel = Channel(channel_id, name, team, kind, list(members or []), bot_in, shared=shared)
        return self.world.add_channel(channel)

    def user(self, user: User | str, team: Team | None = None) -> User:
        return self.world.user(user, team)

    def channel(self, channel: Channel | str, team: Team | None = None) -> Channel:
        return self.world.channel(channel, team)

    def messages(self, channel: Channel | str) -> list[Message]:
        """What stands in the channel, oldest first; deleted messages are left out."""
        return self.world.messages(self.world.channel(channel))

    def ephemeral(self, user: User | str) -> list[Ephemeral]:
        """What this person alone has been shown in channels and still sees."""
        person = self.world.user(user)
        return [e for e in self.world.ephemerals if e.user is person and not e.deleted]

    def dms(self, user: User | str) -> list[Message]:
        """The direct messages between the bot and this person."""
        channel = self.world.direct(self.world.user(user))
        return [] if channel is None else self.world.messages(channel)

    def views(self, user: User | str) -> list[View]:
        """The open modals of this person, the one on top last."""
        return list(self.world.views(self.world.user(user)))

    def modal(self, user: User | str) -> View:
        """The modal this person looks at."""
        stack = self.views(user)
        if not stack:
            raise CannotDo("no modal is open")
        return stack[-1]

    def home(self, user: User | str) -> View | None:
        """What the app published on this person's App Home."""
        return self.world.homes.get(self.world.user(user).id)

    def reactions(self, message: Message) -> list[Json]:
        return reactions_json(message, full=True)

    def say(self, user: User | str, channel: Channel | str, text: str, *files: Chosen) -> Message:
        """A message by a person, with files. The app does not hear of it."""
        person, place = self.world.user(user), self.world.channel(channel)
        message = Message(place, self.world.new_ts(), person.id, text, author_team=person.team.id)
        hand(self._state, person.team, message, files)
        place.messages.append(message)
        return message

    # What people do

    async def react(self, user: User | str, message: Message, emoji: str) -> SentEvent | None:
        """React, and wait until Slack has delivered the event or given up. None when the app does not hear it."""
        person = self._reader(user, message)
        names = message.reactions.setdefault(emoji, [])
        if person.id in names:
            raise CannotDo(f"{person.name} has reacted with {emoji} already")
        names.append(person.id)
        return await self._reaction("reaction_added", person, message, emoji)

    async def unreact(self, user: User | str, message: Message, emoji: str) -> SentEvent | None:
        person = self._reader(user, message)
        if person.id not in message.reactions.get(emoji, []):
            raise CannotDo(f"{person.name} has not reacted with {emoji}")
        message.reactions[emoji].remove(person.id)
        return await self._reaction("reaction_removed", person, message, emoji)

    def _reader(self, user: User | str, message: Message) -> User:
        person = self.world.user(user)
        if person not in message.channel.members or message.deleted:
            raise CannotDo(f"{person.name} does not see this message")
        return person

    async def _reaction(self, kind: str, person: User, message: Message, emoji: str) -> SentEvent | None:
        if not message.channel.bot_in:
            return None
        return await self.emit(reaction_event(kind, person, message, emoji), message.channel.team, message.channel)

    async def emit(self, event: Json, team: Team | None = None, channel: Channel | None = None) -> SentEvent | None:
        """Send any event and wait until it is delivered or given up; a held one returns at once."""
        sent = self.events.emit(team or self.team, event, channel)
        if sent is not None:
            await sent.done()
        return sent

    async def slash(self, user: User | str, channel: Channel | str, command: str, text: str = "") -> Reply:
        return await self._gestures.slash(self.world.user(user), self.world.channel(channel), command, text)

    async def click(self, user: User | str, target: Target, name: str, value: object = None) -> Reply:
        """Press a button (by action id or text), or choose `value` in a select (by id, label or placeholder)."""
        return await self._gestures.click(self.world.user(user), target, name, value)

    async def suggest(self, user: User | str, target: Target, name: str, typed: str) -> list[Json]:
        """Type into an external select; the app's options, empty when they break a rule or did not come."""
        return await self._gestures.suggest(self.world.user(user), target, name, typed)

    async def fill(self, user: User | str, view: View, values: dict[str, object]) -> None:
        await self._gestures.fill(self.world.user(user), view, values)

    async def submit(self, user: User | str, view: View, values: dict[str, object] | None = None) -> Reply:
        """Fill in and submit a modal. Keys are block ids, action ids or labels; times are "09:00", dates ISO."""
        return await self._gestures.submit(self.world.user(user), view, values or {})

    async def close_view(self, user: User | str, view: View) -> Reply | None:
        return await self._gestures.close(self.world.user(user), view)

    async def shortcut(self, user: User | str, callback_id: str) -> Reply:
        return await self._gestures.shortcut(self.world.user(user), callback_id)

    async def message_shortcut(self, user: User | str, message: Message, callback_id: str) -> Reply:
        return await self._gestures.message_shortcut(self.world.user(user), message, callback_id)

    async def open_home(self, user: User | str, tab: str = "home") -> SentEvent | None:
        """Open the app's home: `app_home_opened`, with the view that was published before."""
        person = self.world.user(user)
        event: Json = {
            "type": "app_home_opened",
            "user": person.id,
            "channel": self.world.open_direct(person).id,
            "tab": tab,
        }
        if (home := self.home(person)) is not None and tab == "home":
            event["view"] = view_json(home, self.world)
        return await self.emit(event, person.team)

    # What happens to places and to the app

    async def archive(self, channel: Channel | str) -> SentEvent | None:
        place = self.world.channel(channel)
        place.archived = True
        return await self.emit({"type": "channel_archive", "channel": place.id}, place.team, place)

    async def delete_channel(self, channel: Channel | str) -> SentEvent | None:
        place = self.world.channel(channel)
        place.deleted = True
        kind = "group_deleted" if place.kind == "private" else "channel_deleted"
        return await self.emit({"type": kind, "channel": place.id}, place.team, place)

    async def remove_bot(self, channel: Channel | str) -> SentEvent | None:
        place = self.world.channel(channel)
        place.bot_in = False
        kind = "group_left" if place.kind == "private" else "channel_left"
        return await self.emit({"type": kind, "channel": place.id}, place.team, place)

    async def invite_bot(self, channel: Channel | str) -> SentEvent | None:
        place = self.world.channel(channel)
        place.bot_in = True
        event = {"type": "member_joined_channel", "user": place.team.bot_user_id, "channel": place.id}
        return await self.emit(event, place.team, place)

    async def leave(self, user: User | str, channel: Channel | str) -> SentEvent | None:
        person, place = self.world.user(user), self.world.channel(channel)
        place.members.remove(person)
        event = {"type": "member_left_channel", "user": person.id, "channel": place.id}
        return await self.emit(event, place.team, place)

    async def deactivate(self, user: User | str) -> SentEvent | None:
        """The person leaves the workspace."""
        person = self.world.user(user)
        person.deleted = True
        return await self.emit({"type": "user_change", "user": user_json(person)}, person.team)

    def delete_message(self, message: Message) -> None:
        """Somebody with the right to deletes a message. The app does not hear of it."""
        message.deleted = True

    async def uninstall(self, team: Team | None = None, error: str = "account_inactive") -> list[SentEvent]:
        """The app is removed: its tokens stop working, then the app is told (in either order, as Slack says)."""
        told = self.remove_app(team or self.team, error)
        for event in told:
            await event.done()
        return told

    def remove_app(self, team: Team, error: str = "account_inactive") -> list[SentEvent]:
        """The same, without waiting until the app has heard of it."""
        revoked: Json = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot_user_id]}}
        sent = [self.events.emit(team, revoked), self.events.emit(team, {"type": "app_uninstalled"})]
        team.installed, team.token_error = False, error
        return [event for event in sent if event is not None]

    def offer_install(self, team: Team) -> str:
        """A code that `oauth.v2.access` exchanges for this team's bot token, with a new token each time."""
        team.bot_token = f"xoxb-{secrets.token_hex(10)}"
        return new_code(self._state, team)
