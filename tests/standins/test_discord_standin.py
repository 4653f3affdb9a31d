"""The stand-in is only worth something if the real client works with it and its strictness bites."""

from __future__ import annotations

import asyncio
import io
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands, ui

from .discord import (
    Channel,
    ChannelType,
    DiscordStandIn,
    Guild,
    InteractionFailed,
    NotPossible,
    Permission,
    User,
)

HEART = "💛"
QUIET = discord.AllowedMentions.none()
INTENTS = discord.Intents(guilds=True, guild_reactions=True)


class Bot(discord.AutoShardedClient):
    """The real client with a few commands, and a memory for what it heard."""

    def __init__(self) -> None:
        super().__init__(intents=INTENTS, allowed_mentions=QUIET, guild_ready_timeout=0.05)
        self.heard: list[tuple[str, Any]] = []
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(Kind())
        self.tree.add_command(app_commands.ContextMenu(name="Add to the wall", callback=add_to_the_wall))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Tests need not wait five seconds before an IDENTIFY."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append((event, args))
        super().dispatch(event, *args, **kwargs)

    def events(self, name: str) -> list[Any]:
        return [args[0] if args else None for event, args in self.heard if event == name]


class Card(ui.LayoutView):
    def __init__(self) -> None:
        super().__init__(timeout=None)
        inside = ui.Container(ui.TextDisplay("Whom could I encourage today?"), accent_colour=0xFFCC00)
        self.add_item(inside)
        row: ui.ActionRow[Card] = ui.ActionRow()
        for label, name in (("Share", "share"), ("Another", "another"), ("Slow", "slow")):
            row.add_item(Press(label, name))
        row.add_item(ui.Button(label="Resting", custom_id="rest", disabled=True))
        self.add_item(row)
        menu: ui.ActionRow[Card] = ui.ActionRow()
        menu.add_item(Choose())
        self.add_item(menu)


class Press(ui.Button[Card]):
    def __init__(self, label: str, custom_id: str) -> None:
        super().__init__(label=label, custom_id=custom_id)

    async def callback(self, interaction: discord.Interaction) -> None:
        match self.custom_id:
            case "share":
                await interaction.response.send_modal(Share())
            case "slow":
                await interaction.response.defer()
                await interaction.followup.send("there you are", ephemeral=True)
            case _:
                changed = ui.LayoutView()
                changed.add_item(ui.TextDisplay("Another idea"))
                await interaction.response.edit_message(view=changed)


class Choose(ui.ChannelSelect[Card]):
    def __init__(self) -> None:
        super().__init__(custom_id="where", placeholder="Where?", channel_types=[discord.ChannelType.text])

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"in {self.values[0].name}", ephemeral=True)


class Share(ui.Modal, title="Share a kindness"):
    words = ui.Label(text="What happened?", component=ui.TextInput(custom_id="words", min_length=3, max_length=20))
    circle = ui.Label(
        text="For whom?",
        component=ui.Select(
            custom_id="circle", options=[discord.SelectOption(label="Close ones", value="close")], required=False
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.words.component, ui.TextInput)
        assert isinstance(self.circle.component, ui.Select)
        said = f"{self.words.component.value} / {self.circle.component.values}"
        await interaction.response.send_message(said, ephemeral=True)


class Kind(app_commands.Group):
    def __init__(self) -> None:
        rights = discord.Permissions(manage_guild=True)
        super().__init__(name="kindling", description="For moderators", default_permissions=rights, guild_only=True)

    prompts = app_commands.Group(name="prompts", description="Packs of prompts")

    @app_commands.command(description="Where and when")
    async def setup(
        self, interaction: discord.Interaction, channel: discord.TextChannel, zone: str, hour: int = 9
    ) -> None:
        await interaction.response.send_message(f"{channel.name} {zone} {hour}", ephemeral=True)

    @setup.autocomplete("zone")
    async def zones(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"Berlin, for {typed}", value="Europe/Berlin")]

    @prompts.command(description="Add one")
    async def add(self, interaction: discord.Interaction, text: str) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.edit_original_response(content=f"added {text}")

    @app_commands.command(description="Never answers")
    async def silence(self, interaction: discord.Interaction) -> None:
        pass


async def add_to_the_wall(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"on the wall: {message.content}", ephemeral=True)


class House:
    """A guild with a channel, a moderator and a member."""

    def __init__(self, standin: DiscordStandIn) -> None:
        self.guild: Guild = standin.add_guild("The house")
        self.channel: Channel = self.guild.add_channel("kindness")
        self.ann: User = standin.add_user("Ann")
        self.ben: User = standin.add_user("Ben")
        self.guild.add_member(self.ann, permissions=Permission.MANAGE_GUILD)
        self.guild.add_member(self.ben)


@pytest.fixture
async def standin() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as running:
        yield running


@pytest.fixture
def house(standin: DiscordStandIn) -> House:
    return House(standin)


