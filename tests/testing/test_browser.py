"""Tests of C{livewidget.testing}: MemoryBrowser."""

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
    """An element that sends its argument to the widget, and returns it."""

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
    """Return an element that can be rendered."""
    made: Room = project.element(Room, template="template.html")()
    project.write("template.html", PLAIN)
    return made


@pytest.fixture
def browser(room: Room) -> MemoryBrowser:
    """Return a connected browser."""
    return MemoryBrowser(room)


class TestCalls:
    """Calls in both directions."""

    def test_callRunsAtOnceAndCallsAreRecorded(self, browser: MemoryBrowser, room: Room) -> None:
        """A call runs immediately; what the element calls is recorded, in order."""
        answer = outcome(browser.callRemote("say", "a"))
        browser.callRemote("say", text="b")
        assert answer == ["A"]
        assert browser.calls == [(room, "show", ["a"]), (room, "show", ["b"])]

    def test_liveErrorFailsTheCall(self, browser: MemoryBrowser) -> None:
        """A LiveError raised by a method fails the call, as in a browser."""
        [error] = outcome(browser.callRemote("refuse"))
        assert isinstance(error, RemoteError)
        assert (error.type, error.message, error.data) == ("LiveError", "no", [1])

    def test_methodThatIsNotExposedIsRefused(self, browser: MemoryBrowser) -> None:
        """A call of a method that is not exposed is refused."""
        [error] = outcome(browser.callRemote("connectionMade"))
        assert error.type == "NoSuchMethod"

    def test_answersMayBeValuesDeferredsAndErrors(self, browser: MemoryBrowser) -> None:
        """A widget's answer may be a value, a Deferred or an error."""
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

    def test_widgetMayRaiseALiveError(self, browser: MemoryBrowser) -> None:
        """A LiveError that a widget raises is not a JSError."""
        browser.answers["ask"] = lambda: fail(LiveError("no"))
        [error] = outcome(browser.element.callRemote("ask"))
        assert (type(error), error.type, error.message) == (RemoteError, "LiveError", "no")

    def test_callWithoutAnAnswerIsMade(self, browser: MemoryBrowser, room: Room) -> None:
        """A call without an answer runs the method."""
        seen: list[Any] = []
        browser.answers["show"] = lambda *args: seen.append(args)
        room.callRemoteOnly("show", 1, 2)
        assert seen == [(1, 2)]

    def test_widgetMayCallWhileItIsCalled(self, browser: MemoryBrowser, room: Room) -> None:
        """A widget may call the server while it is called."""
        browser.answers["ask"] = lambda: browser.callRemote("say", "from the widget")
        assert outcome(room.callRemote("ask")) == ["FROM THE WIDGET"]

    def test_callThatCannotBeSentFails(self, browser: MemoryBrowser) -> None:
        """A call that cannot be sent fails, and the next one works."""
        [error] = outcome(browser.callRemote("say", object()))
        assert isinstance(error, EncodeError)
        [error] = outcome(browser.callRemote("say", "x" * 70_000))
        assert isinstance(error, MessageTooLarge)
        assert outcome(browser.callRemote("say", "a")) == ["A"]

    def test_callBeyondTheBufferFails(self, room: Room) -> None:
        """A call beyond the buffer of calls before the connection fails."""
        browser = MemoryBrowser(room, settings=Settings(limits=Limits(messages=1)))
        browser.disconnect()
        waiting = outcome(browser.callRemote("refuse"))
        [error] = outcome(browser.callRemote("refuse"))
        assert isinstance(error, BufferFull)
        assert waiting == []

    def test_widgetPassesArgumentsOfAnyName(self, project: Project) -> None:
        """Arguments by name may have any name if the call is made by the widget."""

        @expose
        def mix(self: Any, element: str, method: str, browser: str) -> Any:
            return [element, method, browser]

        browser = MemoryBrowser(project.page(mix=mix)())
        widget = browser.widget(browser.element)
        answer = outcome(widget.callRemote("mix", element="air", method="heat", browser="none"))
        assert answer == [["air", "heat", "none"]]
        assert widget.element is browser.element

    def test_widgetOfAChildCallsTheChild(self, project: Project) -> None:
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
    """The document that a browser would get."""

    def test_htmlIsTheWholeDocument(self, browser: MemoryBrowser) -> None:
        """The whole document is available."""
        assert browser.html.startswith("<!DOCTYPE html>")
        assert PLAIN.replace("{{ liveElement }}", 'data-live-element="1"') in browser.html

    def test_wrongNameOfAFileFails(self, project: Project) -> None:
        """A wrong template or module fails as it does in a server."""
        with pytest.raises(TemplateError):
            MemoryBrowser(project.element(template="nope.html")())
        with pytest.raises(ModuleError):
            MemoryBrowser(project.page(jsClass="Nope.X")())


