"""What moderators do with their community's prompts, through the front door."""

from pathlib import Path

import pytest

from bot.domain.forms import Form, Rejected
from bot.domain.message import Action, Card, Items
from bot.domain.own import Own
from bot.domain.packs import Kind, Prompt
from bot.domain.places import Actor
from tests.core.before import be_set_up
from tests.core.test_overseeing import listed
from tests.core.test_shelf import keep, mornings, question_of, the_community
from tests.core.village import MINUTE, a_village, button, card_of, command, labels, press
from tests.house import House, member, moderator
from tests.prepared import the_library

NOOR = moderator("noor")
QUESTION = "Who keeps the lights on here?"
SAID = {"text": QUESTION, "kind": "intention", "circle": "close", "effort": "tiny", "setting": "any"}


async def form_of(house: House, card: Card, label: str, actor: Actor | None = None) -> Form:
    reply = await house.kindling.press(actor or moderator(), button(card, label))
    assert isinstance(reply.content, Form)
    return reply.content


async def asked(house: House, name: str, actor: Actor | None = None, **words: str) -> Form:
    reply = await house.kindling.command(actor or moderator(), name, words)
    assert isinstance(reply.content, Form)
    return reply.content


async def submit(house: House, form: Form, actor: Actor | None = None, **values: str) -> Card:
    return card_of(await house.kindling.submit(actor or moderator(), form.name, form.subject, values))


async def write(house: House, **said: str) -> Card:
    return await submit(house, await asked(house, "kindling prompts add"), **(SAID | said))


async def find(house: House, words: str, **more: str) -> Card:
    """The card of the one prompt with these words."""
    page = await command(house, "kindling prompts search", words=words, **more)
    form = await form_of(house, page, "Choose one")
    [(id_, _)] = form.fields[0].options
    return await submit(house, form, prompt=id_)


def lines(card: Card) -> list[str]:
    return [item.plain() for part in card.body if isinstance(part, Items) for item in part.items]


def shared(kind: Kind) -> list[Prompt]:
    return [prompt for prompt in the_library().prompts("en", kind) if prompt.pack == "everyday"]


async def offered(house: House, kind: Kind = Kind.INTENTION) -> list[str]:
    community = await the_community(house)
    async with house.database.reading() as work:
        shelf = await house.core.calendar._contents.shelf(work, community.id)
    return [prompt.text for prompt in shelf.prompts(community.language, kind)]


async def test_the_packs_are_listed_with_how_many_prompts_each_has(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house)
        card = await command(house, "kindling prompts list")

        assert lines(card)[0] == "Our own: 1 in use"
        assert any(line.startswith("Everyday") and line.endswith("in use") for line in lines(card))
        assert labels(card) == ["Look through them", "Write one", "Packs", "More"]


