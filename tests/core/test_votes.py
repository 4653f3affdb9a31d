"""The community votes on the theme that comes next."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.domain.forms import Form, Rejected
from bot.domain.ids import CommunityId, OccurrenceId, ThemeId
from bot.domain.message import Action, Card
from bot.domain.places import Actor, MessageRef, Person
from bot.domain.votes import Vote
from bot.ports import UnitOfWork
from bot.ports.chores import Chore
from bot.services.content import Contents
from bot.services.rewriting import Rewriting
from bot.services.shelf import Shelf
from bot.services.tallying import Tallying
from bot.storage.tables import rewrites, schedules, targets, vote_wishes
from bot.storage.tables import votes as kept_votes
from tests.core.before import be_set_up
from tests.core.linked import ROBIN, TARA, TOMAS, link, unlink
from tests.core.test_accounts import one_person
from tests.core.test_challenge import (
    CIRCLES,
    announced,
    calendar,
    change,
    coming,
    form,
    problems,
    submit,
    titles,
)
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    a_sleeping_village,
    a_village,
    card_of,
    command,
    labels,
    press,
    rows,
    set_up,
    surroundings,
)
from tests.house import House, member, moderator
from tests.letters import Letters
from tests.prepared import the_library

WEEK = 7 * DAY
PEOPLE = [member(name) for name in ("ann", "ben", "cho", "dee")]


async def begin(house: House, **values: str) -> Card:
    """Set up, and open a vote on what the form suggests a day after the first challenge."""
    await be_set_up(house, days="mon")
    await house.until(NINE + DAY)
    said = card_of(await submit(house, await form(house, "Let people vote"), **values))
    await house.core.engine.settle()
    return said


def votes(house: House) -> Sequence[Card]:
    return [letter.card for letter in house.letters.letters if letter.card.heading == "What comes next?"]


async def wish(house: House, title: str, *people: Actor) -> Card:
    said = None
    for person in people:
        said = await press(house, votes(house)[-1], title, person)
    assert said is not None
    return said


async def test_a_vote_is_posted_once_where_the_challenges_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        said = await begin(house)
        await house.forward(HOUR)

        [card] = votes(house)
        assert labels(card) == CIRCLES[1:5]
        assert "until Mon 30 Nov 08:00 Europe/Berlin" in said.plain()


async def test_what_most_wish_for_comes_next_and_the_card_says_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE[:2])
        await wish(house, CIRCLES[1], PEOPLE[2])

        await house.until(NINE + 2 * WEEK)

        assert announced(house) == [CIRCLES[0], CIRCLES[3], CIRCLES[1]]
        weeks = [letter.card.plain() for letter in house.letters.letters if letter.card.heading.startswith("This week")]
        assert ["That is what most of you wished for." in text for text in weeks] == [False, True, False]


async def test_of_fewer_than_three_people_the_plan_decides(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE[:2])

        await house.until(NINE + WEEK)

        assert announced(house) == CIRCLES[:2]


async def test_a_tie_is_broken_by_the_order_of_the_plan(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE[:2])
        await wish(house, CIRCLES[2], *PEOPLE[2:])

        await house.until(NINE + WEEK)

        assert announced(house)[-1] == CIRCLES[2]


async def test_a_wish_may_be_changed_and_counts_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE[:3])
        thanks = await wish(house, CIRCLES[2], PEOPLE[0], PEOPLE[1])
        await wish(house, CIRCLES[2], PEOPLE[1])

        closed = await press(house, await command_vote(house), "Close the vote")

        assert f"Your wish: “{CIRCLES[2]}”." in thanks.plain()
        assert f"In the next free week: “{CIRCLES[2]}”, that is what most of you wished for." in closed.plain()
        assert coming(await calendar(house))[0] == CIRCLES[2]


async def command_vote(house: House) -> Card:
    return await press(house, await calendar(house), "Let people vote")


async def test_two_accounts_of_one_person_have_one_wish(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await be_set_up(house, TOMAS, channel="market", days="mon")
        await link(house)
        await one_person(house)
        await house.until(NINE + DAY)
        await submit(house, await form(house, "Let people vote"))
        await house.forward(MINUTE)

        await wish(house, coming(await calendar(house))[2], PEOPLE[0], ROBIN, TARA)
        closed = await press(house, await command_vote(house), "Close the vote")

        assert len(votes(house)) == 2
        assert "The plan decides what comes next." in closed.plain()


async def test_after_the_end_a_wish_is_answered_with_what_came_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE[:3])
        shown = votes(house)[-1]
        await house.until(NINE + WEEK - HOUR)

        late = await press(house, shown, CIRCLES[1], PEOPLE[3])

        assert late.heading == "The vote is closed"
        assert f"In the next free week: “{CIRCLES[3]}”, that is what most of you wished for." in late.plain()
        assert coming(await calendar(house))[0] == CIRCLES[3]


async def test_nothing_is_told_while_a_vote_is_open(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        before = [await command_vote(house), await calendar(house), await command(house, "kindling preview")]

        await wish(house, CIRCLES[4], *PEOPLE)

        after = [await command_vote(house), await calendar(house), await command(house, "kindling preview")]
        assert after == before


async def test_nobody_can_look_up_afterwards_who_wished_for_what(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE)
        await press(house, await command_vote(house), "Close the vote")
        await house.forward(HOUR)

        assert await rows(house, vote_wishes) == []


async def test_wishes_are_erased_also_when_nobody_looks_after_the_end(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE)
        await set_up(house, days="mon", weekly="off")
        await house.until(NINE + WEEK)

        assert await rows(house, vote_wishes) == []
        assert coming(await calendar(house))[0] == CIRCLES[4]


async def test_a_vote_survives_a_restart(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE[:2])
        letters = house.letters

    async with a_village(tmp_path, NINE + 2 * DAY, letters) as house:
        await wish(house, CIRCLES[3], PEOPLE[2])
        await house.until(NINE + WEEK)

        assert len(votes(house)) == 1
        assert announced(house) == [CIRCLES[0], CIRCLES[3]]


async def test_there_is_one_vote_at_a_time_and_one_a_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE + DAY)
        shown = await form(house, "Let people vote")
        await submit(house, shown)

        second = card_of(await submit(house, shown))
        await press(house, await command_vote(house), "Close the vote")
        third = card_of(await submit(house, shown))

        assert "A vote is open already" in second.plain()
        assert "There was a vote today already" in third.plain()


async def test_a_vote_asks_about_two_to_four_themes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        shown = await form_before(house)

        reply = await submit(house, shown, themes=shown.fields[0].options[0][0])

        assert isinstance(reply.content, Rejected)
        assert problems(reply) == ["Please choose two to 4 themes, so that there is something to wish for."]
        assert reply.content.form.fields[0].value == shown.fields[0].options[0][0]
        assert votes(house) == []


async def form_before(house: House) -> Form:
    await house.until(NINE + MINUTE)
    return await form(house, "Let people vote")


async def test_only_moderators_open_and_close_a_vote(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)

        refused = card_of(await house.kindling.press(member(), Action("vote_close")))
        not_opened = await house.kindling.submit(member(), "vote", "", {"themes": "a,b"})

        assert "for moderators" in refused.plain()
        assert "for moderators" in card_of(not_opened).plain()
        assert labels(await command_vote(house))[0] == "Close the vote"


async def test_a_vote_is_not_told_of_as_a_schedule(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)

        assert "Vote on" not in (await command(house, "kindling status")).plain()
        assert "a vote on the next theme was opened (vote)" in (await command(house, "kindling audit")).plain()


async def test_shortly_before_an_announcement_no_vote_begins(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE + WEEK - HOUR - MINUTE)

        told = card_of(await house.kindling.press(moderator(), Action("vote_ask")))

        assert "a vote needs a little more time" in told.plain()


async def test_whoever_is_unlinked_decides_no_vote_of_the_other_place(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await be_set_up(house, TOMAS, channel="market", weekly="off")
        await link(house)
        await house.until(NINE + DAY)
        await submit(house, await form(house, "Let people vote"))
        await house.core.engine.settle()
        await wish(house, CIRCLES[3], *(member(name, space="town") for name in ("ann", "ben", "cho")))

        await unlink(house)
        refused = await wish(house, CIRCLES[3], TARA)
        await house.until(NINE + WEEK)

        assert "another time" in refused.plain()
        assert announced(house)[-1] == CIRCLES[1]
        assert await rows(house, vote_wishes) == []


async def test_after_unlinking_no_vote_knows_the_other_places_channel(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await be_set_up(house, TOMAS, channel="market")
        await link(house)
        await house.until(NINE + DAY)
        await submit(house, await form(house, "Let people vote"))

        await unlink(house)

        kept = {row["id"]: row["ritual"] for row in await rows(house, schedules)}
        asked = [row["channel"] for row in await rows(house, targets) if kept[row["schedule_id"]] == "vote"]
        assert asked == ["square"]


async def test_the_card_of_a_vote_that_is_over_says_what_was_chosen_and_nothing_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE)

        await house.until(NINE + WEEK - HOUR)

        [card] = votes(house)
        assert labels(card) == []
        assert card.plain().splitlines()[1:] == [
            f"“{CIRCLES[3]}”",
            "That is what most of you wished for. It comes in the next free week.",
            "The vote is closed. Nobody is told who wished for what.",
        ]


async def test_after_a_long_vote_its_card_says_what_was_chosen_all_the_same(tmp_path: Path) -> None:
    """In a pause the next announcement is weeks away, and a vote is open until then."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE + DAY)
        await command(house, "kindling pause", until="2026-12-21")
        await submit(house, await form(house, "Let people vote"))
        await house.core.engine.settle()
        await wish(house, CIRCLES[3], *PEOPLE)

        await house.until(NINE + 4 * WEEK - HOUR)

        [card] = votes(house)
        assert labels(card) == []
        assert f"“{CIRCLES[3]}”" in card.plain()


