"""The wire, version 1: what a message is, as bytes and as objects.

C{docs/protocol.md} describes it. Nothing here does I/O. The JavaScript twin is
C{js/messages.js}; both run C{tests/vectors/messages.json}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Annotated, Any, TypeAlias, TypeVar, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from livewidget.codes import MALFORMED
from livewidget.errors import EncodeError, ProtocolError

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64
MAX_NAME = 256

Count = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Id = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]


class ErrorInfo(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """How a failed call failed, as it crosses.

    @ivar id: names the entry in the server's log that has the details.
    @ivar stack: a JavaScript stack or a Python traceback.
    """

    type: str
    message: str
    data: Any = None
    id: str | UnsetType = UNSET
    stack: str | UnsetType = UNSET


class Call(Struct, array_like=True, tag="call", forbid_unknown_fields=True):
    """Call a method of an element or widget; without C{callId} no answer is wanted."""

    callId: Id | None
    elementId: Id
    method: Name
    args: list[Any]
    kwargs: dict[str, Any] = {}


class Result(Struct, array_like=True, tag="result", forbid_unknown_fields=True):
    """The answer of a call."""

    callId: Id
    value: Any


class Error(Struct, array_like=True, tag="error", forbid_unknown_fields=True):
    """The failure of a call; without C{callId} of something else, to help debugging."""

    callId: Id | None
    info: ErrorInfo


class Join(Struct, array_like=True, tag="join", forbid_unknown_fields=True):
    """To the browser: the element takes part in a topic."""

    topicId: Id
    elementId: Id


class Leave(Struct, array_like=True, tag="leave", forbid_unknown_fields=True):
    """To the browser: the element takes part in a topic no more."""

    topicId: Id
    elementId: Id


class Event(Struct, array_like=True, tag="event", forbid_unknown_fields=True):
    """To the browser: call a method of every widget of the page in a topic."""

    topicId: Id
    method: Name
    args: list[Any]


class Made(Struct, array_like=True, tag="made", forbid_unknown_fields=True):
    """To the server: the widget of an element that came later exists."""

    elementId: Id


class Detach(Struct, array_like=True, tag="detach", forbid_unknown_fields=True):
    """The pair is taken apart."""

    elementId: Id


_T = TypeVar("_T")

Message: TypeAlias = Call | Result | Error | Join | Leave | Event | Made | Detach


_encoder = msgspec.json.Encoder()
_messageDecoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(
    cast("type[Message]", Message)
)


def encode(message: Message, special: Callable[[Any], Any] | None = None) -> bytes:
    """Make the bytes of a message.

    @param special: gives what stands for a value of an unknown class, or raises L{EncodeError}.

    @raise EncodeError: a value in it cannot cross; the error has the path to it.
    """
    global _special
    outer, _special = _special, special
    try:
        return _encode(message)
    finally:
        _special = outer


_special: Any = None


def _encode(message: Message) -> bytes:
    if isinstance(message, Call):
        args = _outgoingField("args", message.args)
        kwargs = _outgoingKwargs(message.kwargs) if message.kwargs else None
        method = _outgoingName(message.method)
        head = ["call", message.callId, message.elementId, method, args]
        return _encoder.encode(head if kwargs is None else [*head, kwargs])
    if isinstance(message, Result):
        return _encoder.encode(["result", message.callId, _outgoingField("value", message.value)])
    if isinstance(message, Event):
        args = _outgoingField("args", message.args)
        method = _outgoingName(message.method)
        return _encoder.encode(["event", message.topicId, method, args])
    if isinstance(message, Error):
        return _encoder.encode(Error(message.callId, _outgoingInfo(message.info)))
    return _encoder.encode(message)


def checkArguments(args: Sequence[Any]) -> None:
    """Check the arguments of a call that is sent later.

    @raise EncodeError: one of them cannot cross; the error has the path to it.
    """
    _outgoingField("args", list(args))


def encodeValue(name: str, value: Any) -> msgspec.Raw:
    """A value outside of a message, encoded by the same rules.

    @param name: what the path in an error begins with.
    @raise EncodeError: the value cannot cross.
    """
    return msgspec.Raw(_encoder.encode(_outgoingField(name, value)))


def decode(data: bytes) -> Message:
    """Read and check one message.

    @raise ProtocolError: with code 4400; the bytes are not a message.
    """
    message = load(_messageDecoder, data)
    if isinstance(message, Call):
        message.args = _incoming(message.args, 0)
        message.kwargs = {name: _incoming(item, 1) for name, item in message.kwargs.items()}
    elif isinstance(message, Result):
        message.value = _incoming(message.value, 0)
    elif isinstance(message, Event):
        message.args = _incoming(message.args, 0)
    elif isinstance(message, Error):
        message.info.data = _incoming(message.info.data, 0)
    return message


def load(decoder: msgspec.json.Decoder[_T], data: bytes) -> _T:
    """Read what a browser has sent.

    @raise ProtocolError: with code 4400; the decoder does not take it.
    """
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(MALFORMED, f"malformed message: {error}") from None


def _outgoingField(name: str, value: Any, depth: int = 0) -> Any:
    try:
        return _outgoing(value, depth)
    except EncodeError as error:
        error.path.insert(0, name)
        raise


def _outgoingKwargs(kwargs: dict[str, Any]) -> dict[str, Any]:
    try:
        # An object of ours, and never a tag: the escape belongs to its values.
        return _outgoingEntries(kwargs, 1)
    except EncodeError as error:
        error.path.insert(0, "kwargs")
        raise


def _outgoingName(method: str) -> str:
    if isinstance(method, str) and 0 < len(method) <= MAX_NAME:
        return str(_outgoingField("method", method))
    error = EncodeError(f"the name of a method is a text of 1 to {MAX_NAME} characters")
    error.path.insert(0, "method")
    raise error


def _outgoingInfo(info: ErrorInfo) -> ErrorInfo:
    checked: dict[str, Any] = {
        name: value if value is UNSET else _outgoingField(name, value)
        for name, value in msgspec.structs.asdict(info).items()
    }
    return ErrorInfo(**checked)


def _outgoing(value: Any, depth: int) -> Any:
    """Check a value that is to cross, and escape what looks like a tag."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _outgoingText(value)
    if isinstance(value, int):
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return int(value)
        raise EncodeError("an integer beyond ±(2**53 - 1) would be rounded in the browser")
    if isinstance(value, float):
        if isfinite(value):
            return float(value)
        raise EncodeError(f"{value} has no form in JSON")
    if depth >= MAX_DEPTH:
        raise EncodeError(f"nested more than {MAX_DEPTH} deep, or in itself")
    if isinstance(value, (list, tuple)):
        return _outgoingList(value, depth + 1)
    if isinstance(value, dict):
        return _outgoingDict(value, depth + 1)
    if _special is not None:
        return _special(value)
    kind = type(value)
    raise EncodeError(f"a {kind.__module__}.{kind.__qualname__} cannot cross")


