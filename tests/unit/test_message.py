import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.forms import FIELDS_LIMIT, TITLE_LIMIT, Field, Form
from bot.domain.ids import new_id
from bot.domain.message import ACTION_LIMIT, Action, Card, Choice, Item, Items, Picture, Quote, Text

names = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
subjects = st.from_regex(r"[a-z0-9-]{0,32}", fullmatch=True)
details = st.from_regex(r"[a-z0-9:/-]{0,20}", fullmatch=True)


@given(names, subjects, details)
def test_an_action_comes_back_out_of_its_button(name: str, subject: str, detail: str) -> None:
    action = Action(name, subject, detail)

    assert Action.decode(action.encode()) == action
    assert len(action.encode()) <= ACTION_LIMIT


@given(st.text(max_size=120))
def test_whatever_a_button_s_id_is_it_is_an_action_or_none(text: str) -> None:
    action = Action.decode(text)

    assert action is None or (text.startswith("k:") and action.name)


@pytest.mark.parametrize("text", ["", "k", "k:", "k::x", "x:try", "K:try"])
def test_an_id_that_is_not_ours_is_no_action(text: str) -> None:
    assert Action.decode(text) is None


def test_an_action_that_no_button_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 100"):
        Action("try", "x" * 100).encode()


@pytest.mark.parametrize("action", [Action("a:b"), Action("try", "a:b"), Action("")])
def test_an_action_that_would_come_back_as_another_is_refused(action: Action) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        action.encode()


def test_a_button_about_a_card_fits_its_id() -> None:
    assert len(Action("another", new_id(), "9999").encode()) <= ACTION_LIMIT


def test_a_card_s_buttons_are_about_its_subject_unless_they_have_their_own() -> None:
    card = Card("A card", choices=(Choice("One", Action("one")), Choice("Two", Action("two", "own", "7"))))

    about = card.about("subject")

    assert [choice.action for choice in about.choices] == [Action("one", "subject"), Action("two", "own", "7")]


def test_a_card_as_plain_text_says_everything_but_its_buttons() -> None:
    card = Card(
        "Heading",
        (Text("A text."), Items((Item("one", "First"), Item("", "Where", "42")), "A list:"), Quote("Words", "Robin")),
        (Choice("Press", Action("press")),),
        Picture("https://example.org/a.png", "A garden"),
        "A footnote.",
    )

    assert card.plain().splitlines() == [
        "Heading",
        "A text.",
        "A list:",
        "- First: one",
        "- Where: #42",
        "“Words” — Robin",
        "A garden",
        "A footnote.",
    ]


def a_form(fields: int, title: str = "A form") -> Form:
    return Form("form", title, tuple(Field(f"field{number}", "A field") for number in range(fields)))


@pytest.mark.parametrize("fields", [0, FIELDS_LIMIT + 1])
def test_a_form_that_a_platform_cannot_show_is_refused(fields: int) -> None:
    with pytest.raises(ValueError, match="1 to 5 fields"):
        a_form(fields)


def test_a_title_that_a_platform_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 24"):
        a_form(1, "x" * (TITLE_LIMIT + 1))


def test_what_is_prefilled_is_cut_at_the_field_s_limit() -> None:
    assert Field("zone", "Zone", value="x" * 5000, limit=60).value == "x" * 60
