"""The scripts with everything around them faked: no network, no real environment."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

WORKERS = (os.cpu_count() or 1) * 2

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "dirname", "id", "printf", "cat", "touch", "chmod")


def environment_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", ROOT / "scripts" / "environment.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


environment = environment_module()


class Machine:
    """A computer with a copy of the repository's scripts, and only those programs that are put on it."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.root = folder / "a repository"
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        shutil.copytree(ROOT / ".ci", self.root / ".ci")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found
            (self.programs / tool).symlink_to(found)
        self.program(self.root / ".venv" / "bin" / "kindling", 'echo "kindling $*"')
        (self.root / "lacks").write_text("", "utf-8")
        self.program(
            self.root / ".venv" / "bin" / "python",
            f'case "$1" in *tests/storage/postgres.py) cat "{self.root}/lacks";; '
            '*) echo "python $* require=$KINDLING_REQUIRE_BROWSER$KINDLING_REQUIRE_POSTGRES";; esac',
        )

    def program(self, path: Path | str, body: str) -> None:
        """Make a program. Another process writes it: of a file that is open here, a process that is started just then
        by somebody else would have a copy, and while it has, nobody can run it."""
        file = self.programs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        written = ["sh", "-c", 'cat >"$1"; chmod 755 "$1"', "sh", str(file)]
        subprocess.run(written, input=f"#!/bin/sh\n{body}\n", text=True, check=True)  # noqa: S603 -- our own words

    def python(self, name: str, version: str, *, complete: bool = True, old: bool = False) -> None:
        """A Python that answers the two questions it is asked, and then does as if it set everything up."""
        self.program(
            name,
            f'case "$2" in *version_info*) echo {version}; exit {int(old)};; '
            f'*ensurepip*) exit {int(not complete)};; *) echo "set up by {name} $3" >&2;; esac',
        )

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            [self.root / script, *arguments],
            env={"PATH": str(self.programs), **variables},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "requirements.lock").write_text(
        "one==1 \\\n    --hash=sha256:1\ntwo==2 \\\n    --hash=sha256:2\n", "utf-8"
    )
    (tmp_path / "requirements-check.lock").write_text("three==3 \\\n    --hash=sha256:3\n", "utf-8")
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    return tmp_path


def test_the_demo_starts_from_any_folder(machine: Machine) -> None:
    machine.python("python3", "3.11.2")

    run = machine.run("scripts/demo", "--port", "8400")

    assert run.stdout == "kindling demo --port 8400\n"


def test_the_newest_python_is_taken(machine: Machine) -> None:
    machine.python("python3.12", "3.12.1")
    machine.python("python3", "3.11.2")
    machine.program("python3.13", "echo 'command not found' >&2; exit 127")

    assert "set up by python3.12" in machine.run("scripts/demo").stderr


def test_another_python_can_be_asked_for(machine: Machine) -> None:
    machine.python("python3.12", "3.12.1")
    machine.python("my python", "3.11.2")

    assert "set up by my python" in machine.run("scripts/demo", PYTHON="my python").stderr


def test_without_a_python_the_way_to_one_is_told(machine: Machine) -> None:
    run = machine.run("scripts/demo")

    assert run.returncode == 1
    assert "there is no Python here" in run.stderr
    assert "apt install python3 python3-venv" in run.stderr


def test_a_python_that_is_too_old_is_named_with_its_version(machine: Machine) -> None:
    machine.python("python3", "3.9.18", old=True)

    run = machine.run("scripts/demo")

    assert run.returncode == 1
    assert "needs Python 3.11 or newer, and the Python found here is 3.9.18" in run.stderr


def test_a_python_without_venv_is_passed_over(machine: Machine) -> None:
    machine.python("python3.13", "3.13.0", complete=False)
    machine.python("python3", "3.11.2")

    assert "set up by python3 " in machine.run("scripts/demo").stderr


def test_a_lack_of_venv_is_told_with_debians_package(machine: Machine) -> None:
    machine.python("python3", "3.12.1", complete=False)

    run = machine.run("scripts/demo")

    assert run.returncode == 1
    assert "apt install python3.12-venv" in run.stderr


def test_a_python_that_was_asked_for_and_does_not_start_is_named(machine: Machine) -> None:
    machine.python("python3", "3.12.1")

    run = machine.run("scripts/demo", PYTHON="nothing")

    assert run.returncode == 1
    assert "PYTHON is set to nothing" in run.stderr


def test_skipping_the_browser_is_told_with_the_way_to_one(machine: Machine) -> None:
    machine.python("python3", "3.11.2")

    run = machine.run("scripts/test", "-k", "packs")

    assert run.stdout == f"python -m pytest -n {WORKERS} --maxprocesses=8 --maxschedchunk=1 -k packs require=\n"
    assert "tests in the browser will be skipped" in run.stderr
    assert all(line in run.stderr for line in ("apt install chromium", "brew install", "dnf install chromium"))


