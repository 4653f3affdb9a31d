"""What people do leads to what Slack tells and shows."""

import json

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import CannotDo, Channel, Json, SlackStandIn, User
from tests.standins.slack.sample_app import CARD, Heard, line, modal, plain, refused, served


async def test_a_slash_command_is_answered_in_private(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    at_once = await slack.slash(anna, team, "/kind", "now")
    later = await slack.slash(anna, team, "/kind", "today")
    response = await later.response()

    assert at_once.ack == {"text": "Here you are"}
    assert at_once.text == "Here you are"
    assert later.acked
    assert later.acked_after is not None
    assert later.acked_after < 3
    assert response.text == "Today"
    assert response.response_type == "ephemeral"
    assert heard.bodies[0]["channel_id"] == team.id
    assert slack.messages(team) == []


async def test_a_modal_opens_and_is_submitted(slack: SlackStandIn, anna: User, team: Channel, heard: Heard) -> None:
    reply = await slack.slash(anna, team, "/kind", "share")
    view = await reply.modal()

    refusal = await slack.submit(anna, view, {"What happened?": "no"})
    still = slack.modal(anna)
    accepted = await slack.submit(anna, view, {"what": "Somebody held the door"})

    assert view.title == "Share a kindness"
    assert refusal.errors == {"what": "Say a little more"}
    assert still is view
    assert accepted.acked
    assert not accepted.errors
    assert slack.views(anna) == []
    values = heard.bodies[-1]["view"]["state"]["values"]
    assert values["what"]["value"] == {"type": "plain_text_input", "value": "Somebody held the door"}


async def test_a_submission_can_update_push_and_clear(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    view = await (await slack.slash(anna, team, "/kind", "share")).modal()

    await slack.submit(anna, view, {"what": "more"})
    assert "And then?" in view.shown
    pushed = await slack.submit(anna, view, {"what": "push"})
    assert slack.views(anna) == [view, *pushed.modals]
    await slack.submit(anna, slack.modal(anna), {"what": "clear"})

    assert slack.views(anna) == []
    assert not slack.violations


async def test_buttons_and_menus_tell_the_app(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postMessage(channel=team.id, text="card", blocks=CARD)
    [card] = slack.messages(team)

    pressed = await slack.click(anna, card, "I'll try one")
    await pressed.response()
    chosen = await slack.click(anna, card, "Circle", "Strangers")
    await chosen.response()

    button, select = heard.bodies
    assert button["actions"][0]["value"] == "7"
    assert button["message"]["ts"] == card.ts
    assert select["actions"][0]["selected_option"]["value"] == "strangers"
    assert select["state"]["values"]["card"]["circle"]["selected_option"]["value"] == "strangers"
    assert pressed.text.startswith("Thank you")


async def test_only_who_sees_a_thing_can_click_it(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    carl = slack.add_user("carl")
    await client.chat_postEphemeral(channel=team.id, user=anna.id, text="card", blocks=CARD)
    [card] = slack.ephemeral(anna)

    with pytest.raises(CannotDo):
        await slack.click(carl, card, "try")
    with pytest.raises(CannotDo, match="no option"):
        await slack.click(anna, card, "circle", "Nobody")
    await slack.click(anna, card, "try")

    assert "message" not in heard.bodies[0]
    assert heard.bodies[0]["container"]["is_ephemeral"] is True


async def test_shortcuts_open_modals(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    hers = slack.say(anna, team, "Ben helped me")

    on_message = await slack.message_shortcut(anna, hers, "add_to_wall")
    await on_message.modal()
    anywhere = await slack.shortcut(anna, "add_to_wall")
    await anywhere.modal()

    assert heard.bodies[0]["message"]["user"] == anna.id
    assert heard.bodies[1]["type"] == "shortcut"
    assert len(slack.views(anna)) == 1


async def test_an_external_select_asks_the_app(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    zone = {"type": "external_select", "action_id": "zone", "min_query_length": 1}
    block = {"type": "input", "block_id": "z", "label": plain("Time zone"), "element": zone}
    await client.views_publish(user_id=anna.id, view={"type": "home", "blocks": [block]})
    home = slack.home(anna)
    assert home is not None

    options = await slack.suggest(anna, home, "Time zone", "ber")
    await slack.fill(anna, home, {"z": "Europe/Berlin"})

    assert [option["value"] for option in options] == ["Europe/Berlin", "Europe/Bern"]
    assert next(iter(home.entered.values()))["selected_option"]["value"] == "Europe/Berlin"


async def test_opening_the_home_tells_the_app(slack: SlackStandIn, anna: User, heard: Heard) -> None:
    await slack.open_home(anna)
    await slack.until(lambda: heard.events)

    assert heard.events[0]["tab"] == "home"


async def test_a_trigger_is_good_once_and_for_three_seconds(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    used = await slack.slash(anna, team, "/kind", "share")
    await used.modal()
    old = await slack.slash(anna, team, "/kind", "now")
    slack.clock.advance(3.1)

    assert await refused(client.views_open(trigger_id=used.trigger_id, view=modal())) == "exchanged_trigger_id"
    assert await refused(client.views_open(trigger_id=old.trigger_id, view=modal())) == "expired_trigger_id"
    assert await refused(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_a_response_address_is_good_for_five_posts_and_half_an_hour(
    slack: SlackStandIn, anna: User, team: Channel, heard: Heard
) -> None:
    reply = await slack.slash(anna, team, "/kind", "now")
    old = await slack.slash(anna, team, "/kind", "now")
    async with aiohttp.ClientSession() as session:
        for number in range(6):
            async with session.post(reply.response_url, json={"text": str(number)}) as response:
                last = (response.status, await response.text())
        slack.clock.advance(30 * 60 + 1)
        async with session.post(old.response_url, json={"text": "late"}) as response:
            late = (response.status, (await response.json())["error"])

    assert len(reply.responses) == 5
    assert last[0] == 404
    assert "used_url" in last[1]
    assert late == (404, "expired_url")


async def test_a_response_can_replace_and_delete_the_original(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    await client.chat_postEphemeral(channel=team.id, user=anna.id, text="card", blocks=CARD)
    [card] = slack.ephemeral(anna)
    reply = await slack.click(anna, card, "try")
    await reply.response()

    async with aiohttp.ClientSession() as session:
        await session.post(reply.response_url, json={"text": "changed", "replace_original": True})
        assert (card.text, card.replaced) == ("changed", 1)
        assert await reply.replacement() is card
        await session.post(reply.response_url, json={"delete_original": True})

    assert card.deleted


async def test_a_view_is_updated_by_id_while_it_is_open(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    view = await (await slack.slash(anna, team, "/kind", "share")).modal()

    await client.views_update(view_id=view.id, view=modal(line("more", "More?")))
    assert "More?" in view.shown
    await slack.close_view(anna, view)

    assert await refused(client.views_update(view_id=view.id, view=modal())) == "not_found"


async def test_required_and_bounded_inputs_hold_a_submission_back(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    reply = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=reply.trigger_id, view=modal(line("what", "What?", max_length=5)))
    view = slack.modal(anna)

    with pytest.raises(CannotDo, match="filled in"):
        await slack.submit(anna, view)
    with pytest.raises(CannotDo, match="characters"):
        await slack.submit(anna, view, {"what": "too long"})


async def test_every_kind_of_input_arrives_in_the_state(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    options = [{"text": plain(name), "value": name.lower()} for name in ("Mon", "Tue", "Wed")]
    elements: dict[str, tuple[Json, object]] = {
        "what": ({"type": "plain_text_input"}, "fine"),
        "one": ({"type": "static_select", "options": options}, "Tue"),
        "many": ({"type": "multi_static_select", "options": options}, ["mon", "Wed"]),
        "boxes": ({"type": "checkboxes", "options": options}, ["Mon"]),
        "radio": ({"type": "radio_buttons", "options": options}, "wed"),
        "channel": ({"type": "channels_select"}, team),
        "place": ({"type": "conversations_select", "filter": {"include": ["public"]}}, team),
        "person": ({"type": "users_select"}, anna),
        "people": ({"type": "multi_users_select"}, [anna]),
        "time": ({"type": "timepicker", "initial_time": "08:00"}, "09:30"),
        "date": ({"type": "datepicker"}, "2026-03-09"),
        "zone": ({"type": "external_select", "min_query_length": 0, "action_id": "zone"}, "Europe/Berlin"),
        "kept": ({"type": "timepicker", "initial_time": "07:00"}, None),
    }
    blocks = [
        {"type": "input", "block_id": key, "label": plain(key), "element": {"action_id": "a", **element}}
        for key, (element, _value) in elements.items()
    ]
    reply = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=reply.trigger_id, view=modal(*blocks))

    await slack.submit(anna, slack.modal(anna), {k: v for k, (_e, v) in elements.items() if k != "kept"})

    values: Json = {key: next(iter(v.values())) for key, v in heard.bodies[-1]["view"]["state"]["values"].items()}
    assert values["one"]["selected_option"]["value"] == "tue"
    assert [o["value"] for o in values["many"]["selected_options"]] == ["mon", "wed"]
    assert [o["value"] for o in values["boxes"]["selected_options"]] == ["mon"]
    assert values["radio"]["selected_option"]["value"] == "wed"
    assert values["channel"]["selected_channel"] == values["place"]["selected_conversation"] == team.id
    assert values["person"]["selected_user"] == anna.id
    assert values["people"]["selected_users"] == [anna.id]
    assert values["time"]["selected_time"] == "09:30"
    assert values["date"]["selected_date"] == "2026-03-09"
    assert values["zone"]["selected_option"]["value"] == "Europe/Berlin"
    assert values["kept"]["selected_time"] == "07:00"


@pytest.mark.parametrize(("kind", "chosen"), [("public", True), ("private", False)])
async def test_a_picker_may_begin_with_the_conversation_that_somebody_has_before_them(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, *, heard: Heard, kind: str, chosen: bool
) -> None:
    picker = {"type": "conversations_select", "default_to_current_conversation": True, "filter": {"include": [kind]}}
    element = picker | {"action_id": "value"}
    block: Json = {"type": "input", "block_id": "where", "label": plain("Where"), "optional": True, "element": element}
    reply = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=reply.trigger_id, view=modal(block))

    await slack.submit(anna, slack.modal(anna))

    [values] = heard.bodies[-1]["view"]["state"]["values"]["where"].values()
    assert values["selected_conversation"] == (team.id if chosen else None)


async def test_a_modal_can_be_pushed_three_deep(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    button = {"type": "button", "action_id": "try", "text": plain("More")}
    view = modal({"type": "actions", "elements": [button]})
    opening = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=opening.trigger_id, view=view)
    for _ in range(2):
        press = await slack.click(anna, slack.modal(anna), "More")
        await client.views_push(trigger_id=press.trigger_id, view=view)
    last = await slack.click(anna, slack.modal(anna), "More")

    assert await refused(client.views_push(trigger_id=last.trigger_id, view=view)) == "push_limit_reached"
    assert len(slack.views(anna)) == 3


async def test_closing_tells_only_an_app_that_asked(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    opening = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=opening.trigger_id, view=modal(notify_on_close=True))
    slack.ack_deadline = 0.05

    told = await slack.close_view(anna, slack.modal(anna))

    assert told is not None
    assert slack.unacked[0].envelope.payload["type"] == "view_closed"
    assert slack.views(anna) == []


async def test_a_response_can_be_for_everybody(slack: SlackStandIn, anna: User, team: Channel, heard: Heard) -> None:
    reply = await slack.slash(anna, team, "/kind", "now")
    async with aiohttp.ClientSession() as session:
        await session.post(reply.response_url, json={"text": "hello all", "response_type": "in_channel"})

    assert [m.text for m in slack.messages(team)] == ["hello all"]


async def test_answers_with_broken_blocks_are_violations(slack: SlackStandIn, anna: User, team: Channel) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"text": "x", "blocks": [{"type": "confetti"}]})

    async with served(answer) as url:
        await slack.deliver_to(url, verify=False)
        reply = await slack.slash(anna, team, "/kind")

    assert reply.acked
    assert reply.ephemerals == []
    assert "invalid_blocks" in str(slack.violations[0])


async def test_errors_must_be_for_inputs_of_the_view(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel
) -> None:
    async def answer(request: web.Request) -> web.Response:
        payload = json.loads((await request.post()).get("payload", "{}"))
        errors = {"response_action": "errors", "errors": {"elsewhere": "no"}}
        return web.json_response(errors if payload.get("type") == "view_submission" else {})

    async with served(answer) as url:
        await slack.deliver_to(url, verify=False)
        opening = await slack.slash(anna, team, "/kind")
        await client.views_open(trigger_id=opening.trigger_id, view=modal())
        await slack.submit(anna, slack.modal(anna), {"what": "x"})

    assert "no input of the view" in str(slack.violations[-1])


async def test_a_choice_can_bring_an_address_for_its_channel(
    slack: SlackStandIn, client: AsyncWebClient, anna: User, team: Channel, heard: Heard
) -> None:
    picker = {"type": "conversations_select", "action_id": "where", "response_url_enabled": True}
    where = {"type": "input", "block_id": "where", "label": plain("Where?"), "element": picker}
    opening = await slack.slash(anna, team, "/kind", "now")
    await client.views_open(trigger_id=opening.trigger_id, view=modal(line("what", "What?"), where))

    await slack.submit(anna, slack.modal(anna), {"what": "x", "where": team})

    [address] = heard.bodies[-1]["response_urls"]
    assert address["channel_id"] == team.id
