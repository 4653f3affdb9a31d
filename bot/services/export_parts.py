"""What an export is made of: one part for each file. Whoever keeps more of a community adds a line to `PARTS`.

A part tells only what moderators of this place may see: no member, no act but what is on the wall here, no channel of
another place.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.community import Community, Space
from bot.domain.schedule import Schedule
from bot.domain.wall import Act, warmth
from bot.ports import UnitOfWork
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
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


PARTS: tuple[Part, ...] = (Part("settings.json", "What moderators have set", settings),)


def _schedule(schedule: Schedule, space: Space) -> Mapping[str, object]:
    return {
        "ritual": schedule.ritual.value,
        "weekdays": [DAY_NAMES[day] for day in sorted(schedule.weekdays)],
        "at": f"{schedule.at:%H:%M}",
        "zone": schedule.zone,
        "starts": schedule.starts.isoformat(),
        "ends": schedule.ends.isoformat() if schedule.ends else None,
        "skip_dates": sorted(day.isoformat() for day in schedule.skip_dates),
        "channels": [target.place.channel for target in schedule.targets if target.space == space.id],
    }


def told(act: Act, felt_by: int) -> str:
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
        "felt": warmth(felt_by) or None,
    }
    return json.dumps(content, ensure_ascii=False)


def acts_file(lines: Sequence[str]) -> bytes:
    """A file of acts, one on each line."""
    begin = f'{{"format": "kindling-acts", "version": {VERSION}, "acts": [\n'
    return (begin + ",\n".join(lines) + "\n]}\n").encode()
