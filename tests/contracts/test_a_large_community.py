"""Whatever moderators open in a large community: each platform takes it, and nothing of it is out of reach."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.discord import forms as discord_forms
from adapters.discord import render as discord_render
from adapters.slack import forms as slack_forms
from adapters.slack import render as slack_render
from bot.domain.days import DaysOff, Off
from bot.domain.errors import Unacceptable
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form, Rejected
from bot.domain.ids import ActId, PlanId, PromptId, ScheduleId, SuggestionId, ThemeId
from bot.domain.message import Action, Card, Items, Reply
from bot.domain.own import OWN, OwnPrompt
from bot.domain.packs import Circle, Cost, Effort, Kind, Prompt, Setting
from bot.domain.suggestions import Suggestion
from bot.domain.wall import Standing
from bot.services.commands import COMMANDS
from tests.core.village import MONDAY, a_village, button, card_of, command, set_up
from tests.house import House, member, moderator
from tests.prepared import the_library
from tests.standins.discord.errors import FormErrors
from tests.standins.discord.modal_rules import check_modal
from tests.standins.discord.posting import check_message
from tests.standins.slack import check_message_blocks, check_view
from tests.standins.slack.blocks import too_long_for_a_message
from tests.storage.values import an_act

PROMPTS, THEMES, SCHEDULES, SETS, ACTS, SUGGESTIONS, PLANS = 500, 200, 60, 40, 100, 30, 60
THIS_WEEK = 28
"""How many of the schedules have a card this week: more than a pick list holds. Writing each out takes its time."""
SHORT = 12
"""Characters of a button's subject that names a page or a kind: ids are longer."""
DEPTH = 3
FINAL = {"leave!", "unlink!", "link!", "stay"}
"""Buttons that end something for good: they are looked at, and not pressed."""
TYPED = {
    FieldKind.DATE: "2026-12-24",
    FieldKind.TIME: "10:15",
    FieldKind.ZONE: "Europe/Berlin",
    FieldKind.CHANNEL: "square",
    FieldKind.MEMBER: "robin",
}


