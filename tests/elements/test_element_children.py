"""Tests of L{livewidget.elements.element}: elements in elements."""

from __future__ import annotations

import pytest

from livewidget import (
    LiveElement,
    LivePage,
)
from tests.support.pages import Bench


class Room(LiveElement):
    """One whose class has a name."""


class TestChildren:
    """Elements in elements."""

    def test_addChild(self) -> None:
        """A child knows its parent, the parent its children in order."""
        parent, one, two = LiveElement(), LiveElement(), LiveElement()
        assert parent.addChild(one) is one
        parent.addChild(two)
        assert parent.childElements == (one, two)
        assert one.elementParent is parent

    def test_afterTheEnd(self) -> None:
        """An element whose page has ended gets no more children."""
        element = LiveElement()
        Bench().live(element).page.close()
        with pytest.raises(ValueError, match="cannot be used"):
            element.addChild(LiveElement())

    def test_withoutInit(self) -> None:
        """A subclass need not call our C{__init__}; children are not shared."""

        class Own(LiveElement):
            def __init__(self, value: int) -> None:
                self.value = value

        first, second = Own(1), Own(2)
        first.addChild(LiveElement())
        assert second.childElements == ()
        first.callRemoteOnly("show")
        assert [call.method for call in Bench().live(first).sent] == ["show"]

    def test_ids(self) -> None:
        """Each element of a page has an id of its own, parents before children."""
        root, child, grandchild, other = (LiveElement() for _ in range(4))
        child.addChild(grandchild)
        root.addChild(child)
        root.addChild(other)
        page = Bench().page(root)
        assert [e.elementId for e in (root, child, grandchild, other)] == [1, 2, 3, 4]
        assert list(page.elements.values()) == [root, child, grandchild, other]

    def test_childOfAPage(self) -> None:
        """A child that is added to an element in a page is in the page at once."""
        root, child = LiveElement(), LiveElement()
        page = Bench().page(root)
        root.addChild(child)
        assert child.page is page.livePage
        assert page.elements[child.elementId] is child

    def test_noElement(self) -> None:
        """A class, or anything else, is refused with what to write, and not spoiled."""
        with pytest.raises(TypeError, match=r"Room is a class\. Use an element of it: Room\(…\)"):
            LiveElement().addChild(Room)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="'x' is not a LiveElement"):
            LiveElement().addChild("x")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="Room is a class"):
            LivePage().addElement(Room)  # type: ignore[arg-type]
        LiveElement().addChild(Room())

    def test_twoParents(self) -> None:
        """An element has one parent."""
        child = LiveElement()
        LiveElement().addChild(child)
        with pytest.raises(ValueError, match="Make a new one"):
            LiveElement().addChild(child)

    def test_elementInAPage(self) -> None:
        """An element that is in a page is nobody's child."""
        root = LiveElement()
        Bench().page(root)
        with pytest.raises(ValueError, match="Make a new one"):
            LiveElement().addChild(root)

    def test_usedUp(self) -> None:
        """An element whose page has ended is nobody's child any more."""
        root = LiveElement()
        Bench().page(root).close()
        with pytest.raises(ValueError, match="Make a new one"):
            LiveElement().addChild(root)

    def test_strOutsideOfTemplates(self) -> None:
        """In a log, an element is shown as any object is."""
        element = LiveElement()
        assert str(element) == repr(element)
