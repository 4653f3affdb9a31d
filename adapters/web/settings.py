"""What an operator can set about the playground: the table `[adapters.web]`."""

from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.domain.community import Tone


class WebSettings(BaseModel):
    """The table `[adapters.web]`. Every key has a default that suits one person at one computer."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # seldom needed where it is installed

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address to listen on. Anyone who reaches it can act as anyone: keep it on this computer.",
    )
    port: int = Field(default=8321, ge=0, le=65535, description="The port to listen on; 0 takes any port that is free.")
    port_fallback: bool = Field(
        default=False, description="Take a free port when the chosen one is in use, instead of stopping."
    )
    room: str = Field(
        default="playground",
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="The name of the room: what a server is on Discord and a workspace on Slack.",
    )
    file: str = Field(
        default="playground.sqlite",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$",
        description="The file, in Kindling's data folder, in which the room keeps its messages.",
    )
    zone: str = Field(
        default="", description="The IANA zone that the people of the room live in; empty takes this computer's."
    )
    tone: Tone = Field(default=Tone.COMMUNITY, description="What suits the people of the room: community or workplace.")
    seed_weeks: int = Field(
        default=0,
        ge=0,
        le=8,
        description="Weeks that have happened already in a new room; only where the clock can be moved on.",
    )
    names: tuple[str, ...] = Field(
        default=(),
        description="Host names the page may be opened under besides localhost and `host`, as behind a proxy.",
    )

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        if zone and zone not in available_timezones():
            raise ValueError(f"there is no zone called {zone!r}; a name such as Europe/Berlin is needed")
        return zone
