"""Tests of the benchmarks without peers: the work that they compare, not the speed."""

from __future__ import annotations

from benchmarks.micro.render import Plain, Served
from benchmarks.micro.size import sizes
from examples.chat import ChatRoom


def test_floorRendersTheSamePage() -> None:
    """Jinja2 alone renders the same HTML as the server, from the same templates."""
    served = Served(ChatRoom().makeChatter)
    served.page()
    plain = Plain(served.html)
    plain.page()
    assert plain.html == served.html
    assert "data-live-element" in plain.html


def test_sizesAreThoseOfTheBundle() -> None:
    """Browsers load one file, which compresses well."""
    [(name, (served, gzipped))] = sizes().items()
    assert name == "livewidget.js"
    assert gzipped < served / 2
