import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.delivery import Content, Delivery, Planned, State
from bot.domain.errors import KindlingError
from bot.domain.ids import CommunityId, DeliveryId, MemberId, OccurrenceId, PromptId, ScheduleId, SpaceId, ThemeId
from bot.domain.packs import PromptUse
from bot.domain.places import MessageRef, Person, Place
from bot.domain.reactions import Copy, Mark, merge
from bot.domain.schedule import Ritual, Target
from bot.storage.database import Database
from tests.storage.values import (
    COMMUNITY,
    DAY,
    HOUR,
    LEASE,
    MINUTE,
    NINE,
    ROBIN,
    SPACE,
    SQUARE,
    TODAY,
    VILLAGE,
    a_delivery,
    a_mark,
    a_schedule,
    a_village,
    an_occurrence,
)

MESSAGE = MessageRef(SQUARE, "42")


@pytest.fixture(autouse=True)
async def village(database: Database) -> None:
    await a_village(database)


async def test_a_community_comes_back_as_it_was_kept(database: Database) -> None:
    changed = replace(COMMUNITY, paused_until=TODAY, plan="own", language="de")
    async with database.unit_of_work() as work:
        await work.communities.save(changed)
        await work.commit()

    async with database.reading() as work:
        assert await work.communities.get(COMMUNITY.id) == changed


async def test_only_what_is_unsure_is_told_of_the_places_that_are_asked_about(database: Database) -> None:
    unsure, elsewhere, posted = (a_delivery(name).unsure("lost") for name in ("unsure", "elsewhere", "posted"))
    posted = posted.posted(MessageRef(posted.place, "42"), NINE)
    city = unsure.place._replace(space="city")
    async with database.unit_of_work() as work:
        await work.outbox.put([unsure, elsewhere, posted])
        await work.commit()

    async with database.reading() as work:
        told = await work.outbox.unsure_at([unsure.place, posted.place, SQUARE, city])
        nothing = await work.outbox.unsure_at([])

    assert told == {unsure.place: {unsure.id}}
    assert nothing == {}


async def test_a_space_is_found_by_its_key_and_knows_when_it_was_left(database: Database) -> None:
    left = replace(SPACE, left_at=NINE)
    async with database.unit_of_work() as work:
        active = await work.communities.active_keys("letters")
        await work.communities.save_space(left)
        await work.commit()

    async with database.reading() as work:
        assert active == {"village"}
        assert await work.communities.space_of("letters", "village") == left
        assert await work.communities.space(VILLAGE) == left
        assert list(await work.communities.spaces(COMMUNITY.id)) == [left]
        assert await work.communities.space_of("other", "village") is None
        assert await work.communities.active_keys("letters") == frozenset()


async def test_spaces_that_the_bot_is_in_are_told_one_after_the_other(database: Database) -> None:
    town, left = replace(SPACE, id=SpaceId("a"), key="town"), replace(SPACE, id=SpaceId("b"), key="hill", left_at=NINE)
    async with database.unit_of_work() as work:
        for space in (town, left):
            await work.communities.save_space(space)
        await work.commit()

    async with database.reading() as work:
        first = await work.communities.active(1)
        then = await work.communities.active(10, first[-1].id)

    assert (list(first), list(then)) == ([town], [SPACE])


async def test_a_member_is_made_on_first_sight_and_stays_the_same(database: Database) -> None:
    async with database.unit_of_work() as work:
        first = await work.communities.member(ROBIN)
        again = await work.communities.member(ROBIN)
        nobody = await work.communities.member(Person("letters", "nowhere", "robin"))
        await work.commit()

    async with database.unit_of_work() as work:
        assert await work.communities.member(ROBIN) == first == again
        assert await work.communities.member(Person("letters", "village", "sam")) != first
        assert nobody is None


async def test_a_member_seen_by_several_at_once_is_one(database: Database) -> None:
    async def see() -> MemberId | None:
        async with database.unit_of_work() as work:
            member = await work.communities.member(ROBIN)
            await work.commit()
            return member

    assert len(set(await asyncio.gather(*(see() for _ in range(8))))) == 1


