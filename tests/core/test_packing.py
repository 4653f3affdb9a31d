"""Packs that are brought in from files, and taken along as one."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.forms import Rejected
from bot.domain.ids import PromptId
from bot.domain.message import Card, Reply
from bot.domain.own import OWN, Own, own_id_of
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, Setting, Strength
from bot.domain.uploads import Upload
from bot.runtime.packs.files import FAULTS_MOST
from bot.runtime.packs.reader import Reader
from tests.core.before import be_set_up
from tests.core.test_overseeing import listed
from tests.core.test_prompts import QUESTION, asked, command_show, form_of, lines, offered, shared, submit, write
from tests.core.test_shelf import keep, own_prompt, the_community
from tests.core.village import DAY, MINUTE, a_village, button, card_of, command, press
from tests.house import House, moderator
from tests.prepared import the_library

READER = Reader(the_library())
HEAD = """format = 1
id = "allotment"
version = "1.0.0"
language = "en"
title = "On the allotment"
about = "Small kindnesses between beds and sheds."
"""
SEEDLINGS = """
[[prompt]]
id = "allotment.spare-seedlings"
kind = "act"
text = "Leave your spare seedlings at the gate, with their names on."
circle = "strangers"
effort = "small"
setting = "community"
cost = "none"
"""
GATE = SEEDLINGS.replace("spare-seedlings", "gate").replace("Leave your spare", "Oil the gate, then leave spare")
PACK = HEAD + SEEDLINGS


async def hand_in(house: House, data: str | bytes, name: str = "pack.toml") -> Card:
    form = await asked(house, "kindling prompts import")
    upload = Upload(name, data if isinstance(data, bytes) else data.encode())
    return card_of(await house.kindling.submit(moderator(), form.name, form.subject, {}, {"file": upload}))


async def bring_in(house: House, data: str | bytes) -> Card:
    return await press(house, await hand_in(house, data), "Bring them in")


async def export(house: House) -> bytes:
    reply = await house.kindling.command(moderator(), "kindling prompts export", {})
    [file] = reply.files
    assert file.name == "own.toml"
    return file.data


async def own(house: House, space: str = "village") -> Own:
    community = await the_community(house, space)
    async with house.database.reading() as work:
        return (await work.shelves.of([community.id])).get(community.id, Own())


async def test_what_a_pack_would_bring_is_shown_before_it_counts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await hand_in(house, PACK)

        assert lines(shown) == ["New: 1", "Leave your spare seedlings at the gate, with their names on."]
        assert await own(house) == Own()
        await press(house, shown, "Bring them in")
        assert "Leave your spare seedlings at the gate, with their names on." in await offered(house, Kind.ACT)


async def test_the_same_file_again_changes_instead_of_doubling(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await bring_in(house, PACK)
        again = await hand_in(house, PACK)
        changed = await hand_in(house, PACK.replace("their names", "labels") + GATE)
        await press(house, changed, "Bring them in")

        assert "It is all here already" in again.plain()
        assert lines(changed)[:2] == ["New: 1", "Changed: 1"]
        assert sorted(one.prompt.text for one in (await own(house)).prompts) == [
            "Leave your spare seedlings at the gate, with labels on.",
            "Oil the gate, then leave spare seedlings at the gate, with their names on.",
        ]


async def test_of_a_file_that_is_nothing_but_faults_not_all_are_told() -> None:
    """Tens of thousands of keys fit into a file, and each would be a look at all that it may have meant."""
    odd = HEAD + "\n[[prompt]]\n" + "".join(f"key-{number} = 1\n" for number in range(15_000))
    many = HEAD + SEEDLINGS + "sources = [" + ", ".join(f'"source-{number}"' for number in range(15_000)) + "]\n"

    assert [len((await READER.read(pack.encode())).faults) for pack in (odd, many)] == [FAULTS_MOST] * 2


async def test_one_person_s_packs_are_read_one_at_a_time(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        form, given = await asked(house, "kindling prompts import"), {"file": Upload("pack.toml", PACK.encode())}
        people = (moderator(), moderator(), moderator("noor"))

        replies = await asyncio.gather(*(house.kindling.submit(actor, form.name, "", {}, given) for actor in people))

        taken = [reply.content.heading for reply in replies if isinstance(reply.content, Card)]
        [refused] = [reply.content for reply in replies if isinstance(reply.content, Rejected)]
        assert "still looking at the file before" in refused.problems["file"]
        assert taken == ["What this pack would bring"] * 2


async def test_bringing_in_can_be_taken_back_as_a_whole(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house)
        await house.forward(MINUTE)
        done = await bring_in(house, PACK + GATE)
        told = listed(await command(house, "kindling audit"))[0]
        await press(house, done, "Undo")

        assert told == "a pack was brought in: 2 added (prompts), by you"
        assert [one.prompt.text for one in (await own(house)).prompts if not one.gone] == [QUESTION]


async def test_pressing_twice_brings_it_in_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await hand_in(house, PACK)
        await press(house, shown, "Bring them in")

        assert "in already" in (await press(house, shown, "Bring them in")).plain()
        assert len((await own(house)).prompts) == 1


async def test_what_was_shown_counts_only_while_it_is_still_true(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await hand_in(house, PACK)
        await write(house)

        assert "Somebody else changed this" in (await press(house, shown, "Bring them in")).plain()
        assert [one.prompt.text for one in (await own(house)).prompts] == [QUESTION]


async def test_what_nobody_brought_in_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await hand_in(house, PACK)
        house.clock.at += DAY + MINUTE
        for tidy in house.core.engine.tidying:
            await tidy()

        assert "more than a day" in (await press(house, shown, "Bring them in")).plain()


async def test_what_is_much_like_another_is_named(tmp_path: Path) -> None:
    first = shared(Kind.ACT)[0]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        alike = SEEDLINGS.replace(
            "Leave your spare seedlings at the gate, with their names on.", first.text.rstrip(".") + " now."
        )
        shown = await hand_in(house, HEAD + alike)

        assert any("is much like" in line for line in lines(shown))


async def test_a_changed_copy_of_a_shared_prompt_takes_its_place(tmp_path: Path) -> None:
    first, second = shared(Kind.INTENTION)[:2]
    file = READER.write([first, replace(second, text=QUESTION)], "en").replace('id = "own"', 'id = "everyday"')
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        before = await offered(house)
        shown = await hand_in(house, file)
        await press(house, shown, "Bring them in")

        assert lines(shown)[:2] == ["New: 1", "As they are here already: 1"]
        assert sorted(await offered(house)) == sorted({*before, QUESTION} - {second.text})


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (PACK.replace('"act"', '"deed"'), 10, "“kind” cannot be “deed”"),
        (PACK.replace("seedlings at", "seedlings @ the shed at"), 11, "write plain words"),
        (PACK + "why = 'It may help.'\nsources = ['nobody-1900']\n", 17, "There is no source “nobody-1900”"),
        (PACK + SEEDLINGS, 18, "is taken already"),
        (PACK.replace("allotment.spare", "shed.spare"), 9, "has to begin with"),
        (PACK + "[[prompt]\n", 16, "This is not TOML"),
        ("a = " + "{a = " * 50_000, 1, "cannot be taken in"),
        ("a = " + "9" * 200_000, 1, "cannot be taken in"),
        ("\na" + ".a" * 100_000 + " = 1", 2, "so many dots"),
        ("[[prompt]]\n" * 20_000, 1, "too much at once"),
        (b"\xff\xfe\x00", 1, "not UTF-8"),
        ("", 1, "missing"),
    ],
)
async def test_what_does_not_fit_is_told_by_line_and_changes_nothing(
    tmp_path: Path, data: str | bytes, line: int, said: str
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        told = lines(card_of(await house.core.kindling._services.packing.hand_in(moderator(), _bytes(data))))

        assert any(one.startswith(f"Line {line}: ") and said in one for one in told), told
        assert await own(house) == Own()


def _bytes(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


async def test_too_large_a_file_is_refused_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kindling prompts import")
        upload = Upload("pack.toml", PACK.encode() + b"#" * 256 * 1024)
        reply = await house.kindling.submit(moderator(), form.name, form.subject, {}, {"file": upload})

        assert "too large" in _problem(reply)


async def test_too_many_prompts_are_refused_kindly(tmp_path: Path) -> None:
    many = HEAD + "".join(SEEDLINGS.replace("spare-seedlings", f"bed-{number}") for number in range(501))
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert "at most 500 prompts" in (await hand_in(house, many)).plain()


async def test_a_community_has_no_more_than_five_hundred_of_its_own(tmp_path: Path) -> None:
    many = HEAD + "".join(SEEDLINGS.replace("spare-seedlings", f"bed-{number}") for number in range(500))
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house)

        assert "500 prompts of its own" in (await bring_in(house, many)).plain()
        assert len((await own(house)).prompts) == 1


async def test_a_file_of_another_kind_is_refused_kindly(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kindling prompts import")
        upload = Upload("pack.exe", PACK.encode())
        reply = await house.kindling.submit(moderator(), form.name, form.subject, {}, {"file": upload})

        assert ".toml" in _problem(reply)


async def test_a_pack_can_be_pasted_where_no_file_can_be_given(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shown = await submit(house, await asked(house, "kindling prompts import"), pasted=PACK)

        assert lines(shown)[0] == "New: 1"


async def test_nothing_at_all_is_asked_for_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kindling prompts import")

        assert "choose a file" in _problem(await house.kindling.submit(moderator(), form.name, form.subject, {}))


async def test_themes_in_a_pack_are_left_out_and_told_of(tmp_path: Path) -> None:
    source = '[[source]]\nid = "a-2020"\ncitation = "A, B. (2020)."\nurl = "https://a.example"\nfinding = "It may."\n'
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert "Left out (only prompts are taken): 1" in lines(await hand_in(house, PACK + source))


async def test_what_one_community_took_along_another_brings_in_as_it_was(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, moderator(space="city"))
        await be_set_up(house)
        await write(house)
        form = await form_of(house, await command_show(house, shared(Kind.INTENTION)[0]), "Change it")
        await submit(house, form, text="Who fixes what breaks here?", kind="intention")
        await bring_in(house, PACK)
        await keep(house, Own((own_prompt("retired", text="Who hums at work?", retired=True),)))
        there = moderator(space="city")
        shown = card_of(
            await house.kindling.submit(
                there, "prompts_import", "", {}, {"file": Upload("a.toml", await export(house))}
            )
        )
        await house.kindling.press(there, button(shown, "Bring them in"))

        assert len((await own(house)).prompts) == 4
        assert sorted((await own(house, "city")).prompts, key=repr) == sorted((await own(house)).prompts, key=repr)


async def test_with_nothing_of_its_own_there_is_no_file(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        reply = await house.kindling.command(moderator(), "kindling prompts export", {})

        assert reply.files == ()
        assert "no prompts of its own" in card_of(reply).plain()


WORDS = st.text("abcdefghij ÄöéßЖ日本'\"\\,.?;:()", min_size=1, max_size=240).map(str.strip).filter(bool)
SOURCES = sorted({source for kind in Kind for prompt in the_library().prompts("en", kind) for source in prompt.sources})
WHY = st.sampled_from([("", ()), ("It may help.", (SOURCES[0],)), ("It can help “some”.", tuple(SOURCES[:2]))])
NAMES = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True)


@st.composite
def prompts(draw: st.DrawFn) -> Prompt:
    why, sources = draw(WHY)
    return Prompt(
        PromptId(f"own.{draw(NAMES)}"),
        OWN,
        draw(st.sampled_from(Kind)),
        draw(WORDS),
        draw(st.sampled_from(Circle)),
        draw(st.sampled_from(Effort)),
        draw(st.sampled_from(Setting)),
        draw(st.sampled_from(Cost)),
        draw(st.sampled_from([None, *Strength])),
        why,
        sources,
        draw(st.booleans()),
    )


@given(st.lists(prompts(), min_size=1, max_size=8, unique_by=lambda prompt: prompt.id))
def test_what_is_written_is_read_as_the_same(some: list[Prompt]) -> None:
    read = asyncio.run(READER.read(READER.write(some, "de").encode()))

    assert read.faults == ()
    assert list(read.prompts) == some


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode) | st.just(PACK.encode()))
def test_whatever_the_bytes_are_there_is_an_answer(data: bytes) -> None:
    read = asyncio.run(READER.read(data))

    assert read.faults or read.prompts


@given(st.text("abc.-", min_size=1, max_size=80))
def test_an_id_of_a_file_is_always_the_same_own_one_and_fits(id_: str) -> None:
    assert own_id_of(id_) == own_id_of(id_)
    assert own_id_of(own_id_of(id_)) == own_id_of(id_)
    assert own_id_of(id_).startswith("own.")
    assert len(own_id_of(id_)) <= 60


def _problem(reply: Reply) -> str:
    problems: dict[str, str] = getattr(reply.content, "problems", {})
    return " ".join(problems.values())
