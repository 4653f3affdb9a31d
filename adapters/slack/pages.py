"""The few pages that somebody sees who installs Kindling. They hold no secret and are stored nowhere."""

import html
from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_STYLE = """
:root { color-scheme: light dark }
body { font: 1.125rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem }
h1 { font-size: 1.6rem; line-height: 1.25 }
a.button { display: inline-block; padding: .7rem 1.2rem; border-radius: .6rem; background: #7a3e1d; color: #fff;
  text-decoration: none; font-weight: 600 }
code { font-size: 1rem }
"""

INSTALL = "Kindling, for your workspace"
DONE = "Kindling is in your workspace"

_AGAIN = "Nothing was changed. Start once more, and follow Slack's page to its end within ten minutes."
_FAILED: Mapping[str, tuple[str, str]] = {
    "access_denied": (
        "Not this time, and that is fine",
        "Nothing was installed. Should you change your mind, you are welcome to begin again.",
    ),
    "invalid_browser": (
        "This page belongs to another visit",
        "For safety, an installation is finished in the browser in which it began. " + _AGAIN,
    ),
    "invalid_state": ("This page was used or has expired", _AGAIN),
    "invalid_code": ("Slack did not accept that", "Slack's answer was used before, or came too late. " + _AGAIN),
    "org_wide": (
        "One workspace at a time, please",
        "Kindling is not made for a whole organisation at once, so this was taken back. Choose one workspace of it.",
    ),
    "no_answer": ("Slack is not answering", "Nothing was changed. Please try it again in a few minutes."),
    "not_kept": (
        "That could not be kept",
        "Kindling could not store the installation. Whoever hosts it finds the reason in its log; then try again.",
    ),
}
_OTHERWISE = ("That did not work", _AGAIN)


def install(address: str) -> str:
    """The page where an installation begins; `address` is Slack's page for it."""
    return _page(
        INSTALL,
        "<p>A small daily habit of kindness for your team: a question in the morning, a theme each week, and nobody "
        "has to do anything. It invites and never pushes, and it reads no message but one that is handed to it.</p>"
        f'<p><a class="button" href="{html.escape(address)}">Add Kindling to Slack</a></p>',
    )


def done() -> str:
    """The page after it worked."""
    return _page(
        DONE,
        "<p>Nothing is posted before somebody sets it up. In the channel that you choose, type "
        "<code>/invite @Kindling</code>. Then an admin of the workspace types <code>/kindling setup</code>.</p>"
        "<p>You can close this page.</p>",
    )


def failed(reason: str, again: str) -> str:
    """The page after it did not; `again` is where an installation begins."""
    title, sentence = _FAILED.get(reason, _OTHERWISE)
    link = f'<p><a class="button" href="{html.escape(again)}">Begin again</a></p>'
    return _page(title, f"<p>{html.escape(sentence)}</p>{link}")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
