"""Files in the playground: handed over in a form, and fetched from one's own panel by nobody else."""

import re
import sqlite3
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from adapters.web.database import Database
from adapters.web.guard import HEADERS
from adapters.web.room import ENTRIES_KEPT, Room
from bot.domain.forms import Rejected
from bot.domain.message import Card, Reply
from bot.domain.uploads import UPLOAD_LIMIT, Attached, Flaw, Upload
from tests.adapters.web.hearth import BRING, NINE, Hearth
from tests.adapters.web.visitor import Visitor

Visit = Callable[[str], Awaitable[Visitor]]
EXPORT = Attached("our prompts é.toml", b"[pack]\n", "Your prompts")


async def bring(visitor: Visitor, *files: tuple[str, bytes], **fields: str) -> tuple[int, str]:
    """Open the form and send it as a browser does, with these files."""
    page = await visitor.act("/command", name="kind bring")
    entry = re.findall(r'id="entry-(\d+)"', page)[0]
    form = aiohttp.FormData(
        {"as": visitor.name, "channel": "kindness", "token": visitor.token, "entry": entry} | fields
    )
    for name, data in files:
        form.add_field("f.pack", BytesIO(data), filename=name, content_type="application/octet-stream")
    async with visitor.session.post(
        f"{visitor.url}/submit", data=form, headers={"Origin": visitor.origin}, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text()


async def test_the_form_takes_a_file_of_the_right_endings(visit: Visit) -> None:
    page = await (await visit("robin")).act("/command", name="kind bring")

    assert 'enctype="multipart/form-data"' in page
    assert 'type="file" accept=".toml,.ics"' in page


async def test_a_file_reaches_the_front_door(visit: Visit, hearth: Hearth) -> None:
    status, _ = await bring(await visit("robin"), ("a.toml", b"[pack]\n\xff\0"), **{"f.note": "Ours"})

    assert status == 303
    assert hearth.files == [{"pack": Upload("a.toml", b"[pack]\n\xff\0")}]
    assert hearth.asked[-1][2:] == ("bring", "s1", {"note": "Ours"})


async def test_no_file_is_no_file(visit: Visit, hearth: Hearth) -> None:
    await bring(await visit("robin"), ("", b""))

    assert hearth.files == [{}]


async def test_several_files_are_told_as_such(visit: Visit, hearth: Hearth) -> None:
    await bring(await visit("robin"), ("a.toml", b"a"), ("b.toml", b"b"))

    assert hearth.files == [{"pack": Upload("a.toml", flaw=Flaw.SEVERAL)}]


async def test_a_file_that_is_too_large_is_told_as_such(visit: Visit, hearth: Hearth) -> None:
    await bring(await visit("robin"), ("a.toml", b"a" * (UPLOAD_LIMIT + 1)))

    assert hearth.files == [{"pack": Upload("a.toml", flaw=Flaw.TOO_LARGE)}]


async def test_what_is_much_too_large_is_not_read_at_all(visit: Visit, hearth: Hearth) -> None:
    status, page = await bring(await visit("robin"), ("a.toml", b"a" * (UPLOAD_LIMIT + 2 * 1024 * 1024)))

    assert status == 413
    assert "A file can have up to 8 MB." in page
    assert hearth.files == []


@pytest.mark.parametrize("path", ["/press", "/command", "/typed", "/react"])
async def test_nothing_but_a_form_takes_much(visit: Visit, path: str) -> None:
    status, _ = await (await visit("robin")).send(path, {"name": "a" * 70_000})

    assert status == 413


async def test_a_file_from_another_site_is_not_taken(visit: Visit, hearth: Hearth) -> None:
    robin = await visit("robin")
    robin.token = "0" * 64

    status, _ = await robin.send("/submit", {"entry": "1", "f.pack": BytesIO(b"a")})

    assert status == 403
    assert hearth.files == []


async def test_a_mistake_leaves_the_form_open_with_what_was_typed(visit: Visit, hearth: Hearth) -> None:
    hearth.brought = Reply(Rejected({"pack": "I can read files that end in .toml."}, BRING))
    robin = await visit("robin")

    await bring(robin, ("a.exe", b"a"), **{"f.note": "Ours"})

    page = await robin.look()
    assert "I can read files that end in .toml." in page
    assert 'value="Ours"' in page


async def with_file(visitor: Visitor, hearth: Hearth) -> str:
    """Somebody is given a file; the address of it that stands on their page."""
    hearth.brought = Reply(Card("Here it is"), files=(EXPORT,))
    await bring(visitor, ("a.toml", b"a"))
    [address] = re.findall(r'href="(/file/[^"]+)"', await visitor.look())
    return str(address).replace("&amp;", "&")


async def fetched(visitor: Visitor, address: str) -> tuple[int, bytes, dict[str, str]]:
    async with visitor.session.get(f"{visitor.url}{address}") as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def test_a_file_is_fetched_from_one_s_own_panel(visit: Visit, hearth: Hearth) -> None:
    robin = await visit("robin")

    status, data, headers = await fetched(robin, await with_file(robin, hearth))

    assert (status, data) == (200, EXPORT.data)
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''our%20prompts%20%C3%A9.toml"
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == HEADERS["X-Content-Type-Options"] == "nosniff"


async def test_nobody_else_gets_it(visit: Visit, hearth: Hearth) -> None:
    address = await with_file(await visit("robin"), hearth)

    status, _, _ = await fetched(await visit("sam"), address.replace("robin", "sam"))

    assert status == 404


async def test_a_file_goes_with_its_entry(visit: Visit, hearth: Hearth) -> None:
    robin = await visit("robin")
    address = await with_file(robin, hearth)

    await robin.act("/dismiss", entry=address.split("/")[2])

    assert (await fetched(robin, address))[0] == 404


@pytest.mark.parametrize("address", ["/file/x/0", "/file/1/x", "/file/1/99999999999999999999", "/file/0/-1"])
async def test_a_strange_address_leads_to_no_file(visit: Visit, address: str) -> None:
    assert (await fetched(await visit("robin"), address + "?as=robin&channel=kindness"))[0] == 404


async def test_nothing_of_a_file_is_kept_longer_than_its_entry(tmp_path: Path) -> None:
    room = Room(Database(tmp_path / "room.sqlite", lambda: None))
    await room.open("playground", "Europe/Berlin")
    first = await room.show("robin", Card("Here"), NINE, files=(EXPORT,))
    second = await room.show("robin", Card("Here"), NINE, files=(EXPORT,))
    await room.replace("robin", second.id, Card("There"), NINE)
    before = await room.file("robin", first.id, 0)
    for _ in range(ENTRIES_KEPT):
        await room.show("robin", Card("More"), NINE)
    await room.close()

    with sqlite3.connect(tmp_path / "room.sqlite") as raw:
        assert raw.execute("SELECT count(*) FROM files").fetchone() == (0,)
    raw.close()
    assert before == EXPORT


async def test_a_room_of_the_first_version_is_opened(tmp_path: Path) -> None:
    room = Room(Database(tmp_path / "room.sqlite", lambda: None))
    await room.open("playground", "Europe/Berlin")
    await room.show("robin", Card("From before"), NINE)
    await room.close()
    raw = sqlite3.connect(tmp_path / "room.sqlite")
    raw.executescript("DROP TABLE files; ALTER TABLE messages DROP COLUMN pinned; PRAGMA user_version = 1")
    raw.close()

    room = Room(Database(tmp_path / "room.sqlite", lambda: None))
    new = await room.open("playground", "Europe/Berlin")
    [entry] = await room.panel("robin")
    await room.show("robin", Card("Here"), NINE, files=(EXPORT,))
    await room.close()

    assert not new
    assert entry.content == Card("From before")
