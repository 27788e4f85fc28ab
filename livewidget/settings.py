"""What can be set: limits and times, who may connect, debugging."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """How much may cross and wait.

    @ivar message: bytes of one message, either direction.
    @ivar messages: messages of a page that may wait for an acknowledgement.
    @ivar bytes: bytes of a page that may wait for an acknowledgement.
    """

    message: int = 64 * 1024
    messages: int = 10_000
    bytes: int = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """The settings of one L{livewidget.resource.LiveResource}. Times are in seconds.

    @ivar limits: how much may cross and wait, for each page.
    @ivar processBytes: bytes that may wait in all pages of the process together.
    @ivar heartbeat: silence after which the server says that it is there.
    @ivar timeout: how long after a heartbeat was due a connection is given up.
    @ivar ackDelay: the longest that a message waits for its acknowledgement.
    @ivar helloWithin: how long a connection may take to say hello.
    @ivar connectWithin: how long a page may take to connect for the first time.
    @ivar resumeWindow: how long a page waits for a lost connection to come back.
    @ivar leaveWindow: the same, after the browser said that it leaves the page.
    @ivar hosts: more host names that may be served. On a loopback interface
        only loopback names and these are; elsewhere every name is, unless some
        are given here.
    @ivar origins: more origins (C{https://example.com}) that may connect; the
        page's own always may.
    @ivar debug: show errors in full, and read modules and templates anew for
        each page.
    """

    limits: Limits = field(default_factory=Limits)
    processBytes: int = 256 * 1024 * 1024
    heartbeat: float = 25.0
    timeout: float = 20.0
    ackDelay: float = 1.0
    helloWithin: float = 10.0
    connectWithin: float = 30.0
    resumeWindow: float = 60.0
    leaveWindow: float = 5.0
    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    debug: bool = False
