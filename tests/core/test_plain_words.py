"""What was changed is told in plain words, of whatever kind it is; and so is what somebody typed who was not quick
enough."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.changes import State
from bot.domain.forms import Form
from bot.domain.message import Action, Card, Items
from bot.services.changing import Changeable
from tests.core.before import be_set_up
from tests.core.test_schedules import form_behind, shown
from tests.core.village import a_village, card_of, command, press
from tests.house import House, moderator

NOOR = moderator("noor")
SCHEDULE = {
    "ritual": "mindful",
    "name": "",
    "weekdays": "01234",
    "at": "12:30",
    "zone": "Europe/Berlin",
    "starts": "2026-11-23",
    "ends": None,
    "skips": [],
    "grace": None,
    "targets": [["space", "square", "maya"]],
}
COMMUNITY = {"tone": "workplace", "language": "en", "quiet": None, "rest_day": None}
CARD = {"at": "2026-11-24T08:00:00+00:00", "zone": "Europe/Berlin", "skip": "", "prompts": None, "theme": None}
WEEKS = {
    "plan": "widening-circles",
    "first": 0,
    "ahead": [],
    "step": 0,
    "last": None,
    "dated": [],
    "begins": None,
    "instead": {},
}
OWN = {
    "id": "own.1",
    "kind": "act",
    "text": "Share your umbrella.",
    "circle": "self",
    "effort": "tiny",
    "setting": "any",
    "cost": "none",
}
PLAN = {"id": "own.2", "title": "Autumn", "about": "", "weeks": [{"circle": "self", "themes": ["gentle_start"]}]}
Pair = tuple[State | None, State | None]
PAIRS: dict[str, list[Pair]] = {
    "pause": [({"until": None}, {"until": "2026-12-01"}), ({"until": "2026-12-01"}, {"until": None})],
    "wall.rules": [
        (
            {"rule": "open", "links": False, "words": [], "chosen": []},
            {"rule": "review", "links": True, "words": ["x_y"], "chosen": ["u1"]},
        )
    ],
    "wall.place": [
        (None, {"channel": "square", "set_up_by": "maya"}),
        ({"channel": "square", "set_up_by": "maya"}, {"channel": "", "set_up_by": "maya"}),
        ({"channel": "", "set_up_by": "maya"}, None),
    ],
    "card": [
        (None, CARD),
        (CARD, CARD | {"skip": "skip_date"}),
        (CARD, CARD | {"skip": "needs_attention"}),
        (CARD, CARD | {"prompts": ["a_1"]}),
        (CARD, CARD | {"at": "2026-11-24T12:00:00+00:00"}),
        (CARD, None),
    ],
    "support": [(None, {"region": "DE", "contacts": [["a_b", "c", "d"]]})],
    "moderators": [({"chosen": []}, {"chosen": ["r_1", "u_2"]}), ({"chosen": ["r_1"]}, {"chosen": []})],
    "moderators.place": [({"channel": ""}, {"channel": "tower_1"}), ({"channel": "tower_1"}, {"channel": ""})],
    "schedule": [
        (None, SCHEDULE),
        (SCHEDULE, None),
        *(
            (SCHEDULE, SCHEDULE | {name: value})
            for name, value in {
                "at": "13:00",
                "weekdays": "",
                "zone": "Europe/Rome",
                "name": "Tea",
                "starts": "2026-12-01",
                "ends": "2026-12-24",
                "grace": 30,
                "skips": ["2026-12-24..2026-12-26"],
                "targets": [["space", "garden", "maya"]],
                "steps": "pin thread",
                "notified": [["space", "r_1"]],
            }.items()
        ),
        (SCHEDULE | {"ends": "2026-12-24"}, SCHEDULE),
    ],
    "community": [
        (COMMUNITY, COMMUNITY | {name: value})
        for name, value in {
            "tone": "community",
            "language": "pt-BR",
            "quiet": ["21:00", "07:00"],
            "rest_day": 6,
            "previews": True,
        }.items()
    ],
    "days_off": [
        (None, {"name": "Berlin holidays", "entries": [["2026-12-25", "2026-12-25", "a_b"]]}),
        ({"name": "Berlin holidays", "entries": []}, None),
        (None, {"name": "", "entries": [["2026-12-25", "2026-12-27", ""], ["2027-01-01", "2027-01-01", ""]]}),
        ({"name": "", "entries": [["2026-12-25", "2026-12-27", ""]]}, None),
    ],
    "challenge": [
        (WEEKS, WEEKS | {"plan": "gentle"}),
        (WEEKS, WEEKS | {"dated": [["2026-11-30", "theme.a_b"]]}),
        (WEEKS | {"dated": [["2026-11-30", "theme.a_b"]]}, WEEKS),
        (WEEKS, WEEKS | {"begins": ["widening-circles", "2026-11-30", False]}),
        (WEEKS, WEEKS | {"last": 4}),
        (WEEKS, WEEKS | {"ahead": ["theme.a_b"]}),
        (WEEKS, WEEKS | {"instead": {"theme.a_b": "theme.c_d"}}),
        (None, WEEKS),
    ],
    "theme": [(None, {"title": "Neighbours"}), ({"title": "Neighbours"}, None), ({"title": "N"}, {"title": "M"})],
    "plan": [(None, PLAN), (PLAN, None), (PLAN, PLAN | {"title": "Winter"}), (PLAN, PLAN | {"weeks": []})],
    "vote": [
        (None, {"open": True}),
        ({"open": True}, {"open": False}),
        ({"open": False}, {"open": True}),
        ({"open": True}, None),
    ],
    "prompt": [
        (None, OWN),
        (OWN, None),
        (OWN, OWN | {"text": "Share a meal."}),
        (OWN, OWN | {"retired": True}),
        (None, {"id": "en.gone_1", "retired": True}),
        ({"id": "en.gone_1", "retired": True}, None),
    ],
    "prompts": [({}, {"own.a_1": OWN}), ({"own.a_1": OWN}, {}), ({"own.a_1": OWN}, {"own.a_1": OWN | {"text": "b"}})],
    "packs": [({"off": []}, {"off": ["gone_pack"]}), ({"off": ["gone_pack"]}, {"off": []})],
    "prompts.next": [({"next": []}, {"next": ["a_1"]}), ({"next": ["a_1"]}, {"next": []})],
    "prompts.twice": [({"twice": False}, {"twice": True}), ({"twice": True}, {"twice": False})],
}
"""A change of each sort that each kind of setting knows."""
NO_WORDS = re.compile(r"_|[\[\]{}<>]|\bNone\b|\bTrue\b|\bFalse\b|(?<!s)'(?!s)|\.\.|\d\d-\d\dT|\d{4}-\d\d-\d\d")
"""What is no plain words: names with a line below, how Python writes its values, and dates as computers write them."""


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_village(tmp_path) as house:
        await be_set_up(house, weekly="off")
        yield house


def kinds(house: House) -> dict[str, Changeable]:
    return house.kindling._services.changing._kinds  # they are handed out nowhere


async def test_every_kind_of_change_is_told_in_plain_words(house: House) -> None:
    told = {
        f"{name} {number}": kind.told(before, after)
        for name, kind in kinds(house).items()
        for number, (before, after) in enumerate(PAIRS[name])
    }

    assert PAIRS.keys() == kinds(house).keys()
    assert {which: said for which, said in told.items() if NO_WORDS.search(said)} == {}
    assert all(said.strip() and len(said) < 300 for said in told.values())


async def test_each_sort_of_a_change_of_a_schedule_is_told_apart(house: House) -> None:
    told = [kinds(house)["schedule"].told(before, after) for before, after in PAIRS["schedule"]]

    assert len(set(told)) == len(told)
    assert "“Mindful act” comes until Thu 24 Dec 2026" in told
    assert "“Tea” was called “Mindful act” before" in told


async def test_days_that_are_skipped_are_told_as_people_write_them(house: House) -> None:
    await command(house, "kindling skip", when="2026-12-25..2026-12-27")
    undone = await press(house, await command(house, "kindling audit"), "Undo")

    assert undone.plain() == "Taken back\nDays that are skipped: none."
    assert "days that are skipped: Fri 25 Dec to Sun 27 Dec 2026" in (await command(house, "kindling audit")).plain()


async def opened(house: House, name: str) -> Form:
    content = (await house.kindling.press(moderator(), Action("open", name))).content
    assert isinstance(content, Form)
    return content


async def of_schedule(house: House, button: str) -> Form:
    return await form_behind(house, await shown(house, "morning intention"), button)


FORMS: dict[str, tuple[Callable[[House], Awaitable[Form]], dict[str, str], dict[str, str]]] = {
    "community": (
        lambda house: opened(house, "community"),
        {"rest": "sun", "previews": "yes"},
        {"A weekday without cards": "Sunday", "A private preview for you": "Yes, on the first workday of each week"},
    ),
    "wall": (
        lambda house: opened(house, "wall"),
        {"links": "yes", "recap": "fri", "words": "pineapple"},
        {"Weekly recap": "Friday evening", "Words to keep off it": "pineapple"},
    ),
    "setup": (
        lambda house: opened(house, "setup"),
        {"weekly": "wed", "morning": "10:00"},
        {"When does the weekly theme come": "Wednesday", "When does the morning card come": "10:00"},
    ),
    "schedule": (
        lambda house: of_schedule(house, "Change"),
        {"at": "10:00"},
        {"At what time": "10:00", "In which time zone": "Europe/Berlin"},
    ),
    "schedule_more": (
        lambda house: of_schedule(house, "More"),
        {"name": "Tea"},
        {"What is it called": "Tea", "First day": "2026-11-22"},
    ),
    "schedule_manner": (
        lambda house: of_schedule(house, "When it is posted"),
        {"pin": "on"},
        {"Is it pinned": "Yes", "Is a thread opened under it": "No"},
    ),
}
"""Forms in which two moderators can be at once: how each is opened, what is put in, and how that is said."""


@pytest.mark.parametrize("name", FORMS)
async def test_what_was_typed_is_given_back_as_its_form_calls_it(house: House, name: str) -> None:
    open_form, typed, expected = FORMS[name]
    form = await open_form(house)
    values = {field.name: field.value for field in form.fields} | typed
    first = await house.kindling.submit(NOOR, form.name, form.subject, values)
    told = card_of(await house.kindling.submit(moderator(), form.name, form.subject, values))

    assert isinstance(first.content, Card)
    assert told.heading == "Somebody was quicker"
    said = {item.label: item.text for part in told.body if isinstance(part, Items) for item in part.items}
    assert expected.items() <= said.items()
    assert said.keys() <= {field.label.rstrip("?") for field in form.fields}


async def test_every_form_that_can_be_overtaken_can_be_opened_again(house: House) -> None:
    marked = {name for name in house.kindling._to.forms if name in house.kindling._to.again}

    assert marked == house.kindling._to.again.keys()
