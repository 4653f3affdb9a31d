"""The forms of setting up step by step, and reading what was answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.domain.community import Tone
from bot.domain.forms import Field, FieldKind
from bot.domain.guide import Answer, Step
from bot.domain.message import Item
from bot.domain.wall import Rule
from bot.ports import Library
from bot.services import wording
from bot.services.picking import pick, picked
from bot.services.reading import (
    DAY_NAMES,
    OFF,
    Unread,
    days_in_words,
    read_days,
    read_quiet,
    read_time,
    read_weekday,
    read_zone,
)
from bot.services.ruling import RECAP_DAYS, RULES_IN_WORDS, WORDS_LIMIT
from bot.services.setting_up import Wish
from bot.services.settings_cards import free_fields
from bot.services.setup import WEEKDAYS, read_channel
from bot.services.supporting import Supporting

SAME, OTHER, NONE = "same", "other", "none"
_TONES = {
    Tone.COMMUNITY.value: "A community: friends, members, neighbours",
    Tone.WORKPLACE.value: "A workplace: colleagues",
}
WALL_NEEDED = "Please choose the other channel below, or one of the other two answers here."


@dataclass(frozen=True, slots=True)
class GuideForms:
    """What each step asks, and how its answer is read."""

    supporting: Supporting
    library: Library

    def fields(self, step: Step, values: Mapping[str, str]) -> tuple[Field, ...]:  # noqa: PLR0911 -- one for each step
        """The fields of a step, filled in. The last step has none."""
        match step:
            case Step.WHERE:
                return _where(values)
            case Step.WHEN:
                return _when(values)
            case Step.MORE:
                return _more(values)
            case Step.TONE:
                return _tone(values, self.library.languages)
            case Step.WALL:
                return _wall(values)
            case Step.SUPPORT:
                return self.supporting.fields(values=values)
            case Step.BEGIN:
                return ()

    def read(self, step: Step, values: Mapping[str, str]) -> tuple[Answer, Mapping[str, str]]:  # noqa: PLR0911 -- one for each step
        """What was answered, in one spelling, and a sentence for each mistake by field."""
        said = {name: text.strip() for name, text in values.items()}
        match step:
            case Step.WHERE:
                return _read(said, {"channel": read_channel, "wall": _read_wall, "wall_channel": _optional_channel})
            case Step.WHEN:
                readers = {"zone": read_zone, "days": _read_days, "morning": _read_time, "weekly": _read_weekly}
                return _read(said, readers)
            case Step.MORE:
                return _read(said, {"evening": _read_evening, "quiet": _read_quiet, "rest": _read_weekly})
            case Step.TONE:
                return _read(said, {"tone": lambda text: Tone(text).value, "language": self._language})
            case Step.WALL:
                return _read(
                    {"words": "", **said},
                    {"rule": lambda text: Rule(text).value, "links": _yes, "words": str, "recap": _read_weekly},
                )
            case Step.SUPPORT:
                return self._read_support(said)
            case Step.BEGIN:
                return {}, {}

    def _read_support(self, said: Mapping[str, str]) -> tuple[Answer, Mapping[str, str]]:
        try:
            return self.supporting.as_values(self.supporting.read(said)), {}
        except Unread as error:
            return {}, {"contacts": str(error)}

    def told(self, step: Step, answer: Answer) -> tuple[Item, ...]:  # noqa: PLR0911 -- one for each step
        """An answer, as lines of a card."""
        match step:
            case Step.WHERE:
                other = answer.get("wall_channel", "") if answer["wall"] == OTHER else ""
                words = {SAME: "in the same channel", NONE: "in no channel"}.get(answer["wall"], "")
                return Item("", "Cards", answer["channel"]), Item(words, "The wall", other)
            case Step.WHEN:
                days = days_in_words(read_days(answer["days"]))
                text = f"{days} at {answer['morning']} {answer['zone']}; weekly challenge: {_day(answer['weekly'])}"
                return (Item(text, "When"),)
            case Step.MORE:
                evening = f"at {answer['evening']}" if answer["evening"] != NONE else "none"
                return (
                    Item(evening, "Evening card"),
                    Item(f"quiet hours: {answer['quiet']}; rest day: {_day(answer['rest'])}", "No cards"),
                )
            case Step.TONE:
                return (Item(f"{answer['tone']}, {wording.language(answer['language'])}", "Tone and language"),)
            case Step.WALL:
                links = "links allowed" if answer["links"] == "yes" else "no links"
                text = f"{RULES_IN_WORDS[Rule(answer['rule'])]}; {links}; weekly recap: {_day(answer['recap'])}"
                return (Item(text, "What comes on the wall"),)
            case Step.SUPPORT:
                names = [line.partition(" | ")[0] for line in answer["contacts"].splitlines()]
                return (Item(", ".join(names) or "the worldwide directory", "Somebody to talk to"),)
            case Step.BEGIN:
                return ()

    def _language(self, text: str) -> str:
        return picked(text, wording.languages(self.library.languages), "language")


def wish_of(where: Answer, when: Answer) -> Wish:
    """The two answers without which nothing can begin. Raises `Unread` for what does not hold any more."""
    return Wish(
        channel=where["channel"],
        zone=read_zone(when["zone"]),
        morning=read_time(when["morning"]),
        days=read_days(when["days"]),
        weekly=read_weekday(when["weekly"]),
    )


def wall_channel(where: Answer) -> str:
    """The channel of the wall; empty for none."""
    return {SAME: where["channel"], NONE: ""}.get(where["wall"], where.get("wall_channel", ""))


def _where(values: Mapping[str, str]) -> tuple[Field, ...]:
    options = ((SAME, "In the same channel"), (OTHER, "In another channel"), (NONE, "In no channel"))
    return (
        Field("channel", "Where should the cards appear?", FieldKind.CHANNEL, value=values.get("channel", "")),
        Field(
            "wall",
            "And what people share, the wall?",
            FieldKind.CHOICE,
            value=values.get("wall", SAME),
            options=options,
            hint="Without a channel people read it with /kind wall",
        ),
        Field(
            "wall_channel",
            "The other channel, if you chose one",
            FieldKind.CHANNEL,
            required=False,
            value=values.get("wall_channel", ""),
        ),
    )


def _when(values: Mapping[str, str]) -> tuple[Field, ...]:
    days = tuple((name, day) for name, day in zip(DAY_NAMES, WEEKDAYS, strict=True))
    weekly = (("off", "No weekly challenge"), *days)
    chosen = values.get("days", "")
    return (
        Field(
            "zone",
            "Your time zone",
            FieldKind.ZONE,
            value=values.get("zone", ""),
            hint="A city or a country, such as Berlin, India or Pacific time",
        ),
        Field("days", "On which days?", FieldKind.CHOICES, value=_listed(chosen), options=days),
        Field("morning", "When does the morning card come?", FieldKind.TIME, value=values.get("morning", "09:00")),
        Field(
            "weekly",
            "When does a weekly theme begin?",
            FieldKind.CHOICE,
            value=values.get("weekly", "mon"),
            options=weekly,
        ),
    )


def _more(values: Mapping[str, str]) -> tuple[Field, ...]:
    return (
        Field(
            "evening",
            "When does an evening card come?",
            required=False,
            value=values.get("evening", NONE),
            hint="Such as 20:00, or none",
            limit=20,
        ),
        *free_fields(values),
    )


def clashes(step: Step, when: Answer, more: Answer) -> dict[str, str]:
    """What keeps the answers to the two steps about times from holding together, by field of the step that is asked."""
    quiet, rest = read_quiet(more["quiet"]), read_weekday(more["rest"])
    days, morning = read_days(when["days"]), read_time(when["morning"])
    problems: dict[str, str] = {}
    if quiet and morning in quiet:
        said = (
            f"The morning card comes at {morning:%H:%M}. Please choose other hours, or go back and choose another time."
        )
        problems |= {"morning": wording.in_quiet_hours(morning, quiet)} if step is Step.WHEN else {"quiet": said}
    if step is Step.MORE and quiet and more["evening"] != NONE and (evening := read_time(more["evening"])) in quiet:
        problems["evening"] = wording.in_quiet_hours(evening, quiet)
    if rest is not None and (days == frozenset({rest}) or read_weekday(when["weekly"]) == rest):
        said = f"{WEEKDAYS[rest]} is to be the rest day, and no other day is left for one of the cards."
        of_when = "days" if days == frozenset({rest}) else "weekly"
        problems[of_when if step is Step.WHEN else "rest"] = f"{said} Please choose another one."
    return problems


def _tone(values: Mapping[str, str], languages: frozenset[str]) -> tuple[Field, ...]:
    return (
        Field(
            "tone",
            "What kind of group is this?",
            FieldKind.CHOICE,
            value=values.get("tone", ""),
            options=tuple(_TONES.items()),
            hint="Some ideas suit one better than the other",
        ),
        pick(
            "language",
            "In which language are the cards?",
            wording.languages(languages),
            value=values.get("language", ""),
        ),
    )


def _wall(values: Mapping[str, str]) -> tuple[Field, ...]:
    rules = [
        (Rule.OPEN.value, "Whatever members share, at once"),
        (Rule.REVIEW.value, "What a moderator looked at first"),
    ]
    if values.get("rule") == Rule.CHOSEN.value:
        rules.append((Rule.CHOSEN.value, "What chosen people and roles share"))
    return (
        Field("rule", "What comes on the wall?", FieldKind.CHOICE, value=values.get("rule", ""), options=tuple(rules)),
        Field(
            "links",
            "Links in it",
            FieldKind.CHOICE,
            value=values.get("links", "no"),
            options=(("no", "Not allowed"), ("yes", "Allowed")),
        ),
        Field(
            "words",
            "Words to keep off it",
            required=False,
            value=values.get("words", ""),
            hint="With commas between them",
            limit=WORDS_LIMIT,
        ),
        Field("recap", "Weekly recap", FieldKind.CHOICE, value=values.get("recap", "off"), options=RECAP_DAYS),
    )


def _read(said: Mapping[str, str], readers: Mapping[str, Callable[[str], str]]) -> tuple[Answer, Mapping[str, str]]:
    answer: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name, reader in readers.items():
        try:
            answer[name] = reader(said.get(name, ""))
        except Unread as error:
            problems[name] = str(error)
        except ValueError:
            problems[name] = "Please choose one of the answers in the list."
    if answer.get("wall") == OTHER and not answer.get("wall_channel") and "wall_channel" not in problems:
        problems["wall"] = WALL_NEEDED
    return answer, problems


def _read_wall(text: str) -> str:
    if text not in {SAME, OTHER, NONE}:
        raise ValueError(text)
    return text


def _optional_channel(text: str) -> str:
    return read_channel(text) if text else ""


def _read_days(text: str) -> str:
    return ",".join(DAY_NAMES[day] for day in sorted(read_days(text)))


def _read_time(text: str) -> str:
    return f"{read_time(text):%H:%M}"


def _read_evening(text: str) -> str:
    return NONE if not text or text.lower() in OFF else _read_time(text)


def _read_quiet(text: str) -> str:
    return str(read_quiet(text or "off") or "off")


def _read_weekly(text: str) -> str:
    day = read_weekday(text or "off")
    return "off" if day is None else DAY_NAMES[day]


def _yes(text: str) -> str:
    return "yes" if text == "yes" else "no"


def _listed(days: str) -> str:
    try:
        return _read_days(days)
    except Unread:
        return ""


def _day(name: str) -> str:
    day = read_weekday(name)
    return "none" if day is None else WEEKDAYS[day]