async def test_a_schedule_comes_back_as_it_was_kept(database: Database) -> None:
    changed = a_schedule(
        weekdays=frozenset({0, 6}),
        at=time(7, 45),
        zone="Asia/Kolkata",
        ends=date(2027, 1, 1),
        skip_dates=frozenset({date(2026, 12, 24), date(2026, 12, 25)}),
        targets=(Target(VILLAGE, SQUARE, "maya", "closed"),),
    )
    async with database.unit_of_work() as work:
        await work.schedules.save(changed)
        await work.commit()

    async with database.reading() as work:
        assert await work.schedules.get(changed.id) == changed
        assert list(await work.schedules.of_community(COMMUNITY.id)) == [changed]


async def test_advancing_leaves_the_targets_alone(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.schedules.advance([(ScheduleId("morning"), None)])
        await work.commit()

    async with database.reading() as work:
        kept = await work.schedules.get(ScheduleId("morning"))
        assert (kept.next_at, len(kept.targets)) == (None, 1)
        assert await work.schedules.next_at() is None


async def test_schedules_that_are_due_come_oldest_first_and_no_others(database: Database) -> None:
    times = {"late": NINE + HOUR, "early": NINE - HOUR, "never": None, "exact": NINE}
    async with database.unit_of_work() as work:
        await work.schedules.save(a_schedule(next_at=None, next_date=None))
        for name, at in times.items():
            await work.schedules.save(a_schedule(name, next_at=at))
        await work.commit()

    async with database.unit_of_work() as work:
        assert [one.id for one in await work.schedules.due(NINE, 10)] == ["early", "exact"]
        assert [one.id for one in await work.schedules.due(NINE, 1)] == ["early"]
        assert await work.schedules.next_at() == NINE - HOUR


async def test_a_local_date_has_one_occurrence(database: Database) -> None:
    async with database.unit_of_work() as work:
        nothing = await work.occurrences.add([])
        tomorrow = an_occurrence("tomorrow", local_date=TODAY + DAY, due_at=NINE + DAY)
        kept = await work.occurrences.add([an_occurrence("second"), tomorrow])
        await work.commit()

    async with database.reading() as work:
        assert not nothing
        assert set(kept) == {"tomorrow"}
        assert await work.occurrences.get(OccurrenceId("second")) is None
        assert await work.occurrences.on(ScheduleId("morning"), TODAY) == an_occurrence()
        latest = await work.occurrences.latest(ScheduleId("morning"), NINE + DAY)
        assert latest is not None
        assert latest.id == "tomorrow"
        assert await work.occurrences.latest(ScheduleId("morning"), NINE) == an_occurrence()
        assert await work.occurrences.latest(ScheduleId("none"), NINE) is None


async def test_of_many_who_add_one_date_one_succeeds(database: Database) -> None:
    async def add(number: int) -> int:
        async with database.unit_of_work() as work:
            added = await work.occurrences.add([an_occurrence(f"try-{number}", local_date=TODAY + DAY)])
            await work.commit()
            return len(added)

    assert sum(await asyncio.gather(*(add(number) for number in range(10)))) == 1


async def test_content_is_chosen_once_and_stays(database: Database) -> None:
    first = Content((PromptId("a"), PromptId("b")))
    async with database.unit_of_work() as work:
        kept = await work.occurrences.choose([an_occurrence(content=first)])
        again = await work.occurrences.choose([an_occurrence(content=Content((PromptId("c"),)))])
        await work.commit()

    assert kept == again == {"today": an_occurrence(content=first)}


async def test_the_latest_challenge_is_the_one_that_was_not_skipped(database: Database) -> None:
    weekly = ScheduleId("weekly")
    async with database.unit_of_work() as work:
        await work.schedules.save(a_schedule("weekly", ritual=Ritual.CHALLENGE))
        for number, skip in enumerate(["", "", "paused"]):
            week = an_occurrence(
                f"week-{number}",
                schedule=weekly,
                ritual=Ritual.CHALLENGE,
                local_date=TODAY + 7 * number * DAY,
                skip=skip,
                content=None if skip else Content(theme=ThemeId(f"theme-{number}")),
            )
            await work.occurrences.add([week])
        await work.commit()

    async with database.reading() as work:
        wanted = [(COMMUNITY.id, TODAY + days * DAY) for days in (-1, 0, 6, 7, 20)]
        found = await work.occurrences.challenges(wanted)
        assert [found[one].id if one in found else None for one in wanted] == [
            None, "week-0", "week-0", "week-1", "week-1"
        ]  # fmt: skip
        assert await work.occurrences.weeks_announced([COMMUNITY.id, CommunityId("none")]) == {COMMUNITY.id: 2}


async def test_an_occurrence_can_be_taken_up_after_all(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.occurrences.save(an_occurrence(skip="", due_at=NINE + HOUR))
        await work.commit()

    async with database.reading() as work:
        assert await work.occurrences.get(OccurrenceId("today")) == an_occurrence(due_at=NINE + HOUR)


async def test_uses_of_prompts_are_counted_with_their_last_date(database: Database) -> None:
    async with database.unit_of_work() as work:
        once = PromptUse(1, TODAY)
        await work.prompt_uses.record({COMMUNITY.id: {PromptId("a"): once, PromptId("b"): once}})
        await work.prompt_uses.record({COMMUNITY.id: {PromptId("a"): PromptUse(2, TODAY + DAY)}})
        await work.prompt_uses.record({COMMUNITY.id: {}})
        await work.commit()

    async with database.reading() as work:
        assert await work.prompt_uses.of([COMMUNITY.id, CommunityId("none")]) == {
            COMMUNITY.id: {"a": PromptUse(2, TODAY + DAY), "b": PromptUse(1, TODAY)},
            "none": {},
        }


async def test_a_delivery_comes_back_as_it_was_put(database: Database) -> None:
    delivery = a_delivery("one")
    async with database.unit_of_work() as work:
        await work.outbox.put([delivery])
        await work.outbox.put([replace(delivery, id=DeliveryId("two"))])
        await work.commit()

    async with database.reading() as work:
        assert await work.outbox.get(DeliveryId("one")) == delivery
        assert await work.outbox.get(DeliveryId("two")) is None
        assert list(await work.outbox.of_occurrence(OccurrenceId("today"))) == [delivery]
        assert await work.outbox.next_at() == {"letters": NINE}


async def test_a_planned_delivery_is_one_of_which_nothing_has_become(database: Database) -> None:
    planned = Planned(DeliveryId("one"), OccurrenceId("today"), VILLAGE, SQUARE, NINE, NINE + 3 * HOUR, NINE + MINUTE)
    async with database.unit_of_work() as work:
        await work.outbox.plan([planned])
        await work.outbox.plan([planned._replace(id=DeliveryId("two"))])
        await work.commit()

    async with database.reading() as work:
        assert list(await work.outbox.of_occurrence(OccurrenceId("today"))) == [Delivery(*planned)]


async def test_a_claim_takes_what_is_due_oldest_first(database: Database) -> None:
    due = [a_delivery(f"due-{n}", due_at=NINE + n * MINUTE, next_at=NINE + n * MINUTE) for n in (2, 0, 1)]
    later = a_delivery("later", next_at=NINE + HOUR)
    settled = a_delivery("settled", state=State.POSTED)
    async with database.unit_of_work() as work:
        await work.outbox.put([*due, later, settled])

        first = await work.outbox.claim("anna", "letters", NINE + 5 * MINUTE, LEASE, 2)
        rest = await work.outbox.claim("anna", "letters", NINE + 5 * MINUTE, LEASE, 10)

        assert [delivery.id for delivery in first] == ["due-0", "due-1"]
        assert [delivery.id for delivery in rest] == ["due-2"]
        assert all(delivery.next_at == NINE + 5 * MINUTE + LEASE for delivery in [*first, *rest])


async def test_claims_of_several_workers_hold_nothing_in_common(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery() for _ in range(60)])
        await work.commit()

    async def work_for(name: str) -> list[str]:
        mine: list[str] = []
        for _ in range(4):
            async with database.unit_of_work() as work:
                claimed = await work.outbox.claim(name, "letters", NINE, LEASE, 5)
                await work.commit()
            assert len(claimed) <= 5
            mine += [delivery.id for delivery in claimed]
        return mine

    claimed = [one for of_one in await asyncio.gather(*map(work_for, "abcd")) for one in of_one]

    assert len(claimed) == len(set(claimed))
    assert len(claimed) > 40


async def test_a_dead_worker_loses_its_lease(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery()])
        [old] = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)
        too_early = await work.outbox.claim("ben", "letters", NINE + LEASE - MINUTE, LEASE, 10)

        [new] = await work.outbox.claim("ben", "letters", NINE + LEASE, LEASE, 10)

        assert too_early == []
        assert not await work.outbox.settle([old.posted(MESSAGE, NINE)])
        assert await work.outbox.settle([new.posted(MESSAGE, NINE)])