async def test_a_vote_closes_at_its_time_though_nobody_looks_and_nothing_is_posted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE)
        await set_up(house, days="mon", weekly="off")

        await house.until(NINE + WEEK - HOUR)

        [row] = await rows(house, kept_votes)
        assert (row["closed_at"], row["winner"] is None) == (NINE + WEEK - HOUR, False)


async def test_a_vote_that_ended_while_nobody_ran_is_closed_afterwards_once_by_two_workers(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE)
        letters = house.letters

    async with a_sleeping_village(tmp_path, NINE + WEEK + DAY) as house:
        contents = Contents(the_library())
        house.letters.letters = letters.letters
        workers = [Tallying(house.database, contents, house.clock) for _ in range(2)]
        await asyncio.gather(*(one.work_off("votes") for one in workers))

        [row] = await rows(house, kept_votes)
        assert row["closed_at"] == NINE + WEEK - HOUR
        assert coming(await calendar(house)).count(CIRCLES[3]) == 1
        async with house.database.reading() as work:
            assert (await work.chores.next_at())[Chore.VOTES] == {}


class Broken(Contents):
    """Contents that cannot cope with one community."""

    def __init__(self, breaks: CommunityId) -> None:
        super().__init__(the_library())
        self._breaks = breaks

    async def shelf(self, work: UnitOfWork, community: CommunityId) -> Shelf:
        if community == self._breaks:
            raise ValueError("a bug")
        return await super().shelf(work, community)


