# ruff: noqa: INP001  a tool, found beside take.py
"""Pictures of what comes to a channel: a morning card, a weekly card, an act, and the weekly recap."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from hashlib import blake2b

from playwright.sync_api import Browser
from shots import SCHEMES, look_of, message, save

from bot.domain.community import Community, Tone
from bot.domain.delivery import Content, Occurrence
from bot.domain.garden import HEIGHT, WIDTH
from bot.domain.ids import ActId, CommunityId, MemberId, OccurrenceId, ScheduleId, SpaceId
from bot.domain.message import Card, Picture
from bot.domain.packs import Circle
from bot.domain.schedule import Ritual
from bot.domain.wall import Act, ShownAs, Telling, Warmth
from bot.runtime.library import built_in, load
from bot.services.cards import write_out
from bot.services.content import Contents
from bot.services.recap_cards import choose_quotes, recap_card
from bot.services.wall_cards import act_card

DAY = date(2026, 11, 24)
PLAN = "widening-circles"


@dataclass(frozen=True, slots=True)
class Platform:
    """What is on a platform's cards."""

    name: str
    tone: Tone
    seed: str
    week: int
    act: Act


AN_ACT = Act(
    ActId("a"),
    CommunityId("c"),
    SpaceId("s"),
    MemberId("m"),
    Telling.NOTICED,
    "A boy on the bus gave up his seat before anybody had to ask.",
    datetime(2026, 11, 24, 9, tzinfo=UTC),
    circle=Circle.STRANGERS,
    warmth=Warmth.FEW,
)
ANOTHER_ACT = replace(
    AN_ACT,
    telling=Telling.RECEIVED,
    text="Noor stayed ten minutes longer so that I could catch my train.",
    circle=Circle.COLLEAGUES,
    shown_as=ShownAs.NAME,
    name="Robin",
)
PLATFORMS = (
    Platform("discord", Tone.COMMUNITY, "two cups of tea", 1, AN_ACT),
    Platform("slack", Tone.WORKPLACE, "by the fire", 2, ANOTHER_ACT),
)


def take_cards(browser: Browser) -> None:
    """A morning card, a weekly card and an act on each platform."""
    page = browser.new_page(viewport={"width": 700, "height": 900}, device_scale_factor=1.5)
    for platform in PLATFORMS:
        page.emulate_media(color_scheme=SCHEMES[platform.name])
        for name, card in cards(platform).items():
            page.set_content(message(look_of(platform.name, card)), wait_until="load")
            save(page.locator("#picture").screenshot(), f"{platform.name}-{name}.png")
    page.close()


def take_recap(browser: Browser) -> None:
    """Gardens of few and of many acts, and the recap that shows one, as Discord shows it."""
    few, many = some_acts(7), some_acts(90)
    for name, acts in (("few", few), ("many", many)):
        drawn = recap_card(acts, ()).picture
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=0.75)
        page.set_content(f"<style>body {{ margin: 0 }}</style>{drawn.svg if drawn else ''}", wait_until="load")
        save(page.screenshot(omit_background=True), f"garden-{name}.png")
        page.close()
    page = browser.new_page(viewport={"width": 700, "height": 1100}, device_scale_factor=1.25, color_scheme="dark")
    card = recap_card(few, choose_quotes(few, OccurrenceId("o")))
    drawn = card.picture or Picture("", "")
    look = look_of("discord", replace(card, picture=replace(drawn, png=b"drawn")))
    html = look.html.replace(_inline("png", b"drawn"), _inline("svg+xml", drawn.svg.encode()))
    page.set_content(message(replace(look, html=html)), wait_until="load")
    save(page.locator("#picture").screenshot(), "discord-recap.png")
    page.close()


def _inline(kind: str, picture: bytes) -> str:
    return f"data:image/{kind};base64,{b64encode(picture).decode()}"


SAID = (
    ("Somebody held the door with both arms full, and laughed about it.", Telling.NOTICED, Circle.STRANGERS),
    ("A friend asked how I am, and then waited for the answer.", Telling.RECEIVED, Circle.CLOSE),
    ("I told the baker that her bread is why I get up on Saturdays.", Telling.DID, Circle.STRANGERS),
    ("I went to bed early instead of finishing everything.", Telling.DID, Circle.SELF),
    ("A colleague stayed with me until the ticket was done.", Telling.RECEIVED, Circle.COLLEAGUES),
)


def some_acts(count: int) -> Sequence[Act]:
    """Acts of a week, always the same."""
    acts: list[Act] = []
    for number in range(count):
        text, telling, circle = SAID[number % len(SAID)]
        name = blake2b(str(number).encode(), digest_size=16).hexdigest()
        author = MemberId(str(number))
        telling = list(Telling)[int(name[0], 16) % 3] if number >= len(SAID) else telling
        circle = [*Circle, None][int(name[1], 16) % 5] if number >= len(SAID) else circle
        space, at = SpaceId("s"), datetime.now(UTC)
        acts.append(Act(ActId(name), CommunityId("c"), space, author, telling, text, at, circle))
    return acts


def cards(platform: Platform) -> Mapping[str, Card]:
    """The cards of one day, chosen as they are for a community of its own seed."""
    library = load([built_in()])
    contents = Contents(library)
    community = Community(CommunityId("c"), platform.seed, platform.tone, datetime.now(UTC))
    week = Content(theme=library.plan(PLAN).theme(platform.week))
    theme = library.theme(week.theme) if week.theme else None
    morning = Content(prompts=tuple(contents.next_morning(community, {}, theme, DAY.toordinal())))
    return {
        "morning": write_out(occurrence(community, Ritual.MORNING, morning), library, theme),
        "weekly": write_out(occurrence(community, Ritual.CHALLENGE, week), library, None),
        "act": act_card(platform.act),
    }


def occurrence(community: Community, ritual: Ritual, content: Content) -> Occurrence:
    """A ritual of the day with its content."""
    schedule = ScheduleId("s")
    return Occurrence(OccurrenceId("o"), schedule, community.id, ritual, DAY, datetime.now(UTC), content=content)
