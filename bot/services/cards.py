"""Writing cards out: from ids of prompts and themes to what people read. Pure, given the library."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.challenges import Theme
from bot.domain.delivery import Content, Occurrence
from bot.domain.forms import Field, FieldKind, Form
from bot.domain.ids import ThemeId
from bot.domain.message import TEXT_LIMIT, Action, Card, Choice, Item, Items, Part, Quote, Style, Text
from bot.domain.packs import Kind, Prompt
from bot.domain.schedule import Ritual
from bot.domain.votes import FEWEST, Vote
from bot.ports import Library
from bot.services.wall_cards import SHARE

WISHED = "That is what most of you wished for."
TRY_EMOJI = "🌱"
GONE = "What could be one small kindness today?"
"""Asked in the place of a question whose pack was taken away."""
GONE_BY = "Which kindness of today would you like to remember?"
"""Asked in the place of an evening's question whose pack was taken away."""
SMALL_ACT = "Do one small thing on purpose, whichever comes to mind."
"""Said in the place of an act whose pack was taken away."""
EVENING = "What kindness did I give or receive today, and how did it touch my mood and energy?"
NOTICING = (
    "Do it on purpose, then pause for a breath: how do body and mood feel, and what warmth or connection is there?"
)
ROOM = 2_400
"""Characters that a card's longest list has; with heading, buttons and the rest, every platform takes it."""
BESIDE_A_LINE = 12
"""What a platform adds to each line of a list, such as its escapes."""
ONE_LINE = 120
"""Characters of what was put into a form that is given back beside its name."""
TRY = Choice("I'll try one", Action("try"), Style.PRIMARY, TRY_EMOJI)
JOIN = Choice("I'll join in", Action("try"), Style.PRIMARY, TRY_EMOJI)
ANOTHER = Choice("Another idea", Action("another"), emoji="💡")
REST = Choice("Resting today", Action("rest"), emoji="🌙")
TRY_IT = Choice("I'll try it", Action("try"), Style.PRIMARY, TRY_EMOJI)
SHARE_FIRST = replace(SHARE, style=Style.PRIMARY)
READ_MINE = Choice("Read one of mine", Action("read_mine"), emoji="📖")


def write_out(
    occurrence: Occurrence,
    library: Library,
    mention: Theme | None,
    *,
    wished: bool = False,
    vote: Vote | None = None,
) -> Card:
    """The card of an occurrence whose content is chosen. `mention` is the week's theme, for morning cards.

    `wished` is said of a challenge whose theme most wished for. `vote` is what a vote's card is about.
    """
    content = occurrence.content or Content()
    match occurrence.ritual:
        case Ritual.MORNING:
            return _morning_card([p for p in map(library.prompt, content.prompts) if p], mention, library)
        case Ritual.MINDFUL:
            return _mindful_card(next(filter(None, map(library.prompt, content.prompts)), None), library)
        case Ritual.EVENING:
            return _evening_card(next(filter(None, map(library.prompt, content.prompts)), None), library)
        case Ritual.CHALLENGE:
            theme = library.theme(content.theme) if content.theme else None
            if theme is None:
                raise LookupError(f"the theme {content.theme} of occurrence {occurrence.id} is in no pack")
            return _challenge_card(theme, library, wished=wished)
        case Ritual.VOTE if vote and vote.closed_at:
            return _closed_card(vote, library)
        case Ritual.VOTE:
            return _vote_card([library.theme(ThemeId(one)) for one in content.prompts])
        case Ritual.RECAP:
            raise LookupError(f"what the recap {occurrence.id} says depends on the space: see `Recaps`")


def _morning_card(prompts: list[Prompt], theme: Theme | None, library: Library) -> Card:
    """The question, the acts to choose from, and the week's theme."""
    question = next((prompt.text for prompt in prompts if prompt.kind is Kind.INTENTION), GONE)
    acts = [prompt for prompt in prompts if prompt.kind is Kind.ACT]
    body: list[Part] = [Text(question, strong=True)]
    if acts:
        items = tuple(Item(act.text, label=f"For {act.circle.words}") for act in acts)
        body.append(Items(items, title="One of these, if you like:"))
    if theme:
        body.append(Text(f"This week: “{theme.title}”. {theme.daily}"))
    why = next((_why(prompt, library) for prompt in prompts if prompt.why), "")
    return Card("Today’s intention", tuple(body), (TRY, ANOTHER, SHARE, REST), footnote=why, emoji="🌅")


def _mindful_card(act: Prompt | None, library: Library) -> Card:
    """One small act, and what to notice about it."""
    body = (Text(act.text if act else SMALL_ACT, strong=True), Text(NOTICING))
    why = _why(act, library) if act else ""
    return Card("One small act, on purpose", body, (TRY_IT, ANOTHER, SHARE, REST), footnote=why, emoji="🍃")


