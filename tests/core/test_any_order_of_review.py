"""Where moderators look first, whatever authors, named people and moderators do, in whatever order: nothing stands on
the wall that no moderator has read just so.
"""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from bot.domain.message import Action, Card, Quote, Reply, Text
from bot.storage.tables import acts as kept
from tests.core.test_overseeing import review_first
from tests.core.test_sharing import TOLD, named, on_wall, shared
from tests.core.village import a_village, button, labels, rows
from tests.house import House, member, moderator

AUTHORS = ("robin", "ada")
NAMES = ("Kim", "Kim again", "")
READING = {"Publish", "Show it again"}
"""The buttons on cards on which a moderator has read an act."""


def as_read(card: Card) -> tuple[str, str, str]:
    """What an act says on a card, as whose, and whom it names."""
    [quote] = [part for part in card.body if isinstance(part, Quote)]
    about = [part.text for part in card.body if isinstance(part, Text) and part.text.startswith("From ")]
    return quote.text, quote.by, "".join(about).replace("From someone.", "")


class AnyOrderOfReview(RuleBasedStateMachine):
    """The model is what moderators have read, and the cards that they may still press."""

    acts = Bundle("acts")
    cards = Bundle("cards")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="kindling-any-review-"))
        self.stack = AsyncExitStack()
        self.read: set[tuple[str, str, str]] = set()
        self.authors: dict[str, str] = {}
        self.number = 0

    @initialize()
    def begin(self) -> None:
        self.house: House = self.loop.run_until_complete(self.stack.enter_async_context(a_village(self.folder)))
        self.loop.run_until_complete(review_first(self.house))

    def teardown(self) -> None:
        self.loop.run_until_complete(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def press(self, actor: str, action: Action, called: str = "", *, moderates: bool = False) -> Reply:
        who = moderator(actor) if moderates else named(actor, called)
        return self.loop.run_until_complete(self.house.kindling.press(who, action))

    @rule(target=acts, author=st.sampled_from(AUTHORS), shown_as=st.sampled_from(["name", "someone"]))
    def share(self, author: str, shown_as: str) -> str:
        self.number += 1
        words = {"text": f"Number {self.number}.", "shown_as": shown_as}
        act = self.loop.run_until_complete(shared(self.house, named(author, author.title()), **words))
        self.authors[act] = author
        return act

    @rule(act=acts, shown_as=st.sampled_from(["name", "someone", "me"]), called=st.sampled_from(["R", "Q"]))
    def change(self, act: str, shown_as: str, called: str) -> None:
        self.number += self.number % 2
        words = TOLD | {"text": f"Changed {self.number}.", "shown_as": shown_as}
        self.loop.run_until_complete(self.house.kindling.submit(named(self.authors[act], called), "share", act, words))

    @rule(act=acts, what=st.sampled_from(["down", "publish"]))
    def take_down_or_put_up(self, act: str, what: str) -> None:
        self.press(self.authors[act], Action(what, act), self.authors[act].title())

    @rule(act=consumes(acts))
    def remove(self, act: str) -> None:
        self.press(self.authors[act], Action("erase", act))

    @rule(act=acts, whom=st.sampled_from(["kim", ""]))
    def name(self, act: str, whom: str) -> None:
        self.loop.run_until_complete(
            self.house.kindling.submit(member(self.authors[act]), "name", act, {"member": whom})
        )

    @rule(called=st.sampled_from(NAMES))
    def agree(self, called: str) -> None:
        asked = [card for _, card in self.house.letters.told if "Yes, name me" in labels(card)]
        if asked:
            self.press("kim", button(asked[-1], "Yes, name me"), called)

    @rule(act=acts)
    def decline(self, act: str) -> None:
        self.press("kim", Action("decline", act))

    @rule(target=cards)
    def look(self) -> object:
        card = self.loop.run_until_complete(self.house.kindling.command(moderator(), "kindling wall queue", {})).content
        return self.offered(card)

    @rule(target=cards, act=acts)
    def hide(self, act: str) -> object:
        reason = {"reason": "Not here."}
        return self.offered(
            self.loop.run_until_complete(self.house.kindling.submit(moderator(), "hide", act, reason)).content
        )

    @rule(target=cards, offer=cards)
    def decide(self, offer: tuple[Card, str]) -> object:
        card, label = offer
        if label in READING:
            self.read.add(as_read(card))
        return self.offered(self.press("maya", button(card, label), moderates=True).content)

    def offered(self, card: object) -> object:
        """What a moderator may press sooner or later."""
        if not isinstance(card, Card):
            return multiple()
        wanted = {"Publish", "Block author", "Block", "Undo", "Show this one again", "Show it again", "Keep private"}
        return multiple(*((card, label) for label in labels(card) if label in wanted))

    @invariant()
    def nothing_stands_there_that_nobody_has_read(self) -> None:
        if not hasattr(self, "house"):
            return
        self.loop.run_until_complete(self.house.core.engine.settle())
        for card in on_wall(self.house):
            assert as_read(card) in self.read | {(text, by, "") for text, by, _ in self.read}
        standing = [row["standing"] for row in self.loop.run_until_complete(rows(self.house, kept))]
        assert len(on_wall(self.house)) == standing.count("shown")


TestAnyOrderOfReview = AnyOrderOfReview.TestCase
TestAnyOrderOfReview.settings = settings(max_examples=5, stateful_step_count=20, deadline=None)
