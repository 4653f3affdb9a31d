"""Files in forms and beside private answers: fetched from Discord alone, shown to one person."""

import asyncio

import pytest

from adapters.discord.files import Files
from adapters.discord.settings import DISCORD_API
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Card, Picture
from bot.domain.uploads import UPLOAD_LIMIT, Attached, Flaw, Upload
from tests.adapters.discord.conftest import Listening, Village
from tests.adapters.discord.door import Door
from tests.standins.discord import Chosen, Message, NotPossible
from tests.standins.discord import Reply as Answer

PACK = Field("pack", "Your pack", FieldKind.FILE, endings=(".toml",), most=1000)
IMPORT = Form("import", "Bring prompts", (PACK, Field("note", "A note", required=False)), subject="s1")
ICS = Chosen("holidays.ics", b"BEGIN:VCALENDAR")
EXPORT = Attached("our prompts.toml", b"[pack]\n", "Your prompts")


async def opened(village: Village, door: Door, form: Form = IMPORT) -> Answer:
    door.says(form)
    reply = await village.discord.slash(village.anna, village.channel, "kind today")
    door.says(Card("Thank you"))
    return reply


async def given(village: Village, door: Door, *files: Chosen) -> dict[str, Upload]:
    """What reaches the front door when somebody chooses these files."""
    reply = await opened(village, door)
    await village.discord.submit(village.anna, reply, {"note": "Ours"}, {"pack": files})
    assert door.knocks[-1].values == {"note": "Ours"}
    return dict(door.knocks[-1].files)


