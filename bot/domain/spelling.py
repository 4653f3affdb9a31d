"""Guessing which known word was meant by one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` is most likely a slip of, or an empty text."""
    by_folded = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[close[0]] if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence with the nearest known word, or with all of them when none is near."""
    names = list(known)
    if near := nearest(word, names):
        return f"Did you mean “{near}”?"
    return f"Known are: {', '.join(names)}." if names else ""
