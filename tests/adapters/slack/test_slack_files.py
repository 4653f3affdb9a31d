"""Files in forms and beside private answers: with the scopes for them, and kindly without."""

import pytest

from adapters.slack.adapter import SlackAdapter
from adapters.slack.uploads import own_address
from bot.domain.forms import Field, FieldKind, Form, Rejected
from bot.domain.message import Card, Picture, Reply
from bot.domain.uploads import UPLOAD_LIMIT, Attached, Flaw, Upload
from tests.adapters.slack.workspace import IMPATIENT, Door, listening, place
from tests.standins.slack import CannotDo, Channel, Chosen, Ephemeral, SlackStandIn, User, View

PACK = Field("pack", "Your pack", FieldKind.FILE, endings=(".toml", ".ics"), most=1000)
NOTE = Field("note", "A note", required=False)
IMPORT = Form("import", "Bring prompts", (PACK, NOTE), subject="s1", intro="Yours, for all.")
ONLY = Form("import", "Bring prompts", (PACK,), intro="Yours, for all.")
ICS = Chosen("holidays.ics", b"BEGIN:VCALENDAR")
EXPORT = Attached("our prompts.toml", b"[pack]\n<!channel> *bold*", "Your prompts")


@pytest.fixture
def reading(slack: SlackStandIn) -> None:
    """Whoever installed Kindling granted the optional scope to read files."""
    slack.scopes.add("files:read")


@pytest.fixture
def writing(slack: SlackStandIn) -> None:
    slack.scopes.add("files:write")


async def a_modal(slack: SlackStandIn, door: Door, user: User, channel: Channel, form: Form = IMPORT) -> View:
    door.answer = Reply(form)
    modal = await (await slack.slash(user, channel, "/kind", "share")).modal()
    door.answer = Reply(Card("Thank you"))
    return modal


async def given(slack: SlackStandIn, door: Door, user: User, channel: Channel, *files: Chosen) -> Upload:
    """What reaches the front door when somebody chooses these files."""
    modal = await a_modal(slack, door, user, channel)
    await slack.submit(user, modal, {"pack": list(files), "note": "Ours"})
    await door.until("submit")
    return door.files[-1]["pack"]


async def answered(slack: SlackStandIn, door: Door, user: User, channel: Channel, *files: Attached) -> Ephemeral:
    door.answer = Reply(Card("Here it is"), files=files)
    await slack.slash(user, channel, "/kind", "share")
    await slack.until(lambda: slack.ephemeral(user))
    return slack.ephemeral(user)[-1]


