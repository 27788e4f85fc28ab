"""Messages, protocol version 1, as bytes and as objects; see C{docs/reference/protocol.md}.

The JavaScript twin is C{js/wire/messages.js}; both run C{tests/wire/vectors/messages.json}.
"""

from __future__ import annotations

from operator import is_
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from livewidget.errors import EncodeError, ProtocolError
from livewidget.wire.codes import MALFORMED
from livewidget.wire.incoming import incoming
from livewidget.wire.outgoing import Special, encodeValue, outgoing, outgoingKwargs
from livewidget.wire.plain import MAX_INTEGER, Plain, mayHaveTag

MAX_NAME = 256

Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Id = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class ErrorInfo(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """Why a call failed, as it is sent.

    @ivar id: identifies the entry in the server's log that has the details.
    @ivar stack: a JavaScript stack or a Python traceback.
    """

    type: str
    message: str
    data: Plain = None
    id: str | UnsetType = UNSET
    stack: str | UnsetType = UNSET


class Call(Struct, array_like=True, tag="call", forbid_unknown_fields=True):
    """Call a method of an element or widget. If C{callId} is C{None}, no answer is sent."""

    callId: Id | None
    elementId: Id
    method: Name
    args: list[Plain]
    kwargs: dict[str, Plain] = {}


class Result(Struct, array_like=True, tag="result", forbid_unknown_fields=True):
    """The answer to a call."""

    callId: Id
    value: Plain


class Error(Struct, array_like=True, tag="error", forbid_unknown_fields=True):
    """The failure of a call; or, if C{callId} is C{None}, of something else, for debugging."""

    callId: Id | None
    info: ErrorInfo


class Join(Struct, array_like=True, tag="join", forbid_unknown_fields=True):
    """To the browser: the element becomes a member of a topic."""

    topicId: Id
    elementId: Id


class Leave(Struct, array_like=True, tag="leave", forbid_unknown_fields=True):
    """To the browser: the element is no longer a member of a topic."""

    topicId: Id
    elementId: Id


class Event(Struct, array_like=True, tag="event", forbid_unknown_fields=True):
    """To the browser: call a method of every widget of the page that is in a topic."""

    topicId: Id
    method: Name
    args: list[Plain]


class Made(Struct, array_like=True, tag="made", forbid_unknown_fields=True):
    """To the server: the widget of an element that was added later was created."""

    elementId: Id


class Detach(Struct, array_like=True, tag="detach", forbid_unknown_fields=True):
    """The element or widget was detached; its counterpart must be too."""

    elementId: Id


class _AnyInfo(ErrorInfo):
    data: Any = None


# The same messages with values that are not plain, which are checked after decoding.


class _AnyCall(Call, tag="call"):
    args: list[Any]
    kwargs: dict[str, Any] = {}


class _AnyResult(Result, tag="result"):
    value: Any


class _AnyError(Error, tag="error"):
    info: _AnyInfo


class _AnyEvent(Event, tag="event"):
    args: list[Any]


_T = TypeVar("_T")

Message: TypeAlias = Call | Result | Error | Join | Leave | Event | Made | Detach


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(cast("type[Message]", Message))
_AnyMessage: TypeAlias = _AnyCall | _AnyResult | _AnyError | _AnyEvent
_anyDecoder: msgspec.json.Decoder[_AnyMessage | Join | Leave | Made | Detach] = (
    msgspec.json.Decoder(cast("Any", _AnyMessage | Join | Leave | Made | Detach))
)


def encode(message: Message, special: Special | None = None) -> bytes:
    """Encode a message.

    @param special: for values in arguments or a result, see L{Special}.
    @raise EncodeError: a value in it cannot be sent; the error has the path to it.
    """
    if isinstance(message, Call):
        return _encodeCall(
            message, _encodeInvocation(message.method, message.args, special), special
        )
    if isinstance(message, Result):
        value = encodeValue("value", message.value, special)
        return b'["result",%d,%b]' % (message.callId, value)
    if isinstance(message, Event):
        return b'["event",%d,%b]' % (
            message.topicId,
            _encodeInvocation(message.method, message.args, special),
        )
    if isinstance(message, Error):
        return _encoder.encode(Error(message.callId, _outgoingInfo(message.info)))
    return _encoder.encode(message)


class CallEncoder:
    """Encodes calls like L{encode}, and keeps the method and arguments of the last one.

    A loop that makes the same call on many elements then encodes it once. The encoding is used
    again only if no argument is mutable and all are the same objects: equal values may have
    different encodings, as C{1} and C{True} have.
    """

    __slots__ = ("_args", "_elementId", "_invocation", "_method", "_whole")

    def __init__(self) -> None:
        self._method = ""
        self._args: tuple[Any, ...] | None = None
        self._invocation = b""
        # The whole call without an answer, of the element with this id.
        self._elementId = 0
        self._whole = b""

    def encode(self, call: Call, special: Special | None = None) -> bytes:
        """Encode a call; see L{encode}.

        @raise EncodeError: a value in it cannot be sent; the error has the path to it.
        """
        # Fast path: the last call again; see docs/explanation/performance.md#encoded-once,
        # tests/wire/test_messages.py
        args, last = call.args, self._args
        if last is None or call.method != self._method or not _areSame(args, last):
            self._renew(call.method, args, special)
        elementId = call.elementId
        if call.callId is not None or call.kwargs:
            return _encodeCall(call, self._invocation, special)
        if elementId != self._elementId:
            self._elementId = elementId
            self._whole = b'["call",null,%d,%b]' % (elementId, self._invocation)
        return self._whole

    def _renew(self, method: str, args: list[Any], special: Special | None) -> None:
        self._invocation = _encodeInvocation(method, args, special)
        self._method = method
        self._args = tuple(args) if _IMMUTABLE.issuperset(map(type, args)) else None
        self._elementId = 0


_IMMUTABLE = frozenset({str, int, float, bool, type(None)})


def _areSame(args: list[Any], others: tuple[Any, ...]) -> bool:
    return len(args) == len(others) and all(map(is_, args, others))


def _encodeInvocation(method: str, args: list[Any], special: Special | None) -> bytes:
    encoded = encodeValue("args", args, special)
    return b"%b,%b" % (_encoder.encode(_outgoingName(method)), encoded)


def _encodeCall(call: Call, invocation: bytes, special: Special | None) -> bytes:
    if call.kwargs:
        kwargs = _encoder.encode(outgoingKwargs(call.kwargs, special))
        invocation = b"%b,%b" % (invocation, kwargs)
    callId = b"null" if call.callId is None else b"%d" % call.callId
    return b'["call",%b,%d,%b]' % (callId, call.elementId, invocation)


def decode(data: bytes, special: Special | None = None) -> Message:
    """Decode a message.

    @param special: for values in arguments or a result, see L{incoming}.
    @raise ProtocolError: 4400, the bytes are not a message.
    """
    if not mayHaveTag(data):
        try:
            # Fast path: plain values, checked while they are decoded; see
            # docs/explanation/performance.md#plain-values-checked-at-once,
            # tests/wire/test_plain.py
            return _decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # It has values that are not plain, or is malformed and refused below.
            pass
    message = load(_anyDecoder, data)
    if isinstance(message, _AnyCall):
        args = incoming(message.args, 0, special)
        kwargs = {name: incoming(item, 1, special) for name, item in message.kwargs.items()}
        return Call(message.callId, message.elementId, message.method, args, kwargs)
    if isinstance(message, _AnyResult):
        return Result(message.callId, incoming(message.value, 0, special))
    if isinstance(message, _AnyEvent):
        return Event(message.topicId, message.method, incoming(message.args))
    if isinstance(message, _AnyError):
        info = message.info
        data = incoming(info.data)
        return Error(message.callId, ErrorInfo(info.type, info.message, data, info.id, info.stack))
    return message


def load(decoder: msgspec.json.Decoder[_T], data: bytes) -> _T:
    """Decode what a browser sent.

    @raise ProtocolError: 4400, the decoder refuses it.
    """
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(MALFORMED, f"malformed message: {error}") from None


def _outgoingName(method: str) -> str:
    if isinstance(method, str) and 0 < len(method) <= MAX_NAME:
        return str(outgoing("method", method))
    error = EncodeError(f"the name of a method is a text of 1 to {MAX_NAME} characters")
    error.path.insert(0, "method")
    raise error


def _outgoingInfo(info: ErrorInfo) -> ErrorInfo:
    checked: dict[str, Any] = {
        name: value if value is UNSET else outgoing(name, value)
        for name, value in msgspec.structs.asdict(info).items()
    }
    return ErrorInfo(**checked)
