"""The configuration: `config.toml` and the environment, made into one frozen `Settings`.

`load` tells every mistake at once, each with its key and its cure, and never shows a secret.
"""

from bot.settings.loading import find, load
from bot.settings.problems import BadSettings, Problem
from bot.settings.tables import CORE, Data, Database, Http, Log, Prompts, Role, Run
from bot.settings.values import Settings

__all__ = [
    "CORE",
    "BadSettings",
    "Data",
    "Database",
    "Http",
    "Log",
    "Problem",
    "Prompts",
    "Role",
    "Run",
    "Settings",
    "find",
    "load",
]
