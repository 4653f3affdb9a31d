"""Tokens of installed workspaces: refreshed in time and once, sealed at rest, and never lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import DateTime, bindparam, text

from adapters.slack import pace
from bot.domain.errors import TryLater, Unreachable
from bot.runtime.logs import Blanking
from bot.runtime.vault import new_key, vault
from tests.adapters.slack.halls import (
    city,
    database,
    hall,
    kind,
    postgres,
    sqlite_template,
    url,
)
from tests.adapters.slack.visitor import Hall
from tests.adapters.slack.workspace import CARD, place
from tests.standins.slack import Channel, SlackStandIn, Team, User

__all__ = ["city", "database", "hall", "kind", "postgres", "sqlite_template", "url"]

HALF_A_DAY = timedelta(hours=12)
OLD, NEW = new_key(), new_key()


@pytest.fixture
def rotating(slack: SlackStandIn) -> SlackStandIn:
    slack.rotation = True
    return slack


def refreshes(slack: SlackStandIn) -> int:
    return sum(call.args.get("grant_type") == "refresh_token" for call in slack.calls("oauth.v2.access"))


# Rotation


async def test_a_token_that_lasts_is_not_refreshed(rotating: SlackStandIn, hall: Hall, general: Channel) -> None:
    await hall.installed(rotating.team)

    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")

    assert refreshes(rotating) == 0


@pytest.mark.parametrize("age", [timedelta(hours=10, minutes=1), HALF_A_DAY, timedelta(days=30)])
async def test_a_worker_refreshes_a_token_before_it_sends_with_it(
    rotating: SlackStandIn, hall: Hall, general: Channel, age: timedelta
) -> None:
    await hall.installed(rotating.team)
    hall.ages(age)

    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")

    assert len(rotating.messages(general)) == 1
    assert refreshes(rotating) == 1
    assert not [call for call in rotating.requests if not call.ok]


async def test_a_token_that_ends_while_kindling_runs_is_refreshed(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    async with hall.sending() as worker:
        for _ in range(3):
            hall.ages(HALF_A_DAY)
            await worker.delete(await worker.send(place(general), CARD, "k1"))

    assert refreshes(rotating) == 3


async def test_a_refreshed_token_outlives_a_restart(rotating: SlackStandIn, hall: Hall, general: Channel) -> None:
    await hall.installed(rotating.team)
    for key in ("k1", "k2"):
        hall.ages(HALF_A_DAY)
        async with hall.sending() as worker:
            await worker.send(place(general), CARD, key)

    assert len(rotating.messages(general)) == 2


async def test_whoever_presses_is_answered_and_asked_about_with_a_refreshed_token(
    rotating: SlackStandIn, hall: Hall, ben: User, general: Channel
) -> None:
    await hall.installed(rotating.team)
    async with hall.listening() as adapter:
        hall.ages(HALF_A_DAY)

        reply = await rotating.slash(ben, general, "/kind", "today")
        [(actor, _, _)] = await hall.door.until("typed")
        standing = await adapter.standing(actor.person)

        assert "Thank you" in (await reply.ephemeral()).shown
        assert standing is not None
    assert refreshes(rotating) == 1


async def test_many_cards_at_once_refresh_once(rotating: SlackStandIn, hall: Hall, ben: User) -> None:
    await hall.installed(rotating.team)
    hall.ages(HALF_A_DAY)
    channels = [rotating.add_channel(f"c{number}", members=[ben]) for number in range(10)]

    async with hall.sending() as worker:
        await asyncio.gather(*(worker.send(place(channel), CARD, "k") for channel in channels))

    assert refreshes(rotating) == 1


async def test_processes_that_refresh_at_once_lose_no_refresh_token(
    rotating: SlackStandIn, hall: Hall, ben: User
) -> None:
    await hall.installed(rotating.team)
    channels = [rotating.add_channel(f"c{number}", members=[ben]) for number in range(4)]
    async with hall.sending() as one, hall.sending() as two, hall.sending() as three, hall.sending() as four:
        workers = (one, two, three, four)
        for _ in range(3):
            hall.ages(HALF_A_DAY)
            await asyncio.gather(
                *(
                    worker.send(place(channel), CARD, f"{number}")
                    for number, (worker, channel) in enumerate(zip(workers, channels, strict=True))
                )
            )

    assert refreshes(rotating) == 3
    [row] = await hall.rows()
    assert row["bot_refresh_token"] in rotating.team.refresh


async def test_a_process_that_died_while_refreshing_holds_nobody_up(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    hall.ages(HALF_A_DAY)
    died_at = datetime.fromtimestamp(rotating.clock.now(), UTC).replace(tzinfo=None) - timedelta(seconds=1)
    async with hall.engine.begin() as connection:
        then = bindparam("at", died_at, DateTime)
        await connection.execute(text("UPDATE slack_bots SET refreshing_until = :at").bindparams(then))

    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")

    assert len(rotating.messages(general)) == 1


async def test_a_refresh_whose_answer_was_lost_is_made_again(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    hall.ages(HALF_A_DAY)
    rotating.fail("oauth.v2.access", drop_after=True)

    async with hall.sending() as worker:
        with pytest.raises(TryLater):
            await worker.send(place(general), CARD, "k1")
        await worker.send(place(general), CARD, "k1")

    assert len(rotating.messages(general)) == 1


async def test_while_slack_does_not_refresh_a_token_that_works_is_used(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    hall.ages(timedelta(hours=11))
    rotating.fail("oauth.v2.access", status=503, times=None)

    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")

    assert len(rotating.messages(general)) == 1


async def test_a_token_that_ends_early_is_refreshed_and_the_card_sent_once(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    async with hall.sending() as worker:
        rotating.team.access = dict.fromkeys(rotating.team.access, 0.0)

        await worker.send(place(general), CARD, "k1")

    assert len(rotating.messages(general)) == 1
    assert refreshes(rotating) == 1


async def test_tokens_that_cannot_be_refreshed_fail_no_card(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    hall.ages(HALF_A_DAY)
    rotating.team.refresh.clear()

    async with hall.sending() as worker:
        for _ in range(2):
            with pytest.raises(TryLater, match="invalid_refresh_token"):
                await worker.send(place(general), CARD, "k1")

    assert refreshes(rotating) == 1
    assert len(await hall.rows()) == 1


async def test_a_newer_token_that_is_refused_too_blames_no_channel(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    rotating.fail("chat.postMessage", error="token_revoked", times=None)

    async with hall.sending() as worker:
        for _ in range(2):
            with pytest.raises(TryLater, match="token_revoked"):
                await worker.send(place(general), CARD, "k1")

    assert refreshes(rotating) == 1
    assert len(rotating.calls("chat.postMessage")) == 2


async def test_a_wrong_client_secret_fails_no_card_and_says_what_to_do(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(rotating.team)
    hall.ages(HALF_A_DAY)

    with structlog.testing.capture_logs() as logs:
        async with hall.sending(client_secret="wrong") as worker:
            with pytest.raises(TryLater, match="bad_client_secret"):
                await worker.send(place(general), CARD, "k1")

    [told] = [entry for entry in logs if entry["event"] == "slack.workspace_refused"]
    assert "KINDLING_SLACK_CLIENT_SECRET" in told["cure"]


async def test_one_workspace_whose_token_is_refused_stops_no_other(
    slack: SlackStandIn, hall: Hall, general: Channel, city: Team
) -> None:
    square = slack.add_channel("square", team=city)
    await hall.installed(slack.team, city)
    slack.team.revoked.add(slack.team.bot_token)

    async with hall.sending() as worker:
        with pytest.raises(TryLater, match="token_revoked"):
            await worker.send(place(general), CARD, "k1")
        await worker.send(place(square), CARD, "k1")

    assert len(slack.messages(square)) == 1


async def test_cards_that_leave_at_once_after_a_start_keep_to_one_pace(
    slack: SlackStandIn, hall: Hall, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hall.installed(slack.team)
    slack.limits.posts_per_second, slack.limits.post_burst = 10.0, 1.0
    monkeypatch.setattr(pace, "REST", 0.1)

    async with hall.sending() as worker:
        await asyncio.gather(*(worker.send(place(general), CARD, "k") for _ in range(4)))

    assert [request.status for request in slack.calls("chat.postMessage")] == [200] * 4


async def test_cards_of_two_workers_for_one_channel_meet_no_limit(
    slack: SlackStandIn, hall: Hall, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hall.installed(slack.team)
    slack.limits.posts_per_second, slack.limits.post_burst = 10.0, 2.0
    monkeypatch.setattr(pace, "REST", 0.1)
    hall.senders = 2

    async with hall.sending() as one, hall.sending() as two:
        await asyncio.gather(*(worker.send(place(general), CARD, "k") for worker in (one, two) for _ in range(4)))

    assert [request.status for request in slack.calls("chat.postMessage")] == [200] * 8


# Sealing


async def test_without_a_key_the_start_says_so_once_with_the_cure(slack: SlackStandIn, hall: Hall) -> None:
    with structlog.testing.capture_logs() as logs:
        adapter = hall.adapter()
        await adapter.open()
        await adapter.open()
        await adapter.close()

    [told] = [entry for entry in logs if entry["event"] == "slack.tokens_readable"]
    assert told["log_level"] == "warning"
    assert "kindling secret new" in told["cure"]


async def test_with_a_key_nothing_of_a_token_is_in_the_database(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    hall.keys = [NEW]
    await hall.installed(rotating.team)
    rows = str(await hall.rows())
    hall.ages(HALF_A_DAY)
    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")

    rows += str(await hall.rows())
    for token in [*rotating.team.access, *rotating.team.refresh]:
        assert token not in rows
    assert "xox" not in rows


async def test_a_key_that_is_set_later_seals_what_is_there(slack: SlackStandIn, hall: Hall, general: Channel) -> None:
    await hall.installed(slack.team)
    assert slack.team.bot_token in str(await hall.rows())
    hall.keys = [NEW]

    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")

    assert slack.team.bot_token not in str(await hall.rows())
    assert len(slack.messages(general)) == 1


async def test_after_a_start_with_both_keys_the_old_one_can_go(
    rotating: SlackStandIn, hall: Hall, general: Channel
) -> None:
    hall.keys = [OLD]
    await hall.installed(rotating.team)

    for keys in ([NEW, OLD], [NEW]):
        hall.keys = keys
        async with hall.sending() as worker:
            await worker.send(place(general), CARD, str(keys))

    [row] = await hall.rows()
    assert vault([NEW]).unseal(row["bot_refresh_token"]) in rotating.team.refresh
    assert len(rotating.messages(general)) == 2


@pytest.mark.parametrize("keys", [[], [NEW]])
async def test_a_key_that_is_missing_or_wrong_is_told_and_destroys_nothing(
    slack: SlackStandIn, hall: Hall, general: Channel, keys: list[str]
) -> None:
    hall.keys = [OLD]
    await hall.installed(slack.team)
    before = await hall.rows()

    hall.keys = keys
    with pytest.raises(Unreachable, match="secret_key") as refused:
        await hall.adapter().open()

    assert "KINDLING_SECRET_KEY" in refused.value.sentence
    assert await hall.rows() == before
    hall.keys = [OLD]
    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")


async def test_a_row_that_no_key_opens_leaves_the_others_as_they_are(
    slack: SlackStandIn, hall: Hall, city: Team
) -> None:
    await hall.installed(slack.team)
    hall.keys = [OLD]
    async with hall.listening():
        pass
    hall.keys = []
    async with hall.engine.begin() as connection:
        columns = "(client_id, app_id, team_id, bot_token, is_enterprise_install, installed_at)"
        values = "('1000.2000', 'A', 'T1', 'xoxb-open', false, '2026-01-01 00:00:00.000000')"
        await connection.exec_driver_sql(f"INSERT INTO slack_bots {columns} VALUES {values}")  # noqa: S608 -- our own
    before = await hall.rows()

    hall.keys = [NEW]
    with pytest.raises(Unreachable, match="secret_key"):
        await hall.adapter().open()

    assert await hall.rows() == before


async def test_processes_that_start_at_once_make_the_tables_once(hall: Hall) -> None:
    adapters = [hall.adapter() for _ in range(4)]

    await asyncio.gather(*(adapter.open() for adapter in adapters))

    assert await hall.rows() == []
    for adapter in adapters:
        await adapter.close()


def test_a_rotated_token_that_got_into_a_log_would_be_blanked() -> None:
    said = Blanking()("Bearer xoxe.xoxb-1-0123456789abcdef and xoxe-1-0123456789abcdef")

    assert "0123456789" not in said


# What the doctor says


async def test_the_doctor_tells_who_is_there_and_whether_tokens_are_sealed(
    slack: SlackStandIn, hall: Hall, city: Team
) -> None:
    await hall.installed(slack.team, city)
    said = []
    for keys in ([], [OLD]):
        hall.keys = keys
        said.append(" ".join(finding.sentence for finding in await hall.adapter().diagnose()))

    assert "2 workspaces have installed Kindling" in said[0]
    assert "No secret key is set" in said[0]
    assert "2 of them are sealed with the present key at the next start" in said[1]
    async with hall.sending():
        pass
    sealed = [finding.sentence for finding in await hall.adapter().diagnose()]
    assert "Stored tokens are sealed with the secret key." in sealed


async def test_the_doctor_names_a_key_that_does_not_fit(slack: SlackStandIn, hall: Hall) -> None:
    hall.keys = [OLD]
    await hall.installed(slack.team)

    hall.keys = [NEW]
    [bad] = [finding for finding in await hall.adapter().diagnose() if not finding.good]

    assert (bad.code, "KINDLING_SECRET_KEY" in bad.cure) == ("slack.secret_key", True)


async def test_the_doctor_tells_the_address_that_people_use(hall: Hall) -> None:
    found = await hall.adapter(public_url="https://kindling.example.org/").diagnose()

    assert any("https://kindling.example.org/slack/install" in finding.sentence for finding in found)
