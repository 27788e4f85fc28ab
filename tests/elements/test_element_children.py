"""Tests of L{livewidget.elements.element}: elements in elements."""

from __future__ import annotations

import pytest

from livewidget import (
    LiveElement,
    LivePage,
)
from tests.support.pages import Bench


class Room(LiveElement):
    """An element whose class has a name, for error texts."""


class TestChildren:
    """Parents and children."""

    def test_childKnowsItsParentAndParentItsChildrenInOrder(self) -> None:
        """A child knows its parent, and the parent its children in order."""
        parent, one, two = LiveElement(), LiveElement(), LiveElement()
        assert parent.addChild(one) is one
        parent.addChild(two)
        assert parent.childElements == (one, two)
        assert one.elementParent is parent

    def test_endedElementGetsNoChildren(self) -> None:
        """An element whose page has ended refuses children."""
        element = LiveElement()
        Bench().live(element).page.close()
        with pytest.raises(ValueError, match="cannot be used"):
            element.addChild(LiveElement())

    def test_subclassNeedNotCallInit(self) -> None:
        """A subclass need not call C{LiveElement.__init__}, and children are not shared."""

        class Own(LiveElement):
            def __init__(self, value: int) -> None:
                self.value = value

        first, second = Own(1), Own(2)
        first.addChild(LiveElement())
        assert second.childElements == ()
        first.callRemoteOnly("show")
        assert [call.method for call in Bench().live(first).sent] == ["show"]

    def test_elementsAreNumberedParentsFirst(self) -> None:
        """Each element of a page has an id of its own, parents before children."""
        root, child, grandchild, other = (LiveElement() for _ in range(4))
        child.addChild(grandchild)
        root.addChild(child)
        root.addChild(other)
        page = Bench().page(root)
        assert [e.elementId for e in (root, child, grandchild, other)] == [1, 2, 3, 4]
        assert list(page.elements.values()) == [root, child, grandchild, other]

    def test_childAddedToAPageIsOnThePageAtOnce(self) -> None:
        """A child that is added to an element on a page is on the page immediately."""
        root, child = LiveElement(), LiveElement()
        page = Bench().page(root)
        root.addChild(child)
        assert child.page is page.livePage
        assert page.elements[child.elementId] is child

    def test_valueThatIsNotAnElementIsRefused(self) -> None:
        """A class, or another value, is refused with advice, and the class can still be used."""
        with pytest.raises(TypeError, match=r"Room is a class\. Use an element of it: Room\(…\)"):
            LiveElement().addChild(Room)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="'x' is not a LiveElement"):
            LiveElement().addChild("x")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="Room is a class"):
            LivePage().addElement(Room)  # type: ignore[arg-type]
        LiveElement().addChild(Room())

    def test_secondParentIsRefused(self) -> None:
        """An element that has a parent is refused by another one."""
        child = LiveElement()
        LiveElement().addChild(child)
        with pytest.raises(ValueError, match="Make a new one"):
            LiveElement().addChild(child)

    def test_elementOnAPageIsRefusedAsChild(self) -> None:
        """An element that is on a page is refused as a child."""
        root = LiveElement()
        Bench().page(root)
        with pytest.raises(ValueError, match="Make a new one"):
            LiveElement().addChild(root)

    def test_endedElementIsRefusedAsChild(self) -> None:
        """An element whose page has ended is refused as a child."""
        root = LiveElement()
        Bench().page(root).close()
        with pytest.raises(ValueError, match="Make a new one"):
            LiveElement().addChild(root)

    def test_strOutsideTemplatesIsTheRepr(self) -> None:
        """The C{str} of an element outside templates is its C{repr}, as in a log."""
        element = LiveElement()
        assert str(element) == repr(element)
