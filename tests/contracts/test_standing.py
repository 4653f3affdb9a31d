"""Who somebody is at this moment, asked outside of anything that they do."""

from dataclasses import replace

import pytest

from bot.app import Adapter
from bot.domain.errors import Unreachable
from bot.domain.places import Standing
from tests.contracts.platform import Platform, Remote
from tests.contracts.villages import DISCORD, LETTERS, ONCE_EACH, REMOTE, SLACK, WEB, on


@on(*ONCE_EACH)
async def test_whoever_manages_the_village_may_moderate(platform: Platform, adapter: Adapter) -> None:
    standing = await adapter.standing(platform.person("maya"))

    assert standing is not None
    assert standing.may_moderate


@on(*ONCE_EACH)
async def test_whoever_does_not_may_not(platform: Platform, adapter: Adapter) -> None:
    standing = await adapter.standing(platform.person("robin"))

    assert standing is not None
    assert not standing.may_moderate


@on(*ONCE_EACH)
async def test_somebody_is_called_as_the_platform_shows_them(platform: Platform, adapter: Adapter) -> None:
    standing = await adapter.standing(platform.person("robin"))

    assert standing is not None
    assert standing.name.lower() == "robin"


@on(WEB, SLACK, LETTERS)
async def test_the_zone_comes_along_where_the_platform_knows_it(platform: Platform, adapter: Adapter) -> None:
    standing = await adapter.standing(platform.person("robin"))

    assert standing is not None
    assert standing.zone == "Europe/Berlin"


@on(*ONCE_EACH)
async def test_a_stranger_has_no_standing(platform: Platform, adapter: Adapter) -> None:
    assert await adapter.standing(platform.stranger()) is None


@on(*ONCE_EACH)
async def test_in_a_space_without_kindling_nobody_can_be_asked_about(platform: Platform, adapter: Adapter) -> None:
    elsewhere = replace(platform.person("maya"), space=platform.elsewhere.space)

    with pytest.raises(Unreachable) as refused:
        await adapter.standing(elsewhere)

    assert refused.value.sentence.endswith(".")


@on(*REMOTE)
async def test_a_right_that_was_given_counts_at_once(platform: Remote, adapter: Adapter) -> None:
    await adapter.standing(platform.person("robin"))
    platform.let_manage("robin", allowed=True)

    standing = await adapter.standing(platform.person("robin"))

    assert standing is not None
    assert standing.may_moderate


@on(*REMOTE)
async def test_a_right_that_was_taken_away_is_gone_at_once(platform: Remote, adapter: Adapter) -> None:
    platform.let_manage("robin", allowed=True)
    await adapter.standing(platform.person("robin"))
    platform.let_manage("robin", allowed=False)

    assert await adapter.standing(platform.person("robin")) == Standing(
        may_moderate=False, name="robin", zone="" if platform.name == "discord" else "Europe/Berlin"
    )


@on(*REMOTE)
async def test_whoever_left_has_no_standing_any_more(platform: Remote, adapter: Adapter) -> None:
    await adapter.standing(platform.person("sam"))
    platform.send_away("sam")

    assert await adapter.standing(platform.person("sam")) is None


@on(*REMOTE)
async def test_a_bot_has_no_standing_whatever_it_may_do(platform: Remote, adapter: Adapter) -> None:
    assert await adapter.standing(platform.bot()) is None


@on(DISCORD)
async def test_roles_come_along_without_the_one_that_everybody_has(platform: Remote, adapter: Adapter) -> None:
    platform.let_manage("robin", allowed=True)

    standing = await adapter.standing(platform.person("robin"))

    assert standing is not None
    assert len(standing.roles) == 1
    assert platform.place.space not in standing.roles


@on(*ONCE_EACH)
async def test_people_are_known_by_their_ids(platform: Platform, adapter: Adapter) -> None:
    robin = platform.person("robin")

    found = await adapter.who(robin.space, [robin.user])

    assert found[robin.user].id == robin.user
    assert found[robin.user].name.lower() == "robin"


@on(*ONCE_EACH)
async def test_whoever_is_not_there_is_nobody(platform: Platform, adapter: Adapter) -> None:
    assert await adapter.who(platform.place.space, [platform.stranger().user, "nobody at all", ""]) == {}


@on(*REMOTE)
async def test_a_bot_is_nobody(platform: Remote, adapter: Adapter) -> None:
    assert await adapter.who(platform.place.space, [platform.bot().user]) == {}


@on(*ONCE_EACH)
async def test_nobody_is_in_what_is_no_group(platform: Platform, adapter: Adapter) -> None:
    robin = platform.person("robin")

    assert await adapter.belongs(robin, [robin.user, platform.person("sam").user]) == frozenset()


@on(WEB, DISCORD, LETTERS)
async def test_a_place_for_everybody_is_told_to_be_one(platform: Platform, adapter: Adapter) -> None:
    assert await adapter.secluded(platform.place) is False


@on(DISCORD)
async def test_a_place_for_a_few_is_told_to_be_one(platform: Remote, adapter: Adapter) -> None:
    platform.close_to_most(platform.place)

    assert await adapter.secluded(platform.place) is True


@on(*ONCE_EACH)
async def test_what_an_administrator_has_to_do_is_a_whole_sentence_or_nothing(
    platform: Platform, adapter: Adapter
) -> None:
    said = await adapter.admission(platform.place.space)

    assert said == "" or said.endswith(".")
