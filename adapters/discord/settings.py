"""The table `[adapters.discord]` of the configuration."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

DISCORD_API = "https://discord.com/api/v10"
TOKEN_VARIABLE = "KINDLING_DISCORD_TOKEN"  # noqa: S105 - the name of a variable, not a token


class DiscordSettings(BaseModel):
    """How to reach Discord, and as whom."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: SecretStr = Field(
        description="The bot's token, from the Developer Portal under Bot > Reset Token.",
        json_schema_extra={"env": TOKEN_VARIABLE},
    )
    api_url: str = Field(
        default=DISCORD_API,
        pattern=r"^https?://[^\s/]+(/[^\s/]+)*$",
        description="Where Discord's API is, with its version and without a slash at the end.",
    )
    shard_count: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        description="How many shards the bot has in all; without it Discord is asked. Only very large bots need it.",
    )
    shard_ids: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(
        default=None,
        min_length=1,
        description="Which of the shards this process listens to; without it all of them. Needs shard_count.",
    )

    @field_validator("token")
    @classmethod
    def _one_word(cls, token: SecretStr) -> SecretStr:
        secret = token.get_secret_value().strip()
        if not secret or not secret.isascii() or len(secret.split()) != 1:
            raise ValueError(f"the token is empty or has blanks in it: copy it again into {TOKEN_VARIABLE}")
        return SecretStr(secret)

    @model_validator(mode="after")
    def _known_shards(self) -> Self:
        if self.shard_ids is not None and self.shard_count is None:
            raise ValueError("shard_ids needs shard_count, the number of all shards")
        if self.shard_ids is not None and max(self.shard_ids) >= (self.shard_count or 0):
            raise ValueError("shard_ids count from 0 and stay below shard_count")
        return self