def _outgoingText(value: str) -> str:
    try:
        # ASCII is known at once; the rest has to be tried.
        if not value.isascii():
            value.encode()
    except UnicodeEncodeError:
        raise EncodeError("a text with half of a surrogate pair cannot cross") from None
    # Not str(value): a member of a text Enum would give its name.
    return str.__str__(value)


def _outgoingList(values: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    result = []
    try:
        for value in values:
            result.append(_outgoing(value, depth))
    except EncodeError as error:
        error.path.insert(0, f"[{len(result)}]")
        raise
    return result


def _outgoingDict(values: dict[Any, Any], depth: int) -> dict[str, Any]:
    result = _outgoingEntries(values, depth)
    return {"$": result} if _looksLikeTag(result) else result


def _outgoingEntries(values: dict[Any, Any], depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in values.items():
        if not isinstance(key, str):
            raise EncodeError(f"the key {key!r} is not a string")
        name = _outgoingText(key)
        try:
            result[name] = _outgoing(value, depth)
        except EncodeError as error:
            error.path.insert(0, f".{name}")
            raise
    return result


def _looksLikeTag(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith("$")


def _incoming(value: Any, depth: int) -> Any:
    """Check a value that came, and undo the escape of tags."""
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ProtocolError(MALFORMED, "malformed message: an integer beyond ±(2**53 - 1)")
        return value
    if not isinstance(value, (list, dict)):
        return value
    if depth >= MAX_DEPTH:
        raise ProtocolError(MALFORMED, f"malformed message: nested more than {MAX_DEPTH} deep")
    if isinstance(value, list):
        return [_incoming(item, depth + 1) for item in value]
    if _looksLikeTag(value):
        value = _untagged(value)
    return {key: _incoming(item, depth + 1) for key, item in value.items()}


def _untagged(value: dict[str, Any]) -> dict[str, Any]:
    tag, content = next(iter(value.items()))
    if tag == "$" and isinstance(content, dict) and _looksLikeTag(content):
        return content
    raise ProtocolError(MALFORMED, f"malformed message: unknown tag {tag[:32]!r}")
