"""Tests of all transports over TLS, on real sockets: no fast path bypasses the encryption."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from twisted.internet.ssl import PrivateCertificate

from livewidget import LiveSite
from livewidget.wire.messages import Call, encode
from tests.support.project import Project
from tests.support.sockets import Client, Echo, Server, ask, reactor, stream, turnUntil
from tests.support.websocket import frame

# Twisted's own code causes the warning.
pytestmark = pytest.mark.filterwarnings("ignore:.*pyOpenSSL:DeprecationWarning")

BROADCASTS = [f"{number}" + "x" * 20_000 for number in range(20)]


def certificate() -> PrivateCertificate:
    """Return a self-signed certificate for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=36_500))
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return PrivateCertificate.loadPEM(private + made.public_bytes(Encoding.PEM))


class SecureServer(Server):
    """A server that is reached over TLS only."""

    scheme = "https"

    def listen(self) -> Any:
        """Listen, and return the port."""
        site = LiveSite(self.resource, logsRequests=False, timeout=None)
        return reactor.listenSSL(0, site, certificate().options(), interface="127.0.0.1")

    def client(self, receiveBuffer: int | None) -> Client:
        """Return a client of the server."""
        return SecureClient(self.host, self._port.getHost().port, receiveBuffer, self.scheme)


class SecureClient(Client):
    """A browser's end of a TLS connection."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._tls = context.wrap_socket(self._socket, do_handshake_on_connect=False)
        self._socket = self._tls
        turnUntil(self._hasShaken)

    def read(self) -> None:
        """Return what has arrived."""
        while not self.ended:
            try:
                data = self._tls.recv(65536)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except ConnectionError:
                data = b""
            self.ended = not data
            self.data += data

    def _hasShaken(self) -> bool:
        try:
            self._tls.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        return True


@pytest.fixture
def server(project: Project) -> Iterator[Server]:
    """Return a server of L{Echo} behind TLS."""
    with SecureServer(project.page("<p {{ liveElement }}></p>", say=Echo.say)) as server:
        yield server


def said(text: str) -> bytes:
    """Return a call as a widget receives it."""
    return encode(Call(None, 1, "show", [text]))


def test_webSocketOverTLSKeepsTheOrder(server: Server) -> None:
    """Calls, answers and large broadcasts arrive in order over a WebSocket."""
    element = Echo()
    page = server.page(element)
    client = server.open()
    client.upgrade()
    assert client.hello(page.pageId)["received"] == 0
    for number in range(1, 4):
        assert client.call(number, "a") == b'["result",%d,"a"]' % number
    for text in BROADCASTS:
        element.callRemoteOnly("show", text)
    assert [client.next() for _ in BROADCASTS] == [said(text) for text in BROADCASTS]
    client.send(frame(b'["call",9,1,"say",["after"]]'))
    assert client.next() == b'["result",9,"after"]'


def test_eventStreamOverTLSKeepsTheOrder(server: Server) -> None:
    """Calls, answers and large broadcasts arrive in order over an event stream."""
    element = Echo()
    page = server.page(element)
    events = stream(server, page)
    events.data = b""
    for text in BROADCASTS:
        element.callRemoteOnly("show", text)
    last = b"data: %b\n\n" % said(BROADCASTS[-1])
    turnUntil(lambda: events.read() or last in events.data)
    places = [events.data.find(b"data: %b\n\n" % said(text)) for text in BROADCASTS]
    assert places == sorted(places)
    assert places[0] >= 0


def test_longPollOverTLSKeepsTheOrder(server: Server) -> None:
    """Calls, answers and large broadcasts arrive in order over long-poll."""
    page = server.page(Echo())
    poll, send = server.open(), server.open()
    assert ask(server, page, "poll", poll, hello=True)["received"] == 0
    for number in range(1, 4):
        message = ["call", number, 1, "say", ["a"]]
        body = {"received": number - 1, "first": number, "messages": [message]}
        assert ask(server, page, "send", send, **body) == {"received": number}
        answer = ask(server, page, "poll", poll, received=number - 1)
        assert answer["messages"] == [["result", number, "a"]]
