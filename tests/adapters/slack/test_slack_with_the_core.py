"""The whole way: people in Slack, the adapter, the real core and its database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from adapters.slack.adapter import SlackAdapter
from bot.compose import Core, build_core
from bot.domain.delivery import Delivery
from bot.ports.platforms import Messenger
from bot.storage.database import Database
from bot.storage.tables import members, reactions
from tests.adapters.slack.workspace import QUICK, opened
from tests.prepared import database_in, the_library
from tests.standins.slack import Channel, Ephemeral, Message, SlackStandIn, User, View
from tests.standins.slack.mentions import pings_in_message


@dataclass
class ClockAhead:
    """The system's time, and whatever was added to it."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Room:
    messengers: dict[str, Messenger] = field(default_factory=dict)

    def get(self, platform: str) -> Messenger | None:
        return self.messengers.get(platform)


class Nobody:
    def settled(self, delivery: Delivery) -> None: ...

    def reacted(self, platform: str, count: int) -> None: ...

    def planned(self, *, good: bool) -> None: ...


@dataclass
class Home:
    adapter: SlackAdapter
    core: Core
    clock: ClockAhead
    database: Database
    listening: asyncio.Task[None]

    async def stop_listening(self) -> None:
        """Stop, once what has begun is done."""
        self.listening.cancel()
        await asyncio.gather(self.listening, return_exceptions=True)

    async def kept(self) -> set[tuple[str, str]]:
        """Who has put which emoji on a card, as Kindling keeps it."""
        query = select(members.c.user, reactions.c.emoji).join(reactions, members.c.id == reactions.c.member_id)
        async with self.database.engine.connect() as connection:
            return {(row.user, row.emoji) for row in await connection.execute(query.where(reactions.c.present))}

    async def until(self, instant: datetime) -> None:
        """Let time pass; what is due on the way happens at its own instant."""
        await self.core.engine.settle()
        while (due := await self.core.engine.next_at()) and due <= instant:
            self.clock.ahead += max(due - self.clock.now(), timedelta())
            await self.core.engine.settle()


@asynccontextmanager
async def a_home(slack: SlackStandIn, folder: Path) -> AsyncIterator[Home]:
    database = database_in(folder)
    clock = ClockAhead()
    async with opened(slack, pace=QUICK) as adapter:
        core = build_core(database, the_library(), Room({"slack": adapter}), clock, watcher=Nobody())
        running = asyncio.create_task(core.engine.run())
        home = Home(adapter, core, clock, database, asyncio.create_task(adapter.listen(core.kindling)))
        await slack.connected()
        try:
            yield home
        finally:
            running.cancel()
            await asyncio.gather(running, home.stop_listening(), return_exceptions=True)
    await database.close()


@pytest.fixture
async def home(slack: SlackStandIn, tmp_path: Path) -> AsyncIterator[Home]:
    async with a_home(slack, tmp_path) as home:
        yield home


async def private(slack: SlackStandIn, user: User) -> str:
    await slack.until(lambda: slack.ephemeral(user))
    return slack.ephemeral(user)[-1].shown


async def set_up(slack: SlackStandIn, user: User, channel: Channel) -> str:
    line = f"setup channel:{channel.mention} zone:Europe/Berlin morning:09:00 days:every day weekly:off"
    await slack.slash(user, channel, "/kindling", line)
    return await private(slack, user)


async def the_morning_card(slack: SlackStandIn, home: Home, user: User, channel: Channel) -> Message:
    await set_up(slack, user, channel)
    await home.until(home.clock.now() + timedelta(days=2))
    return slack.messages(channel)[0]


async def status(slack: SlackStandIn, user: User, channel: Channel) -> Ephemeral:
    return await (await slack.slash(user, channel, "/kindling", "status")).ephemeral()


