"""The life of an adapter: opened, closed, asked how it is."""

import json

import pytest

from bot.app import Adapter
from bot.domain.community import Tone
from bot.domain.errors import TryLater, Unreachable
from bot.domain.places import Finding
from tests.contracts.cards import EVERYTHING, MORNING
from tests.contracts.platform import Platform, Remote
from tests.contracts.villages import DISCORD, ONCE_EACH, REMOTE, SLACK, WEB, on


def words_of(finding: Finding) -> str:
    return f"{finding.code} {finding.sentence} {finding.cure}"


@on(*ONCE_EACH)
def test_an_adapter_bears_the_name_of_its_platform(platform: Platform) -> None:
    assert platform.adapter.platform == platform.name


@on(*ONCE_EACH)
def test_an_adapter_knows_the_tone_that_suits_its_groups(platform: Platform) -> None:
    assert isinstance(platform.adapter.tone, Tone)


@on(*ONCE_EACH)
async def test_closing_without_opening_is_fine(platform: Platform) -> None:
    await platform.adapter.close()


@on(*ONCE_EACH)
async def test_closing_twice_is_fine(adapter: Adapter) -> None:
    await adapter.close()

    await adapter.close()


@on(*ONCE_EACH)
async def test_an_adapter_that_was_opened_twice_sends(platform: Platform, adapter: Adapter) -> None:
    await adapter.open()

    assert await platform.at(await adapter.send(platform.place, MORNING, "d1"))


@on(*ONCE_EACH)
async def test_an_adapter_can_be_opened_again_after_it_was_closed(platform: Platform, adapter: Adapter) -> None:
    await adapter.close()
    await adapter.open()

    assert await platform.at(await adapter.send(platform.place, MORNING, "d1"))


@on(WEB, DISCORD, SLACK)
async def test_sending_before_opening_can_be_tried_later(platform: Platform) -> None:
    with pytest.raises(TryLater):
        await platform.adapter.send(platform.place, MORNING, "d1")


@on(WEB, DISCORD, SLACK)
async def test_sending_after_closing_can_be_tried_later(platform: Platform, adapter: Adapter) -> None:
    await adapter.close()

    with pytest.raises(TryLater):
        await adapter.send(platform.place, MORNING, "d1")


@on(*REMOTE)
async def test_opening_while_the_platform_is_down_can_be_tried_later(platform: Remote) -> None:
    await platform.go_down()

    with pytest.raises(TryLater):
        await platform.adapter.open()


@on(*REMOTE)
async def test_opening_with_a_wrong_token_is_refused_with_a_cure(platform: Remote) -> None:
    with pytest.raises(Unreachable) as refused:
        await platform.wrong().open()

    assert refused.value.sentence.endswith(".")


@on(*ONCE_EACH)
async def test_an_operator_learns_that_all_is_well_without_opening(platform: Platform) -> None:
    findings = await platform.another().diagnose()

    assert findings
    assert all(finding.good and finding.sentence for finding in findings), findings


@on(*REMOTE)
async def test_an_operator_learns_that_the_platform_is_down(platform: Remote) -> None:
    await platform.go_down()

    findings = await platform.adapter.diagnose()

    assert [finding for finding in findings if not finding.good and finding.sentence.endswith(".") and finding.cure]


@on(*REMOTE)
async def test_an_operator_learns_that_the_token_is_wrong(platform: Remote) -> None:
    findings = await platform.wrong().diagnose()

    assert [finding for finding in findings if not finding.good and finding.sentence.endswith(".") and finding.cure]


@on(*REMOTE)
@pytest.mark.parametrize("state", ["well", "wrong", "down"])
async def test_no_finding_shows_a_token(platform: Remote, state: str) -> None:
    adapter = platform.wrong() if state == "wrong" else platform.adapter
    if state == "down":
        await platform.go_down()

    findings = await adapter.diagnose()

    assert not [secret for secret in platform.secrets for finding in findings if secret in words_of(finding)]


@on(WEB, DISCORD, SLACK)
def test_a_card_is_shown_to_renderers_as_json(platform: Platform) -> None:
    shown = platform.adapter.show(EVERYTHING)

    assert "Whom could you encourage today?" in json.dumps(json.loads(shown), ensure_ascii=False)


@on(*ONCE_EACH)
def test_a_shown_card_is_indented_text(platform: Platform) -> None:
    assert len(platform.adapter.show(EVERYTHING).splitlines()) > 1
