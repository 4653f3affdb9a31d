"""Forms that could not be shown at once, or came back with mistakes, held until their button is pressed."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from adapters.discord.text import crop, line
from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Choice, Item, Items, Style, Text
from bot.ports import Clock

OPEN = "discord.form"
"""The action of a button that opens a held form. The adapter answers it itself."""

LIFE = timedelta(minutes=15)
MOST = 1000


@dataclass(frozen=True, slots=True)
class _Held:
    form: Form
    user: str
    until: datetime


class HeldForms:
    """Keeps what a person typed, for a quarter of an hour, in memory only."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._forms: OrderedDict[str, _Held] = OrderedDict()

    def late(self, form: Form, user: str) -> Card:
        """A card with a button that opens the form: for when Discord takes no form any more."""
        words = Text(form.intro) if form.intro else Text("It is ready when you are.")
        return Card(form.title, (words,), (self._button("Open the form", form, user),))

    def rejected(self, rejected: Rejected, values: Mapping[str, str], user: str) -> Card:
        """A card that says what to mend, with a button that opens the form as it was filled in."""
        labels = {field.name: field.label for field in rejected.form.fields}
        filled = tuple(replace(field, value=values.get(field.name, field.value)) for field in rejected.form.fields)
        items = tuple(Item(problem, labels.get(name, "")) for name, problem in rejected.problems.items())
        form = replace(rejected.form, fields=filled)
        kept = "What you wrote is kept for a quarter of an hour."
        if form.takes_files:
            kept += " A file has to be chosen once more."
        return Card(
            "Almost there",
            (Items(items), Text(kept)),
            (self._button("Open the form again", form, user),),
        )

    def take(self, key: str, user: str) -> Form | None:
        """The form behind a button, for the person it was held for. It stays, in case they close it again."""
        held = self._forms.get(key)
        if held is None or held.user != user or held.until < self._clock.now():
            return None
        return held.form

    def _button(self, label: str, form: Form, user: str) -> Choice:
        key = secrets.token_urlsafe(9)
        self._forms[key] = _Held(form, user, self._clock.now() + LIFE)
        while len(self._forms) > MOST or next(iter(self._forms.values())).until < self._clock.now():
            self._forms.popitem(last=False)
        return Choice(crop(line(label), 75), Action(OPEN, key), Style.PRIMARY)


LOST = Card(
    "This form is no longer open",
    (Text("It was kept for a quarter of an hour, or until a restart. Please start once more; it is quick."),),
)
