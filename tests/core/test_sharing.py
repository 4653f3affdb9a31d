"""What authors do with their acts, told by what stands in the wall's channel."""

from pathlib import Path

import pytest

from bot.domain.errors import TryLater, Uncertain, Unreachable
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Quote, Reply, Text
from bot.domain.places import Actor
from bot.services.sharing import DRAFTS
from bot.storage.tables import act_copies, acts
from tests.core.before import be_set_up
from tests.core.village import MINUTE, a_village, button, card_of, labels, press, rows, rule
from tests.house import House, member, moderator

TOLD = {"text": "Robin carried my shopping up four floors.", "telling": "received", "shown_as": "someone"}


def named(user: str, name: str) -> Actor:
    person = member(user)
    return Actor(person.person, channel=person.channel, zone=person.zone, name=name)


async def share(house: House, actor: Actor | None = None, **values: str) -> Card:
    """Write an act and put it on the wall; the answer to that."""
    author = actor or member()
    preview = card_of(await house.kindling.submit(author, "share", "", TOLD | values))
    label = "Keep it" if "Keep it" in labels(preview) else "Put it on the wall"
    said = await press(house, preview, label, author)
    await house.core.engine.settle()
    return said


async def shared(house: House, author: Actor, **values: str) -> str:
    """Put an act on the wall without waiting for its copies; its id."""
    preview = card_of(await house.kindling.submit(author, "share", "", TOLD | values))
    put = button(preview, "Put it on the wall")
    await house.kindling.press(author, put)
    return put.subject


def on_wall(house: House) -> list[Card]:
    """The copies that stand in channels."""
    return [letter.card for letter in house.letters.letters if not letter.gone and is_copy(letter.card)]


def is_copy(card: Card) -> bool:
    return card.heading.startswith("A kindness ")


def quoted(card: Card) -> tuple[str, str]:
    [quote] = [part for part in card.body if isinstance(part, Quote)]
    return quote.text, quote.by


async def the_act(house: House) -> str:
    [row] = await rows(house, acts)
    return str(row["id"])


