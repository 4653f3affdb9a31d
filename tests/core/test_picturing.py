"""The picture of an act: only its author's doing, with words for it, and wherever the act is."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.domain.forms import FieldKind, Form, Rejected
from bot.domain.message import Action, Card, Reply
from bot.domain.pages import PageWish
from bot.domain.said import Channel, Said
from bot.domain.uploads import Flaw, Upload
from bot.runtime.darkroom import Darkroom
from bot.storage.tables import act_pictures, acts
from tests.core.before import be_set_up
from tests.core.test_menus_of_messages import said
from tests.core.test_sharing import TOLD, named, on_wall, share, the_act
from tests.core.village import a_village, button, card_of, labels, press, rows
from tests.house import House, member, moderator

ALT = "Two bags of shopping on a staircase"


def photo(colour: str = "red", kind: str = "PNG") -> Upload:
    file = BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, kind)
    return Upload(f"IMG_1.{kind.lower()}", file.getvalue())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        yield house


async def add(house: House, act: str, upload: Upload | None = None, alt: str = ALT, **values: str) -> Reply:
    """The author hands a picture over."""
    files = {"picture": upload or photo()} if upload is not NONE else {}
    reply = await house.kindling.submit(member(), "picture", act, {"alt": alt} | values, files)
    await house.core.engine.settle()
    return reply


NONE = Upload("none")


def shown(card: Card) -> tuple[str, tuple[int, int, int]]:
    """The words of a card's picture, and the colour of what is to be seen in it."""
    assert card.picture is not None
    with Image.open(BytesIO(card.picture.png)) as picture:
        colour = picture.convert("RGB").getpixel((5, 5))
    assert isinstance(colour, tuple)
    return card.picture.alt, (round(colour[0] / 255), round(colour[1] / 255), round(colour[2] / 255))


RED, BLUE = (1, 0, 0), (0, 0, 1)


async def problems(house: House, act: str, upload: Upload | None = None, **values: str) -> dict[str, str]:
    content = (await add(house, act, upload, **values)).content
    assert isinstance(content, Rejected)
    return dict(content.problems)


async def test_one_person_s_pictures_are_looked_at_one_at_a_time(house: House) -> None:
    robins = card_of(await house.kindling.submit(member(), "share", "", TOLD))
    sams = card_of(await house.kindling.submit(member("sam"), "share", "", TOLD))
    mine, other = button(robins, "Add a picture").subject, button(sams, "Add a picture").subject
    given = {"picture": photo()}

    first, second, of_another = await asyncio.gather(
        house.kindling.submit(member(), "picture", mine, {"alt": ALT}, given),
        house.kindling.submit(member(), "picture", mine, {"alt": ALT}, given),
        house.kindling.submit(member("sam"), "picture", other, {"alt": ALT}, given),
    )
    again = await house.kindling.submit(member(), "picture", mine, {"alt": ALT}, given)

    taken = [reply for reply in (first, second, of_another, again) if isinstance(reply.content, Card)]
    [refused] = [one.content for one in (first, second) if isinstance(one.content, Rejected)]
    assert "still looking at the file before" in refused.problems["picture"]
    assert [shown(card_of(reply)) for reply in taken] == [(ALT, RED)] * 3


async def test_a_picture_is_added_before_the_act_is_on_the_wall(house: House) -> None:
    preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
    form = (await house.kindling.press(member(), button(preview, "Add a picture"))).content
    assert isinstance(form, Form)

    with_picture = card_of(await add(house, form.subject))
    await press(house, with_picture, "Put it on the wall", member())
    await house.core.engine.settle()

    assert (form.fields[0].name, form.fields[0].kind) == ("picture", FieldKind.FILE)
    assert shown(with_picture) == (ALT, RED)
    assert "Change the picture" in labels(with_picture)
    [card] = on_wall(house)
    assert shown(card) == (ALT, RED)


