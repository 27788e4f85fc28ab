"""Tests of L{livewidget.rendering.templates}."""

from __future__ import annotations

import os
from typing import Any

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from livewidget import LiveElement, TemplateError
from livewidget.assets.catalog import Catalog
from livewidget.page.page import Page
from livewidget.page.pages import Pages
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import Templates
from livewidget.settings import Settings
from tests.support.pages import Bench
from tests.support.project import PLAIN, Project


def render(element: LiveElement) -> str:
    """Return the HTML of an element as the root of a page."""
    return renderOn(Bench().page(element), element)


def renderOn(page: Page, element: LiveElement) -> str:
    """Return the HTML of an element that is attached to a page."""
    html, _ = page.renderer.render(page.tree, element.__html__)
    return html


def problem(element: LiveElement) -> str:
    """Return why an element cannot be rendered."""
    with pytest.raises(TemplateError) as caught:
        render(element)
    return str(caught.value)


class TestLookUp:
    """The folder in which a template is looked up."""

    def test_templateIsFoundBesideItsModule(self, project: Project) -> None:
        """A template is found beside the module of the class that names it."""
        element = project.page("<p {{ liveElement }}>hello</p>")()
        assert render(element) == '<p data-live-element="1">hello</p>'

    def test_subclassElsewhereUsesTheTemplateOfItsBase(self, project: Project) -> None:
        """A subclass in another folder uses the template beside its base class."""
        base = project.page("<p {{ liveElement }}>base</p>")
        project.beside("other").write("template.html", "<p {{ liveElement }}>other</p>")
        other = project.folder.parent / "other"
        assert other.is_dir()
        assert "base" in render(project.element(base)())

    def test_subclassThatNamesATemplateUsesItsOwnFolder(self, project: Project) -> None:
        """A subclass that sets C{template} again uses the file beside itself."""
        base = project.page("<p {{ liveElement }}>base</p>")
        other = project.beside("other")
        other.write("template.html", "<p {{ liveElement }}>other</p>")
        assert "other" in render(other.element(base, template="template.html")())

    def test_missingTemplateIsNamedWithItsPath(self, project: Project) -> None:
        """A missing template raises an error with its path."""
        text = problem(project.element(template="nope.html")())
        assert text.startswith("Thing needs the template 'nope.html', but ")
        assert f"{project.folder / 'nope.html'} does not exist" in text

    def test_elementWithoutTemplateSaysWhatToSet(self, project: Project) -> None:
        """An element without a template raises an error that says what to set."""
        assert problem(project.element()()) == 'Thing has no template. Set template = "NAME.html"'

    @pytest.mark.parametrize("name", ["../secret.html", "/etc/passwd", "a/../../secret.html"])
    def test_templateOutsideTheFolderIsRefused(self, project: Project, name: str) -> None:
        """A template outside the folder of its module is not read."""
        project.folder.parent.joinpath("secret.html").write_text(PLAIN)
        assert "needs the template" in problem(project.element(template=name)())

    def test_includedTemplateSeesTheElement(self, project: Project) -> None:
        """A template may include others of its folder, which see the element too."""
        project.write("part.html", "<b>{{ word }}</b>")
        thing = project.page('<p {{ liveElement }}>{% include "part.html" %}</p>', word="hello")
        assert "<b>hello</b>" in render(thing())

    def test_extendedTemplateSeesTheElement(self, project: Project) -> None:
        """A template may extend another one, and both see the element."""
        project.write("base.html", "<p {{ liveElement }}>{{ word }}{% block b %}{% endblock %}</p>")
        thing = project.page('{% extends "base.html" %}{% block b %}-{{ word }}{% endblock %}')
        element = thing()
        element.word = "hi"
        assert ">hi-hi<" in render(element)


class TestRoot:
    """The place of C{{{ liveElement }}}."""

    @pytest.mark.parametrize(
        ("html", "times"),
        [
            ("<p></p>", 0),
            ("<p {{ liveElement }}><b {{ liveElement }}></b></p>", 2),
            ("{% if false %}<p {{ liveElement }}></p>{% endif %}", 0),
            ("{% for i in [1, 2, 3] %}<p {{ liveElement }}></p>{% endfor %}", 3),
        ],
        ids=["missing", "twice", "in a false branch", "in a loop"],
    )
    def test_missingOrRepeatedLiveElementIsAnError(
        self, project: Project, html: str, times: int
    ) -> None:
        """A missing or repeated C{{{ liveElement }}} raises an error with the count."""
        text = problem(project.page(html)())
        assert f"template 'template.html' of Thing has {{{{ liveElement }}}} {times} times" in text

    def test_oneRenderedBranchCountsOnce(self, project: Project) -> None:
        """A C{{{ liveElement }}} in each of two branches counts once, as one is rendered."""
        html = "{% if a %}<p {{ liveElement }}>{% else %}<b {{ liveElement }}>{% endif %}"
        assert render(project.page(html, a=False)()) == '<b data-live-element="1">'


