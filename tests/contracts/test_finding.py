"""Finding a card again by its key."""

import pytest

from bot.app import Adapter
from bot.domain.errors import Uncertain
from tests.contracts.cards import EVENING, MORNING, PLAIN
from tests.contracts.platform import HOUR, Platform, Remote
from tests.contracts.villages import DISCORD, LETTERS, SLACK, SLACK_WITH_HISTORY, WEB, on

MAY_LOOK = (WEB, DISCORD, SLACK_WITH_HISTORY, LETTERS)


@on(*MAY_LOOK)
@pytest.mark.parametrize("card", [MORNING, PLAIN], ids=["with buttons", "without"])
async def test_a_card_is_found_by_its_key(platform: Platform, adapter: Adapter, card: object) -> None:
    ref = await adapter.send(platform.place, card, "d1")  # type: ignore[arg-type]

    assert await adapter.find(platform.place, "d1", platform.clock.now() - HOUR) == ref


@on(*MAY_LOOK)
async def test_a_card_is_found_at_the_very_instant_it_was_sent(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    assert await adapter.find(platform.place, "d1", platform.clock.now()) == ref


@on(*MAY_LOOK)
async def test_a_card_is_found_by_another_worker_after_a_crash(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await adapter.close()
    again = platform.another() if platform.name != "letters" else adapter
    await again.open()

    found = await again.find(platform.place, "d1", platform.clock.now())
    await again.close()

    assert found == ref


@on(*MAY_LOOK)
async def test_the_right_one_of_many_is_found(platform: Platform, adapter: Adapter) -> None:
    refs = [await adapter.send(platform.place, MORNING, f"d{number}") for number in range(12)]

    assert await adapter.find(platform.place, "d5", platform.clock.now()) == refs[5]


@on(*MAY_LOOK)
@pytest.mark.parametrize("key", ["d2", "d", "d11", ""])
async def test_another_key_is_surely_not_there(platform: Platform, adapter: Adapter, key: str) -> None:
    await adapter.send(platform.place, MORNING, "d1")

    assert await adapter.find(platform.place, key, platform.clock.now() - HOUR) is None


@on(*MAY_LOOK)
async def test_a_card_in_another_place_is_not_found(platform: Platform, adapter: Adapter) -> None:
    await adapter.send(platform.other, MORNING, "d1")

    assert await adapter.find(platform.place, "d1", platform.clock.now() - HOUR) is None


@on(*MAY_LOOK)
async def test_a_card_from_before_is_not_found(platform: Platform, adapter: Adapter) -> None:
    await adapter.send(platform.place, MORNING, "d1")

    assert await adapter.find(platform.place, "d1", platform.clock.now() + HOUR) is None


@on(*MAY_LOOK)
async def test_a_deleted_card_is_not_found(platform: Platform, adapter: Adapter) -> None:
    await adapter.delete(await adapter.send(platform.place, MORNING, "d1"))

    assert await adapter.find(platform.place, "d1", platform.clock.now() - HOUR) is None


@on(*MAY_LOOK)
async def test_an_edited_card_is_still_found(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await adapter.edit(ref, EVENING, "d1")

    assert await adapter.find(platform.place, "d1", platform.clock.now() - HOUR) == ref


@on(DISCORD, SLACK_WITH_HISTORY)
async def test_where_we_may_not_look_it_stays_uncertain(platform: Remote, adapter: Adapter) -> None:
    await adapter.send(platform.place, MORNING, "d1")
    platform.blind()

    with pytest.raises(Uncertain):
        await adapter.find(platform.place, "d1", platform.clock.now() - HOUR)


@on(SLACK)
async def test_without_the_history_scope_looking_is_uncertain(platform: Platform, adapter: Adapter) -> None:
    await adapter.send(platform.place, MORNING, "d1")

    with pytest.raises(Uncertain):
        await adapter.find(platform.place, "d1", platform.clock.now() - HOUR)
