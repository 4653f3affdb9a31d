"""The moderators' pages: what can be done there, by whom, and by nobody else."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from adapters.web.allowance import REMEMBERED, Allowance
from adapters.web.desk import ANSWERS, WRONG
from adapters.web.desk_door import Doorway
from adapters.web.desk_pages import GROUPS, MORE, grouped, pages_of
from bot.domain.commands import Command, Option, OptionKind
from bot.domain.desk import LINK_GOOD_FOR
from bot.domain.places import Standing
from bot.services.commands import COMMANDS
from bot.storage.tables import changes, decisions, link_codes, open_walls, sign_ins
from tests.adapters.web.desks import Guest, Served, a_desk
from tests.core.village import command, rows, set_up
from tests.house import member, moderator

SETUP = {"zone": "Berlin", "morning": "09:00", "days": "mon-fri", "weekly": "mon", "channel": "square"}
NOTHING = ("Please ask for a link", 401)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with a_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
async def maya(served: Served) -> Guest:
    return await served.maya()


def heading_of(guest: Guest) -> str:
    return guest.headings[0]


# -- coming in -----------------------------------------------------------------------------------------


async def test_a_link_leads_to_the_first_page(served: Served) -> None:
    guest = served.guest()

    status = await guest.sign_in(await served.key())

    assert status == 200
    assert guest.headings[0] == "Status"
    assert "Signed in as <bdi>Maya</bdi>" in guest.page


async def test_looking_at_a_link_uses_nothing_up(served: Served) -> None:
    key = await served.key()
    for _ in range(3):
        assert await served.guest().get(f"/desk/in/{key}") == 200

    assert await served.guest().sign_in(key) == 200


async def test_a_used_link_lets_nobody_in(served: Served) -> None:
    key = await served.key()
    await served.guest().sign_in(key)

    late = served.guest()
    status = await late.sign_in(key)

    assert (status, heading_of(late)) == (403, "This link lets nobody in any more")
    assert [name for name in late.cookies() if "door" not in name] == []


async def test_an_expired_link_lets_nobody_in(served: Served) -> None:
    key = await served.key()
    served.house.clock.at += LINK_GOOD_FOR

    assert await served.guest().sign_in(key) == 403


async def test_a_stranger_gets_nothing(served: Served, maya: Guest) -> None:
    stranger = served.guest()
    stranger.place = maya.place

    for path in ("/desk", "/desk/", f"/desk/{maya.place}", *every_page(maya), f"/desk/{maya.place}/suggest?kind=zone"):
        assert await stranger.get(path) == 401
        assert heading_of(stranger) == "Please ask for a link"
        assert "Maya" not in stranger.page
    for deed in ("status/press", "setup/submit", "post/run", "out"):
        stranger.page = ""
        assert await stranger.post(f"/desk/{maya.place}/{deed}", {"token": maya.value("token")}) in {401, 403}


def every_page(guest: Guest) -> list[str]:
    return [f"/desk/{guest.place}/{path}" for path in (*pages_of(COMMANDS), "sessions")]


async def test_a_cookie_that_is_shown_again_after_signing_out_opens_nothing(served: Served, maya: Guest) -> None:
    kept = maya.cookies()
    status = await maya.sign_out()
    after = maya.cookies()

    thief = served.guest()
    thief.session.cookie_jar.update_cookies(kept, aiohttp.client.URL(served.url))

    assert (status, heading_of(maya), after) == (200, "You are signed out", {})
    assert await thief.get(f"/desk/{maya.place}/status") == 401


async def test_a_cookie_of_one_place_opens_no_other(served: Served, maya: Guest) -> None:
    noor = moderator("noor", space="hamlet")
    served.house.letters.people[noor.person] = Standing(may_moderate=True, name="Noor")
    other = served.guest()
    await other.sign_in(await served.key(noor))

    [(_, token)] = maya.cookies().items()
    other.session.cookie_jar.update_cookies({f"kindling-{other.place}": token}, aiohttp.client.URL(served.url))

    assert other.place != maya.place
    assert await other.open("status") == 401


async def test_one_browser_is_signed_in_for_several_places_at_once(served: Served, maya: Guest) -> None:
    first = maya.place
    there = moderator(space="hamlet")
    served.house.letters.people[there.person] = Standing(may_moderate=True, name="Maya there")
    await maya.sign_in(await served.key(there))

    second = maya.place
    assert await maya.get(f"/desk/{first}/status") == 200
    assert await maya.get(f"/desk/{second}/status") == 200
    assert "Maya there" in maya.page


async def test_whoever_lost_the_right_gets_nothing_and_does_nothing(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    await maya.open("status")
    press = maya.button("Post today's card now")
    token = maya.value("token")
    served.house.letters.people[moderator().person] = Standing(may_moderate=False, name="Maya")

    done = await maya.post(f"/desk/{maya.place}/status/press", {"action": press})
    seen = await maya.open("status")

    assert (done, seen, heading_of(maya)) == (403, 403, "These pages are for moderators")
    assert served.house.letters.letters == []
    maya.page = f'name="token" value="{token}"'
    assert await maya.sign_out() == 200


async def test_where_the_platform_cannot_be_asked_nobody_is_let_in(served: Served, maya: Guest) -> None:
    del served.house.room.messengers["letters"]

    assert await maya.open("status") == 503
    assert heading_of(maya) == "I cannot ask whether you may come in"


async def test_cookies_are_for_these_pages_alone() -> None:
    secure, local = Doorway(lambda: "https://kindness.example/ours"), Doorway(lambda: "http://127.0.0.1:1")
    answers = aiohttp.web.Response(), aiohttp.web.Response()

    secure.keep(answers[0], "0123456789ab", "t")
    local.keep(answers[1], "0123456789ab", "t")

    said = [str(answer.cookies).removeprefix("Set-Cookie: ") for answer in answers]
    assert said[0].startswith("__Host-kindling-0123456789ab=t;")
    assert said[1].startswith("kindling-0123456789ab=t;")
    for text in said:
        assert {"HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=604800"} <= set(text.split("; "))
        assert "Domain" not in text
    assert ["Secure" in text for text in said] == [True, False]


# -- from our own pages, and from nowhere else ----------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec_Fetch_Site": ""},
        {"Origin": "http://localhost:1", "Sec_Fetch_Site": ""},
    ],
)
async def test_nothing_is_done_from_another_site(served: Served, maya: Guest, headers: dict[str, str]) -> None:
    await set_up(served.house)
    await maya.open("status")

    assert await maya.press("Post today's card now", **headers) == 403

    assert heading_of(maya) == "Nothing was done"
    assert served.house.letters.letters == []


async def test_nobody_is_signed_in_from_another_site(served: Served) -> None:
    key, guest = await served.key(), served.guest()
    await guest.get(f"/desk/in/{key}")

    assert await guest.post("/desk/in", {"key": key}, Origin="https://elsewhere.example") == 403
    guest.page = ""
    assert await guest.post("/desk/in", {"key": key}) == 403
    assert await served.guest().sign_in(key) == 200


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_without_its_token_nothing_is_done(served: Served, maya: Guest, token: str) -> None:
    await set_up(served.house)
    await maya.open("status")

    action = maya.button("Post today's card now")
    assert await maya.post(f"/desk/{maya.place}/status/press", {"action": action, "token": token}) == 403

    assert served.house.letters.letters == []


async def test_another_host_name_is_refused(served: Served, maya: Guest) -> None:
    async with maya.session.get(
        f"{served.url}/desk/{maya.place}/status", headers={"Host": "rebound.example"}
    ) as answer:
        assert answer.status == 421


async def test_a_button_that_was_not_offered_does_nothing(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    await maya.open("status")
    real = maya.button("Preview the week")

    for action in ("k:post", f"{'0' * 64}.k:post", f"{real.partition('.')[0]}.k:post", ""):
        await maya.open("status")
        assert await maya.post(f"/desk/{maya.place}/status/press", {"action": action}) == 409
    assert served.house.letters.letters == []


async def test_a_form_that_was_not_offered_does_nothing(served: Served, maya: Guest) -> None:
    await maya.open("skip")
    proof = maya.value("proof")

    fields = {"form": "pause", "subject": "", "proof": proof, "names": "until", "f.until": "2027-01-01"}
    assert await maya.post(f"/desk/{maya.place}/skip/submit", fields) == 409


async def test_the_headers_let_nothing_in_and_nothing_out(served: Served, maya: Guest) -> None:
    key = await served.key()
    for path in (f"/desk/{maya.place}/status", "/desk/0123456789ab/status", f"/desk/in/{key}"):
        await maya.get(path)
        assert maya.answer is not None
        headers = maya.answer.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == ("strict-origin" if key in path else "same-origin")


async def test_no_key_and_no_token_is_logged(served: Served) -> None:
    with capture_logs() as logs:
        key = await served.key()
        guest = served.guest()
        await guest.sign_in(key)
        await guest.sign_in(key)
        await guest.get("/desk/in/%00")
        served.desk.asks = broken
        await guest.open("status")

    assert "desk.request_failed" in {entry["event"] for entry in logs}
    assert [secret for secret in (key, *guest.cookies().values()) if secret in str(logs)] == []


def broken() -> None:  # type: ignore[misc]
    raise RuntimeError("Kindling is out")


async def test_whoever_tries_keys_has_to_wait(served: Served) -> None:
    thief = served.guest()
    found = [await thief.sign_in(f"{number:048x}") for number in range(WRONG + 1)]

    assert found == [403] * WRONG + [429]
    assert await served.guest().sign_in(await served.key()) == 429


def test_an_allowance_is_of_one_address_and_comes_back() -> None:
    now = 0.0
    allowance = Allowance(2, 60, lambda: now)
    for _ in range(2):
        allowance.wrong("a")

    spent = allowance.spent("a"), allowance.spent("b")
    now = 60.0

    assert spent == (True, False)
    assert not allowance.spent("a")


def test_an_allowance_keeps_in_mind_no_more_than_it_may() -> None:
    allowance = Allowance(1, 60)
    for number in range(REMEMBERED + 1):
        allowance.wrong(str(number))

    assert not allowance.spent("0")
    assert allowance.spent(str(REMEMBERED))


# -- the pages -------------------------------------------------------------------------------------------


async def test_every_command_of_moderators_has_a_page(maya: Guest) -> None:
    for path, page in pages_of(COMMANDS).items():
        assert await maya.open(path) == 200
        assert heading_of(maya) == page.label
        assert f'aria-current="page">{page.label}<' in maya.page


async def test_members_commands_have_none(maya: Guest) -> None:
    assert await maya.open("share") == 404


def test_a_command_that_is_added_appears_by_itself() -> None:
    fresh = Command(
        "kindling gather", "Gather everybody", (Option("who", OptionKind.TEXT, "Who"),), moderators_only=True
    )
    pages = grouped((*COMMANDS, fresh))

    assert [page.label for page in pages[MORE]] == ["Gather"]
    assert list(pages)[:3] == ["Today", "Calendar", "Prompts"]
    assert MORE not in grouped(COMMANDS)
    assert MORE not in GROUPS


async def test_opening_a_page_does_nothing_that_is_more_than_looking(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    tables = (sign_ins, link_codes, open_walls, decisions, changes)
    before = [await rows(served.house, table) for table in tables]

    for path in pages_of(COMMANDS):
        await maya.open(path)

    assert served.house.letters.letters == []
    assert [await rows(served.house, table) for table in tables] == before


async def test_from_an_empty_place_to_the_first_card_in_the_browser(served: Served, maya: Guest) -> None:
    await maya.open("setup")
    assert ">#the-inn</option>" in maya.page

    await maya.run("setup", **SETUP)
    done = maya.headings
    await maya.open("status")
    await maya.press("Post today's card now")
    await served.house.core.engine.settle()

    assert done == ["Setup", "🔥 Kindling is set up"]
    assert maya.headings == ["Status", "📮 Today's card"]
    assert [letter.place.channel for letter in served.house.letters.letters] == ["square"]


async def test_mistakes_are_told_beside_their_fields_with_what_was_typed(maya: Guest) -> None:
    await maya.open("setup")

    await maya.run("setup", **SETUP | {"zone": "Middle-earth", "days": "someday"})

    assert "Almost there." in maya.page
    assert 'value="Middle-earth" aria-describedby="field-2-problem field-2-hint" aria-invalid="true"' in re.sub(
        r"\s+", " ", maya.page
    )
    assert maya.page.count('class="problem"') == 2


async def test_a_page_that_is_loaded_again_does_nothing_twice(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    await maya.open("status")
    await maya.press("Post today's card now")
    assert maya.answer is not None
    where = maya.answer.url.relative().path_qs

    await maya.get(where)
    await maya.get(where)
    await served.house.core.engine.settle()

    assert maya.headings == ["Status", "📮 Today's card"]
    assert len(served.house.letters.letters) == 1


async def test_an_answer_that_is_not_kept_any_more_gives_way_to_how_things_stand(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    await maya.open("status")
    await maya.press("Preview the week")
    assert maya.answer is not None
    where = maya.answer.url.relative().path_qs
    served.desk.answers.forget(next(iter(maya.cookies().values())))

    await maya.get(where)

    assert maya.headings == ["Status", "🧭 How things stand"]
    assert "is not kept any more" in maya.page


async def test_answers_are_found_by_their_own_session_alone(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    await maya.open("status")
    await maya.press("Preview the week")
    assert maya.answer is not None
    where = maya.answer.url.relative().path_qs
    other = await served.maya()

    await other.get(where)

    assert other.headings == ["Status", "🧭 How things stand"]
    assert len(served.desk.answers._kept) <= ANSWERS


async def test_a_command_with_words_is_carried_out_with_them(served: Served, maya: Guest) -> None:
    await maya.open("wall-open")
    assert "link (whoever has its address) or everyone" in maya.page

    await maya.post(f"/desk/{maya.place}/wall-open/run", {"f.who": "everyone"})

    assert maya.headings == ["Wall open", "🪟 The wall’s page is open"]
    assert (await command(served.house, "kindling wall open")).heading == "The wall’s page is open"


async def test_a_command_that_does_something_waits_for_its_button(served: Served, maya: Guest) -> None:
    await set_up(served.house)
    await maya.open("post")
    before = maya.headings

    await maya.post(f"/desk/{maya.place}/post/run")

    assert (before, maya.headings) == (["Post"], ["Post", "📮 Today's card"])


async def test_commands_in_what_kindling_says_lead_to_their_pages(served: Served, maya: Guest) -> None:
    await maya.open("setup")
    await maya.run("setup", **SETUP)

    assert f'<a href="/desk/{maya.place}/pause">/kindling pause</a>' in maya.page


async def test_what_people_wrote_stays_text(served: Served, maya: Guest) -> None:
    hostile = "<script>alert(1)</script>\"'{{ 7 * 7 }}"
    await maya.open("setup")

    await maya.run("setup", **SETUP | {"zone": hostile})

    assert "<script>alert" not in maya.page
    assert "&lt;script&gt;alert(1)" in maya.page


async def test_one_signs_out_everywhere_from_a_page(served: Served, maya: Guest) -> None:
    other = await served.maya()
    await maya.open("sessions")
    assert "You are signed in with several browsers" in maya.page

    await maya.press("Sign out everywhere", "sessions")

    assert maya.answer is not None
    assert maya.answer.status == 401
    assert await other.open("status") == 401


async def test_zones_are_suggested_to_moderators(maya: Guest) -> None:
    await maya.get(f"/desk/{maya.place}/suggest?kind=zone&typed=berl")

    assert "Europe/Berlin" in maya.page


async def test_somebody_is_found_by_what_is_typed(served: Served, maya: Guest) -> None:
    served.house.letters.people[member("robin").person] = Standing(may_moderate=False, name="Robin Hill")

    await maya.get(f"/desk/{maya.place}/suggest?kind=member&typed=@robin")

    assert json.loads(maya.page) == [["robin", "Robin Hill"]]


async def test_where_nobody_is_named_there_are_no_suggestions_of_people(served: Served, maya: Guest) -> None:
    await maya.get(f"/desk/{maya.place}/suggest?kind=member&typed=nobody")
    assert json.loads(maya.page) == []

    assert await served.guest().get(f"/desk/{maya.place}/suggest?kind=member&typed=maya") == 401


async def test_somebody_whose_id_is_typed_is_chosen_to_moderate(served: Served, maya: Guest) -> None:
    served.house.letters.people[member("robin").person] = Standing(may_moderate=False, name="Robin Hill")
    await maya.open("moderators")
    await maya.press("Change this", "moderators")
    assert 'data-suggest="member"' in maya.page

    await maya.submit("moderators", person="robin")

    assert "Robin Hill" in maya.page


async def test_a_chosen_moderator_comes_in_and_is_out_at_the_next_page_once_off_the_list(
    served: Served, maya: Guest
) -> None:
    robin, guest = member("robin"), served.guest()
    served.house.letters.people[robin.person] = Standing(may_moderate=False, name="Robin Hill")
    await command(served.house, "kindling moderators", add="robin")
    assert await guest.sign_in(await served.key(robin)) == 200
    await guest.open("skip")

    await maya.run("moderators", remove="robin")
    await guest.submit("skip", when="2027-01-01")

    assert (guest.answer and guest.answer.status, heading_of(guest)) == (403, "These pages are for moderators")
    assert await guest.open("status") == 403


async def test_a_chosen_moderator_cannot_choose_others(served: Served) -> None:
    robin, guest = member("robin"), served.guest()
    served.house.letters.people[robin.person] = Standing(may_moderate=False, name="Robin Hill")
    await command(served.house, "kindling moderators", add="robin")
    await guest.sign_in(await served.key(robin))

    await guest.run("moderators", add="maya")

    assert "people who may manage this place itself" in unescape(guest.page)


async def test_a_form_that_is_too_large_is_refused_kindly(maya: Guest) -> None:
    await maya.open("skip")

    assert await maya.submit("skip", when="x" * 70_000) == 413
    assert heading_of(maya) == "Nothing was done"


async def test_a_session_that_nobody_used_is_over(served: Served, maya: Guest) -> None:
    served.house.clock.at += timedelta(hours=12)

    assert (await maya.open("status"), heading_of(maya)) == (NOTHING[1], NOTHING[0])
