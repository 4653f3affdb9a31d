"""Who may import whom stands in pyproject.toml; here it is held, and every rule is broken once to see it fail."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
]
LAYERS, FRONT_DOOR, STRANGERS, NO_PLATFORM, PLAIN, NO_IO = RULES
BREAKS = [
    (LAYERS, "bot/domain/schedule.py", "import bot.ports", "bot.domain.schedule -> bot.ports"),
    (LAYERS, "bot/services/calendar.py", "import bot.app", "bot.services.calendar -> bot.app"),
    (LAYERS, "bot/app.py", "import bot.storage.tables", "bot.app -> bot.storage.tables"),
    (LAYERS, "bot/storage/engine.py", "import bot.runtime.clock", "bot.storage.engine -> bot.runtime.clock"),
    (LAYERS, "bot/settings/values.py", "import bot.compose", "bot.settings.values -> bot.compose"),
    (LAYERS, "bot/helpers.py", "", "bot.helpers"),
    (
        FRONT_DOOR,
        "adapters/slack/__init__.py",
        "import bot.services.calendar",
        "adapters.slack -> bot.services.calendar",
    ),
    (STRANGERS, "adapters/slack/__init__.py", "import adapters.web", "adapters.slack -> adapters.web"),
    (NO_PLATFORM, "bot/services/cards.py", "import discord", "bot.services.cards -> discord"),
    (NO_PLATFORM, "bot/compose.py", "import adapters.web", "bot.compose -> adapters.web"),
    (PLAIN, "bot/ports/__init__.py", "import asyncio", "bot.ports -> asyncio"),
    (PLAIN, "bot/domain/message.py", "import logging", "bot.domain.message -> logging"),
    (PLAIN, "bot/domain/packs.py", "from sqlalchemy import select", "bot.domain.packs -> sqlalchemy"),
    (NO_IO, "bot/services/reading.py", "import aiohttp", "bot.services.reading -> aiohttp"),
    (NO_IO, "bot/services/attention.py", "import sqlite3", "bot.services.attention -> sqlite3"),
]


def lint(folder: Path) -> str:
    """What import-linter says of the tree in a folder."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def broken_tree(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is said of a copy of the tree in which every rule is broken."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("bot", "adapters"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for _, file, line, _ in BREAKS:
        with (copy / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")
    return lint(copy)


def test_every_rule_about_imports_is_kept() -> None:
    said = lint(ROOT)

    assert f"{len(RULES)} kept, 0 broken" in said, said


@pytest.mark.parametrize(("rule", "file", "line", "shown"), BREAKS, ids=[f"{b[0]}: {b[3]}" for b in BREAKS])
def test_a_rule_that_is_broken_is_noticed(broken_tree: str, rule: str, file: str, line: str, shown: str) -> None:
    about = re.split(rf"\n{re.escape(rule)}\n-+\n", broken_tree)

    assert f"{rule} BROKEN" in broken_tree
    assert len(about) == 2, broken_tree
    assert shown in about[1].split("\n---", 1)[0]


def test_every_rule_is_broken_once() -> None:
    assert {rule for rule, *_ in BREAKS} == set(RULES)
