"""What a database or a driver complains about, in a sentence with a cure."""

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from bot.domain.errors import DatabaseProblem

FULL = "database.full"
FAILING = "database.failing"
CORRUPT = "database.corrupt"
NO_DATABASE = "database.none"
LOCKED = "database.locked"
READ_ONLY = "database.read_only"
NOT_THERE = "database.not_there"
NO_ANSWER = "database.no_answer"
CROSSED = "database.crossed"
NOT_LET_IN = "database.not_let_in"
NOT_ALLOWED = "database.not_allowed"
NO_SUCH = "database.no_such"

_CURES = {
    FULL: "There is no room left where the database lies: make room there",
    FAILING: "The disk cannot be written or read as it should: look at its room, its limits and its health",
    CORRUPT: "The file is damaged: stop Kindling and put a backup in its place with `kindling restore`",
    NO_DATABASE: "The file is no database, or is damaged: put a backup in its place with `kindling restore`",
    LOCKED: "If another program holds it, stop that program",
    READ_ONLY: "Give the user that Kindling runs as the right to write the file and its folder",
    NOT_THERE: "Look whether its folder is there, and may be read and written",
    CROSSED: "Two changes were in each other's way, and this one gave way: it is tried again",
    NOT_LET_IN: "Look at the user and the password in its address, and whether the server lets that user in from here",
    NOT_ALLOWED: "Make the user that Kindling connects as the owner of the database: it has to make tables in it",
    NO_SUCH: "Make an empty database of that name on the server, or look at the name at the end of its address",
    NO_ANSWER: "Look whether the database server runs, and lets Kindling in",
}
_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: FAILING,
    sqlite3.SQLITE_CORRUPT: CORRUPT,
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_PROTOCOL: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: NOT_THERE,
}
_POSTGRESQL = {
    "53100": FULL,
    "42501": NOT_ALLOWED,
    "3D000": NO_SUCH,
    "28": NOT_LET_IN,
    "08": NO_ANSWER,
    "40": CROSSED,
    "53": NO_ANSWER,
    "57": NO_ANSWER,
    "58": FAILING,
    "XX": CORRUPT,
}
"""SQLSTATE, or its class, of what is the server's trouble and no fault of a statement."""


def code_of(error: BaseException) -> str:
    """What is wrong with the database itself; empty when the error says something about a statement of ours."""
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return NO_ANSWER
        return code_of(error.orig) if error.orig is not None else ""
    if isinstance(error, sqlite3.Error):
        number = getattr(error, "sqlite_errorcode", None)
        return _SQLITE.get(number & 0xFF, "") if isinstance(number, int) else ""
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2], "")
    if isinstance(error, OSError):
        return _code_of_the_system(error)
    return NO_ANSWER if isinstance(error, NoConnectionFree) else ""


def _code_of_the_system(error: OSError) -> str:
    """Where a file is named, the error is about that file; else it is about a connection."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return FULL
    if cast("object", error.filename) is None:
        return NO_ANSWER
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return READ_ONLY
    return FAILING if error.errno == errno.EIO else NOT_THERE


def problem(error: BaseException, *, then: str = "") -> DatabaseProblem:
    """The error in a sentence. `then` says what became of what was to be done."""
    code = code_of(error)
    said = str(error.orig if isinstance(error, DBAPIError) else error) or "it gave no answer in time"
    cure = _CURES.get(code) or "If another program holds it, stop that program; if it is damaged, restore a backup"
    sentences = [f"the database cannot be used: {said}.", *([then] if then else []), f"{cure}."]
    return DatabaseProblem(" ".join(sentences), code or FAILING)


@contextmanager
def told(then: str = "") -> Generator[None]:
    """Within, whatever SQLite and the file system complain about is told as a `DatabaseProblem`."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise problem(error, then=then) from error
    except OSError as error:
        if cast("object", error.filename) is not None and error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise problem(error, then=then) from error
