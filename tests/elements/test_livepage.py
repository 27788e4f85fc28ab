"""Tests of L{livewidget.elements.livepage}."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.web.pages import errorPage
from twisted.web.resource import IResource, Resource

from livewidget import ConnectionLost, LiveElement, LivePage
from livewidget.elements.livepage import asPage
from livewidget.testing import MemoryBrowser
from tests.support.http import Wire
from tests.support.log import Log
from tests.support.pages import Bench
from tests.support.project import PLAIN, Project
from tests.support.resources import Setup
from tests.support.shop import WHOLE, Shop, load


class TestElements:
    """The elements of a page."""

    def test_elementsReachThePageUntilItEnds(self, project: Project) -> None:
        """Elements have C{page} from the rendering to the end of the page."""
        page = Shop(project, WHOLE).page()
        assert page.thing.page is None
        browser = MemoryBrowser(page)
        assert page.thing.page is page
        assert page.elements == (page.thing,)
        browser.page.close()
        assert page.thing.page is None

    def test_usedElementIsRefused(self) -> None:
        """An element that is or was on a page is refused."""
        page = LivePage()
        element = page.addElement(LiveElement())
        with pytest.raises(ValueError, match="Make a new one"):
            page.addElement(element)
        Bench().page(used := LiveElement())
        with pytest.raises(ValueError, match="Make a new one"):
            LivePage().addElement(used)

    def test_equalElementsAreToldApart(self, project: Project) -> None:
        """Elements that compare equal are told apart, and a page may be falsy."""

        class Same(LiveElement):
            def __eq__(self, other: object) -> bool:
                return isinstance(other, Same)

            __hash__ = None  # type: ignore[assignment]

        project.write("template.html", PLAIN)
        same = project.element(Same, template="template.html")
        page = project.element(LivePage, __len__=lambda self: 0)()
        elements = [page.addElement(same()), page.addElement(same())]
        load(page)
        assert [element.page is page for element in elements] == [True, True]
        elements[0].detach()
        assert [element.elementId for element in page.elements] == [2]

    def test_renderedPageRefusesMoreElements(self, project: Project) -> None:
        """A page that is rendered refuses more elements and points to C{addChild}."""
        page = Shop(project, WHOLE).page()
        load(page)
        with pytest.raises(ValueError, match="addChild"):
            page.addElement(LiveElement())

    def test_detachedElementIsNotOnThePage(self, project: Project) -> None:
        """A detached element is no longer on the page."""
        page = Shop(project, WHOLE).page()
        load(page)
        page.thing.detach()
        assert page.elements == ()


class TestResource:
    """Pages that a resource makes."""

    def test_pageClassMayTakeTheRequest(self, project: Project) -> None:
        """A page class may take the request, as an element class may."""
        thing = project.page("<p {{ liveElement }}>{{ text }}</p>")

        class Own(LivePage):
            def __init__(self, request: Any) -> None:
                element = self.addElement(thing())
                element.text = request.args[b"q"][0].decode()

        assert ">fish</p>" in Setup(project, Own).get("?q=fish").text

    def test_usedPageOrElementIsNotServedAgain(self) -> None:
        """A page is served only if it and its elements are new, and so is an element."""
        page = LivePage()
        made = Bench().pages.make(livePage=page)
        assert asPage(page) is None
        made.close()
        assert asPage(page) is None
        element = LiveElement()
        other = LivePage()
        other.addElement(element)
        assert asPage(other) is other
        Bench().page(element)
        assert (asPage(other), asPage(element)) == (None, None)

    def test_factoryMayReturnThePageLater(self, project: Project) -> None:
        """A factory may be a coroutine that returns the page later."""
        later: Deferred[Any] = Deferred()

        async def factory() -> LivePage:
            return await later

        it = Setup(project, factory)
        page = Shop(project, WHOLE).page()
        wire = Wire(it.resource)
        wire.begin("/")
        later.callback(page)
        assert b"200 OK" in wire.take()

    def test_factoryThatReturnsAUsedPageIsAnError(self, project: Project, log: Log) -> None:
        """A factory that returns a page again is answered with 500 and a log entry that says so."""
        page = Shop(project, WHOLE).page()
        it = Setup(project, lambda: page)
        assert it.get().status == 200
        assert it.get().status == 500
        assert "was used before, or an element on it was" in log.take("error ")

    def test_pageMaySetItsIdentity(self, project: Project) -> None:
        """A page may set its own identity."""
        shop = Shop(project, WHOLE, identity="own")
        it = Setup(project, shop.page)
        it.get()
        (page,) = it.resource.pages._sessions.values()
        assert page.identity == "own"


class TestErrorPage:
    """The C{errorPage} option of a resource."""

    def errorPage(self, status: int, title: str, detail: str) -> IResource:
        """Return an error page of the application."""
        self.given = (status, title, detail)
        resource = Resource()

        def render(request: Any) -> bytes:
            return b"<h1>Sorry</h1>"

        resource.render = render  # type: ignore[method-assign]
        return resource

    def test_ownErrorPageIsShownWithoutDetailsOfTheFailure(
        self, project: Project, log: Log
    ) -> None:
        """A page that cannot be made is answered with the own error page, without details."""

        def factory() -> None:
            raise RuntimeError("secret")

        response = Setup(project, factory, {"errorPage": self.errorPage}).get()
        assert (response.status, response.text) == (500, "<h1>Sorry</h1>")
        assert self.given[:2] == (500, "This page could not be created")
        assert "secret" not in self.given[2]
        assert "secret" in log.take("could not be made")

    def test_ownErrorPageIsShownWhenTheServerIsFull(self, project: Project, log: Log) -> None:
        """A page that is refused at capacity is answered with the application's error page."""
        it = Setup(project, None, {"errorPage": self.errorPage}, pagesInAll=1)
        it.get()
        response = it.get()
        assert (response.status, response.text) == (503, "<h1>Sorry</h1>")
        assert "retry-after" in response.headers
        log.take("page refused")

    def test_errorPageOfTwistedMayBeUsed(self, project: Project, log: Log) -> None:
        """The C{errorPage} of Twisted may be used."""
        it = Setup(project, lambda: None, {"errorPage": errorPage})
        assert it.get().text.count("</html>") == 1
        log.take("returned None")


class TestDisconnect:
    """C{notifyOnDisconnect} and C{close}."""

    def test_notifyOnDisconnectFiresWithTheReason(self, project: Project) -> None:
        """C{notifyOnDisconnect} fires with the reason after the elements' hooks, and once ended."""
        page = Shop(project, WHOLE).page()
        notes: list[Any] = []
        page.thing.connectionLost = lambda reason: notes.append("lost")
        page.notifyOnDisconnect().addCallback(notes.append)
        browser = MemoryBrowser(page)
        page.notifyOnDisconnect().addCallback(notes.append)
        assert notes == []
        browser.page.close("bye")
        page.notifyOnDisconnect().addCallback(notes.append)
        assert notes[0] == "lost"
        assert [type(reason) for reason in notes[1:]] == [ConnectionLost] * 3
        assert notes[1].reason == "bye"

    def test_closeEndsThePageOnce(self, project: Project) -> None:
        """C{close} ends a page once, does nothing before there is one, and keeps nothing alive."""
        page = Shop(project, WHOLE).page()
        page.close("too early")
        browser = MemoryBrowser(page)
        page.close("bye")
        page.close("again")
        assert browser.closed == (4000, "bye")
        gone = weakref.ref(browser.page)
        del browser
        gc.collect()
        assert (gone(), page.elements) == (None, (page.thing,))
