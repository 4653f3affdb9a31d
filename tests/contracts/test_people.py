"""Telling one person something, and testing the rights in a place."""

import pytest

from bot.app import Adapter
from bot.domain.errors import Unreachable
from bot.domain.places import Place
from tests.contracts.cards import HOSTILE, MORNING, hostile
from tests.contracts.platform import Platform
from tests.contracts.villages import DISCORD, ONCE_EACH, SLACK, WEB, on


@on(*ONCE_EACH)
async def test_a_person_is_told_a_card_with_its_buttons(platform: Platform, adapter: Adapter) -> None:
    await adapter.tell(platform.person("robin"), MORNING)

    [told] = await platform.private("robin")
    assert "What is one small thing?" in told.text
    assert told.buttons == ("I'll try one", "Another idea")


@on(*ONCE_EACH)
async def test_nobody_else_sees_what_a_person_is_told(platform: Platform, adapter: Adapter) -> None:
    await adapter.tell(platform.person("robin"), MORNING)

    assert await platform.private("sam") == await platform.private("maya") == []
    assert await platform.channel(platform.place) == await platform.channel(platform.other) == []


@on(*ONCE_EACH)
async def test_telling_twice_tells_twice(platform: Platform, adapter: Adapter) -> None:
    await adapter.tell(platform.person("robin"), MORNING)
    await adapter.tell(platform.person("robin"), MORNING)

    assert len(await platform.private("robin")) == 2


@on(*ONCE_EACH)
async def test_what_a_person_is_told_pings_nobody(platform: Platform, adapter: Adapter) -> None:
    await adapter.tell(platform.person("robin"), hostile(" ".join(HOSTILE[:4])))

    [told] = await platform.private("robin")
    assert not told.pings


@on(WEB, DISCORD, SLACK)
async def test_somebody_who_cannot_be_written_to_is_unreachable(platform: Platform, adapter: Adapter) -> None:
    somebody = platform.unwilling()

    with pytest.raises(Unreachable) as refused:
        await adapter.tell(somebody, MORNING)

    assert refused.value.sentence.endswith(".")


@on(*ONCE_EACH)
async def test_where_all_is_well_nothing_is_lacking(platform: Platform, adapter: Adapter) -> None:
    assert await adapter.examine(platform.place) == ()


async def what_is_said(adapter: Adapter, place: Place) -> list[str]:
    """The sentences to hand on; of a whole space that is out of reach, the one of the refusal."""
    try:
        return [lack.sentence for lack in await adapter.examine(place) if lack.code]
    except Unreachable as refused:
        return [refused.sentence]


@on(*ONCE_EACH)
@pytest.mark.parametrize("where", ["closed", "gone", "elsewhere"])
async def test_what_is_lacking_comes_with_a_sentence(platform: Platform, adapter: Adapter, where: str) -> None:
    sentences = await what_is_said(adapter, getattr(platform, where))

    assert sentences
    assert [each for each in sentences if each[0].islower() or not each.endswith(".")] == []


@on(*ONCE_EACH)
@pytest.mark.parametrize("where", ["place", "closed"])
async def test_an_examination_posts_nothing(platform: Platform, adapter: Adapter, where: str) -> None:
    place: Place = getattr(platform, where)

    await adapter.examine(place)

    assert await platform.channel(place) == []
    assert await platform.private("robin") == await platform.private("maya") == []
