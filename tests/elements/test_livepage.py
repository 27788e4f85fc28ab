"""Tests of C{livewidget.elements.livepage}: pages of the application's own."""

from __future__ import annotations

import gc
import re
import weakref
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.web.pages import errorPage
from twisted.web.resource import IResource, Resource

from livewidget import ConnectionLost, LiveElement, LivePage, Settings, TemplateError
from livewidget.elements.livepage import asPage
from livewidget.testing import MemoryBrowser
from tests.support.http import Wire
from tests.support.log import Log
from tests.support.pages import Bench
from tests.support.project import PLAIN, Project
from tests.support.resources import Setup

EXTENDS = '{% extends "livewidget/page.html" %}'
WHOLE = "<!DOCTYPE html><title>Mine</title>{{ liveHead }}{{ thing }}{{ liveScripts }}"


class Shop:
    """A project with a page of its own, of one element or more.

    @ivar page: the class of the pages.
    """

    def __init__(self, project: Project, html: str, **attributes: Any) -> None:
        project.write("shop.html", html)
        element = project.page(PLAIN)

        def init(page: Any, number: int = 1) -> None:
            page.thing, *page.others = [page.addElement(element()) for _ in range(number)]

        members = {"__init__": init, "template": "shop.html", **attributes}
        self.page: Any = project.element(LivePage, **members)


def load(page: LivePage, **settings: Any) -> str:
    """The HTML that a browser gets."""
    return MemoryBrowser(page, settings=Settings(**settings)).html


