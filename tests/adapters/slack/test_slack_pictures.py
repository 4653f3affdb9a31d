"""Pictures that were drawn here: given to Slack where it takes files, and told in words elsewhere."""

from dataclasses import replace

import pytest

from adapters.slack import work
from adapters.slack.adapter import SlackAdapter
from adapters.slack.files import shown_in
from bot.domain.errors import TryLater, Unacceptable, Uncertain
from bot.domain.message import Card, Picture
from bot.domain.places import Person
from tests.adapters.slack.workspace import CARD, place
from tests.standins.slack import Channel, Json, Message, SlackStandIn, User

PNG = b"\x89PNG\r\n\x1a\n-a-garden"
ALT = "A garden with tulips in gold"
GARDEN = replace(CARD, picture=Picture("", ALT, svg="<svg/>", png=PNG))
OTHER = replace(CARD, picture=Picture("", "A garden with daisies in blue", svg="<svg/>", png=PNG + b"2"))


NEVER = 1000


@pytest.fixture
def files(slack: SlackStandIn) -> None:
    """Whoever installed Kindling granted the optional scope."""
    slack.scopes.add("files:write")


async def sent(slack: SlackStandIn, sender: SlackAdapter, channel: Channel, card: Card = GARDEN) -> Message:
    await sender.send(place(channel), card, "k1")
    return slack.messages(channel)[-1]


def shown(slack: SlackStandIn, message: Message) -> list[tuple[bytes, str]]:
    """The bytes and the words of each picture of a message."""
    images = [block for block in message.blocks if block["type"] == "image"]
    return [(slack._state.files[block["slack_file"]["id"]].data, block["alt_text"]) for block in images]


