"""What can go wrong, as a tree.

KindlingError
├── Refusal                a person asked for something that is refused; has a code and a kind sentence
│   ├── NotAllowed         the person may not do this
│   └── ChangedMeanwhile   what somebody looked at when they chose is different by now
├── AdapterError           what an adapter's calls raise
│   ├── TryLater           nothing was carried out; try again after a while
│   ├── Unreachable        the channel, or the right to write there, is gone; do not try again
│   │   └── Gone           this one message is gone, and its channel may well be there
│   ├── Unacceptable       the platform refuses this very message; a bug or a text that does not fit
│   └── Uncertain          the request may or may not have been carried out
├── BadSettings            a configuration that cannot be used; stands in bot.settings
├── PackProblem            packs that cannot be used; names file and line of every fault
├── HealthPageProblem      the address for health and metrics cannot be used
├── CalendarProblem        a calendar file cannot be used; the message says what to do
├── PlaygroundProblem      the folder of the playground cannot be used
├── SecretKeyProblem       what is stored was sealed with a secret key that is not there
└── DatabaseProblem        the database is newer than the code, locked, full or broken
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class KindlingError(Exception):
    """The root of everything Kindling raises on purpose."""


class Refusal(KindlingError):
    """A request that is refused: `code` for logs and doctor, `sentence` for the person."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class NotAllowed(Refusal):
    """The person may not do this here."""


class ChangedMeanwhile(Refusal):
    """Somebody else changed what a person saw when they chose. Nothing was changed by them."""

    def __init__(self) -> None:
        super().__init__(
            "changed_meanwhile",
            "Somebody else changed this while you had it open, so I have left it as they set it. Please look again, "
            "and change what you still want to change.",
        )


class AdapterError(KindlingError):
    """Raised by an adapter's calls, and nothing else is."""


class TryLater(AdapterError):
    """Nothing was carried out. Worth another try after `after`."""

    def __init__(self, code: str, after: timedelta = timedelta(seconds=5)) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


class Unreachable(AdapterError):
    """The place is gone or closed to us. `sentence` says what a moderator can do about it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence


class Gone(Unreachable):
    """The message itself is not there any more: somebody deleted it."""


class Unacceptable(AdapterError):
    """The platform refuses this message itself; sending it again changes nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Uncertain(AdapterError):
    """The request may have been carried out: ask the platform before trying again."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PackFault:
    """One thing wrong with a pack: where (`line` counts from 1), a stable code, and a sentence with the cure."""

    file: str
    line: int
    code: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence} ({self.code})"


class PackProblem(KindlingError):
    """Packs that cannot be used. Holds every fault that was found, not only the first."""

    def __init__(self, faults: Sequence[PackFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class HealthPageProblem(KindlingError):
    """The address for health and metrics cannot be used; the message says what to do."""


class CalendarProblem(KindlingError):
    """A calendar file cannot be used. The message is a sentence for the person, with the line where it can be told."""


class PlaygroundProblem(KindlingError):
    """The folder of the playground cannot be used; the message says what to do."""


class SecretKeyProblem(KindlingError):
    """What is stored was sealed with a secret key that is not there; the message says what to do."""


class DatabaseProblem(KindlingError):
    """The database cannot be used as it is; the message says what to do, and `code` what it is."""

    def __init__(self, sentence: str, code: str = "database.refused") -> None:
        super().__init__(sentence)
        self.code = code