async def test_one_vote_that_breaks_holds_up_no_other(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house)
        elsewhere = Person("letters", "hamlet", "maya")
        await command(house, "kindling moderators", replace(moderator(), person=elsewhere))
        async with house.database.unit_of_work() as work:
            spaces = [await work.communities.space_of("letters", key) for key in ("village", "hamlet")]
            one, other = (space.community for space in spaces if space)
            for number, community in enumerate((one, other)):
                ends = house.clock.now() + number * MINUTE
                await work.votes.save(Vote(OccurrenceId(f"v{number}"), community, (ThemeId("a"), ThemeId("b")), ends))
            await work.commit()
        house.clock.at += HOUR

        with pytest.raises(ValueError, match="a bug"):
            await Tallying(house.database, Broken(one), house.clock).work_off("votes")

        assert {row["id"]: row["closed_at"] is None for row in await rows(house, kept_votes)} == {
            "v0": True,
            "v1": False,
        }


async def test_opening_a_vote_is_taken_back_and_its_card_says_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        said = await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE)

        await press(house, said, "Undo")
        await house.forward(MINUTE)

        [card] = votes(house)
        assert labels(card) == []
        assert "This vote was taken back, so the plan decides." in card.plain()
        assert coming(await calendar(house)) == CIRCLES[1:9]
        assert (await form(house, "Let people vote")).name == "vote"