async def test_a_lease_that_began_anew_holds(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery()])
        [claimed] = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)
        await work.outbox.settle([claimed.sending(NINE + LEASE - MINUTE, LEASE)])

        assert await work.outbox.claim("ben", "letters", NINE + LEASE, LEASE, 10) == []


@pytest.mark.parametrize("worker", ["anna", "a%_b", "a-machine-with-a-very-long-name." * 4])
async def test_a_worker_gives_back_what_it_did_not_begin(database: Database, worker: str) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery(), a_delivery()])
        begun, unbegun = await work.outbox.claim(worker, "letters", NINE, LEASE, 10)
        await work.outbox.settle([begun.sending(NINE, LEASE)])

        released = await work.outbox.release(worker, NINE)

        assert released == 1
        assert [delivery.id for delivery in await work.outbox.claim("ben", "letters", NINE, LEASE, 10)] == [unbegun.id]


async def test_a_released_delivery_can_be_claimed_at_its_time(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery()])
        [claimed] = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)
        await work.outbox.settle([claimed.sending(NINE, LEASE).later(NINE, MINUTE, doubt=True)])

        assert await work.outbox.claim("ben", "letters", NINE, LEASE, 10) == []
        [again] = await work.outbox.claim("ben", "letters", NINE + MINUTE, LEASE, 10)
        assert again.in_doubt


