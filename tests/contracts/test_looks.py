"""How a card looks, of every plugin that can tell: all of the card is there, and nothing that was not put there."""

import re
import tomllib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.discord import look as discord
from adapters.slack import look as slack
from bot.app import Plugin
from bot.domain.errors import Unacceptable
from bot.domain.looks import file_of
from bot.domain.message import Card, Item, Items, Picture, Quote, Text
from bot.ports.looks import ShowsCards
from bot.runtime.discovery import GROUP, discover
from tests.contracts.any_card import cards
from tests.contracts.cards import EVERYTHING, HOSTILE, WORDS, hostile

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
ENOUGH = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
ELEMENTS = {"div", "span", "p", "b", "time", "h4", "ul", "li", "blockquote", "br", "img"}
ATTRIBUTES = {"class", "aria-hidden", "aria-label", "src", "alt"}
PNG = b"\x89PNG drawn"


def plugins() -> Mapping[str, Plugin]:
    """The adapters of this repository, whether or not it is installed."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    found, broken = discover(EntryPoint(name, value, GROUP) for name, value in project["entry-points"][GROUP].items())
    assert broken == ()
    return found


SHOWN: Mapping[str, ShowsCards] = {name: found for name, found in plugins().items() if isinstance(found, ShowsCards)}
each_platform = pytest.mark.parametrize("platform", SHOWN.values(), ids=SHOWN)


class Skeleton(HTMLParser):
    """The elements of a look, with what they have, and whether each of them ends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.open: list[str] = []
        self.odd: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
        if tag not in {"br", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.odd.append(tag)

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def drawn(alt: str) -> Picture:
    return Picture("", alt, "<svg/>", PNG)


def test_discord_and_slack_tell_how_cards_look() -> None:
    assert {"discord", "slack"} <= set(SHOWN)


@each_platform
def test_all_that_is_on_a_card_is_read_in_its_look(platform: ShowsCards) -> None:
    look = platform.look(EVERYTHING, at="09:00")

    assert look.lost([*WORDS, *EVERYTHING.texts(), "09:00", "🌅", "🌱"]) == []
    assert (look.platform, look.title, look.style) == (platform.name, platform.title, platform.style())


@each_platform
def test_a_look_says_everything_that_any_card_of_ordinary_length_says(platform: ShowsCards) -> None:
    @given(cards(limit=60, most=3))
    @ENOUGH
    def holds(card: Card) -> None:
        there = bare(platform.look(card).words)

        assert [text for text in card.texts() if len(text) <= SHORT and bare(text) not in there] == []

    holds()


SHORT = 60
"""So long that no platform cuts it, whatever signs it is made of."""


def bare(text: str) -> str:
    """The signs of a text that no platform has a reason to leave out."""
    return "".join(sign for sign in text if "!" <= sign <= "~")


@each_platform
def test_no_words_become_elements_of_a_look(platform: ShowsCards) -> None:
    @given(cards(), st.text(max_size=20))
    @ENOUGH
    def holds(card: Card, at: str) -> None:
        card = replace(card, picture=drawn(card.picture.alt) if card.picture else None)
        try:
            skeleton = Skeleton(platform.look(card, at=at, channels={"123456789": at, "C0000000001": at}).html)
        except Unacceptable:
            return

        assert skeleton.elements <= ELEMENTS
        assert set(skeleton.attributes) <= ATTRIBUTES
        assert all(re.fullmatch(r"[a-z ]*", value) for value in skeleton.attributes.get("class", ()))
        assert all(value.startswith("data:image/png;base64,") for value in skeleton.attributes.get("src", ()))
        assert (skeleton.open, skeleton.odd) == ([], [])

    holds()


@each_platform
@pytest.mark.parametrize("words", HOSTILE)
def test_words_stay_as_they_were_typed(platform: ShowsCards, words: str) -> None:
    card = hostile(words)

    assert platform.look(card).lost(card.texts()) == []


@each_platform
def test_nothing_is_fetched_for_a_look(platform: ShowsCards) -> None:
    look = platform.look(EVERYTHING)

    assert EVERYTHING.picture
    assert EVERYTHING.picture.url not in look.html + look.style
    assert re.findall(r"url\(|@import|@font-face|</?style|expression", look.style) == []


@each_platform
def test_a_picture_that_was_drawn_here_is_in_its_look(platform: ShowsCards) -> None:
    look = platform.look(replace(EVERYTHING, picture=drawn("A tree & a <cup>")))
    skeleton = Skeleton(look.html)

    assert skeleton.attributes["src"] == {f"data:image/png;base64,{b64encode(PNG).decode()}"}
    assert skeleton.attributes["alt"] == {"A tree & a <cup>"}


@each_platform
def test_what_a_platform_cuts_is_cut_in_its_look(platform: ShowsCards) -> None:
    quotes = tuple(Quote(f"{number} " + "kind " * 500) for number in range(6))
    card = Card("Long", quotes)

    assert len(platform.look(card).lost(card.texts())) > 0


@each_platform
def test_strong_words_over_several_lines_stay_strong(platform: ShowsCards) -> None:
    look = platform.look(Card("Heading", (Text("one\ntwo", strong=True), Text("three"))))

    strong = "".join(re.findall(r"<b>(.*?)</b>", look.html))
    assert ("one" in strong, "two" in strong, "three" in strong) == (True, True, False)


@each_platform
def test_who_is_notified_is_said_without_an_id(platform: ShowsCards) -> None:
    ids = {"discord": "4242", "slack": "S0000000042"}
    look = platform.look(replace(EVERYTHING, notify=ids.get(platform.name, "")))

    assert re.search(r"@a (role|group)", look.words) or platform.name not in ids
    assert "42" not in look.html


@each_platform
def test_channels_are_called_by_their_names(platform: ShowsCards) -> None:
    known = {"discord": "123456789", "slack": "C0000000001"}.get(platform.name, "c")
    card = Card("Where", (Items((Item("", "Cards", known),)),))

    assert "kind<ness" in platform.look(card, channels={known: "kind<ness"}).words
    assert known not in platform.look(card).words


@each_platform
def test_a_file_of_looks_is_a_page_by_itself(platform: ShowsCards) -> None:
    look = platform.look(EVERYTHING)
    page = file_of("A <title>", [("Tue & Wed", [look])]).decode()

    assert look.html in page
    assert "<h2>Tue &amp; Wed</h2>" in page
    assert "<title>A &lt;title&gt;</title>" in page


@pytest.mark.parametrize(
    "message",
    [
        {"components": [{"type": 9, "components": []}]},
        {"components": [], "content": "Good morning"},
        {"components": [{"type": 10, "content": "# Too large"}]},
        {"components": [{"type": 1, "components": [{"type": 3}]}]},
    ],
)
def test_what_discord_was_never_sent_has_no_look(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="has no look"):
        discord.shown(message, {}, {})


@pytest.mark.parametrize(
    "message",
    [
        {"blocks": []},
        {"blocks": [{"type": "section"}]},
        {"blocks": [{"type": "actions", "elements": [{"type": "overflow"}]}]},
        {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "*a*"}]}]},
        {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "*a*"}}]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "ordered"}]}]},
    ],
)
def test_what_slack_was_never_sent_has_no_look(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="has no look"):
        slack.shown(message, {}, "")
