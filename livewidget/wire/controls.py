"""Control frames, protocol version 1: what is sent about connections rather than messages.

These are the hello and its answer, acknowledgements, and the bodies of requests and responses;
see C{docs/reference/protocol.md}.
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
    """The first frame on every connection, from the browser.

    @ivar heartbeat: seconds, if the browser wants a shorter heartbeat than the server's.
    """

    page: Secret
    claim: Secret
    connection: Id
    received: Count
    heartbeat: Seconds | None = None


class Received(Struct, forbid_unknown_fields=True):
    """An acknowledgement: all messages up to and including this count have arrived."""

    received: Count


class Welcome(Struct, omit_defaults=True):
    """The answer to a hello.

    @ivar first: the count of the first message that follows.
    @ivar messages: the messages, in the answer to a poll.
    """

    connection: int
    received: int
    heartbeat: float
    timeout: float
    limits: Limits
    first: int
    messages: list[msgspec.Raw] | None = None


class PostAnswer(Struct, omit_defaults=True):
    """The answer to a C{send} or a C{poll}; see "HTTP" in C{docs/reference/protocol.md}."""

    received: int
    first: int | None = None
    messages: list[msgspec.Raw] | None = None


class Closing(Struct):
    """The close of a connection over HTTP: a close code and a reason."""

    close: tuple[int, str]


class Post(Struct, forbid_unknown_fields=True):
    """The body of a request; see "HTTP" in C{docs/reference/protocol.md}.

    @ivar posted: the messages, undecoded.
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
        """The messages as bytes."""
        return [bytes(message) for message in self.posted]


_encoder = msgspec.json.Encoder()
_helloDecoder = msgspec.json.Decoder(Hello)
_welcomeDecoder = msgspec.json.Decoder(Welcome)
_receivedDecoder = msgspec.json.Decoder(Received)
_postDecoder = msgspec.json.Decoder(Post)


def encodeControl(control: Hello | Received | Welcome | PostAnswer | Closing) -> bytes:
    """Encode a control frame: a JSON object."""
    return _encoder.encode(control)


def decodeHello(data: bytes) -> Hello:
    """Decode a hello.

    @raise ProtocolError: 4400, the bytes are not a hello.
    """
    return load(_helloDecoder, data)


def decodeReceived(data: bytes) -> Received:
    """Decode a control frame that follows the hello.

    @raise ProtocolError: 4400, the bytes are not such a frame.
    """
    return load(_receivedDecoder, data)


def decodePost(data: bytes) -> Post:
    """Decode the body of a request, but not the messages in it.

    @raise ProtocolError: 4400, the bytes are not such a body.
    """
    post = load(_postDecoder, data)
    if post.posted and post.first is None:
        raise ProtocolError(MALFORMED, "malformed body: messages without the count of the first")
    return post


def decodeWelcome(data: bytes) -> Welcome:
    """Decode the answer to a hello, for a client in Python.

    @raise ProtocolError: 4400, the bytes are not such an answer.
    """
    return load(_welcomeDecoder, data)


def isControl(data: bytes) -> bool:
    """Return whether a frame is a control frame (a JSON object) rather than a message."""
    return data[:1] == b"{"