def test_with_a_browser_nothing_is_said_about_it(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    machine.program("chromium", "true")

    assert "browser" not in machine.run("scripts/test").stderr


def test_where_changes_are_tested_the_browser_is_not_skipped(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    machine.program("chromium", "true")

    run = machine.run(".ci/run", CI="true")

    assert run.stdout == f"python -m pytest -n {WORKERS} --maxprocesses=8 --maxschedchunk=1 require=11\n"


def test_where_changes_are_tested_a_missing_browser_is_installed(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    machine.program("id", "echo 0")
    machine.program(
        "apt-get", f'echo "apt-get $*" >&2; case "$*" in *install*) touch "{machine.programs}/chromium";; esac'
    )

    run = machine.run("scripts/test", CI="true")

    assert "installing it from the system's packages" in run.stderr
    assert "require=11" in run.stdout
    assert (machine.programs / "chromium").exists()


def test_skipping_postgresql_is_told_with_the_way_to_it(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    (machine.root / "lacks").write_text("its programs are not here", "utf-8")

    run = machine.run("scripts/test")

    assert run.stdout.endswith("require=\n")
    assert "tests with PostgreSQL will be skipped: its programs are not here." in run.stderr
    assert all(word in run.stderr for word in ("apt install postgresql", "brew install", "KINDLING_TEST_POSTGRES="))


def test_with_postgresql_nothing_is_said_about_it(machine: Machine) -> None:
    machine.python("python3", "3.11.2")

    assert "PostgreSQL" not in machine.run("scripts/test").stderr


def test_where_changes_are_tested_a_missing_postgresql_is_installed_and_required(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    machine.program("chromium", "true")
    machine.program("id", "echo 0")
    machine.program("apt-get", 'echo "apt-get $*" >&2')
    (machine.root / "lacks").write_text("its programs are not here", "utf-8")

    run = machine.run(".ci/run", CI="true")

    assert "PostgreSQL for the database tests is missing; installing it" in run.stderr
    assert "install --yes --no-install-recommends postgresql" in run.stderr
    assert run.stdout.endswith("require=11\n")


def test_a_browser_that_cannot_be_installed_ends_the_run(machine: Machine) -> None:
    machine.python("python3", "3.11.2")
    machine.program("id", "echo 0")
    machine.program("apt-get", "exit 100")

    run = machine.run("scripts/test", CI="true")

    assert run.returncode == 1
    assert "It could not be installed" in run.stderr


def test_what_is_run_for_every_change_is_the_test_command_and_nothing_else() -> None:
    shebang, *commands = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert shebang == "#!/bin/sh"
    assert commands == ['exec "$(dirname -- "$0")/../scripts/test"']


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-run.lock", "requirements-check.lock"])
def test_a_lock_has_hashes_and_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")

    assert "--hash=sha256:" in text
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def pinned(lock: str) -> dict[str, str]:
    """The packages of a lock, with their versions."""
    return dict(re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", (ROOT / lock).read_text("utf-8"), re.MULTILINE))


def test_what_runs_is_what_the_tests_ran_with_and_no_more() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["postgres"]]
    wanted += project["build-system"]["requires"]
    names = {re.split(r"[\[<>=~!;]", entry)[0].replace(".", "-") for entry in wanted}

    assert pinned("requirements-run.lock").items() <= pinned("requirements.lock").items()
    assert names <= set(pinned("requirements-run.lock"))
    assert not {"pytest", "playwright", "ruff"} & set(pinned("requirements-run.lock"))


def stamp(repository: Path, **changes: str) -> None:
    made = environment.Environment(repository)
    whole = made.wanted(check=False) | {"python": made.version()} | changes
    (repository / ".venv" / "kindling-setup.json").write_text(json.dumps(whole), "utf-8")


def test_an_environment_is_ready_while_nothing_changes(repository: Path) -> None:
    stamp(repository)
    made = environment.Environment(repository)

    assert made.ready(check=False)
    assert not made.ready(check=True)


@pytest.mark.parametrize("file", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_the_lock_or_the_project_is_noticed(repository: Path, file: str) -> None:
    stamp(repository)
    (repository / file).write_text("changed==1\n", "utf-8")
    made = environment.Environment(repository)

    assert not made.ready(check=False)
    assert made.whole()


@pytest.mark.parametrize("changes", [{"root": "/elsewhere"}, {"python": "3.11.0"}])
def test_an_environment_that_was_moved_or_lost_its_python_is_made_anew(
    repository: Path, changes: dict[str, str]
) -> None:
    stamp(repository, **changes)

    assert not environment.Environment(repository).whole()


def test_an_interrupted_set_up_is_made_anew(repository: Path) -> None:
    (repository / ".venv" / "kindling-setup.json").write_text("{}", "utf-8")

    assert not environment.Environment(repository).whole()


def test_without_an_environment_there_is_nothing_to_build_on(tmp_path: Path) -> None:
    assert not environment.Environment(tmp_path).whole()


def test_a_second_set_up_waits_for_the_first(repository: Path) -> None:
    program = f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import environment, pathlib\n"
    program += f"with environment.alone(pathlib.Path({str(repository)!r})): print('mine')"
    with environment.alone(repository):
        second = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert second.stderr
        assert "waiting" in second.stderr.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(timeout=0.3)

    out, _ = second.communicate(timeout=30)
    assert out == "mine\n"


def test_progress_is_told_line_by_line_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"Collecting p{n}==1\n" for n in range(60)] + ["Installing collected packages: p0\n"]

    assert list(environment.watched(lines, 60)) == lines

    assert capsys.readouterr().err == "  25 of 60 found\n  50 of 60 found\n  unpacking\n"


@pytest.mark.parametrize(
    ("output", "cause"),
    [
        ("Failed to establish a new connection: Temporary failure in name resolution", "no way to the package index"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that requirements.lock was made with"),
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("something else", "could not be installed"),
    ],
)
def test_a_pip_that_fails_is_explained(output: str, cause: str) -> None:
    told = environment.complaint(["Collecting a\n", f"{output}\n"])

    assert output in told
    assert cause in told
    assert "run the same command again" in told


def test_a_lock_says_how_many_packages_it_has(repository: Path) -> None:
    assert environment.count_of(repository / "requirements.lock") == 2


def test_scripts_can_be_started() -> None:
    for name in ("scripts/demo", "scripts/test", "scripts/check", "scripts/lock", "scripts/example", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK)
