"""Tests of the attacked server itself, without an attack."""

from __future__ import annotations

import pytest

from tests.acceptance.hostile.besieged import Besieged
from tests.acceptance.hostile.browsers import KINDS


def test_unattackedServerKeepsNothing(besieged: Besieged) -> None:
    """Without an attack nothing happens, and nothing is left."""


@pytest.mark.parametrize("kind", KINDS)
def test_browsersOfEachKindComeAndGo(besieged: Besieged, kind: str) -> None:
    """A browser of each kind connects, calls, loses the connection and comes back."""
    browser = besieged.browser(kind).hello()
    assert browser.call("echo", ["a", {"b": 1}]) == ["a", {"b": 1}]
    assert browser.call("add", 1) == 11
    browser.lose()
    browser.hello()
    assert browser.call("echo", "again") == "again"
    assert besieged.vitals()["ran"] >= 3


def test_timeMovesOnDemand(besieged: Besieged) -> None:
    """Time moves on demand: an unconnected page ends after 30 seconds."""
    before = besieged.vitals()["pages"]
    besieged.peer().page()
    besieged.advance(29)
    assert besieged.vitals()["pages"] == before + 1
    besieged.advance(1)
    assert besieged.vitals()["pages"] == before
