"""Files that an app gives to Slack: an address to upload to, the upload, and that it is complete."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from .shapes import Json, as_list, as_object
from .state import ApiError, State
from .webapi import Call, Handler


@dataclass(slots=True)
class Upload:
    """A file on its way, and at last a file that a message can show."""

    name: str
    length: int
    alt: str
    data: bytes = b""
    complete: bool = False


def get_upload_url(call: Call) -> Json:
    file = call.state.world.new_id("F")
    call.state.files[file] = Upload(
        call.args.string("filename"), int(call.args.string("length")), call.args.string("alt_txt")
    )
    if len(call.args.string("alt_txt")) > 1000:
        raise ApiError("alt_txt_too_large")
    return {"file_id": file, "upload_url": f"{call.state.url}/upload/v1/{file}"}


def complete_upload(call: Call) -> Json:
    done: list[Json] = []
    for asked in map(as_object, as_list(call.args.decoded("files")) or []):
        upload = call.state.files.get(str(asked.get("id"))) if asked else None
        if asked is None or upload is None or len(upload.data) != upload.length:
            raise ApiError("file_not_found")
        upload.complete = True
        done.append({"id": asked["id"], "title": asked.get("title", "")})
    return {"files": done}


def upload(state: State) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Takes the bytes of a file, with no token: the address is the secret."""

    async def take(request: web.Request) -> web.Response:
        known = state.files.get(request.match_info["file"])
        if known is None:
            return web.Response(status=404)
        if "Authorization" in request.headers:
            state.complain("upload", "the token does not belong to the upload address")
        known.data = await request.read()
        return web.Response(text=f"OK - {len(known.data)}")

    return take


FILES: dict[str, Handler] = {
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
}