async def test_the_copy_follows_a_picture_that_comes_changes_and_goes(house: House) -> None:
    await share(house)
    act = await the_act(house)
    seen: list[object] = []

    for upload, values in ((photo("red"), {}), (photo("blue", "JPEG"), {}), (NONE, {"keep": "remove"})):
        await add(house, act, upload, **values)
        [card] = on_wall(house)
        seen.append(shown(card) if card.picture else None)

    assert seen == [(ALT, RED), (ALT, BLUE), None]
    assert await rows(house, act_pictures) == []


async def test_words_alone_can_be_changed(house: House) -> None:
    await share(house)
    await add(house, await the_act(house))

    await add(house, await the_act(house), NONE, alt="Two bags", keep="keep")

    [card] = on_wall(house)
    assert shown(card) == ("Two bags", RED)


async def test_changing_the_words_of_an_act_leaves_its_picture(house: House) -> None:
    await share(house)
    act = await the_act(house)
    await add(house, act)

    await house.kindling.submit(member(), "share", act, TOLD | {"text": "It was four bags."})
    await house.core.engine.settle()

    [card] = on_wall(house)
    assert shown(card) == (ALT, RED)


@pytest.mark.parametrize(
    ("upload", "values", "field", "sentence"),
    [
        (None, {"alt": " "}, "alt", "what is to be seen"),
        (None, {"alt": "a" * 301}, "alt", "301 characters"),
        (None, {"alt": "https://example.org"}, "alt", "Links are not shared"),
        (NONE, {}, "picture", "choose a file"),
        (Upload("a.svg", b"<svg/>"), {}, "picture", "end in .png, .jpg"),
        (Upload("a.png", b"GIF89a"), {}, "picture", "could not read that picture"),
        (Upload("a.png", flaw=Flaw.TOO_LARGE), {}, "picture", "up to 8 MB"),
    ],
)
async def test_what_does_not_fit_is_said_kindly_and_nothing_is_kept(
    house: House, upload: Upload | None, values: dict[str, str], field: str, sentence: str
) -> None:
    await share(house)

    said = await problems(house, await the_act(house), upload, **values)

    assert sentence in said[field]
    assert await rows(house, act_pictures) == []
    [card] = on_wall(house)
    assert card.picture is None


async def test_nobody_else_puts_a_picture_on_an_act(house: House) -> None:
    await share(house)

    for other in (member("kim"), moderator()):
        reply = await house.kindling.submit(other, "picture", await the_act(house), {"alt": ALT}, {"picture": photo()})
        assert "Only whoever wrote this can change it." in card_of(reply).plain()

    assert await rows(house, act_pictures) == []


async def test_a_picture_goes_with_its_act(house: House) -> None:
    await share(house)
    act = await the_act(house)
    await add(house, act)

    await house.kindling.press(member(), Action("erase", act))
    await house.core.engine.settle()

    assert await rows(house, act_pictures) == await rows(house, acts) == []
    assert on_wall(house) == []


async def test_a_hidden_act_takes_its_picture_off_the_wall_and_brings_it_back(house: House) -> None:
    await share(house)
    act = await the_act(house)
    await add(house, act)
    await house.kindling.submit(moderator(), "hide", act, {"reason": "Not here"})
    await house.core.engine.settle()
    hidden = on_wall(house)

    await house.kindling.press(moderator(), Action("restore", act))
    await house.core.engine.settle()

    assert hidden == []
    [card] = on_wall(house)
    assert shown(card) == (ALT, RED)


async def test_a_moderator_sees_the_picture_in_the_queue_and_looks_at_another_one_anew(house: House) -> None:
    await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})
    await share(house)
    act = await the_act(house)
    await add(house, act)
    queue = card_of(await house.kindling.command(moderator(), "kindling wall queue", {}))
    await press(house, queue, "Publish")
    await house.core.engine.settle()
    published = on_wall(house)

    await add(house, act, photo("blue"))

    assert shown(queue) == (ALT, RED)
    assert len(published) == 1
    assert on_wall(house) == []
    again = card_of(await house.kindling.command(moderator(), "kindling wall queue", {}))
    assert shown(again) == (ALT, BLUE)


