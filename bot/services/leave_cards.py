"""How leaving looks: what is asked twice, what is stopped, and what is told at the end. Pure."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.ids import SpaceId
from bot.domain.leaving import Holdings, Leaving, Stage
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Reply, Style, Text
from bot.services.cards import note

EXPORT = Choice("Export first", Action("export"), emoji="📦")
OTHERS = (
    "What was shared with the linked place is taken away there, and from tomorrow it has its own days, times and rules "
    "again."
)
ELSEWHERE = (
    "Kindling's cards with ideas stay where they were posted, until somebody deletes them: they hold nobody's words. "
    "Backups, and files that somebody exported, are with whoever has them."
)


def question(space: SpaceId, holdings: Holdings, *, linked: bool) -> Card:
    """What would be erased; asked first."""
    items = [
        Item(
            f"{_counted(holdings.acts, 'kindness', 'kindnesses')} on the wall, and whatever people keep for themselves",
            label="Acts",
        ),
        Item(f"{_counted(holdings.copies, 'message', 'messages')} of the wall here, taken away", label="Copies"),
        Item(
            f"what is known of {_counted(holdings.cards, 'card', 'cards')}, with all that was felt about them",
            label="Cards",
        ),
        Item("every schedule, rule and decision of this place", label="Settings"),
        Item("everybody's, with what they agreed to and what they linked", label="Ids of people"),
    ]
    items += [Item(OTHERS, label="The linked place")] if linked else []
    body = (Text("This is what would be erased for good, in this place and for everybody in it:"), Items(tuple(items)))
    choices = (EXPORT, Choice("Go on", Action("leave?", space)))
    footnote = f"Nothing has happened yet; you are asked once more. {ELSEWHERE}"
    return Card("Take Kindling out of here?", body, choices, footnote=footnote, emoji="🍂")


def last_question(space: SpaceId, now: datetime) -> Card:
    """Asked second, and good for ten minutes."""
    body = (
        Text(
            "Nothing of it can be brought back: not by a moderator, and not by whoever looks after Kindling.",
            strong=True,
        ),
        Text("Cards stop at once. For one minute after that you can still stay."),
    )
    choices = (
        Choice("Erase everything", Action("leave!", space, str(int(now.timestamp()))), Style.DANGER),
        EXPORT,
        Choice("Stay", Action("stay", space)),
    )
    return Card(
        "Erase everything of this place?", body, choices, footnote="This question is good for ten minutes.", emoji="🍂"
    )


def grown_old(space: SpaceId) -> Card:
    """The last question was answered too late."""
    choices = (Choice("Ask me again", Action("leave?", space)),)
    return note(
        "That question has grown old", "It was good for ten minutes. Nothing was changed.", choices=choices, emoji="🍂"
    )


def under_way(leaving: Leaving) -> Card:
    """Everything has stopped, and is about to be erased."""
    lines = (
        "No card comes here any more. In a minute I begin to take the wall's messages away; then the rest is erased.",
        "You get a message when that is done.",
    )
    choices = (
        (Choice("Stay after all", Action("stay", leaving.space), Style.PRIMARY),)
        if leaving.stage is Stage.WAITING
        else ()
    )
    return note("Kindling is leaving", *lines, choices=choices, emoji="🍂")


def stayed() -> Reply:
    """Everything is as it was."""
    line = "Everything is as it was: nothing was erased, and cards come at their times again."
    return Reply(note("Kindling stays", line, emoji="🌱"), replace=True)


def nothing_changed() -> Reply:
    """They stay, and nothing had been stopped."""
    return Reply(note("Kindling stays", "Nothing was changed.", emoji="🌱"), replace=True)


def too_late() -> Reply:
    """It cannot be taken back any more."""
    line = "What was here is being erased, or is already. Kindling can begin anew here at any time: /kindling setup."
    return Reply(note("It has begun", line, emoji="🍂"), replace=True)


def farewell(left: Mapping[str, int], way_out: str) -> Card:
    """Told to whoever asked, at the end; `left` is how many messages could not be removed, by channel."""
    body: list[Part] = [Text("Everything that was kept of that place is erased.")]
    if left:
        items = tuple(
            Item(f"{_counted(count, 'message', 'messages')} of the wall", channel=channel)
            for channel, count in sorted(left.items())
        )
        body += [Items(items, title="These I could not take away, so somebody may want to delete them by hand:")]
    body += [
        Text(f"I cannot take myself out, so that is left to you. {way_out}"),
        Text("As long as I am there, the place's id is kept again as soon as somebody uses me; all begins anew then."),
    ]
    return Card("Goodbye, and thank you", tuple(body), emoji="🍂")


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
