import asyncio
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.web.adapter import WebAdapter
from adapters.web.pages import shows
from adapters.web.room import PAGE
from adapters.web.warmth import warmth
from bot.domain.message import Action, Card, Choice, Item, Items, Picture, Quote, Text
from bot.domain.places import Actor, MessageRef, Person
from bot.domain.reactions import Felt
from tests.adapters.web.conftest import KINDNESS, an_adapter, listening
from tests.adapters.web.hearth import MORNING, Hearth, StillClock
from tests.adapters.web.visitor import Visitor

Visit = Callable[[str], Awaitable[Visitor]]

ROBIN = Person("web", "playground", "robin")


def an_actor(user: str = "robin", *, moderates: bool = False) -> Actor:
    return Actor(Person("web", "playground", user), moderates, "c-kindness", "Europe/Berlin", user.title())


async def test_a_card_can_be_read_without_any_script(playground: WebAdapter, visit: Visit) -> None:
    await playground.send(KINDNESS, MORNING, "k")

    page = await (await visit("robin")).look()

    for words in (
        MORNING.heading,
        "Three ways to begin",
        "Yourself",
        "someone in our community",
        "I’ll try one",
        "Why: giving may lift the giver too",
        "Tue 24 Nov · 09:00",
    ):
        assert words in page


async def test_what_people_write_stays_text(playground: WebAdapter, visit: Visit) -> None:
    nasty = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    card = Card(
        nasty,
        (Text(nasty), Items((Item(nasty, nasty),), nasty), Quote(nasty, nasty)),
        (Choice("Press", Action("try", '"><b>')),),
        Picture("https://example.org/x.png", nasty),
        nasty,
    )
    await playground.send(KINDNESS, card, "k")

    page = await (await visit("robin")).look()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '"><b>' not in page
    assert page.count("&lt;script&gt;alert") >= 8


async def test_pictures_of_other_computers_are_told_and_not_fetched(playground: WebAdapter, visit: Visit) -> None:
    await playground.send(KINDNESS, Card("Far", picture=Picture("https://example.org/x.png", "A far hill")), "k")

    page = await (await visit("robin")).look()

    assert "A far hill" in page
    assert "example.org" not in page


