"""Cards as Block Kit: explicit cases, and properties over hostile texts."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack.render import MESSAGE_LIMIT, carries, carries_key, message, metadata, without_picture
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Picture, Quote, Style, Text
from tests.adapters.slack.workspace import CARD
from tests.standins.slack import Json, check_message_blocks
from tests.standins.slack.blocks import too_long_for_a_message
from tests.standins.slack.mentions import pings_in_message, shown_text

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
HOSTILE = (
    "<!channel> <@U1> @here *bold* `code` https://evil.example <https://evil.example|click here> :tada: \u202edlrow"
)

texts = st.one_of(
    st.text(max_size=80), st.just(HOSTILE), st.sampled_from(["", " ", "\x00", "\n", '"\\' * 900, "😀" * 1600])
)
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, texts, st.booleans()),
    st.builds(Quote, texts, texts),
    st.builds(
        Items,
        st.lists(st.builds(Item, texts, texts, st.sampled_from(["", "C024BE91L", "1234", "<!here>"])), max_size=60).map(
            tuple
        ),
        texts,
    ),
)
choices = st.builds(
    Choice,
    texts,
    st.builds(Action, st.sampled_from(["try", "another"]), st.sampled_from(["", "o1"])),
    st.sampled_from(Style),
    st.sampled_from(["", "🌱"]),
)
cards = st.builds(
    Card,
    texts,
    st.lists(parts, max_size=60).map(tuple),
    st.lists(choices, max_size=5).map(tuple),
    st.one_of(st.none(), st.builds(Picture, st.sampled_from(["https://k.example/a.png", "", "data:x"]), texts)),
    texts,
    st.sampled_from(["", "🌞"]),
)


def blocks_of(card: Card, kind: str) -> list[Json]:
    return [block for block in message(card)["blocks"] if block["type"] == kind]


def every_object(value: Any) -> list[Json]:
    if isinstance(value, dict):
        return [value, *(found for child in value.values() for found in every_object(child))]
    return [found for child in value for found in every_object(child)] if isinstance(value, list) else []


@UNHURRIED
@given(cards)
def test_whatever_the_card_slack_takes_its_blocks(card: Card) -> None:
    blocks = message(card, "key")["blocks"]

    assert check_message_blocks(blocks) == []
    assert not too_long_for_a_message(blocks)


@UNHURRIED
@given(cards)
def test_whatever_the_card_nobody_is_pinged_and_nothing_linked(card: Card) -> None:
    rendered = message(card, "key")

    pings = pings_in_message(rendered["text"], rendered["blocks"], parse_names=True)
    assert not pings
    assert pings.links == ()


@UNHURRIED
@given(cards)
def test_no_text_stands_where_slack_reads_markup(card: Card) -> None:
    kinds = {found["type"] for found in every_object(message(card)["blocks"]) if "text" in found}

    assert kinds <= {"text", "plain_text", "header", "button"}


@UNHURRIED
@given(cards)
def test_there_is_always_a_text_for_screen_readers(card: Card) -> None:
    assert message(card)["text"].strip()


@UNHURRIED
@given(cards)
def test_no_colon_name_becomes_an_emoji(card: Card) -> None:
    plain = [found for found in every_object(message(card)["blocks"]) if found.get("type") == "plain_text"]

    assert all(text["emoji"] is False for text in plain)


@UNHURRIED
@given(cards)
def test_the_key_is_found_again_in_the_blocks(card: Card) -> None:
    assert carries({"blocks": message(card, "k1")["blocks"]}, "k1")
    assert not carries({"blocks": message(card, "k1")["blocks"]}, "k2")


def test_people_see_hostile_words_exactly_as_they_were_written() -> None:
    card = Card("Shared", (Quote("<!channel> *bold* `code` https://a.example", "Eve <@U1>"),))

    shown = shown_text(message(card)["blocks"])

    assert "<!channel> *bold* `code` https://a.example" in shown
    assert "— Eve <@U1>" in shown


def test_the_heading_is_a_header_with_its_emoji() -> None:
    [header] = blocks_of(Card("Good morning", emoji="🌞"), "header")

    assert header["text"]["text"] == "🌞 Good morning"


def test_the_sentence_that_carries_the_card_is_bold() -> None:
    [block] = blocks_of(Card("H", (Text("Whom could you thank?", strong=True),)), "rich_text")

    assert block["elements"][0]["elements"] == [
        {"type": "text", "text": "Whom could you thank?", "style": {"bold": True}}
    ]


def test_words_of_a_person_are_a_quote() -> None:
    [block] = blocks_of(Card("H", (Quote("Thank you for the tea", "Ada"),)), "rich_text")

    assert [element["type"] for element in block["elements"]] == ["rich_text_quote", "rich_text_section"]


def test_a_list_has_its_title_and_its_labels() -> None:
    [block] = blocks_of(Card("H", (Items((Item("text a colleague", "Tiny"),), "Three ideas"),)), "rich_text")

    title, bullets = block["elements"]
    assert title["elements"][0]["text"] == "Three ideas"
    assert [leaf["text"] for leaf in bullets["elements"][0]["elements"]] == ["Tiny: ", "text a colleague"]


def test_a_channel_is_a_link_after_the_text() -> None:
    [block] = blocks_of(Card("H", (Items((Item("Cards appear in", channel="C024BE91L"),)),)), "rich_text")

    assert block["elements"][0]["elements"][0]["elements"][-1] == {"type": "channel", "channel_id": "C024BE91L"}


def test_a_channel_of_another_platform_is_no_link() -> None:
    [block] = blocks_of(Card("H", (Items((Item("Cards appear in", channel="816432109876543210"),)),)), "rich_text")

    assert [leaf["type"] for leaf in block["elements"][0]["elements"][0]["elements"]] == ["text"]


def test_a_button_carries_its_action_in_id_and_value() -> None:
    button = blocks_of(CARD, "actions")[0]["elements"][1]

    assert (button["action_id"], button["value"]) == ("k:another:o1", "k:another:o1")


def test_a_button_with_an_emoji_is_read_out_by_its_label_alone() -> None:
    button = blocks_of(CARD, "actions")[0]["elements"][0]

    assert (button["text"]["text"], button["accessibility_label"]) == ("🌱 I'll try one", "I'll try one")


@pytest.mark.parametrize(("style", "told"), [(Style.PRIMARY, "primary"), (Style.DANGER, "danger"), (Style.PLAIN, None)])
def test_a_button_stands_out_as_much_as_its_style(style: Style, told: str | None) -> None:
    [actions] = blocks_of(Card("H", choices=(Choice("Go", Action("go"), style),)), "actions")

    assert actions["elements"][0].get("style") == told


def test_two_buttons_with_one_action_are_told_apart() -> None:
    same = Choice("Go", Action("go"))
    [actions] = blocks_of(Card("H", choices=(same, same)), "actions")

    first, second = actions["elements"]
    assert first["action_id"] != second["action_id"]
    assert first["value"] == second["value"] == "k:go"


def test_a_picture_has_words_for_people_who_do_not_see_it() -> None:
    [image] = blocks_of(Card("H", picture=Picture("https://k.example/recap.png", "A tree with eight leaves")), "image")

    assert image == {
        "type": "image",
        "image_url": "https://k.example/recap.png",
        "alt_text": "A tree with eight leaves",
    }


def test_a_picture_that_slack_cannot_fetch_is_told_in_words() -> None:
    card = Card("H", picture=Picture("https://k.example/recap.png", "A tree with eight leaves"))

    assert "A tree with eight leaves" in shown_text(message(without_picture(card))["blocks"])


def test_the_footnote_is_small_and_last() -> None:
    last = message(CARD)["blocks"][-1]

    assert (last["type"], last["elements"][0]["text"]) == ("context", "You decide what fits today.")


def test_the_text_beside_the_blocks_says_the_card_in_one_piece() -> None:
    assert message(CARD)["text"].splitlines() == [
        "Whom could you encourage today?",
        "A short message is enough.",
        "You decide what fits today.",
    ]


def test_a_card_that_is_too_long_is_cut_and_says_so() -> None:
    card = Card("H", tuple(Text("word " * 500) for _ in range(30)))

    rendered = message(card)["blocks"]

    assert len(json.dumps(rendered, ensure_ascii=False)) <= MESSAGE_LIMIT + 500
    assert shown_text(rendered).endswith("…")


def test_a_card_of_many_parts_shows_them_all_in_the_blocks_that_slack_takes() -> None:
    card = Card("H", tuple(Text(f"part {number}") for number in range(48)), footnote="F")

    rendered = message(card)["blocks"]

    assert check_message_blocks(rendered) == []
    assert all(f"part {number}" in shown_text(rendered).splitlines() for number in range(48))


def test_a_message_of_ours_is_known_by_its_metadata() -> None:
    assert carries_key({"metadata": metadata("k1")})
    assert not carries_key({"metadata": {"event_type": "other", "event_payload": {"key": "k1"}}})


def test_a_key_in_the_metadata_outweighs_the_blocks() -> None:
    assert not carries({"metadata": metadata("k1"), "blocks": [{"block_id": "kindling:k2"}]}, "k2")
