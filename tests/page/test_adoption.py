"""Tests of L{livewidget.page.adoption}: elements that are sent after the page's document."""

from __future__ import annotations

from typing import Any

import pytest

from livewidget import ConnectionLost, LiveElement
from livewidget.testing import MemoryBrowser
from livewidget.wire.delivery import Delivery
from livewidget.wire.messages import Call, Made
from tests.support.adoption import Sender, Told, ask, connectRaw, sent
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project


class TestEncodedElement:
    """The form of an element in a message."""

    def test_elementAmongArgumentsIsSentWithItsHtmlAndWidget(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element among arguments is sent as HTML and widgets; its parent is the sender."""
        child = told.named("x")
        [message] = sent(live, lambda: sender.callRemoteOnly("add", child))
        content = {
            "html": '<div data-live-element="2"></div>',
            "elements": [[2, 1, "livewidget", "Widget", []]],
        }
        assert message == ["call", None, 1, "add", [{"$element": content}]]
        assert (child.elementParent, sender.childElements) == (sender, (child,))
        assert child.page is sender.page

    def test_resultMayContainElements(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An exposed method may return elements, in lists and dictionaries too."""
        sender.make = lambda: {"rows": [told.named("a"), {"$x": told.named("b")}]}
        [[_, callId, value]] = ask(live)
        assert callId == 7
        first, second = value["rows"]
        assert first["$element"]["elements"][0][:2] == [2, 1]
        assert second["$"]["$x"]["$element"]["elements"][0][:2] == [3, 1]

    def test_elementThatAChildReturnsBelongsToTheChild(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """The parent of a returned element is the element whose method returned it."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("inner")))
        [[_, _, value]] = sent(live, lambda: live.receive(Made(2), Call(7, 2, "makeChild", [])))
        assert value["$element"]["elements"][0][:2] == [3, 2]

    def test_descendantsAreSentInDocumentOrder(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element is sent with all of its descendants, in document order."""
        tree = told.named("a", told.named("b", told.named("c")), told.named("d"))
        [message] = sent(live, lambda: sender.callRemoteOnly("add", tree))
        content = message[4][0]["$element"]
        assert [element[:2] for element in content["elements"]] == [[2, 1], [3, 2], [4, 3], [5, 2]]
        assert content["html"].count("data-live-element") == 4

    def test_missingModulesAreSentWithTheFirstElement(
        self, live: FakeTransport, sender: Sender, project: Project
    ) -> None:
        """Modules and style sheets that the page lacks are sent once, with the first element."""
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

    def test_elementsInOneMessageShareModules(
        self, live: FakeTransport, sender: Sender, project: Project
    ) -> None:
        """Several elements in one message bring each module and style sheet once."""
        project.write("js/New.js", "export class A {}")
        project.write("css/New.css", "")
        project.write("css/Other.css", "")
        new = project.page(jsClass="New.A", cssModule="New")
        other = project.page(jsClass="New.A", cssModule=("New", "Other"))
        [message] = sent(live, lambda: sender.callRemoteOnly("add", new(), new(), other()))
        first, second, third = (arg["$element"] for arg in message[4])
        assert list(first["modules"]) == ["New"]
        assert [len(first["styles"]), len(third["styles"])] == [1, 1]
        assert not {"modules", "styles"} & {*second}
        assert "modules" not in third

    def test_modulesOfAFailedMessageAreSentWithTheNext(
        self, live: FakeTransport, sender: Sender, project: Project
    ) -> None:
        """Modules of a message that cannot be sent are sent with the next one."""
        project.write("js/New.js", "export class A {}")
        project.write("css/New.css", "")
        new = project.page(jsClass="New.A", cssModule="New")
        sender.callRemote("add", new(), object()).addErrback(lambda failure: None)
        [message] = sent(live, lambda: sender.callRemoteOnly("add", new()))
        assert {"modules", "styles"} < {*message[4][0]["$element"]}

    def test_noModulesAreSentBeforeTheDocument(
        self, sender: Sender, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Messages before the document contain no modules, since the document lists them all."""
        project.write("js/New.js", "export class A {}")
        Bench().page(sender)
        messages: list[bytes] = []
        monkeypatch.setattr(Delivery, "send", lambda _, message: messages.append(message))
        sender.callRemoteOnly("add", project.page(jsClass="New.A")())
        assert b"modules" not in messages[0]

    def test_modulesOfTheDocumentAreNotSentAgain(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Modules and style sheets of the document are not sent again."""
        project.write("js/New.js", "export class A {}")
        project.write("css/New.css", "")
        new = project.page(jsClass="New.A", cssModule="New")
        browser = MemoryBrowser(new())
        messages: list[bytes] = []
        monkeypatch.setattr(Delivery, "send", lambda _, message: messages.append(message))
        browser.element.callRemoteOnly("add", new())
        assert (b"modules" in messages[0], b"styles" in messages[0]) == (False, False)
        further = project.beside("further")
        further.write("js/Further.js", "export class A {}")
        browser.element.callRemoteOnly("add", further.page(jsClass="Further.A")())
        assert b'"modules":{"Further":' in messages[1]

    def test_modulesOfTheOuterMessageAreKnownAfterANestedOne(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Modules of a message are known even if its template sent another message."""
        project.write("js/New.js", "export class A {}")
        new = project.page("<p {{ liveElement }}>{{ call() or '' }}</p>", jsClass="New.A")
        new.call = lambda self: sender.callRemoteOnly("other", told.named("x"))
        sent(live, lambda: sender.callRemoteOnly("add", new()))
        message, _ = sent(live, lambda: sender.callRemoteOnly("add", new()))
        assert "modules" not in message[4][0]["$element"]

    def test_callThatWaitsForItsPageMaySendAnElement(self, sender: Sender, told: Told) -> None:
        """A call that waits until its element has a page may contain a new element."""
        sender.callRemoteOnly("add", told.named("a"))
        live = Bench().page(sender)
        assert [type(e).__name__ for e in live.elements.values()] == ["Sender", "Thing"]


class TestOrder:
    """An element is sent before everything that concerns it."""

    def test_callsOfANewElementFollowIt(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """Calls of a new element wait until it is sent, and follow it."""
        child = told.named("x")
        child.callRemoteOnly("one")
        [first, second] = sent(live, lambda: sender.callRemoteOnly("add", child))
        assert first[3] == "add"
        assert second == ["call", None, 2, "one", []]

    def test_callsMadeDuringRenderingFollowTheElement(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Calls that a template makes, of any element, follow the element that is rendered."""

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

    def test_callsOfANestedElementFollowTheNestedMessage(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Calls of an element that a template sends follow the message with that element."""
        inner = told.named("inner")
        inner.callRemoteOnly("early")

        class Calling(LiveElement):
            def text(self) -> str:
                self.callRemoteOnly("one", inner)
                inner.callRemoteOnly("late")
                sender.callRemoteOnly("two")
                return "text"

        project.write("calling.html", "<p {{ liveElement }}>{{ text() }}</p>")
        calling = project.element(Calling, template="calling.html")()
        messages = sent(live, lambda: sender.callRemoteOnly("add", calling))
        assert [message[2:4] for message in messages] == [
            [1, "add"],
            [2, "one"],
            [3, "early"],
            [3, "late"],
            [1, "two"],
        ]
        assert live.page.held is None

    def test_callsOfAnUnsentChildWait(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """A child added to an element on the page waits, with its calls, until it is sent."""
        child = told.named("x")
        sender.addChild(child)
        answer = child.callRemote("one")
        assert (child.page, child.elementId) == (None, 0)
        assert sent(live, lambda: None) == []
        assert len(sent(live, lambda: sender.callRemoteOnly("add", child))) == 2
        assert not answer.called


class TestWidgetCreated:
    """The browser reports that the widgets of a later element exist."""

    def test_reportCallsConnectionMadeOnceParentsFirst(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """C{connectionMade} is called once per element that is reported, parents first."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a", told.named("b"))))
        assert told.notes == []
        live.receive(Made(3), Made(99))
        assert told.notes == []
        live.receive(Made(2), Made(2))
        assert told.notes == ["made a", "made b"]

    def test_elementSentBeforeTheConnectionWaitsForItsReport(
        self, sender: Sender, told: Told
    ) -> None:
        """The browser's connection alone does not call C{connectionMade} on a later element."""
        bench = Bench()
        page = bench.page(sender)
        sender.callRemoteOnly("add", told.named("a"))
        live = connectRaw(bench, page)
        assert told.notes == []
        live.receive(Made(2))
        assert told.notes == ["made a"]

    def test_elementWithoutAWidgetIsOnlyDetached(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element whose widget was never created is notified only of its detachment."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a")))
        live.page.close()
        assert (told.notes, live.page.tree.late) == (["detached a"], {})

    def test_endOfThePageTellsChildrenFirst(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """At the end of the page children are notified before their parents."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a", told.named("b"))))
        live.receive(Made(2))
        live.page.close()
        assert told.notes[2:] == ["lost b", "lost a", "detached b", "detached a"]


class TestChildAddedDuringRendering:
    """Children that are added while something is rendered."""

    def test_childOfAnElementOnThePageWaits(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """A child that a template adds to an element on the page waits until it is sent."""
        child = told.named("x")

        class Adding(LiveElement):
            def text(self) -> str:
                sender.addChild(child)
                return ""

        project.write("adding.html", "<p {{ liveElement }}>{{ text() }}</p>")
        adding = project.element(Adding, template="adding.html")()
        sent(live, lambda: sender.callRemoteOnly("add", adding))
        assert (child.page, child.elementId) == (None, 0)
        [message] = sent(live, lambda: sender.callRemoteOnly("add", child))
        assert message[4][0]["$element"]["elements"][0][:2] == [3, 1]

    def test_childOfTheRenderedElementIsShown(
        self, live: FakeTransport, sender: Sender, project: Project
    ) -> None:
        """A child that a template adds to its own element is shown there."""

        class Adding(LiveElement):
            def more(self) -> LiveElement:
                return self.addChild(plain())

        plain = project.page()
        project.write("adding.html", "<p {{ liveElement }}>{{ more() }}</p>")
        adding = project.element(Adding, template="adding.html")()
        [message] = sent(live, lambda: sender.callRemoteOnly("add", adding))
        assert message[4][0]["$element"]["html"].count("data-live-element") == 2

    def test_childOfTheElementOfAnotherMessageWaits(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """A child added to the element of an outer message waits, and that message is sent."""
        child = told.named("x")
        outer = project.page("<p {{ liveElement }}>{{ call() or '' }}{{ shown }}</p>")()
        outer.shown = outer.addChild(told.named("shown"))
        inner = project.beside("b").page("<p {{ liveElement }}>{{ add() and '' }}</p>")()
        inner.add = lambda: outer.addChild(child)
        outer.call = lambda: sender.callRemoteOnly("other", inner)
        sent(live, lambda: sender.callRemoteOnly("add", outer))
        assert (child.page, outer.shown.page) == (None, sender.page)


class TestEndDuringRendering:
    """A template ends the page or detaches an element."""

    def end(self, live: FakeTransport, project: Project) -> Any:
        """Return an element whose template ends the page."""
        ending = project.page("<p {{ liveElement }}>{{ close() }}</p>")()
        ending.close = live.page.close
        return ending

    def test_callFailsOnceIfATemplateEndsThePage(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """A call with an element whose template ends the page fails once, with ConnectionLost."""
        last = told.named("last")
        failures: list[Any] = []
        answer = sender.callRemote("add", told.named("first"), self.end(live, project), last)
        answer.addErrback(failures.append)
        assert isinstance(failures[0].value, ConnectionLost)
        assert (live.page.elements, live.page.tree.late, live.page.held) == ({}, {}, None)
        assert told.notes == ["detached first"]

    def test_callWithoutAnAnswerIsDroppedIfATemplateEndsThePage(
        self, live: FakeTransport, sender: Sender, project: Project
    ) -> None:
        """C{callRemoteOnly} does nothing if a template ends the page, as after the end."""
        sender.callRemoteOnly("add", self.end(live, project))
        assert live.page.tree.late == {}

    def test_elementDetachedInItsOwnTemplateCannotBeSent(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """An element that is detached in its own template cannot be sent."""
        gone = project.page("<p {{ liveElement }}>{{ detach() }}</p>")()
        first = told.named("first")
        failures: list[Any] = []
        sender.callRemote("add", first, gone).addErrback(failures.append)
        assert str(failures[0].value) == "args[1]: the Thing was detached while it was rendered"
        assert (told.notes, list(live.page.elements)) == (["detached first"], [1])
        assert live.page.held is None

    def test_elementDetachedByAnotherTemplateIsSentAndDetached(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """An element that another template detaches is sent, detached and not waited for."""
        first = told.named("first")
        second = project.page("<p {{ liveElement }}>{{ first.detach() }}</p>")()
        second.first = first
        messages = sent(live, lambda: sender.callRemoteOnly("add", first, second))
        assert [message[0] for message in messages] == ["call", "detach"]
        assert list(live.page.tree.late) == [3]


def test_deeplyNestedElementsAreRendered(project: Project) -> None:
    """Elements nested 2,000 levels deep are rendered."""
    element: Any = None
    cls = project.page("<b {{ liveElement }}>{{ inner }}</b>")
    for _ in range(2_000):
        outer = cls()
        outer.inner = "" if element is None else outer.addChild(element)
        element = outer
    page = Bench().page(element)
    html, shown = page.renderer.render(page.tree, element.__html__)
    assert html.count("<b ") == len(shown) == 2_000
