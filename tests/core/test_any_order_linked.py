"""However two places are linked and unlinked, and whatever people share and change between: in the end each channel
shows just what the acts say, and nothing that was not addressed to it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from bot.domain.errors import TryLater, Uncertain
from bot.domain.message import Action
from bot.storage.tables import act_copies, acts, spaces
from tests.core.linked import MAYA, ROBIN, TARA, TOMAS, copies, link, two_places, unlink
from tests.core.test_sharing import TOLD, shared
from tests.core.village import HOUR, MINUTE, a_village, rows
from tests.house import House

AUTHORS = {"village": ROBIN, "town": TARA}
MODERATORS = {"village": MAYA, "town": TOMAS}
PLACES = st.sampled_from(sorted(AUTHORS))
FAULTS = {
    "busy": ("before", TryLater("letters.busy")),
    "lost before": ("before", Uncertain("letters.lost")),
    "lost after": ("after", Uncertain("letters.lost")),
}


@dataclass(frozen=True)
class Told:
    """What an act says and where it was shared; `both` is whether it was addressed to the other place too, since the
    two were last linked."""

    text: str
    space: str
    both: bool = False
    standing: str = "shown"


class AnyOrder(RuleBasedStateMachine):
    """The model is what each act says and to whom, and whether the places are linked."""

    acts = Bundle("acts")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="kindling-linked-"))
        self.stack = AsyncExitStack()
        self.model: dict[str, Told] = {}
        self.linked = False
        self.number = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.house: House = self.run(self.stack.enter_async_context(a_village(self.folder)))
        self.run(two_places(self.house))
        self.link("village")

    def teardown(self) -> None:
        self.run(self.settle())
        self.everything_is_shown_as_it_is()
        self.run(self.stack.aclose())
        self.loop.close()
        shutil.rmtree(self.folder)

    @rule(host=PLACES)
    def link(self, host: str) -> None:
        guest = next(place for place in MODERATORS if place != host)
        self.run(self.house.forward(MINUTE))
        self.house.room.messengers["letters"] = self.house.letters  # for the question
        if not self.linked:
            self.run(link(self.house, MODERATORS[host], MODERATORS[guest]))
            self.linked = True
            self.model = {act: replace(told, both=False) for act, told in self.model.items()}

    @rule(by=PLACES)
    def unlink(self, by: str) -> None:
        self.run(unlink(self.house, MODERATORS[by]))
        self.linked = False

    @rule(by=PLACES, host=PLACES)
    def link_anew(self, by: str, host: str) -> None:
        self.unlink(by)
        self.link(host)

    @rule(target=acts, space=PLACES, both=st.booleans())
    def share(self, space: str, both: bool) -> str:
        self.number += 1
        text = f"Number {self.number}."
        audience = "both" if both else "here"
        act = self.run(shared(self.house, AUTHORS[space], text=text, audience=audience))
        self.model[act] = Told(text, space, both=both and self.linked)
        return act

    @rule(act=acts, both=st.booleans())
    def change(self, act: str, both: bool) -> None:
        self.number += 1
        told = replace(self.model[act], text=f"Changed {self.number}.", both=both and self.linked)
        values = TOLD | {"text": told.text, "audience": "both" if both else "here"}
        self.run(self.house.kindling.submit(AUTHORS[told.space], "share", act, values))
        self.model[act] = told

    @rule(act=acts)
    def take_down(self, act: str) -> None:
        self.run(self.house.kindling.press(AUTHORS[self.model[act].space], Action("down", act)))
        if self.model[act].standing == "shown":
            self.model[act] = replace(self.model[act], standing="private")

    @rule(act=acts)
    def put_back(self, act: str) -> None:
        self.run(self.house.kindling.press(AUTHORS[self.model[act].space], Action("publish", act)))
        if self.model[act].standing == "private":
            self.model[act] = replace(self.model[act], standing="shown")

    @rule(act=acts, by=PLACES)
    def hide(self, act: str, by: str) -> None:
        told = self.model[act]
        self.run(self.house.kindling.submit(MODERATORS[by], "hide", act, {"reason": "Not here."}))
        if told.standing != "private" and (by == told.space or (told.both and self.linked)):
            self.model[act] = replace(told, standing="hidden")

    @rule(act=consumes(acts))
    def remove(self, act: str) -> None:
        self.run(self.house.kindling.press(AUTHORS[self.model[act].space], Action("erase", act)))
        del self.model[act]

    @rule(by=PLACES)
    def rebuild(self, by: str) -> None:
        self.run(self.house.kindling.command(MODERATORS[by], "kindling wall rebuild", {}))

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
    def let_it_work(self) -> None:
        self.run(self.house.core.engine.settle())

    async def settle(self) -> None:
        """The platform is well again, both walls are rebuilt, and time passes until nothing is left to do."""
        self.house.room.messengers["letters"] = self.house.letters
        self.house.letters.faults.clear()
        for actor in MODERATORS.values():
            await self.house.kindling.command(actor, "kindling wall rebuild", {})
        await self.house.forward(HOUR)

    def everything_is_shown_as_it_is(self) -> None:
        for space in AUTHORS:
            shown = [told for told in self.model.values() if told.standing == "shown"]
            here = sorted(told.text for told in shown if told.space == space or (told.both and self.linked))
            assert sorted(copies(self.house, space)) == here, space
        homes = {row["id"]: row["community_id"] for row in self.run(rows(self.house, spaces))}
        assert len(set(homes.values())) == (1 if self.linked else 2)
        assert all(row["community_id"] == homes[row["space_id"]] for row in self.run(rows(self.house, acts)))
        left = self.run(rows(self.house, act_copies))
        assert all(row["next_at"] is None and not row["doubt"] for row in left)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
