"""From a card of the core to what Discord and Slack are sent.

    python -m benchmarks.cards

Morning cards of the built-in packs, each with contents of its own, are rendered for both platforms by the thousand,
while the memory is watched. Beside them, in the same run, stands what a user would build the same message with: a
discord.py `LayoutView` and its `to_components`, and slack_sdk's blocks and their `to_dict`.
"""

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import discord
from slack_sdk.models import blocks as slack

from adapters.discord import render as to_discord
from adapters.slack import render as to_slack
from benchmarks.report import Goal, Section, Table, arguments, growth, tell
from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence
from bot.domain.ids import CommunityId, OccurrenceId, PromptId, ScheduleId, new_id
from bot.domain.message import Card, Items, Text
from bot.domain.packs import PromptUse
from bot.domain.schedule import Ritual
from bot.runtime.library import built_in, load
from bot.services.cards import write_out
from bot.services.content import Contents

SIZES = (100, 1_000, 10_000)
QUICK_SIZES = (100, 300, 1_000)
RUNS, QUICK_RUNS = 7, 2
CARDS = 500
"""So many different ones; a size beyond them goes through them again."""
START = date(2027, 1, 1)
NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
LIMIT = 1e-3
KEPT_LIMIT = 64


def cards() -> list[Card]:
    """Morning cards of consecutive days, with a delivery's id in their buttons."""
    library = load([built_in()])
    contents = Contents(library)
    community = Community(CommunityId("c"), "seed", Tone.COMMUNITY, NOON)
    uses: dict[PromptId, PromptUse] = {}
    made: list[Card] = []
    for number in range(CARDS):
        day = START + timedelta(days=number)
        times: Mapping[PromptId, int] = contents.next_morning(community, uses, None, day.toordinal())
        uses |= {prompt: PromptUse(count, day) for prompt, count in times.items()}
        occurrence = Occurrence(
            OccurrenceId(str(number)), ScheduleId("s"), community.id, Ritual.MORNING, day, NOON,
            content=Content(tuple(times)),
        )  # fmt: skip
        made.append(write_out(occurrence, library, None).about(new_id()))
    return made


def by_layout_view(card: Card) -> object:
    """The same message with discord.py's own parts."""
    view = discord.ui.LayoutView(timeout=None)
    view.add_item(discord.ui.TextDisplay(f"## {card.emoji} {card.heading}"))
    for text in _texts(card):
        view.add_item(discord.ui.TextDisplay(discord.utils.escape_markdown(text)))
    row: discord.ui.ActionRow[discord.ui.LayoutView] = discord.ui.ActionRow()
    for choice in card.choices:
        row.add_item(discord.ui.Button(label=choice.label, custom_id=choice.action.encode(), emoji=choice.emoji))
    view.add_item(row)
    return view.to_components()


def by_blocks(card: Card) -> object:
    """The same message with slack_sdk's own parts."""
    parts: list[slack.Block] = [slack.HeaderBlock(text=f"{card.emoji} {card.heading}")]
    parts += [slack.SectionBlock(text=slack.MarkdownTextObject(text=text)) for text in _texts(card)]
    buttons = [
        slack.ButtonElement(text=f"{choice.emoji} {choice.label}", action_id=choice.action.encode(), value=choice.label)
        for choice in card.choices
    ]
    parts.append(slack.ActionsBlock(elements=buttons))
    return [part.to_dict() for part in parts]


def _texts(card: Card) -> list[str]:
    said: list[str] = []
    for part in card.body:
        if isinstance(part, Text):
            said.append(part.text)
        elif isinstance(part, Items):
            said.append("\n".join([part.title, *(f"**{item.label}** {item.text}" for item in part.items)]))
    return [*said, card.footnote] if card.footnote else said


RENDERERS: dict[str, Callable[[Card], object]] = {
    "Kindling, for Discord": lambda card: to_discord.message(card, key="0123456789abcdef0123456789abcdef"),
    "discord.py's LayoutView": by_layout_view,
    "Kindling, for Slack": lambda card: to_slack.message(card, "0123456789abcdef0123456789abcdef"),
    "slack_sdk's blocks": by_blocks,
}


def seconds_each(render: Callable[[Card], object], known: Sequence[Card], number: int) -> float:
    """How much of the processor one card of so many takes; nothing here waits for anything."""
    began = time.process_time()
    for index in range(number):
        render(known[index % len(known)])
    return (time.process_time() - began) / number


def kept_kibibytes(render: Callable[[Card], object], known: Sequence[Card], number: int) -> float:
    """How much more memory is held after so many cards than after the first ones."""
    seconds_each(render, known, len(known))
    tracemalloc.start()
    seconds_each(render, known, len(known))
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    seconds_each(render, known, number)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 1024


async def section(runs: int, sizes: Sequence[int]) -> Section:
    """All four, in turn, at every size. A LayoutView wants a running loop."""
    known = cards()
    taken: dict[tuple[str, int], list[float]] = {(name, size): [] for name in RENDERERS for size in sizes}
    for _ in range(runs):
        for (name, size), times in taken.items():
            times.append(seconds_each(RENDERERS[name], known, size))
    typical = {which: statistics.median(times) for which, times in taken.items()}
    kept = {name: kept_kibibytes(render, known, sizes[-1]) for name, render in RENDERERS.items()}
    rows = [
        (
            name,
            *(typical[name, size] * 1e6 for size in sizes),
            growth(sizes, [typical[name, size] * size for size in sizes]),
            kept[name],
        )
        for name in RENDERERS
    ]
    ours = {name: typical[name, sizes[-1]] for name in RENDERERS if name.startswith("Kindling")}
    ratios = [
        (name, typical[theirs, sizes[-1]] / ours[name])
        for name, theirs in zip(ours, (name for name in RENDERERS if name not in ours), strict=True)
    ]
    goals = [
        *(Goal(name, "under 1 ms", f"{each * 1e6:.0f} µs", each < LIMIT) for name, each in ours.items()),
        *(
            Goal(f"{name}: memory after {sizes[-1]:,} cards", "no more than before", f"{kept[name]:+.1f} KiB", met)
            for name in ours
            if (met := kept[name] < KEPT_LIMIT) is not None
        ),
    ]
    header = ("", *(f"µs each of {size:,}" for size in sizes), "growth exponent", f"KiB kept after {sizes[-1]:,}")
    return Section(
        "Cards",
        f"{CARDS} different morning cards of the built-in packs, rendered again and again; medians of {runs} "
        "runs in turn, in time of the processor.",
        [
            Table("From a card to a platform's message:", header, rows),
            Table("Times as long with the library's own parts:", ("", "ratio"), ratios),
        ],
        goals,
        [f"Less than {KEPT_LIMIT} KiB count as nothing: Python keeps some objects for later use."],
    )


def main() -> None:
    """Measure and tell."""
    chosen = arguments(__doc__)
    runs, sizes = (QUICK_RUNS, QUICK_SIZES) if chosen.quick else (RUNS, SIZES)
    tell(asyncio.run(section(runs, sizes)), chosen.json)


if __name__ == "__main__":
    main()