async def test_revoking_takes_a_delivery_from_whoever_holds_it(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery()])
        [claimed] = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)

        await work.outbox.revoke([claimed.skipped("space_left")])

        assert not await work.outbox.settle([claimed.sending(NINE, LEASE)])
        assert await work.outbox.next_at() == {}


async def test_a_reason_longer_than_its_column_is_cut(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery("one")])
        [claimed] = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)
        await work.outbox.settle([claimed.failed("x" * 500)])
        await work.schedules.save(a_schedule(targets=(Target(VILLAGE, SQUARE, "maya", "x" * 500),)))
        await work.commit()

    async with database.reading() as work:
        kept = await work.outbox.get(DeliveryId("one"))
        assert kept is not None
        assert kept.reason == "x" * 60


async def test_a_message_is_known_by_platform_channel_and_id(database: Database) -> None:
    posted = a_delivery("one", place=SQUARE, state=State.POSTED, message="42", posted_at=NINE)
    async with database.unit_of_work() as work:
        await work.outbox.put([posted])
        await work.commit()

    async with database.reading() as work:
        others = [
            MessageRef(SQUARE, "43"),
            MessageRef(SQUARE._replace(channel="garden"), "42"),
            MessageRef(SQUARE._replace(space="hamlet"), "42"),
            MessageRef(Place("other", "village", "square"), "42"),
        ]
        assert await work.outbox.copies({MESSAGE, *others}) == {MESSAGE: Copy(posted.id, posted.occurrence, VILLAGE)}
        assert await work.outbox.copies(set(others)) == {}


async def test_what_was_posted_lately_comes_newest_first(database: Database) -> None:
    cards = [a_delivery(f"day-{n}", state=State.POSTED, message=str(n), posted_at=NINE + n * DAY) for n in range(4)]
    async with database.unit_of_work() as work:
        await work.outbox.put([*cards, a_delivery("waiting")])
        await work.commit()

    async with database.reading() as work:
        found = await work.outbox.posted_since("letters", NINE + DAY)
        assert [delivery.id for delivery in found] == ["day-3", "day-2", "day-1"]
        assert await work.outbox.posted_since("other", NINE) == []


async def test_what_is_not_settled_in_a_space_is_found(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery(state.value, state=state) for state in State])
        await work.commit()

        found = {delivery.id for delivery in await work.outbox.unsettled(VILLAGE)}

        assert found == {"planned", "sending", "unsure"}
        assert await work.outbox.unsettled(SpaceId("hamlet")) == []


