"""What can be set: limits and times, who may connect, debugging."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from livewidget.suggest import didYouMean
from livewidget.web.csp import checkSources
from livewidget.web.forwarded import checkProxy
from livewidget.web.origins import checkHost, checkOrigin
from livewidget.web.pageheaders import checkHeaders
from livewidget.wire.limits import Limits, checkCount

#: What can carry the messages of a page, the best one first.
TRANSPORTS = ("websocket", "eventstream", "longpoll")

#: Bytes that the body of a request may have beside its largest message, unless it is set.
BODY_EXTRA = 64 * 1024
#: Bytes of messages in the last request of a page that is left.
FAREWELL = 60 * 1024
#: Bytes around the messages of a request.
ENVELOPE = 4 * 1024
#: So many of the shortest messages fit into that last request.
LEAST_BODY_MESSAGES = 6000

_COUNTS = (
    "processBytes",
    "callsRunning",
    "callsWaiting",
    "elements",
    "pagesInAll",
    "pagesUnconnected",
    "pagesUnconnectedPerAddress",
    "bodyMessages",
)


@dataclass(frozen=True)
class Settings:
    """The settings of one L{livewidget.resource.LiveResource}. Times are in seconds.

    What makes no sense is refused with a C{TypeError} or C{ValueError}.

    @ivar limits: how much may cross and wait, for each page.
    @ivar processBytes: bytes that may wait in all pages of the resource
        together. A process with several resources may hold as much for each.
    @ivar callsPerSecond: calls of one page's browser that are made a second; others wait.
    @ivar callsRunning: calls of one page's browser that run at a time; others are refused.
    @ivar callsWaiting: calls to one page's browser that wait for its answers; where
        there are more, the page is ended.
    @ivar elements: elements that a page may have when more are sent to it; others are refused.
    @ivar pagesInAll: pages that there may be; where there are as many, no more are made.
    @ivar pagesUnconnected: pages that no browser has connected to yet; where there
        are more, the oldest of them ends.
    @ivar pagesUnconnectedPerAddress: the same, of those loaded from one address.
    @ivar bodyBytes: bytes in the body of one request of a page; L{None}:
        C{limits.message} and 64 KiB more.
    @ivar bodyMessages: messages in such a body.
    @ivar heartbeat: silence after which the server says that it is there.
    @ivar timeout: how long after a heartbeat was due a connection is given up.
    @ivar ackDelay: the longest that a message waits for its acknowledgement; may be 0.
    @ivar helloWithin: how long a connection may take to say hello.
    @ivar connectWithin: how long a page may take to connect for the first time.
    @ivar resumeWindow: how long a page waits for a lost connection to come
        back; may be 0.
    @ivar leaveWindow: the same, after the browser said that it leaves the page.
    @ivar hosts: more host names that may be served. On a loopback interface
        only loopback names and these are; elsewhere every name is, unless some
        are given here. Any collection of texts; it becomes a frozen set.
    @ivar origins: more origins (C{https://example.com}) that may connect; the
        page's own always may. Any collection of texts; it becomes a frozen set.
    @ivar proxies: addresses (C{127.0.0.1}) and networks (C{10.0.0.0/8}) whose
        C{X-Forwarded-…} headers are believed, and C{unix} for whoever comes by a
        UNIX socket. Any collection of texts; it becomes a frozen set.
    @ivar transports: which of C{websocket}, C{eventstream} and C{longpoll} are
        offered. Any collection of texts; it becomes a frozen set.
    @ivar contentSources: more sources that pages may load from, by directive
        of the content security policy; they are added to the default ones.
    @ivar pageHeaders: other values for the headers of pages, or more headers, by
        name; L{None}: without it. C{{nonce}} in a value is the nonce of the page.
    @ivar debug: show errors in full, and read modules and templates anew for
        each page.
    """

    limits: Limits = field(default_factory=Limits)
    processBytes: int = 256 * 1024 * 1024
    callsPerSecond: float = 1000.0
    callsRunning: int = 1000
    callsWaiting: int = 10_000
    elements: int = 10_000
    pagesInAll: int = 20_000
    pagesUnconnected: int = 5000
    pagesUnconnectedPerAddress: int = 1000
    bodyBytes: int | None = None
    bodyMessages: int = 8192
    heartbeat: float = 25.0
    timeout: float = 20.0
    ackDelay: float = 1.0
    helloWithin: float = 10.0
    connectWithin: float = 30.0
    resumeWindow: float = 60.0
    leaveWindow: float = 4.0
    hosts: Collection[str] = frozenset()
    origins: Collection[str] = frozenset()
    proxies: Collection[str] = frozenset()
    transports: Collection[str] = frozenset(TRANSPORTS)
    contentSources: Mapping[str, str] = field(default_factory=dict, hash=False)
    pageHeaders: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    debug: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.limits, Limits):
            raise TypeError(f"limits takes Limits(…), not {self.limits!r}")
        if self.limits.message > self.limits.bytes:
            raise ValueError(
                f"limits.message ({self.limits.message}) is over limits.bytes "
                f"({self.limits.bytes}): the largest message could never be sent"
            )
        for name in _COUNTS:
            checkCount(name, getattr(self, name))
        _checkRate("callsPerSecond", self.callsPerSecond)
        for name in ("heartbeat", "timeout", "helloWithin", "connectWithin"):
            _checkSeconds(name, getattr(self, name), mayBeZero=False)
        for name in ("ackDelay", "resumeWindow", "leaveWindow"):
            _checkSeconds(name, getattr(self, name), mayBeZero=True)
        # It is frozen for others.
        put = object.__setattr__
        put(self, "hosts", _checkTexts("hosts", self.hosts, checkHost, "example.com"))
        put(
            self,
            "origins",
            _checkTexts("origins", self.origins, checkOrigin, "https://example.com"),
        )
        put(self, "proxies", _checkTexts("proxies", self.proxies, checkProxy, "127.0.0.1"))
        transports = _checkTexts("transports", self.transports, checkTransport, TRANSPORTS[0])
        if not transports:
            raise ValueError(f"transports takes at least one of {', '.join(TRANSPORTS)}")
        put(self, "transports", transports)
        put(self, "contentSources", checkSources(self.contentSources))
        put(self, "pageHeaders", checkHeaders(self.pageHeaders))
        if self.contentSources and "content-security-policy" in self.pageHeaders:
            raise ValueError(
                "contentSources adds to a policy that pageHeaders replaces: give one of the two"
            )
        self._checkBody()

    @property
    def largestBody(self) -> int:
        """Bytes that the body of a request of a page may have."""
        return self.bodyBytes or self.limits.message + BODY_EXTRA

    def _checkBody(self) -> None:
        if self.bodyBytes is not None:
            checkCount("bodyBytes", self.bodyBytes)
        least = max(self.limits.message, FAREWELL) + ENVELOPE
        if self.bodyBytes is not None and self.bodyBytes < least:
            raise ValueError(
                f"bodyBytes takes at least {least}, which a browser may send where limits.message "
                f"is {self.limits.message}, not {self.bodyBytes}"
            )
        if self.bodyMessages < LEAST_BODY_MESSAGES:
            raise ValueError(
                f"bodyMessages takes at least {LEAST_BODY_MESSAGES}, which a browser may send, "
                f"not {self.bodyMessages}"
            )


def checkTransport(text: str) -> str:
    """The name of a transport.

    @raise ValueError: there is none of this name.
    """
    if text in TRANSPORTS:
        return text
    hint = didYouMean(text, TRANSPORTS)
    raise ValueError(f"{text!r} is none of {', '.join(TRANSPORTS)}{hint and f'; {hint}'}")


def _checkRate(name: str, value: Any) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} takes a number, not {value!r}")
    if not 0 < value < inf:
        raise ValueError(f"{name} takes a number above 0, not {value!r}")


def _checkSeconds(name: str, value: Any, *, mayBeZero: bool) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} takes a number of seconds, not {value!r}")
    if not (0 < value < inf or (mayBeZero and value == 0)):
        least = "from 0 on" if mayBeZero else "above 0"
        raise ValueError(f"{name} takes a number of seconds {least}, not {value!r}")


def _checkTexts(
    name: str, texts: Iterable[str], check: Callable[[str], str], example: str
) -> frozenset[str]:
    # A text is a collection of texts too, and `in` finds parts of it.
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise TypeError(f"{name} takes a collection of texts, not {texts!r}: write {{{example!r}}}")
    checked = set()
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} takes texts such as {example!r}, not {text!r}")
        try:
            checked.add(check(text))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return frozenset(checked)
