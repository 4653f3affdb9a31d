# ruff: noqa: INP001  a script, run by its path
"""Makes the environment in `.venv`, exactly as requirements.lock says, unless it is there already.

Run by the scripts beside it, with any Python from 3.11 on and nothing installed. An interrupted set-up is
noticed and done again; of two at once the second waits for the first.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OFFLINE = ("Retrying (Retry(", "name resolution", "NewConnectionError", "ProxyError", "(from versions: none)")
PYTHON_OF = "import sys, pip; print('%d.%d.%d' % sys.version_info[:3])"


class Lacking(Exception):
    """Something is missing; the message says what and how to get it."""


def say(line: str) -> None:
    """One line for the person who waits."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def digest(*files: Path) -> str:
    """A fingerprint of the files' contents."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def count_of(lock: Path) -> int:
    """How many packages a lock names."""
    return sum(1 for line in lock.read_text("utf-8").splitlines() if re.match(r"[A-Za-z0-9]", line))


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Hold the repository's folder, so that no other set-up runs in it.

    The processes that are started meanwhile hold it too: a pip that outlives us keeps the others out.
    """
    folder = os.open(root, os.O_RDONLY)
    os.set_inheritable(folder, True)  # noqa: FBT003  the standard library's way
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up is at work here; waiting for it.")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


class Environment:
    """The folder `.venv` of a repository, with a stamp that says how it was made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp = self.folder / "kindling-setup.json"

    def wanted(self, check: bool) -> dict[str, str]:  # noqa: FBT001
        """The stamp of an environment that is as it should be."""
        lock = self.root / "requirements.lock"
        wanted = {"root": str(self.root), "lock": digest(lock, self.root / "pyproject.toml")}
        return wanted | ({"check": digest(self.root / "requirements-check.lock")} if check else {})

    def stamped(self) -> dict[str, str]:
        """What the stamp says; empty without one that can be read."""
        try:
            return dict(json.loads(self.stamp.read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def version(self) -> str:
        """The version of the Python inside; empty when it, or its pip, does not start."""
        try:
            run = subprocess.run([self.python, "-c", PYTHON_OF], capture_output=True, text=True, check=False)  # noqa: S603  ours
        except OSError:
            return ""
        return run.stdout.strip() if run.returncode == 0 else ""

    def whole(self) -> bool:
        """Whether what is there can be brought up to date, rather than made from nothing.

        False after an interrupted set-up, when the folder was moved (programs inside name it), and when the
        Python that it was made with was taken away, replaced, or is another than the one asked for.
        """
        version, stamped = self.version(), self.stamped()
        asked = ".".join(map(str, sys.version_info[:2])) if os.environ.get("PYTHON") else version.rpartition(".")[0]
        if not version or version.rpartition(".")[0] != asked or tuple(map(int, version.split("."))) < (3, 11):
            return False
        if not self.stamp.exists():
            return True
        return stamped.get("root") == str(self.root) and stamped.get("python") == version

    def ready(self, check: bool) -> bool:  # noqa: FBT001
        """Whether there is nothing to do."""
        return self.wanted(check).items() <= self.stamped().items() and self.whole()

    def make(self, check: bool) -> None:  # noqa: FBT001
        """Make it, or bring it up to date.

        While that goes on the stamp is empty: an interruption leaves something nobody can vouch for. Where pip
        gave up in good order, the next attempt goes on from there.
        """
        if not self.whole():
            self._create()
        known = self.stamped()
        self._write({})
        base = {"root": str(self.root), "python": self.version()}
        try:
            self._fill(known, check)
        except Lacking:
            self._write(base)
            raise
        kept = {"check": known["check"]} if "check" in known else {}
        self._write(kept | base | self.wanted(check))

    def _fill(self, known: dict[str, str], check: bool) -> None:  # noqa: FBT001
        wanted = self.wanted(check)
        if known.get("lock") != wanted["lock"]:
            self._install("requirements.lock")
            self._pip(["--no-index", "--no-deps", "--no-build-isolation", "--editable", str(self.root)])
        if check and known.get("check") != wanted["check"]:
            self._install("requirements-check.lock")

    def _write(self, stamp: dict[str, str]) -> None:
        partial = self.stamp.with_suffix(".new")
        partial.write_text(json.dumps(stamp), "utf-8")
        partial.replace(self.stamp)

    def _create(self) -> None:
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            say("The environment in .venv is unfinished or does not fit; making it anew.")
            shutil.rmtree(self.folder)
        self.folder.mkdir()
        self._write({})
        say(f"Making an environment in .venv with Python {'.'.join(map(str, sys.version_info[:3]))}")
        made = subprocess.run(  # noqa: S603  our own Python
            [sys.executable, "-m", "venv", self.folder], capture_output=True, text=True, check=False
        )
        if made.returncode:
            hint = f"On Debian and Ubuntu: sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
            raise Lacking(f"{(made.stdout + made.stderr).strip()}\nThe environment could not be made. {hint}")

    def _install(self, lock: str) -> None:
        path = self.root / lock
        total = count_of(path)
        say(f"Installing {total} packages from {lock}; the first time takes a minute or two")
        self._pip(["--require-hashes", "--requirement", str(path)], total)

    def _pip(self, what: Sequence[str], total: int = 0) -> None:
        command = [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-user", *what]
        with subprocess.Popen(  # noqa: S603  our own pip, our own arguments
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            close_fds=False,
        ) as pip:
            output = list(watched(pip.stdout or (), total))
        if pip.returncode:
            raise Lacking(complaint(output))


def watched(lines: Iterable[str], total: int) -> Iterator[str]:
    """Passes pip's lines on and meanwhile shows how far it is: a live count in a terminal, else a line now and then."""
    live = sys.stderr.isatty()
    step = 1 if live else 25
    done = 0
    for line in lines:
        if re.match(r"\s*(Collecting|Processing|Requirement already satisfied|Ignoring) ", line):
            done += 1
            if total and done <= total and done % step == 0:
                sys.stderr.write(f"\r  {done} of {total} found" if live else f"  {done} of {total} found\n")
                sys.stderr.flush()
        elif line.startswith("Installing collected packages") and total:
            say("\r  unpacking          " if live else "  unpacking")
        yield line


def complaint(output: Sequence[str]) -> str:
    """What to tell a person about a pip that failed."""
    text = "".join(output)
    tail = "".join(f"  {line.rstrip()}\n" for line in output[-12:])
    if "DO NOT MATCH THE HASHES" in text:
        cause = "A package is not the one that requirements.lock was made with, so nothing of it was installed."
    elif any(sign in text for sign in OFFLINE):
        cause = "The packages could not be downloaded: there seems to be no way to the package index from here."
    elif "No space left" in text:
        cause = "The disk is full."
    else:
        cause = "The packages could not be installed."
    return f"{tail}{cause}\nNothing is broken by that: once it is mended, run the same command again."


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Make the environment if need be; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="also what scripts/check needs")
    check = bool(parser.parse_args(arguments).check)
    environment = Environment(root)
    if environment.ready(check):
        return 0
    try:
        with alone(root):
            if not environment.ready(check):
                environment.make(check)
                say("The environment is ready.")
    except Lacking as lacking:
        say(str(lacking))
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted. Run the same command again to go on.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
