"""A small Bolt app with one of each listener, for trying the stand-in with the real clients."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import Json, SlackStandIn

CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Whom could you encourage today?"}},
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            {
                "type": "button",
                "action_id": "try",
                "text": {"type": "plain_text", "text": "I'll try one"},
                "value": "7",
            },
            {
                "type": "static_select",
                "action_id": "circle",
                "placeholder": {"type": "plain_text", "text": "Circle"},
                "options": [
                    {"text": {"type": "plain_text", "text": "Self"}, "value": "self"},
                    {"text": {"type": "plain_text", "text": "Strangers"}, "value": "strangers"},
                ],
            },
        ],
    },
]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "share",
        "title": plain("Share a kindness"),
        "submit": plain("Share"),
        "blocks": list(blocks) or [line("what", "What happened?")],
        **more,
    }


def line(block_id: str, label: str, **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "value", **more}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element}


@dataclass
class Heard:
    """What the app under test was told, and how it is to answer."""

    events: list[Json]
    bodies: list[Json]
    silent: bool = False


def an_app(slack: SlackStandIn, client: AsyncWebClient) -> tuple[AsyncApp, Heard]:
    """A small Bolt app with one of each listener."""
    app = AsyncApp(client=client, token=slack.bot_token, signing_secret=slack.signing_secret)
    heard = Heard([], [])

    async def hear(body: Json, event: Json) -> None:
        while heard.silent:
            await asyncio.Event().wait()
        heard.events.append(event | {"event_id": body["event_id"]})

    for kind in ("reaction_added", "reaction_removed", "app_home_opened", "app_uninstalled", "tokens_revoked"):
        app.event(kind)(hear)

    async def kind(ack: Any, body: Json, respond: Any, client: AsyncWebClient) -> None:
        heard.bodies.append(body)
        if body["text"] == "quiet":
            return
        if body["text"] == "now":
            await ack("Here you are")
            return
        await ack()
        if body["text"] == "share":
            await client.views_open(trigger_id=body["trigger_id"], view=modal())
        else:
            await respond(text="Today", replace_original=False)

    async def pressed(ack: Any, body: Json, respond: Any) -> None:
        await ack()
        heard.bodies.append(body)
        if "response_url" in body:
            await respond(text="Thank you", response_type="ephemeral", replace_original=False)

    async def shared(ack: Any, body: Json) -> None:
        heard.bodies.append(body)
        [values] = body["view"]["state"]["values"]["what"].values()
        if values["value"] == "no":
            await ack(response_action="errors", errors={"what": "Say a little more"})
        elif values["value"] == "more":
            await ack(response_action="update", view=modal(line("what", "And then?")))
        elif values["value"] == "push":
            await ack(response_action="push", view=modal(line("what", "On top")))
        elif values["value"] == "clear":
            await ack(response_action="clear")
        else:
            await ack()

    async def zones(ack: Any, body: Json) -> None:
        heard.bodies.append(body)
        found = [z for z in ("Europe/Berlin", "Europe/Bern") if body["value"].lower() in z.lower()]
        await ack(options=[{"text": plain(z), "value": z} for z in found])

    async def short(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        heard.bodies.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=modal())

    app.command("/kind")(kind)
    app.action("try")(pressed)
    app.action("circle")(pressed)
    app.view("share")(shared)
    app.options("zone")(zones)
    app.shortcut("add_to_wall")(short)
    return app, heard


@asynccontextmanager
async def over_sockets(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, slack.app_token, ping_interval=0.2)
    try:
        await handler.connect_async()
        await slack.connected()
        yield handler
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(slack: SlackStandIn, app: AsyncApp) -> AsyncIterator[str]:
    async def serve(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    async with served(serve) as url:
        yield url


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Serve one handler on loopback and give its address."""
    site = web.Application()
    site.router.add_post("/slack/events", handler)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/slack/events"
    finally:
        await runner.cleanup()


async def refused(call: Any) -> str:
    """The error that Slack answers with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]
