"""Who somebody is, as Slack tells it."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

import structlog

from adapters.slack import payload
from adapters.slack.payload import Json
from adapters.slack.web import Web
from bot.domain.errors import AdapterError, TryLater, Unreachable
from bot.domain.places import Standing

log = structlog.get_logger(__name__)

REMEMBERED = 10_000
LOOK_UPS = 40
"""How many strangers are asked about for one message, and in one minute for whoever reacts: Slack allows about 100
look-ups a minute for everything."""
ASKING = 1.0
"""Seconds to ask in whether somebody is a bot."""
_MINUTE = 60.0
_SLACKBOT = "USLACKBOT"
_NOT_FOUND = {"slack.user_not_found", "slack.user_not_visible"}


class People:
    """Asks Slack about people. Rights are asked each time; only whether somebody is a bot is remembered, by id."""

    def __init__(self, web: Web, team: str, own_user: str) -> None:
        self._web = web
        self._team = team
        self._own_user = own_user
        self._bots: OrderedDict[str, bool] = OrderedDict()
        self._minute_ends = 0.0
        self._looked_up = 0

    async def standing(self, user: str) -> Standing:
        """Raises an `AdapterError` when Slack does not tell. Somebody from another company moderates nothing."""
        found = await self._found(user)
        return self._standing(found) if found else Standing(may_moderate=False, stranger=True)

    async def member(self, user: str) -> Standing | None:
        """The same of a member of this workspace, guests included; None for whoever left, is from another company, or
        is a bot."""
        found = await self._found(user)
        if not found or found.get("deleted") is True or self.known_as_bot(user) or not self._belongs(found):
            return None
        return self._standing(found)

    async def _found(self, user: str) -> Json:
        """What Slack tells of a user; nothing where it knows none."""
        try:
            return await self._ask(user)
        except Unreachable as error:
            if error.code in _NOT_FOUND:
                return {}
            raise

    def _standing(self, found: Json) -> Standing:
        leads = any(found.get(name) is True for name in ("is_admin", "is_owner", "is_primary_owner"))
        own = self._belongs(found)
        return Standing(leads and own, _name(found), payload.text(found, "tz"), stranger=not own)

    def others(self, author: str) -> bool:
        """Whether a message by this author is surely not Kindling's. Slack does not always say whose one is."""
        return bool(author) and author != self._own_user

    def meet(self, user: str) -> None:
        """Somebody typed a command or pressed a button: no bot does."""
        self._remember(user, bot=False)

    def of_this_workspace(self, told: Json) -> bool:
        """Whether the user of an event is of this workspace, by what Slack says of them there. False is not sure."""
        return told.get("is_stranger") is not True and self._team in {
            payload.text(told, "team_id"),
            *payload.texts(payload.part(told, "enterprise_user"), "teams"),
        }

    async def bot(self, user: str) -> bool:
        """Whether a user is a bot. When Slack does not tell in time, they count as a person until it does.

        Of those never heard of, `LOOK_UPS` a minute are asked about: what is left is for what moderators do.
        """
        if self.known_as_bot(user) is None and self._may_look_up():
            try:
                async with asyncio.timeout(ASKING):
                    await self._ask(user)
            except (AdapterError, TimeoutError) as error:
                log.info("slack.user_not_told", user=user, code=str(error) or "timeout")
        return self.known_as_bot(user) or False

    def known_as_bot(self, user: str) -> bool | None:
        """Whether a user is a bot, as far as is known without asking."""
        return True if user in {self._own_user, _SLACKBOT} else self._bots.get(user)

    async def bots_among(self, users: Iterable[str]) -> frozenset[str]:
        """The bots among users; of those never heard of, the first `LOOK_UPS` are asked about.

        Being a bot never changes, so what was told once is remembered, for the latest 10,000 users. Raises
        `TryLater` when Slack has had enough questions.
        """
        wanted = sorted(set(users))
        strangers = [user for user in wanted if user not in self._bots and user not in {self._own_user, _SLACKBOT}]
        for user in strangers[:LOOK_UPS]:
            try:
                await self._ask(user)
            except TryLater:
                raise
            except AdapterError as error:
                log.info("slack.user_not_told", user=user, code=str(error))
        return frozenset(user for user in wanted if self._bots.get(user) or user in {self._own_user, _SLACKBOT})

    def _may_look_up(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now >= self._minute_ends:
            self._minute_ends, self._looked_up = now + _MINUTE, 0
        self._looked_up += 1
        return self._looked_up <= LOOK_UPS

    async def _ask(self, user: str) -> Json:
        found = payload.part(await self._web.get("users.info", user=user), "user")
        self._remember(user, bot=bool(found.get("is_bot")))
        return found

    def _remember(self, user: str, *, bot: bool) -> None:
        self._bots[user] = bot
        self._bots.move_to_end(user)
        if len(self._bots) > REMEMBERED:
            self._bots.popitem(last=False)

    def _belongs(self, found: Json) -> bool:
        """Whether the user is of this workspace: an admin of a company that shares a channel is not."""
        if found.get("is_stranger") is True:
            return False
        teams = payload.texts(payload.part(found, "enterprise_user"), "teams")
        return found.get("team_id", self._team) == self._team or self._team in teams


def _name(found: Json) -> str:
    """As Slack's apps show somebody: the name they chose, else their full one."""
    profile = payload.part(found, "profile")
    names = (
        payload.text(profile, "display_name"),
        payload.text(profile, "real_name"),
        payload.text(found, "real_name"),
    )
    return next((name for name in names if name.strip()), "")
