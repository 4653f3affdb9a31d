"""Files on the moderators' pages: handed over in forms, and offered with answers."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.web import desk
from adapters.web.desk import Answers
from adapters.web.files import FORM_LIMIT
from bot.domain.looks import Look
from bot.domain.message import Card, Picture, Reply
from bot.domain.places import Standing
from bot.domain.uploads import UPLOAD_LIMIT, Attached
from bot.storage.tables import days_off, own_prompts, pack_imports
from tests.adapters.web.desks import Guest, Served, a_desk
from tests.core.test_holidays import FREE
from tests.core.test_packing import PACK
from tests.core.village import rows, set_up
from tests.house import moderator

MULTIPART = "multipart/form-data; boundary=b"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_desk(tmp_path) as desk:
        await set_up(desk.house)
        yield desk


@pytest.fixture
async def maya(served: Served) -> Guest:
    return await served.maya()


async def bring_in(guest: Guest) -> None:
    await guest.open("prompts-import")
    await guest.upload("prompts-import", ("garden.toml", PACK.encode()))
    await guest.press("Bring them in", "prompts-import")


async def test_a_pack_is_brought_in(served: Served, maya: Guest) -> None:
    await maya.open("prompts-import")
    assert 'type="file" accept=".toml"' in maya.page
    assert 'enctype="multipart/form-data"' in maya.page

    await maya.upload("prompts-import", ("garden.toml", PACK.encode()))
    await maya.press("Bring them in", "prompts-import")

    assert len(await rows(served.house, own_prompts)) == PACK.count("[[prompt]]")


async def test_holidays_are_imported(served: Served, maya: Guest) -> None:
    await maya.open("settings")
    await maya.press("Holidays", "settings")
    await maya.press("Import a calendar", "settings")

    await maya.upload("settings", ("free.ics", FREE.encode()), name="School")
    await maya.press("Leave them out", "settings")

    assert [(row["name"], row["offered_at"]) for row in await rows(served.house, days_off)] == [("School", None)]


async def test_what_is_wrong_with_a_file_is_told_beside_its_field(served: Served, maya: Guest) -> None:
    await maya.open("prompts-import")

    await maya.upload("prompts-import", ("garden.pdf", b"%PDF"))
    wrong = maya.page
    await maya.upload("prompts-import")

    assert "I can read files that end in .toml." in wrong
    assert "Please choose a file, or paste a pack below." in maya.page
    assert await rows(served.house, pack_imports) == []


async def test_a_file_that_is_too_large_is_told_so_in_its_form(maya: Guest) -> None:
    await maya.open("prompts-import")

    status = await maya.upload("prompts-import", ("garden.toml", b"x" * (UPLOAD_LIMIT + 1)))

    assert status == 200
    assert "That file is too large for me." in maya.page


@pytest.mark.parametrize("beyond", [1, 500_000])
async def test_what_is_much_too_large_is_not_read_at_all(maya: Guest, beyond: int) -> None:
    await maya.open("prompts-import")

    assert await maya.upload("prompts-import", ("garden.toml", b"x" * (FORM_LIMIT + beyond))) == 413
    assert maya.headings[0] == "Nothing was done"


@pytest.mark.parametrize("body", [b"no form at all", b"x" * 300_000, b"--b\r\n\r\nnameless\r\n--b--\r\n"])
async def test_what_is_no_form_is_told_so(maya: Guest, body: bytes) -> None:
    await maya.open("prompts-import")

    path, said = f"{maya.url}/desk/{maya.place}/prompts-import/submit", {"Origin": maya.url}
    async with maya.session.post(path, data=body, headers=said | {"Content-Type": MULTIPART}) as answer:
        assert answer.status == 400
        assert "no form that I can read" in await answer.text()


async def test_of_what_a_stranger_sends_nothing_is_read(served: Served, maya: Guest) -> None:
    await maya.open("prompts-import")
    stranger = served.guest()
    stranger.place, stranger.page = maya.place, maya.page

    assert await stranger.upload("prompts-import", ("garden.toml", b"x" * (FORM_LIMIT + 1))) == 401


async def test_of_what_somebody_sends_who_lost_the_right_nothing_is_read(served: Served, maya: Guest) -> None:
    await maya.open("prompts-import")

    served.house.letters.people[moderator().person] = Standing(may_moderate=False)

    assert await maya.upload("prompts-import", ("garden.toml", b"x" * (FORM_LIMIT + 1))) == 403


@pytest.mark.parametrize("what", ["run", "press"])
async def test_nothing_but_a_form_takes_much(maya: Guest, what: str) -> None:
    await maya.open("post")

    assert await maya.post(f"/desk/{maya.place}/post/{what}", {"f.file": "x" * 70_000}) == 413


async def test_an_export_is_offered_to_be_kept(maya: Guest) -> None:
    await bring_in(maya)
    await maya.open("prompts-export")

    await maya.run("prompts-export")
    [(name, path)] = maya.downloads.items()
    status, data = await maya.fetch(path)

    assert (status, name) == (200, "own.toml")
    assert b"[[prompt]]" in data
    assert maya.answer is not None
    headers = maya.answer.headers
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''own.toml"
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


async def test_a_download_is_for_the_session_alone_that_asked_for_it(served: Served, maya: Guest) -> None:
    await maya.open("export")
    await maya.run("export")
    path, other = next(iter(maya.downloads.values())), await served.maya()

    assert (await other.fetch(path))[0] == 404
    assert (await served.guest().fetch(path))[0] == 401
    assert (await maya.fetch(path))[0] == 200


async def test_whoever_lost_the_right_downloads_nothing(served: Served, maya: Guest) -> None:
    await maya.open("export")
    await maya.run("export")
    path = next(iter(maya.downloads.values()))

    served.house.letters.people[moderator().person] = Standing(may_moderate=False)

    assert (await maya.fetch(path))[0] == 403


async def test_a_download_goes_with_the_answer_it_came_with(served: Served, maya: Guest) -> None:
    await maya.open("export")
    await maya.run("export")
    path = next(iter(maya.downloads.values()))

    served.desk.answers.forget(maya.cookies()[f"kindling-{maya.place}"])

    assert (await maya.fetch(path))[0] == 404


@pytest.mark.parametrize("number", ["99", "-1", "x", "٠", "9" * 40])
async def test_a_strange_number_leads_to_no_file(maya: Guest, number: str) -> None:
    await maya.open("export")
    await maya.run("export")
    path = next(iter(maya.downloads.values())).rpartition("/")[0]

    assert (await maya.fetch(f"{path}/{number}"))[0] == 404


def test_large_files_make_older_ones_give_way_and_no_other_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "FILES_KEPT", 100)
    answers, plain = Answers(), Reply(Card("Here"))
    large = Reply(Card("Here"), files=(Attached("export.json", b"x" * 60),))

    first, quiet, second = (answers.keep("maya", reply) for reply in (large, plain, large))
    largest = answers.keep("maya", Reply(Card("Here"), files=(Attached("export.json", b"x" * 200),)))

    kept = [answers.find("maya", name) is not None for name in (first, quiet, second, largest)]
    assert kept == [False, True, False, True]


@pytest.mark.parametrize(
    "large",
    [
        Reply(Card("Here", picture=Picture("", "A hat", png=b"x" * 60))),
        Reply(Card("Here"), looks=(Look("letters", "Letters", "x" * 60, ""),)),
    ],
)
def test_pictures_make_older_answers_give_way_too(monkeypatch: pytest.MonkeyPatch, large: Reply) -> None:
    monkeypatch.setattr(desk, "FILES_KEPT", 100)
    answers = Answers()

    quiet, first, second = (answers.keep("maya", reply) for reply in (Reply(Card("Here")), large, large))

    assert [answers.find("maya", name) is not None for name in (quiet, first, second)] == [True, False, True]
