"""Tests of C{livewidget.web.forwarded}: which proxies are trusted, and with which headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.address import HostnameAddress, UNIXAddress
from twisted.web.test.requesthelper import DummyRequest

from livewidget import Settings
from livewidget.web.access import hostRefusal, originRefusal
from livewidget.web.forwarded import Forwarded, checkProxy, clientOf, networkOf, readForwarded
from tests.support.http import address

HERE = "127.0.0.1"
PUBLIC = "192.0.2.1"


def request(peer: Any = HERE, on: str = HERE, secure: bool = False, **headers: Any) -> Any:
    """Return a request from a peer, with these headers, each maybe several times.

    @param headers: C{host}, C{origin}; C{xHost} and so on are C{X-Forwarded-…}.
    """
    made = DummyRequest([b""])
    made.client = address(peer) if isinstance(peer, str) else peer
    made.getHost = lambda: address(on)
    made.isSecure = lambda: secure
    for name, value in headers.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        full = name.replace("x", "x-forwarded-", 1) if name.startswith("x") else name
        encoded = [item.encode("latin-1") for item in values]
        made.requestHeaders.setRawHeaders(full.encode(), encoded)
    return made


class TestProxies:
    """The forms of a proxy's address."""

    @pytest.mark.parametrize(
        ("text", "usual"),
        [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1/32", "127.0.0.1"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::1", "::1"),
            ("2001:DB8:0::/32", "2001:db8::/32"),
            ("unix", "unix"),
        ],
    )
    def test_proxyIsReturnedInItsUsualForm(self, text: str, usual: str) -> None:
        """Addresses, networks and C{unix} have one form each."""
        assert checkProxy(text) == usual
        assert checkProxy(usual) == usual

    @pytest.mark.parametrize(
        "text",
        ["", "localhost", "[::1]", "127.1", "1", "127.0.0.1:80", "*", "UNIX", "unix:/x", "a/8"],
    )
    def test_malformedProxyIsRefusedWithAdvice(self, text: str) -> None:
        """A text that is not a proxy is refused with the forms that are."""
        with pytest.raises(ValueError, match="is not an address") as caught:
            checkProxy(text)
        assert str(caught.value) == (
            f"{text!r} is not an address; use an IP address such as 127.0.0.1, a network such "
            "as 10.0.0.0/8, or unix for all peers on a UNIX socket"
        )

    def test_addressInsideANetworkGetsAdvice(self) -> None:
        """The reason names the network around an address inside of one."""
        said = r"^'10\.0\.0\.1/8' is not an address \(the network around it is 10\.0\.0\.0/8\); use"
        with pytest.raises(ValueError, match=said):
            checkProxy("10.0.0.1/8")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("::ffff:127.0.0.1", "is an IPv4 address in IPv6 form; use the IPv4 form"),
            ("::ffff:0:0/96", "is an IPv4 address in IPv6 form; use the IPv4 form"),
            ("fe80::1%eth0", "has a zone; use the address without it"),
        ],
    )
    def test_proxyThatNeverMatchesIsRefused(self, text: str, reason: str) -> None:
        """An address that no connection can come from is refused."""
        with pytest.raises(ValueError, match=reason):
            checkProxy(text)


SAYS = Forwarded("a.example", "https")


