"""Reading the wall, and what people feel about what they read."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.message import Action, Card, Text
from bot.domain.places import MessageRef, Person
from bot.domain.reactions import Felt
from bot.storage.tables import reactions
from tests.core.before import be_set_up
from tests.core.test_sharing import TOLD, named, on_wall, quoted, share, the_act
from tests.core.village import MINUTE, SQUARE, a_village, card_of, command, press, rows
from tests.house import House, member, moderator


async def read(house: House, count: int, **words: str) -> list[str]:
    """What somebody reads who goes on reading."""
    card = await command(house, "kind wall", member("kim"), **words)
    found = [quoted(card)[0]]
    for _ in range(count - 1):
        card = await press(house, card, "Read another", member("kim"))
        found.append(quoted(card)[0])
    return found


async def a_wall_of(house: House, *texts: str, **values: str) -> None:
    for text in texts:
        await share(house, text=text, **values)
        await house.forward(MINUTE)


async def test_what_was_read_least_comes_first(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "One.", "Two.", "Three.")
        await read(house, 2)

        assert await read(house, 1) == ["Three."]


async def test_everything_is_read_before_anything_is_read_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "One.", "Two.", "Three.")

        assert sorted(await read(house, 3)) == ["One.", "Three.", "Two."]


async def test_newest_first_where_somebody_asks_for_that(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "One.", "Two.", "Three.")

        assert await read(house, 3, order="newest") == ["Three.", "Two.", "One."]


async def test_one_circle_where_somebody_asks_for_that(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "For me.", circle="self")
        await a_wall_of(house, "For you.", circle="close")

        assert await read(house, 2, circle="close") == ["For you.", "For you."]


@pytest.mark.parametrize(
    ("text", "sought"),
    [
        ("Ein Café für alle", "cafe"),
        ("Ein Café für alle", "ALLE für"),
        ("Crème brûlée for the nurses", "brul"),
        ("他帮我拿行李", "行李"),
        ("ช่วยถือของ", "ถือ"),
        ("Она помогла мне", "помог"),
        ('It said "OR" * NOT (x', "or"),
    ],
)
async def test_what_is_sought_is_found_in_any_language(tmp_path: Path, text: str, sought: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "Something else entirely.", text)

        assert await read(house, 1, search=sought) == [text]


@pytest.mark.parametrize("sought", ["nowhere", '"', "*", "a' OR 1=1 --", "NEAR(", "50% off", "|||", "\u202e"])
async def test_what_is_not_there_is_said_kindly(tmp_path: Path, sought: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "Something else entirely.")

        said = await command(house, "kind wall", member("kim"), search=sought)

        assert said.heading in {"The kindness wall", "A kindness received"}
        if sought == "nowhere":
            assert "Nothing on the wall holds “nowhere”" in said.plain()


async def test_what_was_taken_off_is_not_found(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "A rare word: quokka.")
        await house.kindling.press(member(), Action("down", await the_act(house)))

        said = await command(house, "kind wall", member("kim"), search="quokka")

        assert said.heading == "The kindness wall"


def said_of(card: Card) -> list[str]:
    return [part.text for part in card.body if isinstance(part, Text)]


async def react(house: House, *users: str, present: bool = True, emoji: str = "🌻") -> None:
    [number] = [
        number
        for number, letter in enumerate(house.letters.letters)
        if letter.card.heading.startswith("A kindness ") and not letter.gone
    ]
    for user in users:
        ref = MessageRef(SQUARE, str(number))
        await house.kindling.reacted(Person("letters", "village", user), ref, emoji, present=present, at=house.clock.at)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (0, []),
        (3, []),
        (4, ["A few of you felt this."]),
        (9, ["A few of you felt this."]),
        (10, ["Many of you felt this."]),
    ],
)
async def test_warmth_is_told_in_words_from_three_others_on(tmp_path: Path, people: int, said: list[str]) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        await react(house, *(f"user{number}" for number in range(people)))
        await house.forward(2 * MINUTE)

        [card] = on_wall(house)
        assert said_of(card) == said


async def test_several_ways_of_one_person_are_one_person(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        for emoji in ("🌻", "💛", "🎈"):
            await react(house, "kim", emoji=emoji)
        await house.kindling.press(member("kim"), Action("warm", await the_act(house)))
        await house.forward(2 * MINUTE)

        [card] = on_wall(house)
        assert said_of(card) == []


@pytest.mark.parametrize(("shown_as", "said"), [("name", []), ("someone", ["A few of you felt this."])])
async def test_what_authors_feel_about_their_own_act_is_told_only_where_it_would_give_them_away(
    tmp_path: Path, shown_as: str, said: list[str]
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("robin", "Robin"), shown_as=shown_as)

        await react(house, "robin", "kim", "lee", "max")
        await house.forward(2 * MINUTE)

        [card] = on_wall(house)
        assert said_of(card) == said


async def test_a_thousand_reactions_cost_a_handful_of_edits_and_end_right(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        edits: list[Card] = []
        edit = house.letters.edit

        async def counted(ref: MessageRef, card: Card, key: str) -> None:
            edits.append(card)
            await edit(ref, card, key)

        house.letters.edit = counted  # type: ignore[method-assign] -- it is the platform that counts
        for number in range(1000):
            await react(house, f"user{number}")
            if not number % 100:
                await house.forward(timedelta(seconds=1))
        await house.forward(2 * MINUTE)
        [warm] = on_wall(house)
        await react(house, *(f"user{number}" for number in range(998)), present=False)
        await house.forward(2 * MINUTE)

        [cool] = on_wall(house)
        assert said_of(warm) == said_of(cool) == ["Many of you felt this."]
        assert len(edits) == 1
        assert sum(row["present"] for row in await rows(house, reactions)) == 2


async def test_a_copy_is_refreshed_once_a_minute_at_most(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        await react(house, "kim", "lee", "max", "ada")
        await house.forward(timedelta(seconds=30))
        [before] = on_wall(house)
        await house.forward(timedelta(seconds=31))
        [after] = on_wall(house)

        assert (said_of(before), said_of(after)) == ([], ["A few of you felt this."])


async def test_the_button_is_the_same_as_a_reaction(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        act = await the_act(house)

        for user in ("kim", "lee", "ada", "max"):
            thanked = card_of(await house.kindling.press(member(user), Action("warm", act)))
        await house.forward(2 * MINUTE)
        [warm] = on_wall(house)
        await press(house, thanked, "Take it back", member("max"))
        await house.forward(2 * MINUTE)
        [cool] = on_wall(house)

        assert said_of(warm) == said_of(cool) == ["A few of you felt this."]
        assert sum(row["present"] for row in await rows(house, reactions)) == 3


async def test_reactions_that_were_missed_are_caught_up_with(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        [letter] = [letter for letter in house.letters.letters if letter.card.heading.startswith("A kindness ")]
        letter.reactions = {Felt(user, "🌻") for user in ("kim", "lee", "max", "ada")}

        await house.kindling.connected("letters")
        await house.forward(2 * MINUTE)

        [card] = on_wall(house)
        assert said_of(card) == ["A few of you felt this."]


async def test_an_empty_wall_invites(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        said = await command(house, "kind wall", moderator())

        assert said.heading == "The kindness wall"
        assert TOLD["text"] not in said.plain()
