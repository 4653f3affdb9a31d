"""Cards to send: one with everything in it, and words that would rather be something else."""

from bot.domain.message import Action, Card, Choice, Item, Items, Picture, Quote, Style, Text

TRY = Choice("I'll try one", Action("try", "d1"), Style.PRIMARY, "🌱")
ANOTHER = Choice("Another idea", Action("another", "d1", "2"))
REST = Choice("Resting today", Action("rest", "d1"), Style.DANGER)

EVERYTHING = Card(
    "Whom could you encourage today?",
    (
        Text("A good word costs little and stays long.", strong=True),
        Items(
            (Item("Tell a colleague what you learned.", label="This week’s circle"), Item("Drink a cup of tea.")),
            title="Two ways to begin",
        ),
        Text("Nothing of it has to be today."),
        Quote("You carried the boxes up the stairs", by="someone in our community"),
    ),
    (TRY, ANOTHER, REST),
    Picture("https://kindling.example/tree.png", "A tree with eight leaves"),
    "Giving may lift the giver too.",
    "🌅",
)
WORDS = (
    "Whom could you encourage today?",
    "A good word costs little and stays long.",
    "Two ways to begin",
    "This week’s circle",
    "Tell a colleague what you learned.",
    "Drink a cup of tea.",
    "Nothing of it has to be today.",
    "You carried the boxes up the stairs",
    "someone in our community",
    "A tree with eight leaves",
    "Giving may lift the giver too.",
)
"""All that people are to read in it."""

MORNING = Card("Good morning", (Text("What is one small thing?"),), (TRY, ANOTHER))
EVENING = Card("Good evening", (Text("What went well?"),), (REST,))
PLAIN = Card("Thank you", (Text("That was kind."),))

HOSTILE = (
    "@everyone",
    "@here and @channel",
    "<!channel> <!here> <!everyone>",
    "<@1> <@U0000000001> <@&1> <!subteam^S1>",
    "**bold** *thin* _low_ ~~gone~~ `code` ||hidden||",
    "# heading",
    "> quote",
    "- list",
    "[click](https://evil.example)",
    "<https://evil.example|click>",
    "<b>bold</b> <script>alert(1)</script> &lt;i&gt; &amp;",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %}",
    "back\\slash \\*star\\*",
    ":fire: <:kindling:815>",
)
"""Words of people that would ping, format, link or run where they are not shown as words."""


def hostile(words: str) -> Card:
    """A card with these words wherever words can stand."""
    return Card(
        f"Heading {words}",
        (
            Text(f"Text {words}"),
            Text(f"Strong {words}", strong=True),
            Items((Item(f"Item {words}", label=f"Label {words}"),), title=f"Title {words}"),
            Quote(f"Quote {words}", by=f"By {words}"),
        ),
        (Choice(f"B {words}"[:75], Action("try", "d1")),),
        Picture("https://kindling.example/tree.png", f"Alt {words}"),
        f"Footnote {words}",
    )


def long(characters: int) -> Card:
    """A card whose words are this many more than fit anywhere."""
    return Card("Long", (Text("kindness " * (characters // 9)),))
