"""Tests of C{livewidget.adoption}: elements that are made later, and how they are sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from livewidget import (
    ConnectionLost,
    Detached,
    EncodeError,
    LiveElement,
    MessageTooLarge,
    TooManyElements,
    expose,
)
from livewidget.messages import Call, Made
from livewidget.page import Page
from tests.help import Bench, FakeTransport, Log, Project

NESTED = "<div {{ liveElement }}>{% for child in children %}{{ child }}{% endfor %}</div>"


class Sender(LiveElement):
    """The element of a page; makes what it is told to make.

    @ivar make: what the browser's call C{get} returns.
    """

    def __init__(self) -> None:
        self.make: Callable[[], Any] = lambda: None

    @expose
    def get(self) -> Any:
        """Return something."""
        return self.make()


class Told:
    """Makes classes of elements that note what happens to them.

    @ivar notes: what has happened.
    """

    def __init__(self, project: Project) -> None:
        project.write("named.html", NESTED)
        self.notes: list[str] = []
        notes = self.notes

        class Named(LiveElement):
            def __init__(self, name: str, *children: LiveElement) -> None:
                self.name = name
                self.children = [self.addChild(child) for child in children]

            def connectionMade(self) -> None:
                notes.append(f"made {self.name}")

            def connectionLost(self, reason: Any) -> None:
                notes.append(f"lost {self.name}")

            def detached(self) -> None:
                notes.append(f"detached {self.name}")

            @expose
            def makeChild(self) -> Any:
                return named("child")

        named = self.named = project.element(Named, template="named.html")


@pytest.fixture
def told(project: Project) -> Told:
    """A class of elements whose life is noted."""
    return Told(project)


@pytest.fixture
def sender() -> Sender:
    """The element of the page."""
    return Sender()


@pytest.fixture
def live(sender: Sender) -> FakeTransport:
    """The connection of its page."""
    transport = Bench().live(sender)
    transport.page.rendered.add(1)
    transport.page.modules = transport.page.pages.renderer.packages.modules
    return transport


def raw(transport: FakeTransport) -> list[Any]:
    """The messages that the page has to send, as JSON."""
    _, messages = transport.page.delivery.takeMessages(0)
    return [msgspec.json.decode(message) for message in messages]


def sent(transport: FakeTransport, action: Callable[[], Any]) -> list[Any]:
    """What is sent by an action, as JSON, since an element has no form in Python."""
    transport.open = False
    action()
    return raw(transport)


def ask(transport: FakeTransport) -> list[Any]:
    """What is sent when the browser calls C{get}."""
    return sent(transport, lambda: transport.receive(Call(7, 1, "get", [])))


class TestForm:
    """What an element is in a message."""

    def test_argument(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """It has its HTML and what its widget is made of; its parent is who sends it."""
        child = told.named("x")
        [message] = sent(live, lambda: sender.callRemoteOnly("add", child))
        content = {
            "html": '<div data-live-element="2"></div>',
            "elements": [[2, 1, "livewidget", "Widget", []]],
        }
        assert message == ["call", None, 1, "add", [{"$element": content}]]
        assert (child.elementParent, sender.childElements) == (sender, (child,))
        assert child.page is sender.page

    def test_result(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """It may be the answer of an exposed method, in lists and dictionaries."""
        sender.make = lambda: {"rows": [told.named("a"), {"$x": told.named("b")}]}
        [[_, callId, value]] = ask(live)
        assert callId == 7
        first, second = value["rows"]
        assert first["$element"]["elements"][0][:2] == [2, 1]
        assert second["$"]["$x"]["$element"]["elements"][0][:2] == [3, 1]

    def test_resultOfAChild(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """The parent is the element whose method returned it."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("inner")))
        [[_, _, value]] = sent(live, lambda: live.receive(Made(2), Call(7, 2, "makeChild", [])))
        assert value["$element"]["elements"][0][:2] == [3, 2]

    def test_subtree(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """It comes with all below it, in the order of the document."""
        tree = told.named("a", told.named("b", told.named("c")), told.named("d"))
        [message] = sent(live, lambda: sender.callRemoteOnly("add", tree))
        content = message[4][0]["$element"]
        assert [element[:2] for element in content["elements"]] == [[2, 1], [3, 2], [4, 3], [5, 2]]
        assert content["html"].count("data-live-element") == 4

    def test_modules(self, live: FakeTransport, sender: Sender, project: Project) -> None:
        """Modules and style sheets that the page lacks come with it, once they are sent."""
        project.write("js/New.js", "export class A {}")
        project.write("js/lib/Other.js", "")
        project.write("css/New.css", "")
        new = project.page(jsClass="New.A", cssModule="New")

        def add() -> Any:
            [message] = sent(live, lambda: sender.callRemoteOnly("add", new()))
            return message[4][0]["$element"]

        content = add()
        assert set(content["modules"]) == {"New", "lib.Other"}
        assert content["modules"]["New"].startswith("js/")
        [style] = content["styles"]
        assert style.startswith("css/")
        again = add()
        assert "modules" not in again
        assert "styles" not in again

    def test_waiting(self, sender: Sender, told: Told) -> None:
        """A call that waits for its element to have a page may bring an element."""
        sender.callRemoteOnly("add", told.named("a"))
        live = Bench().page(sender)
        assert [type(e).__name__ for e in live.elements.values()] == ["Sender", "Thing"]


class TestOrder:
    """The element comes before all that is for it."""

    def test_callsBefore(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """Calls of a new element wait until it is sent, and come after it."""
        child = told.named("x")
        child.callRemoteOnly("one")
        [first, second] = sent(live, lambda: sender.callRemoteOnly("add", child))
        assert first[3] == "add"
        assert second == ["call", None, 2, "one", []]

    def test_callsWhileRendered(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """So do those that are made while it is rendered, also to others, and with elements."""

        class Calling(LiveElement):
            def text(self) -> str:
                self.callRemoteOnly("one")
                sender.callRemoteOnly("two", told.named("other"))
                return "text"

        project.write("calling.html", "<p {{ liveElement }}>{{ text() }}</p>")
        calling = project.element(Calling, template="calling.html")()
        messages = sent(live, lambda: sender.callRemoteOnly("add", calling))
        assert [message[3] for message in messages] == ["add", "one", "two"]
        assert messages[2][4][0]["$element"]["elements"][0][0] == 3

    def test_unsentChild(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """A child that is added to an element on the page waits until it is sent."""
        child = told.named("x")
        sender.addChild(child)
        answer = child.callRemote("one")
        assert (child.page, child.elementId) == (None, 0)
        assert sent(live, lambda: None) == []
        assert len(sent(live, lambda: sender.callRemoteOnly("add", child))) == 2
        assert not answer.called


class TestMade:
    """When the widgets of a later element are there."""

    def test_made(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """C{connectionMade} is called when the browser says so: parents first, once."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a", told.named("b"))))
        assert told.notes == []
        live.receive(Made(3), Made(99))
        assert told.notes == []
        live.receive(Made(2), Made(2))
        assert told.notes == ["made a", "made b"]

    def test_beforeTheConnection(self, sender: Sender, told: Told) -> None:
        """One that was sent before the browser came is not told by its coming."""
        bench = Bench()
        page = bench.page(sender)
        sender.callRemoteOnly("add", told.named("a"))
        live = connectRaw(bench, page)
        assert told.notes == []
        live.receive(Made(2))
        assert told.notes == ["made a"]

    def test_neverMade(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """One whose widget was never made hears its end alone."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a")))
        live.page.close()
        assert told.notes == ["detached a"]

    def test_end(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """At the end of the page children hear it before their parents."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a", told.named("b"))))
        live.receive(Made(2))
        live.page.close()
        assert told.notes[2:] == ["lost b", "lost a", "detached b", "detached a"]


def connectRaw(bench: Bench, page: Page) -> FakeTransport:
    """A connection that takes no messages, as elements have no form in Python."""
    page.delivery.takeMessages = lambda now: (1, [])  # type: ignore[method-assign]
    return bench.connect(page)


class TestRefused:
    """What cannot be sent, and what becomes of it."""

    @pytest.fixture
    def refuse(self, live: FakeTransport, sender: Sender) -> Callable[..., Exception]:
        """Send something that is refused; gives the error."""

        def refuse(*args: Any) -> Exception:
            failures: list[Any] = []
            messages = sent(
                live, lambda: sender.callRemote("add", *args).addErrback(failures.append)
            )
            assert messages == []
            error: Exception = failures[0].value
            assert live.page.adoption is None
            return error

        return refuse

    def test_twice(
        self, refuse: Callable[..., Exception], live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element is sent once."""
        child = told.named("x")
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert str(refuse([child])) == (
            "args[0][0]: the Thing is on the page already; each element is sent once"
        )

    def test_ofAnotherPage(self, refuse: Callable[..., Exception], told: Told) -> None:
        """Nor to two pages, at the same time or later."""
        child = told.named("x")
        page = Bench().page(child)
        assert "is or was in another page: make a new one for each" in str(refuse(child))
        page.close()
        assert "is or was in another page" in str(refuse(child))

    def test_orphan(self, refuse: Callable[..., Exception], told: Told) -> None:
        """The child of one that is not on the page is refused."""
        child = told.named("x")
        told.named("parent", child)
        assert "has a parent that is not on this page: send that one" in str(refuse(child))

    def test_rest(
        self, refuse: Callable[..., Exception], live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """Where something else in the message cannot cross, its elements are used up."""
        child = told.named("x", told.named("y"))
        lost = child.callRemote("ask")
        failures: list[Any] = []
        lost.addErrback(failures.append)
        assert str(refuse(child, object())) == "args[1]: a builtins.object cannot cross"
        assert told.notes == ["detached y", "detached x"]
        assert (child.page, sender.childElements, len(live.page.elements)) == (None, (), 1)

    def test_template(
        self, refuse: Callable[..., Exception], live: FakeTransport, project: Project, told: Told
    ) -> None:
        """A template that is wrong is the failure of the call."""
        project.write("named.html", "<p></p>")
        assert "0 times" in str(refuse(told.named("x")))
        assert len(live.page.elements) == 1

    def test_tooLarge(
        self, refuse: Callable[..., Exception], live: FakeTransport, told: Told
    ) -> None:
        """So is an element that is larger than a message may be."""
        error = refuse(told.named("x"), "x" * 70_000)
        assert isinstance(error, MessageTooLarge)
        assert told.notes == ["detached x"]

    def test_tooMany(self, sender: Sender, told: Told) -> None:
        """A page has so many elements at most; when some are detached there is room again."""
        live = Bench(elements=3).live(sender)
        pair = told.named("a", told.named("b"))
        sent(live, lambda: sender.callRemoteOnly("add", pair))
        with pytest.raises(TooManyElements, match="more than 3 elements: detach some"):
            sender.callRemoteOnly("add", told.named("c"))
        pair.detach()
        sender.callRemoteOnly("add", told.named("c"))
        assert len(live.page.elements) == 2

    def test_tooManyForABrowser(self, sender: Sender, told: Told, log: Log) -> None:
        """The browser whose call wanted it is told so, and the log some times."""
        live = Bench(elements=1).live(sender)
        sender.make = lambda: told.named("a")
        for _ in range(20):
            [[kind, _, info]] = ask(live)
            assert (kind, info["type"]) == ("error", "TooManyElements")
        assert len(log.texts()) == 10

    def test_callRemoteOnly(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """Without an answer it is raised."""
        child = told.named("x")
        told.named("parent", child)
        with pytest.raises(EncodeError, match="send that one"):
            sender.callRemoteOnly("add", child)

    def test_result(
        self, live: FakeTransport, sender: Sender, told: Told, project: Project, log: Log
    ) -> None:
        """An answer that cannot be rendered is opaque to the browser, and in the log."""
        project.write("named.html", "<p></p>")
        sender.make = lambda: told.named("x")
        [[kind, _, info]] = ask(live)
        assert (kind, info["type"]) == ("error", "ServerError")
        assert "0 times" in log.take("in 'get'")

    def test_data(self, live: FakeTransport, sender: Sender) -> None:
        """Initial arguments have no elements."""
        sender.getInitialArguments = lambda: [LiveElement()]  # type: ignore[method-assign]
        with pytest.raises(EncodeError, match=r"getInitialArguments\(\)\[0\]: a .*LiveElement"):
            live.page.pages.renderer.describe(sender)


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
        assert live.page.rendered == {1}

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
        live.receive(Made(2))
        assert told.notes == ["detached a"]
        assert live.page.late == {}

    def test_unsent(self, sender: Sender, live: FakeTransport, told: Told) -> None:
        """One that was never sent leaves its parent, and is used up."""
        child = told.named("a")
        sender.addChild(child)
        failures: list[Any] = []
        child.callRemote("ask").addErrback(failures.append)
        child.detach()
        assert sender.childElements == ()
        assert isinstance(failures[0].value, Detached)
        with pytest.raises(ValueError, match="make a new one"):
            sender.addChild(child)

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


def test_deep(project: Project) -> None:
    """Many elements in each other are rendered, however many."""
    element: Any = None
    cls = project.page("<b {{ liveElement }}>{{ inner }}</b>")
    for _ in range(2_000):
        outer = cls()
        outer.inner = "" if element is None else outer.addChild(element)
        element = outer
    page = Bench().page(element)
    html, shown = page.pages.renderer.render(page, element.__html__)
    assert html.count("<b ") == len(shown) == 2_000
