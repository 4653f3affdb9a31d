"""The shortest way through everything: a card is sent, a command typed, a button pressed."""

from adapters.discord.adapter import DiscordAdapter
from bot.domain.message import Action, Card, Choice, Text
from bot.domain.places import MessageRef
from tests.adapters.discord.conftest import Listening, Village
from tests.adapters.discord.door import Door

TRY = Choice("I'll try one", Action("try", "d1"))
MORNING = Card("Good morning", (Text("Whom could you encourage today?"),), (TRY,))


async def test_a_card_is_posted(adapter: DiscordAdapter, village: Village) -> None:
    ref = await adapter.send(village.place, MORNING, "d1")

    [message] = village.messages
    assert ref == MessageRef(village.place, message.id)
    assert "Whom could you encourage today?" in message.text
    assert message.buttons == ["I'll try one"]


async def test_a_command_is_answered_privately(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert reply.ephemeral
    assert "Good to see you." in reply.text
    assert [knock.about for knock in door.knocks] == ["kind today"]


async def test_a_button_on_a_posted_card_is_answered_privately(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door) as adapter:
        message = await village.posted(adapter, MORNING)
        reply = await village.discord.click(village.anna, message, "I'll try one")

    [knock] = door.knocks
    assert (knock.about, knock.ref) == (Action("try", "d1"), MessageRef(village.place, message.id))
    assert reply.ephemeral
