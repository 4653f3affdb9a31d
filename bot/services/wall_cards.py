"""How acts look: on the wall, to their author, to moderators. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

from bot.domain.forms import Field, FieldKind, Form
from bot.domain.ids import ActId
from bot.domain.message import Action, Card, Choice, Item, Items, Part, Picture, Quote, Style, Text
from bot.domain.packs import Circle
from bot.domain.pages import OpenWall
from bot.domain.uploads import UPLOAD_LIMIT
from bot.domain.wall import ACT_LIMIT, ALT_LIMIT, Act, Audience, Consent, ShownAs, Standing, Telling, Warmth

WARM_EMOJI = "💛"
NAMING = "They are asked privately. Until they say yes the wall says “someone”; to name nobody, leave it empty."
NAMING_THERE = (
    "You can name people of the place where you are now. For somebody of the linked place, if you are there too and "
    "have linked your accounts, open /kind me there."
)
SOMEONE = "someone in our community"
SHARE = Choice("Share a kindness", Action("share"), emoji="🤲")

GUESSED = "Only people whom the moderators chose share on this wall, so somebody may guess who wrote it."
OTHERS_TOO = "If there are more of yours, they are treated alike: /kind me shows them."
REPORTED = "reported"
PICTURE = Field(
    "picture",
    "A picture",
    FieldKind.FILE,
    hint="Whoever can be recognised in it should be glad to be there.",
    endings=(".png", ".jpg", ".jpeg", ".webp", ".gif"),
    most=UPLOAD_LIMIT,
)
BUTTONS = 5
ON_COPIES = frozenset({"warm", "more"})
"""Buttons that stand on messages in channels only where these show an act."""

_HEADINGS = {
    Telling.DID: ("A kindness given", "🤲"),
    Telling.RECEIVED: ("A kindness received", "🎁"),
    Telling.NOTICED: ("A kindness noticed", "✨"),
}
_NAMED = {Telling.DID: "For", Telling.RECEIVED: "From", Telling.NOTICED: "By"}
_TELLINGS = {Telling.DID: "I did it", Telling.RECEIVED: "I received it", Telling.NOTICED: "I noticed it"}
_STANDINGS = {
    Standing.DRAFT: "not on the wall yet",
    Standing.WAITING: "waiting for a moderator to look at it",
    Standing.RETURNED: "a moderator asks you to change something",
    Standing.SHOWN: "on the wall",
    Standing.PRIVATE: "kept for you only",
    Standing.HIDDEN: "hidden by a moderator",
}
_CONSENTS = {
    Consent.UNASKED: "is asked when it comes on the wall",
    Consent.ASKED: "has been asked; until then it says “someone”",
    Consent.YES: "agreed to be named",
    Consent.NO: "has been asked; until then it says “someone”",  # a no is never told
}
_SHOWN_AS = {
    ShownAs.NAME: "with your name",
    ShownAs.SOMEONE: f"as “{SOMEONE}”",
    ShownAs.ME: "to you only",
}
_AUDIENCES = {Audience.HERE: "only here", Audience.BOTH: "here and in the linked place"}


def act_card(act: Act) -> Card:
    """An act as everybody sees it."""
    return Card(
        _HEADINGS[act.telling][0],
        _told(act, act.warmth),
        (_button("It warmed me", "warm", act, WARM_EMOJI), SHARE, _button("More", "more", act)),
        picture=picture_of(act),
        footnote=_footnote(act),
        emoji=_HEADINGS[act.telling][1],
    )


def picture_of(act: Act) -> Picture | None:
    """The picture of an act, with no bytes in it so far."""
    return Picture("", act.alt, mark=act.picture) if act.picture else None


def reading_card(act: Act, another: Action) -> Card:
    """An act as somebody reads it who goes through the wall."""
    card = act_card(act)
    choices = (card.choices[0], Choice("Read another", another, Style.PRIMARY, "📖"), card.choices[2])
    return replace(card, choices=choices)


def preview_card(
    act: Act, *, linked: bool, pages: Sequence[OpenWall] = (), pictures: bool = False, chosen: bool = False
) -> Card:
    """An act before it is on the wall; `pages` on the web are going to show it too. `pictures` can be added here. Where
    only `chosen` people share, there are fewer whom somebody unnamed may be."""
    items = [Item(_SHOWN_AS[act.shown_as], label="Shown")]
    if linked and act.shown_as is not ShownAs.ME:
        items.append(Item(_AUDIENCES[act.audience], label="Where"))
    keep = act.shown_as is ShownAs.ME
    choices = (
        _button("Keep it" if keep else "Put it on the wall", "publish", act, style=Style.PRIMARY),
        _button("Change it", "edit", act, "✏️"),
        _button("Name somebody", "name", act, "🏷️"),
        *_picturing(act, able=pictures),
        _button("Throw it away", "discard", act),
    )
    body: tuple[Part, ...] = (Text(f"{_HEADINGS[act.telling][0]}:"), *_told(act), Items(tuple(items)))
    if not keep:
        body = (*body, *(Text(_on_the_web(act, page)) for page in pages))
        if chosen and not act.by:
            body = (*body, Text(GUESSED))
    footnote = "Nobody has seen it yet. You can change it or take it back at any time." if not keep else ""
    return Card("This is how it will look", body, choices, picture_of(act), footnote, "👀")


def own_card(act: Act, earlier: Action | None, *, pictures: bool = False) -> Card:
    """An act as its author sees it among their own. Where buttons are too many, some share one (`adding_card`)."""
    items = [Item(_STANDINGS[act.standing], label="Now")]
    if act.reason:
        items.append(Item(act.reason, label="The moderator's words"))
    if act.on_wall:
        items.append(Item(_SHOWN_AS[act.shown_as], label="Shown"))
    if act.named:
        items.append(Item(_CONSENTS[act.consent], label="Whom you named"))
    choices = [_button("Change it", "edit", act, "✏️"), *_ups_and_downs(act), _button("Remove it", "remove", act)]
    adding = [_button("Name somebody", "name", act, "🏷️"), *_picturing(act, able=pictures)]
    after = [Choice("Earlier", earlier, emoji="⬅️")] if earlier else []
    if len(choices) + len(adding) + len(after) > BUTTONS:
        adding = [_button("Add to it", "add", act, "🖼️")]
    heading, emoji = _HEADINGS[act.telling]
    body = (*_told(act, act.warmth), Items(tuple(items)))
    return Card(heading, body, (*choices, *adding, *after), picture_of(act), _footnote(act), emoji)


def adding_card(act: Act, *, pictures: bool) -> Card:
    """What an author can add to an act."""
    choices = (_button("Name somebody", "name", act, "🏷️"), *_picturing(act, able=pictures))
    return Card(_HEADINGS[act.telling][0], (Quote(act.text, act.by or SOMEONE),), choices, picture_of(act))


def picture_form(act: Act, *, said: bool = False) -> Form:
    """The form with which an author adds a picture, changes it, or takes it away. `said` is whether the message that it
    was begun with has one."""
    alt = Field(
        "alt",
        "What is to be seen?",
        FieldKind.PARAGRAPH,
        value=act.alt,
        hint="For everybody who does not see it: in a sentence or two.",
        limit=ALT_LIMIT,
    )
    if said and not act.picture:
        options = (("said", "The one of my message"), ("own", "The one I choose here"))
        which = Field("keep", "Which one?", FieldKind.CHOICE, value="said", options=options)
        chosen = replace(PICTURE, label="Another picture", required=False)
        return Form("picture", "Add a picture", (which, chosen, alt), submit="Add it", subject=act.id)
    if not act.picture:
        return Form("picture", "Add a picture", (PICTURE, alt), submit="Add it", subject=act.id)
    options = (("keep", "Keep it, or show the one I choose here"), ("remove", "Take it away"))
    keeping = Field("keep", "The one that is there", FieldKind.CHOICE, value="keep", options=options)
    fields = (keeping, replace(PICTURE, label="Another picture", required=False), alt)
    return Form("picture", "The picture", fields, subject=act.id)


def missing_card(act: Act) -> Card:
    """Tells an author that their act is off the wall, or out of the linked place, because its message was gone after a
    backup was put back."""
    body: tuple[Part, ...] = (
        Quote(act.text),
        Text(
            "I was put back to an earlier state, and a message that showed this was gone. You may have taken it away."
        ),
    )
    if act.on_wall:
        body = (*body, Text("So it is shown only where you shared it."))
        choices: tuple[Choice, ...] = (_button("Change it", "edit", act, "✏️"),)
        return Card("Shown in one place only", body, choices, footnote=OTHERS_TOO, emoji="🫙")
    choices = (*_ups_and_downs(act), _button("Remove it", "remove", act))
    body = (*body, Text("So it is kept for you only."))
    return Card("Off the wall, in case you wished it", body, choices, footnote=OTHERS_TOO, emoji="🫙")


def removing_card(act: Act) -> Card:
    """Asked before an act is gone for good."""
    body: tuple[Part, ...] = (
        Quote(act.text),
        Text("It goes from the wall everywhere, with everything that was felt about it. This cannot be undone."),
    )
    choices = (_button("Remove for good", "erase", act, style=Style.DANGER), *_ups_and_downs(act))
    return Card("Remove it for good?", body, choices, emoji="🍂")


def naming_form(act: Act, *, linked: bool) -> Form:
    """The form with which an author names somebody."""
    field = Field("member", "Whom would you like to name?", FieldKind.MEMBER, required=False)
    intro = f"{NAMING} {NAMING_THERE}" if linked else NAMING
    return Form("name", "Name somebody", (field,), submit="Ask them", subject=act.id, intro=intro)


def consent_card(act: Act) -> Card:
    """Asks somebody whether their name may stand beside an act."""
    body: tuple[Part, ...] = (
        Text("Somebody shared this on the kindness wall, and it is about you:"),
        Quote(act.text),
        Text("May your name stand there? Until you say yes it says “someone”, and a no is never told."),
    )
    choices = (_agreeing("Yes, name me", act, Style.PRIMARY), _button("Rather not", "decline", act))
    return Card("May you be named?", body, choices, picture_of(act), emoji="🏷️")


def more_card(act: Act, *, own: bool, named: bool, moderator: bool) -> Card:
    """What somebody can do about an act on the wall."""
    choices: list[Choice] = []
    if named and not own:
        choices.append(_button("Take my name off", "decline", act) if act.named_as else _agreeing("Name me there", act))
    if own:
        choices += [_button("Change it", "edit", act, "✏️"), *_ups_and_downs(act), _button("Remove it", "remove", act)]
    else:
        choices.append(_button("Report to moderators", "report", act, "🚩"))
    if moderator:
        choices.append(_button("Hide it", "hide", act, "🙈"))
    choices.append(_button("Why is it here?", "why", act, "❓"))
    return Card(_HEADINGS[act.telling][0], (Quote(act.text, act.by or SOMEONE),), tuple(choices))


def review_card(act: Act, following: Action) -> Card:
    """An act that waits for a moderator. It names its author only as the wall would."""
    choices = (
        Choice("Publish", Action("approve", act.id, looks(act)), Style.PRIMARY),
        _button("Ask to change", "return", act, "✏️"),
        _button("Keep private", "keep", act),
        Choice("Block author", Action("block", act.id, Standing.WAITING.value), Style.DANGER),
        Choice("Next", following, emoji="➡️"),
    )
    body = (*_told(act), Text(_HEADINGS[act.telling][0]))
    return Card("Waiting for the wall", body, choices, picture_of(act), emoji="📥")


def reported_card(act: Act, following: Action) -> Card:
    """An act on the wall that somebody asks the moderators to look at. Who that was is not said."""
    choices = (
        _button("Leave it", "leave", act, style=Style.PRIMARY),
        _button("Hide it", "hide", act, "🙈"),
        Choice("Block author", Action("block", act.id, REPORTED), Style.DANGER),
        Choice("Next", following, emoji="➡️"),
    )
    body = (*_told(act), Text("Somebody asks you to look at this. It is still on the wall."))
    return Card("Reported", body, choices, picture_of(act), emoji="🚩")


def changed_card(act: Act, following: Action) -> Card:
    """A hidden act that its author wrote anew since a moderator read it: before it is shown again, it is read again."""
    choices = (
        Choice("Show it again", Action("restore", act.id, looks(act)), Style.PRIMARY),
        Choice("Next", following, emoji="➡️"),
    )
    body = (*_told(act), Text("It is still hidden."))
    return Card("It was changed meanwhile", body, choices, picture_of(act), emoji="📥")


def share_form(act: Act | None, *, name: str, linked: bool, text: str = "", away: bool = False) -> Form:
    """The form for an act: empty, with what a message said, or with what it says so far.

    `away` is whether its author looks at it from another place than the one where they wrote it.
    """
    here = "Only where I shared it" if away else "Only here"
    as_name = f"My name ({name})" if name else "My name"
    fields = [
        Field(
            "text",
            "What happened?",
            FieldKind.PARAGRAPH,
            value=act.text if act else text,
            hint="As small as it was. Please name nobody who would not like it.",
            limit=ACT_LIMIT,
        ),
        Field(
            "telling",
            "You and this kindness",
            FieldKind.CHOICE,
            value=(act.telling if act else Telling.DID).value,
            options=tuple((telling.value, words) for telling, words in _TELLINGS.items()),
        ),
        Field(
            "shown_as",
            "Shown as",
            FieldKind.CHOICE,
            value=(act.shown_as if act else ShownAs.SOMEONE).value,
            options=(("someone", "Someone in our community"), ("name", as_name), ("me", "Only me: keep it private")),
        ),
        Field(
            "circle",
            "For whom",
            FieldKind.CHOICE,
            required=False,
            value=act.circle.value if act and act.circle else "",
            options=tuple((circle.value, f"For {circle.words}") for circle in Circle),
        ),
    ]
    if linked:
        fields.append(
            Field(
                "audience",
                "Where",
                FieldKind.CHOICE,
                value=(act.audience if act else Audience.HERE).value,
                options=(("here", here), ("both", "In both places" if away else "Here and in the linked place")),
            )
        )
    return Form("share", "Share a kindness", tuple(fields), submit="Look at it", subject=act.id if act else "")


def digest(card: Card) -> str:
    """A short mark of what a card shows: two cards that look alike have the same."""
    return blake2b(repr(card).encode(errors="backslashreplace"), digest_size=16).hexdigest()


def standing_in_words(act: Act) -> str:
    """Where an act stands, as the end of a sentence."""
    return _STANDINGS[act.standing]


def heading_of(act: Act) -> str:
    """What stands above an act: whether a kindness was given, received or noticed."""
    return _HEADINGS[act.telling][0]


def _on_the_web(act: Act, page: OpenWall) -> str:
    """Where on the web it can be read besides, by whom, and whether with its author's name."""
    whose = "this place’s" if page.space == act.space else "the linked place’s"
    whom = "everyone" if page.listed else "whoever has its address"
    how = "with" if act.by and page.names else "without"
    return f"It can also be read on {whose} page on the web, by {whom}, {how} your name."


