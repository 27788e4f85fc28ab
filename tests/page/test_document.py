"""Tests of L{livewidget.page.document}: the HTML document of a page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from livewidget import EncodeError, LiveElement, LivePage, Settings, TemplateError
from livewidget.assets.catalog import Catalog
from livewidget.page.document import Documents, scriptJson
from livewidget.page.pages import Pages
from livewidget.rendering.render import Renderer
from livewidget.rendering.templates import Templates
from tests.support.pages import Bench
from tests.support.project import PLAIN, Project


class Document(HTMLParser):
    """A document, parsed as a browser parses it.

    @ivar tags: the start tags and their attributes.
    @ivar scripts: the contents of the scripts, by their types.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        self._script = str(dict(attrs).get("type")) if tag == "script" else None

    def handle_data(self, data: str) -> None:
        """Note the content of a script."""
        if self._script is not None:
            self.scripts[self._script] = data
            self._script = None

    @property
    def start(self) -> Any:
        """The data that the page's script starts with."""
        return json.loads(self.scripts["application/json"])

    @property
    def imports(self) -> Any:
        """The import map."""
        return json.loads(self.scripts["importmap"])["imports"]


class Forgotten(LiveElement):
    """A child that no template shows."""


def make(
    element: LiveElement, base: str = "./_live/", title: str = "T", **settings: Any
) -> Document:
    """Return the document of an element."""
    made = Settings(**settings)
    renderer = Renderer(Templates(), Catalog())
    live = LivePage()
    live.addElement(element)
    page = Pages(made, Bench().clock, renderer).make(livePage=live)
    page.begin()
    html, nonce = Documents(renderer, title, made.debug).render(page, base)
    document = Document(html)
    assert nonce in html
    return document


class TestHead:
    """The head of the document."""

    def test_scriptsHaveANonceThatIsNewForEachPage(self, project: Project) -> None:
        """Each script that runs has the nonce, and each page has a new one."""
        one, two = make(project.page()()), make(project.page()())
        for document in (one, two):
            nonces = {
                attributes.get("nonce")
                for tag, attributes in document.tags
                if tag == "script" and attributes.get("type") != "application/json"
            }
            assert len(nonces) == 1
            assert None not in nonces
        assert one.html != two.html

    def test_documentHasNoInlineStylesOrHandlers(self, project: Project) -> None:
        """The document has no inline styles or handlers, which the policy forbids."""
        for tag, attributes in make(project.page()()).tags:
            assert tag != "style"
            assert not [name for name in attributes if name == "style" or name.startswith("on")]

    def test_titleIsEscaped(self, project: Project) -> None:
        """The title is escaped."""
        assert (
            "<title>&lt;/title&gt;&amp;</title>" in make(project.page()(), title="</title>&").html
        )

    def test_importMapHasAllModulesBelowTheBase(self, project: Project) -> None:
        """The import map has all known modules, with URLs below the base."""
        project.write("js/Chat.js", "export class X {}")
        project.write("js/lib/util.js", "")
        imports = make(project.page(jsClass="Chat.X")(), base="./a%3Ab/_live/").imports
        assert set(imports) == {"livewidget", "Chat", "lib.util"}
        assert all(url.startswith("./a%3Ab/_live/js/") for url in imports.values())

    def test_importMapPrecedesEverythingThatLoadsAModule(self, project: Project) -> None:
        """The import map comes before everything that loads a module."""
        html = make(project.page()()).html
        assert html.index('type="importmap"') < html.index("modulepreload")
        assert html.index('type="importmap"') < html.index('type="module"')

    def test_styleSheetsAreLinkedOnceInElementOrder(self, project: Project) -> None:
        """Style sheets of all elements are linked once each, in the order of the elements."""
        project.write("css/One.css", "")
        project.write("css/Two.css", "")
        child = project.page(PLAIN, cssModule="Two")
        project.write("root.html", "<p {{ liveElement }}>{{ a }}{{ b }}</p>")
        root = project.element(template="root.html", cssModule="One")()
        root.a, root.b = root.addChild(child()), root.addChild(child())
        links = [
            str(attributes["href"]).rpartition("/")[2]
            for tag, attributes in make(root).tags
            if tag == "link" and attributes["rel"] == "stylesheet"
        ]
        assert links == ["One.css", "Two.css"]

    def test_repeatedStyleSheetStaysInItsFirstPlace(self, project: Project) -> None:
        """A style sheet that several elements name stays in its first place."""
        for name in ("Base", "One", "Two"):
            project.write(f"css/{name}.css", "")
        child = project.page(PLAIN, cssModule=["Two", "Base"])
        project.write("root.html", "<p {{ liveElement }}>{{ a }}</p>")
        root = project.element(template="root.html", cssModule=("Base", "One"))()
        root.a = root.addChild(child())
        links = [
            str(attributes["href"]).rpartition("/")[2]
            for tag, attributes in make(root).tags
            if tag == "link" and attributes["rel"] == "stylesheet"
        ]
        assert links == ["Base.css", "One.css", "Two.css"]