async def test_whoever_is_named_agrees_to_the_picture_too(house: House) -> None:
    await share(house)
    act = await the_act(house)
    await house.kindling.submit(member(), "name", act, {"member": "kim"})
    await press(house, house.letters.told[-1][1], "Yes, name me", named("kim", "Kim"))
    await add(house, act)
    [card] = on_wall(house)

    assert "Kim" not in card.plain()
    assert shown(house.letters.told[-1][1]) == (ALT, RED)


async def test_a_picture_is_read_with_the_wall_and_among_ones_own(house: House) -> None:
    await share(house)
    await add(house, await the_act(house))

    read = card_of(await house.kindling.command(member("kim"), "kind wall", {}))
    mine = card_of(await house.kindling.command(member(), "kind me", {}))

    assert shown(read) == shown(mine) == (ALT, RED)
    assert "Change the picture" in labels(mine)


async def test_among_several_of_ones_own_there_is_still_room_to_add_something(house: House) -> None:
    for text in ("One", "Two"):
        await share(house, text=text)
    mine = card_of(await house.kindling.command(member(), "kind me", {}))

    adding = await press(house, mine, "Add to it", member())

    assert len(mine.choices) == 5
    assert labels(adding) == ["Name somebody", "Add a picture"]


async def test_the_wall_s_page_shows_the_picture_as_long_as_it_is_there(house: House) -> None:
    await share(house)
    act = await the_act(house)
    await add(house, act)
    opened = card_of(await house.kindling.command(moderator(), "kindling wall open", {"who": "link"}))
    key = opened.plain().split("/wall/")[1].split()[0]
    page = await house.kindling.read_page(key, PageWish())
    assert page is not None
    [told] = page.told

    before = await house.kindling.read_picture(key, told.picture)
    elsewhere = await house.kindling.read_picture("another key", told.picture)
    other = await house.kindling.read_picture(key, "another mark")
    await add(house, act, photo("blue"))
    replaced = await house.kindling.read_picture(key, told.picture)
    await house.kindling.press(member(), Action("down", act))
    fresh = (await rows(house, act_pictures))[0]["mark"]
    taken_down = await house.kindling.read_picture(key, fresh)

    assert told.alt == ALT
    assert before is not None
    assert shown(Card("", picture=before)) == (ALT, RED)
    assert elsewhere is other is replaced is taken_down is None


async def test_a_picture_is_stored_without_what_lay_beside_it(house: House) -> None:
    exif = Image.Exif()
    exif[0x0110] = "Secret Lane 7"
    file = BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "JPEG", exif=exif)
    await share(house)

    await add(house, await the_act(house), Upload("a.jpg", file.getvalue()))

    [row] = await rows(house, act_pictures)
    assert b"Secret" in file.getvalue()
    assert b"Secret" not in row["data"]


async def test_without_the_extra_no_picture_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Darkroom, "open", property(lambda _: False))
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        preview = card_of(await house.kindling.submit(member(), "share", "", TOLD))
        act = button(preview, "Put it on the wall").subject
        reply = await house.kindling.submit(member(), "picture", act, {"alt": ALT}, {"picture": photo()})

    assert "Add a picture" not in labels(preview)
    assert "Pictures cannot be taken in here at present." in card_of(reply).plain()


# The picture of a message


def with_picture(author: str = "robin", upload: Upload | None = None, **changed: object) -> tuple[Said, list[str]]:
    """A message with a picture, and how often it was fetched."""
    fetched: list[str] = []

    async def fetch() -> Upload:
        fetched.append("once")
        return upload or photo()

    return said(author, picture=fetch, **changed), fetched


