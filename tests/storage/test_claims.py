"""Claims among a hundred thousand deliveries, on both databases."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from bot.storage.database import Database
from tests.storage.values import HOUR, LEASE, NINE, a_delivery, a_village

WAITING = 100_000
UNDER_LEASE = 20_000
COLUMNS = (
    "id, occurrence_id, space_id, platform, space_key, channel, due_at, deadline, next_at, state, reason, attempts, "
    "claim, message"
)
NUMBERS = {
    "sqlite": "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s)",
    "postgresql": "(SELECT generate_series(1, {count}) AS n)",
}


async def fill(database: Database) -> None:
    """All due at one instant, as a morning is, some of them under lease, and as many of another platform."""
    await a_village(database)
    kind = database.engine.dialect.name
    async with database.unit_of_work() as work:
        model, held = a_delivery("model"), a_delivery("held", next_at=NINE + LEASE)
        await work.outbox.put([model, held])
        await work.commit()
    copied = (
        COLUMNS.replace("id, occ", "{id}, occ", 1).replace("platform", "{platform}").replace("channel", "{channel}")
    )
    async with database.engine.begin() as connection:
        for prefix, count, like, platform in (
            ("w", WAITING, "model", "letters"),
            ("l", UNDER_LEASE, "held", "letters"),
            ("o", WAITING, "model", "others"),
        ):
            values = copied.format(id=f"'{prefix}' || n", platform=f"'{platform}'", channel=f"'{prefix}' || n")
            numbers = NUMBERS[kind].format(count=count)
            copies = f"SELECT {values} FROM deliveries, {numbers} AS s WHERE id = '{like}'"  # noqa: S608 -- our own words
            await connection.execute(text(f"INSERT INTO deliveries ({COLUMNS}) {copies}"))
        await connection.execute(text("ANALYZE"))


async def explained(database: Database) -> tuple[list[str], list[int]]:
    """How a claim of ten and a look at what waits find their rows: the steps, and (PostgreSQL) the rows of each."""
    said: list[tuple[str, Any]] = []

    def listen(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        said.append((statement, parameters))

    async with database.unit_of_work() as work:
        event.listen(database.engine.sync_engine, "before_cursor_execute", listen)
        await work.outbox.next_at()
        claimed = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)
        event.remove(database.engine.sync_engine, "before_cursor_execute", listen)
    assert len(claimed) == 10
    steps, rows = list[str](), list[int]()
    async with database.unit_of_work() as work:
        connection = work._connection  # type: ignore[attr-defined]
        for statement, parameters in said:
            if database.engine.dialect.name == "sqlite":
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps += [row[3] for row in plan]
            else:
                plan = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
                told = plan.scalar_one()
                for node in nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]):
                    steps.append(f"{node['Node Type']} {node.get('Index Name', node.get('Relation Name', ''))}")
                    rows.append(node["Actual Rows"])
    return steps, rows


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


async def test_a_claim_reads_no_more_than_it_takes(database: Database) -> None:
    await fill(database)

    steps, rows = await explained(database)

    assert any("ix_deliveries_waiting" in step for step in steps)
    assert [step for step in steps if "TEMP B-TREE" in step or step.startswith(("SCAN deliveries", "Seq Scan"))] == []
    assert max(rows, default=0) <= 10


async def test_a_claim_takes_no_more_than_its_limit_however_it_is_carried_out(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery(f"d{n}") for n in range(50)])
        await work.commit()
    async with database.unit_of_work() as work:
        if database.engine.dialect.name == "postgresql":  # only loops within loops are left to its planner
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
                await work._connection.execute(text(f"SET LOCAL enable_{way} = off"))

        claimed = await work.outbox.claim("anna", "letters", NINE, LEASE, 10)

    assert len(claimed) == 10


async def test_what_waits_longest_is_claimed_first_whatever_is_under_lease_or_put_off(database: Database) -> None:
    await a_village(database)
    second = timedelta(seconds=1)
    async with database.unit_of_work() as work:
        stamped = [a_delivery(f"d{n}", next_at=NINE + n * second) for n in range(6)]
        await work.outbox.put([*stamped, a_delivery("put off", next_at=NINE + HOUR, due_at=NINE - HOUR)])
        leased = await work.outbox.claim("anna", "letters", NINE, LEASE, 1)

        claimed = await work.outbox.claim("ben", "letters", NINE + 3 * second, LEASE, 10)

    assert [delivery.id for delivery in leased] == ["d0"]
    assert sorted(delivery.id for delivery in claimed) == ["d1", "d2", "d3"]


async def test_each_platform_says_when_its_next_delivery_can_be_claimed(database: Database) -> None:
    await a_village(database)
    elsewhere = a_delivery("e").place.__class__("others", "village", "square")
    async with database.unit_of_work() as work:
        await work.outbox.put([a_delivery("a", next_at=NINE + HOUR), a_delivery("b", next_at=NINE)])
        await work.outbox.put([a_delivery("c", place=elsewhere, next_at=NINE + LEASE)])

        assert await work.outbox.next_at() == {"letters": NINE, "others": NINE + LEASE}
        assert len(await work.outbox.claim("anna", "others", NINE + LEASE, LEASE, 10)) == 1
        assert (await work.outbox.next_at())["letters"] == NINE


async def test_what_waits_for_a_place_is_found(database: Database) -> None:
    await a_village(database)
    here, there = a_delivery("here"), a_delivery("there")
    async with database.unit_of_work() as work:
        await work.outbox.put([here, there])

        assert list(await work.outbox.waiting_at(here.place)) == [here]
        await work.outbox.revoke([here.failed("closed")])
        assert list(await work.outbox.waiting_at(here.place)) == []