@pytest.mark.parametrize(
    "hear",
    [
        lambda *args: readForwarded(*args) == SAYS,
        lambda *args: clientOf(*args) == "192.0.2.9",
    ],
)
class TestTrust:
    """Only the connection's peer is trusted, and only if it is configured."""

    def isHeard(self, hear: Callable[..., bool], peer: Any, *proxies: str) -> bool:
        """Return whether a peer's headers are read."""
        made = request(peer, xHost="a.example", xProto="https", xFor="192.0.2.9")
        return hear(made, frozenset(proxies))

    @pytest.mark.parametrize(
        ("peer", "proxy"),
        [
            (HERE, HERE),
            ("::ffff:127.0.0.1", HERE),
            ("10.1.2.3", "10.0.0.0/8"),
            ("::1", "::1"),
            ("fe80::1%eth0", "fe80::/10"),
            ("192.0.2.1", "0.0.0.0/0"),
            (UNIXAddress(b"/x"), "unix"),
            (UNIXAddress(None), "unix"),
        ],
    )
    def test_configuredPeerIsTrusted(
        self, hear: Callable[..., bool], peer: Any, proxy: str
    ) -> None:
        """A peer is trusted if it or its network is configured."""
        assert self.isHeard(hear, peer, proxy)
        assert self.isHeard(hear, peer, "192.0.2.200", proxy)

    @pytest.mark.parametrize(
        ("peer", "proxies"),
        [
            (HERE, []),
            ("::1", [HERE]),
            (HERE, ["::1", "::/0"]),
            ("127.0.0.2", [HERE]),
            ("11.0.0.1", ["10.0.0.0/8"]),
            ("192.0.2.9", [HERE]),
            (HERE, ["unix"]),
            (UNIXAddress(b"/x"), ["0.0.0.0/0", "::/0"]),
            (UNIXAddress(b"/x"), []),
            (HostnameAddress(b"127.0.0.1", 80), [HERE]),
            (None, [HERE]),
        ],
    )
    def test_otherPeerIsNotTrusted(
        self, hear: Callable[..., bool], peer: Any, proxies: list[str]
    ) -> None:
        """Any other peer is not trusted, whatever its headers contain."""
        assert not self.isHeard(hear, peer, *proxies)


class TestReadForwarded:
    """The forwarded host and scheme."""

    def read(self, **headers: Any) -> tuple[str | None, str | None]:
        """Return what a trusted proxy forwarded."""
        found = readForwarded(request(**headers), frozenset({HERE}))
        return found.host, found.scheme

    def test_hostAndSchemeAreOptional(self) -> None:
        """A proxy may forward either, both or neither."""
        assert self.read() == (None, None)
        assert self.read(xHost="a.example:81") == ("a.example:81", None)
        assert self.read(xProto="http") == (None, "http")

    @pytest.mark.parametrize(
        "values",
        [
            "evil.example, a.example",
            "x,y ,  a.example ",
            ["evil.example", "a.example"],
            ["b,c", "a.example"],
        ],
    )
    def test_lastValueCounts(self, values: Any) -> None:
        """The last of several values counts, on one line or several.

        A client may have forged the others before the proxy appended its own.
        """
        assert self.read(xHost=values)[0] == "a.example"

    @pytest.mark.parametrize("values", ["http,https", ["http", "https"], "HTTPS", "wss"])
    def test_schemeIsNormalised(self, values: Any) -> None:
        """The last scheme counts, in any case; that of a WebSocket is its page's."""
        assert self.read(xProto=values)[1] == "https"
        assert self.read(xProto="ws")[1] == "http"

    @pytest.mark.parametrize("value", ["", "a.example,", ["a.example", ""]])
    def test_emptyValueHidesEarlierOnes(self, value: Any) -> None:
        """An empty last value is not replaced by the one before it."""
        assert self.read(xHost=value, xProto=value) == ("", "")

    def test_otherForwardingHeadersAreIgnored(self) -> None:
        """C{Forwarded} and other headers of the family are not read."""
        made = request(xServer="a.example", xScheme="https", xPort="443", xSsl="on")
        made.requestHeaders.setRawHeaders(b"forwarded", [b"host=a.example;proto=https;for=1.2.3.4"])
        assert readForwarded(made, frozenset({HERE})) == Forwarded()
        assert clientOf(made, frozenset({HERE})) is None


class TestClient:
    """The client of a forwarded request."""

    @pytest.mark.parametrize(
        ("values", "client"),
        [
            ("192.0.2.9", "192.0.2.9"),
            ("2001:db8::9", "2001:db8::9"),
            ("203.0.113.1, 192.0.2.9", "192.0.2.9"),
            ("203.0.113.1, 192.0.2.9, 10.0.0.2", "192.0.2.9"),
            ("203.0.113.1, 192.0.2.9, 10.0.0.2, 127.0.0.1", "192.0.2.9"),
            ("10.0.0.3, 192.0.2.9, 10.0.0.2", "192.0.2.9"),
            (["203.0.113.1, 192.0.2.9", "10.0.0.2"], "192.0.2.9"),
            ("unknown, ::ffff:10.0.0.2", "unknown"),
            ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("203.0.113.1, evil\x1b", "evil\x1b"),
        ],
    )
    def test_clientIsTheLastUntrustedHop(self, values: Any, client: str) -> None:
        """The client is the last hop that is not trusted, or else the first."""
        assert clientOf(request(xFor=values), frozenset({HERE, "10.0.0.0/8"})) == client

    @pytest.mark.parametrize("values", [[], "", "203.0.113.1,"])
    def test_emptyHopHidesEarlierOnes(self, values: Any) -> None:
        """A proxy that forwards an empty client is not replaced by the hop before."""
        assert clientOf(request(xFor=values), frozenset({HERE})) is None


