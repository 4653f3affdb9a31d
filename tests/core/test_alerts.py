"""What needs moderators is told in their place: privately, and once a local day for each problem."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.delivery import Delivery
from bot.domain.errors import AdapterError, TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.forms import Rejected
from bot.domain.message import Card
from bot.domain.places import MessageRef, Person, Place
from bot.services.alerts import LEASE, Alerts
from bot.services.delivering import Deliverer
from bot.storage.tables import alert_cards
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    NINE,
    SQUARE,
    BlindLetters,
    a_sleeping_village,
    a_village,
    a_worker,
    button,
    card_of,
    command,
    press,
    rows,
    set_up,
    surroundings,
)
from tests.house import House, Notebook, member, moderator
from tests.letters import Letters

TOWER = Place("letters", "village", "tower")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A village whose moderators are told things in the tower."""
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.locked.add(TOWER)
        await command(house, "kindling moderators", place="tower")
        yield house


@pytest.fixture
async def asleep(tmp_path: Path) -> AsyncIterator[House]:
    """The same village, in which only what the test does happens. Its moderators have no place yet."""
    async with a_sleeping_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.locked.add(TOWER)
        yield house


def in_the_tower(house: House) -> list[str]:
    return [letter.card.heading for letter in house.letters.letters if letter.place == TOWER]


def told(house: House) -> list[tuple[str, str]]:
    return [(person.user, card.heading) for person, card in house.letters.told]


def use_blind(house: House, *blindness: AdapterError) -> BlindLetters:
    """From now on these meet whoever looks for something, one each."""
    blind = BlindLetters(surroundings(house), locked={TOWER}, blindness=list(blindness))
    house.letters = house.room.messengers["letters"] = blind
    return blind


async def tell(house: House, *users: str) -> None:
    """A worker tells of something."""
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
    assert space is not None
    await Alerts(house.database, house.room, house.clock).tell(space, "act.waiting", Card("Look"), users)


async def close_the_square(house: House) -> None:
    """The first card finds the channel closed."""
    house.letters.faults = [("before", Unreachable("closed", "Please give Kindling the right to write."))]
    await house.until(NINE + MINUTE)


async def refused(house: House, channel: str) -> str:
    reply = await house.kindling.command(moderator(), "kindling moderators", {"place": channel})
    assert isinstance(reply.content, Rejected)
    return reply.content.problems["place"]


async def share(house: House, text: str) -> None:
    """Robin puts something on the wall, where it waits for a moderator."""
    values = {"telling": "did", "text": text, "shown_as": "someone"}
    preview = card_of(await house.kindling.submit(member(), "share", "", values))
    await press(house, preview, "Put it on the wall", member())


async def test_a_right_that_was_lost_is_told_in_the_moderators_place_alone(house: House) -> None:
    await close_the_square(house)

    assert in_the_tower(house) == ["Kindling needs a hand"]
    assert told(house) == []


async def test_one_problem_is_told_once_a_day(house: House) -> None:
    await close_the_square(house)
    await press(house, await command(house, "kindling status"), "Check again")
    await house.forward(MINUTE)
    house.letters.faults = [("before", Unreachable("closed", "Closed again."))]
    await command(house, "kindling post")
    await house.forward(HOUR)

    assert in_the_tower(house) == ["Kindling needs a hand"]


async def test_a_problem_that_comes_back_on_another_day_is_told_again(house: House) -> None:
    await close_the_square(house)
    await press(house, await command(house, "kindling status"), "Check again")
    await house.forward(MINUTE)
    house.letters.faults = [("before", Unreachable("closed", "Closed again."))]
    await house.until(NINE + DAY + MINUTE)

    assert in_the_tower(house) == ["Kindling needs a hand", "Kindling needs a hand"]


async def test_a_card_that_is_refused_is_told(house: House) -> None:
    house.letters.faults = [("before", Unacceptable("letters.too_long"))]
    await house.until(NINE + MINUTE)

    [letter] = [letter for letter in house.letters.letters if letter.place == TOWER]
    assert letter.card.heading == "A card did not appear"
    assert "letters.too_long" in letter.card.plain()


