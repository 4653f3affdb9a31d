"""What a community has of its own comes on its cards, and on nobody else's."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from sqlalchemy import event

from bot.domain.community import Community
from bot.domain.ids import PackId, PromptId
from bot.domain.message import Card, Items, Text
from bot.domain.own import OWN, Own, OwnPrompt
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, PromptUse, Setting
from bot.services.content import places
from bot.services.shelf import Shelf
from tests.core.before import be_set_up
from tests.core.village import DAY, MINUTE, NINE, a_village, command, press
from tests.house import House, member, moderator
from tests.prepared import the_library

QUESTION = "Who keeps the lights on here?"


def own_prompt(name: str = "lights", **tags: object) -> OwnPrompt:
    id_ = PromptId(f"own.{name}")
    plain = Prompt(id_, OWN, Kind.INTENTION, QUESTION, Circle.CLOSE, Effort.TINY, Setting.ANY, Cost.NONE)
    return OwnPrompt(replace(plain, **tags))  # type: ignore[arg-type] -- names and values are the test's own


def an_act(name: str, circle: Circle) -> OwnPrompt:
    return own_prompt(name, kind=Kind.ACT, circle=circle, text=f"Do something for {name}.")


def all_of(kind: Kind, but: Collection[str] = ()) -> frozenset[PromptId]:
    return frozenset(prompt.id for prompt in the_library().prompts("en", kind) if prompt.id not in but)


async def the_community(house: House, space: str = "village") -> Community:
    async with house.database.reading() as work:
        found = await work.communities.space_of("letters", space)
        assert found is not None
        return await work.communities.get(found.community)


async def keep(house: House, own: Own, space: str = "village") -> None:
    """Put things on a community's shelf."""
    community = await the_community(house, space)
    async with house.database.unit_of_work() as work:
        await work.shelves.save_prompts(community.id, own.prompts)
        await work.shelves.save_choices(community.id, own)
        await work.shelves.queue(community.id, own.queued)
        await work.commit()


def question_of(card: Card) -> str:
    [text] = [part.text for part in card.body if isinstance(part, Text) and part.strong]
    return text


def acts_of(card: Card) -> list[str]:
    return [item.text for part in card.body if isinstance(part, Items) for item in part.items]


async def mornings(house: House, days: int = 1) -> list[Card]:
    await house.until(NINE + (days - 1) * DAY + MINUTE)
    return [letter.card for letter in house.letters.letters if letter.card.heading == "Today’s intention"]


async def test_an_own_question_is_asked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own((own_prompt(),), retired=all_of(Kind.INTENTION)))
        [card] = await mornings(house)

        assert question_of(card) == QUESTION


async def test_another_community_is_not_asked_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, moderator(space="city"))
        await be_set_up(house)
        await keep(house, Own((own_prompt(),), retired=all_of(Kind.INTENTION)))
        cards = await mornings(house)

        assert sorted(question_of(card) == QUESTION for card in cards) == [False, True]


async def test_what_is_retired_and_packs_that_are_off_are_not_used(tmp_path: Path) -> None:
    library = the_library()
    few = [prompt for prompt in library.prompts("en", Kind.INTENTION) if prompt.pack == "everyday"][:2]
    others = frozenset(prompt.pack for prompt in library.prompts("en", Kind.INTENTION)) - {PackId("everyday")}
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        everyday = {prompt.id for prompt in library.prompts("en", Kind.INTENTION) if prompt.pack == "everyday"}
        retired = frozenset(everyday - {prompt.id for prompt in few})
        await keep(house, Own(retired=retired, packs_off=others))
        cards = await mornings(house, days=4)

        assert {question_of(card) for card in cards} <= {prompt.text for prompt in few}


async def test_a_card_that_was_posted_is_written_out_again_with_a_prompt_that_was_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own((own_prompt(),), retired=all_of(Kind.INTENTION)))
        await mornings(house)
        await keep(house, Own((replace(own_prompt(), gone=True),)))

        assert question_of(await command(house, "kind today", member())) == QUESTION


async def test_a_community_that_retired_everything_still_has_its_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own(retired=all_of(Kind.INTENTION) | all_of(Kind.ACT)))

        assert len(await mornings(house)) == 1


