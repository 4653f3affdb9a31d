"""Any card within the vocabulary's limits, with any words in it."""

from hypothesis import strategies as st

from bot.domain.message import (
    HEADING_LIMIT,
    LABEL_LIMIT,
    TEXT_LIMIT,
    Action,
    Card,
    Choice,
    Item,
    Items,
    Picture,
    Quote,
    Style,
    Text,
)
from tests.contracts.cards import HOSTILE

HIDDEN = ("\u202e", "\u200b", "\u2066", "\ufeff", "\x00", "\x1b[31m", "\ud83d", "\udc00", "\r\n", "\n\n\n", "\u2028")
"""What nobody sees, and what tears lines and characters apart."""
SIGNS = "*_~`|\\<>&@"
EMOJI = ("", "🌱", "🌅", "❤️", "👩🏽‍💻", "🏴󠁧󠁢󠁳󠁣󠁴󠁿")

pieces = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE), st.sampled_from(HIDDEN), st.sampled_from(SIGNS))


def words(limit: int) -> st.SearchStrategy[str]:
    """Any words at all, up to a limit; now and then as many as fit."""
    some = st.lists(pieces, max_size=8).map(lambda each: "".join(each)[:limit])
    many = st.tuples(pieces.filter(bool), st.integers(1, limit)).map(lambda each: (each[0] * each[1])[: each[1]])
    return st.one_of(some, some, many)


def visible(limit: int) -> st.SearchStrategy[str]:
    """Any words that begin with one that can be read: what the core itself writes on cards and buttons."""
    return words(limit - 1).map(lambda each: f"K{each}")


ids = st.text("abcdef0123456789", min_size=1, max_size=32)
choices = st.lists(
    st.builds(
        Choice,
        visible(LABEL_LIMIT),
        st.builds(Action, st.sampled_from(["try", "another", "rest"]), ids, st.sampled_from(["", "1"])),
        st.sampled_from(Style),
        st.sampled_from(EMOJI),
    ),
    max_size=5,
    unique_by=lambda choice: choice.action,
).map(tuple)
channels = st.sampled_from(["", "123456789", "C0000000001", "c-kindness", "<#1>", "@everyone"])


def parts(limit: int) -> st.SearchStrategy[Text | Items | Quote]:
    items = st.lists(st.builds(Item, words(limit), words(LABEL_LIMIT), channels), max_size=6).map(tuple)
    return st.one_of(
        st.builds(Text, words(limit), st.booleans()),
        st.builds(Items, items, words(LABEL_LIMIT)),
        st.builds(Quote, words(limit), words(LABEL_LIMIT)),
    )


def cards(limit: int = TEXT_LIMIT, most: int = 6) -> st.SearchStrategy[Card]:
    """Cards of at most so many parts, each with at most so many characters."""
    addresses = st.sampled_from(["https://kindling.example/tree.png", "http://127.0.0.1:9464/recap.png?week=3"])
    return st.builds(
        Card,
        visible(HEADING_LIMIT),
        st.lists(parts(limit), max_size=most).map(tuple),
        choices,
        st.none() | st.builds(Picture, addresses, words(limit)),
        words(limit),
        st.sampled_from(EMOJI),
    )
