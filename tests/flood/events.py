"""What is sent: reactions of many people on many cards, and what must be known when all have been taken in."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import select

from bot.domain.community import Community, Space, Tone
from bot.domain.delivery import Delivery, Occurrence, State
from bot.domain.ids import CommunityId, DeliveryId, OccurrenceId, ScheduleId, SpaceId
from bot.domain.places import Place
from bot.domain.reactions import neutral_emoji
from bot.domain.schedule import EVERY_DAY, Ritual, Schedule
from bot.storage.database import Database
from bot.storage.migrate import migrate
from bot.storage.tables import deliveries, members, reactions

CARDS = 100
PEOPLE = 1_000
LONG_AGO = datetime.now(UTC) - timedelta(days=30)
"""When the cards were posted: too long ago for a comparison with the platform."""
EMOJI = {"seedling": "🌱", "heart": "❤️", "pray": "🙏", "fire": "🔥", "sparkles": "✨", "tada": "🎉"}
BOT = {"discord": "9000", "slack": "UKINDLING"}
HOME = {"discord": ("10", "20"), "slack": ("T10", "C20")}
"""The space, and the channel in it."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One reaction, put on or taken off."""

    person: int
    card: int
    emoji: str
    present: bool = True
    others: bool = False
    """Whether it is on a message of somebody else."""


@dataclass
class Truth:
    """What the platform knows after everything that it has sent."""

    state: dict[tuple[int, int, str], bool] = field(default_factory=dict)

    def add(self, taps: Iterable[Tap]) -> None:
        for tap in taps:
            if not tap.others:
                self.state[tap.person, tap.card, tap.emoji] = tap.present

    def felt(self, platform: str) -> set[tuple[str, str, str]]:
        """Who has put what on which message."""
        return {felt(platform, *key) for key, present in self.state.items() if present}


def felt(platform: str, person: int, card: int, emoji: str) -> tuple[str, str, str]:
    return user(platform, person), message(platform, card), neutral_emoji(EMOJI[emoji])


def at_random(number: int, seed: int, *, others: bool = False) -> Sequence[Tap]:
    """So many taps; about one in seven takes an emoji off, whether it was there or not."""
    chance = random.Random(seed)
    names = list(EMOJI)
    return [
        Tap(
            chance.randrange(PEOPLE),
            chance.randrange(CARDS),
            chance.choice(names),
            others or chance.random() > 1 / 7,
            others,
        )
        for _ in range(number)
    ]


