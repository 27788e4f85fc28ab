"""Tests of C{livewidget.testing}: the browser in memory."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from livewidget import (
    BufferFull,
    ConnectionLost,
    Detached,
    EncodeError,
    JSError,
    Limits,
    LiveElement,
    LiveError,
    LivePage,
    MessageTooLarge,
    ModuleError,
    ProtocolError,
    RemoteError,
    Settings,
    TemplateError,
    Topic,
    expose,
)
from livewidget.testing import MemoryBrowser
from tests.support.deferreds import outcome
from tests.support.log import Log
from tests.support.project import PLAIN, Project


class Room(LiveElement):
    """Says what it hears to the widget, and to the caller."""

    heard: tuple[str, ...] = ()

    @expose
    def say(self, text: str) -> str:
        self.heard += (text,)
        self.callRemote("show", text)
        return text.upper()

    @expose
    def refuse(self) -> None:
        raise LiveError("no", [1])

    @expose
    def ask(self) -> Deferred[Any]:
        return self.callRemote("ask")

    made: Any = None

    @expose
    def make(self) -> Any:
        return self.made


@pytest.fixture
def room(project: Project) -> Room:
    """An element that can be rendered."""
    made: Room = project.element(Room, template="template.html")()
    project.write("template.html", PLAIN)
    return made


@pytest.fixture
def browser(room: Room) -> MemoryBrowser:
    """A connected browser."""
    return MemoryBrowser(room)


class TestCalls:
    """Calls in both directions."""

    def test_both(self, browser: MemoryBrowser, room: Room) -> None:
        """A call runs at once; what the element calls is noted, in order."""
        answer = outcome(browser.callRemote("say", "a"))
        browser.callRemote("say", text="b")
        assert answer == ["A"]
        assert browser.calls == [(room, "show", ["a"]), (room, "show", ["b"])]

    def test_error(self, browser: MemoryBrowser) -> None:
        """A LiveError comes as a browser gets it."""
        [error] = outcome(browser.callRemote("refuse"))
        assert isinstance(error, RemoteError)
        assert (error.type, error.message, error.data) == ("LiveError", "no", [1])

    def test_refused(self, browser: MemoryBrowser) -> None:
        """What is not exposed is refused as for a browser."""
        [error] = outcome(browser.callRemote("connectionMade"))
        assert error.type == "NoSuchMethod"

    def test_answers(self, browser: MemoryBrowser) -> None:
        """A test says what a widget answers: a value, a Deferred, an error."""
        later: Deferred[Any] = Deferred()

        def fail() -> None:
            raise KeyError(5)

        answers = iter([lambda: 1, lambda: later, fail])
        browser.answers["ask"] = lambda: next(answers)()
        assert outcome(browser.callRemote("ask")) == [1]
        waiting = outcome(browser.element.callRemote("ask"))
        assert waiting == []
        later.callback(2)
        assert waiting == [2]
        [error] = outcome(browser.element.callRemote("ask"))
        assert (error.type, error.message) == ("KeyError", "5")
        assert isinstance(error, JSError)

    def test_liveError(self, browser: MemoryBrowser) -> None:
        """A widget may raise a LiveError, which is no JSError."""
        browser.answers["ask"] = lambda: fail(LiveError("no"))
        [error] = outcome(browser.element.callRemote("ask"))
        assert (type(error), error.type, error.message) == (RemoteError, "LiveError", "no")

    def test_only(self, browser: MemoryBrowser, room: Room) -> None:
        """A call without an answer is made too."""
        seen: list[Any] = []
        browser.answers["show"] = lambda *args: seen.append(args)
        room.callRemoteOnly("show", 1, 2)
        assert seen == [(1, 2)]

    def test_callsWithinCalls(self, browser: MemoryBrowser, room: Room) -> None:
        """A widget may call back while it is called."""
        browser.answers["ask"] = lambda: browser.callRemote("say", "from the widget")
        assert outcome(room.callRemote("ask")) == ["FROM THE WIDGET"]

    def test_notSent(self, browser: MemoryBrowser) -> None:
        """A call that cannot be sent fails as the promise of a widget does; the next one works."""
        [error] = outcome(browser.callRemote("say", object()))
        assert isinstance(error, EncodeError)
        [error] = outcome(browser.callRemote("say", "x" * 70_000))
        assert isinstance(error, MessageTooLarge)
        assert outcome(browser.callRemote("say", "a")) == ["A"]

    def test_fullBuffer(self, room: Room) -> None:
        """So does one too many of those that wait for the connection."""
        browser = MemoryBrowser(room, settings=Settings(limits=Limits(messages=1)))
        browser.disconnect()
        waiting = outcome(browser.callRemote("refuse"))
        [error] = outcome(browser.callRemote("refuse"))
        assert isinstance(error, BufferFull)
        assert waiting == []

    def test_anyName(self, project: Project) -> None:
        """Arguments by name may have any name, when the widget is chosen first."""

        @expose
        def mix(self: Any, element: str, method: str, browser: str) -> Any:
            return [element, method, browser]

        browser = MemoryBrowser(project.page(mix=mix)())
        widget = browser.widget(browser.element)
        answer = outcome(widget.callRemote("mix", element="air", method="heat", browser="none"))
        assert answer == [["air", "heat", "none"]]
        assert widget.element is browser.element

    def test_child(self, project: Project) -> None:
        """The widget of a child calls the child."""
        child = project.page(PLAIN, ask=Room.ask)()
        project.write("root.html", "<p {{ liveElement }}>{{ child }}</p>")
        root = project.element(template="root.html")()
        root.child = root.addChild(child)
        browser = MemoryBrowser(root)
        browser.answers["ask"] = lambda: 5
        assert outcome(browser.callRemote("ask", element=child)) == [5]
        assert outcome(browser.widget(child).callRemote("ask")) == [5]
        assert browser.calls == [(child, "ask", []), (child, "ask", [])]


class TestDocument:
    """What a browser would get."""

    def test_html(self, browser: MemoryBrowser) -> None:
        """The whole document is there."""
        assert browser.html.startswith("<!DOCTYPE html>")
        assert PLAIN.replace("{{ liveElement }}", 'data-live-element="1"') in browser.html

    def test_wrongNames(self, project: Project) -> None:
        """A wrong template or module fails as it does in a server."""
        with pytest.raises(TemplateError):
            MemoryBrowser(project.element(template="nope.html")())
        with pytest.raises(ModuleError):
            MemoryBrowser(project.page(jsClass="Nope.X")())


class TestConnections:
    """Losing the connection, and time."""

    def test_resume(self, browser: MemoryBrowser, room: Room) -> None:
        """Calls of both sides wait for the next connection, and arrive once, in order."""
        browser.disconnect()
        answer = outcome(browser.callRemote("say", "a"))
        room.callRemoteOnly("show", "offline")
        assert (answer, browser.calls, room.heard) == ([], [], ())
        browser.connect()
        assert answer == ["A"]
        assert [call.args for call in browser.calls] == [["offline"], ["a"]]
        assert room.heard == ("a",)

    def test_notConnected(self, room: Room) -> None:
        """A page may be looked at before its browser connects."""
        made: list[str] = []
        room.connectionMade = lambda: made.append("made")  # type: ignore[method-assign]
        browser = MemoryBrowser(room, connect=False)
        assert made == []
        browser.connect()
        assert made == ["made"]

    def test_hours(self, browser: MemoryBrowser) -> None:
        """Heartbeats are answered: a connection stays for as long as a test likes."""
        browser.advance(3600)
        assert browser.closed is None
        assert outcome(browser.callRemote("say", "a")) == ["A"]

    def test_window(self, browser: MemoryBrowser) -> None:
        """After the resume window the page has ended, and the browser is refused."""
        browser.disconnect()
        browser.advance(59.5)
        assert browser.page.ended is None
        browser.advance(0.5)
        assert browser.page.ended is not None
        with pytest.raises(ProtocolError) as caught:
            browser.connect()
        assert caught.value.code == 4404

    def test_closed(self, browser: MemoryBrowser, room: Room) -> None:
        """When the page ends, the browser is told, and its calls fail."""
        browser.answers["ask"] = lambda: Deferred()
        waiting = outcome(browser.callRemote("ask"))
        browser.page.close("bye")
        assert browser.closed == (4000, "bye")
        [error] = waiting
        assert isinstance(error, ConnectionLost)
        [error] = outcome(browser.callRemote("say", "late"))
        assert isinstance(error, ConnectionLost)
        assert room.heard == ()

    def test_takeover(self, browser: MemoryBrowser) -> None:
        """A second connection takes over from the first."""
        browser.connect()
        assert outcome(browser.callRemote("say", "a")) == ["A"]

    def test_acknowledges(self, browser: MemoryBrowser, room: Room) -> None:
        """The browser acknowledges as a real one does, so that long tests fit into the bounds."""
        for _ in range(300):
            room.callRemoteOnly("show", "x" * 50_000)
        assert browser.page.ended is None
        browser.advance(1)
        assert browser.pages.bufferedBytes == 0

    def test_answerThatDoesNotFit(self, room: Room, log: Log) -> None:
        """Where there is no room for an answer the page ends, as it does in a browser."""
        settings = Settings(limits=Limits(messages=5), callsPerSecond=1)
        browser = MemoryBrowser(room, settings=settings)
        for _ in range(6):
            browser.callRemote("say", "hi").addErrback(lambda failure: None)
        (lost,) = outcome(room.callRemote("ask"))
        assert isinstance(lost, ConnectionLost)
        assert browser.closed is not None
        assert browser.closed[0] == 4429
        log.take("page refused (4429)")

    def test_settings(self, room: Room) -> None:
        """The settings and the clock are the test's."""
        clock = Clock()
        browser = MemoryBrowser(room, settings=Settings(limits=Limits(messages=2)), clock=clock)
        assert browser.clock is clock
        browser.disconnect()
        for _ in range(3):
            room.callRemoteOnly("show")
        browser.advance(1)
        assert browser.page.ended is not None
        assert browser.page.ended.code == 4429

    def test_nothingStays(self, project: Project) -> None:
        """After the end no timer is left, and all of it can be collected."""
        browser = MemoryBrowser(project.page()())
        clock = browser.clock
        browser.page.close()
        assert clock.getDelayedCalls() == []
        gone = weakref.ref(browser.page)
        del browser
        gc.collect()
        assert gone() is None


