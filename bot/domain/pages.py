"""The wall's page on the web: who may read it, and what stands on it. It names nobody by an id and tells no count."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b, sha256
from hmac import compare_digest

from bot.domain.ids import ActId, MemberId, SpaceId
from bot.domain.packs import Circle
from bot.domain.wall import Order, Telling
from bot.domain.words import words

SOUGHT_LIMIT = 50
"""Characters of what is looked for."""
_TAG = 12
_SEEN = 4


@dataclass(frozen=True, slots=True)
class OpenWall:
    """A space's page on the web, which is open as long as this is kept.

    Whoever has its key can read it, and nobody can find it out; only the key's hash is kept. One that is `listed` is
    meant for everyone, so it names no author.
    """

    space: SpaceId
    key_hash: str
    listed: bool
    opened_by: MemberId
    opened_at: datetime

    @property
    def names(self) -> bool:
        """Whether it names the authors who chose to be shown by name."""
        return not self.listed


@dataclass(frozen=True, slots=True)
class PageWish:
    """How somebody wants to read the page. `beyond` is the `further` of the page before."""

    order: Order = Order.NEWEST
    circle: Circle | None = None
    sought: str = ""
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An act as it stands on the page. `by` is empty for somebody unnamed, `warmth` for what too few have felt.

    `on` is the local date on which it came on the wall; `picture` the mark of its picture, if it has one, and `alt` the
    words for it.
    """

    telling: Telling
    heading: str
    text: str
    by: str
    circle: Circle | None
    warmth: str
    on: date
    edited: bool
    picture: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class WallPage:
    """What stands on the page just now, for one wish. `further` is where the next page begins, empty on the last."""

    listed: bool
    told: tuple[Told, ...]
    further: str = ""

    @property
    def version(self) -> str:
        """The same as long as the page shows the same."""
        return blake2b(repr(self).encode(errors="backslashreplace"), digest_size=12).hexdigest()


def hashed(key: str) -> str:
    """What is kept of a page's key. The key is drawn by lot and too long to be guessed, so this needs no salt."""
    return sha256(key.encode(errors="backslashreplace")).hexdigest()


def holds(text: str, sought: Sequence[str]) -> bool:
    """Whether a text holds every word that is sought; the last may be the beginning of one."""
    if not sought:
        return True
    *whole, last = sought
    said = set(words(text))
    return said.issuperset(whole) and any(word.startswith(last) for word in said)


def sealed(act: ActId, seen: int, seed: str) -> str:
    """A place in the wall, behind an act. An act's id tells when it was written, to the millisecond, and `seen` how
    often it was read: neither is for the readers of a page, so they get this, which tells them nothing."""
    plain = bytes.fromhex(act) + min(seen, 2 ** (8 * _SEEN) - 1).to_bytes(_SEEN)
    tag = _keyed(seed, b"tag", plain)[:_TAG]
    return urlsafe_b64encode(tag + _mixed(plain, tag, seed)).decode()


def unsealed(place: str, seed: str) -> tuple[ActId, int] | None:
    """The act and how often it had been read; None for a place that is none of ours."""
    try:
        raw = urlsafe_b64decode(place.encode())
    except ValueError:
        return None
    tag, mixed = raw[:_TAG], raw[_TAG:]
    if len(mixed) <= _SEEN:
        return None
    plain = _mixed(mixed, tag, seed)
    if not compare_digest(tag, _keyed(seed, b"tag", plain)[:_TAG]):
        return None
    return ActId(plain[:-_SEEN].hex()), int.from_bytes(plain[-_SEEN:])


def _mixed(text: bytes, tag: bytes, seed: str) -> bytes:
    """Mixed, or mixed already and plain again."""
    stream = _keyed(seed, b"mix", tag)
    return bytes(one ^ other for one, other in zip(text, stream, strict=False))


def _keyed(seed: str, use: bytes, text: bytes) -> bytes:
    return blake2b(text, key=seed.encode()[:64], person=use).digest()
