"""The one table of commands, and the one of menus. Every platform registers what it has natively from them."""

from bot.domain.commands import Command, Menu, Option, OptionKind

COMMANDS: tuple[Command, ...] = (
    Command("kind today", "See today's card, just for you"),
    Command("kind another", "Get another idea, just for you"),
    Command("kind share", "Put a kindness on the wall: given, received or noticed"),
    Command(
        "kind wall",
        "Read what people have shared",
        (
            Option("search", OptionKind.TEXT, "Words to look for", "thank you"),
            Option("circle", OptionKind.TEXT, "For whom: self, close, colleagues or strangers", "close"),
            Option("order", OptionKind.TEXT, "fair (what was read least comes first) or newest", "newest"),
        ),
    ),
    Command("kind suggest", "Suggest a prompt for everybody's cards; moderators look at it first"),
    Command("kind me", "What you have shared or kept, to change or to remove"),
    Command(
        "kind link",
        "Link your account here with your other one in a linked place",
        (Option("code", OptionKind.TEXT, "The code from the other place; without it, you get one", "ACDE-FGHJ"),),
    ),
    Command("kind unlink", "Your account here stands for itself again"),
    Command("kind support", "Talk to a person: whom you can turn to, just for you"),
    Command("kind help", "What Kindling is and what you can do with it"),
    Command(
        "kindling setup",
        "Set Kindling up, step by step or in one line",
        (
            Option("channel", OptionKind.CHANNEL, "The channel for the cards", "#kindness"),
            Option("zone", OptionKind.ZONE, "Your time zone: begin to type a city", "Europe/Berlin"),
            Option("morning", OptionKind.TIME, "When the morning card comes", "09:00"),
            Option("days", OptionKind.DAYS, "On which days (default: Mon-Fri at work, else every day)", "mon-fri"),
            Option("weekly", OptionKind.TEXT, "Weekday of the weekly challenge, or off (default: mon)", "mon"),
        ),
        looks=True,
        moderators_only=True,
    ),
    Command("kindling status", "What comes next, and whether anything needs you", moderators_only=True, looks=True),
    Command("kindling preview", "The cards of the next seven days, just for you", moderators_only=True, looks=True),
    Command("kindling post", "Post today's card now; it counts as today's", moderators_only=True),
    Command(
        "kindling pause",
        "No cards until a date, everywhere in this community",
        (
            Option(
                "until", OptionKind.DATE, "The first day with cards again: a date, or 2w for two weeks, or off", "2w"
            ),
        ),
        looks=True,
        moderators_only=True,
    ),
    Command(
        "kindling settings",
        "Every card with its times, quiet hours, days off: to change",
        moderators_only=True,
        looks=True,
    ),
    Command(
        "kindling skip",
        "No cards on a day or on some, everywhere in this community",
        (Option("when", OptionKind.TEXT, "today, a date, or dates: 2026-12-21..2027-01-03", "today"),),
        looks=True,
        moderators_only=True,
    ),
    Command(
        "kindling wall setup",
        "Where the kindness wall appears, and what comes on it",
        (
            Option("channel", OptionKind.CHANNEL, "The channel of the wall", "#kindness"),
            Option("rule", OptionKind.TEXT, "open, review (a moderator looks first), or chosen", "review"),
            Option("chosen", OptionKind.TEXT, "With rule:chosen, the roles and people who may share", "@helpers"),
            Option("recap", OptionKind.TEXT, "Weekday of the weekly recap, or off (default: off)", "fri"),
        ),
        looks=True,
        moderators_only=True,
    ),
    Command(
        "kindling wall queue", "What waits for a moderator: new acts, and reports", moderators_only=True, looks=True
    ),
    Command(
        "kindling challenge",
        "The weeks to come: plans, themes, their order and their dates",
        moderators_only=True,
        looks=True,
    ),
    Command(
        "kindling plans",
        "Plans of weeks: write one from themes, copy, change, remove",
        moderators_only=True,
        looks=True,
    ),
    Command("kindling wall rebuild", "Show again whatever is missing in the wall's channel", moderators_only=True),
    Command(
        "kindling wall open",
        "Let the wall be read on a page on the web",
        (Option("who", OptionKind.TEXT, "link (whoever has its address) or everyone", "link"),),
        looks=True,
        moderators_only=True,
    ),
    Command("kindling wall close", "Close the wall's page on the web", moderators_only=True),
    Command(
        "kindling moderators",
        "Who may moderate here, and where moderators are told things",
        (
            Option("add", OptionKind.TEXT, "People, roles or groups who may moderate from now on", "@helpers"),
            Option("remove", OptionKind.TEXT, "Whom to take off the list", "@helpers"),
            Option("place", OptionKind.CHANNEL, "The private channel where moderators are told things", "#moderators"),
        ),
        looks=True,
        moderators_only=True,
    ),
    Command("kindling doctor", "Why a card or an act did not appear here", moderators_only=True, looks=True),
    Command("kindling audit", "What moderators have decided and changed", moderators_only=True, looks=True),
    Command(
        "kindling prompts list",
        "What your cards choose from, and what you can do with it",
        moderators_only=True,
        looks=True,
    ),
    Command(
        "kindling prompts search",
        "Look through the prompts",
        (
            Option("words", OptionKind.TEXT, "Words in it", "thank you"),
            Option("kind", OptionKind.TEXT, "intention, act or reflection", "act"),
            Option("circle", OptionKind.TEXT, "For whom: self, close, colleagues or strangers", "close"),
            Option("pack", OptionKind.TEXT, "A pack, or own, or retired", "own"),
        ),
        moderators_only=True,
        looks=True,
    ),
    Command("kindling prompts add", "Write a prompt of your own", moderators_only=True, looks=True),
    Command("kindling prompts packs", "Choose which packs your cards choose from", moderators_only=True, looks=True),
    Command("kindling prompts import", "Bring in a pack from a file", moderators_only=True, looks=True),
    Command("kindling prompts export", "Get your own prompts as a file", moderators_only=True),
    Command("kindling prompts suggestions", "What members suggest as prompts", moderators_only=True, looks=True),
    Command(
        "kindling link",
        "Share one wall and one calendar with another place",
        (Option("code", OptionKind.TEXT, "The code from the other place; without it, you get one", "ACDE-FGHJ"),),
        moderators_only=True,
    ),
    Command("kindling web", "A link that opens all of this in your browser, just for you", moderators_only=True),
    Command("kindling export", "Get what is set here, and what the wall shows, as files", moderators_only=True),
    Command("kindling leave", "Take Kindling out of here, and erase everything", moderators_only=True),
    Command("kindling support", "Choose whom people here can turn to", moderators_only=True, looks=True),
    Command("kindling unlink", "Have a wall and a calendar of one's own again", moderators_only=True, looks=True),
    Command("kindling help", "How to set Kindling up and look after it", moderators_only=True, looks=True),
)

BY_NAME = {command.name: command for command in COMMANDS}

SEEN = {"ahead_show": "kindling preview"}
"""Buttons that change nothing and whose answer has an address, so that a page may answer them before anybody asks; each
with the command on whose page that is."""

MENUS: tuple[Menu, ...] = (
    Menu("add", "Add to the kindness wall", "Add to the kindness wall"),
    Menu("report", "Report to moderators", "Report to moderators"),
    Menu("remove", "Remove from the wall", "Remove from the wall"),
    Menu("why", "Why is this (not) on the wall?", "Why (not) on the wall?"),
)
