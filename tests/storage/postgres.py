"""A PostgreSQL of our own in a temporary folder, where its programs are installed.

Run as a program it says why there can be none here, or nothing. `KINDLING_TEST_POSTGRES` names another server.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

NAMED = "KINDLING_TEST_POSTGRES"
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)

DISK = "/tmp"  # noqa: S108 -- a socket's path has to be short, and mkdtemp makes a folder that is its own


def missing() -> str:
    """Why there can be no PostgreSQL here; empty when there can."""
    if os.environ.get(NAMED):
        return ""
    if not (PROGRAMS or shutil.which("initdb")):
        return "PostgreSQL's programs (initdb, pg_ctl) are not installed on this machine"
    if os.geteuid() == 0 and not (shutil.which("runuser") and _known("postgres")):
        return "PostgreSQL does not run as root, and there is no user “postgres” to run it as"
    return ""


def _known(user: str) -> bool:
    return subprocess.run(["/usr/bin/id", user], capture_output=True, check=False).returncode == 0  # noqa: S603 -- a fixed name


def _program(name: str) -> str:
    return str(PROGRAMS[0].with_name(name)) if PROGRAMS else str(shutil.which(name))


def _run(*words: str) -> None:
    as_somebody_else = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_somebody_else, *words], capture_output=True, text=True, check=False, cwd="/")  # noqa: S603 -- our own words
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed: {done.stdout}{done.stderr}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs. `address` goes up to the name of the database, for asyncpg."""

    address: str
    data: str

    def break_down(self) -> None:
        """End it without a word to anybody, as a crash would, and start it anew at the same address."""
        _run(_program("pg_ctl"), "-D", self.data, "-w", "-m", "immediate", "-l", f"{self.data}.log", "restart")


@contextmanager
def a_postgres(*, durable: bool = False) -> Iterator[str]:
    """The address of a fresh server. Only a `durable` one waits for its disk, as one in earnest does."""
    with a_server(durable=durable) as server:
        yield server.address


@contextmanager
def a_server(*, durable: bool = False) -> Iterator[Server]:
    """A fresh server."""
    folder = Path(
        mkdtemp(prefix="kindling-pg-", dir=DISK if durable else os.environ.get("PYTEST_DEBUG_TEMPROOT", DISK))
    )
    data, port = str(folder / "data"), _free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    try:
        _run(_program("initdb"), "-D", data, "-A", "trust", "-U", "kindling", "-E", "UTF8", "--locale=C", "--no-sync")
        asked = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        asked += "" if durable else " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        _run(_program("pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", asked, "start")
        try:
            yield Server(f"postgresql+asyncpg://kindling@127.0.0.1:{port}", data)
        finally:
            _run(_program("pg_ctl"), "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    print(missing(), end="")  # noqa: T201 -- for scripts/test
