"""One day with the Slack stand-in: the real clients from the first connection to leaving. Details: slack/test_*.py."""

import pytest

from tests.standins.slack import SlackStandIn
from tests.standins.slack.sample_app import CARD, an_app, over_http, over_sockets


@pytest.mark.parametrize("way", ["sockets", "http"])
async def test_a_real_app_lives_through_a_day(way: str) -> None:
    async with SlackStandIn() as slack, slack.client() as client:
        anna, ben = slack.add_user("anna", admin=True), slack.add_user("ben")
        team = slack.add_channel("team", members=[anna, ben])
        app, heard = an_app(slack, client)
        async with over_sockets(slack, app) if way == "sockets" else over_http(slack, app) as address:
            if isinstance(address, str):
                await slack.deliver_to(address)

            await client.chat_postMessage(channel=team.id, text="Good morning", blocks=CARD)
            [card] = slack.messages(team)
            pressed = await slack.click(ben, card, "I'll try one")
            thanks = await pressed.ephemeral()
            view = await (await slack.slash(anna, team, "/kind", "share")).modal()
            shared = await slack.submit(anna, view, {"What happened?": "Ben listened to me"})
            await slack.react(anna, card, "seedling")
            answer = await client.reactions_get(channel=team.id, timestamp=card.ts, full=True)
            await slack.uninstall()

    assert thanks.user is ben
    assert shared.acked
    assert answer["message"]["reactions"] == [{"name": "seedling", "users": [anna.id], "count": 1}]
    assert [event["type"] for event in heard.events] == ["reaction_added", "tokens_revoked", "app_uninstalled"]
    assert slack.violations == []
    assert slack.unacked == []
