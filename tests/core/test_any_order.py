"""Whatever people do to the wall, in whatever order, and whatever happens to their platform meanwhile: in the end each
channel shows just what the acts say.
"""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from bot.domain.errors import TryLater, Uncertain
from bot.domain.message import Action, Card
from bot.domain.places import Actor
from bot.storage.tables import act_copies
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, on_wall, quoted, shared
from tests.core.village import HOUR, MINUTE, a_village, card_of, rows
from tests.house import House, member, moderator

AUTHORS = ("robin", "kim")
FAULTS = {
    "busy": ("before", TryLater("letters.busy")),
    "lost before": ("before", Uncertain("letters.lost")),
    "lost after": ("after", Uncertain("letters.lost")),
}


class AnyOrder(RuleBasedStateMachine):
    """The model is what each act says, and whether it stands on the wall."""

    acts = Bundle("acts")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="kindling-any-order-"))
        self.stack = AsyncExitStack()
        self.model: dict[str, tuple[str, str]] = {}
        self.authors: dict[str, str] = {}
        self.number = 0

    @initialize()
    def begin(self) -> None:
        self.house: House = self.loop.run_until_complete(self.stack.enter_async_context(a_village(self.folder)))
        self.loop.run_until_complete(be_set_up(self.house, weekly="off"))

    def teardown(self) -> None:
        self.loop.run_until_complete(self.settle())
        self.everything_is_shown_as_it_is()
        self.loop.run_until_complete(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    def do(self, actor: Actor, name: str, act: str) -> Card:
        return card_of(self.loop.run_until_complete(self.house.kindling.press(actor, Action(name, act))))

    @rule(target=acts, author=st.sampled_from(AUTHORS))
    def share(self, author: str) -> str:
        self.number += 1
        text = f"Number {self.number}."
        act = self.loop.run_until_complete(shared(self.house, member(author), text=text))
        self.model[act], self.authors[act] = (text, "shown"), author
        return act

    @rule(act=acts)
    def change(self, act: str) -> None:
        self.number += 1
        text, standing = f"Changed {self.number}.", self.model[act][1]
        values = TOLD | {"text": text}
        self.loop.run_until_complete(self.house.kindling.submit(member(self.authors[act]), "share", act, values))
        self.model[act] = (text, standing)

    @rule(act=acts)
    def take_down(self, act: str) -> None:
        self.do(member(self.authors[act]), "down", act)
        if self.model[act][1] == "shown":
            self.model[act] = (self.model[act][0], "private")

    @rule(act=acts)
    def put_back(self, act: str) -> None:
        self.do(member(self.authors[act]), "publish", act)
        if self.model[act][1] == "private":
            self.model[act] = (self.model[act][0], "shown")

    @rule(act=acts)
    def hide(self, act: str) -> None:
        values = {"reason": "Not here."}
        self.loop.run_until_complete(self.house.kindling.submit(moderator(), "hide", act, values))
        if self.model[act][1] != "private":
            self.model[act] = (self.model[act][0], "hidden")

    @rule(act=acts)
    def restore(self, act: str) -> None:
        self.do(moderator(), "restore", act)
        if self.model[act][1] == "hidden":
            self.model[act] = (self.model[act][0], "shown")

    @rule(act=consumes(acts))
    def remove(self, act: str) -> None:
        self.do(member(self.authors[act]), "erase", act)
        del self.model[act]

    @rule()
    def rebuild(self) -> None:
        self.loop.run_until_complete(self.house.kindling.command(moderator(), "kindling wall rebuild", {}))

    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def trouble(self, fault: str) -> None:
        self.house.letters.faults.append(FAULTS[fault])

    @rule()
    def platform_goes(self) -> None:
        self.house.room.messengers.pop("letters", None)

    @rule()
    def platform_comes_back(self) -> None:
        self.house.room.messengers["letters"] = self.house.letters

    @rule()
    def time_passes(self) -> None:
        self.loop.run_until_complete(self.house.forward(MINUTE))

    @rule()
    def let_it_work(self) -> None:
        self.loop.run_until_complete(self.house.core.engine.settle())

    async def settle(self) -> None:
        """The platform is well again, and time passes until nothing is left to do."""
        self.house.room.messengers["letters"] = self.house.letters
        self.house.letters.faults.clear()
        await self.house.forward(HOUR)

    def everything_is_shown_as_it_is(self) -> None:
        shown = sorted(text for text, standing in self.model.values() if standing == "shown")
        assert sorted(quoted(card)[0] for card in on_wall(self.house)) == shown
        left = self.loop.run_until_complete(rows(self.house, act_copies))
        assert {row["act_id"] for row in left} <= set(self.model)
        assert all(row["next_at"] is None and not row["doubt"] for row in left)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
