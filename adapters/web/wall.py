"""The wall's page on the web, apart from any chat: what `[adapters.wall]` turns on.

It has no channels and nobody can act on it: it only serves pages to read.
"""

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.app import Plugin, Surroundings

if TYPE_CHECKING:
    from adapters.web.wall_adapter import WallAdapter

PLATFORM = "wall"


class WallSettings(BaseModel):
    """The table `[adapters.wall]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # seldom needed where it is installed

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Where the wall's pages are served; put a proxy with TLS in front of it.",
    )
    port: int = Field(default=8322, ge=0, le=65535, description="Their port; 0 takes any port that is free.")
    address: str = Field(
        default="",
        pattern=r"^(?:https?://[^\s/?#]+[^\s?#]*)?$",
        description="What people's addresses of the pages begin with, as https://kindness.example.org; "
        "empty for this computer alone.",
    )

    moderators: bool = Field(
        default=False,
        description="Whether moderators can sign in there too, by a link from /kindling web; needs https:// in the "
        "address, unless everybody is at this computer.",
    )

    @field_validator("address")
    @classmethod
    def _ends_without_a_slash(cls, address: str) -> str:
        return address.rstrip("/")

    @property
    def begins(self) -> str:
        """What addresses of pages begin with, as far as that is known before a port is taken."""
        return self.address or local(self.host, self.port)


def desk_of(settings: WallSettings, begins: str) -> str:
    """What the addresses of the moderators' pages begin with; empty where they are off. Whoever could read along could
    come in as a moderator too, so there are none where anybody can."""
    return f"{begins}/desk" if settings.moderators and not in_the_open(begins) else ""


def local(host: str, port: int) -> str:
    """The address of a server on this computer."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def in_the_open(address: str) -> bool:
    """Whether it is read on the way: by HTTP, and from another computer."""
    parts = urlsplit(address)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True


class WallPlugin:
    """What the entry point names. The server's libraries are imported only when an adapter is made."""

    name = PLATFORM
    settings: type[BaseModel] = WallSettings

    def create(self, settings: BaseModel, surroundings: Surroundings) -> "WallAdapter":
        """An adapter that serves pages. Raises TypeError for another adapter's settings."""
        from adapters.web.wall_adapter import WallAdapter  # noqa: PLC0415 (only a turned-on adapter needs its libraries)

        del surroundings
        if not isinstance(settings, WallSettings):
            raise TypeError(f"these are no settings for the wall's pages: {type(settings).__name__}")
        return WallAdapter(settings)


plugin: Plugin = WallPlugin()
