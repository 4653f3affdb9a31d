from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from adapters.web.adapter import WebAdapter
from tests.adapters.web.conftest import KINDNESS
from tests.adapters.web.hearth import MORNING, Hearth
from tests.adapters.web.visitor import Visitor

Visit = Callable[[str], Awaitable[Visitor]]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8321", "127.0.0.1.evil.example", "[::bad", ""])
async def test_a_page_under_a_foreign_name_is_not_served(visit: Visit, host: str) -> None:
    robin = await visit("robin")

    async with robin.session.get(f"{robin.url}/c/kindness", headers={"Host": host}) as answer:
        assert answer.status in (400, 421)
        assert "token" not in await answer.text()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
async def test_this_computers_own_names_are_served(visit: Visit, host: str) -> None:
    robin = await visit("robin")

    async with robin.session.get(f"{robin.url}/c/kindness", headers={"Host": f"{host}:{robin.port}"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
async def test_a_form_from_elsewhere_does_nothing(
    playground: WebAdapter, visit: Visit, hearth: Hearth, headers: dict[str, str]
) -> None:
    ref = await playground.send(KINDNESS, MORNING, "k")
    robin = await visit("robin")

    status, _ = await robin.send("/press", {"message": ref.message, "action": "k:try:o1"}, headers)

    assert status == 403
    assert len(hearth.asked) == 1


async def test_an_origin_of_ours_does_not_help_a_request_from_another_site(visit: Visit, hearth: Hearth) -> None:
    robin = await visit("robin")

    status, _ = await robin.send(
        "/command", {"name": "kind help"}, {"Origin": robin.origin, "Sec-Fetch-Site": "cross-site"}
    )

    assert (status, len(hearth.asked)) == (403, 1)


async def test_a_form_without_its_sessions_token_does_nothing(visit: Visit, hearth: Hearth) -> None:
    robin, sam = await visit("robin"), await visit("sam")

    for token in ("", "0" * 64, "ü", sam.token):
        status, text = await robin.send("/command", {"name": "kind help", "token": token})
        assert status == 403
        assert "load it again" in text

    assert len(hearth.asked) == 1


async def test_a_token_without_its_session_does_nothing(visit: Visit, hearth: Hearth) -> None:
    robin = await visit("robin")
    robin.session.cookie_jar.clear()

    status, _ = await robin.send("/command", {"name": "kind help"})

    assert (status, len(hearth.asked)) == (403, 1)


@pytest.mark.parametrize("path", ["/press", "/submit", "/command", "/typed", "/react", "/dismiss", "/travel", "/zone"])
async def test_every_action_wants_the_token_and_a_form(visit: Visit, hearth: Hearth, path: str) -> None:
    robin = await visit("robin")

    status, _ = await robin.send(path, {"token": "wrong"})
    async with robin.session.get(f"{robin.url}{path}") as answer:
        assert answer.status == 405

    assert (status, len(hearth.asked)) == (403, 1)


@pytest.mark.parametrize(
    "path", ["/", "/c/kindness", "/c/nowhere", "/static/kindling.css", "/suggest?kind=zone", "/live?channel=kindness"]
)
async def test_every_answer_carries_the_protecting_headers(visit: Visit, path: str) -> None:
    robin = await visit("robin")

    async with robin.session.get(f"{robin.url}{path}", allow_redirects=False) as answer:
        headers = answer.headers

    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "Server" not in headers


async def test_cookies_stay_with_the_playground(playground: WebAdapter) -> None:
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as session, session.get(f"{playground.url}c/kindness") as answer:
        cookies = answer.headers.getall("Set-Cookie")

    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie


async def test_a_link_on_another_site_does_not_change_who_one_is(visit: Visit) -> None:
    robin = await visit("robin")

    async with robin.session.get(f"{robin.url}/c/kindness?as=maya", headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        await answer.read()
    async with robin.session.get(f"{robin.url}/c/kindness") as answer:
        assert 'name="as" value="robin"' in await answer.text()


async def test_a_form_that_is_too_large_is_refused(visit: Visit, hearth: Hearth) -> None:
    status, _ = await (await visit("robin")).send("/typed", {"line": "x" * 100_000})

    assert (status, len(hearth.asked)) == (413, 1)


async def test_nothing_on_the_page_points_to_another_computer(playground: WebAdapter, visit: Visit) -> None:
    await playground.send(KINDNESS, MORNING, "k")
    robin = await visit("robin")

    for path in ("/c/kindness", "/static/kindling.css", "/static/playground.js", "/static/theme.js"):
        async with robin.session.get(f"{robin.url}{path}") as answer:
            text = await answer.text()
        assert "http://" not in text
        assert "https://" not in text
        assert "@import" not in text
        assert "style=" not in text
