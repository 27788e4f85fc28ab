"""Tests of L{benchmarks.serving}: servers as processes."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from benchmarks import serving
from benchmarks.serving import Trouble


@pytest.fixture(autouse=True)
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Write logs to a temporary folder."""
    monkeypatch.setattr(serving, "BUILD", tmp_path)


def python(*arguments: str) -> list[str]:
    """Return a command that runs Python."""
    return [sys.executable, "-u", *arguments]


def test_serverRunsUntilTheEndOfTheStatement(tmp_path: Path) -> None:
    """The server answers at its port, its output is kept, and it ends with the statement."""

    def command(port: int) -> list[str]:
        return python("-m", "http.server", "--bind=127.0.0.1", f"--directory={tmp_path}", str(port))

    with serving.serving("files", command) as server:
        with urlopen(f"http://127.0.0.1:{server.port}/logs/", timeout=20) as response:
            assert b"files.log" in response.read()
        assert server.memory() > 0
        assert server.seconds() > 0
        assert "GET /logs/" in server.output()
    with pytest.raises(Trouble, match="has ended"):
        server.checkRuns()


def test_serverThatEndsIsATroubleWithItsLastLines() -> None:
    """The error for a server that ends has the end of its output."""
    command = python("-c", "print('first'); print('no port')")
    with (
        pytest.raises(Trouble, match=r"the server has ended:\n(.*\n)?no port"),
        serving.serving("broken", lambda port: command),
    ):
        pass


def test_environmentIsAdded() -> None:
    """The process has the additional variables."""
    command = python("-c", "import os; print(os.environ['BENCHMARK_NAME'])")
    with (
        pytest.raises(Trouble, match="a name of its own"),
        serving.serving("named", lambda port: command, {"BENCHMARK_NAME": "a name of its own"}),
    ):
        pass
