"""What people write for the wall, and where it stands."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.community import Space
from bot.domain.ids import ActId, CommunityId, MemberId, SpaceId, copy_id
from bot.domain.wall import Act, Audience, Consent, Rule, ShownAs, Standing, Telling, Warmth
from bot.domain.words import MARKS_IN_A_ROW, calls, has_link, refused_word, tidied, words
from tests.contracts.any_card import words as any_words

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HERE = Space(SpaceId("here"), CommunityId("c"), "letters", "here")
THERE = Space(SpaceId("there"), CommunityId("c"), "letters", "there")
ACT = Act(ActId("act"), CommunityId("c"), HERE.id, MemberId("robin"), Telling.DID, "Tea for two.", NOON)


@given(any_words(700))
def test_what_is_tidied_can_be_stored_anywhere_and_stays_as_it_is(text: str) -> None:
    tidy = tidied(text)

    assert tidied(tidy) == tidy
    assert tidy.encode() is not None
    assert not [sign for sign in tidy if unicodedata.category(sign) in {"Cc", "Cs"} and sign != "\n"]
    assert not {"\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"} & set(tidy)


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("  a\r\nb\tc  ", "a\nb c"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\u200bb\ufeffc\x00d\ud800", "abcd"),
        ("👩🏽‍💻 می‌خواهم", "👩🏽‍💻 می‌خواهم"),
        ("cafe\u0301", "café"),
        ("z" + "\u0335" * 30, "z" + "\u0335" * 3),
    ],
)
def test_what_nobody_sees_is_left_out_and_what_people_write_stays(text: str, tidy: str) -> None:
    assert tidied(text) == tidy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ein Café", ["ein", "cafe"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("ﬁne ２０", ["fine", "20"]),
        ("他帮我", ["他", "帮", "我"]),
        ("한국어 말", ["한국어", "말"]),
        ("a_b c-d", ["a_b", "c", "d"]),
        ("\u202e!?", []),
        ("x" * 90, ["x" * 40]),
    ],
)
def test_words_lose_case_accents_and_width(text: str, found: list[str]) -> None:
    assert list(words(text)) == found


@given(any_words(200))
def test_a_text_is_found_by_each_of_its_words(text: str) -> None:
    assert set(words(" ".join(words(text)))) == set(words(text))


@pytest.mark.parametrize(
    "text",
    [
        "https://x",
        "HTTP://evil",
        "www.example.org",
        "see example.com/now",
        "discord.gg/abc",
        "mailto:a@b",
        "ftp://x",
        "bit.ly/3x",
        "t.me/joinchat",
        "evil.ru",
        "ｈｔｔｐｓ：／／x",
        "discord．gg/abc",
    ],
)
def test_links_are_noticed(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize(
    "text",
    ["A nice one.I liked it", "10.30 at the bus", "e.g. this", "a:b", "Mr. Bean", "3.14 pie", "and/or", "etc./e.g."],
)
def test_what_only_looks_like_one_is_not_a_link(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize("name", ["@everyone", "Robin @here", "＠channel", "<@U123>", "<!here>", "<#C1>"])
def test_names_that_call_people_are_noticed(name: str) -> None:
    assert calls(name)


@pytest.mark.parametrize("name", ["Robin", "Robin @ work", "a@b", "Kim <3", "Dad #1", "J. R. (she/her)"])
def test_other_names_call_nobody(name: str) -> None:
    assert not calls(name)


@pytest.mark.parametrize(
    ("text", "refused", "found"),
    [
        ("a GiveAway!", ("giveaway",), "giveaway"),
        ("giveaways", ("giveaway",), ""),
        ("Free   Mónéy here", ("bread", "free money"), "free money"),
        ("free bread and money", ("free money",), ""),
        ("anything", ("", "!?"), ""),
    ],
)
def test_refused_words_are_found_whole(text: str, refused: tuple[str, ...], found: str) -> None:
    assert refused_word(text, refused) == found


def said_of(act: Act, *counts: int) -> list[Warmth]:
    """What is said after each moment at which so many feel something."""
    said = list[Warmth]()
    for people in counts:
        act = act.felt_by(people)
        said.append(act.warmth)
    return said


def test_fewer_than_three_others_are_never_told_of() -> None:
    assert said_of(ACT, 0, 1, 2, 3) == [Warmth.UNSAID] * 4


def test_warmth_is_told_of_a_few_and_of_many_and_stays() -> None:
    assert said_of(ACT, 4, 9, 3, 10, 0) == [Warmth.FEW] * 3 + [Warmth.MANY] * 2


def test_warmth_holds_no_number() -> None:
    assert [warmth.words for warmth in Warmth] == ["", "A few of you felt this.", "Many of you felt this."]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 2)), max_size=30), st.lists(st.booleans()))
def test_whoever_plays_with_their_own_reaction_does_not_learn_whether_there_are_two_others(
    afterwards: list[tuple[bool, int, int]], before: list[bool]
) -> None:
    """Whatever was said before, while there were more: the same is said of two others as of one and of none."""
    known = ACT
    for number, mine in enumerate(before):
        known = known.felt_by(number + mine)

    said = [said_of(known, *(mine + others[which] for mine, *others in afterwards)) for which in (0, 1)]

    assert said[0] == said[1] == [known.warmth] * len(afterwards)


@pytest.mark.parametrize(
    ("standing", "audience", "here", "there"),
    [
        (Standing.SHOWN, Audience.HERE, True, False),
        (Standing.SHOWN, Audience.BOTH, True, True),
        *((standing, Audience.BOTH, False, False) for standing in Standing if standing is not Standing.SHOWN),
    ],
)
def test_only_what_is_on_the_wall_is_shown_and_only_where_it_is_for(
    standing: Standing, audience: Audience, here: bool, there: bool
) -> None:
    act = replace(ACT, standing=standing, audience=audience)

    assert (act.shown_in(HERE), act.shown_in(THERE)) == (here, there)


@pytest.mark.parametrize("standing", [Standing.DRAFT, Standing.PRIVATE])
def test_what_an_author_keeps_is_no_moderators(standing: Standing) -> None:
    assert not replace(ACT, standing=standing).overseen_from(HERE)


def test_a_change_within_ten_minutes_is_not_told() -> None:
    act = ACT.put_up(NOON, Rule.OPEN)

    assert not act.changed(ACT, NOON + timedelta(minutes=10)).edited
    assert act.changed(ACT, NOON + timedelta(minutes=11)).edited


def test_a_change_of_what_was_never_shown_is_not_told() -> None:
    assert not ACT.changed(ACT, NOON + timedelta(days=1)).put_up(NOON + timedelta(days=2), Rule.OPEN).edited


@pytest.mark.parametrize("rule", Rule)
def test_what_a_moderator_has_hidden_stays_so_whatever_its_author_does(rule: Rule) -> None:
    hidden = ACT.hidden("why")

    assert hidden.put_up(NOON, rule) == hidden
    assert replace(hidden, shown_as=ShownAs.ME).put_up(NOON, rule).standing is Standing.HIDDEN


def test_other_words_take_back_what_was_agreed_to() -> None:
    act = ACT.naming(MemberId("kim")).asked().agreed("Kim")

    assert (act.changed(ACT, NOON).named_as, act.changed(ACT, NOON).consent) == ("Kim", Consent.YES)
    other = act.changed(replace(ACT, text="Something else."), NOON)
    assert (other.named, other.named_as, other.consent) == ("kim", "", Consent.UNASKED)


def test_naming_the_same_again_asks_nobody_twice() -> None:
    act = ACT.naming(MemberId("kim")).asked()

    assert act.naming(MemberId("kim")) is act
    assert act.naming(MemberId("lee")).consent is Consent.UNASKED


def test_a_copys_id_follows_from_act_and_space() -> None:
    assert copy_id(ACT.id, HERE.id) == copy_id(ACT.id, HERE.id)
    assert len({copy_id(ACT.id, HERE.id), copy_id(ACT.id, THERE.id), copy_id(ActId("other"), HERE.id)}) == 3


@pytest.mark.parametrize("marks", ["\u0300\u0316", "\u064b\u0650"])
def test_any_number_of_marks_is_cut_before_it_is_sorted(marks: str) -> None:
    found = tidied("a" + marks * 20_000)  # sorting them took seconds

    assert len(found) <= 1 + MARKS_IN_A_ROW
