"""What people write: tidied, looked over for what a wall keeps off, and taken apart into words to search for."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_TOO_MANY_BREAKS = re.compile(r"\n\s*\n\s*\n+")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
    "|[\ud800-\udfff]"
)
_PILED_UP = re.compile(
    r"(?P<first>[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udfff]")
"""What a terminal takes for a command, or for another direction, instead of showing it."""
MARKS_IN_A_ROW = 30
"""Unicode's Stream-Safe Text Format; no language comes near."""
_LINK = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)\S"
    r"|\b[a-z0-9-]+\.(?:com|net|org|io|gg|app|dev|xyz|info|biz|online|site|shop|store|link|ly|ru|de|uk)\b"
    r"|\b[a-z0-9-]+\.[a-z]{2}/[\w-]",
    re.IGNORECASE,
)
_CALL = re.compile(r"(?<!\w)@\w|<[@#!&]")
"""How platforms write that somebody, a group or a channel is meant."""


def tidied(text: str) -> str:
    """What somebody wrote, without what nobody sees: controls, direction overrides, zero widths, lone halves of
    characters. Emoji and joiners that scripts need stay; what is piled up on a letter is cut after three."""
    text = _UNSEEN.sub("", _BREAKS.sub("\n", text).replace("\t", " "))
    text = _PILED_UP.sub(r"\g<first>", unicodedata.normalize("NFC", "".join(_with_few_marks(text))))
    return _TOO_MANY_BREAKS.sub("\n\n", text).strip()


def _with_few_marks(text: str) -> Iterator[str]:
    """The signs of a text, with no more marks in a row than any language asks for: sorting more takes too long."""
    marks = 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MARKS_IN_A_ROW:
            yield sign


def spelled_out(text: str) -> str:
    """The text for a terminal or a log: what would be carried out there, or turn it round, is spelled there."""
    return _COMMANDS.sub(lambda sign: sign.group().encode("unicode_escape").decode(), text)


def has_link(text: str) -> bool:
    """Whether somebody who reads the text could be led elsewhere by it."""
    return _LINK.search(unicodedata.normalize("NFKC", text)) is not None


def calls(name: str) -> bool:
    """Whether a name reads like a call to people, such as `@everyone`, or like a place to go to."""
    return _CALL.search(unicodedata.normalize("NFKC", name)) is not None


def refused_word(text: str, refused: Iterable[str]) -> str:
    """The first of the community's refused words that a text holds, as a whole word in any case; or nothing."""
    said = " ".join(["", *words(text), ""])
    return next((word for word in refused if (folded := " ".join(words(word))) and f" {folded} " in said), "")


WORD_LIMIT = 40
_WORDS = re.compile(r"\w+")
_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def words(text: str) -> Iterator[str]:
    """The words of a text as they are searched for: without case, accents and width.

    Of scripts that are written without spaces, each sign counts as a word.
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in folded if not unicodedata.combining(sign))
    for found in _WORDS.finditer(_WITHOUT_SPACES.sub(r" \g<0> ", unicodedata.normalize("NFC", plain))):
        yield found.group()[:WORD_LIMIT]
