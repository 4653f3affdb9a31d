"""Adapters that are installed, found by their entry points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import cast

import structlog
from pydantic import BaseModel

from bot.app import Plugin

log = structlog.stdlib.get_logger(__name__)

GROUP = "kindling.adapters"


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """An entry point that could not be used; `sentence` says why."""

    name: str
    sentence: str


def plugins() -> Mapping[str, Plugin]:
    """All adapters that are installed and can be imported, by name; the others are logged as warnings."""
    found, broken = discover(entry_points(group=GROUP))
    for plugin in broken:
        log.warning("plugin.broken", plugin=plugin.name, problem=plugin.sentence)
    return found


def discover(points: Iterable[EntryPoint]) -> tuple[Mapping[str, Plugin], tuple[BrokenPlugin, ...]]:
    """The plugins of entry points, and those that are broken: one broken plugin takes no other down."""
    found: dict[str, Plugin] = {}
    broken: list[BrokenPlugin] = []
    for point in sorted(points, key=lambda point: point.name):
        try:
            plugin = _checked(point)
        except Exception as error:  # noqa: BLE001  whatever a stranger's module does at import
            broken.append(BrokenPlugin(point.name, f"{point.value} cannot be used: {type(error).__name__}: {error}"))
        else:
            found[plugin.name] = plugin
    return MappingProxyType(found), tuple(broken)


def _checked(point: EntryPoint) -> Plugin:
    plugin = cast("Plugin", point.load())
    if plugin.name != point.name:
        raise ValueError(f"it calls itself {plugin.name!r}, and its entry point {point.name!r}")
    settings = cast("object", plugin.settings)
    if not (isinstance(settings, type) and issubclass(settings, BaseModel)):
        raise TypeError("its settings are no pydantic model")
    if not callable(plugin.create):
        raise TypeError("it has no create")
    return plugin
