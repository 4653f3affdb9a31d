"""From a file and an environment to `Settings`, or to every mistake in them."""

import os
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast

from pydantic import BaseModel, SecretStr, ValidationError

from bot.app import Plugin
from bot.domain.spelling import did_you_mean, nearest
from bot.settings import database
from bot.settings.problems import BadSettings, Problem, problem_of
from bot.settings.secret_sources import from_environment, is_secret, secrets_of, variables
from bot.settings.tables import CORE, Data, Database, Http, Log, Prompts, Run, Secret, Sending, separate
from bot.settings.values import Settings

NAME = "config.toml"
VARIABLE = "KINDLING_CONFIG"
ELSEWHERE = frozenset(
    {
        VARIABLE,
        "KINDLING_REQUIRE_BROWSER",
        "KINDLING_CHROMIUM",
        "KINDLING_REQUIRE_POSTGRES",
        "KINDLING_TEST_POSTGRES",
    }
)
"""Variables that are read by others."""

Shape = TypeVar("Shape", bound=BaseModel)
Table = dict[str, object]


def find(environment: Mapping[str, str], here: Path) -> Path | None:
    """The configuration to use when none was named: of the variable, of this folder, or of this user."""
    if named := environment.get(VARIABLE, "").strip():
        return Path(named).expanduser()
    from platformdirs import user_config_path  # noqa: PLC0415 -- where a file is named, nobody asks

    places = (here / NAME, user_config_path("kindling") / NAME)
    return next((place for place in places if place.is_file()), None)


def load(
    path: Path | None, environment: Mapping[str, str], plugins: Mapping[str, Plugin], *, with_adapters: bool = True
) -> Settings:
    """The settings of a file (None: all defaults) and the environment, which wins where both speak.

    Without adapters their tables are passed over: whoever only needs the database may have no tokens. Raises
    `BadSettings` with every mistake. Reads files; makes no folder and opens nothing.
    """
    loading = _Loading(path, environment)
    content = loading.content()
    core = {name: loading.core(name, content.pop(name, {})) for name in CORE}
    tables = content.pop("adapters", {})
    adapters = loading.adapters(tables, plugins) if with_adapters else {}
    loading.leftovers(content, plugins)
    data = loading.data(core["data"])
    url = loading.database(core["database"], data)
    loading.strangers(plugins, adapters if with_adapters else plugins)
    if loading.problems:
        raise BadSettings(loading.problems)
    prompts = cast("Prompts", core["prompts"])
    keys = separate(cast("Secret", core["secret"]).key)
    return Settings(
        source=path,
        run=cast("Run", core["run"]),
        data=data,
        database=SecretStr(url),
        http=cast("Http", core["http"]),
        log=cast("Log", core["log"]),
        prompts=prompts.model_copy(update={"folders": tuple(map(loading.absolute, prompts.folders))}),
        sending=cast("Sending", core["sending"]),
        adapters=MappingProxyType(adapters),
        secret_keys=keys,
        secrets=(
            *map(SecretStr, database.secrets(url)),
            *keys,
            *chain.from_iterable(map(secrets_of, adapters.values())),
        ),
        warnings=tuple(loading.warnings),
    )


