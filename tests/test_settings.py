"""Tests of C{livewidget.settings}: what may be set, and what becomes of it."""

from __future__ import annotations

import dataclasses
from math import inf, nan
from typing import Any

import pytest

from livewidget import Limits, Settings
from livewidget.web.csp import contentSecurityPolicy

SECONDS = [
    "heartbeat",
    "timeout",
    "ackDelay",
    "helloWithin",
    "connectWithin",
    "resumeWindow",
    "leaveWindow",
]
COUNTS = [
    "processBytes",
    "callsRunning",
    "callsWaiting",
    "elements",
    "pagesInAll",
    "pagesUnconnected",
    "pagesUnconnectedPerAddress",
    "bodyMessages",
]


def refusal(kind: type[Exception], **settings: Any) -> str:
    """Why settings are refused."""
    with pytest.raises(kind) as caught:
        Settings(**settings)
    return str(caught.value)


class TestNames:
    """Hosts, origins and proxies."""

    @pytest.mark.parametrize("collection", [set, frozenset, list, tuple, iter, dict.fromkeys])
    def test_collections(self, collection: Any) -> None:
        """Any collection will do; what is kept is as a browser writes it."""
        settings = Settings(
            hosts=collection(["Example.com", "[::1]"]),
            origins=collection(["https://Example.com:443", "http://a.example:8080"]),
            proxies=collection(["127.0.0.1/32", "10.0.0.0/8", "unix"]),
        )
        assert settings.hosts == frozenset({"example.com", "[::1]"})
        assert settings.origins == frozenset({"https://example.com", "http://a.example:8080"})
        assert settings.proxies == frozenset({"127.0.0.1", "10.0.0.0/8", "unix"})
        for kept in (settings.hosts, settings.origins, settings.proxies):
            assert isinstance(kept, frozenset)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("hosts", "example.com"),
            ("origins", "https://example.com"),
            ("proxies", "127.0.0.1"),
        ],
    )
    @pytest.mark.parametrize("convert", [str, str.encode, lambda text: None, lambda text: 3])
    def test_noCollection(self, name: str, text: str, convert: Any) -> None:
        """A text alone, which would have each part of it in it, is refused; so is what has none."""
        value = convert(text)
        assert refusal(TypeError, **{name: value}) == (
            f"{name} must be a collection of texts, not {value!r}; use {{{text!r}}}"
        )

    @pytest.mark.parametrize("name", ["hosts", "origins", "proxies"])
    def test_otherItems(self, name: str) -> None:
        """What is in there is text."""
        assert refusal(TypeError, **{name: [None]}).endswith(", not None")

    @pytest.mark.parametrize("host", ["", "https://example.com", "example.com:80", "[1]", "*"])
    def test_noHost(self, host: str) -> None:
        """What could never match is refused, with how to write it."""
        said = refusal(ValueError, hosts={host})
        assert said.startswith(f"hosts: {host!r} is not a host name; use the name alone")

    @pytest.mark.parametrize("origin", ["", "null", "https://example.com/", "example.com"])
    def test_noOrigin(self, origin: str) -> None:
        """The same of origins."""
        said = refusal(ValueError, origins={origin})
        assert said.startswith(f"origins: {origin!r} is not an origin; use scheme://host")

    @pytest.mark.parametrize("proxy", ["", "localhost", "127.0.0.1:80", "10.0.0.1/8", "*"])
    def test_noProxy(self, proxy: str) -> None:
        """The same of proxies."""
        said = refusal(ValueError, proxies={proxy})
        assert said.startswith(f"proxies: {proxy!r} is not an address")


class TestTransports:
    """What is offered."""

    @pytest.mark.parametrize("collection", [set, frozenset, list, tuple, iter, dict.fromkeys])
    def test_collections(self, collection: Any) -> None:
        """Any collection of names will do; all of them are offered by default."""
        settings = Settings(transports=collection(["longpoll", "websocket"]))
        assert settings.transports == frozenset({"websocket", "longpoll"})
        assert isinstance(settings.transports, frozenset)
        assert Settings().transports == {"websocket", "eventstream", "longpoll"}

    @pytest.mark.parametrize(
        ("name", "near"), [("webscket", "websocket"), ("long-poll", "longpoll"), ("SSE", None)]
    )
    def test_unknown(self, name: str, near: str | None) -> None:
        """An unknown one is refused, with the nearest that there is."""
        said = refusal(ValueError, transports=["websocket", name])
        hint = f"; did you mean {near}?" if near else ""
        assert said == (
            f"transports: {name!r} is not one of websocket, eventstream, longpoll{hint}"
        )

    def test_none(self) -> None:
        """There is at least one."""
        said = refusal(ValueError, transports=[])
        assert said == "transports is empty; use at least one of websocket, eventstream, longpoll"

    @pytest.mark.parametrize("value", ["websocket", b"websocket", None, 3])
    def test_noCollection(self, value: Any) -> None:
        """A name alone is no collection."""
        assert refusal(TypeError, transports=value) == (
            f"transports must be a collection of texts, not {value!r}; use {{'websocket'}}"
        )

    def test_otherItems(self) -> None:
        """What is in there is text."""
        assert refusal(TypeError, transports=[None]).endswith(", not None")


