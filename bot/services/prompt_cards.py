"""What moderators see of their community's prompts: cards and forms."""

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.domain.changes import Change
from bot.domain.forms import OPTIONS_LIMIT, Field, FieldKind, Form
from bot.domain.ids import PackId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Style, Text
from bot.domain.own import OWN
from bot.domain.packs import Circle, Effort, Kind, Pack, Prompt, Setting
from bot.services.cards import as_many_as_fit, note
from bot.services.changing import undoing
from bot.services.picking import pick
from bot.services.prompt_lists import ANY, LABEL, OURS, UNFIT, Listed, Wanted, packs_to_pick
from bot.services.shelf import Shelf
from bot.services.shelf_settings import KIND_WORDS, quoted

TEXT_LIMIT = 240
"""As long as the text of a prompt may be in a pack."""
PAGE = 8
PACKS_AT_ONCE = 4 * OPTIONS_LIMIT
"""About how many packs one form asks, in four lists."""
PARTS = 4
"""How many such forms one card leads to."""
SHORT = 30
WRITE = Choice("Write one", Action("prompt_new"), emoji="✏️")
BACK = Choice("All prompts", Action("prompts"), emoji="📚")
EFFORT_WORDS = {Effort.TINY: "a minute or two", Effort.SMALL: "up to half an hour", Effort.MORE: "an hour and more"}
SETTING_WORDS = {Setting.ANY: "anywhere", Setting.WORKPLACE: "only at work", Setting.COMMUNITY: "only elsewhere"}
KINDS = tuple((kind.value, words.capitalize()) for kind, words in KIND_WORDS.items())
CIRCLES = tuple((circle.value, circle.words.capitalize()) for circle in Circle)


def overview(shelf: Shelf, packs: Sequence[Pack], entries: Sequence[Listed], suggested: int) -> Card:
    """The packs with how many prompts each has, and what can be done."""
    used = Counter(entry.prompt.pack for entry in entries if not entry.why_not)
    items = [Item(f"{used[OWN] or 'none'} in use", label=OURS)]
    items += [
        Item("off" if one.id in shelf.own.packs_off else f"{used[one.id] or 'none'} in use", label=one.title)
        for one in packs
    ]
    queued = len(shelf.own.queued)
    body: list[Part] = [Items(as_many_as_fit(items, "“Packs” shows every one."), title="What your cards choose from:")]
    if queued:
        body.append(Text(f"{queued} {'prompt comes' if queued == 1 else 'prompts come'} first on the next cards."))
    waiting = (Choice(f"Suggestions ({suggested})", Action("suggestions"), emoji="💡"),) if suggested else ()
    choices = (
        Choice("Look through them", Action("prompts_page"), Style.PRIMARY, "🔎"),
        WRITE,
        Choice("Packs", Action("open", "packs"), emoji="📦"),
        *waiting,
        Choice("More", Action("prompts_more"), emoji="➕"),
    )
    footnote = "A change counts from the next card on. What is posted stays as it is."
    return Card("Prompts", tuple(body), choices, footnote=footnote, emoji="📚")


def more_card(queued: Sequence[Prompt], *, twice: bool) -> Card:
    """What comes next, files, and how suggestions are looked at."""
    items = tuple(
        Item(quoted(prompt.text), label=f"{number}. {KIND_WORDS[prompt.kind]}")
        for number, prompt in enumerate(queued, 1)
    )
    first: Part = Items(items, title="Next on the cards:") if items else Text("Nothing is in line for the next cards.")
    looks = "Two moderators look at each suggestion." if twice else "One moderator's yes is enough for a suggestion."
    order = (Choice("Change the order", Action("open", "prompts_next"), emoji="🔢"),) if items else ()
    choices = (
        *order,
        Choice("Bring in a file", Action("open", "prompts_import"), emoji="📥"),
        Choice("Get a file", Action("prompts_export"), emoji="📤"),
        Choice(
            "One look is enough" if twice else "Ask for a second look",
            Action("prompts_twice", "no" if twice else "yes"),
        ),
        BACK,
    )
    return Card("More about prompts", (first, Text(looks)), choices, emoji="📚")


