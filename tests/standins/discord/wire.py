"""One websocket connection to the gateway: framing, compression and an ordered queue of frames."""

from __future__ import annotations

import asyncio
import importlib
import json
import zlib
from contextlib import suppress
from typing import Any, Protocol

from aiohttp import web

from .values import Json


class Compressor(Protocol):
    def __call__(self, data: bytes, /) -> bytes: ...


def compressor(kind: str) -> Compressor | None:
    """Transport compression as the client's address asks for it; None for plain text frames."""
    if kind == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda data: deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if kind == "zstd-stream":
        return _zstd()
    return None


def _zstd() -> Compressor:
    """Only asked for by clients that have one of the two libraries themselves."""
    try:
        library: Any = importlib.import_module("zstandard")
    except ImportError:
        library = importlib.import_module("compression.zstd")
        stream = library.ZstdCompressor()
        return lambda data: stream.compress(data, library.ZstdCompressor.FLUSH_BLOCK)
    stream = library.ZstdCompressor().compressobj()
    return lambda data: stream.compress(data) + stream.flush(library.COMPRESSOBJ_FLUSH_BLOCK)


class Wire:
    """Frames go out in the order of `send`, whoever calls it; `flushed` waits until they are gone."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self._transport = request.transport
        self.closed_here = False
        self._compress = compressor(request.query.get("compress", ""))
        self._queue: asyncio.Queue[Json] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: Json) -> None:
        if not self._writer.done():
            self._queue.put_nowait(frame)

    async def _write(self) -> None:
        with suppress(ConnectionError):
            while True:
                frame = await self._queue.get()
                try:
                    await self._send(json.dumps(frame))
                finally:
                    self._queue.task_done()

    async def _send(self, text: str) -> None:
        if self._compress is None:
            await self.socket.send_str(text)
        else:
            await self.socket.send_bytes(self._compress(text.encode()))

    async def flushed(self) -> None:
        waiting = asyncio.create_task(self._queue.join())
        await asyncio.wait([waiting, self._writer], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    def cut(self) -> None:
        """Break the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Send what is waiting, then say goodbye with `code`."""
        if not self.socket.closed:
            self.closed_here = True
            await self.flushed()
        self._writer.cancel()
        with suppress(ConnectionError):
            await self.socket.close(code=code, message=reason.encode(), drain=False)
