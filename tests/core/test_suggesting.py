"""What members suggest as prompts, and what becomes of it."""

from pathlib import Path

import pytest

from bot.domain.forms import Rejected
from bot.domain.ids import PromptId, SuggestionId
from bot.domain.message import Action, Card, Quote
from bot.domain.packs import Kind
from bot.domain.places import Actor, Person
from bot.domain.suggestions import Suggestion
from bot.domain.wall import Wall
from bot.services.curating import new_prompt
from bot.services.suggesting import WAITING
from bot.storage.tables import suggestions
from tests.core.before import be_set_up
from tests.core.linked import TARA, TOMAS, link, two_places, unlink
from tests.core.test_overseeing import listed
from tests.core.test_prompts import asked, form_of, offered, submit
from tests.core.test_shelf import the_community
from tests.core.village import DAY, MINUTE, a_village, button, card_of, command, labels, press, rows
from tests.house import House, member, moderator

ROBIN, NOOR = member("robin"), moderator("noor")
IDEA = "Carry the shopping of whoever lives above you."
SAID = {"text": IDEA, "kind": "act", "circle": "close"}


async def suggest(house: House, actor: Actor = ROBIN, **said: str) -> Card:
    return await submit(house, await asked(house, "kind suggest", actor), actor, **(SAID | said))


async def queue(house: House, actor: Actor | None = None) -> Card:
    return await command(house, "kindling prompts suggestions", actor)


def told_to(house: House, user: str) -> list[Card]:
    return [card for person, card in house.letters.told if person == Person("letters", "village", user)]


def waits(card: Card) -> bool:
    return card.heading == "A suggestion"


