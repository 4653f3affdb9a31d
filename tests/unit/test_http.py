import asyncio
from collections.abc import Mapping

import aiohttp
import pytest

from bot.runtime import http
from bot.runtime.http import Health, HttpServer, Monitor
from bot.runtime.metrics import Metrics
from bot.runtime.supervisor import AdapterState, Standing

OPEN = AdapterState(Standing.OPEN)
REFUSED = AdapterState(Standing.REFUSED, "discord.token", "Renew the token.")


async def fine() -> Health:
    return Health(good=True, facts={"late_seconds": 0.5})


async def locked() -> Health:
    return Health(good=False, code="database.locked")


async def broken() -> Health:
    raise ConnectionError("with words")


async def stuck() -> Health:
    await asyncio.Event().wait()
    return Health(good=True)


async def get(path: str, monitor: Monitor, metrics: Metrics | None = None) -> tuple[int, str, str]:
    async with (
        HttpServer("127.0.0.1", 0, monitor, metrics or Metrics()) as server,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}") as response,
    ):
        return response.status, response.content_type, await response.text()


async def test_all_is_well_over_http() -> None:
    monitor = Monitor({"database": fine}, lambda: {"discord": OPEN})

    status, kind, text = await get("/healthz", monitor)

    assert (status, kind) == (200, "application/json")
    assert '"late_seconds": 0.5' in text


async def test_metrics_are_served_in_prometheus_format() -> None:
    metrics = Metrics()
    metrics.planner_run()

    status, kind, text = await get("/metrics", Monitor({}, dict), metrics)

    assert (status, kind) == (200, "text/plain")
    assert "kindling_planner_runs_total" in text


async def test_nothing_else_is_served() -> None:
    status, _, _ = await get("/", Monitor({}, dict))

    assert status == 404


@pytest.mark.parametrize(
    ("adapters", "status", "word"),
    [
        ({}, 200, "ok"),
        ({"discord": OPEN, "slack": OPEN}, 200, "ok"),
        ({"discord": REFUSED, "slack": OPEN}, 200, "degraded"),
        ({"discord": REFUSED}, 503, "down"),
    ],
)
async def test_one_open_adapter_is_enough(adapters: Mapping[str, AdapterState], status: int, word: str) -> None:
    found, report = await Monitor({"database": fine}, lambda: adapters).report()

    assert (found, report["status"]) == (status, word)


@pytest.mark.parametrize(
    ("adapters", "status", "word"),
    [
        ({"discord": REFUSED, "wall": OPEN}, 503, "down"),
        ({"discord": OPEN, "wall": REFUSED}, 200, "degraded"),
        ({"discord": REFUSED, "slack": OPEN, "wall": OPEN}, 200, "degraded"),
        ({"wall": OPEN}, 200, "ok"),
        ({"wall": REFUSED}, 503, "down"),
    ],
)
async def test_pages_that_are_only_looked_at_do_not_make_up_for_a_platform(
    adapters: Mapping[str, AdapterState], status: int, word: str
) -> None:
    found, report = await Monitor({"database": fine}, lambda: adapters, only_shows={"wall"}).report()

    assert (found, report["status"]) == (status, word)


async def test_each_adapter_says_how_it_stands() -> None:
    _, report = await Monitor({}, lambda: {"discord": REFUSED}).report()

    assert report["adapters"] == {"discord": {"good": False, "state": "refused", "code": "discord.token"}}


async def test_a_component_that_is_down_is_named() -> None:
    status, report = await Monitor({"database": locked, "planner": fine}, dict).report()

    assert status == 503
    assert report["components"] == {
        "database": {"good": False, "code": "database.locked"},
        "planner": {"good": True, "code": "ok", "late_seconds": 0.5},
    }


async def test_a_check_that_fails_tells_its_kind_and_no_words() -> None:
    status, report = await Monitor({"database": broken}, dict).report()

    assert status == 503
    assert report["components"] == {"database": {"good": False, "code": "ConnectionError"}}


async def test_a_check_that_hangs_does_not_hang_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LIMIT", 0.01)

    _, report = await Monitor({"database": stuck}, dict).report()

    assert report["components"] == {"database": {"good": False, "code": "timeout"}}


async def test_a_port_that_is_taken_is_an_error() -> None:
    monitor = Monitor({}, dict)

    async with HttpServer("127.0.0.1", 0, monitor, Metrics()) as first:
        with pytest.raises(OSError, match="in use"):
            async with HttpServer("127.0.0.1", first.port, monitor, Metrics()):
                pass
