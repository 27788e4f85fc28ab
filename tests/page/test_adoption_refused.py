"""Tests of L{livewidget.page.adoption}: elements that cannot be sent, and what happens to them."""

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


class TestRefusedElement:
    """Elements that cannot be sent, and what happens to them."""

    @pytest.fixture
    def refuse(self, live: FakeTransport, sender: Sender) -> Callable[..., Exception]:
        """Return a function that sends something that is refused, and returns the error."""

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

    def test_elementOnThePageIsNotSentAgain(
        self, refuse: Callable[..., Exception], live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """An element that is already on the page is refused."""
        child = told.named("x")
        sent(live, lambda: sender.callRemoteOnly("add", child))
        assert str(refuse([child])) == (
            "args[0][0]: the Thing is already on the page; each element is sent once"
        )

    def test_elementOfAnotherPageIsRefused(
        self, refuse: Callable[..., Exception], told: Told
    ) -> None:
        """An element of another page is refused, even after that page has ended."""
        child = told.named("x")
        page = Bench().page(child)
        assert "is or was on another page. Make a new one for each" in str(refuse(child))
        page.close()
        assert "is or was on another page" in str(refuse(child))

    def test_childOfAnUnsentParentIsRefused(
        self, refuse: Callable[..., Exception], told: Told
    ) -> None:
        """A child whose parent is not on the page is refused."""
        child = told.named("x")
        told.named("parent", child)
        assert "has a parent that is not on this page. Send that one" in str(refuse(child))

    def test_elementsOfARefusedMessageAreDetached(
        self, refuse: Callable[..., Exception], live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """The elements of a message that another argument makes unsendable are detached."""
        child = told.named("x", told.named("y"))
        lost = child.callRemote("ask")
        failures: list[Any] = []
        lost.addErrback(failures.append)
        assert str(refuse(child, object())) == "args[1]: a builtins.object cannot be sent"
        assert told.notes == ["detached y", "detached x"]
        live.receive(b'["error",2,{"type":"Detached","message":""}]')
        assert isinstance(failures[0].value, Detached)
        assert (child.page, sender.childElements, len(live.page.elements)) == (None, (), 1)

    def test_templateErrorFailsTheCall(
        self, refuse: Callable[..., Exception], live: FakeTransport, project: Project, told: Told
    ) -> None:
        """An error in an element's template fails the call."""
        project.write("named.html", "<p></p>")
        assert "0 times" in str(refuse(told.named("x")))
        assert len(live.page.elements) == 1

    def test_elementOfATooLargeMessageIsDetached(
        self, refuse: Callable[..., Exception], live: FakeTransport, told: Told
    ) -> None:
        """An element in a message that is too large is detached, and the call fails."""
        error = refuse(told.named("x"), "x" * 70_000)
        assert isinstance(error, MessageTooLarge)
        assert told.notes == ["detached x"]

    def test_elementBeyondTheLimitIsRefused(self, sender: Sender, told: Told) -> None:
        """Elements beyond the page's limit are refused until others are detached."""
        live = Bench(elements=3).live(sender)
        pair = told.named("a", told.named("b"))
        sent(live, lambda: sender.callRemoteOnly("add", pair))
        with pytest.raises(TooManyElements, match=r"more than 3 elements\. Detach some"):
            sender.callRemoteOnly("add", told.named("c"))
        pair.detach()
        sender.callRemoteOnly("add", told.named("c"))
        assert len(live.page.elements) == 2

    def test_descendantsCountTowardsTheLimit(self, sender: Sender, told: Told) -> None:
        """The descendants of an element count towards the limit."""
        Bench(elements=2).live(sender)
        with pytest.raises(TooManyElements):
            sender.callRemoteOnly("add", told.named("a", told.named("b")))

    def test_childOfAFalsyUnsentParentIsRefused(
        self, refuse: Callable[..., Exception], told: Told
    ) -> None:
        """A child is refused even if its unsent parent is false in a boolean context."""
        parent = type("Empty", (LiveElement,), {"__len__": lambda self: 0})()
        assert "Send that one" in str(refuse(parent.addChild(told.named("x"))))

    def test_callCancelledByAFailingTemplateFailsOnce(
        self, sender: Sender, project: Project
    ) -> None:
        """A call that is cancelled while its element fails to render fails once."""
        wrong = project.page("{{ cancel() }}")()
        answer = sender.callRemote("add", wrong)
        wrong.cancel = answer.cancel
        failures: list[Any] = []
        answer.addErrback(failures.append)
        Bench().page(sender)
        assert [failure.type for failure in failures] == [CancelledError]

    def test_browserIsToldOfTheLimitAndTheLogIsBounded(
        self, sender: Sender, told: Told, log: Log
    ) -> None:
        """A browser whose call exceeds the limit gets an error. Ten refusals are logged."""
        live = Bench(elements=1).live(sender)
        sender.make = lambda: told.named("a")
        for _ in range(20):
            [[kind, _, info]] = ask(live)
            assert (kind, info["type"]) == ("error", "TooManyElements")
        assert len(log.texts()) == 10

    def test_callRemoteOnlyRaisesTheError(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """C{callRemoteOnly} raises the error of a refused element."""
        child = told.named("x")
        told.named("parent", child)
        with pytest.raises(EncodeError, match="Send that one"):
            sender.callRemoteOnly("add", child)

    def test_unrenderableResultIsOpaqueToTheBrowser(
        self, live: FakeTransport, sender: Sender, told: Told, project: Project, log: Log
    ) -> None:
        """A result that cannot be rendered is an opaque error for the browser, and is logged."""
        project.write("named.html", "<p></p>")
        sender.make = lambda: told.named("x")
        [[kind, _, info]] = ask(live)
        assert (kind, info["type"]) == ("error", "ServerError")
        assert "0 times" in log.take("in 'get'")

    def test_initialArgumentsCannotContainElements(
        self, live: FakeTransport, sender: Sender
    ) -> None:
        """Initial arguments cannot contain elements."""
        sender.getInitialArguments = lambda: [LiveElement()]  # type: ignore[method-assign]
        with pytest.raises(EncodeError, match=r"getInitialArguments\(\)\[0\]: a .*LiveElement"):
            live.page.renderer.describe(sender)

    def test_callsMadeDuringARefusedMessageAreSent(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Calls made while a refused message is rendered are sent before those of C{detached}."""
        calling = project.page("<p {{ liveElement }}>{{ call() }}</p>")()
        calling.call = lambda: sender.callRemoteOnly("meanwhile")
        calling.detached = lambda: sender.callRemoteOnly("after")

        def send() -> None:
            sender.callRemote("add", calling, object()).addErrback(lambda failure: None)

        assert [message[3] for message in sent(live, send)] == ["meanwhile", "after"]

    def test_tooLargeCallDuringRenderingIsRefusedAtOnce(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """A call that is too large raises immediately, even while another message is rendered."""
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

    def test_elementsSentByARefusedElementAreDetached(
        self, live: FakeTransport, sender: Sender, project: Project, told: Told
    ) -> None:
        """Elements in the calls of a refused element are detached and not waited for."""
        inner = told.named("inner")
        calling = project.page("<p {{ liveElement }}>{{ call() }}</p>")()
        calling.call = lambda: calling.callRemoteOnly("add", inner)
        sent(
            live,
            lambda: sender.callRemote("add", calling, object()).addErrback(lambda failure: None),
        )
        assert told.notes == ["detached inner"]
        assert (list(live.page.elements), live.page.tree.late) == ([1], {})

    def test_resultOfADetachedElementIsADetachedError(
        self, live: FakeTransport, sender: Sender, told: Told
    ) -> None:
        """A method that detaches its own element is answered with Detached, and is not logged."""

        def make() -> Any:
            sender.detach()
            return told.named("x")

        sender.make = make
        _, [kind, _, info] = ask(live)
        assert (kind, info["type"]) == ("error", "Detached")

    @pytest.mark.parametrize("value", [Sender, "self"], ids=["class", "sender"])
    def test_classOrSenderAsResultIsRefused(
        self, live: FakeTransport, sender: Sender, log: Log, value: Any
    ) -> None:
        """A class of elements cannot be sent, and the sender itself cannot either."""
        sender.make = lambda: sender if value == "self" else value
        [[kind, _, info]] = ask(live)
        assert (kind, info["type"]) == ("error", "ServerError")
        log.take("is already on the page" if value == "self" else "a builtins.type cannot be sent")
