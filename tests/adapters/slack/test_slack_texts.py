"""Texts on their way to Slack."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.texts import clean, clip, length, literal
from tests.standins.slack.mentions import pings_in_text

MARKUP = st.lists(
    st.sampled_from(
        [
            "<!channel>",
            "<@U1>",
            "@here",
            "*",
            "_",
            "~",
            "`",
            "```",
            "<",
            ">",
            "|",
            "&lt;",
            "https://",
            "a.example",
            "x",
            " ",
            "\n",
            ":tada:",
            "<https://e.example|click here>",
            "mailto:",
            "\u202e",
            "\u200b",
            "👩\u200d👩\u200d👧",
            "é",
            "&",
        ]
    )
).map("".join)


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2060", "\x00", "\x1b", "\ud800", "\u00ad"]
)
def test_what_nobody_sees_is_taken_out(hidden: str) -> None:
    assert clean(f"a{hidden}b") == "ab"


@pytest.mark.parametrize("emoji", ["👩‍❤️‍👩", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "❤️", "🇩🇪"])
def test_emoji_that_are_made_of_several_signs_stay_whole(emoji: str) -> None:
    assert clean(emoji) == emoji


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\u2028", "\u2029", "\x0b"])
def test_every_line_break_becomes_the_plain_one(line_break: str) -> None:
    assert clean(f"a{line_break}b") == "a\nb"


def test_a_text_that_fits_is_not_cut() -> None:
    assert clip("abcde", 5) == "abcde"


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert clip("abcdef", 5) == "abcd…"


def test_characters_outside_the_basic_plane_count_twice() -> None:
    assert length("a😀") == 3
    assert clip("😀" * 10, 9) == "😀" * 4 + "…"


def test_joiners_in_a_row_become_one() -> None:
    assert clean("a\u200d\u200c\u200db") == "a\u200db"


@given(st.text(), st.integers(1, 50))
def test_a_cut_text_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert length(clip(text, limit)) <= limit


@given(MARKUP)
def test_a_literal_text_pings_nobody_even_where_names_are_linked(text: str) -> None:
    assert not pings_in_text(literal(text, 1000), parse_names=True)


@given(MARKUP)
def test_a_literal_text_links_nowhere(text: str) -> None:
    assert pings_in_text(literal(text, 1000)).links == ()


@given(MARKUP)
def test_a_literal_text_has_no_sign_left_that_slack_reads_as_markup(text: str) -> None:
    assert not re.search(r"[*_~`|<>]|:tada:", literal(text, 1000))


def test_a_literal_text_stays_readable() -> None:
    assert literal("Tea & cake <3", 100) == "Tea &amp; cake &lt;3"
