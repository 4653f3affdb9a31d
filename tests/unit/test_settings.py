from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Self

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from bot.app import Adapter, Plugin, Surroundings
from bot.runtime.discovery import discover, plugins
from bot.settings import BadSettings, Problem, Settings, find, load

SECRET = "xoxb-very-secret"


class ParrotSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr = Field(max_length=20, json_schema_extra={"env": "KINDLING_PARROT_TOKEN"})
    voice: str = "loud"
    wings: int = Field(default=2, le=2)
    quiet: bool = False

    @model_validator(mode="after")
    def _polite(self) -> Self:
        if self.voice == "rude":
            raise ValueError(f"a parrot with {self.token.get_secret_value()} is polite")
        return self


class Parrot:
    name = "parrot"
    settings: type[BaseModel] = ParrotSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> Adapter:
        raise NotImplementedError


PLUGINS: Mapping[str, Plugin] = {"parrot": Parrot()}


class Configuration:
    """A config.toml in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, text: str = "", **environment: str) -> Settings:
        path = self.folder / "config.toml"
        path.write_text(text, "utf-8")
        return load(path, environment, PLUGINS)

    def problems(self, text: str, **environment: str) -> list[Problem]:
        with pytest.raises(BadSettings) as bad:
            self.load(text, **environment)
        assert SECRET not in str(bad.value)
        assert SECRET not in repr(bad.value.problems)
        return list(bad.value.problems)


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    return Configuration(tmp_path)


def test_an_empty_file_means_all_defaults(configuration: Configuration, tmp_path: Path) -> None:
    settings = configuration.load()

    assert settings.data == tmp_path / "data"
    assert settings.database.get_secret_value() == f"sqlite+aiosqlite:///{tmp_path}/data/kindling.sqlite"
    assert settings.database_file == tmp_path / "data" / "kindling.sqlite"
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 9464)
    assert (settings.log.level, settings.log.format) == ("info", "auto")
    assert (settings.prompts.folders, settings.prompts.language) == ((), "en")
    assert dict(settings.adapters) == {}
    assert settings.warnings == ()


def test_no_file_is_needed() -> None:
    settings = load(None, {}, {})

    assert settings.data.is_absolute()
    assert settings.source is None


def test_every_key_can_come_from_the_environment(configuration: Configuration, tmp_path: Path) -> None:
    settings = configuration.load(
        "[log]\nlevel = 'error'",
        KINDLING_LOG_LEVEL="debug",
        KINDLING_HTTP_PORT="0",
        KINDLING_DATA_FOLDER="elsewhere",
        KINDLING_PROMPTS_FOLDERS="one:two",
        KINDLING_DATABASE_URL="postgres://kind:pw@db/kindling",
    )

    assert settings.log.level == "debug"
    assert settings.http.port == 0
    assert settings.data == tmp_path / "elsewhere"
    assert settings.prompts.folders == (tmp_path / "one", tmp_path / "two")
    assert settings.database.get_secret_value() == "postgresql+asyncpg://kind:pw@db/kindling"
    assert settings.database_file is None


def test_the_table_of_an_adapter_turns_it_on(configuration: Configuration) -> None:
    settings = configuration.load("[adapters.parrot]\nvoice = 'soft'", KINDLING_PARROT_TOKEN=SECRET)

    parrot = settings.adapters["parrot"]
    assert isinstance(parrot, ParrotSettings)
    assert parrot.voice == "soft"
    assert parrot.token.get_secret_value() == SECRET


def test_a_secret_comes_from_the_file_that_a_variable_names(configuration: Configuration, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n", "utf-8")

    settings = configuration.load("[adapters.parrot]", KINDLING_PARROT_TOKEN_FILE=str(file))

    assert [secret.get_secret_value() for secret in settings.secrets] == [SECRET]


def test_a_secret_file_that_cannot_be_read_is_the_only_problem(configuration: Configuration, tmp_path: Path) -> None:
    problems = configuration.problems("[adapters.parrot]", KINDLING_PARROT_TOKEN_FILE=str(tmp_path / "gone"))

    assert problems == [
        Problem(
            "KINDLING_PARROT_TOKEN_FILE", str(tmp_path / "gone"), "This file cannot be read: No such file or directory."
        )
    ]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_secret_in_quotes_is_told_from_where_it_comes(
    configuration: Configuration, tmp_path: Path, quote: str
) -> None:
    quoted = f"{quote}{SECRET}{quote}"
    (tmp_path / "token").write_text(f"{quoted}\n", "utf-8")

    [direct] = configuration.problems("[adapters.parrot]", KINDLING_PARROT_TOKEN=quoted)
    [in_a_file] = configuration.problems("[adapters.parrot]", KINDLING_PARROT_TOKEN_FILE=str(tmp_path / "token"))

    assert (direct.key, in_a_file.key) == ("KINDLING_PARROT_TOKEN", "KINDLING_PARROT_TOKEN_FILE")
    assert direct.cure == in_a_file.cure
    assert "Leave them out" in direct.cure


def test_a_missing_secret_says_where_it_belongs(configuration: Configuration) -> None:
    [problem] = configuration.problems("[adapters.parrot]")

    assert problem.key == "adapters.parrot.token"
    assert "KINDLING_PARROT_TOKEN_FILE" in problem.cure


def test_a_secret_in_the_file_works_with_a_warning(configuration: Configuration) -> None:
    settings = configuration.load(f"[adapters.parrot]\ntoken = '{SECRET}'")

    [warning] = settings.warnings
    assert "KINDLING_PARROT_TOKEN" in warning
    assert SECRET not in warning


def test_settings_can_be_shown_without_telling_a_secret(configuration: Configuration) -> None:
    settings = configuration.load(
        "[adapters.parrot]",
        KINDLING_PARROT_TOKEN=SECRET,
        KINDLING_DATABASE_URL="postgresql://kind:pass%40word@db/kindling",
    )

    assert SECRET not in repr(settings)
    assert "pass" not in repr(settings)
    assert {secret.get_secret_value() for secret in settings.secrets} == {SECRET, "pass%40word", "pass@word"}


def test_all_mistakes_are_told_at_once(configuration: Configuration) -> None:
    problems = configuration.problems(
        f"""
        [lgo]
        [log]
        level = "loud"
        [http]
        prot = 1
        port = 99999
        [database]
        url = "mysql://me:{SECRET}@db/x"
        [adapters.parrot]
        tokn = "{SECRET}"
        wings = 3
        [adapters.parot]
        """
    )

    assert sorted(problem.key for problem in problems) == [
        "adapters.parot",
        "adapters.parrot.token",
        "adapters.parrot.tokn",
        "adapters.parrot.wings",
        "database.url",
        "http.port",
        "http.prot",
        "lgo",
        "log.level",
    ]


@pytest.mark.parametrize(
    ("text", "key", "value", "cure"),
    [
        ("[http]\nprot = 1", "http.prot", "", "There is no such key. Did you mean “port”?"),
        ("[http]\nport = 'x'", "http.port", "x", "A whole number belongs here."),
        ("[http]\nport = -1", "http.port", "-1", "It cannot be less than 0."),
        ("[http]\nport = 65536", "http.port", "65536", "It cannot be more than 65535."),
        ("[http]\nhost = 1", "http.host", "1", "A text belongs here, in double quotes."),
        (
            "[http]\nhost = ''",
            "http.host",
            "",
            "It cannot be written like this. Where /healthz and /metrics are served.",
        ),
        ("[data]\nfolder = 1", "data.folder", "1", "A text belongs here, in double quotes."),
        (
            "[prompts]\nfolders = 'mine'",
            "prompts.folders",
            "mine",
            "A list belongs here: things in [ ], with commas between them.",
        ),
        (
            "[prompts]\nlanguage = 'English'",
            "prompts.language",
            "English",
            "It cannot be written like this. The language of a community that has chosen none, such as en or pt-BR.",
        ),
        ("[adapters.parrot]\nquiet = 'maybe'", "adapters.parrot.quiet", "maybe", "It can be true or false."),
        ("[log]\nlevel = 'loud'", "log.level", "loud", "It can be debug, info, warning or error."),
        (
            "[sending]\nspread = 7200",
            "sending.spread",
            "7200",
            "Choose between 0 and 1800 seconds, so that cards still come when expected.",
        ),
        ("[adaptors.parrot]", "adaptors", "", "There is no such table. Did you mean “adapters”?"),
        (
            "[adapters]\nparrot = true",
            "adapters.parrot",
            "",
            "This is a table: write [adapters.parrot] on a line of its own.",
        ),
        (
            "[adapters.parot]",
            "adapters.parot",
            "",
            "There is no adapter of this name. Did you mean “parrot”?",
        ),
        ("http = 1", "http", "", "This is a table: write [http] on a line of its own."),
        ("[parrot]", "parrot", "", "There is no such table. Did you mean [adapters.parrot]?"),
        ("[Parot]", "Parot", "", "There is no such table. Did you mean [adapters.parrot]?"),
        ("level = 'debug'", "level", "", "This key stands outside of every table. Write it below [log]."),
        (
            "voice = 'soft'",
            "voice",
            "",
            "This key stands outside of every table. Write it below [adapters.parrot].",
        ),
        (
            "lvel = 'debug'",
            "lvel",
            "",
            "This key stands outside of every table. Write it below the table that it belongs to.",
        ),
        (
            "[adapters.parrot]\n[log]\n[adapters.parrot]",
            "config.toml, line 3",
            "",
            "The table [adapters.parrot] is here a second time. Write everything of it below the first one.",
        ),
        (
            "[http]\nport = 1\nport = 2",
            "config.toml, line 3",
            "",
            "This was given a value further up already. Keep one of the two.",
        ),
        (
            "[http]\nport = 1\nport = ",
            "config.toml, line 3",
            "",
            "This is not TOML: Invalid value. Texts stand in double quotes.",
        ),
    ],
)
def test_a_mistake_has_its_key_and_its_cure(
    configuration: Configuration, text: str, key: str, value: str, cure: str
) -> None:
    environment = {"KINDLING_PARROT_TOKEN": SECRET} if "parrot" in text else {}

    assert Problem(key, value, cure) in configuration.problems(text, **environment)


def test_a_mistake_in_a_variable_is_told_with_the_name_of_the_variable(configuration: Configuration) -> None:
    problems = configuration.problems("[http]\nport = 1", KINDLING_HTTP_PORT="many", KINDLING_LOG_LEVEL="loud")

    assert [(problem.key, problem.value) for problem in problems] == [
        ("KINDLING_HTTP_PORT", "many"),
        ("KINDLING_LOG_LEVEL", "loud"),
    ]


def test_a_validator_that_tells_a_secret_is_silenced(configuration: Configuration) -> None:
    [problem] = configuration.problems("[adapters.parrot]\nvoice = 'rude'", KINDLING_PARROT_TOKEN=SECRET)

    assert problem.cure == "A parrot with ••• is polite."


def test_a_secret_that_is_wrong_is_not_repeated(configuration: Configuration) -> None:
    [problem] = configuration.problems("[adapters.parrot]", KINDLING_PARROT_TOKEN=f"{SECRET} and {SECRET}")

    assert (problem.key, problem.value) == ("adapters.parrot.token", "")


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        load(tmp_path / "none.toml", {}, {})


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf[log]\nlevel = 'debug'\n")

    assert load(path, {}, {}).log.level == "debug"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgres://kind@db/kindling", "postgresql+asyncpg://kind@db/kindling"),
        ("postgresql://kind@db:5433/kindling", "postgresql+asyncpg://kind@db:5433/kindling"),
        ("postgresql+asyncpg://kind@db/kindling", "postgresql+asyncpg://kind@db/kindling"),
        (
            "postgres://kind@db/kindling?sslmode=require&channel_binding=require&connect_timeout=10",
            "postgresql+asyncpg://kind@db/kindling?ssl=require",
        ),
        ("sqlite:////srv/kindling.db", "sqlite+aiosqlite:////srv/kindling.db"),
        ("sqlite+aiosqlite:////srv/kindling.db", "sqlite+aiosqlite:////srv/kindling.db"),
    ],
)
def test_a_database_address_may_be_written_as_people_write_it(
    configuration: Configuration, written: str, meant: str
) -> None:
    settings = configuration.load(f'[database]\nurl = "{written}"')

    assert settings.database.get_secret_value() == meant
    assert settings.warnings == ()


def test_a_relative_database_file_lies_beside_the_configuration(configuration: Configuration, tmp_path: Path) -> None:
    settings = configuration.load('[database]\nurl = "sqlite:///here.db"')

    assert settings.database_file == tmp_path / "here.db"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "kindling.db",
        "postgresql:///x",
        "postgresql://db",
        "postgres://a:b@c@d:e/x",
        "postgresql://kind@db/kindling?pool_size=9",
    ],
)
def test_a_database_address_that_cannot_work_is_refused(configuration: Configuration, url: str) -> None:
    [problem] = configuration.problems(f'[database]\nurl = "{url}"')

    assert (problem.key, problem.value) == ("database.url", "")


def test_a_variable_that_nobody_reads_is_warned_of(configuration: Configuration) -> None:
    settings = configuration.load("", KINDLING_PAROT_TOKEN=SECRET, KINDLING_PARROT_TOKEN=SECRET)

    assert [warning.partition(" is set")[0] for warning in settings.warnings] == [
        "KINDLING_PAROT_TOKEN",
        "KINDLING_PARROT_TOKEN",
    ]
    assert not any(SECRET in warning for warning in settings.warnings)


def test_a_variable_that_is_empty_is_not_set(configuration: Configuration) -> None:
    assert configuration.load("", KINDLING_PAROT_TOKEN="", KINDLING_PARROT_TOKEN=" ").warnings == ()


def test_the_configuration_of_this_folder_is_found(tmp_path: Path) -> None:
    assert find({}, tmp_path) != tmp_path / "config.toml"

    (tmp_path / "config.toml").touch()

    assert find({}, tmp_path) == tmp_path / "config.toml"
    assert find({"KINDLING_CONFIG": "/srv/kindling.toml"}, tmp_path) == Path("/srv/kindling.toml")


def test_a_broken_plugin_takes_no_other_down() -> None:
    here = __name__
    points = [
        EntryPoint("parrot", f"{here}:Parrot", "kindling.adapters"),
        EntryPoint("gone", "no_such_module:plugin", "kindling.adapters"),
        EntryPoint("other", f"{here}:Parrot", "kindling.adapters"),
        EntryPoint("shapeless", f"{here}:SECRET", "kindling.adapters"),
    ]

    found, broken = discover(points)

    assert list(found) == ["parrot"]
    assert [plugin.name for plugin in broken] == ["gone", "other", "shapeless"]


def test_installed_plugins_are_found() -> None:
    assert isinstance(plugins(), Mapping)


A_KEY, ANOTHER_KEY = "k" * 43 + "=", "o" * 43 + "="


def test_there_is_no_secret_key_unless_one_is_given(configuration: Configuration) -> None:
    assert configuration.load().secret_keys == ()


def test_several_secret_keys_stand_behind_each_other(configuration: Configuration) -> None:
    settings = configuration.load(KINDLING_SECRET_KEY=f"{A_KEY}, {ANOTHER_KEY}")

    assert [key.get_secret_value() for key in settings.secret_keys] == [A_KEY, ANOTHER_KEY]


def test_secret_keys_are_blanked_one_by_one(configuration: Configuration) -> None:
    settings = configuration.load(KINDLING_SECRET_KEY=f"{A_KEY},{ANOTHER_KEY}")

    assert {A_KEY, ANOTHER_KEY} <= {secret.get_secret_value() for secret in settings.secrets}


def test_a_secret_key_may_come_from_a_file(configuration: Configuration, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{A_KEY}\n")

    settings = configuration.load(KINDLING_SECRET_KEY_FILE=str(tmp_path / "key"))

    assert [key.get_secret_value() for key in settings.secret_keys] == [A_KEY]


@pytest.mark.parametrize("wrong", ["hush", A_KEY[:-2], f"{A_KEY},hush", "ä" * 44, SECRET])
def test_a_secret_key_that_is_none_is_told_without_showing_it(configuration: Configuration, wrong: str) -> None:
    [problem] = configuration.problems("", KINDLING_SECRET_KEY=wrong)

    assert problem.key == "secret.key"
    assert "kindling secret new" in problem.cure
    assert wrong not in str(problem)