class TestTemplate:
    """A template of the application around the elements."""

    def test_plain(self, project: Project) -> None:
        """Without one, elements come in the order in which they were added."""
        page = LivePage()
        for _ in range(3):
            page.addElement(project.page(PLAIN)())
        assert re.findall('<div data-live-element="([0-9])">', load(page)) == ["1", "2", "3"]

    def test_blocks(self, project: Project) -> None:
        """It extends ours: title, head and body are blocks; attributes of the page are names."""
        html = (
            EXTENDS + "{% block title %}Buy {{ what }}{% endblock %}"
            '{% block head %}<meta name="x" content="{{ what }}">'
            '<script nonce="{{ nonce }}">1</script>{% endblock %}'
            "{% block body %}<h1>{{ what }}</h1>{{ others[0] }}<hr>{{ thing }}{% endblock %}"
        )
        page = Shop(project, html, what="<fish>", language="de").page(2)
        text = load(page)
        assert '<html lang="de">' in text
        assert "<title>Buy &lt;fish&gt;</title>" in text
        nonce = re.findall('<script type="importmap" nonce="([^"]+)"', text)[0]
        assert f'<meta name="x" content="&lt;fish&gt;"><script nonce="{nonce}">1</script>' in text
        assert '<div data-live-element="2"></div><hr><div data-live-element="1"></div>' in text

    def test_order(self, project: Project) -> None:
        """Widgets are made in the order of the document, not in that of addElement."""
        html = EXTENDS + "{% block body %}{{ others[0] }}{{ thing }}{% endblock %}"
        text = load(Shop(project, html).page(2))
        assert '"elements":[[2,null,' in text

    def test_whole(self, project: Project) -> None:
        """It may be the whole document, with our parts where they belong."""
        text = load(Shop(project, WHOLE).page())
        assert text.startswith("<!DOCTYPE html><title>Mine</title><script type=")
        assert text.index("importmap") < text.index('data-live-element="1"')
        assert text.index('data-live-element="1"') < text.index('id="livewidget-start"')

    @pytest.mark.parametrize("name", ["liveHead", "liveScripts"])
    @pytest.mark.parametrize("times", [0, 2])
    def test_parts(self, project: Project, name: str, times: int) -> None:
        """Without one of the parts, or with two, there is an error that says what to do."""
        mark = f"{{{{ {name} }}}}"
        html = WHOLE.replace(mark, mark * times)
        with pytest.raises(TemplateError) as caught:
            load(Shop(project, html).page())
        assert f"'shop.html' of Thing has {mark} {times} times. Extend" in str(caught.value)

    def test_notShown(self, project: Project) -> None:
        """An element that the template does not show is an error, as a child is."""
        html = EXTENDS + "{% block body %}{{ thing }}{% endblock %}"
        with pytest.raises(TemplateError, match="an element of Thing, whose template does not"):
            load(Shop(project, html).page(2))

    def test_twice(self, project: Project) -> None:
        """Nor is one shown twice, neither directly nor by a text that is kept."""
        for body in (
            "{{ thing }}{{ thing }}",
            "{% set x %}{{ thing }}{% endset %}{{ x }}{{ x }}",
        ):
            html = EXTENDS + "{% block body %}" + body + "{% endblock %}"
            with pytest.raises(TemplateError, match="is rendered twice"):
                load(Shop(project, html).page())

    def test_kept(self, project: Project) -> None:
        """What is kept in a variable and not shown is not shown."""
        html = EXTENDS + "{% block body %}{% set x %}{{ thing }}{% endset %}{% endblock %}"
        with pytest.raises(TemplateError, match="does not show it"):
            load(Shop(project, html).page())

    @pytest.mark.parametrize("shown", [0, 2])
    def test_partsKept(self, project: Project, shown: int) -> None:
        """What counts is what is in the document, and not what is kept in a variable."""
        part = "{% set head %}{{ liveHead }}{% endset %}" + "{{ head }}" * shown
        with pytest.raises(TemplateError, match=f"liveHead }}}} {shown} times"):
            load(Shop(project, WHOLE.replace("{{ liveHead }}", part)).page())

    @pytest.mark.parametrize(
        ("html", "holders"),
        [
            ("{{ thing.inner }}{{ thing }}", "of the page, but is a child of Thing"),
            ("{{ thing }}", "of Thing, but is a child of the page"),
        ],
    )
    def test_elsewhere(self, project: Project, html: str, holders: str) -> None:
        """An element is shown by the template of its parent, and no other: else it is not made."""
        page = Shop(project, WHOLE.replace("{{ thing }}", html)).page(2)
        project.write("template.html", "<p {{ liveElement }}>{{ inner }}</p>")
        page.thing.inner = page.others[0]
        if "inner" in html:
            page.thing.inner = page.thing.addChild(type(page.thing)())
        with pytest.raises(TemplateError, match=holders):
            load(page)

    @pytest.mark.parametrize(
        "html",
        [
            "{{ thing|safe }}",
            "{{ thing|e }}",
            "{{ elements|join }}",
            "{% macro show(it) %}{{ it }}{% endmacro %}{{ show(thing) }}",
            "{% macro box() %}{{ caller() }}{% endmacro %}{% call box() %}{{ thing }}{% endcall %}",
        ],
    )
    def test_ways(self, project: Project, html: str) -> None:
        """It may be shown in any way that Jinja2 has for HTML."""
        text = load(Shop(project, WHOLE.replace("{{ thing }}", html)).page())
        assert text.count('data-live-element="1"') == 1

    def test_detachedMeanwhile(self, project: Project) -> None:
        """One that is detached after it was shown is an error that says so."""
        html = WHOLE.replace("{{ thing }}", "{{ thing }}{{ thing.detach() or '' }}")
        with pytest.raises(TemplateError, match="was detached while its page was rendered"):
            load(Shop(project, html).page())

    def test_closedMeanwhile(self, project: Project, log: Log) -> None:
        """A page that its template closes is not served; the log has the reason."""
        html = WHOLE.replace("{{ thing }}", "{{ thing }}{{ page.close('too late') or '' }}")
        it = Setup(project, Shop(project, html).page)
        assert it.get().status == 500
        assert "too late" in log.take("error ")

    def test_empty(self, project: Project) -> None:
        """A page may have no elements."""
        browser = MemoryBrowser(LivePage())
        assert '"elements":[]' in browser.html
        assert not hasattr(browser, "element")

    def test_missing(self, project: Project) -> None:
        """A template that is not there names the file."""
        page = Shop(project, "", template="nowhere.html").page()
        with pytest.raises(TemplateError, match=r"nowhere\.html does not exist"):
            load(page)

    def test_titles(self, project: Project) -> None:
        """The title is the page's, or the resource's."""
        Shop(project, "")
        own = project.element(LivePage, title="Own")
        plain = project.element(LivePage)
        assert "<title>Own</title>" in Setup(project, own, {"title": "Resource"}).get().text
        assert "<title>Resource</title>" in Setup(project, plain, {"title": "Resource"}).get().text

    def test_unsupported(self, project: Project) -> None:
        """What people with an old browser are told is an attribute; others do not see it."""
        page = Shop(project, WHOLE, unsupported="Zu alt & müde").page()
        assert "<p data-live-unsupported hidden>Zu alt &amp; müde</p>" in load(page)


