"""Texts on their way to Slack: cleaned of what nobody sees, cut to length, and kept from being read as markup."""

import re

ELLIPSIS = "…"

_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\xad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\ufff9-\ufffb"  # zero-width and direction marks
    "\u202a-\u202e\u2066-\u206f"  # direction overrides and isolates
    "\ud800-\udfff"  # halves of characters, which JSON for Slack cannot carry
    "\U000e0000-\U000e007f]"  # tags; the flags that are made of them are kept apart
)
_JOINERS = re.compile("[\u200c\u200d]{2,}")
_LOOSE_END = re.compile("[\u200c\u200d\\s]+$")
_LOOKALIKES = str.maketrans({"*": "∗", "_": "＿", "~": "∼", "`": "ˋ", "|": "∣"})
_PING = re.compile(r"@(?=(?:here|channel|everyone|group)\b)", re.IGNORECASE)
_ADDRESS = re.compile(r":(?=//)|(?<=mailto):|(?<=tel):", re.IGNORECASE)
_SHORT_NAME = re.compile(r":(?=[\w+'-]+:)")


def clean(text: str) -> str:
    """The text without controls, direction overrides and zero-width characters; emoji stay whole."""
    text = _LINE_BREAKS.sub("\n", text)
    kept: list[str] = []
    end = 0
    for flag in _FLAG.finditer(text):
        kept += [_UNSEEN.sub("", text[end : flag.start()]), flag.group()]
        end = flag.end()
    kept.append(_UNSEEN.sub("", text[end:]))
    return _JOINERS.sub("\u200d", "".join(kept)).strip()


def length(text: str) -> int:
    """How long Slack may take a text to be: in UTF-16 units, the longer of the two ways to count."""
    return len(text) + sum(character > "\uffff" for character in text)


def clip(text: str, limit: int) -> str:
    """The text, with an ellipsis at its end when it had to be cut to `limit`."""
    if length(text) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    cut = text[:room]
    while length(cut) > room:
        cut = cut[: -max(1, (length(cut) - room) // 2)]
    return _LOOSE_END.sub("", cut) + ELLIPSIS


def shown(text: str, limit: int) -> str:
    """Cleaned and cut: what goes into `plain_text` and `rich_text`, which Slack shows as it is."""
    return clip(clean(text), limit)


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
ESCAPED_LIMIT = 3_900
"""`chat.update` takes 4,000 characters of text, escapes included."""


def literal(text: str, limit: int) -> str:
    """Cleaned and cut for a place where Slack reads mrkdwn, with nothing left to read as markup.

    Slack has no escape for `*`, `_`, `~` and backticks, and escaping `<`, `>` and `&` does not keep a bare
    address or `@here` from being linked by a client: such signs become others that look alike. It is used
    for the text beside blocks only, which notifications and screen readers speak.
    """
    text = clip(clean(text), limit).translate(_LOOKALIKES)
    text = _PING.sub("＠", text)
    text = _ADDRESS.sub("∶", text)
    text = _SHORT_NAME.sub("∶", text)
    return _escaped(text)


def _escaped(text: str) -> str:
    """With Slack's three escapes, cut where it would grow over what every method takes."""
    length = 0
    for index, sign in enumerate(text):
        length += len(_ESCAPES.get(sign, sign))
        if length > ESCAPED_LIMIT:
            return "".join(_ESCAPES.get(kept, kept) for kept in text[:index]) + "…"
    return "".join(_ESCAPES.get(sign, sign) for sign in text)
