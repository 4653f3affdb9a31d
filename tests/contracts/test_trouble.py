"""Whatever comes instead of an answer: one of four errors, and no other."""

import asyncio
from collections.abc import Awaitable

import pytest

from bot.app import Adapter
from bot.domain.errors import TryLater, Unacceptable, Uncertain, Unreachable
from bot.domain.places import MessageRef
from tests.contracts.cards import EVENING, MORNING
from tests.contracts.platform import HOUR, TROUBLES, Remote
from tests.contracts.villages import DISCORD, SLACK_WITH_HISTORY, on

OURS = (TryLater, Unreachable, Unacceptable, Uncertain)


def everything(platform: Remote, adapter: Adapter, ref: MessageRef) -> dict[str, Awaitable[object]]:
    """Each thing that a messenger does."""
    return {
        "send": adapter.send(platform.place, MORNING, "d2"),
        "find": adapter.find(platform.place, "d1", platform.clock.now() - HOUR),
        "recognise": adapter.recognise(ref, {"d1"}),
        "edit": adapter.edit(ref, EVENING, "d1"),
        "delete": adapter.delete(ref),
        "tell": adapter.tell(platform.person("robin"), MORNING),
        "reactions": adapter.reactions(ref),
        "examine": adapter.examine(platform.place),
        "standing": adapter.standing(platform.person("robin")),
        "who": adapter.who(platform.place.space, ["S0HELPERS", platform.person("robin").user]),
        "secluded": adapter.secluded(platform.place),
    }


@on(DISCORD, SLACK_WITH_HISTORY)
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_comes_out_as_one_of_our_errors(platform: Remote, adapter: Adapter, trouble: str) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.react("robin", ref, "🌱")
    platform.hinder(trouble)

    doing = everything(platform, adapter, ref)
    ended = await asyncio.gather(*doing.values(), return_exceptions=True)

    strange = {name: end for name, end in zip(doing, ended, strict=True) if isinstance(end, Exception)}
    assert {name: end for name, end in strange.items() if not isinstance(end, OURS)} == {}
    assert "send" in strange


@on(DISCORD, SLACK_WITH_HISTORY)
async def test_a_platform_that_is_down_comes_out_as_one_of_our_errors(platform: Remote, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.go_down()

    doing = everything(platform, adapter, ref)
    ended = await asyncio.gather(*doing.values(), return_exceptions=True)

    assert {name: end for name, end in zip(doing, ended, strict=True) if not isinstance(end, OURS)} == {}


@on(DISCORD, SLACK_WITH_HISTORY)
async def test_an_adapter_that_is_not_open_says_so_with_one_of_our_errors(platform: Remote, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await adapter.close()

    doing = everything(platform, adapter, ref)
    ended = await asyncio.gather(*doing.values(), return_exceptions=True)

    assert {name: end for name, end in zip(doing, ended, strict=True) if not isinstance(end, TryLater)} == {}


@on(DISCORD, SLACK_WITH_HISTORY)
@pytest.mark.parametrize("trouble", ["cut before", "cut after", "503"])
async def test_what_can_be_asked_again_is_never_uncertain(platform: Remote, adapter: Adapter, trouble: str) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    platform.hinder(trouble)

    ended = await asyncio.gather(
        adapter.reactions(ref),
        adapter.recognise(ref, {"d1"}),
        adapter.edit(ref, EVENING, "d1"),
        adapter.delete(ref),
        adapter.standing(platform.person("robin")),
        return_exceptions=True,
    )

    assert all(isinstance(end, TryLater) for end in ended), ended
