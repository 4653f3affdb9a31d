"""What communities have of their own, and what members suggest, on both databases."""

import asyncio
from dataclasses import replace
from pathlib import Path

from bot.app import Surroundings
from bot.compose import build_core
from bot.domain.challenges import Plan, Theme, Week
from bot.domain.ids import CommunityId, MemberId, PackId, PlanId, PromptId, SuggestionId, ThemeId
from bot.domain.own import OWN, Own, OwnPrompt
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, Setting, Strength
from bot.domain.suggestions import Suggestion
from bot.ports import UnitOfWork
from bot.services.commands import COMMANDS
from bot.storage.database import Database
from tests.core.village import MONDAY, WISHES, button, card_of
from tests.house import Notebook, Room, StillClock, member, moderator
from tests.letters import Letters
from tests.prepared import the_library
from tests.storage.hearing import heard
from tests.storage.values import COMMUNITY, DAY, HOUR, NINE, ROBIN, VILLAGE, a_village

OTHER = replace(COMMUNITY, id=CommunityId("other"))
BARE = replace(COMMUNITY, id=CommunityId("bare"))
PLAIN = Prompt(
    PromptId("own.plain"),
    OWN,
    Kind.ACT,
    "Sweep “their” path; 日本語.",
    Circle.CLOSE,
    Effort.TINY,
    Setting.ANY,
    Cost.NONE,
)
RICH = Prompt(
    PromptId("own.rich"),
    OWN,
    Kind.INTENTION,
    "Who could do with a hand?",
    Circle.STRANGERS,
    Effort.MORE,
    Setting.WORKPLACE,
    Cost.SOME,
    Strength.LISTENER,
    "It may help.",
    ("liu-2023",),
    retired=True,
)
THEME = Theme(ThemeId("theme.own"), Circle.SELF, "Slow", "Go slowly.", "Slowly.", ("a", "b", "c"), "May.", ("x",))
PLAN = Plan(PlanId("own-plan"), "Ours", "About us.", (Week(Circle.SELF, (ThemeId("theme.own"), ThemeId("theme.b"))),))
WHOLE = Own(
    prompts=(OwnPrompt(PLAIN, PromptId("everyday.first-hello")), OwnPrompt(RICH, gone=True)),
    retired=frozenset({PromptId("everyday.a"), PromptId("everyday.b")}),
    packs_off=frozenset({PackId("boundaries")}),
    queued=(PromptId("own.plain"), PromptId("everyday.c")),
    themes=(THEME,),
    plans=(PLAN,),
    twice=True,
)


async def keep(work: UnitOfWork, community: CommunityId, own: Own = WHOLE) -> None:
    await work.shelves.save_prompts(community, own.prompts)
    await work.shelves.save_choices(community, own)
    await work.shelves.queue(community, own.queued)
    await work.shelves.put_import(f"import-{community}", community, NINE, {"prompts": []})
    for theme in own.themes:
        await work.shelves.save_theme(community, theme)
    for plan in own.plans:
        await work.shelves.save_plan(community, plan)


async def test_what_a_community_has_of_its_own_comes_back_as_it_was_kept(database: Database) -> None:
    await a_village(database)

    async with database.unit_of_work() as work:
        await keep(work, COMMUNITY.id)
        await work.commit()

    async with database.reading() as work:
        assert await work.shelves.of([COMMUNITY.id]) == {COMMUNITY.id: WHOLE}