@pytest.mark.usefixtures("reading", "adapter")
async def test_a_chosen_file_reaches_the_front_door(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    assert await given(slack, door, anna, general, ICS) == Upload("holidays.ics", b"BEGIN:VCALENDAR")
    [(_, name, subject, values)] = door.named("submit")
    assert (name, subject, values) == ("import", "s1", {"note": "Ours"})


@pytest.mark.usefixtures("reading", "adapter")
async def test_no_file_is_no_file(slack: SlackStandIn, door: Door, anna: User, general: Channel) -> None:
    optional = Form("import", "Bring", (Field("pack", "Pack", FieldKind.FILE, required=False),))
    await slack.submit(anna, await a_modal(slack, door, anna, general, optional))
    await door.until("submit")

    assert door.files == [{}]


@pytest.mark.usefixtures("reading", "adapter")
@pytest.mark.parametrize("files", [[], [ICS, ICS], [Chosen("a.exe", b"a")]])
async def test_the_form_takes_one_file_of_the_right_ending(
    slack: SlackStandIn, door: Door, anna: User, general: Channel, files: list[Chosen]
) -> None:
    modal = await a_modal(slack, door, anna, general)

    with pytest.raises(CannotDo):
        await slack.submit(anna, modal, {"pack": files})


@pytest.mark.usefixtures("reading", "adapter")
async def test_a_file_that_is_said_to_be_too_large_is_not_fetched(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    upload = await given(slack, door, anna, general, Chosen("a.toml", b"a", {"size": UPLOAD_LIMIT + 1}))

    assert upload == Upload("a.toml", flaw=Flaw.TOO_LARGE)
    assert slack._state.downloads == []


@pytest.mark.usefixtures("reading", "adapter")
async def test_a_file_that_is_larger_than_it_is_said_to_be_is_not_taken(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    upload = await given(slack, door, anna, general, Chosen("a.toml", b"a" * (UPLOAD_LIMIT + 1), {"size": 1}))

    assert upload == Upload("a.toml", flaw=Flaw.TOO_LARGE)


@pytest.mark.usefixtures("reading", "adapter")
@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1/a.toml", "https://files.slack.com/a", "//", "file:///a"])
async def test_the_token_is_sent_nowhere_else(
    slack: SlackStandIn, door: Door, anna: User, general: Channel, elsewhere: str
) -> None:
    upload = await given(slack, door, anna, general, Chosen("a.toml", b"a", {"url_private_download": elsewhere}))

    assert upload == Upload("a.toml", flaw=Flaw.LOST)
    assert slack._state.downloads == []


@pytest.mark.usefixtures("reading", "adapter")
async def test_an_address_that_leads_on_is_not_followed(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    upload = await given(
        slack, door, anna, general, Chosen("a.toml", b"a", {"leads_to": f"{slack.url}/files-pri/F1/download/a"})
    )

    assert upload == Upload("a.toml", flaw=Flaw.LOST)
    assert len(slack._state.downloads) == 1


@pytest.mark.usefixtures("reading", "adapter")
async def test_a_file_that_slack_does_not_tell_of_is_lost(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    slack.fail("files.info", error="file_deleted")

    assert (await given(slack, door, anna, general, ICS)).flaw is Flaw.LOST


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.toml", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://files.slack.com.example.org/a", False),
        ("https://files.slack.com@example.org/a", False),
        ("https://slack.com/a", False),
        ("https://example.org/files.slack.com", False),
    ],
)
def test_the_real_slack_keeps_files_at_one_host(address: str, *, ours: bool) -> None:
    assert (own_address("https://slack.com/api/", address) is not None) is ours


@pytest.mark.usefixtures("adapter")
async def test_without_the_scope_the_form_leaves_the_file_out_and_says_so(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, anna, general)

    assert [block["block_id"] for block in modal.blocks if block["type"] == "input"] == ["note"]
    assert "Yours, for all. A file can be given on the moderators’ pages in the browser" in modal.shown
    assert "files:read" in modal.shown


@pytest.mark.usefixtures("adapter")
async def test_what_is_wrong_with_a_file_that_could_not_be_asked_for_stands_under_another_field(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, anna, general)
    door.answer = Reply(Rejected({"pack": "Please choose a file, or paste a pack below."}, IMPORT))

    reply = await slack.submit(anna, modal, {"note": "Ours"})

    assert reply.errors == {"note": "Please choose a file, or paste a pack below."}


@pytest.mark.usefixtures("adapter")
async def test_a_form_of_which_nothing_is_left_is_a_card(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    door.answer = Reply(ONLY)
    await slack.slash(anna, general, "/kind", "share")
    await slack.until(lambda: slack.ephemeral(anna))

    assert slack.views(anna) == []
    assert "A file can be given on the moderators’ pages" in slack.ephemeral(anna)[-1].shown


@pytest.mark.usefixtures("adapter")
async def test_a_form_after_a_form_leaves_the_file_out_too(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    modal = await a_modal(slack, door, anna, general, Form("first", "First", (NOTE,)))
    door.answer = Reply(IMPORT)

    await slack.submit(anna, modal, {"note": "Ours"})

    assert slack.modal(anna).title == "Bring prompts"
    assert "files:read" in slack.modal(anna).shown


async def test_a_scope_that_is_granted_later_is_noticed_with_slacks_next_answer(
    slack: SlackStandIn, adapter: SlackAdapter, door: Door, anna: User, general: Channel
) -> None:
    slack.scopes.add("files:read")
    await adapter.send(place(general), Card("Good morning"), "k1")

    modal = await a_modal(slack, door, anna, general)

    assert [block["block_id"] for block in modal.blocks if block["type"] == "input"] == ["pack", "note"]


@pytest.mark.usefixtures("reading")
async def test_a_form_that_was_held_back_still_knows_its_endings(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    async with listening(slack, door, pace=IMPATIENT):
        slack.fail("views.open", error="expired_trigger_id")
        door.answer = Reply(IMPORT)
        await slack.slash(anna, general, "/kind", "share")
        await slack.until(lambda: slack.ephemeral(anna))
        await slack.click(anna, slack.ephemeral(anna)[-1], "Open the form")
        await slack.until(lambda: slack.views(anna))

    [element] = [block["element"] for block in slack.modal(anna).blocks if block.get("block_id") == "pack"]
    assert (element["filetypes"], element["max_files"]) == (["toml", "ics"], 1)


@pytest.mark.usefixtures("writing", "adapter")
async def test_a_file_comes_as_a_direct_message_and_the_answer_says_so(
    slack: SlackStandIn, door: Door, anna: User, ben: User, general: Channel
) -> None:
    private = await answered(slack, door, anna, general, EXPORT)

    assert "I sent our prompts.toml to you as a direct message." in private.shown
    [message] = slack.dms(anna)
    assert (message.text, message.files) == ("Your prompts", [("our prompts.toml", EXPORT.data)])
    assert slack.dms(ben) == slack.messages(general) == []


@pytest.mark.usefixtures("adapter")
async def test_without_the_scope_a_short_text_is_shown_and_the_answer_says_where_the_file_is(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    private = await answered(slack, door, anna, general, EXPORT)

    assert "It is on the moderators’ pages in the browser" in private.shown
    assert "<!channel> *bold*" in private.shown
    assert not private.pings
    assert slack.dms(anna) == []


@pytest.mark.usefixtures("adapter")
@pytest.mark.parametrize("data", [b"a" * 2501, b"\xff\xfe"])
async def test_without_the_scope_nothing_long_or_strange_is_shown(
    slack: SlackStandIn, door: Door, anna: User, general: Channel, data: bytes
) -> None:
    private = await answered(slack, door, anna, general, Attached("a.bin", data))

    assert private.shown.rstrip().endswith("the scope files:write.")


@pytest.mark.usefixtures("writing", "adapter")
async def test_where_a_workspace_takes_no_files_the_answer_says_where_it_is(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")

    assert "Slack does not let me send our prompts.toml" in (await answered(slack, door, anna, general, EXPORT)).shown


NEVER = 1000
PICTURED = Card("Waiting for the wall", picture=Picture("", "Two bags", png=b"\xff\xd8-jpeg", mark="m"))


async def shown_privately(slack: SlackStandIn, door: Door, user: User, channel: Channel) -> Ephemeral:
    door.answer = Reply(PICTURED)
    await slack.slash(user, channel, "/kind", "share")
    await slack.until(lambda: slack.ephemeral(user))
    return slack.ephemeral(user)[-1]


@pytest.mark.usefixtures("writing", "adapter")
async def test_a_private_answer_shows_its_picture(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    private = await shown_privately(slack, door, anna, general)

    [image] = [block for block in private.blocks if block["type"] == "image"]
    file = slack._state.files[image["slack_file"]["id"]]
    assert (file.name, file.data, image["alt_text"]) == ("picture.jpeg", b"\xff\xd8-jpeg", "Two bags")


@pytest.mark.usefixtures("writing", "adapter")
async def test_a_private_answer_whose_picture_slack_never_shows_tells_it_in_words(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    slack.file_refusals = NEVER

    private = await shown_privately(slack, door, anna, general)

    assert (private.blocks[0]["type"], "Two bags" in private.shown) == ("header", True)
    assert [call.args["response_type"] for call in slack.calls("response_url") if call.ok] == ["ephemeral"]


@pytest.mark.usefixtures("adapter")
async def test_without_the_scope_a_private_answer_tells_its_picture_in_words(
    slack: SlackStandIn, door: Door, anna: User, general: Channel
) -> None:
    assert "Two bags" in (await shown_privately(slack, door, anna, general)).shown
