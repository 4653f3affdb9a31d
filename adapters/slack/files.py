"""Pictures that were drawn here, given to Slack before the message that shows them, and files for one person.

That needs the optional scope files:write. Without it, or where a workspace takes no files, a picture is told in words.
A picture is shared with no channel: only the message shows it, and it is deleted with the message. A file for one
person goes into their direct messages, because no message that one person alone sees can carry it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from typing import TypeVar

import aiohttp
import structlog

from adapters.slack import payload
from adapters.slack.errors import FAILURES, INVALID_BLOCKS
from adapters.slack.payload import Json
from adapters.slack.render import without_picture
from adapters.slack.texts import literal
from adapters.slack.web import CALL_SECONDS, Web
from bot.domain.errors import AdapterError, TryLater, Unacceptable, Unreachable
from bot.domain.message import Card, Part, Picture, Quote, Text
from bot.domain.uploads import Attached

Posted = TypeVar("Posted")

log = structlog.get_logger(__name__)

SCOPE = "files:write"
ALT_LIMIT = 1000
QUOTE_LIMIT = 2500
"""Characters of a text that is shown where it cannot be sent."""
LOOKS = 4
"""How often it is tried to show a file."""
_OK = 200
_ID = re.compile(r"(?<![A-Z0-9])F[A-Z0-9]{8,}")


async def given(web: Web, picture: Picture | None) -> str:
    """The id of the file that shows a picture; empty where there is none, or Slack takes none.

    Raises `TryLater`: nothing was posted so far, and a file that nobody shows does no harm.
    """
    if picture is None or picture.url or not picture.png:
        return ""
    try:
        return await _given(web, picture)
    except (Unreachable, Unacceptable) as error:
        log.info("slack.picture_not_given", code=error.code)
        return ""


async def pictured(card: Card, file: str, post: Callable[[Card, str], Awaitable[Posted]], pause: float) -> Posted:
    """Post a card with its picture as soon as Slack shows that, or else with the words for it.

    Slack looks through a file beside its answer, mostly for a few seconds, and refuses every message that shows it
    until then. Only with the scope files:read would it tell when it is done; so the message is tried again, after
    `pause` seconds, then twice and four times as many.
    """
    for look in range(LOOKS if file else 1):
        if look:
            await asyncio.sleep(pause * 2 ** (look - 1))
        try:
            return await post(card, file)
        except Unacceptable as error:
            if card.picture is None or error.code != INVALID_BLOCKS:
                raise
    log.warning("slack.picture_refused", file=file)
    return await post(without_picture(card), "")


def shown_in(message: Json) -> list[str]:
    """The ids of the files that a message, as Slack tells of it, shows: as they are, or in an address."""
    told = (payload.part(block, "slack_file") for block in payload.parts(message, "blocks"))
    found = (_ID.search(payload.text(file, "id") or payload.text(file, "url")) for file in told)
    return [match.group() for match in found if match]


async def deleted(web: Web, files: Sequence[str]) -> None:
    """Delete files that are not to be shown any more, as far as Slack lets that happen. Raises `TryLater`."""
    for file in files:
        try:
            await web.post("files.delete", repeatable=True, file=file)
        except (Unreachable, Unacceptable) as error:
            log.info("slack.file_not_deleted", code=error.code)


async def handed_over(web: Web, user: str, files: Sequence[Attached]) -> list[Part]:
    """Send files to one person, and what there is to say of it in the answer that they came with. Raises nothing."""
    said: list[Part] = []
    for file in files:
        try:
            await _sent(web, user, file)
        except AdapterError as error:
            log.info("slack.file_not_sent", code=str(error))
            said += _told(file)
        else:
            said.append(Text(f"I sent {file.name} to you as a direct message."))
    return said


async def _sent(web: Web, user: str, file: Attached) -> None:
    """What it is stands beside it: a file with an `alt_txt` Slack says it shares, and does not
    (https://github.com/slackapi/python-slack-sdk/issues/1818)."""
    told = await web.get("files.getUploadURLExternal", filename=file.name, length=len(file.data))
    await _upload(web.session, str(told["upload_url"]), file.data)
    opened = await web.post("conversations.open", repeatable=True, users=user)
    files: list[Json] = [{"id": told["file_id"], "title": file.name}]
    await web.post(
        "files.completeUploadExternal",
        files=files,
        channel_id=opened["channel"]["id"],
        initial_comment=literal(file.alt, ALT_LIMIT) or None,
    )


def _told(file: Attached) -> list[Part]:
    """What there is instead of a file: where it can be had, and a short text as it is."""
    where = Text(
        f"Slack does not let me send {file.name} to you. It is on the moderators’ pages in the browser, and I can send "
        "it once whoever installed me grants the scope files:write."
    )
    try:
        text = file.data[: 4 * QUOTE_LIMIT + 1].decode()
    except UnicodeDecodeError:
        return [where]
    return [where, Quote(text)] if len(text) <= QUOTE_LIMIT else [where]


async def _given(web: Web, picture: Picture) -> str:
    told = await web.get(
        "files.getUploadURLExternal",
        filename=f"picture.{picture.kind}",
        length=len(picture.png),
        alt_txt=picture.alt[:ALT_LIMIT],
    )
    await _upload(web.session, str(told["upload_url"]), picture.png)
    files: list[Json] = [{"id": told["file_id"], "title": picture.alt[:ALT_LIMIT]}]
    await web.post("files.completeUploadExternal", repeatable=True, files=files)
    return str(told["file_id"])


async def _upload(session: aiohttp.ClientSession, address: str, data: bytes) -> None:
    try:
        async with asyncio.timeout(CALL_SECONDS), session.post(address, data=BytesIO(data)) as answer:
            status = answer.status
    except FAILURES:
        raise TryLater("slack.upload") from None
    if status != _OK:
        raise TryLater("slack.upload")
