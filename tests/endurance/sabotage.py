"""Kindling with one promise broken, to see that the count of crashes notices."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.endurance.aims import Aim

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One change of the code, and what has to be found wrong then."""

    what: str
    file: str
    old: str
    new: str
    found: str
    aims: tuple[Aim, ...]

    def commit(self, folder: Path) -> Path:
        """A copy of the code with the change in it; raises when the code is not as it is expected to be."""
        for package in ("bot", "adapters", "prompts"):
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        file = folder / self.file
        text = file.read_text("utf-8")
        if text.count(self.old) != 1:
            raise LookupError(f"{self.file} does not hold exactly once: {self.old}")
        file.write_text(text.replace(self.old, self.new), "utf-8")
        return folder


SABOTAGES = (
    Sabotage(
        "A card in doubt is sent again without asking the platform",
        "bot/services/delivering.py",
        "        if delivery.in_doubt:\n            answered = await self._ask(messenger, delivery)",
        "        if False:\n            answered = await self._ask(messenger, delivery)",
        "doubled",
        (Aim.CARRIED_OUT, Aim.ANSWERED),
    ),
    Sabotage(
        "A card in doubt is given up, as if it were there",
        "bot/services/delivering.py",
        "        if delivery.in_doubt:\n            answered = await self._ask(messenger, delivery)",
        "        if delivery.in_doubt:\n            return delivery.skipped('thought to be there')\n"
        "            answered = await self._ask(messenger, delivery)",
        "lost",
        (Aim.REQUESTED,),
    ),
    Sabotage(
        "Reactions are not fetched after a gap",
        "bot/services/comparing.py",
        "            left = await self._compare_each(messenger, left)\n",
        "            left = []\n",
        "reactions_wrong",
        (Aim.STARTING, Aim.PLANNING),
    ),
)
