"""Tests of C{livewidget.page.held}: elements that are made later, and how they are sent."""

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

    def test_modulesOnce(self, live: FakeTransport, sender: Sender, project: Project) -> None:
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

    def test_modulesNotSent(self, live: FakeTransport, sender: Sender, project: Project) -> None:
        """Those of a message that cannot be sent come with the next."""
        project.write("js/New.js", "export class A {}")
        project.write("css/New.css", "")
        new = project.page(jsClass="New.A", cssModule="New")
        sender.callRemote("add", new(), object()).addErrback(lambda failure: None)
        [message] = sent(live, lambda: sender.callRemoteOnly("add", new()))
        assert {"modules", "styles"} < {*message[4][0]["$element"]}

    def test_beforeTheDocument(
        self, sender: Sender, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Before the page has its document no module comes: that will have them all."""
        project.write("js/New.js", "export class A {}")
        Bench().page(sender)
        messages: list[bytes] = []
        monkeypatch.setattr(Delivery, "send", lambda _, message: messages.append(message))
        sender.callRemoteOnly("add", project.page(jsClass="New.A")())
        assert b"modules" not in messages[0]

    def test_afterTheDocument(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the document has does not come again."""
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

    def test_modulesOfTheOuter(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Those of a message are known, though one that its template made knew less."""
        project.write("js/New.js", "export class A {}")
        new = project.page("<p {{ liveElement }}>{{ call() or '' }}</p>", jsClass="New.A")
        new.call = lambda self: sender.callRemoteOnly("other", told.named("x"))
        sent(live, lambda: sender.callRemoteOnly("add", new()))
        message, _ = sent(live, lambda: sender.callRemoteOnly("add", new()))
        assert "modules" not in message[4][0]["$element"]

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

    def test_nested(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """What is for an element of a message that is made meanwhile comes after that message."""
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
        assert (told.notes, live.page.tree.late) == (["detached a"], {})

    def test_end(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """At the end of the page children hear it before their parents."""
        sent(live, lambda: sender.callRemoteOnly("add", told.named("a", told.named("b"))))
        live.receive(Made(2))
        live.page.close()
        assert told.notes[2:] == ["lost b", "lost a", "detached b", "detached a"]


class TestAddedMeanwhile:
    """Children that are added while something is rendered."""

    def test_toAnother(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """One whose parent is shown already waits, as at any other time, until it is sent."""
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

    def test_toItself(self, live: FakeTransport, sender: Sender, project: Project) -> None:
        """One that an element adds to itself is shown there."""

        class Adding(LiveElement):
            def more(self) -> LiveElement:
                return self.addChild(plain())

        plain = project.page()
        project.write("adding.html", "<p {{ liveElement }}>{{ more() }}</p>")
        adding = project.element(Adding, template="adding.html")()
        [message] = sent(live, lambda: sender.callRemoteOnly("add", adding))
        assert message[4][0]["$element"]["html"].count("data-live-element") == 2

    def test_toTheOuter(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """One that is added by the template of another message waits, and harms nobody."""
        child = told.named("x")
        outer = project.page("<p {{ liveElement }}>{{ call() or '' }}{{ shown }}</p>")()
        outer.shown = outer.addChild(told.named("shown"))
        inner = project.beside("b").page("<p {{ liveElement }}>{{ add() and '' }}</p>")()
        inner.add = lambda: outer.addChild(child)
        outer.call = lambda: sender.callRemoteOnly("other", inner)
        sent(live, lambda: sender.callRemoteOnly("add", outer))
        assert (child.page, outer.shown.page) == (None, sender.page)


class TestEndMeanwhile:
    """A template, or what it calls, ends the page or detaches an element."""

    def end(self, live: FakeTransport, project: Project) -> Any:
        """An element whose template ends the page."""
        ending = project.page("<p {{ liveElement }}>{{ close() }}</p>")()
        ending.close = live.page.close
        return ending

    def test_answer(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """The call is lost with the page, once; nothing comes to a page that has ended."""
        last = told.named("last")
        failures: list[Any] = []
        answer = sender.callRemote("add", told.named("first"), self.end(live, project), last)
        answer.addErrback(failures.append)
        assert isinstance(failures[0].value, ConnectionLost)
        assert (live.page.elements, live.page.tree.late, live.page.held) == ({}, {}, None)
        assert told.notes == ["detached first"]

    def test_only(self, live: FakeTransport, sender: Sender, project: Project) -> None:
        """Without an answer it is nothing, as after the end."""
        sender.callRemoteOnly("add", self.end(live, project))
        assert live.page.tree.late == {}

    def test_detached(
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

    def test_other(self, live: FakeTransport, sender: Sender, project: Project, told: Told) -> None:
        """One that another's template detaches comes, goes, and is not waited for."""
        first = told.named("first")
        second = project.page("<p {{ liveElement }}>{{ first.detach() }}</p>")()
        second.first = first
        messages = sent(live, lambda: sender.callRemoteOnly("add", first, second))
        assert [message[0] for message in messages] == ["call", "detach"]
        assert list(live.page.tree.late) == [3]


def test_deep(project: Project) -> None:
    """Many elements in each other are rendered, however many."""
    element: Any = None
    cls = project.page("<b {{ liveElement }}>{{ inner }}</b>")
    for _ in range(2_000):
        outer = cls()
        outer.inner = "" if element is None else outer.addChild(element)
        element = outer
    page = Bench().page(element)
    html, shown = page.renderer.render(page.tree, element.__html__)
    assert html.count("<b ") == len(shown) == 2_000