class TestConnections:
    """Lost connections, and time."""

    def test_callsWaitForTheNextConnection(self, browser: MemoryBrowser, room: Room) -> None:
        """Calls of both sides wait for the next connection, and arrive once, in order."""
        browser.disconnect()
        answer = outcome(browser.callRemote("say", "a"))
        room.callRemoteOnly("show", "offline")
        assert (answer, browser.calls, room.heard) == ([], [], ())
        browser.connect()
        assert answer == ["A"]
        assert [call.args for call in browser.calls] == [["offline"], ["a"]]
        assert room.heard == ("a",)

    def test_pageCanBeInspectedBeforeItConnects(self, room: Room) -> None:
        """A page can be inspected before its browser connects."""
        made: list[str] = []
        room.connectionMade = lambda: made.append("made")  # type: ignore[method-assign]
        browser = MemoryBrowser(room, connect=False)
        assert made == []
        browser.connect()
        assert made == ["made"]

    def test_heartbeatsKeepTheConnection(self, browser: MemoryBrowser) -> None:
        """Heartbeats are answered, so that a connection lasts for hours of a test's clock."""
        browser.advance(3600)
        assert browser.closed is None
        assert outcome(browser.callRemote("say", "a")) == ["A"]

    def test_pageEndsAfterTheResumeWindow(self, browser: MemoryBrowser) -> None:
        """After the resume window the page has ended, and the browser is refused."""
        browser.disconnect()
        browser.advance(59.5)
        assert browser.page.ended is None
        browser.advance(0.5)
        assert browser.page.ended is not None
        with pytest.raises(ProtocolError) as caught:
            browser.connect()
        assert caught.value.code == 4404

    def test_endOfThePageFailsCalls(self, browser: MemoryBrowser, room: Room) -> None:
        """When the page ends, the browser is notified, and its calls fail."""
        browser.answers["ask"] = lambda: Deferred()
        waiting = outcome(browser.callRemote("ask"))
        browser.page.close("bye")
        assert browser.closed == (4000, "bye")
        [error] = waiting
        assert isinstance(error, ConnectionLost)
        [error] = outcome(browser.callRemote("say", "late"))
        assert isinstance(error, ConnectionLost)
        assert room.heard == ()

    def test_secondConnectionTakesOver(self, browser: MemoryBrowser) -> None:
        """A second connection takes over from the first."""
        browser.connect()
        assert outcome(browser.callRemote("say", "a")) == ["A"]

    def test_messagesAreAcknowledged(self, browser: MemoryBrowser, room: Room) -> None:
        """The browser acknowledges like a real one, so that long tests stay within the limits."""
        for _ in range(300):
            room.callRemoteOnly("show", "x" * 50_000)
        assert browser.page.ended is None
        browser.advance(1)
        assert browser.pages.bufferedBytes == 0

    def test_answerBeyondTheBufferEndsThePage(self, room: Room, log: Log) -> None:
        """An answer that the buffer has no room for ends the page, as in a browser."""
        settings = Settings(limits=Limits(messages=5), callsPerSecond=1)
        browser = MemoryBrowser(room, settings=settings)
        for _ in range(6):
            browser.callRemote("say", "hi").addErrback(lambda failure: None)
        (lost,) = outcome(room.callRemote("ask"))
        assert isinstance(lost, ConnectionLost)
        assert browser.closed is not None
        assert browser.closed[0] == 4429
        log.take("page refused (4429)")

    def test_settingsAndClockAreThoseOfTheTest(self, room: Room) -> None:
        """The settings and the clock can be given."""
        clock = Clock()
        browser = MemoryBrowser(room, settings=Settings(limits=Limits(messages=2)), clock=clock)
        assert browser.clock is clock
        browser.disconnect()
        for _ in range(3):
            room.callRemoteOnly("show")
        browser.advance(1)
        assert browser.page.ended is not None
        assert browser.page.ended.code == 4429

    def test_endedPageLeavesNothing(self, project: Project) -> None:
        """After the end no timer is left, and everything can be collected."""
        browser = MemoryBrowser(project.page()())
        clock = browser.clock
        browser.page.close()
        assert clock.getDelayedCalls() == []
        gone = weakref.ref(browser.page)
        del browser
        gc.collect()
        assert gone() is None


