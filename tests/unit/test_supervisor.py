import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

from bot.app import Adapter, Kindling
from bot.domain import places
from bot.domain.community import Tone
from bot.domain.errors import TryLater, Unreachable
from bot.domain.finishing import Step
from bot.domain.message import Card
from bot.domain.places import Finding, Lack, MessageRef, Person, Place
from bot.domain.reactions import Felt
from bot.ports.platforms import Messengers
from bot.runtime.metrics import Metrics
from bot.runtime.supervisor import (
    BREAKING_OFF,
    CLOSING_LIMIT,
    ENDING_LIMIT,
    AdapterState,
    OpenAdapters,
    Standing,
    keep,
)
from tests.made_up_loop import MadeUpLoop

HOUR = 3600
KINDLING = cast("Kindling", object())
"""Never called here: listening adapters are the only ones who do."""


class Enough(BaseException):
    """Ends a test; not an Exception, so nothing may catch it."""


class Puppet:
    """An adapter that does what it is told, attempt by attempt: an exception to raise, or None to go well."""

    platform = "puppet"
    tone = Tone.COMMUNITY

    def __init__(self, opens: Sequence[Exception | None], listens: Sequence[Exception | None] = ()) -> None:
        self._opens = iter(opens)
        self._listens = iter(listens)
        self.calls: list[str] = []
        self.listening = asyncio.Event()
        self.left = False
        self.deaf = False
        self.sticky = False
        self.numb = False

    async def open(self) -> None:
        self.calls.append("open")
        error = next(self._opens, None)
        if error:
            raise error

    async def listen(self, kindling: Kindling) -> None:
        self.calls.append("listen")
        self.listening.set()
        if self.numb:
            return await self._whatever_comes()
        try:
            error = next(self._listens)
        except StopIteration:
            await self._forever()
        else:
            if error:
                raise error
        return None

    async def _forever(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.left = True
            if not self.deaf:
                raise

    async def _whatever_comes(self) -> None:
        while self.numb:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(HOUR)

    async def close(self) -> None:
        self.calls.append("close")
        if self.numb:
            await asyncio.sleep(HOUR)
        if self.sticky:
            raise RuntimeError("will not close")

    async def send(self, place: Place, card: Card, key: str) -> MessageRef:
        raise NotImplementedError

    async def find(self, place: Place, key: str, since: datetime) -> MessageRef | None:
        raise NotImplementedError

    async def recognise(self, ref: MessageRef, keys: Collection[str]) -> str | None:
        raise NotImplementedError

    async def edit(self, ref: MessageRef, card: Card, key: str) -> None:
        raise NotImplementedError

    async def delete(self, ref: MessageRef) -> None:
        raise NotImplementedError

    async def pin(self, ref: MessageRef, instead_of: MessageRef | None) -> None:
        raise NotImplementedError

    async def open_thread(self, ref: MessageRef, title: str, *, again: bool) -> None:
        raise NotImplementedError

    async def hindrances(self, place: Place, steps: Collection[Step], notify: str) -> tuple[Lack, ...]:
        raise NotImplementedError

    async def tell(self, person: Person, card: Card) -> None:
        raise NotImplementedError

    async def reactions(self, ref: MessageRef) -> frozenset[Felt]:
        raise NotImplementedError

    async def examine(self, place: Place) -> tuple[Lack, ...]:
        raise NotImplementedError

    async def standing(self, person: Person) -> places.Standing | None:
        raise NotImplementedError

    async def belongs(self, person: Person, groups: Collection[str]) -> frozenset[str]:
        raise NotImplementedError

    async def who(self, space: str, said: Collection[str]) -> Mapping[str, places.Named]:
        raise NotImplementedError

    async def secluded(self, place: Place) -> bool | None:
        raise NotImplementedError

    async def admission(self, space: str) -> str:
        raise NotImplementedError

    async def diagnose(self) -> Sequence[Finding]:
        raise NotImplementedError

    def show(self, card: Card) -> str:
        raise NotImplementedError


class Stage:
    """Runs `keep` without waiting: pauses are written down, and time passes only while listening."""

    def __init__(self, pauses: int, healthy: float = 0.0) -> None:
        self.wanted = pauses
        self.pauses: list[float] = []
        self.states: list[AdapterState] = []
        self.now = 0.0
        self.healthy = healthy

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) == self.wanted:
            raise Enough

    def note(self, adapter: Adapter, state: AdapterState) -> None:
        self.states.append(state)
        if state.open:
            self.now += self.healthy

    async def run(self, adapter: Puppet) -> None:
        with pytest.raises(Enough):
            await keep(adapter, KINDLING, self.note, self.pause, monotonic=lambda: self.now, chance=lambda: 0.0)


