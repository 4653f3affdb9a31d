import pytest

from bot.domain import tone


def codes(text: str) -> list[str]:
    return [objection.code for objection in tone.objections(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("You really should call your mother today.", "tone.obligation"),
        ("Don’t forget to thank somebody.", "tone.obligation"),
        ("You need to smile more.", "tone.obligation"),
        ("Make sure you say something nice.", "tone.obligation"),
        ("After all they have done for you, a word is due.", "tone.guilt"),
        ("The least you can do is write back.", "tone.guilt"),
        ("You neglected your friends.", "tone.guilt"),
        ("Be kinder than your colleagues today.", "tone.comparison"),
        ("Who is the kindest person in the team?", "tone.comparison"),
        ("Did you do more good than yesterday?", "tone.comparison"),
        ("Climb the leaderboard of kindness.", "tone.comparison"),
        ("You missed three reflections.", "tone.absence"),
        ("Seven days in a row, keep going.", ""),
        ("It is 7 days in a row now.", "tone.absence"),
        ("Keep your streak alive.", "tone.absence"),
        ("You haven’t shared for a while.", "tone.absence"),
        ("Kindness cures loneliness.", "tone.medical"),
        ("Kindness is an antidote to depression.", "tone.medical"),
        ("Science proves that kindness makes you happy.", "tone.medical"),
        ("Breaks prevent burnout.", "tone.medical"),
        ("It works better than therapy.", "tone.medical"),
        ("A kind act will make you happier.", "tone.promise"),
        ("A good mood is guaranteed.", "tone.promise"),
        ("Go on!! Now!", "tone.shouting"),
        ("Do it TODAY, please.", "tone.shouting"),
    ],
)
def test_what_could_sting_is_named(text: str, code: str) -> None:
    assert codes(text) == ([code] if code else [])


@pytest.mark.parametrize(
    "text",
    [
        "Whom could you encourage today, and with which one sentence?",
        "Tell someone who owes you nothing what you like about their work.",
        "Did you ask for anything today? What was it like to be answered?",
        "Say no to one thing, and see whether that is enough for today.",
        "Take a pause without guilt.",
        "What would you like to say that you have not had the time for?",
    ],
)
def test_an_invitation_is_left_alone(text: str) -> None:
    assert codes(text) == []


def test_every_rule_says_how_to_reword() -> None:
    assert all(rule.advice.endswith(".") and rule.code.startswith("tone.") for rule in tone.RULES)


def test_a_claim_without_a_hedge_is_objected_to() -> None:
    [objection] = tone.objections_to_claim("Oxytocin makes bonds stronger.")

    assert objection.code == "tone.unhedged"


@pytest.mark.parametrize(
    "claim",
    [
        "Oxytocin may play a part in bonds.",
        "Helpers tend to feel better.",
        "In one study, a hug went with less cortisol.",
    ],
)
def test_a_hedged_claim_is_left_alone(claim: str) -> None:
    assert not list(tone.objections_to_claim(claim))
