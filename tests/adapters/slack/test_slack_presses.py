"""Commands and buttons: one call of the front door, one private answer."""

from adapters.slack.adapter import SlackAdapter
from bot.domain.message import Action, Card, Reply, Text
from bot.domain.places import Actor, Person
from tests.adapters.slack.workspace import CARD, Door, place
from tests.standins.slack import Channel, SlackStandIn, User


async def test_a_command_reaches_the_front_door_as_it_was_typed(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, anna: User, general: Channel
) -> None:
    await slack.slash(anna, general, "/kindling", "setup zone:Europe/Berlin morning: 9am")

    [(actor, group, line)] = await door.until("typed")
    assert (group, line) == ("kindling", "setup zone:Europe/Berlin morning: 9am")
    assert actor == Actor(Person("slack", slack.team.id, anna.id), True, general.id, "Europe/Paris")


async def test_a_command_is_answered_to_the_person_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(Card("Today", (Text("Say thank you to somebody."),)))

    reply = await slack.slash(ben, general, "/kind", "today")

    assert "Say thank you to somebody." in (await reply.ephemeral()).shown
    assert slack.messages(general) == []


async def test_a_button_reaches_the_front_door_with_the_message_it_is_on(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    ref = await adapter.send(place(general), CARD, "delivery-1")

    await slack.click(ben, slack.messages(general)[0], "Another idea")

    [(actor, action, message)] = await door.until("press")
    assert (actor.person.user, action, message) == (ben.id, Action("another", "o1"), ref)
