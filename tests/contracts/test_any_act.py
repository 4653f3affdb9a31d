"""Whatever somebody writes: as an act it fits on every platform, says just what they wrote, and pings nobody."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import render as discord_render
from adapters.slack import render as slack_render
from adapters.web.codec import decode_card, encode_card
from bot.domain.ids import ActId, CommunityId, MemberId, SpaceId
from bot.domain.message import Action, Card
from bot.domain.packs import Circle
from bot.domain.wall import ACT_LIMIT, NAME_LIMIT, Act, Audience, Consent, ShownAs, Standing, Telling, Warmth
from bot.domain.words import tidied
from bot.services.wall_cards import (
    act_card,
    consent_card,
    more_card,
    own_card,
    preview_card,
    reading_card,
    removing_card,
    reported_card,
    review_card,
)
from tests.contracts.any_card import words
from tests.contracts.test_any_card import ENOUGH, discord_texts
from tests.standins.discord.errors import FormErrors
from tests.standins.discord.posting import MENTION, check_message
from tests.standins.slack import check_message_blocks
from tests.standins.slack.mentions import pings_in_message

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = "0" * 32


def name(text: str) -> str:
    return " ".join(tidied(text).split())[:NAME_LIMIT]


acts = st.builds(
    Act,
    id=st.just(ActId("a" * 32)),
    community=st.just(CommunityId("c" * 32)),
    space=st.just(SpaceId("s" * 32)),
    author=st.just(MemberId("m" * 32)),
    telling=st.sampled_from(Telling),
    text=words(ACT_LIMIT).map(tidied).filter(bool).map(lambda text: text[:ACT_LIMIT]),
    created_at=st.just(NOON),
    circle=st.sampled_from([None, *Circle]),
    shown_as=st.sampled_from(ShownAs),
    name=words(NAME_LIMIT).map(name),
    audience=st.sampled_from(Audience),
    standing=st.sampled_from(Standing),
    reason=words(200).map(tidied),
    published_at=st.sampled_from([None, NOON]),
    named=st.sampled_from([None, MemberId("n" * 32)]),
    named_as=words(NAME_LIMIT).map(name),
    consent=st.sampled_from(Consent),
    warmth=st.sampled_from(Warmth),
)
View = Callable[[Act], Card]
NEXT = Action("wall", "a" * 32, "f|close|" + "x" * 50)
views = st.sampled_from(
    [
        act_card,
        lambda act: reading_card(act, NEXT),
        lambda act: preview_card(act, linked=True),
        lambda act: own_card(act, NEXT),
        removing_card,
        consent_card,
        lambda act: more_card(act, own=True, named=True, moderator=True),
        lambda act: review_card(act, NEXT),
        lambda act: reported_card(act, NEXT),
    ]
)


@given(acts, views)
@ENOUGH
def test_discord_takes_any_act(act: Act, view: View) -> None:
    body = discord_render.message(view(act), key=KEY)

    form = FormErrors()
    check_message(body, form, set(), flags=int(str(body["flags"])))
    assert form.tree == {}
    assert body["allowed_mentions"] == {"parse": []}
    assert [text for text in discord_texts(body) if MENTION.search(text)] == []


@given(acts, views)
@ENOUGH
def test_slack_takes_any_act(act: Act, view: View) -> None:
    message = slack_render.message(view(act), KEY)

    assert check_message_blocks(json.loads(json.dumps(message["blocks"]))) == []
    pings = pings_in_message(message["text"], message["blocks"], parse_names=True)
    assert (bool(pings), pings.links) == (False, ())


@given(acts, views)
@ENOUGH
def test_the_playground_keeps_any_act_as_it_is(act: Act, view: View) -> None:
    card = view(act)

    assert decode_card(encode_card(card)) == card