class TestElements:
    """The elements of a page."""

    def test_page(self, project: Project) -> None:
        """They reach it, and each other, by C{page}."""
        page = Shop(project, WHOLE).page()
        assert page.thing.page is None
        browser = MemoryBrowser(page)
        assert page.thing.page is page
        assert page.elements == (page.thing,)
        browser.page.close()
        assert page.thing.page is None

    def test_used(self) -> None:
        """An element is put on one page, once."""
        page = LivePage()
        element = page.addElement(LiveElement())
        with pytest.raises(ValueError, match="Make a new one"):
            page.addElement(element)
        Bench().page(used := LiveElement())
        with pytest.raises(ValueError, match="Make a new one"):
            LivePage().addElement(used)

    def test_equal(self, project: Project) -> None:
        """Elements may be equal to each other, and a page may be empty to Python."""

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

    def test_late(self, project: Project) -> None:
        """A page that is made gets no more elements but children of those that it has."""
        page = Shop(project, WHOLE).page()
        load(page)
        with pytest.raises(ValueError, match="addChild"):
            page.addElement(LiveElement())

    def test_detached(self, project: Project) -> None:
        """One that is detached is on the page no more."""
        page = Shop(project, WHOLE).page()
        load(page)
        page.thing.detach()
        assert page.elements == ()


class TestResource:
    """Pages that a resource makes."""

    def test_request(self, project: Project) -> None:
        """A class of pages may take the request, as that of elements may."""
        thing = project.page("<p {{ liveElement }}>{{ text }}</p>")

        class Own(LivePage):
            def __init__(self, request: Any) -> None:
                element = self.addElement(thing())
                element.text = request.args[b"q"][0].decode()

        assert ">fish</p>" in Setup(project, Own).get("?q=fish").text

    def test_new(self) -> None:
        """Only a page that is new, and all that is on it, makes one; so does a new element."""
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

    def test_awaitable(self, project: Project) -> None:
        """A page may come later."""
        later: Deferred[Any] = Deferred()

        async def factory() -> LivePage:
            return await later

        it = Setup(project, factory)
        page = Shop(project, WHOLE).page()
        wire = Wire(it.resource)
        wire.begin("/")
        later.callback(page)
        assert b"200 OK" in wire.take()

    def test_usedTwice(self, project: Project, log: Log) -> None:
        """A page that is given out again is an error that says so."""
        page = Shop(project, WHOLE).page()
        it = Setup(project, lambda: page)
        assert it.get().status == 200
        assert it.get().status == 500
        assert "was used before, or an element on it was" in log.take("error ")

    def test_identity(self, project: Project) -> None:
        """A page may say itself whose it is; what C{identify} says goes first."""
        shop = Shop(project, WHOLE, identity="own")
        it = Setup(project, shop.page)
        it.get()
        (page,) = it.resource.pages._sessions.values()
        assert page.identity == "own"


class TestErrorPage:
    """What people get in the place of a page."""

    def errorPage(self, status: int, title: str, detail: str) -> IResource:
        """A page of the application's own, at once."""
        self.given = (status, title, detail)
        resource = Resource()

        def render(request: Any) -> bytes:
            return b"<h1>Sorry</h1>"

        resource.render = render  # type: ignore[method-assign]
        return resource

    def test_own(self, project: Project, log: Log) -> None:
        """It says in its own way that a page could not be made, once."""

        def factory() -> None:
            raise RuntimeError("secret")

        response = Setup(project, factory, {"errorPage": self.errorPage}).get()
        assert (response.status, response.text) == (500, "<h1>Sorry</h1>")
        assert self.given[:2] == (500, "This page could not be created")
        assert "secret" not in self.given[2]
        assert "secret" in log.take("could not be made")

    def test_refused(self, project: Project, log: Log) -> None:
        """So for a host that is not served, and where the server is full."""
        it = Setup(project, None, {"errorPage": self.errorPage}, pagesInAll=1)
        it.get()
        response = it.get()
        assert (response.status, response.text) == (503, "<h1>Sorry</h1>")
        assert "retry-after" in response.headers
        log.take("page refused")

    def test_twisted(self, project: Project, log: Log) -> None:
        """That of Twisted does."""
        it = Setup(project, lambda: None, {"errorPage": errorPage})
        assert it.get().text.count("</html>") == 1
        log.take("returned None")


class TestDisconnect:
    """C{notifyOnDisconnect}."""

    def test_fires(self, project: Project) -> None:
        """It fires with the reason, after the elements were told, and at once later."""
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

    def test_close(self, project: Project) -> None:
        """A page is closed by C{close}, and once."""
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
