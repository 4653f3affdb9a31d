"""The network between Kindling and a stand-in: a road that can fall silent."""

import asyncio
from typing import Self
from urllib.parse import urlsplit

PIECE = 65_536


class Road:
    """A relay on loopback to the server at `to`.

    While it is `silent` what is said still arrives, and no answer comes back: no error, no end, nothing. New
    connections are taken and stay without an answer as well. `cut` forgets all connections, as a router does that
    was restarted; what was on its way is lost with them.
    """

    def __init__(self, to: str) -> None:
        there = urlsplit(to)
        assert there.hostname
        assert there.port
        self._there = there.hostname, there.port
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()

    @property
    def url(self) -> str:
        """Where it begins."""
        assert self._server is not None
        address, port = self._server.sockets[0].getsockname()
        return f"http://{address}:{port}"

    def fall_silent(self) -> None:
        self._speaking.clear()

    async def cut(self) -> None:
        """Lose what is on its way, and speak again."""
        lost, self._connections = self._connections, set()
        for each in lost:
            each.cancel()
        await asyncio.gather(*lost, return_exceptions=True)
        self._speaking.set()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._carry(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until one end of it is gone."""
        on_reader, on_writer = await asyncio.open_connection(*self._there)
        ways = [asyncio.create_task(_pass_on(reader, on_writer)), asyncio.create_task(self._answer(on_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in (writer, on_writer):
                end.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            await self._speaking.wait()
            writer.write(piece)
            await writer.drain()
        await self._speaking.wait()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()
