"""How linking looks: codes, what it means, and what is asked before anything is linked or unlinked. Pure."""

from bot.domain.linking import Link, LinkCode
from bot.domain.message import Action, Card, Choice, Item, Items, Style, Text
from bot.services import wording

_MEANING = Items(
    (
        Item(
            "What people share “here and in the linked place” from then on appears in both, with what is felt about "
            "it, and on a page on the web that a moderator of either has opened. What is there already stays where it "
            "is.",
            label="The wall",
        ),
        Item(
            "Cards come in both on the days and at the times of the place that made the code, in its tone. A pause is "
            "one for both. Today's cards come as they were announced.",
            label="The calendar",
        ),
        Item(
            "The wall's rules are those of the place that made the code. Moderators of each place look after what is "
            "shown there.",
            label="The rules",
        ),
        Item(
            "What is shared only in one place, what people keep for themselves, and who they are.", label="Not shared"
        ),
    ),
    title="What linking means",
)
_BACK = "Either side can unlink at any time: then each has its own times and rules again, and its own acts."
_ACCOUNTS = Items(
    (
        Item("/kind me shows in both places what you shared or kept in either, to change or to remove."),
        Item("What you feel about an act counts once, and what you feel about your own does not."),
        Item("What a moderator decides about one of your accounts holds for both."),
        Item("Nobody else learns that both are yours."),
    ),
    title="What linking means",
)


def code_card(code: str) -> Card:
    """A moderator's fresh code, shown this once."""
    body = (
        Text(code, strong=True),
        Text(
            "Give it to a moderator of the other place, who enters it there with /kindling link. It is good once, and "
            "for ten minutes. You are asked again before anything is linked."
        ),
        _MEANING,
    )
    return Card("A code for the other place", body, footnote=_BACK, emoji="🔗")


def offer_card(code: LinkCode) -> Card:
    """Asked of the moderator who entered a code."""
    body = (
        Text("This place and the one that made the code share one wall and one calendar, if both of you agree."),
        _MEANING,
    )
    choices = (Choice("Link both places", Action("link", code.digest), Style.PRIMARY, "🔗"),)
    footnote = f"The other side is asked too; nothing is linked before it agrees. {_BACK}"
    return Card("Link this place with the other one?", body, choices, footnote=footnote, emoji="🔗")


def confirm_card(code: LinkCode) -> Card:
    """Asked of the side that made the code, after the other one agreed."""
    body = (Text("A moderator of the other place entered your code, and agrees. Do you?"), _MEANING)
    choices = (
        Choice("Link both places", Action("link!", code.digest), Style.PRIMARY, "🔗"),
        Choice("Not now", Action("nolink", code.digest)),
    )
    footnote = f"If you are asked this in a direct message, /kindling link in your place shows it too. {_BACK}"
    return Card("Link both places?", body, choices, footnote=footnote, emoji="🔗")


def unlink_card(link: Link, following: Action | None, *, here: bool) -> Card:
    """Asked before a place is unlinked; `here` is whether it is this one that goes home."""
    since = wording.moment(link.at, "UTC")
    which = f"This place has been linked since {since}." if here else f"The place that was linked on {since}."
    items = (
        Item(
            "Each place keeps what was written there. Copies of it in the other place are taken away.", label="The wall"
        ),
        Item(
            "From tomorrow each has its own days and times again; today's cards come as announced.",
            label="The calendar",
        ),
        Item("Each has its own again. What was decided goes with the act that it is about.", label="The rules"),
    )
    choices = [Choice("Unlink", Action("unlink!", link.space), Style.DANGER)]
    if following:
        choices.append(Choice("Another one", following, emoji="➡️"))
    body = (Text(which), Items(items, title="What unlinking means"))
    footnote = "Linking again takes a fresh code. Nothing that was taken away comes back by it alone."
    return Card("Unlink?", body, tuple(choices), footnote=footnote, emoji="🍂")


def account_code_card(code: str) -> Card:
    """A member's fresh code, shown this once."""
    body = (
        Text(code, strong=True),
        Text(
            "Enter it yourself in the linked place, with /kind link. It is good once, and for ten minutes. Please show "
            "it to nobody: whoever enters it sees what you keep for yourself."
        ),
        _ACCOUNTS,
    )
    return Card("A code for your other account", body, emoji="🔗")


def account_offer_card(code: LinkCode) -> Card:
    """Asked of a member who entered a code."""
    body = (
        Text(
            "Did you make this code yourself, a moment ago? Only then: whoever made it sees, changes and removes what "
            "you share or keep here, and you what they do there."
        ),
        _ACCOUNTS,
    )
    choices = (Choice("Yes, link my accounts", Action("join", code.digest), Style.PRIMARY, "🔗"),)
    return Card("Link your two accounts?", body, choices, footnote="/kind unlink undoes it at any time.", emoji="🔗")