async def test_a_chosen_file_reaches_the_front_door(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        files = await given(village, door, ICS)

    assert files == {"pack": Upload("holidays.ics", b"BEGIN:VCALENDAR")}


async def test_no_file_is_no_file(listening: Listening, door: Door, village: Village) -> None:
    async with listening(door):
        reply = await opened(village, door, Form("x", "X", (Field("pack", "P", FieldKind.FILE, required=False),)))
        await village.discord.submit(village.anna, reply, {})

    assert door.knocks[-1].files == {}


async def test_one_file_has_to_be_chosen_where_it_is_required(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        reply = await opened(village, door)

        with pytest.raises(NotPossible, match="1 to 1 files, not 0"):
            await village.discord.submit(village.anna, reply, {})
        with pytest.raises(NotPossible, match="1 to 1 files, not 2"):
            await village.discord.submit(village.anna, reply, {}, {"pack": [ICS, ICS]})


async def test_a_file_that_is_said_to_be_too_large_is_not_fetched(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        files = await given(village, door, Chosen("a.toml", b"a", {"size": UPLOAD_LIMIT + 1}))

    assert files == {"pack": Upload("a.toml", flaw=Flaw.TOO_LARGE)}
    assert village.discord.world.fetched == []


async def test_a_file_that_is_larger_than_it_is_said_to_be_is_not_taken(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        files = await given(village, door, Chosen("a.toml", b"a" * (UPLOAD_LIMIT + 1), {"size": 1}))

    assert files == {"pack": Upload("a.toml", flaw=Flaw.TOO_LARGE)}


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1/a.toml", "https://cdn.discordapp.com/a", "//", "file:///a"])
async def test_nothing_is_fetched_from_elsewhere(
    listening: Listening, door: Door, village: Village, elsewhere: str
) -> None:
    async with listening(door):
        files = await given(village, door, Chosen("a.toml", b"a", {"url": elsewhere}))

    assert files == {"pack": Upload("a.toml", flaw=Flaw.LOST)}


async def test_an_address_that_leads_on_is_not_followed(listening: Listening, door: Door, village: Village) -> None:
    world = village.discord.world
    world.files["/here"], world.files["/there"] = f"{world.origin}/there", b"secret"
    async with listening(door):
        files = await given(village, door, Chosen("a.toml", b"a", {"url": f"{world.origin}/here"}))

    assert files == {"pack": Upload("a.toml", flaw=Flaw.LOST)}
    assert world.fetched == ["/here"]


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("https://cdn.discordapp.com/ephemeral-attachments/1/2/a.toml?ex=1", True),
        ("https://media.discordapp.net/ephemeral-attachments/1/2/a.toml", True),
        ("http://cdn.discordapp.com/a", False),
        ("https://cdn.discordapp.com:8443/a", False),
        ("https://cdn.discordapp.com.example.org/a", False),
        ("https://example.org/cdn.discordapp.com", False),
        ("https://cdn.discordapp.com@example.org/a", False),
        ("https://discord.com/a", False),
    ],
)
def test_the_real_discord_keeps_files_at_two_hosts(address: str, *, ours: bool) -> None:
    assert (Files(DISCORD_API).address(address) is not None) is ours


async def test_a_file_has_to_be_chosen_again_after_a_mistake(
    listening: Listening, door: Door, village: Village
) -> None:
    async with listening(door):
        reply = await opened(village, door)
        door.says(Rejected({"pack": "I can read files that end in .toml."}, IMPORT))
        again = await village.discord.submit(village.anna, reply, {"note": "Ours"}, {"pack": [ICS]})
        once_more = await village.discord.click(village.anna, again, "Open the form again")

    assert "I can read files that end in .toml." in again.text.replace("\\", "")
    assert "A file has to be chosen once more." in again.text
    assert once_more.modal is not None
    assert [field.get("value") for _, field in once_more.modal.fields] == [None, "Ours"]


def held(village: Village, message: Message) -> list[tuple[str, str, bytes | str]]:
    files = village.discord.world.files
    return [(one["filename"], one["description"], files[f"{_path(one['url'])}"]) for one in message.attachments]


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.mark.parametrize("late", [False, True])
async def test_a_file_comes_beside_a_private_answer(
    listening: Listening, door: Door, village: Village, *, late: bool
) -> None:
    card = Card("Here it is", picture=Picture("", "A garden", png=b"png"))
    (door.says_late if late else door.says)(card, files=(EXPORT, EXPORT))
    async with listening(door, patience=0.05 if late else 2.0):
        asking = asyncio.create_task(village.discord.slash(village.anna, village.channel, "kind today"))
        await village.discord.until(lambda: bool(village.discord.calls("POST", "/callback$")))
        door.gate.set()
        reply = await asking

    assert reply.ephemeral
    assert reply.message is not None
    assert held(village, reply.message) == [
        ("picture.png", "A garden", b"png"),
        ("our_prompts.toml", "Your prompts", b"[pack]\n"),
        ("1-our_prompts.toml", "Your prompts", b"[pack]\n"),
    ]
    shown = [part["file"]["url"] for part in reply.message.components if part["type"] == 13]
    assert [url.rpartition("/")[2] for url in shown] == ["our_prompts.toml", "1-our_prompts.toml"]


async def test_an_answer_whose_files_take_longer_than_discord_waits_is_acknowledged_first(
    listening: Listening, door: Door, village: Village
) -> None:
    village.discord.deadline = 0.4
    village.discord.rest.uplink = 0.5
    door.says(Card("Here it is"), files=(EXPORT,))
    async with listening(door):
        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert reply.message is not None
    assert [name for name, *_ in held(village, reply.message)] == ["our_prompts.toml"]


async def test_where_nothing_may_be_attached_the_answer_comes_without(
    listening: Listening, door: Door, village: Village
) -> None:
    village.discord.fail("PATCH", "/@original$", status=403, error={"code": 50013, "message": "Missing Permissions"})
    door.says(Card("Here it is"), files=(EXPORT,))
    async with listening(door):
        reply = await village.discord.slash(village.anna, village.channel, "kind today")

    assert "Here it is" in reply.text
    assert "Discord does not let me attach our prompts.toml here." in reply.text.replace("\\", "")