async def test_two_problems_of_a_day_are_told_both(house: House) -> None:
    await command(house, "kindling wall setup", rule="review", channel="square")
    house.letters.faults = [("before", Unacceptable("letters.too_long"))]
    await house.until(NINE + MINUTE)
    await share(house, "Shared my umbrella.")

    assert in_the_tower(house) == ["A card did not appear", "Something waits for you"]


async def test_what_waits_is_told_once_a_day_however_often_the_queue_empties(house: House) -> None:
    await command(house, "kindling wall setup", rule="review", channel="square")
    for text in ("Shared my umbrella.", "Held a door."):
        await share(house, text)
        await press(house, await command(house, "kindling wall queue"), "Publish")

    assert in_the_tower(house) == ["Something waits for you"]
    await house.forward(DAY)
    await share(house, "Watered the plants.")
    assert in_the_tower(house) == ["Something waits for you"] * 2


async def test_an_unsure_card_can_be_posted_again_from_the_moderators_place(house: House) -> None:
    blind = BlindLetters(
        surroundings(house), locked={TOWER}, blindness=[Uncertain("cannot_look")], faults=[("before", Uncertain("cut"))]
    )
    house.room.messengers["letters"] = blind
    await house.until(NINE + HOUR)

    [letter] = [letter for letter in blind.letters if letter.place == TOWER]
    assert letter.card.heading == "Did this card arrive?"
    await house.kindling.press(moderator(channel="tower"), button(letter.card, "Post again"))
    await house.forward(MINUTE)
    assert [letter.place for letter in blind.letters if letter.place == SQUARE] == [SQUARE]


async def test_a_channel_with_cards_is_no_place_for_moderators(house: House) -> None:
    assert "Cards or the wall appear in that channel" in await refused(house, "square")


async def test_the_walls_channel_is_no_place_for_moderators(house: House) -> None:
    await command(house, "kindling wall setup", rule="open", channel="garden")
    house.letters.locked.add(Place("letters", "village", "garden"))

    assert "Cards or the wall appear in that channel" in await refused(house, "garden")


async def test_a_channel_that_everybody_reads_is_no_place_for_moderators(house: House) -> None:
    assert "Everybody can read that channel" in await refused(house, "market")


async def test_a_channel_that_cannot_be_written_to_is_no_place_for_moderators(house: House) -> None:
    house.letters.closed.add(Place("letters", "village", "cellar"))

    assert "Nobody opens there any more." in await refused(house, "cellar")


async def test_where_nobody_knows_who_reads_along_it_is_said(house: House) -> None:
    house.letters.veiled.add(Place("letters", "village", "attic"))

    shown = await command(house, "kindling moderators", place="attic")

    assert "I cannot tell here whether that channel can be read by everybody." in shown.plain()


@pytest.mark.parametrize("trouble", ["cards came there", "everybody reads along", "closed"])
async def test_where_the_place_is_none_any_more_whoever_set_up_is_told(house: House, trouble: str) -> None:
    await command(house, "kindling wall setup", rule="review", channel="square")
    match trouble:
        case "cards came there":
            await set_up(house, weekly="off", channel="tower")
        case "everybody reads along":
            house.letters.locked.clear()
        case _:
            house.letters.closed.add(TOWER)
    await share(house, "Shared my umbrella.")

    assert told(house) == [("maya", "Something waits for you")]
    assert "Something waits for you" not in in_the_tower(house)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_where_an_answer_got_lost_it_is_looked_for_and_told_once(house: House, moment: str) -> None:
    await command(house, "kindling wall setup", rule="review", channel="square")
    house.letters.faults = [(moment, Uncertain("cut"))]
    await share(house, "Shared my umbrella.")
    await house.forward(30 * MINUTE)

    assert in_the_tower(house) == ["Something waits for you"]
    assert told(house) == []
    assert await rows(house, alert_cards) == []


