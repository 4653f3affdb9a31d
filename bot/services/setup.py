"""What everything that moderators set up shares: who may, weekdays and channels, and what is offered next."""

from bot.domain.errors import NotAllowed
from bot.domain.message import Action, Choice, Style
from bot.domain.places import Actor
from bot.services.reading import Unread

CHANNEL_LIMIT = 100
CHECK = Choice("Check again", Action("check"), Style.PRIMARY, "🔎")
PREVIEW = Choice("Preview the week", Action("preview"), emoji="👀")
POST = Choice("Post today's card now", Action("post"), emoji="📮")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def must_moderate(actor: Actor) -> None:
    """Refuse whoever may not configure this space at this moment."""
    if not actor.may_moderate:
        raise NotAllowed(
            "not_a_moderator",
            "This is for moderators: people who may manage this place. If that should include you, please ask one of "
            "them; nothing was changed.",
        )


def read_channel(text: str) -> str:
    """A platform's id of a channel. Raises `Unread` for what is none."""
    if text.startswith(("#", "<")) or " " in text or len(text) > CHANNEL_LIMIT or not text.isprintable():
        raise Unread(
            f"I could not tell which channel “{text[:60]}” is. Please pick it from the list that opens as you type its "
            "name, or choose it in the form."
        )
    return text