class TestNumbers:
    """Limits and times."""

    @pytest.mark.parametrize("name", SECONDS)
    @pytest.mark.parametrize("value", [-1, -0.1, nan, inf, -inf])
    def test_noTime(self, name: str, value: float) -> None:
        """No time is negative, endless or none."""
        said = refusal(ValueError, **{name: value})
        assert said.startswith(f"{name} must be a number of seconds ")
        assert said.endswith(f", not {value!r}")

    @pytest.mark.parametrize("name", SECONDS)
    @pytest.mark.parametrize("value", ["10", None, True, [1]])
    def test_otherTypes(self, name: str, value: Any) -> None:
        """It is a number."""
        said = refusal(TypeError, **{name: value})
        assert said == f"{name} must be a number of seconds, not {value!r}"

    @pytest.mark.parametrize("name", SECONDS)
    def test_zero(self, name: str) -> None:
        """At once is a time for some."""
        if name in ("ackDelay", "resumeWindow", "leaveWindow"):
            assert getattr(Settings(**{name: 0}), name) == 0
        else:
            said = refusal(ValueError, **{name: 0})
            assert said == f"{name} must be a number of seconds above 0, not 0"

    @pytest.mark.parametrize("name", ["message", "messages", "bytes"])
    def test_limits(self, name: str) -> None:
        """Limits are integers above 0."""
        for value in (0, -1):
            with pytest.raises(ValueError, match=f"{name} must be an integer above 0, not {value}"):
                Limits(**{name: value})
        for other in (1.5, "1", None, True):
            with pytest.raises(TypeError, match=f"{name} must be an integer, not {other!r}"):
                Limits(**{name: other})  # type: ignore[arg-type]

    @pytest.mark.parametrize("name", COUNTS)
    def test_counts(self, name: str) -> None:
        """What is counted is counted in integers, of which there is one at least."""
        for value in ("10", None, True, 1.5):
            assert (
                refusal(TypeError, **{name: value}) == f"{name} must be an integer, not {value!r}"
            )
        for value in (0, -1):
            said = refusal(ValueError, **{name: value})
            assert said == f"{name} must be an integer above 0, not {value!r}"

    @pytest.mark.parametrize("value", [0, -1, nan, inf])
    def test_rate(self, value: float) -> None:
        """Calls a second may be any number above none, also less than one."""
        said = refusal(ValueError, callsPerSecond=value)
        assert said == f"callsPerSecond must be a number above 0, not {value!r}"
        assert Settings(callsPerSecond=0.5).callsPerSecond == 0.5

    @pytest.mark.parametrize("value", ["10", None, True])
    def test_rateOfAnotherType(self, value: Any) -> None:
        """It is a number."""
        said = refusal(TypeError, callsPerSecond=value)
        assert said == f"callsPerSecond must be a number, not {value!r}"

    def test_body(self) -> None:
        """The body of a request has room for what a browser may send; unless set, 64 KiB more."""
        assert Settings().largestBody == 65536 + 65536
        assert Settings(limits=Limits(message=1000)).largestBody == 1000 + 65536
        assert Settings(bodyBytes=65536 + 4096).largestBody == 65536 + 4096
        said = refusal(ValueError, bodyBytes=65536 + 4095)
        assert said.startswith(
            "bodyBytes must be at least 69632, not 69631: a browser may send that"
        )
        # The last request of a page has up to 60 KiB of messages, however short they are.
        assert Settings(limits=Limits(message=9), bodyBytes=65536).largestBody == 65536
        assert refusal(ValueError, limits=Limits(message=9), bodyBytes=65535)
        for value in ("10", True, 0.5):
            assert refusal(TypeError, bodyBytes=value).startswith("bodyBytes must be an integer")

    def test_bodyFollows(self) -> None:
        """Where it is not set it follows the limit of a message, when that is replaced."""
        settings = dataclasses.replace(Settings(), limits=Limits(message=1000))
        assert settings.largestBody == 1000 + 65536

    def test_bodyMessages(self) -> None:
        """As many short messages as a browser may send have to be taken."""
        assert refusal(ValueError, bodyMessages=5999) == (
            "bodyMessages must be at least 6000, which a browser may send, not 5999"
        )
        assert Settings(bodyMessages=6000).bodyMessages == 6000

    def test_processBytes(self) -> None:
        """So is the bound of all pages."""
        assert "processBytes must be an integer above 0" in refusal(ValueError, processBytes=0)
        assert "processBytes must be an integer, not" in refusal(TypeError, processBytes=1.5)

    def test_messageThatNeverFits(self) -> None:
        """The largest message fits into the buffer."""
        said = refusal(ValueError, limits=Limits(message=11, bytes=10))
        assert said.startswith("limits.message (11) is larger than limits.bytes (10), ")
        assert Settings(limits=Limits(message=10, bytes=10)).limits.bytes == 10

    def test_notLimits(self) -> None:
        """Limits are made as such."""
        assert refusal(TypeError, limits={"message": 1}).startswith(
            "limits must be a Limits(…), not {"
        )