class TestForwardedHost:
    """A forwarded host is checked in addition to the Host header."""

    def served(
        self, host: Any, forwarded: Any, *hosts: str, on: str = HERE, peer: str = HERE
    ) -> bool:
        """Return whether a request with both is served."""
        settings = Settings(hosts=hosts, proxies={HERE})
        made = request(peer, on, host=host, xHost=forwarded)
        return hostRefusal(made, settings) is None

    @pytest.mark.parametrize("on", ["127.0.0.1", "::1"])
    @pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "my.example"])
    @pytest.mark.parametrize("forwarded", ["localhost:8443", "my.example", "MY.example:443", None])
    def test_allowedHostsAreServed(self, on: str, host: str, forwarded: str | None) -> None:
        """On loopback, both names must be loopback names or allowed ones."""
        assert self.served(host, forwarded, "my.example", on=on)

    @pytest.mark.parametrize(
        "forwarded", ["localhost", "127.0.0.1:8080", "my.example", "evil.example", None]
    )
    def test_reboundHostIsRefusedWhateverIsForwarded(self, forwarded: str | None) -> None:
        """A rebound name is refused, whatever its script forwards.

        Its requests come from the proxy's machine, and a script can set any header but Host.
        """
        assert not self.served("evil.example", forwarded, "my.example")

    @pytest.mark.parametrize(
        "forwarded",
        [
            "evil.example",
            "",
            "a@my.example",
            "my.example/",
            "my.example, evil.example",
            ["my.example", ""],
        ],
    )
    def test_foreignForwardedHostIsRefused(self, forwarded: Any) -> None:
        """A foreign or malformed forwarded host is refused too."""
        assert not self.served("localhost", forwarded, "my.example")

    @pytest.mark.parametrize("host", [None, "", ["localhost", "localhost"]])
    def test_forwardedHostDoesNotReplaceAMissingHost(self, host: Any) -> None:
        """A forwarded host does not make up for a missing Host."""
        assert not self.served(host, "my.example", "my.example")

    def test_anyForwardedHostIsServedOnOtherInterfaces(self) -> None:
        """On other interfaces any names are served unless some are configured."""
        assert self.served("10.0.0.5", "my.example", on=PUBLIC)
        assert not self.served("10.0.0.5", "@", on=PUBLIC)
        assert not self.served("10.0.0.5", "my.example", "my.example", on=PUBLIC)
        assert not self.served("my.example", "evil.example", "my.example", on=PUBLIC)
        assert self.served("10.0.0.5", "my.example", "my.example", "10.0.0.5", on=PUBLIC)

    def test_forwardedHostOfAnUntrustedPeerIsIgnored(self) -> None:
        """A header of an untrusted peer changes nothing."""
        assert self.served("localhost", "evil.example", peer="127.0.0.2")
        assert not self.served("evil.example", "localhost", peer="127.0.0.2")

    def test_reasonNamesTheForwardedHost(self) -> None:
        """The log names the forwarded host if that one was refused."""
        made = request(host="localhost", xHost="evil.example")
        refusal = hostRefusal(made, Settings(proxies={HERE}))
        assert str(refusal).startswith("the host 'evil.example' is not served here; ")


