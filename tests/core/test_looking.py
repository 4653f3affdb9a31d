"""A card that is to come, as each platform shows it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

from adapters.discord import plugin as discord
from adapters.slack import plugin as slack
from bot.domain.errors import Unacceptable
from bot.domain.looks import Look
from bot.domain.message import Action, Card, Choice, Items, Reply, Style, Text
from bot.ports.looks import NO_CHANNELS, ShowsCards
from tests.core.before import be_set_up
from tests.core.village import a_village, button, card_of, labels, press
from tests.house import DESK, House, member, moderator

HERE, IN_BROWSER = "As it comes here", "Side by side in the browser"
TUESDAY = "Tue 24 Nov 09:00: Morning intention"


@dataclass
class Postcards:
    """A platform that nobody runs, whose plugin tells how cards look there: short ones."""

    name: str = "postcards"
    title: str = "Postcards"
    most: int = 10_000
    refuses: bool = False

    def style(self) -> str:
        return ".postcard { color: blue; }"

    def look(self, card: Card, *, at: str = "", channels: Mapping[str, str] = NO_CHANNELS) -> Look:
        if self.refuses:
            raise Unacceptable("postcards.too_small")
        said = f"{card.heading} {card.plain()} {' '.join(choice.label for choice in card.choices)}"[: self.most]
        return Look(
            "postcards", "Postcards", f'<p class="postcard">{at} {escape(said)}</p>', self.style(), ("By post.",)
        )


@asynccontextmanager
async def a_village_with(folder: Path, *platforms: ShowsCards, desk: str = DESK) -> AsyncIterator[House]:
    """A village that is set up, where these platforms are installed beside its own."""
    looks = {platform.name: platform for platform in platforms}
    async with a_village(folder, looks=looks, desk=desk) as house:
        await be_set_up(house)
        yield house


async def subject(house: House) -> str:
    """What Tuesday's morning card is called in its buttons."""
    return button(await look_at_tuesday(house), "Show it").subject


async def look_at_tuesday(house: House) -> Card:
    form: object = (await house.kindling.press(moderator(), Action("open", "ahead"))).content
    [field] = form.fields  # type: ignore[attr-defined] -- a form
    [value] = [value for value, label in field.options if label.startswith("Tue 24 Nov 09:00")]
    return card_of(await house.kindling.submit(moderator(), "ahead", "", {"card": value}))


async def show(house: House) -> Reply:
    return await house.kindling.press(moderator(), button(await look_at_tuesday(house), "Show it"))


def words(card: Card) -> str:
    return card.plain()


async def test_a_card_is_shown_as_every_platform_shows_it(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord, slack) as house:
        tomorrow = await look_at_tuesday(house)
        reply = await show(house)

        assert card_of(reply).heading == TUESDAY
        assert [look.title for look in reply.looks] == ["Discord", "Slack"]
        said = [text for part in tomorrow.body if isinstance(part, Text) for text in (part.text,)]
        assert [look.lost([*said, "09:00", "Today’s intention", "Resting today"]) for look in reply.looks] == [[], []]


async def test_a_chat_offers_each_platform_and_the_browser(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord, slack) as house:
        card = card_of(await show(house))

        assert labels(card) == [HERE, "As Discord shows it", "As Slack shows it", IN_BROWSER]
        assert card.choices[0].style is Style.PRIMARY


async def test_a_platform_that_is_installed_later_is_offered_as_well(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, Postcards(), discord, slack) as house:
        assert labels(card_of(await show(house))) == [
            HERE,
            "As Discord shows it",
            "As Postcards shows it",
            "As Slack shows it",
            IN_BROWSER,
        ]


async def test_the_platforms_of_the_community_come_first(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord, slack, Postcards(name="letters", title="Letters")) as house:
        reply = await show(house)

        assert labels(card_of(reply)) == [HERE, "As Discord shows it", "As Slack shows it", IN_BROWSER]
        assert [look.title for look in reply.looks] == [
            "Postcards",
            "Discord",
            "Slack",
        ]  # what Postcards call themselves


async def test_where_no_other_platform_can_be_shown_the_card_itself_comes_at_once(tmp_path: Path) -> None:
    async with a_village_with(tmp_path) as house:
        assert card_of(await show(house)).heading == "Today’s intention"


