"""Tests of L{livewidget.elements.livepage}: the template of a page."""

from __future__ import annotations

import re

import pytest

from livewidget import LivePage, TemplateError
from livewidget.testing import MemoryBrowser
from tests.support.log import Log
from tests.support.project import PLAIN, Project
from tests.support.resources import Setup
from tests.support.shop import EXTENDS, WHOLE, Shop, load


class TestTemplate:
    """The template of a page."""

    def test_pageWithoutTemplateShowsElementsInOrder(self, project: Project) -> None:
        """A page without a template shows its elements in the order of their addition."""
        page = LivePage()
        for _ in range(3):
            page.addElement(project.page(PLAIN)())
        assert re.findall('<div data-live-element="([0-9])">', load(page)) == ["1", "2", "3"]

    def test_extendingTemplateFillsTheBlocks(self, project: Project) -> None:
        """A template may fill the blocks title, head and body, and sees the page's attributes."""
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

    def test_widgetsAreMadeInTheOrderOfTheDocument(self, project: Project) -> None:
        """Widgets are made in the order of the document, not in that of C{addElement}."""
        html = EXTENDS + "{% block body %}{{ others[0] }}{{ thing }}{% endblock %}"
        text = load(Shop(project, html).page(2))
        assert '"elements":[[2,null,' in text

    def test_templateMayBeTheWholeDocument(self, project: Project) -> None:
        """A template may be the whole document, with C{liveHead} and C{liveScripts} in place."""
        text = load(Shop(project, WHOLE).page())
        assert text.startswith("<!DOCTYPE html><title>Mine</title><script type=")
        assert text.index("importmap") < text.index('data-live-element="1"')
        assert text.index('data-live-element="1"') < text.index('id="livewidget-start"')

    @pytest.mark.parametrize("name", ["liveHead", "liveScripts"])
    @pytest.mark.parametrize("times", [0, 2])
    def test_missingOrRepeatedPartIsAnError(self, project: Project, name: str, times: int) -> None:
        """A missing or repeated C{liveHead} or C{liveScripts} is an error with advice."""
        mark = f"{{{{ {name} }}}}"
        html = WHOLE.replace(mark, mark * times)
        with pytest.raises(TemplateError) as caught:
            load(Shop(project, html).page())
        assert f"'shop.html' of Thing has {mark} {times} times. Extend" in str(caught.value)

    def test_elementThatIsNotShownIsAnError(self, project: Project) -> None:
        """An element that the template does not show is an error."""
        html = EXTENDS + "{% block body %}{{ thing }}{% endblock %}"
        with pytest.raises(TemplateError, match="an element of Thing, whose template does not"):
            load(Shop(project, html).page(2))

    def test_elementShownTwiceIsAnError(self, project: Project) -> None:
        """An element that is shown twice is an error, even through a variable."""
        for body in (
            "{{ thing }}{{ thing }}",
            "{% set x %}{{ thing }}{% endset %}{{ x }}{{ x }}",
        ):
            html = EXTENDS + "{% block body %}" + body + "{% endblock %}"
            with pytest.raises(TemplateError, match="is rendered twice"):
                load(Shop(project, html).page())

    def test_elementInAnUnusedVariableIsNotShown(self, project: Project) -> None:
        """An element in a variable that is not output counts as not shown."""
        html = EXTENDS + "{% block body %}{% set x %}{{ thing }}{% endset %}{% endblock %}"
        with pytest.raises(TemplateError, match="does not show it"):
            load(Shop(project, html).page())

    @pytest.mark.parametrize("shown", [0, 2])
    def test_partsInVariablesCountAsOftenAsTheyAreOutput(
        self, project: Project, shown: int
    ) -> None:
        """A part in a variable counts as often as the variable is output."""
        part = "{% set head %}{{ liveHead }}{% endset %}" + "{{ head }}" * shown
        with pytest.raises(TemplateError, match=f"liveHead }}}} {shown} times"):
            load(Shop(project, WHOLE.replace("{{ liveHead }}", part)).page())

    @pytest.mark.parametrize(
        ("html", "holders"),
        [
            ("{{ thing.inner }}{{ thing }}", "of the page, but is a child of Thing"),
            ("{{ thing }}", "of Thing, but is a child of the page"),
        ],
        ids=["child on the page", "element of the page in a child"],
    )
    def test_elementShownByAnotherTemplateIsAnError(
        self, project: Project, html: str, holders: str
    ) -> None:
        """An element that a template other than its parent's shows is an error."""
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
        ids=["safe", "escape", "join", "macro", "caller"],
    )
    def test_elementMayBeShownThroughFiltersAndMacros(self, project: Project, html: str) -> None:
        """An element may be shown through filters, macros and callers of Jinja2."""
        text = load(Shop(project, WHOLE.replace("{{ thing }}", html)).page())
        assert text.count('data-live-element="1"') == 1

    def test_elementDetachedDuringRenderingIsAnError(self, project: Project) -> None:
        """An element that is detached while the page is rendered is an error that says so."""
        html = WHOLE.replace("{{ thing }}", "{{ thing }}{{ thing.detach() or '' }}")
        with pytest.raises(TemplateError, match="was detached while its page was rendered"):
            load(Shop(project, html).page())

    def test_pageClosedByItsTemplateIsNotServed(self, project: Project, log: Log) -> None:
        """A page that its template closes is answered with 500, and the reason is logged."""
        html = WHOLE.replace("{{ thing }}", "{{ thing }}{{ page.close('too late') or '' }}")
        it = Setup(project, Shop(project, html).page)
        assert it.get().status == 500
        assert "too late" in log.take("error ")

    def test_pageMayHaveNoElements(self, project: Project) -> None:
        """A page may have no elements."""
        browser = MemoryBrowser(LivePage())
        assert '"elements":[]' in browser.html
        assert not hasattr(browser, "element")

    def test_missingTemplateIsNamed(self, project: Project) -> None:
        """A missing template raises an error that names the file."""
        page = Shop(project, "", template="nowhere.html").page()
        with pytest.raises(TemplateError, match=r"nowhere\.html does not exist"):
            load(page)

    def test_titleIsThePagesOrTheResources(self, project: Project) -> None:
        """The title is that of the page or, without one, that of the resource."""
        Shop(project, "")
        own = project.element(LivePage, title="Own")
        plain = project.element(LivePage)
        assert "<title>Own</title>" in Setup(project, own, {"title": "Resource"}).get().text
        assert "<title>Resource</title>" in Setup(project, plain, {"title": "Resource"}).get().text

    def test_unsupportedTextIsInTheHiddenParagraph(self, project: Project) -> None:
        """The text for outdated browsers is an attribute of the page, escaped and hidden."""
        page = Shop(project, WHOLE, unsupported="Zu alt & müde").page()
        assert "<p data-live-unsupported hidden>Zu alt &amp; müde</p>" in load(page)
