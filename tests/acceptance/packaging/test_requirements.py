"""Tests of the locks that C{make} installs from: they fit pyproject.toml, and name no host."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "requirements"
LOCKS = sorted(path.name for path in FOLDER.glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
EXTRAS = PROJECT["project"]["optional-dependencies"]


def entries(lock: str) -> list[str]:
    """Return the entry of each package in a lock: the pin and its hashes, on one line."""
    text = (FOLDER / lock).read_text(encoding="utf-8").replace("\\\n", "")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def pins(lock: str) -> dict[str, list[str]]:
    """Return the versions of each package in a lock: more than one where they depend on markers."""
    versions: dict[str, list[str]] = {}
    for entry in entries(lock):
        found = re.match(r"(\S+)==(\S+) ", entry)
        assert found, f"{lock} does not pin {entry}"
        versions.setdefault(canonicalize_name(found[1]), []).append(found[2])
    return versions


@pytest.mark.parametrize("lock", LOCKS)
def test_eachPackageHasHashes(lock: str) -> None:
    """Each package in a lock has a hash."""
    assert entries(lock)
    for entry in entries(lock):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}( |$)", entry), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_locksNameNoHost(lock: str) -> None:
    """A lock names no host, no index and no other place to install from."""
    text = (FOLDER / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    assert "--index" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize("folder", [".", "benchmarks"])
def test_nodeLocksNameNoHost(folder: str) -> None:
    """npm's lock files name no host, and have a hash for each package."""
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [name for name, package in packages.items() if name and not package["integrity"]]


@pytest.mark.parametrize(
    ("lock", "needed"),
    [
        ("run.txt", NEEDED),
        ("test.txt", NEEDED + EXTRAS["test"] + EXTRAS["tls"]),
        ("floors.txt", NEEDED + EXTRAS["test"] + EXTRAS["tls"]),
    ],
    ids=["run", "test", "floors"],
)
def test_locksFitTheProject(lock: str, needed: list[str]) -> None:
    """Each lock satisfies pyproject.toml; after a change there, run C{make lock}."""
    locked = pins(lock)
    for requirement in map(Requirement, needed):
        versions = locked.get(canonicalize_name(requirement.name), [])
        assert versions, f"{lock} lacks {requirement}: run make lock"
        for version in versions:
            assert requirement.specifier.contains(version), f"{lock}: {requirement}: run make lock"


def test_runLockIsPartOfTheTestLock() -> None:
    """The lock to run is part of the lock to test, since both are installed into one venv."""
    assert pins("run.txt").items() <= pins("test.txt").items()


def test_floorsAreThoseOfTheProject() -> None:
    """The floors are the lowest versions that pyproject.toml allows, and are locked."""
    floors = [
        line for line in (FOLDER / "floors.in").read_text().splitlines() if not line.startswith("#")
    ]
    wanted = [need.replace(">=", "==") for need in PROJECT["project"]["dependencies"]]
    # The versions after these are the ones that the tests need with the old ones.
    assert floors[: len(wanted)] == wanted
    for floor in map(Requirement, floors):
        assert pins("floors.txt")[canonicalize_name(floor.name)] == [
            str(floor.specifier).removeprefix("==")
        ]
