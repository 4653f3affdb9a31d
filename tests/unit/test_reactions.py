from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import MemberId
from bot.domain.reactions import BUTTON, Mark, merge, neutral_emoji, shown

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_mark(at: int = 0, *, present: bool = True, member: str = "robin", emoji: str = "🌱", via: str = "copy") -> Mark:
    return Mark(MemberId(member), "card", emoji, via, present=present, at=NINE + at * SECOND)


marks = st.lists(
    st.builds(
        a_mark,
        st.integers(0, 3),
        present=st.booleans(),
        member=st.sampled_from(["robin", "sam"]),
        emoji=st.sampled_from(["🌱", "❤"]),
        via=st.sampled_from(["copy", "other copy", BUTTON]),
    ),
    max_size=12,
)


@given(marks, st.randoms(use_true_random=False), st.data())
def test_in_whatever_order_and_however_often_marks_come_the_state_is_the_same(
    events: list[Mark], random: object, data: st.DataObject
) -> None:
    again = events + data.draw(st.lists(st.sampled_from(events), max_size=5)) if events else []
    random.shuffle(again)  # type: ignore[attr-defined] -- hypothesis hands out a Random

    assert merge(again) == merge(events)
    assert shown(again) == shown(events)


@given(marks)
def test_merging_what_is_merged_changes_nothing(events: list[Mark]) -> None:
    assert merge(merge(events).values()) == merge(events)


@given(marks)
def test_the_latest_word_about_a_place_counts(events: list[Mark]) -> None:
    for place, kept in merge(events).items():
        about = [mark for mark in events if mark.place == place]
        latest = max(mark.at for mark in about)

        assert kept.at == latest
        assert kept.present == all(mark.present for mark in about if mark.at == latest)


def test_of_two_words_at_one_instant_removal_counts() -> None:
    assert shown([a_mark(present=False), a_mark()]) == frozenset()


def test_one_emoji_in_several_ways_is_shown_once() -> None:
    ways = [a_mark(via=via) for via in ("copy", "other copy", BUTTON)]

    assert shown(ways) == {("robin", "card", "🌱")}


def test_taking_it_back_in_one_way_leaves_the_others() -> None:
    ways = [a_mark(), a_mark(via=BUTTON), a_mark(1, present=False)]

    assert shown(ways) == {("robin", "card", "🌱")}


@pytest.mark.parametrize(
    ("spelling", "neutral"),
    [
        ("❤️", "❤"),
        ("👍🏿", "👍"),
        ("👩🏽‍🚀", "👩‍🚀"),
        ("1️⃣", "1⃣"),
        (":party_blob:", ":party_blob:"),
        ("🌱", "🌱"),
        ("🏽", "🏽"),
    ],
)
def test_one_emoji_has_one_spelling(spelling: str, neutral: str) -> None:
    assert neutral_emoji(spelling) == neutral


@given(st.text(min_size=1, max_size=300))
def test_a_neutral_spelling_stays_as_it_is_and_fits_its_column(spelling: str) -> None:
    neutral = neutral_emoji(spelling)

    assert neutral
    assert len(neutral) <= 100
    assert neutral_emoji(neutral) == neutral
