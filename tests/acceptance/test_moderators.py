"""Moderators in charge, with `kindling run` as one process against Discord, Slack and a real browser."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.domain.uploads import Upload
from tests.acceptance import running
from tests.acceptance.nursery import born
from tests.acceptance.rehearsal import DAY, PATIENT, Rehearsal, form, rehearsing, shown
from tests.contracts.on_discord import OnDiscord
from tests.contracts.on_slack import OnSlack
from tests.contracts.platform import Answer, Platform
from tests.prepared import the_library
from tests.standins.discord import Permission

pytestmark = pytest.mark.asyncio(loop_scope="session")

MONDAY, WEDNESDAY, THURSDAY = 0, 2, 3
TEN, EVENING = time(10), time(20)
MORNING = "Today’s intention"
HOLIDAYS = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:{:%Y%m%d}
SUMMARY:Day of the bees
END:VEVENT
END:VCALENDAR
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rehearsal]:
    """One process for all tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "begin", born)
        async with rehearsing(tmp_path_factory.mktemp("moderators")) as rehearsal:
            yield rehearsal


def moment(instant: datetime, zone: str = " Europe/Berlin") -> str:
    """An instant as cards say it."""
    return f"{instant:%a} {instant.day} {instant:%b} {instant:%H:%M}{zone}"


@dataclass
class There:
    """A village that is ready to be set up, and what is said there in a way of the platform's own."""

    rehearsal: Rehearsal
    platform: OnDiscord | OnSlack

    async def set_up(self, weekly: str = "off") -> None:
        """Set up in one line."""
        words = {"zone": "Europe/Berlin", "morning": "09:00", "days": "daily", "weekly": weekly}
        answer = await self.said("kindling setup", {"channel": "kindness"}, words)
        assert "nothing before that" in answer

    async def said(self, command: str, channels: dict[str, str], words: dict[str, str]) -> str:
        """What Maya is answered to a command with options; those in `channels` name a channel."""
        maya, named = (
            self.platform.people["maya"],
            {key: self.platform.channels[name] for key, name in channels.items()},
        )
        if isinstance(self.platform, OnDiscord):
            square = self.platform.channels["kindness"]
            return (await self.rehearsal.discord.slash(maya, square, command, **named, **words)).text
        typed = {key: f"<#{channel.id}|{channel.name}>" for key, channel in named.items()} | words
        line = " ".join((command, *(f"{key}:{value}" for key, value in typed.items())))
        return (await self.platform.command("maya", line)).text

    def told(self) -> list[str]:
        """What stands in the moderators' place."""
        if isinstance(self.platform, OnDiscord):
            return [message.text for message in self.platform.discord.messages(self.platform.channels["garden"])]
        return [message.shown for message in self.platform.slack.messages(self.platform.channels["garden"])]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be seen."""
        standin = self.platform.discord if isinstance(self.platform, OnDiscord) else self.platform.slack
        await standin.until(condition, within=PATIENT)

    def let_post(self, *, allowed: bool) -> None:
        """Let Kindling post where the cards are, or no longer."""
        if isinstance(self.platform, OnSlack):
            self.platform.channels["kindness"].bot_in = allowed
            return
        square, kindling = self.platform.channels["kindness"], self.platform.guild.me
        (square.allow if allowed else square.deny)(kindling, Permission.SEND_MESSAGES)

    @property
    def cure(self) -> str:
        """How moderators are told what to do about it."""
        return "/invite" if isinstance(self.platform, OnSlack) else "allow “Send Messages” for Kindling"

    @property
    def lack(self) -> str:
        """How status names it."""
        return "/invite" if isinstance(self.platform, OnSlack) else "“Send Messages” is missing"

    def privately_told(self) -> list[object]:
        """All direct messages."""
        if isinstance(self.platform, OnSlack):
            return [*chain(*map(self.platform.slack.dms, self.platform.people.values()))]
        discord = self.platform.discord
        return [*chain(*(discord.messages(discord.dm(user)) for user in self.platform.people.values()))]


@pytest_asyncio.fixture(params=["discord", "slack"], loop_scope="session")
async def there(
    request: pytest.FixtureRequest, rehearsal: Rehearsal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[There]:
    """A Discord server of the running Kindling's, or a Slack workspace with a Kindling of its own."""
    if request.param == "discord":
        yield There(rehearsal, rehearsal.server())
        return
    monkeypatch.setattr(running, "begin", born)
    async with rehearsing(tmp_path) as own:
        own.slack.scopes.update({"files:read", "files:write"})
        yield There(own, own.workspace())


# From an empty place to the first card


def answers(platform: Platform) -> Sequence[dict[str, str]]:
    """What Maya fills in, step by step; the rest stays as it is suggested."""
    return (
        {"channel": platform.place.channel, "wall": "same"},
        {"zone": "Europe/Berlin", "morning": "09:00", "weekly": "off"},
        {"evening": "20:00", "quiet": "21:00-07:00"},
        {"tone": "community", "language": "en"},
        {"rule": "open"},
        {"region": "DE", "contacts": "Sam | at the front desk | mornings"},
    )


