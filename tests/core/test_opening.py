"""The wall's page on the web: who opens and closes it, and what stands on it."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import ActId, dated_id
from bot.domain.message import Action, Card, Text
from bot.domain.packs import Circle
from bot.domain.pages import PageWish, WallPage, holds, sealed, unsealed
from bot.domain.wall import Act, Audience, Order, ShownAs, Standing, Telling
from bot.domain.words import words
from bot.services.opening import PAGE
from bot.storage.tables import acts, decisions, open_walls
from tests.core.before import be_set_up
from tests.core.test_browsing import a_wall_of, react
from tests.core.test_overseeing import listed
from tests.core.test_sharing import TOLD, named, share, the_act
from tests.core.village import MINUTE, a_sleeping_village, a_village, card_of, command, labels, press, rows
from tests.house import PAGES, House, member, moderator

ANY_PLACE = (PageWish(), PageWish(Order.FAIR))


def key_of(card: Card) -> str:
    [found] = re.findall(rf"{re.escape(PAGES)}/wall/(\S+)", card.plain())
    return str(found)


async def opened(house: House, who: str = "link") -> str:
    """A page opened for somebody; its key."""
    return key_of(await command(house, "kindling wall open", who=who))


async def page(house: House, key: str, wish: PageWish | None = None) -> WallPage:
    found = await house.kindling.read_page(key, wish or PageWish())
    assert found is not None
    return found


async def texts(house: House, key: str, wish: PageWish | None = None) -> list[str]:
    return [told.text for told in (await page(house, key, wish)).told]


async def put_up(house: House, *texts: str, name: str = "") -> None:
    """Acts on the wall, straight into the database: that there are many is the point."""
    async with house.database.unit_of_work() as work:
        space = await work.communities.space_of("letters", "village")
        author = await work.communities.member(member().person)
        assert space is not None
        assert author is not None
        for text in texts:
            house.clock.at += MINUTE
            act = Act(
                id=ActId(dated_id(house.clock.at)),
                community=space.community,
                space=space.id,
                author=author,
                telling=Telling.DID,
                text=text,
                created_at=house.clock.at,
                shown_as=ShownAs.NAME if name else ShownAs.SOMEONE,
                name=name,
                standing=Standing.SHOWN,
                published_at=house.clock.at,
            )
            await work.acts.save(act)
        await work.commit()


async def test_nothing_can_be_read_before_a_moderator_opens_the_page(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)

        said = await command(house, "kindling wall open")

        assert labels(said) == ["Open it by address", "Open it for everyone"]
        assert await rows(house, open_walls) == []
        assert await house.kindling.read_page("", PageWish()) is None


async def test_a_moderator_opens_the_page_and_it_shows_the_wall(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, circle="colleagues")

        key = await opened(house)

        [told] = (await page(house, key)).told
        assert (told.heading, told.text, told.by) == ("A kindness received", TOLD["text"], "")
        assert (told.circle, told.warmth, told.on, told.edited) == (Circle.COLLEAGUES, "", date(2026, 11, 23), False)


async def test_the_address_is_shown_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house)

        again = await command(house, "kindling wall open", who="link")

        [row] = await rows(house, open_walls)
        assert len(key) == 48
        assert key not in str(dict(row))
        assert key not in again.plain()
        assert labels(again) == ["Make a new address", "Close it", "Open it for everyone"]
        assert await house.kindling.read_page(key, PageWish()) is not None


@pytest.mark.parametrize("name", ["kindling wall open", "kindling wall close"])
async def test_the_commands_are_for_moderators(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house)

        said = await command(house, name, member())

        assert "This is for moderators" in said.plain()
        assert await house.kindling.read_page(key, PageWish()) is not None


@pytest.mark.parametrize("button", ["page", "page_open", "page_new", "page_close"])
async def test_whoever_is_no_moderator_any_more_changes_nothing(tmp_path: Path, button: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house)

        said = card_of(await house.kindling.press(member(), Action(button, "everyone")))

        assert "This is for moderators" in said.plain()
        assert (await page(house, key)).listed is False


async def test_a_new_address_ends_the_one_before(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        first = await command(house, "kindling wall open", who="everyone")

        second = await press(house, first, "Make a new address")

        assert await house.kindling.read_page(key_of(first), PageWish()) is None
        assert (await page(house, key_of(second))).listed is True


async def test_a_closed_page_is_gone_at_once_and_opens_under_another_address(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house)

        said = await command(house, "kindling wall close")
        closed = await house.kindling.read_page(key, PageWish())
        asked = await press(house, said, "Open it again")
        again = await press(house, asked, "Open it by address")

        assert closed is None
        assert key_of(again) != key
        assert await house.kindling.read_page(key, PageWish()) is None


async def test_closing_twice_gives_the_same_answer_and_one_decision(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await opened(house)

        said = [await command(house, "kindling wall close") for _ in range(2)]

        assert said[0] == said[1]
        assert sorted(row["code"] for row in await rows(house, decisions)) == ["wall.closed", "wall.opened"]


async def test_opening_it_for_others_makes_a_new_address(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house, "link")

        other = await opened(house, "everyone")

        assert await house.kindling.read_page(key, PageWish()) is None
        assert (await page(house, other)).listed is True


async def test_what_was_decided_stands_in_the_audit_log(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.forward(MINUTE)
        card = await command(house, "kindling wall open", who="link")
        await house.forward(MINUTE)
        await press(house, card, "Make a new address")
        await house.forward(MINUTE)
        await command(house, "kindling wall close")

        said = await command(house, "kindling audit")

        assert listed(said)[:3] == [
            "the wall's page on the web was closed (wall.closed), by you",
            "the wall's page on the web got a new address: “for whoever has its address” (wall.renewed), by you",
            "the wall's page on the web was opened: “for whoever has its address” (wall.opened), by you",
        ]


async def test_a_word_that_is_not_known_opens_nothing(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        said = await command(house, "kindling wall open", who="google")

        assert "link" in said.plain()
        assert await rows(house, open_walls) == []


async def test_where_no_pages_are_served_it_says_who_can_change_that(tmp_path: Path) -> None:
    async with a_sleeping_village(tmp_path) as house:
        said = await command(house, "kindling wall open", who="link")

        assert "[adapters.wall]" in said.plain()
        assert await rows(house, open_walls) == []


async def test_names_stand_on_a_page_by_address_and_never_on_one_for_everyone(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("robin", "Robin Hood"), shown_as="name")
        by_address = (await page(house, await opened(house, "link"))).told

        for_everyone = (await page(house, await opened(house, "everyone"))).told

        assert [told.by for told in by_address] == ["Robin Hood"]
        assert [told.by for told in for_everyone] == [""]


async def test_on_a_page_for_everyone_nobody_is_found_by_their_name(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("hood", "Marian Hood"), shown_as="name", text="I baked for the neighbours.")
        await share(house, named("hood", "Marian Hood"), shown_as="name", text="A song for marian.")

        by_address = await texts(house, await opened(house, "link"), PageWish(sought="mari"))
        for_everyone = await texts(house, await opened(house, "everyone"), PageWish(sought="mari"))

        assert sorted(by_address) == ["A song for marian.", "I baked for the neighbours."]
        assert for_everyone == ["A song for marian."]


async def test_what_only_names_hold_does_not_keep_a_page_from_being_filled(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await put_up(house, "Marian was there.")
        await put_up(house, *(f"Number {number}." for number in range(2 * PAGE + 3)), name="Marian Hood")

        found = await page(house, await opened(house, "everyone"), PageWish(sought="marian"))

        assert ([told.text for told in found.told], found.further) == (["Marian was there."], "")


@pytest.mark.parametrize("what", ["hide", "down", "erase", "hold"])
async def test_what_is_taken_off_the_wall_is_gone_from_the_page_at_once(tmp_path: Path, what: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        key, act = await opened(house), await the_act(house)
        before = await page(house, key)

        if what == "hide":
            await house.kindling.submit(moderator(), "hide", act, {"reason": "It names a child."})
        else:
            await house.kindling.press(moderator() if what == "hold" else member(), Action(what, act))

        after = await page(house, key)
        assert (len(before.told), len(after.told)) == (1, 0)
        assert before.version != after.version


async def test_drafts_what_waits_and_what_is_kept_are_not_on_the_page(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await house.kindling.command(moderator(), "kindling wall setup", {"channel": "square", "rule": "review"})
        await share(house, text="It waits.")
        await share(house, text="It is mine.", shown_as="me")
        await house.kindling.submit(member(), "share", "", TOLD | {"text": "It is a draft."})

        assert await texts(house, await opened(house)) == []


async def test_what_is_only_for_another_place_is_not_on_the_page(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        elsewhere = await command(house, "kindling wall open", moderator(space="town"), who="link")

        assert await texts(house, key_of(elsewhere)) == []


async def test_a_page_closes_for_good_when_the_bot_is_removed(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        key = await opened(house)

        await house.kindling.left("letters", "village")
        gone = await house.kindling.read_page(key, PageWish())
        await house.kindling.joined("letters", "village")

        assert gone is None
        assert await house.kindling.read_page(key, PageWish()) is None


@pytest.mark.parametrize("wish", ANY_PLACE)
async def test_page_after_page_shows_everything_once(tmp_path: Path, wish: PageWish) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        written = [f"Kindness {number}." for number in range(2 * PAGE + 1)]
        await put_up(house, *written)
        await command(house, "kind wall", member("kim"))
        key, found, turned = await opened(house), list[str](), 0

        while turned == 0 or wish.beyond:
            shown = await page(house, key, wish)
            found += [told.text for told in shown.told]
            wish, turned = replace(wish, beyond=shown.further), turned + 1

        assert sorted(found) == sorted(written)
        assert turned == 3
        if wish.order is Order.NEWEST:
            assert found == written[::-1]


async def test_what_is_read_in_the_chat_meanwhile_moves_no_page(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        written = [f"Kindness {number}." for number in range(2 * PAGE)]
        await put_up(house, *written)
        key = await opened(house)
        first = await page(house, key, PageWish(Order.FAIR))

        for _ in range(PAGE):
            await command(house, "kind wall", member("kim"))
        second = await page(house, key, PageWish(Order.FAIR, beyond=first.further))

        assert {told.text for told in (*first.told, *second.told)} == set(written)


async def test_one_circle_and_words_in_any_script(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await a_wall_of(house, "Ein Café für alle", "他帮我拿行李", circle="close")
        await a_wall_of(house, "Для незнакомца", circle="strangers")
        key = await opened(house)

        assert await texts(house, key, PageWish(circle=Circle.STRANGERS)) == ["Для незнакомца"]
        assert await texts(house, key, PageWish(sought="行李")) == ["他帮我拿行李"]
        assert await texts(house, key, PageWish(sought="CAFE")) == ["Ein Café für alle"]
        assert await texts(house, key, PageWish(sought="незн", circle=Circle.CLOSE)) == []


async def test_a_place_of_another_wall_or_of_none_is_the_beginning(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        key, act = await opened(house), ActId(await the_act(house))

        for beyond in (act, sealed(act, 0, "another seed"), "A" * 44, "\ud800", "="):
            assert await texts(house, key, PageWish(beyond=beyond)) == [TOLD["text"]]


async def test_warmth_is_told_in_words_and_an_author_who_is_named_is_not_counted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house, named("robin", "Robin"), shown_as="name")
        key = await opened(house)

        await react(house, "robin", "kim", "lee", "ada")
        [few] = (await page(house, key)).told
        await react(house, "max")
        [enough] = (await page(house, key)).told

        assert (few.warmth, enough.warmth) == ("", "A few of you felt this.")


async def test_the_day_is_the_communitys_and_the_hour_is_not_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house, zone="Pacific/Auckland")
        await house.forward(5 * 60 * MINUTE)
        await share(house)

        [told] = (await page(house, await opened(house))).told

        assert house.clock.at.date() == date(2026, 11, 23)
        assert told.on == date(2026, 11, 24)
        assert (await the_act(house))[:12] not in repr(told)


async def test_reading_the_page_is_not_counted(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await share(house)
        key = await opened(house)

        for _ in range(3):
            await page(house, key)

        assert [row["seen"] for row in await rows(house, acts)] == [0]


@pytest.mark.parametrize(
    ("who", "shown_as", "said"),
    [
        ("link", "name", "by whoever has its address, with your name."),
        ("link", "someone", "by whoever has its address, without your name."),
        ("everyone", "name", "by everyone, without your name."),
        ("everyone", "someone", "by everyone, without your name."),
    ],
)
async def test_whoever_shares_is_told_that_it_can_be_read_on_the_web(
    tmp_path: Path, who: str, shown_as: str, said: str
) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await opened(house, who)
        author = named("robin", "Robin Hood")

        shown = card_of(await house.kindling.submit(author, "share", "", TOLD | {"shown_as": shown_as}))

        assert Text(f"It can also be read on this place’s page on the web, {said}") in shown.body


@pytest.mark.parametrize(("who", "shown_as"), [("", "someone"), ("everyone", "me")])
async def test_what_is_not_on_the_web_says_nothing_of_it(tmp_path: Path, who: str, shown_as: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        if who:
            await opened(house, who)

        shown = card_of(await house.kindling.submit(member(), "share", "", TOLD | {"shown_as": shown_as}))

        assert "on the web" not in shown.plain()


async def test_an_act_for_both_places_is_told_of_the_page_of_the_other(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await command(house, "kindling wall open", moderator(space="town"), who="everyone")
        async with house.database.unit_of_work() as work:
            here = await work.communities.space_of("letters", "village")
            there = await work.communities.space_of("letters", "town")
            assert here is not None
            assert there is not None
            await work.communities.save_space(replace(there, community=here.community))
            await work.commit()

        shown = card_of(await house.kindling.submit(member(), "share", "", TOLD | {"audience": Audience.BOTH.value}))

        assert "on the linked place’s page on the web, by everyone" in shown.plain()


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1), st.text("0123456789abcdef", min_size=32))
def test_a_sealed_place_is_read_by_its_own_wall_only(act: bytes, seen: int, seed: str) -> None:
    place = sealed(ActId(act.hex()), seen, seed)

    assert unsealed(place, seed) == (act.hex(), seen)
    assert unsealed(place, f"x{seed}"[:64]) is None
    assert act.hex() not in place


@given(st.text(max_size=30), st.text(max_size=12))
def test_a_text_holds_its_own_words_and_beginnings(text: str, more: str) -> None:
    said = tuple(words(text))
    sought = (*said[:-1], said[-1][:1]) if said else ()

    assert holds(f"{text} {more}", sought)