class TestContentSources:
    """What is added to the content security policy."""

    def policy(self, **sources: str) -> dict[str, str]:
        """The policy with these sources, by directive."""
        settings = Settings(contentSources={k.replace("_", "-"): v for k, v in sources.items()})
        text = contentSecurityPolicy("N", settings.contentSources)
        parts = text.split("; ")
        found = {name: value for name, _, value in (part.partition(" ") for part in parts)}
        assert len(found) == len(parts)
        return found

    def test_default(self) -> None:
        """Without any, everything comes from the site, and scripts by their nonce."""
        assert self.policy() == {
            "default-src": "'self'",
            "img-src": "'self' data:",
            "script-src": "'nonce-N'",
            "style-src": "'self'",
            "object-src": "'none'",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'self'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "livewidget",
        }

    def test_added(self) -> None:
        """Sources come after the default ones."""
        policy = self.policy(img_src="https://a.example https://b.example:81", style_src="https:")
        assert policy["img-src"] == "'self' data: https://a.example https://b.example:81"
        assert policy["style-src"] == "'self' https:"
        assert policy["default-src"] == "'self'"

    def test_insteadOfNone(self) -> None:
        """A source is none no more when there is one."""
        assert self.policy(object_src="'self'")["object-src"] == "'self'"

    @pytest.mark.parametrize(
        ("directive", "value"),
        [
            ("connect_src", "'self' x.example"),
            ("font_src", "'self' x.example"),
            ("script_src_elem", "'nonce-N' x.example"),
            ("style_src_attr", "'self' x.example"),
            ("report_to", "x.example"),
        ],
    )
    def test_otherDirectives(self, directive: str, value: str) -> None:
        """One that is not in the default policy keeps what it falls back to.

        Else, when another connection is allowed, the page's own would not be.
        """
        assert self.policy(**{directive: "x.example"})[directive.replace("_", "-")] == value

    def test_fallBackIsTheDefault(self) -> None:
        """What is added to one directive is not added to those that fall back to it."""
        policy = self.policy(default_src="a.example", font_src="b.example")
        assert policy["default-src"] == "'self' a.example"
        assert policy["font-src"] == "'self' b.example"

    def test_withoutValue(self) -> None:
        """A directive without a value has none."""
        assert self.policy(upgrade_insecure_requests="")["upgrade-insecure-requests"] == ""

    @pytest.mark.parametrize(
        "sources",
        ["a;b", "a,b", "a\nb", "a\r\nx-evil: b", "a\tb", "a\x00", "a\x7f", "\u00e4.example", "\n"],
    )
    def test_badSources(self, sources: str) -> None:
        """Nothing can begin another directive, policy or header."""
        said = refusal(ValueError, contentSources={"img-src": sources})
        assert said.startswith(f"contentSources: {sources!r} of 'img-src' cannot be sources; use")

    @pytest.mark.parametrize("directive", ["", "img src", "img-src;", "Img-Src", "img-src\n", "-a"])
    def test_badDirectives(self, directive: str) -> None:
        """Nor can the name of a directive."""
        said = refusal(ValueError, contentSources={directive: "a.example"})
        assert said.startswith(f"contentSources: {directive!r} is not a directive; use")

    def test_none(self) -> None:
        """None is nothing to add."""
        said = refusal(ValueError, contentSources={"frame-src": "'none'"})
        assert said == "contentSources: 'none' cannot be added to 'frame-src'; remove it"

    @pytest.mark.parametrize(
        "sources", ["img-src x", None, ["img-src"], {"img-src": ["a"]}, {1: "a"}]
    )
    def test_otherTypes(self, sources: Any) -> None:
        """It is a mapping of texts."""
        assert refusal(TypeError, contentSources=sources).startswith("contentSources must ")

    def test_copied(self) -> None:
        """What is changed later is not in there."""
        given = {"img-src": "a.example"}
        settings = Settings(contentSources=given)
        given["img-src"] = "a;b"
        assert settings.contentSources == {"img-src": "a.example"}


def test_values() -> None:
    """Settings can be compared, hashed, copied with a change."""
    one = Settings(hosts=["a.example"], contentSources={"img-src": "a.example"})
    two = Settings(hosts={"A.example"}, contentSources={"img-src": "a.example"})
    assert one == two != Settings()
    assert hash(one) == hash(two)
    assert dataclasses.replace(one, debug=True).hosts == {"a.example"}
    assert dataclasses.asdict(one)["contentSources"] == {"img-src": "a.example"}