class TestForwardedSite:
    """The Origin is compared with the site that a trusted proxy forwards."""

    def connects(
        self, origin: str, host: Any, proto: Any, *, peer: str = HERE, secure: bool = False
    ) -> bool:
        """Return whether an Origin may connect through a proxy with C{Host: inside.example}."""
        headers = {"host": "inside.example", "origin": origin, "xHost": host, "xProto": proto}
        made = request(peer, PUBLIC, secure, **headers)
        return originRefusal(made, Settings(proxies={HERE})) is None

    @pytest.mark.parametrize("secure", [False, True])
    @pytest.mark.parametrize(
        ("origin", "host", "proto"),
        [
            ("https://my.example", "my.example", "https"),
            ("https://my.example", "MY.example:443", "https"),
            ("https://my.example:8443", "my.example:8443", "https"),
            ("https://my.example", "evil.example, my.example", "http, https"),
            ("http://my.example", "my.example", "http"),
            ("https://inside.example", None, "https"),
            ("https://[2001:db8::1]", "[2001:db8::1]", "wss"),
        ],
    )
    def test_forwardedSiteMayConnect(
        self, origin: str, host: Any, proto: Any, secure: bool
    ) -> None:
        """The forwarded host and scheme count instead of the server's own."""
        assert self.connects(origin, host, proto, secure=secure)

    @pytest.mark.parametrize(
        ("origin", "host", "proto"),
        [
            ("http://my.example", "my.example", "https"),
            ("https://my.example", "my.example", "http"),
            ("http://my.example:443", "my.example", "https"),
            ("https://my.example:80", "my.example", "https"),
            ("https://my.example:8443", "my.example", "https"),
            ("https://inside.example", "my.example", "https"),
            ("http://inside.example", None, "https"),
            ("https://evil.example", "evil.example, my.example", "https"),
            ("https://my.example", "my.example", "https,http"),
            ("https://my.example", "my.example", ""),
            ("https://my.example", "my.example", "gopher"),
            ("gopher://my.example", "my.example", "gopher"),
            ("https://my.example", "", "https"),
            ("https://inside.example", "", "https"),
            ("https://", "", "https"),
        ],
    )
    def test_otherSiteIsRefused(self, origin: str, host: Any, proto: Any) -> None:
        """Another scheme or port, the proxy's own Host and malformed values are refused."""
        assert not self.connects(origin, host, proto)

    def test_missingSchemeAllowsBoth(self) -> None:
        """Without a forwarded scheme either scheme may connect."""
        assert self.connects("https://my.example", "my.example", None)
        assert self.connects("http://my.example", "my.example", None)
        assert not self.connects("http://my.example", "my.example", None, secure=True)

    @pytest.mark.parametrize(
        ("origin", "allowed"),
        [
            ("https://inside.example", True),
            ("http://inside.example", True),
            ("https://my.example", False),
        ],
    )
    def test_forwardedSiteOfAnUntrustedPeerIsIgnored(self, origin: str, allowed: bool) -> None:
        """Headers of an untrusted peer change nothing."""
        assert self.connects(origin, "my.example", "https", peer="127.0.0.2") is allowed

    def test_reasonHasTheForwardedSite(self) -> None:
        """The log has the site that the origin was compared with, escaped."""
        made = request(host="inside.example", origin="https://a.example", xHost="b\x1b")
        settings = Settings(proxies={HERE})
        assert "may not connect to 'b\\x1b'; to" in str(originRefusal(made, settings))
        made.requestHeaders.setRawHeaders(b"x-forwarded-proto", [b"https"])
        assert "may not connect to 'https://b\\x1b'; to" in str(originRefusal(made, settings))


class TestNetworks:
    """The network that a request is counted for."""

    @pytest.mark.parametrize(
        ("peer", "network"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            (UNIXAddress(b"/run/x"), "None"),
            (HostnameAddress(b"x", 1), "None"),
        ],
    )
    def test_peerIsCountedByAddressOrIPv6Network(self, peer: Any, network: str) -> None:
        """A peer is counted by its IPv4 address or IPv6 network."""
        assert networkOf(request(peer), set()) == network

    def test_forwardedClientIsCounted(self) -> None:
        """The client of a trusted proxy is counted; other peers are not believed."""
        forwarded = request(HERE, xFor="2001:db8:1:2::1, 192.0.2.7")
        assert networkOf(forwarded, {HERE}) == "192.0.2.7"
        assert networkOf(forwarded, set()) == HERE

    @pytest.mark.parametrize(
        ("said", "network"),
        [("192.0.2.7:55", "192.0.2.7"), ("[2001:db8::1]:55", "2001:db8::/64")],
    )
    def test_portOfAClientIsIgnored(self, said: str, network: str) -> None:
        """A port after the address does not matter."""
        assert networkOf(request(HERE, xFor=said), {HERE}) == network

    def test_clientsWithoutAValidAddressCountAsOne(self) -> None:
        """All clients without a valid address count as one."""
        assert networkOf(request(HERE, xFor="a b"), {HERE}) == "None"