async def begun(house: House, form: object, **values: str) -> Card:
    """The author fills in the form that a message began."""
    assert isinstance(form, Form)
    return card_of(await house.kindling.submit(member(), form.name, form.subject, TOLD | values))


async def test_whoever_is_invited_takes_the_picture_of_their_message_over_with_words_for_it(house: House) -> None:
    message, fetched = with_picture()
    await house.kindling.menu(member("kim"), "add", message)
    [(_, invitation)] = house.letters.told
    preview = await begun(house, (await house.kindling.press(member(), button(invitation, "Look at it"))).content)
    before = list(fetched)
    act = button(preview, "Put it on the wall").subject

    form = (await house.kindling.press(member(), button(preview, "Add a picture"))).content
    await add(house, act, NONE, keep="said")
    await press(house, preview, "Put it on the wall", member())
    await house.core.engine.settle()

    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["keep", "picture", "alt"]
    assert "only if you say so" in invitation.plain()
    assert (before, fetched) == ([], ["once"])
    [card] = on_wall(house)
    assert shown(card) == (ALT, RED)


async def test_a_picture_of_ones_own_message_can_be_taken_over_too_or_another(house: House) -> None:
    message, fetched = with_picture()
    preview = await begun(house, (await house.kindling.menu(member(), "add", message)).content)
    act = button(preview, "Put it on the wall").subject

    reply = await add(house, act, photo("blue"), keep="own")

    assert shown(card_of(reply)) == (ALT, BLUE)
    assert fetched == []


async def test_the_picture_of_a_message_stays_where_it_is_unless_somebody_asks(house: House) -> None:
    message, fetched = with_picture()
    preview = await begun(house, (await house.kindling.menu(member(), "add", message)).content)
    act = button(preview, "Put it on the wall").subject

    without_words = await problems(house, act, NONE, keep="said", alt="")
    neither = await problems(house, act, NONE, keep="own")
    await press(house, preview, "Put it on the wall", member())
    await house.core.engine.settle()

    assert (list(without_words), list(neither)) == (["alt"], ["picture"])
    assert fetched == []
    [card] = on_wall(house)
    assert card.picture is None


async def test_a_picture_that_is_gone_by_now_says_so(house: House) -> None:
    message, _ = with_picture(upload=Upload("bags.png", flaw=Flaw.LOST))
    preview = await begun(house, (await house.kindling.menu(member(), "add", message)).content)

    said_of_it = await problems(house, button(preview, "Put it on the wall").subject, NONE, keep="said")

    assert "did not reach me" in said_of_it["picture"]


async def test_what_is_wrong_with_the_words_keeps_the_picture_in_mind(house: House) -> None:
    message, _ = with_picture()
    form = (await house.kindling.menu(member(), "add", message)).content
    assert isinstance(form, Form)
    rejected = (await house.kindling.submit(member(), form.name, form.subject, TOLD | {"text": ""})).content
    assert isinstance(rejected, Rejected)

    preview = await begun(house, rejected.form)

    assert "comes along only if you say so" in preview.plain()


async def test_nobody_takes_over_the_picture_of_somebody_elses_message(house: House) -> None:
    message, _ = with_picture()
    form = (await house.kindling.menu(member(), "add", message)).content
    assert isinstance(form, Form)

    preview = card_of(await house.kindling.submit(member("lee"), form.name, form.subject, TOLD))
    added = (await house.kindling.press(member("lee"), button(preview, "Add a picture"))).content

    assert isinstance(added, Form)
    assert [field.name for field in added.fields] == ["picture", "alt"]


@pytest.mark.parametrize("where", [Channel.UNKNOWN, Channel.PRIVATE])
async def test_no_picture_is_taken_over_from_where_no_words_are(house: House, where: Channel) -> None:
    message, _ = with_picture(where=where)

    form = (await house.kindling.menu(member(), "add", message)).content

    assert not isinstance(form, Form) or form.name == "share"
