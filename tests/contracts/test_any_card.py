"""Whatever a card says: each renderer keeps to its platform's limits, and nothing in it pings anybody."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from adapters.discord import render as discord_render
from adapters.slack import render as slack_render
from adapters.web.clockface import Clockface
from adapters.web.codec import decode_card, encode_card
from adapters.web.database import Database
from adapters.web.live import Bell
from adapters.web.pages import Pages, Visit
from adapters.web.people import CHANNELS, PEOPLE
from adapters.web.playground import Playground
from adapters.web.room import Changes, Message, Room
from bot.domain.errors import Unacceptable
from bot.domain.message import Card
from bot.services.commands import COMMANDS
from tests.contracts.any_card import cards, ids
from tests.contracts.platform import StillClock
from tests.standins.discord.errors import FormErrors
from tests.standins.discord.posting import MENTION, check_message
from tests.standins.discord.specification import specification
from tests.standins.slack import check_message_blocks
from tests.standins.slack.blocks import too_long_for_a_message
from tests.standins.slack.mentions import pings_in_message

ENOUGH = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
SLACK_TEXT = 40_000


def discord_texts(body: dict[str, object]) -> list[str]:
    [container] = body["components"]  # type: ignore[misc]
    return list(discord_render.texts(container["components"]))


@given(cards(), ids)
@ENOUGH
def test_discord_takes_any_card_or_it_is_refused_before(card: Card, key: str) -> None:
    try:
        body = discord_render.message(card, key=key)
    except Unacceptable:
        return

    form = FormErrors()
    check_message(body, form, set(), flags=int(str(body["flags"])))
    document = specification()
    assert form.tree == {}
    assert document is None or document.complaint("POST", "/channels/1/messages", json.loads(json.dumps(body))) is None


@given(cards(), ids)
@ENOUGH
def test_nothing_in_a_card_pings_on_discord(card: Card, key: str) -> None:
    try:
        body = discord_render.message(card, key=key)
    except Unacceptable:
        return

    assert body["allowed_mentions"] == {"parse": []}
    assert [text for text in discord_texts(body) if MENTION.search(text)] == []


@given(cards(limit=150, most=3))
@ENOUGH
def test_a_card_that_notifies_a_role_notifies_nobody_else_on_discord(card: Card) -> None:
    body = discord_render.message(replace(card, notify="4242"))

    assert body["allowed_mentions"] == {"parse": [], "roles": ["4242"]}
    found = [match["id"] for text in discord_texts(body) for match in MENTION.finditer(text)]
    assert found == ["4242"]


@given(cards())
@ENOUGH
def test_a_card_that_notifies_a_group_notifies_nobody_else_on_slack(card: Card) -> None:
    message = slack_render.message(replace(card, notify="S0000000042"))

    pings = pings_in_message(message["text"], message["blocks"], parse_names=True)
    assert (pings.users, pings.groups, pings.broadcasts, pings.links) == (set(), {"S0000000042"}, set(), ())
    assert not too_long_for_a_message(message["blocks"])


@given(cards(limit=150, most=3))
@ENOUGH
def test_discord_takes_every_card_of_ordinary_length(card: Card) -> None:
    assert discord_render.message(card)["components"]


@given(cards(), ids)
@ENOUGH
def test_slack_takes_any_card(card: Card, key: str) -> None:
    message = slack_render.message(card, key)

    assert check_message_blocks(json.loads(json.dumps(message["blocks"]))) == []
    assert not too_long_for_a_message(message["blocks"])
    assert 0 < len(message["text"].strip()) <= SLACK_TEXT


@given(cards(), ids)
@ENOUGH
def test_nothing_in_a_card_pings_or_links_on_slack(card: Card, key: str) -> None:
    message = slack_render.message(card, key)

    pings = pings_in_message(message["text"], message["blocks"], parse_names=True)
    assert (bool(pings), pings.links) == (False, ())


@given(cards())
@ENOUGH
def test_a_room_keeps_any_card_as_it_is(card: Card) -> None:
    kept = json.loads(json.dumps(encode_card(card), ensure_ascii=False))

    assert ascii(decode_card(kept)) == ascii(card)


class Skeleton(HTMLParser):
    """The elements of a page, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += data


@cache
def pages() -> Pages:
    room = Room(Database(Path("unused"), lambda: None))
    room.zone = "Europe/Berlin"
    clock = StillClock()
    return Pages(Playground("playground", room, Bell(), clock, Clockface(clock, lambda: None), COMMANDS))


def page_of(card: Card) -> Skeleton:
    """A card as a message in the playground."""
    message = Message(1, CHANNELS[0].id, card, datetime(2026, 11, 23, tzinfo=UTC), edited=False, gone=False, revision=1)
    [piece] = pages().changes(Visit(PEOPLE[0], CHANNELS[0], "token"), Changes(1, [message], [], ()))["messages"]
    skeleton = Skeleton()
    skeleton.feed(piece["html"])
    skeleton.close()
    return skeleton


def squeezed(words: str) -> bytes:
    """The words without blanks; halves of characters spelled out, for a report could not carry them."""
    return "".join(words.split()).encode("ascii", "backslashreplace")


KNOWN = {
    *("li", "article", "p", "img", "span", "time", "h3", "figure", "blockquote", "figcaption", "ul", "b", "form"),
    *("input", "button", "div"),
}
SAFE = {
    *("id", "class", "href", "src", "alt", "width", "height", "datetime", "role", "tabindex", "title", "loading"),
    *("method", "action", "type", "name", "value"),
}


@given(cards())
@ENOUGH
def test_no_words_become_elements_of_a_page(card: Card) -> None:
    page = page_of(card)

    assert set(page.elements) <= KNOWN
    assert {name for name in page.attributes if not name.startswith(("data-", "aria-"))} <= SAFE


@given(cards(limit=200))
@ENOUGH
def test_a_card_s_heading_stands_on_its_page(card: Card) -> None:
    page = page_of(card)

    assert squeezed(card.heading) in squeezed(page.words)
