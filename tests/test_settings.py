"""Tests of C{livewidget.settings}: which values are accepted, and their canonical form."""

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
    """Return the message of the exception that settings raise."""
    with pytest.raises(kind) as caught:
        Settings(**settings)
    return str(caught.value)


class TestNames:
    """Hosts, origins and proxies."""

    @pytest.mark.parametrize("collection", [set, frozenset, list, tuple, iter, dict.fromkeys])
    def test_anyCollectionBecomesAFrozenSet(self, collection: Any) -> None:
        """Any collection is accepted, and becomes a frozen set in canonical form."""
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
    def test_textAloneIsRefused(self, name: str, text: str, convert: Any) -> None:
        """A text alone is refused, and so is a value that is not a collection."""
        value = convert(text)
        assert refusal(TypeError, **{name: value}) == (
            f"{name} must be a collection of texts, not {value!r}; use {{{text!r}}}"
        )

    @pytest.mark.parametrize("name", ["hosts", "origins", "proxies"])
    def test_nonStringItemsAreRefused(self, name: str) -> None:
        """An item that is not a text is refused."""
        assert refusal(TypeError, **{name: [None]}).endswith(", not None")

    @pytest.mark.parametrize("host", ["", "https://example.com", "example.com:80", "[1]", "*"])
    def test_invalidHostIsRefused(self, host: str) -> None:
        """A host that could never match is refused, with how to write it."""
        said = refusal(ValueError, hosts={host})
        assert said.startswith(f"hosts: {host!r} is not a host name; use the name alone")

    @pytest.mark.parametrize("origin", ["", "null", "https://example.com/", "example.com"])
    def test_invalidOriginIsRefused(self, origin: str) -> None:
        """An origin that could never match is refused, with how to write it."""
        said = refusal(ValueError, origins={origin})
        assert said.startswith(f"origins: {origin!r} is not an origin; use scheme://host")

    @pytest.mark.parametrize("proxy", ["", "localhost", "127.0.0.1:80", "10.0.0.1/8", "*"])
    def test_invalidProxyIsRefused(self, proxy: str) -> None:
        """A proxy that is not an address or a network is refused."""
        said = refusal(ValueError, proxies={proxy})
        assert said.startswith(f"proxies: {proxy!r} is not an address")


class TestTransports:
    """The transports that are offered."""

    @pytest.mark.parametrize("collection", [set, frozenset, list, tuple, iter, dict.fromkeys])
    def test_anyCollectionIsAccepted(self, collection: Any) -> None:
        """Any collection of names is accepted; the default is all transports."""
        settings = Settings(transports=collection(["longpoll", "websocket"]))
        assert settings.transports == frozenset({"websocket", "longpoll"})
        assert isinstance(settings.transports, frozenset)
        assert Settings().transports == {"websocket", "eventstream", "longpoll"}

    @pytest.mark.parametrize(
        ("name", "near"), [("webscket", "websocket"), ("long-poll", "longpoll"), ("SSE", None)]
    )
    def test_unknownTransportIsRefusedWithASuggestion(self, name: str, near: str | None) -> None:
        """An unknown name is refused, with a similar one if there is any."""
        said = refusal(ValueError, transports=["websocket", name])
        hint = f"; did you mean {near}?" if near else ""
        assert said == (
            f"transports: {name!r} is not one of websocket, eventstream, longpoll{hint}"
        )

    def test_emptyCollectionIsRefused(self) -> None:
        """An empty collection is refused."""
        said = refusal(ValueError, transports=[])
        assert said == "transports is empty; use at least one of websocket, eventstream, longpoll"

    @pytest.mark.parametrize("value", ["websocket", b"websocket", None, 3])
    def test_nameAloneIsRefused(self, value: Any) -> None:
        """A name alone is refused, since it is not a collection."""
        assert refusal(TypeError, transports=value) == (
            f"transports must be a collection of texts, not {value!r}; use {{'websocket'}}"
        )

    def test_nonStringItemsAreRefused(self) -> None:
        """An item that is not a text is refused."""
        assert refusal(TypeError, transports=[None]).endswith(", not None")


