"""What an export is made of: one part for each file. Whoever keeps more of a community adds a line to `parts`.

A part tells only what moderators of this place may see: no member, no act but what is on the wall here, no channel of
another place.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.community import Community, Space
from bot.domain.days import DaysOff
from bot.domain.own import NOTHING_OWN, OWN, plan_state, theme_state
from bot.domain.schedule import Schedule
from bot.domain.wall import Act
from bot.domain.weeks import Weeks
from bot.ports import UnitOfWork
from bot.ports.packs import PackReader
from bot.services.content import calendars_of
from bot.services.reading import DAY_NAMES

VERSION = 1
"""Of the format of every file here. It changes when a program that reads the one before would misread this one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file: its name, what it is in a few words, and its content; None where there is nothing to tell."""

    name: str
    description: str
    make: Callable[[UnitOfWork, Community, Space], Awaitable[bytes | None]]


async def settings(work: UnitOfWork, community: Community, space: Space) -> bytes | None:
    """What moderators have set."""
    wall = await work.walls.get(community.id)
    chosen = await work.walls.place(space.id)
    moderators, support = await work.moderators.of(space.id), await work.supports.get(community.id)
    own = (await work.shelves.of([community.id])).get(community.id, NOTHING_OWN)
    page = await work.open_walls.get(space.id)
    guest = space.linked_at is not None
    content = {
        "format": "kindling-settings",
        "version": VERSION,
        "community": {
            "tone": community.tone.value,
            "language": community.language,
            "plan": community.plan,
            "paused_until": community.paused_until.isoformat() if community.paused_until else None,
            "since": community.created_at.date().isoformat(),
            "linked": len([one for one in await work.communities.spaces(community.id) if one.active]) > 1,
            "quiet": [f"{at:%H:%M}" for at in (quiet.begins, quiet.ends)] if (quiet := community.quiet) else None,
            "rest_day": None if community.rest_day is None else DAY_NAMES[community.rest_day],
        },
        "schedules": [_schedule(one, space) for one in await work.schedules.of_community(community.id)],
        "wall": {
            "channel": chosen.channel if chosen else None,
            "rule": wall.rule.value,
            "links": wall.links,
            "words": list(wall.words),
            "chosen": [] if guest else list(wall.chosen),
            "page": None if page is None else "everyone" if page.listed else "link",
        },
        "days_off": [_days_off(one) for one in await work.days_off.of_community(community.id)],
        "prompts": {
            "packs_off": sorted(own.packs_off),
            "retired": sorted(own.retired),
            "next": list(own.queued),
            "second_look": own.twice,
        },
        "moderators": {"chosen": list(moderators.chosen), "channel": moderators.channel or None},
        "support": {
            "region": support.region,
            "contacts": [{"name": one.name, "how": one.how, "when": one.when} for one in support.contacts],
        }
        if support
        else None,
    }
    return _written(content)


async def weeks(work: UnitOfWork, community: Community, _: Space) -> bytes | None:
    """The calendar of weeks from the next announcement on, with the themes and plans that are the community's own."""
    own = (await work.shelves.of([community.id])).get(community.id, NOTHING_OWN)
    kept = (await calendars_of(work, [community.id]))[community.id]
    announced = (await work.occurrences.weeks_announced([community.id])).get(community.id, 0)
    return _written(
        {
            "format": "kindling-weeks",
            "version": VERSION,
            "calendar": _calendar(kept.weeks.at(announced)),
            "themes": [theme_state(theme) for theme in own.themes],
            "plans": [plan_state(plan) for plan in own.plans],
        }
    )


def parts(packs: PackReader) -> tuple[Part, ...]:
    """All files but those of acts."""

    async def prompts(work: UnitOfWork, community: Community, _: Space) -> bytes | None:
        own = (await work.shelves.of([community.id])).get(community.id, NOTHING_OWN)
        written = [one.prompt for one in own.prompts if not one.gone]
        return packs.write(written, community.language).encode() if written else None

    return (
        Part("settings.json", "What moderators have set", settings),
        Part("weeks.json", "The weeks to come, and your own themes", weeks),
        Part(f"{OWN}.toml", "Your own prompts, as a pack", prompts),
    )


def _written(content: Mapping[str, object]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _calendar(calendar: Weeks) -> Mapping[str, object]:
    begins = calendar.begins
    return {
        "plan": calendar.plan,
        "ahead": list(calendar.ahead),
        "then_from": calendar.step,
        "ends_after": calendar.left,
        "dated": [{"on": one.on.isoformat(), "theme": one.theme} for one in calendar.dated],
        "begins": {"plan": begins.plan, "on": begins.on.isoformat(), "once": begins.once} if begins else None,
        "instead": dict(calendar.instead),
    }


def _days_off(off: DaysOff) -> Mapping[str, object]:
    entries = [
        {"begins": one.begins.isoformat(), "ends": one.ends.isoformat(), "name": one.name} for one in off.entries
    ]
    return {"name": off.name, "entries": entries}


def _schedule(schedule: Schedule, space: Space) -> Mapping[str, object]:
    return {
        "ritual": schedule.ritual.value,
        "name": schedule.name,
        "weekdays": [DAY_NAMES[day] for day in sorted(schedule.weekdays)],
        "at": f"{schedule.at:%H:%M}",
        "zone": schedule.zone,
        "starts": schedule.starts.isoformat(),
        "ends": schedule.ends.isoformat() if schedule.ends else None,
        "skip_dates": sorted(day.isoformat() for day in schedule.skip_dates),
        "channels": [target.place.channel for target in schedule.targets if target.space == space.id],
    }


def told(act: Act) -> str:
    """An act as the wall shows it, as one line; an author who is not named is not in it, and neither is an id, which
    would tell when it was begun."""
    content = {
        "told_on": act.published_at.date().isoformat() if act.published_at else None,
        "telling": act.telling.value,
        "circle": act.circle.value if act.circle else None,
        "text": act.text,
        "by": act.by or None,
        "about": act.named_as or None,
        "edited": act.edited,
        "felt": act.warmth.words or None,
    }
    return json.dumps(content, ensure_ascii=False)


def acts_file(lines: Sequence[str]) -> bytes:
    """A file of acts, one on each line."""
    begin = f'{{"format": "kindling-acts", "version": {VERSION}, "acts": [\n'
    return (begin + ",\n".join(lines) + "\n]}\n").encode()
