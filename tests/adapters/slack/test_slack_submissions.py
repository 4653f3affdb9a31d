"""Submitted forms: problems under their fields, an answer in time, and nothing typed is lost."""

import asyncio

from adapters.slack import drafts
from adapters.slack.adapter import SlackAdapter
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Choice, Reply, Text
from tests.adapters.slack.workspace import IMPATIENT, Door, listening
from tests.standins.slack import Channel, Ephemeral, SlackStandIn, User, View

FORM = Form("share", "Share a kindness", (Field("what", "What?"), Field("by", "By?", required=False)), subject="o1")
SETUP = Form(
    "setup",
    "Set up Kindling",
    (
        Field("channel", "Where?", FieldKind.CHANNEL),
        Field("zone", "Zone", FieldKind.ZONE, value="Europe/Paris"),
        Field("morning", "When?", FieldKind.TIME, value="09:00"),
        Field("days", "Days", FieldKind.CHOICES, options=(("mon", "Monday"), ("tue", "Tuesday"))),
    ),
)


async def a_modal(slack: SlackStandIn, door: Door, user: User, channel: Channel, form: Form = FORM) -> View:
    door.answer = Reply(form)
    modal = await (await slack.slash(user, channel, "/kind", "share")).modal()
    door.answer = Reply(Card("Thank you"))
    return modal


async def answer(slack: SlackStandIn, user: User) -> Ephemeral:
    """What the person is privately shown next."""
    await slack.until(lambda: slack.ephemeral(user))
    return slack.ephemeral(user)[-1]


async def test_a_submitted_form_reaches_the_front_door(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, anna: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, anna, general)

    await slack.submit(anna, modal, {"what": "She listened"})

    [(actor, *submitted)] = await door.until("submit")
    assert submitted == ["share", "o1", {"what": "She listened"}]
    assert (actor.person.user, actor.may_moderate, actor.channel) == (anna.id, True, general.id)


async def test_every_kind_of_field_comes_back_as_text(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, anna: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, anna, general, SETUP)

    await slack.submit(
        anna, modal, {"channel": general, "zone": "Europe/Berlin", "morning": "08:30", "days": ["Monday", "Tuesday"]}
    )

    [(_, _, _, values)] = await door.until("submit")
    assert values == {"channel": general.id, "zone": "Europe/Berlin", "morning": "08:30", "days": "mon,tue"}


async def test_an_accepted_form_closes_and_the_answer_is_private(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)

    await slack.submit(ben, modal, {"what": "She listened"})

    assert slack.views(ben) == []
    assert (await answer(slack, ben)).shown == "Thank you"
    assert slack.messages(general) == []


