"""The table of origins that may not connect, for every level of tests."""

from __future__ import annotations

#: An origin of another site, and none: enough to show that a check is made.
EXAMPLES = ["http://evil.example", None]

# {name} and {port} are those of the site.
_FOREIGN = [
    None,
    "",
    "null",
    # Other sites, and names that look like the site's.
    "http://evil.example",
    "http://evil.example:{port}",
    "http://{name}.evil.example:{port}",
    "http://{name}:{port}.evil.example",
    "http://evil{name}:{port}",
    "http://sub.{name}:{port}",
    "http://{name}.:{port}",
    "http://evil.example#{name}:{port}",
    "http://evil.example\\@{name}:{port}",
    "http://{name}:{port}@evil.example",
    # Other ports and schemes.
    "http://{name}",
    "http://{name}:1",
    "https://{name}:1",
    "http://{name}:443",
    "http://{name}:99999",
    "http://{name}:x",
    "http://{name}:{port}:{port}",
    "ftp://{name}:{port}",
    "chrome-extension://{name}:{port}",
    "file://",
    "file://{name}",
    "data:text/html,x",
    # Texts that are more or less than an origin.
    "http://{name}:{port}/",
    "http://{name}:{port}/path",
    "http://{name}:{port}?x",
    "http://{name}:{port}#x",
    "http://evil@{name}:{port}",
    "http://{name}:{port} http://evil.example",
    "http:// {name}:{port}",
    "http:{name}:{port}",
    "//{name}:{port}",
    "{name}:{port}",
    "http://[{name}]:{port}",
    "http://{name}\x1bc:{port}",
    "http://\u00e4{name}:{port}",
]


def foreignOrigins(name: str, port: int) -> list[str | None]:
    """Return C{Origin} headers that a site on this host and port must refuse.

    C{None} stands for a missing header.
    """
    return [
        pattern and pattern.replace("{name}", name).replace("{port}", str(port))
        for pattern in _FOREIGN
    ]