@pytest.mark.parametrize("users", [("maya",), ()])
async def test_where_an_answer_got_lost_and_nobody_can_look_it_is_told_all_the_same(
    asleep: House, users: tuple[str, ...]
) -> None:
    """Whoever set something up is told; and where nobody did, the moderators' place once more."""
    await command(asleep, "kindling moderators", place="tower")
    use_blind(asleep, Uncertain("cannot_look"))
    asleep.letters.faults = [("before", Uncertain("cut"))]
    await tell(asleep, *users)
    asleep.clock.at += MINUTE
    await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert told(asleep) == [(user, "Look") for user in users]
    assert in_the_tower(asleep) == ([] if users else ["Look"])
    assert await rows(asleep, alert_cards) == []


async def test_a_place_that_loses_every_answer_is_told_twice_at_most(asleep: House) -> None:
    await command(asleep, "kindling moderators", place="tower")
    use_blind(asleep, *[Uncertain("cannot_look")] * 9)
    asleep.letters.faults = [("after", Uncertain("cut"))] * 9
    await tell(asleep)
    for _ in range(5):
        asleep.clock.at += HOUR
        await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert in_the_tower(asleep) == ["Look", "Look"]


async def test_in_doubt_it_is_waited_until_the_platform_can_be_asked(asleep: House) -> None:
    await command(asleep, "kindling moderators", place="tower")
    use_blind(asleep, TryLater("letters.asleep"))
    asleep.letters.faults = [("after", Uncertain("cut"))]
    await tell(asleep, "maya")
    for _ in range(2):
        asleep.clock.at += MINUTE
        await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert in_the_tower(asleep) == ["Look"]
    assert told(asleep) == []
    assert await rows(asleep, alert_cards) == []


async def test_what_could_not_be_asked_about_for_a_day_is_told_privately(asleep: House) -> None:
    await command(asleep, "kindling moderators", place="tower")
    use_blind(asleep, *[TryLater("letters.asleep")] * 99)
    asleep.letters.faults = [("before", Uncertain("cut"))]
    await tell(asleep, "maya")
    for _ in range(30):
        asleep.clock.at += HOUR
        await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert told(asleep) == [("maya", "Look")]


@dataclass
class DeafLetters(Letters):
    """Letters that tell somebody, and never hear the answer: the first of them gets lost."""

    told_of: int = 0

    async def tell(self, person: Person, card: Card) -> None:
        self.told_of += 1
        if self.told_of > 1:
            await super().tell(person, card)
        raise Uncertain("cut")


async def test_a_private_message_whose_answer_got_lost_is_told_once_more(asleep: House) -> None:
    asleep.letters = asleep.room.messengers["letters"] = DeafLetters(surroundings(asleep))
    await tell(asleep, "maya")
    for _ in range(5):
        asleep.clock.at += HOUR
        await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert told(asleep) == [("maya", "Look")]
    assert await rows(asleep, alert_cards) == []


async def test_while_the_place_is_out_of_reach_whoever_set_up_is_told(house: House) -> None:
    await command(house, "kindling wall setup", rule="review", channel="square")
    house.letters.faults = [("before", TryLater("letters.asleep"))]
    await share(house, "Shared my umbrella.")

    assert told(house) == [("maya", "Something waits for you")]


async def test_several_workers_tell_it_once(house: House) -> None:
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
    assert space is not None
    workers = [Alerts(house.database, house.room, house.clock) for _ in range(5)]

    await asyncio.gather(*(worker.tell(space, "act.waiting", Card("Look"), {"maya"}) for worker in workers))

    assert in_the_tower(house) == ["Look"]


async def test_the_local_day_counts_and_not_the_one_of_the_clock(house: House) -> None:
    """23:30 in Berlin and half past midnight are two days there, and one in UTC."""
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
    assert space is not None
    alerts = Alerts(house.database, house.room, house.clock)
    house.clock.at = NINE.replace(hour=22, minute=30)

    await alerts.tell(space, "act.waiting", Card("Look"), {"maya"})
    house.clock.at += HOUR
    await alerts.tell(space, "act.waiting", Card("Look"), {"maya"})

    assert in_the_tower(house) == ["Look", "Look"]