def page_card(found: Sequence[Listed], page: int, wanted: Wanted, titles: dict[PackId, str]) -> Card:
    """Some of what was found."""
    shown = found[page * PAGE : (page + 1) * PAGE]
    narrow = Choice("Narrow it down", Action("open", "prompts_search"), emoji="🔎")
    if not shown:
        return note("Prompts", "Nothing like that is here.", choices=(narrow, WRITE, BACK), emoji="🔎")
    items = tuple(Item(_line(entry, titles), label=_label(entry.prompt)) for entry in shown)
    last = (page + 1) * PAGE >= len(found)
    title = f"{page * PAGE + 1} to {page * PAGE + len(shown)} of {len(found)}"
    choices = [Choice("Choose one", Action("prompts_pick", str(page), wanted.encode()), Style.PRIMARY, "☝️")]
    choices += [Choice("Earlier", Action("prompts_page", str(page - 1), wanted.encode()), emoji="⬅️")] if page else []
    choices += [] if last else [Choice("More", Action("prompts_page", str(page + 1), wanted.encode()), emoji="➡️")]
    return Card("Prompts", (Items(items, title=title),), (*choices, narrow, BACK), emoji="🔎")


def pick_form(shown: Sequence[Listed]) -> Form:
    """Which of a page's prompts."""
    options = tuple((entry.prompt.id, _short(entry.prompt.text)) for entry in shown)
    field = Field("prompt", "Which one?", FieldKind.CHOICE, options=options)
    return Form("prompt_pick", "Choose a prompt", (field,), submit="Show it")


def prompt_card(entry: Listed, titles: dict[PackId, str], change: Change | None = None, said: str = "") -> Card:
    """One prompt, how it stands, and what can be done with it."""
    prompt, id_ = entry.prompt, entry.prompt.id
    stands = f"Not used: {entry.why_not}." if entry.why_not else "In use."
    items = [
        Item(_label(prompt), label="What"),
        Item(f"{EFFORT_WORDS[prompt.effort]}, {SETTING_WORDS[prompt.setting]}", label="Takes"),
        Item(titles.get(prompt.pack, OURS), label="From"),
    ]
    if entry.queued and not entry.out:
        stands += " It is in line for the next cards."
    body = [*([Text(said)] if said else []), Text(prompt.text, strong=True), Items(tuple(items)), Text(stands)]
    if entry.instead_of:
        body.append(Text("It stands in the place of one that comes with Kindling."))
    choices = [Choice("Change it", Action("prompt_edit", id_), emoji="✏️")]
    choices.append(
        Choice("Bring it back", Action("prompt_in", id_), emoji="♻️")
        if entry.out
        else Choice("Retire it", Action("prompt_out", id_), emoji="🍂")
    )
    if entry.queued:
        choices.append(Choice("Not next", Action("prompt_later", id_), emoji="⏭️"))
    elif not entry.why_not or entry.why_not == UNFIT:
        choices.append(Choice("Have it come next", Action("prompt_next", id_), emoji="⏩"))
    if entry.instead_of:
        choices.append(Choice("Use the original", Action("prompt_drop", id_), emoji="↩️"))
    choices.append(undoing(change) if change else BACK)
    return Card("A prompt", tuple(body), tuple(choices), emoji="📝")


def prompt_form(name: str, title: str, prompt: Prompt | None, subject: str, *, text: str = "") -> Form:
    """What a prompt says, and for whom."""
    return Form(
        name,
        title,
        (
            Field(
                "text",
                "What does it say?",
                FieldKind.PARAGRAPH,
                value=prompt.text if prompt else text,
                hint="Plain words, as an offer: 40 to 140 characters are pleasant",
                limit=TEXT_LIMIT,
            ),
            _choice("kind", "What is it?", KINDS, prompt.kind if prompt else Kind.ACT),
            _choice("circle", "For whom?", CIRCLES, prompt.circle if prompt else Circle.CLOSE),
            _choice("effort", "How long does it take?", EFFORT_WORDS.items(), prompt.effort if prompt else Effort.TINY),
            _choice("setting", "Where does it fit?", SETTING_WORDS.items(), prompt.setting if prompt else Setting.ANY),
        ),
        subject=subject,
    )