async def test_the_list_comes_for_the_bare_word_as_well(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert card_of(await house.kindling.typed(moderator(), "kindling", "prompts")).heading == "Prompts"


async def test_a_prompt_that_was_written_comes_on_the_cards(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = await write(house)
        await press(house, kept, "Have it come next")
        [card] = await mornings(house)

        assert question_of(card) == QUESTION


async def test_sending_the_form_of_a_new_prompt_twice_adds_one(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kindling prompts add")
        await submit(house, form, **SAID)
        await submit(house, form, **SAID)

        assert (await offered(house)).count(QUESTION) == 1


async def test_sending_it_again_with_other_words_adds_another(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kindling prompts add")
        await submit(house, form, **SAID)
        await submit(house, form, **SAID | {"text": "Who made you smile of late?"})

        assert {QUESTION, "Who made you smile of late?"} <= set(await offered(house))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "A few words"),
        ("x" * 241, "241 characters"),
        ("Look at https://example.org today", "write plain words"),
        ("Ask @everyone how they are", "write plain words"),
        ("Smile 😀 at someone", "cards bring their own"),
        ("You should call your mother", "could sting on a bad day"),
    ],
)
async def test_what_does_not_fit_a_card_is_told_kindly_and_not_kept(tmp_path: Path, text: str, said: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await asked(house, "kindling prompts add")
        reply = await house.kindling.submit(moderator(), form.name, form.subject, SAID | {"text": text})

        assert isinstance(reply.content, Rejected)
        assert said in reply.content.problems["text"]
        assert text not in await offered(house)


async def test_one_much_like_another_is_kept_and_told_of(tmp_path: Path) -> None:
    first = shared(Kind.ACT)[0]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = await write(house, text=first.text.rstrip(".") + " too.", kind="act", circle=first.circle)

        assert "There is one much like it" in kept.plain()


async def test_changing_a_shared_prompt_puts_an_own_one_in_its_place_and_undo_brings_it_back(tmp_path: Path) -> None:
    first = shared(Kind.INTENTION)[0]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house, await command_show(house, first), "Change it")
        changed = await submit(house, form, **SAID)

        assert QUESTION in await offered(house)
        assert first.text not in await offered(house)
        await press(house, changed, "Undo")
        assert QUESTION not in await offered(house)
        assert first.text in await offered(house)


async def command_show(house: House, prompt: Prompt, actor: Actor | None = None) -> Card:
    return card_of(await house.kindling.submit(actor or moderator(), "prompt_pick", "", {"prompt": prompt.id}))


async def test_the_original_can_be_used_again(tmp_path: Path) -> None:
    first = shared(Kind.INTENTION)[0]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        form = await form_of(house, await command_show(house, first), "Change it")
        changed = await submit(house, form, **SAID)
        await press(house, await command_show(house, first), "Use the original")

        assert first.text in await offered(house)
        assert QUESTION not in await offered(house)
        assert "Use the original" in labels(changed)


async def test_a_retired_prompt_is_out_until_it_is_brought_back(tmp_path: Path) -> None:
    first = shared(Kind.INTENTION)[0]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        retired = await press(house, await command_show(house, first), "Retire it")

        assert "retired here" in retired.plain()
        assert first.text not in await offered(house)
        assert "retired here" in (await command(house, "kindling prompts search", pack="retired")).plain()
        await press(house, retired, "Bring it back")
        assert first.text in await offered(house)


async def test_an_own_prompt_is_retired_and_brought_back(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house)
        retired = await press(house, await find(house, "lights"), "Retire it")

        assert QUESTION not in await offered(house)
        await press(house, retired, "Bring it back")
        assert QUESTION in await offered(house)


async def test_packs_stay_on_that_cards_cannot_do_without(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        before = await offered(house, Kind.ACT)
        refused = await submit(house, await asked(house, "kindling prompts packs"), packs0="")

        assert "cards need one" in refused.plain()
        assert await offered(house, Kind.ACT) == before


async def test_the_last_of_its_kind_stays_until_there_is_another(tmp_path: Path) -> None:
    last, *others = shared(Kind.INTENTION)
    packs_off = {prompt.pack for prompt in the_library().prompts("en", Kind.INTENTION)} - {last.pack}
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await keep(house, Own(retired=frozenset(prompt.id for prompt in others), packs_off=frozenset(packs_off)))
        refused = await press(house, await command_show(house, last), "Retire it")

        assert "no morning question" in refused.plain()
        assert await offered(house) == [last.text]
        kept = await write(house)
        await press(house, await command_show(house, last), "Retire it")
        assert await offered(house) == [QUESTION]
        assert "cards need one" in (await press(house, kept, "Undo")).plain()


async def test_packs_that_are_off_are_not_chosen_from_and_can_be_turned_on_by_undo(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        before = await offered(house, Kind.ACT)
        form = await asked(house, "kindling prompts packs")
        on = form.fields[0].value.split(",")
        done = await submit(house, form, packs0=",".join(one for one in on if one != "boundaries"))
        off = [prompt.text for prompt in the_library().prompts("en", Kind.ACT) if prompt.pack == "boundaries"]

        assert "boundaries" in on
        assert off
        assert not set(off) & set(await offered(house, Kind.ACT))
        await press(house, done, "Undo")
        assert await offered(house, Kind.ACT) == before


async def test_of_two_who_change_the_same_prompt_at_once_the_second_is_told(tmp_path: Path) -> None:
    first = shared(Kind.INTENTION)[0]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        mine = await form_of(house, await command_show(house, first), "Change it")
        hers = await form_of(house, await command_show(house, first, NOOR), "Change it", NOOR)
        await submit(house, hers, NOOR, **SAID)
        told = await submit(house, mine, **SAID | {"text": "Who fixes what breaks here?"})

        assert "Somebody else changed this" in told.plain()
        assert "Who fixes what breaks here?" in told.plain().partition("What you had put in:")[2]
        assert QUESTION in await offered(house)


async def test_of_two_who_choose_packs_at_once_the_second_is_told(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        mine = await asked(house, "kindling prompts packs")
        hers = await asked(house, "kindling prompts packs", NOOR)
        await submit(house, hers, NOOR, packs0=hers.fields[0].value.replace("boundaries,", ""))
        told = await submit(house, mine, packs0=mine.fields[0].value)

        assert "Somebody else changed this" in told.plain()


async def test_prompts_are_found_by_words_kind_circle_and_pack_page_by_page(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        wanted = [p for p in shared(Kind.ACT) if p.circle == "self"]
        page = await command(house, "kindling prompts search", kind="act", circle="self", pack="everyday")
        found = lines(page)
        while "More" in labels(page):
            page = await press(house, page, "More")
            found += lines(page)

        assert len(found) == len(wanted) > 8
        assert all(prompt.text in line for prompt, line in zip(wanted, found, strict=True))
        assert "Earlier" in labels(page)


async def test_words_are_found_by_their_beginnings_whatever_their_case(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await write(house)

        assert QUESTION in (await command(house, "kindling prompts search", words="LIGHT keeps")).plain()
        assert "Nothing like that" in (await command(house, "kindling prompts search", words="zeppelin")).plain()


@pytest.mark.parametrize(("word", "said"), [("kind", "none of the kinds"), ("pack", "I know no pack")])
async def test_what_cannot_be_looked_for_is_told_with_what_can(tmp_path: Path, word: str, said: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert said in (await command(house, "kindling prompts search", **{word: "zeppelin"})).plain()


async def test_the_order_of_what_comes_next_is_changed(tmp_path: Path) -> None:
    first, second, third = shared(Kind.INTENTION)[:3]
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        for prompt in (first, second, third):
            await press(house, await command_show(house, prompt), "Have it come next")
        more = await press(house, await command(house, "kindling prompts list"), "More")
        await submit(house, await form_of(house, more, "Change the order"), order="3, 1")
        cards = await mornings(house, days=2)

        assert [question_of(card) for card in cards] == [third.text, first.text]


async def test_an_order_with_a_number_that_is_not_there_is_asked_for_again(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        await press(house, await command_show(house, shared(Kind.INTENTION)[0]), "Have it come next")
        more = await press(house, await command(house, "kindling prompts list"), "More")
        form = await form_of(house, more, "Change the order")
        reply = await house.kindling.submit(moderator(), form.name, form.subject, {"order": "2"})

        assert isinstance(reply.content, Rejected)


async def test_what_was_changed_is_in_the_audit_log(tmp_path: Path) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        kept = await write(house)
        await house.forward(MINUTE)
        await press(house, kept, "Have it come next")
        await house.forward(MINUTE)
        await press(house, await find(house, "lights"), "Retire it")

        assert listed(await command(house, "kindling audit"))[:3] == [
            f"retired “{QUESTION}” (prompt), by you",
            "1 prompt in line for the next cards (prompts.next), by you",
            f"added “{QUESTION}” (prompt), by you",
        ]


@pytest.mark.parametrize("name", ["list", "search", "add", "packs", "import", "export", "suggestions"])
async def test_only_moderators_see_and_change_prompts(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert "for moderators" in (await command(house, f"kindling prompts {name}", member())).plain()


@pytest.mark.parametrize(
    "action",
    [
        Action("prompts"),
        Action("prompts_more"),
        Action("prompts_page", "0"),
        Action("prompts_pick", "0"),
        Action("prompts_twice", "yes"),
        Action("prompts_export"),
        Action("prompt_new"),
        *(Action(f"prompt_{what}", shared(Kind.ACT)[0].id) for what in ("edit", "out", "in", "next", "later", "drop")),
        Action("import", "1", "2"),
        *(Action(name, "1") for name in ("suggestions", "suggestion_yes", "suggestion_edit", "suggestion_no")),
        *(Action("open", name) for name in ("packs", "prompts_next", "prompts_search", "prompts_import")),
    ],
)
async def test_no_button_works_for_anybody_else(tmp_path: Path, action: Action) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)

        assert "for moderators" in card_of(await house.kindling.press(member(), action)).plain()


@pytest.mark.parametrize(
    "name",
    [
        "prompt",
        "prompt_pick",
        "prompts_search",
        "prompts_next",
        "packs",
        "prompts_import",
        "suggestion",
        "suggestion_no",
    ],
)
async def test_no_form_works_for_anybody_else(tmp_path: Path, name: str) -> None:
    async with a_village(tmp_path) as house:
        await be_set_up(house)
        reply = await house.kindling.submit(member(), name, "x", SAID)

        assert "for moderators" in card_of(reply).plain()
        assert QUESTION not in await offered(house)
