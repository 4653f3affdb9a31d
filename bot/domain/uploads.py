"""Files that people hand over in forms, and files that come with an answer to one person."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.forms import Field

UPLOAD_LIMIT = 8 * 1024 * 1024
"""Bytes that an adapter takes of one file, whatever a field allows. Slack's own limit is 10 MB, as is Discord's."""
ATTACHED_LIMIT = 8 * 1024 * 1024
NAME_LIMIT = 100
_KILO = 1024


class Flaw(StrEnum):
    """Why an adapter hands a file over without what is in it."""

    TOO_LARGE = "too_large"
    SEVERAL = "several"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as somebody handed it over. With a `flaw` there is nothing in it."""

    name: str
    data: bytes = field(default=b"", repr=False)
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """A file beside a private answer, and a line about what it is for people who do not see it."""

    name: str
    data: bytes = field(repr=False)
    alt: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= NAME_LIMIT or self.name != plain_name(self.name):
            raise ValueError(f"{self.name!r} is no name for a file")
        if not 1 <= len(self.data) <= ATTACHED_LIMIT:
            raise ValueError(f"{self.name} has {len(self.data)} bytes, and 1 to {ATTACHED_LIMIT} can be attached")


class Unfit(ValueError):
    """A file does not fit its field. The message is a sentence for the person."""


def taken(asked: Field, upload: Upload | None) -> Upload | None:
    """The file for a field, or None where there is none and none has to be. Raises `Unfit`.

    This is the one place that decides it: an adapter, and what a browser offers to choose from, may only help.
    """
    if upload is None:
        if asked.required:
            raise Unfit("Please choose a file.")
        return None
    match upload.flaw:
        case Flaw.SEVERAL:
            raise Unfit("Please give me one file only.")
        case Flaw.LOST:
            raise Unfit("That file did not reach me. Please choose it once more.")
        case Flaw.TOO_LARGE:
            raise Unfit(_too_large(asked))
        case None:
            pass
    if asked.endings and not upload.name.lower().endswith(asked.endings):
        raise Unfit(f"I can read files that end in {_listed(asked.endings)}.")
    if len(upload.data) > asked.most:
        raise Unfit(_too_large(asked))
    if not upload.data:
        raise Unfit("There is nothing in that file. Please choose another one.")
    return upload


def plain_name(name: str) -> str:
    """A file's name with nothing in it that means something to a file system or a header. May be empty."""
    kept = "".join(each if each.isalnum() or each in "._- " else "-" for each in name)
    return kept.strip(" .-")[-NAME_LIMIT:].strip(" .-")


def _too_large(asked: Field) -> str:
    return f"That file is too large for me. It can have up to {size_in_words(min(asked.most, UPLOAD_LIMIT))}."


def size_in_words(size: int) -> str:
    """A limit as people read it: `8 MB`, `200 KB`, `50 bytes`."""
    for unit, worth in (("MB", _KILO**2), ("KB", _KILO)):
        if size >= worth:
            return f"{size / worth:.3g} {unit}"
    return f"{size} bytes"


def _listed(endings: tuple[str, ...]) -> str:
    return " or ".join(filter(None, [", ".join(endings[:-1]), endings[-1]]))
