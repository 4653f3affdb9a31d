import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.web.adapter import WebAdapter
from bot.domain.message import Card
from bot.domain.places import Person, Place
from tests.adapters.web.conftest import KINDNESS
from tests.adapters.web.hearth import MORNING, Hearth
from tests.adapters.web.visitor import Visitor

Visit = Callable[[str], Awaitable[Visitor]]


async def the_next(visitor: Visitor, name: str, since: int = 0, **headers: str) -> tuple[dict[str, object], str]:
    async with asyncio.timeout(5):
        events = visitor.events(since, **headers)
        async for event, data, number in events:
            if event == name:
                await events.aclose()
                return data, number
    raise AssertionError(f"the stream ended without {name}")


async def test_a_card_arrives_on_open_pages(playground: WebAdapter, visit: Visit) -> None:
    robin = await visit("robin")
    events = robin.events(since=1)
    async with asyncio.timeout(5):
        assert (await anext(events))[0] == "clock"

        await playground.send(KINDNESS, MORNING, "k")

        name, data, _ = await anext(events)
    assert name == "changes"
    [piece] = data["messages"]
    assert piece["words"] == MORNING.heading
    assert "I’ll try one" in piece["html"]
    await events.aclose()


async def test_after_a_gap_the_stream_goes_on_from_the_last_event(playground: WebAdapter, visit: Visit) -> None:
    robin = await visit("robin")
    ref = await playground.send(KINDNESS, Card("Seen before the gap"), "1")
    _, number = await the_next(robin, "changes")
    await playground.delete(ref)
    await playground.send(KINDNESS, Card("Came in the gap"), "2")

    data, _ = await the_next(robin, "changes", **{"Last-Event-ID": number})

    gone, fresh = data["messages"]
    assert gone["id"] == f"message-{ref.message}"
    assert "html" not in gone
    assert fresh["words"] == "Came in the gap"


async def test_a_page_of_another_life_is_asked_to_load_again(visit: Visit) -> None:
    robin = await visit("robin")

    data, _ = await the_next(robin, "reload", **{"Last-Event-ID": "999999"})

    assert data == {}


async def test_nobody_elses_panel_is_ever_in_the_stream(playground: WebAdapter, visit: Visit) -> None:
    await playground.tell(Person("web", "playground", "sam"), Card("For Sam alone"))
    await playground.tell(Person("web", "playground", "robin"), Card("For Robin alone"))
    robin = await visit("robin")

    data, _ = await the_next(robin, "changes")

    assert [entry["words"] for entry in data["entries"]] == ["For Robin alone"]
    assert "Sam alone" not in str(data)


async def test_other_channels_are_only_named(playground: WebAdapter, visit: Visit) -> None:
    await playground.send(Place("web", "playground", "c-general"), Card("Over there"), "k")

    data, _ = await the_next(await visit("robin"), "changes")

    assert data["elsewhere"] == ["general"]
    assert "Over there" not in str(data)


async def test_the_clock_tells_that_it_is_moving(playground: WebAdapter, visit: Visit, hearth: Hearth) -> None:
    assert hearth.travel is not None
    robin = await visit("robin")
    events = robin.events(since=99)
    robin_moves = robin.send("/travel", {"step": "hour"}, {"Origin": robin.origin, "Accept": "application/json"})
    events = robin.events(since=1)
    async with asyncio.timeout(5):
        await anext(events)
        await robin_moves
        _, moving, _ = await anext(events)
        hearth.travel.go.set()
        _, moved, _ = await anext(events)

    assert moving["moving"] == "Moving an hour on …"
    assert (moved["now"], moved["moving"], moved["said"]) == ("Tue 24 Nov · 10:00", "", "One hour later.")
    await events.aclose()


async def test_closing_the_playground_ends_open_streams_at_once(playground: WebAdapter, visit: Visit) -> None:
    robin = await visit("robin")
    events = robin.events(since=1)
    async with asyncio.timeout(5):
        await anext(events)

        await playground.close()

        assert [event async for event in events] == []


async def test_what_somebody_pressed_is_carried_out_although_they_leave(
    playground: WebAdapter, visit: Visit, hearth: Hearth
) -> None:
    begun, go = asyncio.Event(), asyncio.Event()
    press = hearth.press

    async def slowly(*asked: Any, **more: Any) -> Any:
        begun.set()
        await go.wait()
        return await press(*asked, **more)

    hearth.press = slowly  # type: ignore[method-assign] -- it is Kindling that takes its time
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin, sam = await visit("robin"), await visit("sam")

    pressing = asyncio.create_task(robin.send("/press", {"message": ref.message, "action": "k:rest:o1"}))
    await begun.wait()
    pressing.cancel()
    for _ in range(3):  # by then the server knows that the other one has left
        await sam.look()
    go.set()

    async with asyncio.timeout(5):
        while "Nobody checks." not in await robin.look():
            await playground._bell.ticket.wait()


async def test_a_stream_ends_when_its_page_is_left(playground: WebAdapter, visit: Visit) -> None:
    robin = await visit("robin")
    events = robin.events(since=1)
    async with asyncio.timeout(5):
        await anext(events)
    streams = [task for task in asyncio.all_tasks() if "RequestHandler.start" in repr(task)]

    await events.aclose()
    await robin.session.close()
    await playground.send(KINDNESS, MORNING, "k")

    async with asyncio.timeout(5):
        await asyncio.gather(*streams, return_exceptions=True)