async def test_an_idea_waits_for_moderators_and_comes_on_no_card_before(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        thanks = await suggest(house)
        waiting = await queue(house)

        assert "Thank you" in thanks.heading
        assert Quote(IDEA) in waiting.body
        assert "robin" not in waiting.plain()
        assert IDEA not in await offered(house, Kind.ACT)
        assert house.letters.letters == []


async def test_moderators_are_told_once_that_something_waits(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        await suggest(house, text="Ask the quiet one what they think.")
        [herald] = told_to(house, "maya")

        assert "suggests a prompt" in herald.plain()
        assert waits(await press(house, herald, "Look at it"))


async def test_an_accepted_idea_is_a_prompt_and_its_author_is_thanked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        await press(house, await queue(house), "Accept")
        [thanks] = told_to(house, "robin")

        assert IDEA in await offered(house, Kind.ACT)
        assert "among the prompts" in thanks.heading
        assert Quote(IDEA) in thanks.body
        assert not waits(await queue(house))


async def test_a_form_that_is_sent_again_takes_the_place_of_nothing_that_was_accepted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kind suggest", ROBIN)
        await submit(house, form, ROBIN, **SAID)
        await press(house, await queue(house), "Accept")

        await submit(house, form, ROBIN, **SAID | {"text": "Send everybody a picture of me."})

        assert not waits(await queue(house))
        assert IDEA in await offered(house, Kind.ACT)


async def test_who_suggested_something_is_forgotten_once_it_is_decided(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        [before] = await rows(house, suggestions)
        await press(house, await queue(house), "Accept")
        kept = [row for table in suggestions.metadata.sorted_tables for row in await rows(house, table)]

        assert await rows(house, suggestions) == []
        assert not [row for row in kept if before["member_id"] in map(str, row.values()) and row.get("user") != "robin"]


async def test_accepting_is_undone_like_any_change_and_stands_in_the_audit_log(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        accepted = await press(house, await queue(house), "Accept")
        told = listed(await command(house, "kindling audit"))
        await press(house, accepted, "Undo")

        assert set(told) >= {
            f"added “{IDEA}” (prompt), by you",
            "what a member suggested was accepted (suggestion.accepted), by you",
        }
        assert IDEA not in await offered(house, Kind.ACT)


async def test_an_idea_is_changed_and_accepted(tmp_path: Path) -> None:
    better = "Carry a neighbour's shopping up the stairs."
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        form = await form_of(house, await queue(house), "Change and accept")
        await submit(house, form, **SAID | {"text": better, "circle": "strangers"})

        assert form.fields[0].value == IDEA
        assert better in await offered(house, Kind.ACT)
        assert IDEA not in await offered(house, Kind.ACT)


async def test_whoever_suggested_it_reads_why_not(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        form = await form_of(house, await queue(house), "Not this one")
        await submit(house, form, reason="Lovely, and we have one like it already.")
        [reason] = told_to(house, "robin")

        assert "we have one like it already" in reason.plain()
        assert not waits(await queue(house))
        assert IDEA not in await offered(house, Kind.ACT)


async def test_where_nobody_can_be_told_it_is_decided_all_the_same(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        waiting = await queue(house)
        house.room.messengers.clear()

        assert "Accepted" in (await press(house, waiting, "Accept")).plain()
        assert IDEA in await offered(house, Kind.ACT)


@pytest.mark.parametrize("second", ["Accept", "Change and accept", "Not this one"])
async def test_the_first_press_wins_and_others_see_it(tmp_path: Path, second: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        mine, hers = await queue(house), await queue(house, NOOR)
        await press(house, hers, "Accept", NOOR)

        assert "Somebody was quicker" in (await press(house, mine, second)).plain()
        assert len(told_to(house, "robin")) == 1


@pytest.mark.parametrize("name", ["suggestion", "suggestion_no"])
async def test_a_form_that_was_open_meanwhile_changes_nothing_any_more(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        waiting = await queue(house)
        form = await form_of(house, waiting, "Change and accept")
        await press(house, waiting, "Accept", NOOR)
        reply = await house.kindling.submit(moderator(), name, form.subject, SAID | {"text": "Other words."})

        assert "Somebody was quicker" in card_of(reply).plain()
        assert "Other words." not in await offered(house, Kind.ACT)


async def second_looks(house: House, label: str = "Ask for a second look") -> Card:
    return await press(house, await press(house, await command(house, "kindling prompts list"), "More"), label)


async def test_a_second_look_needs_another_moderator(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await second_looks(house)
        await suggest(house)
        await press(house, await queue(house), "Accept")
        again = await press(house, await queue(house), "Accept")
        before = await offered(house, Kind.ACT)
        seconded = await press(house, await queue(house, NOOR), "Accept", NOOR)

        assert "You were for it already" in again.plain()
        assert IDEA not in before
        assert "Accepted" in seconded.plain()
        assert IDEA in await offered(house, Kind.ACT)


async def test_a_second_moderator_who_changes_the_words_is_the_first_for_those(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await second_looks(house)
        await suggest(house)
        await press(house, await queue(house), "Accept")
        form = await form_of(house, await queue(house, NOOR), "Change and accept", NOOR)
        changed = await submit(house, form, NOOR, **SAID | {"text": "Carry somebody's shopping."})
        await press(house, await queue(house), "Accept")

        assert "another moderator" in changed.plain()
        assert "Carry somebody's shopping." in await offered(house, Kind.ACT)


async def test_one_look_is_enough_again_when_moderators_say_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await second_looks(house)
        await second_looks(house, "One look is enough")
        await suggest(house)
        await press(house, await queue(house), "Accept")

        assert IDEA in await offered(house, Kind.ACT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "A few words"),
        (" \u200b ", "A few words"),
        ("See https://example.org", "Links are not shared"),
        ("Bring a pineapple", "keeps “pineapple” off"),
        ("x" * 241, "241 characters"),
    ],
)
async def test_words_are_looked_over_like_those_of_an_act(tmp_path: Path, text: str, said: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        community = await the_community(house)
        async with house.database.unit_of_work() as work:
            await work.walls.save(Wall(community.id, words=("pineapple",)))
            await work.commit()
        form = await asked(house, "kind suggest", ROBIN)
        reply = await house.kindling.submit(ROBIN, form.name, form.subject, SAID | {"text": text})

        assert isinstance(reply.content, Rejected)
        assert said in reply.content.problems["text"]
        assert await rows(house, suggestions) == []


async def test_a_mention_is_data_until_a_moderator_finds_other_words(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house, text="Thank <@123> and @everyone today.")
        waiting = await queue(house)
        nearly = await press(house, waiting, "Accept")

        assert Quote("Thank <@123> and @everyone today.") in waiting.body
        assert "write plain words" in nearly.plain()
        assert len(await rows(house, suggestions)) == 1
        await submit(house, await form_of(house, nearly, "Change and accept"), **SAID)
        assert IDEA in await offered(house, Kind.ACT)


async def test_sending_the_form_twice_suggests_it_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kind suggest", ROBIN)
        await submit(house, form, ROBIN, **SAID)
        await submit(house, form, ROBIN, **SAID)

        assert len(await rows(house, suggestions)) == 1


async def test_nobody_sends_anothers_form(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kind suggest", ROBIN)
        await submit(house, form, ROBIN, **SAID)
        refused = await submit(house, form, member("sam"), **SAID | {"text": "Something else."})

        assert "another time" in refused.plain()
        assert Quote(IDEA) in (await queue(house)).body


async def test_three_ideas_of_one_member_wait_at_a_time(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(3):
            await suggest(house, text=f"Idea number {number}.")
        refused = await suggest(house, text="One more.")
        other = await suggest(house, member("sam"), text="From somebody else.")
        house.clock.at += DAY + MINUTE
        tomorrow = await suggest(house, text="One more.")

        assert "come back tomorrow" in refused.plain()
        assert "Thank you" in other.heading
        assert "Thank you" in tomorrow.heading


async def test_a_community_has_only_so_many_that_wait(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        community = await the_community(house)
        async with house.database.unit_of_work() as work:
            sam = await work.communities.member(Person("letters", "village", "sam"))
            space = await work.communities.space_of("letters", "village")
            assert sam
            assert space
            for number in range(WAITING):
                prompt = new_prompt(PromptId(f"own.{number}"))
                at = house.clock.at
                await work.suggestions.put(
                    Suggestion(SuggestionId(f"{number:032x}"), community.id, space.id, sam, at, prompt)
                )
            await work.commit()

        assert "So many ideas wait" in (await suggest(house)).plain()


async def test_suggestions_are_gone_through_one_by_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house, text="The first.")
        house.clock.at += MINUTE
        await suggest(house, text="The second.")
        first = await queue(house)
        second = await press(house, first, "Next")

        assert Quote("The first.") in first.body
        assert Quote("The second.") in second.body
        assert "Next" not in labels(second)
        assert "Suggestions (2)" in labels(await command(house, "kindling prompts list"))


async def test_another_communitys_suggestions_are_out_of_reach(tmp_path: Path) -> None:
    elsewhere = moderator("maya", space="city")
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await suggest(house)
        accept = button(await queue(house), "Accept")

        assert not waits(await queue(house, elsewhere))
        assert "Somebody was quicker" in card_of(await house.kindling.press(elsewhere, accept)).plain()
        assert waits(await queue(house))


async def test_a_subject_that_nobody_made_is_no_harm(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.submit(ROBIN, "suggest", "x" * 3_000, SAID)

        assert waits(await queue(house))
        assert not waits(card_of(await house.kindling.press(moderator(), Action("suggestion_yes", "nonsense"))))


async def test_what_a_guest_suggested_goes_home_with_it_when_places_are_unlinked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await link(house)
        await suggest(house, TARA)
        await house.forward(MINUTE)
        await suggest(house, text="Ask the quiet one what they think.")
        await house.kindling.press(moderator(), Action("prompts_twice", "yes"))
        await press(house, await queue(house), "Accept")
        assert [row["accepted_by"] is not None for row in await rows(house, suggestions, suggestions.c.id)] == [
            True,
            False,
        ]

        await unlink(house)
        village, town = await queue(house), await queue(house, TOMAS)

        assert Quote(IDEA) not in village.body
        assert Quote("Ask the quiet one what they think.") in village.body
        assert Quote(IDEA) in town.body
        assert [row["accepted_by"] for row in await rows(house, suggestions)] == [None, None]


async def test_what_waits_somewhere_is_shown_to_nobody_elsewhere_when_places_are_linked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await suggest(house, TARA)

        await link(house)
        linked = await queue(house)
        await unlink(house)

        assert not waits(linked)
        assert Quote(IDEA) in (await queue(house, TOMAS)).body


async def test_what_waited_at_home_is_decided_by_the_moderators_there_while_places_are_linked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await suggest(house, TARA)
        await link(house)

        here, there = await queue(house), await queue(house, TOMAS)
        accepted = await press(house, there, "Accept", TOMAS)

        assert not waits(here)
        assert Quote(IDEA) in there.body
        assert accepted.heading == "Accepted"
        assert not waits(await queue(house, TOMAS))


async def test_no_moderator_of_another_place_decides_what_waited_at_home(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await two_places(house)
        await suggest(house, TARA)
        [waiting] = await rows(house, suggestions)
        await link(house)

        refused = card_of(await house.kindling.press(moderator(), Action("suggestion_yes", waiting["id"])))

        assert refused.heading == "Already dealt with"
        assert Quote(IDEA) in (await queue(house, TOMAS)).body