class TestNumbers:
    """Limits and times."""

    @pytest.mark.parametrize("name", SECONDS)
    @pytest.mark.parametrize("value", [-1, -0.1, nan, inf, -inf])
    def test_negativeOrInfiniteTimeIsRefused(self, name: str, value: float) -> None:
        """A time that is negative, infinite or not a number is refused."""
        said = refusal(ValueError, **{name: value})
        assert said.startswith(f"{name} must be a number of seconds ")
        assert said.endswith(f", not {value!r}")

    @pytest.mark.parametrize("name", SECONDS)
    @pytest.mark.parametrize("value", ["10", None, True, [1]])
    def test_timeOfAnotherTypeIsRefused(self, name: str, value: Any) -> None:
        """A time that is not a number is a TypeError."""
        said = refusal(TypeError, **{name: value})
        assert said == f"{name} must be a number of seconds, not {value!r}"

    @pytest.mark.parametrize("name", SECONDS)
    def test_onlySomeTimesMayBeZero(self, name: str) -> None:
        """Zero is accepted for delays and windows, and refused for other times."""
        if name in ("ackDelay", "resumeWindow", "leaveWindow"):
            assert getattr(Settings(**{name: 0}), name) == 0
        else:
            said = refusal(ValueError, **{name: 0})
            assert said == f"{name} must be a number of seconds above 0, not 0"

    @pytest.mark.parametrize("name", ["message", "messages", "bytes"])
    def test_limitsArePositiveIntegers(self, name: str) -> None:
        """Each limit must be an integer above 0."""
        for value in (0, -1):
            with pytest.raises(ValueError, match=f"{name} must be an integer above 0, not {value}"):
                Limits(**{name: value})
        for other in (1.5, "1", None, True):
            with pytest.raises(TypeError, match=f"{name} must be an integer, not {other!r}"):
                Limits(**{name: other})  # type: ignore[arg-type]

    @pytest.mark.parametrize("name", COUNTS)
    def test_countsArePositiveIntegers(self, name: str) -> None:
        """Each count must be an integer above 0."""
        for value in ("10", None, True, 1.5):
            assert (
                refusal(TypeError, **{name: value}) == f"{name} must be an integer, not {value!r}"
            )
        for value in (0, -1):
            said = refusal(ValueError, **{name: value})
            assert said == f"{name} must be an integer above 0, not {value!r}"

    @pytest.mark.parametrize("value", [0, -1, nan, inf])
    def test_rateIsAPositiveNumber(self, value: float) -> None:
        """Calls per second may be any number above 0, also below 1."""
        said = refusal(ValueError, callsPerSecond=value)
        assert said == f"callsPerSecond must be a number above 0, not {value!r}"
        assert Settings(callsPerSecond=0.5).callsPerSecond == 0.5

    @pytest.mark.parametrize("value", ["10", None, True])
    def test_rateOfAnotherTypeIsRefused(self, value: Any) -> None:
        """A rate that is not a number is a TypeError."""
        said = refusal(TypeError, callsPerSecond=value)
        assert said == f"callsPerSecond must be a number, not {value!r}"

    def test_bodyHasRoomForWhatABrowserSends(self) -> None:
        """The largest body must have room for what a browser may send."""
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

    def test_defaultBodyFollowsTheLimitOfAMessage(self) -> None:
        """Without a value the largest body follows the limit of a message when that changes."""
        settings = dataclasses.replace(Settings(), limits=Limits(message=1000))
        assert settings.largestBody == 1000 + 65536

    def test_bodyMessagesHaveRoomForWhatABrowserSends(self) -> None:
        """A body must have room for the shortest messages that a browser may send."""
        assert refusal(ValueError, bodyMessages=5999) == (
            "bodyMessages must be at least 6000, which a browser may send, not 5999"
        )
        assert Settings(bodyMessages=6000).bodyMessages == 6000

    def test_processBytesIsAPositiveInteger(self) -> None:
        """The limit of all pages must be an integer above 0."""
        assert "processBytes must be an integer above 0" in refusal(ValueError, processBytes=0)
        assert "processBytes must be an integer, not" in refusal(TypeError, processBytes=1.5)

    def test_messageLargerThanTheBufferIsRefused(self) -> None:
        """The limit of a message must not exceed that of the buffer."""
        said = refusal(ValueError, limits=Limits(message=11, bytes=10))
        assert said.startswith("limits.message (11) is larger than limits.bytes (10), ")
        assert Settings(limits=Limits(message=10, bytes=10)).limits.bytes == 10

    def test_limitsOfAnotherTypeAreRefused(self) -> None:
        """Limits must be an instance of Limits."""
        assert refusal(TypeError, limits={"message": 1}).startswith(
            "limits must be a Limits(…), not {"
        )


