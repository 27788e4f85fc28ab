"""Tests of C{livewidget.web.access}: the Host and Origin headers that are accepted."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import UNIXAddress
from twisted.web.test.requesthelper import DummyRequest

from livewidget import Settings
from livewidget.web.access import hostRefusal, originRefusal
from tests.support.http import address
from tests.support.origins import foreignOrigins

PUBLIC = "192.0.2.1"


def request(
    interface: Any = "127.0.0.1", host: Any = None, origin: Any = None, secure: bool = False
) -> Any:
    """Return a request from a peer, with these headers, each maybe several times."""
    made = DummyRequest([b""])
    made.isSecure = lambda: secure
    made.getHost = lambda: address(interface) if isinstance(interface, str) else interface
    for name, value in ((b"host", host), (b"origin", origin)):
        values = [value] if isinstance(value, str) else value or []
        made.requestHeaders.setRawHeaders(name, [item.encode("latin-1") for item in values])
    return made


def served(host: Any, interface: Any = "127.0.0.1", *hosts: str) -> bool:
    """Return whether a Host is served on an interface."""
    return hostRefusal(request(interface, host), Settings(hosts=frozenset(hosts))) is None


def connects(origin: Any, host: Any = "example.com", *origins: str, secure: bool = False) -> bool:
    """Return whether an Origin may connect to a host."""
    settings = Settings(origins=frozenset(origins))
    return originRefusal(request(PUBLIC, host, origin, secure), settings) is None


class TestHostOnLoopback:
    """On a loopback interface only loopback names are served, against DNS rebinding."""

    @pytest.mark.parametrize("interface", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8080"]
    )
    def test_loopbackNameIsServedOnAnyPort(self, host: str, interface: str) -> None:
        """Loopback names are served on every loopback interface, with any port."""
        assert served(host, interface)

    def test_caseOfAHostIsIgnored(self) -> None:
        """Host names are compared without regard to case."""
        assert served("LocalHost:80")

    @pytest.mark.parametrize(
        "host",
        [
            None,
            "",
            "evil.example",
            "localhost.evil.example",
            "evil.example:8080",
            "localhost.",
            "localhost@evil.example",
            "evil.example@localhost",
            "localhost/evil.example",
            "localhost#x",
            "localhost?x",
            "local\thost",
            "localhost\x00",
            "127.0.0.1.evil.example",
            "127.0.0.2",
            "2130706433",
            "0.0.0.0",
            "[::1",
            "::1",
            "[::1]evil",
            ["localhost", "localhost"],
            ["localhost", "evil.example"],
        ],
    )
    def test_otherHostIsRefused(self, host: Any) -> None:
        """Other names, malformed names and several Host headers are refused."""
        assert not served(host)

    @pytest.mark.parametrize("interface", ["127.8.9.1", "::1", "::ffff:127.0.0.1"])
    def test_otherHostIsRefusedOnEveryLoopbackInterface(self, interface: str) -> None:
        """A foreign name is refused on every loopback interface."""
        assert not served("evil.example", interface)

    def test_allowedHostIsServedBesideLoopbackNames(self) -> None:
        """Allowed names are served as well as loopback names; no others are."""
        assert served("my.example:99", "127.0.0.1", "my.example")
        assert served("localhost", "127.0.0.1", "my.example")
        assert not served("other.example", "127.0.0.1", "my.example")
        assert not served("sub.my.example", "127.0.0.1", "my.example")


class TestHostElsewhere:
    """On other interfaces every name is served, unless some names are configured."""

    @pytest.mark.parametrize("interface", [PUBLIC, "0.0.0.0", "2001:db8::1", UNIXAddress("/x")])
    def test_anyHostIsServedByDefault(self, interface: Any) -> None:
        """Any name is served on a public interface."""
        assert served("example.com", interface)
        assert served("[2001:db8::1]:99", interface)

    @pytest.mark.parametrize("host", [None, "", "a@b", "[", ["a", "a"]])
    def test_malformedHostIsRefused(self, host: Any) -> None:
        """A missing, malformed or repeated Host is refused."""
        assert not served(host, PUBLIC)

    def test_onlyConfiguredHostsAreServed(self) -> None:
        """Once names are configured, no other name is served."""
        assert served("my.example", PUBLIC, "my.example")
        assert not served("example.com", PUBLIC, "my.example")
        assert not served("localhost", PUBLIC, "my.example")


class TestOrigin:
    """A page's own origin may connect, and so may the origins that are allowed."""

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("http://example.com", "example.com"),
            ("http://example.com", "example.com:80"),
            ("http://example.com", "EXAMPLE.com"),
            ("http://example.com:8080", "example.com:8080"),
            ("https://example.com", "example.com"),
            ("https://example.com", "example.com:443"),
            ("http://[2001:db8::1]:81", "[2001:db8::1]:81"),
            ("http://localhost:8080", "localhost:8080"),
        ],
    )
    def test_ownOriginMayConnect(self, origin: str, host: str) -> None:
        """An origin with the page's name and port may connect. A default port may be left out."""
        assert connects(origin, host)

    @pytest.mark.parametrize("origin", foreignOrigins("example.com", 8080))
    def test_foreignOriginIsRefused(self, origin: str | None) -> None:
        """Foreign, look-alike, malformed and missing origins are refused."""
        assert not connects(origin, "example.com:8080")

    @pytest.mark.parametrize(
        "origin",
        [
            "http://example.com:8080",
            "http://example.com:443",
            "https://example.com:8443",
            "http://example.com:80:80",
            "ftp://example.com:80",
            "chrome-extension://example.com:80",
            "ftp://example.com",
            "chrome-extension://example.com",
        ],
    )
    def test_otherPortOrSchemeIsRefusedOnTheDefaultPort(self, origin: str) -> None:
        """A site on a default port refuses other ports and schemes."""
        assert not connects(origin, "example.com")

    @pytest.mark.parametrize("other", ["http://example.com", "http://evil.example"])
    def test_severalOriginsAreRefused(self, other: str) -> None:
        """Several Origin headers are refused, even if all are the site's own."""
        assert not connects(["http://example.com", other])

    @pytest.mark.parametrize("host", [None, "", "example.com:x", "[", "a@example.com"])
    def test_malformedHostMatchesNoOrigin(self, host: Any) -> None:
        """No origin matches a missing or malformed Host."""
        assert not connects("http://example.com", host)
        assert not connects("http://", host)

    def test_otherSchemeOnTheSamePortIsRefused(self) -> None:
        """A scheme other than HTTP is refused on the site's own port too."""
        assert not connects("ftp://example.com:8080", "example.com:8080")

    def test_plainHttpOriginIsRefusedOverTLS(self) -> None:
        """Over TLS, an origin without TLS is a different origin."""
        assert not connects("http://example.com", "example.com", secure=True)
        assert connects("https://example.com", "example.com", secure=True)

    def test_allowedOriginMayConnect(self) -> None:
        """Allowed origins may connect, and only in exactly that form."""
        allowed = "https://other.example"
        assert connects(allowed, "example.com", allowed)
        assert connects("http://example.com", "example.com", allowed)
        assert not connects("http://other.example", "example.com", allowed)
        assert not connects("https://other.example:8443", "example.com", allowed)
        assert not connects("https://sub.other.example", "example.com", allowed)


