"""The wall under hard use: a database that cannot be written, rights that are tried out, what nobody may work out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.errors import AdapterError, DatabaseProblem, TryLater, Uncertain, Unreachable
from bot.domain.message import Action, Card
from bot.domain.places import MessageRef, Place
from bot.services.delivering import LEASE
from bot.services.showing import Showing
from bot.storage.tables import act_copies, acts, decisions, reactions
from tests.core.before import be_set_up
from tests.core.test_attention import CLOSED
from tests.core.test_on_its_way import refuse
from tests.core.test_overseeing import listed, standing
from tests.core.test_sharing import TOLD, named, on_wall, share, shared, the_act
from tests.core.village import DAY, MINUTE, BlindLetters, a_village, button, card_of, command, press, rows, surroundings
from tests.house import House, member, moderator
from tests.letters import Letters


async def test_while_the_wall_cannot_be_kept_it_is_not_tried_without_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def in_vain(_: Showing, _platform: str) -> int:
        nonlocal tries
        tries += 1
        raise DatabaseProblem("the disk is full", "database.full")

    async with a_village(tmp_path) as house:
        await be_set_up(house)
        monkeypatch.setattr(Showing, "work_off", in_vain)
        await share(house)

        for _ in range(200):
            async with house.database.reading() as work:
                await work.chores.next_at()

        assert 1 <= tries <= 10


@pytest.mark.parametrize("way", ["change", "down"])
async def test_what_its_author_keeps_meanwhile_is_not_put_on_the_wall_by_restoring_it(tmp_path: Path, way: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."})
        if way == "change":
            await house.kindling.submit(member(), "share", act, TOLD | {"shown_as": "me"})
        else:
            await house.kindling.press(member(), Action("down", act))

        await house.kindling.press(moderator(), Action("restore", act))
        await house.core.engine.settle()

        assert on_wall(house) == []
        assert await standing(house) == "private"


async def test_taking_down_what_is_hidden_is_no_way_around_the_moderators(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.kindling.submit(moderator(), "hide", act, {"reason": "Let us talk."})

        await house.kindling.press(member(), Action("down", act))
        await house.kindling.press(member(), Action("publish", act))
        await house.core.engine.settle()

        assert on_wall(house) == []
        assert await standing(house) == "hidden"


async def test_nothing_is_begun_whose_lease_is_nearly_over(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        left: list[timedelta] = []

        class Slow(Letters):
            async def send(self, place: Place, card: Card, key: str) -> MessageRef:
                [lease] = [row["next_at"] for row in await rows(house, act_copies) if row["key"] == key]
                left.append(lease - house.clock.at)
                house.clock.at += 3 * MINUTE
                return await super().send(place, card, key)

        house.room.messengers["letters"] = Slow(house.letters.surroundings, letters=house.letters.letters)
        async with house.database.unit_of_work():  # so that all of them are claimed at once
            sharing = [asyncio.create_task(shared(house, member(user))) for user in ("robin", "ben", "ada")]
            await asyncio.sleep(0)
        await asyncio.gather(*sharing)
        await house.core.engine.settle()

        assert len(on_wall(house)) == 3
        assert min(left) >= LEASE / 2


async def test_reports_of_what_their_authors_keep_by_now_hide_no_others(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = [await shared(house, member(), text=f"Number {number}.") for number in range(9)]
        for number, act in enumerate(kept):
            await house.kindling.press(member(f"reporter {number}"), Action("report", act))
            await house.kindling.press(member(), Action("down", act))
        await house.forward(DAY)  # what waits is told once a day
        told = len(house.letters.told)
        left = await shared(house, member("ben"), text="Something unkind.")

        await house.kindling.press(member("ada"), Action("report", left))
        waiting = await command(house, "kindling wall queue")

        assert waiting.heading == "Reported"
        assert "Something unkind." in waiting.plain()
        assert [card.heading for _, card in house.letters.told[told:]] == ["Something waits for you"]


@pytest.mark.parametrize("name", ["down", "erase"])
async def test_a_copy_that_could_not_be_removed_goes_when_the_channel_is_mended(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        shut = True

        class Shut(Letters):
            async def delete(self, ref: MessageRef) -> None:
                if shut:
                    raise Unreachable("letters.closed", "Nobody opens there any more.")
                await super().delete(ref)

        house.room.messengers["letters"] = Shut(house.letters.surroundings, letters=house.letters.letters)
        await share(house)
        await house.kindling.press(member(), Action(name, await the_act(house)))
        await house.core.engine.settle()
        before = len(on_wall(house))

        shut = False
        await command(house, "kindling wall rebuild")
        await house.core.engine.settle()

        assert before == 1
        assert on_wall(house) == []


async def test_rebuilding_while_a_copy_is_refused_brings_it_all_the_same(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling wall setup", channel="green")
        refuse(house, lambda: command(house, "kindling wall rebuild"), CLOSED)

        await share(house)

        assert [card.heading for card in on_wall(house)] == ["A kindness received"]
        assert house.letters.told == []


async def change_what_was_removed(house: House, act: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
    """Somebody deleted the copies by hand, and as its author's change finds that out, something happens."""
    edit, over = house.letters.edit, list[object]()

    async def slowly(ref: MessageRef, card: Card, key: str) -> None:
        if not over:
            over.append(None)
            await meanwhile()
        await edit(ref, card, key)

    house.letters.edit = slowly  # type: ignore[method-assign] -- somebody is quick
    for letter in house.letters.letters:
        letter.gone = True
    await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})
    await house.core.engine.settle()


