"""Pictures of messages whose words somebody has begun an act with: where they are is remembered, nothing is taken yet.

Their author takes one over with words of their own for it, or leaves it where it is. In memory only: after a restart it
is chosen by hand, as any picture is.
"""

from collections import OrderedDict
from dataclasses import replace

from bot.domain.forms import Form, Rejected
from bot.domain.ids import ActId, new_id
from bot.domain.message import Card, Reply, Text
from bot.domain.places import Person
from bot.domain.said import FetchPicture

BEGUN = "share_said"
"""The name of a form for an act that a message with a picture begins; its subject is a key."""
REMEMBERED = 500
COMES_ALONG = "The picture of your message comes along only if you say so: “Add a picture” takes it over."


class SaidPictures:
    """The latest of them."""

    def __init__(self) -> None:
        self._begun: OrderedDict[str, tuple[Person, FetchPicture]] = OrderedDict()
        self._of_acts: OrderedDict[ActId, FetchPicture] = OrderedDict()

    def begin(self, form: Form, person: Person, picture: FetchPicture | None) -> Form:
        """The form for an act, which remembers the picture of the message that it is begun with."""
        if picture is None:
            return form
        key = new_id()
        self._begun[key] = (person, picture)
        while len(self._begun) > REMEMBERED:
            self._begun.popitem(last=False)
        return replace(form, name=BEGUN, subject=key)

    def written(self, person: Person, key: str, reply: Reply) -> Reply:
        """The answer to that form: with the same name where something is wrong in it, and else with the act's picture
        to be added, where pictures can be."""
        whose, picture = self._begun.get(key, (None, None))
        match reply.content:
            case Rejected(problems, form):
                return replace(reply, content=Rejected(problems, replace(form, name=BEGUN, subject=key)))
            case Card() as card if picture is not None and whose == person:
                acts = [ActId(choice.action.subject) for choice in card.choices if choice.action.name == "picture"]
                if not acts:
                    return reply
                self._of_acts[acts[0]] = picture
                while len(self._of_acts) > REMEMBERED:
                    self._of_acts.popitem(last=False)
                return replace(reply, content=replace(card, body=(*card.body, Text(COMES_ALONG))))
            case _:
                return reply

    def of(self, act: ActId) -> FetchPicture | None:
        """What fetches the picture of the message that an act was begun with; None where there is none (any more)."""
        return self._of_acts.get(act)

    def forget(self, act: ActId) -> None:
        """It was taken over, or another was."""
        self._of_acts.pop(act, None)
