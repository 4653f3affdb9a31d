"""The engine's sending: claims, places under way, what waits for what."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.domain.delivery import Delivery, Occurrence
from bot.domain.errors import TryLater, Unreachable
from bot.domain.ids import DeliveryId, OccurrenceId
from bot.domain.message import Card
from bot.domain.places import MessageRef, Place
from bot.domain.schedule import Ritual
from bot.runtime.engine import AT_ONCE
from tests.core.before import be_set_up
from tests.core.village import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NINE,
    SQUARE,
    SlowLetters,
    a_village,
    command,
    headings,
    press,
    states,
    surroundings,
)
from tests.house import House
from tests.letters import Letters


async def channels(house: House, count: int, cards: int = 1, platform: str = "letters") -> list[Delivery]:
    """Deliveries to so many channels of the village, due at nine, without any schedule that would plan them."""
    async with house.database.unit_of_work() as work:
        space = await work.communities.space_of("letters", "village")
        assert space is not None
        [schedule, *_] = await work.schedules.of_community(space.community)
        made: list[Delivery] = []
        for card in range(cards):
            item = OccurrenceId(f"{platform}-card-{card}")
            day = date(2020, 1, 1 + card) if platform == "letters" else date(2021, 1, 1 + card)
            await work.occurrences.add([Occurrence(item, schedule.id, space.community, Ritual.MORNING, day, NINE)])
            for number in range(count):
                place = Place(platform, "village", f"channel-{number}")
                key = DeliveryId(f"{item}-{number}")
                made.append(Delivery(key, item, space.id, place, NINE, NINE + 3 * HOUR, next_at=NINE))
        await work.outbox.put(made)
        await work.commit()
    return made


async def at_nine(house: House) -> None:
    house.clock.at = NINE
    house.core.engine.nudge()


def counted(house: House) -> Counter[str]:
    """Counts statements by their first word, from now on."""
    seen: Counter[str] = Counter()

    def listen(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        seen[statement.split(maxsplit=1)[0]] += 1

    event.listen(house.database.engine.sync_engine, "before_cursor_execute", listen)
    return seen


async def a_quiet_village(house: House) -> None:
    """Set up, with nothing of its own that falls due."""
    await be_set_up(house, days="sun", weekly="off")


async def test_one_claim_takes_what_there_is_room_for(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_quiet_village(house)
        await channels(house, 3 * AT_ONCE)
        claim, claims = house.core.engine._deliverer.claim, list[int]()

        async def listening(platform: str, limit: int) -> Any:
            claims.append(limit)
            return await claim(platform, limit)

        house.core.engine._deliverer.claim = listening  # type: ignore[method-assign] -- heard on its way
        await at_nine(house)
        await house.core.engine.settle()

        assert len(house.letters.letters) == 3 * AT_ONCE
        assert len(claims) <= 8
        assert max(claims) == AT_ONCE


async def test_no_more_are_under_way_than_a_platform_has_places(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_quiet_village(house)
        await channels(house, AT_ONCE + 50)
        slow = SlowLetters(surroundings(house))
        house.letters = house.room.messengers["letters"] = slow  # type: ignore[assignment] -- letters of another kind
        await at_nine(house)
        while slow.arrivals < AT_ONCE:
            await house.database.ping()
        for _ in range(50):  # time in which one more could come
            await house.database.ping()

        waiting = [state for state in await states(house) if state == ("planned", "")]
        slow.gate.set()
        await house.core.engine.settle()

        assert len(waiting) == 50
        assert len(slow.letters) == AT_ONCE + 50


async def test_a_slow_platform_holds_up_no_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_quiet_village(house)
        slow = SlowLetters(surroundings(house), platform="slow")
        house.room.messengers["slow"] = slow
        await channels(house, 2 * AT_ONCE, platform="slow")
        await channels(house, 5)
        await at_nine(house)
        await slow.reached.wait()

        while len(house.letters.letters) < 5:
            await house.database.ping()

        assert slow.letters == []
        slow.gate.set()
        await house.core.engine.settle()
        assert len(slow.letters) == 2 * AT_ONCE


class OneSlowChannel(Letters):
    """Letters in which one channel takes its time, until the gate is opened."""

    gate = asyncio.Event()

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        if place.channel == "channel-0":
            await self.gate.wait()
        return await super().send(place, card, key)


async def test_a_slow_channel_holds_up_no_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_quiet_village(house)
        await channels(house, 10, cards=3)
        letters = OneSlowChannel(surroundings(house))
        house.room.messengers["letters"] = letters
        await at_nine(house)

        while len(letters.letters) < 27:
            await house.database.ping()

        assert "channel-0" not in {letter.place.channel for letter in letters.letters}
        letters.gate.set()
        await house.core.engine.settle()
        assert len(letters.letters) == 30


async def test_a_card_takes_few_statements_however_many_there_are(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_quiet_village(house)
        made = await channels(house, 60)
        seen = counted(house)
        await at_nine(house)
        await house.core.engine.settle()

        assert len(house.letters.letters) == len(made)
        assert seen["UPDATE"] <= 2 * len(made) + 10
        assert seen["SELECT"] + seen["WITH"] <= 2 * len(made) + 40
        assert seen["INSERT"] <= 10


async def test_a_channel_that_is_closed_costs_one_request_whatever_waits_for_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)  # on Monday a theme and a morning
        house.letters.faults = [("before", Unreachable("closed", "Please open it."))] * 2

        await house.until(NINE + HOUR)

        assert await states(house) == [("failed", "closed")] * 2
        assert len(house.letters.faults) == 1
        assert [entry.reason for entry in house.notebook.entries] == ["closed"] * 2
        assert len(house.letters.told) == 1


async def test_what_waited_for_a_closed_channel_comes_when_it_is_open_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.faults = [("before", Unreachable("closed", "Please open it."))]
        await house.until(NINE + MINUTE)

        await press(house, await command(house, "kindling status"), "Check again")
        await house.core.engine.settle()

        assert len(headings(house)) == 2


async def test_what_waits_elsewhere_is_not_touched_by_a_closed_channel(tmp_path: Path) -> None:
    async with a_village(tmp_path, MONDAY) as house:
        await a_quiet_village(house)
        made = await channels(house, 3, cards=2)
        house.letters.closed = {made[0].place}
        await at_nine(house)
        await house.core.engine.settle()

        assert len(house.letters.letters) == 4
        assert (await states(house)).count(("failed", "letters.closed")) == 2


async def test_refused_credentials_are_no_channel_s_fault(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        house.letters.faults = [("before", TryLater("token_refused", MINUTE))]

        await house.until(NINE + 10 * MINUTE)
        await house.until(NINE + DAY)

        assert house.letters.told == []
        assert await states(house) == [("posted", "")] * 2


async def test_a_closed_channel_leaves_what_is_being_sent_to_it_alone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await a_quiet_village(house)
        [one] = await channels(house, 1)
        async with house.database.unit_of_work() as work:
            await work.outbox.revoke([replace(one.sending(NINE, HOUR), message="")])
            await work.commit()

        await house.core.engine._deliverer._attention.mark(  # the front door marks only what it was told of
            (await the_community(house)), one.place, "closed", "Please open it."
        )

        assert await states(house) == [("sending", "")]


async def the_community(house: House) -> Any:
    async with house.database.reading() as work:
        space = await work.communities.space_of(SQUARE.platform, SQUARE.space)
    assert space is not None
    return space.community