@pytest.mark.usefixtures("files")
async def test_a_picture_that_was_drawn_here_is_given_to_slack_and_shown(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    message = await sent(slack, sender, general)

    assert shown(slack, message) == [(PNG, ALT)]
    assert [file.alt for file in slack._state.files.values()] == [ALT]


@pytest.mark.usefixtures("files")
async def test_the_file_is_shared_with_no_channel(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    await sent(slack, sender, general)

    [call] = slack.calls("files.completeUploadExternal")
    assert "channel_id" not in call.args
    assert "channels" not in call.args


@pytest.mark.usefixtures("files")
async def test_one_persons_message_shows_the_picture_too(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    await sender.tell(Person("slack", place(general).space, ben.id), GARDEN)

    [message] = slack.dms(ben)
    assert shown(slack, message) == [(PNG, ALT)]


@pytest.mark.usefixtures("files")
async def test_where_slack_cannot_show_it_one_persons_message_tells_the_picture_in_words(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, ben: User
) -> None:
    slack.file_refusals = NEVER

    await sender.tell(Person("slack", place(general).space, ben.id), GARDEN)

    [message] = slack.dms(ben)
    assert (shown(slack, message), ALT in message.shown) == ([], True)


async def test_without_the_scope_the_picture_is_told_in_words(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    message = await sent(slack, sender, general)

    assert shown(slack, message) == []
    assert ALT in message.shown


@pytest.mark.usefixtures("files")
async def test_where_a_workspace_takes_no_files_the_picture_is_told_in_words(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")

    message = await sent(slack, sender, general)

    assert ALT in message.shown


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("refusals", [0, 3])
async def test_a_picture_is_shown_as_soon_as_slack_has_looked_through_it(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, refusals: int
) -> None:
    slack.file_refusals = refusals

    message = await sent(slack, sender, general)

    assert (shown(slack, message), slack.messages(general)) == ([(PNG, ALT)], [message])
    assert len(slack.calls("chat.postMessage")) == refusals + 1
    assert len(slack.calls("files.completeUploadExternal")) == 1


@pytest.mark.usefixtures("files")
async def test_a_picture_that_slack_never_shows_is_told_in_words(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.file_refusals = NEVER

    message = await sent(slack, sender, general)

    assert shown(slack, message) == []
    assert ALT in message.shown
    assert slack.messages(general) == [message]


@pytest.mark.usefixtures("files")
async def test_an_edit_waits_for_its_picture_too(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    ref = await sender.send(place(general), CARD, "k1")
    slack.file_refusals = 2

    await sender.edit(ref, GARDEN, "k1")

    assert shown(slack, slack.messages(general)[0]) == [(PNG, ALT)]


@pytest.mark.usefixtures("files")
async def test_whatever_else_is_wrong_is_not_tried_again(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("chat.postMessage", error="msg_blocks_too_long")

    with pytest.raises(Unacceptable):
        await sender.send(place(general), GARDEN, "k1")

    assert len(slack.calls("chat.postMessage")) == 1


@pytest.mark.usefixtures("files")
async def test_trouble_with_the_file_posts_nothing_and_is_tried_later(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.fail("files.completeUploadExternal", drop_after=True)

    with pytest.raises(TryLater):
        await sender.send(place(general), GARDEN, "k1")

    assert slack.messages(general) == []


@pytest.mark.usefixtures("files")
async def test_a_lost_answer_is_uncertain_and_the_message_is_known_by_its_key(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    slack.file_refusals = 0
    slack.fail("chat.postMessage", drop_after=True)

    with pytest.raises(Uncertain):
        await sender.send(place(general), GARDEN, "k1")

    [message] = slack.messages(general)
    assert message.blocks[0]["block_id"] == "kindling:k1"
    assert shown(slack, message) == [(PNG, ALT)]


@pytest.mark.usefixtures("files")
async def test_an_edit_puts_another_picture_in_the_place_of_the_first(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), GARDEN, "k1")

    await sender.edit(ref, OTHER, "k1")

    [message] = slack.messages(general)
    assert shown(slack, message) == [(PNG + b"2", "A garden with daisies in blue")]


@pytest.mark.usefixtures("files")
async def test_an_edit_without_a_picture_leaves_none_behind(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), GARDEN, "k1")

    await sender.edit(ref, CARD, "k1")

    assert shown(slack, slack.messages(general)[0]) == []


@pytest.mark.usefixtures("files")
async def test_a_picture_goes_with_its_message(slack: SlackStandIn, sender: SlackAdapter, general: Channel) -> None:
    ref = await sender.send(place(general), GARDEN, "k1")

    await sender.delete(ref)

    assert (slack.messages(general), slack._state.files) == ([], {})


@pytest.mark.usefixtures("files")
async def test_a_picture_goes_when_another_takes_its_place(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), GARDEN, "k1")

    await sender.edit(ref, OTHER, "k1")

    assert [file.data for file in slack._state.files.values()] == [PNG + b"2"]


@pytest.mark.usefixtures("files")
async def test_a_picture_that_cannot_be_deleted_when_another_takes_its_place_is_deleted_later(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "AGAIN", 0.01)
    ref = await sender.send(place(general), GARDEN, "k1")
    slack.fail("files.delete", status=503, times=2)

    await sender.edit(ref, OTHER, "k1")
    await slack.until(lambda: len(slack._state.files) == 1)

    assert [file.data for file in slack._state.files.values()] == [PNG + b"2"]


@pytest.mark.usefixtures("files")
async def test_a_picture_that_cannot_be_deleted_now_is_when_the_message_is_tried_again(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), GARDEN, "k1")
    slack.fail("files.delete", status=503)
    with pytest.raises(TryLater):
        await sender.delete(ref)

    await sender.delete(ref)

    assert (slack.messages(general), slack._state.files) == ([], {})


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("error", ["file_deleted", "file_deleting_disabled", "cant_delete_file"])
async def test_a_picture_that_slack_does_not_delete_keeps_no_message_there(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel, error: str
) -> None:
    ref = await sender.send(place(general), GARDEN, "k1")
    slack.fail("files.delete", error=error)

    await sender.delete(ref)

    assert slack.messages(general) == []


async def test_without_the_scope_nothing_is_asked_before_a_message_is_deleted(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    ref = await sender.send(place(general), CARD, "k1")

    await sender.delete(ref)

    assert slack.calls("reactions.get") == []


@pytest.mark.parametrize(
    ("file", "ids"),
    [
        ({"id": "F0123456789"}, ["F0123456789"]),
        ({"url": "https://files.slack.com/files-pri/T0F2AB3C456-F0123456789/picture.png"}, ["F0123456789"]),
        ({}, []),
        (None, []),
    ],
)
def test_the_files_that_a_message_shows_are_told_by_it(file: Json | None, ids: list[str]) -> None:
    assert shown_in({"blocks": [{"type": "image", "slack_file": file}, {"type": "header"}]}) == ids


@pytest.mark.usefixtures("files")
async def test_a_card_with_another_picture_asks_slack_for_no_file(
    slack: SlackStandIn, sender: SlackAdapter, general: Channel
) -> None:
    await sent(slack, sender, general, CARD)
    await sent(slack, sender, general, replace(CARD, picture=Picture("https://k.example/tree.png", "A tree")))

    assert slack.calls("files.getUploadURLExternal") == []
