"""Pictures that were drawn here, given to Slack before the message that shows them.

That needs the optional scope files:write. Without it, or where a workspace takes no files, a picture is told in words.
A file is shared with no channel: only the message shows it.
"""

import asyncio

import aiohttp
import structlog

from adapters.slack.errors import FAILURES
from adapters.slack.payload import Json
from adapters.slack.web import CALL_SECONDS, Web
from bot.domain.errors import TryLater, Unacceptable, Unreachable
from bot.domain.message import Picture

log = structlog.get_logger(__name__)

NAME = "garden.png"
ALT_LIMIT = 1000
_OK = 200


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


async def _given(web: Web, picture: Picture) -> str:
    told = await web.get(
        "files.getUploadURLExternal", filename=NAME, length=len(picture.png), alt_txt=picture.alt[:ALT_LIMIT]
    )
    await _upload(web.session, str(told["upload_url"]), picture.png)
    files: list[Json] = [{"id": told["file_id"], "title": picture.alt[:ALT_LIMIT]}]
    await web.post("files.completeUploadExternal", repeatable=True, files=files)
    return str(told["file_id"])


async def _upload(session: aiohttp.ClientSession, address: str, png: bytes) -> None:
    try:
        async with asyncio.timeout(CALL_SECONDS), session.post(address, data=png) as answer:
            status = answer.status
    except FAILURES:
        raise TryLater("slack.upload") from None
    if status != _OK:
        raise TryLater("slack.upload")
