"""Workspaces that install Kindling by its page, on both databases."""

import pytest
import structlog

from adapters.slack.adapter import SlackAdapter
from adapters.slack.doctor import SCOPES
from bot.domain.errors import Unreachable
from bot.domain.forms import Field, Form
from bot.domain.message import Reply
from tests.adapters.slack.halls import (
    adapter,
    cara,
    city,
    database,
    hall,
    kind,
    postgres,
    sqlite_template,
    square,
    url,
    visitor,
)
from tests.adapters.slack.visitor import Hall, Visitor
from tests.adapters.slack.workspace import CARD, place
from tests.standins.slack import Channel, SlackStandIn, Team, User

__all__ = [
    "adapter",
    "cara",
    "city",
    "database",
    "hall",
    "kind",
    "postgres",
    "sqlite_template",
    "square",
    "url",
    "visitor",
]


async def test_a_workspace_that_installs_kindling_is_told_what_comes_next(
    slack: SlackStandIn, visitor: Visitor, hall: Hall
) -> None:
    page = await visitor.install(slack.team)

    assert (page.status, page.title) == (200, "Kindling is in your workspace")
    assert "/kindling setup" in page.text
    assert await hall.door.until("joined") == [("slack", slack.team.id)]


async def test_each_workspace_gets_its_cards_with_its_own_token(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, *, general: Channel, city: Team, square: Channel
) -> None:
    await visitor.install(slack.team)
    await visitor.install(city)

    await adapter.send(place(general), CARD, "k1")
    await adapter.send(place(square), CARD, "k2")

    assert [len(slack.messages(channel)) for channel in (general, square)] == [1, 1]
    assert [call.team_id for call in slack.calls("chat.postMessage")] == [slack.team.id, city.id]


async def test_a_workspace_that_did_not_install_it_cannot_be_reached(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, square: Channel
) -> None:
    await visitor.install(slack.team)

    with pytest.raises(Unreachable, match="other_workspace"):
        await adapter.send(place(square), CARD, "k1")


async def test_a_press_is_answered_in_its_own_workspace(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, hall: Hall, *, general: Channel, square: Channel,
    city: Team, ben: User, cara: User
) -> None:  # fmt: skip
    await visitor.install(slack.team)
    await visitor.install(city)
    for channel, person in ((general, ben), (square, cara)):
        await adapter.send(place(channel), CARD, channel.id)
        slack.requests.clear()
        reply = await slack.click(person, slack.messages(channel)[0], "k:try:o1")
        await reply.ephemeral()
        [*_, (actor, _, _)] = hall.door.named("press")

        standing = await adapter.standing(actor.person)

        assert standing is not None
        assert standing.may_moderate is person.admin
        assert {call.team_id for call in slack.requests if call.method != "response_url"} == {channel.team.id}

    pressed = [(actor.person.space, ref.place.space) for actor, _, ref in hall.door.named("press")]
    assert pressed == [(slack.team.id, slack.team.id), (city.id, city.id)]


async def test_commands_reactions_and_forms_of_all_workspaces_come_in(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, hall: Hall, *, square: Channel, city: Team, cara: User
) -> None:
    await visitor.install(slack.team)
    await visitor.install(city)
    await adapter.send(place(square), CARD, "k1")

    await slack.slash(cara, square, "/kind", "today")
    await slack.react(cara, slack.messages(square)[0], "heart")

    [(actor, _, _)] = await hall.door.until("typed")
    [(person, ref, _, _, _)] = await hall.door.until("reacted")
    standing = await adapter.standing(actor.person)
    assert standing is not None
    assert (actor.person.space, standing.may_moderate) == (city.id, True)
    assert (person.space, ref.place) == (city.id, place(square))


async def test_a_reaction_that_is_the_first_thing_after_a_start_finds_its_workspace(
    slack: SlackStandIn, hall: Hall, *, square: Channel, city: Team, cara: User
) -> None:
    await hall.installed(city)
    async with hall.sending() as earlier:
        await earlier.send(place(square), CARD, "k1")

    async with hall.listening():
        await slack.react(cara, slack.messages(square)[0], "heart")

    [(person, ref, _, _, _)] = await hall.door.until("reacted")
    assert (person.space, ref.place) == (city.id, place(square))


async def test_a_press_from_a_company_that_shares_the_channel_is_of_the_cards_workspace(
    slack: SlackStandIn,
    visitor: Visitor,
    adapter: SlackAdapter,
    hall: Hall,
    *,
    general: Channel,
    city: Team,
    cara: User,
) -> None:
    await visitor.install(slack.team)
    await visitor.install(city)
    await adapter.send(place(general), CARD, "k1")
    general.members.append(cara)

    await slack.click(cara, slack.messages(general)[0], "k:try:o1")

    [(actor, _, ref)] = await hall.door.until("press")
    assert (actor.person.space, ref.place) == (slack.team.id, place(general))
    standing = await adapter.standing(actor.person)
    assert standing is None or (standing.stranger and not standing.may_moderate)
    assert actor.stranger is not False


