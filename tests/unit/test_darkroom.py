"""Pictures that people hand over: whatever goes in, nothing crashes, and nothing but the picture comes out."""

import asyncio
import sys
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.domain.message import JPEG
from bot.domain.uploads import Unfit
from bot.runtime.darkroom import EDGE, TOO_MANY_POINTS, UNREADABLE, Darkroom

GPS, ORIENTATION, CAMERA = 0x8825, 0x0112, 0x0110
SECRET = "Secret Lane 7"
PNG = b"\x89PNG\r\n\x1a\n"


def drawn(kind: str, size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: object) -> bytes:
    """A picture that is red on the left and blue on the right, with everything beside it that a file can hold."""
    picture = Image.new(mode, size, "blue" if mode != "RGBA" else (0, 0, 255, 128))
    picture.paste("red" if mode != "RGBA" else (255, 0, 0, 128), (0, 0, size[0] // 2, size[1]))
    file = BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[ORIENTATION], found[CAMERA] = orientation, SECRET
    found.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 29: SECRET})
    return found


def chunks() -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", SECRET)
    info.add_itxt("XML:com.adobe.xmp", SECRET)
    return info


FULL = {
    "jpeg": drawn("JPEG", exif=exif(), comment=SECRET.encode(), icc_profile=SECRET.encode(), quality=90),
    "png": drawn("PNG", exif=exif(), pnginfo=chunks(), icc_profile=SECRET.encode()),
    "webp": drawn("WEBP", exif=exif(), xmp=SECRET.encode(), icc_profile=SECRET.encode()),
    "gif": drawn("GIF", comment=SECRET.encode()),
}


async def developed(data: bytes) -> Image.Image:
    made = await Darkroom().develop(data)
    assert made.startswith((JPEG, PNG))
    return Image.open(BytesIO(made))


def test_the_pictures_that_go_in_do_hold_what_must_not_come_out() -> None:
    for kind in ("jpeg", "webp", "gif"):
        assert SECRET.encode() in FULL[kind]
    assert Image.open(BytesIO(FULL["png"])).info["Comment"] == SECRET
    for kind in ("jpeg", "png", "webp"):
        assert Image.open(BytesIO(FULL[kind])).getexif().get_ifd(GPS)


@pytest.mark.parametrize("kind", FULL)
async def test_nothing_that_lay_beside_a_picture_comes_out(kind: str) -> None:
    assert SECRET.encode() in FULL[kind] or kind == "png"

    made = await Darkroom().develop(FULL[kind])

    with Image.open(BytesIO(made)) as picture:
        assert not dict(picture.getexif())
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert SECRET.encode() not in made
    assert b"Exif" not in made
    assert b"tEXt" not in made


@pytest.mark.parametrize(("orientation", "size"), [(1, (60, 40)), (3, (60, 40)), (6, (40, 60)), (8, (40, 60))])
async def test_a_picture_is_turned_upright(orientation: int, size: tuple[int, int]) -> None:
    picture = await developed(drawn("PNG", exif=exif(orientation)))

    assert picture.size == size
    top_left = picture.convert("RGB").getpixel((2, 2))
    assert top_left == {1: (255, 0, 0), 3: (0, 0, 255), 6: (255, 0, 0), 8: (0, 0, 255)}[orientation]


@pytest.mark.parametrize("size", [(3000, 1000), (1000, 3000), (1281, 1)])
async def test_a_large_picture_is_made_smaller(size: tuple[int, int]) -> None:
    assert max((await developed(drawn("JPEG", size))).size) == EDGE


async def test_a_small_picture_stays_as_large_as_it_is() -> None:
    assert (await developed(drawn("WEBP"))).size == (60, 40)


async def test_what_is_clear_stays_clear() -> None:
    picture = await developed(drawn("PNG", mode="RGBA"))

    assert picture.getpixel((2, 2)) == (255, 0, 0, 128)


async def test_a_photograph_that_came_as_png_is_kept_small() -> None:
    noise = Image.effect_noise((1200, 1200), 90).convert("RGB")
    file = BytesIO()
    noise.save(file, "PNG")

    assert (await Darkroom().develop(file.getvalue())).startswith(JPEG)


async def test_a_file_that_would_fill_the_memory_is_refused() -> None:
    bomb = bytearray(drawn("PNG", (1, 1)))
    bomb[16:24] = (60_000).to_bytes(4) + (60_000).to_bytes(4)
    import zlib  # noqa: PLC0415 -- to make the header's sum right again

    bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4)

    with pytest.raises(Unfit, match=TOO_MANY_POINTS):
        await Darkroom().develop(bytes(bomb))


async def test_what_is_decoded_as_a_whole_has_fewer_points_than_what_is_made_smaller_meanwhile() -> None:
    png, jpeg = BytesIO(), BytesIO()
    Image.new("1", (5000, 5000)).save(png, "PNG")
    Image.new("L", (5000, 5000)).save(jpeg, "JPEG")

    with pytest.raises(Unfit, match=TOO_MANY_POINTS):
        await Darkroom().develop(png.getvalue())
    assert (await developed(jpeg.getvalue())).size == (EDGE, EDGE)


async def test_a_grey_picture_is_turned_upright_too() -> None:
    grey = BytesIO()
    Image.new("L", (60, 40)).save(grey, "JPEG", exif=exif(6))

    assert (await developed(grey.getvalue())).size == (40, 60)


@pytest.mark.parametrize(
    "data", [b"", b"MZ", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", FULL["png"][:60]]
)
async def test_what_is_no_picture_is_kindly_refused(data: bytes) -> None:
    with pytest.raises(Unfit, match=UNREADABLE):
        await Darkroom().develop(data)


async def test_pictures_of_other_kinds_are_not_looked_into() -> None:
    with pytest.raises(Unfit, match=UNREADABLE):
        await Darkroom().develop(drawn("BMP"))


async def test_the_loop_goes_on_meanwhile() -> None:
    ticks = 0
    making = asyncio.create_task(Darkroom().develop(drawn("JPEG", (3000, 3000))))
    while not making.done():
        ticks += 1
        await asyncio.sleep(0)

    assert ticks > 1
    assert (await making).startswith(JPEG)


async def test_without_the_extra_nothing_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)

    assert not Darkroom().open
    with pytest.raises(Unfit, match=UNREADABLE):
        await Darkroom().develop(FULL["png"])


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A picture, cut off or with some of its bytes changed; or anything at all."""
    whole = draw(st.sampled_from([*FULL.values(), b""]))
    if not whole:
        return draw(st.binary(max_size=400))
    data = bytearray(whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole)
    for place, byte in draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4)):
        if data:
            data[place % len(data)] = byte
    return bytes(data)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mangled())
def test_whatever_goes_in_nothing_breaks_and_nothing_else_comes_out(data: bytes) -> None:
    async def attempt() -> bytes | None:
        try:
            return await Darkroom().develop(data)
        except Unfit:
            return None

    made = asyncio.run(attempt())

    if made is not None:
        with Image.open(BytesIO(made)) as picture:
            assert max(picture.size) <= EDGE
            assert not dict(picture.getexif())
        assert SECRET.encode() not in made
