"""The page that a developer sees instead of one that could not be created."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from markupsafe import escape
from twisted.web.server import Request

#: The title of the response in place of a page that could not be created.
NOT_CREATED = "This page could not be created"

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 50rem; margin: 0 auto; padding: 3rem 1.5rem; }
h1 { font-size: 1.4rem; line-height: 1.25; }
pre { margin: 1.5rem 0; padding: 1rem 1.25rem; border-left: 0.25rem solid #c33;
  background: color-mix(in srgb, #c33 8%, Canvas); border-radius: 0 0.5rem 0.5rem 0;
  font: 0.95rem/1.6 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
"""

_HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<pre>{text}</pre>
<p>The server\u2019s log has it as error <code>{errorId}</code>.</p>
</main>
</body>
</html>
"""

_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{_HASH}'; frame-ancestors 'self'"


def debugPage(request: Request, text: str, errorId: str) -> bytes:
    """Set the status and headers of a response that shows an error, and return its body.

    @param text: a traceback or a message as in the log; only developers may see it.
    """
    request.setResponseCode(500)
    request.setHeader(b"content-type", b"text/html; charset=utf-8")
    request.setHeader(b"content-security-policy", _POLICY.encode())
    request.setHeader(b"cache-control", b"no-store")
    html = _HTML.format(title=NOT_CREATED, style=_STYLE, text=escape(text), errorId=escape(errorId))
    return html.encode("utf-8", "backslashreplace")