async def test_the_card_itself_is_shown_with_buttons_that_do_nothing(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord) as house:
        card = await press(house, card_of(await show(house)), HERE)
        answer = await press(house, card, "I'll try one")

        assert (card.heading, labels(card)[-1]) == ("Today’s intention", "Resting today")
        assert answer.heading == "This is only a preview"
        assert len({choice.action.encode() for choice in card.choices}) == len(card.choices)


async def test_another_platform_is_told_of_in_words_and_shown_in_a_file(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord, slack) as house:
        chosen = button(card_of(await show(house)), "As Slack shows it")
        reply = await house.kindling.press(moderator(), chosen)
        card, [file] = card_of(reply), reply.files

        assert "It says the same there, word for word." in words(card)
        assert "A notification of it reads: “Today’s intention" in words(card)
        assert file.name == "card-2026-11-24-as-slack.html"
        page = file.data.decode()
        assert reply.looks[0].html in page
        assert "default-src 'none'" in page
        assert re.findall(r"https?://|<script|<link|url\(|@import", page) == []


async def test_what_does_not_fit_elsewhere_is_named(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, Postcards(most=60)) as house:
        card = await press(house, card_of(await show(house)), "As Postcards shows it")

        assert "This does not fit there and is cut: “" in words(card)
        assert "“Resting today”" in words(card)
        assert "By post." in words(card)


async def test_a_platform_that_would_not_take_the_card_says_so(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, Postcards(refuses=True), slack) as house:
        reply = await show(house)
        answer = await press(house, card_of(reply), "As Postcards shows it")

        assert [look.title for look in reply.looks] == ["Slack"]
        assert "Postcards would not take it as it is." in words(card_of(reply))
        assert "Postcards would not take that card as it is." in words(answer)


async def test_the_browser_is_offered_only_where_there_are_pages(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord, desk="") as house:
        assert labels(card_of(await show(house))) == [HERE, "As Discord shows it"]


async def test_the_link_leads_to_the_card(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord) as house:
        card = await press(house, card_of(await show(house)), IN_BROWSER)
        [address] = [part.text for part in card.body if isinstance(part, Text) and part.strong]

        assert re.fullmatch(rf"{DESK}/in/[0-9a-f]{{48}}\?see=k:ahead_show:{await subject(house)}", address)


async def test_whoever_may_not_moderate_sees_no_card_to_come(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord) as house:
        known = await subject(house)
        for name, detail in (("show", ""), ("here", ""), ("as", "discord"), ("web", ""), ("inert", "")):
            reply = await house.kindling.press(member(), Action(f"ahead_{name}", known, detail))

            assert card_of(reply).heading == "Not this time"
            assert (reply.looks, reply.files) == ((), ())


async def test_another_community_s_card_is_not_shown(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord) as house:
        await be_set_up(house, moderator(space="city"))
        reply = await house.kindling.press(moderator(space="city"), Action("ahead_show", await subject(house)))

        assert (card_of(reply).heading, reply.looks) == ("Not this time", ())


async def test_a_platform_that_is_not_there_any_more_is_said_kindly(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord) as house:
        reply = await house.kindling.press(moderator(), Action("ahead_as", await subject(house), "pigeons"))

        assert "I cannot tell any more how cards look there." in words(card_of(reply))


async def test_a_recap_has_nothing_to_show_before_its_time(tmp_path: Path) -> None:
    async with a_village_with(tmp_path, discord) as house:
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "recap": "fri"})
        form: object = (await house.kindling.press(moderator(), Action("open", "ahead"))).content
        [field] = form.fields  # type: ignore[attr-defined] -- a form
        [recap] = [value for value, label in field.options if "recap" in label]

        for name in ("show", "here", "web"):
            answer = card_of(await house.kindling.press(moderator(), Action(f"ahead_{name}", recap)))
            assert answer.heading == "There is nothing to see yet"


def test_only_a_card_to_come_is_seen_without_a_press() -> None:
    """A page answers these before anybody asks, so they have to change nothing."""
    from bot.services.commands import SEEN  # noqa: PLC0415

    assert list(SEEN) == ["ahead_show"]


def test_all_texts_of_a_card_are_told(tmp_path: Path) -> None:
    card = Card("Heading", (Text("one"), Items((), "two")), (Choice("three", Action("x")),), footnote="four")

    assert [text for text in card.texts() if text] == ["Heading", "one", "two", "four", "three"]
