"""The full set of what people put on a card."""

from bot.app import Adapter
from bot.domain.reactions import Felt, neutral_emoji
from tests.contracts.cards import MORNING
from tests.contracts.platform import Platform, Remote
from tests.contracts.villages import DISCORD, LETTERS, ONCE_EACH, REMOTE, SLACK, on


def felt(platform: Platform, name: str, emoji: str) -> Felt:
    return Felt(platform.person(name).user, emoji)


@on(*ONCE_EACH)
async def test_a_card_that_nobody_touched_has_no_reactions(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    assert await adapter.reactions(ref) == frozenset()


@on(*ONCE_EACH)
async def test_all_people_and_all_emoji_are_told(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    for name, emoji in (("robin", "🌱"), ("robin", "🙏"), ("sam", "🌱"), ("maya", "🔥")):
        await platform.react(name, ref, emoji)

    assert await adapter.reactions(ref) == {
        felt(platform, "robin", "🌱"),
        felt(platform, "robin", "🙏"),
        felt(platform, "sam", "🌱"),
        felt(platform, "maya", "🔥"),
    }


@on(*ONCE_EACH)
async def test_what_was_taken_off_again_is_not_told(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.react("robin", ref, "🌱")
    await platform.react("sam", ref, "🌱")

    await platform.unreact("robin", ref, "🌱")

    assert await adapter.reactions(ref) == {felt(platform, "sam", "🌱")}


@on(DISCORD, SLACK, LETTERS)
async def test_emoji_are_told_in_neutral_spelling(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.react("robin", ref, "❤️")
    await platform.react("robin", ref, "👍🏽")
    await platform.react("sam", ref, "👍")

    assert await adapter.reactions(ref) == {
        felt(platform, "robin", neutral_emoji("❤️")),
        felt(platform, "robin", "👍"),
        felt(platform, "sam", "👍"),
    }


@on(*REMOTE)
async def test_a_group_s_own_emoji_is_told_by_its_name(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")

    await platform.react("robin", ref, ":kindling:")

    assert await adapter.reactions(ref) == {felt(platform, "robin", ":kindling:")}


@on(*REMOTE)
async def test_bots_and_kindling_itself_are_left_out(platform: Remote, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.react("robin", ref, "🌱")
    await platform.react_as_bot(ref, "🌱")
    await platform.react_as_kindling(ref, "🙏")

    assert await adapter.reactions(ref) == {felt(platform, "robin", "🌱")}


@on(*REMOTE)
async def test_a_crowd_is_told_to_the_last_person(platform: Remote, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    crowd = await platform.crowd(ref, "🌱", 230)

    assert await adapter.reactions(ref) == {Felt(user, "🌱") for user in crowd}


@on(*ONCE_EACH)
async def test_a_message_that_is_gone_has_no_reactions(platform: Platform, adapter: Adapter) -> None:
    ref = await adapter.send(platform.place, MORNING, "d1")
    await platform.react("robin", ref, "🌱")
    await platform.take_away(ref)

    assert await adapter.reactions(ref) == frozenset()
