"""Limits and failures that a test asks for."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import CannotDo, Channel, SlackStandIn
from tests.standins.slack.sample_app import refused
from tests.standins.slack.spec import specs_folder


async def test_a_burst_of_posts_meets_the_limit(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    slack.limits.as_slack()
    for number in range(4):
        await client.chat_postMessage(channel=team.id, text=str(number))

    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=team.id, text="too much")
    slack.clock.advance(1)
    await client.chat_postMessage(channel=team.id, text="later")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    assert [m.text for m in slack.messages(team)] == ["0", "1", "2", "3", "later"]


async def test_faults_hit_the_method_they_are_for(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    slack.fail("chat.postMessage", error="restricted_action")
    slack.fail("chat.postMessage", status=503)
    slack.fail("chat.postMessage", retry_after=7)

    assert await refused(client.chat_postMessage(channel=team.id, text="a")) == "restricted_action"
    with pytest.raises(SlackApiError) as broken:
        await client.chat_postMessage(channel=team.id, text="b")
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=team.id, text="c")
    await client.chat_postMessage(channel=team.id, text="d")

    assert broken.value.response.status_code == 503
    assert limited.value.response.headers["Retry-After"] == "7"
    assert [m.text for m in slack.messages(team)] == ["d"]
    assert [r.status for r in slack.calls("chat.postMessage")] == [200, 503, 429, 200]


async def test_a_dropped_connection_may_have_been_carried_out(
    slack: SlackStandIn, client: AsyncWebClient, team: Channel
) -> None:
    slack.fail("chat.postMessage", drop_before=True, when=lambda args: args["text"] == "before")
    slack.fail("chat.postMessage", drop_after=True, when=lambda args: args["text"] == "after")

    for text in ("before", "after"):
        with pytest.raises(aiohttp.ClientError):
            await client.chat_postMessage(channel=team.id, text=text)

    assert [m.text for m in slack.messages(team)] == ["after"]
    assert [r.answer for r in slack.calls("chat.postMessage")] == [None, None]


async def test_the_default_client_posts_twice_after_a_dropped_answer(slack: SlackStandIn, team: Channel) -> None:
    slack.fail("chat.postMessage", drop_after=True)
    default = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/")

    await default.chat_postMessage(channel=team.id, text="once?")

    assert [m.text for m in slack.messages(team)] == ["once?", "once?"]


async def test_a_request_can_be_kept_waiting(slack: SlackStandIn, client: AsyncWebClient, team: Channel) -> None:
    gate = asyncio.Event()
    fault = slack.fail("chat.postMessage", until=gate)

    posting = asyncio.create_task(client.chat_postMessage(channel=team.id, text="late"))
    await slack.until(lambda: fault.hits)
    await client.chat_postMessage(channel=team.id, text="early")
    gate.set()
    await posting

    assert [m.text for m in slack.messages(team)] == ["early", "late"]


@pytest.mark.skipif(specs_folder() is None, reason="needs Slack's description of its methods")
def test_only_errors_that_slack_lists_can_be_asked_for() -> None:
    with pytest.raises(CannotDo, match="never answers"):
        SlackStandIn().fail("chat.delete", error="no_text")
    with pytest.raises(CannotDo, match="no method"):
        SlackStandIn().fail("chat.shout", status=500)
