"""Files that an app gives to Slack: an address to upload to, the upload, and that it is complete. And files that people
put into a form: what is told of them, and the address they lie at, which takes a token with the right scope."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aiohttp import web

from .shapes import Json, as_list, as_object
from .state import ApiError, State
from .webapi import Call, Handler
from .world import CannotDo, Message, Team, User, elements_of

MOST_BYTES = 10 * 1024 * 1024
"""What Slack takes of a file in a form: docs.slack.dev/reference/block-kit/block-elements/file-input-element"""


@dataclass(slots=True)
class Upload:
    """A file on its way, and at last a file that a message can show."""

    name: str
    length: int
    alt: str
    data: bytes = b""
    complete: bool = False
    refusals: int = 0
    """How many messages that show it Slack refuses before it has looked through it."""
    told: Json = field(default_factory=dict[str, Any])
    team: Team | None = None


def get_upload_url(call: Call) -> Json:
    file = call.state.world.new_id("F")
    call.state.files[file] = Upload(
        call.args.string("filename"), int(call.args.string("length")), call.args.string("alt_txt")
    )
    if len(call.args.string("alt_txt")) > 1000:
        raise ApiError("alt_txt_too_large")
    return {"file_id": file, "upload_url": f"{call.state.url}/upload/v1/{file}"}


def complete_upload(call: Call) -> Json:
    """Slack says that all is well, and shares nothing, where a file came with a text for screen readers:
    https://github.com/slackapi/python-slack-sdk/issues/1818"""
    done: list[Json] = []
    for asked in map(as_object, as_list(call.args.decoded("files")) or []):
        upload = call.state.files.get(str(asked.get("id"))) if asked else None
        if asked is None or upload is None or len(upload.data) != upload.length:
            raise ApiError("file_not_found")
        upload.complete, upload.refusals = True, call.state.file_refusals
        done.append({"id": asked["id"], "title": asked.get("title", "")})
        if call.args.has("channel_id") and not upload.alt:
            _share(call, upload)
    return {"files": done}


def _share(call: Call, file: Upload) -> None:
    world = call.state.world
    channel = world.find_channel(call.args.string("channel_id"), call.team)
    if channel is None:
        raise ApiError("channel_not_found")
    if not channel.is_im and not channel.bot_in:
        raise ApiError("not_in_channel")
    message = Message(channel, world.new_ts(), call.team.bot_user_id, call.args.string("initial_comment"))
    message.files.append((file.name, file.data))
    channel.messages.append(message)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that a person chooses. `told` is what Slack says of it otherwise than it is."""

    name: str
    data: bytes
    told: Json = field(default_factory=dict[str, Any])


def needs_scope(view: Json, team: Team) -> bool:
    """Whether a view asks for files without the scope that this takes."""
    elements = [element for block in view.get("blocks", []) for element in elements_of(block)]
    return any(one.get("type") == "file_input" for one in elements) and "files:read" not in team.scopes


def chosen_files(state: State, user: User, element: Json, value: object) -> list[Json]:
    """Put files where Slack keeps them, as far as the form takes them; what a submission tells of them."""
    files = [one for one in as_list(value) or [] if isinstance(one, Chosen)]
    if len(files) > element.get("max_files", 10):
        raise CannotDo(f"at most {element['max_files']} files can be chosen")
    endings = element.get("filetypes")
    found: list[Json] = []
    for file in files:
        if endings is not None and file.name.rpartition(".")[2].lower() not in endings:
            raise CannotDo(f"only files that end in {endings} can be chosen, not {file.name}")
        if len(file.data) > MOST_BYTES:
            raise CannotDo(f"Slack takes {MOST_BYTES} bytes of a file here, not {len(file.data)}")
        number = state.world.new_id("F")
        state.files[number] = Upload(file.name, len(file.data), "", file.data, complete=True, told=file.told)
        state.files[number].team = user.team
        found.append(file_json(state, number))
    return found


def hand(state: State, team: Team, message: Message, files: Sequence[Chosen]) -> None:
    """Put files where Slack keeps them, as sent by a person with a message of theirs."""
    for file in files:
        number = state.world.new_id("F")
        state.files[number] = Upload(file.name, len(file.data), "", file.data, complete=True, told=file.told, team=team)
        message.handed.append(file_json(state, number))


def file_json(state: State, number: str) -> Json:
    file = state.files[number]
    address = f"{state.url}/files-pri/{number}/download/{quote(file.name)}"
    told: Json = {"id": number, "name": file.name, "title": file.name, "size": file.length, "mode": "hosted"}
    return told | {"url_private": address, "url_private_download": address} | file.told


def info(call: Call) -> Json:
    number = call.args.string("file")
    known = call.state.files.get(number)
    if known is None or known.team is not call.team:
        raise ApiError("file_not_found")
    return {"file": file_json(call.state, number)}


def download(state: State) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Gives the bytes of a file to an app of its team with the scope; leads everybody else to a page to sign in at."""

    async def give(request: web.Request) -> web.Response:
        number = request.match_info["file"]
        known, authorization = state.files.get(number), request.headers.get("Authorization", "")
        state.downloads.append(number)
        token = authorization.removeprefix("Bearer ")
        team = next((team for team in state.world.teams if token and team.has(token) and team.installed), None)
        if team is None:
            state.complain("download", "a file is fetched with the bot token")
        if known is None or team is None or known.team is not team or "files:read" not in team.scopes:
            return web.Response(status=302, headers={"Location": f"{state.url}/signin"})
        if isinstance(leads := known.told.get("leads_to"), str):
            return web.Response(status=302, headers={"Location": leads})
        return web.Response(body=known.data, content_type="application/octet-stream")

    return give


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


def delete(call: Call) -> Json:
    """Only its own: what people gave stays theirs."""
    number = call.args.string("file")
    known = call.state.files.get(number)
    if known is None:
        raise ApiError("file_not_found")
    if known.team is not None:
        raise ApiError("cant_delete_file")
    del call.state.files[number]
    return {}


FILES: dict[str, Handler] = {
    "files.delete": delete,
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": info,
}
