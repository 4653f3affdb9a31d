"""No query that grows with the data reads a whole table."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from bot.domain.alerts import Alert
from bot.domain.delivery import Content
from bot.domain.ids import (
    ActId,
    CommunityId,
    CopyId,
    DeliveryId,
    MemberId,
    OccurrenceId,
    PromptId,
    ScheduleId,
    SpaceId,
    SuggestionId,
    ThemeId,
)
from bot.domain.linking import LinkCode, Purpose
from bot.domain.message import Card
from bot.domain.moderators import Problem
from bot.domain.packs import Circle
from bot.domain.places import MessageRef
from bot.domain.reactions import Cleared, Copy, Reacted
from bot.domain.votes import Vote
from bot.domain.wall import Order, Reading, Warmth
from bot.ports import UnitOfWork
from bot.ports.chores import Chore
from bot.ports.rewrites import Rewrite
from bot.storage.chores import DUE
from bot.storage.database import Database
from tests.storage.hearing import heard
from tests.storage.values import (
    COMMUNITY,
    DAY,
    LEASE,
    NINE,
    ROBIN,
    SQUARE,
    TODAY,
    VILLAGE,
    a_delivery,
    a_village,
    an_occurrence,
)

GROWING = (
    "deliveries",
    "reactions",
    "occurrences",
    "members",
    "acts",
    "act_words",
    "act_copies",
    "act_pictures",
    "decisions",
    "changes",
    "recaps",
    "own_prompts",
    "own_themes",
    "own_plans",
    "next_prompts",
    "suggestions",
    "setups",
    "supports",
    "pack_imports",
    "finishes",
    "rewrites",
)
A_COPY = Copy(DeliveryId("copy"), OccurrenceId("today"), VILLAGE)
A_CODE = LinkCode("digest", Purpose.SPACES, VILLAGE, "maya", NINE)
AN_ALERT = Alert(Problem(VILLAGE, "act.waiting", TODAY), "letters", Card("Look"), (), NINE, NINE)
CLEARED = Cleared(MessageRef(SQUARE, "42"), None, NINE)


def tap(user: str) -> Reacted:
    return Reacted(MessageRef(SQUARE, "42"), user, "🌱", present=True, at=NINE)


CHORES = {
    Chore.COPIES: "ix_act_copies_due",
    Chore.RECAPS: "ix_recaps_due",
    Chore.LEAVINGS: "ix_leavings_due",
    Chore.FINISHES: "ix_finishes_due",
    Chore.PREVIEWS: "ix_week_previews_due",
    Chore.ALERTS: "ix_alert_cards_due",
    Chore.VOTES: "ix_votes_due",
    Chore.REWRITES: "ix_rewrites_due",
}
QUERIES: dict[str, tuple[Callable[[UnitOfWork], Awaitable[object]], str]] = {
    **{f"what is to be done about {chore}": (lambda work: work.chores.next_at(), CHORES[chore]) for chore in Chore},
    "spaces one after the other": (lambda work: work.communities.active(100), "sqlite_autoindex_spaces_1"),
    "schedules that are due": (lambda work: work.schedules.due(NINE, 100), "ix_schedules_next_at"),
    "the next schedule": (lambda work: work.schedules.next_at(), "ix_schedules_next_at"),
    "a community's schedules": (
        lambda work: work.schedules.of_community(CommunityId("community")),
        "ix_schedules_community_id",
    ),
    "a claim": (lambda work: work.outbox.claim("anna", "letters", NINE, LEASE, 10), "ix_deliveries_waiting"),
    "what waits": (lambda work: work.outbox.next_at(), "ix_deliveries_waiting"),
    "what waits for a place": (lambda work: work.outbox.waiting_at(SQUARE), "ix_deliveries_space"),
    "a delivery": (lambda work: work.outbox.get(DeliveryId("d")), "sqlite_autoindex_deliveries_1"),
    "an occurrence's deliveries": (
        lambda work: work.outbox.of_occurrence(OccurrenceId("today")),
        "sqlite_autoindex_deliveries_2",
    ),
    "messages": (
        lambda work: work.outbox.copies([MessageRef(SQUARE, "42"), MessageRef(SQUARE, "43")]),
        "ix_deliveries_message",
    ),
    "what was posted": (lambda work: work.outbox.posted_since("letters", NINE), "ix_deliveries_posted"),
    "what is not settled": (lambda work: work.outbox.unsettled(VILLAGE), "ix_deliveries_space"),
    "what is unsure at a place": (lambda work: work.outbox.unsure_at([SQUARE]), "ix_deliveries_space"),
    "a copy's marks": (lambda work: work.reactions.via(A_COPY), "sqlite_autoindex_reactions_1"),
    "an item's marks": (lambda work: work.reactions.on_item("today"), "sqlite_autoindex_reactions_1"),
    "one member's marks on an item": (
        lambda work: work.reactions.of_member("today", MemberId("robin")),
        "sqlite_autoindex_reactions_1 (item=? AND member_id=?)",
    ),
    "marks taken back": (lambda work: work.reactions.forget_removed(NINE), "ix_reactions_removed"),
    "an occurrence": (lambda work: work.occurrences.get(OccurrenceId("today")), "sqlite_autoindex_occurrences_1"),
    "a date's occurrence": (
        lambda work: work.occurrences.on(ScheduleId("morning"), TODAY),
        "sqlite_autoindex_occurrences_2",
    ),
    "the latest occurrence": (
        lambda work: work.occurrences.latest(ScheduleId("morning"), NINE),
        "sqlite_autoindex_occurrences_2",
    ),
    "the weeks' themes": (
        lambda work: work.occurrences.challenges([(COMMUNITY.id, TODAY)]),
        "ix_occurrences_challenges",
    ),
    "the weeks so far": (lambda work: work.occurrences.weeks_announced([COMMUNITY.id]), "ix_occurrences_challenges"),
    "whether a theme was announced": (
        lambda work: work.occurrences.announced(COMMUNITY.id, ThemeId("theme")),
        "ix_occurrences_challenges",
    ),
    "taking what is to be done with them": (
        lambda work: work.finishes.claim("anna", "letters", NINE, LEASE, 10),
        "ix_finishes_due",
    ),
    "what schedules want done with their cards": (
        lambda work: work.finishes.begin([DeliveryId("d")], NINE),
        "sqlite_autoindex_schedules_1",
    ),
    "whom deliveries notify": (
        lambda work: work.finishes.notified([DeliveryId("d")]),
        "sqlite_autoindex_targets_1",
    ),
    "a schedule's pins": (
        lambda work: work.finishes.pins(ScheduleId("morning"), VILLAGE),
        "ix_finishes_schedule",
    ),
    "what could not be done with cards": (
        lambda work: work.finishes.troubles([DeliveryId("d")]),
        "sqlite_autoindex_finishes_1",
    ),
    "the last votes": (lambda work: work.votes.latest([COMMUNITY.id]), "ix_votes_community_id"),
    "weeks that were wished for": (lambda work: work.votes.won([OccurrenceId("today")]), "ix_votes_week_id"),
    "votes that are over": (lambda work: work.votes.overdue(NINE), "ix_votes_due"),
    "a vote that is closed": (
        lambda work: work.votes.close(Vote(OccurrenceId("today"), COMMUNITY.id, (), NINE, NINE)),
        "sqlite_autoindex_votes_1",
    ),
    "cards to be written anew now": (
        lambda work: work.rewrites.claim("letters", NINE, NINE, 10),
        "ix_rewrites_due",
    ),
    "a card that was written anew": (
        lambda work: work.rewrites.settle(Rewrite(DeliveryId("d"), "ada", 0), None, NINE),
        "sqlite_autoindex_rewrites_1",
    ),
    "wishes": (lambda work: work.votes.wishes(OccurrenceId("today")), "sqlite_autoindex_vote_wishes_1"),
    "calendars of weeks": (
        lambda work: work.week_calendars.of([COMMUNITY.id, CommunityId("other")]),
        "sqlite_autoindex_week_calendars_1",
    ),
    "prompts used": (lambda work: work.prompt_uses.of([COMMUNITY.id]), "sqlite_autoindex_prompt_uses_1"),
    "some occurrences": (
        lambda work: work.occurrences.those([OccurrenceId("today")]),
        "sqlite_autoindex_occurrences_1",
    ),
    "some communities": (lambda work: work.communities.those([COMMUNITY.id]), "sqlite_autoindex_communities_1"),
    "what is chosen": (
        lambda work: work.occurrences.choose([an_occurrence(content=Content((PromptId("a"),)))]),
        "sqlite_autoindex_occurrences_1",
    ),
    "what is settled": (lambda work: work.outbox.settle([a_delivery()]), "sqlite_autoindex_deliveries_1"),
    "previews due": (lambda work: work.communities.previews_due("letters", NINE, 5), "ix_week_previews_due"),
    "a preview": (
        lambda work: work.communities.move_preview(SpaceId("village"), NINE, before=NINE),
        "sqlite_autoindex_week_previews_1",
    ),
    "a preview that is not to come": (
        lambda work: work.communities.move_preview(SpaceId("village"), None),
        "sqlite_autoindex_week_previews_1",
    ),
    "a preview for the first time": (
        lambda work: work.communities.move_preview(SpaceId("village"), NINE),
        "sqlite_autoindex_spaces_1",
    ),
    "the last entry of an audit log": (
        lambda work: work.changes.last("act", COMMUNITY.id),
        "ix_decisions_moderators",
    ),
    "the last change": (lambda work: work.changes.last("act", COMMUNITY.id), "ix_changes_community"),
    "the last decision about an act": (lambda work: work.changes.last("act", None), "ix_decisions_subject"),
    "what is told now": (
        lambda work: work.alerts.claim("ada", "letters", NINE, LEASE, 5),
        "ix_alert_cards_due",
    ),
    "what is told later": (lambda work: work.alerts.later(AN_ALERT, NINE), "sqlite_autoindex_alert_cards_1"),
    "who is still to be told": (lambda work: work.alerts.narrow(AN_ALERT), "sqlite_autoindex_alert_cards_1"),
    "what was told": (lambda work: work.alerts.done(AN_ALERT), "sqlite_autoindex_alert_cards_1"),
    "a wall's channel nobody chose": (
        lambda work: work.walls.forget_place(SpaceId("village")),
        "sqlite_autoindex_wall_places_1",
    ),
    "a space": (lambda work: work.communities.space_of("letters", "village"), "sqlite_autoindex_spaces_2"),
    "a community's spaces": (lambda work: work.communities.spaces(COMMUNITY.id), "ix_spaces_community_id"),
    "a space by its id": (lambda work: work.communities.space(SpaceId("village")), "sqlite_autoindex_spaces_1"),
    "a member": (lambda work: work.communities.member(ROBIN), "sqlite_autoindex_members_2"),
    "reactions taken in": (
        lambda work: work.reactions.take_in([(A_COPY, tap("robin")), (A_COPY, tap("sam"))]),
        "sqlite_autoindex_members_2",
    ),
    "messages of acts": (lambda work: work.outbox.copies([MessageRef(SQUARE, "42")]), "ix_act_copies_message"),
    "an act": (lambda work: work.acts.get(ActId("act")), "sqlite_autoindex_acts_1"),
    "acts that name people of a place": (lambda work: work.acts.named_across(VILLAGE), "ix_acts_named_id"),
    "a place's acts that name somebody": (lambda work: work.acts.named_across(VILLAGE), "ix_acts_space_id"),
    "acts whose words can grow": (lambda work: work.acts.growing([ActId("act")]), "sqlite_autoindex_acts_1"),
    "words of warmth": (lambda work: work.acts.warm(ActId("act"), Warmth.FEW), "sqlite_autoindex_acts_1"),
    "a picture": (lambda work: work.acts.picture("mark"), "sqlite_autoindex_act_pictures_2"),
    "the picture of an act": (lambda work: work.acts.unillustrate(ActId("act")), "sqlite_autoindex_act_pictures_1"),
    "an author's acts": (lambda work: work.acts.of_author([MemberId("robin")], 2, "z"), "ix_acts_author"),
    "the newest acts": (lambda work: work.acts.page(Reading(COMMUNITY.id, VILLAGE, Order.NEWEST), 2), "ix_acts_newest"),
    "the acts read least": (lambda work: work.acts.page(Reading(COMMUNITY.id, VILLAGE), 2), "ix_acts_fair"),
    "the acts of a circle read least": (
        lambda work: work.acts.page(Reading(COMMUNITY.id, VILLAGE, circle=Circle.SELF), 2),
        "ix_acts_circle_fair",
    ),
    "the newest acts of a circle": (
        lambda work: work.acts.page(Reading(COMMUNITY.id, VILLAGE, Order.NEWEST, Circle.SELF), 2),
        "ix_acts_circle",
    ),
    "acts with a word": (
        lambda work: work.acts.page(Reading(COMMUNITY.id, VILLAGE, Order.NEWEST, sought=("a", "b")), 2),
        "sqlite_autoindex_act_words_1",
    ),
    "acts that wait": (lambda work: work.acts.waiting(COMMUNITY.id, VILLAGE, 2), "ix_acts_to_review"),
    "a whole wall": (lambda work: work.acts.on_wall(COMMUNITY.id, 2), "ix_acts_newest"),
    "what a week holds": (
        lambda work: work.acts.shared(COMMUNITY.id, VILLAGE, NINE - DAY, NINE, 10),
        "ix_acts_published",
    ),
    "recaps that are stirred": (lambda work: work.recaps.stir(COMMUNITY.id, NINE, NINE), "ix_recaps_week"),
    "recaps to work on": (lambda work: work.recaps.claim("letters", NINE, NINE + LEASE, 10), "ix_recaps_due"),
    "an author's drafts": (lambda work: work.acts.thin_drafts([MemberId("robin")], 2), "ix_acts_author"),
    "drafts": (lambda work: work.acts.forget_drafts(NINE), "ix_acts_drafts"),
    "an act's copies": (lambda work: work.act_copies.of_act(ActId("act")), "ix_act_copies_act"),
    "a copy": (lambda work: work.act_copies.get(CopyId("copy")), "sqlite_autoindex_act_copies_1"),
    "copies that are stirred": (lambda work: work.act_copies.stir(ActId("act"), NINE), "ix_act_copies_act"),
    "copies of what was felt": (lambda work: work.act_copies.refresh({ActId("act")}, NINE), "ix_act_copies_act"),
    "copies to work on": (
        lambda work: work.act_copies.claim("anna", "letters", NINE, LEASE, 10),
        "ix_act_copies_due",
    ),
    "copies that were sent": (lambda work: work.act_copies.sent_since("letters", NINE), "ix_act_copies_sent"),
    "copies that are rebuilt": (
        lambda work: work.act_copies.rebuild([CopyId("copy")], NINE),
        "sqlite_autoindex_act_copies_1",
    ),
    "copies that are tried again": (lambda work: work.act_copies.try_again(VILLAGE, NINE), "ix_act_copies_stuck"),
    "a space's recaps": (lambda work: work.recaps.stir_in(VILLAGE, NINE), "ix_recaps_space_id"),
    "whom nobody has asked so far": (lambda work: work.acts.unasked(10, "z"), "ix_acts_unasked"),
    "why copies stopped": (lambda work: work.act_copies.stuck(VILLAGE), "ix_act_copies_stuck"),
    "copies that stopped": (lambda work: work.act_copies.any_stuck(VILLAGE, "x"), "ix_act_copies_stuck"),
    "reports": (lambda work: work.walls.reported(COMMUNITY.id, VILLAGE, 5), "ix_act_reports_community"),
    "a member's reports": (lambda work: work.walls.reports_by(MemberId("robin"), NINE), "ix_act_reports_member_id"),
    "a member's report of an act": (
        lambda work: work.walls.reported_at(ActId("act"), MemberId("robin")),
        "sqlite_autoindex_act_reports_1",
    ),
    "reports dealt with": (lambda work: work.walls.forget_reports(NINE), "ix_act_reports_settled_at"),
    "what was decided": (lambda work: work.walls.decided("act"), "ix_decisions_subject"),
    "marks of several items": (lambda work: work.reactions.on_items(["today", "x"]), "sqlite_autoindex_reactions_1"),
    "a page by its key": (lambda work: work.open_walls.of_key("hash"), "sqlite_autoindex_open_walls_2"),
    "a space's page": (lambda work: work.open_walls.get(VILLAGE), "sqlite_autoindex_open_walls_1"),
    "what moderators decided": (
        lambda work: work.walls.by_moderators(COMMUNITY.id, VILLAGE, 5, "z"),
        "ix_decisions_moderators",
    ),
    "what was held back in a space": (
        lambda work: work.outbox.held_back(VILLAGE, "paused", NINE),
        "ix_deliveries_space",
    ),
    "what moderators changed": (
        lambda work: work.changes.page(COMMUNITY.id, VILLAGE, 5, "z"),
        "ix_changes_community",
    ),
    "a space's codes that wait": (lambda work: work.links.unanswered(VILLAGE), "ix_link_codes_space_id"),
    "a maker's codes": (lambda work: work.links.put_code(A_CODE), "ix_link_codes_space_id"),
    "a link by its key": (lambda work: work.visits.link("hash"), "sqlite_autoindex_sign_ins_1"),
    "a session by its token": (lambda work: work.visits.session("hash"), "sqlite_autoindex_sessions_1"),
    "a session that is used": (lambda work: work.visits.seen("hash", NINE), "sqlite_autoindex_sessions_1"),
    "a person's sessions": (lambda work: work.visits.of(VILLAGE, "maya"), "ix_sessions_person"),
    "a person's links": (lambda work: work.visits.end_all(VILLAGE, "maya"), "ix_sign_ins_person"),
    "old links": (lambda work: work.visits.forget(NINE, NINE, NINE), "ix_sign_ins_expires_at"),
    "old sessions": (lambda work: work.visits.forget(NINE, NINE, NINE), "ix_sessions_seen_at"),
    "old codes": (lambda work: work.links.forget(NINE, NINE), "ix_link_codes_expires_at"),
    "old wrong codes": (lambda work: work.links.forget(NINE, NINE), "ix_wrong_codes_at"),
    "wrong codes in a space": (lambda work: work.links.wrong_since(VILLAGE, NINE), "ix_wrong_codes_space"),
    "a community's days off": (lambda work: work.days_off.of_community(COMMUNITY.id), "ix_days_off_community_id"),
    "days off that were offered": (
        lambda work: work.days_off.offered(COMMUNITY.id, "d"),
        "sqlite_autoindex_days_off_1",
    ),
    "old offers of days off": (lambda work: work.days_off.forget_offers(NINE), "ix_days_off_offered_at"),
    "quiet hours of schedules": (
        lambda work: work.schedules.quiet([ScheduleId("morning")]),
        "sqlite_autoindex_schedules_1",
    ),
    "a schedule that is there": (
        lambda work: work.schedules.find(ScheduleId("morning")),
        "sqlite_autoindex_schedules_1",
    ),
    "a schedule that goes": (
        lambda work: work.schedules.remove(ScheduleId("morning"), NINE),
        "sqlite_autoindex_schedules_1",
    ),
    "the themes of late": (
        lambda work: work.occurrences.themes_since([COMMUNITY.id], TODAY),
        "ix_occurrences_challenges",
    ),
    "a community's guests": (lambda work: work.links.guests(COMMUNITY.id), "ix_spaces_community_id"),
    "what moves with a space": (
        lambda work: work.links.move(VILLAGE, COMMUNITY.id, only_here=True),
        "ix_acts_space_id",
    ),
    "copies that are stirred apart": (lambda work: work.act_copies.stir_apart(VILLAGE, NINE), "ix_act_copies_space"),
    "a person's accounts": (
        lambda work: work.people.accounts(MemberId("robin"), COMMUNITY.id),
        "ix_same_person_person_id",
    ),
    "who some members are": (lambda work: work.people.persons([MemberId("robin")]), "sqlite_autoindex_same_person_1"),
    "whether somebody is blocked": (
        lambda work: work.walls.blocked(COMMUNITY.id, MemberId("robin")),
        "sqlite_autoindex_wall_blocks_1",
    ),
    "what communities have of their own": (
        lambda work: work.shelves.of([COMMUNITY.id, CommunityId("other")]),
        "sqlite_autoindex_own_prompts_1",
    ),
    "what is queued no longer": (
        lambda work: work.shelves.taken({COMMUNITY.id: {PromptId("a")}}),
        "sqlite_autoindex_next_prompts_1",
    ),
    "what was handed in": (
        lambda work: work.shelves.get_import("i", COMMUNITY.id),
        "sqlite_autoindex_pack_imports_1",
    ),
    "what was handed in long ago": (lambda work: work.shelves.forget_imports(NINE, "i"), "ix_pack_imports_at"),
    "suggestions that wait": (lambda work: work.suggestions.page(COMMUNITY.id, 2, "z"), "ix_suggestions_community"),
    "a suggestion": (lambda work: work.suggestions.get(SuggestionId("s")), "sqlite_autoindex_suggestions_1"),
    "a member's suggestions": (
        lambda work: work.suggestions.since(MemberId("robin"), NINE),
        "ix_suggestions_member",
    ),
    "a space that leaves": (lambda work: work.leavings.get(VILLAGE), "sqlite_autoindex_leavings_1"),
    "spaces to take out": (
        lambda work: work.leavings.claim("anna", "letters", NINE, LEASE, 5),
        "ix_leavings_due",
    ),
    "what a space stops": (lambda work: work.leavings.stop(VILLAGE), "ix_targets_space_id"),
    "what is kept of a space": (lambda work: work.erasures.holdings(VILLAGE), "ix_acts_space_id"),
    "copies to take away": (lambda work: work.erasures.stir(VILLAGE, NINE, 10), "ix_act_copies_space"),
    "whether copies are to be taken away": (lambda work: work.erasures.to_do(VILLAGE), "ix_act_copies_space"),
    "what could not be taken away": (lambda work: work.erasures.left_over(VILLAGE), "ix_recaps_space_id"),
    "the next to erase": (lambda work: work.erasures.erase_some(VILLAGE, NINE, 10), "sqlite_autoindex_occurrences_2"),
    "who was chosen in a space": (lambda work: work.moderators.of(VILLAGE), "sqlite_autoindex_moderators_1"),
    "who was chosen where somebody is": (
        lambda work: work.moderators.chosen_in("letters", "village"),
        "sqlite_autoindex_moderators_1",
    ),
    "problems that were told": (lambda work: work.alerts.forget(date(2026, 11, 23)), "ix_alerts_day"),
    "a schedule's last days": (
        lambda work: work.occurrences.since(ScheduleId("schedule"), date(2026, 11, 23)),
        "sqlite_autoindex_occurrences_2",
    ),
    "reactions cleared": (lambda work: work.reactions.clear([(A_COPY, CLEARED)]), "sqlite_autoindex_reactions_1"),
}


@pytest.fixture
def kind() -> str:
    return "sqlite"


@pytest.mark.parametrize("name", QUERIES)
async def test_a_query_that_grows_with_the_data_uses_an_index(database: Database, name: str) -> None:
    query, index = QUERIES[name]

    await a_village(database)
    async with database.unit_of_work() as work:
        with heard(database) as said:
            await query(work)
        plans = [
            row[3]
            for statement, parameters in said
            for row in await work._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
        ]

    assert any(index in step for step in plans), plans
    whole = [step for step in plans if step.startswith("SCAN") and "USING" not in step and "LIST SUBQUERY" not in step]
    assert [step for step in whole if any(table in step for table in GROWING)] == []


async def test_when_the_chores_are_due_is_asked_of_indexes_alone_and_of_none_as_a_whole(database: Database) -> None:
    await a_village(database)
    async with database.unit_of_work() as work:
        with heard(database) as said:
            await work.chores.next_at()
        [(statement, parameters)] = said
        plan = await work._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
        steps = [row[3] for row in plan]

    tables = [column.table.name for column in DUE.values()]
    assert {table for table in tables if any(f" {table} " in step for step in steps)} == set(tables)
    assert [step for step in steps if step.startswith("SCAN") and any(f" {table}" in step for table in tables)] == []