class TestLater:
    """Elements that are sent to a page."""

    @pytest.fixture
    def row(self, project: Project) -> Any:
        """Return a class of elements that are sent later."""
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

    def test_elementAsAnArgumentIsAdded(self, room: Room, row: Any) -> None:
        """An element in the arguments of a call is added, and is in the recorded call itself."""
        browser = MemoryBrowser(room)
        one = row("one")
        assert outcome(room.callRemote("add", [one])) == [None]
        assert browser.calls == [(room, "add", [[one]])]
        assert one.notes == ["made"]
        assert browser.htmlOf(one) == '<tr data-live-element="2"><td>one</td></tr>'

    def test_elementAsAnAnswerIsAdded(self, room: Room, row: Any) -> None:
        """An element that a method returns is the answer."""
        browser = MemoryBrowser(room)
        room.made = row("one")
        assert outcome(browser.callRemote("make")) == [room.made]
        assert room.made.notes == ["made"]

    def test_eitherSideMayDetachAnElement(self, room: Room, row: Any) -> None:
        """Either side may detach an element that was sent."""
        browser = MemoryBrowser(room)
        one, two = row("one"), row("two")
        room.callRemoteOnly("add", one, two)
        browser.widget(one).detach()
        two.detach()
        assert one.notes == two.notes == ["made", "lost", "detached"]
        assert room.childElements == ()

    def test_elementDetachedBeforeItArrivesIsNone(self, room: Room, row: Any) -> None:
        """An element that is detached before it arrives is None."""
        browser = MemoryBrowser(room, connect=False)
        one = row("one")
        room.callRemoteOnly("add", one)
        one.detach()
        browser.connect()
        assert browser.calls == [(room, "add", [None])]
        assert one.notes == ["detached"]

    def test_callsToAnElementDetachedBeforeFail(self, room: Room, row: Any) -> None:
        """Calls to an element that was detached before it arrives fail."""
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
    """Events that are published to elements of this and other pages."""

    @pytest.fixture
    def topic(self) -> Topic:
        return Topic()

    def test_eventIsACallOfEachMember(self, project: Project, topic: Topic) -> None:
        """An event is a call of each member, in order, with arguments of its own."""
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

    def test_widgetMayCallWhenItHearsAnEvent(self, room: Room, topic: Topic) -> None:
        """A widget may call the server when it receives an event."""
        browser = MemoryBrowser(room)
        topic.add(room)
        browser.answers["hear"] = lambda text: browser.callRemote("say", text) and None
        topic.callRemoteOnly("hear", "a")
        assert room.heard == ("a",)
        assert [call.method for call in browser.calls] == ["hear", "show"]

    def test_eventsWaitForTheNextConnection(self, room: Room, topic: Topic) -> None:
        """Events published while the connection is lost arrive with the next one."""
        browser = MemoryBrowser(room)
        topic.add(room)
        browser.disconnect()
        topic.callRemoteOnly("show", "a")
        assert browser.calls == []
        browser.connect()
        assert browser.calls == [(room, "show", ["a"])]

    def test_detachedElementReceivesNoEvents(self, room: Room, topic: Topic) -> None:
        """A detached element receives no further events, not even those in transit."""
        browser = MemoryBrowser(room)
        topic.add(room)
        browser.disconnect()
        topic.callRemoteOnly("show", "a")
        room.detach()
        browser.connect()
        topic.callRemoteOnly("show", "b")
        assert browser.calls == []
