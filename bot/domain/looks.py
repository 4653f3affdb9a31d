"""How a card looks on a platform, for somebody who is somewhere else."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape, unescape

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a file of looks may do: nothing but be looked at."""
_ELEMENT = re.compile(r'<img [^>]*?alt="(?P<alt>[^"]*)"[^>]*>|<[^>]*>')
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; }
h2 { margin-top: 2.5rem; font-size: 1.2rem; }
h3 { font-size: 1rem; }
"""


@dataclass(frozen=True, slots=True)
class Look:
    """A card as a platform shows it, drawn from the very message that the platform would be sent.

    `html` is elements and no whole page; in it every text is escaped, and nothing leads anywhere, runs, has a `style`
    of its own or is fetched. Its one heading is an `h4`. `style` is the CSS for it, in which nothing is fetched either.
    `notes` tell in words what no picture of a message shows, such as what a notification of it reads.
    """

    platform: str
    title: str
    html: str = field(repr=False)
    style: str = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What is read in it, and the words for its pictures."""
        return unescape(_ELEMENT.sub(lambda found: f"\n{found['alt'] or ''}", self.html))

    def lost(self, texts: Iterable[str]) -> Sequence[str]:
        """Those of these texts that cannot be read whole in it."""
        there = _bare(self.words)
        return [text for text in texts if _bare(text) not in there]


def file_of(title: str, shown: Sequence[tuple[str, Sequence[Look]]]) -> bytes:
    """A page to keep and to open anywhere: cards by what they are called, each in some looks. It fetches nothing."""
    cards = "".join(f"<h2>{escape(name)}</h2>{''.join(map(_piece, looks))}" for name, looks in shown)
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{cards}</main></body></html>"
    )
    return page.encode(errors="replace")


def _piece(look: Look) -> str:
    """A look apart from the page's own style, and its notes."""
    notes = "".join(f"<p>{escape(note)}</p>" for note in look.notes)
    shadow = f'<template shadowrootmode="open"><style>{look.style}</style>{look.html}</template>'
    return f"<h3>As {escape(look.title)} shows it</h3><div>{shadow}</div>{notes}"


def _bare(text: str) -> str:
    """Without what nobody sees, and without spaces, which each platform sets in its own way."""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())
