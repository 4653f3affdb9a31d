"""What moderators do about the wall, and what everybody can ask about it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import DatabaseProblem, Unreachable
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Items, Text
from bot.domain.wall import WallPlace
from bot.storage.tables import acts, changes
from tests.core.before import be_set_up
from tests.core.test_browsing import react
from tests.core.test_sharing import TOLD, on_wall, quoted, share, the_act
from tests.core.village import DAY, MINUTE, NINE, a_village, button, card_of, command, labels, press, rows
from tests.house import House, member, moderator

MODERATING = (
    "hold",
    "approve",
    "keep",
    "return",
    "hide",
    "restore",
    "leave",
    "block",
    "block!",
    "unblock",
    "queue",
    "audit",
)


def listed(card: Card) -> list[str]:
    return [item.text for part in card.body if isinstance(part, Items) for item in part.items]


async def review_first(house: House) -> None:
    await be_set_up(house)
    await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})


async def standing(house: House) -> str:
    [row] = await rows(house, acts)
    return str(row["standing"])


async def test_where_moderators_look_first_nothing_is_shown_before(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)

        said = await share(house)

        assert said.heading == "Thank you"
        assert on_wall(house) == []


async def test_a_moderator_publishes_from_the_queue_and_its_author_hears_of_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)

        waiting = await command(house, "kindling wall queue")
        done = await press(house, waiting, "Publish")
        await house.core.engine.settle()

        assert quoted(waiting) == (TOLD["text"], "someone in our community")
        assert done.heading == "Published"
        assert len(on_wall(house)) == 1
        (person, told) = house.letters.told[-1]
        assert (person.user, told.heading) == ("robin", "Your kindness is on the wall")


@pytest.mark.parametrize("way", ["Hide it", "Block author"])
async def test_what_was_written_anew_while_it_was_hidden_is_read_before_it_is_shown_again(
    tmp_path: Path, way: str
) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        act = await the_act(house)
        await press(house, await command(house, "kindling wall queue"), "Publish")
        if way == "Hide it":
            done = card_of(await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."}))
        else:
            done = await press(house, card_of(await house.kindling.press(moderator(), Action("block!", act))), "Undo")
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})

        undo = "Undo" if way == "Hide it" else "Show this one again"
        first = await press(house, done, undo)
        await house.core.engine.settle()
        before = on_wall(house)
        await press(house, first, "Show it again")
        await house.core.engine.settle()

        assert (first.heading, quoted(first)[0], before) == ("It was changed meanwhile", "Something else.", [])
        assert [quoted(card)[0] for card in on_wall(house)] == ["Something else."]


async def test_what_is_shown_again_comes_to_no_channel_that_is_the_walls_no_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."})
        await house.core.engine.settle()
        async with house.database.unit_of_work() as work:
            space = await work.communities.space_of("letters", "village")
            assert space is not None
            await work.walls.save_place(WallPlace(space.id, "", "maya"))
            await work.commit()

        await house.kindling.press(moderator(), Action("restore", act))
        await house.core.engine.settle()
        nowhere = on_wall(house)
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square"})
        await house.kindling.command(moderator(), "kindling wall rebuild", {})
        await house.core.engine.settle()

        assert (nowhere, len(on_wall(house))) == ([], 1)


async def test_the_first_press_wins_and_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        waiting = await command(house, "kindling wall queue")

        await press(house, waiting, "Publish", moderator("maya"))
        second = await press(house, waiting, "Keep private", moderator("noor"))

        assert await standing(house) == "shown"
        assert second.heading == "Already dealt with"
        assert "Somebody was quicker: it is on the wall now." in second.plain()


async def test_publishing_is_undone_into_the_queue(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        published = await press(house, await command(house, "kindling wall queue"), "Publish")
        await house.core.engine.settle()

        await press(house, published, "Undo")
        await house.core.engine.settle()

        assert on_wall(house) == []
        assert (await command(house, "kindling wall queue")).heading == "Waiting for the wall"


async def test_a_moderator_asks_for_a_change_and_looks_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        waiting = await command(house, "kindling wall queue")

        form = (await house.kindling.press(moderator(), button(waiting, "Ask to change"))).content
        assert isinstance(form, Form)
        await house.kindling.submit(moderator(), form.name, form.subject, {"reason": "Without the floor, please."})
        (_, told) = house.letters.told[-1]
        await house.kindling.submit(member(), "share", await the_act(house), TOLD | {"text": "Robin helped me."})
        again = await command(house, "kindling wall queue")

        assert Text("Without the floor, please.") in told.body
        assert labels(told) == ["Change it"]
        assert quoted(again)[0] == "Robin helped me."


async def test_new_words_are_looked_at_again_where_moderators_look_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        await press(house, await command(house, "kindling wall queue"), "Publish")

        await house.kindling.submit(member(), "share", await the_act(house), TOLD | {"text": "Something else."})
        await house.core.engine.settle()

        assert on_wall(house) == []
        assert await standing(house) == "waiting"


async def test_hiding_reaches_the_copy_and_is_undone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)

        hidden = card_of(await house.kindling.submit(moderator(), "hide", act, {"reason": "It names a child."}))
        await house.core.engine.settle()
        while_hidden = on_wall(house)
        [(person, told)] = house.letters.told
        await press(house, hidden, "Undo")
        await house.core.engine.settle()

        assert while_hidden == []
        assert (person.user, Text("It names a child.") in told.body) == ("robin", True)
        assert len(on_wall(house)) == 1


async def test_its_author_cannot_undo_what_a_moderator_has_hidden(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.kindling.submit(moderator(), "hide", act, {"reason": "It names a child."})

        for name in ("publish", "down", "publish"):
            await house.kindling.press(member(), Action(name, act))
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Other words."})
        await house.core.engine.settle()

        assert await standing(house) == "hidden"
        assert on_wall(house) == []


async def test_a_blocked_author_is_kept_from_the_wall_without_being_named(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        waiting = await command(house, "kindling wall queue")

        asked = await press(house, waiting, "Block author")
        blocked = await press(house, asked, "Block")
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        refused = await press(house, preview, "Put it on the wall", member())
        for_oneself = await share(house, shown_as="me")

        assert "robin" not in f"{waiting} {asked} {blocked}"
        assert refused.heading == "Not this time"
        assert for_oneself.heading == "Kept"


async def test_a_block_is_undone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        blocked = card_of(await house.kindling.press(moderator(), Action("block!", act)))

        await press(house, blocked, "Undo")
        said = await share(house, text="Another one.")

        assert said.heading == "It is on the wall"


async def test_a_report_comes_to_the_queue_without_saying_from_whom(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)

        for _ in range(2):
            await house.kindling.press(member("kim"), Action("report", act))
        reported = await command(house, "kindling wall queue")
        left = await press(house, reported, "Leave it")
        after = await press(house, left, "Next")

        assert reported.heading == "Reported"
        assert "kim" not in f"{reported}"
        assert after.heading == "Nothing waits"
        assert len(on_wall(house)) == 1


async def test_reports_of_one_member_have_a_limit(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(6):
            await share(house, text=f"Number {number}.")
        known = [str(row["id"]) for row in await rows(house, acts)]

        answers = [card_of(await house.kindling.press(member("kim"), Action("report", act))) for act in known]

        assert [answer.heading for answer in answers[4:]] == [
            "Thank you for looking after this place",
            "Not this time",
        ]


@pytest.mark.parametrize("name", [*MODERATING, "rebuild"])
async def test_moderating_is_for_moderators(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        said = card_of(await house.kindling.press(member("kim"), Action(name, await the_act(house))))

        assert "This is for moderators" in said.plain()
        assert await standing(house) == "shown"


@pytest.mark.parametrize("name", ["hide", "return"])
async def test_so_are_its_forms(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        said = card_of(await house.kindling.submit(member("kim"), name, await the_act(house), {"reason": "I say so."}))

        assert "This is for moderators" in said.plain()
        assert await standing(house) == "shown"


async def test_refused_words_are_found_in_any_case_and_only_whole(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = (await house.kindling.command(moderator(), "kindling wall setup", {})).content
        assert isinstance(form, Form)
        wishes = {"channel": "square", "rule": "open", "links": "no", "words": "Giveaway, free money"}
        await house.kindling.submit(moderator(), "wall", form.subject, wishes)

        refused = await house.kindling.submit(member(), "share", "", TOLD | {"text": "A GIVEAWAY for you"})
        fine = await house.kindling.submit(member(), "share", "", TOLD | {"text": "She gives away bread, no money."})

        assert isinstance(refused.content, Rejected)
        assert "Giveaway" in refused.content.problems["text"]
        assert not isinstance(fine.content, Rejected)


async def test_why_answers_from_what_was_decided(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.forward(MINUTE)
        await house.kindling.submit(moderator(), "hide", act, {"reason": "It names a child."})

        said = card_of(await house.kindling.press(member(), Action("why", act)))

        assert Text("This kindness is hidden by a moderator.") in said.body
        assert listed(said)[:2] == [
            "hidden: “It names a child.” (act.hidden_by_moderator)",
            "put on the wall by its author (act.shown)",
        ]


async def test_why_tells_which_of_ones_own_reactions_are_kept_and_nobody_elses(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await react(house, "kim")
        await house.core.reactions.caught_up()

        kims = card_of(await house.kindling.press(member("kim"), Action("why", act)))
        sams = card_of(await house.kindling.press(member("sam"), Action("why", act)))

        assert "🌻 (reaction.kept)" in listed(kims)
        assert "🌻" not in sams.plain()
        assert "(reaction.none)" in sams.plain()
        assert "at least three others" in sams.plain()


async def test_the_audit_log_tells_moderators_what_was_decided_newest_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        for number in range(5):
            await house.forward(MINUTE)
            await house.kindling.submit(moderator("maya"), "hide", act, {"reason": f"Reason {number}."})
            await house.forward(MINUTE)
            await house.kindling.press(moderator("noor"), Action("restore", act))

        newest = await command(house, "kindling audit", moderator("maya"))
        earlier = await press(house, newest, "Earlier", moderator("maya"))

        lines = [
            item.text
            for card in (newest, earlier)
            for part in card.body
            if isinstance(part, Items)
            for item in part.items
        ]
        assert len(lines) == 12
        assert lines[:2] == [
            "shown again (act.restored), by another moderator",
            "hidden: “Reason 4.” (act.hidden_by_moderator), by you",
        ]


async def test_whoever_chose_the_channel_is_told_once_that_something_waits(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        for number in range(3):
            await share(house, text=f"{number}")

        [(person, told)] = house.letters.told
        looked = await press(house, told, "Look at it")

        assert person.user == "maya"
        assert looked.heading == "Waiting for the wall"


async def test_what_comes_on_another_day_is_told_though_something_waits_already(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        await press(house, await press(house, house.letters.told[0][1], "Look at it"), "Publish")
        await share(house, text="The same evening.")
        told = len(house.letters.told)

        await house.until(NINE + DAY)
        await share(house, text="The next day.")

        assert [card.heading for _, card in house.letters.told[told:]] == ["Something waits for you"]


async def test_a_first_report_is_told_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        for user in ("kim", "lee"):
            await house.kindling.press(member(user), Action("report", await the_act(house)))

        [(person, told)] = house.letters.told
        assert (person.user, told.heading) == ("maya", "Something waits for you")


async def test_only_chosen_people_share_where_moderators_chose_some(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        rules = {"channel": "square", "rule": "chosen", "chosen": "<@&helpers>, <@kim>"}
        await house.kindling.command(moderator(), "kindling wall setup", rules)
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))

        refused = await press(house, preview, "Put it on the wall", member())
        kept = await share(house, shown_as="me")
        by_name = await share(house, member("kim"))
        by_role = await share(house, replace(member("lee"), roles=frozenset({"helpers"})))
        by_moderator = await share(house, moderator())

        assert (refused.heading, kept.heading) == ("Not this time", "Kept")
        assert {card.heading for card in (by_name, by_role, by_moderator)} == {"It is on the wall"}


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("words", {"words": ", ".join(f"word{number}" for number in range(1000))}),
        ("rule", {"rule": "chosen", "chosen": " ".join(f"person-{number}" for number in range(1000))}),
    ],
)
async def test_rules_are_of_a_length_that_can_be_looked_at_for_each_act(
    tmp_path: Path, field: str, given: dict[str, str]
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        before = await rows(house, changes)

        reply = await house.kindling.command(moderator(), "kindling wall setup", {})
        assert isinstance(reply.content, Form)
        reply = await house.kindling.submit(moderator(), "wall", reply.content.subject, given)

        assert isinstance(reply.content, Rejected)
        assert "At most" in reply.content.problems[field] or "at most" in reply.content.problems[field]
        assert await rows(house, changes) == before


async def test_a_rule_for_chosen_people_names_some(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        form = (await house.kindling.command(moderator(), "kindling wall setup", {})).content
        assert isinstance(form, Form)
        reply = await house.kindling.submit(moderator(), "wall", form.subject, {"channel": "square", "rule": "chosen"})

        assert isinstance(reply.content, Rejected)
        assert "rule:chosen chosen:@helpers" in reply.content.problems["rule"]


async def test_the_doctor_tells_why_acts_do_not_appear(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await share(house)
        await press(house, await command(house, "kindling wall queue"), "Publish")
        house.letters.faults = [("before", Unreachable("letters.closed", "Open the square."))]
        await house.core.engine.settle()
        await share(house, text="Another one.")

        told = await command(house, "kindling doctor")

        assert listed(told) == [
            "a copy could not be sent, changed or removed (letters.closed)",
            "Acts wait for a moderator: /kindling wall queue shows them (act.waiting)",
        ]


async def test_the_doctor_tells_why_cards_did_not_come(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        await command(house, "kindling pause", until="2w")
        await house.until(NINE)

        told = await command(house, "kindling doctor")

        assert listed(told) == ["Mon 23 Nov 2026: paused by a moderator (paused)"]


async def test_the_doctor_tells_why_reactions_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        refused = asyncio.Event()

        async def full(_job: object) -> None:
            refused.set()
            raise DatabaseProblem("The disk is full.", "database.full")

        with monkeypatch.context() as patched:
            patched.setattr(house.database, "carry_out", full)
            kept = asyncio.create_task(react(house, "kim"))
            await asyncio.wait_for(refused.wait(), 10)
            found = await command(house, "kindling doctor")
        await kept

        assert "they wait in memory" in found.plain()
        assert "(database.full)" in found.plain()
        assert (await command(house, "kindling doctor")).heading == "All is well here"


async def test_the_doctor_finds_nothing_where_all_is_well(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert (await command(house, "kindling doctor")).heading == "All is well here"
        assert "for moderators" in (await command(house, "kindling doctor", member())).plain()


async def test_a_change_of_the_rules_is_written_down_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await review_first(house)
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})

        told = listed(await command(house, "kindling audit"))
        assert told.count("the wall's rules were changed (wall.rules), by you") == 1
        assert told.count("the wall's channel was chosen (wall.place), by you") == 1