async def test_several_communities_are_looked_up_in_one_statement(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        for community in (OTHER, BARE):
            await work.communities.save(community)
        await keep(work, COMMUNITY.id)
        await keep(work, OTHER.id, Own((OwnPrompt(PLAIN),)))
        with heard(database) as said:
            found = await work.shelves.of([COMMUNITY.id, OTHER.id, BARE.id])

    assert len(said) == 1
    assert found == {COMMUNITY.id: WHOLE, OTHER.id: Own((OwnPrompt(PLAIN),))}


async def test_what_was_taken_from_the_queue_is_gone_from_it_and_from_no_other(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.communities.save(OTHER)
        await work.shelves.queue(COMMUNITY.id, [PromptId("c"), PromptId("b"), PromptId("a")])
        await work.shelves.queue(OTHER.id, [PromptId("b")])

        await work.shelves.taken({COMMUNITY.id: {PromptId("b"), PromptId("unknown")}})

        found = await work.shelves.of([COMMUNITY.id, OTHER.id])
    assert found[COMMUNITY.id].queued == ("c", "a")
    assert found[OTHER.id].queued == ("b",)


async def test_what_was_handed_in_waits_for_its_community_and_not_for_ever(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        for name, at in (("old", NINE - DAY), ("new", NINE), ("used", NINE)):
            await work.shelves.put_import(name, COMMUNITY.id, at, {"prompts": [name]})
        await work.shelves.forget_imports(NINE - HOUR, "used")

        assert await work.shelves.get_import("new", COMMUNITY.id) == {"prompts": ["new"]}
        assert await work.shelves.get_import("new", OTHER.id) is None
        assert [await work.shelves.get_import(name, COMMUNITY.id) for name in ("old", "used")] == [None, None]


async def test_choices_themes_and_plans_are_changed_and_forgotten(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await keep(work, COMMUNITY.id, replace(WHOLE, prompts=(), queued=()))
        await work.shelves.save_theme(COMMUNITY.id, replace(THEME, title="Slower"))
        changed = await work.shelves.of([COMMUNITY.id])
        await work.shelves.save_choices(COMMUNITY.id, Own())
        await work.shelves.remove_theme(COMMUNITY.id, THEME.id)
        await work.shelves.remove_plan(COMMUNITY.id, PLAN.id)

        assert changed[COMMUNITY.id].themes == (replace(THEME, title="Slower"),)
        assert await work.shelves.of([COMMUNITY.id]) == {}


def a_suggestion(member: MemberId, name: str = "s1") -> Suggestion:
    return Suggestion(SuggestionId(name), COMMUNITY.id, VILLAGE, member, NINE, PLAIN)


async def test_suggestions_wait_oldest_first_until_they_are_decided(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        assert member
        first, second = a_suggestion(member), a_suggestion(member, "s2")
        for suggestion in (second, first):
            await work.suggestions.put(suggestion)
        await work.suggestions.put(replace(first, accepted_by=MemberId("maya"), prompt=RICH))

        assert await work.suggestions.page(COMMUNITY.id, 1) == [replace(first, accepted_by="maya", prompt=RICH)]
        assert await work.suggestions.page(COMMUNITY.id, 5, "s1") == [second]
        await work.suggestions.remove(first.id)
        assert await work.suggestions.get(first.id) is None
        assert await work.suggestions.get(second.id) == second


async def test_a_members_suggestions_are_counted_from_an_instant_on(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        assert member
        for hours in range(3):
            await work.suggestions.put(replace(a_suggestion(member, f"s{hours}"), at=NINE + hours * HOUR))

        assert await work.suggestions.since(member, NINE + HOUR) == 2
        assert await work.suggestions.since(member, NINE + DAY) == 0
        assert await work.suggestions.since(MemberId("somebody"), NINE) == 0


async def test_of_two_moderators_who_accept_at_once_one_does(database: Database, tmp_path: Path) -> None:
    clock, room = StillClock(MONDAY), Room()
    room.messengers["letters"] = letters = Letters(Surroundings(clock, COMMANDS, tmp_path))
    kindling = build_core(database, the_library(), room, clock, watcher=Notebook()).kindling
    await kindling.command(moderator(), "kindling setup", WISHES)
    await kindling.submit(member(), "suggest", "", {"text": "Water the plants in the hall.", "kind": "act"})
    waiting = card_of(await kindling.command(moderator(), "kindling prompts suggestions", {}))
    accept = button(waiting, "Accept")

    replies = await asyncio.gather(*(kindling.press(moderator(name), accept) for name in ("maya", "noor", "zoe")))

    assert sorted(card_of(reply).heading for reply in replies) == [
        "Accepted",
        "Already dealt with",
        "Already dealt with",
    ]
    assert [person.user for person, _ in letters.told if person.user == "robin"] == ["robin"]
