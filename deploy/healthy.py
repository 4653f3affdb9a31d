# ruff: noqa: INP001  a script, run by its path
"""Ends with 0 while the Kindling of this machine works, else with 1. It needs nothing but Python."""

import os
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

PORT = os.environ.get("KINDLING_HTTP_PORT") or "9464"

try:
    with build_opener(ProxyHandler({})).open(f"http://127.0.0.1:{PORT}/healthz", timeout=5):
        sys.exit(0)
except (URLError, OSError) as problem:
    sys.exit(f"Kindling does not work: {problem}")
