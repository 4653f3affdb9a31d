"""Logs: structlog over stdlib logging, with every secret blanked in the finished line.

Blanking happens last, on the text that is about to be written, so it also covers tracebacks and what other
libraries log. What a person wrote never belongs into a log call; the two places where libraries put it into
their exceptions (SQL parameters and pydantic's inputs) are blanked as well.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from bot.domain.words import spelled_out

BLANK = "•••"
OWN = ("bot", "adapters")
"""Packages whose logs follow the configured level. All others speak from warnings on."""
SHORTEST = 4
"""Secrets shorter than this are not blanked by value: they would blank half of every line."""

PATTERNS = tuple(
    (re.compile(pattern, flags), replacement)
    for pattern, replacement, flags in (
        (r"\bx(?:ox[a-z]|app)-[\w.-]{8,}", BLANK, 0),
        (r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}", BLANK, 0),
        (r"\b(Bot|Bearer|Basic) [\w.~+/=-]{16,}", rf"\1 {BLANK}", 0),
        (r"(\b[\w+]+://[^\s:/@]*:)[^\s@]+@", rf"\1{BLANK}@", 0),
        (r"(/(?:webhooks|interactions)/\d+/)[\w%.-]{16,}", rf"\1{BLANK}", 0),
        (r"(hooks\.slack\.com/\w+/)[\w/-]{8,}", rf"\1{BLANK}", 0),
        (r"(\[parameters: ).*?(?=\]$|\]\\n|\](?=\n))", rf"\1{BLANK}", re.DOTALL),
        (r"(input_value=)(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|[^,\]]*)", rf"\1{BLANK}", 0),
    )
)


class Blanking:
    """Takes secrets out of texts: those it was told of by value, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for secret in secrets if len(secret) >= SHORTEST for spelling in _spellings(secret)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._values is not None:
            text = self._values.sub(BLANK, text)
        for pattern, replacement in PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def _spellings(secret: str) -> Sequence[str]:
    """How a secret may look in a line: as it is, inside JSON, inside a `repr`."""
    return (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])


def configure(level: str, form: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Set up logging for the process, with `secrets` blanked from every line.

    `form` is `text`, `json`, or `auto` (text in a terminal). May be called again, and then replaces what was
    set up. Writes to standard error unless given a stream.
    """
    out: TextIO = stream or sys.stderr
    terminal = out.isatty()
    text = form == "text" or (form == "auto" and terminal)
    handler = logging.StreamHandler(out)
    handler.setFormatter(_formatter(Blanking(secrets), text=text, colours=text and terminal))
    root = logging.getLogger()
    root.handlers = [handler]
    wanted = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(wanted, logging.WARNING))
    for name in OWN:
        logging.getLogger(name).setLevel(wanted)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _common() -> Sequence[Processor]:
    """What is done to our own records and to those of others alike."""
    return (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    )


def _spelled_out(_: WrappedLogger, __: str, said: EventDict) -> EventDict:
    """What somebody put into a line moves no terminal about. An event is one line, whoever tells of it."""
    for name, value in said.items():
        if isinstance(value, str):
            said[name] = spelled_out(value)
    said["event"] = str(said.get("event", "")).replace("\n", "\\n")
    return said


def _traceback(out: TextIO, error: ExcInfo) -> None:
    told = StringIO()
    structlog.dev.plain_traceback(told, error)
    out.write(spelled_out(told.getvalue()))


def _formatter(blanking: Blanking, *, text: bool, colours: bool) -> logging.Formatter:
    rendering: Sequence[Processor]
    if text:
        rendering = [
            _spelled_out,
            structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=_traceback, pad_event_to=0),
        ]
    else:
        rendering = [
            structlog.processors.format_exc_info,
            _spelled_out,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ]

    def blanked(_: WrappedLogger, __: str, line: str | EventDict) -> str:
        return blanking(str(line))

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_common(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering, blanked],
    )
