"""The tables of config.toml that are Kindling's own; each adapter brings the shape of its table along.

Every key can also be set by a variable: `KINDLING_<TABLE>_<KEY>`, as in KINDLING_LOG_LEVEL.
"""

import base64
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

KEY_BYTES = 32


LONGEST_SPREAD = 30 * 60


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Role(StrEnum):
    """What one process of Kindling does."""

    ALL = "all"
    LISTENER = "listener"
    WORKER = "worker"

    @property
    def listens(self) -> bool:
        """Whether it takes events and answers people."""
        return self is not Role.WORKER

    @property
    def works(self) -> bool:
        """Whether it plans and posts."""
        return self is not Role.LISTENER


class Run(_Table):
    """`[run]`."""

    role: Role = Field(
        default=Role.ALL,
        description="What this process does: all; listener (answers people, posts nothing); worker (plans and posts).",
    )


class Data(_Table):
    """`[data]`."""

    folder: Path | None = Field(
        default=None,
        description="Where Kindling keeps its files. Without it: the folder data beside this file.",
        examples=["data"],
    )


class Database(_Table):
    """`[database]`."""

    url: SecretStr | None = Field(
        default=None,
        description="Where everything is kept: sqlite:///file or postgresql://user:password@host/name.",
        examples=["sqlite:///data/kindling.sqlite"],
        json_schema_extra={"env": "KINDLING_DATABASE_URL"},
    )


class Http(_Table):
    """`[http]`."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Where /healthz and /metrics are served.")
    port: int = Field(default=9464, ge=0, le=65535, description="Their port; 0 turns them off.")


class Log(_Table):
    """`[log]`."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much is told: debug, info, warning or error."
    )
    format: Literal["auto", "text", "json"] = Field(
        default="auto", description="text for people, json for machines; auto is text in a terminal, json elsewhere."
    )


class Prompts(_Table):
    """`[prompts]`."""

    folders: tuple[Path, ...] = Field(
        default=(), description="Folders with packs of your own, read after the built-in ones."
    )
    language: str = Field(
        default="en",
        pattern=r"^[a-z]{2,3}(?:-[A-Z]{2})?$",
        description="The language of a community that has chosen none, such as en or pt-BR.",
    )


class Sending(_Table):
    """`[sending]`."""

    senders: int = Field(
        default=1,
        ge=1,
        description="How many processes send with the same tokens; each keeps to its part of the platforms' limits.",
    )
    spread: int = Field(
        default=0,
        description="Seconds over which cards that are due at one minute leave; 0 sends them at once.",
    )

    @field_validator("spread")
    @classmethod
    def _short_enough(cls, seconds: int) -> int:
        """A card is announced for an instant, and half an hour is as late as anybody still takes it for that."""
        if not 0 <= seconds <= LONGEST_SPREAD:
            raise ValueError(f"choose between 0 and {LONGEST_SPREAD} seconds, so that cards still come when expected")
        return seconds


class Secret(_Table):
    """`[secret]`."""

    key: SecretStr | None = Field(
        default=None,
        description="Seals tokens that are stored (Slack's, of many workspaces); kindling secret new makes one.",
        json_schema_extra={"env": "KINDLING_SECRET_KEY"},
    )

    @field_validator("key")
    @classmethod
    def _are_keys(cls, key: SecretStr | None) -> SecretStr | None:
        for each in separate(key):
            if not _is_a_key(each.get_secret_value()):
                raise ValueError(
                    "this is not a secret key: kindling secret new makes one, and between several stand commas"
                )
        return key


def separate(key: SecretStr | None) -> tuple[SecretStr, ...]:
    """The keys that were written behind each other with commas; the first one seals, all open."""
    written = key.get_secret_value().split(",") if key else []
    return tuple(SecretStr(each.strip()) for each in written if each.strip())


def _is_a_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == KEY_BYTES
    except ValueError:
        return False


CORE: dict[str, type[BaseModel]] = {
    "run": Run,
    "data": Data,
    "database": Database,
    "http": Http,
    "log": Log,
    "prompts": Prompts,
    "sending": Sending,
    "secret": Secret,
}