async def test_rebuilding_while_a_copy_turns_out_to_be_gone_brings_it_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        await change_what_was_removed(house, await the_act(house), lambda: command(house, "kindling wall rebuild"))

        assert [letter.gone for letter in house.letters.letters] == [True, False]


async def test_what_was_removed_by_hand_stays_away_though_its_author_changes_it_meanwhile(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        again = TOLD | {"text": "Something else again."}

        await change_what_was_removed(house, act, lambda: house.kindling.submit(member(), "share", act, again))

        assert [letter.gone for letter in house.letters.letters] == [True]


async def test_a_copy_that_the_walls_old_channel_refused_comes_in_the_new_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling wall setup", channel="green")
        refuse(house, lambda: command(house, "kindling wall setup", channel="blue"), CLOSED)

        await share(house)

        assert [letter.place.channel for letter in house.letters.letters] == ["blue"]
        assert house.letters.told == []


@pytest.mark.parametrize("fault", [TryLater("busy"), CLOSED], ids=["busy", "refused"])
async def test_rebuilding_while_a_copy_cannot_be_changed_brings_it_back_if_it_is_gone(
    tmp_path: Path, fault: AdapterError
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling wall setup", channel="green")
        await share(house)
        act, asked = await the_act(house), list[Card]()
        edit = house.letters.edit

        async def refused_at_first(ref: MessageRef, card: Card, key: str) -> None:
            if not asked:
                asked.append(await command(house, "kindling wall rebuild"))
                raise fault
            await edit(ref, card, key)

        house.letters.edit = refused_at_first  # type: ignore[method-assign] -- a moderator asks in the meantime
        house.letters.letters[-1].gone = True
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})
        await house.forward(MINUTE)

        assert [letter.gone for letter in house.letters.letters] == [True, False]
        assert house.letters.told == []


