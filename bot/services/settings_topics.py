"""What would you like to change? Everything that `/kindling settings` reaches, each with the way to its form. Pure."""

from dataclasses import dataclass

from bot.domain.errors import Refusal
from bot.domain.forms import Field, FieldKind, Form
from bot.domain.message import Action, Card, Choice, Reply, Style, Text
from bot.services.settings_cards import ADD, CHOOSE, HOLIDAYS, SETTINGS, SKIP, WHOLE


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that can be changed: how it is called, what it is about, and where that begins."""

    label: str
    about: str
    ways: tuple[Choice, ...]


def _to(label: str, action: Action, emoji: str) -> tuple[Choice, ...]:
    return (Choice(label, action, Style.PRIMARY, emoji),)


TOPICS = {
    "cards": Topic(
        "Cards: channels, days, times, names",
        "Where and when each card comes. Each can be changed alone.",
        (CHOOSE, ADD),
    ),
    "community": Topic(
        "Tone, language, quiet hours, rest day", "What holds for all cards, and a preview of each week.", (WHOLE,)
    ),
    "wall": Topic(
        "The wall: channel, rules, recap",
        "Where the kindness wall appears here, what comes on it, and the weekly recap.",
        _to("The wall", Action("open", "wall"), "🧱"),
    ),
    "support": Topic(
        "Somebody to talk to",
        "Whom people here can turn to. /kind support shows it to whoever asks.",
        _to("People to talk to", Action("support"), "🤝"),
    ),
    "moderators": Topic(
        "Moderators, and where they are told things",
        "Who may moderate here, and the private channel in which moderators are told what needs them.",
        _to("Moderators", Action("open", "moderators"), "🗝️"),
    ),
    "off": Topic(
        "Days without cards, holidays", "Days on which no card comes, one by one or a calendar.", (SKIP, HOLIDAYS)
    ),
    "pause": Topic("A pause", "No cards anywhere before a date.", _to("Take a break", Action("open", "pause"), "🌙")),
    "weeks": Topic("Weekly themes", "Which themes come, and in which order.", _to("The weeks", Action("weeks"), "🗓️")),
    "prompts": Topic("Prompts and packs", "What the cards choose from.", _to("The prompts", Action("prompts"), "💡")),
}


def topics_form() -> Form:
    """Choose what to change."""
    options = tuple((name, topic.label) for name, topic in TOPICS.items())
    field = Field("topic", "What would you like to change?", FieldKind.CHOICE, value="cards", options=options)
    return Form("settings", "Settings", (field,), submit="Go on")


def topic_card(name: str) -> Reply:
    """What a topic is about, and the way to its form. Raises `Refusal` for one that is none."""
    topic = TOPICS.get(name)
    if topic is None:
        raise Refusal("topic.unknown", "I do not know that setting. /kindling settings shows what there is.")
    return Reply(Card(topic.label, (Text(topic.about),), (*topic.ways, SETTINGS), emoji="⚙️"))
