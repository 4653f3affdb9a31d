"""In which manner cards are posted: pinned, with a thread under them, with a role that is notified. All of it is off
unless a moderator chooses it, and none of it ever brings a second card."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.errors import AdapterError, TryLater, Uncertain
from bot.domain.finishing import Step
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Reply
from bot.domain.places import Lack, MessageRef, Standing
from bot.domain.schedule import Ritual
from bot.domain.wall import WallPlace
from bot.services.delivering import LEASE
from bot.services.finishing import Finishing
from bot.storage.tables import finishes
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    a_sleeping_village,
    a_village,
    button,
    card_of,
    command,
    line,
    press,
    rows,
    set_up,
    surroundings,
)
from tests.house import House, member, moderator
from tests.letters import Letter, Letters

NO_PINS = Lack("letters.no_needle", "There is no needle to pin letters with. Please bring one.")
TUESDAY = NINE + DAY


async def form_of(house: House, label: str = "morning") -> Form:
    """The form of the manner in which a schedule's cards are posted."""
    chosen = await house.kindling.press(moderator(), Action("open", "which"))
    assert isinstance(chosen.content, Form)
    [value] = [value for value, said in chosen.content.fields[0].options if said.lower().startswith(label)]
    schedule = card_of(await house.kindling.submit(moderator(), "which", "", {"schedule": value}))
    form = (await house.kindling.press(moderator(), button(schedule, "When it is posted"))).content
    assert isinstance(form, Form)
    return form


async def choose(house: House, label: str = "morning", **values: str) -> Reply:
    form = await form_of(house, label)
    filled = {field.name: field.value for field in form.fields} | values
    return await house.kindling.submit(moderator(), form.name, form.subject, filled)


def problem_of(reply: Reply) -> str:
    assert isinstance(reply.content, Rejected)
    return reply.content.problems["notify"]


def pinned(house: House) -> list[Letter]:
    return [letter for letter in house.letters.letters if letter.pinned]


async def test_nothing_is_pinned_opened_or_notified_unless_it_was_chosen(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")

        await house.until(NINE)

        [letter] = house.letters.letters
        assert (letter.pinned, letter.threads, letter.card.notify) == (False, [], "")
        assert await rows(house, finishes) == []


async def test_a_pinned_card_takes_the_place_of_the_one_before_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")

        await house.until(NINE)
        first = [letter.at for letter in pinned(house)]
        await house.until(TUESDAY)

        assert first == [NINE]
        assert [letter.at for letter in pinned(house)] == [TUESDAY]


async def test_cards_of_another_schedule_keep_their_pin(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await choose(house, pin="on")
        await choose(house, "weekly challenge", pin="on")

        await house.until(TUESDAY)

        theme, _, second = house.letters.letters
        assert pinned(house) == [theme, second]


async def test_a_thread_has_the_heading_of_its_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, thread="on")

        await house.until(NINE)

        [letter] = house.letters.letters
        assert letter.threads == [letter.card.heading]
        assert not letter.pinned


async def test_a_role_is_notified_by_the_cards_that_shall_and_by_no_others(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        house.letters.roles["r1"] = "Helpers"
        await be_set_up(house)

        kept = card_of(await choose(house, "weekly challenge", notify="Helpers"))
        await house.until(NINE)

        assert line(kept, "Weekly challenge") == "somebody is notified"
        assert [letter.card.notify for letter in house.letters.letters] == ["r1", ""]
        [field] = [field for field in (await form_of(house, "weekly")).fields if field.name == "notify"]
        assert (field.value, field.typed) == ("r1", "Helpers")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("nobody-knows", "I find no role"),
        ("robin", "That is one person"),
        ("@everyone", "A card never calls on everybody"),
        ("<!here>", "A card never calls on everybody"),
        ("<>", "I find no role"),
    ],
)
async def test_neither_everybody_nor_one_person_is_notified(tmp_path: Path, said: str, sentence: str) -> None:
    async with a_village(tmp_path) as house:
        house.letters.people[member("robin").person] = Standing(may_moderate=False, name="robin")
        await be_set_up(house)

        reply = await choose(house, notify=said)

        assert problem_of(reply).startswith(sentence)


async def test_only_moderators_choose_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house)

        refused = card_of(await house.kindling.submit(member(), form.name, form.subject, {"pin": "on"}))
        await house.until(NINE)

        assert "moderator" in refused.plain()
        assert pinned(house) == []