@asynccontextmanager
async def logged_in(standin: DiscordStandIn, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The real client, connected and with its commands registered."""
    monkeypatch.setattr(discord.http.Route, "BASE", standin.url)
    monkeypatch.setattr(
        discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", discord.gateway.yarl.URL(standin.gateway_url)
    )
    async with Bot() as bot:
        running = asyncio.create_task(bot.start(standin.token))
        await standin.until(lambda: bot.is_ready() or running.done())
        if running.done():
            await running
        await bot.tree.sync()
        yield bot
        await bot.close()
        await running


@pytest.fixture
async def bot(standin: DiscordStandIn, house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    async with logged_in(standin, monkeypatch) as running:
        yield running


def channel_of(bot: Bot, house: House) -> discord.TextChannel:
    channel = bot.get_channel(int(house.channel.id))
    assert isinstance(channel, discord.TextChannel)
    return channel


class Raw:
    """Requests that no well-behaved client would send."""

    def __init__(self, standin: DiscordStandIn, session: aiohttp.ClientSession) -> None:
        self.standin = standin
        self.session = session

    async def __call__(self, method: str, path: str, body: object = None, token: str | None = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {token or self.standin.token}"}
        given = {} if body is None else {"json": body}
        async with self.session.request(method, self.standin.url + path, headers=headers, **given) as answer:
            return answer.status, await answer.json() if answer.status != 204 else None


@pytest.fixture
async def raw(standin: DiscordStandIn) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(standin, session)


def code_of(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["code"]


class TestTheRealClient:
    async def test_logs_in_and_sees_its_guild(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        assert bot.user is not None
        assert str(bot.user.id) == standin.bot.id
        assert [guild.name for guild in bot.guilds] == ["The house"]
        assert channel_of(bot, house).permissions_for(bot.guilds[0].me).send_messages
        assert standin.gateway.identifies[0]["intents"] == INTENTS.value

    async def test_is_turned_away_with_a_wrong_token(self, standin: DiscordStandIn, monkeypatch: Any) -> None:
        monkeypatch.setattr(discord.http.Route, "BASE", standin.url)

        async with Bot() as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.login("wrong")

        assert standin.invalid_requests == 1

    async def test_sends_and_edits_a_card(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        sent = await channel_of(bot, house).send(view=Card())
        other = ui.LayoutView()
        other.add_item(ui.TextDisplay("Changed"))
        [message] = standin.messages(house.channel)
        before = message.text, message.buttons

        await sent.edit(view=other)

        assert before == ("Whom could I encourage today?", ["Share", "Another", "Slow", "Resting"])
        assert message.text == "Changed"
        assert standin.violations == []

    async def test_sends_a_picture_with_its_description(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        picture = discord.File(__file__, filename="week.png", description="The week in leaves")
        view = ui.LayoutView()
        view.add_item(ui.MediaGallery(discord.MediaGalleryItem("attachment://week.png", description="The week")))

        sent = await channel_of(bot, house).send(view=view, file=picture)

        [message] = standin.messages(house.channel)
        assert message.attachments[0]["description"] == "The week in leaves"
        assert message.components[0]["items"][0]["media"]["url"] == message.attachments[0]["url"]
        assert await sent.attachments[0].read() != b""

    async def test_sends_the_same_nonce_once(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        first = await channel_of(bot, house).send("hello", nonce="a-key")
        again = await channel_of(bot, house).send("hello", nonce="a-key")

        assert first.id == again.id
        assert len(standin.messages(house.channel)) == 1

    async def test_pings_nobody_unless_it_means_to(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        text = f"{house.ben.mention} @everyone"
        await channel_of(bot, house).send(text)
        await channel_of(bot, house).send(text, allowed_mentions=discord.AllowedMentions.all())

        silent, loud = standin.messages(house.channel)
        assert not silent.pings
        assert (loud.mentions, loud.mention_everyone) == ([house.ben], True)

    async def test_hears_reactions_come_and_go(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await channel_of(bot, house).send("a card")
        [message] = standin.messages(house.channel)

        await standin.react(house.ben, message, HEART, duplicate=True)
        await standin.unreact(house.ben, message, HEART)
        await standin.react(house.ann, message, HEART)
        await standin.clear_emoji(message, HEART)
        await standin.clear_reactions(message)
        await standin.until(lambda: bool(bot.events("raw_reaction_clear")))

        assert [one.user_id for one in bot.events("raw_reaction_add")] == [
            int(house.ben.id),
            int(house.ben.id),
            int(house.ann.id),
        ]
        assert len(bot.events("raw_reaction_remove")) == 1
        assert len(bot.events("raw_reaction_clear_emoji")) == 1

    async def test_reads_reactions_page_by_page(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        sent = await channel_of(bot, house).send("a card")
        [message] = standin.messages(house.channel)
        for number in range(103):
            person = standin.add_user(f"Guest {number}")
            house.guild.add_member(person)
            await standin.react(person, message, HEART)

        fresh = await sent.channel.fetch_message(sent.id)
        found = [user async for user in fresh.reactions[0].users(limit=None)]

        assert fresh.reactions[0].count == len(found) == 103

    async def test_hears_nothing_of_what_people_write(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await standin.write(house.ben, house.channel, "between us")
        [read] = [one async for one in channel_of(bot, house).history()]

        assert read.content == ""
        assert bot.events("message") == []

    async def test_writes_to_a_person_unless_their_door_is_shut(
        self, bot: Bot, house: House, standin: DiscordStandIn
    ) -> None:
        person = await bot.fetch_user(int(house.ben.id))
        await person.send("only for you")
        house.ben.accepts_dms = False

        with pytest.raises(discord.Forbidden) as refused:
            await person.send("again")

        assert refused.value.code == 50007
        assert [one.text for one in standin.messages(standin.dm(house.ben))] == ["only for you"]

    async def test_learns_that_a_right_is_gone(self, bot: Bot, house: House) -> None:
        house.channel.deny(house.guild.me, Permission.SEND_MESSAGES)
        with pytest.raises(discord.Forbidden) as missing_right:
            await channel_of(bot, house).send("hello")
        house.channel.deny(house.guild.me, Permission.VIEW_CHANNEL)
        with pytest.raises(discord.Forbidden) as missing_access:
            await channel_of(bot, house).send("hello")

        assert (missing_right.value.code, missing_access.value.code) == (50013, 50001)

    async def test_learns_that_a_channel_or_guild_is_gone(
        self, bot: Bot, house: House, standin: DiscordStandIn
    ) -> None:
        channel = channel_of(bot, house)
        await standin.begin_outage(house.guild)
        await standin.end_outage(house.guild)
        await standin.delete_channel(house.channel)
        await standin.remove_guild(house.guild)
        await standin.readd_guild(house.guild)
        await standin.until(lambda: bool(bot.events("guild_join")))

        with pytest.raises(discord.NotFound) as refused:
            await channel.send("hello")

        assert refused.value.code == 10003
        happened = [event for event, _ in bot.heard if event.startswith(("guild_", "guild_channel_"))]
        assert happened[-5:] == [
            "guild_unavailable",
            "guild_available",
            "guild_channel_delete",
            "guild_remove",
            "guild_join",
        ]


class TestInteractions:
    async def test_a_command_is_answered_for_one_person(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        reply = await standin.slash(house.ann, house.channel, "kindling setup", channel=house.channel, zone="Paris")

        assert reply.text == "kindness Paris 9"
        assert reply.ephemeral
        assert not reply.deferred
        assert reply.took < standin.deadline
        assert standin.messages(house.channel) == []
        assert standin.messages(house.channel, seen_by=house.ann) == [reply.message]

    async def test_a_deferred_answer_is_waited_for(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        reply = await standin.slash(house.ann, house.channel, "kindling prompts add", text="smile")

        assert reply.deferred
        assert reply.ephemeral
        assert reply.text == "added smile"

    async def test_choices_are_offered_while_typing(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        choices = await standin.autocomplete(
            house.ann, house.channel, "kindling setup", focused="zone", value="berl", channel=house.channel
        )

        assert [choice["name"] for choice in choices] == ["Berlin, for berl"]

    async def test_a_button_opens_a_modal_that_can_be_sent(
        self, bot: Bot, house: House, standin: DiscordStandIn
    ) -> None:
        await channel_of(bot, house).send(view=Card())
        [card] = standin.messages(house.channel)

        opened = await standin.click(house.ben, card, "Share")
        reply = await standin.submit(house.ben, opened, {"What happened?": "tea", "circle": "Close ones"})

        assert opened.modal is not None
        assert opened.modal.labels == ["What happened?", "For whom?"]
        assert reply.text == "tea / ['close']"

    async def test_a_press_may_change_the_message(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await channel_of(bot, house).send(view=Card())
        [card] = standin.messages(house.channel)

        reply = await standin.click(house.ben, card, "another")

        assert reply.updated
        assert card.text == "Another idea"
        with pytest.raises(NotPossible):
            await standin.click(house.ben, card, "another")

    async def test_a_press_may_be_followed_up(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await channel_of(bot, house).send(view=Card())

        reply = await standin.click(house.ben, standin.messages(house.channel)[0], "Slow")

        assert (reply.deferred, reply.ephemeral, reply.text) == (True, True, "there you are")

    async def test_a_select_menu_resolves_what_was_chosen(
        self, bot: Bot, house: House, standin: DiscordStandIn
    ) -> None:
        await channel_of(bot, house).send(view=Card())
        [card] = standin.messages(house.channel)
        voice = house.guild.add_channel("lounge", kind=ChannelType.VOICE)

        reply = await standin.select(house.ben, card, "Where?", house.channel)

        assert reply.text == "in kindness"
        with pytest.raises(NotPossible):
            await standin.select(house.ben, card, "Where?", voice)

    async def test_a_message_menu_hands_over_the_message(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        message = await standin.write(house.ben, house.channel, "Cleo brought cake")

        reply = await standin.message_menu(house.ben, message, "Add to the wall")

        assert reply.text == "on the wall: Cleo brought cake"

    async def test_no_answer_in_time_fails(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        standin.deadline = 0.05

        with pytest.raises(InteractionFailed):
            await standin.slash(house.ann, house.channel, "kindling silence")

    @pytest.mark.parametrize(
        ("command", "options"),
        [
            ("unknown", {}),
            ("kindling", {}),
            ("kindling prompts", {}),
            ("kindling setup", {"zone": "Paris"}),
            ("kindling setup", {"channel": "kindness", "zone": "Paris"}),
            ("kindling prompts add", {"text": "smile", "more": "x"}),
            ("kindling prompts add", {"text": 5}),
        ],
    )
    async def test_what_the_app_would_not_offer_is_refused(
        self, bot: Bot, house: House, standin: DiscordStandIn, command: str, options: dict[str, object]
    ) -> None:
        with pytest.raises(NotPossible):
            await standin.slash(house.ann, house.channel, command, **options)

    async def test_rights_decide_who_may_use_a_command(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        with pytest.raises(NotPossible):
            await standin.slash(house.ben, house.channel, "kindling prompts add", text="smile")
        with pytest.raises(NotPossible):
            await standin.slash(house.ann, standin.dm(house.ann), "kindling prompts add", text="smile")

    @pytest.mark.parametrize("values", [{}, {"words": "no"}, {"words": "x" * 21}, {"other": "tea"}])
    async def test_a_modal_is_not_sent_before_it_is_filled_in(
        self, bot: Bot, house: House, standin: DiscordStandIn, values: dict[str, str]
    ) -> None:
        await channel_of(bot, house).send(view=Card())
        opened = await standin.click(house.ben, standin.messages(house.channel)[0], "Share")

        with pytest.raises(NotPossible):
            await standin.submit(house.ben, opened, values)

    async def test_disabled_and_foreign_buttons_cannot_be_pressed(
        self, bot: Bot, house: House, standin: DiscordStandIn
    ) -> None:
        await channel_of(bot, house).send(view=Card())
        [card] = standin.messages(house.channel)
        reply = await standin.click(house.ben, card, "Slow")

        with pytest.raises(NotPossible):
            await standin.click(house.ben, card, "Resting")
        with pytest.raises(NotPossible):
            await standin.click(house.ann, reply.followups[0], "Share")


class TestTheGateway:
    async def test_what_happened_offline_is_replayed(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await channel_of(bot, house).send("a card")
        [message] = standin.messages(house.channel)

        async with standin.offline():
            await standin.react(house.ben, message, HEART)
        await standin.until(lambda: bool(bot.events("raw_reaction_add")))

        assert bot.events("resumed") == [None]
        assert len(standin.gateway.identifies) == 1

    async def test_without_a_session_it_is_lost(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await channel_of(bot, house).send("a card")
        [message] = standin.messages(house.channel)

        async with standin.offline(resumable=False):
            await standin.react(house.ben, message, HEART)
        await standin.until(lambda: len(standin.gateway.identifies) == 2)
        await standin.connected()
        await standin.react(house.ann, message, HEART)
        await standin.until(lambda: bool(bot.events("raw_reaction_add")))

        assert [one.user_id for one in bot.events("raw_reaction_add")] == [int(house.ann.id)]

    async def test_sessions_can_be_dropped_moved_and_invalidated(self, bot: Bot, standin: DiscordStandIn) -> None:
        await standin.drop_gateway()
        await standin.until(lambda: len(bot.events("resumed")) == 1)
        await standin.drop_gateway(code=None)
        await standin.until(lambda: len(bot.events("resumed")) == 2)
        await standin.request_reconnect()
        await standin.until(lambda: len(bot.events("resumed")) == 3)
        await standin.reidentify()

        assert (len(standin.gateway.identifies), len(standin.gateway.resumes)) == (2, 3)

    async def test_ready_may_come_five_times(self, bot: Bot, standin: DiscordStandIn) -> None:
        for _ in range(4):
            await standin.send_ready()
            before = len(bot.events("ready"))
            await standin.until(lambda before=before: len(bot.events("ready")) > before)

        assert len(bot.events("ready")) == 5

    async def test_events_can_be_held_and_turned_round(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        await channel_of(bot, house).send("a card")
        [message] = standin.messages(house.channel)
        standin.hold_events()
        await standin.react(house.ben, message, HEART)
        await standin.unreact(house.ben, message, HEART)

        await standin.release_events(order=reversed)
        await standin.until(lambda: bool(bot.events("raw_reaction_add")))

        heard = [event for event, _ in bot.heard if event.startswith("raw_reaction")]
        assert heard == ["raw_reaction_remove", "raw_reaction_add"]

    async def test_guilds_are_spread_over_shards(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with DiscordStandIn(shards=2) as standin:
            for name in ("one", "two", "three"):
                standin.add_guild(name)

            async with logged_in(standin, monkeypatch) as bot:
                await standin.connected()
                shards = {guild.shard_id for guild in bot.guilds}

        assert shards == {0, 1}
        assert sorted(one["shard"] for one in standin.gateway.identifies) == [[0, 2], [1, 2]]

    async def test_heartbeats_are_acknowledged(
        self, standin: DiscordStandIn, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        standin.gateway.heartbeat_interval = 0.05
        standin.gateway.leniency = 400  # a busy machine skips beats

        async with logged_in(standin, monkeypatch) as bot:
            await standin.until(lambda: standin.gateway.heartbeats >= 3)
            await standin.until(lambda: bot.latency < math.inf)  # which it is until an answer has come

        assert standin.gateway.connections == 1

    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
            ({"op": 2, "d": {"token": "", "intents": 1 << 15}}, 4014),
            ({"op": 2, "d": {"token": "", "intents": 1 << 40}}, 4013),
            ({"op": 2, "d": {"token": "", "intents": 1, "shard": [2, 2]}}, 4010),
            ({"op": 8, "d": {}}, 4003),
            ({"op": 99}, 4001),
            ("no object", 4002),
        ],
    )
    async def test_a_bad_client_is_closed(self, standin: DiscordStandIn, frame: Any, code: int) -> None:
        if isinstance(frame, dict) and frame.get("d", {}).get("token") == "":
            frame["d"]["token"] = standin.token

        async with aiohttp.ClientSession() as session, session.ws_connect(address(standin)) as socket:
            await socket.receive_json()
            await socket.send_json(frame)
            await socket.receive()

        assert socket.close_code == code

    async def test_a_missing_heartbeat_closes_the_connection(self, standin: DiscordStandIn) -> None:
        standin.gateway.heartbeat_interval = 0.02

        async with aiohttp.ClientSession() as session, session.ws_connect(address(standin)) as socket:
            await socket.receive_json()
            await socket.receive()

        assert socket.close_code == 4009

    async def test_connections_can_be_refused(self, standin: DiscordStandIn) -> None:
        standin.refuse_connections(1)

        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(address(standin))
            async with session.ws_connect(address(standin)) as socket:
                assert (await socket.receive_json())["op"] == 10


def address(standin: DiscordStandIn) -> str:
    return f"{standin.gateway_url}?v=10&encoding=json"


class TestTrouble:
    async def test_the_answer_can_be_lost(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        standin.fail("POST", "/messages$", drop_after=True)

        with pytest.raises(aiohttp.ClientError):
            await channel_of(bot, house).send("hello", nonce="a-key")
        await channel_of(bot, house).send("hello", nonce="a-key")

        assert len(standin.messages(house.channel)) == 1

    async def test_the_request_can_be_lost(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        fault = standin.fail("POST", "/messages$", drop_before=True, times=None)

        with pytest.raises(aiohttp.ClientError):
            await channel_of(bot, house).send("hello")

        assert standin.messages(house.channel) == []
        assert fault.hits == 1

    async def test_any_error_can_be_ordered(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        standin.fail("POST", "/messages$", status=503)

        with pytest.raises(discord.DiscordServerError):
            await channel_of(bot, house).send("hello")
        await channel_of(bot, house).send("hello")

        assert [one.status for one in standin.calls("POST", "/messages$")] == [503, 200]

    async def test_a_429_is_waited_out(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        standin.fail("POST", "/messages$", retry_after=0.05)

        await channel_of(bot, house).send("hello")

        assert [one.status for one in standin.calls("POST", "/messages$")] == [429, 200]
        assert standin.invalid_requests == 1

    async def test_a_bucket_runs_empty(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        standin.limits.set("POST", "/messages$", 2, 5.0)

        answers = [await raw("POST", f"/channels/{house.channel.id}/messages", {"content": "x"}) for _ in range(3)]

        assert [status for status, _ in answers] == [200, 200, 429]
        assert answers[2][1]["global"] is False
        assert 0 < answers[2][1]["retry_after"] <= 5

    async def test_fifty_a_second_are_the_limit(self, standin: DiscordStandIn, raw: Raw) -> None:
        standin.limits.per_second = 3

        answers = [await raw("GET", "/users/@me") for _ in range(4)]

        assert [status for status, _ in answers] == [200, 200, 200, 429]
        assert answers[3][1]["global"] is True

    async def test_the_token_stays_out_of_the_log(self, bot: Bot, house: House, standin: DiscordStandIn) -> None:
        reply = await standin.slash(house.ann, house.channel, "kindling prompts add", text="smile")

        logged = repr(standin.requests)
        assert standin.token not in logged
        assert reply.interaction.token not in logged


def text(content: str) -> dict[str, object]:
    return {"type": 10, "content": content}


def button(**changes: object) -> dict[str, object]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | changes


def row(*parts: object) -> dict[str, object]:
    return {"type": 1, "components": list(parts)}


def v2(*parts: object, **more: object) -> dict[str, object]:
    return {"flags": 1 << 15, "components": list(parts)} | more


BAD_MESSAGES: dict[str, object] = {
    "content too long": {"content": "x" * 2001},
    "content beside components v2": v2(text("x"), content="x"),
    "components v2 without the flag": {"components": [text("x")]},
    "more than 40 components": v2(*[text("x") for _ in range(41)]),
    "more than 40 with the nested": v2({"type": 17, "components": [text("x")] * 20}, *[text("x")] * 20),
    "more than 4000 characters in all": v2(text("x" * 2000), text("x" * 2001)),
    "an empty text": v2(text("")),
    "a container in a container": v2({"type": 17, "components": [{"type": 17, "components": [text("x")]}]}),
    "an empty container": v2({"type": 17, "components": []}),
    "a section without accessory": v2({"type": 9, "components": [text("x")]}),
    "a section of four texts": v2({"type": 9, "components": [text("x")] * 4, "accessory": button()}),
    "six buttons in a row": v2(row(*[button(custom_id=str(number)) for number in range(6)])),
    "a button and a select in a row": v2(
        row(button(), {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]})
    ),
    "an empty row": v2(row()),
    "an emoji in letters": v2(row(button(emoji={"name": "smile"}))),
    "two defaults where one may be chosen": v2(
        row(
            {
                "type": 3,
                "custom_id": "s",
                "options": [{"label": one, "value": one, "default": True} for one in ("a", "b")],
            }
        )
    ),
    "a label too long": v2(row(button(label="x" * 81))),
    "a button without a name": v2(row(button(label=None))),
    "a custom id too long": v2(row(button(custom_id="x" * 101))),
    "no custom id": v2(row(button(custom_id=None))),
    "the same custom id twice": v2(row(button(), button())),
    "a link without address": v2(row({"type": 2, "style": 5, "label": "Go"})),
    "a link with a custom id": v2(row(button(style=5, url="https://example.org"))),
    "a link to somewhere odd": v2(row({"type": 2, "style": 5, "label": "Go", "url": "ftp://example.org"})),
    "26 options": v2(
        row({"type": 3, "custom_id": "s", "options": [{"label": "a", "value": str(n)} for n in range(26)]})
    ),
    "the same option twice": v2(
        row({"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}, {"label": "b", "value": "a"}]})
    ),
    "a picture that was not sent along": v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}),
    "an unknown component": v2({"type": 99}),
    "a nonce too long": {"content": "x", "nonce": "x" * 26},
    "all users and some users": {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "a list for a text": {"content": ["x"]},
}


class TestStrictnessOfMessages:
    @pytest.mark.parametrize("name", BAD_MESSAGES)
    async def test_a_bad_message_is_refused(self, standin: DiscordStandIn, house: House, raw: Raw, name: str) -> None:
        answer = await raw("POST", f"/channels/{house.channel.id}/messages", BAD_MESSAGES[name])

        assert code_of(answer) == (400, 50035)
        assert answer[1]["errors"]
        assert len(standin.violations) == 1
        assert standin.messages(house.channel) == []

    async def test_our_own_rules_hold_without_the_specification(
        self, standin: DiscordStandIn, house: House, raw: Raw, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tests.standins.discord.rest.specification", lambda: None)
        by_schema_only = {"an unknown component", "a list for a text"}

        for name, body in BAD_MESSAGES.items():
            answer = await raw("POST", f"/channels/{house.channel.id}/messages", body)
            assert name in by_schema_only or code_of(answer) == (400, 50035), name

    async def test_errors_say_where(self, house: House, raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tests.standins.discord.rest.specification", lambda: None)

        _, answer = await raw("POST", f"/channels/{house.channel.id}/messages", v2(row(button(label="x" * 81))))

        [error] = answer["errors"]["components"]["0"]["components"]["0"]["label"]["_errors"]
        assert error["code"] == "BASE_TYPE_BAD_LENGTH"

    async def test_an_empty_message_is_refused(self, house: House, raw: Raw) -> None:
        assert code_of(await raw("POST", f"/channels/{house.channel.id}/messages", {"content": ""})) == (400, 50006)

    async def test_a_nonce_counts_per_author_and_for_a_while(self, standin: DiscordStandIn, raw: Raw) -> None:
        now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        standin.now = lambda: now
        guild = standin.add_guild()
        here, there = guild.add_channel("here"), guild.add_channel("there")
        body = {"content": "x", "nonce": "n", "enforce_nonce": True}

        _, first = await raw("POST", f"/channels/{here.id}/messages", body)
        _, elsewhere = await raw("POST", f"/channels/{there.id}/messages", body)
        now += timedelta(minutes=6)
        _, later = await raw("POST", f"/channels/{here.id}/messages", body)

        assert first["id"] == elsewhere["id"] != later["id"]
        assert discord.utils.snowflake_time(int(later["id"])) == now

    async def test_messages_are_listed_in_pages(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        path = f"/channels/{house.channel.id}/messages"
        ids = [(await raw("POST", path, {"content": str(number)}))[1]["id"] for number in range(5)]

        async def listed(query: str) -> list[int]:
            return [ids.index(one["id"]) for one in (await raw("GET", path + query))[1]]

        assert await listed("?limit=2") == [4, 3]
        assert await listed(f"?before={ids[2]}&limit=1") == [1]
        assert await listed(f"?after={ids[1]}&limit=2") == [3, 2]
        assert await listed(f"?around={ids[2]}&limit=3") == [3, 2, 1]
        assert code_of(await raw("GET", f"{path}?limit=101")) == (400, 50035)


class TestStrictnessOfRights:
    async def test_a_wrong_token_is_refused_and_counted(self, standin: DiscordStandIn, raw: Raw) -> None:
        assert code_of(await raw("GET", "/users/@me", token="wrong")) == (401, 0)
        assert standin.invalid_requests == 1

    async def test_an_unknown_address_is_a_violation(self, standin: DiscordStandIn, raw: Raw) -> None:
        assert await raw("GET", "/nowhere") == (404, {"code": 0, "message": "404: Not Found"})
        assert (await raw("DELETE", "/users/@me"))[0] == 405
        assert len(standin.violations) == 2

    async def test_unknown_things_are_named(self, house: House, raw: Raw) -> None:
        channel = house.channel.id

        assert code_of(await raw("GET", "/channels/1")) == (404, 10003)
        assert code_of(await raw("GET", f"/channels/{channel}/messages/1")) == (404, 10008)
        assert code_of(await raw("GET", "/guilds/1")) == (404, 10004)
        assert code_of(await raw("GET", f"/guilds/{house.guild.id}/members/1")) == (404, 10007)

    @pytest.mark.parametrize(
        ("denied", "method", "path", "code"),
        [
            (Permission.VIEW_CHANNEL, "GET", "", 50001),
            (Permission.VIEW_CHANNEL, "GET", "/messages", 50001),
            (Permission.READ_MESSAGE_HISTORY, "GET", "/messages/{id}", 50001),
            (Permission.READ_MESSAGE_HISTORY, "GET", "/messages/{id}/reactions/%F0%9F%92%9B", 50001),
            (Permission.ADD_REACTIONS, "PUT", "/messages/{id}/reactions/%F0%9F%92%9B/@me", 50013),
            (Permission.MANAGE_MESSAGES, "DELETE", "/messages/{id}/reactions", 50013),
            (Permission.MANAGE_MESSAGES, "DELETE", "/messages/{id}", 50013),
            (Permission.PIN_MESSAGES, "PUT", "/messages/pins/{id}", 50013),
        ],
    )
    async def test_each_call_needs_its_right(
        self, *, standin: DiscordStandIn, house: House, raw: Raw, denied: int, method: str, path: str, code: int
    ) -> None:
        house.guild.bot_role.grant(Permission.MANAGE_MESSAGES | Permission.PIN_MESSAGES)
        message = await standin.write(house.ben, house.channel, "hello")
        house.channel.deny(house.guild.me, denied)
        at = f"/channels/{house.channel.id}{path.format(id=message.id)}"

        assert code_of(await raw(method, at)) == (403, code)

        house.channel.allow(house.guild.me, denied)
        assert (await raw(method, at))[0] in (200, 204)

    async def test_the_history_is_empty_without_the_right(
        self, standin: DiscordStandIn, house: House, raw: Raw
    ) -> None:
        await standin.write(house.ben, house.channel, "hello")
        house.channel.deny(house.guild.me, Permission.READ_MESSAGE_HISTORY)

        assert await raw("GET", f"/channels/{house.channel.id}/messages") == (200, [])

    async def test_in_a_timeout_a_bot_reads_and_does_nothing_else(
        self, standin: DiscordStandIn, house: House, raw: Raw
    ) -> None:
        at = f"/channels/{house.channel.id}/messages"
        house.guild.me.timed_out_until = standin.now() + timedelta(minutes=1)

        assert code_of(await raw("POST", at, {"content": "x"})) == (403, 50013)
        assert (await raw("GET", at))[0] == 200

    async def test_few_edits_of_old_messages_are_taken(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        now = standin.now
        _, sent = await raw("POST", f"/channels/{house.channel.id}/messages", {"content": "x"})
        standin.now = lambda: now() + timedelta(hours=1)
        at = f"/channels/{house.channel.id}/messages/{sent['id']}"

        statuses = [(await raw("PATCH", at, {"content": str(number)}))[0] for number in range(3)]
        refused = await raw("PATCH", at, {"content": "once more"})

        assert statuses == [200] * 3
        assert code_of(refused) == (429, 30046)
        assert 0 < refused[1]["retry_after"] <= 6

    async def test_an_address_has_a_preview_that_is_in_the_way_of_components(
        self, standin: DiscordStandIn, house: House, raw: Raw
    ) -> None:
        _, sent = await raw("POST", f"/channels/{house.channel.id}/messages", {"content": "see https://a.example"})
        at = f"/channels/{house.channel.id}/messages/{sent['id']}"

        refused = await raw("PATCH", at, v2(text("x"), content=None))
        taken = await raw("PATCH", at, v2(text("x"), content=None, embeds=[]))

        assert sent["embeds"]
        assert (code_of(refused), taken[0]) == ((400, 50035), 200)
        standin.violations.clear()

    @pytest.mark.parametrize(("sizes", "refusal"), [([1] * 11, (400, 30015)), ([10 * 1024 * 1024 + 1], (413, 40005))])
    async def test_only_so_many_files_of_such_a_size_are_taken(
        self, standin: DiscordStandIn, house: House, raw: Raw, sizes: list[int], refusal: tuple[int, int]
    ) -> None:
        form = aiohttp.FormData({"payload_json": "{}"}, quote_fields=False)
        for index, size in enumerate(sizes):
            file = io.BytesIO(b"x" * size)
            form.add_field(f"files[{index}]", file, filename=f"{index}.txt", content_type="text/plain")
        headers = {"Authorization": f"Bot {standin.token}"}
        url = f"{standin.url}/channels/{house.channel.id}/messages"

        async with raw.session.post(url, data=form, headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == refusal

        assert standin.messages(house.channel) == []

    async def test_words_of_others_cannot_be_edited(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        message = await standin.write(house.ben, house.channel, "hello")

        answer = await raw("PATCH", f"/channels/{house.channel.id}/messages/{message.id}", {"content": "x"})

        assert code_of(answer) == (403, 50005)

    async def test_a_made_up_emoji_is_refused(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        message = await standin.write(house.ben, house.channel, "hello")

        answer = await raw("PUT", f"/channels/{house.channel.id}/messages/{message.id}/reactions/heart/@me")

        assert code_of(answer) == (400, 10014)


def command(**changes: object) -> dict[str, object]:
    return {"name": "kind", "description": "Kind things"} | changes


def option(**changes: object) -> dict[str, object]:
    return {"type": 3, "name": "text", "description": "Words"} | changes


SUBCOMMAND = option(type=1, name="add")
BAD_COMMANDS: dict[str, list[object]] = {
    "capital letters": [command(name="Kind")],
    "a space": [command(name="be kind")],
    "a long name": [command(name="x" * 33)],
    "no description": [command(description="")],
    "a long description": [command(description="x" * 101)],
    "the same name twice": [command(), command()],
    "26 options": [command(options=[option(name=f"o{number}") for number in range(26)])],
    "an option twice": [command(options=[option(), option()])],
    "required after optional": [command(options=[option(), option(name="b", required=True)])],
    "a subcommand beside an option": [command(options=[SUBCOMMAND, option()])],
    "a group in a subcommand": [command(options=[SUBCOMMAND | {"options": [option(type=2, name="g")]}])],
    "an empty group": [command(options=[option(type=2, name="g", options=[])])],
    "choices and autocomplete": [command(options=[option(autocomplete=True, choices=[{"name": "a", "value": "a"}])])],
    "autocomplete of a channel": [command(options=[option(type=7, autocomplete=True)])],
    "more than 8000 characters": [
        command(
            options=[
                option(name=f"o{number}", choices=[{"name": "x" * 100, "value": str(n)} for n in range(25)])
                for number in range(4)
            ]
        )
    ],
    "a menu with a description": [{"type": 3, "name": "Add to the wall", "description": "x"}],
    "sixteen menus": [{"type": 3, "name": f"Menu {number}"} for number in range(16)],
}


class TestStrictnessOfCommands:
    @pytest.mark.parametrize("name", BAD_COMMANDS)
    async def test_a_bad_command_is_refused(self, standin: DiscordStandIn, raw: Raw, name: str) -> None:
        answer = await raw("PUT", f"/applications/{standin.world.application_id}/commands", BAD_COMMANDS[name])

        assert code_of(answer) == (400, 50035)
        assert standin.commands == []

    async def test_a_good_command_keeps_its_id(self, standin: DiscordStandIn, raw: Raw) -> None:
        path = f"/applications/{standin.world.application_id}/commands"
        good = command(name="güte", options=[SUBCOMMAND], default_member_permissions=32)

        _, [first] = await raw("PUT", path, [good])
        _, [again] = await raw("PUT", path, [good])

        assert first["id"] == again["id"]
        assert first["default_member_permissions"] == "32"


class Answerer:
    """An interaction whose answers are given by hand."""

    def __init__(self, standin: DiscordStandIn, raw: Raw, running: asyncio.Task[Any]) -> None:
        self.standin = standin
        self.raw = raw
        self.running = running
        [self.interaction] = standin.world.interactions.values()

    async def answer(self, body: object) -> tuple[int, Any]:
        path = f"/interactions/{self.interaction.id}/{self.interaction.token}/callback"
        return await self.raw("POST", path, body, token="none needed")

    async def webhook(self, method: str, end: str = "", body: object = None) -> tuple[int, Any]:
        app = self.standin.world.application_id
        return await self.raw(method, f"/webhooks/{app}/{self.interaction.token}{end}", body)


@asynccontextmanager
async def pressed(standin: DiscordStandIn, house: House, raw: Raw, deadline: float = 3.0) -> AsyncIterator[Answerer]:
    standin.deadline, standin.patience = deadline, 0.1
    _, sent = await raw("POST", f"/channels/{house.channel.id}/messages", {"components": [row(button())]})
    card = house.channel.message(sent["id"])
    assert card is not None
    running = asyncio.create_task(standin.click(house.ben, card, "Go"))
    await standin.until(lambda: bool(standin.world.interactions))
    yield Answerer(standin, raw, running)
    running.cancel()
    with suppress(asyncio.CancelledError, InteractionFailed):
        await running


def modal(*parts: object, **changes: object) -> dict[str, object]:
    fields = list(parts) or [label()]
    return {"type": 9, "data": {"custom_id": "m", "title": "Share", "components": fields} | changes}


def label(**changes: object) -> dict[str, object]:
    return {"type": 18, "label": "Words", "component": {"type": 4, "custom_id": "w", "style": 1} | changes}


BAD_ANSWERS: dict[str, object] = {
    "choices to a press": {"type": 8, "data": {"choices": []}},
    "a pong": {"type": 1},
    "a message too long": {"type": 4, "data": {"content": "x" * 2001}},
    "a modal without parts": modal(components=[]),
    "a modal of six parts": modal(*[label(custom_id=str(number)) for number in range(6)]),
    "a modal without title": modal(title=""),
    "a modal with a long title": modal(title="x" * 46),
    "a field with a long label": modal(label() | {"label": "x" * 46}),
    "the same field twice": modal(label(), label()),
    "a text input that asks for too much": modal(label(min_length=5, max_length=4)),
    "a prefilled text that is too long": modal(label(max_length=2, value="xxx")),
    "a text input on its own": modal({"type": 4, "custom_id": "w", "style": 1, "label": "Words"}),
    "a button in a modal": modal(row(button())),
    "a list that need not be answered and is required": modal(label(type=5, min_values=0)),
    "a deferral with components": {"type": 5, "data": {"flags": 1 << 15 | 1 << 6}},
}


class TestStrictnessOfInteractions:
    @pytest.mark.parametrize("name", BAD_ANSWERS)
    async def test_a_bad_answer_is_refused(self, standin: DiscordStandIn, house: House, raw: Raw, name: str) -> None:
        async with pressed(standin, house, raw) as press:
            assert code_of(await press.answer(BAD_ANSWERS[name])) == (400, 50035)

    async def test_one_answer_is_enough(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        async with pressed(standin, house, raw) as press:
            assert (await press.answer({"type": 4, "data": {"content": "x"}}))[0] == 204
            assert code_of(await press.answer({"type": 4, "data": {"content": "x"}})) == (400, 40060)

    async def test_an_answer_that_comes_late_is_refused(self, standin: DiscordStandIn, house: House, raw: Raw) -> None:
        async with pressed(standin, house, raw, deadline=0.0) as press:
            assert code_of(await press.answer({"type": 6})) == (404, 10062)

    async def test_follow_ups_need_an_answer_first_and_a_young_token(
        self, standin: DiscordStandIn, house: House, raw: Raw
    ) -> None:
        now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        standin.now = lambda: now
        async with pressed(standin, house, raw) as press:
            early = await press.webhook("POST", body={"content": "x"})
            await press.answer({"type": 4, "data": {"content": "x", "flags": 64}})
            fine = await press.webhook("POST", body={"content": "y"})
            now += timedelta(minutes=16)
            late = await press.webhook("POST", body={"content": "z"})

        assert code_of(early) == (404, 10015)
        assert fine[0] == 200
        assert code_of(late) == (401, 50027)

    async def test_the_first_follow_up_takes_the_place_of_thinking(
        self, standin: DiscordStandIn, house: House, raw: Raw
    ) -> None:
        async with pressed(standin, house, raw) as press:
            await press.answer({"type": 5, "data": {"flags": 64}})
            await press.webhook("POST", body={"content": "done"})
            reply = await press.running

        assert (reply.deferred, reply.ephemeral, reply.pending, reply.text) == (True, True, False, "done")
        assert reply.followups == []

    async def test_the_original_can_be_read_edited_and_deleted(
        self, standin: DiscordStandIn, house: House, raw: Raw
    ) -> None:
        async with pressed(standin, house, raw) as press:
            await press.answer({"type": 4, "data": {"content": "x"}})
            _, edited = await press.webhook("PATCH", "/messages/@original", {"content": "y"})
            _, read = await press.webhook("GET", "/messages/@original")
            deleted = await press.webhook("DELETE", "/messages/@original")
            gone = await press.webhook("GET", "/messages/@original")

        assert edited["content"] == read["content"] == "y"
        assert deleted[0] == 204
        assert code_of(gone) == (404, 10008)


async def test_the_stand_in_stops_with_a_client_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", "unset")
    async with DiscordStandIn() as standin:
        House(standin)
        session = aiohttp.ClientSession()
        socket = await session.ws_connect(address(standin))
        await socket.receive_json()

    farewell = await socket.receive()
    assert farewell.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
    await session.close()
