"""Forms as Discord's modals, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import forms
from bot.domain.errors import Unacceptable
from bot.domain.forms import Field, FieldKind, Form


def a_form(*fields: Field, **others: str) -> Form:
    return Form("setup", "Set up", fields or (Field("zone", "Your time zone"),), **others)


def component(field: Field) -> dict[str, object]:
    [part] = forms.modal(a_form(field))["components"]
    return part["component"]


def test_a_modal_says_which_form_it_is() -> None:
    modal = forms.modal(a_form(subject="d1"))

    assert forms.decode(str(modal["custom_id"])) == ("setup", "d1")


def test_a_modal_of_another_program_is_not_ours() -> None:
    assert forms.decode("their:form") is None
    assert forms.decode("f:") is None


def test_a_subject_may_hold_colons() -> None:
    assert forms.decode("f:setup:a:b") == ("setup", "a:b")


def test_a_field_stands_under_its_label_with_its_hint() -> None:
    [part] = forms.modal(a_form(Field("days", "On which days?", hint="Such as mon-fri", limit=60)))["components"]

    assert part == {
        "type": 18,
        "label": "On which days?",
        "description": "Such as mon-fri",
        "component": {"custom_id": "days", "required": True, "type": 4, "style": 1, "max_length": 60},
    }


def test_an_intro_comes_first() -> None:
    first, _ = forms.modal(a_form(intro="Three *short* questions"))["components"]

    assert first == {"type": 10, "content": r"Three \*short\* questions"}


def test_an_intro_gives_way_to_a_fifth_field() -> None:
    modal = forms.modal(a_form(*(Field(f"f{n}", "Label") for n in range(5)), intro="Hello"))

    assert [part["type"] for part in modal["components"]] == [18] * 5


def test_a_paragraph_has_several_lines() -> None:
    assert component(Field("act", "Your words", FieldKind.PARAGRAPH, limit=2000)) == {
        "custom_id": "act",
        "required": True,
        "type": 4,
        "style": 2,
        "max_length": 2000,
    }


@pytest.mark.parametrize(
    ("kind", "example"),
    [(FieldKind.DATE, "2026-11-24"), (FieldKind.TIME, "09:00"), (FieldKind.ZONE, "Europe/Berlin")],
)
def test_a_date_a_time_and_a_zone_are_typed_after_an_example(kind: FieldKind, example: str) -> None:
    shown = component(Field("x", "When?", kind))

    assert (shown["type"], shown["placeholder"]) == (4, example)


def test_a_choice_is_a_menu_with_what_was_chosen() -> None:
    field = Field("day", "Which day?", FieldKind.CHOICE, value="tue", options=(("mon", "Monday"), ("tue", "Tuesday")))

    assert component(field) == {
        "custom_id": "day",
        "required": True,
        "type": 3,
        "min_values": 1,
        "max_values": 1,
        "options": [
            {"value": "mon", "label": "Monday", "default": False},
            {"value": "tue", "label": "Tuesday", "default": True},
        ],
    }


def test_several_choices_can_be_chosen_at_once() -> None:
    options = (("mon", "Monday"), ("tue", "Tuesday"), ("wed", "Wednesday"))

    shown = component(Field("days", "Days", FieldKind.CHOICES, required=False, value="mon,wed", options=options))

    assert (shown["min_values"], shown["max_values"]) == (0, 3)
    assert [option["default"] for option in shown["options"]] == [True, False, True]


def test_a_channel_is_picked_from_the_text_channels() -> None:
    assert component(Field("channel", "Where?", FieldKind.CHANNEL, value="42")) == {
        "custom_id": "channel",
        "required": True,
        "type": 8,
        "min_values": 1,
        "max_values": 1,
        "default_values": [{"id": "42", "type": "channel"}],
        "channel_types": [0, 5],
    }


def test_a_member_is_picked_from_the_people() -> None:
    shown = component(Field("who", "Who?", FieldKind.MEMBER, required=False, value="not an id"))

    assert shown == {"custom_id": "who", "required": False, "type": 5, "min_values": 0, "max_values": 1}


def test_what_was_written_before_is_filled_in_up_to_the_limit() -> None:
    assert component(Field("act", "Words", value="kindness", limit=4))["value"] == "kind"


def test_a_server_is_carried_through_a_form_in_a_direct_message() -> None:
    assert forms.modal(a_form(), "77")["custom_id"] == "s:77:f:setup:"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (a_form(Field("x", "L" * 46)), "label_length.x"),
        (a_form(Field("x", "\u200b")), "label_length.x"),
        (a_form(Field("", "Label")), "field_name_length"),
        (a_form(Field("x", "A"), Field("x", "B")), "same_field_twice"),
        (a_form(Field("x", "A", FieldKind.CHOICE)), "options.x"),
        (a_form(Field("x", "A", FieldKind.CHOICE, options=tuple((str(n), "o") for n in range(26)))), "options.x"),
        (a_form(Field("x", "A", FieldKind.CHOICE, options=(("", "empty"),))), "option_value.x"),
        (a_form(Field("x", "A", FieldKind.CHOICE, options=(("v" * 101, "long"),))), "option_value.x"),
        (a_form(Field("x", "A", FieldKind.CHOICE, options=(("v", "a"), ("v", "b")))), "options.x"),
        (Form("setup", "", (Field("x", "A"),)), "title_length"),
    ],
)
def test_what_discord_would_refuse_is_refused_with_a_code(form: Form, code: str) -> None:
    with pytest.raises(Unacceptable, match=rf"discord\.form\.{code}"):
        forms.modal(form)


def test_a_form_whose_name_and_subject_are_too_long_is_refused_with_a_code() -> None:
    with pytest.raises(Unacceptable, match=r"discord\.custom_id\.too_long"):
        forms.modal(a_form(subject="s" * 95))


def test_values_come_back_by_field_name() -> None:
    submitted = [
        {"type": 10, "id": 1},
        {"type": 18, "id": 2, "component": {"type": 4, "id": 3, "custom_id": "zone", "value": "Europe/Berlin"}},
        {"type": 18, "id": 4, "component": {"type": 3, "id": 5, "custom_id": "days", "values": ["mon", "tue"]}},
        {"type": 18, "id": 6, "component": {"type": 8, "id": 7, "custom_id": "channel", "values": ["42"]}},
        {"type": 18, "id": 8, "component": {"type": 5, "id": 9, "custom_id": "who", "values": []}},
        {"type": 1, "id": 10, "components": [{"type": 4, "id": 11, "custom_id": "old", "value": ""}]},
    ]

    assert forms.values(submitted) == {
        "zone": "Europe/Berlin",
        "days": "mon,tue",
        "channel": "42",
        "who": "",
        "old": "",
    }


@pytest.mark.parametrize("nothing", [None, [], "text", [{"type": 10}]])
def test_no_fields_are_no_values(nothing: object) -> None:
    assert forms.values(nothing) == {}


@given(st.text(), st.text(), st.text())
def test_a_modal_of_any_texts_is_within_limits_or_refused(label: str, hint: str, intro: str) -> None:
    try:
        modal = forms.modal(a_form(Field("x", label, hint=hint), intro=intro))
    except Unacceptable:
        return

    assert all(1 <= len(str(part.get("label", "x"))) <= 45 for part in modal["components"])
    assert all(1 <= len(str(part.get("description", "x"))) <= 100 for part in modal["components"])
    assert all(1 <= len(str(part.get("content", "x"))) <= 4000 for part in modal["components"])
