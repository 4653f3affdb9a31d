"""What the pages say is there: links, pictures, commands, keys, variables, metrics, codes, tables and names."""

import importlib
import importlib.util
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
import typer

from adapters.discord import forms as discord_forms
from adapters.slack import forms as slack_forms
from adapters.slack.installations import TABLES as SLACK_TABLES
from bot.app import Plugin
from bot.cli import app
from bot.domain.forms import Field, FieldKind, Form
from bot.runtime.discovery import GROUP, discover
from bot.runtime.metrics import Metrics
from bot.services.commands import BY_NAME, COMMANDS
from bot.settings import CORE, BadSettings, load
from bot.settings.loading import ELSEWHERE
from bot.settings.secret_sources import variables
from bot.storage.tables import metadata

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("prompts/*.md")]))
OPERATING, MODERATORS, PRIVACY = (ROOT / name for name in ("docs/operating.md", "docs/moderators.md", "PRIVACY.md"))
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 300_000

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
CHAT_COMMAND = re.compile(r"(?<![\w./-])/(kind|kindling)\s+([a-z]+)([^`\n]*)")
SHELL_COMMAND = re.compile(
    r"(?:^|\s|/bin/)kindling (?!kindling )([a-z][a-z-]*(?: (?:check|register|new))?)([^`\n#]*)", re.MULTILINE
)
VARIABLE = re.compile(r"\bKINDLING_[A-Z_]+[A-Z]\b")
LOGGED = re.compile(r'log\.(?:warning|error|exception)\(\s*"([a-z_.]+)"')
CODE = re.compile(r"(?:discord|slack|web|adapter|card|channel|database|delivery|clock|planner|sender)\.[a-z_]+")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.fixture(scope="module")
def plugins() -> Mapping[str, Plugin]:
    """The adapters of this repository, whether or not it is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found, broken = discover(EntryPoint(name, value, GROUP) for name, value in project["entry-points"][GROUP].items())
    assert broken == ()
    return found


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def fences(page: Path, *languages: str) -> Iterator[str]:
    """The blocks of code in these languages, without what indents all of their lines."""
    for language, body in FENCE.findall(text_of(page)):
        if language in languages:
            indent = min(len(line) - len(line.lstrip()) for line in body.splitlines() if line.strip())
            yield "".join(line[indent:] or "\n" for line in body.splitlines(keepends=True))


def spans(page: Path) -> list[str]:
    """What stands in the running text as code."""
    return SPAN.findall(FENCE.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_pages() -> None:
    assert {ROOT / "README.md", OPERATING, MODERATORS, PRIVACY} <= set(PAGES)


@every_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    for name, anchor in LINK.findall(FENCE.sub("", text_of(page))):
        target = (page.parent / name).resolve() if name else page

        assert target.exists(), f"{name} is not there"
        assert target.is_relative_to(ROOT), f"{name} lies outside"
        assert not anchor or anchor in anchors(target), f"{name} has no heading #{anchor}"


def test_pictures_are_shown_and_small() -> None:
    shown = {(page.parent / name).resolve() for page in PAGES for name, _ in LINK.findall(text_of(page))}

    for picture in PICTURES.glob("*.png"):
        assert picture in shown, f"{picture.name} is on no page"
        assert picture.stat().st_size < LARGEST, f"{picture.name} is large"


def look(name: str) -> ModuleType:
    """What draws a platform's forms for the pictures."""
    spec = importlib.util.spec_from_file_location(name, PICTURES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pictures_draw_what_is_filled_into_a_form() -> None:
    day = Field("day", "Which *day*?", FieldKind.CHOICE, value="mon", options=(("mon", "Monday"), ("tue", "Tuesday")))
    words = Field("words", "Words", required=False, value="a & b", hint="With commas")
    form = Form("f", "A form", (day, words), submit="Keep it")

    for drawn in (
        look("as_discord").form(discord_forms.modal(form), {}),
        look("as_slack").form(slack_forms.modal(form, slack_forms.Memo()), {}),
    ):
        for said in ("A form", "Which *day*?", "Monday", "Words", "a &amp; b", "With commas"):
            assert said in drawn
        assert "Tuesday" not in drawn


def test_pictures_draw_the_cards_that_kindling_writes_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(PICTURES)
    cards = look("of_cards")

    for platform in cards.PLATFORMS:
        drawn = [cards.look_of(platform.name, card).html for card in cards.cards(platform).values()]
        assert len(drawn) == 3
        assert "A few of you felt this." in drawn[-1]


@pytest.mark.parametrize(("name", "forms"), [("as_discord", discord_forms), ("as_slack", slack_forms)])
def test_pictures_refuse_a_field_that_they_cannot_draw(name: str, forms: ModuleType) -> None:
    form = Form("f", "A form", (Field("file", "A file", FieldKind.FILE),))
    drawn = forms.modal(form) if forms is discord_forms else forms.modal(form, slack_forms.Memo())

    with pytest.raises(ValueError, match="has no look here"):
        look(name).form(drawn, {})


@every_page
def test_commands_of_the_chat_are_in_the_table(page: Path) -> None:
    for group, word, rest in CHAT_COMMAND.findall(text_of(page)):
        third = re.match(r" ([a-z]+)\b", rest)
        command = BY_NAME.get(f"{group} {word}{third[0] if third else ''}") or BY_NAME.get(f"{group} {word}")

        assert command, f"/{group} {word} is no command"
        assert set(re.findall(r"\b([a-z]+):(?=\S)", rest)) <= {option.name for option in command.options}, rest


def test_moderators_find_every_command() -> None:
    page = text_of(MODERATORS)

    assert [command.name for command in COMMANDS if f"| `/{command.name}` |" not in page] == []


def test_moderators_find_every_word_of_the_set_up() -> None:
    page = text_of(MODERATORS)

    assert [option.name for option in BY_NAME["kindling setup"].options if f"| `{option.name}` |" not in page] == []


@every_page
def test_commands_of_the_shell_are_there(page: Path) -> None:
    program = typer.main.get_command(app)
    for name, rest in SHELL_COMMAND.findall("\n".join([*fences(page, "sh", "ini", ""), *spans(page)])):
        command: object = program
        for word in name.split():
            command = getattr(command, "commands", {}).get(word)
            assert command, f"kindling {name} is no command"
        options = {option for each in getattr(command, "params", ()) for option in each.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, f"kindling {name}{rest}"


def test_operators_find_every_command_of_the_shell() -> None:
    page, program = text_of(OPERATING), typer.main.get_command(app)

    assert [name for name in getattr(program, "commands", {}) if f"kindling {name}" not in page] == []


@every_page
def test_examples_of_the_configuration_can_be_used(page: Path, tmp_path: Path, plugins: Mapping[str, Plugin]) -> None:
    config = tmp_path / "config.toml"
    tokens = {
        "KINDLING_DISCORD_TOKEN": "a.b.c",
        "KINDLING_SLACK_BOT_TOKEN": "xoxb-1",
        "KINDLING_SLACK_APP_TOKEN": "xapp-1",
    }
    for block in fences(page, "toml"):
        if set(tomllib.loads(block)) <= {*CORE, "adapters"}:
            config.write_text(block, "utf-8")
            try:
                load(config, tokens, plugins)
            except BadSettings as problems:
                pytest.fail(str(problems))


@every_page
def test_keys_and_tables_of_the_configuration_are_there(page: Path, plugins: Mapping[str, Plugin]) -> None:
    tables = dict(CORE) | {f"adapters.{name}": plugin.settings for name, plugin in plugins.items()}
    keys = {key for model in tables.values() for key in model.model_fields}
    for span in spans(page):
        if table := re.fullmatch(r"\[([a-z.]+)\]", span):
            assert table[1] in tables, f"there is no table {span}"
        if key := re.fullmatch(r"([a-z_]+) = .+", span):
            assert key[1] in keys, f"there is no key {key[1]}"


@every_page
def test_variables_are_read(page: Path, plugins: Mapping[str, Plugin]) -> None:
    known = {f"KINDLING_{table}_{key}".upper() for table, model in CORE.items() for key in model.model_fields}
    secrets = {name for model in CORE.values() for name in variables(model).values()}
    secrets |= {name for plugin in plugins.values() for name in variables(plugin.settings).values()}
    known |= ELSEWHERE | secrets | {f"{name}_FILE" for name in secrets}

    said = set(VARIABLE.findall("\n".join([*fences(page, "sh", "ini", "toml"), *spans(page)])))

    assert said - known == set()


def metrics() -> set[str]:
    """The names of our own metrics, as Prometheus sees them."""
    families = [family for family in Metrics().registry.collect() if family.name.startswith("kindling_")]
    return {f"{family.name}_total" if family.type == "counter" else family.name for family in families}


@every_page
def test_metrics_are_there(page: Path) -> None:
    said = {span.partition("{")[0] for span in spans(page) if span.startswith("kindling_")}

    assert said - metrics() == set()


def test_operators_find_every_metric() -> None:
    page = text_of(OPERATING)

    assert [name for name in sorted(metrics()) if f"`{name}`" not in page] == []


@every_page
def test_codes_are_in_the_code(page: Path) -> None:
    source = "\n".join(text_of(file) for folder in ("bot", "adapters") for file in (ROOT / folder).rglob("*.py"))
    for span in filter(CODE.fullmatch, spans(page)):
        group, name = span.split(".")
        found = f'"{span}"' in source or (group == "slack" and f'"{name}"' in source)

        assert found, f"nothing says {span}"


def test_operators_find_every_warning_and_error_of_the_log() -> None:
    """What ends in these two words is a fault of Kindling's, and told of together."""
    page = text_of(OPERATING)
    files = (file for folder in ("bot", "adapters") for file in (ROOT / folder).rglob("*.py"))
    said = {message for file in files for message in LOGGED.findall(text_of(file))}

    assert [each for each in sorted(said) if f"`{each}`" not in page and not each.endswith(("failed", "broke"))] == []


def test_every_table_is_told_in_the_privacy_page() -> None:
    told = re.findall(r"^\| `(\w+)` \|", text_of(PRIVACY), re.MULTILINE)

    assert sorted(told) == sorted([*metadata.tables, *SLACK_TABLES])


@every_page
def test_names_of_the_code_are_there(page: Path) -> None:
    for span in spans(page):
        if re.fullmatch(r"(?:bot\.)?(?:app|domain|ports)\.[\w.]+", span):
            assert named(span.removeprefix("bot.")), f"{span} is not in the code"
        elif re.fullmatch(r"(?:bot|adapters|tests|scripts|prompts|docs)/[\w./-]*", span):
            assert (ROOT / span).exists(), f"{span} is not there"


def named(path: str) -> bool:
    """Whether a path such as `domain.places.Place` leads to a module or to something in one."""
    module, _, name = f"bot.{path}".rpartition(".")
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    return hasattr(found, name) or importlib.util.find_spec(f"bot.{path}") is not None


@every_page
def test_no_page_names_a_place_on_somebodys_computer(page: Path) -> None:
    assert re.findall(r"/(?:home|root|Users|work|tmp)/\S*", text_of(page)) == []
