"""Files that people put into a form: asked after with the optional scope files:read, and fetched from Slack alone.

The address of a file takes the bot token. It is sent to Slack's own host for files and nowhere else, also not to where
that host might lead on to.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import aiohttp
import structlog
import yarl

from adapters.slack import payload
from adapters.slack.errors import FAILURES
from adapters.slack.forms import FILES
from adapters.slack.payload import Json
from adapters.slack.web import CALL_SECONDS, Web
from bot.domain.errors import AdapterError
from bot.domain.said import FetchPicture
from bot.domain.uploads import NAME_LIMIT, UPLOAD_LIMIT, Flaw, Upload

log = structlog.get_logger(__name__)

HOST = "files.slack.com"
SLACK = "slack.com"
CHUNK = 64 * 1024
_OK = 200


async def received(web: Web, wanted: Mapping[str, Sequence[str]]) -> dict[str, Upload]:
    """The files of these ids by field name. Raises nothing: a file that cannot be had says so."""
    return {name: await _upload(web, ids) for name, ids in wanted.items() if ids}


def picture(web: Web, message: Json) -> FetchPicture | None:
    """What fetches the first picture of a message later, where the scope files:read is granted."""
    pictures = (one for one in payload.parts(message, "files") if payload.text(one, "mimetype").startswith("image/"))
    first = next(pictures, None)
    if first is None or FILES not in web.granted:
        return None
    return partial(_upload, web, [payload.text(first, "id")])


async def _upload(web: Web, ids: Sequence[str]) -> Upload:
    if len(ids) > 1:
        return Upload("", flaw=Flaw.SEVERAL)
    try:
        told = (await web.get("files.info", file=ids[0]))["file"]
    except AdapterError as error:
        log.warning("slack.upload_not_told", code=str(error))
        return Upload("", flaw=Flaw.LOST)
    name = str(told.get("name") or "")[-NAME_LIMIT:]
    if isinstance(size := told.get("size"), int) and size > UPLOAD_LIMIT:
        return Upload(name, flaw=Flaw.TOO_LARGE)
    address = own_address(str(web.client.base_url), str(told.get("url_private_download") or ""))
    if address is None:
        log.warning("slack.upload_elsewhere")
        return Upload(name, flaw=Flaw.LOST)
    try:
        data = await _fetched(web.session, address, web.client.token or "")
    except FAILURES as error:
        log.warning("slack.upload_lost", error=type(error).__name__)
        return Upload(name, flaw=Flaw.LOST)
    return Upload(name, flaw=Flaw.TOO_LARGE) if data is None else Upload(name, data)


def own_address(api_url: str, text: str) -> yarl.URL | None:
    """An address, if it is of the Slack whose API is at `api_url`."""
    api = yarl.URL(api_url)
    try:
        address = yarl.URL(text)
        if api.host != SLACK:
            return address if address.origin() == api.origin() else None
    except ValueError:
        return None
    ours = address.scheme == "https" and address.host == HOST and address.explicit_port in (None, 443)
    return address if ours else None


async def _fetched(session: aiohttp.ClientSession, address: yarl.URL, token: str) -> bytes | None:
    """What is there; None when it is more than is taken."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        asyncio.timeout(CALL_SECONDS),
        session.get(address, headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != _OK:
            raise aiohttp.ClientError(f"status {answer.status}")
        data = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            data += chunk
            if len(data) > UPLOAD_LIMIT:
                return None
    return bytes(data)