async def test_what_is_queued_comes_first_and_once(tmp_path: Path) -> None:
    everyday = [prompt for prompt in the_library().prompts("en", Kind.INTENTION) if prompt.pack == "everyday"]
    first, second = everyday[5], everyday[6]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own(queued=(first.id, second.id)))
        cards = await mornings(house, days=3)

        assert [question_of(card) for card in cards[:2]] == [first.text, second.text]
        assert question_of(cards[2]) not in {first.text, second.text}


async def test_queued_acts_come_on_the_next_card_whatever_their_circles(tmp_path: Path) -> None:
    acts = [an_act(name, Circle.STRANGERS) for name in ("one", "two", "three", "four")]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own(tuple(acts), queued=tuple(act.prompt.id for act in acts)))
        first, second = await mornings(house, days=2)

        assert set(acts_of(first)) == {act.prompt.text for act in acts[:3]}
        assert acts[3].prompt.text in acts_of(second)


def test_a_queued_act_takes_its_own_circles_place_and_otherwise_the_changing_one() -> None:
    circles = (Circle.SELF, Circle.CLOSE, Circle.STRANGERS)
    mine, yours = an_act("me", Circle.SELF).prompt, an_act("work", Circle.COLLEAGUES).prompt

    assert places(circles, [mine]) == [(circles[0], mine), (circles[1], None), (circles[2], None)]
    assert places(circles, [yours]) == [(circles[0], None), (circles[1], yours), (circles[2], None)]
    assert places(circles, [yours, yours, mine]) == [(circles[0], mine), (circles[1], yours), (circles[2], yours)]


async def test_a_queued_prompt_that_is_out_of_use_does_not_come(tmp_path: Path) -> None:
    gone = own_prompt(retired=True)
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own((gone,), queued=(gone.prompt.id,)))
        [card] = await mornings(house)

        assert question_of(card) != QUESTION


async def test_another_idea_comes_from_the_communitys_own(tmp_path: Path) -> None:
    act = an_act("the plants", Circle.CLOSE)
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own((act,), retired=all_of(Kind.ACT)))
        idea = await command(house, "kind another", member())

        assert act.prompt.text in idea.plain()
        assert act.prompt.text in (await press(house, idea, "Another idea", member())).plain()


async def test_the_preview_shows_what_is_queued_and_takes_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own((own_prompt(),), queued=(own_prompt().prompt.id,)))
        community = await the_community(house)
        foreseen = [one.card for one in await house.core.calendar.coming(community.id, 2) if one.card]
        [card] = await mornings(house)

        assert question_of(next(one for one in foreseen if one.heading == card.heading)) == QUESTION
        assert question_of(card) == QUESTION


async def test_communities_with_nothing_of_their_own_cost_one_look_for_a_whole_batch(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        for space in ("one", "two", "three", "four"):
            await be_set_up(house, moderator(space=space), weekly="off")
        said: list[str] = []
        event.listen(
            house.database.engine.sync_engine, "before_cursor_execute", lambda *heard: said.append(str(heard[2]))
        )
        cards = await mornings(house)

        assert len(cards) == 4
        batches = [statement for statement in said if "FROM prompt_uses" in statement]
        assert len([statement for statement in said if "own_prompts" in statement]) == len(batches) < len(cards)
        assert not [statement for statement in said if "DELETE FROM next_prompts" in statement]


def test_an_own_prompt_is_as_used_as_the_one_whose_place_it_took() -> None:
    old, new = PromptId("everyday.first-hello"), own_prompt()
    use = PromptUse(3, NINE.date())
    own = Own((replace(new, instead_of=old),))

    assert own.uses({old: use})[new.prompt.id] == use
    assert own.uses({old: use, new.prompt.id: PromptUse(4, NINE.date())})[new.prompt.id].times == 4


def test_a_prompt_is_not_offered_beside_the_one_that_took_its_place() -> None:
    library = the_library()
    old = library.prompts("en", Kind.INTENTION)[0]
    shelf = Shelf(library, Own((replace(own_prompt(), instead_of=old.id),)))
    offered = shelf.prompts("en", Kind.INTENTION)

    assert old not in offered
    assert own_prompt().prompt in offered
    assert len(offered) == len(library.prompts("en", Kind.INTENTION))
    assert shelf.prompt(old.id) == old
