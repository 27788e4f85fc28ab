"""The states of a WebSocket connection, and what leads from one to another.

::

    HANDSHAKE -> AWAITING_HELLO -> ANSWERING_HELLO -> OPEN
        |              |                 |              |
        +--------------+---- CLOSING <---+--------------+
                                |
    any state, when lost: -> CLOSED
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """What a connection is doing.

    @cvar HANDSHAKE: Autobahn reads the HTTP handshake.
    @cvar AWAITING_HELLO: the browser has to send its hello within C{Settings.helloWithin}.
    @cvar ANSWERING_HELLO: the page handles the hello. Its lifecycle hooks may run the reactor, so
        that more can be received meanwhile.
    @cvar OPEN: messages are sent and received.
    @cvar CLOSING: a close frame was sent, or the connection is being dropped. Nothing is sent or
        handled any more. If the browser closed, the page is notified when the connection is lost.
    @cvar CLOSED: the TCP connection is lost.
    """

    HANDSHAKE = auto()
    AWAITING_HELLO = auto()
    ANSWERING_HELLO = auto()
    OPEN = auto()
    CLOSING = auto()
    CLOSED = auto()


class Event(Enum):
    """What happens to a connection.

    @cvar ACCEPTED: the handshake is done, and the Host and Origin are allowed. If they are not,
        the handshake is completed all the same, and L{CLOSE} follows: only then can the browser's
        script read the close code.
    @cvar HELLO: a well-formed hello was received.
    @cvar WELCOMED: the page answers the hello.
    @cvar CLOSE: either side closes, for whatever reason, or Autobahn drops the connection.
    @cvar LOST: the TCP connection is lost.
    """

    ACCEPTED = auto()
    HELLO = auto()
    WELCOMED = auto()
    CLOSE = auto()
    LOST = auto()


#: The next state by state and event. Any other event changes nothing.
TRANSITIONS = {
    (State.HANDSHAKE, Event.ACCEPTED): State.AWAITING_HELLO,
    (State.HANDSHAKE, Event.CLOSE): State.CLOSING,
    (State.HANDSHAKE, Event.LOST): State.CLOSED,
    (State.AWAITING_HELLO, Event.HELLO): State.ANSWERING_HELLO,
    (State.AWAITING_HELLO, Event.CLOSE): State.CLOSING,
    (State.AWAITING_HELLO, Event.LOST): State.CLOSED,
    (State.ANSWERING_HELLO, Event.WELCOMED): State.OPEN,
    (State.ANSWERING_HELLO, Event.CLOSE): State.CLOSING,
    (State.ANSWERING_HELLO, Event.LOST): State.CLOSED,
    (State.OPEN, Event.CLOSE): State.CLOSING,
    (State.OPEN, Event.LOST): State.CLOSED,
    (State.CLOSING, Event.LOST): State.CLOSED,
}
