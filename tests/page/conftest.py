"""A page with one element whose methods answer in every way."""

from __future__ import annotations

import pytest

from tests.support.answers import Answers
from tests.support.pages import Bench, FakeTransport


@pytest.fixture
def element() -> Answers:
    """Return the only element of the page."""
    return Answers()


@pytest.fixture
def browser(element: Answers) -> FakeTransport:
    """Return the connection of a browser to a page with one element."""
    return Bench().live(element)
