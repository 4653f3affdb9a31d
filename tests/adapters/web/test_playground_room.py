import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.codec import Content, decode, encode
from adapters.web.database import Database
from adapters.web.room import ENTRIES_KEPT, Room
from bot.domain.errors import TryLater, Unreachable
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Choice, Item, Items, Picture, Quote, Style, Text
from bot.domain.reactions import Felt
from tests.adapters.web.hearth import MORNING, NINE, SETUP

KINDNESS = "c-kindness"


async def a_room(folder: Path) -> Room:
    room = Room(Database(folder / "room.sqlite", lambda: None))
    await room.open("playground", "Europe/Berlin")
    return room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    room = await a_room(tmp_path)
    yield room
    await room.close()


async def test_a_key_sent_twice_is_one_message(room: Room) -> None:
    first = await room.post(KINDNESS, Card("One"), "k", NINE)

    again = await room.post(KINDNESS, Card("Two"), "k", NINE)

    assert again == first
    _, messages = await room.page(KINDNESS)
    assert [message.card for message in messages] == [Card("One")]


async def test_a_key_sent_many_times_at_once_is_one_message(room: Room) -> None:
    sent = await asyncio.gather(*(room.post(KINDNESS, Card("One"), "k", NINE) for _ in range(20)))

    assert len(set(sent)) == 1


async def test_the_same_key_in_two_channels_is_two_messages(room: Room) -> None:
    assert await room.post(KINDNESS, MORNING, "k", NINE) != await room.post("c-general", MORNING, "k", NINE)


async def test_a_message_is_found_by_its_key_while_it_is_there(room: Room) -> None:
    message = await room.post(KINDNESS, MORNING, "k", NINE)

    assert await room.find(KINDNESS, "k") == (message, NINE)
    assert await room.find(KINDNESS, "other") is None
    await room.remove(KINDNESS, message)
    assert await room.find(KINDNESS, "k") is None


async def test_a_removed_message_keeps_no_word_and_no_reaction(room: Room, tmp_path: Path) -> None:
    message = await room.post(KINDNESS, Card("A secret word"), "k", NINE)
    await room.react(KINDNESS, message, "sam", "💛", present=True)

    assert await room.remove(KINDNESS, message)
    assert not await room.remove(KINDNESS, message)

    await room.close()
    with sqlite3.connect(tmp_path / "room.sqlite") as raw:
        assert raw.execute("SELECT card FROM messages").fetchall() == [("",)]
        assert raw.execute("SELECT * FROM reactions").fetchall() == []
    raw.close()


async def test_reactions_are_a_set_in_one_spelling(room: Room) -> None:
    message = await room.post(KINDNESS, MORNING, "k", NINE)

    assert await room.react(KINDNESS, message, "sam", "🙏🏽", present=True)
    assert not await room.react(KINDNESS, message, "sam", "🙏", present=True)

    found = await room.message(KINDNESS, message)
    assert found is not None
    assert found.felt == {Felt("sam", "🙏")}
    assert await room.react(KINDNESS, message, "sam", "🙏", present=False)
    assert not await room.react(KINDNESS, message, "sam", "🙏", present=False)


async def test_nothing_is_felt_about_a_message_of_another_channel(room: Room) -> None:
    message = await room.post(KINDNESS, MORNING, "k", NINE)

    assert not await room.react("c-general", message, "sam", "💛", present=True)
    assert await room.message("c-general", message) is None


async def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    before = await a_room(tmp_path)
    message = await before.post(KINDNESS, MORNING, "k", NINE)
    await before.react(KINDNESS, message, "sam", "🌱", present=True)
    await before.show("robin", SETUP, NINE)
    await before.move_to("Asia/Tokyo")
    await before.close()

    after = await a_room(tmp_path)

    _, [kept] = await after.page(KINDNESS)
    [entry] = await after.panel("robin")
    assert (kept.card, kept.felt) == (MORNING, {Felt("sam", "🌱")})
    assert entry.content == SETUP
    assert (after.zone, after.secret) == ("Asia/Tokyo", before.secret)
    await after.close()


async def test_a_panel_is_its_persons_own(room: Room) -> None:
    entry = await room.show("robin", Card("For Robin"), NINE)

    assert await room.entry("sam", entry.id) is None
    assert await room.replace("sam", entry.id, Card("Mine now"), NINE) is None
    assert await room.dismiss("sam", entry.id, NINE) is None
    assert await room.panel("sam") == []
    [still] = await room.panel("robin")
    assert still.content == Card("For Robin")


