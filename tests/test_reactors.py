"""Tests of calls and messages on each reactor of Twisted that this machine has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.reactors import MANY


@pytest.mark.parametrize(
    ("name", "reactor"),
    [
        ("select", "SelectReactor"),
        ("poll", "PollReactor"),
        ("epoll", "EPollReactor"),
        ("asyncio", "AsyncioSelectorReactor"),
    ],
)
def test_callsAreAnsweredAndMessagesStayInOrder(name: str, reactor: str) -> None:
    """Each reactor answers calls and sends all messages in order, even after a full socket."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.reactors", name],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).resolve().parent.parent,
        timeout=60,
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["reactor"] == reactor
    assert found["answers"] == [["result", number, number] for number in range(1, 21)]
    assert found["paused"]
    assert found["shown"] == list(range(MANY))
    assert found["last"] == ["call", None, 1, "show", ["last"]]
    assert found["code"] == 1001