class TestLater:
    """Elements that come when the page is there."""

    @pytest.fixture
    def row(self, project: Project) -> Any:
        """A class of elements that come later."""
        project.write("row.html", "<tr {{ liveElement }}><td>{{ text }}</td></tr>")

        class Row(LiveElement):
            def __init__(self, text: str) -> None:
                self.text = text
                self.notes: list[str] = []

            def connectionMade(self) -> None:
                self.notes.append("made")

            def connectionLost(self, reason: Any) -> None:
                self.notes.append("lost")

            def detached(self) -> None:
                self.notes.append("detached")

        return project.element(Row, template="row.html")

    def test_argument(self, room: Room, row: Any) -> None:
        """One that is an argument is there itself, and made."""
        browser = MemoryBrowser(room)
        one = row("one")
        assert outcome(room.callRemote("add", [one])) == [None]
        assert browser.calls == [(room, "add", [[one]])]
        assert one.notes == ["made"]
        assert browser.htmlOf(one) == '<tr data-live-element="2"><td>one</td></tr>'

    def test_answer(self, room: Room, row: Any) -> None:
        """One that is returned is the answer."""
        browser = MemoryBrowser(room)
        room.made = row("one")
        assert outcome(browser.callRemote("make")) == [room.made]
        assert room.made.notes == ["made"]

    def test_detach(self, room: Room, row: Any) -> None:
        """Either side may take it out again."""
        browser = MemoryBrowser(room)
        one, two = row("one"), row("two")
        room.callRemoteOnly("add", one, two)
        browser.widget(one).detach()
        two.detach()
        assert one.notes == two.notes == ["made", "lost", "detached"]
        assert room.childElements == ()

    def test_detachedBefore(self, room: Room, row: Any) -> None:
        """One that is gone before the browser hears of it is nothing there."""
        browser = MemoryBrowser(room, connect=False)
        one = row("one")
        room.callRemoteOnly("add", one)
        one.detach()
        browser.connect()
        assert browser.calls == [(room, "add", [None])]
        assert one.notes == ["detached"]

    def test_calledBefore(self, room: Room, row: Any) -> None:
        """What it was called before fails, as from a browser."""
        browser = MemoryBrowser(room, connect=False)
        one = row("one")
        room.callRemoteOnly("add", one)
        one.callRemoteOnly("tell")
        answers = outcome(one.callRemote("ask"))
        one.detach()
        browser.connect()
        assert [type(answer) for answer in answers] == [Detached]
        assert [call.method for call in browser.calls] == ["add"]
        assert browser.page.ended is None


