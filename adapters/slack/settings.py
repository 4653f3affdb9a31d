"""The table `[adapters.slack]` of the configuration."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

MoreScope: TypeAlias = Literal[
    "channels:history",
    "channels:read",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "pins:write",
    "usergroups:read",
]
"""The scopes that Kindling does without; the doctor names what each is for."""


class SlackSettings(BaseModel):
    """How Kindling speaks to Slack: to one workspace with a bot token, to many with a client id and secret."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_id: str = Field(
        default="",
        pattern=r"^(?:\d+\.\d+)?$",
        description="For many workspaces: the app's client id, from its page Basic Information.",
        json_schema_extra={"env": "KINDLING_SLACK_CLIENT_ID"},
    )
    client_secret: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="For many workspaces: the app's client secret, from the same page.",
        json_schema_extra={"env": "KINDLING_SLACK_CLIENT_SECRET"},
    )
    public_url: str = Field(
        default="",
        pattern=r"^(?:https?://[^\s/]+\S*)?$",
        description="For many workspaces: where people reach Kindling's install page, as https://kindling.example.org.",
    )
    more_scopes: tuple[MoreScope, ...] = Field(
        default=(),
        description=(
            "For many workspaces: optional scopes that the install page asks for too, as files:write; the app's page "
            "has to list them as well."
        ),
    )
    bot_token: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="For one workspace: the bot token (xoxb-…) from the app's page OAuth & Permissions.",
        json_schema_extra={"env": "KINDLING_SLACK_BOT_TOKEN"},
    )
    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="How events arrive: socket (Kindling connects to Slack) or http (Slack calls Kindling).",
    )
    app_token: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="The app-level token (xapp-…) with the scope connections:write; for the mode socket.",
        json_schema_extra={"env": "KINDLING_SLACK_APP_TOKEN"},
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="The signing secret from the app's page Basic Information; for the mode http.",
        json_schema_extra={"env": "KINDLING_SLACK_SIGNING_SECRET"},
    )
    connections: int = Field(
        default=1, ge=1, le=10, description="How many connections to Slack the mode socket holds; Slack allows 10."
    )
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Where the mode http and the install page listen; put a proxy with TLS in front of it.",
    )
    port: int = Field(default=3000, ge=0, le=65535, description="The port of the mode http and of the install page.")
    api_url: str = Field(
        default="https://slack.com/api/",
        pattern=r"^https?://\S+$",
        description="Where Slack's Web API is; leave it as it is.",
    )

    @property
    def many(self) -> bool:
        """Whether every workspace that installs the app is served."""
        return bool(self.client_id)

    @field_validator("client_secret")
    @classmethod
    def _comes_with_its_id(cls, secret: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if bool(known.data.get("client_id")) != bool(secret and secret.get_secret_value()):
            raise ValueError(
                "client_id and client_secret go together: copy both from the app's page Basic Information into "
                "KINDLING_SLACK_CLIENT_ID and KINDLING_SLACK_CLIENT_SECRET, or leave both out for one workspace"
            )
        return secret

    @field_validator("bot_token")
    @classmethod
    def _is_a_bot_token(cls, token: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if token is None:
            if not known.data.get("client_id"):
                raise ValueError(
                    "set KINDLING_SLACK_BOT_TOKEN for one workspace, or KINDLING_SLACK_CLIENT_ID and "
                    "KINDLING_SLACK_CLIENT_SECRET for every workspace that installs the app"
                )
            return None
        if not token.get_secret_value().startswith("xoxb-"):
            raise ValueError(
                "this is not a bot token: it starts with xoxb- and stands on the app's page OAuth & Permissions"
            )
        return token

    @field_validator("app_token")
    @classmethod
    def _is_an_app_token(cls, token: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if token is None and known.data.get("mode") == "socket":
            raise ValueError(
                "the mode socket needs app_token: make an app-level token with the scope connections:write on the "
                "app's page Basic Information and put it into KINDLING_SLACK_APP_TOKEN, or choose the mode http"
            )
        if token is not None and not token.get_secret_value().startswith("xapp-"):
            raise ValueError(
                "this is not an app-level token: it starts with xapp- and is made on the app's page Basic Information"
            )
        return token

    @field_validator("signing_secret")
    @classmethod
    def _is_there_for_http(cls, secret: SecretStr | None, known: ValidationInfo) -> SecretStr | None:
        if known.data.get("mode") == "http" and (secret is None or not secret.get_secret_value()):
            raise ValueError(
                "the mode http needs signing_secret: copy it from the app's page Basic Information into "
                "KINDLING_SLACK_SIGNING_SECRET, or choose the mode socket"
            )
        return secret

    @field_validator("public_url")
    @classmethod
    def _ends_without_a_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("api_url")
    @classmethod
    def _ends_with_a_slash(cls, url: str) -> str:
        return url if url.endswith("/") else f"{url}/"
