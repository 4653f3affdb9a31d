"""Words as data: nothing in them pings, formats, disguises a link or hides what it says.

Pings are forbidden by `allowed_mentions` in every message as well. What is here keeps a text looking like
what its writer typed, for readers, for screen readers and in notifications.
"""

import re

_JOINER = "\u2060"  # shows as nothing and joins nothing that Discord would read as a mention

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # England, Scotland, Wales and their like
_HIDDEN = re.compile(
    f"({_FLAG})"  # kept
    "|[\x00-\x09\x0e-\x1f\x7f-\x9f]"  # control characters; tabs are turned into spaces before
    "|[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f]"
    "|[\u3164\ufeff\uffa0\ufff9-\ufffb]"
    "|[\ud800-\udfff\U000e0000-\U000e007f]"
)
_MISPLACED_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")
_TOO_MANY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")

_MASS_MENTION = re.compile("@(?=everyone|here)", re.IGNORECASE)
_OPENING = re.compile(r"<(?=[@#:/+a-z]|[^\s<>]+@)", re.IGNORECASE)  # mentions, emoji, times, and links of all kinds
_TOKEN = re.compile(
    r"(?P<url>https?://[A-Za-z0-9._~:/?#@!$&'+,;=%-]+)"
    r"|(?P<mark>[\\*_~`|\[\]]|:(?=[\w+-]+:))"
    r"|(?m:^)(?P<start>[ ]*(?:[#>+-]|[0-9]+(?=\.)))"
)


def visible(text: str) -> str:
    """The text without what nobody sees: controls, zero widths, direction overrides, halves of characters.

    Joiners stay where writing and emoji need them, between two characters that are not ASCII.
    """
    if text.isascii() and text.isprintable():  # as nearly everything is
        return text.strip()
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    text = _HIDDEN.sub(lambda found: found[1] or "", text)
    text = _MISPLACED_JOINER.sub("", text)
    return _TOO_MANY_LINES.sub("\n\n", text).strip()


def line(text: str) -> str:
    """The visible text on one line."""
    return " ".join(visible(text).split())


def escape(text: str) -> str:
    """The visible text, shown by Discord letter by letter. Bare addresses stay links to what they say."""
    text = _MASS_MENTION.sub("@" + _JOINER, visible(text))
    text = _OPENING.sub("<" + _JOINER, text)
    return _TOKEN.sub(_escaped, text)


def escape_line(text: str) -> str:
    """The visible text on one line, shown letter by letter."""
    return escape(line(text))


def crop(text: str, limit: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _escaped(found: re.Match[str]) -> str:
    if found["url"]:
        return found["url"]
    if found["mark"]:
        return "\\" + found["mark"]
    start = found["start"]
    return f"{start}\\" if start[-1].isdigit() else f"{start[:-1]}\\{start[-1]}"
