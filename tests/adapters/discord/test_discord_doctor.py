"""What the operator's doctor says of Discord."""

from urllib.parse import parse_qs, urlsplit

from adapters.discord.adapter import DiscordAdapter
from bot.domain.places import Finding
from tests.adapters.discord.conftest import the_settings
from tests.standins.discord import DiscordStandIn, Permission


async def findings(discord: DiscordStandIn, **settings: object) -> dict[str, Finding]:
    found = await DiscordAdapter(the_settings(discord, **settings)).diagnose()
    return {finding.code: finding for finding in found}


async def test_a_healthy_bot_is_found_to_be_well(discord: DiscordStandIn) -> None:
    found = await findings(discord)

    assert all(finding.good for finding in found.values())
    assert list(found) == [
        "discord.api",
        "discord.token",
        "discord.application",
        "discord.interactions",
        "discord.intents",
        "discord.invite",
        "discord.gateway",
    ]


async def test_the_invitation_asks_for_the_least(discord: DiscordStandIn) -> None:
    sentence = (await findings(discord))["discord.invite"].sentence

    query = parse_qs(urlsplit(sentence.split()[-1]).query)
    assert query["client_id"] == [discord.world.application_id]
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    least = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY
    asked = least | Permission.SEND_MESSAGES_IN_THREADS | Permission.ATTACH_FILES  # the last for the recap's picture
    assert query["permissions"] == [str(int(asked))]


async def test_an_invitation_that_cannot_be_finished_is_found_with_a_cure(discord: DiscordStandIn) -> None:
    discord.world.requires_code_grant = True

    found = (await findings(discord))["discord.invite"]

    assert not found.good
    assert "Requires OAuth2 Code Grant" in found.cure


async def test_a_wrong_token_is_found_with_a_cure_and_not_shown(discord: DiscordStandIn) -> None:
    found = await findings(discord, token="wrong.token.here")

    assert not found["discord.token"].good
    assert "KINDLING_DISCORD_TOKEN" in found["discord.token"].cure
    assert "wrong.token.here" not in str(found)


async def test_the_token_is_never_shown(discord: DiscordStandIn) -> None:
    assert discord.token not in str(await findings(discord))


async def test_an_api_that_does_not_answer_is_found_with_a_cure(discord: DiscordStandIn) -> None:
    discord.fail("GET", "/users/@me", status=503)

    found = await findings(discord)

    assert list(found) == ["discord.api"]
    assert not found["discord.api"].good
    assert "api_url" in found["discord.api"].cure


async def test_an_address_that_is_not_discords_is_found_and_not_the_token_blamed(discord: DiscordStandIn) -> None:
    found = await findings(discord, api_url=discord.url.replace("/api/v10", "/elsewhere"))

    assert list(found) == ["discord.api"]
    assert not found["discord.api"].good
    assert "api_url" in found["discord.api"].cure
    discord.violations.clear()


async def test_a_gateway_that_cannot_be_asked_for_is_found(discord: DiscordStandIn) -> None:
    discord.fail("GET", "/gateway/bot", status=503)

    found = await findings(discord)

    assert not found["discord.gateway"].good
    assert found["discord.token"].good


async def test_every_bad_finding_has_a_cure(discord: DiscordStandIn) -> None:
    discord.fail("GET", "/gateway/bot", status=503)

    found = await findings(discord)

    assert all(finding.cure for finding in found.values() if not finding.good)


async def test_diagnosing_leaves_an_open_adapter_open(adapter: DiscordAdapter) -> None:
    await adapter.diagnose()

    assert "discord.token" in {finding.code for finding in await adapter.diagnose()}
