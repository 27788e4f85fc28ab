"""Tests of C{livewidget.web.pageheaders}.

What a page is sent with, and what of it can be changed.
"""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import Settings
from livewidget.web.pageheaders import pageHeaders
from tests.support.project import Project
from tests.support.resources import Setup


def refusal(kind: type[Exception], headers: Any) -> str:
    """Why changes are refused."""
    with pytest.raises(kind) as caught:
        Settings(pageHeaders=headers)
    return str(caught.value)


def test_default() -> None:
    """Under a policy, not sniffed, no referrer to others; frames of the own site alone."""
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


def test_changed(project: Project) -> None:
    """Each can be changed, left out or added to, however its name is written."""
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


def test_policy() -> None:
    """A policy of one's own has the page's nonce where it says so."""
    settings = Settings(pageHeaders={"Content-Security-Policy": "script-src 'nonce-{nonce}'"})
    headers = pageHeaders("N", settings.contentSources, settings.pageHeaders)
    assert headers[b"content-security-policy"] == b"script-src 'nonce-N'"
    none = Settings(pageHeaders={"Content-Security-Policy": None})
    assert b"content-security-policy" not in pageHeaders("N", {}, none.pageHeaders)


def test_policyWithoutNonce() -> None:
    """One under which no script of the page would run is refused."""
    said = refusal(ValueError, {"content-security-policy": "script-src 'self'"})
    assert "lacks 'nonce-{nonce}' for script-src" in said
    assert said.endswith("use contentSources")


def test_policyAndSources() -> None:
    """Sources would be added to nothing."""
    with pytest.raises(ValueError, match="use only one of the two"):
        Settings(
            pageHeaders={"Content-Security-Policy": "script-src 'nonce-{nonce}'"},
            contentSources={"img-src": "https://images.example.com"},
        )


@pytest.mark.parametrize("name", ["Content-Length", "cache-control", "Vary", "Transfer-Encoding"])
def test_ours(name: str) -> None:
    """What the page could not do without is not to be changed."""
    said = refusal(ValueError, {name: None})
    assert said == f"pageHeaders: {name!r} cannot be changed, since pages depend on it"


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "ä"])
def test_names(name: str) -> None:
    """What is no name of a header is refused."""
    assert refusal(ValueError, {name: "x"}).endswith("is not the name of a header")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "ä", "\x00"])
def test_values(value: str) -> None:
    """So is what cannot be a value, and would begin another header."""
    assert "cannot be a value" in refusal(ValueError, {"x-test": value})


@pytest.mark.parametrize("headers", ["x", None, 3, [("a", "b")], {"a": 1}, {1: "a"}, {"a": b"b"}])
def test_otherTypes(headers: Any) -> None:
    """It is a mapping of texts."""
    assert refusal(TypeError, headers).startswith("pageHeaders must ")


def test_twice() -> None:
    """A name that is there twice, written in two ways, is a mistake."""
    assert refusal(ValueError, {"X-Test": "a", "x-test": "b"}) == "pageHeaders has 'x-test' twice"


def test_copied() -> None:
    """Later changes of the mapping change nothing."""
    given = {"X-Test": "a"}
    settings = Settings(pageHeaders=given)
    given["X-Test"] = "b"
    assert settings.pageHeaders == {"x-test": "a"}
