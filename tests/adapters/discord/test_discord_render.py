"""Cards as Discord is sent them."""

import json
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.discord import render
from bot.domain.errors import Unacceptable
from bot.domain.message import Action, Card, Choice, Item, Items, Picture, Quote, Style, Text
from tests.adapters.discord.test_discord_text import HOSTILE, PINGS

FULL = Card(
    "Good morning",
    (
        Text("Whom could you encourage today?", strong=True),
        Items((Item("Write a note", "For close ones"), Item("Say thanks", channel="42")), "One of these:"),
        Quote("You *made* my day\nreally", by="Robin"),
    ),
    (Choice("I'll try one", Action("try", "d1"), Style.PRIMARY, "🌱"), Choice("Resting today", Action("rest", "d1"))),
    Picture("https://pictures.example/1.png", "A warm kitchen"),
    "Kind acts may lift the mood.",
    "🌅",
)


def components(card: Card, key: str = "") -> list[dict[str, object]]:
    [container] = render.message(card, key=key)["components"]
    return container["components"]


def content(card: Card) -> str:
    return "\n".join(render.texts(components(card)))


def test_a_card_is_one_container_from_heading_to_buttons() -> None:
    sent = render.message(FULL)

    assert sent == {
        "flags": 1 << 15,
        "allowed_mentions": {"parse": []},
        "components": [
            {
                "type": 17,
                "accent_color": 0xE8A33D,
                "components": [
                    {"type": 10, "content": "## 🌅 Good morning"},
                    {
                        "type": 10,
                        "content": "**Whom could you encourage today?**\n\n"
                        "One of these:\n"
                        "- **For close ones:** Write a note\n"
                        "- Say thanks <#42>\n\n"
                        "> You \\*made\\* my day\n> really\n-# — Robin",
                    },
                    {
                        "type": 12,
                        "items": [
                            {"media": {"url": "https://pictures.example/1.png"}, "description": "A warm kitchen"}
                        ],
                    },
                    {
                        "type": 1,
                        "components": [
                            {
                                "type": 2,
                                "style": 1,
                                "label": "I'll try one",
                                "custom_id": "k:try:d1",
                                "emoji": {"name": "🌱"},
                            },
                            {"type": 2, "style": 2, "label": "Resting today", "custom_id": "k:rest:d1"},
                        ],
                    },
                    {"type": 10, "content": "-# Kind acts may lift the mood."},
                ],
            }
        ],
    }


def test_a_card_of_one_heading_is_enough() -> None:
    assert components(Card("Hello")) == [{"type": 10, "content": "## Hello"}]


def test_a_heading_stays_on_its_line() -> None:
    assert components(Card("Two\nlines"))[0]["content"] == "## Two lines"


def test_every_line_of_a_quote_is_quoted() -> None:
    assert content(Card("H", (Quote("a\n\n# b"),))).endswith("> a\n> \n> \\# b")


def test_an_item_without_a_proper_channel_id_links_nothing() -> None:
    assert "<#" not in content(Card("H", (Items((Item("x", channel="1> <@2"),)),)))


def test_an_item_cannot_begin_another_item() -> None:
    assert content(Card("H", (Items((Item("a\n- b"),)),))).endswith("- a - b")


def test_the_only_mention_is_that_of_a_channel() -> None:
    assert PINGS.findall(content(Card("H", (Items((Item("<@1> @here", channel="42"),)),)))) == [""]
    assert "<#42>" in content(Card("H", (Items((Item("x", channel="42"),)),)))


def test_the_same_card_is_the_same_message() -> None:
    assert render.message(FULL, key="d1") == render.message(FULL, key="d1")


def test_a_message_carries_the_key_it_was_sent_with() -> None:
    assert render.carries(render.message(Card("Hello"), key="d1")["components"], "d1")


def test_a_message_does_not_carry_another_key() -> None:
    assert not render.carries(render.message(Card("Hello"), key="d1")["components"], "d2")


@pytest.mark.parametrize("foreign", [None, [], [{}], [{"type": 1, "components": []}], [{"id": 1, "components": [{}]}]])
def test_a_message_of_somebody_else_carries_no_key(foreign: object) -> None:
    assert not render.carries(foreign, "d1")


@given(st.text())
def test_the_mark_of_any_key_is_two_different_ids_that_discord_takes(key: str) -> None:
    own, of_heading = render.mark(key)

    assert own != of_heading
    assert 1 <= own < 2**31
    assert 1 <= of_heading < 2**31


