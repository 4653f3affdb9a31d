"""Slack's own descriptions, where they lie beside the repository."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "specs"


def specification(name: str) -> Any:
    """The parsed file, or a skipped test where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"{name} is not on this machine")
    return json.loads(path.read_text("utf-8"))
