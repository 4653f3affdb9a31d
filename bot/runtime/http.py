"""The HTTP server for machines: `/healthz` and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog
from aiohttp import web

from bot.runtime.metrics import Metrics
from bot.runtime.supervisor import AdapterState

log = structlog.stdlib.get_logger(__name__)

SHUTDOWN = 1.0
"""Seconds that whoever is asking gets an answer in when Kindling stops."""
LIMIT = 5.0
"""Seconds that a check may take before it counts as failed."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a component is. `facts` are numbers and codes for whoever looks, nothing of people."""

    good: bool
    code: str = "ok"
    facts: Mapping[str, str | int | float] = field(default_factory=dict[str, str | int | float])


Check = Callable[[], Awaitable[Health]]


class Monitor:
    """Asks the components how they are.

    The checks are what Kindling cannot do without. An adapter that is down is mended by its keeper and makes
    the whole `degraded`; only when all are down is nothing left that works. What `only_shows` is no platform that
    works: where there are others, it does not make up for them.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        adapters: Callable[[], Mapping[str, AdapterState]],
        *,
        only_shows: Collection[str] = (),
    ) -> None:
        self._checks = checks
        self._adapters = adapters
        self._only_shows = frozenset(only_shows)

    async def report(self) -> tuple[int, Mapping[str, object]]:
        """An HTTP status (200 or 503), and the report as JSON values."""
        found = dict(zip(self._checks, await asyncio.gather(*map(_asked, self._checks.values())), strict=True))
        adapters = self._adapters()
        down = [platform for platform, state in adapters.items() if not state.open]
        counted = adapters.keys() - self._only_shows or adapters.keys()
        works = all(health.good for health in found.values()) and (not counted or bool(counted - set(down)))
        status = ("degraded" if down else "ok") if works else "down"
        components = {name: {"good": h.good, "code": h.code, **h.facts} for name, h in found.items()}
        states = {
            platform: {"good": state.open, "state": state.standing.value, "code": state.code or "ok"}
            for platform, state in adapters.items()
        }
        return 200 if works else 503, {"status": status, "components": components, "adapters": states}


async def _asked(check: Check) -> Health:
    try:
        async with asyncio.timeout(LIMIT):
            return await check()
    except TimeoutError:
        return Health(good=False, code="timeout")
    except Exception as error:
        log.exception("health.check_failed")
        return Health(good=False, code=type(error).__name__)


class HttpServer:
    """Serves while it is entered: `async with HttpServer(host, port, monitor, metrics):`.

    Raises OSError on entering when the port is taken. Port 0 takes a free one.
    """

    def __init__(self, host: str, port: int, monitor: Monitor, metrics: Metrics) -> None:
        self._host = host
        self._port = port
        self._monitor = monitor
        self._metrics = metrics
        app = web.Application()
        app.add_routes([web.get("/healthz", self._healthz), web.get("/metrics", self._metrics_page)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._runner.addresses[0][1])

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        log.info("http.open", host=self._host, port=self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        status, report = await self._monitor.report()
        return web.json_response(report, status=status, headers={"Cache-Control": "no-store"})

    async def _metrics_page(self, _: web.Request) -> web.Response:
        content_type = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(body=self._metrics.text(), headers=content_type)