class TestNames:
    """The names that a template may use."""

    def test_templateSeesAttributesPropertiesAndMethods(self, project: Project) -> None:
        """A template sees attributes of the element and of its class, properties and methods."""

        def shout(self: Any, text: str) -> str:
            return text.upper()

        thing = project.page(
            "<p {{ liveElement }}>{{ one }} {{ two }} {{ three }} {{ shout('hi') }}</p>",
            two=2,
            three=property(lambda self: 3),
            shout=shout,
        )
        element = thing()
        element.one = 1
        assert ">1 2 3 HI<" in render(element)

    def test_unusedNamesAreNotLookedUp(self, project: Project) -> None:
        """Names that a template does not use are not looked up."""
        asked: list[str] = []

        def getattr_(self: Any, name: str) -> Any:
            asked.append(name)
            return name

        thing = project.page(
            "<p {{ liveElement }}>{{ now }}</p>",
            __getattr__=getattr_,
            expensive=property(lambda self: asked.append("expensive")),
        )
        assert ">now<" in render(thing())
        assert asked == ["now"]

    def test_unknownNameIsAnError(self, project: Project) -> None:
        """An unknown name raises UndefinedError."""
        with pytest.raises(UndefinedError, match="nope"):
            render(project.page("<p {{ liveElement }}>{{ nope }}</p>")())

    def test_privateNameIsUndefined(self, project: Project) -> None:
        """A private attribute is undefined in a template."""
        with pytest.raises(UndefinedError, match="_secret"):
            render(project.page("<p {{ liveElement }}>{{ _secret }}</p>", _secret=1)())

    def test_attributeThatIsNoneIsDefined(self, project: Project) -> None:
        """An attribute that is None is defined."""
        assert ">None<" in render(project.page("<p {{ liveElement }}>{{ it }}</p>", it=None)())

    def test_variablesPrecedeAttributesAndAttributesGlobals(self, project: Project) -> None:
        """Variables of a template precede attributes, and attributes precede globals."""
        html = "<p {{ liveElement }}>{% set a = 1 %}{{ a }} {{ range }}</p>"
        assert ">1 mine<" in render(project.page(html, a=2, range="mine")())

    def test_attributesDoNotHideReservedNames(self, project: Project) -> None:
        """Attributes do not hide C{element}, C{liveElement} and C{liveId}."""
        html = "<p {{ liveElement }}>{{ liveId('x') }} {{ element.word }}</p>"
        thing = project.page(html, liveElement="no", liveId="no", element="no", word="yes")
        assert render(thing()) == '<p data-live-element="1">live-1-x yes</p>'

    def test_liveIdDiffersBetweenElements(self, project: Project) -> None:
        """Two elements of one class get different ids for the same name."""
        thing = project.page("<p {{ liveElement }} id='{{ liveId(\"x\") }}'></p>")
        root = project.element(project.page(), template="root.html")()
        project.write("template.html", "<p {{ liveElement }} id='{{ liveId(\"x\") }}'></p>")
        project.write("root.html", "<p {{ liveElement }}>{{ a }}{{ b }}</p>")
        root.a, root.b = root.addChild(thing()), root.addChild(thing())
        html = render(root)
        assert "live-2-x" in html
        assert "live-3-x" in html


class TestEscaping:
    """Values are escaped unless they are Markup."""

    def test_textIsEscapedInContentAndAttributes(self, project: Project) -> None:
        """Text with markup is escaped, in content and in attributes."""
        html = '<p {{ liveElement }} title="{{ text }}">{{ text }}</p>'
        out = render(project.page(html, text="<script>\"'&")())
        escaped = "&lt;script&gt;&#34;&#39;&amp;"
        assert out == f'<p data-live-element="1" title="{escaped}">{escaped}</p>'

    def test_includeWithAnySuffixIsEscaped(self, project: Project) -> None:
        """An included file is escaped whatever its suffix."""
        project.write("part.txt", "{{ text }}")
        thing = project.page('<p {{ liveElement }}>{% include "part.txt" %}</p>', text="<b>")
        assert "&lt;b&gt;" in render(thing())

    def test_argumentOfLiveIdIsEscaped(self, project: Project) -> None:
        """The argument of C{liveId} is escaped."""
        html = '<p {{ liveElement }} id="{{ liveId(name) }}"></p>'
        assert 'id="live-1-&#34;&gt;"' in render(project.page(html, name='">')())

    def test_markupIsNotEscaped(self, project: Project) -> None:
        """Markup is inserted unescaped."""
        thing = project.page("<p {{ liveElement }}>{{ it }}</p>", it=Markup("<b>x</b>"))
        assert "<b>x</b>" in render(thing())