async def step_by_step(platform: Platform) -> Answer:
    """Every form of the set-up, filled in; the card that has *Begin*."""
    answer = await platform.command("maya", "kindling setup")
    for given in answers(platform):
        opened = await form(platform, answer, answer.cards[-1].buttons[0])
        answer = await platform.submit("maya", opened, given)
    return answer


@pytest.mark.parametrize("name", ["discord", "slack"])
async def test_from_an_empty_place_to_the_first_card_by_a_moderators_steps_alone(
    rehearsal: Rehearsal, name: str
) -> None:
    platform: Platform = rehearsal.server() if name == "discord" else rehearsal.workspace()
    rehearsal.clock.go(rehearsal.clock.coming(MONDAY, TEN))
    tried = await platform.choose("maya", await step_by_step(platform), "Try it out")
    begun = await platform.choose("maya", tried, "Begin")
    first = rehearsal.clock.coming(at=EVENING)
    rehearsal.clock.go(first - timedelta(minutes=1))
    status = await platform.command("maya", "kindling status")
    before = shown(platform)
    rehearsal.clock.go(first)
    await rehearsal.cards(platform, 1)
    rehearsal.clock.go(rehearsal.clock.coming())
    evening, morning = await rehearsal.cards(platform, 2)

    assert "It works: I posted a line, read it back and took it away again." in tried.text
    assert f"{moment(first)}; nothing before that" in begun.text
    assert f"Next: {moment(first)}" in status.text
    assert before == []
    assert "Evening reflection" in evening
    assert MORNING in morning


@pytest.mark.browser
async def test_from_an_empty_place_to_the_first_card_in_the_browser(rehearsal: Rehearsal, chrome: Browser) -> None:
    platform = rehearsal.server()
    rehearsal.clock.go(rehearsal.clock.coming(MONDAY, TEN))
    page = await come(await platform.command("maya", "kindling web"), chrome)
    await page.get_by_role("link", name="Setup", exact=True).click()
    for step in (fill_in_where, fill_in_when, fill_in_more, fill_in_tone, fill_in_the_wall, fill_in_whom_to_talk_to):
        await step(page)
        await page.get_by_role("button", name="Save and go on").click()
    await page.get_by_role("button", name="Begin").click()
    nine = rehearsal.clock.coming()
    await expect(page.get_by_text(f"{moment(nine)}; nothing before that")).to_be_visible()
    await page.get_by_role("link", name="Preview", exact=True).click()
    await expect(page.get_by_role("main")).to_contain_text(re.compile(f"{moment(nine, zone='')}.*\\?"))
    before = shown(platform)
    rehearsal.clock.go(nine)
    [card] = await rehearsal.cards(platform, 1)
    await page.context.close()
    page = await come(await platform.command("maya", "kindling web"), chrome)
    await expect(page.get_by_text(f"Next: {moment(nine + DAY)}")).to_be_visible()
    await page.context.close()

    assert before == []
    assert MORNING in card


async def come(answer: Answer, chrome: Browser) -> Page:
    """The pages in a browser of one's own, by the link that the chat gives."""
    [address] = re.findall(r"http://\S+/desk/in/\w+", answer.text)
    page = await (await chrome.new_context()).new_page()
    await page.goto(address)
    await page.get_by_role("button", name="Sign in here").click()
    return page


async def fill_in_where(page: Page) -> None:
    await page.get_by_role("button", name="Choose the channels").click()
    await page.get_by_role("group", name="Where should the cards appear?").get_by_label("#kindness").check()


async def fill_in_when(page: Page) -> None:
    await page.get_by_role("button", name="Choose the times").click()
    await page.get_by_label("Your time zone").fill("Berlin")
    await page.get_by_label("When does the morning card come?").fill("09:00")


async def fill_in_more(page: Page) -> None:
    await page.get_by_role("button", name="Choose more times").click()
    await page.get_by_label("A weekday without cards").select_option("sun")


async def fill_in_tone(page: Page) -> None:
    await page.get_by_role("button", name="Choose the tone").click()
    await page.get_by_label("A workplace: colleagues").check()


async def fill_in_the_wall(page: Page) -> None:
    await page.get_by_role("button", name="Choose the wall's rules").click()
    await page.get_by_label("What a moderator looked at first").check()


async def fill_in_whom_to_talk_to(page: Page) -> None:
    await page.get_by_role("button", name="Name people to talk to").click()


# In charge of what comes