async def test_it_is_in_the_audit_log_and_can_be_taken_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        kept = card_of(await choose(house, pin="on", thread="on"))

        audit = (await command(house, "kindling audit")).plain()
        undone = await press(house, kept, "Undo")
        await house.until(NINE)

        assert "“Morning intention” is posted in another manner: pinned, with a thread" in audit
        assert "posted in another manner: without anything else" in undone.plain()
        assert pinned(house) == []


async def test_two_moderators_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        form = await form_of(house)
        await choose(house, pin="on")

        reply = await house.kindling.submit(moderator("tomas"), form.name, form.subject, {"thread": "on"})
        await house.until(NINE)

        assert "Somebody else changed this" in str(reply.content)
        [letter] = house.letters.letters
        assert (letter.pinned, letter.threads) == (True, [])


async def test_another_channel_and_another_time_change_nothing_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        house.letters.roles["r1"] = "Helpers"
        await be_set_up(house, weekly="off")
        await choose(house, pin="on", notify="r1")

        await set_up(house, weekly="off", channel="garden", morning="10:00")
        await house.until(NINE + HOUR)

        [letter] = house.letters.letters
        assert (letter.place.channel, letter.pinned, letter.card.notify) == ("garden", True, "r1")


async def test_the_recap_does_not_notify_whom_the_mornings_notify(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        house.letters.roles["r1"] = "Helpers"
        await be_set_up(house, weekly="off")
        await choose(house, notify="r1")

        await command(house, "kindling wall setup", recap="fri")
        async with house.database.unit_of_work() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            await work.walls.save_place(WallPlace(space.id, "", "maya"))  # so that it comes where the mornings come
            await work.commit()

        await set_up(house, weekly="off", morning="10:00")

        async with house.database.reading() as work:
            found = {one.ritual: one.targets for one in await work.schedules.of_community(space.community)}
        assert [target.notify for target in found[Ritual.RECAP]] == [""]


@pytest.mark.parametrize("fault", [TryLater("letters.busy"), Uncertain("letters.lost")], ids=["busy", "lost"])
@pytest.mark.parametrize("moment", ["before", "after"])
async def test_what_could_not_be_done_at_once_is_done_later(tmp_path: Path, fault: AdapterError, moment: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on", thread="on")
        if moment == "before" or isinstance(fault, Uncertain):  # whoever says "later" has done nothing
            house.letters.afterwards += [(moment, fault), (moment, fault)]

        await house.until(NINE + 5 * MINUTE)

        [letter] = house.letters.letters
        assert (letter.pinned, letter.threads) == (True, [letter.card.heading])


async def test_what_a_crash_left_undone_is_done_by_whoever_comes_then(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on", thread="on")
        house.clock.at = NINE
        await house.core.calendar.plan()
        [delivery] = await house.core.engine._deliverer.claim("letters", 10)
        await house.core.engine._deliverer.carry_out(delivery)
        async with house.database.unit_of_work() as work:
            for finish in await work.finishes.claim("gone", "letters", NINE, LEASE, 10):
                if finish.step is Step.THREAD:  # got through, and nobody kept that
                    await house.letters.open_thread(finish.ref, house.letters.letters[0].card.heading, again=False)
            await work.commit()
        letters = house.letters

    async with a_village(tmp_path, NINE + MINUTE, letters) as house:
        await house.until(NINE + LEASE + MINUTE)

        [letter] = house.letters.letters
        assert (letter.pinned, letter.threads) == (True, [letter.card.heading])


async def test_a_thread_of_which_nobody_can_tell_whether_it_is_there_is_not_opened_twice(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, thread="on")
        house.letters.afterwards += [("after", Uncertain("letters.lost")), ("before", Uncertain("letters.dark"))]

        await house.until(NINE + HOUR)

        [letter] = house.letters.letters
        status = await command(house, "kindling status")
        assert letter.threads == [letter.card.heading]
        assert "posted, but without a thread" in line(status, "Last morning intention")


async def test_a_missing_right_is_told_and_the_card_comes_once_all_the_same(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.unfinished[Step.PIN] = NO_PINS
        kept = card_of(await choose(house, pin="on"))

        await house.until(NINE + HOUR)

        status, doctor = await command(house, "kindling status"), await command(house, "kindling doctor")
        assert NO_PINS.sentence in kept.plain()
        assert len(house.letters.letters) == 1
        assert line(status, "Last morning intention") == f"Mon 23 Nov 2026: posted, but not pinned: {NO_PINS.sentence}"
        assert f"({NO_PINS.code})" in doctor.plain()


async def test_a_right_that_is_given_again_is_used_by_the_next_card(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")
        house.letters.unfinished[Step.PIN] = NO_PINS
        await house.until(NINE + HOUR)

        house.letters.unfinished.clear()
        checked = await press(house, await command(house, "kindling status"), "Post today's card now")
        await house.until(TUESDAY)

        assert checked.heading == "Today's card"
        assert [letter.at for letter in pinned(house)] == [TUESDAY]
        assert line(await command(house, "kindling status"), "Last morning intention").endswith("posted")


async def test_rights_that_no_schedule_here_wants_are_not_told_of(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.unfinished[Step.PIN] = NO_PINS
        before = await command(house, "kindling status")

        await choose(house, thread="on")

        after = await command(house, "kindling status")
        assert NO_PINS.sentence not in before.plain() + after.plain()


async def test_a_card_that_somebody_took_away_is_not_pinned_and_nothing_is_told_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")
        house.letters.arrived = lambda: setattr(house.letters.letters[-1], "gone", True)

        await house.until(NINE + HOUR)

        assert await rows(house, finishes) == []
        assert line(await command(house, "kindling status"), "Last morning intention").endswith("posted")


async def test_an_older_card_whose_turn_comes_late_does_not_take_the_newer_ones_place(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")
        house.letters.afterwards.append(("before", TryLater("letters.busy", timedelta(hours=23))))
        await house.until(NINE)

        await set_up(house, weekly="off", morning="07:00")
        await house.until(TUESDAY)

        assert [letter.at for letter in pinned(house)] == [TUESDAY - 2 * HOUR]


@dataclass
class SlowPins(Letters):
    """Letters of which the first is pinned no sooner than a gate is opened."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        if ref.message == "0":
            self.reached.set()
            await self.gate.wait()
        await super().pin(ref, instead_of)


async def post(house: House, at: datetime) -> None:
    """Have a sleeping village post the card of a day, and no more."""
    house.clock.at = at
    await house.core.calendar.plan()
    [delivery] = await house.core.engine._deliverer.claim("letters", 10)
    await house.core.engine._deliverer.carry_out(delivery)


async def test_of_two_cards_that_two_workers_pinned_at_once_none_stays_pinned(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")
        house.letters = house.room.messengers["letters"] = slow = SlowPins(surroundings(house))
        contents = house.core.calendar._contents
        anna, ben = (Finishing(house.database, house.room, contents, house.clock) for _ in range(2))
        await post(house, NINE)
        house.clock.at = TUESDAY - MINUTE  # the platform was away for a day
        pinning = asyncio.create_task(anna.work_off("letters"))
        await slow.reached.wait()
        await post(house, TUESDAY)
        await ben.work_off("letters")
        slow.gate.set()
        await pinning

        await post(house, TUESDAY + DAY)
        await ben.work_off("letters")

        assert [letter.at for letter in pinned(house)] == [TUESDAY + DAY]


async def test_an_older_card_of_which_nobody_knows_whether_it_is_pinned_does_not_stay_so(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")
        house.letters.afterwards += [
            ("after", Uncertain("letters.lost")),
            ("before", TryLater("letters.busy", timedelta(hours=23))),
        ]
        await house.until(NINE + HOUR)

        await set_up(house, weekly="off", morning="07:00")
        await house.until(TUESDAY + DAY)

        assert [letter.at for letter in pinned(house)] == [TUESDAY + DAY - 2 * HOUR]


async def test_what_cannot_be_done_for_a_day_is_given_up(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off", days="mon")
        await choose(house, pin="on")
        house.letters.afterwards += [("before", TryLater("letters.busy", timedelta(hours=5)))] * 6

        await house.until(NINE + 2 * DAY)

        assert pinned(house) == []
        assert "for a day" in line(await command(house, "kindling status"), "Last morning intention")


async def test_turning_it_off_leaves_what_is_pinned_and_pins_no_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await choose(house, pin="on")
        await house.until(NINE)

        await choose(house, pin="off")
        await house.until(TUESDAY)

        assert [letter.at for letter in pinned(house)] == [NINE]


async def test_a_platform_that_cannot_be_asked_says_so_in_the_form(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.unfinished[Step.THREAD] = Lack("letters.no_room", "There is no room under letters here.")

        kept = card_of(await choose(house, thread="on"))

        assert "There is no room under letters here." in kept.plain()
        assert "The card comes all the same." in kept.plain()
