"""The garden picture: each act a plant. Pure: the same acts give the same bytes, in whatever order they come.

How a plant looks and where it stands follows from its act's id, circle and telling alone. So an act that is taken back
takes its plant with it, and no other moves. Nothing here counts: there is no name and no number in the picture, and
none in the words for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from bot.domain.flowers import SHADES, flowers
from bot.domain.ids import ActId
from bot.domain.packs import Circle
from bot.domain.wall import Telling

WIDTH, HEIGHT = 1200, 675
GROWN = 200
"""How many plants are grown at most. The others stand between them as buds, so that a full garden stays one."""
BUDS = 600
"""How many buds are drawn at most."""

_FAR, _NEAR = 355, 655
_ROWS = 16
_MARGIN = 36
_LEAVES = 3


@dataclass(frozen=True, slots=True)
class Seed:
    """What of an act makes its plant."""

    act: ActId
    telling: Telling
    circle: Circle | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    flower: str
    height: int
    """Of its stem, in the front row."""
    size: str


_KINDS: dict[Circle | None, _Kind] = {
    Circle.SELF: _Kind("bellflower", 104, "small"),
    Circle.CLOSE: _Kind("tulip", 112, ""),
    Circle.COLLEAGUES: _Kind("daisy", 128, ""),
    Circle.STRANGERS: _Kind("dahlia", 176, "tall"),
    None: _Kind("poppy", 120, "wild"),
}
_PLURALS = {
    "bellflower": "bellflowers",
    "tulip": "tulips",
    "daisy": "daisies",
    "dahlia": "dahlias",
    "poppy": "poppies",
}
_COLOURS = {Telling.DID: "gold", Telling.RECEIVED: "rose", Telling.NOTICED: "blue"}


def picture(seeds: Iterable[Seed]) -> str:
    """The garden of these acts, as SVG. Each plant stands on a line of its own, the furthest first."""
    lots = sorted({seed.act: _Lot.of(seed) for seed in seeds}.values(), key=lambda lot: (lot.draw[13:], lot.draw))
    grown, buds = lots[:GROWN], lots[GROWN : GROWN + BUDS]
    plants = [(lot.row, lot.draw, lot.plant()) for lot in grown] + [(lot.row, lot.draw, lot.bud()) for lot in buds]
    drawn = [plant for _, _, plant in sorted(plants)]
    return "\n".join([*_ground(), *drawn, "</svg>", ""])


def words(seeds: Iterable[Seed]) -> str:
    """The garden in words, for whoever does not see it: its flowers and their colours."""
    told = sorted({(list(_KINDS).index(seed.circle), list(_COLOURS).index(seed.telling)) for seed in seeds})
    if not told:
        return "A garden before the first flower"
    kinds, colours = list(_KINDS.values()), list(_COLOURS.values())
    beds = [
        f"{kinds[bed].size} {_PLURALS[kinds[bed].flower]} in ".lstrip()
        + listed([colours[colour] for one, colour in told if one == bed])
        for bed in dict.fromkeys(bed for bed, _ in told)
    ]
    return f"A garden with {listed(beds)}"


def listed(said: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = said
    return f"{', '.join(first)} and {last}" if first else last


@dataclass(frozen=True, slots=True)
class _Lot:
    """Where a plant stands and what it is like: `draw` are the bytes that all of it is read from."""

    draw: bytes
    kind: _Kind
    colour: str

    @classmethod
    def of(cls, seed: Seed) -> "_Lot":
        draw = blake2b(seed.act.encode(), digest_size=16, person=b"garden").digest()
        return cls(draw, _KINDS[seed.circle], _COLOURS[seed.telling])

    @property
    def row(self) -> int:
        """How near it stands."""
        return self.draw[2] * _ROWS // 256

    def plant(self) -> str:
        """The whole plant: shade on the ground, stem, leaves, head."""
        height = round(self.kind.height * self._between(5, 0.78, 1.22))
        bend = round(self._between(6, -26, 26))
        head = f"{self.kind.flower}-{self.colour}-{self.draw[7] % SHADES}"
        turn = round(self._between(9, -14, 14))
        leaves = f"leaf-{self.draw[8] % _LEAVES}"
        flip = "-1" if self.draw[10] % 2 else "1"
        return (
            f'<g transform="{self._stands(1.0)}"><ellipse rx="15" ry="4" fill="#3d6b3f" opacity=".22"/>'
            f'<path d="M0 0Q{bend} {-height // 2} 0 {-height}" stroke="{self._green()}" stroke-width="4.5"'
            f' fill="none" stroke-linecap="round"/><use href="#{leaves}" transform="scale({flip} 1)"'
            f' fill="{self._green()}"/><use href="#{head}" transform="translate(0 {-height}) rotate({turn})'
            f' scale({flip} 1)"/></g>'
        )

    def bud(self) -> str:
        """A small one among the grass."""
        return f'<g transform="{self._stands(0.8)}"><use href="#bud-{self.colour}"/></g>'

    def _stands(self, size: float) -> str:
        """Its place: nearer is lower and larger. It leans a little."""
        near = self.row / (_ROWS - 1)
        x = _MARGIN + (WIDTH - 2 * _MARGIN) * int.from_bytes(self.draw[:2]) / 65535
        y = _FAR + (_NEAR - _FAR) * (0.55 * near + 0.45 * near * near) + self._between(3, -6, 6)
        scale = size * (0.46 + 0.54 * near) * self._between(11, 0.9, 1.1)
        return f"translate({x:.1f} {y:.1f}) rotate({self._between(4, -7, 7):.1f}) scale({scale:.2f})"

    def _green(self) -> str:
        return ("#4f8a4c", "#5c9a52", "#43784a", "#6aa257")[self.draw[12] % 4]

    def _between(self, index: int, least: float, most: float) -> float:
        return least + (most - least) * self.draw[index] / 255


def _ground() -> Sequence[str]:
    """The place without its plants, always the same."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        "<defs>",
        (
            '<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#d8ebf4"/>'
            '<stop offset=".62" stop-color="#fdf3de"/><stop offset="1" stop-color="#fdeccb"/></linearGradient>'
        ),
        (
            '<linearGradient id="grass" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#c2dba3"/>'
            '<stop offset="1" stop-color="#86b56f"/></linearGradient>'
        ),
        (
            '<radialGradient id="sun"><stop offset="0" stop-color="#fff6d8"/><stop offset=".36" stop-color="#ffe9ae"/>'
            '<stop offset="1" stop-color="#ffe9ae" stop-opacity="0"/></radialGradient>'
        ),
        f'<clipPath id="frame"><rect width="{WIDTH}" height="{HEIGHT}" rx="28"/></clipPath>',
        *flowers(),
        "</defs>",
        '<g clip-path="url(#frame)">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#sky)"/>',
        '<circle cx="930" cy="150" r="170" fill="url(#sun)"/>',
        '<path d="M0 330C160 262 320 268 480 316S800 352 960 292S1140 268 1200 286V675H0Z" fill="#dce8c8"/>',
        '<path d="M0 352C220 300 360 338 560 344S900 296 1200 350V675H0Z" fill="#cfe2b4"/>',
        '<path d="M0 368C260 340 520 382 720 360S1060 346 1200 372V675H0Z" fill="url(#grass)"/>',
        *_tufts(),
        "</g>",
    )


def _tufts() -> Iterable[str]:
    """Grass, so that a first flower does not stand alone."""
    for number in range(90):
        draw = blake2b(f"tuft {number}".encode(), digest_size=8).digest()
        near = draw[2] / 255
        x, y, scale = int.from_bytes(draw[:2]) * WIDTH / 65535, 378 + 285 * near, 0.5 + 0.7 * near
        yield (
            f'<path d="M-7 0Q-8 -12 -12 -18M0 0Q0 -14 1 -24M7 0Q8 -11 13 -16" transform="translate({x:.1f} {y:.1f})'
            f' scale({scale:.2f})" stroke="#6f9f58" stroke-width="2.4" stroke-linecap="round" fill="none"'
            ' opacity=".5"/>'
        )
