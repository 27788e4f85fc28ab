"""Tests of C{detach} on the server."""

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
    """C{detach} on the server."""

    @pytest.fixture
    def child(self, live: FakeTransport, sender: Sender, told: Told) -> Any:
        """A child with a child, both of which are made."""
        child = told.named("a", told.named("b"))
        sent(live, lambda: sender.callRemoteOnly("add", child))
        live.receive(Made(2))
        told.notes.clear()
        return child

    def test_server(self, live: FakeTransport, sender: Sender, told: Told, child: Any) -> None:
        """The browser is told once; elements are, children first; nothing stays."""
        assert sent(live, child.detach) == [["detach", 2]]
        assert told.notes == ["lost b", "lost a", "detached b", "detached a"]
        assert list(live.page.elements) == [1]
        assert (child.page, child.elementParent, sender.childElements) == (None, None, ())
        assert sent(live, child.detach) == []

    def test_browser(self, live: FakeTransport, sender: Sender, told: Told, child: Any) -> None:
        """The browser says so: nothing goes back; once more, or unknown, is nothing."""
        messages = sent(live, lambda: live.receive(*[b'["detach",2]'] * 2, b'["detach",77]'))
        assert messages == []
        assert told.notes == ["lost b", "lost a", "detached b", "detached a"]
        assert live.page.ended is None

    def test_afterwards(self, live: FakeTransport, child: Any) -> None:
        """Calls fail with L{Detached}, which is silent if nobody watches."""
        child.detach()
        failures: list[Any] = []
        child.callRemote("ask")
        child.callRemote("ask").addErrback(failures.append)
        child.callRemoteOnly("tell")
        assert isinstance(failures[0].value, Detached)
        assert isinstance(failures[0].value, ConnectionLost)
        assert str(failures[0].value) == "the element was detached"

    def test_inFlight(self, live: FakeTransport, child: Any) -> None:
        """A call that was made before may still be answered."""
        answers: list[Any] = []
        child.callRemote("ask").addCallback(answers.append)
        child.detach()
        live.receive(b'["result",1,"yes"]')
        assert answers == ["yes"]

    def test_crossing(self, live: FakeTransport, child: Any, log: Log) -> None:
        """A call of the browser's that crosses is answered with Detached, and is not logged."""
        child.detach()
        [_, message] = sent(live, lambda: live.receive(Call(9, 2, "echo", [1])))
        assert message == ["error", 9, {"type": "Detached", "message": "the element was detached"}]
        assert log.texts() == []

    def test_answerOfTheBrowser(self, live: FakeTransport, child: Any, log: Log) -> None:
        """The other way round too: nobody need watch it."""
        child.callRemote("ask")
        live.receive(b'["detach",2]', b'["error",1,{"type":"Detached","message":"x"}]')
        assert log.texts() == []

    def test_child(self, live: FakeTransport, told: Told, child: Any) -> None:
        """A part of a subtree goes alone."""
        [inner] = child.childElements
        assert sent(live, inner.detach) == [["detach", 3]]
        assert told.notes == ["lost b", "detached b"]
        assert child.childElements == ()
        live.page.close()
        assert told.notes[2:] == ["lost a", "detached a"]

    def test_root(self, live: FakeTransport, sender: Sender, child: Any) -> None:
        """The last element of a page goes, and the page stays."""
        assert sent(live, sender.detach) == [["detach", 1]]
        assert (live.page.elements, live.page.ended) == ({}, None)

    def test_beforeItIsMade(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """One whose widget is not made yet is taken back; that it is made later is no news."""
        child = told.named("a")
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert sent(live, child.detach) == [["detach", 2]]
        assert live.page.tree.late == {}
        live.receive(Made(2))
        assert told.notes == ["detached a"]
        assert live.page.tree.late == {}

    def test_unsent(self, sender: Sender, live: FakeTransport, told: Told) -> None:
        """One that was never sent leaves its parent, and is used up."""
        child = told.named("a")
        sender.addChild(child)
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        child.detach()
        assert sender.childElements == ()
        assert isinstance(failures[0].value, Detached)
        with pytest.raises(ValueError, match="Make a new one"):
            sender.addChild(child)

    def test_unsentTree(self, sender: Sender, told: Told) -> None:
        """So is all below it, with the calls that were not cancelled."""
        inner = told.named("b")
        child = told.named("a", inner)
        failures: list[Any] = []
        inner.callRemote("ask").addErrback(lambda failure: None).cancel()
        inner.callRemote("ask").addErrback(failures.append)
        child.detach()
        assert isinstance(failures[0].value, Detached)
        with pytest.raises(ValueError, match="cannot be used"):
            inner.addChild(told.named("c"))

    def test_afterTheEnd(self, live: FakeTransport, child: Any) -> None:
        """After the end of the page it does nothing: calls fail with what ended that."""
        live.page.close("bye")
        child.detach()
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        assert str(failures[0].value) == "the page ended: bye (4000)"

    def test_hookOfAnother(self, live: FakeTransport, sender: Sender, told: Told, log: Log) -> None:
        """A hook that fails since another element was detached is logged."""

        class Asking(LiveElement):
            async def connectionMade(self) -> None:
                raise Detached

        Bench().live(Asking())
        assert "the element was detached" in log.take("a hook of")

    def test_unsentAtTheEnd(self, sender: Sender, live: FakeTransport, told: Told) -> None:
        """What an unsent child has asked is lost with the page of its parent."""
        child = told.named("a")
        sender.addChild(child)
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        live.page.close()
        assert isinstance(failures[0].value, ConnectionLost)

    def test_hookThatDetaches(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """C{connectionMade} may detach another, who then is not told that it is made."""
        child = told.named("a", told.named("b"))
        [inner] = child.childElements
        child.connectionMade = lambda: inner.detach()
        sent(live, lambda: sender.callRemoteOnly("add", child))
        live.receive(Made(2))
        assert told.notes == ["detached b"]

    def test_hookThatRaises(self, live: FakeTransport, child: Any, told: Told, log: Log) -> None:
        """A hook that raises is logged, and the others are told."""

        def fail() -> None:
            raise RuntimeError("broken")

        child.detached = fail
        child.detach()
        assert told.notes == ["lost b", "lost a", "detached b"]
        assert "broken" in log.take("a hook of")

    def test_deep(self, sender: Sender, live: FakeTransport, told: Told) -> None:
        """Of what was never sent there may be much in each other."""
        element = told.named("inner")
        answer = element.callRemote("ask")
        for _ in range(2_000):
            element = told.named("outer", element)
        sender.addChild(element)
        live.page.close()
        failures: list[Any] = []
        answer.addErrback(failures.append)
        assert isinstance(failures[0].value, ConnectionLost)

    def test_whoHears(self, sender: Sender, live: FakeTransport, told: Told, child: Any) -> None:
        """Who hears that an answer is lost may end the page; the others are told all the same."""
        child.addChild(waiting := told.named("waiting"))
        waiting.callRemote("ask").addErrback(lambda failure: live.page.close())
        child.detach()
        assert told.notes == ["lost b", "lost a", "detached b", "detached a"]
        assert live.page.ended is not None

    def test_madeAndGone(self, sender: Sender, live: FakeTransport, told: Told) -> None:
        """An element whose connectionMade detaches it hears the rest, and nothing again."""
        child = told.named("a")

        async def connectionMade() -> None:
            child.detach()

        child.connectionMade = connectionMade
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert sent(live, lambda: live.receive(Made(2))) == [["detach", 2]]
        live.receive(b'["detach",2]')
        assert told.notes == ["lost a", "detached a"]

    def test_debugged(self, told: Told) -> None:
        """A call without an answer that crosses is no failure to be shown."""
        live = Bench(debug=True).live(Sender(), told.named("a"))
        live.page.elements[2].detach()
        live.receive(Call(None, 2, "makeChild", []))
        assert live.sent == []

    def test_nothingStays(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """The page holds nothing of what was detached."""
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
