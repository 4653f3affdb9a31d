"""Time zones as people call them: by city, country, or what their clocks are called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from bot.domain.schedule import zone_of

LOCALE = "en"
NOWHERE = "ZZ"
"""The country of what lies in none."""


@dataclass(frozen=True, slots=True)
class Named:
    """A zone's city and country, and how its time is called (`Pacific Time`); each may be empty."""

    zone: str
    city: str
    country: str
    time: str

    @property
    def searched(self) -> tuple[str, ...]:
        """What people may type for it, folded."""
        return tuple(name.casefold() for name in (self.city, self.country, self.time) if name)

    def label(self, at: datetime | None) -> str:
        """`Berlin, Germany (UTC+1)`: with the clock as it is at an instant, where one is given."""
        place = ", ".join(dict.fromkeys(filter(None, (self.city, self.country)))) or self.zone
        return f"{place} ({_offset(self.zone, at)})" if at else place


@cache
def named(zone: str) -> Named:
    """A zone as people call it. The first call loads what babel knows of zones, a few milliseconds' work."""
    from babel.core import Locale, get_global  # noqa: PLC0415 -- large files, seldom needed

    locale = Locale(LOCALE)
    canonical = get_global("zone_aliases").get(zone, zone)
    territory = get_global("zone_territories").get(canonical, "")
    clocks = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", locale.meta_zones)
    clock = clocks.get(get_global("meta_zones").get(canonical, ""), {}).get("long", {})
    cities = cast("Mapping[str, Mapping[str, str]]", locale.time_zones)
    city = cities.get(canonical, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
    countries = cast("Mapping[str, str]", locale.territories)
    country = "" if territory == NOWHERE else countries.get(territory, "")
    return Named(zone, city, country, clock.get("generic") or clock.get("standard") or "")


def called(zone: str, wanted: str) -> bool:
    """Whether people call a zone's country or clock exactly so; `wanted` is folded."""
    return wanted in named(zone).searched[1:]


def begins(zone: str, wanted: str) -> bool:
    """Whether its city, its country or its clock's name begins so; `wanted` is folded."""
    return any(name.startswith(wanted) for name in named(zone).searched)


def _offset(zone: str, at: datetime) -> str:
    offset = zone_of(zone).utcoffset(at.astimezone(zone_of(zone))) or timedelta()
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "") if minutes else "UTC"
