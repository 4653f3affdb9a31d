"""No query that grows with the data reads a whole table."""

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.delivery import Content
from bot.domain.ids import CommunityId, DeliveryId, OccurrenceId, PromptId, ScheduleId, SpaceId
from bot.domain.places import MessageRef
from bot.domain.reactions import Cleared, Copy, Reacted
from bot.ports import UnitOfWork
from bot.storage.database import Database
from tests.storage.hearing import heard
from tests.storage.values import (
    COMMUNITY,
    LEASE,
    NINE,
    ROBIN,
    SQUARE,
    TODAY,
    VILLAGE,
    a_delivery,
    a_village,
    an_occurrence,
)

A_COPY = Copy(DeliveryId("copy"), OccurrenceId("today"), VILLAGE)
CLEARED = Cleared(MessageRef(SQUARE, "42"), None, NINE)


def tap(user: str) -> Reacted:
    return Reacted(MessageRef(SQUARE, "42"), user, "🌱", present=True, at=NINE)


QUERIES: dict[str, tuple[Callable[[UnitOfWork], Awaitable[object]], str]] = {
    "schedules that are due": (lambda work: work.schedules.due(NINE, 100), "ix_schedules_next_at"),
    "the next schedule": (lambda work: work.schedules.next_at(), "ix_schedules_next_at"),
    "a community's schedules": (
        lambda work: work.schedules.of_community(CommunityId("community")),
        "ix_schedules_community_id",
    ),
    "a claim": (lambda work: work.outbox.claim("anna", "letters", NINE, LEASE, 10), "ix_deliveries_waiting"),
    "what waits": (lambda work: work.outbox.next_at(), "ix_deliveries_waiting"),
    "what waits for a place": (lambda work: work.outbox.waiting_at(SQUARE), "ix_deliveries_space"),
    "a delivery": (lambda work: work.outbox.get(DeliveryId("d")), "sqlite_autoindex_deliveries_1"),
    "an occurrence's deliveries": (
        lambda work: work.outbox.of_occurrence(OccurrenceId("today")),
        "sqlite_autoindex_deliveries_2",
    ),
    "messages": (
        lambda work: work.outbox.copies([MessageRef(SQUARE, "42"), MessageRef(SQUARE, "43")]),
        "ix_deliveries_message",
    ),
    "what was posted": (lambda work: work.outbox.posted_since("letters", NINE), "ix_deliveries_posted"),
    "what is not settled": (lambda work: work.outbox.unsettled(VILLAGE), "ix_deliveries_space"),
    "what is unsure at a place": (lambda work: work.outbox.unsure_at([SQUARE]), "ix_deliveries_space"),
    "a copy's marks": (lambda work: work.reactions.via("copy"), "ix_reactions_via"),
    "an item's marks": (lambda work: work.reactions.on_item("today"), "sqlite_autoindex_reactions_1"),
    "marks taken back": (lambda work: work.reactions.forget_removed(NINE), "ix_reactions_removed"),
    "an occurrence": (lambda work: work.occurrences.get(OccurrenceId("today")), "sqlite_autoindex_occurrences_1"),
    "a date's occurrence": (
        lambda work: work.occurrences.on(ScheduleId("morning"), TODAY),
        "sqlite_autoindex_occurrences_2",
    ),
    "the latest occurrence": (
        lambda work: work.occurrences.latest(ScheduleId("morning")),
        "sqlite_autoindex_occurrences_2",
    ),
    "the weeks' themes": (
        lambda work: work.occurrences.challenges([(COMMUNITY.id, TODAY)]),
        "ix_occurrences_challenges",
    ),
    "the weeks so far": (lambda work: work.occurrences.weeks_announced([COMMUNITY.id]), "ix_occurrences_challenges"),
    "prompts used": (lambda work: work.prompt_uses.of([COMMUNITY.id]), "sqlite_autoindex_prompt_uses_1"),
    "some occurrences": (
        lambda work: work.occurrences.those([OccurrenceId("today")]),
        "sqlite_autoindex_occurrences_1",
    ),
    "some communities": (lambda work: work.communities.those([COMMUNITY.id]), "sqlite_autoindex_communities_1"),
    "what is chosen": (
        lambda work: work.occurrences.choose([an_occurrence(content=Content((PromptId("a"),)))]),
        "sqlite_autoindex_occurrences_1",
    ),
    "what is settled": (lambda work: work.outbox.settle([a_delivery()]), "sqlite_autoindex_deliveries_1"),
    "a space": (lambda work: work.communities.space_of("letters", "village"), "sqlite_autoindex_spaces_2"),
    "a community's spaces": (lambda work: work.communities.spaces(COMMUNITY.id), "ix_spaces_community_id"),
    "a space by its id": (lambda work: work.communities.space(SpaceId("village")), "sqlite_autoindex_spaces_1"),
    "a member": (lambda work: work.communities.member(ROBIN), "sqlite_autoindex_members_2"),
    "reactions taken in": (
        lambda work: work.reactions.take_in([(A_COPY, tap("robin")), (A_COPY, tap("sam"))]),
        "sqlite_autoindex_members_2",
    ),
    "reactions cleared": (lambda work: work.reactions.clear([(A_COPY, CLEARED)]), "ix_reactions_via"),
}


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_that_grows_with_the_data_uses_an_index(database: Database, name: str) -> None:
    query, index = QUERIES[name]

    await a_village(database)
    async with database.unit_of_work() as work:
        with heard(database) as said:
            await query(work)
        plans = [
            row[3]
            for statement, parameters in said
            for row in await work._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
        ]

    assert any(index in step for step in plans), plans
    whole = [step for step in plans if step.startswith("SCAN") and "USING" not in step and "LIST SUBQUERY" not in step]
    assert [
        step for step in whole if any(table in step for table in ("deliveries", "reactions", "occurrences", "members"))
    ] == []
