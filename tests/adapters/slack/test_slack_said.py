"""The words of a message as they are handed on: whatever somebody wrote, nothing in them is alive any more."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.said import plain
from bot.domain.said import SAID_LIMIT
from tests.standins.slack.mentions import pings_in_text

ALIVE = re.compile(
    r"<(?:@(?=[^<>\s])|#[CDG][A-Z0-9]|!(?:here|channel|everyone|group|subteam\^|date\^)|https?://|mailto:)[^<>]*>"
)
PIECES = st.sampled_from(
    [
        *"<>@#!|&;:^ \n1aé",
        *("<@U1>", "<@U1|ben>", "<#C1|team>", "<#C1>", "<!here>", "<!channel|channel>", "<!everyone>"),
        *(
            "<!subteam^S1|@bakers>",
            "<!date^1700000000^{date}|today>",
            "<https://evil.example|bank>",
            "<mailto:a@b.example>",
        ),
        *(
            "&lt;",
            "&gt;",
            "&amp;",
            "&amp;lt;",
            "&lt;@U1&gt;",
            "&lt;!here&gt;",
            "<<",
            "@here",
            "@channel",
            ":tada:",
            ":own:",
        ),
        *("here", "channel", "@<@U1>", "<@<@U1>>", "&lt;<!here>@U1&gt;", "\u200b", "\u202e", "\ud800"),
    ]
)
HOSTILE = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80)


@given(HOSTILE)
def test_no_words_that_are_handed_on_notify_anybody(text: str) -> None:
    assert not pings_in_text(plain(text), parse_names=True)


@given(HOSTILE)
def test_no_words_that_are_handed_on_hold_anything_else_that_is_alive(text: str) -> None:
    assert not ALIVE.search(plain(text))


@given(st.text(alphabet="abc äöü ßéñ 日本語 ,.!?'*_~#|\n", max_size=80))
def test_ordinary_words_are_handed_on_as_they_are(text: str) -> None:
    assert plain(text) == text


@given(st.text(alphabet="<>&;abcltgmp ", max_size=60).filter(lambda text: "<" not in text or ">" not in text))
def test_what_people_type_is_read_as_they_typed_it(typed: str) -> None:
    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    assert plain(escaped) == typed


@pytest.mark.parametrize(
    ("sent", "handed_on"),
    [
        ("<@U1234> helped me", "someone helped me"),
        ("<@U1234|ada> helped me", "someone helped me"),
        ("see <#C1234|team>", "see a channel"),
        ("see <#C1234>", "see a channel"),
        ("<!here> and <!channel> and <!everyone>", "everyone and everyone and everyone"),
        ("<!subteam^S1|@bakers> baked", "a group baked"),
        ("<!date^1700000000^{date_short}|14 Nov 2023> it was", "14 Nov 2023 it was"),
        ("<!date^1700000000^{date_short}> it was", "a time it was"),
        ("<https://evil.example|bank>", "bank (https://evil.example)"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("<https://a.example/?a=b&amp;c=d>", "https://a.example/?a=b&c=d"),
        ("<mailto:anna@b.example|anna@b.example>", "anna@b.example"),
        ("<tel:+49301234|+49301234>", "+49301234"),
        ("tea &amp; cake &lt;3, a &lt; b &gt; c", "tea & cake <3, a < b > c"),
        ("&amp;lt;", "&lt;"),
        ("&lt;@U1234&gt;", "someone"),
        ("@here, thank you", "everyone, thank you"),
        ("write to anna@here.example", "write to anna at here.example"),
        ("well done :tada: :+1::skin-tone-4: :our-own:", "well done 🎉 👍 :our-own:"),
        ("at 10:30:45", "at 10:30:45"),
    ],
)
def test_each_kind_of_piece_is_said_in_words(sent: str, handed_on: str) -> None:
    assert plain(sent) == handed_on


@pytest.mark.parametrize(
    "text",
    [
        *"x<@:\ud800\u202e\n",
        "<@U1>",
        "&lt;",
        "&lt;@U1",
        "&lt;@",
        "<https://x|",
        "@here",
        ":a",
        "<@<@U1>>",
        "&lt;!here&gt;",
    ],
    ids=ascii,
)
def test_a_hundred_thousand_characters_are_cut(text: str) -> None:
    said = plain(text * (100_000 // len(text)))

    assert len(said) <= SAID_LIMIT
    assert not pings_in_text(said, parse_names=True)
    assert not ALIVE.search(said)


def test_pieces_inside_of_pieces_inside_of_pieces_are_taken_apart() -> None:
    said = plain("<@" * 400 + "U1" + ">" * 400)

    assert not pings_in_text(said, parse_names=True)
    assert not ALIVE.search(said)


def test_a_name_that_is_cut_short_calls_nobody() -> None:
    said = plain("a" * (SAID_LIMIT - 6) + " @hereford")

    assert not pings_in_text(said, parse_names=True)


def test_a_long_message_keeps_its_beginning() -> None:
    assert plain("a" * SAID_LIMIT + "b") == "a" * SAID_LIMIT


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u200d", "\ud800", "\x00"], ids=ascii)
def test_what_nobody_sees_is_left_to_the_core(hidden: str) -> None:
    assert plain(f"a{hidden}b") == f"a{hidden}b"
