"""Words are data: whatever people write is shown as they wrote it, and does nothing else."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.text import crop, escape, escape_line, visible

PINGS = re.compile(
    r"@(everyone|here)|<@[!&]?[0-9]+>|<#[0-9]+>|<id:|<t:|<sound:|</|<a?:\w+:[0-9]+>|<\+|<[^\s<>\u2060]+@", re.IGNORECASE
)
URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'+,;=%-]+")
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*(?:[*_~`|\[\]]|:[\w+-]+:)")
AT_START = re.compile(r"^ *(?:#{1,3} |>{1,3} ?|-# ?|[-*+] |[0-9]+\. )", re.MULTILINE)
PIECES = st.sampled_from(
    [
        *"\\*_~`|[]()<>#-+>@:&!. \n\t1aé",
        "@everyone",
        "@here",
        "<@1234>",
        "<@!1234>",
        "<@&1234>",
        "<#1234>",
        "<:kind:1234>",
        "<t:1:R>",
        "</kind:1>",
        "<id:guide>",
        "<sound:1:2>",
        "<+49301>",
        "<1@evil.example>",
        ":heart:",
        "[bank](https://evil.example)",
        "https://a.example/b_c_d",
        "-# ",
        "1. ",
        "\u200b",
        "\u200d",
        "\u2060",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ud800",
        "\U000e0041",
        "👩\u200d👧",
        "\r\n",
        "\u2028",
        "\x00",
    ]
)
HOSTILE = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80)


@given(HOSTILE)
def test_no_text_pings_or_links_anything(text: str) -> None:
    assert not PINGS.search(escape(text))


@given(HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    escaped = URL.sub("url", escape(text))

    assert not UNESCAPED.search(escaped)
    assert not AT_START.search(escaped)


@given(HOSTILE)
def test_nothing_hidden_is_left(text: str) -> None:
    shown = visible(text)

    hidden = [char for char in shown if unicodedata.category(char) in ("Cc", "Cs") and char != "\n"]
    assert hidden == []
    assert not re.search("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]", shown)


@given(HOSTILE)
def test_a_text_on_one_line_has_no_line_breaks(text: str) -> None:
    assert not re.search(r"[\n\r\u2028\u2029]", escape_line(text))


@given(st.text(alphabet="abc äöü ßéñ 日本語 ,!?;'", max_size=60))
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert escape(text) == visible(text)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2 * 3 * 4", r"2 \* 3 \* 4"),
        ("# loud", r"\# loud"),
        ("1. first", r"1\. first"),
        ("> quoted", r"\> quoted"),
        ("- item\n  - inner", "\\- item\n  \\- inner"),
        ("a - b, no. 5 > 4", "a - b, no. 5 > 4"),
        ("||secret||", r"\|\|secret\|\|"),
        ("I <3 you", "I <3 you"),
        ("<+4930123456>", "<\u2060+4930123456>"),
        ("<4ever@evil.example>", "<\u2060" + "4ever@evil.example>"),
        (":heart: :+1::skin-tone-2:", r"\:heart: \:+1:\:skin-tone-2:"),
        ("at 9:30, or: later", "at 9:30, or: later"),
        ("[bank](https://evil.example)", r"\[bank\](https://evil.example)"),
        ("see https://a.example/b_c_d", "see https://a.example/b_c_d"),
        ("@everyone", "@\u2060everyone"),
        ("<@1234>", "<\u2060@1234>"),
        ("C:\\temp", "C:\\\\temp"),
    ],
)
def test_each_kind_of_markup_is_shown_as_written(written: str, sent: str) -> None:
    assert escape(written) == sent


def test_families_and_flags_of_emoji_survive() -> None:
    wales = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"

    assert visible(f"👩\u200d👧 {wales} ❤\ufe0f") == f"👩\u200d👧 {wales} ❤\ufe0f"


def test_persian_keeps_the_joiner_it_is_written_with() -> None:
    assert visible("می\u200cخواهم") == "می\u200cخواهم"


def test_a_joiner_cannot_disguise_a_word_in_ascii() -> None:
    assert visible("@ever\u200dyone") == "@everyone"


def test_text_that_runs_backwards_is_turned_around() -> None:
    assert visible("safe\u202egpj.exe") == "safegpj.exe"


def test_many_empty_lines_become_one() -> None:
    assert visible("a\n\n \n\n\nb") == "a\n\nb"


def test_cropping_leaves_room_for_the_ellipsis() -> None:
    assert crop("kindness", 5) == "kind…"