class TestTopics:
    """What is published to elements of its page, and of others."""

    @pytest.fixture
    def topic(self) -> Topic:
        return Topic()

    def test_calls(self, project: Project, topic: Topic) -> None:
        """Events are calls of each member, in order, each with arguments of its own."""
        element = project.page()
        page = LivePage()
        one, other = page.addElement(element()), page.addElement(element())
        topic.add(other)
        topic.callRemoteOnly("show", [1])
        browser = MemoryBrowser(page)
        topic.add(one)
        topic.callRemoteOnly("show", [2])
        topic.remove(other)
        topic.callRemoteOnly("show", [3])
        calls = [(other, "show", [[1]]), (other, "show", [[2]]), (one, "show", [[2]])]
        assert browser.calls == [*calls, (one, "show", [[3]])]
        assert browser.calls[1].args[0] is not browser.calls[2].args[0]

    def test_answers(self, room: Room, topic: Topic) -> None:
        """A widget may call when it hears something."""
        browser = MemoryBrowser(room)
        topic.add(room)
        browser.answers["hear"] = lambda text: browser.callRemote("say", text) and None
        topic.callRemoteOnly("hear", "a")
        assert room.heard == ("a",)
        assert [call.method for call in browser.calls] == ["hear", "show"]

    def test_lost(self, room: Room, topic: Topic) -> None:
        """What is published while the connection is lost comes when it is back."""
        browser = MemoryBrowser(room)
        topic.add(room)
        browser.disconnect()
        topic.callRemoteOnly("show", "a")
        assert browser.calls == []
        browser.connect()
        assert browser.calls == [(room, "show", ["a"])]

    def test_detached(self, room: Room, topic: Topic) -> None:
        """Who is detached hears no more, also of what was on its way."""
        browser = MemoryBrowser(room)
        topic.add(room)
        browser.disconnect()
        topic.callRemoteOnly("show", "a")
        room.detach()
        browser.connect()
        topic.callRemoteOnly("show", "b")
        assert browser.calls == []