async def test_a_copy_in_doubt_is_not_asked_about_for_ever_where_nobody_may_look_any_more(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling wall setup", channel="green")
        faults: list[tuple[str, AdapterError]] = [("after", Uncertain("cut"))]
        blind = BlindLetters(surroundings(house), faults=faults, blindness=[CLOSED] * 9)
        house.letters = house.room.messengers["letters"] = blind
        await share(house)

        await command(house, "kindling wall setup", channel="blue")
        await house.forward(DAY)

        assert len(blind.blindness) == 8
        assert [card.heading for _, card in blind.told] == ["The wall needs a hand"]


async def test_the_audit_log_does_not_tell_which_acts_are_of_one_author(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        unnamed = await shared(house, member("robin"))
        by_robin = await shared(house, named("robin", "Robin"), shown_as="name")
        by_ben = await shared(house, named("ben", "Ben"), shown_as="name")
        await house.kindling.press(moderator(), Action("block!", unnamed))

        logs: list[list[str]] = []
        for act in (by_ben, by_robin):
            await house.kindling.press(moderator(), Action("unblock", act))
            logs.append(listed(await command(house, "kindling audit")))

        assert [len(log) for log in logs] == [5, 6]


@pytest.mark.parametrize("rule", ["open", "review"])
async def test_why_it_is_here_tells_others_nothing_of_who_wrote_it(tmp_path: Path, rule: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": rule})
        act = await shared(house, member())
        await house.kindling.press(moderator(), Action("approve", act))
        await house.kindling.submit(member(), "name", act, {"member": "kim"})
        await house.kindling.press(member("kim"), Action("decline", act))

        said = card_of(await house.kindling.press(member("ada"), Action("why", act)))
        to_author = card_of(await house.kindling.press(member(), Action("why", act)))

        told = [line for line in listed(said) if "(reaction.none)" not in line and "(warmth.none)" not in line]
        assert told == ["put on the wall by its author (act.shown)"]
        assert "named.no" not in to_author.plain()


@pytest.mark.parametrize(("shown_as", "standing_now"), [("name", "shown"), ("someone", "waiting")])
async def test_a_moderator_who_is_not_named_waits_in_the_queue_like_everybody(
    tmp_path: Path, shown_as: str, standing_now: str
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})
        await shared(house, replace(moderator("maya"), name="Maya"), shown_as=shown_as)

        assert await standing(house) == standing_now


async def test_what_is_felt_until_the_message_is_gone_goes_with_it(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        class Busy(Letters):
            async def delete(self, ref: MessageRef) -> None:
                kim = member("kim").person
                await house.kindling.reacted(kim, ref, "🌻", present=True, at=house.clock.at)
                await super().delete(ref)

        house.room.messengers["letters"] = Busy(house.letters.surroundings, letters=house.letters.letters)
        await share(house)

        await house.kindling.press(member(), Action("erase", await the_act(house)))
        await house.core.engine.settle()

        assert await rows(house, act_copies) == []
        assert await rows(house, reactions) == []


async def test_nothing_is_kept_of_a_forgotten_draft(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        draft = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        act = button(draft, "Put it on the wall").subject
        await house.kindling.submit(member(), "name", act, {"member": "kim"})
        await house.forward(2 * DAY)

        for tidy in house.core.engine.tidying:
            await tidy()

        assert await rows(house, acts) == []
        assert await rows(house, decisions) == []


@pytest.mark.parametrize("before", [0, 5])
async def test_by_their_own_reaction_nobody_learns_whether_nobody_or_two_others_felt_the_same(
    tmp_path: Path, before: int
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        seen: dict[int, list[str]] = {others: [] for others in range(3)}
        written = {others: await shared(house, member()) for others in seen}
        await house.core.engine.settle()
        for others, act in written.items():
            for one in range(max(before, others)):
                await house.kindling.press(member(f"other {one}"), Action("warm", act))
        await house.forward(2 * MINUTE)
        for others, act in written.items():
            for one in range(others, before):
                await house.kindling.press(member(f"other {one}"), Action("cool", act))

        for press in ("warm", "cool"):
            for act in written.values():
                await house.kindling.press(member("eve"), Action(press, act))
            await house.forward(2 * MINUTE)
            for others, act in written.items():
                seen[others] += [card.plain() for card in on_wall(house) if button(card, "It warmed me").subject == act]

    assert ("A few" in seen[0][0]) is (before > 0)
    assert seen[0] == seen[1] == seen[2]


async def look_first(house: House, rule: str = "review") -> None:
    await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": rule})


async def test_a_moderator_publishes_only_what_they_have_read(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await look_first(house)
        act = await shared(house, member(), text="Something kind.")
        card = await command(house, "kindling wall queue")
        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something else."})

        again = await press(house, card, "Publish")
        before = await standing(house)
        await press(house, again, "Publish")

        assert again.heading == "It was changed meanwhile"
        assert "Something else." in again.plain()
        assert (before, await standing(house)) == ("waiting", "shown")


async def test_a_name_that_comes_after_a_moderator_looked_is_looked_at_too(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await look_first(house)
        act = await shared(house, member())
        await press(house, await command(house, "kindling wall queue"), "Publish")

        await house.kindling.submit(named("robin", "Somebody unkind"), "share", act, TOLD | {"shown_as": "name"})
        with_a_name = await standing(house)
        await press(house, await command(house, "kindling wall queue"), "Publish")
        await house.kindling.submit(member(), "share", act, TOLD)

        assert (with_a_name, await standing(house)) == ("waiting", "shown")


async def test_whoever_comes_second_blocks_nobody(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await look_first(house)
        await shared(house, member())
        card = await command(house, "kindling wall queue")
        asked = await press(house, card, "Block author", moderator("ada"))
        await press(house, card, "Publish")

        answers = [await press(house, card, "Block author", moderator("ada"))]
        answers += [await press(house, asked, "Block", moderator("ada"))]

        assert [answer.heading for answer in answers] == ["Already dealt with"] * 2
        assert await standing(house) == "shown"


async def test_whoever_comes_second_to_what_was_reported_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        act = await shared(house, member())
        await house.kindling.press(member("kim"), Action("report", act))
        card = await command(house, "kindling wall queue")
        await press(house, card, "Leave it")

        answers = [await press(house, card, label, moderator("ada")) for label in ("Leave it", "Block author")]

        assert [answer.heading for answer in answers] == ["Already dealt with"] * 2


@pytest.mark.parametrize(("rule", "told"), [("chosen", True), ("open", False)])
async def test_where_few_share_whoever_is_not_named_knows_that_they_may_be_guessed(
    tmp_path: Path, rule: str, told: bool
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        chosen = {"channel": "square", "rule": rule, "chosen": "@robin"}
        await house.kindling.command(moderator(), "kindling wall setup", chosen)

        unnamed = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        by_name = card_of(
            await house.kindling.submit(named("robin", "Robin"), "share", "", TOLD | {"shown_as": "name"})
        )

        assert ("may guess" in unnamed.plain()) is told
        assert "may guess" not in by_name.plain()


async def test_what_moderators_have_looked_at_still_counts_for_whoever_asked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        written = [await shared(house, member(f"author {number}")) for number in range(6)]
        for act in written[:5]:
            await house.kindling.press(member("kim"), Action("report", act))
            await house.kindling.press(moderator(), Action("leave", act))

        again = card_of(await house.kindling.press(member("kim"), Action("report", written[0])))
        sixth = card_of(await house.kindling.press(member("kim"), Action("report", written[5])))
        queue = await command(house, "kindling wall queue")

        assert "has looked at it since you asked" in again.plain()
        assert "asked about several already" in sixth.plain()
        assert queue.heading == "Nothing waits"


@pytest.mark.parametrize("because", ["other words", "a day later"])
async def test_whoever_asked_can_ask_again(tmp_path: Path, because: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        act = await shared(house, member())
        await house.kindling.press(member("kim"), Action("report", act))
        await house.kindling.press(moderator(), Action("leave", act))
        await house.forward(MINUTE if because == "other words" else 2 * DAY)
        for tidy in house.core.engine.tidying:
            await tidy()
        if because == "other words":
            await house.kindling.submit(member(), "share", act, TOLD | {"text": "Something unkind."})

        await house.kindling.press(member("kim"), Action("report", act))

        assert (await command(house, "kindling wall queue")).heading == "Reported"