async def test_what_only_they_see_is_of_the_cards_workspace_too(
    slack: SlackStandIn,
    visitor: Visitor,
    adapter: SlackAdapter,
    hall: Hall,
    *,
    general: Channel,
    city: Team,
    cara: User,
) -> None:
    await visitor.install(slack.team)
    await visitor.install(city)
    await adapter.send(place(general), CARD, "k1")
    general.members.append(cara)
    hall.door.answer = Reply(CARD)
    private = await (await slack.click(cara, slack.messages(general)[0], "k:try:o1")).ephemeral()
    hall.door.answer = Reply(Form("share", "Share", (Field("what", "What?"),)))

    modal = await (await slack.click(cara, private, "k:another:o1")).modal()
    await slack.submit(cara, modal, {"what": "A walk"})

    [*_, (actor, action, _)] = await hall.door.until("press", 2)
    [(submitter, *_)] = await hall.door.until("submit")
    assert (actor.person.space, action.name) == (slack.team.id, "another")
    assert submitter.person.space == slack.team.id


async def test_an_operator_may_have_optional_scopes_asked_for(slack: SlackStandIn, hall: Hall) -> None:
    async with hall.listening(more_scopes=["pins:write", "files:write"]) as adapter, Visitor(slack, adapter) as visitor:
        await visitor.install(slack.team)

    assert slack.team.scopes == {*SCOPES, "pins:write", "files:write"}


async def test_the_core_is_told_of_all_workspaces_at_each_start(
    slack: SlackStandIn, hall: Hall, city: Team, general: Channel
) -> None:
    await hall.installed(slack.team, city)

    async with hall.listening() as adapter:
        await adapter.send(place(general), CARD, "k1")

    assert hall.door.named("connected")[-1] == ("slack", {slack.team.id, city.id})
    assert len(slack.messages(general)) == 1


async def test_the_workspace_of_a_token_in_the_configuration_is_served_beside_the_others(
    slack: SlackStandIn, hall: Hall, *, city: Team, general: Channel, square: Channel
) -> None:
    await hall.installed(city)

    async with hall.sending(bot_token=slack.bot_token) as adapter:
        for channel in (general, square):
            await adapter.send(place(channel), CARD, "k1")

    assert [len(slack.messages(channel)) for channel in (general, square)] == [1, 1]


async def test_events_by_http_and_the_pages_share_one_address(
    slack: SlackStandIn, hall: Hall, ben: User, general: Channel
) -> None:
    by_http = {"mode": "http", "signing_secret": slack.signing_secret, "app_token": None}
    async with hall.listening(**by_http) as adapter, Visitor(slack, adapter) as visitor:
        await visitor.install(slack.team)

        await slack.slash(ben, general, "/kind", "today")

        await hall.door.until("typed")


# Refusing


async def test_somebody_who_cancels_is_met_kindly(visitor: Visitor, hall: Hall) -> None:
    page = await visitor.install(None)

    assert (page.status, page.title) == (200, "Not this time, and that is fine")
    assert await hall.rows() == []


async def test_a_state_is_good_once(slack: SlackStandIn, visitor: Visitor, city: Team) -> None:
    await visitor.install(slack.team)
    again = f"{visitor.back.partition('?')[0]}?{visitor.back.partition('?')[2]}"

    page = await visitor.get(again)

    assert (page.status, page.title) == (401, "This page was used or has expired")
    assert len(slack.calls("oauth.v2.access")) == 1