states = st.lists(
    st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from(["🌱", "❤"]), st.sampled_from(["copy", "button"])),
    min_size=1,
    max_size=10,
)


@given(events=states, data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_marks_in_any_order_end_in_the_domain_s_state(
    database: Database, events: list[tuple[int, bool, str, str]], data: st.DataObject
) -> None:
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        assert member is not None
        marks = [
            a_mark(member, minutes, present=present, emoji=emoji, via=via) for minutes, present, emoji, via in events
        ]
        for mark in data.draw(st.permutations([*marks, marks[0]])):
            await work.reactions.record([mark])

        assert {mark.place: mark for mark in await work.reactions.on_item("today")} == merge(marks)


async def test_marks_are_found_by_the_copy_they_were_made_on(database: Database) -> None:
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        assert member is not None
        copy = Copy(DeliveryId("copy"), OccurrenceId("today"), VILLAGE)
        here, there = a_mark(member), a_mark(member, via="other")
        await work.reactions.record([here, there])
        await work.reactions.record([])

        assert list(await work.reactions.via(copy)) == [here]
        assert len(await work.reactions.on_item("today")) == 2
        assert await work.reactions.on_item("tomorrow") == []


async def test_only_marks_taken_back_long_ago_are_forgotten(database: Database) -> None:
    async with database.unit_of_work() as work:
        member = await work.communities.member(ROBIN)
        assert member is not None
        kept: list[Mark] = [a_mark(member), a_mark(member, 60, present=False, via="new")]
        await work.reactions.record([*kept, a_mark(member, present=False, via="old")])

        forgotten = await work.reactions.forget_removed(NINE + HOUR)

        assert forgotten == 1
        assert sorted(mark.via for mark in await work.reactions.on_item("today")) == ["copy", "new"]


async def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 -- that is the point

    with pytest.raises(Exception, match="this one is naive"):
        async with database.unit_of_work() as work:
            await work.outbox.put([a_delivery(next_at=naive)])


async def test_an_instant_comes_back_in_utc_whatever_its_zone_was(database: Database) -> None:
    elsewhere = NINE.astimezone(timezone(timedelta(hours=5, minutes=30)))
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery("one", next_at=elsewhere, sent_at=elsewhere)])
        await work.commit()

    async with database.reading() as work:
        kept = await work.outbox.get(DeliveryId("one"))
        assert kept is not None
        assert kept.next_at == NINE
        assert kept.next_at.utcoffset() == timedelta(0)
        assert kept.sent_at == NINE


async def test_without_a_commit_nothing_remains(database: Database) -> None:
    async with database.unit_of_work() as work:
        await work.communities.save(replace(COMMUNITY, plan="other"))

    async with database.reading() as work:
        assert await work.communities.get(COMMUNITY.id) == COMMUNITY


async def test_after_an_error_nothing_remains(database: Database) -> None:
    with suppress(KindlingError):
        async with database.unit_of_work() as work:
            await work.communities.save(replace(COMMUNITY, plan="other"))
            raise KindlingError

    async with database.reading() as work:
        assert await work.communities.get(COMMUNITY.id) == COMMUNITY


async def test_a_cancelled_unit_of_work_leaves_nothing_and_blocks_nobody(database: Database) -> None:
    begun, never = asyncio.Event(), asyncio.Event()

    async def begin() -> None:
        async with database.unit_of_work() as work:
            await work.communities.save(replace(COMMUNITY, plan="other"))
            begun.set()
            await never.wait()

    task = asyncio.create_task(begin())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with database.unit_of_work() as work:
        assert await work.communities.get(COMMUNITY.id) == COMMUNITY
        await work.communities.save(replace(COMMUNITY, plan="third"))
        await work.commit()


async def test_concurrent_changes_of_one_schedule_all_count(database: Database) -> None:
    async def leave_out(number: int) -> None:
        async with database.unit_of_work() as work:
            [schedule] = await work.schedules.of_community(COMMUNITY.id)
            more = schedule.skip_dates | {TODAY + number * DAY}
            await work.schedules.save(replace(schedule, skip_dates=more))
            await work.commit()

    await asyncio.gather(*(leave_out(number) for number in range(40)))

    async with database.reading() as work:
        assert len((await work.schedules.get(ScheduleId("morning"))).skip_dates) == 40
