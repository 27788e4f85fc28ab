"""Tests of C{livewidget.resource}: what makes the elements."""

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
    """What makes the elements."""

    def test_aClass(self, it: Setup) -> None:
        """A class: each page has an element of its own."""
        it.get()
        it.get()
        elements = {page.elements[1] for page in it.resource.pages._sessions.values()}
        assert len(elements) == 2

    def test_kinds(self, project: Project) -> None:
        """A function, a bound method, a callable object, a Deferred, a coroutine."""
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

    def test_request(self, project: Project) -> None:
        """A factory with a parameter of that name gets the request."""
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

    def test_requestInEachForm(self, project: Project) -> None:
        """The parameter may have a default, or come by name or by position only."""
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

    def test_optionalArgument(self, project: Project) -> None:
        """A factory that can do without is called without."""
        seen: list[Any] = []
        thing = project.page()

        def factory(option: Any = None, *more: Any) -> LiveElement:
            seen.append((option, more))
            element: LiveElement = thing()
            return element

        Setup(project, factory).get()
        assert seen == [(None, ())]

    def test_variableArguments(self, project: Project) -> None:
        """What takes any arguments gets none."""
        seen: list[Any] = []
        thing = project.page()

        def factory(*request: Any, **options: Any) -> LiveElement:
            seen.append((request, options))
            element: LiveElement = thing()
            return element

        assert Setup(project, factory).get().status == 200
        assert seen == [((), {})]

    def test_withoutSignature(self, project: Project) -> None:
        """A builtin that does not tell what it takes is called with nothing."""
        elements = iter([project.page()()])
        factory = partial(next, elements)
        with pytest.raises(ValueError, match="signature"):
            signature(factory)
        assert Setup(project, factory).get().status == 200

    def test_late(self, project: Project) -> None:
        """While a factory waits nothing is sent, and there is no page that could be dropped."""
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

    def test_browserGoesAway(self, project: Project, log: Log) -> None:
        """When the browser goes while the factory waits, that is cancelled, and not logged."""
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

    def test_coroutineIsCancelled(self, project: Project, log: Log) -> None:
        """So is what a coroutine waits for."""
        cancelled: list[Any] = []

        async def factory() -> Any:
            await Deferred(cancelled.append)

        wire = Wire(Setup(project, factory).resource)
        wire.begin("/")
        wire.lose()
        assert len(cancelled) == 1
        assert log.texts() == []

    def test_cancelledByItself(self, project: Project, log: Log) -> None:
        """A factory that is cancelled while the browser waits has failed."""
        waiting: Deferred[Any] = Deferred()
        wire = Wire(Setup(project, lambda: waiting).resource)
        wire.begin("/")
        waiting.cancel()
        assert b" 500 " in wire.take()
        log.take("CancelledError")

    def test_notToBeCancelled(self, project: Project) -> None:
        """A factory that gives an element all the same leaves no page behind."""
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

    def test_failsAfterTheBrowserWent(self, project: Project, log: Log) -> None:
        """A factory that fails when nobody waits any more is logged all the same."""

        def fail(waiting: Deferred[Any]) -> None:
            waiting.errback(ValueError("really"))

        wire = Wire(Setup(project, lambda: Deferred(fail)).resource)
        wire.begin("/")
        wire.lose()
        log.take("ValueError: really")
        assert wire.take() == b""

    def test_stopMeanwhile(self, project: Project) -> None:
        """When the server goes down meanwhile, the browser is told to come again."""
        waiting: Deferred[Any] = Deferred()
        it = Setup(project, lambda: waiting)
        wire = Wire(it.resource)
        wire.begin("/")
        it.resource.stop()
        waiting.callback(project.page()())
        assert b"503 " in wire.take()
        assert it.pages == 0

    def test_stopWaits(self, it: Setup) -> None:
        """What waits for a stop waits until the last words have left, also those over TLS."""
        done: list[None] = []
        it.resource.stop().addCallback(done.append)
        for _ in range(2):
            assert done == []
            # A turn of a real reactor; advance(0) would take them all.
            [call] = it.clock.calls
            it.clock.calls.remove(call)
            call.func(*call.args, **call.kw)
        assert done == [None]

    def test_stopped(self, it: Setup) -> None:
        """A server that goes down makes no page."""
        it.resource.stop()
        response = it.get()
        assert response.status == 503
        assert response.headers["refresh"] == response.headers["retry-after"]

    def test_askedAgain(self, it: Setup) -> None:
        """Browsers ask again by themselves, and not all at once."""
        it.resource.stop()
        seconds = {int(it.get().headers["refresh"]) for _ in range(200)}
        assert seconds == {5, 6, 7, 8, 9}


class TestRefused:
    """What cannot make elements is refused when the resource is made."""

    def refusal(self, factory: Any) -> str:
        """Why a factory is refused."""
        with pytest.raises(TypeError) as caught:
            LiveResource(factory, clock=Clock())
        return str(caught.value)

    def test_anElement(self, project: Project) -> None:
        """One element is not for all pages."""
        said = self.refusal(project.page()())
        assert "each page needs its own; use the class Thing, or a function that" in said

    @pytest.mark.parametrize("value", [None, 3, "examples.chat.chat"])
    def test_notCallable(self, value: Any) -> None:
        """What cannot be called is shown."""
        assert self.refusal(value).startswith(f"{value!r} cannot be called; use a LiveElement")

    def test_otherArguments(self) -> None:
        """What needs more than the request is told what."""
        said = self.refusal(ChatterElement)
        assert said.startswith(
            "ChatterElement needs 'room', and is called with nothing but 'request'"
        )
        assert said.endswith("such as lambda: ChatterElement(…)")

    def test_onlyThoseThatAreNeeded(self) -> None:
        """Several are named, and none that has a default or is the request."""

        def factory(
            request: Any, one: Any, two: Any = 2, *args: Any, three: Any, **kw: Any
        ) -> None:
            """Never called."""

        assert "factory needs 'one', 'three', and" in self.refusal(factory)
