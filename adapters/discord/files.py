"""Files that people put into a modal, fetched from where Discord keeps them, and from nowhere else.

Discord hands over an address of its content delivery network that needs no token. What it says of a file is not taken
for true: what arrives is counted.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import aiohttp
import structlog
import yarl

from adapters.discord import forms
from adapters.discord.settings import DISCORD_API
from bot.domain.said import FetchPicture
from bot.domain.uploads import NAME_LIMIT, UPLOAD_LIMIT, Flaw, Upload

_log = structlog.get_logger(__name__)

SECONDS = 20.0
"""For one file. An interaction can be answered for 15 minutes."""
CHUNK = 64 * 1024
HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_OK = 200


@dataclass(frozen=True, slots=True)
class Files:
    """Fetches what was uploaded to the Discord behind `api_url`."""

    api_url: str

    async def of(self, data: Mapping[str, object]) -> dict[str, Upload]:
        """The files of a submitted modal by field name. Raises nothing: a file that cannot be had says so."""
        resolved = cast("Mapping[str, object]", data.get("resolved") or {})
        told = cast("Mapping[str, Mapping[str, object]]", resolved.get("attachments") or {})
        wanted = forms.uploads(data.get("components"))
        return {name: await self._upload([told.get(each, {}) for each in ids]) for name, ids in wanted.items() if ids}

    def picture(self, attachments: Sequence[Mapping[str, object]]) -> FetchPicture | None:
        """What fetches the first picture of a message later. Discord's addresses of files are good for about a day."""
        pictures = (one for one in attachments if str(one.get("content_type") or "").startswith("image/"))
        first = next(pictures, None)
        return partial(self._upload, [first]) if first is not None else None

    async def _upload(self, attachments: Sequence[Mapping[str, object]]) -> Upload:
        attachment = attachments[0]
        name = str(attachment.get("filename") or "")[-NAME_LIMIT:]
        if len(attachments) > 1:
            return Upload(name, flaw=Flaw.SEVERAL)
        size = attachment.get("size")
        if isinstance(size, int) and size > UPLOAD_LIMIT:
            return Upload(name, flaw=Flaw.TOO_LARGE)
        address = self.address(str(attachment.get("url") or ""))
        if address is None:
            _log.warning("discord.upload_elsewhere")
            return Upload(name, flaw=Flaw.LOST)
        try:
            data = await _fetched(address)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            _log.warning("discord.upload_lost", error=type(error).__name__)
            return Upload(name, flaw=Flaw.LOST)
        return Upload(name, flaw=Flaw.TOO_LARGE) if data is None else Upload(name, data)

    def address(self, text: str) -> yarl.URL | None:
        """An address, if it is one of Discord's own."""
        try:
            address = yarl.URL(text)
            if self.api_url != DISCORD_API:
                return address if address.origin() == yarl.URL(self.api_url).origin() else None
        except ValueError:
            return None
        ours = address.scheme == "https" and address.host in HOSTS and address.explicit_port in (None, 443)
        return address if ours else None


async def _fetched(address: yarl.URL) -> bytes | None:
    """What is there; None when it is more than is taken. Follows nowhere else."""
    limit = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        asyncio.timeout(SECONDS),
        aiohttp.ClientSession(timeout=limit, auto_decompress=False) as session,
        session.get(address, allow_redirects=False) as answer,
    ):
        if answer.status != _OK:
            raise aiohttp.ClientError(f"status {answer.status}")
        data = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            data += chunk
            if len(data) > UPLOAD_LIMIT:
                return None
    return bytes(data)
