"""Fixtures of the tests of elements."""

from __future__ import annotations

import pytest

from livewidget import Topic


@pytest.fixture
def topic() -> Topic:
    """Return a new topic without a name."""
    return Topic()