def once_each(number: int, people: int = PEOPLE) -> Sequence[Tap]:
    """So many taps that are all put on, and all different."""
    names = list(EMOJI)
    return [Tap(n % people, n // people % CARDS, names[n // people // CARDS]) for n in range(number)]


def user(platform: str, person: int) -> str:
    return f"{30_000 + person}" if platform == "discord" else f"U{person:05}"


def message(platform: str, card: int, *, others: bool = False) -> str:
    number = card + (CARDS if others else 0)
    return f"{50_000 + number}" if platform == "discord" else f"1700000000.{number:06}"


class Frames:
    """Taps as the websocket frames that a platform sends."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._numbers = count(10)

    def of(self, taps: Iterable[Tap]) -> Iterator[tuple[str, bytes]]:
        """Each event's own id, and its frame."""
        for tap in taps:
            number = next(self._numbers)
            told = self._discord(tap, number) if self._platform == "discord" else self._slack(tap, number)
            yield f"e{number}", frame(json.dumps(told))

    def _discord(self, tap: Tap, number: int) -> dict[str, object]:
        space, channel = HOME["discord"]
        who = user("discord", tap.person)
        about: dict[str, object] = {
            "user_id": who,
            "type": 0,
            "message_id": message("discord", tap.card, others=tap.others),
            "emoji": {"name": EMOJI[tap.emoji], "id": None},
            "channel_id": channel,
            "burst": False,
            "guild_id": space,
        }
        if tap.present:
            about["message_author_id"] = who if tap.others else BOT["discord"]
            about["member"] = {
                "user": {"id": who, "username": f"p{who}", "avatar": None, "discriminator": "0", "public_flags": 0},
                "roles": [],
                "joined_at": "2024-01-01T00:00:00+00:00",
                "deaf": False,
                "mute": False,
                "flags": 0,
            }
        kind = "MESSAGE_REACTION_ADD" if tap.present else "MESSAGE_REACTION_REMOVE"
        return {"t": kind, "s": number, "op": 0, "d": about}

    def _slack(self, tap: Tap, number: int) -> dict[str, object]:
        space, channel = HOME["slack"]
        who = user("slack", tap.person)
        event = {
            "type": "reaction_added" if tap.present else "reaction_removed",
            "user": who,
            "reaction": tap.emoji,
            "item": {
                "type": "message",
                "channel": channel,
                "ts": message("slack", tap.card, others=tap.others),
            },
            "item_user": who if tap.others else BOT["slack"],
            "event_ts": f"{1_750_000_000 + number // 1_000_000}.{number % 1_000_000:06}",
        }
        envelope = {
            "token": "unused",
            "team_id": space,
            "api_app_id": "A1",
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number}",
            "event_time": 1_750_000_000,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": space,
                    "user_id": BOT["slack"],
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{number}",
        }
        return {
            "envelope_id": f"e{number}",
            "type": "events_api",
            "payload": envelope,
            "accepts_response_payload": False,
            "retry_attempt": 0,
            "retry_reason": "",
        }


def frame(text: str) -> bytes:
    """One whole text frame of a websocket, from a server."""
    said = text.encode()
    small = 126
    head = bytes([0x81, len(said)]) if len(said) < small else bytes([0x81, small]) + len(said).to_bytes(2, "big")
    return head + said


async def settle_in(url: str, platform: str) -> None:
    """A database with a community, and cards that were posted long ago."""
    database = Database(url)
    await migrate(database.engine)
    space, channel = HOME[platform]
    place = Place(platform, space, channel)
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(CARDS)]
    schedule = Schedule(
        id=ScheduleId("morning"),
        community=CommunityId("village"),
        ritual=Ritual.MORNING,
        weekdays=EVERY_DAY,
        at=LONG_AGO.time(),
        zone="UTC",
        starts=days[0],
        targets=(),
        next_date=None,
        next_at=None,
    )
    async with database.unit_of_work() as work:
        await work.communities.save(Community(CommunityId("village"), "seed", Tone.COMMUNITY, LONG_AGO))
        await work.communities.save_space(Space(SpaceId("home"), CommunityId("village"), platform, space))
        await work.schedules.save(schedule)
        await work.occurrences.add(
            [
                Occurrence(OccurrenceId(f"o{n}"), schedule.id, schedule.community, Ritual.MORNING, day, LONG_AGO)
                for n, day in enumerate(days)
            ]
        )
        await work.outbox.put(
            [
                Delivery(
                    DeliveryId(f"d{n}"),
                    OccurrenceId(f"o{n}"),
                    SpaceId("home"),
                    place,
                    LONG_AGO,
                    LONG_AGO,
                    LONG_AGO,
                    state=State.POSTED,
                    message=message(platform, n),
                    posted_at=LONG_AGO,
                )
                for n in range(CARDS)
            ]
        )
        await work.commit()
    await database.close()


async def kept(url: str) -> set[tuple[str, str, str]]:
    """Who has put what on which message, as the database knows."""
    database = Database(url)
    joined = reactions.join(members, members.c.id == reactions.c.member_id)
    joined = joined.join(deliveries, deliveries.c.id == reactions.c.via)
    there = select(members.c.user, deliveries.c.message, reactions.c.emoji).select_from(joined)
    async with database.engine.connect() as connection:
        rows = await connection.execute(there.where(reactions.c.present))
        found = {(who, on, emoji) for who, on, emoji in rows}
    await database.close()
    return found