async def test_a_state_that_expired_is_refused(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.begin()
    back = await visitor.answer(slack.team)
    async with hall.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE slack_oauth_states SET expire_at = '2001-01-01 00:00:00'")

    page = await visitor.get(back)

    assert page.status == 401
    assert await hall.rows() == []


async def test_a_state_that_was_made_up_is_refused(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.begin()
    back = await visitor.answer(slack.team)
    state = back.partition("state=")[2].partition("&")[0]
    visitor.cookie = visitor.cookie.replace(state, "made-up")

    page = await visitor.get(back.replace(state, "made-up"))

    assert page.status == 401
    assert await hall.rows() == []


async def test_another_browser_cannot_finish(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.begin()
    back = await visitor.answer(slack.team)
    visitor.cookie = ""

    page = await visitor.get(back)

    assert (page.status, page.title) == (400, "This page belongs to another visit")
    assert await hall.rows() == []


async def test_a_code_that_slack_refuses_installs_nothing(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.begin()
    back = await visitor.answer(slack.team)

    page = await visitor.get(back.replace("code=", "code=x"))

    assert (page.status, page.title) == (401, "Slack did not accept that")
    assert await hall.rows() == []


async def test_a_slack_that_does_not_answer_is_told(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    slack.fail("oauth.v2.access", drop_before=True, times=None)

    page = await visitor.install(slack.team)

    assert (page.status, page.title) == (503, "Slack is not answering")
    assert await hall.rows() == []


async def test_a_whole_organisation_is_refused_and_its_token_given_back(
    slack: SlackStandIn, visitor: Visitor, hall: Hall
) -> None:
    slack.consent.org_wide = True

    page = await visitor.install(slack.team)

    assert (page.status, page.title) == (403, "One workspace at a time, please")
    assert await hall.rows() == []
    assert slack.team.bot_token in slack.team.revoked


async def test_a_reason_that_somebody_made_up_is_not_repeated(visitor: Visitor) -> None:
    page = await visitor.get(visitor.adapter.install_address.replace("install", "oauth_redirect") + "?error=<b>boo</b>")

    assert "boo" not in page.text
    assert page.title == "That did not work"


async def test_the_pages_are_not_stored_and_hold_no_secret(slack: SlackStandIn, visitor: Visitor) -> None:
    await visitor.install(slack.team)

    for page in visitor.pages:
        assert page.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        for secret in (slack.client_secret, slack.team.bot_token, slack.app_token):
            assert secret not in page.text


async def test_an_expired_state_is_tidied_away(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.begin()
    async with hall.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE slack_oauth_states SET expire_at = '2001-01-01 00:00:00'")

    await visitor.begin()

    assert len(await hall.rows("slack_oauth_states")) == 1


# Leaving


async def test_a_workspace_that_removes_kindling_is_forgotten_and_the_others_are_not(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, hall: Hall, *, general: Channel, city: Team,
    square: Channel
) -> None:  # fmt: skip
    await visitor.install(slack.team)
    await visitor.install(city)

    await slack.uninstall(city)

    assert set(await hall.door.until("left", 2)) == {("slack", city.id)}
    assert [row["team_id"] for row in await hall.rows()] == [slack.team.id]
    with pytest.raises(Unreachable, match="other_workspace"):
        await adapter.send(place(square), CARD, "k1")
    await adapter.send(place(general), CARD, "k2")


async def test_a_workspace_that_comes_back_goes_on(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, hall: Hall, general: Channel
) -> None:
    await visitor.install(slack.team)
    await slack.uninstall()
    await hall.door.until("left", 2)

    await visitor.install(slack.team)
    await adapter.send(place(general), CARD, "k1")

    assert len(slack.messages(general)) == 1
    assert await hall.door.until("joined", 2) == [("slack", slack.team.id)] * 2


async def test_news_of_a_removal_that_comes_late_does_not_undo_a_new_installation(
    slack: SlackStandIn, visitor: Visitor, adapter: SlackAdapter, hall: Hall, general: Channel
) -> None:
    await visitor.install(slack.team)
    slack.events.hold()
    slack.remove_app(slack.team)
    await visitor.install(slack.team)

    await slack.events.release()
    await adapter.send(place(general), CARD, "k1")

    assert len(await hall.rows()) == 1
    assert hall.door.named("left") == []


async def test_another_process_learns_of_a_new_token_when_the_old_one_is_refused(
    slack: SlackStandIn, hall: Hall, general: Channel
) -> None:
    await hall.installed(slack.team)
    async with hall.sending() as worker:
        await worker.send(place(general), CARD, "k1")
        slack.team.installed = False
        await hall.installed(slack.team)

        await worker.send(place(general), CARD, "k2")

    assert len(slack.messages(general)) == 2


async def test_an_installation_replaces_the_earlier_one(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.install(slack.team)
    await visitor.install(slack.team)

    assert len(await hall.rows()) == 1


async def test_no_name_and_no_person_is_kept(slack: SlackStandIn, visitor: Visitor, hall: Hall) -> None:
    await visitor.install(slack.team)

    [row] = await hall.rows()
    assert slack.team.name not in str(row)
    assert "U0INSTALLER" not in str(row)


async def test_no_token_gets_into_a_log(slack: SlackStandIn, hall: Hall, general: Channel) -> None:
    with structlog.testing.capture_logs() as logs:
        await hall.installed(slack.team)
        async with hall.sending() as adapter:
            await adapter.send(place(general), CARD, "k1")

    assert slack.team.bot_token not in str(logs)
    assert slack.client_secret not in str(logs)
