# ruff: noqa: INP001  a script, run by its path
"""Ends with 0 while the Kindling of this machine works, else with 1 and why. It needs nothing but Python.

Where to ask stands in the variables KINDLING_HTTP_HOST and KINDLING_HTTP_PORT, else in the table `[http]` of the file
that KINDLING_CONFIG names, as it does for Kindling itself.
"""

import os
import sys
import tomllib
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

PATIENCE = 8
"""Seconds: longer than Kindling takes to say that one of its parts does not answer."""


def table() -> dict[str, object]:
    """`[http]` of the configuration; empty when that cannot be read, of which Kindling itself tells."""
    try:
        found = tomllib.loads(Path(os.environ.get("KINDLING_CONFIG", "")).read_text("utf-8-sig")).get("http")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def address() -> str:
    """Where Kindling says how it is. On Linux 0.0.0.0, where it listens everywhere, is this machine."""
    of_the_file = table()
    host = os.environ.get("KINDLING_HTTP_HOST", "").strip() or str(of_the_file.get("host", "127.0.0.1"))
    port = os.environ.get("KINDLING_HTTP_PORT", "").strip() or str(of_the_file.get("port", 9464))
    if port == "0":
        sys.exit("Nobody can say how Kindling is: the port in [http] is 0.")
    return f"http://[{host}]:{port}/healthz" if ":" in host else f"http://{host}:{port}/healthz"


try:
    with build_opener(ProxyHandler({})).open(address(), timeout=PATIENCE):
        sys.exit(0)
except HTTPError as answer:
    sys.exit(f"Kindling does not work: {answer.read().decode()}")
except (URLError, OSError) as problem:
    sys.exit(f"Kindling does not answer: {problem}")