async def the_set_up_form(slack: SlackStandIn, user: User, channel: Channel) -> View:
    before = len(slack.ephemeral(user))
    await slack.slash(user, channel, "/kindling", "setup")
    await slack.until(lambda: len(slack.ephemeral(user)) > before)
    return await (await slack.click(user, slack.ephemeral(user)[-1], "📝 All on one form")).modal()


async def test_a_moderator_sets_kindling_up_with_one_line(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    answer = await set_up(slack, anna, general)

    assert "Europe/Berlin" in answer
    assert slack.messages(general) == []


async def test_typographic_quotes_in_a_line_are_understood(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    line = f"setup channel:{general.mention} zone:“Europe/Berlin” morning:“09:00” weekly:“off”"

    await slack.slash(anna, general, "/kindling", line)

    assert "Europe/Berlin" in await private(slack, anna)


async def test_a_moderator_sets_kindling_up_with_the_form(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    modal = await the_set_up_form(slack, anna, general)

    before = len(slack.ephemeral(anna))
    reply = await slack.submit(anna, modal, {"channel": general, "zone": "Europe/Berlin", "morning": "09:00"})
    await slack.until(lambda: len(slack.ephemeral(anna)) > before)

    assert reply.errors == {}
    assert "Europe/Berlin" in await private(slack, anna)


async def test_the_form_begins_with_the_zone_of_the_profile_and_the_channel_at_hand(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    modal = await the_set_up_form(slack, anna, general)

    channel, zone, *_ = modal.blocks
    assert channel["element"]["initial_conversation"] == general.id
    assert zone["element"]["initial_option"]["value"] == "Europe/Paris"


async def test_a_mistake_in_the_form_is_told_under_its_field_and_nothing_is_lost(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    modal = await the_set_up_form(slack, anna, general)

    reply = await slack.submit(anna, modal, {"days": "someday"})

    assert list(reply.errors) == ["days"]
    assert slack.modal(anna) is modal


async def test_a_mistake_in_the_line_opens_the_form_with_what_was_right(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    reply = await slack.slash(anna, general, "/kindling", "setup zone:Nowhere morning:08:15")

    modal = await reply.modal()
    assert "Nowhere" in modal.shown
    assert next(b for b in modal.blocks if b["block_id"] == "morning")["element"]["initial_time"] == "08:15"


async def test_somebody_who_may_not_moderate_is_told_kindly(
    slack: SlackStandIn, home: Home, ben: User, general: Channel
) -> None:
    await slack.slash(ben, general, "/kindling", "status")

    assert "moderators" in await private(slack, ben)


async def test_a_channel_without_kindling_is_told_at_set_up(slack: SlackStandIn, home: Home, anna: User) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[anna], bot_in=False)

    assert "/invite @Kindling" in await set_up(slack, anna, elsewhere)


async def test_the_morning_card_is_posted_once(slack: SlackStandIn, home: Home, anna: User, general: Channel) -> None:
    await set_up(slack, anna, general)
    first = await home.core.engine.next_at()
    assert first is not None

    await home.until(first)

    [card] = slack.messages(general)
    assert not card.pings
    assert "actions" in {block["type"] for block in card.blocks}


async def test_a_lost_answer_leads_to_no_second_card(
    slack: SlackStandIn, home: Home, anna: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    first = await home.core.engine.next_at()
    assert first is not None
    slack.fail("chat.postMessage", drop_after=True)

    await home.until(first + timedelta(hours=4))

    assert len(slack.messages(general)) == 1


async def test_a_card_whose_answer_was_lost_is_known_again_by_the_first_reaction_to_it(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    first = await home.core.engine.next_at()
    assert first is not None
    slack.fail("chat.postMessage", drop_after=True)
    await home.until(first + timedelta(hours=4))
    [card] = slack.messages(general)
    unsure = await status(slack, anna, general)

    await slack.react(ben, card, "seedling")
    await home.core.recognising.look_again()
    known = await status(slack, anna, general)
    await home.until(first + timedelta(hours=20))

    assert "📮 Post again" in unsure.buttons
    assert "📮 Post again" not in known.buttons
    assert await home.kept() == {(ben.id, "🌱")}
    assert slack.messages(general) == [card]


async def test_every_button_of_the_card_is_answered_in_private(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    card = await the_morning_card(slack, home, anna, general)
    before = len(slack.messages(general))
    actions = next(block for block in card.blocks if block["type"] == "actions")

    for button in actions["elements"]:
        reply = await slack.click(ben, card, button["action_id"])
        if "Share a kindness" in button["text"]["text"]:
            assert await reply.modal()
        else:
            assert (await reply.ephemeral()).shown

    assert len(slack.messages(general)) == before


async def test_another_idea_takes_the_place_of_the_idea_before(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    card = await the_morning_card(slack, home, anna, general)
    idea = await (await slack.click(ben, card, "💡 Another idea")).ephemeral()
    earlier = idea.shown

    reply = await slack.click(ben, idea, "💡 Another idea")

    assert await reply.replacement() is idea
    assert idea.shown != earlier


async def test_uninstalling_stops_everything(slack: SlackStandIn, home: Home, anna: User, general: Channel) -> None:
    await set_up(slack, anna, general)
    assert await home.core.engine.next_at() is not None

    await slack.uninstall()

    await home.stop_listening()
    assert await home.core.engine.next_at() is None


KINDNESS = "Ben carried my boxes & said <nothing> about it. @channel *really*"


async def answered(slack: SlackStandIn, user: User, doing: Awaitable[object]) -> Ephemeral:
    """What somebody is answered privately in a channel for what they do."""
    before = len(slack.ephemeral(user))
    await doing
    await slack.until(lambda: len(slack.ephemeral(user)) > before)
    return slack.ephemeral(user)[-1]


async def shared_by(slack: SlackStandIn, home: Home, author: User, channel: Channel, **answers: object) -> Ephemeral:
    """Share an act with the form, and put it on the wall; the answer to that."""
    modal = await (await slack.slash(author, channel, "/kind", "share")).modal()
    told = {"text": KINDNESS, "telling": "received", "shown_as": "name", "circle": "colleagues"}
    preview = await answered(slack, author, slack.submit(author, modal, told | answers))
    published = await (await slack.click(author, preview, "Put it on the wall")).replacement()
    assert isinstance(published, Ephemeral)
    await home.core.engine.settle()
    return published


async def test_an_act_goes_from_the_form_to_the_channel_and_pings_nobody(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)

    await shared_by(slack, home, ben, general)

    [copy] = slack.messages(general)
    assert KINDNESS in copy.shown
    assert ben.name in copy.shown
    pings = pings_in_message(copy.text, copy.blocks, parse_names=True)
    assert (bool(pings), pings.links) == (False, ())


async def test_taking_it_back_removes_the_message(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    published = await shared_by(slack, home, ben, general)

    await slack.click(ben, published, "Take it back")
    await slack.until(lambda: not slack.messages(general))

    assert slack.messages(general) == []


async def test_a_message_that_somebody_deleted_stays_away(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    published = await shared_by(slack, home, ben, general)
    slack.delete_message(slack.messages(general)[0])

    modal = await (await slack.click(ben, published, "Change it")).modal()
    told = {"text": "Boxes!", "telling": "received", "shown_as": "someone"}
    await answered(slack, ben, slack.submit(ben, modal, told))
    await home.core.engine.settle()

    assert slack.messages(general) == []


async def test_reactions_to_an_act_become_words(
    slack: SlackStandIn, home: Home, anna: User, ben: User, general: Channel
) -> None:
    await set_up(slack, anna, general)
    await shared_by(slack, home, ben, general)
    [copy] = slack.messages(general)
    others = [slack.add_user(f"kim{number}") for number in range(4)]

    general.members.extend(others)
    for user in others:
        await slack.react(user, copy, "sunflower")
    await home.core.reactions.caught_up()
    await home.until(home.clock.now() + timedelta(minutes=2))

    assert "A few of you felt this." in slack.messages(general)[0].shown
