"""How the recap of a week reads: in words and as a garden, without a name and without a number. Pure."""

from collections.abc import Collection, Sequence
from hashlib import blake2b

from bot.domain.garden import Seed, listed, picture, words
from bot.domain.ids import ActId, MemberId, OccurrenceId
from bot.domain.message import Action, Card, Choice, Part, Picture, Quote, Text
from bot.domain.packs import Circle
from bot.domain.wall import Act, Telling
from bot.services.wall_cards import SHARE

HEADING = "This week in kindness"
QUOTES = 3
QUOTE_LIMIT = 160
READ = Choice("Read the wall", Action("read"), emoji="📖")

_WENT_TO = {
    Circle.SELF: "to oneself",
    Circle.CLOSE: "to close ones",
    Circle.COLLEAGUES: "to colleagues and acquaintances",
    Circle.STRANGERS: "to strangers and the community",
}
_TOLD_BY = {
    Telling.DID: "by whoever gave it",
    Telling.RECEIVED: "by whoever received it",
    Telling.NOTICED: "by whoever noticed it",
}


def choose_quotes(acts: Collection[Act], occurrence: OccurrenceId) -> tuple[ActId, ...]:
    """Whose words are repeated: what was read least comes first, and nobody comes twice while others have not.

    Lots decide between equals, and fall alike each time for the same occurrence.
    """

    def lot(act: Act) -> tuple[int, bytes]:
        return act.seen, blake2b(f"{occurrence}\n{act.id}".encode(), digest_size=16).digest()

    first: list[ActId] = []
    further: list[ActId] = []
    heard: set[MemberId] = set()
    for act in sorted(acts, key=lot):
        (further if act.author in heard else first).append(act.id)
        heard.add(act.author)
    return (*first, *further)[:QUOTES]


def recap_card(acts: Sequence[Act], quoted: Collection[ActId]) -> Card:
    """The recap of these acts, all of which are on the wall where it is read."""
    body: list[Part] = [Text(_went(acts), strong=True), Text(_told(acts))]
    by_id = {act.id: act for act in acts}
    quotes = [Quote(shortened(by_id[one].text)) for one in quoted if one in by_id]
    if quotes:
        body += [Text("A few words from the wall:"), *quotes]
    body.append(Text("There is room for whatever comes next, however small."))
    seeds = [Seed(act.id, act.telling, act.circle) for act in acts]
    footnote = "Each plant is a kindness somebody shared. What is taken off the wall goes from here too."
    garden = Picture("", words(seeds), svg=picture(seeds))
    return Card(HEADING, tuple(body), (SHARE, READ), garden, footnote, emoji="🌷")


def shortened(text: str) -> str:
    """The beginning of somebody's words, on one line, cut between two of them where that is possible."""
    line = " ".join(text.split())
    if len(line) <= QUOTE_LIMIT:
        return line
    kept = line[: QUOTE_LIMIT - 1]
    whole = kept.rsplit(" ", 1)[0] if " " in kept[QUOTE_LIMIT // 2 :] else kept
    return whole.rstrip(" ,;:.") + "…"


def _went(acts: Sequence[Act]) -> str:
    """For whom the week's kindness was."""
    circles = {act.circle for act in acts}
    went = [said for circle, said in _WENT_TO.items() if circle in circles]
    return f"Kindness went {listed(went)} this week." if went else "There was kindness here this week."


def _told(acts: Sequence[Act]) -> str:
    """Who tells of it."""
    tellings = {act.telling for act in acts}
    return f"It is told {listed([said for telling, said in _TOLD_BY.items() if telling in tellings])}."
