import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.runtime.logs import BLANK, Blanking, configure

SECRET = 'pa"ss-wörd\\1'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    own = {name: logging.getLogger(name).level for name in ("bot", "adapters")}
    yield
    root.handlers, _ = handlers, root.setLevel(level)
    for name, before in own.items():
        logging.getLogger(name).setLevel(before)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def fail(reason: str) -> None:
    raise ValueError(reason)


def log_of(name: str = "bot.somewhere") -> structlog.stdlib.BoundLogger:
    return structlog.stdlib.get_logger(name)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_machines_get_a_json_object_a_line() -> None:
    out = io.StringIO()
    configure("info", "auto", stream=out)

    log_of().info("card.posted", delivery="d1")

    [line] = lines(out)
    assert line["message"] == "card.posted"
    assert (line["delivery"], line["level"], line["logger"]) == ("d1", "info", "bot.somewhere")
    assert str(line["timestamp"]).endswith("Z")


def test_people_in_a_terminal_get_text() -> None:
    out = Terminal()
    configure("info", "auto", stream=out)

    log_of().info("card.posted", delivery="d1")

    assert "card.posted" in out.getvalue()
    assert not out.getvalue().startswith("{")


HOSTILE = "\x1b]0;owned\x07\x9b2J\u202etxt\r"


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_moves_a_terminal_about_or_turns_itself_round(form: str) -> None:
    out = io.StringIO()
    configure("info", form, stream=out)

    log_of().info("refused", said=HOSTILE)
    logging.getLogger("aiohttp").warning("odd: %s", HOSTILE)
    try:
        fail(HOSTILE)
    except ValueError:
        log_of().exception("broke")

    written = out.getvalue()
    assert not set(written) & set(HOSTILE) - set("0;2J]owned txt")
    assert written.count("owned") == 3


def test_no_event_of_anybody_makes_a_second_line() -> None:
    out = io.StringIO()
    configure("info", "text", stream=out)

    logging.getLogger("aiohttp").warning("GET %s", "/\n2026-11-23 [info] all is well")

    assert len(out.getvalue().splitlines()) == 1


def test_text_without_a_terminal_has_no_colours() -> None:
    out = io.StringIO()
    configure("info", "text", stream=out)

    log_of().info("card.posted", delivery="d1")

    assert "\x1b" not in out.getvalue()


def test_the_level_is_for_our_own_logs() -> None:
    out = io.StringIO()
    configure("debug", "json", stream=out)

    log_of().debug("ours")
    logging.getLogger("discord.gateway").info("theirs")
    logging.getLogger("discord.gateway").warning("their warning")

    assert [line["message"] for line in lines(out)] == ["ours", "their warning"]


def test_a_high_level_holds_for_everyone() -> None:
    out = io.StringIO()
    configure("error", "json", stream=out)

    log_of().warning("ours")
    logging.getLogger("discord.gateway").warning("theirs")

    assert lines(out) == []


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_secret_is_blanked_wherever_it_comes_from(form: str) -> None:
    out = io.StringIO()
    configure("info", form, [SECRET], out)

    log_of().info("event", value=SECRET, nested={"deep": [SECRET]})
    log_of().info(f"in the event {SECRET}")
    logging.getLogger("someone.else").warning("with %s", SECRET)
    try:
        fail(SECRET)
    except ValueError:
        log_of().exception("failed")
        logging.getLogger("someone.else").exception("theirs too")

    text = out.getvalue()
    assert text.count(BLANK) == 6
    assert "ss-w" not in text


def test_tracebacks_stand_in_the_json_line() -> None:
    out = io.StringIO()
    configure("info", "json", stream=out)

    try:
        fail("reason")
    except ValueError:
        log_of().exception("failed")

    [line] = lines(out)
    assert "ValueError: reason" in str(line["exception"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("token xoxb-123456789012-abcdefGHIJ ends", "token ••• ends"),
        ("token xapp-1-A01-234-abcdef ends", "token ••• ends"),
        ("Authorization: Bot abcdefghijklmnop.x", "Authorization: Bot •••"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer •••"),
        (f"is {'M' * 24}.{'a' * 6}.{'b' * 27} it", "is ••• it"),
        ("postgresql+asyncpg://kind:pa%24s@db:5432/x", "postgresql+asyncpg://kind:•••@db:5432/x"),
        ("https://discord.com/api/webhooks/123/aaaaaaaaaaaaaaaaaaaa/x", "https://discord.com/api/webhooks/123/•••/x"),
        ("POST /interactions/9/aW50ZXJhY3Rpb246MTIz/callback", "POST /interactions/9/•••/callback"),
        ("[SQL: INSERT] [parameters: ('a private line', 1)]", "[SQL: INSERT] [parameters: •••]"),
        ("[type=x, input_value='a private line', input_type=str]", "[type=x, input_value=•••, input_type=str]"),
    ],
)
def test_what_looks_like_a_secret_or_like_a_persons_words_is_blanked(text: str, left: str) -> None:
    assert Blanking()(text) == left


@pytest.mark.parametrize(
    "text",
    ["2026-03-09T08:00:00Z", "bot.runtime.supervisor", "https://discord.com/api/v10/users/1", "f" * 32, "a bot said"],
)
def test_ordinary_texts_are_left_alone(text: str) -> None:
    assert Blanking(["abc"])(text) == text


def test_a_secret_inside_a_longer_secret_leaves_nothing_of_it() -> None:
    assert Blanking(["secret", "secret-and-more"])("secret-and-more") == BLANK


def test_setting_up_again_does_not_say_everything_twice() -> None:
    configure("info", "json", stream=io.StringIO())
    out = io.StringIO()
    configure("info", "json", stream=out)

    log_of().info("once")

    assert len(lines(out)) == 1