async def cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_adapter_is_opened_listened_to_and_closed() -> None:
    puppet, adapters = Puppet([None]), OpenAdapters()
    task = asyncio.create_task(keep(puppet, KINDLING, adapters.note))
    await puppet.listening.wait()
    messengers: Messengers = adapters

    assert messengers.get("puppet") is puppet
    assert messengers.get("other") is None
    await cancelled(task)
    assert puppet.calls == ["open", "listen", "close"]
    assert messengers.get("puppet") is None
    assert adapters.states["puppet"].standing is Standing.CLOSED


def test_an_adapter_stays_open_until_what_is_being_sent_has_arrived() -> None:
    loop, puppet, adapters, parted = MadeUpLoop(), Puppet([None]), OpenAdapters(), asyncio.Event()
    while_parting: list[object] = []

    async def scenario() -> None:
        task = asyncio.create_task(keep(puppet, KINDLING, adapters.note, parted=parted))
        await puppet.listening.wait()
        task.cancel()
        await asyncio.sleep(HOUR)
        while_parting.extend([puppet.left, adapters.get("puppet"), *puppet.calls])
        parted.set()
        await asyncio.wait({task})

    loop.run_until_complete(scenario())
    loop.close()

    assert while_parting == [True, puppet, "open", "listen"]
    assert (adapters.get("puppet"), puppet.calls) == (None, ["open", "listen", "close"])


def test_whatever_an_adapter_waits_for_nobody_waits_for_it_long() -> None:
    loop, puppet, passed = MadeUpLoop(), Puppet([None]), list[float]()
    puppet.numb = True

    async def scenario() -> None:
        task = asyncio.create_task(keep(puppet, KINDLING, OpenAdapters().note))
        await puppet.listening.wait()
        await cancelled(task)
        passed.append(loop.time())
        puppet.numb = False
        for left in asyncio.all_tasks() - {asyncio.current_task()}:
            left.cancel()
            await asyncio.wait({left})

    loop.run_until_complete(scenario())
    loop.close()

    assert passed == [ENDING_LIMIT + BREAKING_OFF + CLOSING_LIMIT]


async def test_a_platform_that_is_down_is_tried_with_growing_pauses() -> None:
    stage = Stage(pauses=11)

    await stage.run(Puppet([TryLater("puppet.down", timedelta(0))] * 20))

    assert stage.pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


async def test_the_platform_may_ask_for_a_longer_pause() -> None:
    stage = Stage(pauses=1)

    await stage.run(Puppet([TryLater("puppet.limit", timedelta(seconds=90))]))

    assert stage.pauses == [90]


async def test_refused_credentials_wait_five_minutes_and_tell_the_cure() -> None:
    stage = Stage(pauses=1)

    with capture_logs() as logs:
        await stage.run(Puppet([Unreachable("puppet.token", "Renew the token.")]))

    assert stage.pauses == [300]
    refused = AdapterState(Standing.REFUSED, "puppet.token", "Renew the token.")
    assert refused in stage.states
    assert [(line["event"], line["log_level"], line["cure"]) for line in logs] == [
        ("adapter.refused", "error", "Renew the token.")
    ]


async def test_a_failure_is_told_once_while_it_lasts() -> None:
    down = TryLater("puppet.down")

    with capture_logs() as logs:
        await Stage(pauses=5).run(Puppet([down, down, ValueError("x"), ValueError("x"), down]))

    told = [line["event"] for line in logs if line["log_level"] != "debug"]
    assert told == ["adapter.down", "adapter.failed", "adapter.down"]


