"""The tables of config.toml that are Kindling's own; each adapter brings the shape of its table along.

Every key can also be set by a variable: `KINDLING_<TABLE>_<KEY>`, as in KINDLING_LOG_LEVEL.
"""

from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


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
        description="The language of a community that has chosen none.",
    )


class Sending(_Table):
    """`[sending]`."""

    senders: int = Field(
        default=1,
        ge=1,
        description="How many processes send with the same tokens; each keeps to its part of the platforms' limits.",
    )


CORE: dict[str, type[BaseModel]] = {
    "run": Run,
    "data": Data,
    "database": Database,
    "http": Http,
    "log": Log,
    "prompts": Prompts,
    "sending": Sending,
}
