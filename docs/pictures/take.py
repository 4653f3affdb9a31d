# ruff: noqa: INP001  a tool, run by scripts/pictures
"""Takes the pictures of this folder: the playground, the web pages, and cards as Discord and Slack show them.

Everything on them is real: the playground is `kindling demo`, and the cards are written by Kindling and rendered
by the adapters; only the look of the two chat programs is imitated.
"""

import argparse
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

from of_cards import take_cards, take_recap  # noqa: E402  beside this file
from of_moderators import take_moderators  # noqa: E402
from of_pages import take_desk, take_playground, take_wall  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from tests.adapters.web.chromium import CHROMIUM_FLAGS  # noqa: E402

LARGEST = 300_000
PARTS = {
    "cards": take_cards,
    "recap": take_recap,
    "moderators": take_moderators,
    "playground": take_playground,
    "wall": take_wall,
    "desk": take_desk,
}


def main() -> int:
    """Take the pictures that are asked for; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="all of them unless given")
    only: str | None = parser.parse_args().only
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.stderr.write("There is no Chromium or Chrome here, and pictures need one.\n")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        for name, take in PARTS.items():
            if only in {None, name}:
                take(browser)
        browser.close()
    too_large = [file.name for file in HERE.glob("*.png") if file.stat().st_size > LARGEST]
    if too_large:
        sys.stderr.write(f"Larger than {LARGEST} bytes: {', '.join(too_large)}\n")
    return bool(too_large)


if __name__ == "__main__":
    sys.exit(main())
