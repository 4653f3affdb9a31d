"""Which channels there are, for pages that are not the platform's own."""

import pytest

from bot.app import Adapter
from bot.domain.errors import Unreachable
from bot.domain.places import Named
from bot.ports.platforms import NamesChannels
from tests.contracts.on_slack import OnSlack
from tests.contracts.platform import Platform
from tests.contracts.villages import DISCORD, SLACK, WEB, on


@on(WEB, DISCORD, SLACK)
async def test_channels_are_known_by_their_names(platform: Platform, adapter: Adapter) -> None:
    if isinstance(platform, OnSlack):
        platform.slack.scopes.add("channels:read")
    assert isinstance(adapter, NamesChannels)

    channels = await adapter.channels(platform.place.space)

    assert Named(platform.place.channel, "kindness") in channels
    assert platform.gone.channel not in {channel.id for channel in channels}


@on(SLACK)
async def test_without_the_scope_nobody_can_tell(platform: Platform, adapter: Adapter) -> None:
    assert isinstance(platform, OnSlack)
    platform.slack.scopes.discard("channels:read")
    assert isinstance(adapter, NamesChannels)

    with pytest.raises(Unreachable):
        await adapter.channels(platform.place.space)
