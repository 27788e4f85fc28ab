"""The wire, version 1: what is said about connections, and is no message.

C{docs/protocol.md} describes it: the hello and its answer, acknowledgements, the
bodies of requests and of their answers.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from livewidget.errors import ProtocolError
from livewidget.wire.codes import MALFORMED
from livewidget.wire.limits import Limits
from livewidget.wire.messages import Count, Id, load

Secret = Annotated[str, Meta(min_length=16, max_length=64)]
Seconds = Annotated[float, Meta(ge=1, le=3600)]


class Hello(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The first thing on every connection, from the browser.

    @ivar heartbeat: the shorter heartbeat that is wanted, in seconds.
    """

    page: Secret
    claim: Secret
    connection: Id
    received: Count
    heartbeat: Seconds | None = None


class Received(Struct, forbid_unknown_fields=True):
    """All messages up to and with this count have arrived."""

    received: Count


class Welcome(Struct, omit_defaults=True):
    """The answer to a hello.

    @ivar first: the count of the first message that follows.
    @ivar messages: of the answer to a poll.
    """

    connection: int
    received: int
    heartbeat: float
    timeout: float
    limits: Limits
    first: int
    messages: list[msgspec.Raw] | None = None


class Answer(Struct, omit_defaults=True):
    """What answers a C{send} or a C{poll}; see C{docs/protocol.md}, "HTTP"."""

    received: int
    first: int | None = None
    messages: list[msgspec.Raw] | None = None


class Closing(Struct):
    """What closes a connection over HTTP: a close code and a reason."""

    close: tuple[int, str]


class Post(Struct, forbid_unknown_fields=True):
    """The body of a request; see C{docs/protocol.md}, "HTTP".

    @ivar posted: the messages, not decoded.
    """

    claim: Secret
    connection: Id
    received: Count
    first: Id | None = None
    posted: list[msgspec.Raw] = field(name="messages", default_factory=list)
    leave: bool = False
    hello: bool = False
    wait: bool = True
    heartbeat: Seconds | None = None
    probe: bool = False

    @property
    def messages(self) -> list[bytes]:
        """The messages, as they were sent."""
        return [bytes(message) for message in self.posted]


_encoder = msgspec.json.Encoder()
_helloDecoder = msgspec.json.Decoder(Hello)
_welcomeDecoder = msgspec.json.Decoder(Welcome)
_receivedDecoder = msgspec.json.Decoder(Received)
_postDecoder = msgspec.json.Decoder(Post)


def encodeControl(control: Hello | Received | Welcome | Answer | Closing) -> bytes:
    """Make the bytes of what is no message, a JSON object."""
    return _encoder.encode(control)


def decodeHello(data: bytes) -> Hello:
    """Read and check a hello.

    @raise ProtocolError: with code 4400; the bytes are not a hello.
    """
    return load(_helloDecoder, data)


def decodeReceived(data: bytes) -> Received:
    """Read and check a control frame that comes after the hello.

    @raise ProtocolError: with code 4400; the bytes are not such a frame.
    """
    return load(_receivedDecoder, data)


def decodePost(data: bytes) -> Post:
    """Read and check the body of a request, but not the messages in it.

    @raise ProtocolError: with code 4400; the bytes are not such a body.
    """
    post = load(_postDecoder, data)
    if post.posted and post.first is None:
        raise ProtocolError(MALFORMED, "malformed body: messages without the count of the first")
    return post


def decodeWelcome(data: bytes) -> Welcome:
    """Read the answer to a hello, in a client written in Python.

    @raise ProtocolError: with code 4400; the bytes are not such an answer.
    """
    return load(_welcomeDecoder, data)


def isControl(data: bytes) -> bool:
    """Whether a frame is control (a JSON object); otherwise it is a message."""
    return data[:1] == b"{"
