"""Addresses of databases, as people write them and as SQLAlchemy wants them."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+asyncpg"
KNOWN = {"sqlite": SQLITE, SQLITE: SQLITE, "postgres": POSTGRESQL, "postgresql": POSTGRESQL, POSTGRESQL: POSTGRESQL}
DROPPED = {"channel_binding", "gssencmode", "connect_timeout", "application_name"}
"""Options that hosters like to add, and that change nothing here."""
OPTIONS = {
    "ssl",
    "host",
    "port",
    "user",
    "password",
    "passfile",
    "target_session_attrs",
    "prepared_statement_cache_size",
}
NO_DRIVER = "PostgreSQL needs its driver: run pip install '.[postgres]' in Kindling's folder"


def sqlite(file: Path) -> str:
    """The address of a database in a file."""
    return f"{SQLITE}:///{file}"


def normal(url: str, beside: Path) -> str:
    """The address with an async driver. Raises ValueError with a cure, in which the address is not repeated.

    A relative file is looked for from the folder `beside` on.
    """
    scheme, divider, rest = url.strip().partition("://")
    driver = KNOWN.get(scheme.lower())
    if not divider or driver is None:
        raise ValueError("write sqlite:///a-file, or postgresql://user:password@host/name")
    if driver == SQLITE:
        return sqlite(_file(rest, beside))
    if find_spec("asyncpg") is None:
        raise ValueError(NO_DRIVER)
    return _postgresql(f"{driver}://{rest}")


def secrets(url: str) -> tuple[str, ...]:
    """The secret parts of an address in normal form: a password, as written and as meant."""
    password = urlsplit(url).password or ""
    return tuple({password, unquote(password)} - {""})


def _file(rest: str, beside: Path) -> Path:
    """The file that comes after `sqlite://`: `/name` is relative, `//name` absolute."""
    name = rest.removeprefix("/").partition("?")[0]
    if not rest.startswith("/") or not name or name == ":memory:":
        raise ValueError("SQLite needs a file, with three strokes before its name: sqlite:///kindling.sqlite")
    return (beside / Path(name).expanduser()).resolve()


def _postgresql(url: str) -> str:
    """With the options that hosters like to add put into asyncpg's words."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        cure = "the host or port cannot be read; in a password, write @ as %40, / as %2F, : as %3A and # as %23"
        raise ValueError(cure) from error
    if not parts.hostname and "host=" not in parts.query:
        raise ValueError("the host is missing: postgresql://user:password@host/name")
    if not parts.path.strip("/"):
        raise ValueError("the database's name is missing at the end: postgresql://user:password@host/name")
    options = [
        ("ssl" if key == "sslmode" else key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key not in DROPPED
    ]
    if not OPTIONS.issuperset(key for key, _ in options):
        raise ValueError("it ends with an option that the driver does not know; leave out all but sslmode")
    return urlunsplit(parts._replace(query=urlencode(options)))


def for_postgresql_s_programs(url: str) -> str:
    """An address in normal form as `pg_dump` and `psql` read it, without the password."""
    parts = urlsplit(url)
    _, at, host = parts.netloc.rpartition("@")
    user = parts.username or ""
    options = [
        ("sslmode" if key == "ssl" else key, value) for key, value in parse_qsl(parts.query) if key != "password"
    ]
    return urlunsplit(("postgresql", f"{user}{at}{host}", parts.path, urlencode(options), ""))