class _Loading:
    """One attempt: what it was given, and what it has found wrong so far."""

    def __init__(self, path: Path | None, environment: Mapping[str, str]) -> None:
        self.path = path
        self.environment = environment
        self.beside = path.resolve().parent if path else Path.cwd()
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.known = set(ELSEWHERE)

    def absolute(self, path: Path) -> Path:
        """A path of the file, which speaks from where the file lies."""
        return (self.beside / path.expanduser()).resolve()

    def content(self) -> Table:
        """The file's tables; empty, with a problem noted, when it cannot be read."""
        if self.path is None:
            return {}
        text = ""
        try:
            text = self.path.read_text("utf-8-sig")
            return cast("Table", tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            where = re.search(r"at line (\d+)", str(error))
            line = where.group(1) if where else text.rstrip().count("\n") + 1
            cure = _no_toml(str(error).partition(" (at ")[0])
            self.problems.append(Problem(f"{self.path.name}, line {line}", "", cure))
        except UnicodeDecodeError:
            self.problems.append(Problem(self.path.name, "", "The file is not UTF-8; save it in that encoding."))
        except OSError as error:
            self.problems.append(Problem(str(self.path), "", f"The file cannot be read: {error.strerror}."))
        return {}

    def core(self, name: str, raw: object) -> BaseModel:
        """One of Kindling's own tables; its defaults, with the problems noted, when it is wrong."""
        model = CORE[name]
        table, came = self._table(name, raw), dict[str, str]()
        secrets = variables(model)
        for key in set(model.model_fields) - set(secrets):
            variable = f"KINDLING_{name}_{key}".upper()
            self.known.add(variable)
            if value := self.environment.get(variable, "").strip():
                table[key] = tuple(value.split(os.pathsep)) if key == "folders" else value
                came[key] = variable
        return self._shaped(name, model, table, came) or model()

    def adapters(self, raw: object, plugins: Mapping[str, Plugin]) -> dict[str, BaseModel]:
        """The tables `[adapters.<name>]` that are right."""
        shaped: dict[str, BaseModel] = {}
        for name, table in self._table("adapters", raw).items():
            plugin = plugins.get(name)
            if plugin is None:
                cure = f"There is no adapter of this name. {did_you_mean(name, plugins)}".strip()
                self.problems.append(Problem(f"adapters.{name}", "", cure))
                continue
            key = f"adapters.{name}"
            settings = self._shaped(key, plugin.settings, self._table(key, table))
            if settings is not None:
                shaped[name] = settings
        return shaped

    def leftovers(self, content: Table, plugins: Mapping[str, Plugin]) -> None:
        """Tables and keys that nobody asked for."""
        for name, value in content.items():
            cure = _no_such_table(name, plugins) if isinstance(value, dict) else _no_such_key(name, plugins)
            self.problems.append(Problem(name, "", cure))

    def data(self, table: BaseModel) -> Path:
        """The folder for files, absolute."""
        folder = cast("Data", table).folder
        if folder is not None:
            return self.absolute(folder)
        if self.path:
            return self.beside / "data"
        from platformdirs import user_data_path  # noqa: PLC0415 -- where there is a file, nobody asks

        return user_data_path("kindling", appauthor=False)

    def database(self, table: BaseModel, data: Path) -> str:
        """The database's address, with an async driver."""
        url = cast("Database", table).url
        if url is None:
            return database.sqlite(data / "kindling.sqlite")
        try:
            return database.normal(url.get_secret_value(), self.beside)
        except ValueError as error:
            sentence = str(error)
            self.problems.append(Problem("database.url", "", f"{sentence[:1].upper()}{sentence[1:]}."))
            return ""

    def strangers(self, plugins: Mapping[str, Plugin], adapters: Collection[str]) -> None:
        """Warn of variables that look like ours and change nothing."""
        idle: dict[str, str] = {}
        for name, plugin in plugins.items():
            for variable in variables(plugin.settings).values():
                self.known |= {variable, f"{variable}_FILE"}
                if name not in adapters:
                    idle |= {variable: name, f"{variable}_FILE": name}
        said = (name for name, value in self.environment.items() if name.startswith("KINDLING_") and value.strip())
        for variable in sorted(said):
            if variable in idle and not any(p.key.startswith(f"adapters.{idle[variable]}") for p in self.problems):
                table = f"[adapters.{idle[variable]}]"
                self.warnings.append(
                    f"{variable} is set, and nothing uses it: the table {table} is not in config.toml."
                )
            elif variable not in self.known and (meant := nearest(variable, self.known)):
                self.warnings.append(f"{variable} is set, and nothing reads it. Did you mean {meant}?")

    def _table(self, name: str, raw: object) -> Table:
        if isinstance(raw, dict):
            return dict(cast("Table", raw))
        self.problems.append(Problem(name, "", f"This is a table: write [{name}] on a line of its own."))
        return {}

    def _shaped(
        self, name: str, model: type[Shape], table: Table, came: Mapping[str, str] = MappingProxyType({})
    ) -> Shape | None:
        """A table with its secrets filled in, or None with the problems noted. Some keys `came` from variables."""
        secrets = variables(model)
        before = len(self.problems)
        for key, variable in secrets.items():
            self._fill(name, key, variable, table, hidden=is_secret(model, key))
        broken = {problem.key for problem in self.problems[before:]}
        try:
            shaped = model.model_validate(table)
        except ValidationError as error:
            values = [str(table[key]) for key in secrets if table.get(key)]
            for details in error.errors(include_url=False):
                first = str(details["loc"][0]) if details["loc"] else ""
                if broken & {secrets.get(first), f"{secrets.get(first)}_FILE"}:
                    continue
                problem = _without(values, problem_of(name, details, model, secrets))
                self.problems.append(replace(problem, key=came.get(first, problem.key)))
            return None
        return None if broken else shaped

    def _fill(self, name: str, key: str, variable: str, table: Table, *, hidden: bool) -> None:
        self.known |= {variable, f"{variable}_FILE"}
        value = from_environment(variable, self.environment)
        if isinstance(value, Problem):
            self.problems.append(value)
        elif value is not None:
            table[key] = value
        elif hidden and key in table and (name, key) != ("database", "url"):
            self.warnings.append(
                f"{name}.{key} is written in {NAME}, where backups and screenshots find it. "
                f"Safer is the variable {variable}, or {variable}_FILE with the name of a file."
            )


def _without(secrets: list[str], problem: Problem) -> Problem:
    """The problem with no secret in it, whatever a validator put into its message."""
    cure = problem.cure
    for secret in secrets:
        cure = cure.replace(secret, "•••")
    return Problem(problem.key, problem.value, cure)


def _no_toml(said: str) -> str:
    """What the reader of TOML said, in words for somebody who has never heard of it."""
    if twice := re.fullmatch(r"Cannot declare \((.*)\) twice", said):
        table = ".".join(re.findall(r"'([^']*)'", twice[1]))
        return f"The table [{table}] is here a second time. Write everything of it below the first one."
    if said == "Cannot overwrite a value":
        return "This was given a value further up already. Keep one of the two."
    return f"This is not TOML: {said}. Texts stand in double quotes."


def _no_such_table(name: str, plugins: Mapping[str, Plugin]) -> str:
    """A platform's table is easily written without what stands before its name."""
    near = nearest(name, [*CORE, "adapters", *plugins])
    if near in plugins:
        return f"There is no such table. Did you mean [adapters.{near}]?"
    return f"There is no such table. {did_you_mean(name, [*CORE, 'adapters'])}"


def _no_such_key(name: str, plugins: Mapping[str, Plugin]) -> str:
    """A key above the first table is most often one that belongs below some table."""
    tables = CORE | {f"adapters.{plugin}": plugins[plugin].settings for plugin in plugins}
    homes = [f"[{table}]" for table, model in tables.items() if name in model.model_fields]
    below = " or ".join(homes) or "the table that it belongs to"
    return f"This key stands outside of every table. Write it below {below}."