@given(st.text(), st.text())
def test_a_nonce_is_short_enough_and_the_same_each_time(channel: str, key: str) -> None:
    assert len(render.nonce(channel, key)) == 25
    assert render.nonce(channel, key) == render.nonce(channel, key)


def test_the_same_key_has_another_nonce_in_another_channel() -> None:
    assert render.nonce("1", "d1") != render.nonce("2", "d1")


def test_a_text_that_does_not_fit_is_refused_with_a_code() -> None:
    with pytest.raises(Unacceptable, match=r"discord\.card\.too_long"):
        render.message(Card("H", (Text("a" * 2800), Text("b" * 1300))))


def test_exactly_four_thousand_characters_fit() -> None:
    card = Card("H", (Text("a" * 2000), Text("b" * (2000 - len("## H") - len("\n\n")))))

    assert len("".join(render.texts(components(card)))) == 4000


def test_people_s_words_are_shortened_before_a_card_is_refused() -> None:
    card = Card("H", (Quote("*" * 2800), Quote("short"), Text("mine")))

    assert len(content(card)) <= 4000 + 1
    assert "> short" in content(card)
    assert "mine" in content(card)
    assert "…" in content(card)


@given(st.lists(HOSTILE.map(lambda text: text * 60), min_size=1, max_size=4))
def test_quotes_of_any_length_fit(quotes: list[str]) -> None:
    sent = components(Card("H", (*map(Quote, quotes), Text("mine"))))

    assert sum(map(len, render.texts(sent))) <= 4000
    assert all(text for text in render.texts(sent))


def test_a_shortened_quote_is_not_cut_inside_an_escape() -> None:
    for length in (3990, 3991):
        text = content(Card("H", (Quote("a" * (length - 3990) + "*" * 2800),)))

        assert not re.search(r"(?<!\\)(?:\\\\)*\\…", text)


def test_six_buttons_are_refused_with_a_code() -> None:
    choices = tuple(Choice(f"B{n}", Action("a", str(n))) for n in range(6))

    with pytest.raises(Unacceptable, match=r"discord\.card\.too_many_buttons"):
        render.message(Card("H", choices=choices))


def test_the_same_button_twice_is_refused_with_a_code() -> None:
    with pytest.raises(Unacceptable, match=r"discord\.card\.same_button_twice"):
        render.message(Card("H", choices=(Choice("A", Action("a")), Choice("B", Action("a")))))


@pytest.mark.parametrize("label", ["", "\u200b", "x" * 81])
def test_a_label_that_discord_refuses_is_refused_with_a_code(label: str) -> None:
    with pytest.raises(Unacceptable, match=r"discord\.button\.label_length"):
        render.message(Card("H", choices=(Choice(label, Action("a")),)))


def test_an_action_that_is_too_long_is_refused_with_a_code() -> None:
    with pytest.raises(Unacceptable, match=r"discord\.custom_id\.too_long"):
        render.message(Card("H", choices=(Choice("A", Action("a", "x" * 100)),)))


def test_a_button_can_say_which_server_it_is_about() -> None:
    sent = components_of_row(render.message(Card("H", choices=(Choice("A", Action("a", "x")),)), space="77"))

    assert render.without_space(str(sent[0]["custom_id"])) == ("77", "k:a:x")


def test_a_button_without_a_server_is_read_as_it_is() -> None:
    assert render.without_space("k:a:x") == ("", "k:a:x")


def test_plain_text_is_escaped_and_fits_into_a_message() -> None:
    text = render.plain(Card("H", (Quote("*" * 2800, "@everyone"),)))

    assert len(text) <= 2000
    assert not PINGS.search(text)


@given(
    st.builds(Card, HOSTILE, st.lists(st.builds(Text, HOSTILE, st.booleans()), max_size=3).map(tuple), footnote=HOSTILE)
)
def test_no_card_of_hostile_texts_pings_or_breaks_a_limit(card: Card) -> None:
    assume(card.heading.strip())

    sent = components(card)

    assert not any(PINGS.search(text) for text in render.texts(sent))
    assert all(1 <= len(text) <= 4000 for text in render.texts(sent))
    json.dumps(sent).encode()


def components_of_row(message: dict[str, object]) -> list[dict[str, object]]:
    [container] = message["components"]
    return container["components"][-1]["components"]
