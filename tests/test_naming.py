"""Tests of L{livewidget.naming}: the names of classes, functions and objects in messages."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from livewidget.naming import fullNameOf, nameOf


class Outer:
    """A class with a class and a method in it."""

    class Inner:
        """A nested class."""

    def method(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Outer, "Outer"),
        (Outer.Inner, "Outer.Inner"),
        (Outer.method, "Outer.method"),
        (len, "len"),
        (list[int], "list[int]"),
        (None, "None"),
    ],
)
def test_nameIsTheQualifiedNameOrTheRepr(value: Any, name: str) -> None:
    """Classes and functions have their qualified names, everything else its repr."""
    assert nameOf(value) == name


def test_nameOfAnObjectWithoutANameIsItsRepr() -> None:
    """A partial, which has no name of its own, is shown with what it calls."""
    function = partial(Outer)
    assert nameOf(function) == repr(function)


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        (complex, "builtins.complex"),
        (Outer.Inner, f"{__name__}.Outer.Inner"),
        (list[int], "list[int]"),
        (int | None, "int | None"),
    ],
)
def test_fullNameOfAClassHasItsModule(hint: Any, name: str) -> None:
    """A class is named with its module, any other hint as it was written."""
    assert fullNameOf(hint) == name