def _told(act: Act, warmth: Warmth = Warmth.UNSAID) -> tuple[Part, ...]:
    named = f"{_NAMED[act.telling]} {act.named_as or 'someone'}." if act.named else ""
    return (Quote(act.text, act.by or SOMEONE), *(Text(said) for said in (named, warmth.words) if said))


def _footnote(act: Act) -> str:
    circle = f"For {act.circle.words}." if act.circle else ""
    return " ".join(filter(None, [circle, "Changed since." if act.edited else ""]))


def _ups_and_downs(act: Act) -> tuple[Choice, ...]:
    if act.standing in {Standing.SHOWN, Standing.WAITING}:
        return (_button("Take it off the wall", "down", act, "🫙"),)
    if act.standing is Standing.HIDDEN:
        return ()
    return (_button("Put it on the wall", "publish", act, style=Style.PRIMARY),)


def wording(act: Act) -> str:
    """A short mark of the words that somebody agrees to be named beside: others have another."""
    said = "\n".join(act.said) if act.picture else act.text
    return blake2b(said.encode(), digest_size=8).hexdigest()


def looks(act: Act) -> str:
    """A short mark of all that people are going to see of an act: what a moderator publishes is what they read."""
    circle = act.circle.value if act.circle else ""
    shown = (*act.said, act.by, act.named_as, act.telling.value, circle)
    return blake2b("\n".join(shown).encode(), digest_size=8).hexdigest()


def _picturing(act: Act, *, able: bool) -> tuple[Choice, ...]:
    label = "Change the picture" if act.picture else "Add a picture"
    return (_button(label, "picture", act, "🖼️"),) if able or act.picture else ()


def _agreeing(label: str, act: Act, style: Style = Style.PLAIN) -> Choice:
    return Choice(label, Action("agree", act.id, wording(act)), style)


def _button(label: str, name: str, act: Act, emoji: str = "", style: Style = Style.PLAIN) -> Choice:
    return Choice(label, Action(name, act.id), style, emoji)


def act_of(action: Action) -> ActId:
    """The act that a button is about."""
    return ActId(action.subject)
