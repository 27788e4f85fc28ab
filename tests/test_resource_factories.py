"""Tests of C{livewidget.resource}: factories of elements."""

from __future__ import annotations

from functools import partial
from inspect import signature
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from examples.chat import ChatterElement
from livewidget import LiveElement, LiveResource
from tests.support.http import Wire
from tests.support.log import Log
from tests.support.project import Project
from tests.support.resources import Setup

USED = "which is or was in another page or element; return a new one for each page"


class TestFactories:
    """Factories, which return the elements."""

    def test_classMakesAnElementForEachPage(self, it: Setup) -> None:
        """For a class, each page has an element of its own."""
        it.get()
        it.get()
        elements = {page.elements[1] for page in it.resource.pages._sessions.values()}
        assert len(elements) == 2

    def test_callablesAndDeferredResultsAreAccepted(self, project: Project) -> None:
        """A factory may be any callable, and return a Deferred or a coroutine."""
        thing = project.page()

        class Room:
            def make(self) -> LiveElement:
                element: LiveElement = thing()
                return element

            def __call__(self) -> LiveElement:
                return self.make()

        async def coroutine() -> LiveElement:
            return await succeed(thing())

        for factory in (
            lambda: thing(),
            Room().make,
            Room(),
            lambda: succeed(thing()),
            coroutine,
        ):
            assert Setup(project, factory).get().status == 200

    def test_parameterRequestGetsTheRequest(self, project: Project) -> None:
        """A factory with a parameter request gets the request."""
        seen: list[Any] = []
        thing = project.page()

        def factory(request: Any) -> LiveElement:
            seen.append(request.args[b"room"])
            element: LiveElement = thing()
            return element

        class Taking(thing):  # type: ignore[misc]
            __module__ = thing.__module__

            def __init__(self, request: Any) -> None:
                seen.append(request.path)

        assert Setup(project, factory).get("/?room=7").status == 200
        assert Setup(project, Taking).get("/").status == 200
        assert seen == [[b"7"], b"/"]

    def test_requestIsPassedToAnyKindOfParameter(self, project: Project) -> None:
        """The parameter may have a default, or be keyword-only or positional-only."""
        thing = project.page()
        seen: list[Any] = []

        def make(request: Any) -> LiveElement:
            seen.append(request.path)
            element: LiveElement = thing()
            return element

        def optional(request: Any = None) -> LiveElement:
            return make(request)

        def byName(option: Any = 1, *more: Any, request: Any, **options: Any) -> LiveElement:
            assert (option, more, options) == (1, (), {})
            return make(request)

        def byPosition(request: Any, /) -> LiveElement:
            return make(request)

        def second(option: Any = 1, request: Any = None) -> LiveElement:
            assert option == 1
            return make(request)

        for factory in (optional, byName, byPosition, second, partial(second, 1)):
            assert Setup(project, factory).get().status == 200
        assert seen == [b"/"] * 5

    def test_optionalParametersGetNothing(self, project: Project) -> None:
        """A factory with optional parameters is called without arguments."""
        seen: list[Any] = []
        thing = project.page()

        def factory(option: Any = None, *more: Any) -> LiveElement:
            seen.append((option, more))
            element: LiveElement = thing()
            return element

        Setup(project, factory).get()
        assert seen == [(None, ())]

    def test_variableParametersGetNothing(self, project: Project) -> None:
        """A factory with variable parameters is called without arguments, whatever their names."""
        seen: list[Any] = []
        thing = project.page()

        def factory(*request: Any, **options: Any) -> LiveElement:
            seen.append((request, options))
            element: LiveElement = thing()
            return element

        assert Setup(project, factory).get().status == 200
        assert seen == [((), {})]

    def test_builtinWithoutASignatureGetsNothing(self, project: Project) -> None:
        """A builtin without a signature is called without arguments."""
        elements = iter([project.page()()])
        factory = partial(next, elements)
        with pytest.raises(ValueError, match="signature"):
            signature(factory)
        assert Setup(project, factory).get().status == 200

    def test_nothingIsSentWhileTheFactoryWaits(self, project: Project) -> None:
        """Nothing is sent while a factory waits, and no page exists that could end."""
        waiting: Deferred[Any] = Deferred()
        it = Setup(project, lambda: waiting)
        wire = Wire(it.resource)
        wire.begin("/")
        it.clock.advance(100)
        assert wire.take() == b""
        waiting.callback(project.page()())
        assert b"200 OK" in wire.take()
        it.clock.advance(29)
        assert it.pages == 1

    def test_factoryIsCancelledWhenTheBrowserLeaves(self, project: Project, log: Log) -> None:
        """If the browser leaves while a factory waits, that is cancelled, and not logged."""
        cancelled: list[Any] = []
        it = Setup(project, lambda: Deferred(cancelled.append))
        wire = Wire(it.resource)
        wire.begin("/")
        assert cancelled == []
        wire.lose()
        assert len(cancelled) == 1
        assert wire.take() == b""
        assert it.pages == 0
        assert log.texts() == []

    def test_coroutineIsCancelledWhenTheBrowserLeaves(self, project: Project, log: Log) -> None:
        """If the browser leaves, the Deferred that a coroutine waits for is cancelled."""
        cancelled: list[Any] = []

        async def factory() -> Any:
            await Deferred(cancelled.append)

        wire = Wire(Setup(project, factory).resource)
        wire.begin("/")
        wire.lose()
        assert len(cancelled) == 1
        assert log.texts() == []

    def test_factoryThatCancelsItselfHasFailed(self, project: Project, log: Log) -> None:
        """A factory that is cancelled while the browser waits is a failure."""
        waiting: Deferred[Any] = Deferred()
        wire = Wire(Setup(project, lambda: waiting).resource)
        wire.begin("/")
        waiting.cancel()
        assert b" 500 " in wire.take()
        log.take("CancelledError")

    def test_elementAfterTheBrowserLeftIsDetached(self, project: Project) -> None:
        """An element that a cancelled factory returns nevertheless leaves no page."""
        ended: list[str] = []
        element = project.page(detached=lambda self: ended.append("detached"))()
        it = Setup(project, lambda: Deferred(lambda waiting: waiting.callback(element)))
        wire = Wire(it.resource)
        wire.begin("/")
        wire.lose()
        assert wire.take() == b""
        assert it.pages == 0
        assert ended == ["detached"]
        assert it.clock.getDelayedCalls() == []

    def test_failureAfterTheBrowserLeftIsLogged(self, project: Project, log: Log) -> None:
        """A factory that fails after the browser left is logged."""

        def fail(waiting: Deferred[Any]) -> None:
            waiting.errback(ValueError("really"))

        wire = Wire(Setup(project, lambda: Deferred(fail)).resource)
        wire.begin("/")
        wire.lose()
        log.take("ValueError: really")
        assert wire.take() == b""

    def test_stopWhileTheFactoryWaitsRefusesThePage(self, project: Project) -> None:
        """A resource that is stopped while a factory waits answers with 503."""
        waiting: Deferred[Any] = Deferred()
        it = Setup(project, lambda: waiting)
        wire = Wire(it.resource)
        wire.begin("/")
        it.resource.stop()
        waiting.callback(project.page()())
        assert b"503 " in wire.take()
        assert it.pages == 0

    def test_stopFiresWhenTheLastMessagesAreSent(self, it: Setup) -> None:
        """The Deferred of a stop fires when the last messages are sent, over TLS too."""
        done: list[None] = []
        it.resource.stop().addCallback(done.append)
        for _ in range(2):
            assert done == []
            # A turn of a real reactor; advance(0) runs several.
            [call] = it.clock.calls
            it.clock.calls.remove(call)
            call.func(*call.args, **call.kw)
        assert done == [None]

    def test_stoppedResourceRefusesPages(self, it: Setup) -> None:
        """A stopped resource refuses new pages for now."""
        it.resource.stop()
        response = it.get()
        assert response.status == 503
        assert response.headers["refresh"] == response.headers["retry-after"]

    def test_refusedBrowsersComeAgainAtRandom(self, it: Setup) -> None:
        """Refused browsers reload by themselves, at different times."""
        it.resource.stop()
        seconds = {int(it.get().headers["refresh"]) for _ in range(200)}
        assert seconds == {5, 6, 7, 8, 9}