class TestChildren:
    """Elements in the templates of other elements."""

    def family(self, project: Project, html: str) -> LiveElement:
        """Return a parent with this template, and with a plain child."""
        child = project.page("<i {{ liveElement }}></i>")
        project.write("parent.html", html)
        parent: LiveElement = project.element(template="parent.html")()
        parent.child = parent.addChild(child())  # type: ignore[attr-defined]
        return parent

    def test_childIsInsertedUnescaped(self, project: Project) -> None:
        """A child is inserted where its parent's template names it, unescaped."""
        parent = self.family(project, "<p {{ liveElement }}>{{ child }}</p>")
        assert render(parent) == ('<p data-live-element="1"><i data-live-element="2"></i></p>')

    def test_childrenMayBeRenderedInALoop(self, project: Project) -> None:
        """All children may be rendered in a loop."""
        parent = self.family(
            project, "<p {{ liveElement }}>{% for c in childElements %}{{ c }}{% endfor %}</p>"
        )
        assert '<i data-live-element="2"></i>' in render(parent)

    @pytest.mark.parametrize(
        "html",
        [
            "<p {{ liveElement }}>{{ child }}{{ child }}</p>",
            "<p {{ liveElement }}>{% for i in [1, 2] %}{{ child }}{% endfor %}</p>",
        ],
        ids=["twice in a row", "in a loop"],
    )
    def test_childRenderedTwiceIsAnError(self, project: Project, html: str) -> None:
        """A child that is rendered twice raises an error."""
        assert problem(self.family(project, html)) == "Thing is rendered twice"

    def test_elementRenderedInItselfIsAnError(self, project: Project) -> None:
        """An element that renders itself raises an error instead of recursing without end."""
        assert "rendered twice" in problem(project.page("<p {{ liveElement }}>{{ element }}</p>")())

    @pytest.mark.parametrize(
        "html",
        [
            "<p {{ liveElement }}>{{ child|string }}</p>",
            "<p {{ liveElement }}>{{ '%s' % child }}</p>",
            "<p {{ liveElement }}>{{ child|upper }}</p>",
            "<p {{ liveElement }}>{{ '<' ~ child ~ '>' }}</p>",
            "{% autoescape false %}<p {{ liveElement }}>{{ child ~ '!' }}</p>{% endautoescape %}",
        ],
        ids=["string", "format", "upper", "join", "without autoescape"],
    )
    def test_childUsedAsTextIsAnError(self, project: Project, html: str) -> None:
        """A child that is used as text raises an error that says what to write."""
        assert "Write {{ child }} by itself" in problem(self.family(project, html))

    def test_elementWithoutParentIsAnError(self, project: Project) -> None:
        """An element without a parent raises an error that says to use C{addChild}."""
        html = "<p {{ liveElement }}>{{ lonely }}</p>"
        lonely = project.page(html)()
        parent = project.page(html)()
        parent.lonely = lonely
        said = problem(parent)
        assert "Make it a child" in said
        assert "addChild()" in said

    def test_failingChildLeavesThePageClean(self, project: Project) -> None:
        """A child's error reaches the caller, and afterwards C{str} of an element works again."""
        parent = self.family(project, "<p {{ liveElement }}>{{ child }}</p>")
        project.write("template.html", "<i></i>")
        page = Bench().page(parent)
        with pytest.raises(TemplateError, match="0 times"):
            renderOn(page, parent)
        assert page.tree.rendering is None
        assert str(parent) == repr(parent)


class TestReloading:
    """Changed files, with debugging and without."""

    def change(self, project: Project, debug: bool) -> str:
        """Render an element, change its template, and return the HTML of another element."""
        settings = Settings(debug=debug)
        pages = Pages(settings, Bench().clock, Renderer(Templates(debug), Catalog()))
        thing = project.page("<p {{ liveElement }}>one</p>")

        def render() -> str:
            page: Page = pages.make()
            element = thing()
            page.attach(element)
            return renderOn(page, element)

        assert "one" in render()
        path = project.write("template.html", "<p {{ liveElement }}>two</p>")
        os.utime(path, (1, 1))
        return render()

    def test_changedTemplateIsReadAgainWhenDebugging(self, project: Project) -> None:
        """A template that has changed is read again with debugging."""
        assert "two" in self.change(project, True)

    def test_changedTemplateIsNotReadAgainOtherwise(self, project: Project) -> None:
        """A template is read once without debugging."""
        assert "one" in self.change(project, False)
