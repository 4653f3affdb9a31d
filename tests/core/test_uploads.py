"""Files in forms: what fits is decided in one place, kindly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.forms import Field, FieldKind
from bot.domain.uploads import ATTACHED_LIMIT, Attached, Flaw, Unfit, Upload, plain_name, taken

ASKED = Field("pack", "Your pack", FieldKind.FILE, endings=(".toml", ".ics"), most=2048)


def test_a_file_that_fits_is_taken() -> None:
    upload = Upload("Ideas.TOML", b"a" * 2048)

    assert taken(ASKED, upload) is upload


def test_a_file_may_be_left_out_where_none_is_required() -> None:
    assert taken(Field("pack", "Your pack", FieldKind.FILE, required=False), None) is None


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (None, "Please choose a file."),
        (Upload("a.toml", b"a" * 2049), "That file is too large for me. It can have up to 2 KB."),
        (Upload("a.toml", flaw=Flaw.TOO_LARGE), "That file is too large for me. It can have up to 2 KB."),
        (Upload("a.exe", b"a"), "I can read files that end in .toml or .ics."),
        (Upload("toml", b"a"), "I can read files that end in .toml or .ics."),
        (Upload("a.toml", flaw=Flaw.SEVERAL), "Please give me one file only."),
        (Upload("a.toml", flaw=Flaw.LOST), "That file did not reach me. Please choose it once more."),
        (Upload("a.toml"), "There is nothing in that file. Please choose another one."),
    ],
)
def test_what_does_not_fit_is_said_kindly(upload: Upload | None, sentence: str) -> None:
    with pytest.raises(Unfit, match=f"^{sentence}$"):
        taken(ASKED, upload)


@given(st.text())
def test_a_plain_name_can_be_attached_or_is_empty(name: str) -> None:
    plain = plain_name(name)

    assert plain == plain_name(plain)
    assert not {"/", "\\", '"', "\n", "\r", "\0"} & set(plain)
    assert not plain or Attached(plain, b"a").name == plain


@pytest.mark.parametrize(
    ("name", "size"), [("../a.toml", 1), ("", 1), ("a" * 101, 1), ("a", 0), ("a", ATTACHED_LIMIT + 1)]
)
def test_what_no_platform_shows_cannot_be_attached(name: str, size: int) -> None:
    with pytest.raises(ValueError, match=r"name for a file|can be attached"):
        Attached(name, b"a" * size)