class TestRefused:
    """Factories that are refused when the resource is created."""

    def refusal(self, factory: Any) -> str:
        """Return the message of the exception for a factory."""
        with pytest.raises(TypeError) as caught:
            LiveResource(factory, clock=Clock())
        return str(caught.value)

    def test_elementIsRefused(self, project: Project) -> None:
        """An element is refused, since each page needs its own."""
        said = self.refusal(project.page()())
        assert "each page needs its own; use the class Thing, or a function that" in said

    @pytest.mark.parametrize("value", [None, 3, "examples.chat.chat"])
    def test_objectThatCannotBeCalledIsRefused(self, value: Any) -> None:
        """An object that cannot be called is refused, and shown."""
        assert self.refusal(value).startswith(f"{value!r} cannot be called; use a LiveElement")

    def test_requiredParametersAreRefused(self) -> None:
        """A factory with required parameters other than request is refused, with their names."""
        said = self.refusal(ChatterElement)
        assert said.startswith(
            "ChatterElement needs 'room', and is called with nothing but 'request'"
        )
        assert said.endswith("such as lambda: ChatterElement(…)")

    def test_onlyRequiredParametersAreNamed(self) -> None:
        """The error names the required parameters, and neither optional ones nor request."""

        def factory(
            request: Any, one: Any, two: Any = 2, *args: Any, three: Any, **kw: Any
        ) -> None:
            """Do nothing; the factory is not called."""

        assert "factory needs 'one', 'three', and" in self.refusal(factory)