@pytest.mark.parametrize("error", [None, ValueError("x"), ExceptionGroup("some", [OSError()]), TryLater("x")])
async def test_listening_that_ends_begins_again_from_opening(error: Exception | None) -> None:
    puppet = Puppet([], [error, error])

    await Stage(pauses=2).run(puppet)

    assert puppet.calls == ["open", "listen", "close"] * 2


async def test_a_minute_of_health_begins_the_pauses_anew() -> None:
    short, long = Stage(pauses=3, healthy=59), Stage(pauses=3, healthy=60)

    await short.run(Puppet([], [None] * 3))
    await long.run(Puppet([], [None] * 3))

    assert short.pauses == [1, 2, 4]
    assert long.pauses == [1, 1, 1]


async def test_pauses_are_spread_by_chance() -> None:
    stage = Stage(pauses=1)

    with pytest.raises(Enough):
        await keep(Puppet([OSError()]), KINDLING, stage.note, stage.pause, chance=lambda: 1.0)

    assert stage.pauses == [0.5]


async def test_an_adapter_that_fails_takes_no_other_down() -> None:
    good, bad, adapters = Puppet([None]), Puppet([ValueError("x")] * 3), OpenAdapters()
    bad.platform = "bad"
    failed = asyncio.Event()

    async def pause(_: float) -> None:
        failed.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(keep(puppet, KINDLING, adapters.note, pause)) for puppet in (bad, good)]
        await failed.wait()
        await good.listening.wait()
        seen = {platform: state.standing for platform, state in adapters.states.items()}
        for task in tasks:
            task.cancel()

    assert seen == {"bad": Standing.WAITING, "puppet": Standing.OPEN}


async def kept_open(adapter: Puppet, pauses: int) -> list[float]:
    """Keep an adapter open with nobody to tell of events, for so many pauses; how long they were."""
    stage = Stage(pauses)
    with pytest.raises(Enough):
        await keep(adapter, None, stage.note, stage.pause, chance=lambda: 0.0)
    return stage.pauses


async def test_an_adapter_that_only_sends_is_opened_and_never_listened_to() -> None:
    puppet = Puppet([])

    pauses = await kept_open(puppet, 3)

    assert puppet.calls == ["open", "open", "open", "close"]
    assert pauses == [60, 60, 60]


async def test_an_adapter_that_only_sends_is_opened_anew_when_its_credentials_are_refused() -> None:
    puppet = Puppet([None, Unreachable("puppet.token", "Renew the token."), None])

    pauses = await kept_open(puppet, 3)

    assert puppet.calls == ["open", "open", "close", "open", "close"]
    assert pauses == [60, 300, 60]


@pytest.mark.parametrize("trouble", [TryLater("puppet.down"), TimeoutError()])
async def test_an_adapter_that_only_sends_stays_open_while_its_platform_is_in_trouble(trouble: Exception) -> None:
    puppet = Puppet([None, trouble, None])

    await kept_open(puppet, 3)

    assert puppet.calls == ["open", "open", "open", "close"]


async def test_closing_that_fails_changes_nothing() -> None:
    puppet = Puppet([], [None, None])
    puppet.sticky = True

    await Stage(pauses=2).run(puppet)

    assert puppet.calls == ["open", "listen", "close"] * 2


async def test_an_adapter_that_swallows_its_cancellation_is_ended_all_the_same() -> None:
    puppet = Puppet([None])
    puppet.deaf = True
    task = asyncio.create_task(keep(puppet, KINDLING, OpenAdapters().note))
    await puppet.listening.wait()

    await cancelled(task)

    assert puppet.calls == ["open", "listen", "close"]


async def test_opening_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Puppet):
        async def open(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("bot.runtime.supervisor.OPENING_LIMIT", 0.01)
    stage = Stage(pauses=1)

    await stage.run(Hanging([]))

    assert "timeout" in [state.code for state in stage.states]


async def test_metrics_follow_the_adapters() -> None:
    metrics = Metrics()
    adapters = OpenAdapters(metrics)
    puppet = Puppet([])

    for state in (Standing.OPEN, Standing.WAITING, Standing.OPEN, Standing.CLOSED):
        adapters.note(puppet, AdapterState(state))

    text = metrics.text().decode()
    assert 'kindling_adapter_up{platform="puppet"} 0.0' in text
    assert 'kindling_adapter_reconnects_total{platform="puppet"} 1.0' in text