def search_form(packs: Sequence[Pack], wanted: Wanted) -> Form:
    """What to look for."""
    return Form(
        "prompts_search",
        "Look for prompts",
        (
            Field("words", "Words in it", required=False, value=wanted.sought, limit=40),
            _choice("kind", "What is it?", ((ANY, "Anything"), *KINDS), wanted.kind or ANY),
            _choice("circle", "For whom?", ((ANY, "Anybody"), *CIRCLES), wanted.circle or ANY),
            pick("pack", "Which ones?", packs_to_pick(packs), value=ANY),
        ),
        submit="Look",
    )


def parts(packs: Sequence[Pack]) -> Sequence[Sequence[Pack]]:
    """Packs in parts of as many as a form can ask about; of several, by their titles."""
    if len(packs) <= PACKS_AT_ONCE:
        return [packs]
    every = sorted(packs, key=lambda one: (one.title.casefold(), one.id))
    return [every[start : start + PACKS_AT_ONCE] for start in range(0, len(every), PACKS_AT_ONCE)]


def parts_card(packs: Sequence[Pack], page: int) -> Card:
    """Which packs are to be asked about, where there are more than a form can ask about."""
    shown = list(enumerate(parts(packs)))[page * PARTS : (page + 1) * PARTS]
    choices = [
        Choice(f"{some[0].title[:SHORT]} to {some[-1].title[:SHORT]}", Action("packs", str(number)), emoji="📦")
        for number, some in shown
    ]
    if (page + 1) * PARTS * PACKS_AT_ONCE < len(packs):
        choices.append(Choice("More packs", Action("packs_page", str(page + 1)), emoji="➡️"))
    text = f"There are {len(packs)} packs, more than one form can ask about. Which ones shall it be?"
    return Card("Packs", (Text(text),), tuple(choices), emoji="📦")


def packs_form(packs: Sequence[Pack], off: frozenset[PackId], subject: str) -> Form:
    """Which of these packs are on: one field for each 25 of them."""
    fields = [
        Field(
            f"packs{start // OPTIONS_LIMIT}",
            "Packs that are on",
            FieldKind.CHOICES,
            required=False,
            value=",".join(pack.id for pack in some if pack.id not in off),
            options=tuple((pack.id, _short(pack.title)) for pack in some),
            limit=2_000,
        )
        for start in range(0, len(packs), OPTIONS_LIMIT)
        if (some := packs[start : start + OPTIONS_LIMIT])
    ]
    return Form("packs", "Packs", tuple(fields), subject=subject, intro="Your own prompts are always on.")


def order_form(queued: Sequence[Prompt], subject: str) -> Form:
    """In which order the next ones come."""
    said = " ".join(f"{number}: {quoted(prompt.text)}" for number, prompt in enumerate(queued, 1))
    order = Field(
        "order",
        "The order, by number",
        required=False,
        value=" ".join(str(number) for number in range(1, len(queued) + 1)),
        hint="Leave a number out to take it off the line",
    )
    return Form("prompts_next", "Next on the cards", (order,), subject=subject, intro=said)


def _choice(name: str, label: str, options: Iterable[tuple[str, str]], value: str) -> Field:
    told = tuple((str(one), words[:1].upper() + words[1:]) for one, words in options)
    return Field(name, label, FieldKind.CHOICE, value=str(value), options=told)


def _label(prompt: Prompt) -> str:
    return f"{KIND_WORDS[prompt.kind].capitalize()} for {prompt.circle.words}"


def _line(entry: Listed, titles: dict[PackId, str]) -> str:
    more = ", ".join(filter(None, [titles.get(entry.prompt.pack, OURS), entry.why_not, "next" if entry.queued else ""]))
    return f"{entry.prompt.text} ({more})"


def _short(text: str) -> str:
    return text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"