async def test_a_plan_that_changes_in_the_middle_of_a_week_holds_from_the_next_announcement(
    there: There,
) -> None:
    rehearsal, platform, clock = there.rehearsal, there.platform, there.rehearsal.clock
    await there.set_up(weekly="mon")
    clock.go(clock.coming(MONDAY))
    announced, _ = await rehearsal.cards(platform, 2)
    [title] = re.findall(r"This week: (.+)", announced)
    clock.go(clock.coming(WEDNESDAY, TEN))
    opened = await form(platform, await platform.command("maya", "kindling challenge"), "Choose a plan")
    changed = await platform.submit("maya", opened, {"plan": "workplace"})
    clock.go(clock.coming(THURSDAY))
    *_, thursday = await rehearsal.cards(platform, len(shown(platform)) + 1)
    monday = clock.coming(MONDAY)
    clock.go(monday)
    now = await rehearsal.cards(platform, len(shown(platform)) + 2)

    assert f"from the next announcement on, {moment(monday)}" in changed.text
    assert f"This week: “{title}”" in thursday
    assert now[0] == announced
    assert f"This week: {first_theme('workplace')}" in now[-2]
    assert first_theme("workplace") != title


def first_theme(plan: str) -> str:
    library = the_library()
    theme = library.theme(library.plan(plan).theme(0))
    assert theme
    return theme.title


async def test_on_an_imported_holiday_no_card_comes_and_status_says_why(there: There) -> None:
    rehearsal, platform, clock = there.rehearsal, there.platform, there.rehearsal.clock
    await there.set_up()
    holiday = clock.coming()
    answer = await platform.choose("maya", await platform.command("maya", "kindling settings"), "Holidays")
    opened = await form(platform, answer, "Import a calendar")
    file = {"file": Upload("bees.ics", HOLIDAYS.format(holiday).encode())}
    looked_at = await platform.submit("maya", opened, {}, file)
    await platform.choose("maya", looked_at, "Leave them out")
    clock.go(holiday)
    status = await rehearsal.answered(platform, "kindling status", "Day of the bees")
    on_the_day = shown(platform)
    clock.go(holiday + DAY)
    [card] = await rehearsal.cards(platform, 1)

    assert f"{holiday:%a} {holiday.day} {holiday:%b %Y}: Day of the bees" in looked_at.text
    why = "not posted (Day of the bees: from your calendar “Holidays”)"
    assert f"{holiday:%a} {holiday.day} {holiday:%b %Y}: {why}" in status.text
    assert on_the_day == []
    assert MORNING in card


# When something needs them


async def test_a_right_that_is_lost_is_told_to_moderators_alone_and_checking_again_mends_it(
    there: There,
) -> None:
    rehearsal, platform, clock = there.rehearsal, there.platform, there.rehearsal.clock
    await there.set_up()
    platform.close_to_most(platform.other)
    await there.said("kindling moderators", {"place": "garden"}, {})
    there.let_post(allowed=False)
    clock.go(clock.coming())
    await there.until(lambda: bool(there.told()))
    status = await platform.command("maya", "kindling status")
    in_public = shown(platform)
    there.let_post(allowed=True)
    mended = await platform.choose("maya", status, "Check again")
    cards = await rehearsal.cards(platform, 1)
    clock.go(clock.coming())
    cards = await rehearsal.cards(platform, 2)

    assert there.cure in there.told()[0]
    assert there.lack in status.text
    assert in_public == []
    assert "All is well: I can post here." in mended.text
    assert [MORNING in card for card in cards] == [True, True]
    assert len(there.told()) == 1
    assert there.privately_told() == []


async def test_of_two_moderators_at_once_the_second_is_told_and_nothing_is_lost(there: There) -> None:
    platform = there.platform
    await there.set_up()
    platform.let_manage("sam", allowed=True)
    mayas, sams = [await platform.command(name, "kindling wall setup") for name in ("maya", "sam")]
    await platform.submit("maya", mayas, {"rule": "review"})
    late = await platform.submit("sam", sams, {"words": "pineapple"})
    again = await platform.command("sam", "kindling wall setup")
    both = await platform.submit("sam", again, {"words": "pineapple"})
    audit = await platform.command("maya", "kindling audit")

    assert "Somebody else changed this while you had it open" in late.text
    assert re.search(r"Words to keep off it:\W+pineapple", late.text.partition("What you had put in")[2])
    assert "what a moderator has looked at first" in both.text
    assert "pineapple" in both.text
    assert [f"changed (wall.rules), by {who}" in audit.text for who in ("you", "another moderator")] == [True, True]


@pytest.mark.browser
async def test_what_the_chat_changed_meanwhile_is_not_overwritten_from_the_browser(
    there: There, chrome: Browser
) -> None:
    platform = there.platform
    await there.set_up()
    platform.let_manage("sam", allowed=True)
    page = await come(await platform.command("sam", "kindling web"), chrome)
    await page.get_by_role("link", name="Wall setup", exact=True).click()
    mayas = await platform.command("maya", "kindling wall setup")
    await platform.submit("maya", mayas, {"rule": "review"})
    await page.get_by_label("Words to keep off it").fill("pineapple")
    await page.get_by_role("main").get_by_role("button").last.click()
    await expect(page.get_by_text("Somebody else changed this while you had it open")).to_be_visible()
    await page.get_by_role("link", name="Wall setup", exact=True).click()
    await expect(page.get_by_label("What a moderator looked at first")).to_be_checked()
    await page.context.close()
