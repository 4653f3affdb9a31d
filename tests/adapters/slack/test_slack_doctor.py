"""What is tested of rights: for a channel by a moderator, for the whole app by an operator."""

from typing import Any

import pytest

from adapters.slack.adapter import SlackAdapter
from adapters.slack.examination import AHEAD
from bot.domain.errors import TryLater, Unreachable
from tests.adapters.slack.workspace import an_adapter, http_settings, place, settings
from tests.standins.slack import Channel, SlackStandIn


def codes(found: Any) -> set[str]:
    return {finding.code for finding in found if not finding.good}


# A channel


async def test_a_channel_where_all_is_well_lacks_nothing(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    assert await sender.examine(place(general)) == ()


async def test_nobody_notices_an_examination(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    await sender.examine(place(general))

    assert slack.messages(general) == []
    assert slack.world.ephemerals == []
    assert slack.scheduled == {}


async def test_an_examination_lies_far_ahead_in_case_it_cannot_be_taken_back(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    before = slack.clock.now()

    await sender.examine(place(general))

    [call] = slack.calls("chat.scheduleMessage")
    assert call.args["post_at"] >= before + AHEAD.total_seconds() - 1


async def test_a_channel_without_kindling_lacks_an_invitation(slack: SlackStandIn, sender: SlackAdapter) -> None:
    [lack] = await sender.examine(place(slack.add_channel("elsewhere", bot_in=False)))

    assert lack.code == "slack.not_in_channel"
    assert "/invite @Kindling" in lack.sentence


async def test_a_private_channel_without_kindling_lacks_an_invitation(
    slack: SlackStandIn, sender: SlackAdapter
) -> None:
    [lack] = await sender.examine(place(slack.add_channel("secret", private=True, bot_in=False)))

    assert lack.code == "slack.channel_not_found"
    assert "/invite @Kindling" in lack.sentence


async def test_an_archived_channel_is_told(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    general.archived = True

    [lack] = await sender.examine(place(general))

    assert lack.code == "slack.is_archived"


async def test_a_rule_against_posting_is_told(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    slack.fail("chat.scheduleMessage", error="restricted_action_read_only_channel")

    [lack] = await sender.examine(place(general))

    assert "admin" in lack.sentence


@pytest.mark.parametrize("scope", ["chat:write", "reactions:read"])
async def test_a_scope_that_is_missing_is_told_by_name(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, scope: str
) -> None:
    slack.scopes.discard(scope)

    [lack] = await sender.examine(place(general))

    assert (lack.code, scope in lack.sentence) == (f"slack.scope.{scope}", True)


async def test_an_examination_that_slack_does_not_answer_is_made_later(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.scheduleMessage", status=500)

    with pytest.raises(TryLater):
        await sender.examine(place(general))


async def test_what_an_examination_left_is_taken_back_by_the_next(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    lost = slack.fail("chat.deleteScheduledMessage", status=500, times=None)
    await sender.examine(place(general))
    assert len(slack.scheduled) == 1
    lost.cancel()

    await sender.examine(place(general))

    assert slack.scheduled == {}


async def test_what_others_scheduled_stays(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    slack.scheduled["Q1"] = (general, "A reminder of somebody else")

    await sender.examine(place(general))

    assert list(slack.scheduled) == ["Q1"]


async def test_a_token_that_is_refused_is_no_lack_of_the_channel(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.team.installed = False

    with pytest.raises(Unreachable, match="account_inactive"):
        await sender.examine(place(general))


# The app


async def test_an_app_in_order_has_only_good_findings(slack: SlackStandIn) -> None:
    findings = await an_adapter(slack).diagnose()

    assert codes(findings) == set()
    assert {"slack.bot_token", "slack.app_token"} < {finding.code for finding in findings}


async def test_a_bot_token_that_does_not_work_comes_with_a_cure(slack: SlackStandIn) -> None:
    findings = await an_adapter(slack, settings(slack, bot_token="xoxb-wrong")).diagnose()

    [bad] = [finding for finding in findings if not finding.good]
    assert bad.code == "slack.bot_token"
    assert "OAuth & Permissions" in bad.cure


async def test_an_app_token_that_does_not_work_comes_with_a_cure(slack: SlackStandIn) -> None:
    findings = await an_adapter(slack, settings(slack, app_token="xapp-wrong")).diagnose()

    [bad] = [finding for finding in findings if not finding.good]
    assert bad.code == "slack.app_token"
    assert "connections:write" in bad.cure


async def test_an_app_token_without_its_scope_comes_with_a_cure(slack: SlackStandIn) -> None:
    slack.app_token_scopes.clear()

    assert codes(await an_adapter(slack).diagnose()) == {"slack.app_token"}


@pytest.mark.parametrize("scope", ["commands", "chat:write", "reactions:read", "im:write", "users:read"])
async def test_each_missing_scope_is_named_with_a_cure(slack: SlackStandIn, scope: str) -> None:
    slack.scopes.discard(scope)

    findings = await an_adapter(slack).diagnose()

    [bad] = [finding for finding in findings if not finding.good]
    assert (bad.code, scope in bad.cure) == (f"slack.scope.{scope}", True)


async def test_the_optional_history_scope_is_mentioned_as_optional(slack: SlackStandIn) -> None:
    findings = {finding.code: finding for finding in await an_adapter(slack).diagnose()}

    assert findings["slack.scope.history"].good


async def test_the_optional_scope_of_channels_is_mentioned_where_it_is_not_granted(slack: SlackStandIn) -> None:
    without = {finding.code: finding for finding in await an_adapter(slack).diagnose()}
    slack.scopes.add("channels:read")
    granted = {finding.code for finding in await an_adapter(slack).diagnose()}

    assert without["slack.scope.channels"].good
    assert "slack.scope.channels" not in granted


async def test_a_missing_scope_for_files_is_told_and_is_no_fault(slack: SlackStandIn) -> None:
    without = {finding.code: finding for finding in await an_adapter(slack).diagnose()}
    slack.scopes.add("files:write")
    granted = {finding.code for finding in await an_adapter(slack).diagnose()}

    assert without["slack.scope.files"].good
    assert "tells them in words" in without["slack.scope.files"].sentence
    assert "slack.scope.files" not in granted


async def test_http_mode_needs_no_app_token(slack: SlackStandIn) -> None:
    findings = await an_adapter(slack, http_settings(slack)).diagnose()

    assert codes(findings) == set()
    assert "slack.http" in {finding.code for finding in findings}


async def test_a_slack_that_is_down_is_a_finding_and_raises_nothing(slack: SlackStandIn) -> None:
    findings = await an_adapter(slack, settings(slack, api_url="http://127.0.0.1:9/api/")).diagnose()

    assert codes(findings) == {"slack.bot_token", "slack.app_token"}


async def test_no_finding_shows_a_token(slack: SlackStandIn) -> None:
    wrong = settings(slack, bot_token="xoxb-very-secret", app_token="xapp-very-secret")

    findings = [*await an_adapter(slack, wrong).diagnose(), *await an_adapter(slack).diagnose()]

    told = "".join(f"{finding.sentence}{finding.cure}" for finding in findings)
    assert not [token for token in ("very-secret", slack.bot_token, slack.app_token) if token in told]


async def test_a_token_of_a_whole_organisation_is_found(slack: SlackStandIn) -> None:
    slack.team.org_wide = True

    assert codes(await an_adapter(slack).diagnose()) == {"slack.org_wide"}
