"""Tests of C{livewidget.page.held}: elements that cannot be sent, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import CancelledError

from livewidget import Detached, EncodeError, LiveElement, MessageTooLarge, TooManyElements
from tests.support.adoption import Sender, Told, ask, sent
from tests.support.log import Log
from tests.support.pages import Bench, FakeTransport
from tests.support.project import Project


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
            assert [message for message in messages if message[3] != "ask"] == []
            error: Exception = failures[0].value
            assert live.page.held is None
            return error

        return refuse

    def test_twice(
        self, refuse: Callable[..., Exception], live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element is sent once."""
        child = told.named("x")
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert str(refuse([child])) == (
            "args[0][0]: the Thing is already on the page; each element is sent once"
        )

    def test_ofAnotherPage(self, refuse: Callable[..., Exception], told: Told) -> None:
        """Nor to two pages, at the same time or later."""
        child = told.named("x")
        page = Bench().page(child)
        assert "is or was on another page. Make a new one for each" in str(refuse(child))
        page.close()
        assert "is or was on another page" in str(refuse(child))

    def test_orphan(self, refuse: Callable[..., Exception], told: Told) -> None:
        """The child of one that is not on the page is refused."""
        child = told.named("x")
        told.named("parent", child)
        assert "has a parent that is not on this page. Send that one" in str(refuse(child))

    def test_rest(
        self, refuse: Callable[..., Exception], live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """Where something else in the message cannot be sent, its elements are used up."""
        child = told.named("x", told.named("y"))
        lost = child.callRemote("ask")
        failures: list[Any] = []
        lost.addErrback(failures.append)
        assert str(refuse(child, object())) == "args[1]: a builtins.object cannot be sent"
        assert told.notes == ["detached y", "detached x"]
        live.receive(b'["error",2,{"type":"Detached","message":""}]')
        assert isinstance(failures[0].value, Detached)
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
        with pytest.raises(TooManyElements, match=r"more than 3 elements\. Detach some"):
            sender.callRemoteOnly("add", told.named("c"))
        pair.detach()
        sender.callRemoteOnly("add", told.named("c"))
        assert len(live.page.elements) == 2

    def test_tooManyTogether(self, sender: Sender, told: Told) -> None:
        """All below an element count."""
        Bench(elements=2).live(sender)
        with pytest.raises(TooManyElements):
            sender.callRemoteOnly("add", told.named("a", told.named("b")))

    def test_orphanOfNobody(self, refuse: Callable[..., Exception], told: Told) -> None:
        """So it is if the parent is empty to Python."""
        parent = type("Empty", (LiveElement,), {"__len__": lambda self: 0})()
        assert "Send that one" in str(refuse(parent.addChild(told.named("x"))))

    def test_cancelled(self, sender: Sender, project: Project) -> None:
        """A call that is cancelled while its element fails to be rendered failed once."""
        wrong = project.page("{{ cancel() }}")()
        answer = sender.callRemote("add", wrong)
        wrong.cancel = answer.cancel
        failures: list[Any] = []
        answer.addErrback(failures.append)
        Bench().page(sender)
        assert [failure.type for failure in failures] == [CancelledError]

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
        with pytest.raises(EncodeError, match="Send that one"):
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
            live.page.renderer.describe(sender)

    def test_held(self, live: FakeTransport, sender: Sender, project: Project, told: Told) -> None:
        """What others were called meanwhile is called, before what is said of the end."""
        calling = project.page("<p {{ liveElement }}>{{ call() }}</p>")()
        calling.call = lambda: sender.callRemoteOnly("meanwhile")
        calling.detached = lambda: sender.callRemoteOnly("after")

        def send() -> None:
            sender.callRemote("add", calling, object()).addErrback(lambda failure: None)

        assert [message[3] for message in sent(live, send)] == ["meanwhile", "after"]

    def test_heldTooLarge(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """What is too large to be sent is refused to who calls, also meanwhile."""
        calling = project.page("<p {{ liveElement }}>{{ call() }}</p>")()
        refused: list[MessageTooLarge] = []

        def call() -> None:
            try:
                sender.callRemoteOnly("meanwhile", "x" * 70_000)
            except MessageTooLarge as error:
                refused.append(error)

        calling.call = call
        messages = sent(live, lambda: sender.callRemoteOnly("add", calling))
        assert [message[3] for message in messages] == ["add"]
        assert len(refused) == 1

    def test_heldElements(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Elements that were to be in the refused ones are not waited for."""
        inner = told.named("inner")
        calling = project.page("<p {{ liveElement }}>{{ call() }}</p>")()
        calling.call = lambda: calling.callRemoteOnly("add", inner)
        sent(
            live,
            lambda: sender.callRemote("add", calling, object()).addErrback(lambda failure: None),
        )
        assert told.notes == ["detached inner"]
        assert (list(live.page.elements), live.page.tree.late) == ([1], {})

    def test_senderGone(self, live: FakeTransport, sender: Sender, told: Told) -> None:
        """Of a method whose element was detached meanwhile the browser hears that; nobody logs."""

        def make() -> Any:
            sender.detach()
            return told.named("x")

        sender.make = make
        _, [kind, _, info] = ask(live)
        assert (kind, info["type"]) == ("error", "Detached")

    @pytest.mark.parametrize("value", [Sender, "self"])
    def test_noNewElement(self, live: FakeTransport, sender: Sender, log: Log, value: Any) -> None:
        """A class of elements cannot be sent, and no more can the sender itself."""
        sender.make = lambda: sender if value == "self" else value
        [[kind, _, info]] = ask(live)
        assert (kind, info["type"]) == ("error", "ServerError")
        log.take("is already on the page" if value == "self" else "a builtins.type cannot be sent")
