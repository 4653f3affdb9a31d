"""Dockerfile, compose.yaml and the systemd unit: read by their own parsers, and held to the code and the files."""

import configparser
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

import pytest
import typer
import yaml

from bot.cli import app
from bot.runtime.discovery import GROUP, discover
from bot.settings import CORE
from bot.settings.loading import ELSEWHERE
from bot.settings.secret_sources import variables

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "kindling.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("kindling", "listener", "worker")


def known_variables() -> set[str]:
    found, _ = discover(entry_points(group=GROUP))
    secrets = {name for model in CORE.values() for name in variables(model).values()}
    secrets |= {name for plugin in found.values() for name in variables(plugin.settings).values()}
    keys = {f"KINDLING_{table}_{key}".upper() for table, model in CORE.items() for key in model.model_fields}
    return keys | secrets | {f"{name}_FILE" for name in secrets} | ELSEWHERE


def run_options() -> set[str]:
    command: Any = cast("Any", typer.main.get_command(app)).commands["run"]
    return {option for each in command.params for option in each.opts}


@pytest.mark.parametrize("file", ["Dockerfile", "compose.yaml", "deploy/kindling.service", "deploy/healthy.py"])
def test_every_variable_is_read(file: str) -> None:
    said = set(re.findall(r"\bKINDLING_[A-Z_]+[A-Z]\b", (ROOT / file).read_text("utf-8")))

    assert said <= known_variables()


@pytest.mark.parametrize("service", OURS)
def test_a_container_can_write_where_it_has_to_and_read_its_secrets(service: str) -> None:
    told = SERVICES[service]
    written = {volume.split(":")[1] for volume in told["volumes"] if not volume.endswith(":ro")}
    files = {value for name, value in told["environment"].items() if name.endswith("_FILE")}

    assert f"KINDLING_DATA_FOLDER={written.pop()}" in DOCKERFILE
    assert not written
    assert files == {f"/run/secrets/{secret}" for secret in told["secrets"]}
    assert set(told["secrets"]) <= COMPOSE["secrets"].keys()
    assert told["read_only"]


@pytest.mark.parametrize("service", OURS)
def test_a_container_waits_for_a_database_that_says_when_it_is_healthy(service: str) -> None:
    assert SERVICES[service]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert SERVICES["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


@pytest.mark.parametrize("service", OURS)
def test_what_a_container_runs_is_a_command_with_its_options(service: str) -> None:
    name, *options = SERVICES[service].get("command", ["run"])

    assert name == "run"
    assert {option for option in options if option.startswith("--")} <= run_options()
    assert 'ENTRYPOINT ["kindling"]\nCMD ["run"]' in DOCKERFILE


def test_listeners_and_workers_are_a_choice_of_their_own() -> None:
    assert SERVICES["listener"]["command"] == ["run", "--role", "listener"]
    assert SERVICES["worker"]["command"] == ["run", "--role", "worker"]
    assert [SERVICES[name].get("profiles") for name in OURS] == [None, ["several"], ["several"]]


def test_every_volume_and_secret_is_declared() -> None:
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"]}

    assert {name for name in named if not name.startswith(".")} == COMPOSE["volumes"].keys()
    assert {name for service in SERVICES.values() for name in service["secrets"]} == COMPOSE["secrets"].keys()


def test_what_the_image_is_made_of_is_there_and_reaches_its_builder() -> None:
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}

    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in let_in, source


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    _, last = DOCKERFILE.rsplit("\nFROM ", 1)

    assert re.search(r"^USER kindling$", last, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*/opt/kindling/healthy\.py", last, re.MULTILINE)
    assert "--require-hashes --requirement requirements-run.lock" in DOCKERFILE
    assert "pip install" not in last


def the_unit() -> configparser.RawConfigParser:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign] -- the way the library means
    unit.read(UNIT)
    return unit


def test_the_service_runs_a_command_with_its_options_and_may_write_one_folder() -> None:
    service = the_unit()["Service"]
    program, name, *options = service["ExecStart"].split()

    assert (program.rsplit("/", 1)[-1], name) == ("kindling", "run")
    assert {option for option in options if option.startswith("--")} <= run_options()
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"
    assert service["ProtectSystem"] == "strict"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    text = UNIT.read_text("utf-8").replace("/opt/kindling/.venv/bin/kindling", sys.executable)
    (tmp_path / "kindling.service").write_text(text)

    told = subprocess.run(  # noqa: S603 -- ours
        [str(shutil.which("systemd-analyze")), "verify", str(tmp_path / "kindling.service")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert [line for line in told.stderr.splitlines() if "kindling.service" in line] == []