async def test_a_panel_keeps_a_pages_worth(room: Room) -> None:
    for number in range(ENTRIES_KEPT + 3):
        await room.show("robin", Card(f"Card {number}"), NINE)

    panel = await room.panel("robin")

    assert len(panel) == ENTRIES_KEPT
    assert panel[0].content == Card(f"Card {ENTRIES_KEPT + 2}")


async def test_changes_are_what_came_after_a_revision(room: Room) -> None:
    old = await room.post(KINDNESS, Card("Old"), "1", NINE)
    since, _ = await room.page(KINDNESS)
    await room.edit(KINDNESS, old, Card("Old, and better"))
    await room.post("c-general", Card("Elsewhere"), "2", NINE)
    await room.show("robin", Card("For Robin"), NINE)
    await room.show("sam", Card("For Sam"), NINE)

    changes = await room.changes(KINDNESS, "robin", since)

    assert [message.card for message in changes.messages] == [Card("Old, and better")]
    assert [entry.content for entry in changes.entries] == [Card("For Robin")]
    assert changes.elsewhere == ["c-general"]
    later = await room.changes(KINDNESS, "robin", changes.revision)
    assert (later.messages, later.entries, later.elsewhere) == ((), (), ())


async def test_pages_go_back_to_the_first_message_without_a_gap(room: Room) -> None:
    sent = [await room.post(KINDNESS, Card(f"Card {n}"), str(n), NINE + timedelta(hours=n)) for n in range(7)]

    seen: list[int] = []
    before = None
    while True:
        _, messages = await room.page(KINDNESS, before, limit=3)
        if not messages:
            break
        seen += [message.id for message in messages]
        before = seen[-1]

    assert seen == sent[::-1]


async def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "room.sqlite", lambda: None)
    room = Room(database)
    await room.open("playground", "UTC")
    before, _ = await room.page(KINDNESS)

    async def move_to_mars() -> None:
        async with database.writing() as work:
            await work.link.execute("UPDATE facts SET value = 'Mars' WHERE name = 'zone'")
            raise RuntimeError("in between")

    with pytest.raises(RuntimeError, match="in between"):
        await move_to_mars()

    assert (await room.page(KINDNESS))[0] == before
    await room.close()
    await room.open("playground", "UTC")
    assert room.zone == "UTC"
    await room.close()


async def test_a_closed_room_asks_to_come_back_later(room: Room) -> None:
    await room.close()
    await room.close()

    with pytest.raises(TryLater):
        await room.post(KINDNESS, MORNING, "k", NINE)


async def test_a_file_of_a_newer_kindling_is_left_alone(tmp_path: Path) -> None:
    room = await a_room(tmp_path)
    await room.close()
    with sqlite3.connect(tmp_path / "room.sqlite") as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()

    with pytest.raises(Unreachable) as raised:
        await a_room(tmp_path)

    assert raised.value.code == "web.file_newer"


async def test_a_file_of_another_room_is_left_alone(tmp_path: Path) -> None:
    await (await a_room(tmp_path)).close()
    other = Room(Database(tmp_path / "room.sqlite", lambda: None))

    with pytest.raises(Unreachable) as raised:
        await other.open("attic", "UTC")

    assert raised.value.code == "web.other_room"
    await other.close()


async def test_a_file_that_is_no_database_is_refused_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "room.sqlite").write_text("Dear diary, " * 100)

    with pytest.raises(Unreachable) as raised:
        await a_room(tmp_path)

    assert "Move it away" in raised.value.sentence


words = st.text(max_size=20)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
parts = st.one_of(
    st.builds(Text, words, st.booleans()),
    st.builds(Quote, words, words),
    st.builds(Items, st.lists(st.builds(Item, words, words, words), max_size=3).map(tuple), words),
)
cards = st.builds(
    Card,
    heading=words,
    body=st.lists(parts, max_size=4).map(tuple),
    choices=st.lists(
        st.builds(Choice, words, st.builds(Action, names, names, names), st.sampled_from(Style), words), max_size=5
    ).map(tuple),
    picture=st.none() | st.builds(Picture, words, words),
    footnote=words,
    emoji=words,
)
fields = st.builds(
    Field,
    name=names,
    label=words,
    kind=st.sampled_from(FieldKind),
    required=st.booleans(),
    value=words,
    hint=words,
    options=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    limit=st.integers(1, 3000),
)
forms = st.builds(
    Form, names, words, st.lists(fields, min_size=1, max_size=5).map(tuple), submit=words, subject=words, intro=words
)


@given(st.one_of(cards, forms, st.builds(Rejected, st.dictionaries(names, words), forms)))
def test_what_is_kept_comes_back_as_it_was(content: Content) -> None:
    assert decode(encode(content)) == content
