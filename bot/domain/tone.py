"""The tone of everything Kindling says, as rules that a text can be held against.

Invite, never oblige: no guilt, no comparison, no counting of absences, no promise of a cure. The patterns are
English and deliberately narrow: a rule that cries wolf is soon switched off.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for, and how to say it instead."""

    code: str
    pattern: re.Pattern[str]
    advice: str


@dataclass(frozen=True, slots=True)
class Objection:
    """The words of a text that a rule objects to, and how to say it instead."""

    code: str
    words: str
    advice: str


def _rule(code: str, advice: str, *alternatives: str) -> Rule:
    return Rule(f"tone.{code}", re.compile(rf"\b(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE), advice)


RULES = (
    _rule(
        "obligation",
        "An invitation is easier to take up: “you could”, “perhaps”, “if you like”, or simply a question.",
        r"you (?:\w+ )?(?:should|must|ought to|need to|have to|are (?:expected|required|supposed) to)",
        r"(?:do not|don[’']t|never) forget",
        r"make sure",
        r"be sure to",
        r"no excuses?",
        r"it is your (?:duty|job) to",
    ),
    _rule(
        "guilt",
        "Nobody is late or behind here. Say what is possible now, and leave the rest unsaid.",
        r"shame on",
        r"(?:you|we) (?:have )?(?:failed|neglected|let \w+ down)",
        r"(?:lazy|selfish) of you",
        r"don[’']t be (?:lazy|selfish)",
        r"(?:disappointed|disappointing) (?:in|us)",
        r"after all (?:they|we|she|he)(?: have| has|[’']ve|[’']s)? done for you",
        r"you owe",
        r"(?:feel|should be) (?:guilty|ashamed)",
        r"the least you (?:can|could) do",
    ),
    _rule(
        "comparison",
        "Every kindness weighs the same here. Leave out who did more, and speak of this one.",
        r"(?:more|better|kinder|nicer) (?:\w+ )?than yesterday",
        r"(?:more|better|kinder|nicer) than (?:others|every(?:one|body)|your (?:colleagues|friends)|last week)",
        r"(?:the )?(?:kindest|most generous|best) (?:person|member|team|colleague) (?:in|of|on|wins?)",
        r"leaderboards?",
        r"rank(?:ed|ing|ings)?",
        r"top (?:\d+|three|five|ten|givers?)",
        r"compet(?:e|ition|ing)",
        r"everyone else (?:has|is|did)",
        r"keep up with",
        r"beat your",
    ),
    _rule(
        "absence",
        "What did not happen is not counted. Begin with today.",
        r"you (?:have )?(?:missed|skipped)",
        r"you (?:haven[’']t|have not|didn[’']t|did not) (?:been|shared?|posted?|written|write|reflect(?:ed)?"
        r"|answer(?:ed)?|check(?:ed)? in|join(?:ed)?|shown|show up|come|tried|try|given|give|done|do (?:any|your))",
        r"\d+ days? (?:without|in a row|since)",
        r"(?:\w+ )?streaks?",
        r"where have you been",
        r"we noticed you",
        r"get back on track",
        r"fall(?:en|ing)? behind",
    ),
    _rule(
        "medical",
        "Kindness is no treatment. Say what it “may” do for a mood or a day, and leave illness and cure out.",
        r"cures?",
        r"cured",
        r"heals? (?:you|your|depression|anxiety|trauma|illness|disease)",
        r"(?:treats?|treatment for|prevents?|reverses?|remedy for|antidote to|ends?) (?:your )?"
        r"(?:depression|anxiety|burnout|illness|disease|loneliness|stress|trauma)",
        r"(?:instead of|replaces?|no need for|better than) (?:therapy|medication|medicine|a doctor|treatment)",
        r"(?:clinically|medically|scientifically) proven",
        r"(?:science|research|a study|studies) (?:has |have )?prove[sdn]?",
        r"diagnos(?:e|es|ed|is)",
    ),
    _rule(
        "promise",
        "Nobody can promise that. “May”, “can” or “tends to” is true, and enough.",
        r"guarantee[sd]?",
        r"proven to",
        r"will (?:make|feel|lift|boost|lower|improve|change|reduce) (?:you|your|happier|better)",
        r"(?:always|never fails to) (?:works?|makes?|lifts?|helps?)",
        r"instantly (?:happier|better|lifts?|boosts?)",
    ),
    Rule(
        "tone.shouting",
        re.compile(r"!\s*!|[!?]{2,}|\b[A-Z]{5,}\b"),
        "A quiet sentence carries further: one mark, no capitals.",
    ),
)

HEDGES = re.compile(
    r"\b(?:may|might|can|could|tend(?:s|ed)?|often|sometimes|perhaps|seem(?:s|ed)?|found|on average|suggest(?:s|ed)?"
    r"|stud(?:y|ies|ied)|experiments?|trials?|went with|goes? with)\b",
    re.IGNORECASE,
)


def objections(text: str) -> Iterator[Objection]:
    """What the rules have against a text that people are going to read; nothing when it is kind."""
    for rule in RULES:
        if match := rule.pattern.search(text):
            yield Objection(rule.code, match.group().strip(), rule.advice)


def objections_to_claim(text: str) -> Iterator[Objection]:
    """The same for a *why*, in which also every sentence of fact has to be hedged at least once."""
    yield from objections(text)
    if not HEDGES.search(text):
        advice = (
            "Claims carry “may”, “tends to”, “was found to” or “in one study”: what holds for many may not for one."
        )
        yield Objection("tone.unhedged", text, advice)