class _Everything(Settings):
    """Settings that allow every name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hosts", _Yes())
        object.__setattr__(self, "origins", _Yes())


class _Yes(frozenset[str]):
    def __contains__(self, name: object) -> bool:
        return True


@pytest.mark.parametrize("value", [None, "", ["a.example", "b.example"]])
def test_missingOrRepeatedHeaderIsRefusedWhateverIsAllowed(value: Any) -> None:
    """Missing and repeated headers are refused, whatever is allowed."""
    everything = _Everything()
    assert hostRefusal(request(PUBLIC, "a.example"), everything) is None
    assert hostRefusal(request(PUBLIC, value), everything) is not None
    assert originRefusal(request(PUBLIC, "a.example", "x"), everything) is None
    assert originRefusal(request(PUBLIC, "a.example", value), everything) is not None


class TestReasons:
    """The reason of a refusal, for the log."""

    @pytest.mark.parametrize("text", ["evil\x1bc.example", "evil\x9bm", "evil\x7f\x85"])
    def test_reasonIsPrintable(self, text: str) -> None:
        """Names from a request are escaped."""
        host = hostRefusal(request("127.0.0.1", text), Settings())
        origin = originRefusal(request(PUBLIC, "example.com", f"http://{text}"), Settings())
        assert str(host).isprintable()
        assert str(origin).isprintable()

    def test_reasonNamesTheHeaderAndTheOption(self) -> None:
        """The reason has the refused name and the option that allows it."""
        host = hostRefusal(request("127.0.0.1", "my.example:80"), Settings())
        assert "'my.example:80'" in str(host)
        assert "--host or Settings(hosts=…)" in str(host)
        origin = originRefusal(request(PUBLIC, "a.example", "http://b.example"), Settings())
        assert "'http://b.example'" in str(origin)
        assert "--origin or Settings(origins=…)" in str(origin)

    def test_longNameIsCut(self) -> None:
        """A long name is cut in the reason."""
        name = "a" * 9000
        host = hostRefusal(request("127.0.0.1", name), Settings())
        origin = originRefusal(request(PUBLIC, name, f"http://{name}b"), Settings())
        assert str(host).count("a" * 100) == 1
        assert str(origin).count("a" * 90) == 2
        assert max(len(str(host)), len(str(origin))) < 400

    @pytest.mark.parametrize("value", [None, "", ["a.example", "a.example"]])
    def test_missingHeaderGetsNoAdvice(self, value: Any) -> None:
        """Without exactly one name there is nothing to allow."""
        host = hostRefusal(request(PUBLIC, value), Settings())
        assert host == "a request without a Host header, or with several, is not served"
        origin = originRefusal(request(PUBLIC, "a.example", value), Settings())
        assert origin == "a request without an Origin header, or with several, may not connect"