class TestContentSources:
    """Additions to the content security policy."""

    def policy(self, **sources: str) -> dict[str, str]:
        """Return the policy with additional sources, by directive."""
        settings = Settings(contentSources={k.replace("_", "-"): v for k, v in sources.items()})
        text = contentSecurityPolicy("N", settings.contentSources)
        parts = text.split("; ")
        found = {name: value for name, _, value in (part.partition(" ") for part in parts)}
        assert len(found) == len(parts)
        return found

    def test_defaultPolicyAllowsTheSiteAndNonces(self) -> None:
        """By default everything comes from the site, and scripts need the nonce."""
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

    def test_sourcesFollowTheDefaults(self) -> None:
        """Additional sources follow the default ones."""
        policy = self.policy(img_src="https://a.example https://b.example:81", style_src="https:")
        assert policy["img-src"] == "'self' data: https://a.example https://b.example:81"
        assert policy["style-src"] == "'self' https:"
        assert policy["default-src"] == "'self'"

    def test_sourceReplacesNone(self) -> None:
        """An additional source replaces 'none'."""
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
    def test_newDirectiveKeepsItsFallback(self, directive: str, value: str) -> None:
        """A directive that the default policy lacks keeps the sources that it falls back to.

        Otherwise, allowing another connection would forbid the page's own.
        """
        assert self.policy(**{directive: "x.example"})[directive.replace("_", "-")] == value

    def test_fallbackHasNoAdditions(self) -> None:
        """Additions to a directive do not apply to those that fall back to it."""
        policy = self.policy(default_src="a.example", font_src="b.example")
        assert policy["default-src"] == "'self' a.example"
        assert policy["font-src"] == "'self' b.example"

    def test_directiveWithoutSourcesIsEmpty(self) -> None:
        """A directive without sources has an empty value."""
        assert self.policy(upgrade_insecure_requests="")["upgrade-insecure-requests"] == ""

    @pytest.mark.parametrize(
        "sources",
        ["a;b", "a,b", "a\nb", "a\r\nx-evil: b", "a\tb", "a\x00", "a\x7f", "\u00e4.example", "\n"],
    )
    def test_sourcesCannotInject(self, sources: str) -> None:
        """Sources cannot begin another directive, policy or header."""
        said = refusal(ValueError, contentSources={"img-src": sources})
        assert said.startswith(f"contentSources: {sources!r} of 'img-src' cannot be sources; use")

    @pytest.mark.parametrize("directive", ["", "img src", "img-src;", "Img-Src", "img-src\n", "-a"])
    def test_directiveCannotInject(self, directive: str) -> None:
        """The name of a directive cannot begin another one."""
        said = refusal(ValueError, contentSources={directive: "a.example"})
        assert said.startswith(f"contentSources: {directive!r} is not a directive; use")

    def test_noneIsRefused(self) -> None:
        """'none' is refused, since it cannot be added."""
        said = refusal(ValueError, contentSources={"frame-src": "'none'"})
        assert said == "contentSources: 'none' cannot be added to 'frame-src'; remove it"

    @pytest.mark.parametrize(
        "sources", ["img-src x", None, ["img-src"], {"img-src": ["a"]}, {1: "a"}]
    )
    def test_otherTypesAreRefused(self, sources: Any) -> None:
        """Anything but a mapping of texts is a TypeError."""
        assert refusal(TypeError, contentSources=sources).startswith("contentSources must ")

    def test_mappingIsCopied(self) -> None:
        """A later change of the mapping does not change the settings."""
        given = {"img-src": "a.example"}
        settings = Settings(contentSources=given)
        given["img-src"] = "a;b"
        assert settings.contentSources == {"img-src": "a.example"}


def test_settingsAreValues() -> None:
    """Settings can be compared, hashed, and copied with changes."""
    one = Settings(hosts=["a.example"], contentSources={"img-src": "a.example"})
    two = Settings(hosts={"A.example"}, contentSources={"img-src": "a.example"})
    assert one == two != Settings()
    assert hash(one) == hash(two)
    assert dataclasses.replace(one, debug=True).hosts == {"a.example"}
    assert dataclasses.asdict(one)["contentSources"] == {"img-src": "a.example"}