async def test_a_drawing_comes_along_with_the_page(playground: WebAdapter, visit: Visit) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    await playground.send(KINDNESS, Card("Garden", picture=Picture("", "A garden", svg=drawing, png=b"png")), "k")

    page = await (await visit("robin")).look()

    encoded = b64encode(drawing.encode()).decode()
    assert f'<img src="data:image/svg+xml;base64,{encoded}" alt="A garden"' in page


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("data:image/png;base64,AAAA", True),
        ("/static/ember.svg", True),
        ("http://127.0.0.1:9000/recap.png", True),
        ("https://example.org/x.png", False),
        ("//example.org/x.png", False),
        ("data:text/html,hello", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_pictures_of_this_computer_are_shown(url: str, shown: bool) -> None:
    assert shows(Picture(url, "")) is shown


async def test_a_new_room_says_what_to_do_next(visit: Visit) -> None:
    assert "Become Maya" in (await visit("robin")).page
    assert "/kindling setup" in (await visit("maya")).page


async def test_moderators_see_their_commands_and_members_do_not(visit: Visit) -> None:
    assert "/kindling setup" not in (await visit("robin")).page
    assert 'value="kindling setup"' in (await visit("maya")).page


async def test_a_press_reaches_kindling_with_who_where_and_what(
    playground: WebAdapter, visit: Visit, hearth: Hearth
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin = await visit("robin")

    page = await robin.act("/press", message=ref.message, action="k:try:o1")

    assert hearth.asked[-1] == ("press", an_actor(), Action("try", "o1"), ref)
    assert "Nobody checks." in page


async def test_an_answer_is_seen_by_nobody_else(playground: WebAdapter, visit: Visit) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin, sam = await visit("robin"), await visit("sam")

    await robin.act("/press", message=ref.message, action="k:try:o1")

    assert "Nobody checks." not in await sam.look()


async def test_a_button_that_is_not_there_cannot_be_pressed(
    playground: WebAdapter, visit: Visit, hearth: Hearth
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin = await visit("robin")

    for action in ("k:again:d1", "k:try:another-card", "nonsense", ""):
        status, text = await robin.send("/press", {"message": ref.message, "action": action})
        assert status == 409
        assert "not there any more" in text

    assert hearth.asked == [("connected", "web", {"playground"})]


async def test_a_button_in_somebody_elses_panel_cannot_be_pressed(
    playground: WebAdapter, visit: Visit, hearth: Hearth
) -> None:
    await playground.tell(Person("web", "playground", "sam"), MORNING)
    [entry] = await playground._room.panel("sam")
    robin = await visit("robin")

    status, _ = await robin.send("/press", {"entry": entry.id, "action": "k:try:o1"})

    assert status == 409
    assert len(hearth.asked) == 1


async def test_a_reply_that_replaces_takes_the_place_of_its_card(playground: WebAdapter, visit: Visit) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin = await visit("robin")
    await robin.act("/press", message=ref.message, action="k:another:o1")
    [first] = await playground._room.panel("robin")

    await robin.act("/press", entry=first.id, action="k:more:o1")

    [second] = await playground._room.panel("robin")
    assert second.id == first.id
    assert isinstance(second.content, Card)
    assert second.content.heading == "One more idea"


async def test_whether_someone_moderates_is_looked_up_at_every_press(visit: Visit, hearth: Hearth) -> None:
    robin, maya = await visit("robin"), await visit("maya")

    await robin.act("/command", name="kindling setup", may_moderate="yes", moderates="1")
    await maya.act("/command", name="kindling setup")

    assert [asked[1] for asked in hearth.asked[1:]] == [an_actor(), an_actor("maya", moderates=True)]


async def test_a_form_has_a_fitting_field_for_every_question(visit: Visit) -> None:
    page = await (await visit("maya")).act("/command", name="kindling setup")

    assert re.search(r'<label for="(entry-\d+-3)">Morning card at</label>\s+<input id="\1"[^>]*type="time"', page)
    assert re.search(r"<select[^>]*>\s+<option value=\"c-kindness\" selected>#kindness</option>", page)
    assert re.search(r'data-suggest="zone"', page)
    assert page.count('type="checkbox"') == 7
    assert page.count('type="radio"') == 2
    assert re.search(r'aria-describedby="entry-\d+-2-hint"', page)


async def test_a_rejected_form_keeps_what_was_typed_and_says_what_is_wrong(visit: Visit, hearth: Hearth) -> None:
    maya = await visit("maya")
    page = await maya.act("/command", name="kindling setup")
    [entry] = set(re.findall(r'name="entry" value="(\d+)"', page))
    given = [
        ("as", "maya"),
        ("channel", "kindness"),
        ("token", maya.token),
        ("entry", entry),
        ("f.zone", "Asia/Tokyo"),
        ("f.days", "mon"),
        ("f.days", "sun"),
        ("f.stray", "x"),
    ]

    async with maya.session.post(f"{maya.url}/submit", data=given, headers={"Origin": maya.origin}) as answer:
        page = await answer.text()

    assert hearth.asked[-1] == (
        "submit",
        an_actor("maya", moderates=True),
        "setup",
        "",
        {"channel": "", "zone": "Asia/Tokyo", "morning": "", "days": "mon,sun", "tone": ""},
    )
    assert 'value="Asia/Tokyo"' in page
    assert "Please choose a time, such as 09:00." in page
    assert re.search(r'type="time"[^>]*aria-describedby="entry-\d+-3-problem"[^>]*aria-invalid="true"', page)
    assert re.search(r'value="sun" checked', page)
    assert not re.search(r'value="tue" checked', page)


async def test_a_form_that_is_accepted_gives_way_to_the_answer(playground: WebAdapter, visit: Visit) -> None:
    robin = await visit("robin")
    await robin.act("/command", name="kind share")
    [entry] = await playground._room.panel("robin")

    page = await robin.act("/submit", entry=entry.id, **{"f.text": "Sam carried my boxes."})

    assert "It is kept." in page
    assert "boxes" not in page
    status, _ = await robin.send("/submit", {"entry": entry.id, "f.text": "again"})
    assert status == 409


async def test_a_typed_line_reaches_kindling_with_channel_ids(visit: Visit, hearth: Hearth) -> None:
    maya = await visit("maya")

    await maya.act("/typed", line="/kindling setup channel:#general zone:Europe/Berlin note:#kindness morning:09:00")
    await maya.act("/typed", line="/kind share #kindness channel:#nowhere")

    lines = [asked[3] for asked in hearth.asked if asked[0] == "typed"]
    assert lines == [
        "setup channel:c-general zone:Europe/Berlin note:#kindness morning:09:00",
        "share #kindness channel:#nowhere",
    ]


async def test_what_is_no_command_is_answered_kindly_and_goes_nowhere(visit: Visit, hearth: Hearth) -> None:
    page = await (await visit("robin")).act("/typed", line="hello everyone")

    assert "This box is for commands" in page
    assert len(hearth.asked) == 1


async def test_a_command_that_is_not_in_the_table_is_not_there(visit: Visit) -> None:
    status, _ = await (await visit("robin")).send("/command", {"name": "kind explode"})

    assert status == 404


async def test_a_reaction_is_kept_and_told_once_and_can_be_taken_back(
    playground: WebAdapter, visit: Visit, hearth: Hearth
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin = await visit("robin")

    for present in ("yes", "yes", "no"):
        await robin.act("/react", message=ref.message, emoji="💛", present=present)

    assert hearth.asked[1:] == [("reacted", ROBIN, ref, "💛", True), ("reacted", ROBIN, ref, "💛", False)]
    assert await playground.reactions(ref) == frozenset()


async def test_a_reaction_shows_as_pressed_to_its_giver_and_in_words_to_others(
    playground: WebAdapter, visit: Visit
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin, sam = await visit("robin"), await visit("sam")

    page = await robin.act("/react", message=ref.message, emoji="🌱", present="yes")

    assert re.search(r'value="🌱"[^>]*aria-pressed="true"', page)
    assert "You felt this" in page
    others = await sam.look()
    assert 'aria-pressed="true"' not in others
    assert "Someone felt this" in others


async def test_only_the_playgrounds_emoji_can_be_put_on_a_card(playground: WebAdapter, visit: Visit) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")

    status, _ = await (await visit("robin")).send("/react", {"message": ref.message, "emoji": "💩", "present": "yes"})

    assert status == 400


@pytest.mark.parametrize("people", [["sam"], ["sam", "noor"], ["robin"], ["robin", "sam"], ["robin", "sam", "noor"]])
def test_warmth_is_told_without_a_number(people: list[str]) -> None:
    said = warmth([Felt(person, emoji) for person in people for emoji in "💛🌱"], "robin")

    assert said
    assert not re.search(r"\d|\b(one|two|three|most|more)\b", said)


async def test_an_entry_can_be_put_away_by_its_owner_only(playground: WebAdapter, visit: Visit) -> None:
    await playground.tell(ROBIN, Card("Just so you know"))
    [entry] = await playground._room.panel("robin")

    await (await visit("sam")).act("/dismiss", entry=entry.id)
    assert len(await playground._room.panel("robin")) == 1

    await (await visit("robin")).act("/dismiss", entry=entry.id)
    assert await playground._room.panel("robin") == []


async def test_the_clock_makes_one_movement_at_a_time(playground: WebAdapter, visit: Visit, hearth: Hearth) -> None:
    assert hearth.travel is not None
    robin = await visit("robin")
    first = asyncio.create_task(robin.send("/travel", {"step": "week"}))
    await playground._bell.ticket.wait()

    status, text = await robin.send("/travel", {"step": "hour"})
    meanwhile = await robin.look()
    hearth.travel.go.set()
    await first

    assert (status, "One movement at a time" in text) == (409, True)
    assert "Moving a week on …" in meanwhile
    page = await robin.look()
    assert "Tue 1 Dec · 09:00" in page
    assert "One week later." in page


async def test_when_no_card_is_coming_it_says_so(visit: Visit, hearth: Hearth) -> None:
    assert hearth.travel is not None
    hearth.travel.go.set()
    hearth.travel.coming = False

    page = await (await visit("robin")).act("/travel", step="card")

    assert "No card is coming." in page


async def test_where_the_clock_cannot_be_moved_nothing_offers_it(tmp_path: Path, clock: StillClock) -> None:
    adapter = an_adapter(tmp_path, clock)
    async with listening(adapter, Hearth(clock)), Visitor(adapter.url, "robin") as robin:
        page = await robin.look()

        status, _ = await robin.send("/travel", {"step": "hour"})

    assert status == 404
    assert "Next week" not in page


async def test_the_clock_is_shown_in_the_rooms_zone(visit: Visit) -> None:
    robin = await visit("robin")
    assert "Tue 24 Nov · 09:00" in robin.page

    page = await robin.act("/zone", zone="Asia/Tokyo")

    assert "Tue 24 Nov · 17:00" in page
    status, _ = await robin.send("/zone", {"zone": "Mars/Olympus"})
    assert status == 400


async def test_zones_are_suggested_while_one_types(visit: Visit) -> None:
    robin = await visit("robin")

    async with robin.session.get(f"{robin.url}/suggest", params={"kind": "zone", "typed": "tok"}) as answer:
        assert await answer.json() == [["Asia/Tokyo", "Tokyo"]]
    async with robin.session.get(f"{robin.url}/suggest", params={"kind": "weather", "typed": ""}) as answer:
        assert answer.status == 400


async def test_earlier_cards_are_a_page_away(playground: WebAdapter, visit: Visit, clock: StillClock) -> None:
    for number in range(PAGE + 2):
        clock.instant += timedelta(minutes=1)
        await playground.send(KINDNESS, Card(f"Card number {number}."), str(number))
    robin = await visit("robin")

    newest = await robin.look()
    [older] = re.findall(r"before=(\d+)", newest)
    earlier = await robin.look(f"/c/kindness?before={older}")

    assert "Card number 1." not in newest
    assert "Card number 1." in earlier
    assert "Card number 2." not in earlier


async def test_before_kindling_listens_pages_can_be_read_and_nothing_done(closed: WebAdapter) -> None:
    await closed.open()
    async with Visitor(closed.url, "robin") as robin:
        assert "#</span>kindness" in await robin.look()

        status, text = await robin.send("/typed", {"line": "/kind today"})

    assert status == 503
    assert "waking up" in text
    await closed.close()


async def test_a_bug_behind_a_button_is_told_kindly_and_does_not_end_the_playground(
    playground: WebAdapter, visit: Visit
) -> None:
    ref = await playground.send(KINDNESS, Card("Careful", choices=(Choice("Press", Action("boom")),)), "k")
    robin = await visit("robin")

    status, text = await robin.send("/press", {"message": ref.message, "action": "k:boom"})

    assert status == 500
    assert "Its log says more" in text
    assert "RuntimeError" not in text
    assert "Careful" in await robin.look()


@pytest.mark.parametrize("path", ["/c/nowhere", "/nothing"])
async def test_what_is_not_there_is_said_on_a_page(visit: Visit, path: str) -> None:
    robin = await visit("robin")

    async with robin.session.get(f"{robin.url}{path}") as answer:
        assert answer.status == 404
        assert "Back to the playground" in await answer.text()


async def test_the_person_chosen_last_is_remembered_in_a_browser(visit: Visit) -> None:
    sam = await visit("sam")

    async with sam.session.get(f"{sam.url}/") as answer:
        page = await answer.text()

    assert re.search(r'name="as" value="sam"', page)


async def test_a_page_made_for_one_person_acts_as_that_person(
    playground: WebAdapter, visit: Visit, hearth: Hearth
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    someone = await visit("sam")
    await visit("robin")
    someone.name = "robin"
    await someone.look()

    await someone.send("/react", {"as": "sam", "message": ref.message, "emoji": "💛", "present": "yes"})

    assert hearth.asked[-1] == (
        "reacted",
        Person("web", "playground", "sam"),
        MessageRef(KINDNESS, ref.message),
        "💛",
        True,
    )