async def test_a_vote_that_was_taken_back_and_opened_again_has_its_wishes(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        said = await begin(house)
        await wish(house, CIRCLES[3], *PEOPLE)
        undone = await press(house, said, "Undo")

        await press(house, undone, "Undo")
        await house.forward(MINUTE)

        assert labels(votes(house)[0]) == CIRCLES[1:5]
        await house.until(NINE + WEEK)
        assert announced(house)[-1] == CIRCLES[3]


async def test_closing_early_is_taken_back_with_the_weeks_as_they_were(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE)
        closed = await press(house, await command_vote(house), "Close the vote")

        await press(house, closed, "Undo")
        back = coming(await calendar(house))
        await wish(house, CIRCLES[2], *PEOPLE[:3])
        await house.until(NINE + WEEK)

        assert back == CIRCLES[1:9]
        assert labels(votes(house)[0]) == []
        assert announced(house)[-1] == CIRCLES[2]


async def test_whoever_closes_a_vote_just_before_its_end_reads_until_when_it_can_be_opened_again(
    tmp_path: Path,
) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await house.until(NINE + WEEK - HOUR - 10 * MINUTE)

        closed = await press(house, await command_vote(house), "Close the vote")

        assert "Undo opens it again until 08:00, with the wishes that there were" in closed.plain()


@dataclass
class SlowEdits(Letters):
    """Letters whose first edit stops at a gate until it is opened."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        if not self.reached.is_set():
            self.reached.set()
            await self.gate.wait()
        await super().edit(ref, card, key)


async def test_of_two_workers_the_slower_edit_does_not_undo_the_undo(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        slow = SlowEdits(surroundings(house), letters=house.letters.letters)
        house.letters = house.room.messengers["letters"] = slow
        closed = await press(house, await command_vote(house), "Close the vote")
        await slow.reached.wait()

        await press(house, closed, "Undo")
        await Rewriting(house.database, house.room, Contents(the_library()), house.clock).work_off("letters")
        slow.gate.set()
        await house.core.engine.settle()

        assert labels(votes(house)[0]) == CIRCLES[1:5]
        assert await rows(house, rewrites) == []


async def test_an_hour_after_it_was_closed_a_vote_is_not_opened_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE)
        closed = await press(house, await command_vote(house), "Close the vote")
        await house.forward(HOUR)

        refused = await press(house, closed, "Undo")

        assert "is forgotten by now" in refused.plain()
        assert coming(await calendar(house))[0] == CIRCLES[4]


async def test_closing_is_not_taken_back_once_the_weeks_were_changed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await wish(house, CIRCLES[4], *PEOPLE)
        closed = await press(house, await command_vote(house), "Close the vote")
        await change(house, "Choose a plan", plan="caregivers")

        refused = await press(house, closed, "Undo")

        assert "The weeks were changed since that vote was closed" in refused.plain()


async def test_whoever_closes_a_vote_reads_from_when_on_it_counts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)

        closed = await press(house, await command_vote(house), "Close the vote")

        assert "This counts from the next announcement on, Mon 30 Nov 09:00 Europe/Berlin." in closed.plain()


async def test_what_was_wished_for_comes_also_where_another_plan_begins_that_week(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await begin(house)
        await change(house, "Choose a plan", plan="caregivers", begins="2026-12-02")
        await wish(house, CIRCLES[3], *PEOPLE)

        await house.until(NINE + 2 * WEEK)

        assert announced(house) == [CIRCLES[0], CIRCLES[3], *titles("caregivers", 0)]


async def test_a_vote_that_is_closed_before_its_card_could_leave_posts_none(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, days="mon")
        await house.until(NINE + DAY)
        shown = await form(house, "Let people vote")
        del house.room.messengers["letters"]
        await submit(house, shown)
        await press(house, await command_vote(house), "Close the vote")

        house.room.messengers["letters"] = house.letters
        await house.forward(HOUR)

        assert votes(house) == []