async def test_an_answer_to_a_form_from_a_private_card_may_take_its_place(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    door.answer = Reply(Card("Share?", (Text("When you like."),), (Choice("Share", Action("share")),)))
    private = await (await slack.slash(ben, general, "/kind", "share")).ephemeral()
    door.answer = Reply(FORM)
    modal = await (await slack.click(ben, private, "Share")).modal()
    door.answer = Reply(Card("Thank you"), replace=True)

    await slack.submit(ben, modal, {"what": "She listened"})

    await slack.until(lambda: private.replaced)
    assert private.shown == "Thank you"


async def test_problems_stand_under_their_fields_and_the_form_stays_open(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    door.answer = Reply(Rejected({"by": "A name, or nothing at all."}, FORM))

    reply = await slack.submit(ben, modal, {"what": "She listened"})

    assert reply.errors == {"by": "A name, or nothing at all."}
    assert slack.modal(ben) is modal


async def test_a_form_may_lead_to_the_next(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    door.answer = Reply(Form("more", "One more thing", (Field("why", "Why?"),), subject="o2"))
    await slack.submit(ben, modal, {"what": "She listened"})

    door.answer = Reply(Card("Thank you"))
    await slack.submit(ben, slack.modal(ben), {"why": "It helped"})

    assert door.named("submit")[-1][1:] == ("more", "o2", {"why": "It helped"})
    assert (await answer(slack, ben)).shown == "Thank you"


async def test_a_next_form_shows_its_own_values_under_the_same_names(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    door.answer = Reply(Form("more", "One more thing", (Field("what", "What now?", value="A walk"),), subject="o2"))
    await slack.submit(ben, modal, {"what": "She listened"})

    await slack.submit(ben, slack.modal(ben))

    assert door.named("submit")[-1][1:] == ("more", "o2", {"what": "A walk"})


async def test_the_same_form_with_other_values_shows_those(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    door.answer = Reply(Form("share", "Share a kindness", (Field("what", "What?", value="He sang"),), subject="o1"))
    await slack.submit(ben, modal, {"what": "She listened"})

    await slack.submit(ben, slack.modal(ben))

    assert door.named("submit")[-1][1:] == ("share", "o1", {"what": "He sang"})


async def test_a_channel_that_need_not_be_chosen_stays_unchosen(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    optional = Field("channel", "The other one", FieldKind.CHANNEL, required=False)
    modal = await a_modal(slack, door, ben, general, Form("where", "Where", (Field("what", "What?"), optional)))

    await slack.submit(ben, modal, {"what": "She listened"})

    [(*_, values)] = await door.until("submit")
    assert values == {"what": "She listened"}


async def test_a_channel_that_has_to_be_chosen_is_the_one_where_the_person_is(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    needed = Field("channel", "Where?", FieldKind.CHANNEL)
    modal = await a_modal(slack, door, ben, general, Form("where", "Where", (needed,)))

    await slack.submit(ben, modal)

    [(*_, values)] = await door.until("submit")
    assert values == {"channel": general.id}


async def test_a_slow_answer_closes_the_form_in_time_and_comes_afterwards(
    slack: SlackStandIn, door: Door, ben: User, general: Channel
) -> None:
    released = asyncio.Event()

    async def slowly() -> Reply:
        await released.wait()
        return Reply(Card("Thank you"))

    async with listening(slack, door, pace=IMPATIENT):
        modal = await a_modal(slack, door, ben, general)
        door.answer = slowly
        reply = await slack.submit(ben, modal, {"what": "She listened"})
        assert (reply.acked, slack.views(ben)) == (True, [])

        released.set()
        assert (await answer(slack, ben)).shown == "Thank you"


async def test_slow_problems_come_with_a_button_to_the_form_as_it_was_filled_in(
    slack: SlackStandIn, door: Door, ben: User, general: Channel
) -> None:
    released = asyncio.Event()

    async def slowly() -> Reply:
        await released.wait()
        return Reply(Rejected({"by": "A name, or nothing at all."}, FORM))

    async with listening(slack, door, pace=IMPATIENT):
        modal = await a_modal(slack, door, ben, general)
        door.answer = slowly
        await slack.submit(ben, modal, {"what": "She listened"})
        released.set()
        offer = await answer(slack, ben)
        again = await (await slack.click(ben, offer, drafts.ACTION_ID)).modal()

    assert "A name, or nothing at all." in offer.shown
    assert again.blocks[0]["element"]["initial_value"] == "She listened"
    assert again.callback_id == "form:share"


async def test_when_slack_does_not_say_who_it_is_the_form_stays_as_it_was(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    slack.fail("users.info", status=500)

    reply = await slack.submit(ben, modal, {"what": "She listened"})

    assert "try that again in a minute" in reply.errors["what"]
    assert slack.modal(ben) is modal
    assert door.named("submit") == []


async def test_a_failure_behind_the_door_keeps_the_form_open(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    async def fail() -> Reply:
        raise RuntimeError

    modal = await a_modal(slack, door, ben, general)
    door.answer = fail

    reply = await slack.submit(ben, modal, {"what": "She listened"})

    assert "not your fault" in reply.errors["what"]
    assert slack.modal(ben) is modal


async def test_a_next_form_that_slack_would_refuse_keeps_the_first_open(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    door.answer = Reply(Form("more", "More", (Field("day", "Day", FieldKind.CHOICE),)))

    reply = await slack.submit(ben, modal, {"what": "She listened"})

    assert "not your fault" in reply.errors["what"]


async def test_an_answer_reaches_the_person_where_kindling_is_not_in_the_channel(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User
) -> None:
    elsewhere = slack.add_channel("elsewhere", members=[ben], bot_in=False)
    modal = await a_modal(slack, door, ben, elsewhere)

    await slack.submit(ben, modal, {"what": "She listened"})

    assert (await answer(slack, ben)).shown == "Thank you"


async def test_a_form_of_somebody_else_is_acknowledged_and_left_alone(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, ben: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, ben, general)
    modal.payload["callback_id"] = "someone-elses"

    reply = await slack.submit(ben, modal, {"what": "She listened"})

    assert reply.acked
    assert door.named("submit") == []
