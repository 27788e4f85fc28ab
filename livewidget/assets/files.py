"""The web resource of JavaScript modules and style sheets."""

from __future__ import annotations

import re

from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import Request

from livewidget.assets.catalog import Catalog

#: The content types, by kind of package.
TYPES = {"js": b"text/javascript; charset=utf-8", "css": b"text/css; charset=utf-8"}

#: One coding in C{Accept-Encoding}, and its quality.
_CODING = re.compile(rb"[ \t]*([\w*-]+)[ \t]*(?:;[ \t]*q=([01](?:\.\d{0,3})?)[ \t]*)?")


class PackageFiles(Resource):
    """Serves the files of all packages of one kind, at C{label/path}.

    @param catalog: where the files are looked up.
    @param kind: C{"js"} or C{"css"}.
    @param debug: tell browsers to revalidate, instead of keeping each file for a year.
    """

    isLeaf = True

    def __init__(self, catalog: Catalog, kind: str, debug: bool) -> None:
        super().__init__()
        self._catalog = catalog
        self._kind = kind
        self._caching = b"no-cache" if debug else b"public, max-age=31536000, immutable"

    def render_GET(self, request: Request) -> bytes:
        """Return the content of one file, or a page that says it was not found."""
        label, *path = (part.decode("utf-8", "replace") for part in request.postpath or [b""])
        gzipped = _acceptsGzip(request)
        content = self._catalog.content(self._kind, label, "/".join(path), gzipped)
        if content is None:
            body: bytes = notFound().render(request)
            return body
        request.setHeader(b"content-type", TYPES[self._kind])
        request.setHeader(b"cache-control", self._caching)
        request.setHeader(b"x-content-type-options", b"nosniff")
        request.setHeader(b"vary", b"accept-encoding")
        if gzipped:
            request.setHeader(b"content-encoding", b"gzip")
        return content


def _acceptsGzip(request: Request) -> bool:
    """Return whether the browser prefers gzip to no coding, or does not mind (RFC 9110, 12.5.3)."""
    values = request.requestHeaders.getRawHeaders(b"accept-encoding", [])
    found = (_CODING.fullmatch(part) for part in b",".join(values).lower().split(b","))
    qualities = {match[1]: float(match[2] or 1) for match in found if match is not None}
    gzip = qualities.get(b"gzip", qualities.get(b"*", 0))
    return gzip > 0 and gzip >= qualities.get(b"identity", 0)
