"""Tests of C{livewidget.web.forwarded}.

Which proxies are believed, and what comes of what they say.
"""

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
    """A request that a peer made on an interface, with these headers, each maybe several times.

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
    """How proxies are named."""

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
    def test_usualForm(self, text: str, usual: str) -> None:
        """Addresses, networks and C{unix} have one form each."""
        assert checkProxy(text) == usual
        assert checkProxy(usual) == usual

    @pytest.mark.parametrize(
        "text",
        ["", "localhost", "[::1]", "127.1", "1", "127.0.0.1:80", "*", "UNIX", "unix:/x", "a/8"],
    )
    def test_others(self, text: str) -> None:
        """What is none is named, with how to write it."""
        with pytest.raises(ValueError, match="is not an address") as caught:
            checkProxy(text)
        assert str(caught.value) == (
            f"{text!r} is not an address; use an IP address such as 127.0.0.1, a network such "
            "as 10.0.0.0/8, or unix for all peers on a UNIX socket"
        )

    def test_hostBits(self) -> None:
        """The error for an address in a network names the network."""
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
    def test_neverMatches(self, text: str, reason: str) -> None:
        """What no connection would be found to come from is refused."""
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
class TestWhoIsHeard:
    """Only the peer of the connection itself counts, and only if it is trusted."""

    def isHeard(self, hear: Callable[..., bool], peer: Any, *proxies: str) -> bool:
        """Whether a peer is heard."""
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
    def test_trusted(self, hear: Callable[..., bool], peer: Any, proxy: str) -> None:
        """A peer that is named, or in a network that is, is heard."""
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
    def test_others(self, hear: Callable[..., bool], peer: Any, proxies: list[str]) -> None:
        """Any other peer is not, whatever its headers say."""
        assert not self.isHeard(hear, peer, *proxies)


class TestWhatIsSaid:
    """Host and scheme."""

    def read(self, **headers: Any) -> tuple[str | None, str | None]:
        """What a trusted proxy says."""
        found = readForwarded(request(**headers), frozenset({HERE}))
        return found.host, found.scheme

    def test_nothing(self) -> None:
        """A proxy may say one, the other or neither."""
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
    def test_last(self, values: Any) -> None:
        """Of several values the last one counts, in one line or in several.

        The others may be a client's, which a proxy has appended its own to.
        """
        assert self.read(xHost=values)[0] == "a.example"

    @pytest.mark.parametrize("values", ["http,https", ["http", "https"], "HTTPS", "wss"])
    def test_scheme(self, values: Any) -> None:
        """The same of schemes, in any case; that of a WebSocket is that of its page."""
        assert self.read(xProto=values)[1] == "https"
        assert self.read(xProto="ws")[1] == "http"

    @pytest.mark.parametrize("value", ["", "a.example,", ["a.example", ""]])
    def test_empty(self, value: Any) -> None:
        """What is there and empty was said, and is not taken for what stands before it."""
        assert self.read(xHost=value, xProto=value) == ("", "")

    def test_otherHeaders(self) -> None:
        """Neither C{Forwarded} nor other headers of that family are read."""
        made = request(xServer="a.example", xScheme="https", xPort="443", xSsl="on")
        made.requestHeaders.setRawHeaders(b"forwarded", [b"host=a.example;proto=https;for=1.2.3.4"])
        assert readForwarded(made, frozenset({HERE})) == Forwarded()
        assert clientOf(made, frozenset({HERE})) is None


class TestClient:
    """Whose request a proxy passes on."""

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
    def test_lastThatIsNoProxy(self, values: Any, client: str) -> None:
        """It is the last one that is not trusted itself; if all are, the first."""
        assert clientOf(request(xFor=values), frozenset({HERE, "10.0.0.0/8"})) == client

    @pytest.mark.parametrize("values", [[], "", "203.0.113.1,"])
    def test_none(self, values: Any) -> None:
        """A proxy that names none is not asked for the one before."""
        assert clientOf(request(xFor=values), frozenset({HERE})) is None


class TestForwardedHost:
    """What a trusted proxy says was the Host, beside the one that the request has itself."""

    def served(
        self, host: Any, forwarded: Any, *hosts: str, on: str = HERE, peer: str = HERE
    ) -> bool:
        """Whether a request with both is served."""
        settings = Settings(hosts=hosts, proxies={HERE})
        made = request(peer, on, host=host, xHost=forwarded)
        return hostRefusal(made, settings) is None

    @pytest.mark.parametrize("on", ["127.0.0.1", "::1"])
    @pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "my.example"])
    @pytest.mark.parametrize("forwarded", ["localhost:8443", "my.example", "MY.example:443", None])
    def test_bothServed(self, on: str, host: str, forwarded: str | None) -> None:
        """On loopback each of them may be a loopback name, or one that is allowed."""
        assert self.served(host, forwarded, "my.example", on=on)

    @pytest.mark.parametrize(
        "forwarded", ["localhost", "127.0.0.1:8080", "my.example", "evil.example", None]
    )
    def test_reboundName(self, forwarded: str | None) -> None:
        """A site whose name points here is not served, whatever its script says was forwarded.

        Its requests come from where the proxy is, and Host is the one header
        that a script cannot choose.
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
    def test_forwardedName(self, forwarded: Any) -> None:
        """What the proxy forwards is not served either, if it is another name, or none."""
        assert not self.served("localhost", forwarded, "my.example")

    @pytest.mark.parametrize("host", [None, "", ["localhost", "localhost"]])
    def test_noHost(self, host: Any) -> None:
        """It stands in for no Host that is missing."""
        assert not self.served(host, "my.example", "my.example")

    def test_elsewhere(self) -> None:
        """On other interfaces both may be any name, unless some are given."""
        assert self.served("10.0.0.5", "my.example", on=PUBLIC)
        assert not self.served("10.0.0.5", "@", on=PUBLIC)
        assert not self.served("10.0.0.5", "my.example", "my.example", on=PUBLIC)
        assert not self.served("my.example", "evil.example", "my.example", on=PUBLIC)
        assert self.served("10.0.0.5", "my.example", "my.example", "10.0.0.5", on=PUBLIC)

    def test_notTrusted(self) -> None:
        """Of any other peer the header changes nothing."""
        assert self.served("localhost", "evil.example", peer="127.0.0.2")
        assert not self.served("evil.example", "localhost", peer="127.0.0.2")

    def test_named(self) -> None:
        """It is the forwarded name that the log has, if that one is the wrong one."""
        made = request(host="localhost", xHost="evil.example")
        refusal = hostRefusal(made, Settings(proxies={HERE}))
        assert str(refusal).startswith("the host 'evil.example' is not served here; ")