async def test_the_place_can_be_given_up(house: House) -> None:
    await command(house, "kindling moderators", place="off")

    await close_the_square(house)

    assert in_the_tower(house) == []
    assert told(house) == [("maya", "Kindling needs a hand")]


async def test_what_was_told_is_forgotten_after_a_while(house: House) -> None:
    await close_the_square(house)
    alerts = Alerts(house.database, house.room, house.clock)
    house.clock.at += 9 * DAY

    await alerts.tidy()

    async with house.database.unit_of_work() as work:
        assert await work.alerts.forget((NINE + 30 * DAY).date()) == 0


@dataclass
class BreakingLetters(Letters):
    """Letters whose process ends while it tells somebody, or writes in the tower: before it, or just after."""

    breaks: str = ""

    async def tell(self, person: Person, card: Card) -> None:
        await self._perhaps("before")
        await super().tell(person, card)
        await self._perhaps("after")

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        if place == TOWER:
            await self._perhaps("before")
        ref = await super().send(place, card, key)
        if place == TOWER:
            await self._perhaps("after")
        return ref

    async def _perhaps(self, moment: str) -> None:
        if self.breaks == moment:
            self.breaks = ""
            raise asyncio.CancelledError


async def break_while_telling(house: House, moment: str, *users: str) -> Alerts:
    """A worker ends in the middle of telling; another one that is there afterwards."""
    breaking = BreakingLetters(surroundings(house), locked={TOWER}, breaks=moment)
    house.letters = house.room.messengers["letters"] = breaking
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
    assert space is not None
    first, second = (Alerts(house.database, house.room, house.clock) for _ in range(2))
    with pytest.raises(asyncio.CancelledError):
        await first.tell(space, "act.waiting", Card("Look"), set(users))
    return second


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_after_a_crash_it_is_told_in_the_moderators_place_once(asleep: House, moment: str) -> None:
    await command(asleep, "kindling moderators", place="tower")
    worker = await break_while_telling(asleep, moment, "maya")

    assert await worker.work_off("letters") == 0
    asleep.clock.at += LEASE
    assert await worker.work_off("letters") == 1
    assert await worker.work_off("letters") == 0

    assert in_the_tower(asleep) == ["Look"]
    assert told(asleep) == []


async def test_after_a_crash_whoever_is_told_privately_is_told_all_the_same(asleep: House) -> None:
    worker = await break_while_telling(asleep, "before", "maya", "noor")
    asleep.clock.at += LEASE
    await worker.work_off("letters")

    assert told(asleep) == [("maya", "Look"), ("noor", "Look")]


async def test_where_nobody_can_look_after_a_crash_it_is_told_privately(asleep: House) -> None:
    await command(asleep, "kindling moderators", place="tower")
    worker = await break_while_telling(asleep, "before", "maya")
    blind = BlindLetters(surroundings(asleep), locked={TOWER}, blindness=[Uncertain("cannot_look")])
    asleep.letters = asleep.room.messengers["letters"] = blind
    asleep.clock.at += LEASE
    await worker.work_off("letters")

    assert in_the_tower(asleep) == []
    assert told(asleep) == [("maya", "Look")]


class EndingNotebook(Notebook):
    """Whose process ends as soon as it is kept what became of a card."""

    def settled(self, delivery: Delivery) -> None:
        if delivery.state.settled:
            raise asyncio.CancelledError


async def carry_all_out(house: House, worker: Deliverer) -> None:
    """One that is unsure is asked about a little later."""
    while claimed := await worker.claim("letters", 1):
        for delivery in claimed:
            await worker.carry_out(delivery)
        house.clock.at += MINUTE


