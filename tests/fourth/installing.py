"""Puts packages where Python finds them, as an installer does, without one and without a network."""

import shutil
import tomllib
from pathlib import Path

LETTERBOX = Path(__file__).parent / "letterbox"


def install(package: Path, site: Path) -> None:
    """Copy a package's modules, and write down what its pyproject.toml says of it."""
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    for module in package.glob("*.py"):
        shutil.copy(module, site)
    _describe(site, project["name"], project["version"], project["entry-points"]["kindling.adapters"])


def install_broken(site: Path) -> None:
    """A package whose adapter cannot even be imported, and one whose entry point leads nowhere."""
    (site / "kindling_pigeons.py").write_text("raise ZeroDivisionError('the pigeons flew away')\n")
    _describe(site, "kindling-pigeons", "1.0", {"pigeons": "kindling_pigeons:plugin"})
    _describe(site, "kindling-smoke", "1.0", {"smoke": "kindling_smoke_signals:plugin"})


def _describe(site: Path, name: str, version: str, entry_points: dict[str, str]) -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    points = "".join(f"{point} = {value}\n" for point, value in entry_points.items())
    (info / "entry_points.txt").write_text(f"[kindling.adapters]\n{points}")
