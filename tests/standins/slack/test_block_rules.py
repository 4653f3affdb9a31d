"""Block Kit's rules bite: each breaks on a payload just beyond it and lets the one just within it pass."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.standins.slack import Json, SlackStandIn, check_message_blocks, check_view
from tests.standins.slack.blocks import Surface
from tests.standins.slack.sample_app import line, modal, plain


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> Json:
    return {"type": "section", **({} if "fields" in more else {"text": mrkdwn("hello")}), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Try"), **more}


def confirm(**more: Any) -> Json:
    return {"title": plain("Sure?"), "text": plain("Really?"), **more}


def option(text: str = "One", value: str = "1", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def select(kind: str = "static_select", **more: Any) -> Json:
    return {"type": kind, "options": [option()], **more}


def picture(**more: Any) -> Json:
    return {"type": "image", "image_url": "https://a.example/b.png", "alt_text": "A bench", **more}


def field(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def rich(*leaves: Json, kind: str = "rich_text_section") -> Json:
    part: Json = {"type": kind, "elements": list(leaves)}
    listed: Json = {"type": "rich_text_list", "style": "bullet", "elements": [part]}
    return {"type": "rich_text", "elements": [part, listed]}


def words(**more: Any) -> Json:
    return {"type": "plain_text_input", **more}


GOOD: list[list[Json]] = [
    [section()] * 50,
    [section(text=mrkdwn("x" * 3000))],
    [section(fields=[plain("x" * 2000)] * 10)],
    [section(accessory=button())],
    [section(accessory=picture())],
    [section(block_id="b" * 255)],
    [{"type": "header", "text": plain("x" * 150)}],
    [{"type": "divider"}],
    [{"type": "context", "elements": [mrkdwn("x"), picture()] * 5}],
    [actions(*[button(action_id=str(number)) for number in range(25)])],
    [actions(button(action_id="a" * 255, value="v" * 2000, style="danger", accessibility_label="l" * 75))],
    [actions(button(text=plain("x" * 75), url="https://a.example/" + "x" * 2982))],
    [actions(select(placeholder=plain("x" * 150), options=[option("x" * 75, "v" * 150)] * 100))],
    [actions(select(initial_option=option()))],
    [actions(select("overflow", options=[option(url="https://a.example")] * 5))],
    [actions(select("checkboxes", options=[{"text": mrkdwn("*One*"), "value": "1"}] * 10))],
    [actions({"type": "timepicker", "initial_time": "23:59", "timezone": "Europe/Berlin"})],
    [picture(title=plain("A title"), alt_text="a" * 2000)],
    [{"type": "markdown", "text": "x" * 12_000}],
    [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}],
    [rich({"type": "text", "text": "x", "style": {"bold": True}}, {"type": "usergroup", "usergroup_id": "S1"})],
    [{"type": "image", "slack_file": {"id": "F0123456789"}, "alt_text": "A bench"}],
    [field(words(max_length=3000, min_length=0, multiline=True, placeholder=plain("x" * 150)), hint=plain("x" * 2000))],
]

BAD: list[tuple[str, list[Any]]] = [
    ("no more than 50 items", [section()] * 51),
    ("must provide an object", ["hello"]),
    ("unsupported type: confetti", [{"type": "confetti"}]),
    ("unsupported type: None", [{}]),
    ("invalid additional property: colour", [section(colour="red")]),
    ("block_id already exists", [section(block_id="a"), section(block_id="a")]),
    ("must be less than 256", [section(block_id="b" * 256)]),
    ("must be less than 3001", [section(text=mrkdwn("x" * 3001))]),
    ("must be more than 0", [section(text=mrkdwn(""))]),
    ("must provide text or fields", [{"type": "section"}]),
    ("no more than 10 items", [section(fields=[plain("x")] * 11)]),
    ("no fewer than 1 items", [section(fields=[])]),
    ("must be less than 2001", [section(fields=[plain("x" * 2001)])]),
    ("must provide a string", [section(text={"type": "mrkdwn", "text": 7})]),
    ("unsupported type: html", [section(text={"type": "html", "text": "x"})]),
    ("invalid additional property: emoji", [section(text={**mrkdwn("x"), "emoji": True})]),
    ("unsupported type: mrkdwn", [{"type": "header", "text": mrkdwn("x")}]),
    ("must be less than 151", [{"type": "header", "text": plain("x" * 151)}]),
    ("missing required field: text", [{"type": "header"}]),
    ("no more than 10 items", [{"type": "context", "elements": [mrkdwn("x")] * 11}]),
    ("unsupported type: button", [{"type": "context", "elements": [button()]}]),
    ("no more than 25 items", [actions(*[button(action_id=str(number)) for number in range(26)])]),
    ("no fewer than 1 items", [actions()]),
    ("unsupported type: plain_text_input", [actions(words())]),
    ("unsupported type: multi_static_select", [actions(select("multi_static_select"))]),
    ("action_id already exists", [actions(button(action_id="a"), button(action_id="a"))]),
    ("must be less than 256", [actions(button(action_id="a" * 256))]),
    ("must be less than 76", [actions(button(text=plain("x" * 76)))]),
    ("unsupported type: mrkdwn", [actions(button(text=mrkdwn("x")))]),
    ("must be less than 2001", [actions(button(value="v" * 2001))]),
    ("must be less than 3001", [actions(button(url="https://a.example/" + "x" * 2983))]),
    ("valid URL", [actions(button(url="not an address"))]),
    ("must be less than 76", [actions(button(accessibility_label="l" * 76))]),
    ("unsupported style: default", [actions(button(style="default"))]),
    ("invalid additional property: emoji", [actions(button(emoji=True))]),
    (
        "must be less than 31",
        [actions(button(confirm=confirm(deny=plain("x" * 31))))],
    ),
    ("must be less than 151", [actions(select(placeholder=plain("x" * 151)))]),
    ("no more than 100 items", [actions(select(options=[option()] * 101))]),
    ("must be less than 76", [actions(select(options=[option("x" * 76)]))]),
    ("must be less than 151", [actions(select(options=[option(value="v" * 151)]))]),
    ("missing required field: value", [actions(select(options=[{"text": plain("x")}]))]),
    ("invalid additional property: url", [actions(select(options=[option(url="https://a.example")]))]),
    ("unsupported type: mrkdwn", [actions(select(options=[{"text": mrkdwn("x"), "value": "1"}]))]),
    ("either options or option_groups", [actions({"type": "static_select"})]),
    ("must match one of the options", [actions(select(initial_option=option("Two", "2")))]),
    ("no more than 5 items", [actions(select("overflow", options=[option()] * 6))]),
    ("no more than 10 items", [actions(select("checkboxes", options=[option()] * 11))]),
    ("a time like 09:00", [actions({"type": "timepicker", "initial_time": "9:00"})]),
    ("a date like", [actions({"type": "datepicker", "initial_date": "9 March"})]),
    ("missing required field: alt_text", [{"type": "image", "image_url": "https://a.example"}]),
    ("must be more than 0", [picture(alt_text="")]),
    ("must be less than 2001", [picture(alt_text="a" * 2001)]),
    ("either image_url or slack_file", [{"type": "image", "alt_text": "x"}]),
    ("must match regex", [{"type": "image", "slack_file": {"id": "https://a.example"}, "alt_text": "x"}]),
    ("must be more than 0", [rich({"type": "text", "text": ""})]),
    ("missing required field: text", [rich({"type": "text"})]),
    ("invalid additional property: bold", [rich({"type": "text", "text": "x", "bold": True})]),
    ("unsupported type: button", [rich(button())]),
    ("unsupported type: rich_text_quote", [rich({"type": "text", "text": "x"}, kind="rich_text_quote")]),
    ("missing required field: alt_text", [section(accessory={"type": "image", "image_url": "https://a.example"})]),
    ("must be less than 12001", [{"type": "markdown", "text": "x" * 12_001}]),
    ("missing required field: label", [{"type": "input", "element": words()}]),
    ("must be less than 2001", [field(words(), label=plain("x" * 2001))]),
    ("must be less than 2001", [field(words(), hint=plain("x" * 2001))]),
    ("unsupported type: button", [field(button())]),
    ("must provide a boolean", [field(words(), optional="yes")]),
    ("from 1 to 3000", [field(words(max_length=3001))]),
    ("only one element may have focus", [field(words(focus_on_load=True)), field(words(focus_on_load=True))]),
]


@pytest.mark.parametrize("blocks", GOOD)
def test_blocks_within_the_rules_pass(blocks: list[Json]) -> None:
    assert check_message_blocks(blocks) == []


@pytest.mark.parametrize(("message", "blocks"), BAD)
def test_blocks_beyond_a_rule_are_refused(message: str, blocks: list[Any]) -> None:
    problems = [str(problem) for problem in check_message_blocks(blocks)]

    assert any(message in problem for problem in problems), problems


HOME: Json = {"type": "home", "blocks": [section()]}


@pytest.mark.parametrize(
    ("surface", "view"),
    [
        ("modal", modal(*[section()] * 100)),
        ("modal", modal(title=plain("x" * 24), submit=plain("x" * 24), close=plain("x" * 24))),
        ("modal", modal(private_metadata="x" * 3000, callback_id="x" * 255, external_id="x" * 255)),
        ("modal", modal(private_metadata="", notify_on_close=True, clear_on_close=False)),
        ("home", HOME),
        ("home", {**HOME, "blocks": []}),
        ("home", {**HOME, "private_metadata": "x", "callback_id": "x"}),
    ],
)
def test_views_within_the_rules_pass(surface: Surface, view: Json) -> None:
    assert check_view(view, surface) == []


@pytest.mark.parametrize(
    ("message", "surface", "view"),
    [
        ("no more than 100 items", "modal", modal(*[section()] * 101)),
        ("no more than 100 items", "home", {**HOME, "blocks": [section()] * 101}),
        ("no fewer than 1 items", "modal", {**modal(), "blocks": []}),
        ("must be less than 25", "modal", modal(title=plain("x" * 25))),
        ("must be less than 25", "modal", modal(submit=plain("x" * 25))),
        ("must be less than 25", "modal", modal(close=plain("x" * 25))),
        ("must be less than 3001", "modal", modal(private_metadata="x" * 3001)),
        ("must be less than 256", "modal", modal(callback_id="x" * 256)),
        ("missing required field: title", "modal", {**modal(), "title": None}),
        ("`submit` is required", "modal", {**modal(line("a", "A")), "submit": None}),
        ("unsupported type: home", "modal", HOME),
        ("unsupported type: modal", "home", modal()),
        ("invalid additional property: title", "home", {**HOME, "title": plain("x")}),
        ("unsupported type: markdown", "modal", modal({"type": "markdown", "text": "x"})),
        ("must provide an array", "home", {"type": "home", "blocks": None}),
    ],
)
def test_views_beyond_a_rule_are_refused(message: str, surface: Surface, view: Json) -> None:
    problems = [str(problem) for problem in check_view(view, surface)]

    assert any(message in problem for problem in problems), problems


async def test_validation_points_at_the_mistake(slack: SlackStandIn, client: AsyncWebClient) -> None:
    answer = await client.api_call("blocks.validate", json={"blocks": [section()]})
    assert answer["ok"]

    with pytest.raises(Exception, match="invalid_blocks") as caught:
        await client.api_call("blocks.validate", json={"blocks": [actions(button(style="loud"))]})

    [error] = caught.value.response["errors"]  # type: ignore[attr-defined]
    assert error["pointer"] == "/blocks/0/elements/0/style"