@pytest.mark.parametrize(
    ("trouble", "heading"),
    [(Unacceptable("letters.too_long"), "A card did not appear"), (Uncertain("cut"), "Did this card arrive?")],
)
async def test_a_crash_after_a_card_failed_or_is_unsure_loses_no_alert(
    asleep: House, trouble: AdapterError, heading: str
) -> None:
    await command(asleep, "kindling moderators", place="tower")
    blind = use_blind(asleep, Uncertain("cannot_look"))
    asleep.letters.faults = [("before", trouble)]
    asleep.clock.at = NINE
    while await asleep.core.calendar.plan():
        pass
    asleep.notebook = EndingNotebook()
    worker = a_worker(asleep, "anna")
    with pytest.raises(asyncio.CancelledError):
        await carry_all_out(asleep, worker)
    blind.blindness.clear()
    asleep.clock.at += LEASE
    await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert in_the_tower(asleep) == [heading]


@dataclass
class SleepyLetters(Letters):
    """Letters that tell nobody anything for a while."""

    asleep: bool = True

    async def tell(self, person: Person, card: Card) -> None:
        if self.asleep:
            raise TryLater("letters.asleep")
        await super().tell(person, card)


async def test_while_a_platform_is_away_it_is_tried_again_and_told_once(house: House) -> None:
    await command(house, "kindling moderators", place="off")
    await command(house, "kindling wall setup", rule="review", channel="square")
    sleepy = SleepyLetters(surroundings(house))
    house.letters = house.room.messengers["letters"] = sleepy
    await share(house, "Shared my umbrella.")
    await house.forward(HOUR)
    before = told(house)
    sleepy.asleep = False
    await house.forward(2 * HOUR)

    assert before == []
    assert told(house) == [("maya", "Something waits for you")]


async def test_what_could_not_be_told_for_a_day_is_told_no_more(house: House) -> None:
    await command(house, "kindling moderators", place="off")
    await command(house, "kindling wall setup", rule="review", channel="square")
    sleepy = SleepyLetters(surroundings(house))
    house.letters = house.room.messengers["letters"] = sleepy
    await share(house, "Shared my umbrella.")
    await house.forward(DAY + HOUR)
    sleepy.asleep = False
    await house.forward(HOUR)

    assert told(house) == []
    assert await rows(house, alert_cards) == []


async def put_off(house: House, *codes: str) -> None:
    """These problems could not be told so far, and can be now."""
    alerts = Alerts(house.database, house.room, house.clock)
    async with house.database.unit_of_work() as work:
        space = await work.communities.space_of("letters", "village")
        assert space is not None
        for code in codes:
            alert = await alerts.begin(work, space, code, Card(code), ())
            assert alert is not None
            assert await work.alerts.later(alert, house.clock.now())
        await work.commit()


async def tell_all(worker: Alerts) -> None:
    while await worker.work_off("letters"):
        pass


@dataclass
class SlowLetters(Letters):
    """Letters that take so long for the first one that something happens meanwhile."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        ref = await super().send(place, card, key)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            await meanwhile()
        return ref


async def test_what_waits_behind_a_slow_one_is_told_once_by_two_workers(asleep: House) -> None:
    await command(asleep, "kindling moderators", place="tower")
    first, second = (Alerts(asleep.database, asleep.room, asleep.clock) for _ in range(2))

    async def meanwhile() -> None:
        asleep.clock.at += LEASE
        await tell_all(second)

    slow = SlowLetters(surroundings(asleep), locked={TOWER}, meanwhile=meanwhile)
    asleep.letters = asleep.room.messengers["letters"] = slow
    await put_off(asleep, "One", "Two", "Three")
    await tell_all(first)

    assert sorted(in_the_tower(asleep)) == ["One", "Three", "Two"]


@dataclass
class ChokingLetters(Letters):
    """Letters that cannot cope with one card."""

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        if card.heading == "One":
            raise ValueError("a bug")
        return await super().send(place, card, key)


async def test_one_that_breaks_holds_up_no_other(asleep: House) -> None:
    await command(asleep, "kindling moderators", place="tower")
    asleep.letters = asleep.room.messengers["letters"] = ChokingLetters(surroundings(asleep), locked={TOWER})
    await put_off(asleep, "One", "Two")

    await tell_all(Alerts(asleep.database, asleep.room, asleep.clock))

    assert in_the_tower(asleep) == ["Two"]