def number_of(number: int) -> str:
    """Words and no figures, so that what is typed names one and no other."""
    figures = ("nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return " ".join(figures[int(figure)] for figure in str(number))


async def grown(house: House) -> None:
    """A community with as much of everything as anybody has."""
    await set_up(house)
    who = moderator().person
    async with house.database.unit_of_work() as work:
        space = await work.communities.space_of(who.platform, who.space)
        author = await work.communities.member(member().person)
        assert space is not None
        assert author is not None
        home = space.community
        [first, *_] = await work.schedules.of_community(home)
        for n in range(SCHEDULES - 2):
            named = replace(first, id=ScheduleId(f"s{n:031}"), name=f"Card number {number_of(n)}")
            starts = first.starts if n < THIS_WEEK else first.starts + timedelta(days=365)
            await work.schedules.save(replace(named, weekdays=frozenset({n % 7}), starts=starts, next_at=None))
        for n in range(SETS):
            free = (MONDAY + timedelta(days=20 + n)).date()
            await work.days_off.save(DaysOff(f"d{n:031}", home, f"Holidays number {number_of(n)}", (Off(free, free),)))
        theme = next(iter(the_library().themes.values()))
        for n in range(THEMES):
            title = f"Theme number {number_of(n)}"
            await work.shelves.save_theme(home, replace(theme, id=ThemeId(f"theme.own-{n}"), title=title))
        plan = next(iter(the_library().plans.values()))
        for n in range(PLANS):
            ours = replace(plan, id=PlanId(f"own-{n:032}"), title=f"Plan number {number_of(n)}")
            await work.shelves.save_plan(home, ours)
        prompts = [OwnPrompt(a_prompt(n)) for n in range(PROMPTS)]
        await work.shelves.save_prompts(home, prompts)
        for n in range(ACTS):
            act = an_act(author, f"a{n:031}", text=f"Act number {n}", community=home, space=space.id)
            await work.acts.save(replace(act, id=ActId(f"a{n:031}"), standing=Standing.WAITING))
        for n in range(SUGGESTIONS):
            idea = Suggestion(SuggestionId(f"{n:032}"), home, space.id, author, MONDAY, a_prompt(PROMPTS + n))
            await work.suggestions.put(idea)
        await work.commit()


def a_prompt(number: int) -> Prompt:
    text = f"Hold the door number {number} for somebody who has no free hand."
    id_ = PromptId(f"own.{number:032}")
    return Prompt(id_, OWN, Kind.ACT, text, Circle.STRANGERS, Effort.TINY, Setting.ANY, Cost.NONE)


def check(reply: Reply) -> None:
    """Each platform takes it, within its strict limits, and shows every line of every list."""
    match reply.content:
        case Card() as card:
            check_card(card)
        case Form() as form:
            check_form(form)
        case Rejected(problems, form):
            check_form(replace(form, intro="\n".join(problems.values())))


def check_card(card: Card) -> None:
    body = discord_render.message(card)
    errors = FormErrors()
    check_message(body, errors, set(), flags=int(str(body["flags"])))
    assert errors.tree == {}, card.heading
    message = slack_render.message(card)
    assert check_message_blocks(json.loads(json.dumps(message["blocks"]))) == [], card.heading
    assert not too_long_for_a_message(message["blocks"])
    shown = {
        "Discord": letters_of(json.dumps(body, ensure_ascii=False)),
        "Slack": letters_of(json.dumps(message["blocks"], ensure_ascii=False)),
    }
    for line in lines_of(card):
        for platform, text in shown.items():
            assert letters_of(line) in text, f"{platform} leaves out “{line}” of {card.heading}"


def lines_of(card: Card) -> Iterator[str]:
    for part in card.body:
        for item in part.items if isinstance(part, Items) else ():
            yield item.label[:40]
            yield item.text[:40]


def letters_of(text: str) -> str:
    return "".join(filter(str.isalnum, text.replace("\\n", "")))


def check_form(form: Form) -> None:
    errors = FormErrors()
    check_modal(json.loads(json.dumps(discord_forms.modal(form))), errors)
    assert errors.tree == {}, form.name
    view = slack_forms.modal(form, slack_forms.Memo(subject=form.subject))
    assert check_view(json.loads(json.dumps(view)), "modal") == [], form.name
    assert all(len(field.options) <= OPTIONS_LIMIT for field in form.fields), form.name


def answer(field: Field) -> str:
    """What somebody puts into a field who takes what is offered first."""
    if field.value:
        return field.value
    if field.options:
        return field.options[0][0]
    return TYPED.get(field.kind, "Noticing") if field.required else ""


def known_as(action: Action) -> tuple[str, str]:
    """Buttons that do the same with another subject are pressed once; pages are told apart."""
    return action.name, action.subject if len(action.subject) <= SHORT or action.name == "open" else ""


async def walk(house: House) -> set[str]:
    """Open every command, press every button, send every form, and look at each answer; what was come by."""
    met: set[tuple[str, str]] = set()
    wrong: list[str] = []
    ahead = deque[tuple[int, Reply]]()
    for one in COMMANDS:
        if one.moderators_only:
            ahead.append((0, await house.kindling.command(moderator(), one.name, {})))
    opened = [Action("open", name) for name in house.kindling._to.openers]  # the door's own table
    for action in (*opened, Action("holidays")):
        met.add(known_as(action))
        ahead.append((1, await house.kindling.press(moderator(), action)))
    while ahead:
        depth, reply = ahead.popleft()
        try:
            check(reply)
        except (AssertionError, Unacceptable) as error:
            wrong.append(f"{told(reply)}: {error}")
        if depth >= DEPTH:
            continue
        content = reply.content
        if isinstance(content, Card):
            for choice in content.choices:
                if choice.action.name not in FINAL and known_as(choice.action) not in met:
                    met.add(known_as(choice.action))
                    ahead.append((depth + 1, await house.kindling.press(moderator(), choice.action)))
        elif isinstance(content, Form) and ("form", content.name) not in met:
            met.add(("form", content.name))
            values = {field.name: answer(field) for field in content.fields}
            sent = await house.kindling.submit(moderator(), content.name, content.subject, values)
            ahead.append((depth + 1, sent))
    assert wrong == []
    return {f"{name} {subject}".strip() for name, subject in met}


def told(reply: Reply) -> str:
    match reply.content:
        case Card(heading):
            return heading
        case Form(name) | Rejected(form=Form(name)):
            return name


async def test_everything_that_moderators_come_by_fits_each_platform(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await grown(house)

        met = await walk(house)

        assert {"form which", "form holidays_gone", "form weeks_insert", "form plan_which", "form vote"} <= met
        assert {"settings 3", "holidays 2", "plans 3", "plan_themes 2"} <= met


async def test_each_of_many_schedules_and_sets_is_reached_by_its_name(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await grown(house)

        which = (await house.kindling.press(moderator(), Action("open", "which"))).content
        gone = (await house.kindling.press(moderator(), Action("open", "holidays_gone"))).content
        assert isinstance(which, Form)
        assert isinstance(gone, Form)
        name = f"card number {number_of(47)}"
        card = card_of(await house.kindling.submit(moderator(), "which", "", {"schedule": name}))
        vague = await house.kindling.submit(moderator(), "which", "", {"schedule": "card number f"})
        unknown = await house.kindling.submit(moderator(), "holidays_gone", "", {"set": "Holydays number nil"})
        removed = card_of(
            await house.kindling.submit(moderator(), "holidays_gone", "", {"set": f"holidays number {number_of(39)}"})
        )
        skipped = await house.kindling.submit(moderator(), "skip", "", {"when": "2026-12-24", "which": name})
        theme = (await house.kindling.press(moderator(), Action("weeks_from", "self"))).content
        assert isinstance(theme, Form)
        values = {field.name: field.value for field in theme.fields} | {"theme": f"theme number {number_of(187)}"}
        added = card_of(await house.kindling.submit(moderator(), theme.name, theme.subject, values))

        assert card.heading == f"Card number {number_of(47)}"
        assert isinstance(vague.content, Rejected)
        assert "There is more than one card like that" in vague.content.problems["schedule"]
        assert isinstance(unknown.content, Rejected)
        assert "Did you mean “Holidays number nil”" in unknown.content.problems["set"]
        assert removed.heading == "Removed"
        assert f"No card of “Card number {number_of(47)}” comes" in card_of(skipped).plain()
        assert f"Theme number {number_of(187)}" in added.plain()
        assert button(await command(house, "kindling settings"), "More cards").subject == "1"


async def test_a_plan_as_long_as_a_form_shows_is_a_card_everywhere(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await set_up(house)
        form = (await house.kindling.press(moderator(), Action("plan_new"))).content
        assert isinstance(form, Form)
        values = {"title": "Our year", "about": "a" * 240, "weeks": "\n".join(["good n|good n|notic|all e"] * 52)}

        reply = await house.kindling.submit(moderator(), form.name, form.subject, values)

        discord_render.message(card_of(reply))
        assert not too_long_for_a_message(slack_render.message(card_of(reply))["blocks"])
        assert "more. “Copy it” shows every week." in card_of(reply).plain()
