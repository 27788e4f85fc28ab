"""Tests of C{livewidget.web.pageheaders}: the headers of a page and how to change them."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import Settings
from livewidget.web.pageheaders import pageHeaders
from tests.support.project import Project
from tests.support.resources import Setup


def refusal(kind: type[Exception], headers: Any) -> str:
    """Return why changes are refused."""
    with pytest.raises(kind) as caught:
        Settings(pageHeaders=headers)
    return str(caught.value)


def test_defaultHeadersAreStrict() -> None:
    """A page has a policy, is not sniffed, sends no referrer, and is not framed by other sites."""
    headers = pageHeaders("N", {}, {})
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"same-origin"
    policy = headers[b"content-security-policy"].split(b"; ")
    for part in (
        b"default-src 'self'",
        b"script-src 'nonce-N'",
        b"style-src 'self'",
        b"require-trusted-types-for 'script'",
        b"frame-ancestors 'self'",
        b"base-uri 'none'",
        b"object-src 'none'",
        b"form-action 'self'",
    ):
        assert part in policy


def test_headerCanBeReplacedRemovedOrAdded(project: Project) -> None:
    """Headers can be replaced, removed or added, in any case."""
    it = Setup(
        project,
        pageHeaders={
            "Referrer-Policy": "no-referrer",
            "x-content-type-options": None,
            "Permissions-Policy": "camera=()",
        },
    )
    headers = it.get().headers
    assert headers["referrer-policy"] == "no-referrer"
    assert "x-content-type-options" not in headers
    assert headers["permissions-policy"] == "camera=()"
    assert "content-security-policy" in headers


def test_ownPolicyGetsTheNonce() -> None:
    """An application's policy has the nonce of the page in place of C{{nonce}}."""
    settings = Settings(pageHeaders={"Content-Security-Policy": "script-src 'nonce-{nonce}'"})
    headers = pageHeaders("N", settings.contentSources, settings.pageHeaders)
    assert headers[b"content-security-policy"] == b"script-src 'nonce-N'"
    none = Settings(pageHeaders={"Content-Security-Policy": None})
    assert b"content-security-policy" not in pageHeaders("N", {}, none.pageHeaders)


def test_policyWithoutNonceIsRefused() -> None:
    """A policy under which no script of the page would run is refused."""
    said = refusal(ValueError, {"content-security-policy": "script-src 'self'"})
    assert "lacks 'nonce-{nonce}' for script-src" in said
    assert said.endswith("use contentSources")


def test_policyAndSourcesTogetherAreRefused() -> None:
    """Additional sources would be lost with an own policy, and are refused."""
    with pytest.raises(ValueError, match="use only one of the two"):
        Settings(
            pageHeaders={"Content-Security-Policy": "script-src 'nonce-{nonce}'"},
            contentSources={"img-src": "https://images.example.com"},
        )


@pytest.mark.parametrize("name", ["Content-Length", "cache-control", "Vary", "Transfer-Encoding"])
def test_reservedHeaderIsRefused(name: str) -> None:
    """A header that pages depend on cannot be changed."""
    said = refusal(ValueError, {name: None})
    assert said == f"pageHeaders: {name!r} cannot be changed, since pages depend on it"


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "ä"])
def test_malformedNameIsRefused(name: str) -> None:
    """A malformed header name is refused."""
    assert refusal(ValueError, {name: "x"}).endswith("is not the name of a header")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "ä", "\x00"])
def test_malformedValueIsRefused(value: str) -> None:
    """A value that would begin another header is refused."""
    assert "cannot be a value" in refusal(ValueError, {"x-test": value})


@pytest.mark.parametrize("headers", ["x", None, 3, [("a", "b")], {"a": 1}, {1: "a"}, {"a": b"b"}])
def test_otherTypesAreRefused(headers: Any) -> None:
    """Anything but a mapping of texts is refused."""
    assert refusal(TypeError, headers).startswith("pageHeaders must ")


def test_nameInTwoCasesIsRefused() -> None:
    """A name that occurs twice, in different case, is refused."""
    assert refusal(ValueError, {"X-Test": "a", "x-test": "b"}) == "pageHeaders has 'x-test' twice"


def test_mappingIsCopied() -> None:
    """Later changes to the mapping have no effect."""
    given = {"X-Test": "a"}
    settings = Settings(pageHeaders=given)
    given["X-Test"] = "b"
    assert settings.pageHeaders == {"x-test": "a"}