def _evening_card(question: Prompt | None, library: Library) -> Card:
    """What to look back on."""
    body = (
        Text(EVENING, strong=True),
        Text(question.text if question else GONE_BY),
        Text("A thought is answer enough. If you like to tell of it, the wall is there."),
    )
    why = _why(question, library) if question else ""
    return Card("Evening reflection", body, (SHARE_FIRST, READ_MINE, REST), footnote=why, emoji="🌆")


def _challenge_card(theme: Theme, library: Library, *, wished: bool) -> Card:
    """What the week is about, and ways in."""
    body: tuple[Part, ...] = (
        *([Text(WISHED)] if wished else []),
        Text(theme.text),
        Items(tuple(Item(idea) for idea in theme.ideas), title="Some ways in:"),
        Text("Join in when it suits you, in the circle that suits you. Skipping is fine too."),
    )
    heading = f"This week: {theme.title}"
    return Card(heading, body, (JOIN, ANOTHER, SHARE), footnote=_why(theme, library), emoji="🔥")


def _vote_card(themes: Sequence[Theme | None]) -> Card:
    """Themes to wish for; each button names its place among them."""
    known = [(str(place), theme) for place, theme in enumerate(themes) if theme]
    items = tuple(Item(theme.text, label=theme.title) for _, theme in known)
    choices = tuple(Choice(theme.title, Action("vote", detail=place)) for place, theme in known)
    body = (
        Text("Which of these would you like next? One wish each, and it may be changed."),
        Items(items),
        Text("No wish is fine, too. Nobody is told who wished for what."),
    )
    return Card("What comes next?", body, choices, emoji="🗳️")


def _closed_card(vote: Vote, library: Library) -> Card:
    """What came of a vote, in words: no numbers, and nothing to press."""
    won = library.theme(vote.winner) if vote.winner else None
    if won:
        body = (Text(f"“{won.title}”", strong=True), Text(f"{WISHED} It comes in the next free week."))
    elif vote.taken_back:
        body = (Text("This vote was taken back, so the plan decides."),)
    else:
        body = (Text(f"The plan decides this time. Of fewer than {FEWEST} wishes nothing is told."),)
    return Card("What comes next?", (*body, Text("The vote is closed. Nobody is told who wished for what.")), emoji="🗳️")


def idea_card(act: Prompt, another: Action, library: Library) -> Card:
    """One act, privately, with a way to see the next."""
    return Card(
        "An idea for today",
        (Text(act.text, strong=True), Text(f"For {act.circle.words}.")),
        (Choice("Another idea", another, emoji="💡"),),
        footnote=_why(act, library),
    )


def as_many_as_fit(items: Sequence[Item], more: str, room: int = ROOM) -> tuple[Item, ...]:
    """As many lines of a list as a card has room for; the last one says how many there are besides, and `more`."""
    length = 0
    for number, item in enumerate(items):
        length += len(item.plain()) + BESIDE_A_LINE
        if length > room:
            return (*items[:number], Item(f"and {len(items) - number} more. {more}"))
    return tuple(items)


def given_back(sentence: str, words: Mapping[str, str], form: Form | None) -> Card:
    """A form came too late: what had been put into it, as the form calls it, to be read and used again.

    `form` is the same form as it is now, where it can be opened still. What it does not ask for goes without a name.
    """
    short: list[Item] = []
    long: list[Part] = []
    fields = {field.name: field for field in form.fields} if form else {}
    for name, text in ((name, text.strip()[:TEXT_LIMIT]) for name, text in words.items() if text.strip()):
        field = fields.get(name)
        label = field.label.rstrip("?:")[:ONE_LINE] if field else ""
        said = _as_chosen(field, text) if field else text
        if field and field.kind is FieldKind.CHANNEL:
            short.append(Item("", label, text))
        elif len(said) <= ONE_LINE and "\n" not in said:
            short.append(Item(said, label))
        else:
            long += [*([Text(f"{label}:")] if label else []), Quote(said)]
    listed = (Items(tuple(short), "What you had put in:"),) if short else ()
    return Card("Somebody was quicker", (Text(sentence), *listed, *long), emoji="🙏")


def _as_chosen(field: Field, text: str) -> str:
    """What was chosen in a list, as the list says it; anything else as it was typed."""
    options = dict(field.options)
    chosen = text.split(",") if field.kind is FieldKind.CHOICES else [text]
    return ", ".join(options.get(one.strip(), one.strip()) for one in chosen) if options else text


def note(heading: str, *lines: str, choices: tuple[Choice, ...] = (), emoji: str = "") -> Card:
    """A short private answer."""
    return Card(heading, tuple(Text(line) for line in lines if line), choices, emoji=emoji)


def _why(said: Prompt | Theme, library: Library) -> str:
    """Why it may do good, with where that comes from."""
    sources = [source.short for source in map(library.source, said.sources) if source]
    return f"{said.why} ({'; '.join(sources)})" if said.why and sources else said.why
