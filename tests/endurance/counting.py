"""Counting at the stand-ins, and comparing the database with them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.endurance.homes import Home, Wanted
from tests.endurance.ledger import Ledger
from tests.endurance.world import World

UNSETTLED = """
    SELECT platform, channel, state, reason, due_at, next_at, claim FROM deliveries
    WHERE state IN ('planned', 'sending', 'unsure') ORDER BY due_at
"""
KEPT = """
    SELECT d.platform, d.message, m."user", r.emoji FROM reactions r
    JOIN deliveries d ON d.id = r.via JOIN members m ON m.id = r.member_id WHERE r.present
"""
PRESSED = """
    SELECT d.message, m."user" FROM reactions r
    JOIN deliveries d ON d.occurrence_id = r.item JOIN members m ON m.id = r.member_id
    WHERE r.via = 'button' AND r.present
"""
STATES = "SELECT state, reason, count(*) FROM deliveries GROUP BY state, reason"
SHOWN = "SELECT DISTINCT platform FROM deliveries WHERE state = 'posted'"
MESSAGES = "SELECT platform, message FROM deliveries WHERE message <> ''"


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A delivery that has not come to its end."""

    platform: str
    channel: str
    state: str
    reason: str
    due_at: datetime
    next_at: datetime | None
    claim: str


async def unsettled(ledger: Ledger, world: World) -> list[Unsettled]:
    """What still has to come right: deliveries under way, and cards that are wanted by now and not even planned."""
    found, now = await under_way(ledger), world.now()
    missing = [(home, wanted) for home in world.homes for wanted in _wanted(home, now) - set(_there(home))]
    return found + [
        Unsettled(home.platform, home.key, "missing", ritual, home.rhythm.due(day), None, "")
        for home, (day, ritual) in missing
        if not any(one.channel == home.key for one in found)
    ]


async def in_flight(world: World, ledger: Ledger) -> Counter[str]:
    """What the deliveries were in when the process died, told by the database and the stand-ins."""
    states: Counter[str] = Counter()
    for one in await under_way(ledger):
        if one.due_at > world.now() or one.state == "unsure":
            continue
        if one.state == "planned":
            states["claimed, not begun" if one.claim else "planned, not claimed"] += 1
        else:
            home = next(home for home in world.homes if home.key == one.channel)
            there = home.rhythm.date_of(one.due_at) in {day for day, _ in _there(home)}
            states["sent and carried out, not settled" if there else "sending, not carried out"] += 1
    return states


async def under_way(ledger: Ledger) -> list[Unsettled]:
    """Deliveries that are planned, being sent, or in doubt."""
    try:
        rows = await ledger.rows(UNSETTLED)
    except Exception:  # noqa: BLE001 -- killed before there were tables, whichever database says so in its own words
        return []
    return [
        Unsettled(platform, channel, state, reason, _instant(due), _instant(next_at), claim)
        for platform, channel, state, reason, due, next_at, claim in rows
    ]


async def felt_wrongly(world: World, ledger: Ledger) -> set[tuple[str, str, str]]:
    """What the database and the platforms say differently: message, person, emoji."""
    kept = {(message, user, emoji) for _, message, user, emoji in await ledger.rows(KEPT)}
    truth = {(card.id, user, emoji) for home in world.homes for card in home.cards() for user, emoji in home.felt(card)}
    return kept ^ truth


@dataclass(slots=True)
class Count:
    """What was found in the end. All but `cards` and the texts should be nothing."""

    cards: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_day: list[str] = field(default_factory=list)
    reactions: int = 0
    reactions_wrong: list[str] = field(default_factory=list)
    presses: int = 0
    presses_lost: list[str] = field(default_factory=list)
    not_posted: list[str] = field(default_factory=list)
    unknown_messages: list[str] = field(default_factory=list)
    sound: bool = True
    complaints: Counter[str] = field(default_factory=Counter)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        wrong = (self.lost, self.doubled, self.wrong_day, self.reactions_wrong, self.presses_lost, self.not_posted)
        return self.sound and not any(wrong) and not self.unknown_messages


async def count(world: World, ledger: Ledger, pressed: dict[str, set[str]]) -> Count:
    """Count everything, now that nothing runs."""
    found = Count()
    now = world.now()
    for home in world.homes:
        _count_cards(found, home, now)
    messages = {card.id for home in world.homes for card in home.cards()}
    known = Counter(str(message) for _, message in await ledger.rows(MESSAGES))
    found.unknown_messages = sorted(messages ^ set(known)) + [one for one, times in known.items() if times > 1]
    found.reactions = sum(len(home.felt(card)) for home in world.homes for card in home.cards())
    found.reactions_wrong = [" ".join(one) for one in sorted(await felt_wrongly(world, ledger))]
    kept = {(str(message), str(user)) for message, user in await ledger.rows(PRESSED)}
    found.presses = sum(map(len, pressed.values()))
    given = {(message, user) for message, users in pressed.items() for user in users}
    found.presses_lost = [" ".join(one) for one in sorted(given - kept)]
    found.not_posted = [f"{state} {reason}: {n}" for state, reason, n in await ledger.rows(STATES) if state != "posted"]
    found.sound = await ledger.sound()
    found.complaints.update(str(violation) for violation in (*world.discord.violations, *world.slack.violations))
    return found


def _count_cards(found: Count, home: Home, now: datetime) -> None:
    there, wanted = Counter(_there(home)), _wanted(home, now)
    found.cards += there.total()
    where = f"{home.platform} {home.rhythm.zone}"
    found.lost += [f"{where} {day} {ritual}" for day, ritual in sorted(wanted - set(there))]
    found.doubled += [f"{where} {day} {ritual}" for (day, ritual), times in sorted(there.items()) if times > 1]
    found.wrong_day += [f"{where} {day} {ritual}" for day, ritual in sorted(set(there) - wanted)]


def _there(home: Home) -> list[Wanted]:
    return [(home.rhythm.date_of(card.at), card.ritual) for card in home.cards()]


def _wanted(home: Home, now: datetime) -> set[Wanted]:
    return home.rhythm.wanted(home.since, now) if home.since else set()


def _instant(told: object) -> datetime:
    """An instant out of SQLite's text or PostgreSQL's own type."""
    if isinstance(told, datetime):
        return told.astimezone(UTC)
    return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)
