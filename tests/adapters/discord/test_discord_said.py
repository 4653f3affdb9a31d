"""The words of a message as they are handed on: whatever somebody wrote, nothing in them is alive any more."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.render import COMPONENTS_V2, EPHEMERAL, message
from adapters.discord.said import plain, read
from bot.domain.message import Action, Card, Choice
from bot.domain.places import Actor, Person
from bot.domain.said import SAID_LIMIT, Channel
from tests.adapters.discord.test_discord_text import PIECES as MARKUP
from tests.standins.discord.posting import MENTION

ALIVE = re.compile(
    r"<(?:@[!&]?|\#)[0-9]+>|<a?:\w+:[0-9]+>|<t:-?[0-9]+(?::\w)?>|</[^<>:]+:[0-9]+>|<id:[\w-]+>"
    r"|\[[^\[\]\n]+\]\(https?://[^\s()]+\)",
    re.IGNORECASE,
)
PIECES = MARKUP | st.sampled_from(
    [
        *"<>[]()@:/!&#0123",
        *("<@", "<a", "<a:", "everyone", "here", "123>", ":2>", "](https://evil.example)", "<t:", "</x"),
        *("<a:dance:99>", "<sound:1:2>", "<id:customize>", "<https://a.example/?a=b>", "<me@a.example>"),
        *("<a<:bb:2>345>", "@every[one](https://x.example)", "@<everyone@x.example>", "<@<:12:34>>"),
    ]
)
HOSTILE = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80)


ME = "77"


@pytest.mark.parametrize(("flags", "actions"), [(COMPONENTS_V2, ("more",)), (COMPONENTS_V2 | EPHEMERAL, ())])
def test_only_messages_that_everybody_sees_say_by_their_buttons_what_they_show(
    flags: int, actions: tuple[str, ...]
) -> None:
    """An answer to one person shows an act, too, and is no copy of it."""
    card = Card("A kindness", choices=(Choice("More", Action("more", "act")),))
    posted = message(card) | {"id": "5", "author": {"id": ME, "bot": True}, "flags": flags}
    data = {"target_id": "5", "resolved": {"messages": {"5": posted}}}

    said = read(data, Channel.OPEN, Actor(Person("discord", "1", "2"), channel="3"), ME)

    assert tuple(action.name for action in said.actions) == actions


@given(HOSTILE)
def test_no_words_that_are_handed_on_mention_anybody(content: str) -> None:
    assert not MENTION.search(plain(content))


@given(HOSTILE)
def test_no_words_that_are_handed_on_hold_anything_else_that_is_alive(content: str) -> None:
    assert not ALIVE.search(plain(content))


@given(st.text(alphabet="abc äöü ßéñ 日本語 ,.!?;'*_~#|\n", max_size=80))
def test_ordinary_words_are_handed_on_as_they_are(content: str) -> None:
    assert plain(content) == content


@pytest.mark.parametrize(
    ("written", "handed_on"),
    [
        ("<@1234> helped me", "someone helped me"),
        ("<@!1234> helped me", "someone helped me"),
        ("<@&1234> helped me", "a group helped me"),
        ("see <#1234>", "see a channel"),
        ("see <id:browse>", "see a channel"),
        ("@everyone, @here, thank you", "everyone, everyone, thank you"),
        ("@@everyone", "everyone"),
        ("write to anna@here.example", "write to anna at here.example"),
        ("cake <:kind:1234> <a:dance:5678>", "cake :kind: :dance:"),
        ("at <t:1700000000:R>", "at 2023-11-14 22:13 UTC"),
        ("at <t:99999999999999999999999999>", "at a time"),
        ("type </kind today:1234>", "type /kind today"),
        ("<sound:0:1>", "a sound"),
        ("[bank](https://evil.example)", "bank (https://evil.example)"),
        ("[bank](<https://evil.example/a(b)c> 'title')", "bank (https://evil.example/a(b)c)"),
        ("[[bank]](https://evil.example)", "[bank] (https://evil.example)"),
        ("[evil.example](https://evil.example)", "https://evil.example"),
        ("<https://a.example/?a=b>", "https://a.example/?a=b"),
        ("I <3 you, a < b and c > d", "I <3 you, a < b and c > d"),
        ("2 * 3, snake_case, **loud**", "2 * 3, snake_case, **loud**"),
    ],
)
def test_each_kind_of_piece_is_said_in_words(written: str, handed_on: str) -> None:
    assert plain(written) == handed_on


@pytest.mark.parametrize(
    "content",
    [
        "x",
        "<@1>",
        "<a",
        "[",
        "](",
        "[a](https://",
        "[a](https://x ",
        "@",
        "\ud800",
        "\u202e",
        "<@&",
        "\n",
        "<a<a:bb:2>",
    ],
    ids=ascii,
)
def test_a_hundred_thousand_characters_are_cut(content: str) -> None:
    said = plain(content * (100_000 // len(content)))

    assert len(said) <= SAID_LIMIT
    assert not MENTION.search(said)
    assert not ALIVE.search(said)


@pytest.mark.parametrize(("outer", "end"), [("<a", "2>"), ("<@", "2>")])
def test_pieces_inside_of_pieces_inside_of_pieces_are_taken_apart(outer: str, end: str) -> None:
    said = plain(outer * 400 + "<a:bb:1>" + end * 400)

    assert not MENTION.search(said)
    assert not ALIVE.search(said)


def test_a_long_message_keeps_its_beginning() -> None:
    assert plain("a" * SAID_LIMIT + "b") == "a" * SAID_LIMIT


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\u200d", "\ud800", "\x00"], ids=ascii)
def test_what_nobody_sees_is_left_to_the_core(hidden: str) -> None:
    assert plain(f"a{hidden}b") == f"a{hidden}b"