class TestForwardedSite:
    """The Origin is held against what a trusted proxy says was asked for."""

    def connects(
        self, origin: str, host: Any, proto: Any, *, peer: str = HERE, secure: bool = False
    ) -> bool:
        """Whether an Origin may connect through a proxy, which sends C{Host: inside.example}."""
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
    def test_same(self, origin: str, host: Any, proto: Any, secure: bool) -> None:
        """The forwarded host and scheme count, and not ours."""
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
    def test_others(self, origin: str, host: Any, proto: Any) -> None:
        """Another scheme, another port, the Host of the proxy itself, nonsense."""
        assert not self.connects(origin, host, proto)

    def test_schemeNotForwarded(self) -> None:
        """A proxy that says no scheme leaves it open, as one that is not trusted does."""
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
    def test_notTrusted(self, origin: str, allowed: bool) -> None:
        """Of any other peer the headers change nothing."""
        assert self.connects(origin, "my.example", "https", peer="127.0.0.2") is allowed

    def test_reasons(self) -> None:
        """The log has what the origin was held against, escaped."""
        made = request(host="inside.example", origin="https://a.example", xHost="b\x1b")
        settings = Settings(proxies={HERE})
        assert "may not connect to 'b\\x1b'; to" in str(originRefusal(made, settings))
        made.requestHeaders.setRawHeaders(b"x-forwarded-proto", [b"https"])
        assert "may not connect to 'https://b\\x1b'; to" in str(originRefusal(made, settings))


class TestNetworks:
    """Where a request comes from, for counting."""

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
    def test_peer(self, peer: Any, network: str) -> None:
        """An address; of IPv6, where a customer has many, the network of them."""
        assert networkOf(request(peer), set()) == network

    def test_client(self) -> None:
        """Of a trusted proxy's request it is the client; what others say is not believed."""
        forwarded = request(HERE, xFor="2001:db8:1:2::1, 192.0.2.7")
        assert networkOf(forwarded, {HERE}) == "192.0.2.7"
        assert networkOf(forwarded, set()) == HERE

    @pytest.mark.parametrize(
        ("said", "network"),
        [("192.0.2.7:55", "192.0.2.7"), ("[2001:db8::1]:55", "2001:db8::/64")],
    )
    def test_port(self, said: str, network: str) -> None:
        """A port after it does not matter."""
        assert networkOf(request(HERE, xFor=said), {HERE}) == network

    def test_nonsense(self) -> None:
        """What is no address is one client with all that are none."""
        assert networkOf(request(HERE, xFor="a b"), {HERE}) == "None"
