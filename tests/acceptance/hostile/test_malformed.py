"""Attacks with malformed handshakes, frames, messages and bodies."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import Browser, Closed
from tests.acceptance.hostile.client import Peer, body, post
from tests.support.websocket import BINARY, CLOSE, PING, PONG, TEXT, frame

#: Malformed messages, and ones that a browser may not send.
MESSAGES = [
    b"[",
    b"[]",
    b"null",
    b"1",
    b'"call"',
    b"[NaN]",
    b'["call"]',
    b'["call",1,1,"echo"]',
    b'["call",1,1,"echo",[],{},1]',
    b'["call",1,1,"echo",{}]',
    b'["call",1,1,"echo",[],[]]',
    b'["call",1,1,"",[]]',
    b'["call",1,1,"' + b"x" * 257 + b'",[]]',
    b'["call",0,1,"echo",[1]]',
    b'["call",-1,1,"echo",[1]]',
    b'["call",1.5,1,"echo",[1]]',
    b'["call","1",1,"echo",[1]]',
    b'["call",true,1,"echo",[1]]',
    b'["call",1,null,"echo",[1]]',
    b'["call",9007199254740992,1,"echo",[1]]',
    b'["call",1,1,"echo",[NaN]]',
    b'["call",1,1,"echo",[Infinity]]',
    b'["call",1,1,"echo",[-Infinity]]',
    b'["call",1,1,"echo",[1e999]]',
    b'["call",1,1,"echo",[9007199254740992]]',
    b'["call",1,1,"echo",[-9007199254740992]]',
    b'["call",1,1,"echo",[' + b"9" * 5000 + b"]]",
    b'["call",1,1,"echo",["\\ud800"]]',
    b'["call",1,1,"echo",["\\udc00\\ud800"]]',
    b'["call",1,1,"echo",[{"\\udfff":1}]]',
    b'["call",1,1,"echo",[{"a":1,}]]',
    b'["call",1,1,"echo",[{a:1}]]',
    b'["call",1,1,"echo",[\'a\']]',
    b'["call",1,1,"echo",["a\nb"]]',
    b'["call",1,1,"echo",["\\x"]]',
    b'["call",1,1,"echo",[01]]',
    b'["call",1,1,"echo",[1]]]',
    b'["call",1,1,"echo",[1]] ["call",1,1,"echo",[1]]',
    b'["call",1,1,"echo",[/**/1]]',
    b'["call",1,1,"echo",[{"$x":1}]]',
    b'["call",1,1,"echo",[{"$":{"a":1}}]]',
    b'["call",1,1,"echo",[' + b"[" * 64 + b"]" * 64 + b"]]",
    b"[" * 30_000,
    b'["call",1,1,"echo",[' + b'{"a":' * 6000 + b"1" + b"}" * 6000 + b"]]",
    b'["CALL",1,1,"echo",[1]]',
    b'["result"]',
    b'["error",1,{}]',
    b'["error",1,{"type":"E","message":"m","other":1}]',
    b'["event",1,"echo",[]]',
    b'["join",1,1]',
    b'["leave",1,1]',
    b'["made"]',
    b'["made",0]',
    b'["made",1,2]',
    b'["detach",null]',
    b'["__proto__",1]',
]

#: Bytes that are not UTF-8.
NO_TEXT = [b'["call",1,1,"echo",["\xff"]]', b"\xc0\xaf", b"\xed\xa0\x80", b"[\xf0\x9f\x92]"]

#: Malformed hellos.
HELLOS = [
    b"{}",
    b'{"page":1}',
    b'["call",1,1,"echo",[1]]',
    b'{"page":"%b","claim":"short","connection":1,"received":0}',
    b'{"page":"%b","connection":1,"received":0}',
    b'{"page":"%b","claim":"the-claim-of-a-test","connection":0,"received":0}',
    b'{"page":"%b","claim":"the-claim-of-a-test","connection":1,"received":-1}',
    b'{"page":"%b","claim":"the-claim-of-a-test","connection":1.5,"received":0}',
    b'{"page":"%b","claim":"the-claim-of-a-test","connection":1,"received":0,"x":0}',
    b'{"page":"%b","claim":"the-claim-of-a-test","connection":1,"received":0,"heartbeat":0}',
    b'{"page":"%b","claim":"the-claim-of-a-test","connection":1,"received":0,"heartbeat":1e999}',
    b'{"page":"%b","claim":["the-claim-of-a-test"],"connection":1,"received":0}',
]

#: Frames, and the codes with which they are refused.
FRAMES = [
    (b"\x81\x02hi", 1002),
    (frame(b"[]", 3), 1002),
    (frame(b"[]", 0), 1002),
    (frame(b"x", TEXT, fin=False) + frame(b"x", TEXT), 1002),
    (frame(b"x" * 126, PING), 1002),
    (frame(b"x", PING, fin=False), 1002),
    (frame(b"x", 11), 1002),
    (b"\x81\xfe\x00\x01mask" + b"x", 1002),
    (b"\x81\xff" + b"\x00" * 7 + b"\x01mask" + b"x", 1002),
    (b"\x81\xff" + b"\xff" * 8 + b"mask", 1002),
    (frame(b'["call",null,1,"echo",[1]]', BINARY), 4400),
    (frame(b""), 4400),
]

#: Malformed payloads of close frames.
CLOSE_FRAMES = [b"\x03", b"\x00\x00", b"\x03\xed", b"\xff\xff", b"\x03\xe8\xff\xff"]

#: Headers of a handshake, and the status with which it fails.
HANDSHAKES = [
    ({"Sec_WebSocket_Key": None}, 400),
    ({"Sec_WebSocket_Key": "short"}, 400),
    ({"Sec_WebSocket_Key": "=" * 24}, 400),
    ({"Sec_WebSocket_Version": None}, 400),
    ({"Sec_WebSocket_Version": "12"}, 400),
    ({"Sec_WebSocket_Version": "13, 8"}, 400),
    ({"Sec_WebSocket_Version": "x"}, 400),
    ({"Connection": "keep-alive"}, 400),
    ({"Connection": None}, 400),
    ({"Upgrade": "h2c"}, 426),
    ({"Upgrade": None}, 426),
    ({"Sec_WebSocket_Protocol": None}, 400),
    ({"Sec_WebSocket_Protocol": "livewidget.2"}, 400),
    ({"Sec_WebSocket_Protocol": "livewidget.1,livewidget.1"}, 400),
    ({"Sec_WebSocket_Extensions": "permessage-deflate; =;;"}, 400),
]


@pytest.mark.parametrize(
    ("messages", "codes"),
    [(MESSAGES, (4400, 1002)), (NO_TEXT, (4400, 1007))],
    ids=["no message", "no UTF-8"],
)
def test_malformedMessageClosesTheConnection(
    besieged: Besieged, kind: str, messages: list[bytes], codes: tuple[int, ...]
) -> None:
    """C10: a malformed message closes the connection and does not reach the application."""
    ran = besieged.vitals()["ran"]
    for message in messages:
        browser = besieged.browser(kind).hello()
        assert browser.refused(message) in codes, message
    assert besieged.vitals()["ran"] == ran


def test_messagesAfterAMalformedOneAreNotRun(besieged: Besieged, kind: str) -> None:
    """C10: messages after or beside a malformed one are not run."""
    ran = besieged.vitals()["ran"]
    browser = besieged.browser(kind).hello()
    good = b'["call",null,1,"echo",[1]]'
    assert browser.refused(good, b'["nonsense"]', good) == 4400
    assert besieged.vitals()["ran"] == ran + 1


def test_lastOfDuplicateKeysCounts(besieged: Besieged, kind: str) -> None:
    """C10: the last of duplicate keys counts, everywhere."""
    browser = besieged.browser(kind).hello()
    browser.send(b'["call",1,1,"echo",[{"a":1,"a":2}]]')
    assert browser.next() == ["result", 1, {"a": 2}]
    browser.send(b'["call",2,1,"add",[],{"left":"x","left":5}]')
    assert browser.next() == ["result", 2, 15]


def test_malformedHelloClosesTheWebSocket(besieged: Besieged) -> None:
    """C10: a malformed hello closes a WebSocket, and binds no page."""
    pageId = besieged.peer().page()
    for pattern in HELLOS:
        peer = besieged.peer()
        peer.upgrade()
        peer.text(pattern.replace(b"%b", pageId.encode()))
        assert peer.closing()[0] == 4400, pattern
    assert besieged.browser("websocket", pageId=pageId).hello().call("echo", 1) == 1


def test_acknowledgementOfUnsentMessagesEndsThePage(besieged: Besieged, kind: str) -> None:
    """C10: an acknowledgement of messages that were never sent ends the page."""
    browser: Browser = besieged.browser(kind).hello()
    browser.received = 2**53 - 1
    with suppress(Closed):
        browser.acknowledge()
    assert browser.closed()[0] == 4400


def test_malformedBodyIsStatus400(besieged: Besieged) -> None:
    """C10: a malformed body is status 400 at each URL, and ends no page."""
    browser = besieged.browser("longpoll").hello()
    bodies = [
        b"",
        b"[]",
        b"null",
        b"nonsense",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf" + body(),
        body()[:-1],
        body() + body(),
        body(connection=0),
        body(connection=2**53),
        body(received=-1),
        body(claim="short"),
        body(claim="x" * 65),
        body(other=1),
        body(first=0),
        body(messages=[1]),
        body(first=1, messages={}),
        body(first=1, messages="x"),
        body(leave=1),
        body(hello="true"),
        body(heartbeat=0.5),
        body(heartbeat=3601),
        body(received=True),
        b'{"claim":NaN}',
        b'{"__proto__":{}}',
    ]
    for data in bodies:
        for name in ("send", "poll", "stream"):
            headers = post(besieged.host, browser.pageId)
            response = besieged.peer().request(f"/probe/_live/{name}", headers, "POST", data)
            assert response.status == 400, (name, data)
            assert json.loads(response.body)["close"][0] == 4400
    assert browser.call("echo", 1) == 1


def test_malformedHandshakeFails(besieged: Besieged) -> None:
    """C10: a malformed handshake fails with a status."""
    for headers, status in HANDSHAKES:
        assert besieged.peer().upgrade(**headers).status == status, headers


def test_handshakeByOtherMethodsFails(besieged: Besieged) -> None:
    """C10: a handshake by another method, an old HTTP version or a subpath fails."""
    head = b"Upgrade: websocket\r\nConnection: Upgrade\r\nHost: %b\r\n" % besieged.host.encode()
    for first, status in [
        (b"POST /probe/_live/ws HTTP/1.1", 426),
        (b"GET /probe/_live/ws/x HTTP/1.1", 404),
        (b"GET /probe/_live/ws HTTP/1.0", 400),
        (b"GET /probe/_live/ws", 400),
        (b"GET /probe/_live/ws HTTP/9.9", 400),
    ]:
        peer = besieged.peer()
        peer.send(first + b"\r\n" + head + b"\r\n")
        assert peer.head().status == status, first


def test_forbiddenFramesAreRefused(besieged: Besieged) -> None:
    """C10: frames that RFC 6455 forbids, binary and empty ones are refused with a code."""
    ran = besieged.vitals()["ran"]
    for data, code in FRAMES:
        browser = besieged.browser("websocket").hello()
        browser.peer.send(data)
        assert browser.closed()[0] == code, data
    assert besieged.vitals()["ran"] == ran


def test_malformedCloseFrameEndsThePage(besieged: Besieged) -> None:
    """C10: a malformed close frame cuts the connection and ends the page."""
    for data in CLOSE_FRAMES:
        browser = besieged.browser("websocket").hello()
        browser.peer.send(frame(data, CLOSE))
        browser.peer.rest()
        with pytest.raises(Closed) as gone:
            browser.hello()
        assert gone.value.code == 4400


def test_unexpectedFramesChangeNothing(besieged: Besieged, peer: Peer) -> None:
    """C10: unexpected pongs and frames after a close change nothing."""
    peer.send(frame(b"x", PONG) * 10)
    peer.text(b'["call",1,1,"echo",[1]]')
    assert peer.nextText() == b'["result",1,1]'
    ran = besieged.vitals()["ran"]
    peer.send(frame(b"\x03\xe8", CLOSE) + frame(b'["call",2,1,"echo",[1]]'))
    assert peer.closing()[0] == 1000
    assert besieged.vitals()["ran"] == ran


def test_ownCloseCodeEndsItsPageOnly(besieged: Besieged) -> None:
    """C10: a close with a private code ends its own page only."""
    other = besieged.browser("websocket").hello()
    for code in (4400, 4404, 4413, 4429, 4500):
        browser = besieged.browser("websocket").hello()
        browser.peer.send(frame(code.to_bytes(2, "big") + b"\xe2\x80\xae\n", CLOSE))
        browser.peer.rest()
        with pytest.raises(Closed) as gone:
            browser.hello()
        assert gone.value.code == code
    assert other.call("echo", 1) == 1
