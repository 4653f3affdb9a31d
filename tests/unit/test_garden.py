"""The garden picture: what follows from the acts, and what does not."""

import random
import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.garden import BUDS, GROWN, HEIGHT, WIDTH, Seed, picture, words
from bot.domain.ids import ActId
from bot.domain.packs import Circle
from bot.domain.wall import Telling

IDS = st.integers(0, 2**128 - 1).map(lambda number: ActId(f"{number:032x}"))
SEEDS = st.builds(Seed, IDS, st.sampled_from(Telling), st.sampled_from([*Circle, None]))
GARDENS = st.lists(SEEDS, max_size=60, unique_by=lambda seed: seed.act)


def many(count: int) -> list[Seed]:
    draw = random.Random(count)
    return [
        Seed(ActId(f"{draw.getrandbits(128):032x}"), draw.choice(list(Telling)), draw.choice([*Circle, None]))
        for _ in range(count)
    ]


def plants(seeds: Sequence[Seed]) -> list[str]:
    """What grows, line by line: all that an empty garden does not have."""
    bare = set(picture([]).splitlines())
    return [line for line in picture(seeds).splitlines() if line not in bare]


@given(GARDENS, st.randoms(use_true_random=False))
def test_the_same_acts_give_the_same_bytes_in_any_order(seeds: list[Seed], chance: random.Random) -> None:
    shuffled = list(seeds)
    chance.shuffle(shuffled)

    assert picture(shuffled).encode() == picture(seeds).encode()


def test_a_garden_is_the_same_in_every_process() -> None:
    seed = Seed(ActId("0" * 32), Telling.NOTICED, Circle.STRANGERS)

    [plant] = plants([seed])

    assert plant.startswith('<g transform="translate(141.7 350.7) rotate(-3.3) scale(0.49)">')
    assert 'href="#dahlia-blue-2"' in plant


@given(GARDENS.filter(bool), st.data())
def test_an_act_taken_back_takes_its_plant_and_moves_no_other(seeds: list[Seed], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(seeds))

    rest = [seed for seed in seeds if seed != gone]

    before, after = picture(seeds).splitlines(), picture(rest).splitlines()
    [plant] = plants([gone])
    at = before.index(plant)
    assert after == before[:at] + before[at + 1 :]


@given(GARDENS)
def test_each_act_is_a_plant_of_its_own(seeds: list[Seed]) -> None:
    assert len(plants(seeds)) == len(seeds)


@given(SEEDS)
def test_a_plant_stands_inside_the_picture(seed: Seed) -> None:
    [plant] = plants([seed])

    found = re.search(r"translate\((?P<x>[\d.]+) (?P<y>[\d.]+)\)", plant)

    assert found
    assert 0 < float(found["x"]) < WIDTH
    assert HEIGHT / 2 < float(found["y"]) < HEIGHT


@given(GARDENS)
def test_a_garden_is_well_formed_and_uses_only_what_it_defines(seeds: list[Seed]) -> None:
    root = ET.fromstring(picture(seeds))  # noqa: S314 -- our own document

    defined = {element.get("id") for element in root.iter()}
    used = {element.get("href", "").removeprefix("#") for element in root.iter() if element.get("href")}

    assert root.tag.endswith("svg")
    assert used <= defined


@pytest.mark.parametrize("count", [1, 5, 40, 200, 700, 2000])
def test_what_stands_nearer_is_drawn_over_what_stands_further(count: int) -> None:
    heights = [float(line.split("(", 1)[1].split(" ", 2)[1].rstrip(")")) for line in plants(many(count))]

    furthest = heights[0]
    for height in heights:
        assert height > furthest - 25
        furthest = max(furthest, height)


def test_a_very_full_garden_keeps_its_grown_plants_and_lets_the_others_be_buds() -> None:
    seeds = many(GROWN + 100)

    grown = [plant for plant in plants(seeds) if "bud-" not in plant]

    assert len(grown) == GROWN
    assert len(plants(seeds)) == len(seeds)
    assert len(plants(many(GROWN + BUDS + 50))) == GROWN + BUDS


def test_the_grown_plants_of_a_very_full_garden_stand_all_over_it() -> None:
    grown = [plant for plant in plants(many(GROWN + BUDS)) if "bud-" not in plant]

    across = [float(plant.split("translate(", 1)[1].split(" ", 1)[0]) for plant in grown]

    for left in range(0, WIDTH, WIDTH // 6):
        assert any(left <= x <= left + WIDTH // 6 for x in across)


def test_in_a_very_full_garden_an_act_taken_back_leaves_the_other_grown_plants_where_they_are() -> None:
    seeds = many(GROWN + 100)
    gone = seeds[7]

    before, after = set(plants(seeds)), set(plants([seed for seed in seeds if seed != gone]))

    assert len(before - after) <= 2  # its own plant, and the bud that grows in its stead
    assert len(after - before) <= 1


@given(GARDENS)
def test_the_words_for_a_garden_count_nothing(seeds: list[Seed]) -> None:
    assert not re.search(r"\d", words(seeds))
    assert words(seeds) == words([*seeds, *seeds])


def test_the_words_name_flowers_and_colours() -> None:
    seeds = [
        Seed(ActId("a"), Telling.DID, Circle.STRANGERS),
        Seed(ActId("b"), Telling.NOTICED, Circle.STRANGERS),
        Seed(ActId("c"), Telling.RECEIVED, Circle.SELF),
    ]

    assert words(seeds) == "A garden with small bellflowers in rose and tall dahlias in gold and blue"
    assert words([]) == "A garden before the first flower"


@given(GARDENS)
def test_nothing_in_the_picture_names_an_act(seeds: list[Seed]) -> None:
    drawn = picture(seeds)

    assert not any(seed.act in drawn for seed in seeds if len(seed.act.strip("0")) > 8)
