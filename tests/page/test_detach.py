"""Tests of L{livewidget.LiveElement.detach}, and of the browser's detach message."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from livewidget import ConnectionLost, Detached, LiveElement
from livewidget.wire.messages import Call, Made
from tests.support.adoption import Sender, Told, sent
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport


class TestDetach:
    """Removal of elements from a page, by the server or by the browser."""

    @pytest.fixture
    def child(self, live: FakeTransport, sender: Sender, told: Told) -> Any:
        """Return a child that has a child; the widgets of both exist."""
        child = told.named("a", told.named("b"))
        sent(live, lambda: sender.callRemoteOnly("add", child))
        live.receive(Made(2))
        told.notes.clear()
        return child

    def test_detachTellsTheBrowserOnceAndChildrenFirst(
        self, live: FakeTransport, sender: Sender, told: Told, child: Any
    ) -> None:
        """C{detach} tells the browser once and children before parents, and leaves nothing."""
        assert sent(live, child.detach) == [["detach", 2]]
        assert told.notes == ["lost b", "lost a", "detached b", "detached a"]
        assert list(live.page.elements) == [1]
        assert (child.page, child.elementParent, sender.childElements) == (None, None, ())
        assert sent(live, child.detach) == []

    def test_detachOfTheBrowserIsNotEchoed(
        self, live: FakeTransport, sender: Sender, told: Told, child: Any
    ) -> None:
        """The browser's detach is not echoed; repeated and unknown ones are ignored."""
        messages = sent(live, lambda: live.receive(*[b'["detach",2]'] * 2, b'["detach",77]'))
        assert messages == []
        assert told.notes == ["lost b", "lost a", "detached b", "detached a"]
        assert live.page.ended is None

    def test_callsOfADetachedElementFailSilently(self, live: FakeTransport, child: Any) -> None:
        """Calls of a detached element fail with L{Detached}, which is not logged if unhandled."""
        child.detach()
        failures: list[Any] = []
        child.callRemote("ask")
        child.callRemote("ask").addErrback(failures.append)
        child.callRemoteOnly("tell")
        assert isinstance(failures[0].value, Detached)
        assert isinstance(failures[0].value, ConnectionLost)
        assert str(failures[0].value) == "the element was detached"

    def test_callMadeBeforeTheDetachIsStillAnswered(self, live: FakeTransport, child: Any) -> None:
        """A call that was made before the detach can still be answered."""
        answers: list[Any] = []
        child.callRemote("ask").addCallback(answers.append)
        child.detach()
        live.receive(b'["result",1,"yes"]')
        assert answers == ["yes"]

    def test_browserCallSentBeforeItKnewOfTheDetachFailsUnlogged(
        self, live: FakeTransport, child: Any, log: Log
    ) -> None:
        """A browser's call of an element that was just detached fails with Detached, unlogged."""
        child.detach()
        [_, message] = sent(live, lambda: live.receive(Call(9, 2, "echo", [1])))
        assert message == ["error", 9, {"type": "Detached", "message": "the element was detached"}]
        assert log.texts() == []

    def test_detachedErrorOfTheBrowserIsNotLogged(
        self, live: FakeTransport, child: Any, log: Log
    ) -> None:
        """A Detached error of the browser is not logged if unhandled."""
        child.callRemote("ask")
        live.receive(b'["detach",2]', b'["error",1,{"type":"Detached","message":"x"}]')
        assert log.texts() == []

    def test_childIsDetachedAlone(self, live: FakeTransport, told: Told, child: Any) -> None:
        """A child can be detached without its parent."""
        [inner] = child.childElements
        assert sent(live, inner.detach) == [["detach", 3]]
        assert told.notes == ["lost b", "detached b"]
        assert child.childElements == ()
        live.page.close()
        assert told.notes[2:] == ["lost a", "detached a"]

    def test_pageLivesWithoutElements(
        self, live: FakeTransport, sender: Sender, child: Any
    ) -> None:
        """A page whose last element is detached does not end."""
        assert sent(live, sender.detach) == [["detach", 1]]
        assert (live.page.elements, live.page.ended) == ({}, None)

    def test_reportOfADetachedElementIsIgnored(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element detached before its widget exists is not notified of the widget."""
        child = told.named("a")
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert sent(live, child.detach) == [["detach", 2]]
        assert live.page.tree.late == {}
        live.receive(Made(2))
        assert told.notes == ["detached a"]
        assert live.page.tree.late == {}

    def test_unsentChildLeavesItsParentAndCannotBeReused(
        self, sender: Sender, live: FakeTransport, told: Told
    ) -> None:
        """An unsent child that is detached leaves its parent and cannot be used again."""
        child = told.named("a")
        sender.addChild(child)
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        child.detach()
        assert sender.childElements == ()
        assert isinstance(failures[0].value, Detached)
        with pytest.raises(ValueError, match="Make a new one"):
            sender.addChild(child)

    def test_descendantsOfAnUnsentChildCannotBeReused(self, sender: Sender, told: Told) -> None:
        """The descendants of a detached unsent child lose their calls and cannot be used again."""
        inner = told.named("b")
        child = told.named("a", inner)
        failures: list[Any] = []
        inner.callRemote("ask").addErrback(lambda failure: None).cancel()
        inner.callRemote("ask").addErrback(failures.append)
        child.detach()
        assert isinstance(failures[0].value, Detached)
        with pytest.raises(ValueError, match="cannot be used"):
            inner.addChild(told.named("c"))

    def test_detachAfterTheEndDoesNothing(self, live: FakeTransport, child: Any) -> None:
        """C{detach} after the end does nothing: calls fail with the reason of the end."""
        live.page.close("bye")
        child.detach()
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        assert str(failures[0].value) == "the page ended: bye (4000)"

    def test_hookThatRaisesDetachedWhileAttachedIsLogged(
        self, live: FakeTransport, sender: Sender, told: Told, log: Log
    ) -> None:
        """A hook that raises Detached is logged if its own element is not detached."""

        class Asking(LiveElement):
            async def connectionMade(self) -> None:
                raise Detached

        Bench().live(Asking())
        assert "the element was detached" in log.take("a hook of")

    def test_callsOfAnUnsentChildFailWhenThePageEnds(
        self, sender: Sender, live: FakeTransport, told: Told
    ) -> None:
        """Calls of an unsent child fail when its parent's page ends."""
        child = told.named("a")
        sender.addChild(child)
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        live.page.close()
        assert isinstance(failures[0].value, ConnectionLost)

    def test_childDetachedByItsParentsHookIsNotTold(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """A child that its parent's C{connectionMade} detaches is not notified of its widget."""
        child = told.named("a", told.named("b"))
        [inner] = child.childElements
        child.connectionMade = lambda: inner.detach()
        sent(live, lambda: sender.callRemoteOnly("add", child))
        live.receive(Made(2))
        assert told.notes == ["detached b"]

    def test_hookThatRaisesIsLoggedAndOthersAreTold(
        self, live: FakeTransport, child: Any, told: Told, log: Log
    ) -> None:
        """An error in C{detached} is logged, and the other elements are notified."""

        def fail() -> None:
            raise RuntimeError("broken")

        child.detached = fail
        child.detach()
        assert told.notes == ["lost b", "lost a", "detached b"]
        assert "broken" in log.take("a hook of")

    def test_deeplyNestedUnsentChildrenLoseTheirCalls(
        self, sender: Sender, live: FakeTransport, told: Told
    ) -> None:
        """Calls of unsent elements nested 2,000 levels deep fail when the page ends."""
        element = told.named("inner")
        answer = element.callRemote("ask")
        for _ in range(2_000):
            element = told.named("outer", element)
        sender.addChild(element)
        live.page.close()
        failures: list[Any] = []
        answer.addErrback(failures.append)
        assert isinstance(failures[0].value, ConnectionLost)

    def test_errbackThatEndsThePageDoesNotKeepOthersFromBeingTold(
        self, sender: Sender, live: FakeTransport, told: Told, child: Any
    ) -> None:
        """An errback that ends the page during a detach does not prevent the other hooks."""
        child.addChild(waiting := told.named("waiting"))
        waiting.callRemote("ask").addErrback(lambda failure: live.page.close())
        child.detach()
        assert told.notes == ["lost b", "lost a", "detached b", "detached a"]
        assert live.page.ended is not None

    def test_connectionMadeMayDetachItsOwnElement(
        self, sender: Sender, live: FakeTransport, told: Told
    ) -> None:
        """An element that its own C{connectionMade} detaches gets its other hooks once."""
        child = told.named("a")

        async def connectionMade() -> None:
            child.detach()

        child.connectionMade = connectionMade
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert sent(live, lambda: live.receive(Made(2))) == [["detach", 2]]
        live.receive(b'["detach",2]')
        assert told.notes == ["lost a", "detached a"]

    def test_callWithoutAnAnswerOfADetachedElementIsNotReported(self, told: Told) -> None:
        """A call without an answer of a detached element is not reported when debugging."""
        live = Bench(debug=True).live(Sender(), told.named("a"))
        live.page.elements[2].detach()
        live.receive(Call(None, 2, "makeChild", []))
        assert live.sent == []

    def test_detachedElementsAreReleased(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """A page keeps no reference to detached elements."""
        child = told.named("a", told.named("b"))
        gone = [weakref.ref(child), weakref.ref(child.childElements[0])]
        sent(live, lambda: sender.callRemoteOnly("add", gone[0]()))
        live.receive(Made(2))
        child.callRemoteOnly("tell")
        sent(live, child.detach)
        del child
        gc.collect()
        assert [ref() for ref in gone] == [None, None]
        assert not live.page.lifecycle._told & {2, 3}
