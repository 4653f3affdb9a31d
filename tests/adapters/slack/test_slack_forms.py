"""Forms as modals, what comes back from them, and forms kept in a button. Pure."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.slack import drafts
from adapters.slack.drafts import KEPT, VALUE_LIMIT, Drafts, prefilled
from adapters.slack.forms import Memo, kind_of, modal, problems, suggestions, values
from bot.domain.forms import Field, FieldKind, Form, Rejected
from tests.standins.slack import Json, check_message_blocks, check_view

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
OPTIONS = (("mon", "Monday"), ("tue", "Tuesday"))
SETUP = Form(
    "setup",
    "Set up Kindling",
    (
        Field("channel", "Where?", FieldKind.CHANNEL, value="C024BE91L"),
        Field("zone", "Time zone", FieldKind.ZONE, value="Europe/Berlin"),
        Field("morning", "When?", FieldKind.TIME, value="09:00"),
        Field("until", "Until", FieldKind.DATE, value="2026-11-24", required=False),
        Field("who", "Who?", FieldKind.MEMBER, value="U024BE7LH"),
    ),
    submit="Set up",
    intro="Nothing is posted before you say so.",
)
SHARE = Form(
    "share",
    "Share a kindness",
    (
        Field("what", "What happened?", FieldKind.PARAGRAPH, hint="A line is enough", limit=500, value="She listened"),
        Field("by", "Shown as", FieldKind.LINE, limit=40),
        Field("day", "Day", FieldKind.CHOICE, options=OPTIONS, value="tue"),
        Field("days", "Days", FieldKind.CHOICES, options=OPTIONS, value="mon,tue", required=False),
    ),
    subject="o1",
)


def element(form: Form, name: str) -> Json:
    found: Json = next(block for block in modal(form, Memo())["blocks"] if block.get("block_id") == name)
    return found["element"]


kinds = st.sampled_from(FieldKind)
long_texts = st.one_of(
    st.text(max_size=60), st.sampled_from(["x" * 5000, "😀" * 2500, "<!channel> " * 300, '"\\' * 1500])
)
names = st.text("abcdefgh", min_size=1, max_size=20)
fields = st.builds(
    Field,
    names,
    long_texts,
    kinds,
    st.booleans(),
    st.one_of(st.text(max_size=100), st.just("Europe/" * 30)),
    long_texts,
    st.just((("a", "x" * 200), ("b", ""))),
    st.integers(1, 5000),
)
forms = st.builds(
    Form,
    names,
    st.text(max_size=24),
    st.lists(fields, min_size=1, max_size=5, unique_by=lambda field: field.name).map(tuple),
    st.text(max_size=50),
    st.text(max_size=100),
    long_texts,
)


@UNHURRIED
@given(forms)
def test_whatever_the_form_slack_takes_the_modal(form: Form) -> None:
    assert check_view(modal(form, Memo(form.subject, "C1", "https://h" * 20)), "modal") == []


def test_a_form_without_texts_still_has_a_title_and_labels() -> None:
    bare = Form("share", "", (Field("what", ""),))

    assert check_view(modal(bare, Memo()), "modal") == []


def test_a_form_becomes_a_modal_that_remembers_its_name_and_subject() -> None:
    view = modal(SHARE, Memo(SHARE.subject, "C1"))

    assert view["callback_id"] == "form:share"
    assert Memo.decode(view["private_metadata"]) == Memo("o1", "C1")


def test_an_introduction_stands_above_the_fields() -> None:
    first = modal(SETUP, Memo())["blocks"][0]

    assert first["elements"][0]["elements"][0]["text"] == "Nothing is posted before you say so."


def test_a_channel_is_picked_among_public_and_private_ones() -> None:
    picker = element(SETUP, "channel")

    assert picker["type"] == "conversations_select"
    assert picker["filter"] == {"include": ["public", "private"], "exclude_bot_users": True}
    assert picker["initial_conversation"] == "C024BE91L"


def test_without_a_channel_the_one_where_the_person_is_stands_there() -> None:
    form = Form("setup", "Set up", (Field("channel", "Where?", FieldKind.CHANNEL),))

    assert element(form, "channel")["default_to_current_conversation"] is True


def test_a_channel_that_need_not_be_chosen_is_left_open() -> None:
    form = Form("setup", "Set up", (Field("channel", "Where?", FieldKind.CHANNEL, required=False),))

    assert "default_to_current_conversation" not in element(form, "channel")


def test_what_is_too_long_for_a_zone_leaves_the_picker_empty() -> None:
    form = Form("setup", "Set up", (Field("zone", "Zone", FieldKind.ZONE, value="x" * 151),))

    assert "initial_option" not in element(form, "zone")


def test_a_zone_is_looked_up_while_it_is_typed() -> None:
    picker = element(SETUP, "zone")

    assert (picker["type"], picker["min_query_length"]) == ("external_select", 2)
    assert picker["initial_option"]["value"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "kind", "initial", "value"),
    [
        ("morning", "timepicker", "initial_time", "09:00"),
        ("until", "datepicker", "initial_date", "2026-11-24"),
        ("who", "users_select", "initial_user", "U024BE7LH"),
    ],
)
def test_times_dates_and_people_have_pickers_of_their_own(name: str, kind: str, initial: str, value: str) -> None:
    picker = element(SETUP, name)

    assert (picker["type"], picker[initial]) == (kind, value)


def test_what_was_typed_as_a_time_but_is_none_leaves_the_picker_empty() -> None:
    form = Form("setup", "Set up", (Field("morning", "When?", FieldKind.TIME, value="9 am"),))

    assert "initial_time" not in element(form, "morning")


def test_a_choice_begins_with_its_value() -> None:
    assert element(SHARE, "day")["initial_option"]["text"]["text"] == "Tuesday"


def test_several_choices_begin_with_all_their_values() -> None:
    assert [option["value"] for option in element(SHARE, "days")["initial_options"]] == ["mon", "tue"]


def test_a_text_field_keeps_its_limit_and_its_value() -> None:
    field = element(SHARE, "what")

    assert (field["multiline"], field["max_length"], field["initial_value"]) == (True, 500, "She listened")


def test_a_hint_stands_under_its_field() -> None:
    assert modal(SHARE, Memo())["blocks"][0]["hint"]["text"] == "A line is enough"


def test_a_field_that_may_stay_empty_says_so() -> None:
    optional = {block["block_id"]: block["optional"] for block in modal(SHARE, Memo())["blocks"]}

    assert optional == {"what": False, "by": False, "day": False, "days": True}


def test_a_choice_without_options_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="nothing to choose from"):
        modal(Form("f", "F", (Field("day", "Day", FieldKind.CHOICE),)), Memo())


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ({"type": "plain_text_input", "value": "Tea"}, "Tea"),
        ({"type": "static_select", "selected_option": {"value": "mon"}}, "mon"),
        ({"type": "external_select", "selected_option": {"value": "Europe/Berlin"}}, "Europe/Berlin"),
        ({"type": "multi_static_select", "selected_options": [{"value": "mon"}, {"value": "tue"}]}, "mon,tue"),
        ({"type": "datepicker", "selected_date": "2026-11-24"}, "2026-11-24"),
        ({"type": "timepicker", "selected_time": "09:00"}, "09:00"),
        ({"type": "conversations_select", "selected_conversation": "C1"}, "C1"),
        ({"type": "users_select", "selected_user": "U1"}, "U1"),
    ],
)
def test_every_answer_comes_back_as_text(state: Json, value: str) -> None:
    assert values({"values": {"field": {"any": state}}}) == {"field": value}


@pytest.mark.parametrize(
    "state",
    [
        {"type": "plain_text_input", "value": None},
        {"type": "plain_text_input", "value": " "},
        {"type": "static_select", "selected_option": None},
        {"type": "multi_static_select", "selected_options": []},
        {"type": "datepicker", "selected_date": None},
    ],
)
def test_an_answer_that_is_empty_is_left_out(state: Json) -> None:
    assert values({"values": {"field": {"any": state}}}) == {}


def test_problems_stand_under_their_fields() -> None:
    assert problems(Rejected({"by": "Please say how."}, SHARE), ["what", "by"]) == {"by": "Please say how."}


def test_a_problem_of_no_field_stands_under_the_first() -> None:
    told = problems(Rejected({"": "Not today.", "what": "A word, please."}, SHARE), ["what", "by"])

    assert told == {"what": "Not today. A word, please."}


def test_a_problem_of_a_field_that_is_not_on_the_screen_stands_under_the_first_that_is() -> None:
    assert problems(Rejected({"what": "A word, please."}, SHARE), ["by", "day"]) == {"by": "A word, please."}


def test_an_element_tells_the_kind_of_its_field() -> None:
    assert kind_of(element(SETUP, "zone")["action_id"]) is FieldKind.ZONE
    assert kind_of("k:try:o1") is None


def test_suggestions_are_options() -> None:
    assert suggestions([("Europe/Berlin", "Berlin")]) == [
        {"text": {"type": "plain_text", "text": "Berlin", "emoji": False}, "value": "Europe/Berlin"}
    ]


def test_an_address_that_does_not_fit_is_left_out_of_the_memo() -> None:
    assert Memo.decode(Memo("o1", "C1", "https://" + "x" * 4000, private=True).encode()) == Memo("o1", "C1")


@pytest.mark.parametrize("foreign", ["", "not json", "[]", '{"other": 1}', "7"])
def test_a_memo_that_is_none_of_ours_is_empty(foreign: str) -> None:
    assert Memo.decode(foreign) == Memo()


@pytest.mark.parametrize("form", [SETUP, SHARE])
def test_a_form_kept_in_a_button_comes_back_whole_after_a_restart(form: Form) -> None:
    button = Drafts().block(form)["elements"][0]

    assert button["action_id"] == drafts.ACTION_ID
    assert Drafts().find(button["value"]) == form


@UNHURRIED
@given(forms)
def test_a_button_that_keeps_a_form_is_one_that_slack_takes(form: Form) -> None:
    kept = Drafts()
    block = kept.block(form)

    assert check_message_blocks([block]) == []
    assert kept.find(block["elements"][0]["value"]) == form


@UNHURRIED
@given(forms)
def test_a_button_that_keeps_a_form_has_nothing_in_it_that_slack_escapes(form: Form) -> None:
    assert not set("&<>") & set(Drafts().block(form)["elements"][0]["value"])


def large(seed: int) -> Form:
    noise = "".join(chr(0x4E00 + (seed * 7919 + i * i * 31) % 20000) for i in range(2500))
    return Form("share", "Share", (Field("what", "What?", value=noise, limit=3000),))


def test_a_form_too_large_for_a_button_is_kept_beside_it() -> None:
    kept = Drafts()
    value = kept.block(large(1))["elements"][0]["value"]

    assert len(value) <= VALUE_LIMIT
    assert kept.find(value) == large(1)


def test_only_so_many_large_forms_are_kept() -> None:
    kept = Drafts()
    first, *_ = [kept.block(large(seed))["elements"][0]["value"] for seed in range(KEPT + 1)]

    assert kept.find(first) is None


@pytest.mark.parametrize("value", ["", "y:", "y:!!", "y:ä", "y:abcde", "m:gone", "k:try:o1"])
def test_a_button_that_keeps_no_form_of_ours_finds_none(value: str) -> None:
    assert Drafts().find(value) is None


def test_what_was_typed_is_put_back_into_the_form() -> None:
    form = Form("f", "F", (Field("a", "A", value="old"), Field("b", "B", value="kept")))

    assert prefilled(form, {"a": "new"}) == replace(
        form, fields=(Field("a", "A", value="new"), Field("b", "B", value="kept"))
    )