class TestStartData:
    """The data that the page's script starts with."""

    def test_elementsHaveParentsWidgetsAndArguments(self, project: Project) -> None:
        """Each element has its id, its parent's id, its module and class, and its arguments."""
        project.write("js/Chat.js", "export class Parent {} export class Child {}")
        child = project.page(PLAIN, jsClass="Chat.Child", getInitialArguments=lambda self: [1, "a"])
        project.write("root.html", "<p {{ liveElement }}>{{ a }}</p>")
        root = project.element(template="root.html")()
        root.a = root.addChild(child())
        assert make(root).start["elements"] == [
            [1, None, "livewidget", "Widget", []],
            [2, 1, "Chat", "Child", [1, "a"]],
        ]

    def test_dataHasThePageIdTheBaseAndTheDebugFlag(self, project: Project) -> None:
        """The data has the page's id, the base of its URLs, and whether it is debugged."""
        start = make(project.page()(), base="./x/_live/").start
        assert len(start["page"]) == 22
        assert start["base"] == "./x/_live/"
        assert start["debug"] is False
        assert make(project.page()(), debug=True).start["debug"] is True

    def test_pageIdAppearsOnce(self, project: Project) -> None:
        """The page's id appears once in the document, and so in no URL."""
        document = make(project.page()())
        assert document.html.count(document.start["page"]) == 1

    def test_childThatNoTemplateShowsIsAnError(self, project: Project) -> None:
        """A child that its parent's template does not show is an error that names both."""
        parent = project.page(PLAIN)()
        parent.addChild(Forgotten())
        with pytest.raises(TemplateError, match=r"Forgotten is a child of Thing, .*not show it"):
            make(parent)

    def test_childAddedByTheTemplateIsListed(self, project: Project) -> None:
        """A child that is added while the template is rendered is listed."""
        child = project.page(PLAIN)

        def makeChild(self: LiveElement) -> LiveElement:
            return self.addChild(child())

        project.write("root.html", "<p {{ liveElement }}>{{ makeChild() }}</p>")
        root = project.element(template="root.html", makeChild=makeChild)()
        document = make(root)
        assert [element[:2] for element in document.start["elements"]] == [[1, None], [2, 1]]
        assert 'data-live-element="2"' in document.html


class TestInitialArguments:
    """The result of C{getInitialArguments} in the document."""

    @pytest.mark.parametrize(
        "value",
        [
            "</script><script>alert(1)</script>",
            "<!--<script>",
            "]]>",
            "\u2028\u2029",
            "&lt;&amp;'\"\\",
            "\x00\x1f\x7f",
            "\U0001f600",
            {"</script>": ["</SCRIPT >"]},
            [1.5, -3, True, None, [], {}],
        ],
        ids=[
            *("script", "comment", "sectionEnd", "lineSeparators", "entities", "controls"),
            *("emoji", "object", "list"),
        ],
    )
    def test_valuesArriveUnchangedAndContainNoMarkup(self, project: Project, value: Any) -> None:
        """Any value reaches the browser unchanged, and contains no markup for HTML."""
        document = make(project.page(getInitialArguments=lambda self: [value])())
        assert document.start["elements"][0][4] == [value]
        content = document.scripts["application/json"]
        assert not re.search("[<>&\u2028\u2029]", content)
        assert [tag for tag, _ in document.tags].count("script") == 4

    def test_objectThatLooksLikeATagIsEscaped(self, project: Project) -> None:
        """An object that looks like a tag is escaped, as in messages."""
        document = make(project.page(getInitialArguments=lambda self: [{"$date": 1}])())
        assert document.start["elements"][0][4] == [{"$": {"$date": 1}}]

    def test_argumentsMayBeAnySequence(self, project: Project) -> None:
        """C{getInitialArguments} may return any sequence."""
        document = make(project.page(getInitialArguments=lambda self: (1, 2))())
        assert document.start["elements"][0][4] == [1, 2]

    @pytest.mark.parametrize(
        "value",
        [float("nan"), object(), {1: 2}, 2**53, 1j, "\ud800"],
        ids=["nan", "object", "integerKey", "largeInteger", "complex", "halfASurrogatePair"],
    )
    def test_unsendableValueIsAnErrorWithItsPath(self, project: Project, value: Any) -> None:
        """A value that cannot be sent is an error with the path to it."""
        with pytest.raises(EncodeError) as caught:
            make(project.page(getInitialArguments=lambda self: [0, value])())
        assert str(caught.value).startswith("Thing.getInitialArguments()[1]: ")


def test_scriptJsonEscapesWhatHtmlAndOldJavaScriptMisread() -> None:
    """JSON for a script escapes all characters that HTML or old JavaScript would misread."""
    value = {"a": "<>&\u2028\u2029\"'"}
    text = scriptJson(value)
    assert json.loads(text) == value
    assert text == '{"a":"\\u003c\\u003e\\u0026\\u2028\\u2029\\"\'"}'
