"""Whatever moderators do in whatever order, what the preview shows is what comes, and nothing else does."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.message import Card
from bot.domain.schedule import Ritual
from bot.services.reading import DAY_NAMES
from bot.storage.tables import occurrences
from tests.core.before import be_set_up
from tests.core.test_previewing import days, form_of, look_at
from tests.core.test_schedules import add, change, form_behind, opened, shown
from tests.core.village import HOUR, a_village, command, labels, press, rows
from tests.house import House, moderator

MAYA = moderator()
SECOND = timedelta(seconds=1)
"""Of several cards that are due at one instant, the others follow in the pace of sending, in any order."""
TIMES = ("07:30", "09:00", "12:00", "18:45", "21:30")
KINDS = ["swap", "hold", "move", "back", "time", "days", "quiet", "rest", "skip", "pause", "resume", "undo", "setup"]
ACTS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 6), st.sampled_from(TIMES), st.sampled_from([0, 1, 7, 26, 49])),
    min_size=2,
    max_size=8,
)


@settings(max_examples=4, deadline=None)
@given(ACTS)
@example([("swap", 2, "09:00", 0), ("time", 0, "12:00", 0), ("undo", 0, "09:00", 49), ("quiet", 0, "09:00", 49)])
@example([("hold", 0, "09:00", 1), ("pause", 3, "09:00", 1), ("undo", 0, "09:00", 0), ("resume", 0, "09:00", 49)])
@example([("move", 1, "21:30", 0), ("quiet", 0, "09:00", 0), ("undo", 0, "09:00", 0), ("days", 1, "09:00", 49)])
@example([("time", 0, "09:00", 0), ("swap", 1, "09:00", 49)])
@example([("hold", 4, "09:00", 49), ("undo", 0, "09:00", 0)])
def test_what_the_preview_shows_comes_once_and_never_in_quiet_hours(acts: list[tuple[str, int, str, int]]) -> None:
    async def run() -> None:
        with TemporaryDirectory() as folder:
            async with a_village(Path(folder)) as house:
                await be_set_up(house, weekly="off")
                await add(house)
                await live(house, acts)

    asyncio.run(run())


async def live(house: House, acts: list[tuple[str, int, str, int]]) -> None:
    last: Card | None = None
    for act, number, at, hours in acts:
        last = await carry_out(house, act, number, at, last) or last
        await house.until(house.clock.at + SECOND)  # what is brought back, and was due since, comes at once
        posted, until = len(house.letters.letters), house.clock.at + hours * HOUR
        announced = [(label, text) for label, text in await foreseen(house) if instant(label) <= until]
        await house.until(until + SECOND)
        came = [(local(letter.at), letter.card.plain()) for letter in house.letters.letters[posted:]]
        assert [when for when, _ in came] == [when for when, _ in announced]
        assert all(any(at == when and text in card for at, card in came) for when, text in announced)
        await no_card_in_quiet_hours(house, posted)
    decided = [(row["schedule_id"], row["local_date"]) for row in await rows(house, occurrences)]
    assert len(decided) == len(set(decided))


async def no_card_in_quiet_hours(house: House, since: int) -> None:
    async with house.database.reading() as work:
        space = await work.communities.space_of("letters", "village")
        assert space is not None
        quiet = (await work.communities.get(space.community)).quiet
    assert not quiet or not any((letter.at + HOUR).time() in quiet for letter in house.letters.letters[since:])


async def foreseen(house: House) -> list[tuple[str, str]]:
    """When cards come in the next days and what they ask, as the preview shows them."""
    shown_ = [line.split(": ", 1) for line in days(await command(house, "kindling preview"))]
    named = f"{Ritual.EVENING.words}: "  # the preview says which card it is, and the card has that for its heading
    return [(label, text.removeprefix(named)) for label, text in shown_ if not text.startswith("no ")]


def local(at: datetime) -> str:
    """As the preview writes it, in Berlin's winter."""
    return f"{at + HOUR:%a} {(at + HOUR).day} {at + HOUR:%b %H:%M}"


def instant(label: str) -> datetime:
    return datetime.strptime(f"2026 {label} +0100", "%Y %a %d %b %H:%M %z")


async def carry_out(house: House, act: str, number: int, at: str, last: Card | None) -> Card | None:
    """One act, where it can be done; the card that answers it."""
    tomorrow = (house.clock.at + HOUR + timedelta(days=1)).date()  # in Berlin
    match act:
        case "swap" | "hold" | "move" | "back":
            return await with_a_card(house, act, number, at)
        case "time":
            done = await change(house, await form_behind(house, await shown(house), "Change"), at=at)
        case "days":
            names = ("every day", "mon-fri", "tue, thu", "sat", "mon", "wed-sun", "every day")
            done = await change(house, await form_behind(house, await shown(house), "Change"), days=names[number])
        case "quiet":
            done = await change(house, await opened(house, "community"), quiet="20:30-08:00" if number % 2 else "off")
        case "rest":
            done = await change(house, await opened(house, "community"), rest=DAY_NAMES[number])
        case "skip":
            return await command(house, "kindling skip", when=f"{tomorrow + timedelta(days=number % 3)}")
        case "pause":
            return await command(house, "kindling pause", until=f"{tomorrow + timedelta(days=number)}")
        case "resume":
            return await command(house, "kindling pause", until="off")
        case "setup":
            wishes = {"channel": "square", "zone": "Europe/Berlin", "morning": at}
            done = await house.kindling.command(MAYA, "kindling setup", wishes)
        case _:
            return await press(house, last, "Undo") if last is not None and "Undo" in labels(last) else None
    return done.content if isinstance(done.content, Card) else None


async def with_a_card(house: House, act: str, number: int, at: str) -> Card | None:
    coming = days(await command(house, "kindling preview"))
    if not coming:
        return None
    card = await look_at(house, number % len(coming))
    label = {"swap": "Another text", "hold": "Skip it", "move": "Move it", "back": "Let it come after all"}[act]
    if label not in labels(card):
        return None
    if act != "move":
        return await press(house, card, label)
    form = await form_of(house, card, label)
    done = await house.kindling.submit(MAYA, form.name, form.subject, {"at": at})
    return done.content if isinstance(done.content, Card) else None
