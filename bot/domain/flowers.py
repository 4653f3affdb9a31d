"""The heads, leaves and buds that a garden is made of, as SVG definitions. Always the same, whatever grows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SHADES = 3


@dataclass(frozen=True, slots=True)
class Shade:
    """A flower's colours: of its petals without and within, and of its heart."""

    outer: str
    inner: str
    heart: str


FAMILIES = {
    "gold": (
        Shade("#f2a93b", "#fbc95f", "#8a5a2b"),
        Shade("#f6bf4a", "#fddf8b", "#a8672a"),
        Shade("#ea8f3c", "#f7b567", "#7d4a26"),
    ),
    "rose": (
        Shade("#d9607f", "#f08fa6", "#f6d27a"),
        Shade("#e67f8f", "#f8b0b4", "#f3c65e"),
        Shade("#c9558f", "#e58bb8", "#f8dc8e"),
    ),
    "blue": (
        Shade("#5b76c6", "#8ea5e4", "#f4d37c"),
        Shade("#7a6fc7", "#aca2e8", "#f7dd93"),
        Shade("#4c8fbf", "#86bfe0", "#f2cd6a"),
    ),
}


def flowers() -> Iterator[str]:
    """Every definition, each on a line of its own."""
    yield from _leaves()
    for family, shades in FAMILIES.items():
        for number, shade in enumerate(shades):
            for flower, draw in _HEADS.items():
                yield f'<g id="{flower}-{family}-{number}">{draw(shade)}</g>'
        bud = shades[0]
        yield (
            f'<g id="bud-{family}"><path d="M0 0Q3 -14 0 -26" stroke="#5c9a52" stroke-width="3" fill="none"/>'
            f'<circle cy="-29" r="7.5" fill="{bud.outer}"/><circle cy="-29" r="3.4" fill="{bud.inner}"/></g>'
        )


def _leaves() -> Iterable[str]:
    """Pairs of leaves beside a stem, without a colour of their own."""
    return (
        (
            '<path id="leaf-0" d="M0 -8C16 -12 30 -26 34 -46C16 -42 4 -30 0 -14ZM0 -24C-12 -28 -22 -38 -26 -54'
            'C-12 -50 -2 -40 0 -28Z"/>'
        ),
        (
            '<path id="leaf-1" d="M0 -4C10 -20 16 -44 12 -72C2 -54 -2 -28 0 -8ZM0 -4C-10 -16 -18 -32 -18 -52'
            'C-8 -40 -1 -24 0 -8Z"/>'
        ),
        (
            '<path id="leaf-2" d="M0 -18C18 -16 32 -22 42 -36C24 -40 8 -34 0 -22ZM0 -34C-16 -32 -28 -38 -36 -50'
            'C-20 -54 -6 -48 0 -38Z"/>'
        ),
    )


def _ring(path: str, number: int, fill: str, first: float = 0) -> str:
    turns = (first + 360 * each / number for each in range(number))
    petals = "".join(f'<path d="{path}" transform="rotate({turn:.1f})"/>' for turn in turns)
    return f'<g fill="{fill}">{petals}</g>'


def _daisy(shade: Shade) -> str:
    petal = "M0 -6C-9 -16 -8 -33 0 -37C8 -33 9 -16 0 -6Z"
    return (
        _ring(petal, 11, shade.outer, 16.4)
        + _ring("M0 -6C-7 -15 -6 -30 0 -34C6 -30 7 -15 0 -6Z", 11, shade.inner)
        + f'<circle r="11" fill="{shade.heart}"/><circle cx="-2.5" cy="-3" r="6" fill="#fff" opacity=".22"/>'
    )


def _dahlia(shade: Shade) -> str:
    return (
        _ring("M0 -10C-11 -22 -10 -44 0 -51C10 -44 11 -22 0 -10Z", 13, shade.outer)
        + _ring("M0 -8C-10 -18 -9 -36 0 -42C9 -36 10 -18 0 -8Z", 13, shade.inner, 13.8)
        + f'<circle r="20" fill="{shade.heart}"/><circle r="20" fill="none" stroke="{shade.outer}" stroke-width="3"'
        f' stroke-dasharray="3 3.3"/><circle r="11" fill="none" stroke="{shade.inner}" stroke-width="3"'
        f' stroke-dasharray="2.4 3.4" opacity=".75"/>'
    )


def _tulip(shade: Shade) -> str:
    return (
        f'<path d="M-22 -30C-30 -6 -20 8 0 8C20 8 30 -6 22 -30C14 -26 8 -18 0 -8C-8 -18 -14 -26 -22 -30Z"'
        f' fill="{shade.outer}"/><path d="M0 -40C-15 -28 -15 0 0 8C15 0 15 -28 0 -40Z" fill="{shade.inner}"/>'
        f'<path d="M-22 -30C-28 -8 -18 6 -2 8C-13 -4 -13 -18 -22 -30Z" fill="{shade.outer}"/>'
        f'<path d="M22 -30C28 -8 18 6 2 8C13 -4 13 -18 22 -30Z" fill="{shade.outer}"/>'
    )


def _bellflower(shade: Shade) -> str:
    bell = "M-4 0C-11 4 -10 16 -15 22C-10 20 -8 24 -5 25C-3 22 3 22 5 25C8 24 10 20 15 22C10 16 11 4 4 0Z"
    hung = ((0, -4, 0, 0.9), (-15, 8, 18, 1.0), (15, 12, -16, 1.0), (-11, 34, 12, 1.12), (13, 42, -10, 1.16))
    stalks = "".join(f"M0 {y + 2}Q{x * 0.6:.0f} {y - 8} {x} {y}" for x, y, _, _ in hung)
    bells = "".join(
        f'<g transform="translate({x} {y}) rotate({turn}) scale({size})"><path d="{bell}" fill="{shade.outer}"/>'
        f'<path d="M-3 1C-7 6 -6 15 -9 20C-5 16 -2 8 0 1Z" fill="{shade.inner}"/></g>'
        for x, y, turn, size in hung
    )
    return f'<path d="{stalks}" stroke="#4f8a4c" stroke-width="2.6" fill="none"/>{bells}'


def _poppy(shade: Shade) -> str:
    petal = "M0 2C-26 -2 -31 -30 -14 -37C-8 -32 8 -32 14 -37C31 -30 26 -2 0 2Z"
    return (
        _ring(petal, 4, shade.outer, 45)
        + _ring("M0 0C-19 -3 -23 -24 -10 -29C-5 -25 5 -25 10 -29C23 -24 19 -3 0 0Z", 4, shade.inner)
        + '<circle r="9" fill="#4a4038"/><circle r="12.5" fill="none" stroke="#4a4038" stroke-width="2.4"'
        ' stroke-dasharray="1.6 3"/><circle r="4" fill="#9db37a"/>'
    )


_HEADS = {
    "daisy": _daisy,
    "dahlia": _dahlia,
    "tulip": _tulip,
    "bellflower": _bellflower,
    "poppy": _poppy,
}
