"""Files that browsers send with forms, and files that they are given with an answer."""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDictProxy

from bot.domain.uploads import NAME_LIMIT, UPLOAD_LIMIT, Attached, Flaw, Upload

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]
"""What a browser sent, by field name."""
FORM_LIMIT = UPLOAD_LIMIT + 1024 * 1024
"""A little more than a file may have, so that one that is too large is told so in its form."""


async def uploads(request: web.Request, names: Iterable[str]) -> dict[str, Upload]:
    """The files of a submitted form by field name. A browser sends a nameless empty one where none was chosen."""
    post, found = await request.post(), dict[str, Upload]()
    for name in names:
        parts = [part for part in post.getall(f"f.{name}", ()) if isinstance(part, web.FileField)]
        files = [part for part in parts if part.filename]
        if len(files) > 1:
            found[name] = Upload(files[0].filename[-NAME_LIMIT:], flaw=Flaw.SEVERAL)
        elif files:
            data = await asyncio.to_thread(files[0].file.read, UPLOAD_LIMIT + 1)
            large = len(data) > UPLOAD_LIMIT
            named = files[0].filename[-NAME_LIMIT:]
            found[name] = Upload(named, flaw=Flaw.TOO_LARGE) if large else Upload(named, data)
    return found


@contextmanager
def letting_go(post: Form) -> Generator[Form]:
    """Within, the files of a form that was read are there; they are given back at the end."""
    try:
        yield post
    finally:
        for part in post.values():
            if isinstance(part, web.FileField):
                part.file.close()


def download(attached: Attached) -> web.Response:
    """A file to keep, which no browser opens by itself, whatever is in it."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attached.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=attached.data, content_type="application/octet-stream", headers=headers)
