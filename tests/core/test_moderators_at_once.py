"""Several moderators, the planner and the worker at once, on both databases: nobody is turned away, and nothing
that was kept is undone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import Surroundings
from bot.compose import build_core
from bot.domain.alerts import Alert
from bot.domain.message import Action, Card, Reply
from bot.domain.own import Own
from bot.domain.packs import Kind
from bot.services.alerts import LEASE
from bot.services.commands import COMMANDS
from bot.services.heralding import Heralding
from bot.storage.database import Database
from tests.core.before import be_set_up
from tests.core.test_prompts import SAID
from tests.core.test_schedules import add, filled, form_of
from tests.core.test_sharing import shared
from tests.core.test_shelf import QUESTION, keep, own_prompt, the_community
from tests.core.village import DAY, MONDAY, button, card_of, labels
from tests.house import House, Notebook, Room, StillClock, member, moderator
from tests.letters import Letters
from tests.prepared import the_library
from tests.storage.databases import database, kind, postgres, sqlite_template, url

__all__ = ["database", "kind", "postgres", "sqlite_template", "url"]
ROUNDS = 3
A_MOMENT = 0.5
"""Until somebody waits for us, who can."""
IN_LINE = pytest.mark.parametrize("what", ["share", "suggest", "report"])


@asynccontextmanager
async def a_village_on(database: Database, folder: Path) -> AsyncIterator[House]:
    clock, room, notebook = StillClock(MONDAY), Room(), Notebook()
    letters = Letters(Surroundings(clock, COMMANDS, folder))
    room.messengers["letters"] = letters
    core = build_core(database, the_library(), room, clock, watcher=notebook)
    running = asyncio.create_task(core.engine.run())
    try:
        yield House(core, database, clock, letters, room, notebook)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def through_settings(house: House, user: str, at: str) -> Reply:
    """The form of the first schedule, filled in; and what came of it taken back."""
    actor = moderator(user)
    opened = await house.kindling.press(actor, Action("open", "which"))
    if isinstance(opened.content, Card):  # nothing can be kept
        return opened
    which = form_of(opened)
    chosen = which.fields[0].options[0][0]
    shown = await house.kindling.submit(actor, "which", "", {"schedule": chosen})
    assert isinstance(shown.content, Card)
    changing = await house.kindling.press(actor, button(shown.content, "Change"))
    if isinstance(changing.content, Card):
        return changing
    form = form_of(changing)
    done = await house.kindling.submit(actor, form.name, form.subject, filled(form, at=at))
    if isinstance(done.content, Card) and "Undo" in labels(done.content):
        return await house.kindling.press(actor, button(done.content, "Undo"))
    return done


async def test_whatever_several_moderators_do_at_once_nobody_is_told_to_come_back(
    database: Database, tmp_path: Path
) -> None:
    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house)
        await add(house)

        for number in range(ROUNDS):
            day = f"2026-12-{10 + number}"
            at_once: list[Awaitable[Reply]] = [
                through_settings(house, "maya", f"1{number}:00"),
                through_settings(house, "noor", f"1{number}:30"),
                *(house.kindling.command(moderator(user), "kindling preview", {}) for user in ("maya", "noor")),
                house.kindling.command(moderator("tomas"), "kindling skip", {"when": day}),
                house.kindling.command(moderator("tomas"), "kindling pause", {"until": day}),
                house.kindling.command(moderator("maya"), "kindling pause", {"until": "off"}),
                house.kindling.command(moderator("noor"), "kindling challenge", {}),
                house.kindling.command(moderator("noor"), "kindling status", {}),
                house.kindling.command(
                    moderator("ada"),
                    "kindling setup",
                    {"channel": "square", "zone": "Europe/Berlin", "morning": f"0{number}:15"},
                ),
            ]
            house.clock.at += DAY
            *replies, _ = await asyncio.gather(*at_once, house.core.engine.settle())

            headings = [reply.content.heading for reply in replies if isinstance(reply.content, Card)]
            assert "I cannot keep anything just now" not in headings


async def own(house: House) -> Own:
    """What the village has of its own."""
    community = await the_community(house)
    async with house.database.reading() as work:
        return (await work.shelves.of([community.id]))[community.id]


async def test_prompts_that_several_put_in_line_at_once_are_all_in_line(database: Database, tmp_path: Path) -> None:
    wanted = [prompt.id for prompt in the_library().prompts("en", Kind.ACT)][:4]
    people = [moderator(user) for user in ("maya", "noor", "tomas", "ada")]
    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house)

        pressing = [
            house.kindling.press(one, Action("prompt_next", id_)) for one, id_ in zip(people, wanted, strict=True)
        ]
        await asyncio.gather(*pressing)

        assert set((await own(house)).queued) == set(wanted)


async def test_a_new_prompt_that_is_sent_twice_at_once_with_other_words_becomes_two(
    database: Database, tmp_path: Path
) -> None:
    texts = (QUESTION, "Who fixes what breaks here?")
    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house)
        form = form_of(await house.kindling.press(moderator(), Action("prompt_new")))

        sending = [house.kindling.submit(moderator(), form.name, form.subject, SAID | {"text": text}) for text in texts]
        await asyncio.gather(*sending)

        assert {one.prompt.text for one in (await own(house)).prompts} == set(texts)


async def test_retiring_a_prompt_leaves_what_somebody_else_writes_meanwhile(database: Database, tmp_path: Path) -> None:
    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own((own_prompt(),)))
        community = await the_community(house)

        async with house.database.unit_of_work() as writing:
            await writing.changes.hold(community.id)
            press = house.kindling.press(moderator(), Action("prompt_out", own_prompt().prompt.id))
            retiring = asyncio.create_task(press)
            await asyncio.wait({retiring}, timeout=A_MOMENT)
            await writing.shelves.save_prompts(community.id, [own_prompt(text="Who fixes what breaks here?")])
            await writing.commit()
        shown = card_of(await retiring).plain()

        assert "Who fixes what breaks here?" in shown
        assert "Not used: retired here" in shown


async def put_in_line(house: House, what: str, user: str, act: str) -> None:
    """Somebody does what moderators are to look at: shares, reports an act, or suggests a prompt."""
    match what:
        case "share":
            await shared(house, member(user))
        case "report":
            await house.kindling.press(member(user), Action("report", act))
        case _:
            form = form_of(await house.kindling.command(member(user), "kind suggest", {}))
            words = filled(form, text=f"Bring a flower to {user}.")
            await house.kindling.submit(member(user), form.name, form.subject, words)


@IN_LINE
async def test_moderators_hear_of_one_of_two_things_that_come_at_once(
    database: Database, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell, kept, both = Heralding.tell, list[Alert | None](), asyncio.Event()

    async def when_both_are_kept(self: Heralding, alert: Alert | None) -> None:
        kept.append(alert)
        if len(kept) == 2:
            both.set()
        await both.wait()
        await tell(self, alert)

    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house)
        acts = [await shared(house, member(user)) for user in ("robin", "ben")]
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})
        monkeypatch.setattr(Heralding, "tell", when_both_are_kept)

        async with asyncio.timeout(20):
            await asyncio.gather(*(put_in_line(house, what, *one) for one in zip(("kim", "noor"), acts, strict=True)))
        await house.core.engine.settle()

        assert [card.heading for _, card in house.letters.told] == ["Something waits for you"]


@IN_LINE
async def test_moderators_hear_of_what_was_kept_before_a_crash(
    database: Database, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(_: Heralding, _alert: Alert | None) -> None:
        return

    async with a_village_on(database, tmp_path) as house:
        await be_set_up(house)
        act = await shared(house, member())
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})
        monkeypatch.setattr(Heralding, "tell", crash)

        await put_in_line(house, what, "kim", act)
        before = list(house.letters.told)
        await house.forward(LEASE)

        assert before == []
        assert [card.heading for _, card in house.letters.told] == ["Something waits for you"]