async def test_an_act_appears_in_the_walls_channel_once_its_author_puts_it_there(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        await house.core.engine.settle()
        before = on_wall(house)

        said = await press(house, preview, "Put it on the wall", member())
        await house.core.engine.settle()

        assert before == []
        [card] = on_wall(house)
        assert quoted(card) == (TOLD["text"], "someone in our community")
        assert card.heading == "A kindness received"
        assert said.heading == "It is on the wall"


async def test_one_person_fills_nothing_with_drafts(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(DRAFTS + 5):
            await house.kindling.submit(member(), "share", "", TOLD | {"text": f"Kindness {number}."})
            await house.forward(MINUTE)
        await house.kindling.submit(member("sam"), "share", "", TOLD)

        kept = [row["text"] for row in await rows(house, acts, acts.c.id)]

        assert kept == [*(f"Kindness {number}." for number in range(5, DRAFTS + 5)), TOLD["text"]]


async def test_pressing_twice_puts_it_there_once(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))

        for _ in range(2):
            await press(house, preview, "Put it on the wall", member())
            await house.core.engine.settle()

        assert len(on_wall(house)) == 1


async def test_a_name_is_shown_where_its_owner_chose_that_and_nowhere_else(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        await share(house, named("robin", "Robin Hood"), shown_as="name")
        await share(house, named("robin", "Robin Hood"), shown_as="someone")

        assert [quoted(card)[1] for card in on_wall(house)] == ["Robin Hood", "someone in our community"]
        assert sorted(row["name"] for row in await rows(house, acts)) == ["", "Robin Hood"]


async def test_what_is_kept_for_oneself_stands_nowhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        said = await share(house, shown_as="me")

        assert said.heading == "Kept"
        assert on_wall(house) == []
        assert await rows(house, act_copies) == []


async def test_a_change_reaches_the_copy(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)

        form = (await house.kindling.press(member(), Action("edit", act))).content
        assert isinstance(form, Form)
        await house.kindling.submit(member(), "share", form.subject, TOLD | {"text": "Four floors!"})
        await house.core.engine.settle()

        [card] = on_wall(house)
        assert quoted(card)[0] == "Four floors!"
        assert card.footnote == ""


async def test_after_ten_minutes_a_change_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        await house.forward(11 * MINUTE)

        await house.kindling.submit(member(), "share", await the_act(house), TOLD | {"text": "Four floors!"})
        await house.core.engine.settle()

        [card] = on_wall(house)
        assert card.footnote == "Changed since."


async def test_taking_it_back_clears_the_copy_and_putting_it_back_shows_it_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        said = await share(house)

        taken = await press(house, said, "Take it back", member())
        await house.core.engine.settle()
        while_down = on_wall(house)
        await press(house, taken, "Put it back", member())
        await house.core.engine.settle()

        assert while_down == []
        assert [quoted(card)[0] for card in on_wall(house)] == [TOLD["text"]]


async def test_removing_leaves_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        await house.kindling.press(moderator(), Action("warm", act))

        asked = card_of(await house.kindling.press(member(), Action("remove", act)))
        still_there = len(on_wall(house))
        await press(house, asked, "Remove for good", member())
        await house.core.engine.settle()

        assert still_there == 1
        assert on_wall(house) == []
        assert await rows(house, acts) == []
        assert await rows(house, act_copies) == []


@pytest.mark.parametrize("name", ["edit", "down", "remove", "erase", "publish"])
async def test_only_its_author_changes_an_act(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        said = card_of(await house.kindling.press(moderator(), Action(name, await the_act(house))))
        await house.core.engine.settle()

        assert said.heading == "Not this time"
        assert len(on_wall(house)) == 1


async def test_nobody_elses_community_reaches_an_act(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        for name in ("warm", "more", "report", "why", "edit"):
            said = card_of(await house.kindling.press(member(space="town"), Action(name, await the_act(house))))
            assert said.heading == "Not this time"


async def test_a_draft_is_seen_by_nobody_else_moderators_included(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.submit(member(), "share", "", TOLD)

        said = card_of(await house.kindling.press(moderator(), Action("more", await the_act(house))))

        assert said.heading == "Not this time"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Please write a few words about what happened."),
        ("\u200b\u202e", "Please write a few words about what happened."),
        ("a" * 601, "That is 601 characters, and the wall holds 600. Please make it a little shorter."),
        ("See https://example.org/x", "Links are not shared on this wall. Please tell it without one."),
    ],
)
async def test_what_does_not_fit_is_said_and_what_was_written_stays(tmp_path: Path, text: str, sentence: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        reply = await house.kindling.submit(member(), "share", "", TOLD | {"text": text})

        assert isinstance(reply.content, Rejected)
        assert reply.content.problems == {"text": sentence}
        assert await rows(house, acts) == []


async def test_without_a_channel_acts_can_be_shared_and_appear_when_there_is_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await share(house)
        before = on_wall(house)

        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square"})
        await house.kindling.command(moderator(), "kindling wall rebuild", {})
        await house.core.engine.settle()

        assert before == []
        assert len(on_wall(house)) == 1


async def test_a_copy_that_was_deleted_by_hand_is_not_fought_against(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        [letter] = [letter for letter in house.letters.letters if is_copy(letter.card)]
        letter.gone = True

        await house.kindling.submit(member(), "share", await the_act(house), TOLD | {"text": "Four floors!"})
        await house.core.engine.settle()
        after_a_change = on_wall(house)
        await house.kindling.command(moderator(), "kindling wall rebuild", {})
        await house.core.engine.settle()

        assert after_a_change == []
        assert [quoted(card)[0] for card in on_wall(house)] == ["Four floors!"]


async def test_a_platform_that_is_down_gets_the_last_state_when_it_is_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)
        del house.room.messengers["letters"]

        await house.kindling.submit(member(), "share", act, TOLD | {"text": "Four floors!"})
        await house.core.engine.settle()
        await house.kindling.press(member(), Action("down", act))
        await house.core.engine.settle()
        while_down = len(on_wall(house))
        house.room.messengers["letters"] = house.letters
        await house.forward(MINUTE)

        assert while_down == 1
        assert on_wall(house) == []


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_lost_answer_doubles_nothing(tmp_path: Path, moment: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.faults = [(moment, Uncertain("letters.lost"))]

        await share(house)
        await house.forward(MINUTE)

        assert len(on_wall(house)) == 1


async def test_what_could_not_be_sent_is_sent_later(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        house.letters.faults = [("before", TryLater("letters.busy"))] * 3

        await share(house)
        await house.forward(5 * MINUTE)

        assert len(on_wall(house)) == 1


async def test_a_channel_that_is_closed_is_told_once_and_catches_up_when_asked(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square"})
        house.letters.faults = [("before", Unreachable("letters.closed", "Open the square."))] * 2
        await share(house)
        await share(house, text="Another one.")
        await house.forward(5 * MINUTE)
        told = [card for _, card in house.letters.told if card.heading == "The wall needs a hand"]

        await house.kindling.command(moderator(), "kindling wall rebuild", {})
        await house.core.engine.settle()

        assert len(told) == 1
        assert Text("Open the square.") in told[0].body
        assert [quoted(card)[0] for card in on_wall(house)] == [TOLD["text"], "Another one."]


async def test_ones_own_acts_are_listed_newest_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, text="First.")
        await house.forward(MINUTE)
        await share(house, text="Second.", shown_as="me")
        await share(house, moderator(), text="Somebody else's.")

        newest = card_of(await house.kindling.command(member(), "kind me", {}))
        earlier = card_of(await house.kindling.press(member(), button(newest, "Earlier")))

        assert [quoted(card)[0] for card in (newest, earlier)] == ["Second.", "First."]
        assert "Earlier" not in labels(earlier)


async def test_a_draft_that_nobody_put_up_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await house.kindling.submit(member(), "share", "", TOLD)
        await house.forward(25 * 60 * MINUTE)

        for tidy in house.core.engine.tidying:
            await tidy()

        assert await rows(house, acts) == []


def is_refusal(reply: Reply) -> bool:
    return isinstance(reply.content, Card) and reply.content.heading == "Not this time"


async def test_one_person_does_not_fill_a_wall_that_belongs_to_all(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for number in range(20):
            await share(house, text=f"{number}")

        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        refused = await press(house, preview, "Put it on the wall", member())
        others = await share(house, member("kim"))
        await house.forward(25 * 60 * MINUTE)
        accepted = await press(house, preview, "Put it on the wall", member())

        assert (refused.heading, others.heading) == ("Not this time", "It is on the wall")
        assert accepted.heading == "It is on the wall"


RULES = {"channel": "square", "rule": "open", "links": "no", "words": "giveaway"}


@pytest.mark.parametrize(
    ("name", "why"),
    [("discord.gg/abc", "reads like a link"), ("@everyone", "reads like a call"), ("Giveaway Robin", "holds a word")],
)
async def test_a_name_is_held_against_the_rules_of_the_wall(tmp_path: Path, name: str, why: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await rule(house, **RULES)

        reply = await house.kindling.submit(named("robin", name), "share", "", TOLD | {"shown_as": "name"})
        otherwise = await house.kindling.submit(named("robin", name), "share", "", TOLD)

        assert isinstance(reply.content, Rejected)
        assert why in reply.content.problems["shown_as"]
        assert "someone in our community" in reply.content.problems["shown_as"]
        assert isinstance(otherwise.content, Card)


async def test_a_name_that_the_rules_keep_off_by_now_is_not_put_on_the_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        robin = named("robin", "Giveaway Robin")
        preview = card_of(await house.kindling.submit(robin, "share", "", TOLD | {"shown_as": "name"}))
        await rule(house, **RULES)

        refused = await press(house, preview, "Put it on the wall", robin)
        await house.core.engine.settle()

        assert "Your name cannot stand there" in refused.plain()
        assert on_wall(house) == []


async def test_where_links_are_allowed_a_name_may_be_one_and_calls_nobody_still(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await rule(house, **RULES | {"links": "yes"})

        await share(house, named("robin", "robin.example.org"), shown_as="name")
        reply = await house.kindling.submit(named("robin", "<@U1> here"), "share", "", TOLD | {"shown_as": "name"})

        assert len(on_wall(house)) == 1
        assert isinstance(reply.content, Rejected)
