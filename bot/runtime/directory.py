"""Emergency numbers and people to talk to, by region: `bot.ports.guide.Directory` over `support.toml`.

Every entry says where it was read and on which day. What could not be confirmed is not in it.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.domain.support import Contact, Fact, Region, Regions

FILE = Path(__file__).with_name("support.toml")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    looked_up: date

    def fact(self, text: str) -> Fact:
        return Fact(text, self.source, self.looked_up)


class _Directory(_Entry):
    name: str
    link: str


class _Emergency(_Entry):
    number: str


class _Contact(_Entry):
    name: str
    how: str
    when: str = ""


class _Region(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    emergency: _Emergency
    contacts: tuple[_Contact, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    directories: tuple[_Directory, ...]
    regions: dict[str, _Region] = {}


class SupportFile:
    """The file that comes with Kindling."""

    def regions(self) -> Regions:
        """All that is in it, read once."""
        return _read()


@cache
def _read() -> Regions:
    found = _File.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8")))
    known = {
        code: Region(
            code,
            region.name,
            region.emergency.fact(region.emergency.number),
            tuple((Contact(one.name, one.how, one.when), one.fact(one.how)) for one in region.contacts),
        )
        for code, region in found.regions.items()
    }
    return Regions(known, tuple((one.name, one.fact(one.link)) for one in found.directories))
