"""The settings of a resource: limits, times, allowed hosts and origins, debugging."""

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

#: The transports, the best one first.
TRANSPORTS = ("websocket", "eventstream", "longpoll")

#: Bytes that the body of a request may have besides its largest message, by default.
BODY_EXTRA = 64 * 1024
#: Bytes of messages in the last request of a page that a browser leaves.
FAREWELL = 60 * 1024
#: Bytes around the messages of a request.
ENVELOPE = 4 * 1024
#: The number of shortest messages that fit into that last request.
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
    """The settings of one L{livewidget.resource.LiveResource}.

    All times are in seconds. Collections of texts may be any iterable of strings
    other than a string; they become frozen sets, in canonical form.

    @raise TypeError: a value has the wrong type.
    @raise ValueError: a value is out of range, or contradicts another.

    @ivar limits: the sizes of messages and of the buffers of each page.
    @ivar processBytes: bytes that all pages of the resource together may buffer. Each
        resource of a process has a limit of its own.
    @ivar callsPerSecond: calls per second that a page accepts from its browser; further
        calls are delayed.
    @ivar callsRunning: calls from the browser that may run at the same time on a page;
        further calls are refused.
    @ivar callsWaiting: calls to the browser that may wait for an answer on a page; beyond
        the limit, the page is ended.
    @ivar elements: elements that a page may have when more are sent to it; further
        elements are refused.
    @ivar pagesInAll: pages that may exist at the same time; beyond the limit, no more
        are made.
    @ivar pagesUnconnected: pages that no browser has connected to yet; beyond the limit,
        the oldest of them is ended.
    @ivar pagesUnconnectedPerAddress: the same, for the pages loaded from one address.
    @ivar bodyBytes: bytes in the body of one request, or L{None} for C{limits.message}
        plus 64 KiB.
    @ivar bodyMessages: messages in such a body.
    @ivar heartbeat: the silence after which the server sends a heartbeat.
    @ivar timeout: how long after a heartbeat was due a connection is considered lost.
    @ivar ackDelay: the longest delay of an acknowledgement; may be 0.
    @ivar helloWithin: how long a new connection may take to say hello.
    @ivar connectWithin: how long a browser may take to connect to a page for the first time.
    @ivar resumeWindow: how long a page waits for a lost connection to come back; may be 0.
    @ivar leaveWindow: the same, after the browser announced that it leaves the page.
    @ivar hosts: additional host names to serve. On a loopback interface only loopback
        names and these are served; elsewhere all names are, unless some are given here.
    @ivar origins: additional origins (C{https://example.com}) that may connect, besides
        the page's own.
    @ivar proxies: addresses (C{127.0.0.1}) and networks (C{10.0.0.0/8}) of proxies whose
        C{X-Forwarded-…} headers are trusted; C{unix} for all clients of a UNIX socket.
    @ivar transports: the transports to offer, of C{websocket}, C{eventstream} and
        C{longpoll}.
    @ivar contentSources: additional sources that pages may load from, by directive of
        the content security policy.
    @ivar pageHeaders: values that replace or add headers of pages, by name, or L{None} to
        leave a header out. C{{nonce}} in a value stands for the page's nonce.
    @ivar debug: show errors in full, and reload modules and templates for each page.
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
            raise TypeError(f"limits must be a Limits(…), not {self.limits!r}")
        if self.limits.message > self.limits.bytes:
            raise ValueError(
                f"limits.message ({self.limits.message}) is larger than limits.bytes "
                f"({self.limits.bytes}), so that the largest message could never be sent; "
                "use a smaller limits.message"
            )
        for name in _COUNTS:
            checkCount(name, getattr(self, name))
        _checkRate("callsPerSecond", self.callsPerSecond)
        for name in ("heartbeat", "timeout", "helloWithin", "connectWithin"):
            _checkSeconds(name, getattr(self, name), mayBeZero=False)
        for name in ("ackDelay", "resumeWindow", "leaveWindow"):
            _checkSeconds(name, getattr(self, name), mayBeZero=True)
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
            raise ValueError(f"transports is empty; use at least one of {', '.join(TRANSPORTS)}")
        put(self, "transports", transports)
        put(self, "contentSources", checkSources(self.contentSources))
        put(self, "pageHeaders", checkHeaders(self.pageHeaders))
        if self.contentSources and "content-security-policy" in self.pageHeaders:
            raise ValueError(
                "contentSources extends the content security policy that pageHeaders replaces; "
                "use only one of the two"
            )
        self._checkBody()

    @property
    def largestBody(self) -> int:
        """The bytes that the body of a request may have."""
        return self.bodyBytes or self.limits.message + BODY_EXTRA

    def _checkBody(self) -> None:
        if self.bodyBytes is not None:
            checkCount("bodyBytes", self.bodyBytes)
        least = max(self.limits.message, FAREWELL) + ENVELOPE
        if self.bodyBytes is not None and self.bodyBytes < least:
            raise ValueError(
                f"bodyBytes must be at least {least}, not {self.bodyBytes}: a browser may send "
                f"that much if limits.message is {self.limits.message}"
            )
        if self.bodyMessages < LEAST_BODY_MESSAGES:
            raise ValueError(
                f"bodyMessages must be at least {LEAST_BODY_MESSAGES}, which a browser may send, "
                f"not {self.bodyMessages}"
            )


def checkTransport(text: str) -> str:
    """Return the name of a transport.

    @raise ValueError: no transport has this name.
    """
    if text in TRANSPORTS:
        return text
    hint = didYouMean(text, TRANSPORTS)
    raise ValueError(f"{text!r} is not one of {', '.join(TRANSPORTS)}{hint and f'; {hint}'}")


def _checkRate(name: str, value: Any) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not 0 < value < inf:
        raise ValueError(f"{name} must be a number above 0, not {value!r}")


def _checkSeconds(name: str, value: Any, *, mayBeZero: bool) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, not {value!r}")
    if not (0 < value < inf or (mayBeZero and value == 0)):
        least = "of at least 0" if mayBeZero else "above 0"
        raise ValueError(f"{name} must be a number of seconds {least}, not {value!r}")


def _checkTexts(
    name: str, texts: Iterable[str], check: Callable[[str], str], example: str
) -> frozenset[str]:
    # A text is iterable too, and `in` would find parts of it.
    if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
        raise TypeError(f"{name} must be a collection of texts, not {texts!r}; use {{{example!r}}}")
    checked = set()
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{name} must contain texts such as {example!r}, not {text!r}")
        try:
            checked.add(check(text))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return frozenset(checked)
