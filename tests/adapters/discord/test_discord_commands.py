"""The one table of commands, as Discord's."""

from adapters.discord import commands
from bot.domain.commands import Command, Option, OptionKind
from bot.domain.message import Card
from tests.adapters.discord.conftest import Listening, Village
from tests.adapters.discord.door import COMMANDS, Door
from tests.standins.discord import Permission


def stored(command: dict[str, object]) -> dict[str, object]:
    """A command as Discord tells it back: its own keys added, defaults filled in, rights as text."""
    rights = command.get("default_member_permissions")
    return command | {
        "id": "1",
        "version": "2",
        "nsfw": False,
        "default_member_permissions": None if rights is None else str(rights),
    }


def test_each_group_is_one_command_with_its_words_below() -> None:
    kind, kindling = commands.native(COMMANDS)

    assert (kind["name"], [word["name"] for word in kind["options"]]) == ("kind", ["today", "share"])
    assert (kindling["name"], [word["name"] for word in kindling["options"]]) == ("kindling", ["setup"])


def test_only_the_moderators_group_asks_for_a_right() -> None:
    kind, kindling = commands.native(COMMANDS)

    assert "default_member_permissions" not in kind
    assert kindling["default_member_permissions"] == Permission.MANAGE_GUILD


def test_commands_are_for_servers_only() -> None:
    assert all(command["contexts"] == [0] for command in commands.native(COMMANDS))
    assert all(command["integration_types"] == [0] for command in commands.native(COMMANDS))


def test_each_kind_of_option_is_native() -> None:
    [_, kindling] = commands.native(COMMANDS)
    [setup] = kindling["options"]
    kinds = {option["name"]: (option["type"], option.get("autocomplete", False)) for option in setup["options"]}

    assert kinds == {
        "channel": (7, False),
        "zone": (3, True),
        "morning": (3, False),
        "days": (3, False),
        "until": (3, False),
        "note": (3, False),
    }


def test_a_channel_is_a_text_channel() -> None:
    [_, kindling] = commands.native(COMMANDS)

    assert kindling["options"][0]["options"][0]["channel_types"] == [0, 5]


def test_no_option_has_to_be_typed() -> None:
    [_, kindling] = commands.native(COMMANDS)

    assert not any(option["required"] for option in kindling["options"][0]["options"])


def test_an_example_is_left_out_when_it_does_not_fit() -> None:
    option = Option("x", OptionKind.TEXT, "s" * 95, "an example")

    [group] = commands.native([Command("kind x", "A word", (option,))])

    assert group["options"][0]["options"][0]["description"] == "s" * 95


def test_what_discord_tells_back_is_the_same() -> None:
    wanted = commands.native(COMMANDS)

    assert commands.same(wanted, [stored(command) for command in reversed(wanted)])


def test_a_new_word_is_a_difference() -> None:
    wanted = commands.native(COMMANDS)
    known = commands.native(COMMANDS[1:])

    assert not commands.same(wanted, [stored(command) for command in known])


def test_a_command_too_many_is_a_difference() -> None:
    wanted = commands.native(COMMANDS)
    stray = {"type": 3, "name": "Old menu", "description": ""}

    assert not commands.same(wanted, [*map(stored, wanted), stray])


def test_suggestions_keep_to_discord_s_limits() -> None:
    pairs = [("v" * 101, "too long"), *((f"v{n}", "l" * 101) for n in range(30))]

    shown = commands.choices(pairs)

    assert len(shown) == 25
    assert all(len(str(choice["name"])) <= 100 for choice in shown)


async def test_the_table_is_registered_when_discord_knows_another(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        pass

    assert [command["name"] for command in village.discord.commands if command["type"] == 1] == ["kind", "kindling"]


async def test_the_table_is_not_registered_again(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        pass
    asked = len(village.discord.calls("GET", "/commands$"))
    async with listening(Door()):
        await village.discord.until(lambda: len(village.discord.calls("GET", "/commands$")) > asked)

    assert len(village.discord.calls("PUT", "/commands$")) == 1


async def test_registering_is_in_nobody_s_way(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        pass
    village.discord.fail("GET", "/commands$", drop_before=True, times=None)
    async with listening(Door()):
        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert "Good to see you." in reply.text


async def test_a_refused_table_does_not_end_listening(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        pass
    village.discord.commands.clear()
    village.discord.fail("PUT", "/commands$", status=400, times=None)
    again = Door()
    async with listening(again, wait_for_commands=False) as adapter:
        await village.discord.until(lambda: bool(village.discord.calls("PUT", "/commands$")[1:]))
        message = await village.posted(adapter, Card("Good morning"))
        await village.discord.react(village.anna, message, "🌱")
        await village.discord.until(lambda: bool(again.marks))


async def test_options_reach_the_core_as_texts(listening: Listening, door: Door, village: Village) -> None:
    moderator = village.discord.add_user("Maya")
    village.guild.add_member(moderator, permissions=Permission.MANAGE_GUILD)

    async with listening(door):
        await village.discord.slash(
            moderator, village.channel, "kindling setup", channel=village.channel, zone="Europe/Berlin", morning="9"
        )

    [knock] = door.knocks
    assert knock.about == "kindling setup"
    assert knock.values == {"channel": village.channel.id, "zone": "Europe/Berlin", "morning": "9"}


async def test_a_zone_is_completed_while_it_is_typed(listening: Listening, door: Door, village: Village) -> None:
    moderator = village.discord.add_user("Maya")
    village.guild.add_member(moderator, permissions=Permission.MANAGE_GUILD)

    async with listening(door):
        choices = await village.discord.autocomplete(
            moderator, village.channel, "kindling setup", focused="zone", value="Ber"
        )

    assert [(choice["value"], choice["name"]) for choice in choices] == [("Europe/Ber", "Ber (zone)")]
