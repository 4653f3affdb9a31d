"""A wall with acts on it, written straight into the database: what is read is the point, not how it came there."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.ids import ActId, dated_id
from bot.domain.packs import Circle
from bot.domain.wall import Act, ShownAs, Standing, Telling
from tests.house import House, member

ACTS: Sequence[tuple[Telling, str, str, str]] = (
    (Telling.RECEIVED, "Somebody had left the hall light on for me, with a note: “You will be late again, I know it.”", "", "close"),
    (Telling.DID, "I let her go first.", "Robin", "strangers"),
    (Telling.NOTICED, "The new one in accounting asks everybody how to spell their name, and then gets it right.", "", "colleagues"),
    (Telling.DID, "I called my father and asked about the garden. We spoke for an hour, of nothing but beans and the weather, and at the end he said that it had been a good evening. I had forgotten how much he likes to explain things, and how much I like to be told.", "Noor", "close"),
    (Telling.RECEIVED, "Tea, without asking.", "", "colleagues"),
    (Telling.NOTICED, "Two teenagers carried a pram up the stairs of the underground, and back down again, because it was the wrong exit.", "", "strangers"),
    (Telling.DID, "I went to bed at ten and left the dishes where they were.", "", "self"),
    (Telling.RECEIVED, "他帮我把行李搬上了五楼，连名字都没有留下。", "", "strangers"),
    (Telling.DID, "Left a good review for the shoemaker at the corner. He has mended the same pair four times now, and each time he says it is the last, and each time he finds a way.", "Sam", "strangers"),
    (Telling.NOTICED, "سامَحَتني جارتي على الضجيج وأحضرت لنا الكعك.", "", "close"),
    (Telling.RECEIVED, "My colleague took the difficult call, so that I could go and fetch my daughter.\n\nShe said: you would do the same. I hope so.", "Kim", "colleagues"),
    (Telling.DID, "I asked for help.", "", "self"),
    (Telling.NOTICED, "Somebody turns the books in the open bookcase the right way up. It must happen at night.", "", "strangers"),
)  # fmt: skip


async def put_up(house: House, *told: tuple[Telling, str, str, str]) -> list[ActId]:
    """Acts on the wall, as (telling, text, name, circle), each a day older than the one before; their ids."""
    async with house.database.unit_of_work() as work:
        space = await work.communities.space_of("letters", "village")
        author = await work.communities.member(member().person)
        assert space is not None
        assert author is not None
        ids: list[ActId] = []
        for days, (telling, text, name, circle) in enumerate(told):
            at = house.clock.at - timedelta(days=days)
            act = Act(
                id=ActId(dated_id(at)),
                community=space.community,
                space=space.id,
                author=author,
                telling=telling,
                text=text,
                created_at=at,
                circle=Circle(circle) if circle else None,
                shown_as=ShownAs.NAME if name else ShownAs.SOMEONE,
                name=name,
                standing=Standing.SHOWN,
                published_at=at,
            )
            await work.acts.save(act)
            ids.append(act.id)
        await work.commit()
    return ids
