"""Dockerfile, the compose files and the systemd unit: read by parsers, and held to the code and the files."""

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

from adapters.discord.listener import LEAVING
from adapters.slack.adapter import PARTING
from adapters.slack.connection import Pace
from bot.cli import app
from bot.cli.console import BAD_CONFIGURATION
from bot.runtime import engine, http, supervisor
from bot.runtime.discovery import GROUP, discover
from bot.services import reactions
from bot.settings import CORE
from bot.settings.loading import ELSEWHERE
from bot.settings.secret_sources import variables

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "kindling.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SEVERAL: dict[str, Any] = yaml.safe_load((ROOT / "compose.several.yaml").read_text("utf-8"))["services"]
SERVICES: dict[str, Any] = COMPOSE["services"]
KINDLING: dict[str, Any] = SERVICES["kindling"]
OPERATING = (ROOT / "docs" / "operating.md").read_text("utf-8")


def known_variables() -> set[str]:
    found, _ = discover(entry_points(group=GROUP))
    secrets = {name for model in CORE.values() for name in variables(model).values()}
    secrets |= {name for plugin in found.values() for name in variables(plugin.settings).values()}
    keys = {f"KINDLING_{table}_{key}".upper() for table, model in CORE.items() for key in model.model_fields}
    return keys | secrets | {f"{name}_FILE" for name in secrets} | ELSEWHERE


def run_options() -> set[str]:
    command: Any = cast("Any", typer.main.get_command(app)).commands["run"]
    return {option for each in command.params for option in each.opts}


@pytest.mark.parametrize(
    "file", ["Dockerfile", "compose.yaml", "compose.several.yaml", "deploy/kindling.service", "deploy/healthy.py"]
)
def test_every_variable_is_read(file: str) -> None:
    said = set(re.findall(r"\bKINDLING_[A-Z_]+[A-Z]\b", (ROOT / file).read_text("utf-8")))

    assert said <= known_variables()


def test_a_container_can_write_where_it_has_to_and_nowhere_else() -> None:
    config, data = KINDLING["volumes"]

    assert f"KINDLING_DATA_FOLDER={data.removeprefix('data:')}" in DOCKERFILE
    assert f"VOLUME {data.removeprefix('data:')}\n" in DOCKERFILE
    assert f"KINDLING_CONFIG={config['target']}" in DOCKERFILE
    assert config["read_only"]
    assert KINDLING["read_only"]
    assert KINDLING["tmpfs"] == "/tmp"  # noqa: S108 -- the container's own


def test_a_missing_configuration_is_told_instead_of_becoming_a_folder() -> None:
    assert KINDLING["volumes"][0]["bind"] == {"create_host_path": False}


def test_a_container_has_no_rights_and_a_first_process_that_hears_signals() -> None:
    assert KINDLING["cap_drop"] == ["ALL"]
    assert KINDLING["security_opt"] == ["no-new-privileges:true"]
    assert KINDLING["init"]


def test_secrets_come_as_files_that_git_and_the_image_leave_out() -> None:
    read = {value for name, value in KINDLING["environment"].items() if name.endswith("_FILE")}

    assert read == {f"/run/secrets/{secret}" for secret in KINDLING["secrets"]}
    assert SERVICES["database"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/database_password"
    assert all(secret == {"file": f"secrets/{name}"} for name, secret in COMPOSE["secrets"].items())
    assert "/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert (ROOT / ".dockerignore").read_text("utf-8").startswith("*\n")


def test_a_container_waits_for_a_database_that_can_be_reached() -> None:
    # While the database is made, its image has a server that answers on no address.
    name, *options = SERVICES["database"]["healthcheck"]["test"][1:]

    assert KINDLING["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert name == "pg_isready"
    assert "--host=127.0.0.1" in options


@pytest.mark.parametrize("service", [KINDLING, *SEVERAL.values()])
def test_what_a_container_runs_is_a_command_with_its_options(service: dict[str, Any]) -> None:
    name, *options = service.get("command", ["run"])

    assert name == "run"
    assert {option for option in options if option.startswith("--")} <= run_options()
    assert 'ENTRYPOINT ["kindling"]\nCMD ["run"]' in DOCKERFILE


def test_several_processes_are_one_listener_and_workers_like_it() -> None:
    base = {"extends": {"file": "compose.yaml", "service": "kindling"}}

    assert list(SERVICES) == ["kindling", "database"]
    assert SEVERAL["kindling"]["command"] == ["run", "--role", "listener"]
    assert SEVERAL["worker"]["command"] == ["run", "--role", "worker"]
    assert base.items() <= SEVERAL["worker"].items()


def test_several_processes_know_how_many_they_are() -> None:
    count = str(1 + SEVERAL["worker"]["deploy"]["replicas"])

    assert [service["environment"]["KINDLING_SENDING_SENDERS"] for service in SEVERAL.values()] == [count, count]


def test_every_volume_and_secret_is_declared() -> None:
    kept = {each.split(":")[0] for service in SERVICES.values() for each in service["volumes"] if isinstance(each, str)}

    assert kept == COMPOSE["volumes"].keys()
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


def test_the_service_is_where_the_operators_page_says() -> None:
    unit = the_unit()
    program, *_, config = unit["Service"]["ExecStart"].split()
    paths = [unit["Service"][key] for key in ("EnvironmentFile", "WorkingDirectory")]
    paths += [config, program.removesuffix("/bin/kindling")]

    assert [path for path in paths if path not in OPERATING] == []
    assert (ROOT / unit["Unit"]["Documentation"].removeprefix("file:///opt/kindling/")).is_file()
    assert f"useradd --system --home-dir {paths[1]} {unit['Service']['User']}\n" in OPERATING


def test_a_service_that_cannot_be_configured_is_not_started_again_and_again() -> None:
    assert the_unit()["Service"]["RestartPreventExitStatus"] == str(BAD_CONFIGURATION)


def while_a_platform_is_silent() -> float:
    """How many seconds a stop takes at most while the database answers."""
    ending = supervisor.ENDING_LIMIT + supervisor.BREAKING_OFF
    return max(engine.PARTING.total_seconds(), ending) + supervisor.CLOSING_LIMIT + http.SHUTDOWN


def test_a_stop_takes_less_than_ten_seconds_also_while_a_platform_is_silent() -> None:
    assert while_a_platform_is_silent() < 10
    assert max(LEAVING, PARTING + Pace().parting) < supervisor.ENDING_LIMIT  # they end in their own way


def test_whoever_stops_it_waits_for_what_is_being_sent() -> None:
    at_most = while_a_platform_is_silent() + reactions.PARTING
    waits = [the_unit()["Service"]["TimeoutStopSec"], KINDLING["stop_grace_period"].removesuffix("s")]
    waits += re.findall(r"--stop-timeout (\d+)", OPERATING)

    assert len(waits) == 3
    assert all(int(seconds) > at_most for seconds in waits)


def test_what_it_has_started_is_not_asked_to_end_before_it() -> None:
    assert the_unit()["Service"]["KillMode"] == "mixed"


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
